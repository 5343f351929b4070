package console_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/rulebook"
)

// order is a request about the rule book.
func order(pairs ...string) string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	b, _ := json.Marshal(m)
	return string(b)
}

func (w *world) standing(agent string) (is work.Rules) {
	w.t.Helper()
	w.ask(agent, "GET", "/api/v1/policy", "").is(200).into(&is)
	return is
}

// Ana leads Acme Air and changes what customers read there; Dora, who leads all, agrees; the functions go by it within half a minute; Ana goes back in one step.
func TestARuleBookIsChangedByTwo(t *testing.T) {
	w := open(t)
	w.standing("ana") // the console starts, and writes the rule book down
	w.complaint()
	w.Clock.Turn(time.Minute)
	is := w.standing("ana")
	block := is.Blocks["acme-air"]
	if is.Policy != "" || !strings.Contains(block, "reply.acme.example") || strings.Contains(block, "pagerduty") || len(is.Blocks) != 1 {
		t.Fatalf("Ana sees %+v", is)
	}
	changed := strings.Replace(block, "    team:\n", "    signature: Acme Air, 1 Long Street\n    team:\n", 1)
	changed = strings.Replace(changed, "high: 1h elapsed\n", "high: 30m elapsed\n", 1)
	body := order("block", changed, "brand", "acme-air", "parent", is.Version, "why", "the law asks for it")

	var draft work.RulesDraft
	w.ask("ana", "POST", "/api/v1/policy/preview", order("block", changed, "brand", "acme-air", "parent", is.Version, "day", "2026-11-23")).is(200).into(&draft)
	if draft.Reach != "away" || len(draft.Lines) == 0 || len(draft.Previews) != 1 {
		t.Fatalf("%+v", draft)
	}
	if v := draft.Previews[0]; v.Day != "2026-11-23" || v.Messages != 1 || v.Differ != 1 || v.Due != 1 || v.Priority != 0 || !strings.Contains(v.Samples[0].Is.Text, "1 Long Street") ||
		v.Samples[0].Was.Due.Sub(v.Samples[0].Is.Due) != 30*time.Minute {
		t.Errorf("the preview is %+v", v)
	}
	if got := w.standing("ana"); len(got.Items) != 1 || got.Items[0].State != "deployed" {
		t.Errorf("a preview has changed something: %+v", got.Items)
	}

	var after work.Rules
	w.ask("ana", "POST", "/api/v1/policy/proposals", body).is(200).into(&after)
	v := after.Items[0]
	if after.Version != is.Version || v.State != "proposed" || v.May[0] != "withdraw" || v.Expires == nil {
		t.Fatalf("%+v", v)
	}
	approve := "/api/v1/policy/versions/" + v.Version + "/approve"
	if p := w.ask("ana", "POST", approve, "").is(403).problem(); p.Code != "own_proposal" {
		t.Errorf("%+v", p)
	}
	w.ask("marta", "POST", approve, "").is(403)
	if p := w.ask("rosa", "POST", approve, "").is(403).problem(); p.Code != "not_your_block" {
		t.Errorf("%+v", p)
	}
	if got := w.standing("rosa"); len(got.Items) != 1 {
		t.Errorf("Rosa, of another brand, sees %+v", got.Items)
	}
	var lines struct{ Lines []struct{ Sign, Text string } }
	w.ask("dora", "GET", "/api/v1/policy/versions/"+v.Version, "").is(200).into(&lines)
	if len(lines.Lines) == 0 {
		t.Error("Dora sees no difference")
	}
	w.Clock.Turn(time.Minute)
	w.ask("dora", "POST", approve, "").is(200).into(&after)
	if after.Version != v.Version || after.Items[0].Decided != "dora" || !after.Items[0].Stands {
		t.Fatalf("%+v", after)
	}

	w.Turn(rulebook.Every)
	w.mail(7, "Hello", "Where is my bag?")
	out := w.Outbox()
	if last := out[len(out)-1]; !strings.Contains(last.Text, "1 Long Street") {
		t.Errorf("the receipt says %s", last.Text)
	}
	if got := w.lastPolicy(); got != v.Version {
		t.Errorf("the turn is by %s", got)
	}
	w.Clock.Turn(time.Minute)
	w.ask("ana", "POST", "/api/v1/policy/rollback", order("from", v.Version, "why", "a wrong street")).is(200).into(&after)
	if after.Version != is.Version {
		t.Errorf("after going back %s stands", after.Version)
	}
	w.ask("ana", "POST", "/api/v1/policy/rollback", order("from", v.Version)).is(200) // the answer was lost, and it is asked again
	w.Turn(rulebook.Every)
	w.mail(8, "Hello", "Where is my other bag?")
	if got := w.lastPolicy(); got != is.Version {
		t.Errorf("the turn is by %s", got)
	}
	var audit work.Audit
	w.ask("ana", "GET", "/api/v1/audit", "").is(200).into(&audit)
	var told []string
	for _, i := range audit.Items {
		told = append(told, i.Event+" by "+i.By)
	}
	if want := "rules_rolled_back by ana, rules_activated by dora, rules_proposed by ana"; strings.Join(told, ", ") != want {
		t.Errorf("the audit has %q", told)
	}
}

// lastPolicy is the version by which the newest turn was decided.
func (w *world) lastPolicy() (version string) {
	for _, raw := range w.Ledger.Lines() {
		var l struct{ Msg, Policy string }
		if json.Unmarshal(raw, &l) == nil && l.Msg == "turn" {
			version = l.Policy
		}
	}
	return version
}

// What is wrong with a change is said with line, field and remedy, and by a code.
func TestWhatIsNoRuleBookIsRefused(t *testing.T) {
	w := open(t)
	ana, dora := w.standing("ana"), w.standing("dora")
	block, text := ana.Blocks["acme-air"], dora.Policy
	if dora.Version != ana.Version || !strings.Contains(text, "\nagents:\n") {
		t.Fatalf("Dora sees %+v", dora)
	}
	with := func(old, new string) string { return strings.Replace(block, old, new, 1) }
	for name, x := range map[string]struct {
		agent, body string
		status      int
		code        string
	}{
		"broken":             {"ana", order("block", with("    rota:\n", "    rotta:\n"), "brand", "acme-air", "why", "x"), 422, "broken_rule_book"},
		"another's block":    {"ana", order("block", "  - id: other-air\n", "brand", "other-air", "why", "x"), 403, "not_your_block"},
		"out of the block":   {"ana", order("block", block+"\nsiblings: [x.example]\n", "brand", "acme-air", "why", "x"), 422, "broken_rule_book"}, // there are some
		"the whole, by half": {"ana", order("policy", strings.Replace(text, "role: lead\n", "role: admin\n", 1), "why", "x"), 403, "not_your_block"},
		"a new domain":       {"dora", order("policy", strings.Replace(text, "      - care@acme.example\n", "      - care@acme.example\n      - care@new.example\n", 1), "why", "x"), 422, "needs_deployment"},
		"the same":           {"dora", order("policy", text, "why", "x"), 422, "no_change"},
		"an old parent":      {"dora", order("policy", "# x\n"+text, "parent", "000000000000", "why", "x"), 409, "overtaken"},
		"no why":             {"dora", order("policy", "# x\n"+text), 422, ""},
		"both":               {"dora", order("policy", text, "block", block, "why", "x"), 400, ""},
		"nobody's block":     {"dora", order("block", block, "why", "x"), 400, ""},
		"an unknown field":   {"dora", order("polisy", text), 400, ""},
	} {
		p := w.ask(x.agent, "POST", "/api/v1/policy/proposals", x.body).is(x.status).problem()
		if p.Code != x.code {
			t.Errorf("%s: %+v", name, p)
		}
		if x.code == "broken_rule_book" && (len(p.Problems) == 0 || p.Problems[0].Line == 0 || p.Problems[0].Remedy == "") {
			t.Errorf("%s: %+v", name, p.Problems)
		}
	}
	for _, no := range []desk.RulesRefusal{desk.RulesOwn, desk.RulesExpired, desk.RulesOvertaken, desk.RulesEnded, desk.RulesUnknown, desk.RulesStack, desk.RulesNotYours, desk.RulesBroken, desk.RulesSame,
		desk.RulesFull, desk.RulesFirst, desk.RulesNever, desk.RulesStood} {
		if no.Words() == "" {
			t.Errorf("%s has no words", no)
		}
	}
	w.ask("dora", "POST", "/api/v1/policy/proposals", order("policy", strings.Repeat("# a long comment\n", 250_000))).is(413)
	if got := w.standing("dora"); len(got.Items) != 1 {
		t.Errorf("something is kept of what was refused: %+v", got.Items)
	}
}

// A quiet desk's rule book is looked at: yesterday had one message, so it is judged with that of two days before, and the answer says how many of which days; a day that is named is judged alone.
func TestAPreviewGoesBackWhereYesterdayHadFew(t *testing.T) {
	w := open(t)
	is := w.standing("ana")
	w.complaint()
	w.Clock.Turn(48 * time.Hour)
	w.SendMail("otto@home.example", "From: Otto Klee <otto@home.example>\nTo: care@acme.example\nSubject: A seat\nMessage-ID: <seat@home.example>\n\nMay I sit at the window?\n", "care@acme.example")
	w.Settle()
	w.Clock.Turn(24 * time.Hour)
	changed := strings.Replace(is.Blocks["acme-air"], "high: 1h elapsed\n", "high: 30m elapsed\n", 1)
	preview := func(pairs ...string) desk.Preview {
		t.Helper()
		var draft work.RulesDraft
		w.ask("ana", "POST", "/api/v1/policy/preview", order(append(pairs, "block", changed, "brand", "acme-air", "parent", is.Version)...)).is(200).into(&draft)
		return draft.Previews[0]
	}
	v := preview()
	if v.Day != "2026-11-25" || v.Messages != 2 || v.Due != 1 || v.More || v.Span() != "2026-11-23 – 2026-11-25" || len(v.Days) != 7 || v.Days[0].Messages != 1 || v.Days[1].Messages != 0 || v.Days[2].Messages != 1 {
		t.Errorf("the preview is %+v", v)
	}
	if v := preview("day", "2026-11-24"); v.Messages != 0 || len(v.Days) != 1 || v.Span() != "2026-11-24" {
		t.Errorf("a day's preview is %+v", v)
	}
	if p := w.ask("ana", "POST", "/api/v1/policy/preview", order("day", "yesterday", "block", changed, "brand", "acme-air", "parent", is.Version)).is(400).problem(); p.Field != "day" {
		t.Errorf("%+v", p)
	}
}

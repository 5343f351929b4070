package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// small is the least that is a rule book.
const small = `brands:
  - id: acme-air
    name: Acme Air
    language: en
    time_zone: Europe/Rome
    addresses:
      - care@acme.example
    reply_domain: reply.acme.example
    rota:
      layers:
        - rotation: weekly
          start: 2026-01-05
          hand_over: monday 09:00
          agents: [ana]
agents:
  - id: ana
    name: Ana Ferrante
    languages: [en, it]
    page:
      - mail: ana@staff.acme.example
`

func TestDefaults(t *testing.T) {
	p, problems := policy.Parse("policy.yaml", []byte(small))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	b, ana := p.Brands[0], p.Agents[0]
	if b.From != (policy.Mailbox{Name: "Acme Air", Addr: "care@acme.example"}) || b.Team != (policy.Team{ID: "team:acme-air", Name: "Acme Air"}) {
		t.Errorf("from %v, team %v", b.From, b.Team)
	}
	if b.Budgets != policy.DefaultBudgets || len(b.Targets.Rules) != 0 || fmt.Sprint(b.Domains) != "[acme.example]" {
		t.Errorf("budgets %v, targets %v, domains %v", b.Budgets, b.Targets, b.Domains)
	}
	if ana.Role != policy.RoleAgent || ana.Zone.String() != "Europe/Rome" || fmt.Sprint(ana.Brands) != "[acme-air]" {
		t.Errorf("ana is %s in %s for %v", ana.Role, ana.Zone, ana.Brands)
	}
	for _, lang := range []string{"en", "it", "es", "fr", "de", "pt", "ru"} {
		if want, _ := reply.Builtin(lang); b.Receipts[lang] != want || want.Subject == "" {
			t.Errorf("receipts in %s are not the built-in ones", lang)
		}
	}
	if _, lang := b.Receipt("nl"); lang != "en" {
		t.Errorf("who writes Dutch gets a receipt in %s", lang)
	}
}

func TestExampleSaysWhatItSays(t *testing.T) {
	p, _ := example(t)
	b, ana := p.Brand("acme-air"), p.Agent("ana")
	if ana.Role != policy.RoleLead || !ana.Role.Includes(policy.RoleAgent) || p.Agent("oleg").Role.Includes(policy.RoleLead) {
		t.Error("ana is not the lead")
	}
	if term, _ := b.Targets.Term("first_response", sla.Matter{Channel: "email", Priority: triage.High}); term.Within != time.Hour {
		t.Errorf("an angry mail has %s", term.Within)
	}
	if got := b.Receipts["it"].Closing; got != "Cordiali saluti," {
		t.Errorf("the Italian closing is %q", got)
	}
	if want := (policy.Way{Kind: "mail", To: "ana@staff.acme.example"}); ana.Pages[0] != want {
		t.Errorf("ana is paged by %v first", ana.Pages)
	}
	if !b.IsFreeMail("someone@GMX.de") || b.IsFreeMail("someone@acme.example") {
		t.Error("free mail is not told apart")
	}
	if p.Brand("nobody") != nil || p.Agent("nobody") != nil {
		t.Error("there is somebody called nobody")
	}
}

// The version follows the bytes, so that a decision can be replayed under the very rules that made it.
func TestVersion(t *testing.T) {
	a, _ := policy.Parse("a", []byte(small))
	same, _ := policy.Parse("b", []byte(small))
	other, _ := policy.Parse("a", []byte(small+"# a word\n"))
	if a.Version != same.Version || a.Version == other.Version || len(a.Version) != 12 {
		t.Errorf("versions %s, %s, %s", a.Version, same.Version, other.Version)
	}
}

func TestRota(t *testing.T) {
	text := strings.Replace(small, "        - rotation: weekly\n", `        - name: nights
          rotation: daily
          start: 2026-01-05
          hand_over: 12:00
          agents: [ana]
          windows:
            - days: [fri, Saturday]
              from: 20:00
              to: 24:00
        - rotation: weekly
`, 1)
	text = strings.Replace(text, "agents:\n  -", `      time_zone: Europe/Lisbon
      overrides:
        - agent: ana
          instead: ana
          start: 2026-10-25 01:30
          end: 2026-10-25 01:30
agents:
  -`, 1)
	p, problems := policy.Parse("policy.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	s := p.Brands[0].Schedule
	nights, week, over := s.Layers[0], s.Layers[1], s.Overrides[0]
	if s.Zone.String() != "Europe/Lisbon" || week.Rotation.Days != 7 || week.Rotation.Start != time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) {
		t.Errorf("zone %s, week %+v", s.Zone, week)
	}
	want := calendar.Window{Days: calendar.On(time.Friday, time.Saturday), From: 20 * 60, To: calendar.Midnight}
	if nights.Name != "nights" || nights.Rotation.Days != 1 || nights.Windows[0] != want {
		t.Errorf("nights %+v", nights)
	}
	if over.End.Sub(over.Start) != time.Hour { // 01:30 happens twice: from the first to the last
		t.Errorf("the override lasts %s", over.End.Sub(over.Start))
	}
}

// Every rule of the book is broken once: the problem names the line and the field, and says what is wrong and what to do.
func TestProblems(t *testing.T) {
	for _, x := range []struct{ old, broken, field, says string }{
		{"time_zone: Europe/Rome", "time_zone: Europe/Rom", "brands[0].time_zone", `"Europe/Rom" is not a time zone; use a name of the IANA database`},
		{"time_zone: Europe/Rome", "time_zone: Local", "brands[0].time_zone", "not a time zone"},
		{"    name: Acme Air", "    nmae: Acme Air", "brands[0].nmae", `unknown key "nmae"; did you mean name?`},
		{"    name: Acme Air", "    colour: blue", "brands[0].colour", "known here: id, name, language"},
		{"    name: Acme Air", "    name: Acme Air\n    name: Acme", "brands[0].name", "stands here twice"},
		{"    name: Acme Air", "    name:", "brands[0].name", "has no value"},
		{"    name: Acme Air", `    name: "Acme\u0007Air"`, "brands[0].name", "control character"},
		{"    name: Acme Air", `    name: "Acme\nBcc: x"`, "brands[0].name", "line break"},
		{"    name: Ana Ferrante", "    name: Ana <ana@acme.example>", "agents[0].name", "write the name alone"},
		{"    name: Acme Air", "    name: " + strings.Repeat("A", 81), "brands[0].name", "has 81 characters; shorten it to 80"},
		{"    name: Acme Air", "    name: [Acme]", "brands[0].name", "is not a text"},
		{"id: acme-air", "id: Acme Air", "brands[0].id", "is not an id; use lower-case letters"},
		{"language: en", "language: english", "brands[0].language", "two letters"},
		{"language: en", "language: nl", "brands[0].language", "there are no receipts in nl; write them under receipts.nl"},
		{"      - care@acme.example", "      - care at acme.example", "brands[0].addresses[0]", "is not an address"},
		{"      - care@acme.example", "      - care+it@acme.example", "brands[0].addresses[0]", "has a +detail"},
		{"      - care@acme.example", "      - care@acme.example\n      - Care@ACME.example", "brands[0].addresses[1]", `"care@acme.example" is already at brands[0].addresses[0]`},
		{"    addresses:\n      - care@acme.example", "    addresses: []", "brands[0].addresses", "empty list"},
		{"reply_domain: reply.acme.example", "reply_domain: acme.example", "brands[0].reply_domain", "as in reply.acme.example"},
		{"reply_domain: reply.acme.example", "reply_domain: r@acme.example", "brands[0].reply_domain", "is not a domain"},
		{"    language: en", "    language: en\n    from:\n      address: care@elsewhere.example", "brands[0].from.address", "is not on a domain of the brand; use one of acme.example"},
		{"    language: en", "    language: en\n    team:\n      id: care", "brands[0].team.id", "team:care"},
		{"    language: en", "    language: en\n    domains: acme", "brands[0].domains", "is not a domain"},
		{"    language: en", "    language: en\n    budgets:\n      sender_hour: 0", "brands[0].budgets.sender_hour", "write 1 or more"},
		{"    language: en", "    language: en\n    budgets:\n      sender_hour: many", "brands[0].budgets.sender_hour", "is not a number"},
		{"    language: en", "    language: en\n    targets:\n      first_response:\n        emial:\n          any: 1h", "brands[0].targets.first_response.emial", "did you mean email?"},
		{"    language: en", "    language: en\n    targets:\n      first_response:\n        any:\n          hihg: 1h", "brands[0].targets.first_response.any.hihg", "did you mean high?"},
		{"    language: en", "    language: en\n    targets:\n      resolution:\n        any:\n          any: 3 days", "brands[0].targets.resolution.any.any", "24h, 1h30m or 20m"},
		{"    language: en", "    language: en\n    targets:\n      resolution:\n        any:\n          any: -1h", "brands[0].targets.resolution.any.any", "out of bounds"},
		{"    language: en", "    language: en\n    targets:\n      resolution:\n        any:\n          any: 9000000h", "brands[0].targets.resolution.any.any", ""},
		{"    language: en", "    language: en\n    receipts:\n      en:\n        negative: Sorry. {agent} will answer soon.", "brands[0].receipts.en.negative", "{due} is missing"},
		{"    language: en", "    language: en\n    receipts:\n      English:\n        team: Us", "brands[0].receipts.English", "two letters"},
		{"    language: en", "    language: en\n    receipts:\n      en:\n        sorry: Us", "brands[0].receipts.en.sorry", "unknown key"},
		{"rotation: weekly", "rotation: wekly", "brands[0].rota.layers[0].rotation", "did you mean weekly?"},
		{"rotation: weekly", "rotation: daily", "brands[0].rota.layers[0].hand_over", "every day"},
		{"start: 2026-01-05", "start: 5 January", "brands[0].rota.layers[0].start", "year, month, day"},
		{"start: 2026-01-05", "start: 2026-01-06", "brands[0].rota.layers[0].hand_over", "the start, 2026-01-06, is a Tuesday; start on 2026-01-12"},
		{"hand_over: monday 09:00", "hand_over: monday 9", "brands[0].rota.layers[0].hand_over", "is not a hand-over"},
		{"hand_over: monday 09:00", "hand_over: lundi 09:00", "brands[0].rota.layers[0].hand_over", "is not a weekday"},
		{"agents: [ana]", "agents: [anna]", "brands[0].rota.layers[0].agents[0]", `there is no agent "anna"; did you mean ana?`},
		{"agents: [ana]", "agents: [ana]\n          windows:\n            - from: 08:00\n              to: 20:00", "brands[0].rota", "nobody is on shift on Monday from 00:00 to 08:00"},
		{"agents: [ana]", "agents: [ana]\n          windows:\n            - from: 8\n              to: 20:00", "brands[0].rota.layers[0].windows[0].from", "is not a time of day"},
		{"agents: [ana]", "agents: [ana]\n          windows:\n            - from: 00:00\n              to: 25:00", "brands[0].rota.layers[0].windows[0].to", "is not a time of day"},
		{"agents: [ana]", "agents: [ana]\n          windows:\n            - days: [someday]\n              from: 00:00\n              to: 24:00", "brands[0].rota.layers[0].windows[0].days[0]", "is not a weekday"},
		{"agents: [ana]", "agents: [ana]\n      overrides:\n        - agent: ana\n          start: 2026-12-24 18:00\n          end: 2026-12-24 17:00", "brands[0].rota.overrides[0].end", "is not after the start"},
		{"agents: [ana]", "agents: [ana]\n      overrides:\n        - agent: ana\n          start: tomorrow\n          end: 2026-12-24 17:00", "brands[0].rota.overrides[0].start", "is not a date and time"},
		{"  - id: ana", "  - id: ana\n    role: boss", "agents[0].role", "known here: agent, lead, admin"},
		{"  - id: ana", "  - id: ana\n    brands: [acme]", "agents[0].brands[0]", `there is no brand "acme"`},
		{"  - id: ana", "  - id: ana\n    leads: [acme]", "agents[0].leads[0]", "is no brand that the agent answers for"},
		{"languages: [en, it]", "languages: [en, Italian]", "agents[0].languages[1]", "two letters"},
		{"- mail: ana@staff.acme.example", "- mail: Ana <ana@staff.acme.example>", "agents[0].page[0].mail", "write it bare"},
		{"hand_over: monday 09:00", "hand_over: monday 9:00", "brands[0].rota.layers[0].hand_over", "is not a hand-over"},
		{"hand_over: monday 09:00", "hand_over: monday 24:00", "brands[0].rota.layers[0].hand_over", "is not a hand-over"},
		{"- mail: ana@staff.acme.example", "- pigeon: ana", "agents[0].page[0].pigeon", "known here: mail, webhook, slack, sms"},
		{"- mail: ana@staff.acme.example", "- sms: 0655501230", "agents[0].page[0].sms", "international number"},
		{"- mail: ana@staff.acme.example", "- slack: http://hooks.acme.example/x", "agents[0].page[0].slack", "https"},
		{"- mail: ana@staff.acme.example", "- webhook: https://user:word@acme.example", "agents[0].page[0].webhook", "https"},
		{"- mail: ana@staff.acme.example", "- mail: ana@staff.acme.example\n        sms: \"+390655501230\"", "agents[0].page[0]", "several ways"},
		{"agents:\n  -", "siblings: [desk]\nagents:\n  -", "siblings[0]", "is not a domain"},
		{"agents:\n  -", "free_mail:\n  - a@b.example\nagents:\n  -", "free_mail[0]", "is not a domain"},
	} {
		data := strings.Replace(small, x.old, x.broken, 1)
		if data == small {
			t.Fatalf("%q is not in the rule book", x.old)
		}
		p, problems := policy.Parse("policy.yaml", []byte(data))
		told := find(problems, x.field, x.says)
		if p != nil || told == nil {
			t.Errorf("%s\nwanted %s: %s\ngot    %v", x.broken, x.field, x.says, problems)
			continue
		}
		last := x.field[strings.LastIndexAny(x.field, ".")+1:]
		line := strings.Split(data, "\n")[told.Line-1]
		if key, _, indexed := strings.Cut(last, "["); !indexed && !strings.Contains(line, key+":") && key != "rota" || told.Column == 0 {
			t.Errorf("%s is told to be on line %d, which is %q", x.field, told.Line, line)
		}
		if told.Remedy == "" || !strings.HasPrefix(told.Error(), fmt.Sprintf("policy.yaml:%d: %s: ", told.Line, x.field)) {
			t.Errorf("the problem reads %q", told.Error())
		}
	}
}

func find(problems []policy.Problem, field, says string) *policy.Problem {
	for i, p := range problems {
		if p.Field == field && strings.Contains(p.Error(), says) {
			return &problems[i]
		}
	}
	return nil
}

// What must be there is missed when it is not, by its name.
func TestMissing(t *testing.T) {
	for _, key := range []string{"id", "name", "language", "time_zone", "addresses", "reply_domain", "rota"} {
		_, problems := policy.Parse("policy.yaml", []byte("brands:\n  - from:\n      name: Acme Air\nagents: []\n"))
		if find(problems, "brands[0]."+key, "is missing") == nil {
			t.Errorf("nobody misses the %s of a brand", key)
		}
	}
	for _, key := range []string{"id", "name", "languages", "page"} {
		_, problems := policy.Parse("policy.yaml", []byte("agents:\n  - role: lead\n"))
		if find(problems, "agents[0]."+key, "is missing") == nil {
			t.Errorf("nobody misses the %s of an agent", key)
		}
	}
}

func TestAllProblemsAreTold(t *testing.T) {
	data := strings.NewReplacer("Europe/Rome", "Rome", "care@acme.example", "care", "[en, it]", "[english]", "[ana]", "[marta]").Replace(small)
	_, problems := policy.Parse("policy.yaml", []byte(data))
	if len(problems) != 4 {
		t.Errorf("%d problems: %v", len(problems), problems)
	}
	for i := 1; i < len(problems); i++ {
		if problems[i].Line < problems[i-1].Line {
			t.Errorf("line %d is told after line %d", problems[i].Line, problems[i-1].Line)
		}
	}
}

func TestTwoBrands(t *testing.T) {
	second := strings.NewReplacer("acme-air", "acme-rail", "Acme Air", "Acme Rail", "brands:\n", "").Replace(small[:strings.Index(small, "agents:\n  -")])
	both := strings.Replace(small, "agents:\n  -", second+"agents:\n  -", 1)
	_, problems := policy.Parse("policy.yaml", []byte(both))
	for _, field := range []string{"brands[1].addresses[0]", "brands[1].reply_domain"} {
		if find(problems, field, "is already at brands[0]") == nil {
			t.Errorf("%s has two owners: %v", field, problems)
		}
	}
	apart := strings.Replace(both, second, strings.NewReplacer("care@acme", "rail@acme", "reply.acme", "reply.rail.acme").Replace(second), 1)
	p, problems := policy.Parse("policy.yaml", []byte(apart))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if b, how := p.Route("rail@acme.example"); b == nil || b.ID != "acme-rail" || how != policy.Exact {
		t.Errorf("rail@acme.example goes to %v by %s", b, how)
	}
	limited := strings.Replace(apart, "    name: Ana Ferrante", "    name: Ana Ferrante\n    brands: [acme-air]", 1)
	_, problems = policy.Parse("policy.yaml", []byte(limited))
	if find(problems, "brands[1].rota.layers[0].agents[0]", "ana does not answer for this brand; add acme-rail") == nil {
		t.Errorf("ana is on the rota of a brand that is not hers: %v", problems)
	}
}

func TestHostileFiles(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+", ", 9), ", "))
	}
	for _, x := range []struct{ name, data, says string }{
		{"empty", "", "the file is empty"},
		{"words alone", "# nothing\n", "the file is empty"},
		{"a list", "- brands\n", "is not a mapping"},
		{"no YAML", "brands:\n  - id: a\n   name: b\n", "policy.yaml:"},
		{"a tab", "brands:\n\t- id: a\n", "not YAML"},
		{"bombs", bomb, "anchors and aliases"},
		{"a merge", "x: &x\n  id: a\nbrands:\n  - <<: *x\n", "anchors and aliases"},
		{"a tag", "brands: !!binary aGk=\n", "tags (!) are not read"},
		{"deep", strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "too deep"},
		{"deeper", strings.Repeat("[", 500_000), "not YAML"},
		{"big", strings.Repeat("# a comment\n", 100_000), "more than the 1048576 allowed"},
		{"no UTF-8", "brands: \xff\n", "not valid UTF-8"},
		{"two documents", small + "---\n" + small, "second document"},
		{"many unknown keys", strings.Repeat("abcdefg: 1\n", 5000), "problems more"},
		{"keys that are no words", "? [a, b]\n: 1\n\"x\\u001by\": 2\n", `"x\x1by": unknown key`},
		{"an empty list item", "brands:\n  -\n", "brands[0]: is not a mapping"},
	} {
		begin := time.Now()
		p, problems := policy.Parse("policy.yaml", []byte(x.data))
		all := fmt.Sprint(problems)
		if p != nil || !strings.Contains(all, x.says) {
			t.Errorf("%s: wanted %q, got %.300s", x.name, x.says, all)
		}
		if took := time.Since(begin); took > 2*time.Second || len(problems) > 101 {
			t.Errorf("%s: %d problems took %s", x.name, len(problems), took)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	_, data := example(f)
	f.Add(data)
	f.Add([]byte("brands:\n  - id: *x\n    rota: {layers: [{windows: [{from: 24:00, to: 00:00}]}]}\n"))
	f.Add([]byte(brandWith("    channels: {x: {enabled: false}}\n    pages: {steps: [{after: 0s, page: ana}], on: warned}\n    warn: {any: 9%}\n    stop_words: {en: no}\n")))
	f.Add([]byte("? {a: b}\n: [1, !!x 2]\n---\n"))
	at := time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, problems := policy.Parse("policy.yaml", data)
		if (p == nil) != (len(problems) > 0) {
			t.Fatalf("policy %v with %d problems", p, len(problems))
		}
		for _, problem := range problems {
			if problem.Message == "" || strings.ContainsAny(problem.Error(), "\n\x1b") {
				t.Fatalf("a problem reads %q", problem.Error())
			}
		}
		if p == nil {
			return
		}
		for _, b := range p.Brands {
			if len(b.Schedule.At(at)) == 0 {
				t.Fatalf("nobody is on for %s", b.ID)
			}
			if len(p.Page(b, 1, triage.High, at)) == 0 {
				t.Fatalf("a page of %s goes to nobody", b.ID)
			}
			if e := policy.Explain(p, policy.Query{At: at, Brand: b.ID}); e.Assignee.Name == "" || !e.Due.After(at) {
				t.Fatalf("explained as %+v", e)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	_, data := example(b)
	for b.Loop() {
		policy.Parse("policy.yaml", data)
	}
}

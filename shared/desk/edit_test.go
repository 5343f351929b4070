package desk_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/triage"
)

var nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// rules is the example brand's rule book, with its custom channel narrowed or another in its place.
func rules(t *testing.T, custom string) *policy.Policy {
	t.Helper()
	b, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(b), "      custom:\n        enabled: true\n", "      custom:\n        enabled: true\n"+custom, 1)
	p, problems := policy.Parse("policy.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return p
}

// said is a mention by Mira, judged as it is.
func said(id, text string, at time.Time) desk.Received {
	return desk.Received{
		Subject:   desk.Subject{Ref: desk.Ref{Brand: "acme-air", Conversation: "c1"}, Channel: "custom", Contact: "mira", Keys: []string{id}, Delivery: id},
		Judgement: triage.Default(triage.Input{Text: text}), Digest: text, InReplyTo: id, Proved: true,
		Message: desk.Message{ID: id, ProviderID: id, Direction: "in", Kind: "message", At: at, Author: channel.Party{Address: "@mira"}, Excerpt: text},
	}
}

func free() desk.Budget { return desk.Budget{Domain: true, Brand: true} }

// after is what the store would know after a decision.
func after(d desk.Decision) desk.Facts {
	c := d.Conversation
	return desk.Facts{Conversation: &c, Contact: d.Contact, Budget: free()}
}

func TestTheTeamSignsWhereNoPersonMay(t *testing.T) {
	for rule, team := range map[string]bool{"": false, "        signature: team\n": true} {
		d := desk.Decide(desk.Facts{Budget: free()}, said("m1", "Where is my bag?", nine), rules(t, rule), nine)
		r := d.Effects[0].Receipt
		if r.Assignee.Team != team || d.Conversation.Assignee.Team {
			t.Errorf("%q: signed by %+v, in the hands of %+v", rule, r.Assignee, d.Conversation.Assignee)
		}
	}
}

func TestOneReceiptWhereTheChannelAllowsOne(t *testing.T) {
	p := rules(t, "")
	u := &p.Brands[0].Channels[1]
	if u.Channel != "custom" {
		t.Fatalf("channels %+v", p.Brands[0].Channels)
	}
	u.Rules.One = true
	first := desk.Decide(desk.Facts{Budget: free()}, said("m1", "Where is my bag?", nine), p, nine)
	if first.Message.Outcome.Receipt == "" {
		t.Fatalf("the first: %+v", first.Message.Outcome)
	}
	for after1, want := range map[time.Duration]desk.Outcome{time.Minute: {Receipt: first.Effects[0].ID}, time.Hour: {Suppressed: desk.OneReceipt}} {
		at := nine.Add(after1)
		if d := desk.Decide(after(first), said("m2", "It is red.", at), p, at); d.Message.Outcome != want || d.Conversation.Status != desk.StatusOpen {
			t.Errorf("after %s: %+v, want %+v", after1, d.Message.Outcome, want)
		}
	}
}

func TestTheChannelsLanguageWhereTheMessageDoesNotTell(t *testing.T) {
	ev := said("m1", "?", nine)
	ev.Judgement.Language = ""
	for rule, want := range map[string]string{"": "en", "        language: it\n": "it"} {
		if d := desk.Decide(desk.Facts{Budget: free()}, ev, rules(t, rule), nine); d.Effects[0].Receipt.Language != want {
			t.Errorf("%q: %s", rule, d.Effects[0].Receipt.Language)
		}
	}
}

func TestAnAuthorHasABudgetOfTheChannel(t *testing.T) {
	p := rules(t, "")
	p.Brands[0].Budgets.AuthorHour, p.Brands[0].Budgets.AuthorDay = 1, 2
	f, want := desk.Facts{Budget: free()}, []desk.Silence{"", desk.OverSenderHour, "", desk.OverSenderDay}
	for i, at := range []time.Time{nine, nine.Add(10 * time.Minute), nine.Add(2 * time.Hour), nine.Add(4 * time.Hour)} {
		id := strings.Repeat("m", i+1)
		d := desk.Decide(f, said(id, "Where is bag "+id, at), p, at)
		if d.Message.Outcome.Suppressed != want[i] {
			t.Errorf("message %d: %+v, want %q", i, d.Message.Outcome, want[i])
		}
		f = after(d)
	}
}

func TestAnAgentLiftsTheStop(t *testing.T) {
	p := rules(t, "")
	ev := said("m1", "stop", nine)
	ev.Stop = true
	d := desk.Decide(desk.Facts{Budget: free()}, ev, p, nine)
	if d.Contact.OptedOut == nil || d.Message.Outcome.Suppressed != desk.OptedOut || len(d.Effects) != 0 {
		t.Fatalf("after a stop: %+v %+v", d.Contact, d.Message.Outcome)
	}
	lift := desk.OptedIn{Act: desk.Act{Subject: ev.Subject, By: policy.Assignee{ID: "ana", Name: "Ana Ferrante"}}}
	lift.Keys, lift.Delivery = nil, ""
	lifted := desk.Decide(after(d), lift, p, nine)
	if lifted.Nothing || lifted.Contact == nil || lifted.Contact.OptedOut != nil || d.Contact.OptedOut == nil {
		t.Fatalf("lifted: %+v", lifted)
	}
	if again := desk.Decide(after(lifted), lift, p, nine); !again.Nothing || again.Refused != "" {
		t.Errorf("lifted twice: %+v", again)
	}
	f := after(lifted)
	if d := desk.Decide(f, said("m2", "Where is my bag?", nine.Add(time.Hour)), p, nine.Add(time.Hour)); d.Message.Outcome.Receipt == "" {
		t.Errorf("after it was lifted: %+v", d.Message.Outcome)
	}
}

func TestWithdrawnBeforeItCame(t *testing.T) {
	ev := said("m1", "", nine)
	ev.Silence, ev.Machine, ev.Message.Withdrawn = desk.Withdrawn, true, &nine
	d := desk.Decide(desk.Facts{Budget: free()}, ev, rules(t, ""), nine)
	if d.Conversation.Status != desk.StatusResolved || !d.Conversation.Withdrawn || d.Message.Outcome.Suppressed != desk.Withdrawn || len(d.Effects)+len(d.Conversation.Targets) != 0 {
		t.Errorf("%+v", d)
	}
}

// An agent reads the reasons of a priority: words, whether they are the desk's own or the mail rules', and no codes.
func TestWhatAMachineSentSaysWhyNobodyWaits(t *testing.T) {
	for _, s := range []desk.Silence{"null_return_path", desk.Bot} {
		ev := said("m1", "Your message could not be delivered.", nine)
		ev.Silence, ev.Machine = s, true
		why := desk.Decide(desk.Facts{Budget: free()}, ev, rules(t, ""), nine).Conversation.PriorityWhy
		if len(why) != 1 || why[0] != "nobody waits for an answer: "+s.Words() {
			t.Errorf("%s: %q", s, why)
		}
	}
	if w := desk.Silence("null_return_path").Words(); !strings.Contains(w, "empty return path") {
		t.Errorf("in words: %q", w)
	}
}

func TestChangesOfNothing(t *testing.T) {
	p, about := rules(t, ""), desk.Subject{Ref: desk.Ref{Brand: "acme-air", Conversation: "c1"}, Channel: "custom"}
	d := desk.Decide(desk.Facts{Budget: free()}, said("m1", "hello", nine), p, nine)
	gone := *d.Message
	gone.Withdrawn = &nine
	for name, ev := range map[string]struct {
		f  desk.Facts
		ev desk.Event
	}{
		"an edit of no conversation":     {desk.Facts{}, desk.Edited{Subject: about, Was: *d.Message, Raw: "r"}},
		"a deletion of no conversation":  {desk.Facts{}, desk.Deleted{Subject: about, Was: *d.Message}},
		"an edit of what is deleted":     {after(d), desk.Edited{Subject: about, Was: gone, Raw: "r", At: nine.Add(time.Hour)}},
		"a deletion of what is deleted":  {after(d), desk.Deleted{Subject: about, Was: gone}},
		"the same edit":                  {after(d), desk.Edited{Subject: about, Was: *d.Message, Raw: d.Message.Raw, At: nine.Add(time.Hour)}},
		"a contact who never opted out":  {after(d), desk.OptedIn{Act: desk.Act{Subject: about}}},
		"the wish of nobody's contact":   {desk.Facts{Conversation: after(d).Conversation}, desk.OptedIn{Act: desk.Act{Subject: about}}},
		"a wish without a conversation":  {desk.Facts{}, desk.OptedIn{Act: desk.Act{Subject: about}}},
		"a wish that somebody lifted is": {desk.Facts{Taken: true}, desk.OptedIn{Act: desk.Act{Subject: about}}},
	} {
		if got := desk.Decide(ev.f, ev.ev, p, nine); !got.Nothing || len(got.Why) == 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestWordsForTheSilencesOfChannels(t *testing.T) {
	for _, s := range []desk.Silence{desk.Bot, desk.OptedOut, desk.OneReceipt, desk.Withdrawn} {
		if w := s.Words(); w == string(s) || w == "" {
			t.Errorf("%s has no words", s)
		}
	}
	for _, h := range []desk.Hold{desk.HoldNoOriginal, desk.HoldNoChannel} {
		if w := h.Words(); w == string(h) || w == "" {
			t.Errorf("%s has no words", h)
		}
	}
	if desk.Gone.Words() == string(desk.Gone) {
		t.Error("no words for a refusal")
	}
}

package desk_test

import (
	"strings"
	"testing"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/triage"
)

// answered is a conversation by mail that Ana has answered, and the effect of her answer.
func answered(t *testing.T, p *policy.Policy) (desk.Facts, desk.Effect) {
	t.Helper()
	ev := said("m1", "Where is my bag?", nine)
	ev.Channel = desk.Email
	opened := desk.Decide(desk.Facts{Budget: free()}, ev, p, nine)
	f := after(opened)
	reply := desk.Replied{Act: desk.Act{Subject: desk.Subject{Ref: ev.Ref, Channel: desk.Email, Contact: "mira"}, By: policy.Assignee{ID: "ana", Name: "Ana Ferrante"}},
		Message: desk.Message{ID: "r1", Direction: "out", Kind: "reply", Raw: "out/r1"}}
	d := desk.Decide(f, reply, p, nine.Add(time.Minute))
	if d.Nothing || d.Conversation.Status != desk.StatusPending {
		t.Fatalf("the answer: %+v", d)
	}
	f.Conversation = &d.Conversation
	return f, d.Effects[0]
}

func TestAnAnswerThatCameBackIsOwedAgain(t *testing.T) {
	p := rules(t, "")
	keys, err := desk.NewKeys([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	now := nine.Add(time.Hour)
	for report, c := range map[channel.Report]struct{ owed, undeliverable, complained bool }{
		channel.Bounced: {true, true, false}, channel.Listed: {true, true, false}, channel.MailboxFull: {true, false, false},
		channel.ContentRefused: {true, false, false}, channel.Malware: {true, false, false}, channel.Complained: {false, false, true},
	} {
		f, e := answered(t, p)
		d := desk.Decide(f, desk.NewReturned(e, report, keys), p, now)
		if owed := d.Conversation.Status == desk.StatusOpen; owed != c.owed || owed != (d.Conversation.Version > f.Conversation.Version) {
			t.Errorf("%s: %s at version %d after %d", report, d.Conversation.Status, d.Conversation.Version, f.Conversation.Version)
		}
		if c.owed && (d.Conversation.Priority != triage.High || d.Conversation.Targets[len(d.Conversation.Targets)-1].Due.Before(now) || d.Conversation.PriorityWhy[0] == "") {
			t.Errorf("%s: it is owed again as %+v", report, d.Conversation)
		}
		person := d.Contact
		if c.undeliverable != (person != nil && person.Undeliverable != nil) || c.complained != (person != nil && person.Complained != nil) {
			t.Errorf("%s: the contact is %+v", report, person)
		}
		f.Taken = true
		if d := desk.Decide(f, desk.NewReturned(e, report, keys), p, now); !d.Nothing {
			t.Errorf("%s: taken twice", report)
		}
	}
	f, e := answered(t, p)
	if d := desk.Decide(f, desk.NewUnsent(e, "refused_by_provider", keys), p, now); d.Conversation.Status != desk.StatusOpen || d.Contact != nil {
		t.Errorf("an answer that never left: %+v", d)
	}
	f.Conversation.Priority = triage.Urgent
	if d := desk.Decide(f, desk.NewReturned(e, channel.Bounced, keys), p, now); len(d.Effects) == 0 || d.Effects[0].Page == nil {
		t.Errorf("an urgent one calls nobody: %+v", d.Effects)
	}
	f.Conversation.Status = desk.StatusClosed
	if d := desk.Decide(f, desk.NewReturned(e, channel.Bounced, keys), p, now); d.Conversation.Status != desk.StatusClosed {
		t.Errorf("what was closed for good was opened: %+v", d.Conversation)
	}
}

// An address that bounced is tried again after sixty days, or when an agent says so; whoever complained only when an agent says so.
func TestHowLongAContactGetsNoReceipts(t *testing.T) {
	p := rules(t, "")
	day := 24 * time.Hour
	bounced, complained := &desk.Contact{Undeliverable: &desk.Undeliverable{Why: channel.Bounced, At: nine, Until: nine.Add(60 * day)}}, &desk.Contact{Complained: &nine}
	for _, c := range []struct {
		person *desk.Contact
		at     time.Time
		want   desk.Silence
	}{
		{bounced, nine.Add(time.Second), desk.Unreachable}, {bounced, nine.Add(60*day - time.Second), desk.Unreachable}, {bounced, nine.Add(60 * day), ""},
		{complained, nine.Add(time.Second), desk.Complained}, {complained, nine.Add(6000 * day), desk.Complained},
	} {
		d := desk.Decide(desk.Facts{Contact: c.person, Budget: free()}, said("m2", "Where is my other bag?", c.at), p, c.at)
		if d.Message.Outcome.Suppressed != c.want || (c.want == "") == (d.Message.Outcome.Receipt == "") {
			t.Errorf("%v later: %+v, want %q", c.at.Sub(nine), d.Message.Outcome, c.want)
		}
		f := after(d)
		f.Contact = c.person
		lift := desk.OptedIn{Act: desk.Act{Subject: desk.Subject{Ref: d.Conversation.Ref, Channel: "custom", Contact: "mira"}, By: policy.Assignee{ID: "ana"}}}
		if l := desk.Decide(f, lift, p, c.at); l.Contact == nil || l.Contact.Complained != nil || l.Contact.Undeliverable != nil {
			t.Errorf("lifted: %+v", l.Contact)
		}
	}
}

package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
)

func agent(id, name string) desk.Act {
	return desk.Act{Subject: desk.Subject{Ref: desk.Ref{Brand: "acme-air", Conversation: "c1"}, Contact: "mira"}, By: policy.Assignee{ID: id, Name: name}}
}

// Marta cannot bear it, then Oleg cannot. Nobody is asked why; it comes back to neither of them by itself, whatever happens to it, and the records name neither.
func TestAHardConversationIsPassedOnWithoutAWord(t *testing.T) {
	p := rules(t, "")
	f := opened(t, p)
	if f.Conversation.Assignee.ID != "marta" || f.Conversation.Promise == nil {
		t.Fatalf("it begins with %+v", f.Conversation)
	}
	f.Contact = &desk.Contact{ID: "mira", Agent: "marta"}
	promised := f.Conversation.Promise.By
	now := monday.Add(time.Minute)
	if d := desk.Decide(f, desk.PassedOn{Act: agent("oleg", "Oleg Savchuk")}, p, now); d.Refused != desk.NotYours {
		t.Errorf("what is another's: %+v", d)
	}
	d := desk.Decide(f, desk.PassedOn{Act: agent("marta", "Marta Lindqvist")}, p, now)
	c := d.Conversation
	told := slices.ContainsFunc(d.Effects, func(e desk.Effect) bool {
		return e.Kind == channel.Notice && e.Receipt.Assignee.ID == "oleg" && e.Receipt.Due.Equal(promised)
	})
	if c.Assignee.ID != "oleg" || !c.Promise.By.Equal(promised) || !told || d.Contact == nil || d.Contact.Agent != "oleg" || c.Before != nil {
		t.Fatalf("passed on by Marta: %+v", d)
	}
	silent := func(d desk.Decision) {
		t.Helper()
		for _, who := range []string{"marta", "Marta"} {
			if d.By != "" || d.Event != "reassigned" || strings.Contains(strings.Join(d.Why, "\n"), who) || strings.Contains(d.Message.Excerpt+d.Message.Author.Name, who) {
				t.Errorf("it tells of %s: %q %v %q", who, d.By, d.Why, d.Message.Excerpt)
			}
		}
	}
	silent(d)
	f = after(d)
	f.Contact = d.Contact
	d = desk.Decide(f, desk.PassedOn{Act: agent("oleg", "Oleg Savchuk")}, p, now.Add(time.Minute))
	if c = d.Conversation; !c.Assignee.Team || !strings.Contains(strings.Join(d.Why, " "), "nobody else is on shift") {
		t.Fatalf("there is nobody else: %+v", d)
	}
	silent(d)
	f = after(d)
	f.Contact = d.Contact

	// The clock calls, the customer writes again after an answer: neither brings it back.
	var called []string
	for at := promised; at.Before(promised.Add(time.Hour)); at = at.Add(5 * time.Minute) {
		d = tick(f, p, at)
		for _, e := range d.Effects {
			if e.Page != nil {
				called = append(called, e.Page.Agent)
			}
		}
		if !d.Nothing {
			f = after(d)
		}
	}
	if !slices.Contains(called, "ana") || slices.Contains(called, "marta") || slices.Contains(called, "oleg") {
		t.Errorf("called are %v", called)
	}
	d = desk.Decide(f, desk.Replied{Act: agent("ana", "Ana Ferrante"), Message: desk.Message{ID: "r", Direction: "out", Kind: "reply"}}, p, promised.Add(time.Minute))
	f = after(d)
	f.Budget = free()
	f.Contact = &desk.Contact{ID: "mira", Agent: "marta"}
	if d = desk.Decide(f, said("2", "You are useless, all of you.", promised.Add(time.Hour)), p, promised.Add(time.Hour)); d.Conversation.Assignee.ID == "marta" || d.Conversation.Assignee.ID == "oleg" {
		t.Errorf("after the next message it is %s's", d.Conversation.Assignee.ID)
	}

	// Who takes it himself has it, and has passed nothing on.
	f = after(d)
	d = desk.Decide(f, desk.Claimed{Act: agent("marta", "Marta Lindqvist")}, p, promised.Add(2*time.Hour))
	if c = d.Conversation; c.Assignee.ID != "marta" || slices.Contains(c.Passed, "marta") || !slices.Contains(c.Passed, "oleg") || !slices.Contains(f.Conversation.Passed, "marta") {
		t.Errorf("claimed: %+v, and before %v", c.Passed, f.Conversation.Passed)
	}
}

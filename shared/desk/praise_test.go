package desk_test

import (
	"testing"
	"time"

	"pronto/shared/desk"
	"pronto/shared/triage"
)

// Praise that nobody has answered in time is raised, but never to where complaints stand.
func TestPraiseIsNeverRaisedAboveComplaints(t *testing.T) {
	p := rules(t, "")
	for text, want := range map[string]triage.Priority{
		"Thank you so much, that was a wonderful flight and a lovely crew!": triage.Normal,
		"When does my flight leave tomorrow, please?":                       triage.High,
	} {
		f := after(desk.Decide(desk.Facts{Budget: desk.Budget{Domain: true, Brand: true}}, said("1", text, monday), p, monday))
		now := monday
		for range 40 {
			if f.Conversation.Next == nil || now.Sub(monday) > 20*24*time.Hour {
				break
			}
			now = *f.Conversation.Next
			if d := desk.Decide(f, desk.Ticked{Subject: desk.Subject{Ref: f.Conversation.Ref}}, p, now); !d.Nothing {
				f = after(d)
			}
		}
		if got := f.Conversation.Priority; got != want {
			t.Errorf("%q: %s, want %s, because %v", text, got, want, f.Conversation.PriorityWhy)
		}
	}
}

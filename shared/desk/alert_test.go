package desk_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
)

// Marta is paged at a service that keeps alerts: it is told when she has the conversation, and when she has answered; each once.
func TestAnAlertIsAcknowledgedAndResolved(t *testing.T) {
	data, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, problems := policy.Parse("policy.yaml", []byte(strings.Replace(string(data), "      - mail: marta@staff.acme.example\n", "      - pagerduty: "+strings.Repeat("0a", 16)+"\n      - mail: marta@staff.acme.example\n", 1)))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	c := paging(0)
	signals := func(d desk.Decision) (all []desk.Signal) {
		for _, e := range d.Effects {
			if e.Page != nil && e.Page.Signal != "" && e.Page.Ways[0].Kind == desk.WayPagerDuty {
				all = append(all, e.Page.Signal)
			}
		}
		return all
	}
	d := desk.Decide(desk.Facts{Conversation: c}, desk.Ticked{Subject: desk.Subject{Ref: c.Ref}}, p, monday)
	if len(d.Conversation.Alerted) != 1 || len(signals(d)) != 0 {
		t.Fatalf("alerted %+v", d.Conversation.Alerted)
	}
	act := desk.Act{Subject: desk.Subject{Ref: c.Ref}, By: policy.Assignee{ID: "marta", Name: "Marta Lindqvist"}}
	next := func(ev desk.Event) desk.Decision {
		now := d.Conversation
		d = desk.Decide(desk.Facts{Conversation: &now}, ev, p, d.At.Add(time.Minute))
		return d
	}
	if got := signals(next(desk.Claimed{Act: act})); len(got) != 1 || got[0] != desk.Acknowledge {
		t.Errorf("claimed: %v", got)
	}
	if got := signals(next(desk.Noted{Act: act, Message: desk.Message{ID: "n"}})); len(got) != 0 {
		t.Errorf("noted: %v", got)
	}
	if got := signals(next(desk.Replied{Act: act, Message: desk.Message{ID: "r"}})); len(got) != 1 || got[0] != desk.Resolve || d.Conversation.Alerted != nil {
		t.Errorf("answered: %v", got)
	}
}

package console_test

import (
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/triage"
)

// What hurts has its code on the message and on its conversation, however the customer goes on; it changes neither priority nor receipt.
func TestAbuseIsACodeOfTheMessage(t *testing.T) {
	w := open(t)
	id := w.complaint()
	if c := w.ask("ana", "GET", conv(id), "").conversation(); c.Abuse != "" || c.Messages[0].Abuse != "" {
		t.Fatalf("an angry complaint is %q", c.Abuse)
	}
	for i, text := range []string{"You are all idiots.", "I am sorry for what I wrote."} {
		w.Clock.Turn(time.Minute)
		w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: Re: My suitcase\nMessage-ID: <"+string(rune('7'+i))+"@home.example>\nReferences: <1@home.example>\n\n"+text+"\n", "care@acme.example")
		w.Settle()
	}
	c := w.ask("ana", "GET", conv(id), "").conversation()
	var codes []triage.Abuse
	for _, m := range c.Messages {
		if m.Direction == "in" {
			codes = append(codes, m.Abuse)
		}
	}
	if c.Abuse != triage.Insult || len(codes) != 3 || codes[0] != "" || codes[1] != triage.Insult || codes[2] != "" || c.Priority != triage.High {
		t.Errorf("%q, its messages %q, priority %s", c.Abuse, codes, c.Priority)
	}
	var page work.Page
	w.ask("ana", "GET", "/api/v1/queue", "").is(200).into(&page)
	if len(page.Items) != 1 || page.Items[0].Abuse != triage.Insult {
		t.Errorf("in the queue: %+v", page.Items)
	}
}

package console_test

import (
	"testing"
	"time"
)

// An answer that came back is owed again, and the agent sees why; an agent lifts why a contact gets no receipts.
func TestAnAnswerThatComesBack(t *testing.T) {
	w := open(t)
	w.SendMail("ada@corp.gone.example", "From: ada@corp.gone.example\nTo: care@acme.example\nSubject: My bag\nMessage-ID: <1@corp.gone.example>\n\nWhere is my bag?\n", "care@acme.example")
	w.Settle()
	id := w.Outbox()[0].Conversation
	w.Turn(time.Minute)
	c := w.ask("ana", "GET", conv(id), "").conversation()
	if r := c.Contact.NoReceipts; r == nil || r.Why != "undeliverable" || r.Detail != "bounced" || r.Until == nil || c.Version != 1 {
		t.Errorf("after the receipt came back: %+v at version %d", r, c.Version)
	}
	if d := c.Messages[1].Delivery; d == nil || d.State != "failed" || d.Why != "bounced" {
		t.Errorf("the receipt is %+v", d)
	}
	sent := w.ask("ana", "POST", conv(id, "reply"), `{"text":"It is here."}`).conversation()
	w.Turn(2 * time.Minute)
	c = w.ask("ana", "GET", conv(id), "").conversation()
	if last := c.Messages[len(c.Messages)-1]; c.Status != "open" || c.Priority != "high" || !running(c, "next_response") || c.Version != sent.Version+1 || last.Delivery.State != "failed" || last.Delivery.Why != "bounced" {
		t.Errorf("after the answer came back: %+v, %+v", c, last.Delivery)
	}
	c = w.ask("marta", "POST", conv(id, "allow_receipts"), "", "Idempotency-Key", "k").conversation()
	if c.Contact.NoReceipts != nil {
		t.Errorf("lifted: %+v", c.Contact.NoReceipts)
	}
	w.ask("rosa", "POST", conv(id, "allow_receipts"), "").is(404)
}

package console_test

import (
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
)

// Marta's shift ends. She offers what she has to Oleg, who sees what is promised to whom; until he accepts it is hers, and then his, but for what was settled meanwhile.
func TestAShiftIsHandedOver(t *testing.T) {
	w := open(t)
	var ids []string
	for n := 1; n <= 3; n++ {
		w.mail(n, "My suitcase", "My suitcase is lost and nobody answers. This is unacceptable! "+strings.Repeat("!", n))
	}
	for _, c := range w.view("marta", "view=all").Items {
		ids = append(ids, c.ID)
		w.ask("marta", "POST", conv(c.ID, "claim"), "").is(200)
	}
	of := func(who, id string) string {
		var c work.Conversation
		w.ask(who, "GET", conv(id), "").is(200).into(&c)
		return c.Assignee.ID
	}
	var h work.Handovers
	w.ask("marta", "POST", "/api/v1/handovers", `{"to":"oleg","note":"Ada waits for a call at noon."}`).is(200).into(&h)
	if len(h.Items) != 1 || h.Items[0].From.ID != "marta" || h.Items[0].To.Name != "Oleg Savchuk" || len(h.Items[0].Promises) != 3 || h.More {
		t.Fatalf("offered: %+v", h)
	}
	if p := h.Items[0].Promises[0]; p.Due == nil || p.Contact == "" || p.Subject != "My suitcase" {
		t.Errorf("a promise is %+v", p)
	}
	for _, id := range ids {
		if who := of("marta", id); who != "marta" {
			t.Errorf("before it is accepted %s has %s", who, id)
		}
	}
	at := "/api/v1/handovers/" + h.Items[0].ID
	w.ask("marta", "POST", at+"/accept", "").is(409)
	w.ask("ana", "POST", at+"/accept", "").is(403) // not even a lead: it is offered to oleg
	w.ask("marta", "POST", conv(ids[2], "resolve"), "").is(200)
	w.Settle()
	w.Clock.Turn(time.Second)
	w.ask("oleg", "POST", at+"/accept", "").is(200).into(&h)
	if h.Moved != 2 || len(h.Items) != 0 {
		t.Errorf("accepted: %+v", h)
	}
	if of("oleg", ids[0]) != "oleg" || of("oleg", ids[1]) != "oleg" || of("oleg", ids[2]) != "marta" {
		t.Error("the wrong ones were given")
	}
	var c work.Conversation
	w.ask("oleg", "GET", conv(ids[0]), "").is(200).into(&c)
	if last := c.Messages[len(c.Messages)-1]; last.Kind != "note" || last.Text != "Handed over by Marta Lindqvist: Ada waits for a call at noon." {
		t.Errorf("the last message is %+v", last)
	}
	w.ask("oleg", "POST", at+"/accept", "").is(404)
	w.Clock.Turn(time.Second)
	w.ask("oleg", "POST", "/api/v1/handovers", `{}`).is(200).into(&h) // to whoever accepts first
	w.Clock.Turn(time.Second)
	w.ask("oleg", "POST", "/api/v1/handovers/"+h.Items[0].ID+"/decline", "").is(200).into(&h)
	if len(h.Items) != 0 || of("oleg", ids[0]) != "oleg" {
		t.Errorf("taken back: %+v", h)
	}
	var a work.Audit
	w.ask("ana", "GET", "/api/v1/audit", "").is(200).into(&a)
	if len(a.Items) != 4 || a.Items[3].Event != "handover_offered" || a.Items[2].Event != "handover_accepted" || a.Items[0].Event != "handover_declined" || a.Items[2].By != "oleg" {
		t.Errorf("the audit is %+v", a.Items)
	}
	if why := strings.Join(a.Items[3].Why, " "); strings.Contains(why, "Ada") {
		t.Errorf("the audit keeps a customer's name, where no demand to forget her comes: %s", why)
	}
}

// Oleg has left the company. A lead gives what he had to the team, at once; nobody else may.
func TestWhoHasLeftLeavesNothingBehind(t *testing.T) {
	w := open(t)
	id := w.complaint()
	w.ask("oleg", "POST", conv(id, "claim"), "").is(200)
	w.Settle()
	w.ask("marta", "POST", "/api/v1/handovers", `{"from":"oleg","to":"marta","now":true}`).is(403)
	w.ask("ana", "POST", "/api/v1/handovers", `{"from":"oleg","now":true}`).is(422)
	var h work.Handovers
	w.ask("ana", "POST", "/api/v1/handovers", `{"from":"oleg","to":"team:care","now":true,"note":"Oleg has left."}`).is(200).into(&h)
	var c work.Conversation
	w.ask("ana", "GET", conv(id), "").is(200).into(&c)
	if h.Moved != 1 || c.Assignee.ID != "team:care" {
		t.Errorf("%d moved, %+v has it", h.Moved, c.Assignee)
	}
	w.Settle()
	w.ask("ana", "POST", "/api/v1/handovers", `{"from":"oleg","to":"marta","now":true}`).is(409) // nothing left
	w.ask("ana", "POST", "/api/v1/handovers", `{"to":"nobody"}`).is(422)
}

// A crash after any write of an acceptance: who accepts again has everything, once.
func TestAnAcceptanceIsRepeatedSafely(t *testing.T) {
	w := open(t)
	id := w.complaint()
	w.ask("marta", "POST", conv(id, "claim"), "").is(200)
	w.Settle()
	var h work.Handovers
	w.ask("marta", "POST", "/api/v1/handovers", `{}`).is(200).into(&h)
	at := "/api/v1/handovers/" + h.Items[0].ID + "/accept"
	w.ask("oleg", "POST", at, "", "Idempotency-Key", "k1").is(200).into(&h)
	if h.Moved != 1 {
		t.Fatalf("moved %d", h.Moved)
	}
	r := w.ask("oleg", "POST", at, "", "Idempotency-Key", "k1").is(200)
	r.into(&h)
	if r.Header().Get("Idempotency-Replayed") != "true" || h.Moved != 0 {
		t.Errorf("again: %+v", h)
	}
}

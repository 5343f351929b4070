package console_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/pronto/edge"
)

// contactOf is who a conversation is with.
func (w *world) contactOf(conversation string) string {
	w.t.Helper()
	return w.ask("ana", "GET", conv(conversation), "").conversation().Contact.ID
}

// twoAddresses are two conversations of Ada's, from home and from work.
func (w *world) twoAddresses() (home, work string) {
	w.t.Helper()
	home = w.complaint()
	before := len(w.Outbox())
	w.SendMail("ada@work.example", "From: Ada Marsh <ada@work.example>\nTo: care@acme.example\nSubject: Again\nMessage-ID: <1@work.example>\n\nWhere is the other suitcase?\n", "care@acme.example")
	w.Settle()
	return home, w.Outbox()[before].Conversation
}

func linkTo(contact string) string {
	return fmt.Sprintf(`{"contact":%q,"why":"She told us on the telephone.","consent":true}`, contact)
}

// Ada writes from two addresses. Nobody is one person with anybody until an agent says so; then both have one history, one card and the agent of last time, and it can be
// taken back.
func TestTwoContactsAreOnePerson(t *testing.T) {
	w := open(t)
	home, atWorkConv := w.twoAddresses()
	hers, atWork := w.contactOf(home), w.contactOf(atWorkConv)
	contact := func(id string, more ...string) string { return "/api/v1/contacts/" + id + strings.Join(more, "") }
	history := func(id string) (ids []string) {
		var h work.History
		w.ask("ana", "GET", contact(id, "/conversations"), "").is(200).into(&h)
		for _, x := range h.Items {
			ids = append(ids, x.ID)
		}
		return ids
	}
	if got := history(hers); !slices.Equal(got, []string{home}) {
		t.Fatalf("before: %v", got)
	}
	w.ask("ana", "PUT", contact(hers, "/card"), `{"name":"Ada Marsh-Vey","language":"it"}`).is(200)
	w.Turn(time.Minute)
	w.ask("ana", "PUT", contact(atWork, "/card"), `{"name":"Dr Ada Marsh"}`).is(200)
	w.ask("ana", "POST", contact(hers, "/link"), `{"contact":"`+atWork+`"}`).is(422) // and why?
	w.ask("rosa", "POST", contact(hers, "/link"), linkTo(atWork)).is(404)
	var l work.Linked
	w.ask("ana", "POST", contact(hers, "/link"), linkTo(atWork), "Idempotency-Key", "l").is(200).into(&l)
	if len(l.Same) != 1 || l.Same[0].Contact != atWork || l.Same[0].By != "ana" || !l.Same[0].Consent || l.Same[0].Address != "ada@work.example" {
		t.Fatalf("linked: %+v", l)
	}
	if r := w.ask("ana", "POST", contact(hers, "/link"), linkTo(atWork), "Idempotency-Key", "l").is(200); r.Header().Get("Idempotency-Replayed") != "true" {
		t.Error("the same request was taken twice")
	}
	for _, id := range []string{hers, atWork} {
		if got := history(id); len(got) != 2 || !slices.Contains(got, atWorkConv) || !slices.Contains(got, home) {
			t.Errorf("the history of %s: %v", id, got)
		}
	}
	// Of two cards the one that was written last is shared; what is written now is on both.
	c := w.ask("ana", "GET", conv(home), "").conversation()
	if c.Contact.Card == nil || c.Contact.Card.Name != "Dr Ada Marsh" || len(c.Contact.Same) != 1 {
		t.Errorf("her card: %+v, the same as %+v", c.Contact.Card, c.Contact.Same)
	}
	w.ask("ana", "PUT", contact(hers, "/card"), `{"name":"Dr Ada Vey"}`).is(200)
	if c := w.ask("ana", "GET", conv(atWorkConv), "").conversation(); c.Contact.Card.Name != "Dr Ada Vey" {
		t.Errorf("at work: %+v", c.Contact.Card)
	}
	// They are merged without a word about two people.
	w.ask("ana", "POST", conv(atWorkConv, "merge"), `{"into":"`+home+`"}`).is(200)
	var lines work.Audit
	w.ask("ida", "GET", "/api/v1/audit?brand=acme-air", "").is(200).into(&lines)
	if i := slices.IndexFunc(lines.Items, func(x work.AuditItem) bool { return x.Event == "contact_linked" && x.By == "ana" && x.About == hers }); i < 0 {
		t.Errorf("the audit: %+v", lines.Items)
	}
	w.ask("ana", "POST", contact(atWork, "/unlink"), `{"why":"It is her sister."}`).is(200).into(&l)
	if len(l.Same) != 0 || len(w.ask("ana", "GET", conv(home), "").conversation().Contact.Same) != 0 {
		t.Errorf("unlinked: %+v", l)
	}
	if c := w.ask("ana", "GET", conv(home), "").conversation(); c.Contact.Card.Name != "Dr Ada Vey" {
		t.Errorf("her card: %+v", c.Contact.Card)
	}
}

// What is written on the card of one contact is heeded when the person writes from another.
func TestThePersonsCardIsHeeded(t *testing.T) {
	w := open(t)
	home, there := w.twoAddresses()
	hers, atWork := w.contactOf(home), w.contactOf(there)
	w.ask("ana", "POST", "/api/v1/contacts/"+hers+"/link", linkTo(atWork)).is(200)
	w.ask("ana", "PUT", "/api/v1/contacts/"+atWork+"/card", `{"name":"Dr Ada Marsh","language":"it"}`).is(200)
	w.Turn(10 * time.Minute)
	left := w.from(7, "ada@home.example", "care@acme.example", "One more question: where is it?")
	c := w.ask("ana", "GET", conv(left[0].Conversation), "").conversation()
	if c.Language != "it" || c.Contact.Name != "Dr Ada Marsh" {
		t.Errorf("the card of the person is not heeded: %s, %+v", c.Language, c.Contact)
	}
}

// A demand about one contact is one about the person: it is said before it is done, and done for all.
func TestAPersonIsForgotten(t *testing.T) {
	w := open(t)
	home, there := w.twoAddresses()
	hers, atWork := w.contactOf(home), w.contactOf(there)
	other := w.from(5, "bo@work.example", "care@acme.example", "My hat is gone.")[0].Conversation
	bo := w.contactOf(other)
	at := "/api/v1/contacts/"
	w.ask("ana", "POST", at+hers+"/link", linkTo(atWork)).is(200)
	w.ask("ana", "POST", at+bo+"/link", `{"contact":"`+hers+`","why":"Bo is Ada, says Oleg."}`).is(200)
	w.ask("ana", "POST", at+bo+"/unlink", `{"why":"Bo is not Ada."}`).is(200)
	for _, verb := range []string{"forget", "export"} {
		p := w.ask("ana", "POST", at+hers+"/"+verb, "").is(409).problem()
		if p.Code != "linked" || !strings.Contains(p.Detail, "ada@work.example") || strings.Contains(p.Detail, "bo@work.example") {
			t.Errorf("%s: %+v", verb, p)
		}
	}
	w.Turn(time.Minute)
	w.ask("ana", "POST", at+hers+"/export", `{"person":["`+atWork+`"]}`).is(200)
	w.Settle()
	for _, id := range []string{hers, atWork} {
		if d := w.demands(id)[0]; d.State != "done" || d.Copied["conversations"] != 1 || len(d.With) != 1 {
			t.Errorf("the copy of %s: %+v", id, d)
		}
	}
	w.Turn(time.Minute)
	// While the order is written, an agent links Bo again: who was not shown is not meant.
	w.ask("ana", "POST", at+bo+"/link", `{"contact":"`+hers+`","why":"Bo is Ada after all."}`).is(200)
	order := `{"person":["` + atWork + `"],"why":"Article 17."}`
	if p := w.ask("ana", "POST", at+hers+"/forget", order, "Idempotency-Key", "widened").is(409).problem(); p.Code != "linked" || !strings.Contains(p.Detail, bo) {
		t.Errorf("widened: %+v", p)
	}
	w.ask("ana", "POST", at+bo+"/unlink", `{"why":"Bo is not Ada."}`).is(200)
	w.ask("ana", "POST", at+hers+"/forget", order, "Idempotency-Key", "order").is(200)
	w.Settle()
	w.ask("ana", "POST", at+hers+"/forget", order, "Idempotency-Key", "order").is(200) // it was taken, though she is nobody's other any more
	w.Settle()
	if left := w.traces("ada@home", "ada@work", "Ada", "arrived broken", "the other suitcase", "on the telephone"); len(left) > 0 {
		t.Errorf("left of her:\n%s", strings.Join(left, "\n"))
	}
	for _, id := range []string{hers, atWork} {
		if d := w.demands(id)[0]; d.State != "done" || d.Kind != "forget" || d.Removed["contact"] != 1 || d.Removed["conversations"] != 1 {
			t.Errorf("the receipt of %s: %+v", id, d)
		}
	}
	if c := w.ask("ana", "GET", conv(other), "").conversation(); len(c.Messages) != 2 || len(c.Contact.Same) != 0 {
		t.Errorf("Bo's: %+v", c)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// Whatever write fails: two contacts are one person for both or for neither, and once.
func TestALinkSurvivesEveryFault(t *testing.T) {
	walk(t, (*world).twoAddresses, func(w *world, a, b string) {
		w.api = edge.AsAgent(w.API())
		w.until("/api/v1/contacts/"+w.contactOf(a)+"/link", linkTo(w.contactOf(b)))
	}, func(w *world, a, _ string) {
		c := w.ask("ana", "GET", conv(a), "").conversation()
		if len(c.Contact.Same) != 1 {
			w.t.Fatalf("linked: %+v", c.Contact)
		}
		var h work.History
		w.ask("ana", "GET", "/api/v1/contacts/"+c.Contact.Same[0].Contact+"/conversations", "").is(200).into(&h)
		if len(h.Items) != 2 {
			w.t.Errorf("the history: %+v", h.Items)
		}
	})
}

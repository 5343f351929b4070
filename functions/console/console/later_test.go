package console_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
)

// An answer with undo leaves after the brand's moment, once; taken back in time it never does, and its words are kept from nobody who wrote them.
func TestAnAnswerCanBeTakenBack(t *testing.T) {
	w := open(t)
	id := w.complaint()
	c := w.ask("marta", "POST", conv(id, "reply"), `{"text":"Dear Ada, we pay for it.","undo":true}`, "Idempotency-Key", "a").conversation()
	if len(c.Scheduled) != 1 || c.Status != "open" || !running(c, "first_response") || c.Scheduled[0].By.ID != "marta" || !c.Scheduled[0].At.Equal(w.Clock.Now().Add(5*time.Second)) {
		t.Fatalf("scheduled: %+v", c)
	}
	if m := c.Messages[len(c.Messages)-1]; m.Answer != c.Scheduled[0].ID || m.Text != "Dear Ada, we pay for it." || m.Delivery != nil {
		t.Errorf("the answer: %+v", m)
	}
	back := `{"answer":"` + c.Scheduled[0].ID + `"}`
	c = w.ask("marta", "POST", conv(id, "take_back"), back).conversation()
	if len(c.Scheduled) != 0 || len(c.Messages) != 2 {
		t.Errorf("taken back: %+v", c)
	}
	w.Turn(10 * time.Second)
	w.Settle()
	if n := len(w.Outbox()); n != 1 {
		t.Fatalf("%d pieces left", n)
	}
	c = w.ask("marta", "POST", conv(id, "reply"), `{"text":"Dear Ada, we pay for it.","undo":true,"then":{"resolve":true,"tags":["Lost Luggage"]}}`, "Idempotency-Key", "b").conversation()
	again := w.ask("marta", "POST", conv(id, "reply"), `{"text":"Dear Ada, we pay for it.","undo":true,"then":{"resolve":true,"tags":["Lost Luggage"]}}`, "Idempotency-Key", "b").conversation()
	if len(again.Scheduled) != 1 {
		t.Errorf("twice with one key: %+v", again.Scheduled)
	}
	back = `{"answer":"` + c.Scheduled[0].ID + `"}`
	w.Turn(10 * time.Second)
	w.Settle()
	c = w.ask("marta", "GET", conv(id), "").conversation()
	if c.Status != "resolved" || !slices.Equal(c.Tags, []string{"lost-luggage"}) || running(c, "first_response") {
		t.Errorf("after it left: %+v", c)
	}
	if n := len(w.Outbox()); n != 2 || !strings.HasPrefix(w.last("reply").Text, "Dear Ada, we pay for it.") {
		t.Errorf("%d pieces left", n)
	}
	if p := w.ask("marta", "POST", conv(id, "take_back"), back).is(409).problem(); p.Code != "has_left" {
		t.Errorf("too late: %+v", p)
	}
	var audit work.Audit
	w.ask("ana", "GET", "/api/v1/audit?conversation="+id, "").is(200).into(&audit)
	var events []string
	for _, a := range audit.Items {
		events = append(events, a.Event+" "+a.By)
	}
	for _, want := range []string{"scheduled marta", "taken_back marta", "replied marta"} {
		if !slices.Contains(events, want) {
			t.Errorf("the audit has no %q: %v", want, events)
		}
	}
}

// An answer for tomorrow leaves tomorrow; when the customer writes before, it waits for a person.
func TestAnAnswerForLater(t *testing.T) {
	w := open(t)
	id := w.complaint()
	at := w.Clock.Now().Add(40 * time.Minute)
	c := w.ask("marta", "POST", conv(id, "reply"), `{"text":"Good morning.","at":"`+at.Format(time.RFC3339)+`"}`).conversation()
	if len(c.Scheduled) != 1 || !c.Scheduled[0].At.Equal(at) {
		t.Fatalf("%+v", c.Scheduled)
	}
	w.Turn(50 * time.Minute)
	w.Settle()
	if got := w.last("reply"); !strings.HasPrefix(got.Text, "Good morning.") {
		t.Errorf("it says %q", got.Text)
	}
	for body, field := range map[string]string{
		`{"text":"x","at":"tomorrow"}`: "at", `{"text":"x","at":"2026-11-23T08:00:00Z"}`: "at", `{"text":"x","at":"2027-11-23T08:00:00Z"}`: "at",
		`{"text":"x","then":{"snooze":"1s"}}`: "then", `{"text":"x","then":{"snooze":"3h","resolve":true}}`: "then", `{"text":"x","then":{"priority":"top"}}`: "then", `{"text":"x","then":{"tags":["a,b"]}}`: "then",
	} {
		if p := w.ask("marta", "POST", conv(id, "reply"), body); p.Code < 400 || p.problem().Field != field {
			t.Errorf("%s: %d %+v", body, p.Code, p.problem())
		}
	}
}

// Whom a note names is called, by mail.
func TestAMentionCalls(t *testing.T) {
	w := open(t)
	id := w.complaint()
	was := len(w.Outbox())
	w.ask("marta", "POST", conv(id, "note"), `{"text":"Could you look, @Oleg? And care@acme.example, @nobody."}`).is(200)
	w.Settle()
	pages := w.Outbox()[was:]
	if len(pages) != 1 || pages[0].Kind != "page" || !strings.Contains(pages[0].To, "oleg@") || !strings.Contains(pages[0].Text, "Marta Lindqvist names you in a note") {
		t.Errorf("called: %+v", pages)
	}
}

func TestTagsAreKept(t *testing.T) {
	w := open(t)
	id := w.complaint()
	c := w.ask("marta", "POST", conv(id, "tag"), `{"add":["VIP","refund"]}`).conversation()
	if !slices.Equal(c.Tags, []string{"refund", "vip"}) {
		t.Errorf("%v", c.Tags)
	}
	c = w.ask("marta", "POST", conv(id, "tag"), `{"remove":["vip"]}`).conversation()
	if !slices.Equal(c.Tags, []string{"refund"}) {
		t.Errorf("%v", c.Tags)
	}
	if p := w.ask("marta", "POST", conv(id, "tag"), `{}`).is(422).problem(); p.Field != "add" {
		t.Errorf("%+v", p)
	}
}

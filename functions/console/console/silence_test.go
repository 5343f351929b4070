package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/account"
)

func (w *world) receipts() int {
	w.t.Helper()
	n := 0
	for _, p := range w.Outbox() {
		if p.Kind == "receipt" {
			n++
		}
	}
	return n
}

func (w *world) balanced() account.Day {
	w.t.Helper()
	d := w.Day("2026-11-23")
	if !d.Balanced {
		w.t.Fatalf("the day's sum is %+v", d)
	}
	return d
}

// While a brand is silenced nothing of it is receipted and nothing is lost; when it is lifted what waited leaves spread, but not what waited too long.
func TestASilencedBrand(t *testing.T) {
	w := open(t)
	w.mail(0, "Before", "Where is my booking?")
	w.ask("ana", "PUT", "/api/v1/silence?brand=acme-air", `{"on":true,"why":"Wrong hours."}`).is(200)
	w.Clock.Turn(3 * time.Second)
	w.mail(1, "Old", "Where is my old booking?")
	w.SendMail("x@home.example", "From: x@home.example\nTo: care@other.example\nSubject: Hello\nMessage-ID: <x@home.example>\n\nWhere is my booking?\n", "care@other.example")
	w.Settle()
	if n := w.receipts(); n != 2 {
		t.Fatalf("%d receipts left, want those of before and of the other brand", n)
	}
	d := w.balanced()
	if d.InFlight != 1 || d.Receipted != 2 {
		t.Errorf("the sum is %+v", d)
	}
	id := w.waiting()
	c := w.ask("marta", "GET", conv(id), "").conversation()
	if r := c.Messages[1]; c.Silenced == nil || c.Silenced.Why != "Wrong hours." || r.Kind != "receipt" || r.Delivery.State != "queued" || r.Delivery.Why != "silenced" {
		t.Errorf("the conversation shows %+v of %+v", c.Messages, c.Silenced)
	}
	w.ask("marta", "POST", conv(id, "reply"), `{"text":"A person answers all the same."}`).is(200)
	w.Settle()
	w.last("reply")

	w.Turn(110 * time.Minute)
	for i := 10; i < 50; i++ {
		w.mail(i, "New", fmt.Sprintf("Where is my booking number %d?", i))
	}
	w.Turn(20 * time.Minute) // the old one has waited for more than two hours now
	if n := w.receipts(); n != 2 {
		t.Fatalf("%d receipts left while silenced", n)
	}
	if d = w.balanced(); d.InFlight != 40 || d.Suppressed["silenced"] != 1 {
		t.Errorf("the sum is %+v", d)
	}
	w.ask("ana", "PUT", "/api/v1/silence?brand=acme-air", `{"on":false}`).is(200)
	w.Turn(5 * time.Second)
	if n := w.receipts() - 2; n > 40/2 {
		t.Errorf("%d of 40 leave in one burst", n)
	}
	w.Turn(6 * time.Minute)
	if n := w.receipts(); n != 42 {
		t.Errorf("%d receipts left in all", n)
	}
	if d = w.balanced(); d.InFlight != 0 || d.Receipted != 42 || d.Suppressed["silenced"] != 1 {
		t.Errorf("at last the sum is %+v", d)
	}
	c = w.ask("marta", "GET", conv(id), "").conversation()
	if c.Silenced != nil || c.Messages[0].Suppressed != "silenced" || c.Messages[1].Kind == "receipt" {
		t.Errorf("the one that waited too long shows %+v", c.Messages)
	}
}

// waiting is the conversation whose receipt waits.
func (w *world) waiting() string {
	w.t.Helper()
	ids, _ := w.all("ana", "view=all")
	for _, id := range ids {
		if c := w.ask("ana", "GET", conv(id), "").conversation(); len(c.Messages) > 1 && c.Messages[1].Delivery.Why == "silenced" {
			return id
		}
	}
	w.t.Fatal("nothing waits")
	return ""
}

// A switch that is turned holds within five seconds, whatever deliver has read before.
func TestASwitchHoldsWithinFiveSeconds(t *testing.T) {
	w := open(t)
	for i := range 20 {
		if i == 10 {
			w.ask("ana", "PUT", "/api/v1/silence?brand=acme-air", `{"on":true}`).is(200)
		}
		w.mail(i, "Hello", fmt.Sprintf("Where is my booking %d?", i))
		w.Clock.Turn(time.Second)
	}
	if n := w.receipts(); n < 10 || n > 12 {
		t.Errorf("%d receipts left; the switch was turned after ten, a second between each two", n)
	}
}

func TestTheSwitchTells(t *testing.T) {
	w := open(t)
	var s work.Silence
	get := func() string {
		t.Helper()
		res := w.ask("marta", "GET", "/api/v1/silence", "").is(200)
		s = work.Silence{}
		res.into(&s)
		return res.Body.String()
	}
	if b := get(); s.On || s.Brand != "acme-air" || !strings.Contains(b, `"on":false`) {
		t.Errorf("at first it tells %s", b)
	}
	w.ask("ana", "PUT", "/api/v1/silence", `{"on":true,"why":"one"}`).is(200)
	w.Clock.Turn(time.Minute)
	w.ask("ana", "PUT", "/api/v1/silence", `{"on":true,"why":"two"}`).is(200)
	if b := get(); !s.On || s.Why != "two" || s.By != "ana" || !s.At.Equal(monday) {
		t.Errorf("it tells %s", b)
	}
	if on := w.Silenced(t.Context()); len(on) != 1 || on["acme-air"].Why != "two" {
		t.Errorf("health tells %+v", on)
	}
}

// Check-in is down and hundreds write. A lead has receipts say what is known, in the customers' languages, until it is over.
func TestAnIncidentIsToldInReceipts(t *testing.T) {
	w := open(t)
	w.ask("ana", "PUT", "/api/v1/silence?brand=acme-air", `{"on":false}`).is(200)
	w.ask("ana", "PUT", "/api/v1/incident?brand=acme-air", `{"texts":{"en":"Check-in is down since nine. {name} <b>We</b> are on it.","it":" "},"until":"2026-11-23T12:00:00Z"}`).is(200)
	w.Clock.Turn(3 * time.Second)
	w.mail(1, "Check-in", "I cannot check in, please help me with my booking.")
	if r := w.last("receipt"); !strings.Contains(r.Text, "\n\nCheck-in is down since nine. {name} <b>We</b> are on it.\n\n") || !strings.Contains(r.HTML, "{name} &lt;b&gt;We&lt;/b&gt; are on it.") {
		t.Errorf("the receipt says %s\n%s", r.Text, r.HTML)
	}
	w.SendMail("anna@home.example", "From: Anna <anna@home.example>\nTo: care@acme.example\nSubject: Frage\nMessage-ID: <f@home.example>\n\nGuten Tag, wo finde ich bitte meine Rechnung von gestern?\n", "care@acme.example")
	w.Settle()
	if r := w.last("receipt"); strings.Contains(r.Text, "Check-in") || !strings.Contains(r.Text, "Guten Tag") && !strings.Contains(r.Text, "Hallo") {
		t.Errorf("in a language without words the receipt says %s", r.Text)
	}
	w.ask("ana", "PUT", "/api/v1/silence?brand=acme-air", `{"on":false,"why":"Nothing is wrong with receipts."}`).is(200) // keeps what is told
	var s work.Silence
	w.ask("marta", "GET", "/api/v1/silence?brand=acme-air", "").is(200).into(&s)
	if s.Incident == nil || len(s.Incident.Texts) != 1 || s.Incident.By != "ana" {
		t.Errorf("the switch is %+v", s)
	}
	w.ask("ana", "PUT", "/api/v1/incident?brand=acme-air", `{"texts":{}}`).is(200)
	w.Clock.Turn(3 * time.Second)
	w.mail(2, "Check-in", "I cannot check in again, please help me with it.")
	if r := w.last("receipt"); strings.Contains(r.Text, "since nine") {
		t.Errorf("it is over, and the receipt says %s", r.Text)
	}
	for body, field := range map[string]string{
		`{"texts":{"en":"a"}}`: "until", `{"texts":{"en":"a"},"until":"2026-11-22T12:00:00Z"}`: "until", `{"texts":{"en":"a"},"until":"2027-11-22T12:00:00Z"}`: "until",
		`{"texts":{"english":"a"},"until":"2026-11-23T12:00:00Z"}`: "texts", `{"texts":{"en":"` + strings.Repeat("a", 601) + `"},"until":"2026-11-23T12:00:00Z"}`: "texts",
	} {
		if p := w.ask("ana", "PUT", "/api/v1/incident?brand=acme-air", body).problem(); p.Field != field {
			t.Errorf("%.60s: %+v", body, p)
		}
	}
}

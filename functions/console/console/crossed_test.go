package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
)

// Marta and Oleg answer the same customer. Who is second is told what the first has said, also while it can still be taken back, and sends all the same by one act more.
// What the customer writes meanwhile is told in the same way, once.
func TestTheSecondAnswerIsHeldBackOnce(t *testing.T) {
	w := open(t)
	id := w.complaint()
	seen := func() int { return w.ask("marta", "GET", conv(id), "").conversation().Seen }
	began := seen()
	body := func(text string, seen int, more string) string {
		return fmt.Sprintf(`{"text":%q,"seen":%d%s}`, text, seen, more)
	}
	w.Clock.Turn(time.Second)
	w.ask("oleg", "POST", conv(id, "tag"), `{"add":["luggage"]}`).is(200) // changes no answer
	w.ask("oleg", "POST", conv(id, "reply"), body("I have sent you a voucher.", began, `,"undo":true`)).is(200)

	p := w.ask("marta", "POST", conv(id, "reply"), body("We look for it.", began, ""), "Idempotency-Key", "m1").is(409).problem()
	if len(p.Since) != 1 || p.Code != "crossed" || p.Field != "seen" || p.Seen != seen() || p.Version == 0 {
		t.Fatalf("%+v", p)
	}
	if h := p.Since[0]; h.Event != "scheduled" || h.By != "oleg" || h.Name != "Oleg Savchuk" || h.Text != "I have sent you a voucher." || h.Leaves == nil || h.Leaves.Sub(h.At) != 5*time.Second {
		t.Errorf("what Oleg is about to say: %+v", h)
	}
	w.Turn(10 * time.Second)
	p = w.ask("marta", "POST", conv(id, "reply"), body("We look for it.", began, ""), "Idempotency-Key", "m1").is(409).problem()
	if len(p.Since) != 1 || p.Since[0].Leaves != nil || !strings.HasPrefix(w.last("reply").Text, "I have sent you a voucher.") {
		t.Errorf("it has left: %+v", p.Since)
	}

	// Ada writes before Marta has decided: what she agreed to is not what there is now.
	w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: Re: My suitcase\nMessage-ID: <2@home.example>\nReferences: <1@home.example>\n\nIt has a red ribbon.\n", "care@acme.example")
	w.Settle()
	again := w.ask("marta", "POST", conv(id, "reply"), body("We look for it.", p.Seen, ""), "Idempotency-Key", "m1").is(409).problem()
	if len(again.Since) != 1 || again.Since[0].Event != "received" || again.Since[0].Name != "Ada Marsh" || again.Since[0].By != "" || again.Since[0].Text != "It has a red ribbon." {
		t.Errorf("what Ada wrote: %+v", again.Since)
	}
	all := body("We look for it.", again.Seen, "")
	first := w.ask("marta", "POST", conv(id, "reply"), all, "Idempotency-Key", "m1").is(200)
	if r := w.ask("marta", "POST", conv(id, "reply"), all, "Idempotency-Key", "m1").is(200); r.Header().Get("Idempotency-Replayed") != "true" || first.conversation().Seen != r.conversation().Seen {
		t.Error("the same request again is not the same answer")
	}
	w.Settle()
	sent := 0
	for _, m := range w.ask("marta", "GET", conv(id), "").conversation().Messages {
		if m.Kind == "reply" {
			sent++
		}
	}
	if sent != 2 {
		t.Errorf("%d answers stand in the conversation", sent)
	}
	w.ask("marta", "POST", conv(id, "reply"), `{"text":"And a third."}`).is(200) // a program of before says nothing of what it saw
	w.ask("marta", "POST", conv(id, "reply"), body("Too far.", 999, "")).is(412)
	w.ask("marta", "POST", conv(id, "reply"), body("Too little.", -1, "")).is(422)
}

// Of many who answer at once by what all of them have seen one is taken, and the others are told.
func TestOfManyAnswersAtOnceOneIsTaken(t *testing.T) {
	w := open(t)
	id := w.complaint()
	began := w.ask("ana", "GET", conv(id), "").conversation().Seen
	who := []string{"ana", "marta", "oleg", "ida"}
	problems := make(chan *work.Problem, len(who))
	for _, agent := range who {
		go func() {
			r := w.ask(agent, "POST", conv(id, "reply"), fmt.Sprintf(`{"text":"It is %s.","seen":%d}`, agent, began))
			if r.Code == 200 {
				problems <- nil
				return
			}
			p := r.problem()
			problems <- &p
		}()
	}
	taken := 0
	for range who {
		p := <-problems
		switch {
		case p == nil:
			taken++
		case p.Code != "crossed" || len(p.Since) != 1:
			t.Errorf("%+v", p)
		}
	}
	if taken != 1 {
		t.Errorf("%d were taken", taken)
	}
}

// What the customer wrote is told also when a hundred turns that change no answer came after it.
func TestNothingIsPushedOutOfSight(t *testing.T) {
	w := open(t)
	id := w.complaint()
	began := w.ask("marta", "GET", conv(id), "").conversation().Seen
	w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: Re: My suitcase\nMessage-ID: <2@home.example>\nReferences: <1@home.example>\n\nIt has a red ribbon.\n", "care@acme.example")
	w.Settle()
	for n := range 101 {
		w.ask("oleg", "POST", conv(id, "tag"), fmt.Sprintf(`{%q:["luggage"]}`, []string{"add", "remove"}[n%2])).is(200)
	}
	p := w.ask("marta", "POST", conv(id, "reply"), fmt.Sprintf(`{"text":"We look for it.","seen":%d}`, began)).is(409).problem()
	if len(p.Since) != 1 || p.Since[0].Text != "It has a red ribbon." {
		t.Errorf("%+v", p)
	}
}

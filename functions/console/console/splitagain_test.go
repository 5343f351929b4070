package console_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/local/faults"
)

// lastLetter is the newest letter that stands in a conversation.
func (w *world) lastLetter(conversation string) (m work.Message) {
	w.t.Helper()
	for _, x := range w.ask("ana", "GET", conv(conversation), "").is(200).conversation().Messages {
		if x.Kind == "message" {
			m = x
		}
	}
	return m
}

// What was split off into a conversation stands in it like its own when that is split again: the dog is still owed, by its promise, and an answer is to what she wrote of it.
// It is not split a second time; and what has left a conversation before it was merged stands where it went, and nowhere else.
func TestWhatWasSplitOffIsSplitAgain(t *testing.T) {
	w := open(t)
	first, dog, receipt := w.oneThread()
	about := "In-Reply-To: " + receipt.Headers["Message-ID"]
	second := w.ask("ana", "POST", conv(first, "split"), `{"messages":["`+dog+`"]}`).is(200).conversation().SplitOff[0].Conversation
	w.Turn(21 * time.Minute)
	w.from(30, "ada@home.example", "care@acme.example", "I am out of office until Monday.", about, "X-Autoreply: yes")
	w.Turn(21 * time.Minute)
	w.from(31, "ada@home.example", "care@acme.example", "By the way: do you sell vouchers?", about)
	vouchers, was := w.lastLetter(second), w.ask("ana", "GET", conv(second), "").conversation()
	for ids, want := range map[string]string{`"` + dog + `"`: "split_before", `"` + dog + `","` + vouchers.ID + `"`: "split_before"} {
		if p := w.ask("ana", "POST", conv(second, "split"), `{"messages":[`+ids+`]}`).is(409).problem(); p.Code != want {
			t.Errorf("%s: %+v", ids, p)
		}
	}
	third := w.ask("ana", "POST", conv(second, "split"), `{"messages":["`+vouchers.ID+`"]}`).is(200).conversation().SplitOff[0].Conversation
	w.Settle()
	for _, id := range []string{second, third} {
		if c := w.ask("ana", "GET", conv(id), "").conversation(); c.Status != "open" || c.Promise == nil || !c.Promise.By.Equal(was.Promise.By) || len(c.Targets) != 2 {
			t.Errorf("it is %+v, with %v", c, standing(c))
		}
	}
	w.ask("ana", "POST", conv(second, "reply"), `{"text":"He is well."}`).is(200)
	w.Settle()
	if out := w.Outbox(); out[len(out)-1].Headers["In-Reply-To"] != "<g2@home.example>" {
		t.Errorf("the answer is to %q", out[len(out)-1].Headers["In-Reply-To"])
	}
	// The suitcase goes on in another letter's conversation. All that stands there cannot go: that the dog's letter lies in the suitcase's rows changes nothing.
	w.Turn(21 * time.Minute)
	other := w.from(32, "ada@home.example", "care@acme.example", "May I have an invoice?")[0].Conversation
	w.ask("ana", "POST", conv(first, "merge"), `{"into":"`+other+`"}`).is(200)
	w.ask("ana", "POST", conv(other, "split"), `{"messages":["`+dog+`"]}`).is(422)
	var all []string
	for _, m := range w.ask("ana", "GET", conv(other), "").conversation().Messages {
		if m.Kind == "message" {
			all = append(all, m.ID)
		}
	}
	if p := w.ask("ana", "POST", conv(other, "split"), `{"messages":["`+all[0]+`","`+all[1]+`"]}`).is(409).problem(); len(all) != 2 || slices.Contains(all, dog) || p.Code != "nothing_stays" {
		t.Errorf("%v: %+v", all, p)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// A page that no way takes waits; what it is about is split off meanwhile. It leaves all the same, and its link and those of before lead to what waits; the other calls for itself
// when its own time is over.
func TestAPageFindsWhatWasSplitOff(t *testing.T) {
	w := open(t)
	first, dog, _ := w.oneThread()
	var bag string
	for _, m := range w.ask("ana", "GET", conv(first), "").conversation().Messages {
		if m.Kind == "message" && m.ID != dog {
			bag = m.ID
		}
	}
	refused := faults.Fault{Kind: faults.Throttle, Service: "ses", Operation: "SendEmail", Chance: 1}
	if err := w.AWS.Faults.Set(refused); err != nil {
		t.Fatal(err)
	}
	w.Turn(51 * time.Minute) // the suitcase is late, the dog is not
	oleg := w.link("oleg", first)
	second := w.ask("ana", "POST", conv(first, "split"), `{"messages":["`+bag+`"]}`).is(200).conversation().SplitOff[0].Conversation
	before := len(w.Outbox())
	if err := w.AWS.Faults.Set(); err != nil {
		t.Fatal(err)
	}
	w.Turn(2 * time.Minute)
	left := 0
	for _, p := range w.Outbox()[before:] {
		if p.Kind != "page" || p.Conversation != first {
			continue
		}
		left++
		_, token, _ := strings.Cut(p.Text, "/page/")
		if to, ok := w.Keys.Paged(strings.Fields(token)[0], w.Clock.Now()); !ok || to.Conversation != second {
			t.Errorf("a page leads to %+v: %s", to, p.Text)
		}
	}
	if left == 0 {
		t.Error("no page of before the split has left")
	}
	if body := w.ask("", "POST", oleg, "").is(200).Body.String(); !strings.Contains(body, "You have it") {
		t.Errorf("who was called is told %s", body)
	}
	a, b := w.ask("ana", "GET", conv(first), "").conversation(), w.ask("ana", "GET", conv(second), "").conversation()
	if a.Assignee.ID == "oleg" || b.Assignee.ID != "oleg" {
		t.Errorf("the suitcase is %s's, the dog %s's", b.Assignee.ID, a.Assignee.ID)
	}
	w.ask("ana", "POST", conv(second, "merge"), `{"into":"`+first+`"}`).is(200)
	if body := w.ask("", "GET", oleg, "").is(200).Body.String(); strings.Contains(body, "It is done") {
		t.Errorf("merged again, it says %s", body)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// The origin of what goes was merged since into a conversation that is answered: that owes what Ada wrote after her demand.
func TestWhatAnOriginTakesBackIsOwedWhereItGoesOn(t *testing.T) {
	w := open(t)
	first := w.complaint()
	contact := w.ask("ana", "GET", conv(first), "").conversation().Contact.ID
	w.Turn(10 * time.Minute)
	w.demanded(contact)
	demanded := w.Clock.Now()
	w.Turn(10 * time.Minute)
	w.from(2, "ada@home.example", "care@acme.example", "And where is my dog? Nobody tells me.", "References: <1@home.example>")
	second := w.ask("ana", "POST", conv(first, "split"), `{"messages":["`+w.lastLetter(first).ID+`"]}`).is(200).conversation().SplitOff[0].Conversation
	w.Turn(21 * time.Minute)
	third := w.from(3, "ada@home.example", "care@acme.example", "May I have an invoice?")[0].Conversation
	w.ask("ana", "POST", conv(first, "merge"), `{"into":"`+third+`"}`).is(200)
	w.ask("ana", "POST", conv(third, "reply"), `{"text":"Here it is."}`).is(200)
	w.foundBefore(second, demanded)
	if is := w.ask("ana", "GET", conv(third), "").conversation(); is.Status != "pending" {
		t.Fatalf("it is %+v", is)
	}
	w.Turn(time.Hour)
	w.Schedule("forget")
	w.Settle()
	w.ask("ana", "GET", conv(second), "").is(404)
	is := w.ask("ana", "GET", conv(third), "").is(200).conversation()
	if is.Status != "open" || len(is.Targets) == 0 {
		t.Errorf("it is %s, owed by %+v, with %v", is.Status, is.Targets, standing(is))
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

package console_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
)

// timeline reads a page of a contact's.
func (w *world) timeline(contact, cursor string) (t work.PersonTimeline) {
	w.t.Helper()
	at := "/api/v1/contacts/" + contact + "/timeline"
	if cursor != "" {
		at += "?cursor=" + cursor
	}
	w.ask("ana", "GET", at, "").is(200).into(&t)
	return t
}

// texts are what stands in a timeline, in short.
func texts(items []work.Piece) (all []string) {
	for _, x := range items {
		all = append(all, x.Message.Kind+": "+strings.TrimSpace(strings.SplitN(x.Message.Text, "\n", 2)[0]))
	}
	return all
}

// Ada has written from home and from work, about three things. All of it is one timeline once an agent says that it is she: in the order of time, each with its receipt, with what was answered and
// noted, and what became of it. What is merged or split off stands there once, in the conversation where it belongs now; what is forgotten does not.
func TestAllThatAContactWroteIsOneTimeline(t *testing.T) {
	w := open(t)
	suitcase := w.complaint()
	hers := w.contactOf(suitcase)
	w.Turn(10 * time.Minute)
	w.ask("ana", "POST", conv(suitcase, "note"), `{"text":"She has called, too."}`).is(200)
	w.Turn(10 * time.Minute)
	invoice := w.from(2, "ada@home.example", "care@acme.example", "May I have an invoice?")[0].Conversation
	w.Turn(10 * time.Minute)
	w.ask("ana", "POST", conv(suitcase, "reply"), `{"text":"We have found it."}`).is(200)
	w.Turn(time.Minute)
	w.ask("ana", "POST", conv(suitcase, "resolve"), "").is(200)
	w.Turn(10 * time.Minute)
	hat := w.from(3, "ada@work.example", "care@acme.example", "And my hat is gone.")[0].Conversation
	atWork := w.contactOf(hat)

	one := w.timeline(hers, "")
	want := []string{"message: My suitcase arrived broken and nobody answers the phone. This is terrible.", "note: She has called, too.", "message: May I have an invoice?", "reply: We have found it."}
	if got := texts(one.Items); !slices.Equal(got, want) || one.Cursor != "" || len(one.Conversations) != 2 {
		t.Fatalf("hers: %q, %d conversations, more at %q", got, len(one.Conversations), one.Cursor)
	}
	for i, begins := range []bool{true, false, true, false} {
		if x := one.Items[i]; x.Begins != begins || (len(x.Sent) == 1) != begins || begins && x.Sent[0].Delivery.State != "accepted" && x.Sent[0].Delivery.State != "delivered" {
			t.Errorf("%q begins %v, with %+v", x.Message.Text, x.Begins, x.Sent)
		}
	}
	if x := one.Items[3]; x.Conversation != suitcase || x.Message.Delivery == nil || !slices.ContainsFunc(x.Done, func(d work.Done) bool { return slices.Contains(d.Why, "ana resolved it") }) {
		t.Errorf("the answer: %+v", x)
	}
	if !slices.ContainsFunc(one.Items[3].Done, func(d work.Done) bool { return slices.Contains(d.Why, "the promise is kept") }) {
		t.Errorf("of the promise: %+v", one.Items[3].Done)
	}

	w.ask("ana", "POST", "/api/v1/contacts/"+hers+"/link", linkTo(atWork)).is(200)
	for _, id := range []string{hers, atWork} {
		if got := texts(w.timeline(id, "").Items); !slices.Equal(got, append(slices.Clone(want), "message: And my hat is gone.")) {
			t.Errorf("as one person, from %s: %q", id, got)
		}
	}
	w.ask("rosa", "GET", "/api/v1/contacts/"+hers+"/timeline", "").is(404)
	for _, bad := range []string{"x", "e30x", strings.Repeat("a", 401)[:399], "eyJ0IjoiMjAyNiJ9"} {
		if p := w.ask("ana", "GET", "/api/v1/contacts/"+hers+"/timeline?cursor="+bad, "").is(400).problem(); p.Field != "cursor" {
			t.Errorf("%s: %+v", bad, p)
		}
	}

	// The hat goes on with the invoice, and is split off again with a letter that came since.
	w.ask("ana", "POST", conv(hat, "merge"), `{"into":"`+invoice+`"}`).is(200)
	w.Settle()
	all := w.timeline(hers, "")
	if i := len(all.Items) - 1; all.Items[i].Conversation != invoice && all.Items[i-1].Conversation != invoice {
		t.Errorf("merged, the hat stands in %+v", all.Items[i])
	}
	count := func(all work.PersonTimeline, text string) (n int) {
		for _, x := range all.Items {
			if strings.Contains(x.Message.Text, text) {
				n++
			}
		}
		return n
	}
	if count(all, "my hat is gone") != 1 {
		t.Errorf("merged, the hat is there %d times", count(all, "my hat is gone"))
	}
	for _, x := range all.Items {
		if strings.Contains(x.Message.Text, "my hat is gone") && (x.Conversation != invoice || x.Message.Part != hat || !x.Begins || x.Contact != atWork) {
			t.Errorf("merged, the hat stands as %+v", x)
		}
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// A letter that is split off stands where it was written, in its new conversation, and once; who is forgotten has no timeline.
func TestATimelineHasWhatWasSplitOffOnce(t *testing.T) {
	w := open(t)
	first, dog, _ := w.oneThread()
	contact := w.contactOf(first)
	before := texts(w.timeline(contact, "").Items)
	second := w.ask("ana", "POST", conv(first, "split"), `{"messages":["`+dog+`"]}`).is(200).conversation().SplitOff[0].Conversation
	w.Settle()
	n := 0
	var said []string
	for _, x := range w.timeline(contact, "").Items {
		if x.Message.ID == dog {
			n++
			if x.Conversation != second || x.Message.Part != first {
				t.Errorf("the dog's letter stands in %s, of %s", x.Conversation, x.Message.Part)
			}
		}
		if x.Message.Kind != "note" {
			said = append(said, texts([]work.Piece{x})...)
		}
	}
	if n != 1 || !slices.Equal(said, before) {
		t.Errorf("the dog's letter is there %d times: %q, before %q", n, said, before)
	}
	w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/forget", `{"why":"Article 17."}`, "Idempotency-Key", "forget").is(200)
	w.Settle()
	w.ask("ana", "GET", "/api/v1/contacts/"+contact+"/timeline", "").is(404)
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

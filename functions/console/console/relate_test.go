package console_test

import (
	"slices"
	"testing"
	"time"

	"pronto/functions/console/work"
)

// Ada's and Otto's suitcases broke on one belt. Oleg says that the two have to do with each other: nothing moves but what is shown. Merged and forgotten, none names what is gone.
func TestTwoHaveToDoWithEachOther(t *testing.T) {
	w := open(t)
	hers := w.complaint()
	w.Turn(10 * time.Minute)
	his := w.from(1, "otto@work.example", "care@acme.example", "My suitcase is broken.")[0].Conversation
	again := w.from(2, "otto@work.example", "care@acme.example", "And where is my hat?")[0].Conversation
	before := w.ask("ana", "GET", conv(hers), "").conversation()
	w.ask("ana", "POST", conv(hers, "relate"), `{"to":"no"}`).is(422)
	w.ask("ana", "POST", conv(hers, "relate"), `{"to":"aaaaaaaaaaaaaaaa"}`).is(422)
	w.ask("rosa", "POST", conv(hers, "relate"), `{"to":"`+his+`"}`).is(404)
	body := `{"to":"` + his + `","why":"One belt."}`
	c := w.ask("ana", "POST", conv(hers, "relate"), body, "Idempotency-Key", "r").conversation()
	if again := w.ask("ana", "POST", conv(hers, "relate"), body, "Idempotency-Key", "r").is(200); again.Header().Get("Idempotency-Replayed") != "true" {
		t.Error("the same request was taken twice")
	}
	if !slices.Equal(c.Related, []string{his}) || c.Status != before.Status || c.Assignee != before.Assignee || !c.Promise.By.Equal(before.Promise.By) || c.Messages[len(c.Messages)-1].Text != "One belt." {
		t.Errorf("hers: %+v", c)
	}
	if c := w.ask("ana", "GET", conv(his), "").conversation(); !slices.Equal(c.Related, []string{hers}) {
		t.Errorf("his: %+v", c)
	}
	for _, id := range []string{hers, his} {
		var lines work.Audit
		w.ask("ana", "GET", "/api/v1/audit?conversation="+id, "").is(200).into(&lines)
		if i := slices.IndexFunc(lines.Items, func(x work.AuditItem) bool { return x.Event == "related" && x.By == "ana" }); i < 0 {
			t.Errorf("the audit of %s: %+v", id, lines.Items)
		}
	}

	// His goes on in another, which is related in its place; and by its old name it is parted, and related again.
	w.ask("ana", "POST", conv(his, "merge"), `{"into":"`+again+`"}`).is(200)
	if c := w.ask("ana", "GET", conv(again), "").conversation(); !slices.Equal(c.Related, []string{hers}) {
		t.Errorf("merged: %+v", c)
	}
	if c := w.ask("ana", "POST", conv(hers, "unrelate"), `{"to":"`+his+`"}`).is(200).conversation(); len(c.Related) != 0 {
		t.Errorf("parted: %+v", c)
	}
	if c := w.ask("ana", "GET", conv(again), "").conversation(); len(c.Related) != 0 {
		t.Errorf("parted from: %+v", c)
	}
	if c := w.ask("ana", "POST", conv(hers, "relate"), `{"to":"`+his+`"}`).is(200).conversation(); !slices.Equal(c.Related, []string{again}) {
		t.Errorf("by its old name: %+v", c)
	}

	// Ada is forgotten: nothing names hers.
	w.Turn(time.Minute)
	w.ask("ana", "POST", "/api/v1/contacts/"+before.Contact.ID+"/forget", "").is(200)
	w.Settle()
	if left := w.traces("ada@home.example", "arrived broken", hers); len(left) > 0 {
		t.Errorf("left of her: %q", left)
	}
	if c := w.ask("ana", "GET", conv(again), "").conversation(); len(c.Related) != 0 || c.Status != "open" {
		t.Errorf("his, once hers is forgotten: %+v", c)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// Whatever write fails: who repeats it until it is taken has related both, and said why once.
func TestRelatingSurvivesEveryFault(t *testing.T) {
	walk(t, (*world).twoMatters, func(w *world, a, b string) {
		w.until(conv(b, "relate"), `{"to":"`+a+`","why":"One journey."}`)
	}, func(w *world, first, second string) {
		a, b := w.ask("ana", "GET", conv(first), "").conversation(), w.ask("ana", "GET", conv(second), "").conversation()
		notes := len(slices.DeleteFunc(b.Messages, func(m work.Message) bool { return m.Kind != "note" }))
		if !slices.Equal(a.Related, []string{second}) || !slices.Equal(b.Related, []string{first}) || notes != 1 || a.Status != "open" || b.Status != "open" {
			w.t.Errorf("it is %+v and %+v, with %d notes", a, b, notes)
		}
	})
}

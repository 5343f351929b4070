package console_test

import (
	"slices"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/pronto/edge"
)

// Whatever write fails, and however: who repeats with its key that a merge is taken back has taken it back once. Each is owed as it was, each promise by its own time,
// and what is written to either comes into it.
func TestAMergeTakenBackSurvivesEveryFault(t *testing.T) {
	due := map[string]time.Time{}
	promised := func(w *world, id string) time.Time {
		return w.ask("ana", "GET", conv(id), "").conversation().Promise.By
	}
	walk(t, func(w *world) (a, b string) {
		w.api = edge.AsAgent(w.API())
		a = w.complaint()
		w.Turn(time.Minute)
		b = w.again(2, "My dog", "And where is my dog? Nobody tells me.").Conversation
		due[a], due[b] = promised(w, a), promised(w, b)
		w.ask("ana", "POST", conv(b, "merge"), `{"into":"`+a+`","why":"One matter."}`, "Idempotency-Key", "m").is(200)
		w.Turn(time.Minute)
		return a, b
	}, func(w *world, _, b string) {
		w.until(conv(b, "unmerge"), `{"why":"They are two."}`)
		w.Turn(3 * time.Minute)
	}, func(w *world, first, second string) {
		a, b := w.ask("ana", "GET", conv(first), "").conversation(), w.ask("ana", "GET", conv(second), "").conversation()
		if b.Merged != "" || len(a.Parts) != 0 || a.Unmerge != nil || b.Unmerge != nil {
			w.t.Fatalf("they are %+v and %+v", a, b)
		}
		for _, c := range []work.Conversation{a, b} {
			if c.Status != "open" || c.Promise == nil || c.Promise.State != "given" || !c.Promise.By.Equal(due[c.ID]) || c.Promise.Of != "" {
				w.t.Errorf("it is %+v, promised %+v, not by %v", c, c.Promise, due[c.ID])
			}
		}
		if notes := slices.DeleteFunc(b.Messages, func(m work.Message) bool { return m.Kind != "note" }); len(notes) != 2 || notes[1].Text != "They are two." {
			w.t.Errorf("noted: %+v", notes)
		}
		// Who repeats the merge with its key has merged nothing.
		w.ask("ana", "POST", conv(second, "merge"), `{"into":"`+first+`","why":"One matter."}`, "Idempotency-Key", "m").is(200)
		if c := w.ask("ana", "GET", conv(second), "").conversation(); c.Merged != "" {
			w.t.Errorf("merged again: %+v", c)
		}
		w.Turn(20 * time.Minute)
		if left := w.from(31, "ada@home.example", "care@acme.example", "He is brown.", "References: <a2@home.example>"); len(left) != 1 || left[0].Conversation != second {
			w.t.Errorf("what she wrote went to %+v", left)
		}
		if sum := w.Day("2026-11-23"); sum.Received != 3 || sum.Receipted != 3 || !sum.Balanced || len(w.Outbox()) != 3 {
			w.t.Errorf("the sum is %+v, %d pieces left", sum, len(w.Outbox()))
		}
	})
}

// What she wrote since belongs to both: they stay one, and the agent is told why. Who was let in as a guest waits again when that is taken back.
func TestWhatHasGoneOnStaysOne(t *testing.T) {
	w := open(t)
	first, second := w.twoMatters()
	w.ask("ana", "POST", conv(second, "merge"), `{"into":"`+first+`"}`).is(200)
	if c := w.ask("ana", "GET", conv(first), "").conversation(); c.Unmerge == nil || c.Unmerge.Conversation != second || c.Unmerge.By != "ana" {
		t.Errorf("it can be taken back: %+v", c.Unmerge)
	}
	w.Turn(10 * time.Minute)
	w.from(31, "ada@home.example", "care@acme.example", "He is brown.", "References: <a2@home.example>")
	if p := w.ask("ana", "POST", conv(second, "unmerge"), "").is(409).problem(); p.Code != "moved_on" {
		t.Errorf("it is %+v", p)
	}
	if c := w.ask("ana", "GET", conv(first), "").conversation(); c.Unmerge != nil || !slices.Equal(c.Parts, []string{second}) {
		t.Errorf("it is %+v", c)
	}
	if p := w.ask("ana", "POST", conv(first, "unmerge"), "").is(409).problem(); p.Code != "not_merged" {
		t.Errorf("it is %+v", p)
	}
}

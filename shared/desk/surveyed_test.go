package desk

import (
	"testing"
	"time"

	"pronto/shared/sla"
)

// Who is one person by two addresses was asked when either was.
func TestAPersonWasAskedWhenAnyOfItsContactsWas(t *testing.T) {
	early, late := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	x := &turn{facts: Facts{Contact: &Contact{Surveyed: &early}, Same: []Contact{{}, {Surveyed: &late}}}}
	if got := x.surveyed(); !got.Equal(late) {
		t.Errorf("asked at %s", got)
	}
}

// What an agent wrote before the contact ever did is no answer to ask about; what came after is.
func TestALetterThatBeganItIsNoAnswer(t *testing.T) {
	began := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	c := Conversation{Opened: began, Answered: began.Add(time.Minute), Receipt: &ReceiptMark{}}
	c.Targets = []sla.Target{{Kind: sla.FirstResponse, Set: began.Add(time.Hour)}}
	if c.worthAsking() {
		t.Error("asked about the agent's own letter")
	}
	if c.Answered = began.Add(2 * time.Hour); !c.worthAsking() {
		t.Error("not asked about an answer")
	}
}

// Who was told in what was merged into a conversation is asked about it there.
func TestWhoWasToldBeforeAMergeIsAsked(t *testing.T) {
	began := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	c := Conversation{Opened: began, Answered: began.Add(time.Hour), Promise: &Promise{Given: began}, PromiseOf: &PromiseOf{Conversation: "part", Given: began}}
	if c.worthAsking() {
		t.Error("asked, and nobody was told")
	}
	if c.PromiseOf.Receipt = "000001-0"; !c.worthAsking() {
		t.Error("not asked")
	}
}

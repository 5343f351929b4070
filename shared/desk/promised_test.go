package desk

import "testing"

func TestAPromiseTurnsOnce(t *testing.T) {
	with := func(state string) *Conversation {
		if state == "" {
			return &Conversation{}
		}
		return &Conversation{Promise: &Promise{State: state}}
	}
	for _, c := range [][3]string{ // before, after, what became of it
		{PromiseGiven, PromiseKept, PromiseKept}, {PromiseGiven, PromiseBroken, PromiseBroken}, {PromiseRenewed, PromiseKept, PromiseKept},
		{PromiseKept, PromiseKept, ""}, {PromiseBroken, PromiseBroken, ""}, {PromiseGiven, PromiseGiven, ""}, {PromiseGiven, PromiseRenewed, ""},
		{"", "", ""}, {"", PromiseGiven, ""}, {PromiseKept, PromiseGiven, ""},
	} {
		if got := Turned(Facts{Conversation: with(c[0])}, Decision{Conversation: *with(c[1])}); got != c[2] {
			t.Errorf("from %q to %q: %q", c[0], c[1], got)
		}
	}
	if Turned(Facts{}, Decision{Nothing: true, Conversation: *with(PromiseKept)}) != "" {
		t.Error("a decision for nothing turned a promise")
	}
	if Turned(Facts{}, Decision{Conversation: *with(PromiseKept)}) != PromiseKept {
		t.Error("without a conversation before")
	}
}

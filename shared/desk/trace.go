package desk

import (
	"slices"
	"strings"

	"pronto/shared/channel"
)

// Trace names the messages that something in a conversation is about. A message's own turn and receipt are about that one; clocks, pages, agents' doings and the answer about
// all that wait for it: the one that opened or reopened the conversation, and what came while it went on. Each line of the ledger bears it, so that any message is followed
// from its arrival to the answer by its own id. Where an agent wrote first it is the id of what he wrote.
type Trace []string

// maxTrace bounds it. Of more the first and the newest stay: what opened a matter is found to its end however often somebody writes again.
const maxTrace = 8

// String is the trace as the ledger has it: ids with a space between, oldest first.
func (t Trace) String() string { return strings.Join(t, " ") }

// With is the trace with more messages; those that it names already stay where they are.
func (t Trace) With(ids ...string) Trace {
	out := slices.Clone(t)
	for _, id := range ids {
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	if n := len(out); n > maxTrace {
		out = slices.Delete(out, 1, n-maxTrace+1)
	}
	return out
}

// Trace is what the turn is about.
func (d Decision) Trace() (t Trace) {
	m := d.Message
	if m == nil || m.Direction != "in" {
		return d.Conversation.Trace
	}
	if d.Placed != nil {
		t = t.With(d.Placed.Held.ID) // its lines of before bear this id, which is another where no brand was found
	}
	return t.With(m.ID)
}

// traced gives a decision's effects the trace that is told of them long after the turn. A receipt names its message anyway.
func traced(d Decision) Decision {
	for i := range d.Effects {
		if e := &d.Effects[i]; e.Kind != channel.Receipt {
			e.Trace = d.Conversation.Trace
		}
	}
	return d
}

// Traced is what the effect is about.
func (e Effect) Traced() Trace {
	if e.Kind == channel.Receipt && e.Receipt != nil {
		return e.Trace.With(e.Receipt.Message)
	}
	return e.Trace
}

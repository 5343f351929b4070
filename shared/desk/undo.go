package desk

import (
	"slices"
	"time"

	"pronto/shared/policy"
	"pronto/shared/sla"
)

// Before is how a conversation stood before an agent's doing that can be undone. It lies in the conversation until anything else happens to it, so that undoing never
// takes back what somebody else did.
type Before struct {
	Did       string          `json:"did"` // the event's name
	At        time.Time       `json:"at,omitzero"`
	By        string          `json:"by"`
	Status    Status          `json:"status"`
	Snoozed   *time.Time      `json:"snoozed_until,omitempty"`
	Resolved  *time.Time      `json:"resolved,omitempty"`
	Assignee  policy.Assignee `json:"assignee"`
	Taken     string          `json:"taken,omitempty"`
	Targets   []sla.Target    `json:"targets,omitempty"`
	Promise   *Promise        `json:"promise,omitempty"`
	Paging    *Paging         `json:"paging,omitempty"`
	Alerted   []Alert         `json:"alerted,omitempty"`
	Tags      []string        `json:"tags,omitempty"`
	Unawaited bool            `json:"unawaited,omitempty"`
}

// UndoTime is for how long a doing can be undone, even if nothing else happens: so late it is a new doing, and has a name of its own.
const UndoTime = 10 * time.Minute

// Undoable tells whether there is still time to undo it. Of one that a version of the desk has kept without its time there is none.
func (b *Before) Undoable(now time.Time) bool { return now.Sub(b.At) <= UndoTime }

// undoable are the doings that no customer has heard of. Services that keep alerts and the brand's own systems may have: they are told anew (raise, happened).
var undoable = []string{"claimed", "assigned", "unassigned", "snoozed", "resolved", "tagged", "called_spam"}

// remembered keeps with a doing what undoes it.
func remembered(f Facts, d Decision) Decision {
	c := f.Conversation
	if d.Nothing || c == nil || !slices.Contains(undoable, d.Event) {
		return d
	}
	d.Conversation.Before = &Before{
		Did: d.Event, At: d.At, By: d.By, Status: c.Status, Snoozed: c.SnoozedUntil, Resolved: c.Resolved, Assignee: c.Assignee, Taken: c.Taken, Targets: c.Targets,
		Promise: c.Promise, Paging: c.Paging, Alerted: c.Alerted, Tags: c.Tags, Unawaited: c.Unawaited,
	}
	return d
}

// Undone is an agent taking back his own last doing.
type Undone struct{ Act }

func undone(f Facts, ev Undone, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "undone", p, now)
	if !ok {
		return d.Decision
	}
	b := f.Conversation.Before
	if b == nil || b.By != ev.By.ID {
		d.refuse(NoUndo)
		return d.Decision
	}
	if !b.Undoable(now) {
		d.refuse(UndoOver)
		return d.Decision
	}
	c := &d.Conversation
	c.Status, c.SnoozedUntil, c.Resolved, c.Assignee, c.Taken = b.Status, b.Snoozed, b.Resolved, b.Assignee, b.Taken
	c.Targets, c.Promise, c.Paging, c.Tags, c.Unawaited = slices.Clone(b.Targets), b.Promise, b.Paging, b.Tags, b.Unawaited
	d.why(ev.By.ID + " undid it: " + b.Did)
	d.raise(b.Alerted)
	if was := f.Conversation.Promise; was != nil && was.State == PromiseGivenUp && c.Promise.open() {
		d.ended() // it has not, after all
	}
	return d.done()
}

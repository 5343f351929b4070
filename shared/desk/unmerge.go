package desk

import (
	"slices"
	"time"

	"pronto/shared/policy"
)

// Apart is how a conversation stood before it was merged, or took another in. Both of the two have it until anything else happens to either of them than a note and
// somebody taking it: what came, was answered or fell due since belongs to both, and cannot be taken apart.
type Apart struct {
	With     string       `json:"with"` // the other of the two
	At       time.Time    `json:"at"`
	By       string       `json:"by"`
	Sequence int          `json:"sequence"`      // of the newest turn that it has outlasted: an older desk writes it back, and does not move this
	Raw      string       `json:"raw,omitempty"` // key of the words that went with the merge
	Was      Conversation `json:"was"`
}

// lasting are the events that leave a merge as it can be taken back.
var lasting = []string{"noted", "claimed", "assigned", "offboarded", "unassigned"}

// lasts tells whether it is still to be had after an event.
func (a *Apart) lasts(c *Conversation, event string) bool {
	return a != nil && a.Sequence == c.Sequence && slices.Contains(lasting, event)
}

// outlasting is the same after a turn that it has outlasted.
func (a *Apart) outlasting(sequence int) *Apart {
	if a == nil {
		return nil
	}
	is := *a
	is.Sequence = sequence
	return &is
}

// Divisible is the merge that can be taken back as far as the conversation itself tells; nil for none.
func (c *Conversation) Divisible() *Apart {
	if c.Apart == nil || c.Apart.Sequence != c.Sequence || c.Merged != "" && c.Merged != c.Apart.With {
		return nil
	}
	return c.Apart
}

// Undivided is the split that can be taken back as if it had not been, by merging the two again; nil for none.
func (c *Conversation) Undivided() *Apart {
	if c.Whole == nil || c.Whole.Sequence != c.Sequence {
		return nil
	}
	return c.Whole
}

// apart remembers how a conversation stands before a merge with another.
func (d *doing) apart(c, other *Conversation, ev Merged) {
	was := *c
	was.Before, was.Apart, was.Whole = nil, nil, nil
	d.Conversation.Apart = &Apart{With: other.Conversation, At: d.At, By: d.By, Raw: ev.Note.Raw, Was: was}
}

// Unmerged is a merge that is taken back: the conversation, and that of Beside in which it went on, stand as before, with what was promised in each. Both are decided on at
// once and committed together, as they were when they were merged.
type Unmerged struct {
	Act
	Words string  // key of the words that went with the merge: no rebuild merges again
	Note  Message // why; without words it is none
}

func unmerged(f Facts, ev Unmerged, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "unmerged", p, now)
	if !ok {
		return d.Decision
	}
	c, into := f.Conversation, f.Beside
	switch {
	case c.Merged == "":
		d.refuse(NotMerged)
		return d.Decision
	case into == nil || into.Conversation != c.Merged:
		d.refuse(Changed)
		return d.Decision
	}
	mine, its := c.Divisible(), into.Divisible()
	if mine == nil || its == nil || into.Merged != "" || its.With != c.Conversation || !its.At.Equal(mine.At) {
		d.refuse(MovedOn)
		return d.Decision
	}
	o := d.beside("let_go")
	o.standAlone(its.Was)
	o.why(d.By + " took the merge back: conversation " + c.Conversation + " stands for itself again")
	after := o.done()
	d.standAlone(mine.Was)
	d.raise(mine.Was.Alerted)
	d.Conversation.Loosed = mine.Raw
	if ev.Note.Excerpt != "" {
		d.Message = &ev.Note
		d.Conversation.Messages++
	}
	d.why(d.By + " took the merge back: it is merged into conversation " + into.Conversation + " no more")
	out := d.done()
	out.Beside = &after
	return out
}

// standAlone makes a conversation what it was before a merge. What was noted since stands in it, and who has it since has it.
func (d *doing) standAlone(was Conversation) {
	is := d.Conversation
	old := turn{facts: Facts{Conversation: &was}}
	old.keep()
	c := &d.Conversation
	*c = old.Conversation
	c.Ref, c.Sequence, c.Unknown, c.Version, c.Messages, c.Alerted = is.Ref, is.Sequence, is.Unknown, is.Version, is.Messages, is.Alerted
	c.Assignee, c.Taken, c.Passed = is.Assignee, is.Taken, is.Passed
	if !is.Assignee.Team && (is.Assignee != was.Assignee || is.Taken != was.Taken) {
		c.Paging = nil // somebody has it
	}
}

package desk

import (
	"slices"
	"time"

	"pronto/shared/policy"
	"pronto/shared/sla"
)

// What happens to a split later: a message that was split off is changed or deleted, the two are merged again, or one of them is forgotten.

// standsIn is the decision on the conversation in which a message stands: this one, or the other, into which it was split or in which this one goes on. Its row is this
// one's all the same.
func (t *turn) standsIn(beside *Conversation) *turn {
	if beside == nil {
		return t
	}
	o := &turn{facts: Facts{Conversation: beside, Overrides: t.facts.Overrides}, policy: t.policy, brand: t.brand, now: t.now}
	o.Decision = Decision{Event: t.Event, At: t.At, Policy: t.Policy}
	o.keep()
	if c := &t.Conversation; c.Merged != "" {
		o.why("of a message of conversation " + c.Conversation + ", which goes on elsewhere")
	} else {
		o.why("of a message that was split off conversation " + c.Conversation)
	}
	return o
}

// closeWith closes the decision, and that on where the message stands if that is another.
func (t *turn) closeWith(o *turn) {
	t.Conversation.Version++
	t.close()
	if o != t {
		o.Conversation.Version++
		o.close()
		t.Beside = &o.Decision
	}
}

// undivided is how a conversation stood before one was split off it that is merged into it again, if nothing came of the split.
func undivided(c, into *Conversation) *Conversation {
	mine, its := c.Undivided(), into.Undivided()
	if mine == nil || its == nil || c.SplitFrom == nil || mine.With != into.Conversation || its.With != c.Conversation || !mine.At.Equal(its.At) {
		return nil
	}
	return &its.Was
}

// whole makes of an origin what it was before the split. What the new one has of its own is read beside.
func (d *doing) whole(was Conversation, off *Conversation) {
	alerted := d.Conversation.Alerted
	d.standAlone(was)
	d.Conversation.Alerted = alerted
	d.raise(was.Alerted)
	d.Conversation.Messages += len(off.SplitFrom.Pieces)
	d.Conversation.Parts = append(slices.Clone(d.Conversation.Parts), off.Conversation)
	d.why(d.By + " took the split back: conversation " + off.Conversation)
}

// reunite lets the conversation have what was split off it, or what it was split off, as its own again, now that this is a part of it.
func (d *doing) reunite() {
	c := &d.Conversation
	part := func(id string) bool { return slices.Contains(c.Parts, id) }
	c.SplitOff = slices.DeleteFunc(slices.Clone(c.SplitOff), func(s SplitOff) bool { return part(s.To) })
	if c.SplitFrom != nil && part(c.SplitFrom.Of) {
		c.SplitFrom = nil
	}
}

// Rejoined is what follows for a conversation when one that was split off it is forgotten, and messages of it stay: they stand in the origin again. Where that was merged since,
// Beside is what it goes on in: what is owed is owed there.
type Rejoined struct {
	Subject
	From string // what was split off
	Owed bool   // an answer was owed there
}

// About is the event's subject.
func (e Rejoined) About() Subject { return e.Subject }

// rejoined needs no key: once rejoined nothing is split off to it.
func rejoined(f Facts, ev Rejoined, p *policy.Policy, now time.Time) Decision {
	t := begin(f, "rejoined", p, ev.Ref, now)
	from := func(s SplitOff) bool { return s.To == ev.From }
	if f.Conversation == nil || !slices.ContainsFunc(f.Conversation.SplitOff, from) {
		t.Nothing = true
		return t.Decision
	}
	t.keep()
	c := &t.Conversation
	c.SplitOff = slices.DeleteFunc(slices.Clone(c.SplitOff), from)
	t.why("the conversation that was split off it was forgotten")
	if o := t.goesOnIn(f.Beside); ev.Owed && o != &t && o.Conversation.Merged == "" {
		o.owesAgain()
		t.closeWith(o)
		return t.Decision
	}
	if ev.Owed && c.Merged == "" {
		t.owesAgain()
	}
	t.closeWith(&t)
	return t.Decision
}

// goesOnIn is the decision on where a conversation goes on that was merged; this one where it stands for itself.
func (t *turn) goesOnIn(beside *Conversation) *turn {
	if t.Conversation.Merged == "" || beside == nil {
		return t
	}
	o := t.standsIn(beside)
	o.Why = []string{"of conversation " + t.Conversation.Conversation + ", which goes on here: what was split off it was forgotten"}
	return o
}

// owesAgain opens a conversation in which an answer is owed that was owed elsewhere.
func (t *turn) owesAgain() {
	c := &t.Conversation
	if c.Owed() || t.brand == nil {
		return
	}
	c.Status, c.Resolved = StatusOpen, nil
	t.target(sla.NextResponse, t.now)
	t.target(sla.Resolution, t.now)
}

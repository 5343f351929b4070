package desk

import (
	"slices"
	"time"

	"pronto/shared/policy"
)

// Related is an agent saying that two conversations of a brand have to do with each other, on whatever channels and of whomever, or that they have not after all. Each
// names the other for whoever reads it; nothing else follows: what is owed in either, and by whom, stays as it is. Both are decided on together, so that neither
// names one that does not name it.
type Related struct {
	Act
	Other string  // the id that the agent named; Beside is where that goes on
	Apart bool    // they have nothing to do with each other
	Note  Message // why; without words it is none
}

// MaxRelated is how many conversations one may name.
const MaxRelated = 20

// Names of the turns, on either conversation.
const (
	turnRelated   = "related"
	turnUnrelated = "unrelated"
)

func related(f Facts, ev Related, p *policy.Policy, now time.Time) Decision {
	name := turnRelated
	if ev.Apart {
		name = turnUnrelated
	}
	d, ok := act(f, ev.Act, name, p, now)
	if !ok {
		return d.Decision
	}
	c, other := f.Conversation, f.Beside
	if why := c.mayRelate(other, ev); why != "" {
		d.refuse(why)
		return d.Decision
	}
	if there := c.names(other, ev.Other) || other != nil && other.names(c, ""); there != ev.Apart {
		d.Nothing = true
		d.why("it is so already")
		return d.Decision
	}
	if ev.Note.Excerpt != "" {
		d.Message = &ev.Note
		d.Conversation.Messages++
	}
	d.relate(other, ev)
	if other == nil {
		return d.done()
	}
	o := d.beside(name)
	o.relate(c, ev)
	after, out := o.done(), d.done()
	out.Beside = &after
	return out
}

// mayRelate is why not; "" when it may be. What was forgotten may still be taken off.
func (c *Conversation) mayRelate(other *Conversation, ev Related) Refusal {
	switch {
	case other == nil && !ev.Apart:
		return NotFound
	case other != nil && c.Conversation == other.Conversation:
		return SameConversation
	case ev.Apart:
		return ""
	case c.Merged != "" || other.Merged != "":
		return Moved
	case len(c.Related) >= MaxRelated || len(other.Related) >= MaxRelated:
		return TooManyRelated
	}
	return ""
}

// names tells whether a conversation names another as related, by an id of before it was merged, too.
func (c *Conversation) names(other *Conversation, id string) bool {
	return slices.ContainsFunc(c.Related, func(x string) bool { return isOf(x, other, id) })
}

func isOf(x string, c *Conversation, id string) bool {
	return x == id || c != nil && (x == c.Conversation || slices.Contains(c.Parts, x))
}

// relate lets the conversation name another, or not any more.
func (d *doing) relate(other *Conversation, ev Related) {
	s, id := &d.Conversation, ev.Other
	if other != nil {
		id = other.Conversation
	}
	s.Related = slices.DeleteFunc(slices.Clone(s.Related), func(x string) bool { return isOf(x, other, id) })
	if ev.Apart {
		d.why(d.By + " says that it has nothing to do with conversation " + id)
		return
	}
	s.Related = append(s.Related, id)
	d.why(d.By + " says that it has to do with conversation " + id)
}

// relatedTo takes over what a conversation that is merged into this one is related to, which names it there no more. None is lost, be they more than may be named by hand.
func (d *doing) relatedTo(m *Conversation) {
	s := &d.Conversation
	s.Related = slices.DeleteFunc(slices.Clone(s.Related), func(x string) bool { return isOf(x, m, "") })
	for _, id := range m.Related {
		if !isOf(id, s, "") && !slices.Contains(s.Related, id) {
			s.Related = append(s.Related, id)
		}
	}
}

// Parted is what follows for a conversation when one that it is related to is forgotten: it does not name it any more.
type Parted struct {
	Subject
	From []string // its id, and those of what was merged into it
}

// About is the event's subject.
func (e Parted) About() Subject { return e.Subject }

// parted needs no key: once parted it does not name it.
func parted(f Facts, ev Parted, p *policy.Policy, now time.Time) Decision {
	t := begin(f, turnUnrelated, p, ev.Ref, now)
	gone := func(id string) bool { return slices.Contains(ev.From, id) }
	c := f.Conversation
	in := func(a *Apart) bool { return a != nil && slices.ContainsFunc(a.Was.Related, gone) }
	remembers := c != nil && (in(c.Apart) || in(c.Whole)) // a merge, or a split, that cannot be taken back from here on
	if c == nil || !remembers && !slices.ContainsFunc(c.Related, gone) {
		t.Nothing = true
		return t.Decision
	}
	t.keep()
	t.Conversation.Related = slices.DeleteFunc(slices.Clone(t.Conversation.Related), gone)
	t.why("a conversation that it had to do with was forgotten")
	t.Conversation.Version++
	t.close()
	return t.Decision
}

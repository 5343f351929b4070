package desk

import (
	"cmp"
	"slices"
	"time"

	"pronto/shared/policy"
	"pronto/shared/triage"
)

// Split is an agent taking messages out of a conversation into one of their own, that of Beside, which is opened by it: two matters in one thread. No row moves: the origin's
// head says what went where, the new one's what it has from where, and both are decided on at once and committed together. A receipt goes with its message, unless
// one that stays shares it.
type Split struct {
	Act
	Said   []Message        // what was said, oldest first: the newest of it, and all that goes. In names where the row of each lies
	Goes   []string         // the ids of those that go
	Lost   []string         // ids of answers that did not arrive: nothing is answered by them
	Judged triage.Judgement // of what goes; without a priority, that of the origin stands for both
	Thread Thread           // of the newest of the contact's that goes
	Stays  Thread           // of the newest of the contact's that stays; of no matter where none does
	Words  []string         // keys of the words by which the new conversation is found
	Note   Message          // why; without words it is none
}

// Piece is a message that was split off, with what of ours goes along: its receipt, or of an answer the effect by which it left.
type Piece struct {
	Message string    `json:"message"`
	At      time.Time `json:"at"`
	In      string    `json:"in"` // the conversation in which its row lies, and those of its effects
	Receipt string    `json:"receipt,omitempty"`
	Effect  string    `json:"effect,omitempty"`
}

// SplitOff is what was split off a conversation at once. What is about it goes on there.
type SplitOff struct {
	To     string    `json:"to"`
	Pieces []Piece   `json:"pieces"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Paged  time.Time `json:"paged,omitzero"` // when the escalation began that went along: pages since are about it
}

// SplitFrom is whence a conversation has the messages with which it began. They are read with its own.
type SplitFrom struct {
	Of     string    `json:"of"`
	Pieces []Piece   `json:"pieces"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Caps of what is split off: the head names each piece.
const (
	MaxPieces = 20 // at once
	MaxSplits = 10 // times
)

// Names of the turns, on the origin and on the new one.
const (
	turnSplit    = "split"
	turnSplitOff = "split_off"
)

// Why messages are not split off.
const (
	SplitBefore   Refusal = "split_before"
	NothingGoes   Refusal = "nothing_goes"
	NothingStays  Refusal = "nothing_stays"
	NotSplit      Refusal = "not_split" // nothing of this kind is
	TooManySplits Refusal = "too_many_splits"
	GuestWaits    Refusal = "guest_waits"
)

// is tells whether the piece is meant by the id of a message or an effect, in the conversation in which that lies.
func (p Piece) is(in, id string) bool {
	return id != "" && p.In == in && (p.Message == id || p.Receipt == id || p.Effect == id)
}

// SplitInto is the conversation into which a message or an effect was split, by its id and the conversation in which its row lies; "" for none.
func (c *Conversation) SplitInto(in, id string) string {
	for _, s := range c.SplitOff {
		if slices.ContainsFunc(s.Pieces, func(p Piece) bool { return p.is(in, id) }) {
			return s.To
		}
	}
	return ""
}

// Onward is where something of a conversation's stands that is not here: where it was split to, or where the whole conversation goes on; "" where it stands here.
func (c *Conversation) Onward(in, id string) string { return cmp.Or(c.SplitInto(in, id), c.Merged) }

// Kin are the conversations whose rows this one reads, or that read its: none is removed by its age before the others are.
func (c *Conversation) Kin() (all []string) {
	for _, s := range c.SplitOff {
		all = append(all, s.To)
	}
	if s := c.SplitFrom; s != nil {
		all = append(all, s.Of)
	}
	return all
}

// receipted is the newest receipt of what was split off into the conversation, as far as one came along.
func (s *SplitFrom) receipted(brand string) (x EffectRef, ok bool) {
	if s == nil {
		return x, false
	}
	for _, p := range s.Pieces {
		if p.Receipt != "" {
			x, ok = EffectRef{Ref{brand, p.In}, p.Receipt}, true
		}
	}
	return x, ok
}

// parting is what goes and what stays, oldest first.
type parting struct {
	goes, stays []Message
	pieces      []Piece
}

// Going are the messages that go, oldest first.
func (ev Split) Going() []Message { return ev.parting().goes }

func (ev Split) parting() (s parting) {
	for _, m := range ev.Said {
		if slices.Contains(ev.Goes, m.ID) {
			s.goes = append(s.goes, m)
		} else {
			s.stays = append(s.stays, m)
		}
	}
	for _, m := range s.goes {
		p := Piece{Message: m.ID, At: m.At.UTC(), In: m.In, Effect: m.Effect}
		shared := func(x Message) bool { return x.In == m.In && x.Outcome.Receipt == m.Outcome.Receipt }
		if !slices.ContainsFunc(s.stays, shared) {
			p.Receipt = m.Outcome.Receipt
		}
		s.pieces = append(s.pieces, p)
	}
	return s
}

func split(f Facts, ev Split, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, turnSplit, p, now)
	if !ok {
		return d.Decision
	}
	s := ev.parting()
	if why := d.maySplit(ev, s); why != "" {
		d.refuse(why)
		return d.Decision
	}
	was := *f.Conversation
	was.Before, was.Apart, was.Whole = nil, nil, nil
	o := d.opens(ev, s)
	d.share(o, ev, s)
	paged := d.ladder(o)
	d.goesOn(ev, s)
	c, n := &d.Conversation, &o.Conversation
	c.SplitOff = append(slices.Clone(c.SplitOff), SplitOff{To: n.Conversation, Pieces: s.pieces, By: d.By, At: now, Paged: paged})
	c.Whole = &Apart{With: n.Conversation, At: now, By: d.By, Was: was}
	n.Whole = &Apart{With: c.Conversation, At: now, By: d.By}
	after, out := o.done(), d.done()
	out.Beside = &after
	return out
}

// maySplit is why not; "" when it may be.
func (d *doing) maySplit(ev Split, s parting) Refusal {
	c := &d.Conversation
	switch {
	case d.brand == nil:
		return NotFound
	case c.Merged != "":
		return Moved
	case d.facts.Beside != nil:
		return Changed
	case c.Guest.Waits():
		return GuestWaits
	case len(c.Scheduled) > 0:
		return AnswerWaits
	case len(c.SplitOff) >= MaxSplits:
		return TooManySplits
	case len(s.goes) != len(ev.Goes) || len(s.goes) > MaxPieces:
		return NotSplit
	}
	for _, m := range s.goes {
		switch {
		case c.SplitInto(m.In, m.ID) != "", m.In != c.Conversation && !slices.Contains(c.Parts, m.In): // that was split off into this one
			return SplitBefore
		case m.Kind != "message" && m.Kind != "reply" && m.Kind != "note", m.Direction == "out" && m.Withdrawn != nil:
			return NotSplit
		}
	}
	if !slices.ContainsFunc(s.goes, standing) {
		return NothingGoes
	}
	here := func(m Message) bool {
		return c.SplitInto(m.In, m.ID) == "" && (standing(m) || m.Kind == "reply" && m.Withdrawn == nil)
	}
	if !slices.ContainsFunc(s.stays, here) {
		return NothingStays
	}
	return ""
}

// standing tells of a message that the contact wrote it and has not deleted it.
func standing(m Message) bool {
	return m.Direction == "in" && m.Kind == "message" && m.Withdrawn == nil
}

// opens starts the decision on the new conversation: what the messages that go make of it, with who had the origin, for he has signed their receipts.
func (d *doing) opens(ev Split, s parting) *doing {
	c := d.facts.Conversation
	o := &doing{turn{facts: Facts{Overrides: d.facts.Overrides}, policy: d.policy, brand: d.brand, now: d.now}}
	o.Decision = Decision{Event: turnSplitOff, At: d.At, Policy: d.Policy, By: d.By, Words: ev.Words}
	first, newest := s.goes[slices.IndexFunc(s.goes, standing)], NewestOf(s.goes)
	o.Conversation = Conversation{
		Ref: ev.Beside, Channel: c.Channel, Contact: c.Contact, Party: newest.Author, Zone: c.Zone, Segment: c.Segment, Language: c.Language,
		Subject: cmp.Or(first.Subject, c.Subject), Opened: first.At, Last: s.goes[len(s.goes)-1].At, Messages: len(s.goes) + 1, Thread: ev.Thread,
		Assignee: c.Assignee, Taken: c.Taken, Passed: slices.Clone(c.Passed),
		Priority: c.Priority, PriorityWhy: c.PriorityWhy, Sentiment: triage.Sentiment{Label: newest.Mood},
		SplitFrom: &SplitFrom{Of: c.Conversation, Pieces: s.pieces, By: d.By, At: d.now},
	}
	n := &o.Conversation
	if ev.Judged.Priority != "" {
		n.Priority, n.PriorityWhy, n.Sentiment = ev.Judged.Priority, ev.Judged.PriorityWhy, ev.Judged.Sentiment
	}
	for _, m := range s.goes {
		n.Abuse = cmp.Or(m.Abuse, n.Abuse)
		if standing(m) {
			n.Trace = n.Trace.With(m.ID)
		}
	}
	for _, x := range c.Personas {
		if slices.Contains(ev.Goes, x.Message) {
			n.Personas = append(n.Personas, x)
		}
	}
	o.Message = o.ownNote(Saying{Code: NoteSplit, Names: []string{ev.By.Name}, Why: ev.Note.Excerpt}) // by its row the conversation is among its contact's
	o.why(d.By + " split it off conversation " + c.Conversation)
	return o
}

// NewestOf is the newest of the contact's messages; one that no person wrote only where there is no other.
func NewestOf(all []Message) (newest Message) {
	for _, m := range all {
		if standing(m) && (waits(m) || newest.ID == "" || !waits(newest)) {
			newest = m
		}
	}
	return newest
}

// goesOn is the origin without what went.
func (d *doing) goesOn(ev Split, s parting) {
	c := &d.Conversation
	if ev.Note.Excerpt != "" {
		d.Message = &ev.Note
		c.Messages++
	}
	c.Messages -= len(s.goes)
	c.Trace = slices.DeleteFunc(slices.Clone(c.Trace), func(id string) bool { return slices.Contains(ev.Goes, id) })
	c.Personas = slices.DeleteFunc(slices.Clone(c.Personas), func(x Persona) bool { return slices.Contains(ev.Goes, x.Message) })
	here := slices.DeleteFunc(slices.Clone(s.stays), func(m Message) bool { return c.SplitInto(m.In, m.ID) != "" })
	if newest := NewestOf(here); newest.ID != "" && NewestOf(s.goes).At.After(newest.At) { // where only our answer stays, the next refers to what that did
		c.Thread, c.Party, c.Sentiment = ev.Stays, newest.Author, triage.Sentiment{Label: newest.Mood}
	}
	if went := func(p Piece) bool { return c.Receipt != nil && p.is(c.Conversation, c.Receipt.Effect) }; slices.ContainsFunc(s.pieces, went) {
		c.Receipt = nil // what comes next has one of its own
		for _, m := range here {
			if m.In == c.Conversation && m.Outcome.Receipt != "" {
				c.Receipt = &ReceiptMark{Effect: m.Outcome.Receipt, At: m.At}
			}
		}
	}
	if c.Abuse != "" {
		c.Abuse = ""
		for _, m := range here {
			c.Abuse = cmp.Or(m.Abuse, c.Abuse)
		}
	}
	d.why(d.By + " split messages off it: conversation " + ev.Beside.Conversation)
}

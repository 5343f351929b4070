package desk

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pronto/shared/policy"
	"pronto/shared/sla"
)

// Merged is a conversation going on in another, that of Beside: from then on it is a redirect, and its messages are read with the other's. Both are decided on at once
// and committed together, so that what is owed in it is owed in exactly one of them, whatever dies and whoever writes meanwhile. What was ordered for it before leaves:
// each message has its own receipt.
type Merged struct {
	Act
	Guest     bool    // the contact has named the other himself, and an agent lets him in
	Same      bool    // the two contacts are known to be one person
	Strangers bool    // the agent has said that he knows that they are two
	Note      Message // why; without words it is none
}

// Names of the turns.
const (
	turnMerged    = "merged"
	turnTookIn    = "took_in"
	turnConfirmed = "guest_confirmed"
	turnAdmitted  = "guest_admitted"
)

func merged(f Facts, ev Merged, p *policy.Policy, now time.Time) Decision {
	name, there := turnMerged, turnTookIn
	if ev.Guest {
		name, there = turnConfirmed, turnAdmitted
	}
	d, ok := act(f, ev.Act, name, p, now)
	if !ok || ev.Guest && !d.onGuest(Confirmed) {
		return d.Decision
	}
	if why := d.mayMerge(ev, f.Beside); why != "" {
		d.refuse(why)
		return d.Decision
	}
	o := d.beside(there)
	if was := undivided(f.Conversation, f.Beside); was != nil {
		o.whole(*was, f.Conversation)
	} else {
		d.apart(f.Conversation, f.Beside, ev)
		o.apart(f.Beside, f.Conversation, ev)
		o.takeIn(f.Conversation, ev)
		o.reunite()
	}
	after := o.done()
	d.goOnIn(after.Conversation, ev)
	out := d.done()
	out.Beside = &after
	return out
}

// beside starts the decision on the other conversation.
func (d *doing) beside(name string) *doing {
	o := &doing{turn{facts: Facts{Conversation: d.facts.Beside, Overrides: d.facts.Overrides}, policy: d.policy, brand: d.brand, now: d.now}}
	o.Decision = Decision{Event: name, At: d.At, Policy: d.Policy, By: d.By}
	o.keep()
	return o
}

// mayMerge is why not; "" when it may be.
func (d *doing) mayMerge(ev Merged, into *Conversation) Refusal {
	c := &d.Conversation
	switch {
	case into == nil:
		return NotFound
	case c.Conversation == into.Conversation:
		return SameConversation
	case c.Merged != "" || into.Merged != "":
		return Moved
	case c.Channel != into.Channel:
		return OtherChannel
	case !ev.Guest && !ev.Same && !ev.Strangers && c.Contact != into.Contact:
		return OtherContact
	case d.closed(into):
		return OtherClosed
	case len(c.Scheduled) > 0:
		return AnswerWaits
	case len(into.Parts)+len(c.Parts)+1 > MaxParts, len(into.Participants)+len(c.Participants)+1 > maxParticipants:
		return TooManyParts
	}
	return ""
}

// goOnIn makes of a conversation a redirect: nothing is owed here any more, and nothing was answered here.
func (d *doing) goOnIn(into Conversation, ev Merged) {
	c := &d.Conversation
	c.Merged, c.Related = into.Conversation, nil
	c.Status, c.SnoozedUntil, c.Paging, c.Targets, c.Promise, c.PromiseOf, c.Resolved = StatusResolved, nil, nil, nil, nil, nil, &d.now
	if ev.Guest {
		d.why(d.By + " confirmed its sender")
	}
	if ev.Note.Excerpt != "" {
		d.Message = &ev.Note
		c.Messages++
	}
	d.why("merged into conversation " + into.Conversation)
}

// takeIn takes over all that a conversation has to go on with.
func (d *doing) takeIn(m *Conversation, ev Merged) {
	s := &d.Conversation
	s.Parts = append(append(slices.Clone(s.Parts), m.Parts...), m.Conversation)
	s.Trace = s.Trace.With(m.Trace...)
	d.letIn(m, ev)
	d.relatedTo(m)
	d.thirdsOf(m)
	if ev.Guest {
		d.why(d.By + " let its sender take part in it: conversation " + m.Conversation)
	} else {
		d.why(d.By + " merged conversation " + m.Conversation + " into it")
	}
	d.answerTo(m, ev)
	d.owe(m)
	s.Said = last(append(s.Said, m.Said...), maxSaidConversation)
	s.Withdrawn = s.Withdrawn && m.Withdrawn
	for _, x := range m.Tags {
		if !slices.Contains(s.Tags, x) && len(s.Tags) < MaxTags {
			s.Tags = append(slices.Clone(s.Tags), x)
		}
	}
	slices.Sort(s.Tags)
	s.Abuse = cmp.Or(s.Abuse, m.Abuse) // what hurts is hidden in the reasons that come along, too
	if m.Last.After(s.Last) {
		s.Last = m.Last
	}
}

// letIn lets the contact of a merged conversation, and who else took part in it, take part. A guest who is not proved may be anybody.
func (d *doing) letIn(m *Conversation, ev Merged) {
	s := &d.Conversation
	all := slices.Clone(m.Participants)
	if !ev.Guest || m.Guest.Proved {
		all = append(all, Participant{Contact: m.Contact, Party: m.Party, By: d.By, At: d.now})
	}
	for _, p := range all {
		if s.TakesPart(p.Contact) {
			continue
		}
		s.Participants = append(slices.Clone(s.Participants), p)
		if p.Copied {
			d.Enters = append(d.Enters, p.Contact) // all others are found by their own conversations' redirects
		}
	}
}

// Reader is the contact whom the next answer goes to: the conversation's own, or who of those that take part has written last.
func (c *Conversation) Reader() string {
	for _, p := range c.Participants {
		if p.Contact != c.Contact && strings.EqualFold(p.Party.Address, c.Party.Address) {
			return p.Contact
		}
	}
	return c.Contact
}

// answerTo turns to who has written last, where that was in the merged conversation and waits for an answer.
func (d *doing) answerTo(m *Conversation, ev Merged) {
	s := &d.Conversation
	if !m.Owed() || m.Withdrawn || s.Owed() && !m.Last.After(s.Last) || ev.Guest && !m.Guest.Proved {
		return
	}
	s.Party, s.Thread, s.Zone, s.Language, s.Sentiment = m.Party, m.Thread, m.Zone, m.Language, m.Sentiment
}

// owe opens the conversation for what is owed in a merged one. The more pressing status stands, and so do of two targets, and of two promises, the earlier ones.
func (d *doing) owe(m *Conversation) {
	s := &d.Conversation
	owed, status := s.Owed(), s.Status
	if m.Owed() {
		d.holdBack() // what waits to leave was written without having read it
	}
	if rank(m.Priority) > rank(s.Priority) && m.Owed() || !owed && m.Owed() {
		s.Priority, s.PriorityWhy = m.Priority, m.PriorityWhy
	}
	if pressing(m.Status) > pressing(status) {
		d.goOn()
		s.Status, s.SnoozedUntil, s.Resolved = m.Status, m.SnoozedUntil, nil
	} else if m.SnoozedUntil != nil && s.SnoozedUntil != nil && m.SnoozedUntil.Before(*s.SnoozedUntil) {
		s.SnoozedUntil = m.SnoozedUntil
	}
	d.inherit(m, owed)
	if m.Owed() {
		d.promised(m, owed)
	}
	if s.Paging == nil && s.Taken == "" && m.Paging.climbing() && s.Owed() {
		p := *m.Paging
		s.Paging = &p
	}
}

// pressing orders statuses by how much a person owes.
func pressing(s Status) int {
	return slices.Index([]Status{StatusClosed, StatusResolved, StatusPending, StatusSnoozed, StatusOpen}, s)
}

// inherit takes over what falls due in a merged conversation, where it does so before the conversation's own.
func (d *doing) inherit(m *Conversation, owed bool) {
	s := &d.Conversation
	response := func(x sla.Target) bool { return x.Kind != sla.Resolution }
	for _, x := range duties(m) {
		if s.Status != m.Status {
			x = x.Resume(d.now, string(m.Status), d.hours())
		}
		before := func(y sla.Target) bool {
			late := owed && y.State == sla.Breached && y.Kind == x.Kind && response(y)
			return (late || y.Open() && response(y) == response(x)) && !y.Due.After(x.Due)
		}
		if !slices.ContainsFunc(s.Targets, before) {
			s.Targets = append(slices.DeleteFunc(s.Targets, func(y sla.Target) bool { return y.Kind == x.Kind }), x)
		}
	}
}

// duties are the targets of a conversation that have not ended: its resolution, and its response, also one that is breached while the answer is owed.
func duties(m *Conversation) (all []sla.Target) {
	var response *sla.Target
	for i, x := range m.Targets {
		switch {
		case x.Kind == sla.Resolution && x.Open():
			all = append(all, x)
		case x.Kind == sla.Resolution, !x.Open() && !(m.Owed() && x.State == sla.Breached):
		case response == nil, x.Open() && !response.Open(), x.Open() == response.Open() && x.Set.After(response.Set):
			response = &m.Targets[i]
		}
	}
	if response != nil {
		all = append(all, *response)
	}
	return all
}

// promised lets the earlier of two promises stand. The later one is kept with it, and is not counted apart.
func (d *doing) promised(m *Conversation, owed bool) {
	s, p := &d.Conversation, m.Promise
	if p == nil || !p.Answered.IsZero() || p.State == PromiseKept || p.State == PromiseGivenUp {
		return
	}
	if x := s.Promise; owed && x != nil && x.Answered.IsZero() && !x.By.After(p.By) {
		return
	}
	is := *p
	if is.Given.IsZero() {
		is.Given = m.Opened
	}
	of := PromiseOf{Conversation: m.Conversation, Given: is.Given}
	if from := m.From(); from != nil {
		of = *from
	} else if m.Receipt != nil {
		of.Receipt = m.Receipt.Effect
	}
	if s.Party.Address != m.Party.Address {
		of.Receipt = "" // another is answered here, who has not been told
	}
	s.Promise, s.PromiseOf = &is, &of
	d.why("what was promised in conversation " + of.Conversation + " is owed here")
}

// SetLoose is what follows for a conversation when the one that it was merged into is forgotten, whose contact was another: it stands for itself again.
type SetLoose struct {
	Subject
	From string // what it was merged into
	Owed bool   // an answer was owed there, and it may have been to this one
}

// About is the event's subject.
func (e SetLoose) About() Subject { return e.Subject }

// setLoose needs no key: once loose it is not merged into it.
func setLoose(f Facts, ev SetLoose, p *policy.Policy, now time.Time) Decision {
	t := begin(f, "set_loose", p, ev.Ref, now)
	if f.Conversation == nil || f.Conversation.Merged != ev.From {
		t.Nothing = true
		return t.Decision
	}
	t.keep()
	c := &t.Conversation
	c.Merged = ""
	t.why("the conversation that it was merged into was forgotten")
	if ev.Owed && !c.Withdrawn && t.brand != nil {
		c.Status, c.Resolved = StatusOpen, nil
		t.target(sla.NextResponse, now)
		t.target(sla.Resolution, now)
	}
	c.Version++
	t.close()
	return t.Decision
}

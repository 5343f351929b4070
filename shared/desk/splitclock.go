package desk

import (
	"slices"

	"pronto/shared/mail"
	"pronto/shared/sla"
)

// noAnswer are the silences of messages for which nobody waits. Of what says that it was made by itself a partner's system may wait: it is not among them.
var noAnswer = []Silence{
	Bot, Silence(mail.Virus), Silence(mail.NullReturnPath), Silence(mail.List), Silence(mail.Suppressed), Silence(mail.AutoResponder), Silence(mail.Precedence), Silence(mail.Loop),
	Silence(mail.Report), Silence(mail.NoSender), Silence(mail.NoReplySender), Silence(mail.AutomaticSubject), Silence(mail.OwnAddress), Silence(mail.Spam),
}

// waits tells of a message that is kept that a person waits for what it asks.
func waits(m Message) bool { return standing(m) && !slices.Contains(noAnswer, m.Outcome.Suppressed) }

// unanswered are the messages since the last answer that arrived.
func unanswered(all []Message, lost []string) (owed []Message) {
	for _, m := range all {
		switch {
		case m.Kind == "reply" && m.Direction == "out" && m.Withdrawn == nil && !slices.Contains(lost, m.ID):
			owed = nil
		case waits(m):
			owed = append(owed, m)
		}
	}
	return owed
}

// share gives each of the two what is owed in it. What waited goes on waiting, by its own clock: the one that has the oldest of it keeps the clock that runs, and the
// other's begins with the oldest that it has. The time that was named to the contact was named for all of it, and is owed in both.
func (d *doing) share(o *doing, ev Split, s parting) {
	var its, mine []Message
	for _, m := range unanswered(ev.Said, ev.Lost) {
		switch {
		case slices.Contains(ev.Goes, m.ID):
			its = append(its, m)
		case d.Conversation.SplitInto(m.In, m.ID) == "":
			mine = append(mine, m)
		}
	}
	switch {
	case len(unanswered(s.goes, ev.Lost)) == 0:
		o.goesAnswered(s)
	case !d.Conversation.Owed() || len(its) == 0:
		o.opensAnew()
	case len(mine) == 0:
		o.takeClock(d)
		o.Conversation.Promise, o.Conversation.PromiseOf = d.givenAway()
		d.owesNothing(s)
	case its[0].At.Before(mine[0].At):
		o.takeClock(d)
		o.Conversation.Promise, o.Conversation.PromiseOf = d.givenAway()
		d.ownClock(mine[0], d.response())
		d.Conversation.Promise, d.Conversation.PromiseOf = o.Conversation.Promise.again(mine[0]), nil
		d.why("what stays is owed since it came, by the time that was named")
	default:
		o.ownClock(its[0], d.response())
		o.lateAs(d.facts.Conversation)
		o.resolution(its[0], &d.turn)
		o.Conversation.Promise = d.Conversation.Promise.again(its[0])
	}
}

// goesAnswered is a new conversation whose messages came with their answer.
func (o *doing) goesAnswered(s parting) {
	c := &o.Conversation
	c.Status = StatusPending
	for _, m := range s.goes {
		if m.Kind == "reply" {
			c.Answered = m.At
		}
	}
	o.why("what was split off was answered")
}

// opensAnew is a new conversation of what counted as answered or done, and was not: as it is when one is opened again.
func (o *doing) opensAnew() {
	o.Conversation.Status = StatusOpen
	o.target(sla.NextResponse, o.now)
	o.target(sla.Resolution, o.now)
}

// response is the response that is owed here; the next one where none is.
func (d *doing) response() sla.Target {
	for _, x := range duties(d.facts.Conversation) {
		if x.Kind != sla.Resolution {
			return x
		}
	}
	return sla.Target{Kind: sla.NextResponse, State: sla.Running}
}

// ownClock lets the answer fall due by when a message came. What is overdue by that strikes at once; where the answer was late, or soon to be, before the split, it is so already,
// and nobody is called for that from the beginning again.
func (t *turn) ownClock(m Message, was sla.Target) {
	c := &t.Conversation
	if c.Status == "" {
		c.Status = StatusOpen
	}
	term, why := t.brand.Targets.Term(was.Kind, t.matter())
	x := sla.New(was.Kind, m.At, term, t.hours())
	switch {
	case was.State == sla.Paused && c.Status == StatusSnoozed:
		x = x.Pause(t.now)
	case was.State == sla.Breached:
		x = x.Tick(t.now)
	}
	x.Warned = (was.Warned || was.State == sla.Breached) && !t.brand.WarnAt(x, t.hours()).After(t.now)
	response := func(x sla.Target) bool { return x.Kind == was.Kind }
	c.Targets = append(slices.DeleteFunc(slices.Clone(c.Targets), response), x)
	t.why(why)
}

// resolution lets the new conversation have one of its own where the origin has one.
func (o *doing) resolution(m Message, from *turn) {
	if !from.running(sla.Resolution) {
		return
	}
	term, _ := o.brand.Targets.Term(sla.Resolution, o.matter())
	o.Conversation.Targets = append(o.Conversation.Targets, sla.New(sla.Resolution, m.At, term, o.hours()))
}

// takeClock lets the new conversation go on with the origin's clocks.
func (o *doing) takeClock(d *doing) {
	c, was := &o.Conversation, d.facts.Conversation
	c.Status = StatusOpen
	for _, x := range duties(was) {
		c.Targets = append(c.Targets, x.Resume(o.now, string(was.Status), o.hours()))
	}
	o.lateAs(was)
}

// lateAs lets the new conversation have no lower priority than the origin where it is late: that has its own for being so.
func (o *doing) lateAs(was *Conversation) {
	c := &o.Conversation
	late := slices.ContainsFunc(duties(c), func(x sla.Target) bool { return x.State == sla.Breached })
	if late && rank(was.Priority) > rank(c.Priority) {
		c.Priority, c.PriorityWhy = was.Priority, was.PriorityWhy
	}
}

// givenAway is the origin's promise, with where it was given.
func (d *doing) givenAway() (*Promise, *PromiseOf) {
	c := d.facts.Conversation
	if c.Promise == nil || !c.Promise.Answered.IsZero() || c.Promise.State == PromiseKept || c.Promise.State == PromiseGivenUp {
		return nil, nil
	}
	p := *c.Promise
	if p.Given.IsZero() {
		p.Given = c.Opened
	}
	of := PromiseOf{Conversation: c.Conversation, Given: p.Given}
	if from := c.From(); from != nil {
		of = *from
	} else if c.Receipt != nil {
		of.Receipt = c.Receipt.Effect
	}
	return &p, &of
}

// again is a promise for what else it was made for: an open one alone, for what was broken was broken once.
func (p *Promise) again(m Message) *Promise {
	if !p.open() {
		return nil
	}
	is := *p
	is.Given = m.At
	return &is
}

// owesNothing is the origin when all that waited went: it waits for the contact, or where nobody has answered anything it is done.
func (d *doing) owesNothing(s parting) {
	c := &d.Conversation
	late := d.response().Kind
	c.Targets = slices.DeleteFunc(c.Targets, func(x sla.Target) bool { return x.Kind == late })
	c.Promise, c.PromiseOf, c.Paging, c.SnoozedUntil = nil, nil, nil, nil
	if c.Answered.IsZero() && !slices.ContainsFunc(s.stays, func(m Message) bool { return m.Kind == "reply" && m.Withdrawn == nil }) {
		c.Targets = slices.DeleteFunc(c.Targets, sla.Target.Open)
		c.Status, c.Resolved = StatusResolved, &d.now
	} else {
		d.rest(sla.Kinds)
		c.Status = StatusPending
	}
	d.why("nothing that stays waits for an answer")
}

package desk

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"pronto/shared/channel"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Scheduled is an agent's answer that leaves at a time to come: a few seconds, in which it may be taken back, or tomorrow morning. Until then nothing is answered:
// the targets run, and are met when it leaves. It leaves by the conversation's own clock, so that taking it back and sending it cannot both win.
type Scheduled struct {
	Effect  string          `json:"effect"`  // the id under which it will leave
	Message string          `json:"message"` // what it says
	Raw     string          `json:"raw"`
	Files   []File          `json:"files,omitempty"`
	Cc      []Cc            `json:"cc,omitempty"`
	By      policy.Assignee `json:"by"`
	Made    time.Time       `json:"made"`
	At      time.Time       `json:"at"` // when it leaves
	Then    Then            `json:"then,omitzero"`
	Stopped Stop            `json:"stopped,omitempty"` // why it does not leave by itself
}

// Stop is why an answer that was to leave later does not: a person must look at it again.
type Stop string

// The stops.
const (
	ContactWrote Stop = "contact_wrote" // since it was written
	MatterGone   Stop = "matter_gone"   // there is nothing to answer any more: deleted, merged or closed
	NotWanted    Stop = "unwanted"      // it begins a conversation, and its reader is not to be written to any more
	AuthorLeft   Stop = "author_left"   // the agent who wrote it, and would sign it, has left
)

// Words is the stop as an agent reads it.
func (s Stop) Words() string {
	switch s {
	case ContactWrote:
		return "the customer has written since"
	case MatterGone:
		return "there is nothing to answer here any more"
	case NotWanted:
		return "this customer is not to be written to any more"
	case AuthorLeft:
		return "who wrote it has left"
	}
	return string(s)
}

// Then is what an agent wants done to the conversation together with an answer. The zero Then is nothing.
type Then struct {
	Resolve  bool            `json:"resolve,omitempty"`
	Snooze   time.Duration   `json:"snooze,omitempty"` // from when the answer leaves
	Tags     []string        `json:"tags,omitempty"`
	Priority triage.Priority `json:"priority,omitempty"`
}

// IsZero tells whether nothing is to be done.
func (x Then) IsZero() bool {
	return !x.Resolve && x.Snooze == 0 && len(x.Tags) == 0 && x.Priority == ""
}

const (
	// laterNumber is the number of an effect that was named before it is ordered: no turn orders as many.
	laterNumber = 99
	// MaxScheduled is how many answers of one conversation may wait to leave.
	MaxScheduled = 3
	// undoTime is up to when a delay is one for taking back. What the customer writes within it does not stop the answer: it could not have been read.
	undoTime = time.Minute
)

// TakenBack is an agent taking back an answer that has not left.
type TakenBack struct {
	Act
	Answer string  // the id under which it would have left
	Was    Message // as it is kept
}

// schedule keeps an answer until its time.
func (d *doing) schedule(ev Replied) Decision {
	c := &d.Conversation
	if len(c.Scheduled) >= MaxScheduled {
		d.refuse(TooMany)
		return d.Decision
	}
	m := ev.Message
	m.Effect = EffectID(c.Sequence+1, laterNumber)
	d.Event, d.Message = "scheduled", &m
	c.Scheduled = append(slices.Clone(c.Scheduled), Scheduled{
		Effect: m.Effect, Message: m.ID, Raw: m.Raw, Files: m.Files, Cc: m.Cc, By: ev.signer(), Made: d.now, At: ev.At.UTC(), Then: ev.Then,
	})
	for _, x := range m.Cc { // whoever is to have a copy is found when he is forgotten, also before it leaves and when it is taken back
		if !c.TakesPart(x.Contact) {
			d.Enters = append(d.Enters, x.Contact)
		}
	}
	if ev.Circular != "" {
		c.Bulk, c.Circulars = append(slices.Clone(c.Bulk), m.Effect), c.Circulars.with(m.Effect, ev.Circular)
	}
	c.Messages++
	d.why(ev.By.ID + " answered; it leaves at " + ev.At.UTC().Format(time.RFC3339))
	return d.done()
}

func takenBack(f Facts, ev TakenBack, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "taken_back", p, now)
	if !ok {
		return d.Decision
	}
	c := &d.Conversation
	i := slices.IndexFunc(c.Scheduled, func(s Scheduled) bool { return s.Effect == ev.Answer })
	if i < 0 || ev.Was.ID != c.Scheduled[i].Message {
		d.refuse(HasLeft)
		return d.Decision
	}
	d.withdraw(i, ev.Was)
	d.why(ev.By.ID + " took the answer back before it left")
	if c.begun(ev.Answer) {
		d.Message.Files = nil // the letter takes them along to whom it is for: who is forgotten here must not have them removed there
		d.unbegun()
	}
	return d.done()
}

// withdraw takes an answer off those which wait, and says so of its message.
func (t *turn) withdraw(i int, was Message) {
	t.unschedule(i)
	was.Withdrawn = &t.now
	t.Message, t.Again = &was, true
	t.Conversation.Messages--
}

// unschedule takes an answer off those which wait.
func (t *turn) unschedule(i int) {
	c := &t.Conversation
	one := c.Scheduled[i].Effect
	c.Scheduled, c.Bulk, c.Circulars = slices.Delete(slices.Clone(c.Scheduled), i, i+1), without(c.Bulk, one), c.Circulars.with(one, "")
}

// leaves is the first answer whose time has come; -1 for none.
func (t *turn) leaves() int {
	return slices.IndexFunc(t.Conversation.Scheduled, func(s Scheduled) bool { return s.Stopped == "" && !s.At.After(t.now) })
}

// leaveDue sends the first answer whose time has come; it tells whether there was any. Of several the next leaves with the next look at the clock.
func (t *turn) leaveDue() bool {
	c := &t.Conversation
	i := t.leaves()
	if i < 0 {
		return false
	}
	c.Version++
	if x := t.facts.Leaving; x != nil && x.Stopped {
		t.halted(i, *x)
		return true
	}
	if c.Withdrawn || c.Merged != "" || c.Status == StatusClosed {
		c.Scheduled[i].Stopped = MatterGone
		t.why("the answer that was to leave now does not: " + MatterGone.Words())
		return true
	}
	s := c.Scheduled[i]
	if t.gone(s.By) {
		c.Scheduled[i].Stopped = AuthorLeft
		t.why("the answer that was to leave now waits for a person: " + AuthorLeft.Words())
		return true
	}
	if c.begun(s.Effect) && t.facts.Contact.Unwanted(t.now) != "" {
		c.Scheduled[i].Stopped = NotWanted
		t.why("the letter that was to leave now does not: " + NotWanted.Words())
		return true
	}
	bulk, circular := c.IsBulk(s), c.Circulars[s.Effect]
	t.unschedule(i)
	t.Event, t.By = "replied", s.By.ID
	if c.Status == StatusResolved {
		s.Then.Resolve = true // whoever resolved it meanwhile has seen the answer wait
	}
	t.leave(s, bulk, circular)
	t.why("the answer of " + s.By.ID + " leaves")
	return true
}

// IsBulk tells whether an answer that waits is one of many.
func (c *Conversation) IsBulk(s Scheduled) bool { return slices.Contains(c.Bulk, s.Effect) }

func without(all []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(x string) bool { return x == one })
}

// leave orders an answer, meets what it answers, waits for the contact, and does what was asked beside. One of many goes by its channel's own lane.
func (t *turn) leave(s Scheduled, bulk bool, circular string) {
	c := &t.Conversation
	t.meet(sla.FirstResponse, sla.NextResponse)
	t.rest(sla.Kinds)
	t.answeredPromise()
	c.Status, c.SnoozedUntil, c.Resolved, c.Paging = StatusPending, nil, nil, nil
	c.Last, c.Answered = t.now, t.now
	if c.Assignee.Team {
		c.Assignee = s.By
	}
	t.enter(s.Cc, s.By.ID)
	lane := t.laneOf()
	if bulk || circular != "" {
		lane = Lane(c.Channel) // the priority lane is for who writes now
	}
	t.Effects = append(t.Effects, Effect{
		Ref: c.Ref, ID: s.Effect, Contact: c.Contact, Kind: channel.Reply, Lane: lane, Channel: c.Channel, Day: Day(t.now), Decided: t.now,
		Reply: &Reply{
			Message: s.Message, Raw: s.Raw, To: c.Party, By: s.By, Language: c.Language, Subject: c.Subject, InReplyTo: c.Thread.ID, References: c.Thread.References, Account: c.Thread.Account,
			Files: s.Files, Cc: s.Cc, First: c.begun(s.Effect), Circular: circular,
		},
	})
	if c.begun(s.Effect) {
		c.Begins = ""
	}
	t.then(s.Then, s.By.ID)
}

// then does what was asked together with an answer.
func (t *turn) then(x Then, by string) {
	c := &t.Conversation
	if len(x.Tags) > 0 {
		t.tag(by, x.Tags, nil)
	}
	if x.Priority != "" && x.Priority != c.Priority {
		t.why(by + " sets the priority to " + string(x.Priority))
		name := by
		if a := t.policy.Agent(by); a != nil {
			name = a.Name
		}
		t.prioritise(x.Priority, []string{name + " set it"})
	}
	switch {
	case x.Resolve:
		t.resolve(by)
	case x.Snooze > 0:
		until := t.now.Add(x.Snooze).UTC()
		c.Status, c.SnoozedUntil = StatusSnoozed, &until
		t.why(by + " put it off")
	}
}

// holdBack stops what was to leave later, for the contact has written since.
func (t *turn) holdBack() {
	c := &t.Conversation
	for i, s := range c.Scheduled {
		if s.Stopped == "" && s.At.Sub(s.Made) > undoTime {
			c.Scheduled[i].Stopped = ContactWrote
			t.why("an answer that was to leave later waits for a person: " + ContactWrote.Words())
		}
	}
}

// leavesBefore tells whether an answer is on its way that will be there by then: nobody need be called for it.
func (t *turn) leavesBefore(due time.Time) bool {
	return slices.ContainsFunc(t.Conversation.Scheduled, func(s Scheduled) bool { return s.Stopped == "" && s.At.Before(due) })
}

// Tagged is an agent putting tags on a conversation, or taking them off.
type Tagged struct {
	Act
	Add, Remove []string // as Tag gives them
}

// Bounds of tags: a list shows all of them in a row.
const (
	MaxTags  = 8
	TagBytes = 32
)

// Tag is a tag as it is kept: in small letters, its words joined by hyphens; ok is false for what cannot be one.
func Tag(s string) (tag string, ok bool) {
	tag = strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ' ' || r == '-' || r == '\t' || r == '\n' }), "-")
	return tag, tag != "" && len(tag) <= TagBytes && !strings.ContainsFunc(tag, func(r rune) bool {
		return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

func tagged(f Facts, ev Tagged, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "tagged", p, now)
	if !ok {
		return d.Decision
	}
	if !d.tag(ev.By.ID, ev.Add, ev.Remove) {
		d.refuse(TooManyTags)
		return d.Decision
	}
	return d.done()
}

// tag changes the tags; ok is false when there would be too many, and then those that fit are there.
func (t *turn) tag(by string, add, remove []string) (ok bool) {
	c, ok := &t.Conversation, true
	tags := slices.DeleteFunc(slices.Clone(c.Tags), func(x string) bool { return slices.Contains(remove, x) })
	for _, x := range add {
		switch {
		case slices.Contains(tags, x):
		case len(tags) == MaxTags:
			ok = false
		default:
			tags = append(tags, x)
		}
	}
	slices.Sort(tags)
	c.Tags = tags
	t.why(by + " tagged it: " + cmp.Or(strings.Join(tags, ", "), "no tags"))
	return ok
}

package desk

import (
	"slices"
	"time"

	"pronto/shared/channel"
	"pronto/shared/policy"
	"pronto/shared/triage"
)

// Started is an agent writing first, by mail, to somebody who has not asked: a conversation without a promise, a receipt and a target until the contact answers.
type Started struct {
	Act
	Message  Message
	Party    channel.Party
	Title    string // the subject
	Language string
	Words    []string // keys of the words by which the conversation is found
	Names    []string // keys of the words of the contact's name

	At   time.Time // when it is to leave; the zero time or one that is over for at once
	Then Then      // what is to be done beside
}

// Why nobody is written to who has not asked (Contact.Unwanted). They are also why a copy, or what was forwarded, did not leave.
const (
	NotBlocked     Refusal = "contact_blocked"
	NotComplained  Refusal = "contact_complained"
	NotOptedOut    Refusal = "contact_opted_out"
	NotDeliverable Refusal = "contact_undeliverable"
)

// started opens the conversation, waiting for the contact, and sends what the agent wrote. It is the agent's; when the contact answers, targets and a receipt are as for
// anybody who writes.
func started(f Facts, ev Started, p *policy.Policy, now time.Time) Decision {
	d := &doing{begin(f, "started", p, ev.Ref, now)}
	d.By = ev.By.ID
	switch why := f.Contact.Unwanted(now).Refusal(); {
	case f.Taken, f.Conversation != nil:
		d.Nothing = true
		d.why("taken before")
		return d.Decision
	case d.brand == nil:
		d.refuse(NotFound)
		return d.Decision
	case why != "":
		d.refuse(why)
		return d.Decision
	}
	person := Contact{ID: ev.Contact, Party: ev.Party, Language: ev.Language, Names: ev.Names}
	if f.Contact != nil {
		person = *f.Contact
		if person.Party.Address == "" {
			person.Party = ev.Party
		}
	}
	person.Agent = ev.By.ID
	d.Contact, d.Words = &person, ev.Words
	d.Conversation = Conversation{
		Ref: ev.Ref, Channel: Email, Contact: ev.Contact, Party: ev.Party, Subject: ev.Title, Language: ev.Language, Opened: now, Last: now, Messages: 1, Status: StatusPending,
		Sentiment: triage.Sentiment{Label: triage.Neutral}, Priority: triage.Normal, PriorityWhy: []string{ev.By.Name + " wrote first"},
		Assignee: ev.By, Taken: ev.By.ID, Zone: person.Where(), Trace: Trace{ev.Message.ID},
	}
	d.begins(ev)
	return d.done()
}

// begins lets the first letter leave, at once or when it is to: until then it can be taken back, like any answer.
func (d *doing) begins(ev Started) {
	c, m, waits := &d.Conversation, ev.Message, ev.At.After(d.now)
	m.Effect = EffectID(1, 0)
	if waits {
		m.Effect = EffectID(1, laterNumber)
	}
	d.Message, c.Begins = &m, m.Effect
	s := Scheduled{Effect: m.Effect, Message: m.ID, Raw: m.Raw, Files: m.Files, By: ev.By, Made: d.now, At: ev.At.UTC(), Then: ev.Then}
	if waits {
		c.Scheduled = []Scheduled{s}
		d.why(ev.By.ID + " wrote first; it leaves at " + s.At.Format(time.RFC3339))
		return
	}
	d.leave(s, false, "")
	d.why(ev.By.ID + " wrote first; it waits for the contact")
}

// begun tells whether an answer is the letter that begins the conversation: nobody has asked for it.
func (c *Conversation) begun(effect string) bool { return effect != "" && c.Begins == effect }

// beginsNow tells whether the first letter is due: whether it may still leave depends on what is known of the contact by then.
func (t *turn) beginsNow() bool {
	c := &t.Conversation
	return slices.ContainsFunc(c.Scheduled, func(s Scheduled) bool { return c.begun(s.Effect) && s.Stopped == "" && !s.At.After(t.now) })
}

// unbegun ends a conversation whose first letter was taken back: nobody was written to.
func (d *doing) unbegun() {
	c := &d.Conversation
	if c.Begins = ""; !c.Answered.IsZero() || len(c.Scheduled) > 0 {
		return // something else was sent here meanwhile, or is to be
	}
	c.Status, c.Withdrawn, c.Resolved = StatusClosed, true, &d.now
	d.why("nobody was written to: it is closed")
}

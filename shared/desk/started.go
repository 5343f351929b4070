package desk

import (
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
}

// Why nobody is written to first. A person's answer to who has asked is another matter: these stop it not.
const (
	NotBlocked     Refusal = "contact_blocked"
	NotComplained  Refusal = "contact_complained"
	NotOptedOut    Refusal = "contact_opted_out"
	NotDeliverable Refusal = "contact_undeliverable"
)

// unasked is why a contact is not to be written to who has not asked; "" when nothing is known against it.
func unasked(c *Contact, now time.Time) Refusal {
	switch {
	case c == nil:
	case c.Blocked != nil:
		return NotBlocked
	case c.Complained != nil:
		return NotComplained
	case c.OptedOut != nil:
		return NotOptedOut
	case c.Undeliverable != nil && now.Before(c.Undeliverable.Until):
		return NotDeliverable
	}
	return ""
}

// started opens the conversation, waiting for the contact, and sends what the agent wrote. It is the agent's; when the contact answers, targets and a receipt are as for
// anybody who writes.
func started(f Facts, ev Started, p *policy.Policy, now time.Time) Decision {
	d := &doing{begin(f, "started", p, ev.Ref, now)}
	d.By = ev.By.ID
	switch why := unasked(f.Contact, now); {
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
	m := ev.Message
	m.Effect = EffectID(1, 0)
	d.Contact, d.Message, d.Words = &person, &m, ev.Words
	d.Conversation = Conversation{
		Ref: ev.Ref, Channel: Email, Contact: ev.Contact, Party: ev.Party, Subject: ev.Title, Language: ev.Language, Opened: now, Messages: 1,
		Sentiment: triage.Sentiment{Label: triage.Neutral}, Priority: triage.Normal, PriorityWhy: []string{ev.By.ID + " wrote first"},
		Assignee: ev.By, Taken: ev.By.ID, Zone: person.Where(),
	}
	d.leave(Scheduled{Effect: m.Effect, Message: m.ID, Raw: m.Raw, Files: m.Files, By: ev.By}, false)
	d.Effects[0].Reply.First = true
	d.why(ev.By.ID + " wrote first; it waits for the contact")
	return d.done()
}

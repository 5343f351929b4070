package desk

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pronto/shared/channel"
)

// Cc is somebody who gets a copy of an agent's answer. Everybody who has the answer sees who else has it, and he takes part from when it leaves.
type Cc struct {
	Contact string        `json:"contact"`
	Party   channel.Party `json:"party"`
}

// MaxCc is how many copies an answer may have.
const MaxCc = 10

// enter lets those who get a copy take part. Who they are newly is told to the store, which keeps where a contact takes part.
func (t *turn) enter(cc []Cc, by string) {
	c := &t.Conversation
	for _, x := range cc {
		if c.TakesPart(x.Contact) {
			continue
		}
		c.Participants = last(append(slices.Clone(c.Participants), Participant{Contact: x.Contact, Party: x.Party, By: by, At: t.now, Copied: true}), maxParticipants)
		t.Enters = append(t.Enters, x.Contact)
	}
	if len(cc) > 0 {
		t.why(by + " has " + plural(len(cc)) + " sent")
	}
}

func plural(n int) string {
	if n == 1 {
		return "a copy"
	}
	return "copies"
}

// Copy is whose copy of an effect a provider's word is about, by the recipients that it names; nil when it is about the one to whom the effect goes, or does not say.
func (e Effect) Copy(recipients []string) *Cc {
	if e.Reply == nil || len(recipients) == 0 {
		return nil
	}
	names := func(address string) bool {
		return slices.ContainsFunc(recipients, func(r string) bool { return strings.EqualFold(r, address) })
	}
	if names(e.Reply.To.Address) {
		return nil
	}
	for _, x := range e.Reply.Cc {
		if names(x.Party.Address) {
			return &x
		}
	}
	return nil
}

// NewCopyReturned is the event that a copy of e came back, or was complained about: the contact is the one who had it, and nothing is owed again.
func NewCopyReturned(e Effect, to Cc, r channel.Report, k Keys) Returned {
	ev := newReturned(e, "copy "+to.Contact+" "+string(r), k)
	ev.Report, ev.Contact, ev.To, ev.Copied = r, to.Contact, to.Party, true
	return ev
}

// NewCopyUnsent is the event that a copy of e was left out when e left, since it is not wanted any more: why is the Refusal.
func NewCopyUnsent(e Effect, to Cc, why Refusal, k Keys) Returned {
	ev := newReturned(e, "copy unsent "+to.Contact, k)
	ev.Why, ev.Contact, ev.To, ev.Copied = string(why), to.Contact, to.Party, true
	return ev
}

// copyReturned notes with whoever had the copy, or should have had it, that it did not arrive. Of what never left the agents read in the conversation, too: a provider tells
// nobody. The note does not say who it was, which stands with who takes part: he may demand to be forgotten.
func (t *turn) copyReturned(ev Returned) {
	c := &t.Conversation
	c.Participants = slices.Clone(c.Participants)
	report := cmp.Or(ev.Report, channel.Unwanted)
	for i, p := range c.Participants {
		if p.Contact == ev.Contact {
			c.Participants[i].Returned = report
			c.Version++
		}
	}
	if ev.Report == "" {
		t.note(Saying{Code: NoteCopyUnsent, Why: Refusal(ev.Why).Words()})
	}
}

// Participation is where somebody takes part who is not the contact, as the store keeps it with him.
type Participation struct {
	Since time.Time `json:"since"`
}

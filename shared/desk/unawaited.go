package desk

import (
	"slices"

	"pronto/shared/mail"
	"pronto/shared/triage"
)

// notForUs are the silences of messages that ask nothing of anybody: what came back, answers that wrote themselves, lists and newsletters, talk among others.
// What may hide a person is not among them, though nobody is promised an answer to it either: what was called spam, looped, was sent from an own address, has no sender
// who can be answered (a form may have been filled in there) or wants no automatic answer.
var notForUs = []Silence{
	Bot, NotMentioned, Silence(mail.NullReturnPath), Silence(mail.AutoSubmitted), Silence(mail.List), Silence(mail.AutoResponder), Silence(mail.Precedence),
	Silence(mail.Report), Silence(mail.AutomaticSubject),
}

// asksNothing tells that the message that opens a conversation is to stand in no list of what is owed. What a person released from what was held is wanted by him.
func (e Received) asksNothing() bool {
	return e.Machine && e.Placed == nil && slices.Contains(notForUs, e.Silence)
}

// Idle tells that nobody waits here and no agent has wanted anything of it yet: it stands among what nobody waits for, until a person writes or an agent takes it up.
func (c *Conversation) Idle() bool {
	return c.Unawaited && c.Status == StatusOpen && c.Promise == nil && len(c.Targets) == 0 && c.Priority == triage.Low
}

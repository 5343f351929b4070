package desk

import (
	"slices"
	"strings"
	"time"

	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Act is what every event of an agent's doing has.
type Act struct {
	Subject
	By     policy.Assignee
	Expect int // the version that the agent saw; 0 for any
}

// About is the event's subject.
func (a Act) About() Subject { return a.Subject }

// The doings of agents.
type (
	// Claimed is an agent taking over.
	Claimed struct{ Act }
	// Unassigned gives the conversation back to the team.
	Unassigned struct{ Act }
	// Assigned hands over to another agent or the team.
	Assigned struct {
		Act
		To   policy.Assignee
		Note *Message // the handover, nil for none
	}
	// Replied is a person's answer. The text lies in S3 under Message.Raw.
	Replied struct {
		Act
		Message Message
		At      time.Time // when it is to leave; the zero time or one that is over for at once
		Then    Then      // what is to be done beside

		As   *policy.Assignee // who signs it, where that is not who sends it
		Bulk bool             // one of many: it goes by its channel's own lane, whatever its priority
	}
	// Noted is a private note.
	Noted struct {
		Act
		Message  Message
		Mentions []string // agents who are named in it: they are called
	}
	// PutOff snoozes until a time.
	PutOff struct {
		Act
		Until time.Time
	}
	// Ended resolves the conversation.
	Ended struct{ Act }
	// CalledSpam resolves what nobody of flesh and blood is to be answered for, and says why: by the tag spam.
	CalledSpam struct{ Act }
	// Reopened opens a resolved one again.
	Reopened struct{ Act }
)

// Refusal is why an agent's doing was not taken; "" when it was.
type Refusal string

const (
	NotFound Refusal = "not_found"
	Changed  Refusal = "version_changed" // somebody else was first: look again
	NotOpen  Refusal = "not_open"        // resolved or closed
	NotDone  Refusal = "not_resolved"    // cannot be reopened
	TooEarly Refusal = "not_in_the_future"
	Gone     Refusal = "withdrawn" // its author has deleted it: there is nothing to answer
	Moved    Refusal = "merged"    // it goes on in another conversation
	NotYours Refusal = "not_yours" // somebody else has it
	NoGuest  Refusal = "no_guest"  // nobody is to be confirmed, or somebody has decided
	NoHint   Refusal = "no_hint"   // nothing is suggested of the contact, or something else
	Crossing Refusal = "crossed"   // something was said meanwhile that who answers has not seen
	HasLeft  Refusal = "has_left"  // the answer has left, or was taken back: there is nothing to take back
	TooMany  Refusal = "too_many_scheduled"

	TooManyTags Refusal = "too_many_tags"
	NoUndo      Refusal = "nothing_to_undo"
	UndoOver    Refusal = "undo_over" // its time is over

	SameConversation Refusal = "same_conversation"
	OtherChannel     Refusal = "other_channel"
	OtherContact     Refusal = "other_contact" // and the agent has not said that he knows
	OtherClosed      Refusal = "other_closed"  // the conversation into which it was to go
	AnswerWaits      Refusal = "answer_waits"
	TooManyParts     Refusal = "too_many_parts"
	NotMerged        Refusal = "not_merged"
	MovedOn          Refusal = "moved_on" // something was said or done since that cannot be taken apart
	TooManyRelated   Refusal = "too_many_related"
)

// Words is the refusal as an agent reads it.
func (r Refusal) Words() string {
	switch r {
	case NotFound:
		return "there is no such conversation"
	case Changed:
		return "somebody changed this conversation while you looked at it: look again, then repeat what is still right"
	case NotOpen:
		return "this conversation is resolved: reopen it first"
	case NotDone:
		return "this conversation is not resolved"
	case Gone:
		return "its author has deleted it: there is nothing to answer any more"
	case Moved:
		return "this conversation was merged into another: go on there"
	case NotYours:
		return "only who has a conversation can pass it on"
	case NoGuest:
		return "nobody is to be confirmed here, or somebody has decided already"
	case NoHint:
		return "nothing of this kind is suggested of the contact here: look again"
	case Crossing:
		return "something was said or done here since you began to write: look at it, and send your answer all the same if it is still right"
	case HasLeft:
		return "this answer has left already, or was taken back: there is nothing to take back any more"
	case TooMany:
		return "three answers wait here to leave already: take one back, or send this one at once"
	case NoUndo:
		return "there is nothing of yours to undo: something else has happened here since"
	case NotOutside:
		return "this address takes part in the conversation already: answer, with a copy to it"
	case TooManyThirds:
		return "a conversation is forwarded to ten people at most"
	case NotBlocked:
		return "it is not written to: it is blocked"
	case NotComplained:
		return "it is not written to: its owner has marked mail of ours as unwanted"
	case NotOptedOut:
		return "it is not written to: its owner has asked for no more"
	case NotDeliverable:
		return "it is not written to: mail to it came back, there is no such mailbox, or the provider does not try it any more"
	case UndoOver:
		return "what was done can be undone for ten minutes, and they are over: do the opposite, as reopen what is resolved"
	case SameConversation:
		return "both are one conversation already"
	case OtherChannel:
		return "they are on two channels, and an answer leaves by one: link them as related"
	case OtherContact:
		return "they are of two contacts, and who writes next would read the answers to the other: say different_contacts, and why, if it is one matter all the same"
	case OtherClosed:
		return "the conversation into which it was to go is closed for good: merge that one into this"
	case AnswerWaits:
		return "an answer waits here to leave: take it back, or let it leave first"
	case TooManyParts:
		return "twenty conversations are one at most, with twenty who take part: no more can be merged into it"
	case NotMerged:
		return "this conversation is merged into no other"
	case MovedOn:
		return "something came, fell due or was done since they were merged, and belongs to both: they stay one conversation"
	case TooManyRelated:
		return "a conversation is related to twenty others at most: take one off"
	case TooManyTags:
		return "a conversation has eight tags at most: take one off"
	case NotAsked:
		return "there is no survey to be answered here, or its time is over"
	case TooEarly:
		return "a conversation can only be put off to a time to come"
	}
	return string(r)
}

// signer is who signs an answer.
func (ev Replied) signer() policy.Assignee {
	if ev.As != nil {
		return *ev.As
	}
	return ev.By
}

// doing is one agent's decision in the making.
type doing struct{ turn }

// act starts the decision on an agent's doing; ok is false when it is decided already: taken before, or refused.
func act(f Facts, a Act, name string, p *policy.Policy, now time.Time) (d *doing, ok bool) {
	d = &doing{begin(f, name, p, a.Ref, now)}
	d.By = a.By.ID
	switch {
	case f.Taken:
		d.Nothing = true
		d.why("taken before")
	case f.Conversation == nil:
		d.refuse(NotFound)
	case a.Expect != 0 && a.Expect != f.Conversation.Version:
		d.refuse(Changed)
	default:
		d.keep()
		return d, true
	}
	return d, false
}

func (d *doing) refuse(r Refusal) {
	d.Nothing, d.Refused = true, r
	d.why(string(r))
}

// done closes a decision that changed what agents see.
func (d *doing) done() Decision {
	d.Conversation.Version++
	d.close()
	return d.Decision
}

func acted(f Facts, ev Event, p *policy.Policy, now time.Time) Decision {
	switch ev := ev.(type) {
	case Claimed:
		return assigned(f, ev.Act, "claimed", ev.By, nil, p, now)
	case Unassigned:
		b := p.Brand(ev.Brand)
		return assigned(f, ev.Act, "unassigned", policy.Assignee{ID: b.Team.ID, Name: b.Team.Name, Team: true}, nil, p, now)
	case Assigned:
		return assigned(f, ev.Act, "assigned", ev.To, ev.Note, p, now)
	case Replied:
		return replied(f, ev, p, now)
	case Noted:
		return noted(f, ev, p, now)
	case PutOff:
		return putOff(f, ev, p, now)
	case Ended:
		return ended(f, ev, p, now)
	case Reopened:
		return reopened(f, ev, p, now)
	case PassedOn:
		return passedOn(f, ev, p, now)
	case Merged:
		return merged(f, ev, p, now)
	case Unmerged:
		return unmerged(f, ev, p, now)
	case Related:
		return related(f, ev, p, now)
	case GuestRefused:
		return guestRefused(f, ev, p, now)
	case Corrected:
		return corrected(f, ev, p, now)
	case PersonaConfirmed:
		return personaDecided(f, ev.Act, ev.Card, HintConfirmed, p, now)
	case PersonaDismissed:
		return personaDecided(f, ev.Act, ev.Card, HintDismissed, p, now)
	case TakenBack:
		return takenBack(f, ev, p, now)
	case Tagged:
		return tagged(f, ev, p, now)
	case Forwarded:
		return forwarded(f, ev, p, now)
	case Started:
		return started(f, ev, p, now)
	case Undone:
		return undone(f, ev, p, now)
	case CalledSpam:
		return calledSpam(f, ev, p, now)
	}
	return Decision{Nothing: true}
}

func assigned(f Facts, a Act, name string, to policy.Assignee, note *Message, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, a, name, p, now)
	if !ok {
		return d.Decision
	}
	c := &d.Conversation
	if !c.Owed() && c.Status != StatusPending {
		d.refuse(NotOpen)
		return d.Decision
	}
	d.why(a.By.ID + " gave it to " + to.ID)
	c.Assignee, c.Taken = to, ""
	if a.By.ID == to.ID {
		c.Taken = to.ID
		c.Passed = slices.DeleteFunc(c.Passed, func(id string) bool { return id == to.ID }) // he wants it after all
	}
	if !to.Team {
		c.Paging = nil // somebody has it
	}
	if note != nil {
		d.Message = note
		c.Messages++
	}
	return d.done()
}

// replied sends the answer, meets what was due, and waits for the contact.
func replied(f Facts, ev Replied, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "replied", p, now)
	if !ok {
		return d.Decision
	}
	c := &d.Conversation
	switch {
	case c.Status == StatusClosed:
		d.refuse(NotOpen)
		return d.Decision
	case c.Withdrawn:
		d.refuse(Gone)
		return d.Decision
	case c.Merged != "":
		d.refuse(Moved)
		return d.Decision
	case d.unseen(ev.Seen):
		return d.Decision
	}
	if ev.At.After(now) {
		return d.schedule(ev)
	}
	m := ev.Message
	m.Effect = EffectID(c.Sequence+1, 0)
	d.Message = &m
	c.Messages++
	d.leave(Scheduled{Effect: m.Effect, Message: m.ID, Raw: m.Raw, Files: m.Files, Cc: m.Cc, By: ev.signer(), Then: ev.Then}, ev.Bulk)
	d.why(ev.By.ID + " answered")
	return d.done()
}

func noted(f Facts, ev Noted, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "noted", p, now)
	if !ok {
		return d.Decision
	}
	m := ev.Message
	d.Message = &m
	d.Conversation.Messages++
	d.why(ev.By.ID + " noted")
	d.mention(ev)
	return d.done()
}

func putOff(f Facts, ev PutOff, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "snoozed", p, now)
	if !ok {
		return d.Decision
	}
	c := &d.Conversation
	switch {
	case !ev.Until.After(now):
		d.refuse(TooEarly)
		return d.Decision
	case c.Status == StatusResolved || c.Status == StatusClosed:
		d.refuse(NotOpen)
		return d.Decision
	}
	until := ev.Until.UTC()
	pending := c.Status == StatusPending
	c.Status, c.SnoozedUntil = StatusSnoozed, &until
	d.rest(d.brand.Resting)
	if !pending {
		d.why(ev.By.ID + " put it off; what was promised still runs" + but(d.brand.Resting))
	} else {
		d.why(ev.By.ID + " put it off")
	}
	return d.done()
}

func ended(f Facts, ev Ended, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "resolved", p, now)
	if !ok {
		return d.Decision
	}
	c := &d.Conversation
	if c.Status == StatusResolved || c.Status == StatusClosed {
		d.refuse(NotOpen)
		return d.Decision
	}
	d.resolve(ev.By.ID)
	return d.done()
}

// calledSpam resolves and tags, also what is resolved already. Where there is no room for another tag, the last makes way: this one says more.
func calledSpam(f Facts, ev CalledSpam, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "called_spam", p, now)
	if !ok {
		return d.Decision
	}
	c := &d.Conversation
	switch {
	case slices.Contains(c.Tags, SpamTag) && settled(c):
		d.Nothing = true
		d.why("called spam before")
		return d.Decision
	case c.Status == StatusClosed || c.Merged != "":
		d.refuse(NotOpen)
		return d.Decision
	}
	if n := len(c.Tags); n >= MaxTags {
		c.Tags = slices.Clone(c.Tags[:MaxTags-1])
	}
	d.tag(ev.By.ID, []string{SpamTag}, nil)
	if c.Status != StatusResolved {
		d.resolve(ev.By.ID)
	}
	return d.done()
}

func (t *turn) resolve(by string) {
	c := &t.Conversation
	t.giveUp()
	t.meet(sla.FirstResponse, sla.NextResponse, sla.Resolution)
	c.Status, c.SnoozedUntil, c.Paging, c.Resolved = StatusResolved, nil, nil, &t.now
	t.why(by + " resolved it")
}

func reopened(f Facts, ev Reopened, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "reopened", p, now)
	if !ok {
		return d.Decision
	}
	switch {
	case d.Conversation.Status != StatusResolved:
		d.refuse(NotDone)
		return d.Decision
	case d.Conversation.Withdrawn:
		d.refuse(Gone)
		return d.Decision
	case d.Conversation.Merged != "":
		d.refuse(Moved)
		return d.Decision
	}
	d.Conversation.Status, d.Conversation.Resolved = StatusOpen, nil
	d.runsAgain()
	d.target(sla.NextResponse, now)
	d.target(sla.Resolution, now)
	d.why(ev.By.ID + " opened it again")
	return d.done()
}

// meet ends the targets of these kinds, met or breached by the clock.
func (t *turn) meet(kinds ...sla.Kind) {
	for i, x := range t.Conversation.Targets {
		if slices.Contains(kinds, x.Kind) {
			t.Conversation.Targets[i] = x.Meet(t.now)
		}
	}
}

// but names the targets that rest while a conversation is snoozed.
func but(kinds []sla.Kind) string {
	if len(kinds) == 0 {
		return ""
	}
	var words []string
	for _, k := range kinds {
		words = append(words, string(k))
	}
	return ", but " + strings.Join(words, ", ") + " rests by the policy"
}

// laneOf is the lane of what leaves for a conversation: the priority lane for what is high or urgent.
func (t *turn) laneOf() string {
	if rank(t.Conversation.Priority) >= rank(triage.High) {
		return LanePriority
	}
	return Lane(t.Conversation.Channel)
}

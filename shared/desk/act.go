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
		Left string   // of an agent who has left: whose it was, and nothing is done to what is not his any more
	}
	// Replied is a person's answer. The text lies in S3 under Message.Raw.
	Replied struct {
		Act
		Message Message
		At      time.Time // when it is to leave; the zero time or one that is over for at once
		Then    Then      // what is to be done beside

		As       *policy.Assignee // who signs it, where that is not who sends it
		Circular string           // of which it is: one of many goes by its channel's own lane, whatever its priority; "" for none
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
		if ev.Left != "" {
			return offboarded(f, ev, p, now)
		}
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
	case Split:
		return split(f, ev, p, now)
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
	if d.gone(to) {
		d.refuse(NotThere)
		return d.Decision
	}
	d.why(a.By.ID + " gave it to " + to.ID)
	c.Assignee, c.Taken = to, ""
	if a.By.ID == to.ID {
		c.Taken = to.ID
		c.Passed = slices.DeleteFunc(c.Passed, func(id string) bool { return id == to.ID }) // he wants it after all
	}
	if !to.Team {
		c.Paging, c.Unawaited = nil, false // somebody has it
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
	d.leave(Scheduled{Effect: m.Effect, Message: m.ID, Raw: m.Raw, Files: m.Files, Cc: m.Cc, By: ev.signer(), Then: ev.Then}, false, ev.Circular)
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
	c.Status, c.SnoozedUntil, c.Unawaited = StatusSnoozed, &until, false // he wants to see it again
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

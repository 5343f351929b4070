package desk

import (
	"slices"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/policy"
	"pronto/shared/sla"
)

// hours are the working hours by which the conversation's time is counted.
func (t *turn) hours() calendar.Calendar {
	c := &t.Conversation
	return t.brand.Hours(c.Channel, c.Assignee.Team)
}

// matter is what the conversation is to the rules of targets.
func (t *turn) matter() sla.Matter {
	c := &t.Conversation
	return sla.Matter{Channel: c.Channel, Priority: c.Priority, Language: c.Language, Segment: c.Segment}
}

// target sets a target of the kind from a time on, in place of an earlier one. What would be due already has its whole time from now.
func (t *turn) target(kind sla.Kind, from time.Time) sla.Target {
	c := &t.Conversation
	term, why := t.brand.Targets.Term(kind, t.matter())
	x := sla.New(kind, from, term, t.hours())
	if !x.Due.After(t.now) {
		x = sla.New(kind, t.now, term, t.hours())
	}
	c.Targets = append(slices.DeleteFunc(c.Targets, func(x sla.Target) bool { return x.Kind == kind }), x)
	t.why(why)
	return x
}

// recount counts every open target again by the rules of today: its priority, its language, who has it or the rule book may be others since it was set.
// What was promised to the customer stays.
func (t *turn) recount() {
	if t.brand == nil {
		return // its rules are gone: what was set stays
	}
	for i, x := range t.Conversation.Targets {
		term, _ := t.brand.Targets.Term(x.Kind, t.matter())
		now, difference := x.Under(term, t.hours(), t.now)
		if difference != "" {
			t.Conversation.Targets[i] = now
			t.why(difference)
		}
	}
}

// rest stops the clocks of these targets.
func (t *turn) rest(kinds []sla.Kind) {
	for i, x := range t.Conversation.Targets {
		if slices.Contains(kinds, x.Kind) {
			t.Conversation.Targets[i] = x.Pause(t.now)
		}
	}
}

// goOn lets every target that rests run again, with what was left of its time.
func (t *turn) goOn() {
	why := string(StatusPending)
	if t.Conversation.Status == StatusSnoozed {
		why = string(StatusSnoozed)
	}
	for i, x := range t.Conversation.Targets {
		t.Conversation.Targets[i] = x.Resume(t.now, why, t.hours())
	}
}

// running tells whether the conversation has an open target of this kind.
func (t *turn) running(kind sla.Kind) bool {
	return slices.ContainsFunc(t.Conversation.Targets, func(x sla.Target) bool { return x.Kind == kind && x.Open() })
}

// closed tells whether c is done for good: by its status, or because nobody wrote for the policy's days since it was resolved. One that an older desk resolved
// knows no time and may be reopened.
func (t *turn) closed(c *Conversation) bool {
	return c.Status == StatusClosed || c.Status == StatusResolved && !t.closesAt(c).IsZero() && !t.closesAt(c).After(t.now)
}

// closesAt gives when a resolved conversation is closed; the zero time for none.
func (t *turn) closesAt(c *Conversation) time.Time {
	if c.Status != StatusResolved || c.Resolved == nil || t.brand == nil {
		return time.Time{}
	}
	return c.Resolved.Add(t.brand.CloseAfter)
}

// assign chooses who has the conversation whose answer falls due at due. Where room is limited and nobody has counted, the decision asks for it.
func (t *turn) assign(due time.Time, last string) (policy.Assignee, []string) {
	if t.facts.Load == nil {
		t.Count = policy.Asked(t.policy, t.brand, due, t.Conversation.Language, t.Conversation.Passed...)
	}
	return policy.Assign(t.policy, t.brand, due, t.Conversation.Language, last, t.facts.Load, t.Conversation.Passed...)
}

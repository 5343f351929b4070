package desk

import (
	"slices"
	"time"

	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// ladder lets each of the two in which what agents are called for still waits go on with the escalation, from the step at which it stands. since is not zero where that is the
// new one alone: the pages since then are about it, and whoever follows one finds it.
func (d *doing) ladder(o *doing) (since time.Time) {
	was := d.facts.Conversation.Paging
	if was == nil {
		return since // nobody is called, or somebody has it
	}
	its, mine := o.calls(was.Why), d.calls(was.Why)
	if !its && !mine {
		mine = d.Conversation.Owed()
		its = !mine && o.Conversation.Owed()
	}
	if its {
		p := *was
		o.Conversation.Paging = &p
	}
	if mine {
		return since
	}
	d.Conversation.Paging = nil
	if !its {
		return since
	}
	o.alertAs(d.Conversation.Alerted)
	for _, a := range d.Conversation.Alerted { // not had: by nobody
		d.tellOf(a, Resolve)
	}
	d.Conversation.Alerted = nil
	return was.Since
}

// calls tells whether the conversation has what agents are called for by a cause, or something more pressing that has started no ladder of its own beside it.
func (t *turn) calls(why oncall.Cause) bool {
	c := &t.Conversation
	if !c.Owed() {
		return false
	}
	late := slices.ContainsFunc(duties(c), func(x sla.Target) bool {
		return x.State == sla.Breached || x.Warned && why == oncall.Warned
	}) || slices.ContainsFunc(c.Targets, func(x sla.Target) bool { return x.Kind == sla.Resolution && x.State == sla.Breached })
	return late || why == oncall.Urgent && c.Priority == triage.Urgent
}

// alertAs raises here the alerts that were raised where the ladder began: a service knows them by the conversation.
func (t *turn) alertAs(was []Alert) {
	for _, a := range was {
		r := policy.Recipient{Agent: a.Agent, Ways: []policy.Way{a.Way}}
		t.raised(r)
		t.Effects = append(t.Effects, t.pageOf(r, max(0, t.Conversation.Paging.Step-1)))
		t.why("raise the alert of " + a.Agent + " again")
	}
}

// PagedInto is the conversation into which the escalation went of which a page was decided, or linked, at a time; "" where none did.
func (c *Conversation) PagedInto(at time.Time) string {
	for _, s := range c.SplitOff {
		if !s.Paged.IsZero() && !at.Before(s.Paged.Truncate(time.Second)) && !at.After(s.At) { // a link knows whole seconds
			return s.To
		}
	}
	return ""
}

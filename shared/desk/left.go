package desk

import (
	"slices"
	"time"

	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Leaver is an agent who has left a brand: from At on nobody is let in by that id, no shift is his, and nothing is given to him or signed by him. It stands beside the
// changes of the rota, which every turn reads anyway, so that it holds with the next event, before any rule book is deployed.
type Leaver struct {
	Agent string    `json:"agent"`
	To    string    `json:"to,omitempty"` // agent id: who does his shifts until the rule book says otherwise; none: nobody does
	At    time.Time `json:"at"`           // UTC
	By    string    `json:"by"`           // agent id of the lead
}

// MaxLeft is how many a brand remembers at once, and leftLife for how long whom its rule book names no more: until then every session and link of his has ended by itself.
const (
	MaxLeft  = 100
	leftLife = 180 * 24 * time.Hour
)

// Signs is who signs what a machine says by an effect; nil for what it does not.
func (e *Effect) Signs() *policy.Assignee {
	switch {
	case e.Receipt != nil:
		return &e.Receipt.Assignee
	case e.Survey != nil:
		return &e.Survey.By
	}
	return nil
}

// Offboarded is how the why of a turn begins that takes a conversation from who has left.
const Offboarded = "offboarded"

// Leaving gives the rota without an agent, from now on. Of one who has left before it says who does his shifts.
func (r Rota) Leaving(l Leaver) Rota {
	all := slices.Clone(r.Left)
	if i := slices.IndexFunc(all, func(x Leaver) bool { return x.Agent == l.Agent }); i >= 0 {
		all[i].To = l.To
		r.Left = all
		return r
	}
	r.Left = append(all, l)
	return r
}

// Aged gives the rota without who left long ago, is named by the rule book no more, and was given nobody's shifts who is remembered: by his mark those go on to who did his.
func (r Rota) Aged(named func(agent string) bool, now time.Time) Rota {
	r.Left = slices.DeleteFunc(slices.Clone(r.Left), func(l Leaver) bool {
		return now.Sub(l.At) > leftLife && !named(l.Agent) && !slices.ContainsFunc(r.Left, func(x Leaver) bool { return x.To == l.Agent })
	})
	return r
}

// Returning gives the rota with an agent who had left; ok is false where he had not.
func (r Rota) Returning(agent string) (out Rota, ok bool) {
	all := slices.DeleteFunc(slices.Clone(r.Left), func(x Leaver) bool { return x.Agent == agent })
	ok, r.Left = len(all) < len(r.Left), all
	return r, ok
}

// WhoLeft is an agent who has left; nil who has not.
func (r Rota) WhoLeft(agent string) *Leaver {
	for i := range r.Left {
		if r.Left[i].Agent == agent {
			return &r.Left[i]
		}
	}
	return nil
}

// forEver is longer than any rota is looked at.
const forEver = 100 * 366 * 24 * time.Hour

// vacated takes off the rota, in the order in which they left, who has left: one who did another's shifts may leave after him, or before.
func (r Rota) vacated() (all []oncall.Override) {
	for _, l := range r.Left {
		to, seen := l.To, []string{l.Agent}
		for x := r.WhoLeft(to); x != nil; x = r.WhoLeft(to) {
			if seen = append(seen, to); slices.Contains(seen, x.To) {
				to = "" // each was to do the other's
				break
			}
			to = x.To
		}
		all = append(all, oncall.Override{Start: l.At, End: l.At.Add(forEver), Agent: to, Instead: l.Agent})
	}
	return all
}

// gone tells whether an agent has left: a lead has said so. Whom our rule book does not name may stand in a newer one, which others go by already; and what is taken once
// more is of the time when he was there.
func (t *turn) gone(a policy.Assignee) bool {
	return !a.Team && !t.facts.Past && slices.Contains(t.facts.Gone, a.ID)
}

// inherit gives what somebody has who has left to who is there, and tells whether there was anything to give. It is the net below a handover that broke half-way, or that
// a turn has overtaken which knew nothing of it.
func (t *turn) inherit() bool {
	c := &t.Conversation
	if !c.Owed() && c.Status != StatusPending || c.Merged != "" || !t.gone(c.Assignee) {
		return false
	}
	t.why(Offboarded)
	t.giveAndTell(c.Assignee.ID + " has left")
	return true
}

// offboarded takes a conversation from who has left, and gives it to another or to the team. What he wrote that has not left waits for a person: nobody signs another's
// words unread, and nobody's name stands under what leaves after him. Who is given it has not taken it, so whoever would be called is called.
func offboarded(f Facts, ev Assigned, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "offboarded", p, now)
	if !ok {
		return d.Decision
	}
	c := &d.Conversation
	stopped := d.orphan(ev.Left)
	his := c.Assignee.ID == ev.Left && (c.Owed() || c.Status == StatusPending) && c.Merged == ""
	switch {
	case !slices.Contains(f.Gone, ev.Left):
		d.Nothing = true
		d.why(ev.Left + " was let in again meanwhile")
		return d.Decision
	case d.gone(ev.To):
		d.refuse(NotThere)
		return d.Decision
	case !his && !stopped:
		d.Nothing = true
		d.why("nothing of it is " + ev.Left + "'s any more")
		return d.Decision
	case !his:
		d.why(Offboarded + ": " + AuthorLeft.Words())
		return d.done()
	}
	d.why(Offboarded + ": " + ev.Left + " has left, and " + ev.To.ID + " has it")
	c.Assignee, c.Taken = ev.To, ""
	if ev.Note != nil {
		d.Message = ev.Note
		c.Messages++
	}
	d.tellHandover()
	if c.Owed() {
		d.callAgain()
	}
	return d.done()
}

// orphan stops the answers that an agent has written and that have not left; it tells whether there were any.
func (t *turn) orphan(agent string) (any bool) {
	for i, s := range t.Conversation.Scheduled {
		if s.By.ID == agent && s.Stopped == "" {
			t.Conversation.Scheduled[i].Stopped, any = AuthorLeft, true
		}
	}
	return any
}

// callAgain calls for somebody as if nobody had answered a page: who did has left. What is urgent calls from the first step on, what was warned of goes on being warned of.
func (t *turn) callAgain() {
	c := &t.Conversation
	var owed sla.Target // the answer's
	for _, x := range c.Targets {
		if x.Kind != sla.Resolution && !x.Set.Before(owed.Set) {
			owed = x
		}
	}
	switch {
	case c.Priority == triage.Urgent:
		c.Paging = nil
		t.startPaging(oncall.Urgent)
	case owed.State == sla.Breached:
		t.startPaging(oncall.Breached)
	case owed.State == sla.Running && owed.Warned && !t.answered(owed):
		t.startPaging(oncall.Warned)
	}
}

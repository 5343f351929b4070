package desk

import (
	"slices"

	"pronto/shared/channel"
	"pronto/shared/policy"
)

// Signal is what a service that keeps alerts is told of one.
type Signal string

const (
	Acknowledge Signal = "acknowledge" // somebody has it
	Resolve     Signal = "resolve"     // nobody owes anything any more
)

// Alert is one that a page raised at a service that keeps it open until it is told otherwise.
type Alert struct {
	Agent string     `json:"agent"`
	Way   policy.Way `json:"way"`
	Had   bool       `json:"had,omitempty"` // it was acknowledged
}

// raised remembers the alerts of a page.
func (t *turn) raised(r policy.Recipient) {
	c := &t.Conversation
	for _, w := range r.Ways {
		if w.Kind == WayPagerDuty && !slices.ContainsFunc(c.Alerted, func(a Alert) bool { return a.Way == w }) {
			c.Alerted = append(c.Alerted[:len(c.Alerted):len(c.Alerted)], Alert{Agent: r.Agent, Way: w})
		}
	}
}

// signal tells the services what became of their alerts: acknowledged when somebody has the conversation, resolved when nobody owes anything.
func (t *turn) signal() {
	c := &t.Conversation
	if len(c.Alerted) == 0 {
		return
	}
	alerts := slices.Clone(c.Alerted)
	for i, a := range alerts {
		switch {
		case !c.Owed():
			t.tellOf(a, Resolve)
		case c.Paging == nil && !a.Had:
			alerts[i].Had = true
			t.tellOf(a, Acknowledge)
		}
	}
	if c.Alerted = alerts; !c.Owed() {
		c.Alerted = nil
	}
}

// raise takes back what was said of alerts. One that was resolved is raised again if nobody had acknowledged it; one that somebody had stays resolved, since he has the
// conversation. None can be made unacknowledged: the next acknowledgement is said again, and meanwhile the ladder is climbed on.
func (t *turn) raise(was []Alert) {
	c := &t.Conversation
	open := c.Alerted
	c.Alerted = nil
	for _, a := range was {
		ended := !slices.ContainsFunc(open, func(x Alert) bool { return x.Way == a.Way })
		if ended && (a.Had || c.Paging == nil) {
			continue
		}
		c.Alerted = append(c.Alerted, a)
		if ended {
			t.Effects = append(t.Effects, t.pageOf(policy.Recipient{Agent: a.Agent, Ways: []policy.Way{a.Way}}, max(0, c.Paging.Step-1)))
			t.why("raise the alert of " + a.Agent + " again")
		}
	}
}

func (t *turn) tellOf(a Alert, s Signal) {
	c := &t.Conversation
	t.Effects = append(t.Effects, Effect{
		Ref: c.Ref, ID: EffectID(c.Sequence+1, len(t.Effects)), Contact: c.Contact, Kind: channel.Page, Lane: LanePage, Channel: PageChannel, Day: Day(t.now), Decided: t.now,
		Page: &Page{Agent: a.Agent, Ways: []policy.Way{a.Way}, Signal: s, Why: string(s), Priority: c.Priority},
	})
	t.why(string(s) + " the alert of " + a.Agent)
}

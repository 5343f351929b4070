package desk

import (
	"time"

	"pronto/shared/channel"
	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Ticked is a look at a conversation's clock: its timer woke us, or a sweep found it. Early, late or double, it decides only what is true now.
type Ticked struct{ Subject }

// About is the event's subject.
func (e Ticked) About() Subject { return e.Subject }

// Paging is an escalation under way: step by step until somebody has it, which is when it is gone from the conversation.
type Paging struct {
	Why   oncall.Cause `json:"why"`
	Since time.Time    `json:"since"`
	Step  int          `json:"step"`          // the next to be paged, counted over all runs
	Next  time.Time    `json:"next,omitzero"` // when; zero when everybody was called and nobody has it
}

// climbing tells whether there is another step to come.
func (p *Paging) climbing() bool { return p != nil && !p.Next.IsZero() }

// due tells whether the next step's time has come.
func (p *Paging) due(now time.Time) bool { return p.climbing() && !p.Next.After(now) }

// noBrand is why nothing follows for a conversation whose brand was taken off the rule book.
const noBrand = "its brand is not in the rule book"

func ticked(f Facts, ev Ticked, p *policy.Policy, now time.Time) Decision {
	t := begin(f, "ticked", p, ev.Ref, now)
	switch {
	case f.Conversation == nil:
		t.Nothing = true
		t.why("no such conversation")
		return t.Decision
	case t.brand == nil: // its clock stays, for the rule book that has the brand again
		t.Nothing = true
		t.why(noBrand)
		return t.Decision
	}
	t.keep()
	if (t.asks() || t.beginsNow()) && f.Whose == "" {
		t.Nothing, t.Whose = true, f.Conversation.Contact
		t.why("who is to be asked, or written to first, must be known")
		return t.Decision
	}
	if t.Leaving = t.ofCircular(); t.Leaving != nil && f.Leaving == nil {
		t.Nothing = true
		t.why("whether the circular was stopped must be known")
		return t.Decision
	}
	if !t.wakeUp() {
		t.Nothing = true
		t.why("nothing is due")
		return t.Decision
	}
	t.close()
	return t.Decision
}

// wakeUp does everything whose time has come, and tells whether there was anything.
func (t *turn) wakeUp() bool {
	c, any := &t.Conversation, t.leaveDue() // before it is judged whether an answer is late
	if c.SnoozedUntil != nil && !c.SnoozedUntil.After(t.now) {
		t.goOn()
		c.Status, c.SnoozedUntil, any = StatusOpen, nil, true
		c.Version++
		t.why("the snooze is over")
	}
	any = t.inherit() || any
	for i := range c.Targets {
		any = t.look(&c.Targets[i]) || any
	}
	any = t.lookAtPromise() || any
	if c.Paging.due(t.now) {
		t.page()
		any = true
	}
	if at := t.closesAt(c); !at.IsZero() && !at.After(t.now) {
		c.Status, any = StatusClosed, true
		c.Version++
		t.why("closed: nobody has written since it was resolved")
	}
	return t.ask() || any
}

// look warns of a target that will fall due soon, and notices one that has.
func (t *turn) look(x *sla.Target) bool {
	switch after := x.Tick(t.now); {
	case after.State != x.State:
		*x = after
		t.breached(x)
	case x.State == sla.Running && !x.Warned && !t.brand.WarnAt(*x, t.hours()).After(t.now) && !t.answered(*x):
		x.Warned = true
		t.why(string(x.Kind) + " falls due soon")
		if x.Kind != sla.Resolution {
			t.handOver()
		}
		t.startPaging(oncall.Warned)
	default:
		return false
	}
	return true
}

// breached raises the priority and calls for somebody.
func (t *turn) breached(x *sla.Target) {
	c := &t.Conversation
	t.why(string(x.Kind) + " was due and is breached")
	if x.Kind != sla.Resolution {
		t.handOver()
	}
	top := triage.High
	if c.Sentiment.Label == triage.Positive {
		top = triage.Normal // who praises us waits for a thank-you, and must not stand before who complains
	}
	if r := rank(c.Priority); r < rank(top) && x.Kind != sla.Resolution {
		c.Priority = priorities[r+1]
		c.PriorityWhy = append(c.PriorityWhy[:len(c.PriorityWhy):len(c.PriorityWhy)], breachWords(x.Kind))
		t.why("priority raised to " + string(c.Priority))
		c.Version++
	}
	t.startPaging(oncall.Breached)
}

// breachWords are the reason of a priority that a breach has raised.
func breachWords(kind sla.Kind) string { return string(kind) + " breached" }

// answered tells whether an answer waits that leaves before the target falls due: nobody is warned of it.
func (t *turn) answered(x sla.Target) bool { return x.Kind != sla.Resolution && t.leavesBefore(x.Due) }

// startPaging calls for somebody, unless the policy does not page for this, or the ladder is being climbed already.
func (t *turn) startPaging(why oncall.Cause) {
	c := &t.Conversation
	if c.Paging.climbing() || !t.brand.Escalation.Pages(why) {
		return
	}
	c.Paging = &Paging{Why: why, Since: t.now, Next: t.now}
	t.page()
}

// page orders the pages of every step whose time has come, but of each agent's only one: after an outage nobody is called three times at once.
// At the ladder's end nobody more is called; the queue still shows it.
func (t *turn) page() {
	c := &t.Conversation
	called := map[string]bool{}
	for c.Paging.due(t.now) {
		for _, r := range t.policy.Page(t.brand, c.Paging.Step, c.Priority, t.now, c.Passed...) {
			if !called[r.Agent] {
				called[r.Agent] = true
				t.call(r, c.Paging.Step)
			}
		}
		c.Paging.Step++
		c.Paging.Next, _ = t.brand.Escalation.Next(c.Paging.Step, c.Paging.Since)
	}
	if !c.Paging.climbing() {
		t.why("the escalation is at its end")
	}
}

// call orders one agent's page.
func (t *turn) call(r policy.Recipient, step int) {
	t.raised(r)
	t.Effects = append(t.Effects, t.pageOf(r, step))
	t.why("page " + r.Agent + ": " + string(t.Conversation.Paging.Why))
}

// pageOf is one agent's page of the escalation that is under way.
func (t *turn) pageOf(r policy.Recipient, step int) Effect {
	c := &t.Conversation
	return Effect{
		Ref: c.Ref, ID: EffectID(c.Sequence+1, len(t.Effects)), Contact: c.Contact, Kind: channel.Page, Lane: LanePage, Channel: PageChannel,
		Day: Day(t.now), Decided: t.now,
		Page: &Page{Agent: r.Agent, Ways: r.Ways, Why: string(c.Paging.Why), Step: step, Priority: c.Priority, Due: nextDue(c)},
	}
}

func nextDue(c *Conversation) (due time.Time) {
	for _, x := range c.Targets {
		if x.State == sla.Running && (due.IsZero() || x.Due.Before(due)) {
			due = x.Due
		}
	}
	return due
}

// clock is the next time at which the conversation must be looked at; nil when none is due.
func (t *turn) clock() *time.Time {
	c := &t.Conversation
	var next *time.Time
	sooner := func(at time.Time) {
		if next == nil || at.Before(*next) {
			next = &at
		}
	}
	if c.SnoozedUntil != nil {
		sooner(*c.SnoozedUntil)
	}
	if at := t.closesAt(c); !at.IsZero() {
		sooner(at)
	}
	for _, s := range c.Scheduled {
		if s.Stopped == "" {
			sooner(s.At)
		}
	}
	if at, ok := t.promiseClock(); ok {
		sooner(at)
	}
	if at, ok := t.surveyClock(); ok {
		sooner(at)
	}
	for _, x := range c.Targets {
		if x.State != sla.Running {
			continue
		}
		if !x.Warned && !t.answered(x) {
			sooner(t.brand.WarnAt(x, t.hours()))
		}
		sooner(x.Due)
	}
	if c.Paging.climbing() {
		sooner(c.Paging.Next)
	}
	return next
}

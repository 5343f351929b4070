package desk

import (
	"cmp"
	"slices"
	"time"

	"pronto/shared/policy"
)

// Cancelled is the state of an effect that is not sent any more: of a page, because somebody has the conversation; of a receipt, because it waited too long
// behind a silence switch.
const Cancelled State = "cancelled"

// PageWatch is how long a page may take from its decision until a provider has it. One that takes longer counts as failed for the escalation, while its
// delivery goes on: a page too many is better than one that nobody gets.
const PageWatch = time.Minute

// PageFailed is a page that its agent did not get, or not in time. The next step of the escalation is called at once.
type PageFailed struct {
	Subject
	Effect  string
	Agent   string
	Step    int
	Decided time.Time    // when the page was
	Left    []policy.Way // ways of the agent's that were not tried and should be: of a page that a provider took and gave back
}

// NewPageFailed is the event that e was not got. It needs no key: the escalation itself tells a repetition, by its step.
func NewPageFailed(e Effect) PageFailed {
	return PageFailed{Subject: Subject{Ref: e.Ref, Channel: PageChannel}, Effect: e.ID, Agent: e.Page.Agent, Step: e.Page.Step, Decided: e.Decided}
}

// NewPageBounced is the event that a provider took e by mail and gave it back later: the ways after the first mail are left. It has a key of its own,
// since every event of the provider's may come twice, and the agent is called by the ways left only once.
func NewPageBounced(e Effect, k Keys) PageFailed {
	ev := NewPageFailed(e)
	ev.Keys, ev.Delivery = []string{k.Message(e.Brand, PageChannel, "bounced "+e.Conversation+" "+e.ID)}, e.ID
	if i := slices.IndexFunc(e.Page.Ways, func(w policy.Way) bool { return w.Kind == WayMail }); i >= 0 {
		ev.Left = e.Page.Ways[i+1:]
	}
	return ev
}

// Kinds of ways to page an agent.
const (
	WayMail    = "mail"
	WayWebhook = "webhook"
	WaySlack   = "slack"
	WaySMS     = "sms"

	WayPush = "push" // to the agent's devices: beside the others, and named only where it alone was taken

	WayPagerDuty = "pagerduty" // the only one that wants to hear when somebody has it, and when all is done
)

// In is the same event of the conversation in which the escalation goes on.
func (e PageFailed) In(r Ref) Event {
	e.Ref = r
	return e
}

// About is the event's subject.
func (e PageFailed) About() Subject { return e.Subject }

// pageFailed calls the next step of the same run now, unless it was called already. At a run's end the next run keeps its time: who could not be reached a
// moment ago cannot be reached now, and a ladder that is climbed in a second has no step left for the hour after.
func pageFailed(f Facts, ev PageFailed, p *policy.Policy, now time.Time) Decision {
	t := begin(f, "page_failed", p, ev.Ref, now)
	if c := f.Conversation; c != nil {
		t.Onto = cmp.Or(c.PagedInto(ev.Decided), c.Merged)
	}
	if why := t.settled(ev); why != "" {
		t.Nothing = true
		t.why(why)
		return t.Decision
	}
	t.keep()
	t.why("no page reached " + ev.Agent)
	next := t.nextStep(ev)
	if len(ev.Left) == 0 && !next {
		t.Nothing = true
		t.why("the next step keeps its time")
		return t.Decision
	}
	if len(ev.Left) > 0 {
		t.call(policy.Recipient{Agent: ev.Agent, Ways: ev.Left}, ev.Step)
	}
	if next {
		t.Conversation.Paging.Next = now
		t.page()
	}
	t.close()
	return t.Decision
}

// settled says why a page that failed is of no matter; "" when it is.
func (t *turn) settled(ev PageFailed) string {
	c := t.facts.Conversation
	switch {
	case t.facts.Taken:
		return "taken before"
	case c == nil:
		return "no such conversation"
	case t.Onto != "":
		return "the conversation was merged meanwhile, or the escalation went along with what was split off"
	case t.brand == nil:
		return noBrand
	case c.Paging == nil:
		return "somebody has it"
	case ev.Decided.Before(c.Paging.Since):
		return "a page of an earlier escalation"
	}
	return ""
}

// nextStep tells whether the step after the one that failed is still to come and in the same run.
func (t *turn) nextStep(ev PageFailed) bool {
	p, run := t.Conversation.Paging, len(t.brand.Escalation.Steps)
	return p.climbing() && p.Step == ev.Step+1 && run > 0 && p.Step%run != 0
}

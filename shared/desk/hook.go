package desk

import (
	"slices"
	"time"

	"pronto/shared/channel"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// LaneWebhook carries what brands' own systems are told: never before what a person waits for.
const LaneWebhook = "webhook"

// WebhookChannel is the channel of effects that tell a brand's own system.
const WebhookChannel = "webhook"

// Hook is what a brand's own system is told: that something happened to a conversation, and how the conversation stood then. It holds nothing that a customer
// has written but the single words that a priority's reasons quote.
type Hook struct {
	To          string          `json:"to"` // the webhook's id in the policy
	Event       string          `json:"event"`
	Version     int             `json:"version"`
	Status      Status          `json:"status"`
	Was         triage.Priority `json:"was,omitempty"` // the former priority, of a change
	Priority    triage.Priority `json:"priority"`
	PriorityWhy []string        `json:"priority_why"`
	Mood        triage.Mood     `json:"mood"`
	Language    string          `json:"language"`
	Of          string          `json:"of"` // the conversation's channel
	Assignee    policy.Assignee `json:"assignee"`
	By          string          `json:"by,omitempty"` // the agent whose doing it was
	Breached    sla.Kind        `json:"breached,omitempty"`
	Due         time.Time       `json:"due,omitzero"` // when what was breached fell due; else what falls due next
	Opened      time.Time       `json:"opened"`
	Last        time.Time       `json:"last"`
}

// tell orders what the brand's own systems want to know of a decision.
func tell(f Facts, d Decision, p *policy.Policy) Decision {
	b := p.Brand(d.Conversation.Brand)
	if d.Nothing || b == nil || len(b.Webhooks) == 0 {
		return d
	}
	for _, h := range happened(f.Conversation, d) {
		for _, w := range b.Webhooks {
			if slices.Contains(w.Events, h.Event) {
				h.To = w.ID
				d.Effects = append(d.Effects, hooked(d, h))
			}
		}
	}
	return d
}

func hooked(d Decision, h Hook) Effect {
	c := d.Conversation
	return Effect{
		Ref: c.Ref, ID: EffectID(c.Sequence, len(d.Effects)), Contact: c.Contact, Kind: channel.Webhook, Lane: LaneWebhook, Channel: WebhookChannel,
		Day: Day(d.At), Decided: d.At, Hook: &h,
	}
}

// happened are the events of a decision, in the order in which they follow from one another.
func happened(was *Conversation, d Decision) (all []Hook) {
	c := d.Conversation
	h := Hook{
		Version: c.Version, Status: c.Status, Priority: c.Priority, PriorityWhy: c.PriorityWhy, Mood: c.Sentiment.Label, Language: c.Language, Of: c.Channel,
		Assignee: c.Assignee, By: d.By, Due: nextDue(&c), Opened: c.Opened, Last: c.Last,
	}
	add := func(event string, change func(*Hook)) {
		x := h
		x.Event = event
		if change != nil {
			change(&x)
		}
		all = append(all, x)
	}
	if was == nil {
		add(policy.WebhookOpened, nil)
		was = &Conversation{Priority: c.Priority}
	}
	if was.Status == StatusResolved && c.Owed() {
		add(policy.WebhookOpened, nil) // again: the contact wrote, or an agent reopened it or took back that it was done
	}
	for _, x := range c.Targets {
		if x.State == sla.Breached && !slices.ContainsFunc(was.Targets, func(y sla.Target) bool { return y.Kind == x.Kind && y.Set.Equal(x.Set) && y.State == sla.Breached }) {
			add(policy.WebhookBreached, func(h *Hook) { h.Breached, h.Due = x.Kind, x.Due })
		}
	}
	if was.Priority != c.Priority {
		add(policy.WebhookPriority, func(h *Hook) { h.Was = was.Priority })
	}
	if d.Event == "replied" {
		add(policy.WebhookReplied, nil)
	}
	if c.Status == StatusResolved && was.Status != StatusResolved {
		add(policy.WebhookResolved, nil)
	}
	return all
}

package work

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Waiting is what it costs to let a conversation wait longer, by the brand's prior.
type Waiting struct {
	Cost float64     `json:"cost"`
	Unit string      `json:"unit"`
	Per  string      `json:"per"` // for so much longer
	Why  sla.Because `json:"why"`
}

// Words is the cost as a list shows it, Full as whoever asks reads it.
func (w Waiting) Words() string {
	return fmt.Sprintf("waiting costs %s%.0f: %s", w.Unit, max(1, w.Cost), w.Why.Short())
}

// Full is the cost with its reason in a sentence.
func (w Waiting) Full() string {
	return fmt.Sprintf("%s more would cost about %s%.0f, by the brand's prior: %s", w.Per, w.Unit, max(1, w.Cost), w.Why.Words())
}

// costing is nil where nobody waits for an answer, or nothing is known of what that costs.
func costing(c *desk.Conversation, b *policy.Brand, now time.Time) *Waiting {
	if b == nil || !b.Value.Knows() || c.Status != desk.StatusOpen {
		return nil
	}
	if slices.ContainsFunc(c.Scheduled, func(s desk.Scheduled) bool { return s.Stopped == "" }) {
		return nil // the answer is on its way
	}
	w := sla.Waiting{Mood: c.Sentiment.Label, Priority: c.Priority, Since: c.Last}
	owed := false
	for _, t := range c.Targets {
		if t.Kind != sla.Resolution { // the newest is the one that is owed
			w.Since, w.Due, owed = t.Set, t.Due, t.State == sla.Running || t.State == sla.Breached
		}
	}
	if !owed {
		return nil // a machine wrote it, or it was answered
	}
	cost := b.Value.Of(w, now.Truncate(time.Minute))
	if cost.Because == sla.CostsNothing {
		return nil
	}
	return &Waiting{Cost: cost.Is, Unit: b.Value.Unit, Per: perWords(b.Value.Per), Why: cost.Because}
}

func perWords(d time.Duration) string {
	if d%time.Hour == 0 {
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}

// byCost puts the most urgent first, and within one priority what waiting costs most; what costs nothing stays as it was, at its end. No figure lifts anything above
// another priority: the unhappy come first, and a prior is only a prior. Where brands measure by different units, or not at all, a priority stays in the order of due.
func byCost(items []Conversation, p *policy.Policy) {
	slices.SortStableFunc(items, func(a, b Conversation) int { return above(a.Priority, b.Priority) })
	for len(items) > 0 {
		n := 1
		for n < len(items) && items[n].Priority == items[0].Priority {
			n++
		}
		if alike(items[:n], p) {
			slices.SortStableFunc(items[:n], func(a, b Conversation) int { return cmp.Compare(costOf(b), costOf(a)) })
		}
		items = items[n:]
	}
}

func above(a, b triage.Priority) int {
	switch {
	case a.Above(b):
		return -1
	case b.Above(a):
		return 1
	}
	return 0
}

// alike tells whether what waiting costs is measured alike for all: in one unit, for waiting as much longer.
func alike(items []Conversation, p *policy.Policy) bool {
	measure := func(c Conversation) (unit string, per time.Duration) {
		if b := p.Brand(c.Brand); b != nil && b.Value.Knows() {
			return b.Value.Unit, b.Value.Per
		}
		return "", 0
	}
	unit, per := measure(items[0])
	return !slices.ContainsFunc(items, func(c Conversation) bool {
		u, x := measure(c)
		return u != unit || x != per
	})
}

func costOf(c Conversation) float64 {
	if c.Waiting == nil {
		return 0
	}
	return c.Waiting.Cost
}

package work

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/sla"
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

// byCost puts what waiting costs most first; what costs nothing stays as it was, at the end.
func byCost(items []Conversation) {
	slices.SortStableFunc(items, func(a, b Conversation) int { return cmp.Compare(costOf(b), costOf(a)) })
}

func costOf(c Conversation) float64 {
	if c.Waiting == nil {
		return 0
	}
	return c.Waiting.Cost
}

package sla

import (
	"slices"
	"time"

	"pronto/shared/triage"
)

// Value is what an answer is worth by how long it was waited for, and what a broken promise costs: a prior that a brand edits, with the source that it cites. It orders
// what waits for a person among what has the same priority; nothing else follows from it. The zero Value knows nothing, and orders nothing.
type Value struct {
	Unit   string        // as people write it before a figure: "$"
	Per    time.Duration // what waiting so much longer costs is the cost of waiting
	Curve  []Worth       // rising in After: between two points it is a straight line, before the first and after the last it is level
	Praise int           // percent of the curve that an answer to praise is worth
	Broken map[triage.Priority]int
	Source string
}

// Worth is a point of the curve: what an answer is worth after a time.
type Worth struct {
	After time.Duration
	Is    int
}

// Knows tells whether there is anything to order by.
func (v Value) Knows() bool { return v.Per > 0 && (len(v.Curve) > 0 || len(v.Broken) > 0) }

// Prior is what is known where a brand says nothing: what customers of airlines were later willing to pay more for a ticket, by how soon they had been answered. What a
// broken promise costs, and that the figures hold for other trades, is an assumption.
func Prior() Value {
	return Value{
		Unit: "$", Per: 15 * time.Minute, Curve: []Worth{{5 * time.Minute, 20}, {20 * time.Minute, 3}, {time.Hour, 2}, {24 * time.Hour, 0}}, Praise: 140,
		Broken: map[triage.Priority]int{triage.Urgent: 100, triage.High: 40, triage.Normal: 15, triage.Low: 5},
		Source: "Harvard Business Review, January 2018: airlines' customers, by how soon they were answered; what a broken promise costs is assumed",
	}
}

// After is what an answer is worth after a time, by the curve.
func (v Value) After(d time.Duration) float64 {
	for i, p := range v.Curve {
		if d > p.After {
			continue
		}
		if i == 0 {
			return float64(p.Is)
		}
		was := v.Curve[i-1]
		share := float64(d-was.After) / float64(p.After-was.After)
		return float64(was.Is) + share*float64(p.Is-was.Is)
	}
	if n := len(v.Curve); n > 0 {
		return float64(v.Curve[n-1].Is)
	}
	return 0
}

// Waiting is one who waits for an answer.
type Waiting struct {
	Mood     triage.Mood
	Priority triage.Priority
	Since    time.Time
	Due      time.Time // zero: nothing is
}

// Cost is what it costs to let somebody wait for Per longer.
type Cost struct {
	Is      float64
	Because Because
}

// Because is what most of a cost comes from.
type Because string

// The reasons.
const (
	CostsNothing Because = ""
	StillQuick   Because = "still_quick" // an answer can still be a quick one
	DueSoon      Because = "due_soon"
	Overdue      Because = "overdue"
	Praised      Because = "praise" // who praises and is answered quickly stays
)

// Words is the reason as an agent reads it.
func (b Because) Words() string {
	switch b {
	case StillQuick:
		return "an answer can still be quick"
	case DueSoon:
		return "its promise comes nearer"
	case Overdue:
		return "its promise is broken, and breaks further"
	case Praised:
		return "thanks that come quickly are worth most"
	}
	return ""
}

// Short is the reason in two words, for a list.
func (b Because) Short() string {
	switch b {
	case StillQuick:
		return "still quick"
	case DueSoon:
		return "promise nears"
	case Overdue:
		return "promise broken"
	case Praised:
		return "quick thanks"
	}
	return ""
}

// Of is what it costs to let somebody wait longer, now. The nearer a promise, the more of what breaking it costs is at risk: half of it when Per is left, all of it from
// when it is broken on.
func (v Value) Of(w Waiting, now time.Time) Cost {
	if !v.Knows() {
		return Cost{}
	}
	waited := max(0, now.Sub(w.Since))
	quick := v.After(waited) - v.After(waited+v.Per)
	because := StillQuick
	if w.Mood == triage.Positive {
		quick, because = quick*float64(v.Praise)/100, Praised
	}
	risk := 0.0
	if !w.Due.IsZero() {
		left := max(0, w.Due.Sub(now))
		risk = float64(v.Broken[w.Priority]) * float64(v.Per) / float64(v.Per+left)
	}
	c := Cost{Is: quick + risk, Because: because}
	switch {
	case c.Is <= 0:
		return Cost{}
	case risk > quick && !w.Due.After(now):
		c.Because = Overdue
	case risk > quick:
		c.Because = DueSoon
	}
	return c
}

// Rises tells whether the points of a curve follow one another in time.
func Rises(curve []Worth) bool {
	return slices.IsSortedFunc(curve, func(a, b Worth) int {
		if a.After < b.After {
			return -1
		}
		return 1
	})
}

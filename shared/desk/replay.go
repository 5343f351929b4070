package desk

import (
	"time"

	"pronto/shared/policy"
	"pronto/shared/sla"
)

// Replayed is a promise of the past under another rule book.
type Replayed struct {
	Ending
	Due      time.Time `json:"due"`      // when it would have been due
	Kept     bool      `json:"kept"`     // whether the answer that there was would have kept it
	Assignee string    `json:"assignee"` // who would have had it
	Open     bool      `json:"open"`     // nobody answered before it was looked at, and it is not due yet: nothing can be said
}

// Replay tells what another rule book would have made of promises of the past: when each would have been due, who would have had it, and whether the answer that it got would
// have kept it. It is honest about what it cannot know: people would perhaps have answered at another time, had they been asked for another. Of a brand that the rule
// book does not have nothing is told, and nothing of a promise that was given up: no answer was waited for.
func Replay(p *policy.Policy, past []Ending, until time.Time) []Replayed {
	var all []Replayed
	for _, e := range past {
		b := p.Brand(e.Brand)
		if b == nil || e.State == PromiseGivenUp {
			continue
		}
		term, _ := b.Targets.Term(e.Kind, sla.Matter{Channel: e.Channel, Priority: e.Priority, Language: e.Language, Segment: e.Segment})
		due := sla.New(e.Kind, e.Given, term, b.Hours(e.Channel, false)).Due
		to, _ := policy.Assign(p, b, due, e.Language, "", nil)
		if to.Team {
			due = sla.New(e.Kind, e.Given, term, b.Hours(e.Channel, true)).Due
		}
		r := Replayed{Ending: e, Due: due, Assignee: to.ID, Kept: !e.Answered.IsZero() && e.Answered.Before(due)}
		r.Open = e.Answered.IsZero() && due.After(until)
		all = append(all, r)
	}
	return all
}

package desk

import (
	"slices"
	"time"

	"pronto/shared/channel"
	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/sla"
)

// Forewarned is a forecast, made at a conversation's warning point, that more answers will be late than those on shift can help: who would be called next is told before.
type Forewarned struct {
	Subject
	To       policy.Recipient
	Foreseen string // the forecast in words
}

// About is the event's subject.
func (e Forewarned) About() Subject { return e.Subject }

// NewForewarned is the event for one agent. Its natural key is the agent's hour, so that nobody is warned twice in it, whatever number of conversations reach their
// warning points.
func NewForewarned(r Ref, to policy.Recipient, foreseen string, now time.Time) Forewarned {
	key := "forecast " + to.Agent + " " + now.UTC().Format("2006-01-02T15")
	return Forewarned{Subject: Subject{Ref: r, Channel: PageChannel, Keys: []string{key}, Delivery: key}, To: to, Foreseen: foreseen}
}

// noStep is the step of a page that stands on no ladder.
const noStep = -1

func forewarned(f Facts, ev Forewarned, p *policy.Policy, now time.Time) Decision {
	t := begin(f, "forewarned", p, ev.Ref, now)
	if f.Taken || f.Conversation == nil || t.brand == nil || !f.Conversation.Owed() {
		t.Nothing = true
		t.why("told within this hour, or nothing is owed any more")
		return t.Decision
	}
	t.keep()
	c := &t.Conversation
	t.Effects = append(t.Effects, Effect{
		Ref: c.Ref, ID: EffectID(c.Sequence+1, 0), Contact: c.Contact, Kind: channel.Page, Lane: LanePage, Channel: PageChannel, Day: Day(now), Decided: now,
		Page: &Page{Agent: ev.To.Agent, Ways: ev.To.Ways, Why: string(oncall.Forecast), Step: noStep, Priority: c.Priority, Due: nextDue(c), Foreseen: ev.Foreseen},
	})
	t.why("warn "+ev.To.Agent, ev.Foreseen)
	t.close()
	return t.Decision
}

// WarnedBy reports whether a decision warned of an answer that falls due.
func WarnedBy(f Facts, d Decision) bool {
	if d.Nothing || f.Conversation == nil {
		return false
	}
	return slices.ContainsFunc(d.Conversation.Targets, func(x sla.Target) bool {
		return x.Kind != sla.Resolution && x.State == sla.Running && x.Warned && !slices.ContainsFunc(f.Conversation.Targets, func(was sla.Target) bool {
			return was.Kind == x.Kind && was.Set.Equal(x.Set) && was.Warned
		})
	})
}

// The pace is measured over the last hours; before there is anything to measure it is assumed.
const (
	paceOver    = 4 * time.Hour
	assumedPace = 10 * time.Minute
	enoughPace  = 5 // one quick answer says nothing of the next
)

// Pace is the median time between two answers of one agent in the last hours, and of how many it is; of less than five it is assumed, and told as of none. Breaks of more than an hour are no pace.
func Pace(endings []Ending, now time.Time) (time.Duration, int) {
	answers := map[string][]time.Time{}
	for _, e := range endings {
		if !e.Answered.IsZero() && now.Sub(e.Answered) < paceOver {
			answers[e.Agent] = append(answers[e.Agent], e.Answered)
		}
	}
	var gaps []time.Duration
	for _, at := range answers {
		slices.SortFunc(at, time.Time.Compare)
		for i := 1; i < len(at); i++ {
			if gap := at[i].Sub(at[i-1]); gap > 0 && gap < time.Hour {
				gaps = append(gaps, gap)
			}
		}
	}
	if len(gaps) < enoughPace {
		return assumedPace, 0
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2], len(gaps)
}

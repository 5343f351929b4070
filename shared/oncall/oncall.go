// Package oncall says who is on shift, at any instant, and who is paged when (Escalation), by pure calculation.
//
// A Schedule is a list of layers. Each layer is a rotation of agents, whose turns change hands at a local wall time, and
// the weekly windows in which the layer counts. Everything local is local to the layer's zone, by default the schedule's; everything else is an instant.
//
// Invariants, on every day of every zone:
//   - A rotation has exactly one agent at every instant, also before its start: it runs backwards without end.
//   - A hand-over whose wall time happens twice happens at the first; one whose wall time is skipped, at the change.
//   - A window opens when the clock first reads its beginning or later, and closes when it reads its end or later for good (the rule of
//     GoAlert): where clocks are set back two windows that meet may overlap, and nobody is ever missing because of a clock.
//   - So windows that cover the week on the wall of one zone leave no gap in time. Layers of several zones may, when clocks change on different days: Gaps finds it.
package oncall

import (
	"slices"
	"time"

	"pronto/shared/calendar"
)

// Rotation passes the shift from agent to agent, each time at the wall time Start plus a multiple of its turn.
type Rotation struct {
	Agents []string  // in turn; the first is on from Start
	Start  time.Time // wall time (see package calendar) of the first hand-over
	Days   int       // length of a turn: 1 daily, 7 weekly
	Hours  int       // and so many hours more, on the wall: a turn of 12 hours is 0 days and 12 hours
}

// long is the length of a turn on the wall.
func (r Rotation) long() time.Duration {
	return time.Duration(r.Days)*24*time.Hour + time.Duration(r.Hours)*time.Hour
}

// Layer is a rotation in its windows; without windows it counts at every hour.
type Layer struct {
	Name     string
	Rotation Rotation
	Windows  []calendar.Window
	Zone     *time.Location // whose wall its hand-overs and windows stand on; nil: the schedule's. Layers of several zones follow the sun
}

// Override changes who is on from Start until before End: Agent takes the place of Instead, or of everybody when Instead is empty. Without an Agent it is a leave:
// Instead is not on. With Swap the two do each other's shifts.
type Override struct {
	Start, End     time.Time
	Agent, Instead string
	Swap           bool
}

// Schedule is a rota. Overrides apply in their order, so the last one wins.
type Schedule struct {
	Zone      *time.Location
	Layers    []Layer
	Overrides []Override
}

// With gives the schedule with more overrides after its own.
func (s Schedule) With(more ...Override) Schedule {
	s.Overrides = slices.Concat(s.Overrides, more)
	return s
}

// At gives the agents on shift at t in layer order, each once; none when there is a gap.
func (s Schedule) At(t time.Time) []string {
	var on []string
	for _, l := range s.Layers {
		if agent, ok := l.at(t, s.Zone); ok {
			on = appendNew(on, agent)
		}
	}
	return s.override(on, t)
}

// override gives who is on of those whom the layers put on at t.
func (s Schedule) override(on []string, t time.Time) []string {
	for _, o := range s.Overrides {
		if !t.Before(o.Start) && t.Before(o.End) {
			on = o.apply(on)
		}
	}
	return on
}

func (o Override) apply(on []string) []string {
	if o.Instead == "" {
		return []string{o.Agent}
	}
	var after []string
	for _, agent := range on {
		switch {
		case agent == o.Instead && o.Agent == "":
			continue
		case agent == o.Instead:
			agent = o.Agent
		case o.Swap && agent == o.Agent:
			agent = o.Instead
		}
		after = appendNew(after, agent)
	}
	return after
}

// On gives who is on at t in the layer of a name, overrides counted; false for nobody or no such layer.
func (s Schedule) On(layer string, t time.Time) (string, bool) {
	i := slices.IndexFunc(s.Layers, func(l Layer) bool { return l.Name == layer })
	if i < 0 {
		return "", false
	}
	agent, ok := s.Layers[i].at(t, s.Zone)
	if on := s.override([]string{agent}, t); ok && len(on) > 0 {
		return on[0], true
	}
	return "", false
}

// Away reports whether an override takes the agent off at t.
func (s Schedule) Away(agent string, t time.Time) bool {
	return slices.ContainsFunc(s.Overrides, func(o Override) bool {
		return o.Instead == agent && !o.Swap && !t.Before(o.Start) && t.Before(o.End)
	}) && !slices.Contains(s.At(t), agent)
}

// in gives the zone of the layer in a schedule of this one.
func (l Layer) in(zone *time.Location) *time.Location {
	if l.Zone != nil {
		return l.Zone
	}
	return zone
}

// at gives whom the layer puts on at t, before overrides; false when it counts not.
func (l Layer) at(t time.Time, zone *time.Location) (string, bool) {
	zone = l.in(zone)
	if len(l.Rotation.Agents) == 0 || !l.active(t, zone) {
		return "", false
	}
	return l.Rotation.at(t, zone), true
}

func appendNew(on []string, agent string) []string {
	if slices.Contains(on, agent) {
		return on
	}
	return append(on, agent)
}

// at gives the agent whose turn it is at t.
func (r Rotation) at(t time.Time, zone *time.Location) string {
	n := r.turn(t, zone) % len(r.Agents)
	if n < 0 {
		n += len(r.Agents)
	}
	return r.Agents[n]
}

// turn gives the number of the turn that t is in: the last whose hand-over is not after t. The reading of the clock gives a first
// guess, wrong by one where the clock was changed between.
func (r Rotation) turn(t time.Time, zone *time.Location) int {
	n := floorDiv(calendar.Wall(t, zone).Unix()-r.Start.Unix(), int64(r.long()/time.Second))
	for !r.handover(n+1, zone).After(t) {
		n++
	}
	for r.handover(n, zone).After(t) {
		n--
	}
	return n
}

// handover gives the instant at which turn n begins.
func (r Rotation) handover(n int, zone *time.Location) time.Time {
	return calendar.First(r.Start.Add(time.Duration(n)*r.long()), zone)
}

func floorDiv(a, b int64) int {
	n := a / b
	if a%b < 0 {
		n--
	}
	return int(n)
}

// active reports whether a window of the layer is open at t.
func (l Layer) active(t time.Time, zone *time.Location) bool {
	return len(l.Windows) == 0 || slices.ContainsFunc(l.Windows, func(w calendar.Window) bool { return w.Covers(t, zone) })
}

// Package oncall says who is on shift, at any instant, and who is paged when (Escalation), by pure calculation.
//
// A Schedule is a list of layers. Each layer is a rotation of agents, whose turns change hands at a local wall time, and
// the weekly windows in which the layer counts. Everything local is local to the schedule's own zone; everything else is an instant.
//
// Invariants, on every day of every zone:
//   - A rotation has exactly one agent at every instant, also before its start: it runs backwards without end.
//   - A hand-over whose wall time happens twice happens at the first; one whose wall time is skipped, at the change.
//   - A window opens when the clock first reads its beginning or later, and closes when it reads its end or later for good (the rule of
//     GoAlert): where clocks are set back two windows that meet may overlap, and nobody is ever missing because of a clock.
//   - So windows that cover the week on the wall leave no gap in time.
package oncall

import (
	"fmt"
	"slices"
	"time"

	"pronto/shared/calendar"
)

// Clock is a wall time as minutes since midnight, 0 to 1440; 1440 is the end of the day.
type Clock int

// Midnight is the end of a day, 24:00.
const Midnight Clock = 24 * 60

// String writes the clock as 09:05.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// Days is a set of weekdays.
type Days uint8

// EveryDay is the whole week.
const EveryDay Days = 1<<7 - 1

// On makes a set of weekdays.
func On(days ...time.Weekday) Days {
	var set Days
	for _, d := range days {
		set |= 1 << d
	}
	return set
}

// Has reports whether d is in the set.
func (s Days) Has(d time.Weekday) bool { return s&(1<<d) != 0 }

// Window is a span of wall time on the days on which it begins. When To is not after From it ends on the next day; From equal to
// To is a whole day.
type Window struct {
	Days     Days
	From, To Clock
}

// minutes gives the length of the window on the wall.
func (w Window) minutes() int {
	n := int(w.To - w.From)
	if n <= 0 {
		n += int(Midnight)
	}
	return n
}

// Rotation passes the shift from agent to agent, each time at the wall time Start plus a multiple of Days.
type Rotation struct {
	Agents []string  // in turn; the first is on from Start
	Start  time.Time // wall time (see package calendar) of the first hand-over
	Days   int       // length of a turn: 1 daily, 7 weekly
}

// Layer is a rotation in its windows; without windows it counts at every hour.
type Layer struct {
	Name     string
	Rotation Rotation
	Windows  []Window
}

// Override puts an agent on shift from Start until before End: in the place of Instead, or of everybody when Instead is empty.
type Override struct {
	Start, End     time.Time
	Agent, Instead string
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
		if len(l.Rotation.Agents) > 0 && l.active(t, s.Zone) {
			on = appendNew(on, l.Rotation.at(t, s.Zone))
		}
	}
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
		if agent == o.Instead {
			agent = o.Agent
		}
		after = appendNew(after, agent)
	}
	return after
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
	n := floorDiv(calendar.Wall(t, zone).Unix()-r.Start.Unix(), int64(r.Days)*24*60*60)
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
	return calendar.First(r.Start.AddDate(0, 0, n*r.Days), zone)
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
	return len(l.Windows) == 0 || slices.ContainsFunc(l.Windows, func(w Window) bool { return w.Open(t, zone) })
}

// Open reports whether the window is open at t by the clocks of zone. The zero Window never is.
func (w Window) Open(t time.Time, zone *time.Location) bool {
	midnight := calendar.Wall(t, zone).Truncate(24 * time.Hour)
	// Yesterday's window may reach over midnight; tomorrow's may have opened before clocks were set back over midnight.
	for n := -1; n <= 1; n++ {
		if open, end, ok := w.on(midnight.AddDate(0, 0, n), zone); ok && !t.Before(open) && t.Before(end) {
			return true
		}
	}
	return false
}

// on gives the instants between which the window is open that begins on the day of midnight; ok is false when none does.
func (w Window) on(midnight time.Time, zone *time.Location) (open, end time.Time, ok bool) {
	if !w.Days.Has(midnight.Weekday()) {
		return open, end, false
	}
	from := midnight.Add(time.Duration(w.From) * time.Minute)
	to := from.Add(time.Duration(w.minutes()) * time.Minute)
	return calendar.First(from, zone), calendar.Last(to, zone), true
}

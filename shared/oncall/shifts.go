package oncall

import (
	"slices"
	"time"

	"pronto/shared/calendar"
)

// Shift is a stretch from Start until before End in which the same agents are on.
type Shift struct {
	Start, End time.Time
	Agents     []string // in layer order; none: a gap
}

// Gap is a stretch from Start until before End in which nobody is on.
type Gap struct {
	Start, End time.Time
}

// Shifts gives who is on from from until to, without a hole and in order; neighbours differ. Its work grows with the time asked for.
func (s Schedule) Shifts(from, to time.Time) []Shift {
	var shifts []Shift
	for t := from; t.Before(to); {
		end := s.change(t)
		if end.After(to) {
			end = to
		}
		on := s.At(t)
		if n := len(shifts); n > 0 && slices.Equal(shifts[n-1].Agents, on) {
			shifts[n-1].End = end
		} else {
			shifts = append(shifts, Shift{t, end, on})
		}
		t = end
	}
	return shifts
}

// Gaps gives the stretches from from until to in which nobody is on, in order.
func (s Schedule) Gaps(from, to time.Time) []Gap {
	var gaps []Gap
	for _, shift := range s.Shifts(from, to) {
		if len(shift.Agents) == 0 {
			gaps = append(gaps, Gap{shift.Start, shift.End})
		}
	}
	return gaps
}

// horizon is how far Next looks; a rota that has not changed by then does not change.
const horizon = 400 * 24 * time.Hour

// Next gives the first hand-over after t: when other agents are on, and which. It is false when none comes within 400 days.
func (s Schedule) Next(t time.Time) (Shift, bool) {
	now := s.At(t)
	for at, end := s.change(t), t.Add(horizon); !at.After(end); at = s.change(at) {
		if on := s.At(at); !slices.Equal(on, now) {
			return Shift{at, s.until(at, on, end), on}, true
		}
	}
	return Shift{}, false
}

// until gives the end of the shift that began at t with these agents on, or limit.
func (s Schedule) until(t time.Time, on []string, limit time.Time) time.Time {
	for at := s.change(t); at.Before(limit); at = s.change(at) {
		if !slices.Equal(s.At(at), on) {
			return at
		}
	}
	return limit
}

// change gives the first instant after t at which At may give another answer; between it and t the answer stays.
func (s Schedule) change(t time.Time) time.Time {
	next := t.Add(horizon + time.Nanosecond)
	sooner := func(c time.Time) {
		if c.After(t) && c.Before(next) {
			next = c
		}
	}
	for _, l := range s.Layers {
		if len(l.Rotation.Agents) > 1 {
			sooner(l.Rotation.handover(l.Rotation.turn(t, s.Zone)+1, s.Zone))
		}
		for _, c := range l.edges(t, s.Zone) {
			sooner(c)
		}
	}
	for _, o := range s.Overrides {
		sooner(o.Start)
		sooner(o.End)
	}
	return next
}

// edges gives the openings and ends of the layer's windows from the day before t until nine days after, enough to hold the next
// of each weekday.
func (l Layer) edges(t time.Time, zone *time.Location) []time.Time {
	var edges []time.Time
	midnight := calendar.Wall(t, zone).Truncate(24 * time.Hour)
	for _, w := range l.Windows {
		for n := -2; n <= 9; n++ {
			if open, end, ok := w.on(midnight.AddDate(0, 0, n), zone); ok {
				edges = append(edges, open, end)
			}
		}
	}
	return edges
}

// Hole is a span of the week on the wall that no layer covers.
type Hole struct {
	Day      time.Weekday
	From, To Clock // To is 24:00 at most: a hole over midnight is told by its first part
}

// Hole gives the first span of the week, from Monday 00:00, at which nobody is ever on. A rota without a hole has no gap in
// any week of any zone (see the package comment); overrides put people on and so make none.
func (s Schedule) Hole() (Hole, bool) {
	week := s.cover()
	for at := 0; at < len(week); at++ {
		if week[at] {
			continue
		}
		to := at + 1
		for to%int(Midnight) != 0 && !week[to] {
			to++
		}
		first := at - at%int(Midnight)
		return Hole{time.Weekday((at/int(Midnight) + 1) % 7), Clock(at - first), Clock(to - first)}, true
	}
	return Hole{}, false
}

// cover marks the minutes of the week on the wall, from Monday 00:00, at which some layer counts.
func (s Schedule) cover() []bool {
	week := make([]bool, 7*int(Midnight))
	for _, l := range s.Layers {
		switch {
		case len(l.Rotation.Agents) == 0:
		case len(l.Windows) == 0:
			return slices.Repeat([]bool{true}, len(week))
		default:
			l.mark(week)
		}
	}
	return week
}

func (l Layer) mark(week []bool) {
	for _, w := range l.Windows {
		for d := range 7 {
			if !w.Days.Has(time.Weekday((d + 1) % 7)) {
				continue
			}
			for m := range w.minutes() {
				week[(d*int(Midnight)+int(w.From)+m)%len(week)] = true
			}
		}
	}
}

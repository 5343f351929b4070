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
		zone := l.in(s.Zone)
		if len(l.Rotation.Agents) > 1 {
			sooner(l.Rotation.handover(l.Rotation.turn(t, zone)+1, zone))
		}
		for _, c := range l.edges(t, zone) {
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
	today := calendar.DateOf(calendar.Wall(t, zone))
	for _, w := range l.Windows {
		for d := today - 2; d <= today+9; d++ {
			if open, end, ok := w.Bounds(d, zone); ok {
				edges = append(edges, open, end)
			}
		}
	}
	return edges
}

// Hole is a span of the week on the wall that no layer covers.
type Hole struct {
	Day      time.Weekday
	From, To calendar.Clock // To is 24:00 at most: a hole over midnight is told by its first part
}

// Hole gives the first span of the week, from Monday 00:00, at which nobody is ever on. A rota without a hole has no gap in
// any week of its zone (see the package comment). Where layers lie in several zones the week on the wall tells nothing, and none is found: ask Gaps.
func (s Schedule) Hole() (Hole, bool) {
	if s.Zones() > 1 {
		return Hole{}, false
	}
	week := s.cover()
	for at := 0; at < len(week); at++ {
		if week[at] {
			continue
		}
		to := at + 1
		for to%int(calendar.Midnight) != 0 && !week[to] {
			to++
		}
		first := at - at%int(calendar.Midnight)
		return Hole{time.Weekday((at/int(calendar.Midnight) + 1) % 7), calendar.Clock(at - first), calendar.Clock(to - first)}, true
	}
	return Hole{}, false
}

// cover marks the minutes of the week on the wall, from Monday 00:00, at which some layer counts.
func (s Schedule) cover() []bool {
	week := make([]bool, 7*int(calendar.Midnight))
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
			for m := range w.Minutes() {
				week[(d*int(calendar.Midnight)+int(w.From)+m)%len(week)] = true
			}
		}
	}
}

// Zones gives in how many zones the layers lie.
func (s Schedule) Zones() int {
	names := map[string]bool{}
	for _, l := range s.Layers {
		names[l.in(s.Zone).String()] = true
	}
	return len(names)
}

// Of gives the shifts of one agent from from until to, in order, each with all who are on then.
func (s Schedule) Of(agent string, from, to time.Time) []Shift {
	return slices.DeleteFunc(s.Shifts(from, to), func(x Shift) bool { return !slices.Contains(x.Agents, agent) })
}

// Double is a stretch in which two layers cover what one should: Agents are those whom they put on, the same twice when one person stands in both.
type Double struct {
	Start, End time.Time
	Layers     [2]string
	Agents     [2]string
}

// Doubles gives the stretches from from until to in which two layers are on at once and were not meant to be: one person in both, or two layers with windows
// that meet otherwise. Layers that share more than half of the time of one of them are first and second on purpose.
func (s Schedule) Doubles(from, to time.Time) []Double {
	var all []Double
	for i := range s.Layers {
		for j := i + 1; j < len(s.Layers); j++ {
			all = append(all, s.doubles(i, j, from, to)...)
		}
	}
	slices.SortStableFunc(all, func(a, b Double) int { return a.Start.Compare(b.Start) })
	return all
}

func (s Schedule) doubles(i, j int, from, to time.Time) []Double {
	a, b := s.Layers[i], s.Layers[j]
	var both, same []Double
	var shared, hasA, hasB time.Duration
	for t := from; t.Before(to); {
		end := s.change(t)
		if end.After(to) {
			end = to
		}
		x, onA := a.at(t, s.Zone)
		y, onB := b.at(t, s.Zone)
		if onA {
			hasA += end.Sub(t)
		}
		if onB {
			hasB += end.Sub(t)
		}
		if onA && onB {
			shared += end.Sub(t)
			d := Double{t, end, [2]string{a.Name, b.Name}, [2]string{x, y}}
			if both = extend(both, d); x == y {
				same = extend(same, d)
			}
		}
		t = end
	}
	if len(a.Windows) == 0 || len(b.Windows) == 0 || 2*shared > min(hasA, hasB) {
		return same
	}
	return both
}

// extend adds a stretch to those before it, or to the last of them when it goes on.
func extend(all []Double, d Double) []Double {
	if n := len(all); n > 0 && all[n-1].End.Equal(d.Start) && all[n-1].Agents == d.Agents {
		all[n-1].End = d.End
		return all
	}
	return append(all, d)
}

// Moment tells an instant to people, by the clocks of zone: "Sunday 25 October 02:30, which happens twice".
func Moment(t time.Time, zone *time.Location) string {
	s := t.In(zone).Format("Monday 2 January 15:04")
	if calendar.Twice(calendar.Wall(t, zone), zone) {
		s += ", which happens twice"
	}
	return s
}

// Words tells the gap to people, by the clocks of zone: "nobody on Sunday 25 October 02:30, which happens twice, until 03:00 (2026, Europe/Rome)".
func (g Gap) Words(zone *time.Location) string {
	return "nobody on " + stretch(g.Start, g.End, zone)
}

// Words tells the double cover to people, by the clocks of zone.
func (d Double) Words(zone *time.Location) string {
	if d.Agents[0] == d.Agents[1] {
		return d.Agents[0] + " is on twice (" + d.Layers[0] + " and " + d.Layers[1] + ") on " + stretch(d.Start, d.End, zone)
	}
	return d.Agents[0] + " and " + d.Agents[1] + " are both on (" + d.Layers[0] + " and " + d.Layers[1] + ") on " + stretch(d.Start, d.End, zone)
}

func stretch(from, to time.Time, zone *time.Location) string {
	end := Moment(to, zone)
	if a, b := calendar.Wall(from, zone), calendar.Wall(to, zone); calendar.DateOf(a) == calendar.DateOf(b) {
		end = end[len(b.Format("Monday 2 January ")):]
	}
	comma := ""
	if calendar.Twice(calendar.Wall(from, zone), zone) {
		comma = ","
	}
	return Moment(from, zone) + comma + " until " + end + from.In(zone).Format(" (2006, ") + zone.String() + ")"
}

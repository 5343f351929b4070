package oncall_test

import (
	"slices"
	"testing"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/oncall"
)

// zones change their clocks in every known fashion (see the tests of package calendar).
var zones = []string{
	"Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll", "America/Santiago",
	"Asia/Beirut", "Africa/Cairo", "Africa/Casablanca", "America/Havana", "Asia/Kolkata",
}

// transitions gives the instants of two years at which the offset of zone changes.
func transitions(zone *time.Location) []time.Time {
	var all []time.Time
	for t := year; ; {
		_, end := t.In(zone).ZoneBounds()
		if end.IsZero() || end.After(year.AddDate(2, 0, 0)) {
			return all
		}
		all = append(all, end.UTC())
		t = end
	}
}

// windows put their edges where clocks are changed: at midnight, and in the hours that are skipped or happen twice.
var windows = []calendar.Window{
	{Days: calendar.EveryDay, From: 0, To: 120},
	{Days: calendar.EveryDay, From: 150, To: 1425},
	{Days: calendar.EveryDay, From: 1410, To: 150},
	{Days: calendar.On(time.Sunday), From: 125, To: 165},
	{Days: calendar.On(time.Saturday), From: 1380, To: 105},
	{Days: calendar.On(time.Saturday, time.Sunday, time.Friday), From: 60, To: 60},
}

// Every minute around every change is compared with a definition that knows no offsets, only what the clock reads: a window is open from
// the first instant at which its beginning is reached until the last at which its end is not.
func TestWindowsAroundEveryChange(t *testing.T) {
	for _, name := range zones {
		zone := load(t, name)
		for _, change := range transitions(zone) {
			walls := readings(change, zone)
			for _, w := range windows {
				s := oncall.Schedule{Zone: zone, Layers: []oncall.Layer{{Rotation: weekly("ana"), Windows: []calendar.Window{w}}}}
				want := open(walls, w)
				for m := 3 * 1440; m < 5*1440; m++ {
					at := start(change).Add(time.Duration(m) * time.Minute)
					if got := len(s.At(at)) == 1; got != want[m] {
						t.Fatalf("%s: window %+v at %s: open %v, want %v", name, w, at.In(zone), got, want[m])
					}
				}
			}
		}
	}
}

func start(change time.Time) time.Time { return change.Add(-4 * 24 * time.Hour) }

// readings gives what the clock reads in each minute of the eight days around a change.
func readings(change time.Time, zone *time.Location) []time.Time {
	walls := make([]time.Time, 8*1440)
	for m := range walls {
		walls[m] = calendar.Wall(start(change).Add(time.Duration(m)*time.Minute), zone)
	}
	return walls
}

func open(walls []time.Time, w calendar.Window) []bool {
	is := make([]bool, len(walls))
	first := walls[0].Truncate(24 * time.Hour)
	for d := 1; d < 7; d++ {
		day := first.AddDate(0, 0, d)
		if !w.Days.Has(day.Weekday()) {
			continue
		}
		from, to := day.Add(time.Duration(w.From)*time.Minute), day.Add(time.Duration(w.To)*time.Minute)
		if w.To <= w.From {
			to = to.AddDate(0, 0, 1)
		}
		begin := slices.IndexFunc(walls, func(wall time.Time) bool { return !wall.Before(from) })
		for m := len(walls) - 1; m >= begin; m-- {
			if walls[m].Before(to) {
				for ; m >= begin; m-- {
					is[m] = true
				}
			}
		}
	}
	return is
}

// A rotation has exactly one agent at every instant; its turns follow one another in order, change hands when the clock says so, and
// are as long as their days on the wall, give or take the change of the clock.
func TestRotationsOverTwoYears(t *testing.T) {
	end := year.AddDate(2, 0, 0)
	for _, name := range zones {
		zone := load(t, name)
		for _, r := range []oncall.Rotation{weekly(crew...), daily(9*time.Hour, crew...), daily(0, crew...), daily(150*time.Minute, crew...)} {
			s := oncall.Schedule{Zone: zone, Layers: []oncall.Layer{{Rotation: r}}}
			shifts := s.Shifts(year, end)
			for i, shift := range shifts {
				if len(shift.Agents) != 1 {
					t.Fatalf("%s: %v on at %s", name, shift.Agents, shift.Start)
				}
				if i == 0 {
					continue
				}
				before := shifts[i-1]
				if !before.End.Equal(shift.Start) || after(before.Agents[0]) != shift.Agents[0] {
					t.Fatalf("%s: %v until %s, then %v from %s", name, before.Agents, before.End, shift.Agents, shift.Start)
				}
				checkHandOver(t, r, shift.Start, zone)
			}
			if !shifts[0].Start.Equal(year) || !shifts[len(shifts)-1].End.Equal(end) {
				t.Errorf("%s: the shifts reach from %s to %s", name, shifts[0].Start, shifts[len(shifts)-1].End)
			}
		}
	}
}

func after(agent string) string { return crew[(slices.Index(crew, agent)+1)%len(crew)] }

// checkHandOver wants the clock to read the hand-over, or to have skipped it in this very moment; and not to have read it before.
func checkHandOver(t *testing.T, r oncall.Rotation, at time.Time, zone *time.Location) {
	t.Helper()
	want, got := r.Start.Sub(r.Start.Truncate(24*time.Hour)), calendar.Wall(at, zone)
	clock := got.Sub(got.Truncate(24 * time.Hour))
	before := calendar.Wall(at.Add(-time.Minute), zone)
	skipped := got.Sub(before) > time.Minute && clock > want
	if clock != want && !skipped {
		t.Errorf("%s: hand-over at %s", zone, at.In(zone))
	}
	if calendar.First(got, zone) != at.UTC() {
		t.Errorf("%s: hand-over at the second %s", zone, at.In(zone))
	}
	if r.Days == 7 && got.Weekday() != r.Start.Weekday() {
		t.Errorf("%s: weekly hand-over on a %s", zone, got.Weekday())
	}
}

// What covers the week on the wall leaves no gap in time; what does not, leaves its gap each week.
func TestCoverMeansNoGap(t *testing.T) {
	edges := []calendar.Clock{0, 60, 120, 150, 180, 540, 1380}
	for _, name := range zones {
		zone := load(t, name)
		for i, from := range edges {
			to := edges[(i+1)%len(edges)]
			s := oncall.Schedule{Zone: zone, Layers: []oncall.Layer{
				{Rotation: weekly("ana"), Windows: []calendar.Window{{Days: calendar.EveryDay, From: from, To: to}}},
				{Rotation: weekly("oleg"), Windows: []calendar.Window{{Days: calendar.EveryDay, From: to, To: from}}},
			}}
			if hole, found := s.Hole(); found {
				t.Fatalf("hole %v", hole)
			}
			for _, change := range transitions(zone) {
				if gaps := s.Gaps(change.AddDate(0, 0, -3), change.AddDate(0, 0, 3)); len(gaps) > 0 {
					t.Fatalf("%s, %s to %s: nobody from %s to %s", name, from, to, gaps[0].Start.In(zone), gaps[0].End.In(zone))
				}
			}
			s.Layers = s.Layers[:1]
			if gaps := s.Gaps(year, year.AddDate(0, 0, 7)); len(gaps) < 7 {
				t.Fatalf("%s: %d gaps in a week of open evenings", name, len(gaps))
			}
		}
	}
}

// Shifts are found by jumping from edge to edge; here every quarter of an hour is asked instead.
func TestShiftsAgreeWithAt(t *testing.T) {
	for _, name := range zones {
		zone := load(t, name)
		s := oncall.Schedule{Zone: zone, Layers: []oncall.Layer{
			{Rotation: daily(150*time.Minute, crew...), Windows: windows[:2]},
			{Rotation: weekly("oleg", "marta"), Windows: windows[3:5]},
		}}
		for _, change := range transitions(zone) {
			s.Overrides = []oncall.Override{{Start: change.Add(-20 * time.Minute), End: change.Add(25 * time.Minute), Agent: "ana"}}
			from, to := change.Add(-72*time.Hour), change.Add(72*time.Hour)
			shifts, i := s.Shifts(from, to), 0
			for at := from; at.Before(to); at = at.Add(5 * time.Minute) {
				for !at.Before(shifts[i].End) {
					i++
				}
				if got := s.At(at); !slices.Equal(got, shifts[i].Agents) {
					t.Fatalf("%s: at %s %v, but the shift from %s to %s has %v", name, at, got, shifts[i].Start, shifts[i].End, shifts[i].Agents)
				}
			}
		}
	}
}

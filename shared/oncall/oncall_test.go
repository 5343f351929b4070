package oncall_test

import (
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"pronto/shared/calendar"
	"pronto/shared/oncall"
)

var (
	crew = []string{"ana", "marta", "oleg"}
	year = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

func load(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// weekly hands over on Mondays at 09:00; ana begins on 5 January 2026.
func weekly(agents ...string) oncall.Rotation {
	return oncall.Rotation{Agents: agents, Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Days: 7}
}

func daily(clock time.Duration, agents ...string) oncall.Rotation {
	return oncall.Rotation{Agents: agents, Start: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC).Add(clock), Days: 1}
}

func TestAt(t *testing.T) {
	rome := load(t, "Europe/Rome")
	night := calendar.Window{Days: calendar.On(time.Friday), From: 20 * 60, To: 6 * 60}
	plain := oncall.Schedule{Zone: rome, Layers: []oncall.Layer{{Rotation: weekly(crew...)}}}
	two := oncall.Schedule{Zone: rome, Layers: []oncall.Layer{
		{Rotation: weekly("ana"), Windows: []calendar.Window{night}},
		{Rotation: weekly("oleg", "ana")},
	}}
	for _, x := range []struct {
		name string
		s    oncall.Schedule
		at   string // on the wall in Rome, with its offset
		want []string
	}{
		{"first turn begins", plain, "2026-01-05T09:00:00+01:00", []string{"ana"}},
		{"a second before it the last of the list has it", plain, "2026-01-05T08:59:59+01:00", []string{"oleg"}},
		{"second turn", plain, "2026-01-12T09:00:00+01:00", []string{"marta"}},
		{"round", plain, "2026-01-26T09:00:00+01:00", []string{"ana"}},
		{"hand-over is a wall time in summer too", plain, "2026-03-30T09:00:00+02:00", []string{"ana"}},
		{"and not an hour sooner", plain, "2026-03-30T08:59:59+02:00", []string{"oleg"}},
		{"before the start it runs backwards", plain, "2025-12-22T10:00:00+01:00", []string{"marta"}},
		{"Friday night opens", two, "2026-01-09T20:00:00+01:00", []string{"ana", "oleg"}},
		{"and reaches over midnight", two, "2026-01-10T05:59:59+01:00", []string{"ana", "oleg"}},
		{"and closes", two, "2026-01-10T06:00:00+01:00", []string{"oleg"}},
		{"who is on in two layers counts once", two, "2026-01-16T21:00:00+01:00", []string{"ana"}},
		{"no layer, nobody", oncall.Schedule{Zone: rome}, "2026-01-16T21:00:00+01:00", nil},
	} {
		at, err := time.Parse(time.RFC3339, x.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := x.s.At(at); !slices.Equal(got, x.want) {
			t.Errorf("%s: at %s %v, want %v", x.name, x.at, got, x.want)
		}
	}
}

func TestOverrides(t *testing.T) {
	s := oncall.Schedule{Zone: time.UTC, Layers: []oncall.Layer{{Rotation: weekly("ana")}, {Rotation: weekly("marta")}}}
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	over := func(agent, instead string) oncall.Override {
		return oncall.Override{Start: at, End: at.Add(time.Hour), Agent: agent, Instead: instead}
	}
	for _, x := range []struct {
		name  string
		overs []oncall.Override
		want  []string
	}{
		{"in the place of one", []oncall.Override{over("oleg", "ana")}, []string{"oleg", "marta"}},
		{"of everybody", []oncall.Override{over("oleg", "")}, []string{"oleg"}},
		{"of one who is not on", []oncall.Override{over("ana", "oleg")}, []string{"ana", "marta"}},
		{"twice on counts once", []oncall.Override{over("marta", "ana")}, []string{"marta"}},
		{"the last one wins", []oncall.Override{over("oleg", ""), over("ana", "oleg")}, []string{"ana"}},
	} {
		with := s.With(x.overs...)
		if got := with.At(at); !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
		if before, after := with.At(at.Add(-1)), with.At(at.Add(time.Hour)); !slices.Equal(before, s.At(at)) || !slices.Equal(after, before) {
			t.Errorf("%s: it reaches beyond its hour: %v, %v", x.name, before, after)
		}
	}
	if len(s.Overrides) != 0 {
		t.Error("With changed the schedule")
	}
}

func TestNext(t *testing.T) {
	rome := load(t, "Europe/Rome")
	s := oncall.Schedule{Zone: rome, Layers: []oncall.Layer{{Rotation: weekly("ana", "ana", "oleg")}}}
	got, ok := s.Next(time.Date(2026, 3, 17, 0, 0, 0, 0, rome))
	want := time.Date(2026, 3, 23, 9, 0, 0, 0, rome)
	if !ok || !got.Start.Equal(want) || !slices.Equal(got.Agents, []string{"oleg"}) || !got.End.Equal(want.AddDate(0, 0, 7)) {
		t.Errorf("next is %v from %s to %s", got.Agents, got.Start, got.End)
	}
	if got.End.Sub(got.Start) != 167*time.Hour {
		t.Errorf("the week in which an hour is skipped has %s", got.End.Sub(got.Start))
	}
	alone := oncall.Schedule{Zone: rome, Layers: []oncall.Layer{{Rotation: weekly("ana")}}}
	if shift, ok := alone.Next(year); ok {
		t.Errorf("ana alone hands over to %v", shift.Agents)
	}
}

func TestHole(t *testing.T) {
	window := func(from, to calendar.Clock, days ...time.Weekday) calendar.Window {
		return calendar.Window{Days: calendar.On(days...), From: from, To: to}
	}
	day, night := calendar.Window{Days: calendar.EveryDay, From: 480, To: 1200}, calendar.Window{Days: calendar.EveryDay, From: 1200, To: 480}
	for _, x := range []struct {
		name    string
		windows []calendar.Window
		want    oncall.Hole
		found   bool
	}{
		{"no windows: every hour", nil, oncall.Hole{}, false},
		{"day and night", []calendar.Window{day, night}, oncall.Hole{}, false},
		{"from midnight to midnight", []calendar.Window{{Days: calendar.EveryDay, From: 0, To: calendar.Midnight}}, oncall.Hole{}, false},
		{"Sunday night reaches Monday", []calendar.Window{{Days: calendar.EveryDay, From: 60, To: 60}}, oncall.Hole{}, false},
		{"days alone: Monday's first hours", []calendar.Window{day}, oncall.Hole{Day: time.Monday, From: 0, To: 480}, true},
		{"a minute on Sunday", []calendar.Window{window(0, 0, 1, 2, 3, 4, 5, 6), window(0, 1439, 0)}, oncall.Hole{Day: time.Sunday, From: 1439, To: 1440}, true},
	} {
		s := oncall.Schedule{Zone: time.UTC, Layers: []oncall.Layer{{Rotation: weekly("ana"), Windows: x.windows}}}
		if got, found := s.Hole(); got != x.want || found != x.found {
			t.Errorf("%s: %v %v, want %v %v", x.name, got, found, x.want, x.found)
		}
	}
	if _, found := (oncall.Schedule{Zone: time.UTC}).Hole(); !found {
		t.Error("a rota without layers has no hole")
	}
}

func BenchmarkAt(b *testing.B) {
	s := oncall.Schedule{Zone: load(b, "Europe/Rome"), Layers: []oncall.Layer{
		{Rotation: weekly(crew...), Windows: []calendar.Window{{Days: calendar.EveryDay, From: 480, To: 1200}}},
		{Rotation: weekly(crew...), Windows: []calendar.Window{{Days: calendar.EveryDay, From: 1200, To: 480}}},
	}}
	for b.Loop() {
		s.At(year)
	}
}

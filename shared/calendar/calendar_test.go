package calendar_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pronto/shared/calendar"
)

// zones change their clocks in every known fashion: by one hour, by half an hour (Lord Howe), by two (Troll), at midnight (Santiago,
// Beirut, Cairo), backwards for a month of fasting (Casablanca), and never (Kolkata).
var zones = []string{
	"Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll", "America/Santiago", "Asia/Beirut",
	"Africa/Cairo", "Africa/Casablanca", "America/St_Johns", "America/Havana", "Asia/Kolkata", "UTC",
}

var (
	from = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	to   = from.AddDate(2, 0, 0)
)

func load(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// transitions gives the instants from from until to at which the offset of zone changes.
func transitions(zone *time.Location) []time.Time {
	var all []time.Time
	for t := from; ; {
		_, end := t.In(zone).ZoneBounds()
		if end.IsZero() || end.After(to) {
			return all
		}
		all = append(all, end.UTC())
		t = end
	}
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestAroundTheClock(t *testing.T) {
	var c calendar.Calendar
	for _, name := range zones {
		zone := load(t, name)
		for _, change := range transitions(zone) {
			for _, d := range []time.Duration{0, time.Second, time.Hour, 25 * time.Hour, 240 * time.Hour} {
				a := change.Add(-36 * time.Minute).In(zone)
				b := c.Add(a, d)
				if b.Sub(a) != d || c.Between(a, b) != d || !c.Add(a, c.Between(a, b)).Equal(b) || !c.Open(b) {
					t.Errorf("%s %s + %s = %s", name, a, d, b)
				}
			}
		}
	}
	if a := from; !c.Add(a, -time.Hour).Equal(a) || c.Between(a, a.Add(-time.Hour)) != 0 {
		t.Error("working time runs backwards")
	}
}

func TestFirstAndLast(t *testing.T) {
	for _, x := range []struct{ zone, wall, first, last, why string }{
		{"Europe/Rome", "2026-06-01T09:00:00Z", "2026-06-01T07:00:00Z", "2026-06-01T07:00:00Z", "an ordinary day"},
		{"Europe/Rome", "2026-03-29T02:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z", "skipped: the moment of the change"},
		{"Europe/Rome", "2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z", "the first reading after the change"},
		{"Europe/Rome", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "happens twice"},
		{"Europe/Rome", "2026-10-25T02:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T00:00:00Z", "the clock is set back to it and not past it"},
		{"Europe/Rome", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z", "read once: at the change the clock went to 02:00"},
		{"Australia/Lord_Howe", "2026-04-05T01:45:00Z", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z", "half an hour twice"},
		{"Antarctica/Troll", "2026-03-29T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z", "two hours skipped"},
		{"Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "a whole day skipped"},
		{"America/St_Johns", "2010-11-07T00:00:30Z", "2010-11-07T02:30:30Z", "2010-11-07T03:30:30Z", "clocks set back over midnight, a minute late"},
		{"UTC", "2026-03-29T02:30:00Z", "2026-03-29T02:30:00Z", "2026-03-29T02:30:00Z", "no change ever"},
	} {
		zone, wall := load(t, x.zone), instant(t, x.wall)
		if got := calendar.First(wall, zone); !got.Equal(instant(t, x.first)) {
			t.Errorf("First(%s, %s) = %s, want %s: %s", x.wall, x.zone, got, x.first, x.why)
		}
		if got := calendar.Last(wall, zone); !got.Equal(instant(t, x.last)) {
			t.Errorf("Last(%s, %s) = %s, want %s: %s", x.wall, x.zone, got, x.last, x.why)
		}
	}
}

// Around every change each reading is compared with a walk over the minutes that knows nothing of offsets.
func TestFirstAndLastAgreeWithTheClock(t *testing.T) {
	for _, name := range zones {
		zone := load(t, name)
		for _, change := range transitions(zone) {
			for m := -150; m <= 150; m++ {
				wall := calendar.Wall(change, zone).Add(time.Duration(m) * time.Minute)
				first, last := walk(change, zone, wall)
				if a, b := calendar.First(wall, zone), calendar.Last(wall, zone); !a.Equal(first) || !b.Equal(last) {
					t.Fatalf("%s reads %s first at %s, for good at %s; want %s and %s", name, wall, a, b, first, last)
				}
			}
		}
	}
}

// walk looks at each minute of ten hours around a change: the first that reads wall or later, and the one after the last that reads
// less.
func walk(change time.Time, zone *time.Location, wall time.Time) (first, last time.Time) {
	for m := -300; m <= 300; m++ {
		at := change.Add(time.Duration(m) * time.Minute)
		if calendar.Wall(at, zone).Before(wall) {
			last = at.Add(time.Minute)
		} else if first.IsZero() {
			first = at
		}
	}
	return first, last
}

func TestWallReadsTheClock(t *testing.T) {
	zone := load(t, "Europe/Rome")
	got := calendar.Wall(instant(t, "2026-03-29T01:00:00Z"), zone)
	if want := time.Date(2026, 3, 29, 3, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("the clock reads %s, want %s", got, want)
	}
}

func TestWorkingHours(t *testing.T) {
	rome := load(t, "Europe/Rome")
	weekdays := calendar.On(1, 2, 3, 4, 5)
	date := func(s string) calendar.Date {
		d, err := calendar.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	office := []calendar.Window{{Days: weekdays, From: 9 * 60, To: 13 * 60}, {Days: weekdays, From: 14 * 60, To: 18 * 60}}
	night := []calendar.Window{{Days: calendar.EveryDay, From: 22 * 60, To: 6 * 60}}
	early := []calendar.Window{{Days: calendar.EveryDay, From: 150, To: 240}}
	holidays := []calendar.Holiday{{Date: date("2026-06-02"), Name: "Festa della Repubblica"}, {Date: date("2026-12-24"), Name: "Vigilia", From: 9 * 60, To: 12 * 60}}
	for _, x := range []struct {
		why      string
		windows  []calendar.Window
		from     string
		worked   time.Duration
		due      string
		holidays []calendar.Holiday
	}{
		{"within a morning", office, "2026-06-01T10:00:00+02:00", time.Hour, "2026-06-01T11:00:00+02:00", nil},
		{"over lunch", office, "2026-06-01T12:30:00+02:00", time.Hour, "2026-06-01T14:30:00+02:00", nil},
		{"over the evening", office, "2026-06-01T17:30:00+02:00", time.Hour, "2026-06-02T09:30:00+02:00", nil},
		{"over a holiday", office, "2026-06-01T17:30:00+02:00", time.Hour, "2026-06-03T09:30:00+02:00", holidays},
		{"over a weekend", office, "2026-06-05T17:30:00+02:00", time.Hour, "2026-06-08T09:30:00+02:00", nil},
		{"to the last second: at the close, not at the next opening", office, "2026-06-05T17:00:00+02:00", time.Hour, "2026-06-05T18:00:00+02:00", nil},
		{"half a holiday", office, "2026-12-24T11:00:00+01:00", 2 * time.Hour, "2026-12-25T10:00:00+01:00", holidays},
		{"over midnight", night, "2026-06-01T23:00:00+02:00", 4 * time.Hour, "2026-06-02T03:00:00+02:00", nil},
		{"a night in which an hour is skipped", night, "2026-03-28T22:00:00+01:00", 8 * time.Hour, "2026-03-29T23:00:00+02:00", nil},
		{"a night in which an hour comes twice", night, "2026-10-24T22:00:00+02:00", 9 * time.Hour, "2026-10-25T06:00:00+01:00", nil},
		{"opens in the skipped hour: at the change", early, "2026-03-29T00:00:00+01:00", time.Hour, "2026-03-29T04:00:00+02:00", nil},
		{"opens twice", early, "2026-10-25T00:00:00+02:00", time.Hour, "2026-10-25T03:00:00+01:00", nil},
	} {
		c, err := calendar.New(rome, x.windows, x.holidays)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Add(instant(t, x.from), x.worked); !got.Equal(instant(t, x.due)) {
			t.Errorf("%s: %s from %s end at %s, want %s", x.why, x.worked, x.from, got, x.due)
		}
	}
	c, err := calendar.New(rome, office, holidays)
	if err != nil {
		t.Fatal(err)
	}
	if name, ok := c.Holiday(instant(t, "2026-06-02T23:59:59+02:00")); !ok || name != "Festa della Repubblica" {
		t.Errorf("2 June is %q", name)
	}
	if _, err := calendar.New(rome, []calendar.Window{{From: 60, To: 120}}, nil); err == nil {
		t.Error("a calendar that is never open was made")
	}
}

func BenchmarkAddAMonth(b *testing.B) {
	c, err := calendar.New(load(b, "Europe/Rome"), []calendar.Window{{Days: calendar.On(1, 2, 3, 4, 5), From: 540, To: 1080}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c.Add(from, 180*time.Hour)
	}
}

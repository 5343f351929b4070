package calendar_test

import (
	"archive/zip"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pronto/shared/calendar"
)

// every gives the names of all zones of the tz database that Go carries.
func every(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(out)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var names []string
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, "/") {
			names = append(names, f.Name)
		}
	}
	if len(names) < 400 {
		t.Fatalf("the tz database has only %d zones", len(names))
	}
	return names
}

// Ten years back and ahead.
var past, ahead = time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2037, 1, 1, 0, 0, 0, 0, time.UTC)

// changes gives the instants at which the offset of zone changes in these years.
func changes(zone *time.Location) []time.Time {
	var all []time.Time
	for t := past; ; {
		_, end := t.In(zone).ZoneBounds()
		if end.IsZero() || end.After(ahead) {
			return all
		}
		all = append(all, end.UTC())
		t = end
	}
}

// books are working hours of every kind, on a wall.
func books(t *testing.T, zone *time.Location, change time.Time) map[string]calendar.Calendar {
	t.Helper()
	day := calendar.DateOf(calendar.Wall(change, zone))
	weekdays := calendar.On(1, 2, 3, 4, 5)
	all := map[string]calendar.Calendar{"zero": {}}
	for name, x := range map[string]struct {
		windows  []calendar.Window
		holidays []calendar.Holiday
	}{
		"around the clock": {},
		"office":           {windows: []calendar.Window{{Days: weekdays, From: 540, To: 1080}}},
		"two halves":       {windows: []calendar.Window{{Days: weekdays, From: 510, To: 765}, {Days: weekdays, From: 825, To: 1065}}},
		"night":            {windows: []calendar.Window{{Days: calendar.EveryDay, From: 1320, To: 360}}},
		"in the change":    {windows: []calendar.Window{{Days: calendar.EveryDay, From: 15, To: 95}, {Days: calendar.EveryDay, From: 125, To: 152}, {Days: calendar.EveryDay, From: 1425, To: 5}}},
		"holidays":         {holidays: []calendar.Holiday{{Date: day}, {Date: day - 2, From: 600, To: 660}, {Date: day + 1}}},
	} {
		c, err := calendar.New(zone, x.windows, x.holidays)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = c
	}
	return all
}

// The laws of the package comment, around every change of every zone.
func TestLaws(t *testing.T) {
	dice := rand.New(rand.NewPCG(25, 10))
	checked := 0
	for _, name := range every(t) {
		zone := load(t, name)
		for _, change := range append(changes(zone), past) {
			for book, c := range books(t, zone, change) {
				near := func(within time.Duration) time.Time {
					return change.Add(time.Duration(dice.Int64N(int64(2*within))) - within)
				}
				a, m := near(30*time.Hour), near(5*time.Hour)
				b := near(90 * time.Hour)
				laws(t, name+", "+book, c, a, m, b)
				laws(t, name+", "+book, c, change.Add(-time.Second), change, change.Add(time.Second))
				checked += 2
			}
		}
	}
	if checked < 100_000 {
		t.Errorf("only %d places were looked at", checked)
	}
}

func laws(t *testing.T, where string, c calendar.Calendar, a, m, b time.Time) {
	t.Helper()
	if b.Before(a) {
		a, b = b, a
	}
	if m.Before(a) || m.After(b) {
		m = a.Add(b.Sub(a) / 3)
	}
	w := b.Sub(a) / 2
	if due := c.Add(a, w); c.Between(a, due) != w || due.Before(a.Add(w)) || c.Between(a, due.Add(-1)) != w-min(w, 1) {
		t.Fatalf("%s: %s of working time from %s end at %s, and %s lie between", where, w, a, due, c.Between(a, due))
	}
	whole := c.Between(a, b)
	back := c.Add(a, whole)
	if back.After(b) || !back.Equal(b) && (c.Open(b.Add(-1)) || c.Between(back, b) != 0) {
		t.Fatalf("%s: %s lie between %s and %s, and end at %s", where, whole, a, b, back)
	}
	if parts := c.Between(a, m) + c.Between(m, b); parts != whole || whole > b.Sub(a) {
		t.Fatalf("%s: from %s over %s to %s: %s in two parts, %s whole", where, a, m, b, parts, whole)
	}
	if c.Always() && (whole != b.Sub(a) || !c.Add(a, w).Equal(a.Add(w))) {
		t.Fatalf("%s: around the clock %s are worked of %s", where, whole, b.Sub(a))
	}
	if open := c.Opens(m); open.Before(m) || !c.Open(open) || c.Between(m, open) != 0 {
		t.Fatalf("%s: after %s it opens at %s", where, m, open)
	}
}

// Day and night share the wall between them; so they share time, also the hour that happens twice.
func TestHalvesMakeTheWhole(t *testing.T) {
	for _, name := range every(t) {
		zone := load(t, name)
		day, err := calendar.New(zone, []calendar.Window{{Days: calendar.EveryDay, From: 100, To: 150}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		night, err := calendar.New(zone, []calendar.Window{{Days: calendar.EveryDay, From: 150, To: 100}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range changes(zone) {
			a, b := change.Add(-29*time.Hour), change.Add(31*time.Hour+time.Second)
			if sum := day.Between(a, b) + night.Between(a, b); sum != b.Sub(a) {
				t.Fatalf("%s around %s: day and night have %s of %s", name, change, sum, b.Sub(a))
			}
		}
	}
}

// A local day has 86,400 seconds plus or minus what its clocks are changed by.
func TestDaysAreAsLongAsTheirClocksSay(t *testing.T) {
	for _, name := range every(t) {
		zone := load(t, name)
		c, err := calendar.New(zone, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range changes(zone) {
			for d, n := calendar.DateOf(calendar.Wall(change, zone))-1, 0; n < 3; d, n = d+1, n+1 {
				a, b := calendar.First(d.Midnight(), zone), calendar.First((d+1).Midnight(), zone)
				_, before := a.In(zone).Zone()
				_, after := b.In(zone).Zone()
				if !calendar.Wall(a, zone).Equal(d.Midnight()) || !calendar.Wall(b, zone).Equal((d + 1).Midnight()) {
					continue // a midnight that is skipped: the table below has one
				}
				if got, want := c.Between(a, b), 24*time.Hour-time.Duration(after-before)*time.Second; got != want {
					t.Errorf("%s: %s has %s, want %s", name, d, got, want)
				}
			}
		}
	}
	for _, x := range []struct {
		zone, day string
		want      time.Duration
	}{
		{"Europe/Rome", "2026-03-29", 23 * time.Hour},
		{"Europe/Rome", "2026-10-25", 25 * time.Hour},
		{"Australia/Lord_Howe", "2026-04-05", 24*time.Hour + 30*time.Minute},
		{"Australia/Lord_Howe", "2026-10-04", 23*time.Hour + 30*time.Minute},
		{"Antarctica/Troll", "2026-03-29", 22 * time.Hour},
		{"Antarctica/Troll", "2026-10-25", 26 * time.Hour},
		{"America/Santiago", "2026-09-06", 23 * time.Hour}, // from 01:00: midnight is skipped
		{"Asia/Kolkata", "2026-03-29", 24 * time.Hour},
	} {
		zone := load(t, x.zone)
		c, err := calendar.New(zone, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		d, err := calendar.ParseDate(x.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Between(calendar.First(d.Midnight(), zone), calendar.First((d+1).Midnight(), zone)); got != x.want {
			t.Errorf("%s has %s in %s, want %s", x.day, got, x.zone, x.want)
		}
	}
}

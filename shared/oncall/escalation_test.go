package oncall_test

import (
	"testing"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/oncall"
)

var ladder = oncall.Escalation{
	On:     []oncall.Cause{oncall.Urgent},
	Steps:  []oncall.Step{{Page: []string{oncall.OnCall}}, {After: 5 * time.Minute, Page: []string{oncall.Second}}, {After: 15 * time.Minute, Page: []string{"ana"}}},
	Repeat: 2, AgainAfter: 10 * time.Minute,
}

func TestLadder(t *testing.T) {
	for step, want := range []time.Duration{0, 5, 15, 25, 30, 40} {
		at, ok := ladder.Next(step, year)
		if !ok || at.Sub(year) != want*time.Minute {
			t.Errorf("step %d comes after %s", step, at.Sub(year))
		}
		s, _ := ladder.Step(step)
		if s.After != ladder.Steps[step%3].After {
			t.Errorf("step %d is %+v", step, s)
		}
	}
	for _, step := range []int{-1, 6, 7, 1 << 40} {
		if at, ok := ladder.Next(step, year); ok {
			t.Errorf("step %d comes at %s", step, at)
		}
	}
	if _, ok := (oncall.Escalation{}).Next(0, year); ok {
		t.Error("a ladder without steps has one")
	}
	if !ladder.Pages(oncall.Urgent) || ladder.Pages(oncall.Breached) || ladder.Pages("") {
		t.Error("it pages for the wrong causes")
	}
}

// Steps never go back in time, whatever the ladder.
func TestStepsGoOn(t *testing.T) {
	for repeat := 1; repeat <= 4; repeat++ {
		for _, again := range []time.Duration{time.Minute, time.Hour} {
			e := ladder
			e.Repeat, e.AgainAfter = repeat, again
			last, steps := year.Add(-1), 0
			for at, ok := e.Next(0, year); ok; at, ok = e.Next(steps, year) {
				if !at.After(last) {
					t.Fatalf("step %d of %d runs comes at %s after %s", steps, repeat, at, last)
				}
				last, steps = at, steps+1
			}
			if steps != 3*repeat {
				t.Errorf("%d runs have %d steps", repeat, steps)
			}
		}
	}
}

func TestWindowOpen(t *testing.T) {
	rome := load(t, "Europe/Rome")
	night := calendar.Window{Days: calendar.On(time.Friday), From: 22 * 60, To: 7 * 60}
	for at, want := range map[string]bool{
		"2026-01-09T21:59:59+01:00": false, "2026-01-09T22:00:00+01:00": true, "2026-01-10T06:59:59+01:00": true,
		"2026-01-10T07:00:00+01:00": false, "2026-01-10T23:00:00+01:00": false,
	} {
		instant, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if night.Covers(instant, rome) != want {
			t.Errorf("at %s it is open: %v", at, !want)
		}
	}
	if (calendar.Window{}).Covers(year, rome) {
		t.Error("the zero window is open")
	}
}

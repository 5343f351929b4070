package sla_test

import (
	"testing"
	"time"

	"pronto/shared/sla"
	"pronto/shared/triage"
)

func TestWhatWaitingCosts(t *testing.T) {
	v, now := sla.Prior(), time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	in := func(d time.Duration) time.Time { return now.Add(d) }
	for _, x := range []struct {
		name    string
		w       sla.Waiting
		least   float64
		most    float64
		because sla.Because
	}{
		{"fresh, due tomorrow", sla.Waiting{Priority: triage.Normal, Since: now, Due: in(24 * time.Hour)}, 11, 12, sla.StillQuick},
		{"fresh praise", sla.Waiting{Mood: triage.Positive, Priority: triage.Low, Since: now, Due: in(24 * time.Hour)}, 15, 17, sla.Praised},
		{"an hour old, due tomorrow", sla.Waiting{Priority: triage.Normal, Since: ago(time.Hour), Due: in(24 * time.Hour)}, 0.1, 0.3, sla.DueSoon},
		{"half of the risk when as much is left", sla.Waiting{Priority: triage.High, Since: ago(24 * time.Hour), Due: in(15 * time.Minute)}, 20, 20, sla.DueSoon},
		{"overdue and urgent", sla.Waiting{Priority: triage.Urgent, Since: ago(30 * time.Hour), Due: ago(time.Minute)}, 100, 100, sla.Overdue},
		{"nothing is due", sla.Waiting{Priority: triage.Low, Since: ago(48 * time.Hour)}, 0, 0, sla.CostsNothing},
		{"it came from the future", sla.Waiting{Priority: triage.Low, Since: in(time.Hour)}, 11, 12, sla.StillQuick},
	} {
		if c := v.Of(x.w, now); c.Is < x.least || c.Is > x.most || c.Because != x.because {
			t.Errorf("%s: %+v", x.name, c)
		}
		if x.because != "" && (x.because.Words() == "" || x.because.Short() == "") {
			t.Errorf("%s has no words", x.because)
		}
	}
	if c := (sla.Value{}).Of(sla.Waiting{Priority: triage.Urgent, Due: now}, now); c != (sla.Cost{}) {
		t.Errorf("without a prior: %+v", c)
	}
}

// The nearer the promise the more it costs, whatever the figures: nobody sinks by waiting once it is his due.
func TestWaitingForAPromiseNeverCostsLess(t *testing.T) {
	v, set := sla.Prior(), time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	v.Curve = nil
	was := 0.0
	for m := range 600 {
		c := v.Of(sla.Waiting{Priority: triage.High, Since: set, Due: set.Add(5 * time.Hour)}, set.Add(time.Duration(m)*time.Minute))
		if c.Is < was {
			t.Fatalf("after %d minutes it costs %v, and %v before", m, c.Is, was)
		}
		was = c.Is
	}
}

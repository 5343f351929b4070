package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
)

func isComplaint(m mail) bool { return strings.Contains(string(m.raw), "disappointed") }

func TestComplaintsLieEvenlyAmongPraises(t *testing.T) {
	all := mixed(20_000, 200)
	senders, complaints, last := map[string]bool{}, 0, -1
	for i, m := range all {
		senders[m.from] = true
		if !isComplaint(m) {
			continue
		}
		if gap := i - last; gap != 101 {
			t.Errorf("complaint %d comes %d mails after the one before", complaints, gap)
		}
		complaints, last = complaints+1, i
	}
	if len(all) != 20_200 || complaints != 200 || len(senders) != len(all) {
		t.Errorf("%d mails, %d complaints, %d senders", len(all), complaints, len(senders))
	}
}

// A comparison would say nothing if the desk took both for the same: complaints go by the priority lane, praises by the mails' own, and both are answered.
func TestLettersAreWhatTheySay(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)})
	for _, m := range mixed(8, 2) {
		d.SendMail(m.from, string(m.raw), brandAddress)
	}
	d.Settle()
	left := map[string]int{}
	for _, raw := range d.Ledger.Lines() {
		var l struct{ Msg, Kind, Lane, State string }
		if err := json.Unmarshal(raw, &l); err != nil {
			t.Fatal(err)
		}
		if l.Msg == "effect" && l.State == "accepted" {
			left[l.Kind+" by "+l.Lane]++
		}
	}
	if len(left) != 2 || left["receipt by priority"] != 2 || left["receipt by email"] != 8 {
		t.Errorf("%v left; want 2 receipts by priority and 8 by email", left)
	}
}

func TestCompare(t *testing.T) {
	var quiet, busy []time.Duration
	for i := range 100 {
		quiet, busy = append(quiet, time.Duration(i)*time.Millisecond), append(busy, time.Duration(3*i)*time.Millisecond)
	}
	r := &report{}
	compare(r, "burst", quiet, busy)
	want := []float64{50, 95, 150, 285, 3}
	for i, f := range r.Figures {
		if f.Value != want[i] {
			t.Errorf("%s: %v, want %v", f.Name, f.Value, want[i])
		}
	}
	if len(r.Figures) != len(want) || *r.Figures[4].Met {
		t.Errorf("%+v", r.Figures)
	}
}

// Only what the provider took from the priority lane counts, from the time of its decision.
func TestCollect(t *testing.T) {
	c, err := openClocks(t.Context(), &report{}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer c.d.Close()
	decided := c.d.AWS.Clock.Now().Add(-time.Second)
	for _, l := range [][3]string{{"yes", "priority", "accepted"}, {"praise", "email", "accepted"}, {"failed", "priority", "queued"}} {
		c.d.Setup.Log.Info("effect", "conversation", l[0], "lane", l[1], "state", l[2], "decided", decided)
	}
	waits := map[string]time.Duration{}
	if err := collect(c.d, waits); err != nil {
		t.Fatal(err)
	}
	if d := waits["yes"]; len(waits) != 1 || d < time.Second || d > time.Minute {
		t.Errorf("%v", waits)
	}
}

package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/clock"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/desk"
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

// Only receipts that the provider took from the priority lane count.
func TestCollect(t *testing.T) {
	c, err := openClocks(t.Context(), &report{}, t.TempDir(), clock.New())
	if err != nil {
		t.Fatal(err)
	}
	defer c.d.Close()
	before := c.d.AWS.Clock.Now()
	for _, l := range [][4]string{{"yes", "receipt", "priority", "accepted"}, {"praise", "receipt", "email", "accepted"}, {"failed", "receipt", "priority", "queued"}, {"page", "page", "priority", "accepted"}} {
		c.d.Setup.Log.Info("effect", "conversation", l[0], "kind", l[1], "lane", l[2], "state", l[3])
	}
	left := map[string]time.Time{}
	if err := collect(c.d, left); err != nil {
		t.Fatal(err)
	}
	if at, ok := left["yes"]; len(left) != 1 || !ok || at.Before(before) {
		t.Errorf("%v", left)
	}
}

// The wait begins with the commit of the turn that could not wait, and with no other.
func TestCommitted(t *testing.T) {
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	d := desktest.New(t, desktest.Options{Start: start})
	for _, m := range mixed(2, 1) {
		d.SendMail(m.from, string(m.raw), brandAddress)
	}
	d.Settle()
	at, err := committed(&desk.Desk{Assembly: d.Assembly})
	if err != nil || len(at) != 1 {
		t.Fatalf("%v, %v", at, err)
	}
	for id, x := range at {
		if got := waits(map[string]time.Time{id: start.Add(time.Second)}, at); !x.Equal(start) || len(got) != 1 || got[0] != time.Second {
			t.Errorf("%s at %v: %v", id, x, got)
		}
	}
}

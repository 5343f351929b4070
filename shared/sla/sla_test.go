package sla_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pronto/shared/sla"
	"pronto/shared/triage"
)

var noon = time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)

func TestMostSpecificRuleWins(t *testing.T) {
	book := sla.Book{Rules: []sla.Rule{
		{Kind: sla.FirstResponse, Within: 8 * time.Hour},
		{Kind: sla.FirstResponse, Channel: "email", Within: 7 * time.Hour},
		{Kind: sla.FirstResponse, Priority: triage.Urgent, Within: 6 * time.Minute},
		{Kind: sla.FirstResponse, Channel: "email", Priority: triage.High, Within: 5 * time.Hour},
		{Kind: sla.FirstResponse, Channel: "email", Priority: triage.High, Within: 4 * time.Hour},
	}}
	for _, x := range []struct {
		kind    sla.Kind
		channel string
		p       triage.Priority
		want    time.Duration
		why     string
	}{
		{sla.FirstResponse, "email", triage.High, 5 * time.Hour, "the rule for first_response, email, high priority"},
		{sla.FirstResponse, "email", triage.Urgent, 6 * time.Minute, "the rule for first_response, any channel, urgent priority"},
		{sla.FirstResponse, "email", triage.Normal, 7 * time.Hour, "the rule for first_response, email, any priority"},
		{sla.FirstResponse, "custom", triage.Normal, 8 * time.Hour, "the rule for first_response, any channel, any priority"},
		{sla.Resolution, "custom", triage.Urgent, 24 * time.Hour, "the default for resolution, custom, urgent priority"},
	} {
		got, why := book.Duration(x.kind, x.channel, x.p)
		if got != x.want || why != x.why {
			t.Errorf("%s on %s at %s: %s by %q, want %s by %q", x.kind, x.channel, x.p, got, why, x.want, x.why)
		}
	}
}

// A brand without rules still promises something, and never more to the calm than to the urgent.
func TestDefaultsFollowPriority(t *testing.T) {
	ranks := []triage.Priority{triage.Urgent, triage.High, triage.Normal, triage.Low}
	for _, kind := range sla.Kinds {
		for _, channel := range []string{"email", "custom"} {
			last := time.Duration(1)
			for _, p := range ranks {
				d, why := sla.Book{}.Duration(kind, channel, p)
				if d < last || !strings.Contains(why, "default") {
					t.Errorf("%s on %s at %s: %s after %s (%s)", kind, channel, p, d, last, why)
				}
				last = d
			}
		}
	}
}

func TestTargetEnds(t *testing.T) {
	running := sla.Target{Kind: sla.FirstResponse, State: sla.Running, Set: noon, Due: noon.Add(time.Hour)}
	paused := running
	paused.State = sla.Paused
	for _, x := range []struct {
		name string
		got  sla.Target
		want sla.State
	}{
		{"answered before due", running.Meet(noon.Add(time.Hour - 1)), sla.Met},
		{"answered when due", running.Meet(noon.Add(time.Hour)), sla.Breached},
		{"looked at before due", running.Tick(noon.Add(time.Hour - 1)), sla.Running},
		{"looked at when due", running.Tick(noon.Add(time.Hour)), sla.Breached},
		{"paused over its due time", paused.Tick(noon.Add(2 * time.Hour)), sla.Paused},
		{"met stays met", running.Meet(noon).Tick(noon.Add(2 * time.Hour)), sla.Met},
		{"breached stays breached", running.Tick(noon.Add(time.Hour)).Meet(noon.Add(2 * time.Hour)), sla.Breached},
	} {
		if x.got.State != x.want || x.got.Open() != x.got.Ended.IsZero() {
			t.Errorf("%s: %s, ended %s; want %s", x.name, x.got.State, x.got.Ended, x.want)
		}
	}
}

func TestTargetSurvivesStorage(t *testing.T) {
	met := sla.Target{Kind: sla.Resolution, State: sla.Running, Set: noon, Due: noon.Add(time.Hour)}.Meet(noon.Add(time.Minute))
	data, err := json.Marshal(met)
	if err != nil {
		t.Fatal(err)
	}
	var back sla.Target
	if err := json.Unmarshal(data, &back); err != nil || back != met {
		t.Errorf("%s came back as %+v (%v)", data, back, err)
	}
}

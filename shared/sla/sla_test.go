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

// Two hours of rest after the first quarter: at the end what is left is left, and the warning comes as much later as the due time.
func TestRestMovesAll(t *testing.T) {
	running := sla.Target{Kind: sla.NextResponse, State: sla.Running, Set: noon, Due: noon.Add(time.Hour)}
	rest := running.Pause(noon.Add(15 * time.Minute))
	if rest.State != sla.Paused || rest.Due != running.Due || rest.Pause(noon.Add(time.Minute)) != rest {
		t.Errorf("at rest it is %+v", rest)
	}
	back := rest.Resume(noon.Add(135 * time.Minute))
	if back.State != sla.Running || !back.Due.Equal(noon.Add(3*time.Hour)) || !back.WarnAt(75).Equal(running.WarnAt(75).Add(2*time.Hour)) || !back.Paused.IsZero() {
		t.Errorf("it goes on as %+v", back)
	}
	if early := rest.Resume(noon); !early.Due.Equal(running.Due) || early.State != sla.Running {
		t.Errorf("a clock that went back gives %+v", early)
	}
	if late := running.Pause(noon.Add(time.Hour)); late.State != sla.Running {
		t.Errorf("a target that is due rests: %+v", late)
	}
	met := running.Meet(noon.Add(time.Minute))
	if met.Pause(noon.Add(2*time.Minute)) != met || met.Resume(noon.Add(2*time.Minute)) != met {
		t.Error("a met target rests or goes on")
	}
}

func TestWarnAt(t *testing.T) {
	for percent, want := range map[int]time.Duration{0: 0, 50: 30 * time.Minute, 75: 45 * time.Minute, 99: 59*time.Minute + 24*time.Second, 100: time.Hour, -1: 0, 200: time.Hour} {
		if got := (sla.Target{Set: noon, Due: noon.Add(time.Hour)}).WarnAt(percent); !got.Equal(noon.Add(want)) {
			t.Errorf("%d%% of the hour is at %s", percent, got)
		}
	}
	if got := (sla.Target{Set: noon, Due: noon.Add(-time.Hour)}).WarnAt(75); !got.Equal(noon) {
		t.Errorf("without time it is warned of at %s", got)
	}
	century := sla.Target{Set: noon, Due: noon.AddDate(100, 0, 0)}
	if got := century.WarnAt(50); got.Year() != 2076 {
		t.Errorf("half a century ends in %d", got.Year())
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

package sla_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"pronto/shared/calendar"
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
		term, why := book.Term(x.kind, sla.Matter{Channel: x.channel, Priority: x.p})
		if got := term.Within; got != x.want || why != x.why {
			t.Errorf("%s on %s at %s: %s by %q, want %s by %q", x.kind, x.channel, x.p, term.Within, why, x.want, x.why)
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
				term, why := sla.Book{}.Term(kind, sla.Matter{Channel: channel, Priority: p})
				d := term.Within
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

// Two hours of rest after the first quarter: at the end what is left is left, and the warning comes as much later as the due time. A target that an older desk
// stored, without a term, rests alike.
func TestRestMovesAll(t *testing.T) {
	var always calendar.Calendar
	for name, running := range map[string]sla.Target{
		"new": sla.New(sla.NextResponse, noon, sla.Term{Within: time.Hour}, always),
		"old": {Kind: sla.NextResponse, State: sla.Running, Set: noon, Due: noon.Add(time.Hour)},
	} {
		rest := running.Pause(noon.Add(15 * time.Minute))
		if rest.State != sla.Paused || rest.Due != running.Due || !reflect.DeepEqual(rest.Pause(noon.Add(time.Minute)), rest) {
			t.Errorf("%s: at rest it is %+v", name, rest)
		}
		back := rest.Resume(noon.Add(135*time.Minute), "pending", always)
		if back.State != sla.Running || !back.Due.Equal(noon.Add(3*time.Hour)) || !back.WarnAt(75, always).Equal(running.WarnAt(75, always).Add(2*time.Hour)) || !back.Paused.IsZero() {
			t.Errorf("%s: it goes on as %+v", name, back)
		}
		if early := rest.Resume(noon, "pending", always); !early.Due.Equal(running.Due) || early.State != sla.Running {
			t.Errorf("%s: a clock that went back gives %+v", name, early)
		}
		if late := running.Pause(noon.Add(time.Hour)); late.State != sla.Running {
			t.Errorf("%s: a target that is due rests: %+v", name, late)
		}
		met := running.Meet(noon.Add(time.Minute))
		if !reflect.DeepEqual(met.Pause(noon.Add(2*time.Minute)), met) || !reflect.DeepEqual(met.Resume(noon.Add(2*time.Minute), "", always), met) {
			t.Errorf("%s: a met target rests or goes on", name)
		}
	}
}

// office is open on weekdays from nine to five in Rome.
func office(t *testing.T) calendar.Calendar {
	t.Helper()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	c, err := calendar.New(rome, []calendar.Window{{Days: calendar.On(1, 2, 3, 4, 5), From: 9 * 60, To: 17 * 60}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func rome(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Set on a Friday evening: it runs, its due time lies beyond the weekend, and neither warning nor breach comes before.
func TestOutsideWorkingHoursATargetRuns(t *testing.T) {
	c := office(t)
	x := sla.New(sla.FirstResponse, rome(t, "2026-03-27T18:30:00+01:00"), sla.Term{Within: 4 * time.Hour}, c)
	if due := rome(t, "2026-03-30T13:00:00+02:00"); x.State != sla.Running || !x.Due.Equal(due) || x.Tick(due.Add(-1)).State != sla.Running {
		t.Errorf("it is %+v, want due at %s", x, due)
	}
	if at := x.WarnAt(75, c); !at.Equal(rome(t, "2026-03-30T12:00:00+02:00")) {
		t.Errorf("it is warned of at %s", at)
	}
	clock := sla.New(sla.FirstResponse, rome(t, "2026-03-27T18:30:00+01:00"), sla.Term{Within: 4 * time.Hour, Elapsed: true}, c)
	if !clock.Due.Equal(rome(t, "2026-03-27T22:30:00+01:00")) {
		t.Errorf("by the clock it is due at %s", clock.Due)
	}
}

// We wait for the customer from Monday ten to Wednesday evening: the six hours that were left are left, from Thursday morning on. It never breaches for time that did not count.
func TestReopeningNeverBreachesForTimeThatDidNotCount(t *testing.T) {
	c := office(t)
	x := sla.New(sla.NextResponse, rome(t, "2026-06-01T08:00:00+02:00"), sla.Term{Within: 7 * time.Hour}, c)
	x = x.Pause(rome(t, "2026-06-01T10:00:00+02:00")).Resume(rome(t, "2026-06-03T20:00:00+02:00"), "pending", c)
	if !x.Due.Equal(rome(t, "2026-06-04T15:00:00+02:00")) || x.Tick(rome(t, "2026-06-03T20:00:00+02:00")).State != sla.Running {
		t.Errorf("it goes on as %+v", x)
	}
}

// Whatever rests there were, and however long the ledger: what was counted is what lies between them, and when it is due that is the whole term.
func TestTheLedgerAddsUp(t *testing.T) {
	dice := rand.New(rand.NewPCG(6, 6))
	c := office(t)
	for range 200 {
		at := noon.Add(time.Duration(dice.Int64N(int64(300 * 24 * time.Hour))))
		x := sla.New(sla.Resolution, at, sla.Term{Within: 400 * time.Hour, Elapsed: dice.IntN(2) == 0}, c)
		cal := c
		if x.Elapsed {
			cal = calendar.Calendar{}
		}
		var counted time.Duration
		for range dice.IntN(40) {
			run := time.Duration(dice.Int64N(int64(9 * time.Hour)))
			counted += cal.Between(at, at.Add(run))
			at = at.Add(run)
			x = x.Pause(at)
			at = at.Add(1 + time.Duration(dice.Int64N(int64(100*time.Hour))))
			x = x.Resume(at, "pending", c)
		}
		if got := x.Counted(at, c); got != counted || x.Counted(x.Due, c) != x.Within || !x.Due.Equal(cal.Add(at, x.Within-counted)) {
			t.Fatalf("counted %s, want %s; due %s after %d rests", got, counted, x.Due, len(x.Rests))
		}
	}
}

func TestUnderAnotherTerm(t *testing.T) {
	var c calendar.Calendar
	x := sla.New(sla.FirstResponse, noon, sla.Term{Within: 24 * time.Hour}, c)
	for _, y := range []struct {
		why    string
		target sla.Target
		now    time.Duration
		term   sla.Term
		due    time.Duration
		words  string
	}{
		{"the same", x, time.Hour, sla.Term{Within: 24 * time.Hour}, 24 * time.Hour, ""},
		{"shorter: from its own beginning", x, time.Hour, sla.Term{Within: 4 * time.Hour}, 4 * time.Hour, "24h becomes 4h"},
		{"longer", x, time.Hour, sla.Term{Within: 48 * time.Hour}, 48 * time.Hour, "24h becomes 48h"},
		{"what would be due already has the whole of it from now", x, 5 * time.Hour, sla.Term{Within: 4 * time.Hour}, 9 * time.Hour, "24h becomes 4h"},
		{"but no more than before", x, 23 * time.Hour, sla.Term{Within: 4 * time.Hour}, 24 * time.Hour, "24h becomes 4h"},
		{"what has ended stays", x.Meet(noon), time.Hour, sla.Term{Within: 4 * time.Hour}, 24 * time.Hour, ""},
	} {
		got, words := y.target.Under(y.term, c, noon.Add(y.now))
		if !got.Due.Equal(noon.Add(y.due)) || (words == "") != (y.words == "") || !strings.Contains(words, y.words) {
			t.Errorf("%s: due %s (%s)", y.why, got.Due.Sub(noon), words)
		}
		if again, words := got.Under(y.term, c, noon.Add(y.now)); words != "" && got.Open() || !again.Due.Equal(got.Due) {
			t.Errorf("%s: once more it is due %s (%s)", y.why, again.Due.Sub(noon), words)
		}
	}
}

func TestTheFirstPolicyThatIsAboutItDecides(t *testing.T) {
	minutes := func(n int) map[sla.Kind]sla.Rule {
		return map[sla.Kind]sla.Rule{sla.FirstResponse: {Within: time.Duration(n) * time.Minute}}
	}
	book := sla.Book{
		Policies: []sla.Policy{
			{Name: "gold", Segments: []string{"gold"}, Terms: minutes(10)},
			{Name: "italian mail", Channels: []string{"email"}, Languages: []string{"it"}, Terms: minutes(30)},
			{Name: "calm", Priorities: []triage.Priority{triage.Low, triage.Normal}, Terms: map[sla.Kind]sla.Rule{sla.Resolution: {Within: time.Hour, Count: sla.ByClock}}},
			{Name: "all", Terms: minutes(99)},
		},
		Rules: []sla.Rule{{Kind: sla.FirstResponse, Within: 7 * time.Minute}},
	}
	for _, x := range []struct {
		m    sla.Matter
		want int
		why  string
	}{
		{sla.Matter{Channel: "email", Language: "it", Segment: "gold"}, 10, "the SLA policy gold, the first that is about it"},
		{sla.Matter{Channel: "email", Language: "it", Priority: triage.Low}, 30, "italian mail"},
		{sla.Matter{Channel: "custom", Language: "it", Priority: triage.Low}, 7, "the SLA policy calm names none"},
		{sla.Matter{Channel: "custom", Priority: triage.High}, 99, "the SLA policy all"},
	} {
		term, why := book.Term(sla.FirstResponse, x.m)
		if term.Within != time.Duration(x.want)*time.Minute || term.Elapsed || !strings.Contains(why, x.why) {
			t.Errorf("%+v: %+v by %q, want %d minutes by %q", x.m, term, why, x.want, x.why)
		}
	}
	if term, _ := book.Term(sla.FirstResponse, sla.Matter{Priority: triage.Urgent}); !term.Elapsed {
		t.Error("what is urgent is counted in working time")
	}
}

func TestWarnAt(t *testing.T) {
	for percent, want := range map[int]time.Duration{0: 0, 50: 30 * time.Minute, 75: 45 * time.Minute, 99: 59*time.Minute + 24*time.Second, 100: time.Hour, -1: 0, 200: time.Hour} {
		if got := (sla.Target{Set: noon, Due: noon.Add(time.Hour)}).WarnAt(percent, calendar.Calendar{}); !got.Equal(noon.Add(want)) {
			t.Errorf("%d%% of the hour is at %s", percent, got)
		}
	}
	if got := (sla.Target{Set: noon, Due: noon.Add(-time.Hour)}).WarnAt(75, calendar.Calendar{}); !got.Equal(noon) {
		t.Errorf("without time it is warned of at %s", got)
	}
	century := sla.Target{Set: noon, Due: noon.AddDate(100, 0, 0)}
	if got := century.WarnAt(50, calendar.Calendar{}); got.Year() != 2076 {
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
	if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(back, met) {
		t.Errorf("%s came back as %+v (%v)", data, back, err)
	}
}

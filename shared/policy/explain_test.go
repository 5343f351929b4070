package policy_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	instant, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

// In the week from 5 January ana is first and marta second; then marta and oleg; then oleg and ana; and so on.
func TestAssign(t *testing.T) {
	p, _ := example(t)
	for _, x := range []struct {
		due, language, last string
		want, why           string
	}{
		{"2026-01-06T12:00:00+01:00", "en", "", "ana", "ana is on shift on Tuesday 6 January 2026 12:00 CET"},
		{"2026-01-06T12:00:00+01:00", "en", "marta", "marta", "marta had this contact last time"},
		{"2026-01-06T12:00:00+01:00", "en", "oleg", "ana", "ana is on shift"},
		{"2026-01-06T12:00:00+01:00", "fr", "", "marta", "speaks fr"},
		{"2026-01-06T12:00:00+01:00", "fr", "ana", "marta", "speaks fr"},
		{"2026-01-06T12:00:00+01:00", "ru", "", "team:care", "ana, marta are on shift on Tuesday 6 January 2026 12:00 CET, when the first response falls due, but none of them speaks ru"},
		{"2026-01-12T08:59:59+01:00", "en", "", "ana", ""},
		{"2026-01-12T09:00:00+01:00", "en", "", "marta", ""},
		{"2026-01-12T09:00:00+01:00", "ru", "", "oleg", ""},
		{"2026-01-12T09:00:00+01:00", "es", "ana", "team:care", ""},
	} {
		got, why := policy.Assign(p, p.Brands[0], at(t, x.due), x.language, x.last, nil)
		if got.ID != x.want || got.Team != strings.HasPrefix(x.want, "team:") || got.Name == "" {
			t.Errorf("%s in %s after %q: %+v, want %s", x.due, x.language, x.last, got, x.want)
		}
		if all := strings.Join(why, "; "); !strings.Contains(all, x.why) || all == "" {
			t.Errorf("%s in %s: %q does not say %q", x.due, x.language, all, x.why)
		}
	}
}

// Room is soft: who has none is passed over for who has, also when it is who had the contact last time; and when nobody has, it is as if everybody had.
func TestAssignWhoHasRoom(t *testing.T) {
	p, _ := example(t)
	b := p.Brands[0]
	b.Rooms, p.Agent("marta").Room = 20, 5
	for _, x := range []struct {
		load      policy.Load
		language  string
		last      string
		want, why string
	}{
		{policy.Load{"ana": 19, "marta": 0}, "en", "", "ana", "ana has room: 19 of 20 conversations"},
		{policy.Load{"ana": 20, "marta": 4}, "en", "", "marta", "ana has no room: 20 conversations of 20; marta has room: 4 of 5 conversations"},
		{policy.Load{"ana": 3, "marta": 6}, "en", "marta", "ana", "marta has no room: 6 conversations of 5; ana has room: 3 of 20 conversations"},
		{policy.Load{"ana": 20, "marta": 5}, "en", "", "ana", "nobody on shift who speaks it has room: ana has it all the same"},
		{policy.Load{"ana": 20, "marta": 5}, "en", "marta", "marta", "nobody on shift who speaks it has room: marta has it all the same"},
		{policy.Load{"marta": 99}, "fr", "", "marta", "nobody on shift who speaks it has room: marta has it all the same"},
		{policy.Load{"ana": 20}, "en", "", "marta", "what marta has could not be counted"},
		{nil, "en", "", "ana", "speaks en"},
	} {
		due := at(t, "2026-01-06T12:00:00+01:00")
		got, why := policy.Assign(p, b, due, x.language, x.last, x.load)
		if all := strings.Join(why, "; "); got.ID != x.want || !strings.Contains(all, x.why) || x.load == nil && strings.Contains(all, "room") {
			t.Errorf("%v: %s because %q, want %s", x.load, got.ID, all, x.want)
		}
	}
	if asked := policy.Asked(p, b, at(t, "2026-01-06T12:00:00+01:00"), "fr"); len(asked) != 1 || asked["marta"] != 5 {
		t.Errorf("asked for %v", asked)
	}
	if b.Rooms, p.Agent("marta").Room = 0, 0; policy.Asked(p, b, at(t, "2026-01-06T12:00:00+01:00"), "en") != nil {
		t.Error("without a limit something is counted")
	}
}

// In the example somebody who speaks English and Italian is on in every hour, also when the clocks change.
func TestExampleIsAlwaysOn(t *testing.T) {
	p, _ := example(t)
	b := p.Brand("acme-air")
	begin := at(t, "2026-01-01T00:00:00Z")
	if gaps := b.Schedule.Gaps(begin, begin.AddDate(2, 0, 0)); len(gaps) > 0 {
		t.Errorf("nobody is on from %s", gaps[0].Start)
	}
	for hour := range 2 * 365 * 24 {
		for _, id := range b.Schedule.At(begin.Add(time.Duration(hour) * time.Hour)) {
			if a := p.Agent(id); !a.Speaks("en") || !a.Speaks("it") {
				t.Fatalf("%s does not speak English and Italian", id)
			}
		}
	}
}

// Half an hour before the clocks go forward: an hour later it is 03:30.
func TestExplainOverTheChangeOfClocks(t *testing.T) {
	p, _ := example(t)
	e := policy.Explain(p, policy.Query{At: at(t, "2026-03-29T01:30:00+01:00"), Channel: "email", Mood: triage.Negative})
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"at":"2026-03-29T01:30:00+01:00","brand":"acme-air","channel":"email","mood":"negative","urgency":"none","language":"en","priority":"high",` +
		`"assignee":{"id":"oleg","name":"Oleg Savchuk"},"first_response_due":"2026-03-29T03:30:00+02:00","receipt":"en","why":[` +
		`"priority high: the message is negative (table: no hurry + negative = high)",` +
		`"first response within 1h: the rule for first_response, email, high priority",` +
		`"oleg is on shift on Sunday 29 March 2026 03:30 CEST, when the first response falls due, and speaks en"]}`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
	words := e.Words()
	for _, say := range []string{"A negative message in en arrives on email for acme-air", "01:30:00 CET (+01:00)", "03:30:00 CEST (+02:00)", "Oleg Savchuk (oleg) has it", "  - priority high"} {
		if !strings.Contains(words, say) {
			t.Errorf("%q is not in\n%s", say, words)
		}
	}
}

func TestExplain(t *testing.T) {
	p, _ := example(t)
	monday := at(t, "2026-01-05T12:00:00+01:00")
	for _, x := range []struct {
		name     string
		q        policy.Query
		priority triage.Priority
		within   time.Duration
		who      string
		receipt  string
		why      string
	}{
		{"all defaults", policy.Query{At: monday}, triage.Normal, 24 * time.Hour, "ana", "en", "first response within 24h"},
		{"urgent beats mood", policy.Query{At: monday, Urgency: triage.AtOnce, Mood: triage.Positive}, triage.Urgent, 5 * time.Minute, "ana", "en", "urgent"},
		{"praise can wait a little", policy.Query{At: monday, Channel: "custom", Mood: triage.Positive}, triage.Low, time.Hour, "ana", "en", "praise"},
		{"a mention has less time", policy.Query{At: monday, Channel: "custom", Mood: triage.Negative}, triage.High, 20 * time.Minute, "ana", "en", "within 20m: "},
		{"a language with receipts of our own", policy.Query{At: monday, Language: "it"}, triage.Normal, 24 * time.Hour, "ana", "it", "speaks it"},
		{"a language that the team signs for", policy.Query{At: monday, Language: "ru"}, triage.Normal, 24 * time.Hour, "team:care", "ru", "none of them speaks ru"},
		{"a language without receipts", policy.Query{At: monday, Language: "nl"}, triage.Normal, 24 * time.Hour, "ana", "en", "the receipt is in en, the brand's language: there is none in nl"},
	} {
		e := policy.Explain(p, x.q)
		if e.Priority != x.priority || e.Due.Sub(e.At) != x.within || e.Assignee.ID != x.who || e.Receipt != x.receipt {
			t.Errorf("%s: %+v", x.name, e)
		}
		if all := strings.Join(e.Why, "; "); !strings.Contains(all, x.why) {
			t.Errorf("%s: %q does not say %q", x.name, all, x.why)
		}
	}
}

func TestExplainWhatIsNotThere(t *testing.T) {
	p, _ := example(t)
	for want, q := range map[string]policy.Query{
		"the rule book has no brand \"acme\"; known here: acme-air\n": {Brand: "acme"},
		"there is no channel \"emial\"; did you mean email?\n":        {Channel: "emial"},
	} {
		e := policy.Explain(p, q)
		if e.Words() != want || e.Assignee.ID != "" {
			t.Errorf("got %q, want %q", e.Words(), want)
		}
	}
}

func BenchmarkAssign(b *testing.B) {
	p, _ := example(b)
	due := time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC)
	for b.Loop() {
		policy.Assign(p, p.Brands[0], due, "it", "oleg", nil)
	}
}

func BenchmarkDuration(b *testing.B) {
	p, _ := example(b)
	for b.Loop() {
		p.Brands[0].Targets.Term("resolution", sla.Matter{Channel: "email", Priority: triage.Urgent})
	}
}

package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/triage"
)

// parse reads a rule book that must be right.
func parse(t testing.TB, data string) *policy.Policy {
	t.Helper()
	p, problems := policy.Parse("policy.yaml", []byte(data))
	if len(problems) > 0 {
		t.Fatalf("%v in\n%s", problems, data)
	}
	return p
}

func ids(all []policy.Recipient) string {
	var names []string
	for _, r := range all {
		names = append(names, r.Agent)
	}
	return strings.Join(names, " ")
}

// In the week from 5 January ana is first and marta second; ana is the lead; oleg has quiet hours from 22:00 to 07:00.
func TestPage(t *testing.T) {
	p, _ := example(t)
	b := p.Brands[0]
	for _, x := range []struct {
		at       string
		step     int
		priority triage.Priority
		want     string
	}{
		{"2026-01-06T12:00:00+01:00", 0, triage.Urgent, "ana"},
		{"2026-01-06T12:00:00+01:00", 1, triage.Urgent, "marta"},
		{"2026-01-06T12:00:00+01:00", 2, triage.Urgent, "ana"}, // lead and on call: once
		{"2026-01-06T12:00:00+01:00", 3, triage.Urgent, "ana"}, // the second run
		{"2026-01-13T12:00:00+01:00", 2, triage.Urgent, "ana marta"},
		{"2026-01-13T12:00:00+01:00", -1, triage.Urgent, "marta"},
		{"2026-01-12T09:00:00+01:00", 1, triage.High, "oleg"},
		{"2026-01-12T23:00:00+01:00", 1, triage.Urgent, "oleg"},
		{"2026-01-12T23:00:00+01:00", 1, triage.High, "ana marta"}, // oleg rests: the next step has it
		{"2026-01-19T23:00:00+01:00", 0, triage.Normal, "ana"},     // oleg is first, and rests: the second
	} {
		got := p.Page(b, x.step, x.priority, at(t, x.at))
		if ids(got) != x.want {
			t.Errorf("step %d for %s at %s pages %s, want %s", x.step, x.priority, x.at, ids(got), x.want)
		}
		for _, r := range got {
			if !slices.Equal(r.Ways, p.Agent(r.Agent).Pages) || len(r.Ways) == 0 {
				t.Errorf("%s is paged by %v", r.Agent, r.Ways)
			}
		}
	}
}

// Whoever rests, whatever the step, in every hour of a fortnight a page goes to somebody, and to nobody twice.
func TestPageAlwaysGoesToSomebody(t *testing.T) {
	asleep := strings.NewReplacer("    languages: [", "    quiet:\n      from: 00:00\n      to: 24:00\n      except: none\n    languages: [")
	_, data := example(t)
	text := strings.Replace(string(data), "    quiet:                        # no pages then, but for what is urgent\n      from: 22:00\n      to: 07:00\n      except: [urgent]\n", "", 1)
	p := parse(t, asleep.Replace(text))
	b := *p.Brands[0]
	begin := at(t, "2026-03-22T00:00:00Z")
	for hour := range 14 * 24 {
		now := begin.Add(time.Duration(hour) * time.Hour)
		for step := range 9 {
			for _, pr := range []triage.Priority{triage.Low, triage.Urgent} {
				got := strings.Fields(ids(p.Page(&b, step, pr, now)))
				if len(got) == 0 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != len(got) {
					t.Fatalf("step %d for %s at %s pages %v", step, pr, now, got)
				}
				if pr == triage.Low && !slices.Equal(got, b.Schedule.At(now)) {
					t.Fatalf("all rest at %s, and %v are paged", now, got)
				}
			}
		}
	}
	b.Schedule, b.Escalation = oncall.Schedule{Zone: time.UTC}, oncall.Escalation{}
	if got := ids(p.Page(&b, 0, triage.Urgent, begin)); got != "ana marta oleg" {
		t.Errorf("with neither rota nor ladder %q are paged", got)
	}
	if got := p.Page(&policy.Brand{ID: "none", Schedule: b.Schedule}, 0, triage.Urgent, begin); len(got) != 0 {
		t.Errorf("a brand without agents pages %v", got)
	}
}

// Who has passed a conversation on is called for it only when there is nobody else, and is called then before the whole team is woken.
func TestThoseBesideAreCalledLast(t *testing.T) {
	p, _ := example(t)
	b := p.Brands[0]
	const night = "2026-01-12T23:00:00+01:00" // marta is first, oleg second, who rests but for what is urgent
	for _, x := range []struct {
		step     int
		priority triage.Priority
		beside   string
		want     string
	}{
		{0, triage.Urgent, "", "marta"},
		{0, triage.Urgent, "ana", "marta"},
		{0, triage.Urgent, "marta", "oleg"},
		{0, triage.Urgent, "marta oleg", "ana"},
		{0, triage.High, "marta", "ana"},
		{2, triage.High, "ana", "marta"},
		{0, triage.High, "ana marta", "oleg"}, // on shift, in spite of his quiet hours
		{0, triage.Urgent, "ana marta oleg", "marta"},
		{1, triage.High, "ana marta oleg", "ana marta"},
	} {
		if got := ids(p.Page(b, x.step, x.priority, at(t, night), strings.Fields(x.beside)...)); got != x.want {
			t.Errorf("step %d for %s beside %q pages %s, want %s", x.step, x.priority, x.beside, got, x.want)
		}
	}
	alone := *b
	alone.Schedule.Layers = b.Schedule.Layers[:1]
	alone.Escalation.Steps = []oncall.Step{{Page: []string{oncall.OnCall}}}
	if got := ids(p.Page(&alone, 0, triage.Urgent, at(t, night), "marta")); got != "marta" {
		t.Errorf("with one on call, who has passed it on, %q are paged", got)
	}
}

func TestQuiet(t *testing.T) {
	with := func(quiet string) *policy.Agent {
		return parse(t, strings.Replace(small, "    languages:", "    time_zone: America/New_York\n    quiet:\n"+quiet+"    languages:", 1)).Agents[0]
	}
	night := with("      from: 22:00\n      to: 07:00\n      days: [fri, sat]\n")
	for at0, want := range map[string]bool{
		"2026-01-09T21:59:59-05:00": false, "2026-01-09T22:00:00-05:00": true, "2026-01-10T07:00:00-05:00": false,
		"2026-01-11T06:59:59-05:00": true, "2026-01-11T22:00:00-05:00": false, "2026-01-09T22:00:00+01:00": false,
	} {
		if got := night.Quiet(at(t, at0), triage.High); got != want {
			t.Errorf("at %s it is quiet: %v", at0, got)
		}
		if night.Quiet(at(t, at0), triage.Urgent) {
			t.Errorf("at %s what is urgent is kept quiet", at0)
		}
	}
	friday := at(t, "2026-01-09T23:00:00-05:00")
	if deaf := with("      from: 22:00\n      to: 07:00\n      except: none\n"); !deaf.Quiet(friday, triage.Urgent) {
		t.Error("without exception it is not quiet for what is urgent")
	}
	if keen := with("      from: 22:00\n      to: 07:00\n      except: [high, urgent]\n"); keen.Quiet(friday, triage.High) || !keen.Quiet(friday, triage.Low) {
		t.Error("exceptions are not kept")
	}
	if (&policy.Agent{}).Quiet(friday, triage.Low) {
		t.Error("who has no quiet hours is quiet")
	}
}

func TestEscalationAsWritten(t *testing.T) {
	p, _ := example(t)
	if got, want := fmt.Sprint(p.Brands[0].Escalation), "{[urgent breached] [{0s [on_call] [] } {5m0s [second] [] } {15m0s [lead on_call] [] }] 3 15m0s}"; got != want {
		t.Errorf("it is %s, want %s", got, want)
	}
	p = parse(t, small)
	if got, want := fmt.Sprint(p.Brands[0].Escalation), fmt.Sprint(policy.DefaultEscalation()); got != want {
		t.Errorf("the default is %s, want %s", got, want)
	}
	if got := ids(p.Page(p.Brands[0], 2, triage.High, at(t, "2026-01-06T12:00:00Z"))); got != "ana" {
		t.Errorf("where there is no lead %q are paged", got)
	}
	own := parse(t, strings.Replace(small, "    rota:", "    pages:\n      on: warned\n      steps:\n        - after: 30s\n          page: ana\n    rota:", 1)).Brands[0].Escalation
	if got, want := fmt.Sprint(own), "{[warned] [{30s [ana] [] }] 3 15m0s}"; got != want {
		t.Errorf("it is %s, want %s", got, want)
	}
}

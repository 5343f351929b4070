package policy_test

import (
	"slices"
	"strings"
	"testing"

	"pronto/shared/calendar"
	"pronto/shared/policy"
	"pronto/shared/triage"
)

// By day the first in the rota's layer is called, at night the leads, and for what is urgent the whole team.
func TestStepsByHourAndPriority(t *testing.T) {
	p, _ := example(t)
	data := brandWith(`    hours:
      windows:
        - {from: 08:00, to: 20:00}
    pages:
      steps:
        - {after: 0s, page: "rotation:layer 1", hours: working, priority: [normal, high]}
        - {after: 5m, page: ana, hours: outside}
        - {after: 10m, page: team, priority: urgent}
`)
	small := parse(t, data)
	b := small.Brands[0]
	who := func(pr triage.Priority, when string) string {
		var ids []string
		for _, r := range small.Page(b, 0, pr, at(t, when)) {
			ids = append(ids, r.Agent)
		}
		return strings.Join(ids, " ")
	}
	if got := who(triage.High, "2026-06-01T10:00:00+02:00"); got != "ana" {
		t.Errorf("by day %s is called", got)
	}
	if s := b.Escalation.Steps[1]; s.For("high", true) || !s.For("high", false) {
		t.Error("a step for the night is one for the day")
	}
	if s := b.Escalation.Steps[2]; s.For("high", true) || !s.For("urgent", true) {
		t.Error("a step for what is urgent is one for all")
	}
	if on, ok := p.Brands[0].Schedule.On("second", at(t, "2026-11-23T10:00:00+01:00")); !ok || on != "oleg" {
		t.Errorf("in the second layer %s is on", on)
	}
	for lines, want := range map[string]string{
		"        - {after: 0s, page: \"rotation:night\"}\n":                      "the rota has no layer \"night\"",
		"        - {after: 0s, page: \"webhook:http://alarms.acme.example/\"}\n": "has no https address after \"webhook:\"; write it whole",
		"        - {after: 0s, page: ana, hours: nights}\n":                      "\"nights\" is not understood",
		"        - {after: 0s, page: ana, priority: hot}\n":                      "\"hot\" is not understood",
	} {
		_, problems := policy.Parse("policy.yaml", []byte(brandWith("    pages:\n      steps:\n"+lines)))
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), want) {
			t.Errorf("%s: %v", lines, problems)
		}
	}
	if _, problems := policy.Parse("policy.yaml", []byte(strings.Replace(data, "mail: ana@staff.acme.example", "pagerduty: secret", 1))); len(problems) != 1 || !strings.Contains(problems[0].Error(), "is not a routing key; write the 32 letters and digits") {
		t.Errorf("%v", problems)
	}
}

// A system is told at its own step, beside the people there, and never in anybody's place.
func TestAStepTellsASystem(t *testing.T) {
	p := parse(t, brandWith("    pages:\n      steps:\n        - {after: 0s, page: [\"webhook:https://alarms.acme.example/in?key=hidden\", on_call]}\n        - {after: 1m, page: \"webhook:https://alarms.acme.example/b\"}\n        - {after: 5m, page: ana, priority: urgent}\n        - {after: 9m, page: \"webhook:https://alarms.acme.example/b\"}\n"))
	b, now := p.Brands[0], at(t, "2026-11-23T10:00:00+01:00")
	first, alone := p.Page(b, 0, triage.High, now), p.Page(b, 1, triage.High, now)
	if len(first) != 2 || p.Agent(first[0].Agent) == nil || !slices.Equal(first[1].Ways, []policy.Way{{Kind: "webhook", To: "https://alarms.acme.example/in?key=hidden"}}) {
		t.Fatalf("the first step calls %+v", first)
	}
	if len(alone) != 1 || alone[0].Agent == first[1].Agent || !b.System(alone[0].Agent) || b.System("ana") || p.Agent(alone[0].Agent) != nil {
		t.Errorf("the second calls %+v", alone)
	}
	if name := first[1].Agent; !strings.HasPrefix(name, "webhook:alarms.acme.example-") || strings.Contains(name, "hidden") {
		t.Errorf("it is called %s", name)
	}
	// The third step is not for what is high: people of the next step that has any take its place, and the system there waits for its own time.
	if got := p.Page(b, 2, triage.High, now); len(got) != 1 || got[0].Agent != first[0].Agent {
		t.Errorf("the third calls %+v", got)
	}
	// All people rest: whoever is on shift is called all the same, and the system once.
	for _, a := range p.Agents {
		a.Hours = policy.QuietHours{Window: calendar.Window{Days: calendar.EveryDay, From: 0, To: calendar.Midnight}}
	}
	if got := p.Page(b, 0, triage.High, now); len(got) < 2 || p.Agent(got[0].Agent) == nil || got[len(got)-1].Agent != first[1].Agent {
		t.Errorf("while all rest: %+v", got)
	}
}

// The ladder's next person is one of its later steps who is not on shift, does not rest, and can be told by something that keeps no alerts.
func TestReserve(t *testing.T) {
	_, data := example(t)
	for name, x := range map[string]struct {
		change   func(p *policy.Policy)
		at       string
		want     string
		priority triage.Priority
	}{
		"ana leads and is off":       {at: "2026-11-23T10:00:00+01:00", want: "ana", priority: triage.High},
		"ana is on":                  {at: "2026-11-30T10:00:00+01:00", priority: triage.High},
		"a later step names oleg":    {func(p *policy.Policy) { p.Brands[0].Escalation.Steps[2].Page = []string{"oleg"} }, "2026-11-16T10:00:00+01:00", "oleg", triage.High},
		"at night he rests":          {func(p *policy.Policy) { p.Brands[0].Escalation.Steps[2].Page = []string{"oleg"} }, "2026-11-16T23:00:00+01:00", "", triage.High},
		"there is one step":          {func(p *policy.Policy) { p.Brands[0].Escalation.Steps = p.Brands[0].Escalation.Steps[:1] }, "2026-11-23T10:00:00+01:00", "", triage.High},
		"there is none":              {func(p *policy.Policy) { p.Brands[0].Escalation.Steps = nil }, "2026-11-23T10:00:00+01:00", "", triage.High},
		"she has but PagerDuty":      {func(p *policy.Policy) { p.Agent("ana").Pages = []policy.Way{{Kind: "pagerduty", To: "key"}} }, "2026-11-23T10:00:00+01:00", "", triage.High},
		"the step is for the urgent": {func(p *policy.Policy) { p.Brands[0].Escalation.Steps[2].Only = []string{"urgent"} }, "2026-11-23T10:00:00+01:00", "", triage.High},
	} {
		p := parse(t, string(data))
		if x.change != nil {
			x.change(p)
		}
		got, ok := p.Reserve(p.Brands[0], x.priority, at(t, x.at))
		if got.Agent != x.want || ok != (x.want != "") {
			t.Errorf("%s: %q is told; on shift are %v", name, got.Agent, p.Brands[0].Schedule.At(at(t, x.at)))
		}
	}
}

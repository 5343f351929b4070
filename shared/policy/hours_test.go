package policy_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// beside is the directory of the rule book: one file of holidays.
func beside(name string) ([]byte, error) {
	if name != "holidays/acme.ics" {
		return nil, errors.New("no such file")
	}
	return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20200814\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Hangar day\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"), nil
}

const hoursOfAll = `    hours:
      windows:
        - days: [mon, tue, wed, thu, fri]
          from: 09:00
          to: 13:00
        - days: [mon, tue, wed, thu, fri]
          from: 14:00
          to: 18:00
      holidays:
        country: [IT]
        files: holidays/acme.ics
        dates:
          - 2026-09-01
          - date: 2026-12-24
            name: Christmas Eve
            from: 09:00
            to: 12:00
    channels:
      custom:
        hours:
          windows:
            - from: 20:00
              to: 02:00
    team:
      hours:
        time_zone: America/New_York
        windows:
          - days: [mon]
            from: 09:00
            to: 17:00
`

func TestHoursOfBrandTeamAndChannel(t *testing.T) {
	data := []byte(brandWith(hoursOfAll))
	p, problems := policy.ParseWith("policy.yaml", data, beside)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	b := p.Brands[0]
	for _, x := range []struct {
		channel, when string
		team, open    bool
		why           string
	}{
		{"email", "2026-06-01T10:00:00+02:00", false, true, "a Monday morning"},
		{"email", "2026-06-01T13:30:00+02:00", false, false, "lunch"},
		{"email", "2026-06-02T10:00:00+02:00", false, false, "Festa della Repubblica"},
		{"email", "2026-08-14T10:00:00+02:00", false, false, "hangar day, of the file"},
		{"email", "2026-09-01T10:00:00+02:00", false, false, "the brand's own"},
		{"email", "2026-12-24T11:00:00+01:00", false, true, "open for three hours"},
		{"email", "2026-12-24T12:00:00+01:00", false, false, "and no longer"},
		{"email", "2026-06-01T10:00:00+02:00", true, false, "the team's office is in New York"},
		{"email", "2026-06-01T16:00:00+02:00", true, true, "where it is ten"},
		{"custom", "2026-06-02T01:59:00+02:00", true, true, "the channel's hours count first, over midnight"},
		{"custom", "2026-06-02T10:00:00+02:00", false, false, "and alone"},
	} {
		if got := b.Hours(x.channel, x.team).Open(at(t, x.when)); got != x.open {
			t.Errorf("%s %s: open %v: %s", x.channel, x.when, got, x.why)
		}
	}
	if other, _ := policy.ParseWith("policy.yaml", data, func(name string) ([]byte, error) {
		data, err := beside(name)
		return []byte(strings.Replace(string(data), "Hangar", "Other", 1)), err
	}); other.Version == p.Version {
		t.Error("another file of holidays gives the same version")
	}
}

func TestSLAPolicies(t *testing.T) {
	p := parse(t, brandWith(`    segments:
      gold: [customer.example, ada@friend.example]
    sla:
      - name: gold
        when: {segment: gold, priority: [high, urgent]}
        first_response: 20m elapsed
      - name: Italian mail
        when:
          channel: email
          language: it
        count: elapsed
        first_response: 4h working
        resolution: 16h
    snooze:
      rest: [next_response, resolution]
    close_after: 3 days
`))
	b := p.Brands[0]
	for addr, want := range map[string]string{"Bob@Customer.example": "gold", "ada+x@friend.example": "gold", "eve@friend.example": "", "": ""} {
		if got := b.Segment(addr); got != want {
			t.Errorf("%s is of segment %q, want %q", addr, got, want)
		}
	}
	for _, x := range []struct {
		kind sla.Kind
		m    sla.Matter
		want sla.Term
	}{
		{sla.FirstResponse, sla.Matter{Channel: "email", Language: "it", Priority: triage.High, Segment: "gold"}, sla.Term{Within: 20 * time.Minute, Elapsed: true}},
		{sla.FirstResponse, sla.Matter{Channel: "email", Language: "it", Priority: triage.Low, Segment: "gold"}, sla.Term{Within: 4 * time.Hour}},
		{sla.Resolution, sla.Matter{Channel: "email", Language: "it"}, sla.Term{Within: 16 * time.Hour, Elapsed: true}},
		{sla.NextResponse, sla.Matter{Channel: "email", Language: "it", Priority: triage.Urgent}, sla.Term{Within: 5 * time.Minute, Elapsed: true}},
	} {
		if got, why := b.Targets.Term(x.kind, x.m); got != x.want {
			t.Errorf("%s of %+v: %+v by %s, want %+v", x.kind, x.m, got, why, x.want)
		}
	}
	if !slices.Equal(b.Resting, []sla.Kind{sla.NextResponse, sla.Resolution}) || b.CloseAfter != 72*time.Hour {
		t.Errorf("rest %v, close after %s", b.Resting, b.CloseAfter)
	}
	if plain := parse(t, small).Brands[0]; plain.CloseAfter != policy.DefaultCloseAfter || !plain.Hours("email", true).Always() || plain.Resting != nil {
		t.Error("a rule book of before there was working time has other defaults")
	}
}

func TestProblemsOfTime(t *testing.T) {
	for lines, want := range map[string]string{
		"    hours:\n      windows:\n        - days: [mon]\n          from: 9\n          to: 10:00\n":                                 "brands[0].hours.windows[0].from: \"9\" is not a time of day; write four digits",
		"    hours:\n      holidays:\n        country: IS\n":                                                                          "the holidays of \"IS\" are not known; known here: AR",
		"    hours:\n      holidays:\n        country: Italy\n":                                                                       "brands[0].hours.holidays.country: the holidays of \"Italy\" are not known",
		"    hours:\n      holidays:\n        files: ../secret.ics\n":                                                                 "is not a file beside the rule book; write its path",
		"    hours:\n      holidays:\n        files: none.ics\n":                                                                      "\"none.ics\" cannot be read; put it beside the rule book",
		"    hours:\n      holidays:\n        dates: [24.12.2026]\n":                                                                  "brands[0].hours.holidays.dates[0]: \"24.12.2026\" is not a date; write year, month, day",
		"    hours:\n      holidays:\n        dates:\n          - date: 2026-12-24\n            from: 12:00\n            to: 09:00\n": "is not open at any time; let to be later",
		"    sla:\n      - when: {channel: email}\n        first_response: 1h\n":                                                      "brands[0].sla[0].name: is missing; give it one",
		"    sla:\n      - name: x\n":                                                                                                 "brands[0].sla[0]: sets no time",
		"    sla:\n      - name: x\n        when: {segment: gold}\n        resolution: 1h\n":                                          "there is no segment \"gold\"; add it under segments",
		"    sla:\n      - name: x\n        when: {priority: hot}\n        resolution: 1h\n":                                          "brands[0].sla[0].when.priority: \"hot\" is not understood",
		"    sla:\n      - name: x\n        resolution: 1h sleeping\n":                                                                "brands[0].sla[0].resolution: \"sleeping\" is not understood",
		"    segments: [gold]\n":                "brands[0].segments: is not a mapping",
		"    snooze:\n      rest: everything\n": "brands[0].snooze.rest: \"everything\" is not understood",
		"    close_after: 400 days\n":           "brands[0].close_after: \"400 days\" is out of bounds; write 1 to 365 days",
	} {
		_, problems := policy.ParseWith("policy.yaml", []byte(brandWith(lines)), beside)
		var all []string
		for _, p := range problems {
			all = append(all, p.Error())
		}
		if !strings.Contains(strings.Join(all, "\n"), want) {
			t.Errorf("%s\nwants %s\ngot   %s", lines, want, strings.Join(all, "\n"))
		}
	}
}

// rotaWith is the small rule book with these lines as its rota.
func rotaWith(lines string) string {
	i, j := strings.Index(small, "    rota:\n"), strings.Index(small, "agents:\n  - id")
	return small[:i] + "    rota:\n" + lines + small[j:]
}

func TestRotasWithHoles(t *testing.T) {
	for name, x := range map[string]struct{ lines, want string }{
		"twelve hours each": {"      layers:\n        - rotation: custom\n          every: 12h\n          start: 2026-01-05\n          hand_over: 08:00\n          agents: [ana]\n", ""},
		"a custom rotation without a length": {"      layers:\n        - rotation: custom\n          start: 2026-01-05\n          hand_over: 08:00\n          agents: [ana]\n",
			"brands[0].rota.layers[0].every: is missing; write how long a turn is"},
		"a weekly one with a length": {"      layers:\n        - rotation: weekly\n          every: 12h\n          start: 2026-01-05\n          hand_over: 08:00\n          agents: [ana]\n",
			"only custom rotations have a length of their own"},
		"the sun is followed, and clocks change": {`      layers:
        - name: Rome
          rotation: daily
          start: 2026-01-05
          hand_over: 08:00
          agents: [ana]
          windows:
            - {from: 08:00, to: 20:00}
        - name: New York
          time_zone: America/New_York
          rotation: daily
          start: 2026-01-05
          hand_over: 14:00
          agents: [ana]
          windows:
            - {from: 14:00, to: 02:00}
`, "nobody on Monday 9 March 07:00 until 08:00 (2026, Europe/Rome)"},
		"leave in the hour that comes twice": {"      layers:\n        - rotation: daily\n          start: 2026-01-05\n          hand_over: 08:00\n          agents: [ana]\n      leave:\n        - {agent: ana, start: 2026-10-25 02:30, end: 2026-10-25 03:00}\n",
			"nobody on Sunday 25 October 02:30, which happens twice, until 03:00 (2026, Europe/Rome)"},
		"with oneself": {"      layers:\n        - rotation: daily\n          start: 2026-01-05\n          hand_over: 08:00\n          agents: [ana]\n      swaps:\n        - {agent: ana, with: ana, start: 2026-10-25 02:30, end: 2026-10-25 03:00}\n",
			"brands[0].rota.swaps[0].with: is the same agent; name another"},
	} {
		_, problems := policy.Parse("policy.yaml", []byte(rotaWith(x.lines)))
		var all []string
		for _, p := range problems {
			all = append(all, p.Error())
		}
		if got := strings.Join(all, "\n"); !strings.Contains(got, x.want) || x.want == "" && got != "" {
			t.Errorf("%s: want %q, got %s", name, x.want, got)
		}
	}
}

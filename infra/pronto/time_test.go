package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Every example of docs/policy.md that begins with "$ pronto" says what the program says.
func TestDocsExamplesAreWhatTheProgramSays(t *testing.T) {
	t.Setenv("PRONTO_POLICY", "../../policy.yaml")
	page, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for i, block := range strings.Split(string(page), "```") {
		command, want, _ := strings.Cut(strings.TrimPrefix(block, "\n"), "\n")
		args, ok := strings.CutPrefix(command, "$ pronto ")
		if i%2 == 0 || !ok {
			continue
		}
		examples++
		if got, status := pronto(t, strings.Fields(args)...); got != want || status != 0 {
			t.Errorf("%s\nthe page says\n%s\nthe program (%d) says\n%s", command, want, status, got)
		}
	}
	if examples < 5 {
		t.Errorf("only %d examples", examples)
	}
}

// What due adds, between measures: through the program, over both nights when clocks change.
func TestDueAndBetweenAgree(t *testing.T) {
	t.Setenv("PRONTO_POLICY", "../../policy.yaml")
	for _, from := range []string{"2026-03-27T18:30:00+01:00", "2026-03-29T01:59:59+01:00", "2026-10-24T13:00:00+02:00", "2026-10-25T02:30:00+01:00", "2026-12-23T19:00:00Z"} {
		for _, working := range []string{"0s", "1s", "90m", "4h", "77h12m3s", "2000h"} {
			var due struct {
				Due     time.Time
				Seconds float64 `json:"working_seconds"`
			}
			answer(t, &due, "sla", "due", "--from", from, "--working", working)
			var between struct {
				Seconds float64 `json:"working_seconds"`
			}
			answer(t, &between, "sla", "between", from, due.Due.Format(time.RFC3339))
			if between.Seconds != due.Seconds {
				t.Errorf("%s from %s end at %s, and %v s lie between", working, from, due.Due, between.Seconds)
			}
		}
	}
}

func answer(t *testing.T, v any, args ...string) {
	t.Helper()
	out, status := pronto(t, append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), v); err != nil || status != 0 {
		t.Fatalf("%v: %d %v: %s", args, status, err, out)
	}
}

func TestQuestionsAboutTime(t *testing.T) {
	dir := t.TempDir()
	good, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, data string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	book := write("policy.yaml", string(good))
	t.Setenv("PRONTO_POLICY", book)
	for _, x := range []struct {
		args   string
		status int
		want   string
	}{
		{"sla due --working 4h --from tomorrow", exitUsage, `--from "tomorrow" is no time of RFC 3339: write it as 2026`},
		{"sla due --from 2026-03-27T18:30:00+01:00", exitUsage, "--working is missing: write how much"},
		{"sla due --working 4 --from 2026-03-27T18:30:00+01:00", exitUsage, `--working "4" is no duration`},
		{"sla due --working -1h --from 2026-03-27T18:30:00+01:00", exitUsage, "out of bounds"},
		{"sla due --working 4h --channel fax", exitUsage, `--channel "fax" is none: use email or custom`},
		{"sla due --working 4h --brand x", exitUsage, `--brand "x" is none: the rule book has acme-air`},
		{"sla due --working 4h --policy missing.yaml", exitFailed, "there is no rule book missing.yaml"},
		{"sla between 2026-03-27T18:30:00+01:00", exitUsage, "1 instant is given: write two"},
		{"sla between 2026-03-27 2026-03-28", exitUsage, "A \"2026-03-27\" is no time"},
		{"sla between 2026-03-30T12:00:00Z 2026-03-29T12:00:00Z", 0, "0s of working time"},
		{"sla between 1026-03-30T12:00:00Z 9926-03-29T12:00:00Z", exitUsage, "write a year from 1970 to 2200"},
		{"oncall --at 2026-10-25T02:30:00+02:00 --month 2026-10", exitUsage, "ask one"},
		{"oncall --month October", exitUsage, "write it as 2026-10"},
		{"oncall --ical", exitUsage, "name --agent"},
		{"oncall --agent zoe", exitUsage, `--agent "zoe" is none`},
		{"oncall --month 2026-10 --agent ana", 0, "Mon 26 09:00 CET to the month's end   Ana Ferrante (ana), then Marta Lindqvist (marta)"},
		{"oncall --at 2026-10-25T02:30:00+02:00 --agent ana", 0, "Ana Ferrante (ana) is on now, until "},
		{"oncall --month 2026-10 --agent ana --ical", 0, "DTSTART:20261026T080000Z"},
		{"oncall --at 2026-10-25T02:30:00+02:00 --json", 0, `"until": "2026-10-26T09:00:00+01:00"`},
	} {
		if out, status := pronto(t, strings.Fields(x.args)...); status != x.status || !strings.Contains(out, x.want) {
			t.Errorf("pronto %s: %d\n%s\nwant %d and %q", x.args, status, out, x.status, x.want)
		}
	}
}

// A rule book whose rota nobody keeps in the coming year is refused, with the hours in words; hours that two cover are noted.
func TestCheckLooksAYearAhead(t *testing.T) {
	good, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	layers := string(good)
	i, j := strings.Index(layers, "      layers:\n"), strings.Index(layers, "      # One shift taken over")
	file := filepath.Join(t.TempDir(), "policy.yaml")
	check := func(rota string) (string, int) {
		if err := os.WriteFile(file, []byte(layers[:i]+rota+layers[j:]), 0o600); err != nil {
			t.Fatal(err)
		}
		return pronto(t, "policy", "check", file)
	}
	half := func(name, zone, from, to, agent string) string {
		return "        - name: " + name + "\n          time_zone: " + zone + "\n          rotation: daily\n          start: 2026-01-05\n          hand_over: 09:00\n          agents: [" + agent + "]\n          windows:\n            - {from: " + from + ", to: " + to + "}\n"
	}
	// Rome's day is met by New York's only while both have changed their clocks.
	if out, status := check("      layers:\n" + half("Rome", "Europe/Rome", "09:00", "21:00", "ana") + half("York", "America/New_York", "15:00", "03:00", "oleg") + half("rest", "Europe/Rome", "20:00", "09:00", "marta")); status != 0 || !strings.Contains(out, "note: ") || !strings.Contains(out, "are both on") {
		t.Errorf("%d: %s", status, out)
	}
	if out, status := check("      layers:\n" + half("Rome", "Europe/Rome", "09:00", "21:00", "ana") + half("York", "America/New_York", "15:00", "03:00", "oleg")); status != exitProblems || !strings.Contains(out, "nobody on ") {
		t.Errorf("%d: %s", status, out)
	}
}

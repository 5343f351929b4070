package policy

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/shared/channel"
	"pronto/shared/oncall"
	"pronto/shared/triage"
)

func page(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// block gives the first fenced block of the page that begins with these words.
func block(t *testing.T, page, begins string) string {
	t.Helper()
	for i, part := range strings.Split(page, "```") {
		if _, text, _ := strings.Cut(part, "\n"); i%2 == 1 && strings.HasPrefix(text, begins) {
			return text
		}
	}
	t.Fatalf("docs/policy.md has no block that begins with %q", begins)
	return ""
}

func TestDocsHaveEveryKey(t *testing.T) {
	page := page(t)
	for _, key := range slices.Concat(topKeys, brandKeys, fromKeys, teamKeys, agentKeys, pageKeys, rotaKeys, layerKeys, windowKeys, overrideKeys,
		budgetKeys, receiptKeys, targetKeys, channelKeys, priorityKeys, roles, useKeys, hookKeys, webhookKeys, WebhookEvents(), pagesKeys, stepKeys, quietKeys, silenceKeys, triageKeys, secondKeys, urgencyKeys, moodKeys, triage.ReasonNames(), bounceKeys, warnKeys,
		swapKeys, leaveKeys, hoursKeys, offKeys, dateKeys, slaKeys, whenKeys, snoozeKeys, timeKeys, promiseKeys, handovers, stepHours, counts(),
		oncall.Words, causes(), channel.Known(), valueKeys, worthKeys, mailboxKeys, accountKeys, surveyKeys, askKeys, retainKeys) {
		if !strings.Contains(page, "`"+key+"`") {
			t.Errorf("docs/policy.md does not explain `%s`", key)
		}
	}
}

func TestDocsExamplesHold(t *testing.T) {
	page := page(t)
	if _, problems := Parse("docs/policy.md", []byte(block(t, page, "brands:"))); len(problems) > 0 {
		t.Errorf("the least rule book: %v", problems)
	}
	data, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, problems := Parse("policy.yaml", data)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	at := time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC)
	if got, want := Explain(p, Query{At: at, Mood: triage.Negative}).Words(), block(t, page, "A negative message"); got != want {
		t.Errorf("docs/policy.md says\n%s\nand it is\n%s", want, got)
	}
}

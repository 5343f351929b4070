package desk_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/triage"
)

// ruled is the example with some text in place of another.
func ruled(t *testing.T, old, new string) *policy.Policy {
	t.Helper()
	b, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(b), old, new, 1)
	if text == string(b) && old != new {
		t.Fatalf("the example has no %q", old)
	}
	p, problems := policy.Parse("policy.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return p
}

var tuesday = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// wrote is a message that opened a conversation, from one of three customers.
func wrote(n int, mood triage.Mood, text string) desk.Past {
	at := tuesday.Add(time.Duration(n) * time.Minute)
	who := fmt.Sprintf("customer%d", n%3)
	return desk.Past{
		Message: desk.Message{
			ID: fmt.Sprintf("m%d", n), Direction: "in", Kind: "message", At: at, Author: channel.Party{Name: "Ada Marsh", Address: who + "@home.example"}, Subject: "My bag", Excerpt: text, Mood: mood,
			Outcome: desk.Outcome{Receipt: "000001-0"},
		},
		Conversation: desk.Conversation{
			Ref: desk.Ref{Brand: "acme-air", Conversation: fmt.Sprintf("c%d", n)}, Channel: desk.Email, Contact: who, Language: "en", Opened: at, Promise: &desk.Promise{By: at.Add(time.Hour)},
		},
	}
}

func day() []desk.Past {
	loop := wrote(4, triage.Neutral, "I am out of the office.")
	loop.Message.Outcome = desk.Outcome{Suppressed: "auto_submitted"}
	loop.Conversation.Promise = nil
	return []desk.Past{
		wrote(1, triage.Negative, "My suitcase arrived broken and nobody answers the phone. This is terrible."),
		wrote(2, triage.Positive, "Thank you so much, the crew was wonderful!"),
		wrote(3, triage.Neutral, "Where do I find my booking?"),
		loop,
	}
}

// What differs is counted by what it is, and nothing else is told.
func TestPreviewing(t *testing.T) {
	was := ruled(t, "", "")
	for name, x := range map[string]struct {
		old, new string
		differ   int
		by       map[string]int
	}{
		"nothing":           {"", "", 0, nil},
		"a comment":         {"# The rule book", "# A rule book", 0, nil},
		"a target":          {"high: 1h elapsed\n", "high: 30m elapsed\n", 1, map[string]int{"due": 1}},
		"the table":         {"    team:\n", "    triage: {priority: {none: {positive: high}}}\n    team:\n", 1, map[string]int{"priority": 1, "due": 1}},
		"the rota":          {"            - ana\n            - marta\n            - oleg\n", "            - oleg\n            - ana\n            - marta\n", 3, map[string]int{"assignee": 3}},
		"a signature":       {"    team:\n", "    signature: 1 Long Street\n    team:\n", 3, map[string]int{"text": 3}},
		"a sender's budget": {"sender_hour: 4\n", "sender_hour: 1\n", 0, nil}, // each wrote once in the hour
		"a sibling":         {"\nsiblings:\n", "\nsiblings:\n  - customer1@home.example\n", 1, map[string]int{"receipt": 1}},
		"who is called":     {"          page: on_call\n", "          page: lead\n", 3, map[string]int{"pages": 3}},
	} {
		v := desk.Previewing(was, ruled(t, x.old, x.new), "acme-air", "2026-11-24", day(), nil)
		got := map[string]int{"priority": v.Priority, "assignee": v.Assignee, "due": v.Due, "receipt": v.Receipt, "pages": v.Pages, "text": v.Text}
		if v.Messages != 4 || name != "the rota" && v.Differ != x.differ {
			t.Errorf("%s: of %d messages %d differ: %+v", name, v.Messages, v.Differ, v)
		}
		for kind, n := range x.by {
			if got[kind] != n {
				t.Errorf("%s: %s %d, want %d", name, kind, got[kind], n)
			}
		}
		if len(x.by) == 1 && name != "the rota" && name != "a sibling" && len(v.Samples) > 0 && len(v.Samples[0].Differs) != 1 {
			t.Errorf("%s: %+v", name, v.Samples[0])
		}
	}
	if v := desk.Previewing(was, was, "no-air", "2026-11-24", day(), nil); v.Messages != 0 {
		t.Errorf("a brand that there is not: %+v", v)
	}
}

// A sender's own budget is counted by each rule book on its way through the day, and who was silent for it may not be.
func TestPreviewingCountsASendersBudget(t *testing.T) {
	var all []desk.Past
	for n := range 9 {
		x := wrote(n*3, triage.Neutral, fmt.Sprintf("Where do I find booking %d?", n))
		if n >= 4 {
			x.Message.Outcome = desk.Outcome{Suppressed: desk.OverSenderHour}
		}
		all = append(all, x)
	}
	slices.Reverse(all) // as a table gives them, in no order
	v := desk.Previewing(ruled(t, "", ""), ruled(t, "sender_hour: 4\n", "sender_hour: 6\n"), "acme-air", "2026-11-24", all, nil)
	if v.Receipt != 2 || v.Differ != 2 || v.Samples[0].Was.Receipt != string(desk.OverSenderHour) || v.Samples[0].Is.Receipt != "full" {
		t.Errorf("%+v", v)
	}
}

func BenchmarkPreviewing(b *testing.B) {
	text, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		b.Fatal(err)
	}
	p, _ := policy.Parse("policy.yaml", text)
	var all []desk.Past
	for n := range 500 {
		all = append(all, wrote(n, triage.Negative, strings.Repeat("My suitcase arrived broken and nobody answers the phone. This is terrible. ", 5)[:desk.ExcerptBytes-30]))
	}
	for b.Loop() {
		desk.Previewing(p, p, "acme-air", "2026-11-24", all, nil)
	}
}

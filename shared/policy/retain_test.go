package policy

import (
	"strings"
	"testing"
	"time"
)

// For how long a brand's data is kept is said in whole days; what is not named is kept.
func TestRetain(t *testing.T) {
	for text, want := range map[string]Retention{
		"":                                       {},
		"retain: {conversations: 400}":           {Conversations: 400 * 24 * time.Hour},
		"retain: {conversations: 1, held: 3650}": {24 * time.Hour, 3650 * 24 * time.Hour},
	} {
		b := changed(t, "    rota:\n", "    "+text+"\n    rota:\n")
		if got := b.Policy.Brands[0].Retain; got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
	good := string(changed(t, "", "").Text)
	for text, want := range map[string]string{
		"retain: {conversations: 0}":    "brands[0].retain.conversations: \"0\" is not a number of whole days; write 1 or more, in digits",
		"retain: {held: 1.5}":           "brands[0].retain.held: \"1.5\" is not a number of whole days; write 1 or more, in digits",
		"retain: {held: 30 days}":       "brands[0].retain.held: \"30 days\" is not a number of whole days",
		"retain: {conversations: 3651}": "write 3650 at most",
		"retain: {mail: 30}":            "unknown key \"mail\"",
		"retain: 30":                    "brands[0].retain",
	} {
		_, problems := Parse("policy.yaml", []byte(strings.Replace(good, "    rota:\n", "    "+text+"\n    rota:\n", 1)))
		if len(problems) != 1 || problems[0].Line == 0 || problems[0].Remedy == "" || !strings.Contains(problems[0].Error(), want) {
			t.Errorf("%s: %v, want %q", text, problems, want)
		}
	}
}

package reply

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pronto/shared/triage"
)

var update = flag.Bool("update", false, "write testdata/receipts.txt anew; read it before committing")

var languages = []string{"en", "it", "es", "fr", "de", "pt", "ru"}

// kinds are the four bodies of a template.
var kinds = []struct {
	name  string
	mood  triage.Mood
	short bool
}{
	{"negative", triage.Negative, false}, {"neutral", triage.Neutral, false}, {"positive", triage.Positive, false}, {"follow_up", triage.Negative, true},
}

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatalf("load zone %s: %v", name, err)
	}
	return zone
}

// sample is a receipt of Acme Air, written on Friday 20 November 2026 at 13:00 in Rome.
func sample(t testing.TB, lang string, hours int) Receipt {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	return Receipt{Language: lang, Name: "Ana", Agent: "Marta", Brand: "Acme Air", Now: now, Due: now.Add(time.Duration(hours)*time.Hour + 35*time.Minute),
		Zone: location(t, "Europe/Rome"), ZoneSure: true}
}

// Every language, occasion and signer; the days and the certainty of the zone take turns, and TestWhen has all of them.
func TestReceiptsRead(t *testing.T) {
	var got strings.Builder
	for _, lang := range languages {
		template, ok := Builtin(lang)
		if !ok {
			t.Fatalf("no wording in %s", lang)
		}
		for i, kind := range kinds {
			for j, agent := range []string{"Marta", ""} {
				r := sample(t, lang, []int{1, 25, 73}[(i+j)%3])
				r.Mood, r.Short, r.Agent, r.ZoneSure = kind.mood, kind.short, agent, (i+j)%2 == 0
				if j == 1 {
					r.Name = "info@acme.example"
				}
				rendered := Render(template, r)
				fmt.Fprintf(&got, "=== %s %s %q\n%s\n\n%s\n", lang, kind.name, agent, rendered.Subject, rendered.Text)
			}
		}
	}
	const file = "testdata/receipts.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range strings.Split(string(want), "=== ") {
		if g := strings.Split(got.String(), "=== "); i >= len(g) || g[i] != w {
			t.Fatalf("receipt %d differs from %s; want\n%s", i, file, w)
		}
	}
	if got.Len() != len(want) {
		t.Errorf("%d bytes of receipts, %s has %d", got.Len(), file, len(want))
	}
}

func TestBuiltinPassesItsOwnCheck(t *testing.T) {
	for _, lang := range languages {
		template, _ := Builtin(lang)
		if breaches := Check(lang, template); len(breaches) > 0 {
			t.Errorf("%s: %s", lang, strings.Join(breaches, "; "))
		}
	}
}

// Moods must differ in tone, so no sentence before {agent} serves two of them.
func TestBuiltinMoodsDiffer(t *testing.T) {
	for _, lang := range languages {
		template, _ := Builtin(lang)
		seen := map[string]string{}
		for _, f := range fields(template)[3:7] {
			opening, _, _ := strings.Cut(f.text, ".")
			if other := seen[opening]; other != "" {
				t.Errorf("%s: %s opens as %s does: %q", lang, f.name, other, opening)
			}
			seen[opening] = f.name
		}
	}
}

func TestBuiltinLanguages(t *testing.T) {
	for _, tag := range []string{"pt-BR", "pt_PT", "PT"} {
		if got, ok := Builtin(tag); !ok || got != portuguese {
			t.Errorf("Builtin(%q) is not the Portuguese wording", tag)
		}
	}
	for _, tag := range []string{"", "nl", "english", "-", "x-pt"} {
		if _, ok := Builtin(tag); ok {
			t.Errorf("Builtin(%q) has a wording", tag)
		}
	}
}

package functions_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/comprehend"
	"pronto/infra/local/desktest"
)

// A post is asked about once, when it comes and is receipted, however often its author edits it.
func TestAnEditAsksForNoSecondOpinion(t *testing.T) {
	raw, err := os.ReadFile("../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book := filepath.Join(t.TempDir(), "policy.yaml")
	wants := strings.Replace(string(raw), "    rota:\n", "    triage: {second_opinion: {by: comprehend, margin: 99%}}\n    rota:\n", 1)
	if err := os.WriteFile(book, []byte(wants), 0o600); err != nil {
		t.Fatal(err)
	}
	d := desktest.New(t, desktest.Options{Start: monday, Policy: book})
	heard := make(chan string, 10)
	d.AWS.Comprehend.JudgeBy(func(_, text string) comprehend.Scores {
		heard <- text
		return comprehend.Scores{Negative: .9, Neutral: .1}
	})
	b := newBridge(t, d)
	b.post(mention("a", "@mira", "So this is the new lounge then."))
	d.Settle()
	for n := range 5 {
		d.Turn(time.Minute)
		b.post(change("a", d.Clock.Now().Format(time.RFC3339), fmt.Sprintf("So this is the new lounge then, number %d.", n)))
		d.Settle()
	}
	if out := posts(d.Outbox()); len(out) != 1 || len(heard) != 1 {
		t.Errorf("%d receipts, and %d texts heard", len(out), len(heard))
	}
}

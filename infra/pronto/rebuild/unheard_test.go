package rebuild_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pronto/infra/local/desktest"
	"pronto/infra/pronto/rebuild"
)

// A rebuild lets no other judge hear what came, whether it is of somebody who was forgotten or not.
func TestARebuildAsksForNoSecondOpinion(t *testing.T) {
	raw, err := os.ReadFile("../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book := filepath.Join(t.TempDir(), "policy.yaml")
	wants := strings.Replace(string(raw), "    rota:\n", "    triage: {second_opinion: {by: comprehend, margin: 99%}}\n    rota:\n", 1)
	if err := os.WriteFile(book, []byte(wants), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &world{desktest.New(t, desktest.Options{Start: monday, Policy: book}), t}
	w.mail(1, "ada@home.example", "care@acme.example", "The lounge", "So this is the new lounge then.")
	w.mail(2, "carl@gone.example", "care@acme.example", "Forget me", "I was told to write here about my booking again.")
	asked := func() int { return w.AWS.Usage()["comprehend"]["DetectSentiment"] }
	before := asked()
	if before == 0 {
		t.Fatal("nobody was asked when they came")
	}
	w.lose()
	if report, err := rebuild.Run(t.Context(), w.Setup, rebuild.Options{Until: w.Clock.Now()}); err != nil || report.Mails != 2 || report.Conversations != 2 {
		t.Fatalf("%+v, %v", report, err)
	}
	if n := asked() - before; n != 0 {
		t.Errorf("the rebuild asked %d times", n)
	}
}

package rebuild_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// What the rule book keeps no longer lies in the bucket no more: no rebuild brings it back, and what is kept is all there.
func TestWhatIsTooOldIsNotRebuilt(t *testing.T) {
	raw, err := os.ReadFile("../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(book, []byte(strings.Replace(string(raw), "    rota:\n", "    retain: {conversations: 30}\n    rota:\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &world{desktest.New(t, desktest.Options{Start: monday, Policy: book}), t}
	w.mail(1, "ada@home.example", "care@acme.example", "My suitcase", "My suitcase arrived broken.")
	w.mail(2, "bo@work.example", "care@acme.example", "Suitcase", "I broke it.")
	w.mail(3, "cy@work.example", "care@acme.example", "My seat", "Where is my seat?")
	ada, bo := w.conversationOf("ada@home.example"), w.conversationOf("bo@work.example")
	w.does("POST", "/conversations/"+bo+"/merge", `{"into":"`+ada+`","different_contacts":true,"why":"One suitcase."}`)
	w.does("POST", "/conversations/"+ada+"/reply", `{"text":"It is mended.","then":{"resolve":true}}`)
	w.Clock.Turn(8 * 24 * time.Hour)
	w.Turn(3 * time.Minute)
	w.Clock.Turn(31 * 24 * time.Hour)
	w.Schedule("forget")
	w.lose()
	report, err := rebuild.Run(t.Context(), w.Setup, rebuild.Options{Until: w.Clock.Now()})
	if err != nil || report.Mails != 1 || report.Conversations != 1 || report.Answers+report.Notes+report.Doings+report.Troubled != 0 {
		t.Fatalf("%+v, %v", report, err)
	}
}

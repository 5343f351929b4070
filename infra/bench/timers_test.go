package main

import (
	"encoding/json"
	"testing"
	"time"

	"pronto/infra/local/clock"
	"pronto/shared/desk"
)

// What is loaded is what the desk would have written: it is read as a conversation, and no sweep finds it before its time.
func TestLoadedConversationsAreOpen(t *testing.T) {
	r := &report{}
	c, err := openClocks(t.Context(), r, t.TempDir(), clock.New())
	if err != nil {
		t.Fatal(err)
	}
	defer c.d.Close()
	if err := c.load(templates, 300); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"far0000000000064", "far0000000000299"} {
		got, err := c.st.Conversation(t.Context(), desk.Ref{Brand: "acme", Conversation: id})
		if err != nil || got == nil || got.Status != desk.StatusOpen || got.Next == nil || time.Until(*got.Next) < 71*time.Hour {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
	if got, err := c.st.Conversation(t.Context(), desk.Ref{Brand: "acme", Conversation: "far0000000000300"}); err != nil || got != nil {
		t.Errorf("one too many: %+v, %v", got, err)
	}
	if err := c.sweep(t.Context(), 300); err != nil {
		t.Fatal(err)
	}
	if len(r.Figures) != 2 || r.Figures[0].Value <= 0 || r.Figures[0].Value > 10 {
		t.Errorf("%+v", r.Figures)
	}
}

// Lateness is the time from due to the ledger's line of the first turn of that clock.
func TestLatenessIsReadFromTheLedger(t *testing.T) {
	c, err := openClocks(t.Context(), &report{}, t.TempDir(), clock.New())
	if err != nil {
		t.Fatal(err)
	}
	defer c.d.Close()
	due := c.d.AWS.Clock.Now().Add(-time.Second)
	for _, event := range []string{"received", "ticked", "ticked"} {
		c.d.Setup.Log.Info("turn", "event", event, "conversation", "due1")
	}
	c.d.Setup.Log.Info("turn", "event", "ticked", "conversation", "other")
	late := map[string]time.Duration{}
	if err := c.read(map[string]time.Time{"due1": due, "due2": due}, late); err != nil {
		t.Fatal(err)
	}
	if d, ok := late["due1"]; len(late) != 1 || !ok || d < time.Second || d > time.Minute {
		b, _ := json.Marshal(c.d.Ledger.Lines())
		t.Errorf("%v from %s", late, b)
	}
}

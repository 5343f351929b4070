package console_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
)

const faithful = `From: Ada Marsh <ada@home.example>
To: care@acme.example
Subject: My suitcase
Date: Mon, 23 Nov 2026 10:00:00 +0100
Message-ID: <1@home.example>

It arrived broken and nobody answers the phone. This is terrible. I have always flown with you, like every year, and want to know step by step what happens now.
`

// What agents see of a hint, they see at its conversation; confirmed or dismissed it says by whom, and in the audit stands that somebody did.
func TestAHintIsShownAtItsConversationAlone(t *testing.T) {
	w, crm := openHooked(t, "")
	w.SendMail("ada@home.example", faithful, "care@acme.example")
	w.Settle()
	id := w.Outbox()[0].Conversation
	c := w.ask("marta", "GET", conv(id), "").conversation()
	p := c.Persona
	if p == nil || p.Card != "habitual" || !slices.Equal(p.Words, []string{"i have always", "like every year", "step by step"}) || p.State != "hinted" || p.Message != c.Messages[0].ID || p.Helps == "" || p.Mind == "" {
		t.Fatalf("the hint: %+v", p)
	}
	body := `{"card":"habitual"}`
	w.ask("marta", "POST", conv(id, "confirm_persona"), body, "If-Match", "9").is(412)
	c = w.ask("marta", "POST", conv(id, "confirm_persona"), body, "If-Match", w.etag(id)).conversation()
	if p := c.Persona; p.State != "confirmed" || p.By != "marta" || !p.At.Equal(w.Clock.Now()) || c.Priority != "high" {
		t.Errorf("confirmed: %+v, %+v", p, c)
	}
	if again := w.ask("oleg", "POST", conv(id, "confirm_persona"), body); again.Header().Get("Idempotency-Replayed") != "true" || again.conversation().Persona.By != "marta" {
		t.Error("confirmed twice")
	}
	w.ask("oleg", "POST", conv(id, "assign"), `{"to":"ana","note":"Hers."}`).is(200)
	w.Turn(2 * time.Hour) // warned of, breached, paged
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"We found it."}`).is(200)
	c = w.ask("ana", "POST", conv(id, "dismiss_persona"), body).conversation()
	if p := c.Persona; p.State != "dismissed" || p.By != "ana" {
		t.Errorf("dismissed: %+v", p)
	}
	w.ask("ana", "POST", conv(id, "resolve"), "").is(200)
	w.Settle()
	w.elsewhere(id, crm, p.Words)
	var audit work.Audit
	w.ask("ana", "GET", "/api/v1/audit?conversation="+id, "").is(200).into(&audit)
	var events []string
	for _, a := range audit.Items {
		events = append(events, a.By+" "+a.Event)
	}
	if !slices.Contains(events, "marta persona_confirmed") || !slices.Contains(events, "ana persona_dismissed") {
		t.Errorf("the audit: %v", events)
	}
}

// elsewhere looks for a hint wherever it must not be: lists, search, figures, the audit, what left, what other systems are told, the ledger.
func (w *world) elsewhere(id string, crm *crm, words []string) {
	w.t.Helper()
	places := map[string]string{}
	for _, path := range []string{
		"queue?view=all", "queue?view=pending", "queue?view=mine", "search?q=suitcase", "search?q=" + id, "stats/promises?brand=acme-air&items=true", "forecast", "oncall",
		"reconciliation?day=2026-11-23", "held", "webhooks?brand=acme-air", "audit?brand=acme-air", "audit?conversation=" + id, "contacts/" + w.ask("ana", "GET", conv(id), "").conversation().Contact.ID,
	} {
		places[path] = w.ask("ana", "GET", "/api/v1/"+path, "").is(200).Body.String()
	}
	ledger, err := json.Marshal(w.Ledger.Lines())
	if err != nil {
		w.t.Fatal(err)
	}
	places["the ledger"] = string(ledger)
	for _, piece := range w.Outbox() {
		places["piece "+piece.To] += piece.Raw + piece.Text + piece.HTML
	}
	crm.mu.Lock()
	defer crm.mu.Unlock()
	if len(crm.raw) < 3 {
		w.t.Errorf("the brand's own system was told %d times", len(crm.raw))
	}
	places["what the brand's own system is told"] = strings.Join(crm.raw, "\n")
	for place, text := range places {
		for _, secret := range append([]string{"habitual", `"persona"`, `"personas"`, `"helps"`}, words...) {
			if strings.Contains(strings.ToLower(text), secret) {
				w.t.Errorf("%s has %q", place, secret)
			}
		}
	}
}

package console_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/infra/pronto/edge"
)

// from sends a mail of somebody's to an address, with more header lines, and returns what has left since.
func (w *world) from(n int, who, to, text string, more ...string) []edge.Piece {
	w.t.Helper()
	before := len(w.Outbox())
	w.SendMail(who, fmt.Sprintf("From: %s\nTo: %s\nSubject: My suitcase\nMessage-ID: <g%d@home.example>\n%s\n%s\n", who, to, n, strings.Join(append(more, ""), "\n"), text), to)
	w.Settle()
	return w.Outbox()[before:]
}

// Somebody who takes no part answers in a customer's thread. What he wrote is a conversation of his own, which says what it names; an agent lets him in, and
// from then on he takes part.
func TestAGuestIsLetIn(t *testing.T) {
	w := open(t)
	hers := w.complaint()
	signed := address(w.last("receipt").Headers["Reply-To"])
	w.Turn(10 * time.Minute)
	left := w.from(1, "otto@work.example", signed, "It is my suitcase, too. When does it come?")
	if len(left) != 1 || left[0].To != "otto@work.example" || left[0].Conversation == hers {
		t.Fatalf("left: %+v", left)
	}
	his := left[0].Conversation
	c := w.ask("ana", "GET", conv(his), "").conversation()
	if g := c.Guest; g == nil || g.Conversation != hers || g.Way != "reply_address" || !g.Proved || g.State != "unconfirmed" {
		t.Fatalf("guest: %+v", g)
	}
	due := c.Promise.By
	if c := w.ask("ana", "GET", conv(hers), "").conversation(); len(c.Messages) != 2 || c.Participants != nil {
		t.Fatalf("before: %+v", c)
	}
	w.ask("ana", "POST", conv(hers, "confirm"), "").is(409)
	w.ask("ana", "POST", conv(his, "confirm"), "", "If-Match", "99").is(412)
	if c := w.ask("ana", "GET", conv(hers), "").conversation(); c.Participants != nil {
		t.Fatalf("a confirmation that was not taken let him in: %+v", c.Participants)
	}
	c = w.ask("ana", "POST", conv(his, "confirm"), "{}", "Idempotency-Key", "let-in").conversation()
	if c.Guest.State != "confirmed" || c.Guest.By != "ana" || c.Merged != hers || c.Status != "resolved" || len(c.Targets) != 0 {
		t.Errorf("his: %+v", c)
	}
	if again := w.ask("ana", "POST", conv(his, "confirm"), "{}", "Idempotency-Key", "let-in").is(200); again.Header().Get("Idempotency-Replayed") != "true" {
		t.Error("the same request was taken twice")
	}
	w.ask("ana", "POST", conv(his, "refuse"), "").is(409)
	c = w.ask("ana", "GET", conv(hers), "").conversation()
	if len(c.Participants) != 1 || c.Participants[0].Address != "otto@work.example" || c.Participants[0].By != "ana" || !slices.Equal(c.Parts, []string{his}) || c.Status != "open" || c.Promise == nil || c.Promise.By.After(due) {
		t.Errorf("hers: %+v", c)
	}
	if len(c.Messages) != 4 || c.Messages[2].Part != his || !strings.Contains(c.Messages[2].Text, "my suitcase, too") {
		t.Errorf("messages: %+v", c.Messages)
	}
	w.Turn(10 * time.Minute)
	// He answers the receipt of his own conversation, which goes on in hers.
	left = w.from(2, "otto@work.example", address(left[0].Headers["Reply-To"]), "It has four wheels, by the way.", "In-Reply-To: "+left[0].Headers["Message-ID"])
	if len(left) != 1 || left[0].To != "otto@work.example" || left[0].Conversation != hers {
		t.Errorf("his next: %+v", left)
	}
	sum := w.Day("2026-11-23")
	if errs := w.Errors(); len(errs) > 0 || !sum.Balanced {
		t.Errorf("invocations failed: %v; the sum is %+v", errs, sum)
	}
}

// A stranger who knows an id, and a forger in the customer's own name: both stay outside.
func TestAGuestIsRefused(t *testing.T) {
	w := open(t)
	hers := w.complaint()
	receipt := w.last("receipt")
	w.Turn(10 * time.Minute)
	left := w.from(1, "eve@elsewhere.example", "care@acme.example", "Please send it to my address.", "In-Reply-To: "+receipt.Headers["Message-ID"])
	if len(left) != 1 {
		t.Fatalf("left: %+v", left)
	}
	c := w.ask("ana", "POST", conv(left[0].Conversation, "refuse"), "").conversation()
	if c.Guest.State != "refused" || c.Guest.Way != "reference" || c.Status != "open" || c.Merged != "" {
		t.Errorf("refused: %+v", c)
	}
	w.ask("ana", "POST", conv(left[0].Conversation, "confirm"), "").is(409)
	if c := w.ask("ana", "GET", conv(hers), "").conversation(); c.Participants != nil || c.Parts != nil {
		t.Errorf("hers: %+v", c)
	}
}

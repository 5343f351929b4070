package console_test

import (
	"net/http"
	"testing"
	"time"

	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
)

// Whatever write fails, and however: an agent who repeats a reply with its key until it is taken has sent it, once, or twice and marked, and it is
// no draft any more.
func TestAReplySurvivesEveryFault(t *testing.T) {
	story := func(t *testing.T, d *desktest.Desk) {
		d.SendMail("ada@home.example", angry, "care@acme.example")
		d.Settle()
		d.Turn(10 * time.Minute)
		w := &world{Desk: d, t: t, api: edge.AsAgent(d.API())}
		id := d.Outbox()[0].Conversation
		for range 5 { // she types; what is not kept now is with the next key
			if w.ask("ana", "PUT", conv(id, "drafts")+"/reply", `{"text":"Hello."}`, "If-Match", "0").Code == http.StatusOK {
				break
			}
		}
		for try := 0; ; try++ {
			w.api = edge.AsAgent(d.API()) // started again after a crash
			res := w.ask("ana", "POST", conv(id, "reply"), `{"text":"Hello.","draft":1}`, "Idempotency-Key", "k")
			if res.Code == http.StatusOK {
				break
			}
			if try == 5 || res.Code < 500 {
				t.Fatalf("try %d is answered %d: %s", try, res.Code, res.Body)
			}
			d.Turn(time.Minute)
		}
		if kept := w.begun("ana", conv(id, "drafts")); kept != "" {
			t.Errorf("it was sent, and is a draft still: %s", kept)
		}
		d.Settle()
		d.Turn(10 * time.Minute)
	}
	check := func(t *testing.T, d *desktest.Desk) {
		marked, replies := 0, 0
		for _, p := range d.Outbox() {
			if p.Kind == "reply" {
				replies++
				if p.Headers["X-Pronto-Possible-Duplicate"] != "" {
					marked++
				}
			}
		}
		if replies-marked > 1 || replies == 0 {
			t.Errorf("%d replies left, %d of them marked", replies, marked)
		}
		if sum := d.Day("2026-11-23"); sum.Received != 1 || !sum.Balanced {
			t.Errorf("the day's sum is %+v", sum)
		}
	}
	desktest.Walk(t, desktest.Options{Start: monday}, story, check)
}

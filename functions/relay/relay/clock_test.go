package relay_test

import (
	"testing"
	"time"

	"pronto/infra/local/desktest"
	"pronto/infra/wiring"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// An urgent mail's turn orders a receipt and a page, and its first clock is more than two minutes away: on the queue wake lies only the page's watch, for a
// minute. The minute after, the sweep has nothing to arm yet.
func TestAPageIsWatchedFromTheStart(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	d.SendMail("mira@customer.example", "From: mira@customer.example\nTo: care@acme.example\nSubject: Help\nMessage-ID: <u1@customer.example>\n\nI am stranded at the airport with a medical emergency, please help me now!\n", "care@acme.example")
	d.Settle()
	for at, want := range []int{1, 0} {
		s, err := d.AWS.SQS.Stats(wiring.Wake)
		if err != nil || s.Delayed+s.Visible+s.InFlight != want {
			t.Errorf("after %d minutes %+v lies on the queue, want %d; %v", at, s, want, err)
		}
		d.Turn(time.Minute)
	}
	if errs := d.Errors(); len(errs) > 0 {
		t.Error(errs)
	}
}

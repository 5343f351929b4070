package storm

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pronto/infra/pronto/storm/check"
	"pronto/infra/pronto/storm/child"
)

// running is a desk of the test's own, and what has left it so far.
type running struct {
	*child.Desk
	t      *testing.T
	domain string
	began  time.Time
	sent   int // mails to it
	pieces []*check.Piece
}

func run(t *testing.T, brand, domain string) *running {
	t.Helper()
	d, err := child.New(program(t), t.TempDir(), Rules(brand, domain))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	})
	return &running{Desk: d, t: t, domain: domain, began: d.Now()}
}

// get delivers a mail to the desk.
func (r *running) get(from, to, raw string) {
	r.t.Helper()
	if err := offer(r.Desk, from, []string{to}, []byte(raw)); err != nil {
		r.t.Fatalf("%s: %v", r.domain, err)
	}
	r.sent++
}

// left waits until all that the desk got is done, and returns what has left since the last time.
func (r *running) left() []*check.Piece {
	r.t.Helper()
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		s := r.sum()
		if s.Received == r.sent && s.InFlight == 0 {
			break
		}
		if time.Now().After(until) {
			r.t.Fatalf("%s does not come to rest: %d sent, %+v", r.domain, r.sent, s)
		}
	}
	after := 0
	if n := len(r.pieces); n > 0 {
		after = r.pieces[n-1].Seq
	}
	b, err := r.Outbox(r.t.Context(), after)
	if err != nil {
		r.t.Fatal(err)
	}
	fresh, err := check.Pieces(b)
	if err != nil {
		r.t.Fatal(err)
	}
	r.pieces = append(r.pieces, fresh...)
	return fresh
}

// sum is that of all days since the desk was started.
func (r *running) sum() check.Sum {
	r.t.Helper()
	total := check.Sum{Suppressed: map[string]int{}}
	for day := r.began.Truncate(24 * time.Hour); !day.After(r.Now()); day = day.AddDate(0, 0, 1) {
		var s check.Sum
		if err := r.Sum(r.t.Context(), day.Format(time.DateOnly), &s); err != nil {
			r.t.Fatal(err)
		}
		total.Received, total.Receipted, total.InFlight = total.Received+s.Received, total.Receipted+s.Receipted, total.InFlight+s.InFlight
		for k, n := range s.Suppressed {
			total.Suppressed[k] += n
		}
	}
	return total
}

func (r *running) turn(by time.Duration) {
	r.t.Helper()
	if err := r.Turn(r.t.Context(), by); err != nil {
		r.t.Fatal(err)
	}
}

var written int // mails of bare

// bare is a mail with no header that tells a machine.
func bare(from, to, text string) string {
	written++
	return fmt.Sprintf("From: <%s>\r\nTo: <%s>\r\nSubject: About my order\r\nMessage-ID: <bare%d@robot.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n", from, to, written, text)
}

// Two desks that write to each other fall silent at once: what one sends says that it is automatic, and the other only keeps it.
func TestTwoDesks(t *testing.T) {
	desks := map[string]*running{"acme.example": run(t, "acme", "acme.example"), "bravo.example": run(t, "bravo", "bravo.example")}
	a, b := desks["acme.example"], desks["bravo.example"]
	// A person at each brand writes to the other from the address of the desk itself.
	a.get("care@bravo.example", "care@acme.example", bare("care@bravo.example", "care@acme.example", "Our parcel for you has been returned to us. Can you tell me where to send it?"))
	b.get("care@acme.example", "care@bravo.example", bare("care@acme.example", "care@bravo.example", "We would like to know when our order will be delivered, please."))
	rounds := 0
	for moved := true; moved; rounds++ {
		moved = false
		for _, from := range desks {
			for _, p := range from.left() {
				_, domain, _ := strings.Cut(p.To, "@")
				desks[domain].get(p.MessageID[:20]+"@eu-central-1.amazonses.com", p.To, p.Raw)
				moved = true
			}
		}
		if rounds > 3 {
			t.Fatal("they go on and on")
		}
	}
	for _, d := range desks {
		if s := d.sum(); len(d.pieces) != 1 || s.Receipted != 1 || s.Suppressed["auto_submitted"] != 1 || s.Received != 2 {
			t.Errorf("%s: %d left, %+v: want one receipt, and the other's kept in silence", d.domain, len(d.pieces), s)
		}
	}
}

// A responder that tells nobody that it is one, and answers whatever it gets, is stopped: by sameness when it says the same, else by budget.
func TestResponders(t *testing.T) {
	d := run(t, "acme", "acme.example")
	tests := []struct {
		name   string
		says   func(round int) string
		to     func(*check.Piece) string // where it answers
		pause  time.Duration             // by the desk's clock
		most   int                       // receipts
		reason string                    // of the silence that ends it
	}{
		{"same text to the signed address", same, signed, 3 * time.Minute, 2, "repeated"},
		{"same text to the brand", same, from, 3 * time.Minute, 2, "repeated"},
		{"same text at once", same, signed, 0, 2, "repeated"},
		{"other words, to the signed address", varied, signed, 3 * time.Minute, floodLimit, "over_budget_sender_hour"},
		{"other words, each time a new matter", varied, from, time.Second, floodLimit, "over_budget_sender_hour"},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d.t = t
			robot := fmt.Sprintf("orders@robot%d.example", i)
			before := d.sum().Suppressed[test.reason]
			d.get(robot, "care@acme.example", bare(robot, "care@acme.example", "Where is my order? I would like to know when it arrives."))
			receipts := 0
			for got := d.left(); len(got) > 0; got = d.left() {
				if receipts += len(got); receipts > test.most {
					t.Fatalf("%d receipts, and no end", receipts)
				}
				if test.pause > 0 {
					d.turn(test.pause)
				}
				to := test.to(got[len(got)-1])
				d.get(robot, to, bare(robot, to, test.says(receipts)))
			}
			if receipts != test.most || d.sum().Suppressed[test.reason] != before+1 {
				t.Errorf("%d receipts, want %d and then silence (%s): %v", receipts, test.most, test.reason, d.sum().Suppressed)
			}
		})
	}
}

func same(int) string {
	return "Thank you for your message. Our team will take care of it as soon as possible."
}

func varied(round int) string {
	return fmt.Sprintf("Thank you for your message. It has the number %d, and our team will take care of it as soon as possible.", 1000+round)
}

func signed(p *check.Piece) string { return p.ReplyTo }
func from(p *check.Piece) string   { return p.From }

// One that begins anew every half hour, always in other words, has its twelve receipts in a day and no more.
func TestDayBudget(t *testing.T) {
	d := run(t, "acme", "acme.example")
	const robot, limit, sent = "orders@robot.example", 12, 24
	for i := range sent {
		d.get(robot, "care@acme.example", bare(robot, "care@acme.example", varied(i)))
		d.left()
		d.turn(30 * time.Minute)
	}
	receipts := 0
	for _, p := range d.pieces {
		if p.Kind == "receipt" {
			receipts++ // agents are paged, too: nobody answers all day
		}
	}
	if s := d.sum(); receipts != limit || s.Receipted != limit || s.Suppressed["over_budget_sender_day"] != sent-limit {
		t.Errorf("%d receipts, %+v: want %d in a day", receipts, s, limit)
	}
}

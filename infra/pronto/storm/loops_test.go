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
	for until := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
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
		{"other numbers, to the signed address", varied, signed, 3 * time.Minute, 2, "repeated"},
		{"other numbers, at once", varied, signed, 0, 2, "repeated"},
		{"other words, to the signed address", reworded, signed, 3 * time.Minute, floodLimit, "over_budget_sender_hour"},
		{"other numbers, each time a new matter", varied, from, time.Second, floodLimit, "over_budget_sender_hour"},
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

// A responder whose own answer is the first thing that we get from it has one receipt, whether it numbers its answers or not.
func TestAResponderThatSpeaksFirst(t *testing.T) {
	d := run(t, "acme", "acme.example")
	for name, says := range map[string]func(int) string{"the same": same, "numbered": varied} {
		robot := "first-" + strings.ReplaceAll(name, " ", "-") + "@robot.example"
		d.get(robot, "care@acme.example", bare(robot, "care@acme.example", says(0)))
		receipts := 0
		for got := d.left(); len(got) > 0; got = d.left() {
			if receipts += len(got); receipts > 1 {
				t.Fatalf("%s: %d receipts", name, receipts)
			}
			d.turn(3 * time.Minute)
			d.get(robot, signed(got[0]), bare(robot, signed(got[0]), says(receipts)))
		}
		if receipts != 1 {
			t.Errorf("%s: %d receipts", name, receipts)
		}
	}
}

func same(int) string {
	return "Thank you for your message. Our team will take care of it as soon as possible."
}

func varied(round int) string {
	return fmt.Sprintf("Thank you for your message. It has the number %d, and our team will take care of it as soon as possible.", 1000+round)
}

// reworded says something else each time: nothing but the budget tells it from somebody who has much to say.
func reworded(round int) string {
	words := []string{"We thank you", "Many thanks", "Your message is welcome", "We are glad to hear from you", "All is well", "It is in good hands"}
	return words[round%len(words)] + strings.Repeat(", and so on", round) + ": our team takes care of it as soon as it can, you need do nothing."
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

// responder is another system's automatic answer, by the header fields that its makers document.
type responder struct {
	name    string
	from    string
	path    string // MAIL FROM; "=" is its own address
	subject string
	fields  []string
	text    string
	reason  string
}

var responders = []responder{
	{"a Zammad", "support@zammad.example", "=", "[Ticket#20261123] About my order", []string{"Auto-Submitted: auto-generated", "Precedence: bulk", "X-Loop: yes", "X-Auto-Response-Suppress: All", "X-Powered-By: Zammad"},
		"Your request (Ticket#20261123%02d) has been received and will be reviewed by our support staff.", "auto_submitted"},
	{"a Zendesk", "support@zendesk.example", "=", "[Request received] About my order", []string{"X-Mailer: Zendesk Mailer", "X-Zendesk-From-Account-Id: 7f", "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All"},
		"Your request (%d) has been received and is being reviewed by our support staff.", "auto_submitted"},
	{"an Exchange", "otto@exchange.example", "", "Automatic reply: About my order", []string{"Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "X-MS-Exchange-Inbox-Rules-Loop: otto@exchange.example", "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent"},
		"I am out of the office until 2%d December and read my mail when I am back.", "null_return_path"},
	{"an Exchange behind a gateway that writes a path", "emil@gateway.example", "=", "Automatische Antwort: About my order", []string{"X-Auto-Response-Suppress: All"},
		"Ich bin bis zum 2%d. Dezember nicht im Büro und lese meine Mails danach.", "response_suppressed"},
	{"a FreeScout", "help@freescout.example", "=", "Re: About my order", []string{"X-FreeScout-Mail-Type: auto.reply", "Precedence: auto_reply", "X-Autoreply: yes"},
		"We have received your message #%d and will get back to you as soon as we can.", "autoresponder_header"},
}

// A person writes from the address of a system that answers every mail, whatever it is, also our receipt: one receipt, and then its answers are kept in silence.
func TestDocumentedResponders(t *testing.T) {
	d := run(t, "acme", "acme.example")
	for _, r := range responders {
		t.Run(r.name, func(t *testing.T) {
			d.t = t
			before := d.sum().Suppressed[r.reason]
			d.get(r.from, "care@acme.example", bare(r.from, "care@acme.example", "Where is my order? I would like to know when it arrives."))
			receipts, answers := 0, 0
			for got := d.left(); len(got) > 0 || answers < 3; got = d.left() {
				if receipts += len(got); receipts > 1 {
					t.Fatalf("%d receipts", receipts)
				}
				d.turn(3 * time.Minute)
				answers++
				// It answers the receipt, and then sends reminders of its own, to the signed address and to the brand.
				to := []string{signed(d.pieces[len(d.pieces)-1]), "care@acme.example"}[answers%2]
				d.get(r.envelope(), to, r.answer(to, answers))
			}
			if n := d.sum().Suppressed[r.reason] - before; receipts != 1 || n != answers {
				t.Errorf("%d receipts, %d answers, %d of them silent by %s: %v", receipts, answers, n, r.reason, d.sum().Suppressed)
			}
		})
	}
}

func (r responder) envelope() string {
	if r.path == "=" {
		return r.from
	}
	return r.path
}

func (r responder) answer(to string, n int) string {
	written++
	return fmt.Sprintf("From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\nMessage-ID: <auto%d@robot.example>\r\nContent-Type: text/plain; charset=utf-8\r\n%s\r\n\r\n%s\r\n",
		r.from, to, r.subject, written, strings.Join(r.fields, "\r\n"), fmt.Sprintf(r.text, n))
}

// A mailing list from whose address a mail comes reflects our receipt to all who read it, and so to us: by its own fields, or without them but with the
// receipt's own, or with neither, in the receipt's words. None of it is receipted again.
func TestAListThatReflectsTheReceipt(t *testing.T) {
	d := run(t, "acme", "acme.example")
	const list = "birds@list.example"
	d.get(list, "care@acme.example", bare(list, "care@acme.example", "Does the airline take birds in the cabin? Many of us would like to know."))
	first := d.left()
	if len(first) != 1 {
		t.Fatalf("%d left", len(first))
	}
	receipt := first[0].Raw
	head, body, _ := strings.Cut(strings.ReplaceAll(receipt, "\r\n", "\n"), "\n\n")
	for i, test := range []struct{ name, reason, from, add, drop string }{
		{"as it is", "own_address|auto_submitted", "care@acme.example", "", ""},
		{"with the list's fields, in the list's name", "auto_submitted|list", list, "List-Id: <birds.list.example>\nPrecedence: list\n", ""},
		{"with the list's fields, without ours", "list", list, "List-Id: <birds.list.example>\n", "auto-submitted|x-auto-response-suppress|precedence|x-pronto-loop"},
		{"without any field", "", list, "", "auto-submitted|x-auto-response-suppress|precedence|x-pronto-loop"},
		{"without any field, again", "repeated", list, "", "auto-submitted|x-auto-response-suppress|precedence|x-pronto-loop"},
	} {
		d.turn(5 * time.Minute)
		before := d.sum()
		d.get(list, "care@acme.example", reflected(head, body, i, test.from, test.add, test.drop))
		got, after := d.left(), d.sum()
		switch {
		case test.reason == "": // nothing tells it from a person's: the second and last
			if len(got) != 1 {
				t.Errorf("%s: %d left", test.name, len(got))
			}
		case len(got) != 0:
			t.Errorf("%s: %d left", test.name, len(got))
		default:
			silent := 0
			for r := range strings.SplitSeq(test.reason, "|") {
				silent += after.Suppressed[r] - before.Suppressed[r]
			}
			if silent != 1 {
				t.Errorf("%s: %v, before %v", test.name, after.Suppressed, before.Suppressed)
			}
		}
	}
}

// reflected is a mail as a list passes it on: in whose name, with more fields, without others.
func reflected(head, body string, n int, from, add, drop string) string {
	gone := "|from|message-id|dkim-signature|" + drop + "|"
	var kept []string
	keep := true
	for line := range strings.SplitSeq(head, "\n") {
		if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			name, _, _ := strings.Cut(line, ":")
			keep = !strings.Contains(gone, "|"+strings.ToLower(name)+"|")
		}
		if keep {
			kept = append(kept, line)
		}
	}
	return strings.ReplaceAll(fmt.Sprintf("From: <%s>\nMessage-ID: <list%d@list.example>\n%s%s\n\n%s", from, n, add, strings.Join(kept, "\n"), body), "\n", "\r\n")
}

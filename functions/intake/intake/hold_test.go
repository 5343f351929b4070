package intake_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
	"pronto/infra/local/faults"
	"pronto/infra/pronto/edge"
)

// notice is SES's word of a mail for recipients that lies under key.
func notice(id, key, virus string, recipients ...string) string {
	b, err := json.Marshal(map[string]any{
		"notificationType": "Received",
		"mail":             map[string]any{"timestamp": "2026-11-23T09:00:00.000Z", "source": "mira@customer.example", "messageId": id, "destination": recipients},
		"receipt": map[string]any{
			"timestamp": "2026-11-23T09:00:00.000Z", "recipients": recipients, "spamVerdict": map[string]string{"status": "PASS"},
			"virusVerdict": map[string]string{"status": virus}, "action": map[string]string{"type": "S3", "bucketName": "pronto-mail", "objectKey": key},
		},
	})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// What cannot be placed is held with its reason, once, also when its notice comes twice; it is counted, and nothing leaves.
func TestHolds(t *testing.T) {
	for name, c := range map[string]struct {
		brand, reason, detail string
		arrive                func(*world)
	}{
		"a mail of nothing but headers": {"acme-air", "unreadable", "too_many_headers", func(w *world) {
			w.SendMail("mira@customer.example", letter(1, "mira@customer.example", "Hello", strings.TrimSuffix(strings.Repeat("X-A: b\n", 1100), "\n")), "care@acme.example")
		}},
		"a nest of parts": {"acme-air", "unreadable", "too_deep", func(w *world) {
			w.SendMail("mira@customer.example", nested(40), "care@acme.example")
		}},
		"a virus": {"acme-air", "quarantined", "", func(w *world) {
			w.SendMail("x@a.virus.example", letter(1, "x@a.virus.example", "Open this"), "care@acme.example")
		}},
		"a brand that is not ours": {"-", "unknown_brand", "", func(w *world) { w.notify(notice("n1", "mail/n1", "PASS", "info@elsewhere.example")) }},
		"nobody at all":            {"-", "unknown_brand", "", func(w *world) { w.notify(notice("n1", "mail/n1", "PASS")) }},
		"an address that nobody has": {"acme-air", "unknown_address", "", func(w *world) {
			w.SendMail("mira@customer.example", letter(1, "mira@customer.example", "Hello"), "nobody@acme.example")
		}},
		"a mail that is not there": {"acme-air", "missing", "", func(w *world) { w.notify(notice("n1", "mail/never", "PASS", "care@acme.example")) }},
		"no notice":                {"-", "notice", "", func(w *world) { w.notify("it came to pass") }},
		"no notice, and large":     {"-", "notice", "", func(w *world) { w.notify(`{"mail": "` + strings.Repeat("è", 100<<10) + `"}`) }},
		"half a notice":            {"-", "notice", "", func(w *world) { w.notify(`{"notificationType": "Received", "mail": {"messageId": "1"}}`) }},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, desktest.Options{})
			if err := w.AWS.Faults.Set(faults.Fault{Kind: faults.Duplicate, Service: "sqs", Operation: "intake", Times: 1}); err != nil {
				t.Fatal(err)
			}
			c.arrive(w)
			w.Turn(10 * time.Minute)
			held := w.told("held")
			if len(held) == 0 || held[0].Brand != c.brand || held[0].Reason != c.reason || held[0].Detail != c.detail {
				t.Errorf("the ledger tells %+v, want %s of brand %s, detail %q", held, c.reason, c.brand, c.detail)
			}
			s := w.Day(today)
			if !s.Balanced || s.Received != 1 || !maps.Equal(s.Held, map[string]int{c.reason: 1}) || len(w.left()) != 0 {
				t.Errorf("the sum is %+v", s)
			}
			if errs := w.Errors(); len(errs) > 0 {
				t.Errorf("invocations failed: %v", errs)
			}
		})
	}
}

func nested(depth int) string {
	var b strings.Builder
	b.WriteString("From: mira@customer.example\nSubject: Nest\nMIME-Version: 1.0\n")
	for i := range depth {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	b.WriteString("Content-Type: text/plain\n\nHello\n")
	for i := depth - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "--b%d--\n", i)
	}
	return b.String()
}

// A mail whose object cannot be read now is not held: it comes again.
func TestWhatCannotBeReadNowComesAgain(t *testing.T) {
	w := open(t, desktest.Options{Change: impatient})
	if err := w.AWS.Faults.Set(faults.Fault{Kind: faults.ServerError, Service: "s3", Operation: "GetObject", Times: 1}); err != nil {
		t.Fatal(err)
	}
	w.SendMail("mira@customer.example", letter(1, "mira@customer.example", question(1)), "care@acme.example")
	w.Settle()
	if s := w.Day(today); len(w.left()) != 0 || !s.Balanced || s.Received != 1 || s.InFlight != 1 {
		t.Errorf("while S3 is down the sum is %+v", s)
	}
	w.Turn(5 * time.Minute)
	if s := w.Day(today); len(w.left()) != 1 || !s.Balanced || s.Receipted != 1 || len(s.Held) != 0 {
		t.Errorf("afterwards the sum is %+v", s)
	}
}

// One bad notice of a batch does not keep the others.
func TestABadNoticeAmongGoodOnes(t *testing.T) {
	w := open(t, desktest.Options{})
	for n := range 4 {
		from := fmt.Sprintf("p%d@customer.example", n)
		w.SendMail(from, letter(n, from, question(n)), "care@acme.example")
		w.notify(fmt.Sprintf("nonsense %d", n))
	}
	w.Settle()
	if s := w.Day(today); len(w.left()) != 4 || !s.Balanced || s.Receipted != 4 || s.Held["notice"] != 4 {
		t.Errorf("the sum is %+v", s)
	}
}

func TestOddMailsAreReceipted(t *testing.T) {
	const mira = "mira@customer.example"
	var refs strings.Builder
	for n := range 300 {
		fmt.Fprintf(&refs, "\n <%d.%s@elsewhere.example>", n, strings.Repeat("x", 40))
	}
	for name, c := range map[string]struct {
		head  []string
		check func(*testing.T, edge.Piece)
	}{
		"without Message-ID": {[]string{"-Message-ID"}, func(t *testing.T, p edge.Piece) {
			if v, there := p.Headers["In-Reply-To"]; there {
				t.Errorf("it answers %q, which is nothing", v)
			}
		}},
		"without Date": {[]string{"-Date"}, func(t *testing.T, p edge.Piece) {
			if !strings.Contains(p.Text, "Rome") {
				t.Errorf("the brand's zone is not named, though the customer's is unknown:\n%s", p.Text)
			}
		}},
		"with a broken Date": {[]string{"-Date", "Date: yesterday"}, func(*testing.T, edge.Piece) {}},
		"with huge headers": {[]string{"X-Long: " + strings.Repeat("a ", 20<<10), "References:" + refs.String()}, func(t *testing.T, p edge.Piece) {
			if n := strings.Count(p.Headers["References"], "<"); n == 0 || n > 6 {
				t.Errorf("the answer has %d References", n)
			}
		}},
		"without a subject": {[]string{"-Subject"}, func(*testing.T, edge.Piece) {}},
		"with an odd id":    {[]string{"-Message-ID", "Message-ID: <a b c>"}, func(*testing.T, edge.Piece) {}},
		"with a folded name": {[]string{"-From", "From: \"Mira\n Bcc: x@evil.example\" <" + mira + ">"}, func(t *testing.T, p edge.Piece) {
			if p.Headers["Bcc"] != "" || strings.Contains(p.Text, "evil") {
				t.Errorf("the name was taken at its word: %+v", p)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, desktest.Options{})
			w.take(mira, letter(1, mira, question(1), c.head...))
			left := w.left()
			if len(left) != 1 || left[0].To != mira || left[0].Kind != "receipt" {
				t.Fatalf("left: %+v", left)
			}
			c.check(t, left[0])
			w.quiet()
		})
	}
}

// Without ids nothing tells two mails apart but their deliveries.
func TestTwoMailsWithoutIDs(t *testing.T) {
	w := open(t, desktest.Options{})
	a := w.take("mira@customer.example", letter(1, "mira@customer.example", question(1), "-Message-ID"))
	b := w.take("mira@customer.example", letter(2, "mira@customer.example", question(2), "-Message-ID"))
	if a.Conversation == b.Conversation || len(w.left()) != 2 {
		t.Errorf("%+v and %+v", a, b)
	}
}

func TestABrandReachedTwiceTakesAMailOnce(t *testing.T) {
	w := open(t, desktest.Options{})
	hers, receipt := w.opened(1, "mira@customer.example")
	w.Turn(5 * time.Minute)
	turn := w.take("mira@customer.example", letter(2, "mira@customer.example", question(2)), "care@acme.example", "nobody@acme.example", bare(receipt.Headers["Reply-To"]))
	if s := w.Day(today); turn.Conversation != hers || s.Received != 2 || len(s.Held) != 0 || len(w.left()) != 1 {
		t.Errorf("%+v; the sum is %+v", turn, s)
	}
}

// twoBrands is the repository's rule book with its brand once more under another name.
func twoBrands(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(book(t))
	if err != nil {
		t.Fatal(err)
	}
	start, end := bytes.Index(b, []byte("  - id: acme-air")), bytes.Index(b, []byte("\n# Who answers."))
	if start < 0 || end < start {
		t.Fatal("the rule book looks otherwise: where is its brand?")
	}
	other := strings.NewReplacer("acme-air", "acme-rail", "Acme Air", "Acme Rail", "acme.example", "rail.example").Replace(string(b[start:end]))
	return save(t, string(b[:end])+other+string(b[end:]))
}

func TestAMailToTwoBrands(t *testing.T) {
	w := open(t, desktest.Options{Policy: twoBrands(t)})
	w.SendMail("mira@customer.example", letter(1, "mira@customer.example", question(1)), "care@acme.example", "care@rail.example")
	w.Settle()
	from := map[string]string{}
	for _, p := range w.left() {
		from[p.From] = p.Conversation
	}
	if len(from) != 2 || from["care@acme.example"] == "" || from["care@acme.example"] == from["care@rail.example"] {
		t.Errorf("receipts from %v, want one of each brand in conversations of their own", from)
	}
	if s := w.Day(today); !s.Balanced || s.Received != 2 || s.Receipted != 2 {
		t.Errorf("the sum is %+v", s)
	}
	// One brand's desk writes to the other's: both fall silent at once.
	if turn := w.take("care@rail.example", letter(2, "care@rail.example", "We have your message.")); turn.Suppressed != "own_address" {
		t.Errorf("a mail of our other brand: %+v", turn)
	}
	w.quiet()
}

// A brand's reply address means nothing to another brand.
func TestAReplyAddressIsItsBrandsOwn(t *testing.T) {
	w := open(t, desktest.Options{Policy: twoBrands(t)})
	hers, receipt := w.opened(1, "mira@customer.example")
	local, _, _ := strings.Cut(bare(receipt.Headers["Reply-To"]), "@")
	if turn := w.take("mira@customer.example", letter(2, "mira@customer.example", question(2)), local+"@reply.rail.example"); turn.Conversation == hers || turn.Brand != "acme-rail" {
		t.Errorf("%+v", turn)
	}
}

package intake_test

import (
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
)

// opened sends a first letter and returns its conversation and the receipt.
func (w *world) opened(n int, from string) (conversation string, receipt edge.Piece) {
	w.Helper()
	conversation = w.take(from, letter(n, from, question(n))).Conversation
	left := w.left()
	if len(left) != 1 || left[0].To != from || left[0].Conversation != conversation {
		w.Fatalf("%d pieces left to %s: %+v", len(left), from, left)
	}
	return conversation, left[0]
}

func TestWhoJoinsAConversation(t *testing.T) {
	const mira, zoe = "mira@customer.example", "zoe@customer.example"
	w := open(t, desktest.Options{Policy: book(t, "sender_hour: 4 → sender_hour: 100", "sender_day: 12 → sender_day: 100")})
	hers, receipt := w.opened(1, mira)
	_, zoes := w.opened(2, zoe)
	w.Turn(10 * time.Minute)

	id, reply, other := receipt.Headers["Message-ID"], bare(receipt.Headers["Reply-To"]), bare(zoes.Headers["Reply-To"])
	forged := "r+a" + strings.Repeat("b", 32) + reply[strings.IndexByte(reply, '@'):]
	shifted := swap(reply)
	n := 10
	for _, c := range []struct {
		name           string
		envelope, from string
		to             string
		head           []string
		joins          bool
		suppressed     string
	}{
		{name: "In-Reply-To names our receipt", head: []string{"In-Reply-To: " + id}, joins: true},
		{name: "another region's form of our id", head: []string{"In-Reply-To: " + strings.Replace(id, "@email.", "@eu-west-1.", 1)}, joins: true},
		{name: "References name our receipt last", head: []string{"References: <x@elsewhere.example> " + id}, joins: true},
		{name: "References name her own first mail", head: []string{"References: <m1@customer.example>"}, joins: true},
		{name: "the signed address alone", to: reply, joins: true},
		{name: "the signed address in upper case", to: strings.ToUpper(reply), joins: true},
		{name: "our id at a plus-address", to: "care+anything@acme.example", head: []string{"In-Reply-To: " + id}, joins: true},
		{name: "her address in upper case", from: "Mira@CUSTOMER.example", head: []string{"In-Reply-To: " + id}, joins: true},
		{name: "nothing", joins: false},
		{name: "an id that nobody knows", head: []string{"In-Reply-To: <x@elsewhere.example>"}, joins: false},
		{name: "a forged signature", to: forged, joins: false},
		{name: "a signature with two letters swapped", to: shifted, joins: false},
		{name: "the signed address of another's conversation", to: other, joins: false},
		{name: "another's mail", head: []string{"References: <m2@customer.example>"}, joins: false},
		{name: "a stranger who knows the id", from: "kim@stranger.example", head: []string{"In-Reply-To: " + id}, joins: false},
		{name: "a stranger who knows the address", from: "lee@stranger.example", to: reply, joins: false},
		{name: "a stranger under her name", from: "mira@stranger.example", head: []string{"References: <m1@customer.example> " + id}, joins: false},
		{name: "her address, unproved", envelope: "x@evil.fail.example", to: reply, head: []string{"In-Reply-To: " + id}, joins: false, suppressed: "unauthenticated"},
	} {
		n++
		from, envelope, to := c.from, c.envelope, c.to
		if from == "" {
			from = mira
		}
		if envelope == "" {
			envelope = from
		}
		if to == "" {
			to = "care@acme.example"
		}
		turn := w.take(envelope, letter(n, from, question(n), c.head...), to)
		if joined := turn.Conversation == hers; joined != c.joins || turn.Suppressed != c.suppressed {
			t.Errorf("%s: joined %v, want %v; suppressed %q", c.name, joined, c.joins, turn.Suppressed)
		}
		for _, p := range w.left() {
			if p.To != strings.ToLower(from) && p.To != from && !strings.EqualFold(p.To, from) {
				t.Errorf("%s: the receipt went to %s", c.name, p.To)
			}
		}
		w.Turn(3 * time.Minute)
	}
	w.quiet()
}

// swap exchanges two different letters of an address's signature.
func swap(address string) string {
	b := []byte(address)
	at := strings.IndexByte(address, '@')
	for i := at - 2; i > 20; i-- {
		if b[i] != b[i+1] {
			b[i], b[i+1] = b[i+1], b[i]
			return string(b)
		}
	}
	return address
}

// An answer joins by the id of a mail that left twice, whichever of the two it answers, and by a follow-up's receipt.
func TestTheThreadGoesOn(t *testing.T) {
	const mira = "mira@customer.example"
	w := open(t, desktest.Options{})
	hers, first := w.opened(1, mira)
	w.Turn(5 * time.Minute)
	w.take(mira, letter(2, mira, question(2), "In-Reply-To: "+first.Headers["Message-ID"]))
	left := w.left()
	if len(left) != 1 || left[0].Headers["References"] == "" {
		t.Fatalf("the follow-up's receipt: %+v", left)
	}
	w.Turn(5 * time.Minute)
	if turn := w.take(mira, letter(3, mira, question(3), "In-Reply-To: "+left[0].Headers["Message-ID"])); turn.Conversation != hers {
		t.Errorf("the answer to the second receipt went to %s, want %s", turn.Conversation, hers)
	}
}

func TestTheSameMessageIDTwice(t *testing.T) {
	const mira = "mira@customer.example"
	w := open(t, desktest.Options{})
	hers, _ := w.opened(1, mira)

	again := w.take(mira, letter(1, mira, question(1)))
	if again.Conversation != hers || again.Suppressed != "repeated" {
		t.Errorf("by the same sender: %+v, want %s and repeated", again, hers)
	}
	stranger := w.take("kim@stranger.example", letter(1, "kim@stranger.example", question(1)))
	if stranger.Conversation == hers || stranger.Receipt == "" {
		t.Errorf("by a stranger: %+v; want a conversation and a receipt of his own", stranger)
	}
	if left := w.left(); len(left) != 1 || left[0].To != "kim@stranger.example" {
		t.Errorf("left: %+v", left)
	}
	w.Turn(5 * time.Minute)
	changed := w.take(mira, letter(1, mira, "It is about another booking, after all."))
	if left := w.left(); changed.Conversation != hers || changed.Suppressed != "" || len(left) != 1 || left[0].To != mira {
		t.Errorf("with a changed text: %+v; left %+v", changed, left)
	}
	// Who refers to the id is led to his own conversation, never to the other's.
	if turn := w.take("kim@stranger.example", letter(7, "kim@stranger.example", question(7), "References: <m1@customer.example>")); turn.Conversation == hers {
		t.Error("the stranger joined by the id that he had copied")
	}
	if turn := w.take(mira, letter(8, mira, question(8), "References: <m1@customer.example>")); turn.Conversation != hers {
		t.Error("she did not join by her own id, which a stranger had copied")
	}
	if s := w.Day(today); !s.Balanced || s.Received != 6 || s.Suppressed["repeated"] != 1 {
		t.Errorf("the sum is %+v", s)
	}
	w.quiet()
}

// A customer's mailbox that forwards our receipt back to us, id and all, before its acceptance is recorded.
func TestOurOwnReceiptForwardedBackIsCounted(t *testing.T) {
	const mira = "mira@customer.example"
	f := &desktest.Fault{}
	w := &world{T: t, Desk: desktest.NewBroken(t, desktest.Options{Start: monday}, f)}
	w.Desk.SendMail(mira, letter(1, mira, question(1)), "care@acme.example")
	w.Settle()
	for i, op := range f.Writes() {
		if op == "SESv2.SendEmail" {
			f = &desktest.Fault{At: i + 1, Mode: desktest.After}
		}
	}
	w = &world{T: t, Desk: desktest.NewBroken(t, desktest.Options{Start: monday}, f)}
	conversation := w.take(mira, letter(1, mira, question(1))).Conversation
	left := w.left()
	if len(left) != 1 {
		t.Fatalf("%d pieces left", len(left))
	}
	back := letter(2, mira, question(2), "-Message-ID", "Message-ID: "+left[0].Headers["Message-ID"], "Auto-Submitted: auto-replied")
	if turn := w.take(mira, back); turn.Suppressed != "auto_submitted" {
		t.Errorf("the forwarded receipt: %+v", turn)
	}
	w.Turn(10 * time.Minute)
	if s := w.Day(today); !s.Balanced || s.Received != 2 || s.Receipted != 1 || s.Suppressed["auto_submitted"] != 1 {
		t.Errorf("the sum is %+v: a message is lost", s)
	}
	if turn := w.take(mira, letter(3, mira, question(3), "In-Reply-To: "+left[0].Headers["Message-ID"])); turn.Conversation != conversation {
		t.Errorf("an answer to the receipt went to %s, want %s", turn.Conversation, conversation)
	}
}

// A customer whose mailer sends by SES, too, joins by her own id as everybody does.
func TestACustomerBehindSES(t *testing.T) {
	const mira = "mira@customer.example"
	w := open(t, desktest.Options{})
	first := w.take(mira, letter(1, mira, question(1), "-Message-ID", "Message-ID: <0100-her-own-000000@email.amazonses.com>"))
	w.Turn(5 * time.Minute)
	if turn := w.take(mira, letter(2, mira, question(2), "References: <0100-her-own-000000@email.amazonses.com>")); turn.Conversation != first.Conversation {
		t.Errorf("she opened %s beside %s", turn.Conversation, first.Conversation)
	}
}

package functions_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
)

// heard is a line of the ledger as far as one follows by it.
type heard struct {
	Msg, Event, Kind, State, Conversation, Trace string
	Why                                          any
	raw                                          string
}

// says is the line in a few words.
func (l heard) says() string {
	why, _ := l.Why.(string) // a turn's are sentences
	return strings.Join(strings.Fields(strings.Join([]string{l.Msg, l.Event, l.Kind, l.State, why}, " ")), " ")
}

// ledger are all lines, each of which must lead to a message if it is about one.
func ledger(t *testing.T, d *desktest.Desk) (all []heard) {
	t.Helper()
	for _, raw := range d.Ledger.Lines() {
		l := heard{raw: string(raw)}
		if err := json.Unmarshal(raw, &l); err != nil {
			t.Fatal(err)
		}
		if (l.Conversation != "" || l.Msg == "held" || bytes.Contains(raw, []byte(`"message"`))) && l.Trace == "" {
			t.Errorf("nobody who follows a message finds %s", raw)
		}
		if strings.ContainsAny(l.raw, "@") || strings.Contains(l.raw, canary) || strings.Contains(l.raw, "Mira") {
			t.Errorf("an address, a name or a customer's word: %s", raw)
		}
		all = append(all, l)
	}
	return all
}

// follow is what one query finds of a message.
func follow(all []heard, id string) (found []heard) {
	for _, l := range all {
		if slices.Contains(strings.Fields(l.Trace), id) {
			found = append(found, l)
		}
	}
	return found
}

// story is what lines tell, each once, in the order in which it was told first.
func story(lines []heard) (told []string) {
	for _, l := range lines {
		if s := l.says(); !slices.Contains(told, s) {
			told = append(told, s)
		}
	}
	return told
}

// hasAll fails for what a story lacks, in this order.
func hasAll(t *testing.T, whose string, told []string, want ...string) {
	t.Helper()
	rest := told
	for _, w := range want {
		i := slices.Index(rest, w)
		if i < 0 {
			t.Errorf("%s: after %d steps no %q in:\n  %s", whose, len(told)-len(rest), w, strings.Join(told, "\n  "))
			return
		}
		rest = rest[i+1:]
	}
}

// messages are the ids of what came in to a conversation, oldest first.
func messages(t *testing.T, d *desktest.Desk, conversation string) (ids []string) {
	t.Helper()
	var c struct {
		Messages []struct{ ID, Direction string }
	}
	if err := json.Unmarshal([]byte(asked(t, d, "/api/v1/conversations/"+conversation)), &c); err != nil {
		t.Fatal(err)
	}
	for _, m := range c.Messages {
		if m.Direction == "in" {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// A mail and a mention are each followed by one id from their arrival to the answer's delivery: over queues, stream, clocks and pages. No line of theirs lacks it. A guest is
// followed by an id of his own, into the conversation in which he is let take part, and to the answer that he gets there.
func TestAMessageIsFollowedByOneID(t *testing.T) {
	w, _ := clear(t)
	w.SendMail("mira@customer.example", write(1, "mira@customer.example", "My suitcase "+canary+" is lost, this is unacceptable!"), "care@acme.example")
	w.says(w.mira(), "where do I find my booking? "+canary)
	w.Turn(time.Minute)
	first := piece(t, w.Outbox(), "mira@customer.example", 1)
	signed := strings.Trim(first.Headers["Reply-To"][strings.LastIndexByte(first.Headers["Reply-To"], '<'):], "<>")
	mentioned := w.where("booking")

	// Otto, who takes no part, writes to the address of Mira's conversation.
	w.SendMail("otto@work.example", write(2, "otto@work.example", "It is my suitcase, too: "+canary), signed)
	w.Turn(90 * time.Minute) // the promise of an hour passes, and agents are called
	guest := piece(t, w.Outbox(), "otto@work.example", 1).Conversation
	mira, otto, post := messages(t, w.Desk, first.Conversation), messages(t, w.Desk, guest), messages(t, w.Desk, mentioned)
	if len(mira) != 1 || len(otto) != 1 || len(post) != 1 {
		t.Fatalf("messages: %v, %v, %v", mira, otto, post)
	}
	apart := ledger(t, w.Desk)
	for _, l := range apart {
		for conversation, id := range map[string]string{first.Conversation: mira[0], guest: otto[0], mentioned: post[0]} {
			if (l.Conversation == conversation) != (l.Trace == id) && l.Conversation != "" {
				t.Errorf("before anybody is let in, %s stands alone: %s", id, l.raw)
			}
		}
	}

	for _, x := range []struct{ conversation, what, body string }{{guest, "confirm", "{}"}, {first.Conversation, "reply", `{"text":"It is in Rome."}`}, {mentioned, "reply", `{"text":"Under My trips."}`}} {
		if status, body := w.bridge.ask(x.conversation, x.what, x.body); status != 200 {
			t.Fatalf("%s: %d %s", x.what, status, body)
		}
	}
	w.Turn(2 * time.Minute)
	all := ledger(t, w.Desk)
	hasAll(t, "the mail", story(follow(all, mira[0])), "turn received", "effect receipt accepted", "effect receipt delivered delivered", "turn ticked", "effect page accepted",
		"turn guest_admitted", "turn replied", "effect reply accepted", "effect reply delivered delivered")
	hasAll(t, "the mention", story(follow(all, post[0])), "received", "turn received", "effect receipt accepted", "turn ticked", "effect page accepted", "turn replied", "effect reply accepted")
	hasAll(t, "the guest", story(follow(all, otto[0])), "turn received", "effect receipt accepted", "turn guest_confirmed", "turn guest_admitted", "turn replied", "effect reply accepted", "effect reply delivered delivered")
	for _, l := range all {
		if l.Conversation == first.Conversation && !slices.Contains(strings.Fields(l.Trace), mira[0]) || l.Conversation == mentioned && l.Trace != post[0] {
			t.Errorf("a line of the matter that its message does not find: %s", l.raw)
		}
	}

	// What Mira writes after the answer is another matter, and has its own story.
	w.SendMail("mira@customer.example", write(3, "mira@customer.example", "And the other one? "+canary, "In-Reply-To: "+first.Headers["Message-ID"]), signed)
	w.Turn(2 * time.Minute)
	mira = messages(t, w.Desk, first.Conversation)
	later, now := mira[len(mira)-1], ledger(t, w.Desk)
	if found := follow(now[len(all):], mira[0]); len(found) > 0 {
		t.Errorf("what was answered goes on: %s", found[0].raw)
	}
	if found := follow(now[:len(all)], later); len(found) > 0 {
		t.Errorf("what was answered before: %s", found[0].raw)
	}
	hasAll(t, "the next", story(follow(now, later)), "turn received", "effect receipt accepted")
}

// piece is the nth that left for an address.
func piece(t *testing.T, out []edge.Piece, to string, n int) edge.Piece {
	t.Helper()
	for _, p := range out {
		if p.To == to {
			if n--; n == 0 {
				return p
			}
		}
	}
	t.Fatalf("too few left for %s: %+v", to, out)
	return edge.Piece{}
}

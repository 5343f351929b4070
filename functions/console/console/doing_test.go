package console_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// The same key with the same body does its work once; with another it is refused, and changes nothing.
func TestAKeyIsUsedOnce(t *testing.T) {
	w := open(t)
	id := w.complaint()
	first := w.ask("ana", "POST", conv(id, "reply"), `{"text":"Hello."}`, "Idempotency-Key", "k1").is(200)
	again := w.ask("ana", "POST", conv(id, "reply"), `{"text":"Hello."}`, "Idempotency-Key", `"k1"`, "If-Match", "1").is(200)
	if first.Body.String() != again.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" || first.Header().Get("Idempotency-Replayed") != "" {
		t.Errorf("the answers differ:\n%s\n%s", first.Body, again.Body)
	}
	for path, body := range map[string]string{"reply": `{"text":"Other words."}`, "note": `{"text":"Hello."}`} {
		if p := w.ask("ana", "POST", conv(id, path), body, "Idempotency-Key", "k1").is(422).problem(); p.Field != "Idempotency-Key" {
			t.Errorf("%s: %+v", path, p)
		}
	}
	w.ask("marta", "POST", conv(id, "note"), `{"text":"Mine."}`, "Idempotency-Key", "k1").is(200) // another agent's key is another
	w.Settle()
	if text := w.last("reply").Text; len(w.Outbox()) != 2 || !strings.HasPrefix(text, "Hello.") {
		t.Errorf("%d pieces left, the last %q", len(w.Outbox()), text)
	}
}

func TestManyWithOneKeyAtOnce(t *testing.T) {
	w := open(t)
	id := w.complaint()
	codes := make(chan int, 8)
	for i := range 8 {
		go func() {
			codes <- w.ask("ana", "POST", conv(id, "reply"), fmt.Sprintf(`{"text":"Hello %d."}`, i%2), "Idempotency-Key", "one").Code
		}()
	}
	got := map[int]int{}
	for range 8 {
		got[<-codes]++
	}
	w.Settle()
	if len(w.Outbox()) != 2 || got[200] < 1 || got[200]+got[422]+got[503] != 8 {
		t.Errorf("statuses %v, %d pieces left", got, len(w.Outbox()))
	}
}

func TestHandingOverPuttingOffEnding(t *testing.T) {
	w := open(t)
	id := w.complaint()
	do := func(doing, body string) work.Conversation {
		t.Helper()
		w.Clock.Turn(time.Second)
		return w.ask("ana", "POST", conv(id, doing), body, "If-Match", w.etag(id)).conversation()
	}
	if c := do("claim", ""); c.Assignee.ID != "ana" || c.Version != 2 {
		t.Errorf("claimed: %+v", c)
	}
	c := do("assign", `{"to":"oleg","note":"Speaks Russian."}`)
	if n := c.Messages[len(c.Messages)-1]; c.Assignee.ID != "oleg" || n.Kind != "note" || n.Text != "Speaks Russian." || n.Author != "Ana Ferrante" || n.Delivery != nil {
		t.Errorf("assigned: %+v", c)
	}
	if c := do("unassign", ""); c.Assignee != (work.Assignee{ID: "team:care", Name: "Acme Air Care"}) {
		t.Errorf("unassigned: %+v", c)
	}
	long := strings.Repeat("a long note ", 1000)
	c = do("note", `{"text":"`+long+`"}`)
	if n := c.Messages[len(c.Messages)-1]; n.Text != strings.TrimSpace(long) || len(w.Outbox()) != 1 {
		t.Errorf("the note has %d characters, and %d pieces left", len(n.Text), len(w.Outbox()))
	}
	if c := do("snooze", `{"until":"2026-11-23T11:30:00+01:00"}`); c.Status != "snoozed" || !c.Snoozed.Equal(monday.Add(90*time.Minute)) {
		t.Errorf("snoozed: %+v", c)
	}
	w.Turn(2 * time.Hour)
	if c := w.ask("ana", "GET", conv(id), "").conversation(); c.Status != "open" {
		t.Errorf("after the snooze it is %s", c.Status)
	}
	if c := do("resolve", ""); c.Status != "resolved" {
		t.Errorf("resolved: %+v", c)
	}
	if p := w.ask("ana", "POST", conv(id, "claim"), "").is(409).problem(); p.Code != "not_open" {
		t.Errorf("claimed when resolved: %+v", p)
	}
	if c := do("reopen", "{}"); c.Status != "open" || !running(c, "next_response") {
		t.Errorf("reopened: %+v", c)
	}
}

func TestMessagesAfterOne(t *testing.T) {
	w := open(t)
	id := w.complaint()
	c := w.ask("ana", "GET", conv(id), "").conversation()
	rest := w.ask("ana", "GET", conv(id)+"?messages_after="+c.Messages[0].ID, "").conversation()
	if len(c.Messages) != 2 || len(rest.Messages) != 1 || rest.Messages[0].ID != c.Messages[1].ID {
		t.Errorf("%+v after the first of %+v", rest.Messages, c.Messages)
	}
}

// A long mail is shown whole, though its row keeps only the beginning.
func TestALongMailIsShownWhole(t *testing.T) {
	w := open(t)
	text := strings.Repeat("My suitcase is lost and nobody answers. ", 40)
	w.mail(1, "Lost", text)
	c := w.ask("ana", "GET", conv(w.Outbox()[0].Conversation), "").conversation()
	if got := strings.TrimSpace(c.Messages[0].Text); got != strings.TrimSpace(text) {
		t.Errorf("it has %d characters of %d", len(got), len(text))
	}
}

// Whoever writes more than one answer can hold, or JSON makes six times as much of, shuts nobody out of the conversation: of what is older, or goes on for ever, the
// beginning is shown, and said to be one.
func TestLongMailsDoNotCloseAConversation(t *testing.T) {
	w := open(t)
	id := w.complaint()
	write := func(n int, text string) {
		w.Turn(time.Second)
		w.SendMail("ada@home.example", fmt.Sprintf("From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: More\nMessage-ID: <more%d@home.example>\n"+
			"In-Reply-To: <1@home.example>\n\nNumber %d.\n%s\n", n, n, text), "care@acme.example")
		w.Settle()
	}
	const many = 8
	for n := range many {
		write(n, strings.Repeat("My suitcase is < than it was & nobody answers.\n", 2000)) // 94 KB
	}
	write(many, strings.Repeat("<<<<<<<<\n", 100_000))
	r := w.ask("ana", "GET", conv(id), "")
	c := r.conversation()
	if n := r.Body.Len(); n > 5<<20 {
		t.Errorf("an answer of %d bytes: a Lambda gives 6 MB at most", n)
	}
	said := slices.DeleteFunc(c.Messages, func(m work.Message) bool { return m.Direction != "in" })
	if len(said) != many+2 {
		t.Fatalf("%d messages", len(said))
	}
	if last := said[many+1]; !last.Cut || len(last.Text) != 128<<10 {
		t.Errorf("the endless one has %d bytes, cut %v", len(last.Text), last.Cut)
	}
	if whole := said[many]; whole.Cut || len(whole.Text) < 94_000 {
		t.Errorf("the one before it has %d bytes, cut %v", len(whole.Text), whole.Cut)
	}
	if old := said[1]; !old.Cut || !strings.HasPrefix(old.Text, "Number 0.") || said[0].Cut {
		t.Errorf("the oldest: %d bytes, cut %v; the short one: cut %v", len(old.Text), old.Cut, said[0].Cut)
	}
}

// A conversation of many messages is shown by its newest end, and read from the first to the last by going on after each page.
func TestAConversationOfManyMessages(t *testing.T) {
	w := open(t)
	id := w.complaint()
	const notes = 700
	kept := store.New(dynamodb.NewFromConfig(w.Setup.AWS), w.Setup.Env(setup.Table))
	for n := range notes {
		at := monday.Add(time.Duration(n+1) * time.Second)
		ev := desk.Noted{
			Act:     desk.Act{Subject: desk.Subject{Ref: desk.Ref{Brand: "acme-air", Conversation: id}}, By: policy.Assignee{ID: "ana", Name: "Ana Ferrante"}},
			Message: desk.Message{ID: fmt.Sprintf("n%d", n), Direction: "out", Kind: "note", At: at, Excerpt: fmt.Sprintf("Note %d.", n)},
		}
		if _, err := kept.Turn(t.Context(), ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, w.Policy, at) }); err != nil {
			t.Fatal(err)
		}
	}
	newest := w.ask("marta", "GET", conv(id), "").conversation()
	if len(newest.Messages) != 500 || !newest.Earlier || newest.Later || newest.Messages[499].Text != fmt.Sprintf("Note %d.", notes-1) {
		t.Fatalf("%d messages, earlier %v, later %v", len(newest.Messages), newest.Earlier, newest.Later)
	}
	for way, next := range map[string]func(work.Conversation) string{
		"by the place": func(c work.Conversation) string { return c.Next }, "by the last id": func(c work.Conversation) string { return c.Messages[len(c.Messages)-1].ID },
	} {
		var all []string
		states := 0
		for after, more := "0", true; more; {
			c := w.ask("marta", "GET", conv(id)+"?messages_after="+after, "").conversation()
			for _, m := range c.Messages {
				all = append(all, m.Text)
				if m.Delivery != nil {
					states++
				}
			}
			if after, more = "", c.Later; more {
				after = next(c)
			}
		}
		if len(all) != notes+2 || !strings.HasPrefix(all[0], "My suitcase") || all[notes+1] != fmt.Sprintf("Note %d.", notes-1) || states != 1 {
			t.Errorf("%s: %d messages on all pages, %d of them with a state", way, len(all), states)
		}
		for n := range notes {
			if all[n+2] != fmt.Sprintf("Note %d.", n) {
				t.Fatalf("%s: %q stands at %d", way, all[n+2], n)
			}
		}
	}
	if w.ask("marta", "GET", conv(id)+"?messages_after=~bm8", "").Code != 400 {
		t.Error("a place that is none is taken")
	}
}

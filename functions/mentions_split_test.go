package functions_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
)

// read is a conversation as ana has it.
func (b *bridge) read(id string) (c work.Conversation) {
	b.Helper()
	r := httptest.NewRequest("GET", "http://localhost/api/v1/conversations/"+id, nil)
	r.Header.Set("Authorization", "Bearer dev:ana")
	w := httptest.NewRecorder()
	edge.AsAgent(b.API()).ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &c); err != nil {
		b.Fatal(err)
	}
	return c
}

// What Mira changes of a post that was split off is changed where it stands: an edit is read there, a deletion ends what is owed there, and the other goes on. What she
// answers to either comes into that one.
func TestChangesOfWhatWasSplitOff(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	b := newBridge(t, d)
	b.post(mention("net-1", "@mira", "Where do I find my booking?"))
	d.Turn(5 * time.Minute)
	first := posts(d.Outbox())[0].Conversation
	b.post(mention("net-2", "@mira", "And where is my dog?", `"in_reply_to":"net-1"`))
	d.Turn(5 * time.Minute)
	read := b.read
	c := read(first)
	dog := ""
	for _, m := range c.Messages {
		if m.Kind == "message" {
			dog = m.ID
		}
	}
	if status, body := b.ask(first, "split", `{"messages":["`+dog+`"]}`); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	second := read(first).SplitOff[0].Conversation
	b.post(change("net-2", "2026-11-23T09:11:00Z", "And where is my brown dog?"))
	d.Turn(time.Minute)
	if is := read(second); is.Status != "open" || is.Messages[0].Text != "And where is my brown dog?" || is.Promise == nil {
		t.Errorf("edited it is %+v", is)
	}
	b.post(mention("net-3", "@mira", "He is old.", `"in_reply_to":"net-2"`))
	d.Turn(5 * time.Minute)
	if is := read(second); len(is.Messages) != 5 {
		t.Errorf("with what she wrote on it is %+v", is.Messages)
	}
	for n, id := range []string{"net-3", "net-2"} {
		b.post(change(id, "2026-11-23T09:30:00Z", ""))
		d.Turn(time.Minute)
		is, other := read(second), read(first)
		if owed := is.Status == "open"; owed != (n == 0) || other.Status != "open" || other.Promise == nil {
			t.Errorf("without %s they are %s and %s", id, is.Status, other.Status)
		}
	}
	if s := d.Day("2026-11-23"); !s.Balanced || s.Received != 3 || s.Receipted != 3 {
		t.Errorf("the day's sum is %+v", s)
	}
}

// What Mira changes of a post whose conversation was merged is decided on the one that owes its answer: an edit raises the priority there, and once nothing that she wrote
// stands any more nothing is owed there. Until then it is, whichever of the two the post lies in.
func TestChangesOfWhatWasMerged(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	b := newBridge(t, d)
	b.post(mention("net-1", "@mira", "Where do I find my booking?"))
	d.Turn(5 * time.Minute)
	b.post(mention("net-2", "@mira", "And where is my dog?"))
	d.Turn(5 * time.Minute)
	first, second := receiptPosts(d.Outbox())[0].Conversation, receiptPosts(d.Outbox())[1].Conversation
	if status, body := b.ask(second, "merge", `{"into":"`+first+`"}`); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	was := b.read(first).Priority
	b.post(change("net-2", "2026-11-23T09:11:00Z", "My dog is lost, this is unacceptable! I shall call my lawyer, this is terrible service!"))
	d.Turn(time.Minute)
	if is, gone := b.read(first), b.read(second); !is.Priority.Above(was) || gone.Priority != was || gone.Status != "resolved" {
		t.Errorf("edited, of priority %s, they are %s and %s, %s", was, is.Priority, gone.Priority, gone.Status)
	}
	for n, id := range []string{"net-1", "net-2"} {
		b.post(change(id, "2026-11-23T09:30:00Z", ""))
		d.Turn(time.Minute)
		is := b.read(first)
		if owed := is.Status == "open" && is.Promise != nil; owed != (n == 0) || n == 1 && len(is.Targets) > 1 {
			t.Errorf("without %s it is %s, owes %v, promises %v", id, is.Status, is.Targets, is.Promise)
		}
	}
	if s := d.Day("2026-11-23"); !s.Balanced || s.Received != 2 || s.Receipted != 2 {
		t.Errorf("the day's sum is %+v", s)
	}
}

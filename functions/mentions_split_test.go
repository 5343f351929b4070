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
	read := func(id string) (c work.Conversation) {
		r := httptest.NewRequest("GET", "http://localhost/api/v1/conversations/"+id, nil)
		r.Header.Set("Authorization", "Bearer dev:ana")
		w := httptest.NewRecorder()
		edge.AsAgent(b.API()).ServeHTTP(w, r)
		if err := json.Unmarshal(w.Body.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		return c
	}
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

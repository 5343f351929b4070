package functions_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pronto/infra/local/desktest"
	"pronto/infra/local/dynamodb/attr"
	"pronto/infra/wiring"
	"pronto/shared/channel"
	shared "pronto/shared/desk"
)

// said loads messages of Mira's and notes of an agent's into a conversation, one each ten seconds, before a moment and after it; the newest is hers.
func said(t *testing.T, d *desktest.Desk, conversation string, at time.Time, each int) {
	t.Helper()
	err := d.AWS.DynamoDB.Load(wiring.Table, func(yield func(attr.Item) bool) {
		for n := -each; n <= each; n++ {
			m := shared.Message{
				ID: fmt.Sprintf("said%05d", n+each), Direction: "out", Kind: "note", At: at.Add(time.Duration(n)*10*time.Second + 5*time.Second), Author: channel.Party{Name: "Mira Novak"}, Excerpt: "Where is it?",
			}
			if n%2 == 0 {
				m.Direction, m.Kind = "in", "message"
			}
			b, _ := json.Marshal(m)
			key := "M#" + m.At.Format("2006-01-02T15:04:05.000Z") + "#" + m.ID
			if !yield(attr.Item{}.With("PK", attr.String("C#acme-air#"+conversation)).With("SK", attr.String(key)).With("doc", attr.String(string(b)))) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// An author who changes or deletes one of very many mentions costs what he costs in a short conversation: the mention is found by its own key, and what waits for an answer still is seen
// at the end.
func TestAChangeReadsTheSameHoweverMuchWasSaid(t *testing.T) {
	reads := func(each int) (edit, deletion float64) {
		d := desktest.New(t, desktest.Options{})
		b := newBridge(t, d)
		b.post(mention("net-1", "@mira", "@acmeair where is my suitcase?"))
		d.Settle()
		of := receiptPosts(d.Outbox())[0].Conversation
		said(t, d, of, d.Clock.Now(), each)
		measured := func(body string) float64 {
			units := func() (sum float64) {
				for _, u := range d.AWS.DynamoDB.Usage() {
					sum += u.TableRead + u.IndexRead
				}
				return sum
			}
			before := units()
			b.post(body)
			d.Settle()
			return units() - before
		}
		edit = measured(change("net-1", "2026-11-23T09:30:00Z", "@acmeair where is my red suitcase?"))
		deletion = measured(change("net-1", "2026-11-23T09:40:00Z", ""))
		var c struct {
			Status   shared.Status
			Messages []struct{ Text, Kind string }
		}
		if err := json.Unmarshal([]byte(asked(t, d, "/api/v1/conversations/"+of)), &c); err != nil || c.Status != shared.StatusOpen {
			t.Errorf("what Mira wrote last waits, but it is %s: %v", c.Status, err)
		}
		if errs := d.Errors(); len(errs) > 0 {
			t.Errorf("invocations failed: %v", errs)
		}
		return edit, deletion
	}
	edit, deletion := reads(100)
	if e, x := reads(1000); e != edit || x != deletion || edit < 1 || deletion > 60 {
		t.Errorf("among 200 messages an edit reads %v units and a deletion %v; among 2,000 %v and %v", edit, deletion, e, x)
	}
}

package console_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/functions/console/work"
	"pronto/infra/local/dynamodb/attr"
	"pronto/infra/wiring"
	"pronto/shared/channel"
	"pronto/shared/desk"
)

// talk loads what Ada wrote into a conversation, each with its receipt, from one number to another; between two of them there is room for others.
func (w *world) talk(conversation string, begin time.Time, from, to int) {
	w.t.Helper()
	ref := desk.Ref{Brand: "acme-air", Conversation: conversation}
	partition := attr.String("C#acme-air#" + conversation)
	put := func(sort string, v any) attr.Item {
		b, _ := json.Marshal(v)
		return attr.Item{}.With("PK", partition).With("SK", attr.String(sort)).With("doc", attr.String(string(b)))
	}
	err := w.AWS.DynamoDB.Load(wiring.Table, func(yield func(attr.Item) bool) {
		for n := from; n < to; n++ {
			at := begin.Add(time.Duration(n) * 10 * time.Second)
			effect := desk.EffectID(100+n, 0)
			m := desk.Message{
				ID: fmt.Sprintf("%s%05d", conversation[:8], n), Direction: "in", Kind: "message", At: at, Author: channel.Party{Name: "Ada Marsh"}, Excerpt: fmt.Sprintf("%s %05d", conversation, n),
				Outcome: desk.Outcome{Receipt: effect},
			}
			e := desk.Effect{Ref: ref, ID: effect, Kind: channel.Receipt, Channel: desk.Email, Decided: at.Add(time.Second), Receipt: &desk.Receipt{Message: m.ID, Language: "en", Due: at.Add(time.Hour)}}
			key, _ := json.Marshal(map[string]any{"provider": m.ID, "conversation": conversation, "at": at})
			if !yield(attr.Item{}.With("PK", attr.String("K#acme-air#email#"+m.ID)).With("SK", attr.String("@")).With("doc", attr.String(string(key)))) || !yield(put("M#"+at.Format("2006-01-02T15:04:05.000Z")+"#"+m.ID, m)) || !yield(put("E#"+effect, e).With("state", attr.String("accepted"))) {
				return
			}
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = dynamodb.NewFromConfig(w.Setup.AWS).UpdateItem(w.t.Context(), &dynamodb.UpdateItemInput{ // as if turns had taken them
		TableName: aws.String(wiring.Table), Key: map[string]types.AttributeValue{"PK": &types.AttributeValueMemberS{Value: "C#acme-air#" + conversation}, "SK": &types.AttributeValueMemberS{Value: "@"}},
		UpdateExpression: aws.String("SET #s = :n"), ExpressionAttributeNames: map[string]string{"#s": "seq"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":n": &types.AttributeValueMemberN{Value: strconv.Itoa(101 + to)}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// Two matters of very many messages became one. It is read from the first to the last, every piece once and in its order, by going on after each page or after a message; and a page costs the
// same however much follows.
func TestAMergedConversationOfManyMessages(t *testing.T) {
	w := open(t)
	first := w.complaint()
	w.Turn(10 * time.Minute)
	second := w.again(2, "Suitcase, once more", "It is me again. Where is my suitcase?").Conversation
	w.ask("ana", "POST", conv(second, "merge"), `{"into":"`+first+`"}`).is(200)
	w.Settle()
	begin := monday.Add(time.Hour)
	grow := func(from, to int) {
		w.talk(first, begin, from, to)
		w.talk(second, begin.Add(3*time.Second), from, to)
	}
	page := func(after string) (work.Conversation, float64) {
		units := func() (sum float64) {
			for _, u := range w.AWS.DynamoDB.Usage() {
				sum += u.TableRead + u.IndexRead
			}
			return sum
		}
		before := units()
		c := w.ask("marta", "GET", conv(first)+"?messages_after="+after, "").conversation()
		return c, units() - before
	}
	const few, many = 550, 2000
	grow(0, few)
	c, _ := page("0")
	lastOf := func(c work.Conversation) string { // a receipt's id is numbered within its own conversation
		i := len(c.Messages) - 1
		for c.Messages[i].Kind != "message" {
			i--
		}
		return c.Messages[i].ID
	}
	middle := lastOf(c)
	for way, next := range map[string]func(work.Conversation) string{"by the place": func(c work.Conversation) string { return c.Next }, "by the last id": lastOf} {
		seen, receipts := map[string]int{}, map[string]bool{}
		for after, last := "0", (time.Time{}); after != ""; {
			c, _ := page(after)
			for _, m := range c.Messages {
				switch {
				case m.Kind == string(channel.Receipt):
					receipts[m.Part+m.ID] = true
				case m.Kind == "message":
					if m.At.Before(last) {
						t.Fatalf("%s: %s stands after what came later", way, m.ID)
					}
					last, seen[m.ID] = m.At, seen[m.ID]+1
				}
			}
			if after = ""; c.Later {
				after = next(c)
			}
		}
		for id, n := range seen {
			if n != 1 {
				t.Fatalf("%s: %s is shown %d times", way, id, n)
			}
		}
		// The first message of each, and what they got.
		if len(seen) != 2*few+2 || len(receipts) != 2*few+2 {
			t.Errorf("%s: %d messages and %d receipts of %d each", way, len(seen), len(receipts), 2*few+2)
		}
	}
	reads := func() (all [3]float64) {
		for i, after := range []string{"0", c.Next, middle} {
			_, all[i] = page(after)
		}
		return all
	}
	grow(few, 1200)
	some := reads()
	grow(1200, many)
	for i, n := range reads() {
		if n > some[i]+30 || n < 1 || n > 600 { // what is looked for by halves takes some steps more, and may end a page of rows earlier; all of what was added is some 300 units
			t.Errorf("of the first page, the next, and that after a message the %d. reads %v units with 2,400 messages, and %v with %d", i+1, some[i], n, 2*many)
		}
	}
}

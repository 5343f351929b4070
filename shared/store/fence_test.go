package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
	"pronto/shared/store"
)

// of is all that is in the table of a conversation, by the sort keys.
func (w *world) of(r desk.Ref) map[string]map[string]types.AttributeValue {
	w.Helper()
	out, err := w.client(nil).Query(ctx, &awsdynamodb.QueryInput{
		TableName: aws.String("pronto"), ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("PK = :p"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":p": &types.AttributeValueMemberS{Value: "C#" + r.Brand + "#" + r.Conversation}},
	})
	if err != nil {
		w.Fatal(err)
	}
	all := map[string]map[string]types.AttributeValue{}
	for _, i := range out.Items {
		all[i["SK"].(*types.AttributeValueMemberS).Value] = i
	}
	return all
}

func (w *world) erasure(s *store.Store, r desk.Ref, until time.Time) store.Erasure {
	w.Helper()
	t, err := s.Remains(ctx, r)
	if err != nil {
		w.Fatal(err)
	}
	return store.Erasure{Timeline: t, Until: until, Thread: func(desk.Effect) string { return "" }, Now: noon}
}

// again is what the sender of ev writes later in the same conversation.
func (w *world) again(ev desk.Received, n int, at time.Time) desk.Received {
	next := w.mail(n, "ada", "And my dog is gone.")
	next.Ref, next.Message.At = ev.Ref, at
	return next
}

// A message that is taken while a conversation is being forgotten is either seen, or comes after: no turn is committed on what was there before.
func TestAForgottenConversationIsFencedOff(t *testing.T) {
	w := fresh(t)
	s, until := w.store(nil), noon.Add(time.Minute)
	ev := w.mail(1, "ada", "Where is my suitcase?")
	w.must(w.turn(s, ev))
	e := w.erasure(s, ev.Ref, until)
	later := w.again(ev, 2, until.Add(time.Minute))
	w.must(w.turn(s, later))
	before := len(w.of(ev.Ref))
	if _, err := s.Fence(ctx, e); !errors.Is(err, store.ErrMoved) {
		t.Fatalf("it has moved since it was read: %v", err)
	}
	if rows := w.of(ev.Ref); len(rows) != before {
		t.Fatalf("%d rows of %d are left", len(rows), before)
	}

	e = w.erasure(s, ev.Ref, until)
	doomed, err := s.Fence(ctx, e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Fence(ctx, e); !errors.Is(err, store.ErrMoved) {
		t.Errorf("a decision on what was there before the fence would be committed: %v", err)
	}
	gone, err := s.EraseConversation(ctx, doomed, []desk.Message{ev.Message}, true)
	if err != nil || gone[desk.RemovedMessages] != 1 || gone[desk.RemovedConversations] != 0 {
		t.Errorf("removed %v: %v", gone, err)
	}
	left, err := s.Timeline(ctx, ev.Ref)
	if err != nil || left == nil || len(left.Messages) != 1 || left.Messages[0].ID != later.Message.ID || left.Conversation.Messages != 1 || len(left.Conversation.Said) != 0 ||
		left.Conversation.Trace.String() != later.Message.ID {
		t.Fatalf("left: %+v %v", left, err)
	}
	receipt := left.Messages[0].Outcome.Receipt
	if receipt == "" || len(left.Effects) == 0 {
		t.Errorf("its receipt is gone: %+v", left.Messages[0].Outcome)
	}
	for key, i := range w.of(ev.Ref) {
		if doc := i["doc"].(*types.AttributeValueMemberS).Value; strings.Contains(doc, ev.Message.ID) || strings.Contains(doc, "suitcase") {
			t.Errorf("left of before: %s %s", key, doc)
		}
	}
}

// What is opened under the same name while the rest of a conversation goes stays, even where it stands in the place of a row that was to go.
func TestWhatIsWrittenBehindTheFenceStays(t *testing.T) {
	w := fresh(t)
	s := w.store(nil)
	ev := w.mail(1, "ada", "Where is my suitcase?")
	w.must(w.turn(s, ev))
	doomed, err := s.Fence(ctx, w.erasure(s, ev.Ref, noon))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := s.Conversation(ctx, ev.Ref); c != nil || err != nil {
		t.Fatalf("its head is there: %+v %v", c, err)
	}
	later := w.again(ev, 2, noon.Add(time.Minute))
	w.must(w.turn(s, later)) // as a mention that answers what was not yet gone
	if gone, err := s.EraseConversation(ctx, doomed, []desk.Message{ev.Message}, true); err != nil || gone[desk.RemovedMessages] != 1 || gone[desk.RemovedConversations] != 1 {
		t.Errorf("removed %v: %v", gone, err)
	}
	rows := w.of(ev.Ref)
	left, err := s.Timeline(ctx, ev.Ref)
	if err != nil || left == nil || len(left.Messages) != 1 || left.Messages[0].ID != later.Message.ID {
		t.Fatalf("left: %+v %v", left, err)
	}
	if _, ok := rows["T#000001"]; !ok || rows["E#"+left.Messages[0].Outcome.Receipt] == nil {
		t.Errorf("of what came since is lacking: %v", rows)
	}
}

// Who dies between some of a conversation's messages and the rest is called again, and finds it by those that are left.
func TestWhatIsLeftIsFound(t *testing.T) {
	w := fresh(t)
	s := w.store(nil)
	ev := w.mail(1, "ada", "Where is my suitcase?")
	w.must(w.turn(s, ev))
	later := w.again(ev, 2, noon.Add(time.Second))
	w.must(w.turn(s, later))
	until := noon.Add(time.Minute)
	for _, some := range []desk.Message{later.Message, ev.Message} {
		found, err := s.ConversationsOf(ctx, ev.Brand, ev.Contact, until)
		if err != nil || len(found) != 1 || found[0] != ev.Ref {
			t.Fatalf("found %v: %v", found, err)
		}
		doomed, err := s.Fence(ctx, w.erasure(s, ev.Ref, until))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.EraseConversation(ctx, doomed, []desk.Message{some}, some.ID == ev.Message.ID); err != nil {
			t.Fatal(err)
		}
	}
	if rows := w.of(ev.Ref); len(rows) > 0 {
		t.Errorf("left: %v", rows)
	}
}

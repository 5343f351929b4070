package store

import (
	"context"
	"slices"
	"sort"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// What is looked for in a conversation is looked for near where it stands, so that it costs the same in a long one as in a short one.

// nearPage is how many rows are asked for where a few are enough: what is read is paid, also what nobody looks at.
const nearPage = 25

// Said reads the message whose own key was found; nil when it has gone.
func (s *Store) Said(ctx context.Context, brand string, f Found, id string) (m *desk.Message, err error) {
	r := desk.Ref{Brand: brand, Conversation: f.Conversation}
	_, err = s.rows(ctx, r, span{prefix: "M#" + f.when, few: nearPage}, messages(func(x desk.Message) bool {
		if x.ID == id {
			m = &x
		}
		return m == nil
	}))
	return m, err
}

// Back reads a conversation's newest messages, back to the first of which enough is true; they are in their order, that one first.
func (s *Store) Back(ctx context.Context, r desk.Ref, enough func(desk.Message) bool) (all []desk.Message, err error) {
	_, err = s.rows(ctx, r, span{prefix: "M#", back: true, few: nearPage}, messages(func(m desk.Message) bool {
		all = append(all, m)
		return !enough(m)
	}))
	slices.Reverse(all)
	return all, err
}

// Between reads the messages from one time to another, both with them, in their order.
func (s *Store) Between(ctx context.Context, r desk.Ref, from, to time.Time) (all []desk.Message, err error) {
	_, err = s.rows(ctx, r, span{prefix: "M#", from: stamp(from), to: stamp(to) + "~"}, messages(func(m desk.Message) bool {
		all = append(all, m)
		return true
	}))
	return all, err
}

// messages hands over rows as messages.
func messages(take func(desk.Message) bool) func(item) (bool, error) {
	return func(i item) (bool, error) {
		var m desk.Message
		more, err := contentAndMore(i, &m)
		m.Unknown = more
		return err == nil && take(m), err
	}
}

// EffectBefore is an effect of a conversation before all that were decided from a time on, "" for the first: effects stand in the order of their turns, and so of time. It is looked for by
// halves, some dozen short readings in the longest conversation.
func (s *Store) EffectBefore(ctx context.Context, c *desk.Conversation, at time.Time) (id string, err error) {
	sort.Search(c.Sequence, func(n int) bool { // whether the first effect from this turn on is of that time or later
		if err != nil {
			return true
		}
		var e *desk.Effect
		if e, err = s.effectFrom(ctx, c.Ref, desk.EffectID(n, 0)); err != nil || e == nil || !e.Decided.Before(at) {
			return true
		}
		id = max(id, e.ID)
		return false
	})
	return id, err
}

// effectFrom reads the first effect from an id on; nil when there is none.
func (s *Store) effectFrom(ctx context.Context, r desk.Ref, id string) (*desk.Effect, error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), Limit: aws.Int32(1), KeyConditionExpression: aws.String("#p = :p AND #s BETWEEN :from AND :to"),
		ExpressionAttributeNames:  map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{":p": str(conversationKey(r)), ":from": str(effectKey(id)), ":to": str("E#~")},
	})
	if err != nil || len(out.Items) == 0 {
		return nil, err
	}
	e, err := effectOf(out.Items[0])
	return &e, err
}

package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// A part of a timeline costs what is in it, however long the conversation is: messages are read by their time, and effects by their turns, from either end.

// windowPage is how many rows one reading asks for: about what a megabyte holds of them.
const windowPage = 500

// Newest reads a conversation with its newest messages, max at most, and what was ordered since the first of these; more tells that there are earlier ones. It is nil when
// there is no such conversation.
func (s *Store) Newest(ctx context.Context, r desk.Ref, max int) (t *Timeline, more bool, err error) {
	t = &Timeline{}
	if t.Conversation, err = s.Conversation(ctx, r); err != nil || t.Conversation == nil {
		return nil, false, err
	}
	more, err = s.rows(ctx, r, span{prefix: "M#", back: true}, func(i item) (bool, error) {
		if len(t.Messages) == max {
			return false, nil
		}
		return true, t.add(i, r)
	})
	if err != nil {
		return nil, false, err
	}
	slices.Reverse(t.Messages)
	_, err = s.rows(ctx, r, span{prefix: "E#", back: true}, func(i item) (bool, error) {
		err := t.add(i, r)
		n := len(t.Effects)
		return err == nil && (!more || !t.Effects[n-1].Decided.Before(t.Messages[0].At)), err
	})
	slices.Reverse(t.Effects)
	return t, more, err
}

// Following reads the messages from a time on, max at most, with what was ordered from an effect on ("": from the first) until the last of these; more tells that there are
// later ones.
func (s *Store) Following(ctx context.Context, r desk.Ref, at time.Time, effect string, max int) (t *Timeline, more bool, err error) {
	t = &Timeline{}
	if t.Conversation, err = s.Conversation(ctx, r); err != nil || t.Conversation == nil {
		return nil, false, err
	}
	from := ""
	if !at.IsZero() {
		from = stamp(at)
	}
	more, err = s.rows(ctx, r, span{prefix: "M#", from: from}, func(i item) (bool, error) {
		if len(t.Messages) == max {
			return false, nil
		}
		return true, t.add(i, r)
	})
	if err != nil || len(t.Messages) == 0 {
		return t, false, err
	}
	_, err = s.rows(ctx, r, span{prefix: "E#", from: effect, few: windowPage / 2}, func(i item) (bool, error) {
		err := t.add(i, r)
		return err == nil && (!more || !t.Effects[len(t.Effects)-1].Decided.After(t.Messages[max-1].At)), err
	})
	return t, more, err
}

// Message finds one message of a conversation, the newest that is meant; nil when there is none.
func (s *Store) Message(ctx context.Context, r desk.Ref, meant func(desk.Message) bool) (found *desk.Message, err error) {
	_, err = s.rows(ctx, r, span{prefix: "M#", back: true}, func(i item) (bool, error) {
		var m desk.Message
		more, err := contentAndMore(i, &m)
		if err != nil {
			return false, err
		}
		m.Unknown = more
		if meant(m) {
			found = &m
		}
		return found == nil, nil
	})
	return found, err
}

// span is which rows of a conversation are read, from which end, and how many at a time; 0 for as many as a part of a timeline has.
type span struct {
	prefix, from string
	to           string // "": to the last
	back         bool
	few          int32
}

// rows hands over a conversation's rows, until take has enough; more tells that it had.
func (s *Store) rows(ctx context.Context, r desk.Ref, of span, take func(item) (bool, error)) (more bool, err error) {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(!of.back), Limit: aws.Int32(cmp.Or(of.few, windowPage+1)),
		KeyConditionExpression:   aws.String("#p = :p AND #s BETWEEN :from AND :to"),
		ExpressionAttributeNames: map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{
			":p": str(conversationKey(r)), ":from": str(of.prefix + of.from), ":to": str(of.prefix + cmp.Or(of.to, "~")),
		},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return false, fmt.Errorf("read conversation %s: %w", r.Conversation, err)
		}
		for _, i := range out.Items {
			on, err := take(i)
			if err != nil {
				return false, err
			}
			if !on {
				return true, nil
			}
		}
	}
	return false, nil
}

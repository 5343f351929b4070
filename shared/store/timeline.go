package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// Timeline is a conversation with its messages and what was ordered for it, oldest first.
type Timeline struct {
	Conversation *desk.Conversation
	Messages     []desk.Message
	Effects      []desk.Effect
}

// maxTimeline bounds what one reading returns, in messages: no conversation of people comes near it.
const maxTimeline = 20_000

// Timeline reads a conversation whole; nil when there is none.
func (s *Store) Timeline(ctx context.Context, r desk.Ref) (*Timeline, error) {
	t, err := s.timeline(ctx, r)
	if err != nil || t.Conversation == nil {
		return nil, err
	}
	return t, nil
}

// timeline reads what is there of a conversation.
func (s *Store) timeline(ctx context.Context, r desk.Ref) (*Timeline, error) {
	t := &Timeline{}
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#p = :p AND #s < :turns"),
		ExpressionAttributeNames:  map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{":p": str(conversationKey(r)), ":turns": str("T#")},
	})
	for pages.HasMorePages() && len(t.Messages) < maxTimeline {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read conversation %s: %w", r.Conversation, err)
		}
		for _, i := range out.Items {
			if err := t.add(i, r); err != nil {
				return nil, err
			}
		}
	}
	return t, nil
}

func (t *Timeline) add(i item, r desk.Ref) (err error) {
	switch sort := text(i, sk); {
	case sort == head:
		t.Conversation, err = conversationOf(i, r)
	case strings.HasPrefix(sort, "M#"):
		var m desk.Message
		if m.Unknown, err = contentAndMore(i, &m); err == nil {
			t.Messages = append(t.Messages, m)
		}
	case strings.HasPrefix(sort, "E#"):
		var e desk.Effect
		if e, err = effectOf(i); err == nil {
			t.Effects = append(t.Effects, e)
		}
	}
	return err
}

package store

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// turnsPage is how many turns one reading asks for: most conversations have fewer in all.
const turnsPage = 100

// NewestTurns reads a conversation's turns from its end back to a time, max at most, oldest first; more tells that there are earlier ones after that time.
func (s *Store) NewestTurns(ctx context.Context, r desk.Ref, since time.Time, max int) (all []Turned, more bool, err error) {
	_, err = s.rows(ctx, r, span{prefix: "T#", back: true, few: turnsPage}, func(i item) (bool, error) {
		t, err := turnedOf(i)
		if err != nil || t.At.Before(since) {
			return false, err
		}
		if more = len(all) == max; more {
			return false, nil
		}
		all = append(all, t)
		return true, nil
	})
	slices.Reverse(all)
	return all, more, err
}

// TurnsFrom reads the turns from one time to another, max at most; more tells that there are later ones before its end. Where they begin is looked for by halves.
func (s *Store) TurnsFrom(ctx context.Context, c *desk.Conversation, from, to time.Time, max int) (all []Turned, more bool, err error) {
	first := 0
	if !from.IsZero() {
		first = sort.Search(c.Sequence, func(n int) bool {
			if err != nil {
				return true
			}
			var t *Turned
			t, err = s.turnFrom(ctx, c.Ref, n)
			return err != nil || t == nil || !t.At.Before(from)
		})
	}
	if err != nil {
		return nil, false, err
	}
	_, err = s.rows(ctx, c.Ref, span{prefix: "T#", from: turnKey(first)[len("T#"):], few: turnsPage}, func(i item) (bool, error) {
		t, err := turnedOf(i)
		if err != nil || t.At.After(to) {
			return false, err
		}
		if more = len(all) == max; more {
			return false, nil
		}
		all = append(all, t)
		return true, nil
	})
	return all, more, err
}

// turnFrom reads the first turn from a number on; nil when there is none.
func (s *Store) turnFrom(ctx context.Context, r desk.Ref, n int) (*Turned, error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), Limit: aws.Int32(1), KeyConditionExpression: aws.String("#p = :p AND #s BETWEEN :from AND :to"),
		ExpressionAttributeNames:  map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{":p": str(conversationKey(r)), ":from": str(turnKey(n)), ":to": str("T#~")},
	})
	if err != nil {
		return nil, fmt.Errorf("find a turn of %s: %w", r.Conversation, err)
	}
	if len(out.Items) == 0 {
		return nil, nil
	}
	t, err := turnedOf(out.Items[0])
	return &t, err
}

// turnedOf is a row as a turn.
func turnedOf(i item) (t Turned, err error) {
	if err := content(i, &t.Record); err != nil {
		return t, err
	}
	if _, err := fmt.Sscanf(text(i, sk), "T#%d", &t.Sequence); err != nil {
		return t, fmt.Errorf("turn %s: %w", text(i, sk), err)
	}
	return t, nil
}

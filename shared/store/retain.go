package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
)

// Retention is how far the function forget has come with what is too old of a brand: row S#brand / RETAIN. It alone writes it.
type Retention struct {
	Lap     string    `json:"lap,omitempty"`     // the UTC day with which its walk into the past goes on; "" at the front
	Leaving []Leaving `json:"leaving,omitempty"` // what it has begun to remove, and must end: without their keys they are found no more
}

// Leaving is a conversation that is being removed, with all that is found by its head.
type Leaving struct {
	Conversation string   `json:"conversation"`
	Contact      string   `json:"contact"`
	With         []string `json:"with,omitempty"`  // contacts that take part
	Parts        []string `json:"parts,omitempty"` // conversations that were merged into it
}

const retentionRow = "RETAIN"

// Retention reads it; nothing at first.
func (s *Store) Retention(ctx context.Context, brand string) (r Retention, err error) {
	key := settingKey(brand, retentionRow)
	found, err := s.get(ctx, key)
	if err != nil {
		return r, fmt.Errorf("read how far the past of %s was looked at: %w", brand, err)
	}
	if i, ok := found[text(key, pk)+retentionRow]; ok {
		err = content(i, &r)
	}
	return r, err
}

// KeepRetention writes it.
func (s *Store) KeepRetention(ctx context.Context, brand string, r Retention) error {
	i, err := with(settingKey(brand, retentionRow), r)
	if err != nil {
		return err
	}
	if _, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: i}); err != nil {
		return fmt.Errorf("keep how far the past of %s was looked at: %w", brand, err)
	}
	return nil
}

// ConversationsOfDay are those of a brand in which something came in, or was done with what was to go out, on a UTC day; sorted.
func (s *Store) ConversationsOfDay(ctx context.Context, brand, day string) ([]desk.Ref, error) {
	var mu sync.Mutex
	found := map[string]bool{}
	shards := make([]int, Shards)
	for n := range shards {
		shards[n] = n
	}
	err := each(shards, func(n int) error {
		return s.eachOfDay(ctx, fmt.Sprintf("R#%s#%s#%d", brand, day, n), func(entry, _ string) {
			if p := strings.Split(entry, "#"); len(p) >= 3 && p[0] != "held" {
				mu.Lock()
				defer mu.Unlock()
				found[p[1]] = true
			}
		})
	})
	var all []desk.Ref
	for id := range found {
		all = append(all, desk.Ref{Brand: brand, Conversation: id})
	}
	slices.SortFunc(all, func(a, b desk.Ref) int { return strings.Compare(a.Conversation, b.Conversation) })
	return all, err
}

// EraseStranger takes out the card of a contact of whom there is no conversation any more, unless the card has moved since it was read: then somebody writes.
func (s *Store) EraseStranger(ctx context.Context, brand string, c *desk.Contact) (gone bool, err error) {
	g := guardOf(true, c.Version)
	_, err = s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.table, Key: row(contactKey(brand, c.ID), head),
		ConditionExpression: aws.String(g.text), ExpressionAttributeNames: g.names, ExpressionAttributeValues: g.values,
	})
	var moved *types.ConditionalCheckFailedException
	if errors.As(err, &moved) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("take out a contact's card: %w", err)
	}
	return true, nil
}

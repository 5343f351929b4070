package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
)

// eraseKeys takes out the natural keys of messages and of what was sent, and what was said of the messages.
func (s *Store) eraseKeys(ctx context.Context, r desk.Ref, messages []desk.Message, effects []desk.Effect, e Erasure, gone map[string]int) error {
	ids, days := map[string]bool{}, map[string]bool{}
	var rows, labels []item
	for _, m := range messages {
		ids[m.ID], days[desk.Day(m.At)] = true, true
		if x := m.Corrected; x != nil && x.Label != "" {
			labels = append(labels, row(labelsKey(r.Brand, x.Label), stamp(m.At)+"#"+m.ID))
		}
	}
	for day := range days {
		keys, err := s.messageKeys(ctx, r, day, ids)
		if err != nil {
			return err
		}
		rows = append(rows, keys...)
	}
	var ours []item
	for _, x := range effects {
		if k := e.Thread(x); k != "" {
			ours = append(ours, row(naturalKey(r.Brand, x.Channel, k), head))
		}
	}
	for some := range slices.Chunk(ours, maxBatch) {
		found, err := s.get(ctx, some...)
		if err != nil {
			return err
		}
		for _, i := range found {
			rows = append(rows, row(text(i, pk), text(i, sk)))
		}
	}
	if err := s.eraseRows(ctx, rows, gone, desk.RemovedKeys); err != nil {
		return err
	}
	if !e.Counted {
		if err := s.eraseRows(ctx, askedRows(r, messages), gone, desk.RemovedSurveys); err != nil {
			return err
		}
	}
	return s.eraseRows(ctx, labels, gone, desk.RemovedLabels)
}

// messageKeys finds the natural keys of a conversation's messages of a day: each is an entry of the day's sum, whatever id of the provider's it was made of.
func (s *Store) messageKeys(ctx context.Context, r desk.Ref, day string, ids map[string]bool) (keys []item, err error) {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(lists), KeyConditionExpression: aws.String("#p = :p AND begins_with(#s, :in)"),
		ExpressionAttributeNames:  map[string]string{"#p": g1pk, "#s": g1sk},
		ExpressionAttributeValues: item{":p": str(dayKey(r.Brand, day, r.Conversation)), ":in": str("in#" + r.Conversation + "#")},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the keys of %s: %w", r.Conversation, err)
		}
		for _, i := range out.Items {
			entry := strings.Split(text(i, g1sk), "#")
			if ids[entry[len(entry)-1]] && strings.HasPrefix(text(i, pk), "K#") {
				keys = append(keys, row(text(i, pk), text(i, sk)))
			}
		}
	}
	return keys, nil
}

func (s *Store) eachRow(ctx context.Context, r desk.Ref, fn func(i item) error) error {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#p = :p"), ProjectionExpression: aws.String("#p, #s, #doc"),
		ExpressionAttributeNames: map[string]string{"#p": pk, "#s": sk, "#doc": doc}, ExpressionAttributeValues: item{":p": str(conversationKey(r))},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the rows of %s: %w", r.Conversation, err)
		}
		for _, i := range out.Items {
			if err := fn(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// kinds are what rows of a conversation are counted as.
var kinds = map[string]string{"M": desk.RemovedMessages, "T": desk.RemovedTurns, "E": desk.RemovedEffects}

// eraseRows deletes rows, some at a time, and counts them: as what, or by their kind.
func (s *Store) eraseRows(ctx context.Context, rows []item, gone map[string]int, what string) error {
	for some := range slices.Chunk(rows, maxErased) {
		if err := each(some, func(key item) error { return s.erase(ctx, key) }); err != nil {
			return err
		}
		for _, key := range some {
			kind, _, _ := strings.Cut(text(key, sk), "#")
			if what != "" {
				gone[what]++
			} else if name := kinds[kind]; name != "" {
				gone[name]++
			}
		}
	}
	return nil
}

// maxErased is how many rows are deleted at once.
const maxErased = 16

// erase deletes a row; one with its content only while that is still what it says.
func (s *Store) erase(ctx context.Context, i item) error {
	in := &dynamodb.DeleteItemInput{TableName: &s.table, Key: row(text(i, pk), text(i, sk))}
	if was, ok := i[doc]; ok {
		in.ConditionExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues = aws.String("#doc = :was"), map[string]string{"#doc": doc}, item{":was": was}
	}
	_, err := s.db.DeleteItem(ctx, in)
	var other *types.ConditionalCheckFailedException
	if err != nil && !errors.As(err, &other) {
		return fmt.Errorf("erase %s: %w", text(i, sk), err)
	}
	return nil
}

// EraseContact takes out a contact's card.
func (s *Store) EraseContact(ctx context.Context, brand, contact string) (was bool, err error) {
	c, err := s.Contact(ctx, brand, contact)
	if err != nil || c == nil {
		return false, err
	}
	if err := s.forgetIdentity(ctx, brand, c); err != nil {
		return false, err
	}
	if err := s.erase(ctx, row("S#"+brand, string(Blocks)+"#"+contact)); err != nil {
		return false, err
	}
	return true, s.erase(ctx, row(contactKey(brand, contact), head))
}

// EraseHeld takes out what is held.
func (s *Store) EraseHeld(ctx context.Context, k desk.HeldKey) error { return s.erase(ctx, heldRow(k)) }

// Unexplain takes the reason out of a line of the audit: what was done stays, by whom and when.
func (s *Store) Unexplain(ctx context.Context, c desk.Change) error {
	c.Why = ""
	i, err := changeRow(c)
	if err == nil {
		_, err = s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: i})
	}
	if err != nil {
		return fmt.Errorf("take the reason out of a change: %w", err)
	}
	return nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
)

// Forgetting takes a contact's rows out of the table. It may die anywhere and be done again: a conversation's messages, by which it is found, go last.

// ConversationsOf are those of a contact that have messages from until a time, in no order.
func (s *Store) ConversationsOf(ctx context.Context, brand, contact string, until time.Time) ([]desk.Ref, error) {
	var all []desk.Ref
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(people), KeyConditionExpression: aws.String("#p = :p AND #s <= :until"),
		ExpressionAttributeNames:  map[string]string{"#p": g2pk, "#s": g2sk},
		ExpressionAttributeValues: item{":p": str(contactKey(brand, contact)), ":until": str(stamp(until))},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list a contact's conversations: %w", err)
		}
		for _, i := range out.Items {
			if r, ok := parseConversation(text(i, pk)); ok && !slices.Contains(all, r) {
				all = append(all, r)
			}
		}
	}
	return all, nil
}

// Remains are the messages and effects of a conversation whose head is gone: who removed it died before it came to them.
func (s *Store) Remains(ctx context.Context, r desk.Ref) ([]desk.Message, []desk.Effect, error) {
	t, err := s.timeline(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	return t.Messages, t.Effects, nil
}

// Erasure says what of a conversation is to go.
type Erasure struct {
	Timeline *Timeline
	Thread   func(desk.Effect) string // the thread key of what has left; "" for none
	Now      time.Time
}

// EraseConversation takes a whole conversation out of the table, and tells how many rows of what went.
func (s *Store) EraseConversation(ctx context.Context, e Erasure) (map[string]int, error) {
	r := e.Timeline.Conversation.Ref
	gone := map[string]int{}
	if err := s.eraseKeys(ctx, r, e.Timeline.Messages, e.Timeline.Effects, e.Thread, gone); err != nil {
		return gone, err
	}
	var first, last []item
	err := s.eachRow(ctx, r, func(key item) {
		if strings.HasPrefix(text(key, sk), "M#") {
			last = append(last, key)
			return
		}
		first = append(first, key)
	})
	if err != nil {
		return gone, err
	}
	for _, rows := range [][]item{first, last} {
		if err := s.eraseRows(ctx, rows, gone, ""); err != nil {
			return gone, err
		}
	}
	return gone, nil
}

// EraseParticipant takes out of somebody else's conversation what a participant wrote and was sent, and that he took part.
func (s *Store) EraseParticipant(ctx context.Context, e Erasure, contact string, parts []string, his func(desk.Message) bool) (map[string]int, error) {
	r, gone := e.Timeline.Conversation.Ref, map[string]int{}
	var messages []desk.Message
	var newest desk.Message
	var effects []desk.Effect
	var rows []item
	for _, m := range e.Timeline.Messages {
		if his(m) {
			messages, rows = append(messages, m), append(rows, row(conversationKey(r), messageKey(&m)))
		} else if m.Direction == "in" {
			newest = m
		}
	}
	for _, x := range e.Timeline.Effects {
		to := x.Contact
		if x.Receipt != nil && slices.ContainsFunc(messages, func(m desk.Message) bool { return m.ID == x.Receipt.Message }) {
			to = contact
		}
		if to == contact {
			effects, rows = append(effects, x), append(rows, row(conversationKey(r), effectKey(x.ID)))
		}
	}
	if err := s.eraseKeys(ctx, r, messages, effects, e.Thread, gone); err != nil {
		return gone, err
	}
	if err := s.part(ctx, r, contact, parts, newest, e.Now); err != nil {
		return gone, err
	}
	gone[desk.RemovedParts]++
	return gone, s.eraseRows(ctx, rows, gone, "")
}

// part takes a participant out of a conversation's head: who is answered from now on is the contact itself, as its newest message names it.
func (s *Store) part(ctx context.Context, r desk.Ref, contact string, parts []string, newest desk.Message, now time.Time) error {
	for look := range looks {
		if err := pause(ctx, look); err != nil {
			return err
		}
		c, err := s.Conversation(ctx, r)
		if err != nil || c == nil {
			return err
		}
		c.Participants = slices.DeleteFunc(c.Participants, func(p desk.Participant) bool { return p.Contact == contact })
		c.Parts = slices.DeleteFunc(c.Parts, func(id string) bool { return slices.Contains(parts, id) })
		if newest.ID != "" && c.Party != newest.Author {
			c.Party, c.Thread = newest.Author, desk.Thread{}
		}
		was := c.Sequence
		c.Sequence++ // a turn that was decided on what was there before is decided again
		w := &writer{table: s.table}
		w.put(headRow(*c, now))
		w.guard(guardOf(true, was))
		err = w.commit(ctx, s.db)
		var refused *types.TransactionCanceledException
		if err == nil || !errors.As(err, &refused) {
			return err
		}
	}
	return fmt.Errorf("take a participant out of %s: %w", r.Conversation, ErrBusy)
}

// eraseKeys takes out the natural keys of messages and of what was sent, and what was said of the messages.
func (s *Store) eraseKeys(ctx context.Context, r desk.Ref, messages []desk.Message, effects []desk.Effect, thread func(desk.Effect) string, gone map[string]int) error {
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
	for _, e := range effects {
		if k := thread(e); k != "" {
			ours = append(ours, row(naturalKey(r.Brand, e.Channel, k), head))
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

func (s *Store) eachRow(ctx context.Context, r desk.Ref, fn func(key item)) error {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#p = :p"), ProjectionExpression: aws.String("#p, #s"),
		ExpressionAttributeNames: map[string]string{"#p": pk, "#s": sk}, ExpressionAttributeValues: item{":p": str(conversationKey(r))},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the rows of %s: %w", r.Conversation, err)
		}
		for _, i := range out.Items {
			fn(row(text(i, pk), text(i, sk)))
		}
	}
	return nil
}

// kinds are what rows of a conversation are counted as.
var kinds = map[string]string{head: desk.RemovedConversations, "M": desk.RemovedMessages, "T": desk.RemovedTurns, "E": desk.RemovedEffects}

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

func (s *Store) erase(ctx context.Context, key item) error {
	if _, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: key}); err != nil {
		return fmt.Errorf("erase %s: %w", text(key, sk), err)
	}
	return nil
}

// EraseContact takes out a contact's card.
func (s *Store) EraseContact(ctx context.Context, brand, contact string) (was bool, err error) {
	c, err := s.Contact(ctx, brand, contact)
	if err != nil || c == nil {
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

package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/channel"
	"pronto/shared/desk"
)

// Once is the natural key of an agent's request: it does its work once, and its repetition is known by the digest.
type Once struct {
	Channel, Key, Digest string
}

func changeRow(c desk.Change) (item, error) {
	return with(row("J#"+c.Brand+"#"+c.At.UTC().Format(monthForm), stamp(c.At)+"#"+c.ID), c)
}

// Change commits what an agent changed outside of a conversation: the rows, the audit's line and the request's key, all or nothing. again tells that the very
// same request was done before; ErrKeyUsed that its key was used for another.
func (s *Store) Change(ctx context.Context, c desk.Change, once Once, rows ...func(*writer)) (again bool, err error) {
	key := row(naturalKey(c.Brand, once.Channel, once.Key), head)
	if again, err := s.done(ctx, key, once.Digest); again || err != nil {
		return again, err
	}
	w := &writer{table: s.table}
	w.put(with(key, taken{Provider: once.Digest}))
	w.guard(guardOf(false, 0))
	w.put(changeRow(c))
	for _, add := range rows {
		add(w)
	}
	err = w.commit(ctx, s.db)
	var refused *types.TransactionCanceledException
	if errors.As(err, &refused) { // by our own key, perhaps: look again
		again, e := s.done(ctx, key, once.Digest)
		if again || e != nil {
			return again, e
		}
		return false, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return false, err
}

// Done tells whether a request was done before; ErrKeyUsed that its key was used for another.
func (s *Store) Done(ctx context.Context, brand string, once Once) (bool, error) {
	return s.done(ctx, row(naturalKey(brand, once.Channel, once.Key), head), once.Digest)
}

// done tells whether a request's key is taken by the same request.
func (s *Store) done(ctx context.Context, key item, digest string) (bool, error) {
	found, err := s.get(ctx, key)
	if err != nil {
		return false, err
	}
	i, ok := found[text(key, pk)+head]
	if !ok {
		return false, nil
	}
	var t taken
	if err := content(i, &t); err != nil {
		return false, err
	}
	if t.Provider != digest {
		return false, ErrKeyUsed
	}
	return true, nil
}

// SetBlock blocks a contact, or admits it again for a nil block. Of whom the desk has never heard a card is made. The list of who is blocked is committed with it.
func (s *Store) SetBlock(ctx context.Context, contact string, p channel.Party, b *desk.Block, c desk.Change, once Once) (again bool, err error) {
	return s.editContact(ctx, contact, p, func(is *desk.Contact) { is.Blocked = b }, c, once, func(w *writer) {
		i := row("S#"+c.Brand, string(Blocks)+"#"+contact)
		if b == nil {
			i[expires] = num(c.At.Unix())
			w.put(i, nil)
			return
		}
		w.put(with(i, desk.Blocking{Contact: contact, Party: p, Block: *b}))
	})
}

// Contact reads a contact's card; nil when there is none.
func (s *Store) Contact(ctx context.Context, brand, id string) (*desk.Contact, error) {
	key := row(contactKey(brand, id), head)
	found, err := s.get(ctx, key)
	if err != nil {
		return nil, err
	}
	i, ok := found[text(key, pk)+head]
	if !ok {
		return nil, nil
	}
	return contactOf(i)
}

func contactOf(i item) (*desk.Contact, error) {
	c := &desk.Contact{}
	more, err := contentAndMore(i, c)
	if err != nil {
		return nil, err
	}
	c.Unknown = more
	c.Version = int(number(i, seq))
	return c, nil
}

// auditMonths is how far back Changes looks.
const auditMonths = 24

// Changes lists what a brand's agents changed outside of conversations, newest first, from before a place on. next is where the following page begins, "" at
// the end.
func (s *Store) Changes(ctx context.Context, brand, before string, now time.Time, max int) (page []desk.Change, next string, err error) {
	month := monthOf(before, now)
	for last := now.AddDate(0, -auditMonths, 0); month.After(last); month = month.AddDate(0, -1, 0) {
		if before == "" {
			before = "~"
		}
		out, err := s.db.Query(ctx, &dynamodb.QueryInput{
			TableName: &s.table, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(max - len(page))),
			KeyConditionExpression:    aws.String("#p = :p AND #s < :before"),
			ExpressionAttributeNames:  map[string]string{"#p": pk, "#s": sk},
			ExpressionAttributeValues: item{":p": str("J#" + brand + "#" + month.Format(monthForm)), ":before": str(before)},
		})
		if err != nil {
			return nil, "", fmt.Errorf("list changes: %w", err)
		}
		for _, i := range out.Items {
			var c desk.Change
			if err := content(i, &c); err != nil {
				return nil, "", err
			}
			page, before = append(page, c), text(i, sk)
		}
		if len(page) == max {
			return page, before, nil
		}
	}
	return page, "", nil
}

// Turned is a turn's record with its number.
type Turned struct {
	Sequence int
	Record
}

// Turns lists a conversation's turns, newest first, from before a number on (0: from the newest).
func (s *Store) Turns(ctx context.Context, r desk.Ref, before, max int) (page []Turned, err error) {
	to := turnKey(before)
	if before == 0 {
		to = "T#~"
	}
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(max)),
		KeyConditionExpression:    aws.String("#p = :p AND #s BETWEEN :first AND :to"),
		ExpressionAttributeNames:  map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{":p": str(conversationKey(r)), ":first": str("T#"), ":to": str(to)},
	})
	if err != nil {
		return nil, fmt.Errorf("list the turns of %s: %w", r.Conversation, err)
	}
	for _, i := range out.Items {
		t, err := turnedOf(i)
		if err != nil {
			return nil, err
		}
		if before == 0 || t.Sequence < before {
			page = append(page, t)
		}
	}
	return page, nil
}

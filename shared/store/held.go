package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
	"pronto/shared/mail"
)

// monthForm is how a month is written in a partition key.
const monthForm = "2006-01"

// heldRow is where a held piece stands.
func heldRow(k desk.HeldKey) item {
	return row("H#"+k.Brand+"#"+k.At.UTC().Format(monthForm), stamp(k.At)+"#"+k.ID)
}

// Hold keeps what could not be placed. Its id and time come from the delivery, so that holding it twice keeps it once.
func (s *Store) Hold(ctx context.Context, h desk.Held) error {
	if s.rebuild.buries(ctx, h) {
		return nil
	}
	i, err := with(heldRow(h.Key()), h)
	if err != nil {
		return err
	}
	i[g1pk] = str(dayKey(h.Brand, desk.Day(h.At), h.ID))
	i[g1sk] = str("held#" + string(h.Reason) + "#" + h.ID)
	_, err = s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table, Item: i,
		ConditionExpression: aws.String("attribute_not_exists(#pk)"), ExpressionAttributeNames: map[string]string{"#pk": pk},
	})
	var there *types.ConditionalCheckFailedException
	if err != nil && !errors.As(err, &there) {
		return fmt.Errorf("hold %s: %w", h.ID, err)
	}
	return nil
}

// OneHeld reads one held piece; nil when there is none.
func (s *Store) OneHeld(ctx context.Context, k desk.HeldKey) (*desk.Held, error) {
	key := heldRow(k)
	found, err := s.get(ctx, key)
	if err != nil {
		return nil, err
	}
	i, ok := found[text(key, pk)+text(key, sk)]
	if !ok {
		return nil, nil
	}
	h := &desk.Held{}
	return h, content(i, h)
}

// monthOf is the month that a list by months is read from, backwards: the one of a place, or the present one. A place is what a client hands back, and whoever
// makes up one in the year 9999 does not have every month since read.
func monthOf(before string, now time.Time) time.Time {
	month := now.UTC()
	if t, err := time.Parse(monthForm, mail.Cut(before, len(monthForm))); err == nil && t.Before(month) {
		month = t
	}
	return time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// heldMonths is how far back Held looks: what nobody has looked at in two years nobody will.
const heldMonths = 24

// maxHeldScan bounds what one page of Held looks at.
const maxHeldScan = 500

// Held lists what a brand holds, newest first, from before a place on, as far as keep wants it. next is where the following page begins, "" at the end; a page
// may be short and still have a next.
func (s *Store) Held(ctx context.Context, brand string, keep func(desk.Held) bool, before string, now time.Time, max int) (page []desk.Held, next string, err error) {
	month := monthOf(before, now)
	scanned := 0
	for last := now.AddDate(0, -heldMonths, 0); month.After(last); {
		out, more, err := s.heldOf(ctx, brand, month, before, maxHeldScan-scanned)
		if err != nil {
			return nil, "", err
		}
		if !more {
			month = month.AddDate(0, -1, 0)
		}
		for _, i := range out {
			var h desk.Held
			if err := content(i, &h); err != nil {
				return nil, "", err
			}
			before, scanned = text(i, sk), scanned+1
			if keep(h) {
				page = append(page, h)
			}
			if len(page) == max || scanned == maxHeldScan {
				return page, before, nil
			}
		}
	}
	return page, "", nil
}

// heldOf reads a month's pieces before a place, newest first. more tells that the answer was full before the month ended.
func (s *Store) heldOf(ctx context.Context, brand string, month time.Time, before string, max int) (found []item, more bool, err error) {
	if before == "" {
		before = "~"
	}
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(max)),
		KeyConditionExpression:    aws.String("#p = :p AND #s < :before"),
		ExpressionAttributeNames:  map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{":p": str("H#" + brand + "#" + month.Format(monthForm)), ":before": str(before)},
	})
	if err != nil {
		return nil, false, fmt.Errorf("list what is held: %w", err)
	}
	return out.Items, out.LastEvaluatedKey != nil, nil
}

// putPlaced takes a piece out of what is held, in the commit that makes a message of it: the day's sum counts it once, on whichever side.
func (w *writer) putPlaced(d desk.Decision) {
	h, now := d.Placed.Held, d.At
	h.State, h.By, h.Done, h.Conversation = desk.Released, d.Placed.As.ID, &now, &d.Conversation.Ref
	i, err := with(heldRow(h.Key()), h)
	if err == nil {
		i[state] = str(string(h.State))
	}
	w.put(i, err)
	w.guard(unreleased())
}

// unreleased demands that a held piece is there and was not released.
func unreleased() condition {
	return condition{
		text:  "attribute_exists(#pk) AND (attribute_not_exists(#state) OR #state <> :released)",
		names: map[string]string{"#pk": pk, "#state": state}, values: item{":released": str(string(desk.Released))},
	}
}

// Dismiss ends a held piece that nobody will place. It stays held in its day's sum, with its reason.
func (s *Store) Dismiss(ctx context.Context, h desk.Held, spam bool, c desk.Change, once Once) (again bool, err error) {
	h.Spam, h.State, h.By, h.Done, h.Why = spam, desk.Dismissed, c.By, &c.At, c.Why
	i, err := with(heldRow(h.Key()), h)
	if err != nil {
		return false, err
	}
	i[state] = str(string(h.State))
	i[g1pk] = str(dayKey(h.Brand, desk.Day(h.At), h.ID))
	i[g1sk] = str("held#" + string(h.Reason) + "#" + h.ID)
	return s.Change(ctx, c, once, func(w *writer) {
		w.put(i, nil)
		w.guard(unreleased())
	})
}

// AlreadyPlaced records that a held piece is a message already: it had come a second time, and was taken.
func (s *Store) AlreadyPlaced(ctx context.Context, p desk.Placed, r desk.Ref, now time.Time) error {
	w := &writer{table: s.table}
	d := desk.Decision{At: now, Placed: &p}
	d.Conversation.Ref = r
	w.putPlaced(d)
	put := w.items[0].Put
	if w.err != nil {
		return w.err
	}
	_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table, Item: put.Item, ConditionExpression: put.ConditionExpression,
		ExpressionAttributeNames: put.ExpressionAttributeNames, ExpressionAttributeValues: put.ExpressionAttributeValues,
	})
	var done *types.ConditionalCheckFailedException
	if err != nil && !errors.As(err, &done) {
		return fmt.Errorf("record that %s is placed: %w", p.Held.ID, err)
	}
	return nil
}

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
)

// Settings are what people change while the desk runs: rows S#brand / NAME. The rule book is a file and not here.

func settingKey(brand, name string) item { return row("S#"+brand, name) }

const silenceSwitch = "SWITCH"

// Switch reads a brand's silence switch; the zero Switch when it was never turned.
func (s *Store) Switch(ctx context.Context, brand string) (w desk.Switch, err error) {
	key := settingKey(brand, silenceSwitch)
	found, err := s.get(ctx, key)
	if err != nil {
		return w, fmt.Errorf("read the silence switch: %w", err)
	}
	if i, ok := found[text(key, pk)+silenceSwitch]; ok {
		err = content(i, &w)
	}
	return w, err
}

// EditSwitch changes a brand's silence switch, and says so in the audit. Two at a time follow one another.
func (s *Store) EditSwitch(ctx context.Context, brand string, edit func(desk.Switch) desk.Switch, c desk.Change) (is desk.Switch, err error) {
	key := settingKey(brand, silenceSwitch)
	for look := range looks {
		if err := pause(ctx, look); err != nil {
			return is, err
		}
		found, err := s.get(ctx, key)
		if err != nil {
			return is, fmt.Errorf("read the silence switch: %w", err)
		}
		var was desk.Switch
		before, ok := found[text(key, pk)+silenceSwitch]
		if ok {
			if err := content(before, &was); err != nil {
				return is, err
			}
		}
		is = edit(was)
		version := number(before, seq) // 0 of a row of before it was counted
		w := &writer{table: s.table}
		i, err := with(settingKey(brand, silenceSwitch), is)
		if err == nil {
			i[seq] = num(version + 1)
		}
		w.put(i, err)
		unmoved := guardOf(true, int(version))
		if version == 0 {
			unmoved = condition{text: "attribute_not_exists(#seq)", names: map[string]string{"#seq": seq}}
		}
		w.guard(unmoved)
		w.put(changeRow(c))
		err = w.commit(ctx, s.db)
		var refused *types.TransactionCanceledException
		if err == nil || !errors.As(err, &refused) {
			return is, err
		}
	}
	return is, ErrBusy
}

// Park gives a claimed effect back, certainly unsent, with the reason for which it waits; it is looked at again not before next.
func (s *Store) Park(ctx context.Context, e desk.Effect, why string, next time.Time) error {
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: row(conversationKey(e.Ref), effectKey(e.ID)),
		UpdateExpression:         aws.String("SET #state = :queued, #when = :next, #why = :why"),
		ConditionExpression:      aws.String("#state = :sending AND #at = :seen"),
		ExpressionAttributeNames: map[string]string{"#state": state, "#at": claimed, "#when": g3sk, "#why": failure},
		ExpressionAttributeValues: item{
			":queued": str(string(desk.Queued)), ":sending": str(string(desk.Sending)), ":why": str(why),
			":seen": num(e.Claimed.UnixMilli()), ":next": str(nextTry(next, e.Lane)),
		},
	})
	return unlessMoved(err, "park", e)
}

// Cancel ends a claimed effect that shall never leave: the messages that it was to acknowledge count as suppressed.
func (s *Store) Cancel(ctx context.Context, e desk.Effect, why string) error {
	u := s.finish(e, desk.Cancelled, cancelEntry(why), failure, why)
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: u.TableName, Key: u.Key, UpdateExpression: u.UpdateExpression, ConditionExpression: u.ConditionExpression,
		ExpressionAttributeNames: u.ExpressionAttributeNames, ExpressionAttributeValues: u.ExpressionAttributeValues,
	})
	return unlessMoved(err, "cancel", e)
}

// cancelEntry begins a cancelled effect's entry in the day's sum, which says why unless it was the silence switch.
func cancelEntry(why string) string {
	if hushed := (desk.Effect{Why: why}).Hushed(); hushed != desk.Silenced {
		return "hush:" + why + "#"
	}
	return "hush#"
}

// unlessMoved is the error of a change to an effect, nil when another hand has moved the effect on.
func unlessMoved(err error, verb string, e desk.Effect) error {
	var refused *types.ConditionalCheckFailedException
	if err == nil || errors.As(err, &refused) {
		return nil
	}
	return fmt.Errorf("%s effect %s: %w", verb, e.ID, err)
}

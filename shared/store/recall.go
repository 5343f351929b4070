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

// recall adds to the transaction that a queued effect never leaves. When a sender has claimed it the commit is refused.
func (w *writer) recall(r desk.Ref, id string) {
	w.items = append(w.items, types.TransactWriteItem{Update: &types.Update{
		TableName: &w.table, Key: row(conversationKey(r), effectKey(id)),
		UpdateExpression:          aws.String("SET #state = :to REMOVE #next, #when"),
		ConditionExpression:       aws.String("#state = :queued"),
		ExpressionAttributeNames:  map[string]string{"#state": state, "#next": g3pk, "#when": g3sk},
		ExpressionAttributeValues: item{":to": str(string(desk.Recalled)), ":queued": str(string(desk.Queued))},
	}})
}

// Stay marks an effect that is being sent: should it come back to its queue, nobody sends it any more, until it is recalled. ok is false when it is not being sent
// now, which is for the caller to look at again.
func (s *Store) Stay(ctx context.Context, r desk.Ref, id string) (ok bool, err error) {
	_, err = s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: row(conversationKey(r), effectKey(id)),
		UpdateExpression:          aws.String("SET #stay = :yes"),
		ConditionExpression:       aws.String("#state = :sending"),
		ExpressionAttributeNames:  map[string]string{"#state": state, "#stay": stayed},
		ExpressionAttributeValues: item{":sending": str(string(desk.Sending)), ":yes": num(1)},
	})
	var moved *types.ConditionalCheckFailedException
	if errors.As(err, &moved) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("stay effect %s: %w", id, err)
	}
	return true, nil
}

// tombstoneLife is how long a tombstone is kept, beyond what any bridge repeats.
const tombstoneLife = 30 * 24 * time.Hour

// Bury keeps a natural key for what was withdrawn before it came, so that Find tells of it when it does. It reports whether the key was there already.
func (s *Store) Bury(ctx context.Context, brand, channel, key string, now time.Time) (before bool, err error) {
	i, err := with(row(naturalKey(brand, channel, key), head), taken{})
	if err != nil {
		return false, err
	}
	i[expires] = num(now.Add(tombstoneLife).Unix())
	free := guardOf(false, 0)
	_, err = s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table, Item: i, ConditionExpression: &free.text, ExpressionAttributeNames: free.names,
	})
	var taken *types.ConditionalCheckFailedException
	if errors.As(err, &taken) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("keep what was withdrawn: %w", err)
	}
	return false, nil
}

package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
)

// Hold keeps what could not be placed. Its id and time come from the delivery, so that holding it twice keeps it once.
func (s *Store) Hold(ctx context.Context, h desk.Held) error {
	i, err := with(row("H#"+h.Brand+"#"+h.At.UTC().Format("2006-01"), stamp(h.At)+"#"+h.ID), h)
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

package store

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// How promises ended: rows G#brand#day / given#conversation, by the UTC day on which their time began, committed with the turn in which they ended. A promise that was
// broken first and answered later is one row; of one that was given up and runs again the row stays until it ends, and is no ending.

// endingLife is how long they are kept.
const endingLife = 400 * 24 * time.Hour

func endingRow(e desk.Ending) (item, error) {
	i, err := with(row("G#"+e.Brand+"#"+desk.Day(e.Given), stamp(e.Given)+"#"+cmp.Or(e.Of, e.Conversation)), e)
	if err == nil {
		i[expires] = num(e.By.Add(endingLife).Unix())
	}
	return i, err
}

// MaxEndings is how many of a day are read at most.
const MaxEndings = 50_000

// Endings gives how the promises of a UTC day ended, by when their time began.
func (s *Store) Endings(ctx context.Context, brand, day string) ([]desk.Ending, error) {
	var all []desk.Ending
	var from item
	for {
		out, err := s.db.Query(ctx, &dynamodb.QueryInput{
			TableName: &s.table, KeyConditionExpression: aws.String("#pk = :pk"), ExpressionAttributeNames: map[string]string{"#pk": pk},
			ExpressionAttributeValues: item{":pk": str("G#" + brand + "#" + day)}, ExclusiveStartKey: from,
		})
		if err != nil {
			return nil, fmt.Errorf("list the promises of a day: %w", err)
		}
		for _, i := range out.Items {
			var e desk.Ending
			if err := content(i, &e); err != nil {
				return nil, err
			}
			if !e.Runs() {
				all = append(all, e)
			}
		}
		if from = out.LastEvaluatedKey; from == nil || len(all) >= MaxEndings {
			return all, nil
		}
	}
}

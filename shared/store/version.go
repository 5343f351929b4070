package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// The version of a brand's queue is a counter, row S#brand / VERSION: whoever looks at the queue asks for it alone, and for the queue when it has moved. Relay moves it
// when turns have come by on the stream; it is no part of any turn, for a row that all turns of a brand write would make them wait for one another
// (docs/decisions/0031).

const queueVersion = "VERSION"

// moved is the counter's attribute.
const moved = "n"

// Bump moves the version of a brand's queue.
func (s *Store) Bump(ctx context.Context, brand string) error {
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: settingKey(brand, queueVersion), UpdateExpression: aws.String("ADD #n :one"),
		ExpressionAttributeNames: map[string]string{"#n": moved}, ExpressionAttributeValues: item{":one": num(1)},
	})
	if err != nil {
		return fmt.Errorf("move the version of the queue of %s: %w", brand, err)
	}
	return nil
}

// Versions are those of some brands' queues, as one word.
func (s *Store) Versions(ctx context.Context, brands []string) (string, error) {
	var keys []item
	for _, b := range brands {
		keys = append(keys, settingKey(b, queueVersion))
	}
	found, err := s.get(ctx, keys...)
	if err != nil {
		return "", fmt.Errorf("read the versions of queues: %w", err)
	}
	var all []string
	for _, k := range keys {
		all = append(all, fmt.Sprint(number(found[text(k, pk)+queueVersion], moved)))
	}
	return strings.Join(all, "-"), nil
}

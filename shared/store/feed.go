package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// feedsKey is the partition of agents' links to their calendars. A row is written when a link is made anew, and stays: without it the first link would be good again.
const feedsKey = "U#feeds"

// feed is when a link was made anew last; how often stands in the row's sequence.
type feed struct {
	At time.Time `json:"at"`
}

// Feed tells how often an agent's link was made anew.
func (s *Store) Feed(ctx context.Context, agent string) (int, error) {
	found, err := s.get(ctx, row(feedsKey, agent))
	if err != nil {
		return 0, fmt.Errorf("read an agent's feed: %w", err)
	}
	return int(number(found[feedsKey+agent], seq)), nil
}

// RenewFeed makes it anew where it was so often; where somebody was quicker, or this is the same request once more, it is as it is.
func (s *Store) RenewFeed(ctx context.Context, agent string, was int, now time.Time) error {
	i, err := guarded(row(feedsKey, agent), feed{now}, was)
	if err != nil {
		return err
	}
	c := guardOf(was > 0, was)
	_, err = s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table, Item: i, ConditionExpression: &c.text, ExpressionAttributeNames: c.names, ExpressionAttributeValues: c.values,
	})
	var moved *types.ConditionalCheckFailedException
	if err != nil && !errors.As(err, &moved) {
		return fmt.Errorf("renew an agent's feed: %w", err)
	}
	return nil
}

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
	"pronto/shared/sla"
)

// Bounds of an outlook: of what it reads, and so of what it costs.
const (
	maxOwing  = 500
	newEnough = 500 // endings of a day
)

// Outlook gives what a forecast is made of: the answers of a brand that fall due and are not late yet, the most urgent first, and the pace of the last hours. It reads cards
// and the newest endings, no conversations.
func (s *Store) Outlook(ctx context.Context, brand string, now time.Time) (owing []sla.Owing, pace time.Duration, err error) {
	due := func(c Card) bool { return c.Due != nil && !c.Breached }
	page, _, err := s.Queue(ctx, List{Brands: []string{brand}, Lots: []Lot{Open, Waiting}, Keep: due, Max: maxOwing})
	if err != nil {
		return nil, 0, err
	}
	for _, e := range page {
		owing = append(owing, sla.Owing{ID: e.Conversation, Due: *e.Due})
	}
	var endings []desk.Ending
	for _, day := range []time.Time{now.AddDate(0, 0, -1), now} {
		out, err := s.db.Query(ctx, &dynamodb.QueryInput{
			TableName: &s.table, Limit: aws.Int32(newEnough), ScanIndexForward: aws.Bool(false),
			KeyConditionExpression: aws.String("#pk = :pk"), ExpressionAttributeNames: map[string]string{"#pk": pk},
			ExpressionAttributeValues: item{":pk": str("G#" + brand + "#" + desk.Day(day))},
		})
		if err != nil {
			return nil, 0, fmt.Errorf("read the newest promises of a day: %w", err)
		}
		for _, i := range out.Items {
			var e desk.Ending
			if err := content(i, &e); err != nil {
				return nil, 0, err
			}
			endings = append(endings, e)
		}
	}
	pace, _ = desk.Pace(endings, now)
	return owing, pace, nil
}

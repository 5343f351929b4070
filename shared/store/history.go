package store

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// How far back a contact's history is looked at: so many pages of so many messages, however many there are.
const (
	historyPages = 3
	historyPage  = 100
)

// History lists the conversations of a contact, the one with the newest message first; more tells that there may be older ones.
func (s *Store) History(ctx context.Context, brand, contact string, max int) (all []desk.Ref, more bool, err error) {
	seen := map[desk.Ref]bool{}
	var from item
	for range historyPages {
		out, err := s.db.Query(ctx, &dynamodb.QueryInput{
			TableName: &s.table, IndexName: aws.String(people), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(historyPage), ExclusiveStartKey: from,
			KeyConditionExpression: aws.String("#p = :p"), ProjectionExpression: aws.String("#k"),
			ExpressionAttributeNames: map[string]string{"#p": g2pk, "#k": pk}, ExpressionAttributeValues: item{":p": str(contactKey(brand, contact))},
		})
		if err != nil {
			return nil, false, fmt.Errorf("list a contact's conversations: %w", err)
		}
		for _, i := range out.Items {
			r, ok := parseConversation(text(i, pk))
			if !ok || seen[r] {
				continue
			}
			if len(all) == max {
				return all, true, nil
			}
			seen[r] = true
			all = append(all, r)
		}
		if from = out.LastEvaluatedKey; from == nil {
			return all, false, nil
		}
	}
	return all, true, nil
}

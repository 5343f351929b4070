package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// maxSince bounds how many turns are looked at that were taken while somebody wrote.
const maxSince = 100

// since are the turns of a conversation after one, oldest first; of very many the newest. It is read after the conversation: what is taken between the two readings moves
// the sequence, and the commit that was decided without it is refused.
func (s *Store) since(ctx context.Context, r desk.Ref, seen int) (all []desk.Since, err error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(maxSince),
		KeyConditionExpression:    aws.String("#p = :p AND #s BETWEEN :from AND :to"),
		ExpressionAttributeNames:  map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{":p": str(conversationKey(r)), ":from": str(turnKey(seen + 1)), ":to": str("T#~")},
	})
	if err != nil {
		return nil, fmt.Errorf("read the turns of %s: %w", r.Conversation, err)
	}
	for _, i := range slices.Backward(out.Items) {
		var t Record
		if err := content(i, &t); err != nil {
			return nil, err
		}
		all = append(all, desk.Since{Event: t.Event, By: t.By, Message: t.Message, At: t.At})
	}
	return all, nil
}

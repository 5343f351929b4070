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
const maxSince = 1000

// since are the turns of a conversation after one that can keep an answer from leaving, oldest first. Of more than can be looked at, what is not is taken for the contact's words:
// nobody gets an answer past them by many turns that change nothing. It is read after the conversation: what is taken between the two readings moves the sequence, and the commit
// that was decided without it is refused.
func (s *Store) since(ctx context.Context, r desk.Ref, seen int) (all []desk.Since, err error) {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(100),
		KeyConditionExpression:    aws.String("#p = :p AND #s BETWEEN :from AND :to"),
		ExpressionAttributeNames:  map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{":p": str(conversationKey(r)), ":from": str(turnKey(seen + 1)), ":to": str("T#~")},
	})
	var oldest Record
	for looked := 0; pages.HasMorePages(); {
		if looked >= maxSince {
			all = append(all, desk.Since{Event: "received", At: oldest.At})
			break
		}
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the turns of %s: %w", r.Conversation, err)
		}
		looked += len(out.Items)
		for _, i := range out.Items {
			oldest = Record{}
			if err := content(i, &oldest); err != nil {
				return nil, err
			}
			if desk.Crosses(oldest.Event) {
				all = append(all, desk.Since{Event: oldest.Event, By: oldest.By, Message: oldest.Message, At: oldest.At})
			}
		}
	}
	slices.Reverse(all)
	return all, nil
}

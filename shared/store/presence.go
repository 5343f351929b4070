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

// Who looks at a conversation stands beside it, a row an agent, C#brand#conversation / V#agent: no turn reads or writes these rows, and none waits for them. The table
// forgets them late, so that who reads them looks at their age (desk.Presence).

func presenceKey(r desk.Ref, agent string) item { return row(conversationKey(r), "V#"+agent) }

// maxPresence bounds one reading.
const maxPresence = 100

// Presence reads who was at a conversation lately. It may be a moment behind: that is half as dear, and nothing is decided by it.
func (s *Store) Presence(ctx context.Context, r desk.Ref) (all []desk.Presence, err error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, Limit: aws.Int32(maxPresence), KeyConditionExpression: aws.String("#p = :p AND begins_with(#s, :v)"),
		ExpressionAttributeNames:  map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{":p": str(conversationKey(r)), ":v": str("V#")},
	})
	if err != nil {
		return nil, fmt.Errorf("read who is at %s: %w", r.Conversation, err)
	}
	for _, i := range out.Items {
		if dropped(i) {
			continue
		}
		var p desk.Presence
		if err := content(i, &p); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// Look writes that an agent is at a conversation.
func (s *Store) Look(ctx context.Context, r desk.Ref, p desk.Presence) error {
	i, err := with(presenceKey(r, p.Agent), p)
	if err != nil {
		return err
	}
	i[expires], i[nonce] = num(p.At.Add(desk.LookedHolds).Unix()), str(p.Page)
	if _, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: i}); err != nil {
		return fmt.Errorf("write who is at %s: %w", r.Conversation, err)
	}
	return nil
}

// Leave takes an agent off; that a page of his was closed only, if none has been opened since. The row is left empty, to expire.
func (s *Store) Leave(ctx context.Context, r desk.Ref, p desk.Presence) error {
	i := presenceKey(r, p.Agent)
	i[expires] = num(p.At.Unix())
	in := &dynamodb.PutItemInput{
		TableName: &s.table, Item: i, ConditionExpression: aws.String("attribute_exists(#doc)"), ExpressionAttributeNames: map[string]string{"#doc": doc},
	}
	if p.Page != "" {
		in.ConditionExpression, in.ExpressionAttributeNames["#by"] = aws.String("attribute_exists(#doc) AND #by = :page"), nonce
		in.ExpressionAttributeValues = item{":page": str(p.Page)}
	}
	_, err := s.db.PutItem(ctx, in)
	var other *types.ConditionalCheckFailedException
	if err != nil && !errors.As(err, &other) {
		return fmt.Errorf("write who has left %s: %w", r.Conversation, err)
	}
	return nil
}

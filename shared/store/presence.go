package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
)

// Who looks at a conversation stands beside it, a row an agent, C#brand#conversation / V#agent: no turn reads or writes these rows, and none waits for them. The table
// forgets them late, so that who reads them looks at their age (desk.Presence).

func presenceKey(r desk.Ref, agent string) item { return row(conversationKey(r), "V#"+agent) }

// Seen is what was read of an agent, and by which version of his row.
type Seen struct {
	desk.Presence
	version int
}

// maxPresence bounds one reading.
const maxPresence = 100

// Presence reads who was at a conversation lately. It may be a moment behind: that is half as dear, and nothing is decided by it.
func (s *Store) Presence(ctx context.Context, r desk.Ref) (all []Seen, err error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, Limit: aws.Int32(maxPresence), KeyConditionExpression: aws.String("#p = :p AND begins_with(#s, :v)"),
		ExpressionAttributeNames:  map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{":p": str(conversationKey(r)), ":v": str("V#")},
	})
	if err != nil {
		return nil, fmt.Errorf("read who is at %s: %w", r.Conversation, err)
	}
	for _, i := range out.Items {
		p, err := seenIn(i, strings.TrimPrefix(text(i, sk), "V#"))
		if err != nil {
			return nil, err
		}
		all = append(all, *p)
	}
	return all, nil
}

func seenIn(i item, agent string) (*Seen, error) {
	p := &Seen{Presence: desk.Presence{Agent: agent}, version: int(number(i, seq))}
	if i == nil || dropped(i) {
		return p, nil
	}
	return p, content(i, &p.Presence)
}

// Say changes what stands of an agent at a conversation by what say makes of it, and writes only what is news. seen is what the caller has read of him just now, nil where he
// has read nothing: of what has moved since, or was read a moment late, it looks again. So two of his pages that speak at the same time do not undo each other, and one that
// is closed stays closed, in whichever order their words come.
func (s *Store) Say(ctx context.Context, r desk.Ref, agent string, seen *Seen, say func(desk.Presence) (is desk.Presence, news bool)) error {
	for look := range looks {
		if err := pause(ctx, look); err != nil {
			return err
		}
		if seen == nil {
			var err error
			if seen, err = s.seen(ctx, r, agent); err != nil {
				return err
			}
		}
		is, news := say(seen.Presence)
		if !news {
			return nil
		}
		moved, err := s.say(ctx, r, is, seen.version)
		if err != nil || !moved {
			return err
		}
		seen = nil
	}
	return ErrBusy
}

// seen reads what stands of one agent.
func (s *Store) seen(ctx context.Context, r desk.Ref, agent string) (*Seen, error) {
	key := presenceKey(r, agent)
	found, err := s.get(ctx, key)
	if err != nil {
		return nil, err
	}
	return seenIn(found[text(key, pk)+text(key, sk)], agent)
}

// say writes what stands of an agent over the version that was read, 0 for none. The row of one who has gone expires: nobody but forget may delete.
func (s *Store) say(ctx context.Context, r desk.Ref, is desk.Presence, version int) (moved bool, err error) {
	i, err := with(presenceKey(r, is.Agent), is)
	if err != nil {
		return false, err
	}
	i[expires], i[seq], i[nonce] = num(is.Until().Unix()), num(int64(version+1)), str(is.Page)
	in := &dynamodb.PutItemInput{
		TableName: &s.table, Item: i, ConditionExpression: aws.String("attribute_not_exists(#seq)"), ExpressionAttributeNames: map[string]string{"#seq": seq},
	}
	if version > 0 {
		in.ConditionExpression, in.ExpressionAttributeValues = aws.String("#seq = :seq"), item{":seq": num(int64(version))}
	}
	_, err = s.db.PutItem(ctx, in)
	var other *types.ConditionalCheckFailedException
	if errors.As(err, &other) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("write who is at %s: %w", r.Conversation, err)
	}
	return false, nil
}

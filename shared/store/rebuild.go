package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/channel"
	"pronto/shared/desk"
)

// Rebuild is a store that takes turns of the past once more, into a table that was lost. What they order is written down as done: nobody is sent anything a second
// time. Agents' answers count as sent, since an agent saw them leave; receipts as suppressed (rebuilt), all else as cancelled. No clock is armed until all is there.
type Rebuild struct {
	Known     func(desk.Conversation)                        // told of every conversation as it is after a turn
	Forgotten func(brand, contact string, at time.Time) bool // whether what a contact wrote then is to stay forgotten
	Buried    func(context.Context, desk.Held) bool          // whether a piece that would be held is to stay forgotten
	LeftOut   func(message string)                           // told of each message that stays forgotten
}

// Rebuilding is the same table, for a rebuild.
func (s *Store) Rebuilding(r *Rebuild) *Store { return &Store{db: s.db, table: s.table, rebuild: r} }

func (r *Rebuild) buries(ctx context.Context, h desk.Held) bool { return r != nil && r.Buried(ctx, h) }

// leavesOut tells whether an event is of a message that stays forgotten.
func (r *Rebuild) leavesOut(ev desk.Event) bool {
	if r == nil {
		return false
	}
	in, ok := ev.(desk.Received)
	if !ok || in.Contact == "" || !r.Forgotten(in.Brand, in.Contact, in.Message.At) {
		return false
	}
	r.LeftOut(in.Message.ID)
	return true
}

func (r *Rebuild) seen(c desk.Conversation) {
	if r != nil {
		r.Known(c)
	}
}

// past makes a row one of the past: a clock is not armed, an effect is done.
func (w *writer) past(i item, err error) (item, error) {
	if err != nil || !w.rebuilt {
		return i, err
	}
	delete(i, g3pk)
	delete(i, g3sk)
	if _, is := i[state]; !is {
		return i, nil
	}
	e, err := effectOf(i)
	if err != nil {
		return nil, err
	}
	to, sum := desk.Cancelled, cancelEntry(string(desk.Rebuilt))
	if e.Kind == channel.Reply || e.Kind == channel.Forward {
		to, sum = desk.Accepted, "out#"
	}
	i[state], i[failure] = str(string(to)), str(string(desk.Rebuilt))
	i[g1pk], i[g1sk] = str(dayKey(e.Brand, e.Day, e.Conversation)), str(sum+e.Conversation+"#"+e.ID)
	return i, nil
}

// Empty tells whether nothing is in the table but what the console writes of itself when it is opened: which rule book is deployed, what agents have turned on for themselves.
func (s *Store) Empty(ctx context.Context) (bool, error) {
	pages := dynamodb.NewScanPaginator(s.db, &dynamodb.ScanInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), FilterExpression: aws.String("NOT begins_with(#p, :rules) AND NOT begins_with(#p, :agents)"),
		ExpressionAttributeNames: map[string]string{"#p": pk}, ExpressionAttributeValues: item{":rules": str(RulesPartition), ":agents": str("U#")},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return false, fmt.Errorf("look into the table: %w", err)
		}
		if len(out.Items) > 0 {
			return false, nil
		}
	}
	return true, nil
}

// Heads calls fn with every conversation of the table, and whether a rebuild has left its clock to be armed: all others' are the sweep's. It reads all of the table: a
// rebuild does, that goes on after it was interrupted.
func (s *Store) Heads(ctx context.Context, fn func(c desk.Conversation, rebuilt bool)) error {
	pages := dynamodb.NewScanPaginator(s.db, &dynamodb.ScanInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), FilterExpression: aws.String("#s = :head AND begins_with(#p, :conversation)"),
		ExpressionAttributeNames: map[string]string{"#p": pk, "#s": sk}, ExpressionAttributeValues: item{":head": str(head), ":conversation": str("C#")},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("read the conversations: %w", err)
		}
		for _, i := range out.Items {
			r, ok := parseConversation(text(i, pk))
			if !ok {
				continue
			}
			c, err := conversationOf(i, r)
			if err != nil {
				return err
			}
			_, armed := i[g3pk]
			fn(*c, !armed)
		}
	}
	return nil
}

// Arm sets a rebuilt conversation's clock, unless it has moved on.
func (s *Store) Arm(ctx context.Context, c desk.Conversation) error {
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: row(conversationKey(c.Ref), head),
		UpdateExpression: aws.String("SET #p = :p, #s = :s"), ConditionExpression: aws.String("#seq = :seq"),
		ExpressionAttributeNames: map[string]string{"#p": g3pk, "#s": g3sk, "#seq": seq},
		ExpressionAttributeValues: item{
			":p": str("D#" + shard(c.Conversation)), ":s": str(clockEntry(c.Next.Add(-Ahead), *c.Next)), ":seq": num(int64(c.Sequence)),
		},
	})
	var moved *types.ConditionalCheckFailedException
	if err != nil && !errors.As(err, &moved) {
		return fmt.Errorf("arm the clock of %s: %w", c.Conversation, err)
	}
	return nil
}

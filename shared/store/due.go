package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
)

// Overdue is what the sweep finds: an open effect whose time has come, a conversation's clock that is near, or a circular whose next part is due.
type Overdue struct {
	desk.EffectRef        // ID is "" for a clock; of a circular only the brand is there
	Circular       string // its id
	Lane           string
	At             time.Time // of a clock: when it is due; of an effect: when it was to be looked at
	next           string
}

// Due lists one shard's effects and clocks that need a hand by now, oldest first, at most max.
func (s *Store) Due(ctx context.Context, shard int, now time.Time, max int32) ([]Overdue, error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(times), Limit: &max,
		KeyConditionExpression:   aws.String("#p = :p AND #s < :now"),
		ExpressionAttributeNames: map[string]string{"#p": g3pk, "#s": g3sk},
		ExpressionAttributeValues: item{
			":p": str(fmt.Sprintf("D#%d", shard)), ":now": str(stamp(now)),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("list what is due in shard %d: %w", shard, err)
	}
	var due []Overdue
	for _, i := range out.Items {
		if o, ok := overdue(i); ok {
			due = append(due, o)
		}
	}
	return due, nil
}

func overdue(i item) (o Overdue, ok bool) {
	r, ours := parseConversation(text(i, pk))
	parts := strings.Split(text(i, g3sk), "#")
	if id, circular := strings.CutPrefix(text(i, sk), string(Circulars)+"#"); circular && len(parts) == 2 {
		o = Overdue{EffectRef: desk.EffectRef{Ref: desk.Ref{Brand: strings.TrimPrefix(text(i, pk), "S#")}}, Circular: id, Lane: parts[1], next: text(i, g3sk)}
		at, err := time.Parse(stampForm, parts[0])
		o.At = at
		return o, err == nil
	}
	if !ours || len(parts) < 2 {
		return o, false
	}
	o = Overdue{EffectRef: desk.EffectRef{Ref: r}, Lane: parts[1], next: text(i, g3sk)}
	at := parts[0]
	if id, effect := strings.CutPrefix(text(i, sk), "E#"); effect {
		o.ID = id
	} else if at = parts[len(parts)-1]; len(parts) != 3 {
		return o, false
	}
	var err error
	o.At, err = time.Parse(stampForm, at)
	return o, err == nil
}

// clockEntry is a conversation's entry in the index of times: when to look, and what is due then.
func clockEntry(look, due time.Time) string { return nextTry(look, desk.LaneWake) + "#" + stamp(due) }

// Postpone marks what the sweep has put on its lane, so that the next sweep does not do it too. It is no error when it has moved on.
func (s *Store) Postpone(ctx context.Context, o Overdue, now time.Time) error {
	key, next := row(conversationKey(o.Ref), effectKey(o.ID)), nextTry(now.Add(sweepGrace), o.Lane)
	switch {
	case o.Circular != "":
		key = row("S#"+o.Brand, string(Circulars)+"#"+o.Circular)
	case o.ID == "":
		key, next = row(conversationKey(o.Ref), head), clockEntry(later(o.At, now).Add(rearm), o.At)
	}
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: key,
		UpdateExpression:          aws.String("SET #s = :next"),
		ConditionExpression:       aws.String("#s = :seen"),
		ExpressionAttributeNames:  map[string]string{"#s": g3sk},
		ExpressionAttributeValues: item{":next": str(next), ":seen": str(o.next)},
	})
	var refused *types.ConditionalCheckFailedException
	if err != nil && !errors.As(err, &refused) {
		return fmt.Errorf("postpone %s: %w", text(key, sk), err)
	}
	return nil
}

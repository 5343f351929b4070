package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/channel"
	"pronto/shared/desk"
)

// Report records what a provider says of an effect that it has accepted, and returns the effect as it is then. It may be called in any order and any number
// of times: the weightiest report stands. A receipt that came back leaves the day's receipted for its failed; one that was believed lost and arrived goes
// the other way.
func (s *Store) Report(ctx context.Context, e desk.Effect, r channel.Report) (desk.Effect, error) {
	for range looks {
		to, report, news := e.Hear(r)
		if !news {
			return e, nil
		}
		now, err := s.report(ctx, e, to, report)
		if err != nil {
			return e, fmt.Errorf("report on effect %s: %w", e.ID, err)
		}
		if now == nil { // recorded
			e.State, e.Report = to, report
			return e, nil
		}
		e = *now
	}
	return e, fmt.Errorf("report on effect %s: %w", e.ID, ErrBusy)
}

// report writes one report over the state that was read. When another was first it returns the effect as it is now.
func (s *Store) report(ctx context.Context, e desk.Effect, to desk.State, r channel.Report) (*desk.Effect, error) {
	sum := "out#"
	if to == desk.Failed {
		sum = "fail#"
	}
	in := &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: row(conversationKey(e.Ref), effectKey(e.ID)),
		UpdateExpression:         aws.String("SET #state = :to, #rep = :rep, #day = :day, #sum = :sum"),
		ConditionExpression:      aws.String("#state = :was AND attribute_not_exists(#rep)"),
		ExpressionAttributeNames: map[string]string{"#state": state, "#rep": reported, "#day": g1pk, "#sum": g1sk},
		ExpressionAttributeValues: item{
			":to": str(string(to)), ":rep": str(string(r)), ":was": str(string(e.State)),
			":day": str(dayKey(e.Brand, e.Day, e.Conversation)), ":sum": str(sum + e.Conversation + "#" + e.ID),
		},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if e.Report != "" {
		in.ConditionExpression = aws.String("#state = :was AND #rep = :had")
		in.ExpressionAttributeValues[":had"] = str(string(e.Report))
	}
	_, err := s.db.UpdateItem(ctx, in)
	var refused *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &refused) && refused.Item == nil:
		return &desk.Effect{}, nil // forgotten: nothing can be told of it
	case errors.As(err, &refused):
		now, err := effectOf(refused.Item)
		return &now, err
	}
	return nil, err
}

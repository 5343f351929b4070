package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
)

// Messages are found by their conversation's contact. Who takes part beside it, by a copy of an answer, is found by rows of his own: each names a conversation.

const participates = "C#"

func participationRow(r desk.Ref, contact string) item {
	return row(contactKey(r.Brand, contact), participates+r.Conversation)
}

// Participations are the conversations of others in which a contact takes part since before a time, by a copy of an answer.
func (s *Store) Participations(ctx context.Context, brand, contact string, until time.Time) (all []desk.Ref, err error) {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, KeyConditionExpression: aws.String("#p = :p AND begins_with(#s, :c)"), ExpressionAttributeNames: map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{":p": str(contactKey(brand, contact)), ":c": str(participates)},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list where a contact takes part: %w", err)
		}
		for _, i := range out.Items {
			var p desk.Participation
			if err := content(i, &p); err != nil {
				return nil, err
			}
			if !p.Since.After(until) {
				all = append(all, desk.Ref{Brand: brand, Conversation: strings.TrimPrefix(text(i, sk), participates)})
			}
		}
	}
	return all, nil
}

// EraseParticipation takes out that a contact takes part in a conversation. It goes last: by it the conversation is found.
func (s *Store) EraseParticipation(ctx context.Context, r desk.Ref, contact string) error {
	_, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: participationRow(r, contact)})
	if err != nil {
		return fmt.Errorf("take out where a contact takes part: %w", err)
	}
	return nil
}

// EraseCopies takes a contact out of the copies of a conversation's answers: of what has left, and of what is to leave. An answer that somebody sends at this moment is
// let be: who is called again sees it as it is then.
func (s *Store) EraseCopies(ctx context.Context, t *Timeline, contact string, until time.Time) error {
	his := func(x desk.Cc) bool { return x.Contact == contact }
	for _, m := range t.Messages {
		if m.At.After(until) || !slices.ContainsFunc(m.Cc, his) {
			continue
		}
		m.Cc = slices.DeleteFunc(slices.Clone(m.Cc), his)
		if err := s.content(ctx, row(conversationKey(t.Conversation.Ref), messageKey(&m)), m, condition{text: "attribute_exists(#pk)", names: map[string]string{"#pk": pk}}); err != nil {
			return err
		}
	}
	for _, e := range t.Effects {
		if e.Reply == nil || e.Decided.After(until) || !slices.ContainsFunc(e.Reply.Cc, his) {
			continue
		}
		r, was := *e.Reply, e.State
		r.Cc = slices.DeleteFunc(slices.Clone(r.Cc), his)
		e.Reply = &r
		as := condition{text: "#state = :was", names: map[string]string{"#state": state}, values: item{":was": str(string(was))}}
		if err := s.content(ctx, row(conversationKey(e.Ref), effectKey(e.ID)), e, as); err != nil {
			return err
		}
	}
	return nil
}

// content writes a row's content anew, and nothing else of it; a row that has gone is let be.
func (s *Store) content(ctx context.Context, key item, v any, c condition) error {
	i, err := with(item{}, v)
	if err != nil {
		return err
	}
	names, values := map[string]string{"#doc": doc}, item{":doc": i[doc]}
	for k, x := range c.names {
		names[k] = x
	}
	for k, x := range c.values {
		values[k] = x
	}
	_, err = s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: key, UpdateExpression: aws.String("SET #doc = :doc"), ConditionExpression: &c.text, ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	})
	var gone *types.ConditionalCheckFailedException
	if errors.As(err, &gone) && c.values == nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("write a row anew: %w", err)
	}
	return nil
}

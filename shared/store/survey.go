package store

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// Surveys: rows G#brand#day#asked / at#conversation, by the UTC day on which the contact was asked, committed with the turn that ordered the survey and again with each
// that answered it. They stand apart from how promises ended: who reads those reads a whole day.

func askedKey(brand, day string) string { return "G#" + brand + "#" + day + "#asked" }

func askedRow(a desk.Asked) (item, error) {
	i, err := with(row(askedKey(a.Brand, desk.Day(a.At)), stamp(a.At)+"#"+a.Conversation), a)
	if err == nil {
		i[expires] = num(a.At.Add(endingLife).Unix())
	}
	return i, err
}

// Asked gives the surveys that were sent on a UTC day, with what was answered by now.
func (s *Store) Asked(ctx context.Context, brand, day string) ([]desk.Asked, error) {
	var all []desk.Asked
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, KeyConditionExpression: aws.String("#pk = :pk"), ExpressionAttributeNames: map[string]string{"#pk": pk},
		ExpressionAttributeValues: item{":pk": str(askedKey(brand, day))},
	})
	for pages.HasMorePages() && len(all) < MaxEndings {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the surveys of a day: %w", err)
		}
		for _, i := range out.Items {
			var a desk.Asked
			if err := content(i, &a); err != nil {
				return nil, err
			}
			all = append(all, a)
		}
	}
	return all, nil
}

// SurveyMessage is the message of a conversation's newest survey; nil where none was asked.
func (s *Store) SurveyMessage(ctx context.Context, c *desk.Conversation) (*desk.Message, error) {
	at, id, ok := c.SurveyMessage()
	if !ok {
		return nil, nil
	}
	key := row(conversationKey(c.Ref), messageKey(&desk.Message{At: at, ID: id}))
	found, err := s.get(ctx, key)
	if err != nil {
		return nil, err
	}
	i, ok := found[text(key, pk)+text(key, sk)]
	if !ok {
		return nil, nil
	}
	m := &desk.Message{}
	return m, content(i, m)
}

// NewestOf is the conversation of the newest message that is kept of a contact, in or out, beside one, and when that was; the zero Ref for none.
func (s *Store) NewestOf(ctx context.Context, brand, contact string, beside *desk.Message) (r desk.Ref, at time.Time, err error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(people), KeyConditionExpression: aws.String("#p = :p"), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(2),
		ExpressionAttributeNames: map[string]string{"#p": g2pk}, ExpressionAttributeValues: item{":p": str(contactKey(brand, contact))},
	})
	if err != nil {
		return r, at, fmt.Errorf("find a contact's newest message: %w", err)
	}
	for _, i := range out.Items {
		r, ok := parseConversation(text(i, pk))
		if !ok || beside != nil && text(i, sk) == messageKey(beside) {
			continue
		}
		at, err := time.Parse(stampForm, text(i, g2sk))
		return r, at, err
	}
	return desk.Ref{}, at, nil
}

// askedRows are what is counted of a conversation's surveys: how somebody answered who is forgotten is forgotten, too.
func askedRows(r desk.Ref, messages []desk.Message) (rows []item) {
	for _, m := range messages {
		if m.Kind == "survey" {
			rows = append(rows, row(askedKey(r.Brand, desk.Day(m.At)), stamp(m.At)+"#"+r.Conversation))
		}
	}
	return rows
}

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// How often agents were called: rows G#brand#called / decided#conversation#effect, one for each page that a provider took. Settle writes them, before it says that the page
// has left: a page that has is counted, and one whose settling is repeated, or that left twice, is one row. They name an agent and a time and nothing of the customer's, so
// that they stay when a conversation is forgotten or too old.

// Called is one page that reached an agent, as far as its provider says.
type Called struct {
	Agent string    `json:"agent"`
	At    time.Time `json:"at"` // when it was decided
}

func calledKey(brand string) string { return "G#" + brand + "#called" }

func calledRow(e desk.Effect) (item, error) {
	i, err := with(row(calledKey(e.Brand), stamp(e.Decided)+"#"+e.Conversation+"#"+e.ID), Called{e.Page.Agent, e.Decided})
	if err == nil {
		i[expires] = num(e.Decided.Add(endingLife).Unix())
	}
	return i, err
}

// called writes that a page has left. What tells a provider that all is done calls nobody.
func (s *Store) called(ctx context.Context, e desk.Effect) error {
	if e.Page == nil || e.Page.Signal != "" {
		return nil
	}
	i, err := calledRow(e)
	if err != nil {
		return err
	}
	if _, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: i}); err != nil {
		return fmt.Errorf("count page %s: %w", e.ID, err)
	}
	return nil
}

// MaxCalled is how many calls of a stretch are read at most.
const MaxCalled = 20_000

// Called gives a brand's calls from from until to, the newest first, and from when on they are known: from unless counting began later or there were more than are read; nil
// where it had not begun by to, or all of the stretch is to come.
func (s *Store) Called(ctx context.Context, brand string, from, to, now time.Time) (all []Called, since *time.Time, err error) {
	if from.After(now) {
		return nil, nil, nil
	}
	first, err := s.firstCalled(ctx, brand)
	if err != nil || first == nil || !first.Before(to) {
		return nil, nil, err
	}
	if since = first; since.Before(from) {
		begin := from.UTC()
		since = &begin
	}
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, KeyConditionExpression: aws.String("#p = :p AND #s BETWEEN :from AND :to"), ScanIndexForward: aws.Bool(false),
		ExpressionAttributeNames:  map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{":p": str(calledKey(brand)), ":from": str(stamp(from)), ":to": str(stamp(to))}, // the very end is without
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("list the calls of %s: %w", brand, err)
		}
		for _, i := range out.Items {
			var c Called
			if err := content(i, &c); err != nil {
				return nil, nil, err
			}
			if len(all) == MaxCalled {
				return all, &all[len(all)-1].At, nil
			}
			all = append(all, c)
		}
	}
	return all, since, nil
}

// firstCalled is the first call of a brand's that is known; nil for none.
func (s *Store) firstCalled(ctx context.Context, brand string) (*time.Time, error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, Limit: aws.Int32(1), KeyConditionExpression: aws.String("#p = :p"), ExpressionAttributeNames: map[string]string{"#p": pk},
		ExpressionAttributeValues: item{":p": str(calledKey(brand))},
	})
	if err != nil {
		return nil, fmt.Errorf("find the first call of %s: %w", brand, err)
	}
	if len(out.Items) == 0 {
		return nil, nil
	}
	var c Called
	if err := content(out.Items[0], &c); err != nil {
		return nil, err
	}
	return &c.At, nil
}

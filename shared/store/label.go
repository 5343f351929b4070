package store

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
)

func labelsKey(brand, language string) string { return "L#" + brand + "#" + language }

// labelRow is a message's label: the next one of the same message takes its place. One that was taken back is empty, and gone as soon as the table forgets it, so that
// nobody needs the right to delete rows.
func labelRow(l desk.Label) (item, error) {
	i, err := with(row(labelsKey(l.Brand, l.Language), stamp(l.At)+"#"+l.Message), l)
	if err == nil && l.Mood == "" {
		i[expires] = num(l.Told.Unix())
	}
	return i, err
}

// rewrite puts new content into the row of a message that was kept before. The row stays in the indexes: the words by which its conversation is found may be there.
func (w *writer) rewrite(d desk.Decision) {
	i, err := messageRow(d)
	if err != nil {
		w.put(i, err)
		return
	}
	w.items = append(w.items, types.TransactWriteItem{Update: &types.Update{
		TableName: &w.table, Key: row(text(i, pk), text(i, sk)),
		UpdateExpression: aws.String("SET #doc = :doc"), ConditionExpression: aws.String("attribute_exists(#pk)"),
		ExpressionAttributeNames: map[string]string{"#doc": doc, "#pk": pk}, ExpressionAttributeValues: item{":doc": i[doc]},
	}})
}

// Labels gives the newest labels of a brand in a language, at most max.
func (s *Store) Labels(ctx context.Context, brand, language string, max int) ([]desk.Label, error) {
	var all []desk.Label
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, KeyConditionExpression: aws.String("#p = :p"), ScanIndexForward: aws.Bool(false),
		ExpressionAttributeNames: map[string]string{"#p": pk}, ExpressionAttributeValues: item{":p": str(labelsKey(brand, language))},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read labels: %w", err)
		}
		for _, i := range out.Items {
			var l desk.Label
			if err := content(i, &l); err != nil {
				return nil, err
			}
			if l.Mood == "" {
				continue // it was taken back
			}
			if all = append(all, l); len(all) == max {
				return all, nil
			}
		}
	}
	return all, nil
}

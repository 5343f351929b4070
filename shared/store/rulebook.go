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

// The rule book is one for all brands, so its rows have a partition of their own:
//
//	Y#desk   V#version   a version: who, when, why, against which one, what became of it
//	Y#desk   @file       which version stands where this file is deployed
//
// What stands in a version lies in the bucket: it may have a megabyte, a row 400 KB.

// RulesPartition is the partition of these rows. Every function may read one row of it at a time, and nothing else of the table by that right.
const RulesPartition = "Y#desk"

const (
	ruleVersion = "V#"
	ruleHead    = "@"
)

// RuleHead reads which version stands where a file is deployed; nil when nothing was written down of that file, so that it stands itself. It is half a read unit, and may be a
// second old.
func (s *Store) RuleHead(ctx context.Context, file string) (*desk.RuleHead, error) {
	out, err := s.db.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: row(RulesPartition, ruleHead+file)})
	if err != nil {
		return nil, fmt.Errorf("read which rule book stands: %w", err)
	}
	if out.Item == nil {
		return nil, nil
	}
	h, err := headOf(out.Item)
	return &h, err
}

func headOf(i item) (h desk.RuleHead, err error) {
	err = content(i, &h)
	h.Row = int(number(i, seq))
	return h, err
}

// RuleBooks reads all heads and versions, in no order.
func (s *Store) RuleBooks(ctx context.Context) (heads []desk.RuleHead, all []desk.RuleBook, err error) {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#p = :p"),
		ExpressionAttributeNames: map[string]string{"#p": pk}, ExpressionAttributeValues: item{":p": str(RulesPartition)},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("list the rule books: %w", err)
		}
		for _, i := range out.Items {
			if strings.HasPrefix(text(i, sk), ruleHead) {
				h, err := headOf(i)
				if err != nil {
					return nil, nil, err
				}
				heads = append(heads, h)
				continue
			}
			var r desk.RuleBook
			if err := content(i, &r); err != nil {
				return nil, nil, err
			}
			r.Row = int(number(i, seq))
			all = append(all, r)
		}
	}
	return heads, all, nil
}

// KeepRules writes versions, the head if one is given, and lines of the audit: all or nothing, each version and the head over the row that was read. ErrMoved tells that somebody
// was quicker: then all of it is to be looked at again.
func (s *Store) KeepRules(ctx context.Context, books []desk.RuleBook, h *desk.RuleHead, audit []desk.Change) error {
	w := &writer{table: s.table}
	for _, r := range books {
		w.put(guarded(row(RulesPartition, ruleVersion+r.Version), r, r.Row))
		w.guard(guardOf(r.Row > 0, r.Row))
	}
	if h != nil {
		w.put(guarded(row(RulesPartition, ruleHead+h.File), h, h.Row))
		w.guard(guardOf(h.Row > 0, h.Row))
	}
	for _, c := range audit {
		w.put(changeRow(c))
	}
	err := w.commit(ctx, s.db)
	var refused *types.TransactionCanceledException
	if errors.As(err, &refused) {
		return fmt.Errorf("%w: %w", ErrMoved, err)
	}
	return err
}

// guarded is a row with its content and the number that guards it.
func guarded(i item, v any, was int) (item, error) {
	i, err := with(i, v)
	if err == nil {
		i[seq] = num(int64(was + 1))
	}
	return i, err
}

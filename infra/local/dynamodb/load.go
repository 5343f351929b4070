package dynamodb

import (
	"fmt"
	"iter"

	"pronto/infra/local/dynamodb/attr"
)

// perLoad is how many items of a load share a commit.
const perLoad = 10_000

// Load fills a table as DynamoDB's import from S3 does: with index entries, without conditions, at no capacity, and unseen by the stream. It is for making a table
// large in little time; what is there under the same key is replaced.
func (s *Service) Load(table string, items iter.Seq[attr.Item]) error {
	var batch []*write
	flush := func() error {
		err := s.update(func(t *txn) error {
			for _, w := range batch {
				old, err := w.load(t)
				if err != nil {
					return err
				}
				if _, err := (change{table: w.table, place: w.place, old: old, now: w.put, unseen: true}).apply(t); err != nil {
					return err
				}
			}
			return nil
		})
		batch = batch[:0]
		return err
	}
	for it := range items {
		w, err := s.prepareWrite(table, writeRequest{PutRequest: &struct{ Item attr.Item }{it}})
		if err != nil {
			return fmt.Errorf("load table %s: %w", table, err)
		}
		if batch = append(batch, w); len(batch) == perLoad {
			if err := flush(); err != nil {
				return fmt.Errorf("load table %s: %w", table, err)
			}
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("load table %s: %w", table, err)
	}
	return nil
}

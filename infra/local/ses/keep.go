package ses

import (
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"
)

// Keep enters a piece that left by another way than SES into the outbox, as the next of its sequence, in the caller's transaction. Nothing follows from it.
func Keep(tx *bbolt.Tx, row Row) error {
	value, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("encode a piece of the outbox: %w", err)
	}
	b := tx.Bucket(outbox)
	seq, err := b.NextSequence()
	if err != nil {
		return err
	}
	return b.Put(rowKey(int64(seq)), value)
}

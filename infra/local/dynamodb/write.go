package dynamodb

import (
	"bytes"

	"pronto/infra/local/dynamodb/attr"
	"pronto/infra/local/dynamodb/expr"
)

const maxItem = 400 << 10

var (
	errCondition = "The conditional request failed"
	errConflict  = refuse("TransactionConflictException", "Transaction is ongoing for the item")
)

// expressions are the parameters with which requests give placeholders.
type expressions struct {
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues attr.Item
}

// returns are the parameters that ask for more in the answer.
type returns struct {
	ReturnConsumedCapacity      string
	ReturnItemCollectionMetrics string
	ReturnValues                string
}

func (r returns) check(values ...string) error {
	if r.ReturnItemCollectionMetrics != "" && r.ReturnItemCollectionMetrics != "NONE" {
		return absent("ReturnItemCollectionMetrics")
	}
	if err := oneOf("returnConsumedCapacity", r.ReturnConsumedCapacity, "INDEXES", "TOTAL", "NONE"); err != nil {
		return err
	}
	return oneOf("returnValues", r.ReturnValues, append(values, "NONE")...)
}

// write is one prepared change of one item: its shape has been checked, its condition not yet.
type write struct {
	table     *table
	key       attr.Item
	place     []byte
	condition *expr.Condition
	showOld   bool         // in a failed condition's error
	put       attr.Item    // the new item, or nil
	update    *expr.Update // of an update with an expression
	remove    bool
	check     bool // a ConditionCheck: no change
}

// next is the item after the write; nil when there is none.
func (w *write) next(old attr.Item) (attr.Item, error) {
	switch {
	case w.check:
		return old, nil
	case w.remove:
		return nil, nil
	case w.put != nil:
		return w.put, nil
	}
	it := old
	if it == nil {
		it = w.key
	}
	if w.update == nil {
		return it, nil
	}
	it, err := w.update.Apply(it)
	if err != nil {
		return nil, err
	}
	if err := w.table.checkIndexKeys(it); err != nil {
		return nil, err
	}
	if it.Size() > maxItem {
		return nil, invalid("Item size to update has exceeded the maximum allowed size")
	}
	return it, tooDeep(it)
}

// load reads the item as it is.
func (w *write) load(t *txn) (attr.Item, error) {
	b, err := w.table.bucket(t.Tx, w.table.items)
	if err != nil {
		return nil, err
	}
	raw := b.Get(w.place)
	if raw == nil {
		return nil, nil
	}
	return attr.DecodeItem(raw)
}

// single runs one write by itself.
func (s *Service) single(w *write, m *meter) (old, now attr.Item, err error) {
	var used *consumed
	conflict := s.conflict(w.table.TableName)
	err = s.update(func(t *txn) error {
		if old, err = w.load(t); err != nil {
			return refused(err)
		}
		used = &consumed{table: w.table.TableName, units: units{write: writeUnits(old.Size())}}
		if conflict {
			return refused(errConflict)
		}
		if !w.condition.Holds(old) {
			return refused(w.failed(old))
		}
		if now, err = w.next(old); err != nil {
			return refused(err)
		}
		used, err = w.apply(t, old, now)
		return err
	})
	m.add(used)
	return old, now, err
}

func (w *write) failed(old attr.Item) error {
	e := &Error{Code: "ConditionalCheckFailedException", Message: errCondition}
	if w.showOld {
		e.Item = old
	}
	return e
}

// apply makes the change: the item, its index entries, its expiry and its stream record.
func (w *write) apply(t *txn, old, now attr.Item) (*consumed, error) {
	return change{table: w.table, place: w.place, old: old, now: now}.apply(t)
}

// change is one item before and after; nil is absent.
type change struct {
	table    *table
	place    []byte
	old, now attr.Item
	expired  bool // the service's own delete
	unseen   bool // by the stream
}

func (c change) apply(t *txn) (*consumed, error) {
	used := &consumed{table: c.table.TableName, units: units{write: writeUnits(max(c.old.Size(), c.now.Size()))}}
	if (c.old == nil) == (c.now == nil) && attr.EqualItems(c.old, c.now) {
		return used, nil
	}
	var encoded []byte
	if c.now != nil {
		encoded = attr.AppendItem(make([]byte, 0, 512), c.now)
	}
	b, err := c.table.bucket(t.Tx, c.table.items)
	if err != nil {
		return nil, err
	}
	if c.now == nil {
		err = b.Delete(c.place)
	} else {
		err = b.Put(c.place, encoded)
	}
	for _, x := range c.table.indexes {
		if err == nil {
			err = c.reindex(t, x, used)
		}
	}
	if err == nil {
		err = c.reexpire(t)
	}
	if err == nil {
		err = c.record(t)
	}
	return used, err
}

// reindex moves the item's entry in one index. A key that changes costs a delete and a put, an unchanged entry nothing.
func (c change) reindex(t *txn, x *index, used *consumed) error {
	from, to := x.place(c.old), x.place(c.now)
	if from == nil && to == nil {
		return nil
	}
	b, err := c.table.bucket(t.Tx, x.bucket)
	if err != nil {
		return err
	}
	var before, after attr.Item
	if from != nil {
		before = x.project(c.old)
	}
	if to != nil {
		after = x.project(c.now)
	}
	same := bytes.Equal(from, to)
	if same && attr.EqualItems(before, after) {
		return nil
	}
	if from != nil && !same {
		used.index(x.name, units{write: writeUnits(before.Size())})
		t.note(x, from, b.Get(from))
		if err := b.Delete(from); err != nil {
			return err
		}
	}
	if to == nil {
		return nil
	}
	size := after.Size()
	if same {
		size = max(size, before.Size())
	}
	used.index(x.name, units{write: writeUnits(size)})
	t.note(x, to, b.Get(to))
	return b.Put(to, attr.AppendItem(nil, after))
}

// note remembers an index entry as it was, for late reads.
func (t *txn) note(x *index, key, value []byte) {
	if t.late {
		t.moved = append(t.moved, indexChange{string(x.bucket), key, bytes.Clone(value), t.now})
	}
}

package dynamodb

import (
	"go.etcd.io/bbolt"

	"pronto/infra/local/dynamodb/attr"
	"pronto/infra/local/dynamodb/expr"
)

// shape is how reads of items are cut: a projection, if any.
type shape struct {
	ProjectionExpression     *string
	ExpressionAttributeNames map[string]string
}

func (p shape) parse() (expr.Projection, error) {
	scope, err := expr.NewScope(p.ExpressionAttributeNames, nil)
	if err != nil {
		return nil, err
	}
	var out expr.Projection
	if p.ProjectionExpression != nil {
		if out, err = expr.ParseProjection(*p.ProjectionExpression, scope); err != nil {
			return nil, err
		}
	}
	return out, scope.Unused()
}

func cut(p expr.Projection, it attr.Item) attr.Item {
	if p == nil || it == nil {
		return it
	}
	return p.Apply(it)
}

// lookAt is one prepared read of one item.
type lookAt struct {
	table *table
	key   attr.Item
	place []byte
	cut   expr.Projection
}

func (s *Service) prepareGet(name string, key attr.Item, p shape) (*lookAt, error) {
	projection, err := p.parse()
	if err != nil {
		return nil, err
	}
	t, err := s.table(name)
	if err != nil {
		return nil, err
	}
	if err := t.checkPaths(projection); err != nil {
		return nil, err
	}
	if err := t.checkKey(key); err != nil {
		return nil, err
	}
	return &lookAt{t, key, t.keys.encode(key), projection}, nil
}

func (l *lookAt) read(tx *bbolt.Tx) (attr.Item, error) {
	b, err := l.table.bucket(tx, l.table.items)
	if err != nil {
		return nil, err
	}
	raw := b.Get(l.place)
	if raw == nil {
		return nil, nil
	}
	return attr.DecodeItem(raw)
}

func (s *Service) getItem(body []byte, m *meter) ([]byte, error) {
	var r struct {
		TableName      string
		Key            attr.Item
		ConsistentRead bool
		shape
		ReturnConsumedCapacity string
	}
	if err := decode("GetItem", body, &r); err != nil {
		return nil, err
	}
	if err := (returns{ReturnConsumedCapacity: r.ReturnConsumedCapacity}).check(); err != nil {
		return nil, err
	}
	l, err := s.prepareGet(r.TableName, r.Key, r.shape)
	if err != nil {
		return nil, err
	}
	var it attr.Item
	err = s.db.View(func(tx *bbolt.Tx) (err error) {
		it, err = l.read(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	m.add(l.bill(it, r.ConsistentRead))
	o := newObject()
	if it != nil {
		o.item("Item", cut(l.cut, it))
	}
	m.one(o, r.ReturnConsumedCapacity)
	return o.end(), nil
}

func (l *lookAt) bill(it attr.Item, consistent bool) *consumed {
	return &consumed{table: l.table.TableName, units: units{read: readUnits(it.Size(), consistent)}}
}

func (s *Service) transactGetItems(body []byte, m *meter) ([]byte, error) {
	var r struct {
		TransactItems []struct {
			Get *struct {
				TableName string
				Key       attr.Item
				shape
			}
		}
		ReturnConsumedCapacity string
	}
	if err := decode("TransactGetItems", body, &r); err != nil {
		return nil, err
	}
	if n := len(r.TransactItems); n < 1 || n > maxTransaction {
		return nil, invalid("1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length between 1 and %d", maxTransaction)
	}
	if err := (returns{ReturnConsumedCapacity: r.ReturnConsumedCapacity}).check(); err != nil {
		return nil, err
	}
	m.double = true
	looks := make([]*lookAt, len(r.TransactItems))
	for i, t := range r.TransactItems {
		if t.Get == nil {
			return nil, invalid("1 validation error detected: Value null at 'transactItems.get' failed to satisfy constraint: Member must not be null")
		}
		var err error
		if looks[i], err = s.prepareGet(t.Get.TableName, t.Get.Key, t.Get.shape); err != nil {
			return nil, err
		}
	}
	items, err := s.readAll(looks, m)
	if err != nil {
		return nil, err
	}
	o := newObject()
	o.key("Responses")
	o.b = append(o.b, '[')
	for i, it := range items {
		one := newObject()
		if it != nil {
			one.item("Item", cut(looks[i].cut, it))
		}
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = append(o.b, one.end()...)
	}
	o.b = append(o.b, ']')
	m.all(o, r.ReturnConsumedCapacity)
	return o.end(), nil
}

// readAll reads one snapshot, unless the fault plan has a conflict.
func (s *Service) readAll(looks []*lookAt, m *meter) ([]attr.Item, error) {
	reasons, failed := make([]Reason, len(looks)), false
	for i, l := range looks {
		reasons[i] = Reason{Code: "None"}
		if s.conflict(l.table.TableName) {
			reasons[i], failed = Reason{Code: "TransactionConflict", Message: "Transaction is ongoing for the item"}, true
		}
	}
	if failed {
		return nil, cancelled(reasons)
	}
	items, size, seen := make([]attr.Item, len(looks)), 0, map[string]bool{}
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		for i, l := range looks {
			place := l.table.ID + string(l.place)
			if seen[place] {
				return invalid("Transaction request cannot include multiple operations on one item")
			}
			seen[place] = true
			if items[i], err = l.read(tx); err != nil {
				return err
			}
			size += items[i].Size()
			m.add(l.bill(items[i], true))
		}
		return nil
	})
	if err == nil && size > maxTransacted {
		err = invalid("Collection size of the items in the transaction exceeded the limit of %d bytes", maxTransacted)
	}
	return items, err
}

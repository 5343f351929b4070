package dynamodb

import (
	"cmp"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"pronto/infra/local/dynamodb/attr"
	"pronto/infra/local/dynamodb/expr"
)

const (
	maxBatchGet   = 100
	maxBatchWrite = 25
	maxBatchBytes = 16 << 20
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

type keysAndAttributes struct {
	Keys           []attr.Item
	ConsistentRead bool
	shape
}

func (s *Service) batchGetItem(body []byte, m *meter) ([]byte, error) {
	var r struct {
		RequestItems           map[string]*keysAndAttributes
		ReturnConsumedCapacity string
	}
	if err := decode("BatchGetItem", body, &r); err != nil {
		return nil, err
	}
	if err := (returns{ReturnConsumedCapacity: r.ReturnConsumedCapacity}).check(); err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(r.RequestItems))
	looks, err := s.prepareBatch(names, r.RequestItems)
	if err != nil {
		return nil, err
	}
	found, left := map[string][]attr.Item{}, map[string]*keysAndAttributes{}
	size := 0
	err = s.db.View(func(tx *bbolt.Tx) error {
		for _, l := range looks {
			ask := r.RequestItems[l.table.TableName]
			it, err := l.read(tx)
			if err != nil {
				return err
			}
			if size += it.Size(); size > maxBatchBytes {
				postpone(left, l, ask)
				continue
			}
			m.add(l.bill(it, ask.ConsistentRead))
			if it != nil {
				found[l.table.TableName] = append(found[l.table.TableName], cut(l.cut, it))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return batchAnswer(names, found, left, m, r.ReturnConsumedCapacity), nil
}

func batchAnswer(names []string, found map[string][]attr.Item, left map[string]*keysAndAttributes, m *meter, mode string) []byte {
	responses := newObject()
	for _, name := range names {
		responses.items(name, found[name])
	}
	o := newObject()
	o.key("Responses")
	o.b = append(o.b, responses.end()...)
	o.key("UnprocessedKeys")
	rest := newObject()
	for _, name := range slices.Sorted(maps.Keys(left)) {
		rest.key(name)
		rest.b = append(rest.b, left[name].unprocessed()...)
	}
	o.b = append(o.b, rest.end()...)
	m.all(o, mode)
	return o.end()
}

// postpone leaves a key for the client's next call.
func postpone(left map[string]*keysAndAttributes, l *lookAt, ask *keysAndAttributes) {
	k := left[l.table.TableName]
	if k == nil {
		k = &keysAndAttributes{ConsistentRead: ask.ConsistentRead, shape: ask.shape}
		left[l.table.TableName] = k
	}
	k.Keys = append(k.Keys, l.key)
}

func (k *keysAndAttributes) unprocessed() []byte {
	o := newObject()
	o.items("Keys", k.Keys)
	if k.ConsistentRead {
		o.json("ConsistentRead", true)
	}
	if k.ProjectionExpression != nil {
		o.json("ProjectionExpression", *k.ProjectionExpression)
	}
	if k.ExpressionAttributeNames != nil {
		o.json("ExpressionAttributeNames", k.ExpressionAttributeNames)
	}
	return o.end()
}

func (s *Service) prepareBatch(names []string, ask map[string]*keysAndAttributes) ([]*lookAt, error) {
	var looks []*lookAt
	seen := map[string]bool{}
	for _, name := range names {
		if ask[name] == nil || len(ask[name].Keys) == 0 {
			return nil, invalid("1 validation error detected: Value at 'requestItems.%s.member.keys' failed to satisfy constraint: Member must have length greater than or equal to 1", name)
		}
		for _, key := range ask[name].Keys {
			l, err := s.prepareGet(name, key, ask[name].shape)
			if err != nil {
				return nil, err
			}
			if seen[name+"/"+string(l.place)] {
				return nil, invalid("Provided list of item keys contains duplicates")
			}
			seen[name+"/"+string(l.place)] = true
			if looks = append(looks, l); len(looks) > maxBatchGet {
				return nil, invalid("Too many items requested for the BatchGetItem call")
			}
		}
	}
	if len(looks) == 0 {
		return nil, invalid("1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	return looks, nil
}

type writeRequest struct {
	PutRequest    *struct{ Item attr.Item }
	DeleteRequest *struct{ Key attr.Item }
}

// batchWriteItem writes all in one commit: on AWS each write stands alone, so a program can make nothing of that.
func (s *Service) batchWriteItem(body []byte, m *meter) ([]byte, error) {
	var r struct {
		RequestItems                map[string][]writeRequest
		ReturnConsumedCapacity      string
		ReturnItemCollectionMetrics string
	}
	if err := decode("BatchWriteItem", body, &r); err != nil {
		return nil, err
	}
	err := returns{ReturnConsumedCapacity: r.ReturnConsumedCapacity, ReturnItemCollectionMetrics: r.ReturnItemCollectionMetrics}.check()
	if err != nil {
		return nil, err
	}
	s.definitions.RLock()
	defer s.definitions.RUnlock()
	writes, err := s.prepareWrites(r.RequestItems)
	if err != nil {
		return nil, err
	}
	if err := s.writeBatch(writes, m); err != nil {
		return nil, err
	}
	o := newObject()
	o.json("UnprocessedItems", struct{}{})
	m.all(o, r.ReturnConsumedCapacity)
	return o.end(), nil
}

func (s *Service) writeBatch(writes []*write, m *meter) error {
	var used []*consumed
	err := s.update(func(t *txn) error {
		used = nil
		for _, w := range writes {
			old, err := w.load(t)
			if err != nil {
				return err
			}
			now, err := w.next(old)
			if err != nil {
				return err
			}
			c, err := w.apply(t, old, now)
			if err != nil {
				return err
			}
			used = append(used, c)
		}
		return nil
	})
	for _, c := range used {
		m.add(c)
	}
	return err
}

func (s *Service) prepareWrites(ask map[string][]writeRequest) ([]*write, error) {
	var writes []*write
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(ask)) {
		if len(ask[name]) == 0 {
			return nil, invalid("1 validation error detected: Value at 'requestItems.%s.member' failed to satisfy constraint: Member must have length greater than or equal to 1", name)
		}
		for _, r := range ask[name] {
			w, err := s.prepareWrite(name, r)
			if err != nil {
				return nil, err
			}
			if seen[name+"/"+string(w.place)] {
				return nil, invalid("Provided list of item keys contains duplicates")
			}
			seen[name+"/"+string(w.place)] = true
			if writes = append(writes, w); len(writes) > maxBatchWrite {
				return nil, invalid("Too many items requested for the BatchWriteItem call")
			}
		}
	}
	if len(writes) == 0 {
		return nil, invalid("1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	slices.SortFunc(writes, func(a, b *write) int { // neighbours in the file together
		return cmp.Or(cmp.Compare(a.table.ID, b.table.ID), slices.Compare(a.place, b.place))
	})
	return writes, nil
}

func (s *Service) prepareWrite(table string, r writeRequest) (*write, error) {
	switch {
	case (r.PutRequest == nil) == (r.DeleteRequest == nil):
		return nil, invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes: PutRequest or DeleteRequest")
	case r.PutRequest != nil:
		return s.preparePut(putRequest{guard: guard{TableName: table}, Item: r.PutRequest.Item})
	}
	return s.prepareKey(keyRequest{guard: guard{TableName: table}, Key: r.DeleteRequest.Key}, removes)
}

package dynamodb

import (
	"cmp"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"pronto/infra/local/dynamodb/attr"
)

const (
	maxBatchGet   = 100
	maxBatchWrite = 25
	maxBatchBytes = 16 << 20
)

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

// batchWriteItem writes all in one commit. That is more than AWS promises, where each write of a batch stands alone.
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

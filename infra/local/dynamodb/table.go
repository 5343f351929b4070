package dynamodb

import (
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/dynamodb/attr"
)

// definition is what the file keeps of a table; its fields are CreateTable's.
type definition struct {
	ID                     string
	Created                time.Time
	TableName              string
	AttributeDefinitions   []attributeDefinition
	KeySchema              []keyElement
	GlobalSecondaryIndexes []indexDefinition      `json:",omitempty"`
	BillingMode            string                 `json:",omitempty"`
	ProvisionedThroughput  *provisionedThroughput `json:",omitempty"`
	StreamSpecification    *streamSpecification   `json:",omitempty"`
	DeletionProtection     bool                   `json:",omitempty"`
	TTL                    string                 `json:",omitempty"` // the attribute, "" when off
}

type attributeDefinition struct{ AttributeName, AttributeType string }

type keyElement struct{ AttributeName, KeyType string }

type provisionedThroughput struct{ ReadCapacityUnits, WriteCapacityUnits int64 }

type streamSpecification struct {
	StreamEnabled  bool
	StreamViewType string `json:",omitempty"`
}

type projection struct {
	ProjectionType   string
	NonKeyAttributes []string `json:",omitempty"`
}

type indexDefinition struct {
	IndexName             string
	KeySchema             []keyElement
	Projection            *projection
	ProvisionedThroughput *provisionedThroughput `json:",omitempty"`
}

// table is a definition made ready for use. It is never changed: a new definition makes a new table.
type table struct {
	definition
	keys    keys
	indexes []*index

	items, ttl, stream []byte // names of buckets
}

type index struct {
	name   string
	keys   keys
	table  keys
	bucket []byte
	all    bool
	attrs  []string // projected, unless all
}

// keys is a key schema: the attributes' names and kinds. Without a sort key sort.name is "".
type keys struct{ hash, sort keyAttribute }

type keyAttribute struct {
	name string
	kind attr.Kind
}

func (k keys) list() []keyAttribute {
	if k.sort.name == "" {
		return []keyAttribute{k.hash}
	}
	return []keyAttribute{k.hash, k.sort}
}

func (k keys) names() []string {
	var out []string
	for _, a := range k.list() {
		out = append(out, a.name)
	}
	return out
}

func (k keys) has(name string) bool {
	return name != "" && (k.hash.name == name || k.sort.name == name)
}

// encode is the item's place in a bucket; the item has the keys.
func (k keys) encode(it attr.Item) []byte {
	v, _ := it.Get(k.hash.name)
	out := attr.AppendPartition(make([]byte, 0, 96), v)
	return k.appendSort(out, it)
}

func (k keys) appendSort(dst []byte, it attr.Item) []byte {
	if k.sort.name == "" {
		return dst
	}
	v, _ := it.Get(k.sort.name)
	return attr.AppendKey(dst, v)
}

// of is the item's key alone.
func (k keys) of(it attr.Item) attr.Item {
	out := make(attr.Item, 0, 2)
	for _, f := range it {
		if k.has(f.Name) {
			out = append(out, f)
		}
	}
	return out
}

func newTable(d definition) *table {
	t := &table{
		definition: d, keys: schema(d.KeySchema, d.AttributeDefinitions),
		items: []byte("dynamodb/items/" + d.ID), ttl: []byte("dynamodb/ttl/" + d.ID), stream: []byte("dynamodb/stream/" + d.ID),
	}
	for _, i := range d.GlobalSecondaryIndexes {
		t.indexes = append(t.indexes, newIndex(d, t.keys, i))
	}
	return t
}

func newIndex(d definition, table keys, i indexDefinition) *index {
	x := &index{
		name: i.IndexName, keys: schema(i.KeySchema, d.AttributeDefinitions), table: table,
		bucket: []byte("dynamodb/index/" + d.ID + "/" + i.IndexName), all: i.Projection.ProjectionType == "ALL",
	}
	x.attrs = append(append(x.keys.names(), table.names()...), i.Projection.NonKeyAttributes...)
	return x
}

func schema(elements []keyElement, definitions []attributeDefinition) keys {
	var k keys
	for _, e := range elements {
		a := keyAttribute{name: e.AttributeName}
		for _, d := range definitions {
			if d.AttributeName == e.AttributeName {
				a.kind = attr.ParseKind(d.AttributeType)
			}
		}
		if e.KeyType == "HASH" {
			k.hash = a
		} else {
			k.sort = a
		}
	}
	return k
}

// place is the item's key in the index, or nil when it is not in it: an index is sparse.
func (x *index) place(it attr.Item) []byte {
	for _, a := range x.keys.list() {
		if v, ok := it.Get(a.name); !ok || v.Kind != a.kind {
			return nil
		}
	}
	return x.encode(it)
}

// encode is the item's place in the index: index key, then table key, so that equal index keys are told apart.
func (x *index) encode(it attr.Item) []byte {
	out := x.keys.encode(it)
	v, _ := it.Get(x.table.hash.name)
	return x.table.appendSort(attr.AppendKey(out, v), it)
}

// project is what the index holds of an item.
func (x *index) project(it attr.Item) attr.Item {
	if x.all {
		return it
	}
	return it.Pick(x.attrs)
}

func (t *table) arn() string {
	return fmt.Sprintf("arn:aws:dynamodb:%s:%s:table/%s", Region, Account, t.TableName)
}

func (t *table) index(name string) *index {
	for _, x := range t.indexes {
		if x.name == name {
			return x
		}
	}
	return nil
}

// bucket opens one of a table's buckets, which are gone when the table was deleted meanwhile.
func (t *table) bucket(tx *bbolt.Tx, name []byte) (*bbolt.Bucket, error) {
	if b := tx.Bucket(name); b != nil {
		return b, nil
	}
	return nil, errNoTable
}

var errNoTable = refuse("ResourceNotFoundException", "Requested resource not found")

// table finds a table by name or ARN.
func (s *Service) table(name string) (*table, error) {
	s.definitions.RLock()
	defer s.definitions.RUnlock()
	return s.lookup(name)
}

// lookup is table for callers that hold the definitions.
func (s *Service) lookup(name string) (*table, error) {
	if err := checkName("tableName", name); err != nil {
		return nil, err
	}
	if t := s.tables[name]; t != nil {
		return t, nil
	}
	return nil, errNoTable
}

var tablesBucket = []byte("dynamodb/tables")

func (s *Service) loadTables() error {
	s.tables = map[string]*table{}
	return s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(tablesBucket)
		if b == nil {
			return nil
		}
		return b.ForEach(func(name, raw []byte) error {
			var d definition
			if err := json.Unmarshal(raw, &d); err != nil {
				return fmt.Errorf("read table %s: %w", name, err)
			}
			s.tables[string(name)] = newTable(d)
			return nil
		})
	})
}

// define writes a definition and makes it the valid one. The caller holds the definitions.
func (s *Service) define(d definition, more func(tx *bbolt.Tx, t *table) error) (*table, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	t := newTable(d)
	err = s.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(tablesBucket)
		if err != nil {
			return err
		}
		if err := b.Put([]byte(d.TableName), raw); err != nil {
			return err
		}
		return more(tx, t)
	})
	if err != nil {
		return nil, err
	}
	s.tables[d.TableName] = t
	return t, nil
}

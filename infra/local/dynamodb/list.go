package dynamodb

import (
	"bytes"
	"slices"

	"go.etcd.io/bbolt"

	"pronto/infra/local/dynamodb/attr"
	"pronto/infra/local/dynamodb/expr"
)

// maxPage is where a page of Query or Scan ends: with the item that reaches it.
const maxPage = 1 << 20

// listing is what Query and Scan have in common.
type listing struct {
	TableName              string
	IndexName              *string
	ConsistentRead         bool
	ExclusiveStartKey      attr.Item
	FilterExpression       *string
	Limit                  *int
	ProjectionExpression   *string
	ReturnConsumedCapacity string
	Select                 string
	expressions
}

// source is a table or one of its indexes, as a listing walks it.
type source struct {
	table  *table
	index  *index // nil for the table
	bucket []byte
	keys   keys
}

// span is a range of encoded keys, from inclusive, to exclusive; a nil to is open.
type span struct{ from, to []byte }

// walk is a prepared listing.
type walk struct {
	source
	span
	backward   bool
	limit      int // 0 for none
	filter     *expr.Condition
	projection expr.Projection
	count      bool // Select COUNT
	consistent bool
}

func (s *Service) source(l *listing) (source, error) {
	t, err := s.table(l.TableName)
	if err != nil {
		return source{}, err
	}
	if l.IndexName == nil {
		return source{t, nil, t.items, t.keys}, nil
	}
	x := t.index(*l.IndexName)
	if x == nil {
		return source{}, invalid("The table does not have the specified index: %s", *l.IndexName)
	}
	if l.ConsistentRead {
		return source{}, invalid("Consistent reads are not supported on global secondary indexes")
	}
	return source{t, x, x.bucket, x.keys}, nil
}

// prepare checks and parses all but the range.
func (s *Service) prepareWalk(l *listing, scope *expr.Scope) (*walk, error) {
	if err := (returns{ReturnConsumedCapacity: l.ReturnConsumedCapacity}).check(); err != nil {
		return nil, err
	}
	src, err := s.source(l)
	if err != nil {
		return nil, err
	}
	w := &walk{source: src, consistent: l.ConsistentRead, count: l.Select == "COUNT"}
	if l.Limit != nil {
		if w.limit = *l.Limit; w.limit < 1 {
			return nil, invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1", w.limit)
		}
	}
	if l.FilterExpression != nil {
		if w.filter, err = expr.ParseCondition("FilterExpression", *l.FilterExpression, scope); err != nil {
			return nil, err
		}
		if err := src.table.checkPaths(w.filter.Paths); err != nil {
			return nil, err
		}
	}
	if l.ProjectionExpression != nil {
		if w.projection, err = expr.ParseProjection(*l.ProjectionExpression, scope); err != nil {
			return nil, err
		}
		if err := src.table.checkPaths(w.projection); err != nil {
			return nil, err
		}
	}
	return w, w.checkSelect(l)
}

func (w *walk) checkSelect(l *listing) error {
	if err := oneOf("select", l.Select, "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"); err != nil {
		return err
	}
	switch {
	case l.Select == "ALL_PROJECTED_ATTRIBUTES" && w.index == nil:
		return invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
	case l.Select == "SPECIFIC_ATTRIBUTES" && w.projection == nil:
		return invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case l.Select != "" && l.Select != "SPECIFIC_ATTRIBUTES" && w.projection != nil:
		return invalid("Cannot specify the ProjectionExpression when choosing to get %s", l.Select)
	}
	if w.index == nil || w.index.all {
		return nil
	}
	if l.Select == "ALL_ATTRIBUTES" {
		return parameter("Select type ALL_ATTRIBUTES is not supported for global secondary index %s because its projection type is not ALL", w.index.name)
	}
	for _, p := range w.projection {
		if !slices.Contains(w.index.attrs, p[0].Name) {
			return parameter("Global secondary index %s does not project [%s]", w.index.name, p[0].Name)
		}
	}
	return nil
}

// encode is an item's place in the source.
func (src source) encode(it attr.Item) []byte {
	if src.index != nil {
		return src.index.encode(it)
	}
	return src.keys.encode(it)
}

// startNames are the attributes of a LastEvaluatedKey.
func (src source) startNames() []string {
	names := src.table.keys.names()
	if src.index != nil {
		for _, n := range src.keys.names() {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names
}

// startAfter moves the range behind the ExclusiveStartKey.
func (w *walk) startAfter(start attr.Item) error {
	if start == nil {
		return nil
	}
	if err := w.checkStart(start); err != nil {
		return err
	}
	at := w.encode(start)
	if bytes.Compare(at, w.from) < 0 || w.to != nil && bytes.Compare(at, w.to) >= 0 {
		return invalid("The provided starting key is outside query boundaries based on provided conditions")
	}
	if w.backward {
		w.to = at
	} else {
		w.from = append(at, 0)
	}
	return nil
}

func (w *walk) checkStart(start attr.Item) error {
	names := w.startNames()
	if len(start) != len(names) {
		return invalid("The provided starting key is invalid")
	}
	list := w.table.keys.list()
	if w.index != nil {
		list = append(list, w.keys.list()...)
	}
	for _, a := range list {
		v, ok := start.Get(a.name)
		if !ok || v.Kind != a.kind {
			return invalid("The provided starting key is invalid: The provided key element does not match the schema")
		}
		if err := checkKeyValue(a, v, a == w.keys.hash || a == w.table.keys.hash); err != nil {
			return invalid("The provided starting key is invalid: %s", asError(err).Message)
		}
	}
	return nil
}

// page is what one call found.
type page struct {
	items   []attr.Item
	count   int
	scanned int
	size    int
	last    attr.Item // where the next page starts; nil at the end
}

func (s *Service) page(w *walk) (p page, err error) {
	late := s.faults.Load().LateIndex
	err = s.db.View(func(tx *bbolt.Tx) error {
		b, err := w.table.bucket(tx, w.bucket)
		if err != nil {
			return err
		}
		read := func(_, v []byte) (bool, error) { return p.take(w, v) }
		if w.index != nil && late > 0 {
			return overlaid(b, w, s.late.before(string(w.bucket), s.clk.Now().Add(-late)), read)
		}
		return each(b, w, read)
	})
	return p, err
}

// take looks at one entry and reports whether the page has room for more.
func (p *page) take(w *walk, raw []byte) (more bool, err error) {
	it, err := attr.DecodeItem(raw)
	if err != nil {
		return false, err
	}
	p.scanned++
	p.size += it.Size()
	if w.filter.Holds(it) {
		p.count++
		if !w.count {
			p.items = append(p.items, cut(w.projection, it))
		}
	}
	if p.scanned == w.limit || p.size >= maxPage {
		p.last = it.Pick(w.startNames())
		return false, nil
	}
	return true, nil
}

// each calls f for the entries in the range, in order, until it has enough.
func each(b *bbolt.Bucket, w *walk, f func(k, v []byte) (bool, error)) error {
	c := b.Cursor()
	k, v := c.Seek(w.from)
	step := c.Next
	if w.backward {
		k, v = last(c, w.to)
		step = c.Prev
	}
	for ; k != nil && bytes.Compare(k, w.from) >= 0 && (w.to == nil || bytes.Compare(k, w.to) < 0); k, v = step() {
		if more, err := f(k, v); !more || err != nil {
			return err
		}
	}
	return nil
}

// last is the greatest entry before to.
func last(c *bbolt.Cursor, to []byte) (k, v []byte) {
	if to == nil {
		return c.Last()
	}
	if k, _ := c.Seek(to); k == nil {
		return c.Last()
	}
	return c.Prev()
}

// overlaid is each on the bucket as it was, given how its changed entries were.
func overlaid(b *bbolt.Bucket, w *walk, before map[string][]byte, f func(k, v []byte) (bool, error)) error {
	type entry struct{ k, v []byte }
	var all []entry
	forward := &walk{span: w.span}
	_ = each(b, forward, func(k, v []byte) (bool, error) {
		if _, changed := before[string(k)]; !changed {
			all = append(all, entry{k, v})
		}
		return true, nil
	})
	for k, v := range before {
		if key := []byte(k); v != nil && bytes.Compare(key, w.from) >= 0 && (w.to == nil || bytes.Compare(key, w.to) < 0) {
			all = append(all, entry{key, v})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return bytes.Compare(a.k, b.k) })
	if w.backward {
		slices.Reverse(all)
	}
	for _, e := range all {
		if more, err := f(e.k, e.v); !more || err != nil {
			return err
		}
	}
	return nil
}

// list runs the walk and writes the answer.
func (s *Service) list(w *walk, l *listing, m *meter) ([]byte, error) {
	p, err := s.page(w)
	if err != nil {
		return nil, err
	}
	u := units{read: readUnits(p.size, w.consistent)}
	c := &consumed{table: w.table.TableName}
	if w.index != nil {
		c.index(w.index.name, u)
	} else {
		c.units = u
	}
	m.add(c)
	o := newObject()
	if !w.count {
		o.items("Items", p.items)
	}
	o.json("Count", p.count)
	o.json("ScannedCount", p.scanned)
	if p.last != nil {
		o.item("LastEvaluatedKey", p.last)
	}
	m.one(o, l.ReturnConsumedCapacity)
	return o.end(), nil
}

package dynamodb

import (
	"maps"
	"slices"
)

// Usage is what calls of one operation consumed since New, in capacity units as AWS bills them.
type Usage struct {
	Calls                 int
	TableRead, TableWrite float64
	IndexRead, IndexWrite float64
}

// Usage is the consumption so far by operation ("PutItem"). Failed conditions are billed, as on AWS.
func (s *Service) Usage() map[string]Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.usage)
}

// Tally has f called with the units of each call, by table and index ("": the table itself). It is to be set before the first.
func (s *Service) Tally(f func(table, index string, read, write float64)) { s.tally = f }

func (s *Service) count(operation string, m *meter) {
	for _, c := range m.tables {
		s.tally(c.table, "", c.read, c.write)
		for name, i := range c.indexes {
			s.tally(c.table, name, i.read, i.write)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.usage[operation]
	u.Calls++
	for _, c := range m.tables {
		u.TableRead += c.read
		u.TableWrite += c.write
		for _, i := range c.indexes {
			u.IndexRead += i.read
			u.IndexWrite += i.write
		}
	}
	s.usage[operation] = u
}

// units are capacity units, read or written.
type units struct{ read, write float64 }

func (u units) total() float64 { return u.read + u.write }

// consumed is what one call took of one table.
type consumed struct {
	units
	table   string
	indexes map[string]units
}

func (c *consumed) index(name string, u units) {
	if c.indexes == nil {
		c.indexes = map[string]units{}
	}
	sum := c.indexes[name]
	c.indexes[name] = units{sum.read + u.read, sum.write + u.write}
}

// meter adds up one call's consumption by table, in the order of first use.
type meter struct {
	tables []*consumed
	double bool // a transaction: the table's units count twice, to prepare and to commit; indexes follow the commit, once
}

func (m *meter) add(c *consumed) {
	if c == nil {
		return
	}
	factor := 1.0
	if m.double {
		factor = 2
	}
	sum := m.of(c.table)
	sum.read += c.read * factor
	sum.write += c.write * factor
	for name, u := range c.indexes {
		sum.index(name, u)
	}
}

func (m *meter) of(table string) *consumed {
	for _, c := range m.tables {
		if c.table == table {
			return c
		}
	}
	c := &consumed{table: table}
	m.tables = append(m.tables, c)
	return c
}

// one adds ConsumedCapacity of a single-table call to the response.
func (m *meter) one(o *object, mode string) {
	if len(m.tables) == 1 && wanted(mode) {
		o.json("ConsumedCapacity", m.report(m.tables[0], mode))
	}
}

// all adds ConsumedCapacity of a call on many tables.
func (m *meter) all(o *object, mode string) {
	if !wanted(mode) {
		return
	}
	list := []map[string]any{}
	for _, c := range m.tables {
		list = append(list, m.report(c, mode))
	}
	o.json("ConsumedCapacity", list)
}

func wanted(mode string) bool { return mode == "TOTAL" || mode == "INDEXES" }

func (m *meter) report(c *consumed, mode string) map[string]any {
	sum := c.units
	for _, u := range c.indexes {
		sum = units{sum.read + u.read, sum.write + u.write}
	}
	out := m.capacity(sum)
	out["TableName"] = c.table
	if mode == "INDEXES" {
		out["Table"] = m.capacity(c.units)
		indexes := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(c.indexes)) {
			indexes[name] = m.capacity(c.indexes[name])
		}
		if len(indexes) > 0 {
			out["GlobalSecondaryIndexes"] = indexes
		}
	}
	return out
}

// capacity is a Capacity structure; only transactions tell reads from writes.
func (m *meter) capacity(u units) map[string]any {
	out := map[string]any{"CapacityUnits": u.total()}
	if m.double && u.read > 0 {
		out["ReadCapacityUnits"] = u.read
	}
	if m.double && u.write > 0 {
		out["WriteCapacityUnits"] = u.write
	}
	return out
}

// readUnits bills reading size bytes: 4 KB a unit, half of that when eventually consistent.
func readUnits(size int, consistent bool) float64 {
	n := float64(max(1, (size+4095)/4096))
	if consistent {
		return n
	}
	return n / 2
}

// writeUnits bills writing size bytes: 1 KB a unit.
func writeUnits(size int) float64 { return float64(max(1, (size+1023)/1024)) }

package dynamodb

import (
	"bytes"
	"slices"
	"sync"
	"time"
)

// Faults are the habits of the real service that a test or a storm may switch on. The zero value is the quiet service.
type Faults struct {
	// Conflict, when it answers true for a table that a call touches, makes a transaction fail with the reason TransactionConflict for that operation,
	// and a single write with TransactionConflictException, as if another transaction held the item. It is called from many goroutines.
	Conflict func(table string) bool
	// LateIndex makes every read of a secondary index see it as it was so long ago, by the clock. Only writes made while it is on can be missed.
	LateIndex time.Duration
}

// SetFaults replaces the faults from the next call on.
func (s *Service) SetFaults(f Faults) { s.faults.Store(&f) }

func (s *Service) conflict(table string) bool {
	f := s.faults.Load().Conflict
	return f != nil && f(table)
}

// indexChange is one entry of an index before a write; a nil value was absent.
type indexChange struct {
	bucket string
	key    []byte
	value  []byte
	at     time.Time
}

// lateness remembers how index entries were before recent writes, oldest first.
type lateness struct {
	mu      sync.Mutex
	changes []indexChange
}

func (l *lateness) note(window time.Duration, t *txn) {
	if window <= 0 || len(t.moved) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changes = append(l.changes, t.moved...)
	slices.SortStableFunc(l.changes, func(a, b indexChange) int { return a.at.Compare(b.at) })
	old, _ := slices.BinarySearchFunc(l.changes, t.now.Add(-window), func(c indexChange, t time.Time) int { return c.at.Compare(t) })
	l.changes = slices.Delete(l.changes, 0, old)
}

// before is what the bucket's entries were at the time, for those that have changed since.
func (l *lateness) before(bucket string, at time.Time) map[string][]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[string][]byte{}
	for _, c := range l.changes {
		if _, seen := out[string(c.key)]; c.bucket == bucket && c.at.After(at) && !seen {
			out[string(c.key)] = bytes.Clone(c.value)
		}
	}
	return out
}

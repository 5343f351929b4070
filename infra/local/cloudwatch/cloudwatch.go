// Package cloudwatch is CloudWatch as far as AWS's own counts go: what the services of the local AWS do is counted under the names that CloudWatch has for it, by the hour,
// and GetMetricData adds it up, over the protocol of the SDKs (Smithy RPC v2, CBOR). Metrics of one's own, other statistics and expressions are not here, and are refused.
//
// Invariants:
//   - A count is of the hour, by the clock, in which something was done.
//   - Counts are written down every few seconds (Run) and when the local AWS closes: a kill takes the last seconds of them, as it may be with AWS's own.
//
// Keys of the bucket cloudwatch: the hour (8 bytes, since 1970), then the series → the count (8 bytes, IEEE 754).
package cloudwatch

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
)

// kept is for how long counts are remembered.
const kept = 15 * 24 * time.Hour

// series is what is counted: namespace, metric, and the dimensions in the order of their names.
type series string

// point is the count of one hour.
type point struct {
	series series
	hour   int64 // since 1970
}

// Service counts. Its methods may be called from any goroutine.
type Service struct {
	db  *disk.DB
	clk *clock.Clock

	mu      sync.Mutex
	counts  map[point]float64
	unsaved map[point]bool
}

var root = []byte("cloudwatch")

// New opens the counts that db holds.
func New(db *disk.DB, clk *clock.Clock) (*Service, error) {
	s := &Service{db: db, clk: clk, counts: map[point]float64{}, unsaved: map[point]bool{}}
	err := db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(root)
		if err != nil {
			return err
		}
		clear(s.counts) // this may run again
		return b.ForEach(func(k, v []byte) error {
			if len(k) < 8 || len(v) != 8 {
				return fmt.Errorf("a count under %q", k)
			}
			s.counts[point{series(k[8:]), int64(binary.BigEndian.Uint64(k))}] = math.Float64frombits(binary.BigEndian.Uint64(v))
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("open CloudWatch's counts: %w", err)
	}
	return s, nil
}

// of names a series. Dimensions are names and values in turns.
func of(namespace, metric string, dimensions []string) series {
	var all []string
	for d := range slices.Chunk(dimensions, 2) {
		all = append(all, strings.Join(d, "\x01"))
	}
	slices.Sort(all)
	return series(namespace + "\x00" + metric + "\x00" + strings.Join(all, "\x00"))
}

func hour(t time.Time) int64 { return t.Unix() / 3600 }

// Count adds n to what was counted of a metric in this hour. Dimensions are names and values in turns. Nothing is no count.
func (s *Service) Count(n float64, namespace, metric string, dimensions ...string) {
	if n == 0 {
		return
	}
	p := point{of(namespace, metric, dimensions), hour(s.clk.Now())}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[p] += n
	s.unsaved[p] = true
}

// sums adds up a series by periods of hours that begin from one time on and before another. A period without a count is missing.
func (s *Service) sums(of series, from, to time.Time, hours int64) map[int64]float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[int64]float64{}
	for h := hour(from); h < hour(to.Add(time.Hour-1)); h++ {
		if n, ok := s.counts[point{of, h}]; ok {
			all[h/hours*hours] += n
		}
	}
	return all
}

// every is how often counts are written down.
const every = 5 * time.Second

// Run writes counts down until ctx ends.
func (s *Service) Run(ctx context.Context) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			_ = s.Save() // what was not saved is tried again, and Close tells
		case <-ctx.Done():
			return
		}
	}
}

// Save writes down what has been counted since it was called last, and forgets what is too old.
func (s *Service) Save() error {
	oldest := hour(s.clk.Now().Add(-kept))
	s.mu.Lock()
	save := map[point]float64{}
	for p := range s.unsaved {
		save[p] = s.counts[p]
	}
	clear(s.unsaved)
	maps.DeleteFunc(s.counts, func(p point, _ float64) bool { return p.hour < oldest })
	s.mu.Unlock()
	if len(save) == 0 {
		return nil
	}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(root)
		for p, n := range save {
			if err := b.Put(p.key(), binary.BigEndian.AppendUint64(nil, math.Float64bits(n))); err != nil {
				return err
			}
		}
		return forget(b, oldest)
	})
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for p := range save {
			s.unsaved[p] = true
		}
		return fmt.Errorf("write CloudWatch's counts down: %w", err)
	}
	return nil
}

func (p point) key() []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(p.hour)), p.series...)
}

func forget(b *bbolt.Bucket, oldest int64) error {
	var old [][]byte
	c := b.Cursor()
	for k, _ := c.First(); k != nil && int64(binary.BigEndian.Uint64(k)) < oldest; k, _ = c.Next() {
		old = append(old, slices.Clone(k))
	}
	for _, k := range old {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

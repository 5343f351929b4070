package dynamodb

import (
	"bytes"
	"context"
	"encoding/binary"
	"strconv"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/dynamodb/attr"
)

const (
	sweepEvery = time.Minute // AWS takes up to days; a program must not lean on either
	sweepBatch = 200         // deletes a commit
	ttlPast    = 5 * 365 * 24 * time.Hour
)

// Run sweeps once a minute of the clock until ctx ends, and returns ctx's error or the sweep's.
func (s *Service) Run(ctx context.Context) error {
	for {
		if err := s.Sweep(); err != nil {
			return err
		}
		if err := s.clk.Wait(ctx, s.clk.Now().Add(sweepEvery)); err != nil {
			return err
		}
	}
}

// Sweep deletes the items whose time to live is over, stream records older than 24 hours, and expired client tokens.
func (s *Service) Sweep() error {
	s.definitions.RLock()
	defer s.definitions.RUnlock()
	for _, t := range s.tables {
		if err := s.repeat(t.expire); err != nil {
			return err
		}
		if err := s.repeat(t.trim); err != nil {
			return err
		}
	}
	return s.repeat(dropTokens)
}

// repeat runs a step in transactions of their own until it finds nothing more to do.
func (s *Service) repeat(step func(t *txn, max int) (int, error)) error {
	for {
		var done int
		err := s.update(func(t *txn) (err error) {
			done, err = step(t, sweepBatch)
			return err
		})
		if err != nil || done < sweepBatch {
			return err
		}
	}
}

// firstKeys are copies of the bucket's first keys that are not greater than limit, at most max.
func firstKeys(b *bbolt.Bucket, limit []byte, max int) [][]byte {
	var out [][]byte
	c := b.Cursor()
	for k, _ := c.First(); k != nil && len(out) < max && bytes.Compare(k[:8], limit) <= 0; k, _ = c.Next() {
		out = append(out, bytes.Clone(k))
	}
	return out
}

// expire deletes items as the service does: with a stream record that says so.
func (t *table) expire(tx *txn, max int) (int, error) {
	ttl, items := tx.Bucket(t.ttl), tx.Bucket(t.items)
	if ttl == nil || items == nil {
		return 0, nil
	}
	now := binary.BigEndian.AppendUint64(nil, uint64(tx.now.Unix()))
	due := firstKeys(ttl, now, max)
	for _, k := range due {
		old, err := attr.DecodeItem(items.Get(k[8:]))
		if err != nil {
			return 0, err
		}
		if _, err := (change{table: t, place: k[8:], old: old, expired: true}).apply(tx); err != nil {
			return 0, err
		}
	}
	return len(due), nil
}

// expiry is when the item is to go, as the key of the ttl bucket; nil if never.
func (t *table) expiry(it attr.Item, place []byte, now time.Time) []byte {
	v, ok := it.Get(t.TTL)
	if t.TTL == "" || !ok || v.Kind != attr.N {
		return nil
	}
	at, err := strconv.ParseInt(v.Str, 10, 64)
	if err != nil || at < now.Add(-ttlPast).Unix() {
		return nil
	}
	return append(binary.BigEndian.AppendUint64(nil, uint64(at)), place...)
}

// reexpire moves the item's entry in the ttl bucket.
func (c change) reexpire(t *txn) error {
	if c.table.TTL == "" {
		return nil
	}
	b, err := c.table.bucket(t.Tx, c.table.ttl)
	if err != nil {
		return err
	}
	from, to := c.table.expiry(c.old, c.place, time.Time{}), c.table.expiry(c.now, c.place, t.now)
	if from != nil && !bytes.Equal(from, to) {
		if err := b.Delete(from); err != nil {
			return err
		}
	}
	if to == nil {
		return nil
	}
	return b.Put(to, nil)
}

type timeToLive struct {
	AttributeName string
	Enabled       bool
}

func (s *Service) updateTimeToLive(body []byte, _ *meter) ([]byte, error) {
	var r struct {
		TableName               string
		TimeToLiveSpecification *timeToLive
	}
	if err := decode("UpdateTimeToLive", body, &r); err != nil {
		return nil, err
	}
	if r.TimeToLiveSpecification == nil || r.TimeToLiveSpecification.AttributeName == "" {
		return nil, invalid("1 validation error detected: Value null at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must not be null")
	}
	s.definitions.Lock()
	defer s.definitions.Unlock()
	t, err := s.lookup(r.TableName)
	if err != nil {
		return nil, err
	}
	d := t.definition
	switch want := r.TimeToLiveSpecification; {
	case want.Enabled && t.TTL == want.AttributeName:
		return nil, invalid("TimeToLive is already enabled")
	case want.Enabled && t.TTL != "":
		return nil, invalid("TimeToLive is active on a different AttributeName: current AttributeName is %s", t.TTL)
	case !want.Enabled && t.TTL == "":
		return nil, invalid("TimeToLive is already disabled")
	case !want.Enabled && t.TTL != want.AttributeName:
		return nil, invalid("TimeToLive is active on a different AttributeName: current AttributeName is %s", t.TTL)
	case want.Enabled:
		d.TTL = want.AttributeName
	default:
		d.TTL = ""
	}
	if _, err := s.define(d, s.rebuildTTL); err != nil {
		return nil, err
	}
	o := newObject()
	o.json("TimeToLiveSpecification", r.TimeToLiveSpecification)
	return o.end(), nil
}

// rebuildTTL fills the ttl bucket for a new definition.
func (s *Service) rebuildTTL(tx *bbolt.Tx, t *table) error {
	if err := tx.DeleteBucket(t.ttl); err != nil {
		return err
	}
	ttl, err := tx.CreateBucket(t.ttl)
	if err != nil || t.TTL == "" {
		return err
	}
	return tx.Bucket(t.items).ForEach(func(place, raw []byte) error {
		it, err := attr.DecodeItem(raw)
		if err != nil {
			return err
		}
		if k := t.expiry(it, place, s.clk.Now()); k != nil {
			return ttl.Put(k, nil)
		}
		return nil
	})
}

func (s *Service) describeTimeToLive(body []byte, _ *meter) ([]byte, error) {
	var r tableRequest
	if err := decode("DescribeTimeToLive", body, &r); err != nil {
		return nil, err
	}
	t, err := s.table(r.TableName)
	if err != nil {
		return nil, err
	}
	d := map[string]any{"TimeToLiveStatus": "DISABLED"}
	if t.TTL != "" {
		d = map[string]any{"TimeToLiveStatus": "ENABLED", "AttributeName": t.TTL}
	}
	o := newObject()
	o.json("TimeToLiveDescription", d)
	return o.end(), nil
}

package dynamodb

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/dynamodb/attr"
)

// retention is how long a stream keeps its records.
const retention = 24 * time.Hour

func (t *table) streams() bool {
	return t.StreamSpecification != nil && t.StreamSpecification.StreamEnabled
}

func (t *table) streamLabel() string { return t.Created.UTC().Format("2006-01-02T15:04:05.000") }

func (t *table) streamARN() string { return t.arn() + "/stream/" + t.streamLabel() }

// Record is one change of one item, as an event source hands it to a function.
type Record struct {
	Sequence uint64    // 1, 2, 3, … within the stream
	At       time.Time // of the commit
	Event    string    // INSERT, MODIFY or REMOVE
	JSON     []byte    // exactly what Lambda receives as one of Records
}

// MarshalJSON is the record as Lambda receives it.
func (r Record) MarshalJSON() ([]byte, error) { return r.JSON, nil }

// SequenceNumber is a sequence as the protocol spells it: 21 digits, so that their order as text is their order.
func SequenceNumber(n uint64) string { return fmt.Sprintf("1%020d", n) }

// ParseSequence is the inverse of SequenceNumber.
func ParseSequence(s string) (uint64, error) {
	var n uint64
	if len(s) != 21 || s[0] != '1' {
		return 0, fmt.Errorf("%q is no sequence number of this stream", s)
	}
	if _, err := fmt.Sscanf(s[1:], "%d", &n); err != nil {
		return 0, fmt.Errorf("%q is no sequence number of this stream", s)
	}
	return n, nil
}

// stored is a record as the file keeps it: flags (bit 0: old image, bit 1: new image, bits 2–3: event, bit 4: expired), milliseconds, billed size,
// and then the keys and the images, each behind its length.
type stored struct {
	at             time.Time
	event          byte
	expired        bool
	size           int
	keys, old, now attr.Item
}

var eventNames = [...]string{"INSERT", "MODIFY", "REMOVE"}

// record appends the change to the table's stream.
func (c change) record(t *txn) error {
	if !c.table.streams() || c.unseen {
		return nil
	}
	b, err := c.table.bucket(t.Tx, c.table.stream)
	if err != nil {
		return err
	}
	n, err := b.NextSequence()
	if err != nil {
		return err
	}
	t.streamed = true
	return b.Put(binary.BigEndian.AppendUint64(nil, n), c.stored(t.now).encode())
}

func (c change) stored(at time.Time) stored {
	r := stored{at: at, event: 1, expired: c.expired}
	item := c.now
	switch {
	case c.old == nil:
		r.event = 0
	case c.now == nil:
		r.event, item = 2, c.old
	}
	r.keys = c.table.keys.of(item)
	view := c.table.StreamSpecification.StreamViewType
	if view == "OLD_IMAGE" || view == "NEW_AND_OLD_IMAGES" {
		r.old = c.old
	}
	if view == "NEW_IMAGE" || view == "NEW_AND_OLD_IMAGES" {
		r.now = c.now
	}
	r.size = r.keys.Size() + r.old.Size() + r.now.Size()
	return r
}

func (r stored) encode() []byte {
	flags := r.event << 2
	for bit, on := range []bool{r.old != nil, r.now != nil, false, false, r.expired} {
		if on {
			flags |= 1 << bit
		}
	}
	out := append(make([]byte, 0, 512), flags)
	out = binary.AppendVarint(out, r.at.UnixMilli())
	out = binary.AppendUvarint(out, uint64(r.size))
	for _, it := range []attr.Item{r.keys, r.old, r.now} {
		if it != nil {
			raw := attr.AppendItem(nil, it)
			out = append(binary.AppendUvarint(out, uint64(len(raw))), raw...)
		}
	}
	return out
}

func decodeStored(raw []byte) (r stored, err error) {
	in := bytes.NewReader(raw)
	flags, _ := in.ReadByte()
	at, _ := binary.ReadVarint(in)
	size, _ := binary.ReadUvarint(in)
	r = stored{at: time.UnixMilli(at).UTC(), event: flags >> 2 & 3, expired: flags&16 != 0, size: int(size)}
	for _, part := range []struct {
		there bool
		into  *attr.Item
	}{{true, &r.keys}, {flags&1 != 0, &r.old}, {flags&2 != 0, &r.now}} {
		if !part.there {
			continue
		}
		n, err := binary.ReadUvarint(in)
		if err != nil || n > uint64(in.Len()) {
			return r, fmt.Errorf("local AWS: a stored stream record cannot be decoded")
		}
		item := make([]byte, n)
		_, _ = in.Read(item)
		if *part.into, err = attr.DecodeItem(item); err != nil {
			return r, err
		}
	}
	return r, nil
}

// eventID names a record for ever: a function may use it as a natural key.
func (t *table) eventID(n uint64) string {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(t.ID), n))
	return hex.EncodeToString(sum[:16])
}

// json is the record; the API and Lambda spell the service's identity differently, and only Lambda tells the source.
func (r stored) json(t *table, n uint64, lambda bool) []byte {
	d := newObject()
	d.json("ApproximateCreationDateTime", r.at.Unix())
	d.item("Keys", r.keys)
	if r.now != nil {
		d.item("NewImage", r.now)
	}
	if r.old != nil {
		d.item("OldImage", r.old)
	}
	d.json("SequenceNumber", SequenceNumber(n))
	d.json("SizeBytes", r.size)
	d.json("StreamViewType", t.StreamSpecification.StreamViewType)
	o := newObject()
	o.json("eventID", t.eventID(n))
	o.json("eventName", eventNames[r.event])
	o.json("eventVersion", "1.1")
	o.json("eventSource", "aws:dynamodb")
	o.json("awsRegion", Region)
	o.key("dynamodb")
	o.b = append(o.b, d.end()...)
	if lambda {
		o.json("eventSourceARN", t.streamARN())
	}
	switch {
	case r.expired && lambda:
		o.json("userIdentity", map[string]string{"type": "Service", "principalId": "dynamodb.amazonaws.com"})
	case r.expired:
		o.json("userIdentity", map[string]string{"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"})
	}
	return o.end()
}

// Records are up to max records of the table's stream with a sequence greater than after, oldest first. None is not an error; no stream is.
func (s *Service) Records(table string, after uint64, max int) ([]Record, error) {
	t, err := s.streaming(table)
	if err != nil {
		return nil, err
	}
	var out []Record
	err = s.records(t, after, max, func(n uint64, r stored) bool {
		out = append(out, Record{n, r.at, eventNames[r.event], r.json(t, n, true)})
		return true
	})
	return out, err
}

// records calls f for the stream's living records after a sequence until it has enough.
func (s *Service) records(t *table, after uint64, max int, f func(uint64, stored) bool) error {
	oldest := s.clk.Now().Add(-retention)
	return s.db.View(func(tx *bbolt.Tx) error {
		b, err := t.bucket(tx, t.stream)
		if err != nil {
			return err
		}
		c := b.Cursor()
		k, v := c.Seek(binary.BigEndian.AppendUint64(nil, after+1))
		for ; k != nil && max > 0; k, v = c.Next() {
			r, err := decodeStored(v)
			if err != nil {
				return err
			}
			if r.at.Before(oldest) {
				continue
			}
			if max--; !f(binary.BigEndian.Uint64(k), r) {
				return nil
			}
		}
		return nil
	})
}

// Changed is closed when the next record of any stream has been committed. Take it before looking at Records, so that nothing is missed in between.
func (s *Service) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *Service) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

// trim deletes records past retention.
func (t *table) trim(tx *txn, max int) (int, error) {
	b := tx.Bucket(t.stream)
	if b == nil {
		return 0, nil
	}
	var old [][]byte
	c := b.Cursor()
	for k, v := c.First(); k != nil && len(old) < max; k, v = c.Next() {
		r, err := decodeStored(v)
		if err != nil {
			return 0, err
		}
		if !r.at.Before(tx.now.Add(-retention)) {
			break
		}
		old = append(old, bytes.Clone(k))
	}
	for _, k := range old {
		if err := b.Delete(k); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}

// Latest is the sequence of the newest record ever written to the table's stream, 0 if none was: where an event source that wants only what is new begins.
func (s *Service) Latest(table string) (uint64, error) {
	t, err := s.streaming(table)
	if err != nil {
		return 0, err
	}
	return s.last(t)
}

func (s *Service) streaming(name string) (*table, error) {
	t, err := s.table(name)
	if err == nil && !t.streams() {
		err = refuse("ResourceNotFoundException", "table %s has no stream", name)
	}
	return t, err
}

func (s *Service) last(t *table) (n uint64, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		b, err := t.bucket(tx, t.stream)
		if err == nil {
			n = b.Sequence()
		}
		return err
	})
	return n, err
}

func seconds(t time.Time) json.Number {
	return json.Number(fmt.Sprintf("%d.%03d", t.Unix(), t.Nanosecond()/1e6))
}

package sqs

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/wire"
)

// Message is a message as it was received.
type Message struct {
	ID            string
	Body          []byte
	Attributes    map[string]Attribute // the sender's own
	ReceiptHandle string
	ReceiveCount  int // this receive included
	Sent          time.Time
	FirstReceived time.Time
	DeadLetterOf  string // ARN of the queue that it was moved from, if any
}

// Attribute is a message attribute.
type Attribute struct {
	DataType    string  `json:"DataType"`
	StringValue *string `json:"StringValue,omitempty"`
	BinaryValue []byte  `json:"BinaryValue,omitempty"`
}

// message is what b<seq> holds.
type message struct {
	ID         string
	Body       []byte
	Attributes map[string]Attribute
	From       string // ARN of the queue that it was dead-lettered from
}

// meta is what m<seq> holds. Instants are Unix milliseconds.
type meta struct {
	visible, sent, first int64
	count                uint32
	copied               bool // delivered twice by a fault, as the message or as its copy
}

// handle names one receive of one message.
type handle struct {
	seq   uint64
	count uint32
}

func bucketName(queue string) []byte { return []byte("sqs/" + queue) }

func seqKey(kind byte, seq uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{kind}, seq)
}

func visibleKey(at int64, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64([]byte{'v'}, uint64(at)), seq)
}

// bytes is 28 bytes, and one more if it is copied.
func (m meta) bytes() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 29), uint64(m.visible))
	b = binary.BigEndian.AppendUint64(b, uint64(m.sent))
	b = binary.BigEndian.AppendUint64(b, uint64(m.first))
	b = binary.BigEndian.AppendUint32(b, m.count)
	if m.copied {
		b = append(b, 1)
	}
	return b
}

func readMeta(b []byte) (meta, bool) {
	if len(b) != 28 && len(b) != 29 {
		return meta{}, false
	}
	u := binary.BigEndian.Uint64
	return meta{visible: int64(u(b)), sent: int64(u(b[8:])), first: int64(u(b[16:])), count: binary.BigEndian.Uint32(b[24:28]), copied: len(b) == 29}, true
}

// bytes is id, origin and attributes (JSON, usually none), each behind its length, then the body as it is.
func (m message) bytes() ([]byte, error) {
	var attrs []byte
	if len(m.Attributes) > 0 {
		var err error
		if attrs, err = json.Marshal(m.Attributes); err != nil {
			return nil, err
		}
	}
	b := make([]byte, 0, len(m.ID)+len(m.From)+len(attrs)+len(m.Body)+12)
	for _, part := range [][]byte{[]byte(m.ID), []byte(m.From), attrs} {
		b = append(binary.AppendUvarint(b, uint64(len(part))), part...)
	}
	return append(b, m.Body...), nil
}

// readMessage copies: b is the database's own memory.
func readMessage(b []byte) (message, error) {
	var parts [3][]byte
	for i := range parts {
		n, w := binary.Uvarint(b)
		if w <= 0 || n > uint64(len(b)-w) {
			return message{}, fmt.Errorf("a stored message is damaged")
		}
		parts[i], b = b[w:w+int(n)], b[w+int(n):]
	}
	m := message{ID: string(parts[0]), From: string(parts[1]), Body: bytes.Clone(b)}
	if len(parts[2]) > 0 {
		if err := json.Unmarshal(parts[2], &m.Attributes); err != nil {
			return message{}, fmt.Errorf("a stored message's attributes: %w", err)
		}
	}
	return m, nil
}

func (h handle) String() string {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 12), h.seq)
	return "AQEB" + base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, h.count))
}

func parseHandle(s string) (handle, error) {
	if len(s) > 4 {
		b, err := base64.RawURLEncoding.DecodeString(s[4:])
		if err == nil && len(b) == 12 {
			return handle{binary.BigEndian.Uint64(b), binary.BigEndian.Uint32(b[8:])}, nil
		}
	}
	return handle{}, wire.Refuse("ReceiptHandleIsInvalid", "%q is no receipt handle", s)
}

func insert(b *bbolt.Bucket, m message, at meta) error {
	seq, err := b.NextSequence()
	if err != nil {
		return err
	}
	value, err := m.bytes()
	if err != nil {
		return err
	}
	if err := b.Put(seqKey('b', seq), value); err != nil {
		return err
	}
	if err := b.Put(seqKey('m', seq), at.bytes()); err != nil {
		return err
	}
	return b.Put(visibleKey(at.visible, seq), []byte{0})
}

func remove(b *bbolt.Bucket, seq uint64, m meta) error {
	for _, k := range [][]byte{seqKey('b', seq), seqKey('m', seq), visibleKey(m.visible, seq)} {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// move changes when a message is visible, and stores the rest of m with it.
func move(b *bbolt.Bucket, seq uint64, from int64, m meta) error {
	if err := b.Delete(visibleKey(from, seq)); err != nil {
		return err
	}
	if err := b.Put(seqKey('m', seq), m.bytes()); err != nil {
		return err
	}
	state := byte(0)
	if m.count > 0 {
		state = 1
	}
	return b.Put(visibleKey(m.visible, seq), []byte{state})
}

// visibleNow lists up to max messages that may be received at now, oldest visibility first.
func visibleNow(b *bbolt.Bucket, now int64, max int) []uint64 {
	var out []uint64
	c := b.Cursor()
	for k, _ := c.Seek([]byte{'v'}); len(k) == 17 && len(out) < max; k, _ = c.Next() {
		if int64(binary.BigEndian.Uint64(k[1:])) > now {
			break
		}
		out = append(out, binary.BigEndian.Uint64(k[9:]))
	}
	return out
}

// nextVisible is when the next message may be received.
func nextVisible(b *bbolt.Bucket) (time.Time, bool) {
	k, _ := b.Cursor().Seek([]byte{'v'})
	if len(k) != 17 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(k[1:]))).UTC(), true
}

// current is the meta of the message that h received last; false when it is gone or was received again.
func current(b *bbolt.Bucket, h handle) (meta, bool) {
	m, ok := readMeta(b.Get(seqKey('m', h.seq)))
	return m, ok && m.count == h.count
}

func (s *Service) removeAll(tx *bbolt.Tx, q *queue, handles []handle) error {
	tx.OnCommit(func() { s.tally(q.name, Deleted, len(handles)) })
	b := tx.Bucket(bucketName(q.name))
	if b == nil {
		return nil
	}
	for _, h := range handles {
		if m, ok := current(b, h); ok {
			if err := remove(b, h.seq, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// changeVisibility reports whether h still names a message in flight.
func (s *Service) changeVisibility(tx *bbolt.Tx, q *queue, h handle, d time.Duration) (bool, error) {
	b := tx.Bucket(bucketName(q.name))
	if b == nil {
		return false, nil
	}
	m, ok := current(b, h)
	now := s.clk.Now()
	if !ok || m.visible <= now.UnixMilli() {
		return false, nil
	}
	from := m.visible
	m.visible = now.Add(d).UnixMilli()
	tx.OnCommit(q.wakeAll)
	return true, move(b, h.seq, from, m)
}

func hexMD5(b []byte) string {
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}

func visibleKeyAt(k []byte) int64 { return int64(binary.BigEndian.Uint64(k[1:])) }

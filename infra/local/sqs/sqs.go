// Package sqs is SQS standard queues on the local disk: visibility, delays to the second, long polls, batches, dead letters, retention; durable.
//
// The idea: one bucket a queue, ordered by the instant at which a message may next be received, so that receiving is a seek and costs the batch, not the queue.
// Deliveries, delays and visibility timeouts are all the same thing: a message's next visible instant.
//
// Invariants:
//   - What SendMessage acknowledged is delivered, again and again, until it is deleted, dead-lettered or past its retention.
//   - A message is in exactly one place: its three keys (b, m, v) are written and removed in one transaction.
//   - A receipt handle names one receive. A later receive of the same message makes it stale: deleting with it succeeds and deletes nothing, as AWS warns.
//
// Keys of the bucket sqs/<queue> (big-endian, so that bytes sort as numbers):
//
//	b<seq>             body and attributes, written once; seq grows with the time sent
//	m<seq>             visible at, receive count, first received, sent
//	v<visible at><seq> one byte: 1 in flight, 0 not yet received
//
// The bucket sqs holds each queue's attributes under its name.
package sqs

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/faults"
	"pronto/infra/local/wire"
)

// MaxMessage is the largest message, body and attributes together, and the largest batch, in bytes (AWS's limit since 2025).
const MaxMessage = 1 << 20

// Service is all queues of the local account. Its methods may be called from any goroutine.
type Service struct {
	db     *disk.DB
	clk    *clock.Clock
	faults *faults.Plan

	mu     sync.RWMutex
	queues map[string]*queue
	tally  func(queue string, what Done, n int)
}

// Done is what is done to messages, as CloudWatch counts it.
type Done string

// What is counted: messages, not calls. What a queue hands on to its dead-letter queue by itself is not sent.
const (
	Sent     Done = "NumberOfMessagesSent"
	Received Done = "NumberOfMessagesReceived"
	Deleted  Done = "NumberOfMessagesDeleted"
)

// Tally has f called with how many messages of a queue were sent, received or deleted. It is to be set before the first.
func (s *Service) Tally(f func(queue string, what Done, n int)) { s.tally = f }

// queue is what is known of a queue without the disk.
type queue struct {
	name  string
	attrs map[string]string // as set, with defaults
	conf  config
	wake  chan struct{} // closed and replaced when a message came or its visibility changed
	mu    sync.Mutex
}

var root = []byte("sqs")

// New opens the queues that db holds.
func New(db *disk.DB, clk *clock.Clock, plan *faults.Plan) (*Service, error) {
	s := &Service{db: db, clk: clk, faults: plan, queues: map[string]*queue{}, tally: func(string, Done, int) {}}
	err := db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(root)
		if err != nil {
			return err
		}
		return b.ForEach(s.load)
	})
	if err != nil {
		return nil, fmt.Errorf("open the queues: %w", err)
	}
	return s, nil
}

func (s *Service) load(name, value []byte) error {
	var attrs map[string]string
	if err := json.Unmarshal(value, &attrs); err != nil {
		return fmt.Errorf("attributes of queue %s: %w", name, err)
	}
	conf, err := parse(attrs)
	if err != nil {
		return fmt.Errorf("attributes of queue %s: %w", name, err)
	}
	s.queues[string(name)] = &queue{name: string(name), attrs: attrs, conf: conf, wake: make(chan struct{})}
	return nil
}

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// Create makes a queue, or does nothing when it exists with the same attributes. Attribute names are those of CreateQueue.
func (s *Service) Create(name string, attrs map[string]string) error {
	if strings.HasSuffix(name, ".fifo") {
		return wire.Unsupported("a FIFO queue")
	}
	if !queueName.MatchString(name) {
		return wire.Refuse("InvalidParameterValue", "queue name %q: use 1 to 80 letters, digits, hyphens, underscores", name)
	}
	if _, err := parse(attrs); err != nil {
		return err
	}
	if q := s.find(name); q != nil {
		return q.same(attrs)
	}
	full := defaults(attrs, s.clk.Now())
	return s.store(name, full)
}

// same refuses attributes that differ from the existing queue's.
func (q *queue) same(attrs map[string]string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for k, v := range attrs {
		if q.attrs[k] != v {
			return &wire.Error{Code: "QueueNameExists", Query: "QueueAlreadyExists", Message: fmt.Sprintf("queue %s exists with %s %q, not %q", q.name, k, q.attrs[k], v)}
		}
	}
	return nil
}

// store writes a queue's attributes and shows them to all after the commit.
func (s *Service) store(name string, attrs map[string]string) error {
	conf, err := parse(attrs)
	if err != nil {
		return err
	}
	value, err := json.Marshal(attrs)
	if err != nil {
		return err
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		if _, err := tx.CreateBucketIfNotExists(bucketName(name)); err != nil {
			return err
		}
		return tx.Bucket(root).Put([]byte(name), value)
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[name]
	if q == nil {
		q = &queue{name: name, wake: make(chan struct{})}
		s.queues[name] = q
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.attrs, q.conf = attrs, conf
	return nil
}

// Names lists the queues in order.
func (s *Service) Names() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	names := make([]string, 0, len(s.queues))
	for n := range s.queues {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func (s *Service) find(name string) *queue {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.queues[name]
}

func (s *Service) queue(name string) (*queue, error) {
	if q := s.find(name); q != nil {
		return q, nil
	}
	return nil, &wire.Error{Code: "QueueDoesNotExist", Query: "AWS.SimpleQueueService.NonExistentQueue", Message: "the queue " + name + " does not exist"}
}

func (q *queue) config() config {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.conf
}

// waker is the channel that closes at the next change.
func (q *queue) waker() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.wake
}

func (q *queue) wakeAll() {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(q.wake)
	q.wake = make(chan struct{})
}

// Put sends body to a queue inside the caller's transaction, so that a message and what it tells of are one commit. It returns the message's id.
func (s *Service) Put(tx *bbolt.Tx, name string, body []byte) (string, error) {
	q, err := s.queue(name)
	if err != nil {
		return "", err
	}
	if len(body) > MaxMessage {
		return "", wire.Refuse("InvalidParameterValue", "a message of %d bytes is over %d", len(body), MaxMessage)
	}
	m := message{ID: wire.UUID(), Body: body}
	return m.ID, s.put(tx, q, m, s.clk.Now(), q.config().delay)
}

// put stores m, sent now and visible after delay, and wakes whoever waits once the transaction is committed.
func (s *Service) put(tx *bbolt.Tx, q *queue, m message, now time.Time, delay time.Duration) error {
	b := tx.Bucket(bucketName(q.name))
	if b == nil {
		return &wire.Error{Code: "QueueDoesNotExist", Query: "AWS.SimpleQueueService.NonExistentQueue", Message: "the queue " + q.name + " was deleted"}
	}
	if err := insert(b, m, meta{visible: now.Add(delay).UnixMilli(), sent: now.UnixMilli()}); err != nil {
		return err
	}
	tx.OnCommit(q.wakeAll)
	tx.OnCommit(func() { s.tally(q.name, Sent, 1) })
	return nil
}

// Receive takes up to max messages of a queue for the queue's visibility timeout, waiting up to wait (of real time; turning the clock wakes it) for the first.
// It returns none and no error when there was none, or when ctx ended.
func (s *Service) Receive(ctx context.Context, name string, max int, wait time.Duration) ([]Message, error) {
	q, err := s.queue(name)
	if err != nil {
		return nil, err
	}
	return s.receive(ctx, q, max, q.config().visibility, wait)
}

// Delete removes the messages of these receipt handles. A stale handle is no error and removes nothing.
func (s *Service) Delete(name string, handles ...string) error {
	q, err := s.queue(name)
	if err != nil {
		return err
	}
	hs := make([]handle, len(handles))
	for i, h := range handles {
		if hs[i], err = parseHandle(h); err != nil {
			return err
		}
	}
	return s.db.Update(func(tx *bbolt.Tx) error { return s.removeAll(tx, q, hs) })
}

// Release makes received messages visible again after d, as ChangeMessageVisibility does. Handles that are stale are passed over.
func (s *Service) Release(name string, d time.Duration, handles ...string) error {
	q, err := s.queue(name)
	if err != nil {
		return err
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		for _, text := range handles {
			h, err := parseHandle(text)
			if err != nil {
				return err
			}
			if _, err := s.changeVisibility(tx, q, h, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// Operations lists what ServeHTTP answers.
func (s *Service) Operations() []string {
	names := make([]string, 0, len(operations))
	for n := range operations {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// ServeHTTP answers the JSON protocol of the SDKs (X-Amz-Target: AmazonSQS.…).
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const contentType = "application/x-amz-json-1.0"
	_, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	op, ok := operations[name]
	if !ok {
		wire.JSONError(w, contentType, wire.Unsupported("SQS "+name))
		return
	}
	body, err := wire.Body(r, 8<<20)
	if err != nil {
		wire.JSONError(w, contentType, err)
		return
	}
	out, err := op(s, r, body)
	if err != nil {
		wire.JSONError(w, contentType, err)
		return
	}
	wire.JSON(w, contentType, out)
}

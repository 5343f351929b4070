package sqs

import (
	"context"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/faults"
	"pronto/infra/local/wire"
)

// receive looks, and waits, until there is a message, wait is over, or ctx ends.
func (s *Service) receive(ctx context.Context, q *queue, max int, visibility, wait time.Duration) ([]Message, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		waker := q.waker() // before looking, so that nothing slips between
		got, next, err := s.take(q, max, visibility)
		if err != nil || len(got) > 0 || wait == 0 {
			return got, err
		}
		s.sleep(ctx, waker, next)
		if ctx.Err() != nil {
			return nil, nil
		}
	}
}

// take receives what is visible now; with nothing there it says when the next will be (zero: nothing in the queue).
func (s *Service) take(q *queue, max int, visibility time.Duration) (got []Message, next time.Time, err error) {
	now := s.clk.Now()
	err = s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketName(q.name))
		if b == nil {
			return &wire.Error{Code: "QueueDoesNotExist", Query: "AWS.SimpleQueueService.NonExistentQueue", Message: "the queue " + q.name + " was deleted"}
		}
		next, _ = nextVisible(b)
		return nil
	})
	if err != nil || next.IsZero() || next.After(now) {
		return nil, next, err
	}
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		got, err = s.claim(tx, q, max, visibility, now)
		return err
	})
	if err == nil {
		s.tally(q.name, Received, len(got))
	}
	return got, now.Add(time.Millisecond), err // another may have been faster: look again at once
}

// sleep ends at a change of the queue, at next by the clock, or with ctx.
func (s *Service) sleep(ctx context.Context, waker <-chan struct{}, next time.Time) {
	if next.IsZero() {
		select {
		case <-waker:
		case <-ctx.Done():
		}
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-waker:
			cancel()
		case <-ctx.Done():
		}
	}()
	_ = s.clk.Wait(ctx, next)
}

// claim hides the messages that it returns for the visibility timeout; on its way it drops what is past retention and moves what was received too often.
func (s *Service) claim(tx *bbolt.Tx, q *queue, max int, visibility time.Duration, now time.Time) ([]Message, error) {
	b := tx.Bucket(bucketName(q.name))
	if b == nil {
		return nil, nil
	}
	conf := q.config()
	var got []Message
	for {
		seqs := s.candidates(b, q, now.UnixMilli(), max)
		if len(seqs) == 0 {
			return got, nil
		}
		for _, seq := range seqs {
			m, err := s.claimOne(tx, b, q, conf, seq, visibility, now)
			if err != nil {
				return nil, err
			}
			if m != nil {
				got = append(got, *m)
			}
		}
		if len(got) > 0 { // else all were expired or dead letters: there may be more behind them
			return got, nil
		}
	}
}

func (s *Service) candidates(b *bbolt.Bucket, q *queue, now int64, max int) []uint64 {
	if !s.faults.Strike(faults.Reorder, "sqs", q.name) {
		return visibleNow(b, now, max)
	}
	seqs := visibleNow(b, now, 4*max)
	s.faults.Shuffle(len(seqs), func(i, j int) { seqs[i], seqs[j] = seqs[j], seqs[i] })
	return seqs[:min(max, len(seqs))]
}

func (s *Service) claimOne(tx *bbolt.Tx, b *bbolt.Bucket, q *queue, conf config, seq uint64, visibility time.Duration, now time.Time) (*Message, error) {
	at, ok := readMeta(b.Get(seqKey('m', seq)))
	if !ok {
		return nil, nil
	}
	if now.UnixMilli()-at.sent > conf.retention.Milliseconds() {
		return nil, remove(b, seq, at)
	}
	m, err := readMessage(b.Get(seqKey('b', seq)))
	if err != nil {
		return nil, err
	}
	if conf.deadLetter != "" && at.count >= conf.maxReceives {
		return nil, s.bury(tx, b, q, conf, seq, at, m)
	}
	if err := s.duplicate(tx, b, q, &at, m); err != nil {
		return nil, err
	}
	from := at.visible
	at.count++
	at.visible = now.Add(visibility).UnixMilli()
	if at.first == 0 {
		at.first = now.UnixMilli()
	}
	return received(seq, at, m), move(b, seq, from, at)
}

// duplicate puts a second copy of a message into the queue, if the plan says so, and marks both: a message has at most one copy, and a copy none. Else a chance
// of 1 would never come to an end.
func (s *Service) duplicate(tx *bbolt.Tx, b *bbolt.Bucket, q *queue, at *meta, m message) error {
	if at.copied || !s.faults.Strike(faults.Duplicate, "sqs", q.name) {
		return nil
	}
	at.copied = true
	tx.OnCommit(q.wakeAll)
	return insert(b, m, meta{visible: at.visible, sent: at.sent, copied: true})
}

// bury moves a message to the dead-letter queue. It keeps its id and the time it was sent, by which it also expires there.
func (s *Service) bury(tx *bbolt.Tx, b *bbolt.Bucket, q *queue, conf config, seq uint64, at meta, m message) error {
	grave, err := s.queue(conf.deadLetter)
	if err != nil {
		return err
	}
	m.From = wire.ARN("sqs", q.name)
	if err := insert(tx.Bucket(bucketName(grave.name)), m, meta{visible: s.clk.Now().UnixMilli(), sent: at.sent}); err != nil {
		return err
	}
	tx.OnCommit(grave.wakeAll)
	return remove(b, seq, at)
}

func received(seq uint64, at meta, m message) *Message {
	return &Message{
		ID: m.ID, Body: m.Body, Attributes: m.Attributes, DeadLetterOf: m.From,
		ReceiptHandle: handle{seq, at.count}.String(), ReceiveCount: int(at.count),
		Sent: time.UnixMilli(at.sent).UTC(), FirstReceived: time.UnixMilli(at.first).UTC(),
	}
}

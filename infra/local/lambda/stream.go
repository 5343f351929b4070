package lambda

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/wire"
)

// Stream is a table's change records in order.
type Stream struct {
	ARN     string
	Read    func(after uint64, max int) ([]Record, error) // records with a greater sequence number, oldest first
	Changed func() <-chan struct{}                        // a channel that closes at the next change
}

// Record is one change: its place in the stream, and itself as Lambda gets it.
type Record struct {
	Sequence uint64
	JSON     json.RawMessage
}

// StreamMapping is an event source mapping from a table's stream: one shard, so one invocation at a time, in order.
type StreamMapping struct {
	Stream                  Stream
	BatchSize               int // records an invocation at most; 100 when zero
	Filters                 []string
	MaxRetries              int    // of a batch that fails; without end when negative
	Bisect                  bool   // halve a batch that fails, to find the record that is at fault
	OnFailure               string // queue that is told of records given up; needed when MaxRetries is not negative
	ReportBatchItemFailures bool
	First                   bool        // it has the right of way
	OnError                 func(error) // told of every failed invocation; may be nil
}

var root = []byte("lambda")

// Stream lets f be woken by a table's changes until Stop, from where it had come to (at first from the oldest record).
func (r *Runtime) Stream(f Function, m StreamMapping) error {
	if m.BatchSize == 0 {
		m.BatchSize = 100
	}
	if m.BatchSize < 1 || m.BatchSize > 10000 {
		return fmt.Errorf("map the stream to %s: a batch of %d wants 1 to 10000", f.Name, m.BatchSize)
	}
	if m.MaxRetries >= 0 && m.OnFailure == "" {
		return fmt.Errorf("map the stream to %s: records that are given up after %d retries need an OnFailure queue (or retry without end: -1)", f.Name, m.MaxRetries)
	}
	filters, err := parseFilters(m.Filters)
	if err != nil {
		return fmt.Errorf("map the stream to %s: %w", f.Name, err)
	}
	s := &shard{Runtime: r, f: f, m: m, filters: filters, key: []byte("stream/" + f.Name + "/" + m.Stream.ARN)}
	if err := s.load(); err != nil {
		return fmt.Errorf("map the stream to %s: %w", f.Name, err)
	}
	return r.spawn(s.run)
}

// shard reads one stream for one function.
type shard struct {
	*Runtime
	f       Function
	m       StreamMapping
	filters []filter
	key     []byte // of the position, in the bucket lambda
	at      uint64 // everything up to here is handled
}

func (s *shard) load() error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(root)
		if err != nil {
			return err
		}
		if v := b.Get(s.key); len(v) == 8 {
			s.at = binary.BigEndian.Uint64(v)
		}
		return nil
	})
}

// save moves the position; also, if not nil, is in the same commit.
func (s *shard) save(at uint64, also func(*bbolt.Tx) error) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		return tx.Bucket(root).Put(s.key, binary.BigEndian.AppendUint64(nil, at))
	})
	if err == nil {
		s.at = at
	}
	return err
}

func (s *shard) run() {
	for s.ctx.Err() == nil {
		changed := s.m.Stream.Changed() // before reading, so that nothing slips between
		read, err := s.m.Stream.Read(s.at, s.m.BatchSize)
		if err == nil && len(read) == 0 {
			select {
			case <-changed:
			case <-s.ctx.Done():
			}
			continue
		}
		if err == nil {
			err = s.pass(read)
		}
		if err != nil {
			s.tell(err)
			s.pause(time.Second)
		}
	}
}

func (s *shard) tell(err error) {
	if s.m.OnError != nil && err != nil {
		s.m.OnError(err)
	}
}

// pass hands on what the filters let through, and moves the position past all of it.
func (s *shard) pass(read []Record) error {
	batch := read
	if len(s.filters) > 0 {
		batch = nil
		for _, rec := range read {
			if matchAny(s.filters, rec.JSON) {
				batch = append(batch, rec)
			}
		}
	}
	if len(batch) > 0 {
		ctx, end := s.begin(context.Background(), s.m.First)
		defer end()
		if err := s.deliver(ctx, batch); err != nil {
			return err
		}
	}
	if last := read[len(read)-1].Sequence; last > s.at {
		return s.save(last, nil)
	}
	return nil
}

// deliver repeats a batch until it is handled, halved and handled, or given up. It returns early only when the runtime stops.
func (s *shard) deliver(ctx context.Context, batch []Record) error {
	for try := 0; ; try++ {
		done, err := s.invoke(ctx, batch)
		if done > 0 {
			if err := s.save(batch[done-1].Sequence, nil); err != nil {
				return err
			}
			batch = batch[done:]
		}
		if len(batch) == 0 {
			return nil
		}
		s.tell(err)
		switch {
		case s.ctx.Err() != nil:
			return s.ctx.Err()
		case s.m.Bisect && len(batch) > 1:
			half := len(batch) / 2
			if err := s.deliver(ctx, batch[:half]); err != nil {
				return err
			}
			return s.deliver(ctx, batch[half:])
		case s.m.MaxRetries >= 0 && try >= s.m.MaxRetries:
			return s.giveUp(batch, err)
		}
		s.pause(backoff(try))
	}
}

// backoff is 50 ms, doubled up to 5 s.
func backoff(try int) time.Duration { return min(50*time.Millisecond<<min(try, 10), 5*time.Second) }

// invoke says how many records from the front are handled.
func (s *shard) invoke(ctx context.Context, batch []Record) (done int, err error) {
	payload := []byte(`{"Records":[`)
	for i, rec := range batch {
		if i > 0 {
			payload = append(payload, ',')
		}
		payload = append(payload, rec.JSON...)
	}
	out, err := s.Call(ctx, s.f, append(payload, "]}"...))
	if err != nil {
		return 0, err
	}
	if !s.m.ReportBatchItemFailures {
		return len(batch), nil
	}
	return s.reported(out, batch)
}

// reported finds the first record that failed: it and all after it come again.
func (s *shard) reported(out []byte, batch []Record) (int, error) {
	ids, err := failureIDs(out)
	if err != nil || len(ids) == 0 {
		return len(batch), err
	}
	failed := map[string]bool{}
	for _, id := range ids {
		failed[id] = true
	}
	for i, rec := range batch {
		if failed[sequenceNumber(rec.JSON)] {
			return i, fmt.Errorf("%s reports record %d of %d as failed", s.f.Name, i+1, len(batch))
		}
	}
	return 0, fmt.Errorf("%s reports a failure that is not in the batch: the whole batch counts as failed", s.f.Name)
}

func sequenceNumber(record []byte) string {
	var r struct {
		DynamoDB struct{ SequenceNumber string } `json:"dynamodb"`
	}
	_ = json.Unmarshal(record, &r)
	return r.DynamoDB.SequenceNumber
}

// giveUp tells the failure queue which records were not handled, and moves past them in the same commit.
func (s *shard) giveUp(batch []Record, cause error) error {
	type m = map[string]any
	body, err := marshal(m{
		"requestContext":  m{"requestId": wire.UUID(), "functionArn": wire.ARN("lambda", "function:"+s.f.Name), "condition": "RetryAttemptsExhausted", "approximateInvokeCount": s.m.MaxRetries + 1},
		"responseContext": m{"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
		"version":         "1.0", "timestamp": s.clk.Now().Format("2006-01-02T15:04:05.000Z"),
		"DDBStreamBatchInfo": m{
			"shardId": "shardId-00000000000000000000-00000000", "streamArn": s.m.Stream.ARN, "batchSize": len(batch),
			"startSequenceNumber": sequenceNumber(batch[0].JSON), "endSequenceNumber": sequenceNumber(batch[len(batch)-1].JSON),
		},
	})
	if err != nil {
		return err
	}
	s.tell(fmt.Errorf("%s gives up %d records: %w", s.f.Name, len(batch), cause))
	return s.save(batch[len(batch)-1].Sequence, func(tx *bbolt.Tx) error {
		_, err := s.queues.Put(tx, s.m.OnFailure, body)
		return err
	})
}

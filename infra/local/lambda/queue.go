package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"pronto/infra/local/sqs"
	"pronto/infra/local/wire"
)

// QueueMapping is an event source mapping from SQS.
type QueueMapping struct {
	Queue                   string
	BatchSize               int           // messages an invocation at most; 10 when zero, more than 10 only with a Window
	Window                  time.Duration // how long to gather a batch, real time
	MaxConcurrency          int           // invocations at once; 10 when zero
	ReportBatchItemFailures bool          // the function answers which messages failed
	First                   bool          // it has the right of way
	OnError                 func(error)   // told of every failed invocation; may be nil
}

// Queue lets f be woken by messages until Stop.
func (r *Runtime) Queue(f Function, m QueueMapping) error {
	if m.BatchSize == 0 {
		m.BatchSize = 10
	}
	if m.MaxConcurrency == 0 {
		m.MaxConcurrency = 10
	}
	switch {
	case m.BatchSize < 1 || m.BatchSize > 10000 || m.BatchSize > 10 && m.Window < time.Second:
		return fmt.Errorf("map %s to %s: a batch of %d wants 1 to 10, or up to 10000 with a window of a second or more", m.Queue, f.Name, m.BatchSize)
	case m.Window < 0 || m.Window > 5*time.Minute || m.MaxConcurrency < 1:
		return fmt.Errorf("map %s to %s: window 0 to 5m and concurrency from 1", m.Queue, f.Name)
	}
	if _, err := r.queues.Stats(m.Queue); err != nil {
		return fmt.Errorf("map %s to %s: %w", m.Queue, f.Name, err)
	}
	return r.spawn(func() { r.poll(f, m) })
}

// poll receives only when an invocation is free to run, so that no message lies hidden in a line of our own.
func (r *Runtime) poll(f Function, m QueueMapping) {
	free := make(chan struct{}, m.MaxConcurrency)
	for {
		select {
		case free <- struct{}{}:
		case <-r.ctx.Done():
			return
		}
		if !m.First {
			r.MakeWay(r.ctx)
		}
		batch, err := r.gather(m)
		if err != nil {
			m.tell(err)
			r.pause(time.Second)
		}
		if r.ctx.Err() != nil && len(batch) == 0 {
			return
		}
		r.busy.Go(func() {
			defer func() { <-free }()
			if len(batch) == 0 {
				return
			}
			ctx, end := r.begin(r.ctx, m.First)
			defer end()
			for _, part := range split(batch) {
				r.handle(ctx, f, m, part)
			}
		})
	}
}

func (m QueueMapping) tell(err error) {
	if m.OnError != nil && err != nil {
		m.OnError(err)
	}
}

const longPoll = 20 * time.Second

func (r *Runtime) gather(m QueueMapping) ([]sqs.Message, error) {
	batch, err := r.queues.Receive(r.ctx, m.Queue, m.BatchSize, longPoll)
	if m.Window == 0 || len(batch) == 0 {
		return batch, err
	}
	until := time.Now().Add(m.Window)
	for len(batch) < m.BatchSize {
		left := time.Until(until)
		if left <= 0 {
			break
		}
		more, err := r.queues.Receive(r.ctx, m.Queue, m.BatchSize-len(batch), left)
		if err != nil || len(more) == 0 {
			return batch, err
		}
		batch = append(batch, more...)
	}
	return batch, nil
}

// split keeps each event under the payload limit, counting generously for what JSON adds.
func split(batch []sqs.Message) [][]sqs.Message {
	var parts [][]sqs.Message
	start, size := 0, 0
	for i, m := range batch {
		n := len(m.Body)*2 + 2048
		if size+n > MaxPayload && i > start {
			parts = append(parts, batch[start:i])
			start, size = i, 0
		}
		size += n
	}
	if start < len(batch) {
		parts = append(parts, batch[start:])
	}
	return parts
}

// handle invokes the function on a batch and deletes what it handled.
func (r *Runtime) handle(ctx context.Context, f Function, m QueueMapping, batch []sqs.Message) {
	payload, err := queueEvent(m.Queue, batch)
	if err != nil {
		m.tell(err)
		return
	}
	out, err := r.Call(ctx, f, payload)
	if err != nil {
		m.tell(err)
		return // all come again after their visibility timeout
	}
	failed := map[string]bool{}
	if m.ReportBatchItemFailures {
		if failed, err = itemFailures(out, batch); err != nil {
			m.tell(fmt.Errorf("%s: %w", f.Name, err))
			return
		}
	}
	var done []string
	for _, msg := range batch {
		if !failed[msg.ID] {
			done = append(done, msg.ReceiptHandle)
		}
	}
	m.tell(r.queues.Delete(m.Queue, done...))
}

type sqsRecord struct {
	MessageID         string                  `json:"messageId"`
	ReceiptHandle     string                  `json:"receiptHandle"`
	Body              string                  `json:"body"`
	Attributes        map[string]string       `json:"attributes"`
	MessageAttributes map[string]sqsAttribute `json:"messageAttributes"`
	MD5OfBody         string                  `json:"md5OfBody"`
	EventSource       string                  `json:"eventSource"`
	EventSourceARN    string                  `json:"eventSourceARN"`
	AWSRegion         string                  `json:"awsRegion"`
}

type sqsAttribute struct {
	StringValue      *string  `json:"stringValue,omitempty"`
	BinaryValue      []byte   `json:"binaryValue,omitempty"`
	StringListValues []string `json:"stringListValues"`
	BinaryListValues []string `json:"binaryListValues"`
	DataType         string   `json:"dataType"`
}

// queueEvent is the event that Lambda makes of SQS messages.
func queueEvent(queue string, batch []sqs.Message) ([]byte, error) {
	records := make([]sqsRecord, len(batch))
	for i := range batch {
		m := &batch[i]
		rec := sqsRecord{m.ID, m.ReceiptHandle, string(m.Body), m.SystemAttributes(), map[string]sqsAttribute{}, m.MD5OfBody(), "aws:sqs", wire.ARN("sqs", queue), wire.Region}
		for name, a := range m.Attributes {
			rec.MessageAttributes[name] = sqsAttribute{a.StringValue, a.BinaryValue, []string{}, []string{}, a.DataType}
		}
		records[i] = rec
	}
	return marshal(map[string]any{"Records": records})
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// itemFailures reads batchItemFailures. As in AWS an answer that cannot be read, an empty id or an unknown one fails the whole batch; nothing at all fails none.
func itemFailures(out []byte, batch []sqs.Message) (map[string]bool, error) {
	ids, err := failureIDs(out)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, m := range batch {
		known[m.ID] = true
	}
	failed := map[string]bool{}
	for _, id := range ids {
		if !known[id] {
			return nil, fmt.Errorf("batchItemFailures names %q, which is not in the batch: the whole batch counts as failed", id)
		}
		failed[id] = true
	}
	return failed, nil
}

func failureIDs(out []byte) ([]string, error) {
	if len(bytes.TrimSpace(out)) == 0 {
		return nil, nil
	}
	var answer struct {
		BatchItemFailures []struct {
			ItemIdentifier *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, fmt.Errorf("the answer is no batch response: %w", err)
	}
	var ids []string
	for _, f := range answer.BatchItemFailures {
		if f.ItemIdentifier == nil {
			return nil, fmt.Errorf("batchItemFailures without itemIdentifier: the whole batch counts as failed")
		}
		ids = append(ids, *f.ItemIdentifier)
	}
	return ids, nil
}

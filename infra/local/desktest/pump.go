package desktest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"pronto/infra/local/lambda"
	"pronto/infra/local/sqs"
	"pronto/infra/local/wire"
	"pronto/infra/wiring"
)

// Settle hands on what is due, until nothing more is: a stream's records first, then the queues in the order of the wiring. What fails comes again when its
// visibility timeout is over, so after a failure Turn is needed; a stream's batch is tried twice.
func (d *Desk) Settle() {
	d.t.Helper()
	for d.stream() || d.queues() {
	}
}

// Turn moves the clock forward, minute by minute, runs what is scheduled for each minute and hour, and settles in between.
func (d *Desk) Turn(by time.Duration) {
	d.t.Helper()
	for by > 0 {
		step := min(by, time.Minute-d.timers)
		d.Clock.Turn(step)
		by -= step
		if d.timers += step; d.timers == time.Minute {
			d.timers = 0
			d.ticks++
			d.schedules()
		}
		d.Settle()
	}
}

// schedules runs the functions whose period has gone by.
func (d *Desk) schedules() {
	d.t.Helper()
	for _, f := range wiring.Functions() {
		for _, s := range f.Sources {
			if s.Every > 0 && time.Duration(d.ticks)*time.Minute%s.Every == 0 {
				d.Schedule(f.Name)
			}
		}
	}
}

// Schedule runs a function as its schedule would.
func (d *Desk) Schedule(function string) {
	d.t.Helper()
	d.call(function, events.EventBridgeEvent{
		Version: "0", ID: wire.UUID(), DetailType: "Scheduled Event", Source: "aws.events", AccountID: wire.Account, Time: d.Clock.Now(),
		Region: wire.Region, Resources: []string{wire.ARN("events", "rule/"+function)}, Detail: json.RawMessage(`{}`),
	})
}

// stream hands the table's next records to each function that reads them; it tells whether there were any that could be handled.
func (d *Desk) stream() bool {
	d.t.Helper()
	any := false
	for _, f := range wiring.Functions() {
		for _, s := range f.Sources {
			if s.Stream != nil && d.reads(f.Name, *s.Stream) {
				any = true
			}
		}
	}
	return any
}

// reads hands one function its next batch of the stream. What its filter lets pass for others alone is behind it at once.
func (d *Desk) reads(function string, s wiring.StreamSource) bool {
	d.t.Helper()
	passes, err := lambda.Filter(s.Filter)
	if err != nil {
		d.t.Fatal(err)
	}
	all, err := d.AWS.Stream(wiring.Table).Read(d.at[function], s.Batch)
	if err != nil {
		d.t.Fatalf("read the stream: %v", err)
	}
	if len(all) == 0 {
		return false
	}
	records := slices.DeleteFunc(slices.Clone(all), func(r lambda.Record) bool { return !passes(r.JSON) })
	if len(records) == 0 {
		d.at[function] = all[len(all)-1].Sequence
		return true
	}
	for range 2 {
		switch done := d.records(function, records); {
		case done == len(records):
			d.at[function] = all[len(all)-1].Sequence
			return true
		case done > 0:
			d.at[function] = records[done-1].Sequence
			return true
		}
	}
	return false
}

// records says how many from the front the function has handled.
func (d *Desk) records(function string, records []lambda.Record) int {
	d.t.Helper()
	var batch struct{ Records []json.RawMessage }
	for _, r := range records {
		batch.Records = append(batch.Records, r.JSON)
	}
	failed, ok := d.batch(function, batch)
	if !ok {
		return 0
	}
	for i, r := range batch.Records {
		var one events.DynamoDBEventRecord
		if err := json.Unmarshal(r, &one); err != nil {
			d.t.Fatalf("read a record of the stream: %v", err)
		}
		if failed[one.Change.SequenceNumber] {
			return i
		}
	}
	return len(records)
}

// queues hands one batch of each queue to its function; it tells whether there was any.
func (d *Desk) queues() bool {
	d.t.Helper()
	any := false
	for _, f := range wiring.Functions() {
		for _, s := range f.Sources {
			if s.Queue != nil && d.queue(f.Name, *s.Queue) {
				any = true
			}
		}
	}
	return any
}

func (d *Desk) queue(function string, s wiring.QueueSource) bool {
	d.t.Helper()
	batch, err := d.AWS.SQS.Receive(context.Background(), s.Name, s.Batch, 0)
	if err != nil {
		d.t.Fatalf("receive from %s: %v", s.Name, err)
	}
	if len(batch) == 0 {
		return false
	}
	failed, ok := d.batch(function, queued(s.Name, batch))
	if !ok {
		return true
	}
	for _, m := range batch {
		if failed[m.ID] {
			continue
		}
		if err := d.AWS.SQS.Delete(s.Name, m.ReceiptHandle); err != nil {
			d.t.Fatalf("delete from %s: %v", s.Name, err)
		}
	}
	return true
}

func queued(queue string, batch []sqs.Message) events.SQSEvent {
	var ev events.SQSEvent
	for _, m := range batch {
		ev.Records = append(ev.Records, events.SQSMessage{
			MessageId: m.ID, ReceiptHandle: m.ReceiptHandle, Body: string(m.Body), Md5OfBody: m.MD5OfBody(), Attributes: m.SystemAttributes(),
			EventSource: "aws:sqs", EventSourceARN: wire.ARN("sqs", queue), AWSRegion: wire.Region,
		})
	}
	return ev
}

// batch calls a function that answers which items failed; ok is false when the invocation itself did.
func (d *Desk) batch(function string, event any) (failed map[string]bool, ok bool) {
	d.t.Helper()
	out, ok := d.call(function, event)
	if !ok {
		return nil, false
	}
	var answer events.SQSEventResponse // of a stream's answer the shape is the same
	if err := json.Unmarshal(out, &answer); err != nil {
		d.t.Fatalf("%s answers %s: %v", function, out, err)
	}
	failed = map[string]bool{}
	for _, f := range answer.BatchItemFailures {
		failed[f.ItemIdentifier] = true
	}
	return failed, true
}

// call invokes a function. One that died in a crash starts cold afterwards, as Lambda would have it.
func (d *Desk) call(function string, event any) ([]byte, bool) {
	d.t.Helper()
	payload, err := json.Marshal(event)
	if err != nil {
		d.t.Fatalf("encode the event of %s: %v", function, err)
	}
	out, err := d.AWS.Lambda.Call(context.Background(), d.Functions[function], payload)
	if d.fault.died() {
		err = fmt.Errorf("%s: %w", function, ErrCrash)
		d.Renew()
	}
	if err != nil {
		d.errs = append(d.errs, err)
		return nil, false
	}
	return out, true
}

package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"go.etcd.io/bbolt"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/faults"
	"pronto/infra/local/sqs"
)

var noon = time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)

// patience is how long something may take on a machine that does much else.
const patience = time.Minute

// rig is a runtime with a queue q, a clock that the test turns, and a diary of what functions were called with.
type rig struct {
	*Runtime
	t     *testing.T
	plan  *faults.Plan
	diary chan string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	db, err := disk.Open(filepath.Join(t.TempDir(), "aws.db"), disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	clk, plan := clock.Stopped(noon), faults.New(1)
	queues, err := sqs.New(db, clk, plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"q", "failed"} {
		if err := queues.Create(q, nil); err != nil {
			t.Fatal(err)
		}
	}
	r := &rig{New(db, clk, queues, plan), t, plan, make(chan string, 1000)}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			t.Error(err)
		}
		db.Close()
	})
	return r
}

func (r *rig) put(bodies ...string) {
	r.t.Helper()
	for _, b := range bodies {
		err := r.db.Update(func(tx *bbolt.Tx) error {
			_, err := r.queues.Put(tx, "q", []byte(b))
			return err
		})
		if err != nil {
			r.t.Fatal(err)
		}
	}
}

// next is what was written into the diary next.
func (r *rig) next() string {
	r.t.Helper()
	select {
	case s := <-r.diary:
		return s
	case <-time.After(patience):
		r.t.Fatal("nothing was called")
		return ""
	}
}

func (r *rig) want(entries ...string) {
	r.t.Helper()
	for _, want := range entries {
		if got := r.next(); got != want {
			r.t.Fatalf("called with %q, want %q", got, want)
		}
	}
}

// quiet holds when nothing is called for a while.
func (r *rig) quiet() {
	r.t.Helper()
	select {
	case s := <-r.diary:
		r.t.Fatalf("called with %q, want nothing", s)
	case <-time.After(50 * time.Millisecond):
	}
}

// empty waits until the queue has nothing left.
func (r *rig) empty(queue string) {
	r.t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		if st, err := r.queues.Stats(queue); err == nil && st == (sqs.Stats{}) {
			return
		}
	}
	st, err := r.queues.Stats(queue)
	r.t.Fatalf("%s holds %+v, %v", queue, st, err)
}

// sqsFunction writes the bodies of each batch into the diary and answers as told.
func (r *rig) sqsFunction(answer func(events.SQSEvent) (events.SQSEventResponse, error)) Function {
	return Function{Name: "f", Invoke: Handler(func(_ context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		var bodies []string
		for _, m := range e.Records {
			bodies = append(bodies, m.Body)
		}
		r.diary <- strings.Join(bodies, " ")
		return answer(e)
	})}
}

func fine(events.SQSEvent) (events.SQSEventResponse, error) { return events.SQSEventResponse{}, nil }

func (r *rig) mapQueue(f Function, m QueueMapping) {
	r.t.Helper()
	m.Queue = "q"
	if err := r.Queue(f, m); err != nil {
		r.t.Fatal(err)
	}
}

func TestQueueWakesAndDeletes(t *testing.T) {
	r := newRig(t)
	r.put("a", "b", "c")
	r.mapQueue(r.sqsFunction(func(e events.SQSEvent) (events.SQSEventResponse, error) {
		m := e.Records[0]
		if m.EventSource != "aws:sqs" || m.EventSourceARN != "arn:aws:sqs:us-east-1:000000000000:q" || m.Attributes["ApproximateReceiveCount"] != "1" || m.Attributes["SentTimestamp"] == "" || len(m.Md5OfBody) != 32 {
			t.Errorf("record %+v", m)
		}
		return fine(e)
	}), QueueMapping{})
	r.want("a b c")
	r.empty("q")
	r.put("d")
	r.want("d")
	r.empty("q")
}

func TestFailedBatchComesAgainAfterVisibility(t *testing.T) {
	r := newRig(t)
	var failed atomic.Bool
	r.put("a", "b")
	r.mapQueue(r.sqsFunction(func(e events.SQSEvent) (events.SQSEventResponse, error) {
		if !failed.Swap(true) {
			return events.SQSEventResponse{}, errors.New("broken")
		}
		return fine(e)
	}), QueueMapping{})
	r.want("a b")
	r.quiet()
	r.clk.Turn(30 * time.Second)
	r.want("a b")
	r.empty("q")
}

func TestOnlyReportedItemsComeAgain(t *testing.T) {
	r := newRig(t)
	var once sync.Once
	r.put("a", "b", "c")
	r.mapQueue(r.sqsFunction(func(e events.SQSEvent) (res events.SQSEventResponse, _ error) {
		once.Do(func() { res.BatchItemFailures = []events.SQSBatchItemFailure{{ItemIdentifier: e.Records[1].MessageId}} })
		return res, nil
	}), QueueMapping{ReportBatchItemFailures: true})
	r.want("a b c")
	r.quiet()
	r.clk.Turn(30 * time.Second)
	r.want("b")
	r.empty("q")
}

// As in AWS: what cannot be understood fails the batch.
func TestOddReportsFailTheBatch(t *testing.T) {
	batch := []sqs.Message{{ID: "1"}, {ID: "2"}}
	for answer, want := range map[string]string{
		``: "[]", `null`: "[]", `{}`: "[]", `{"batchItemFailures":[]}`: "[]", `{"batchItemFailures":null}`: "[]", `{"batchItemFailures":[{"itemIdentifier":"2"}]}`: "[2]",
		`{"batchItemFailures":[{"itemIdentifier":""}]}`: "error", `{"batchItemFailures":[{"itemIdentifier":null}]}`: "error", `{"batchItemFailures":[{"item":"1"}]}`: "error",
		`{"batchItemFailures":[{"itemIdentifier":"3"}]}`: "error", `"text"`: "error", `{`: "error",
	} {
		failed, err := itemFailures([]byte(answer), batch)
		got := "error"
		if err == nil {
			got = "["
			for id := range failed {
				got += id
			}
			got += "]"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", answer, got, want)
		}
	}
}

func TestConcurrencyIsBounded(t *testing.T) {
	r := newRig(t)
	release := make(chan struct{})
	r.put("a", "b", "c")
	r.mapQueue(r.sqsFunction(func(e events.SQSEvent) (events.SQSEventResponse, error) {
		<-release
		return fine(e)
	}), QueueMapping{BatchSize: 1, MaxConcurrency: 2})
	r.next()
	r.next()
	r.quiet()
	if st, err := r.queues.Stats("q"); err != nil || st.Visible != 1 {
		t.Errorf("the third lies %+v, %v: want it still visible to others", st, err)
	}
	close(release)
	r.next()
	r.empty("q")
}

func TestWindowGathers(t *testing.T) {
	r := newRig(t)
	r.put("a")
	time.AfterFunc(100*time.Millisecond, func() { r.put("b") })
	r.mapQueue(r.sqsFunction(fine), QueueMapping{BatchSize: 2, Window: 5 * patience})
	r.want("a b") // long before its window ends: it is full
}

func TestBatchesStayUnderThePayloadLimit(t *testing.T) {
	var batch []sqs.Message
	for range 10 {
		batch = append(batch, sqs.Message{Body: make([]byte, 1<<20)})
	}
	parts := split(batch)
	n := 0
	for _, p := range parts {
		n += len(p)
		size := 0
		for _, m := range p {
			size += len(m.Body)
		}
		if size > MaxPayload {
			t.Errorf("a part of %d bytes", size)
		}
	}
	if n != 10 || len(parts) < 2 {
		t.Errorf("%d messages in %d parts", n, len(parts))
	}
}

func TestCrashesAndTimeoutsAreErrors(t *testing.T) {
	r := newRig(t)
	calls := 0
	count := func(context.Context) error { calls++; return nil }
	call := func(f Function) error { _, err := r.Call(context.Background(), f, []byte("{}")); return err }
	if err := call(Function{Name: "f", Invoke: Handler(func() { panic("oh") })}); err == nil || !strings.Contains(err.Error(), "oh") {
		t.Errorf("panic: %v", err)
	}
	if err := call(Function{Name: "f", Invoke: func(context.Context, []byte) ([]byte, error) { panic("raw") }}); !errors.Is(err, ErrCrash) {
		t.Errorf("panic outside a handler: %v", err)
	}
	end := make(chan struct{})
	slow := Function{Name: "f", Timeout: 20 * time.Millisecond, Invoke: Handler(func(ctx context.Context) error {
		if _, has := ctx.Deadline(); !has {
			t.Error("no deadline")
		}
		<-end
		return nil
	})}
	if err := call(slow); !errors.Is(err, ErrTimeout) {
		t.Errorf("timeout: %v", err)
	}
	close(end)
	for kind, want := range map[faults.Kind]int{faults.CrashBefore: 0, faults.CrashAfter: 1} {
		calls = 0
		if err := r.plan.Set(faults.Fault{Kind: kind, Operation: "f", Times: 1}); err != nil {
			t.Fatal(err)
		}
		if err := call(Function{Name: "f", Invoke: Handler(count)}); !errors.Is(err, ErrCrash) || calls != want {
			t.Errorf("%s: %v after %d calls", kind, err, calls)
		}
	}
	if err := call(Function{Name: "f", Invoke: Handler(func(ctx context.Context) error {
		if lc, ok := lambdacontext.FromContext(ctx); !ok || lc.AwsRequestID == "" {
			return errors.New("no request id")
		}
		return nil
	})}); err != nil {
		t.Error(err)
	}
}

func TestStopWaitsForTheRunning(t *testing.T) {
	r := newRig(t)
	finished := false
	r.put("a")
	r.mapQueue(r.sqsFunction(func(e events.SQSEvent) (events.SQSEventResponse, error) {
		time.Sleep(100 * time.Millisecond)
		finished = true
		return fine(e)
	}), QueueMapping{})
	r.want("a")
	if err := r.Stop(context.Background()); err != nil || !finished {
		t.Fatalf("stopped %v, finished %v", err, finished)
	}
	if st, _ := r.queues.Stats("q"); st != (sqs.Stats{}) {
		t.Errorf("what was finished was not deleted: %+v", st)
	}
	if err := r.Queue(r.sqsFunction(fine), QueueMapping{Queue: "q"}); !errors.Is(err, ErrStopped) {
		t.Errorf("mapped after Stop: %v", err)
	}
	if w := r.serve(func() error { return nil }, httptest.NewRequest("GET", "/", nil)); w.Code != 503 {
		t.Errorf("served after Stop: %d", w.Code)
	}
}

func TestScheduleFollowsTheClock(t *testing.T) {
	r := newRig(t)
	f := Function{Name: "sweep", Invoke: Handler(func(_ context.Context, e events.CloudWatchEvent) error {
		r.diary <- e.Source + " " + e.Time.Format("15:04:05") + " " + fmt.Sprint(e.Resources)
		return nil
	})}
	if err := r.Every(f, "minutely", time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	r.clk.Turn(59 * time.Second)
	r.quiet()
	r.clk.Turn(time.Second)
	r.want("aws.events 12:01:00 [arn:aws:events:us-east-1:000000000000:rule/minutely]")
	r.clk.Turn(time.Hour)
	r.want("aws.events 13:01:00 [arn:aws:events:us-east-1:000000000000:rule/minutely]")
	r.quiet()
}

func TestMappingsRefused(t *testing.T) {
	r := newRig(t)
	for name, m := range map[string]QueueMapping{"no such queue": {Queue: "none"}, "a large batch without a window": {Queue: "q", BatchSize: 11}, "a negative window": {Queue: "q", Window: -1}} {
		if err := r.Queue(Function{Name: "f"}, m); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	for name, m := range map[string]StreamMapping{
		"giving up without a place to tell it": {MaxRetries: 3}, "a filter of no JSON": {MaxRetries: -1, Filters: []string{"{"}},
		"an unknown operator": {MaxRetries: -1, Filters: []string{`{"eventName":[{"suffix":"x"}]}`}},
		"a leaf of no list":   {MaxRetries: -1, Filters: []string{`{"eventName":"INSERT"}`}},
	} {
		if err := r.Stream(Function{Name: "f"}, m); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if err := r.Every(Function{}, "x", 0, nil); err == nil {
		t.Error("a schedule without a period was accepted")
	}
}

func TestFilters(t *testing.T) {
	const record = `{"eventName":"INSERT","dynamodb":{"Keys":{"PK":{"S":"C#acme#1"},"SK":{"S":"T#000007"}},"SizeBytes":77},"gone":null}`
	for pattern, want := range map[string]bool{
		`{"eventName":["INSERT"],"dynamodb":{"Keys":{"SK":{"S":[{"prefix":"T#"}]}}}}`: true,
		`{"eventName":["MODIFY","INSERT"]}`:                                           true,
		`{"eventName":["REMOVE"]}`:                                                    false,
		`{"dynamodb":{"Keys":{"SK":{"S":[{"prefix":"M#"}]}}}}`:                        false,
		`{"dynamodb":{"Keys":{"SK":{"N":["1"]}}}}`:                                    false,
		`{"dynamodb":{"SizeBytes":[77]}}`:                                             true,
		`{"dynamodb":{"SizeBytes":["77"]}}`:                                           false,
		`{"dynamodb":["x"]}`:                                                          false,
		`{"gone":[null]}`:                                                             true,
		`{"gone":[{"exists":true}]}`:                                                  true,
		`{"eventName":[{"exists":false}]}`:                                            false,
		`{"dynamodb":{"Keys":{"SK":{"S":[{"exists":true}]}}}}`:                        true,
		`{"dynamodb":{"Keys":{"SK":[{"exists":true}]}}}`:                              false, // no leaf
		`{"dynamodb":{"NewImage":{"hurry":{"S":[{"exists":false}]}}}}`:                true,
		`{"dynamodb":{"NewImage":{"hurry":{"S":[{"exists":true}]}}}}`:                 false,
		`{"absent":[null]}`:                                                           false,
		`{}`:                                                                          true,
	} {
		f, err := parseFilters([]string{pattern})
		if err != nil {
			t.Fatal(err)
		}
		if got := matchAny(f, []byte(record)); got != want {
			t.Errorf("%s: %v, want %v", pattern, got, want)
		}
	}
}

func FuzzFilters(f *testing.F) {
	f.Add(`{"a":["x",{"prefix":"y"},null,1]}`, `{"a":"yy"}`)
	f.Add(`{"a":{"b":[true]}}`, `{"a":{"b":[]}}`)
	f.Add(`{"a":{"b":[{"exists":false}]}}`, `{"a":7}`)
	f.Fuzz(func(t *testing.T, pattern, record string) {
		if fs, err := parseFilters([]string{pattern}); err == nil {
			matchAny(fs, []byte(record))
		}
	})
}

func FuzzBatchResponse(f *testing.F) {
	f.Add([]byte(`{"batchItemFailures":[{"itemIdentifier":"1"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		failed, err := itemFailures(b, []sqs.Message{{ID: "1"}})
		if err == nil && len(failed) > 1 || err != nil && failed != nil {
			t.Fatalf("%v, %v", failed, err)
		}
	})
}

// shelf is a stream that a test writes.
type shelf struct {
	mu      sync.Mutex
	records []Record
	changed chan struct{}
}

func newShelf() *shelf { return &shelf{changed: make(chan struct{})} }

func (s *shelf) add(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range names {
		seq := uint64(len(s.records) + 1)
		s.records = append(s.records, Record{seq, json.RawMessage(fmt.Sprintf(`{"eventName":"INSERT","dynamodb":{"SequenceNumber":"%d","Keys":{"SK":{"S":%q}}}}`, seq, n))})
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *shelf) stream() Stream {
	return Stream{ARN: "arn:table", Changed: func() <-chan struct{} {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.changed
	}, Read: func(after uint64, max int) ([]Record, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		rest := s.records[min(int(after), len(s.records)):]
		return rest[:min(max, len(rest))], nil
	}}
}

// streamFunction writes the keys of each batch into the diary; one that holds a poison key fails.
func (r *rig) streamFunction(poison string) Function {
	return Function{Name: "relay", Invoke: Handler(func(_ context.Context, e events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
		var keys []string
		failed := false
		var res events.DynamoDBEventResponse
		for _, rec := range e.Records {
			k := rec.Change.Keys["SK"].String()
			keys = append(keys, k)
			if k == poison {
				failed = true
				res.BatchItemFailures = append(res.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: rec.Change.SequenceNumber})
			}
		}
		r.diary <- strings.Join(keys, " ")
		if failed && poison != "reported" {
			return res, errors.New("broken")
		}
		return res, nil
	})}
}

func (r *rig) mapStream(s *shelf, f Function, m StreamMapping) {
	r.t.Helper()
	m.Stream = s.stream()
	if err := r.Stream(f, m); err != nil {
		r.t.Fatal(err)
	}
}

func TestStreamComesInOrderFilteredAndOnce(t *testing.T) {
	r := newRig(t)
	s := newShelf()
	s.add("T#1", "M#1", "T#2")
	r.mapStream(s, r.streamFunction(""), StreamMapping{BatchSize: 10, MaxRetries: -1, Filters: []string{`{"dynamodb":{"Keys":{"SK":{"S":[{"prefix":"T#"}]}}}}`}})
	r.want("T#1 T#2")
	s.add("M#2")
	s.add("T#3")
	r.want("T#3")
	r.quiet()
}

func TestStreamPositionIsKept(t *testing.T) {
	r := newRig(t)
	s := newShelf()
	s.add("1", "2")
	r.mapStream(s, r.streamFunction(""), StreamMapping{MaxRetries: -1})
	r.want("1 2")
	if err := r.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.add("3")
	again := &rig{New(r.db, r.clk, r.queues, r.plan), t, r.plan, r.diary}
	again.mapStream(s, r.streamFunction(""), StreamMapping{MaxRetries: -1})
	r.want("3")
	if err := again.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestPoisonIsBisectedAndGivenUp(t *testing.T) {
	r := newRig(t)
	s := newShelf()
	s.add("1", "2", "bad", "4")
	r.mapStream(s, r.streamFunction("bad"), StreamMapping{MaxRetries: 1, Bisect: true, OnFailure: "failed"})
	r.want("1 2 bad 4", "1 2", "bad 4", "bad", "bad", "4")
	got, err := r.queues.Receive(context.Background(), "failed", 10, patience)
	if err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	var note struct {
		RequestContext     struct{ Condition string }
		DDBStreamBatchInfo struct {
			StartSequenceNumber string
			BatchSize           int
		}
	}
	if err := json.Unmarshal(got[0].Body, &note); err != nil || note.RequestContext.Condition != "RetryAttemptsExhausted" || note.DDBStreamBatchInfo.StartSequenceNumber != "3" || note.DDBStreamBatchInfo.BatchSize != 1 {
		t.Errorf("the failure queue was told %s (%v)", got[0].Body, err)
	}
}

func TestReportedRecordAndWhatFollowsComeAgain(t *testing.T) {
	r := newRig(t)
	s := newShelf()
	s.add("1", "reported", "3")
	r.mapStream(s, r.streamFunction("reported"), StreamMapping{MaxRetries: 1, OnFailure: "failed", ReportBatchItemFailures: true})
	r.want("1 reported 3", "reported 3")
	if got, err := r.queues.Receive(context.Background(), "failed", 10, patience); err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
}

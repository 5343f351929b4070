package lane_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/infra/local"
	"pronto/infra/local/clock"
	"pronto/infra/local/faults"
	"pronto/shared/desk"
	"pronto/shared/lane"
	"pronto/shared/setup"
)

// queues is a local AWS with all lanes; it notes each request for a batch.
type queues struct {
	*testing.T
	*local.AWS
	setup   *setup.Setup
	batches []string // "lane entries", in the order of the requests
}

// open makes the lanes; the page lane takes messages of at most 1024 bytes, so that one that is larger fails alone.
func open(t *testing.T) *queues {
	t.Helper()
	a, err := local.Open(t.Context(), local.Options{Dir: t.TempDir(), Clock: clock.Stopped(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	q := &queues{T: t, AWS: a}
	cfg, err := a.Config(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for name, variable := range map[string]string{
		desk.LanePriority: setup.LanePriority, desk.LanePage: setup.LanePage, desk.LaneEmail: setup.LaneEmail, desk.LaneCustom: setup.LaneCustom, desk.LaneWake: setup.LaneWake,
		desk.LaneWebhook: setup.LaneWebhook, desk.LaneBluesky: setup.LaneBluesky, desk.LaneMastodon: setup.LaneMastodon,
	} {
		in := &awssqs.CreateQueueInput{QueueName: &name}
		if name == desk.LanePage {
			in.Attributes = map[string]string{"MaximumMessageSize": "1024"}
		}
		out, err := awssqs.NewFromConfig(cfg).CreateQueue(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		env[variable] = *out.QueueUrl
	}
	cfg.HTTPClient, cfg.Retryer = q, func() aws.Retryer { return aws.NopRetryer{} }
	q.setup = &setup.Setup{AWS: cfg, Env: func(name string) string { return env[name] }}
	return q
}

// Do notes a request and hands it on.
func (q *queues) Do(r *http.Request) (*http.Response, error) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	var batch struct {
		QueueUrl string
		Entries  []json.RawMessage
	}
	if err := json.Unmarshal(b, &batch); err != nil {
		return nil, err
	}
	q.batches = append(q.batches, fmt.Sprintf("%s %d", batch.QueueUrl[strings.LastIndexByte(batch.QueueUrl, '/')+1:], len(batch.Entries)))
	return http.DefaultClient.Do(r)
}

func (q *queues) put(orders ...lane.Order) []lane.Failure {
	q.Helper()
	l, err := lane.New(q.setup)
	if err != nil {
		q.Fatal(err)
	}
	q.batches = nil
	return l.Put(q.Context(), orders)
}

// on takes what lies on a lane, sorted: SQS promises no order.
func (q *queues) on(name string) (ids []string) {
	q.Helper()
	for {
		got, err := q.SQS.Receive(q.Context(), name, 10, 0)
		if err != nil {
			q.Fatal(err)
		}
		if len(got) == 0 {
			slices.Sort(ids)
			return ids
		}
		for _, m := range got {
			ref, err := lane.Decode(string(m.Body))
			if err != nil || ref.Brand != "acme-air" {
				q.Fatalf("on %s lies %s: %v", name, m.Body, err)
			}
			ids = append(ids, ref.ID)
			if err := q.SQS.Delete(name, m.ReceiptHandle); err != nil {
				q.Fatal(err)
			}
		}
	}
}

func order(name, id string) lane.Order {
	return lane.Order{EffectRef: desk.EffectRef{Ref: desk.Ref{Brand: "acme-air", Conversation: "mzxw6ytboi3dsnzq"}, ID: id}, Lane: name}
}

func TestThePriorityLaneComesFirst(t *testing.T) {
	q := open(t)
	if failed := q.put(order(desk.LaneEmail, "1"), order(desk.LanePage, "2"), order(desk.LanePriority, "3"), order(desk.LaneEmail, "4")); len(failed) > 0 {
		t.Fatal(failed)
	}
	if want := []string{"priority 1", "page 1", "email 2"}; !slices.Equal(q.batches, want) {
		t.Errorf("requests %v, want %v", q.batches, want)
	}
	for name, want := range map[string][]string{"priority": {"3"}, "page": {"2"}, "email": {"1", "4"}} {
		if got := q.on(name); !slices.Equal(got, want) {
			t.Errorf("on %s lie %v, want %v", name, got, want)
		}
	}
}

// A clock's delay is cut to whole seconds, since SQS knows no others; the timer waits for the rest. It is never under 0 nor over SQS's 15 minutes.
func TestAClockIsDelayed(t *testing.T) {
	q := open(t)
	for delay, want := range map[time.Duration]time.Duration{
		-time.Hour: 0, 0: 0, 999 * time.Millisecond: 0, time.Second: time.Second, 61*time.Second + 900*time.Millisecond: 61 * time.Second, 2 * time.Hour: 15 * time.Minute,
	} {
		o := order(desk.LaneWake, "")
		o.Delay = delay
		if failed := q.put(o); len(failed) > 0 {
			t.Fatal(failed)
		}
		if want > 0 {
			q.Clock.Turn(want - time.Second)
			if got := q.on("wake"); len(got) > 0 {
				t.Errorf("a delay of %v is over a second too early", delay)
			}
			q.Clock.Turn(time.Second)
		}
		if got := q.on("wake"); len(got) != 1 {
			t.Errorf("after %v a delay of %v is not over", want, delay)
		}
	}
}

func TestManyOrdersGoInBatchesOfTen(t *testing.T) {
	q := open(t)
	var orders []lane.Order
	var want []string
	for i := range 23 {
		orders = append(orders, order(desk.LaneEmail, fmt.Sprintf("%03d", i)))
		want = append(want, fmt.Sprintf("%03d", i))
	}
	if failed := q.put(orders...); len(failed) > 0 {
		t.Fatal(failed)
	}
	if b := []string{"email 10", "email 10", "email 3"}; !slices.Equal(q.batches, b) {
		t.Errorf("requests %v, want %v", q.batches, b)
	}
	if got := q.on("email"); !slices.Equal(got, want) {
		t.Errorf("on the lane lie %v", got)
	}
}

func TestNothingToPutAsksNothing(t *testing.T) {
	q := open(t)
	if failed := q.put(); failed != nil || len(q.batches) != 0 {
		t.Errorf("%v, requests %v", failed, q.batches)
	}
}

// Failures are named in the order in which the orders were given, whatever lane they were for and whichever way they failed.
func TestFailuresAreNamedInOrder(t *testing.T) {
	q := open(t)
	if err := q.Faults.Set(faults.Fault{Kind: faults.ServerError, Service: "sqs", Operation: "SendMessageBatch", Times: 1}); err != nil {
		t.Fatal(err)
	}
	large := order(desk.LanePage, "large")
	large.Conversation = strings.Repeat("x", 2000)
	orders := []lane.Order{
		order(desk.LaneEmail, "good"), large, order("pigeon", "lost"), order(desk.LanePriority, "refused"), order(desk.LanePage, "small"), order("", "nowhere"),
	}
	failed := q.put(orders...)
	var ids []string
	for _, f := range failed {
		ids = append(ids, f.ID)
		if f.Err == nil || errors.Is(f.Err, lane.ErrUnknown) != (f.ID == "lost" || f.ID == "nowhere") {
			t.Errorf("%s: %v", f.ID, f.Err)
		}
	}
	if want := []string{"large", "lost", "refused", "nowhere"}; !slices.Equal(ids, want) {
		t.Errorf("failed %v, want %v", ids, want)
	}
	if e, p := q.on("email"), q.on("page"); !slices.Equal(e, []string{"good"}) || !slices.Equal(p, []string{"small"}) {
		t.Errorf("the others: email %v, page %v", e, p)
	}
}

func TestALaneWithoutAQueue(t *testing.T) {
	s := &setup.Setup{Env: func(name string) string { return map[string]string{setup.LanePage: "http://localhost/page"}[name] }}
	_, err := lane.New(s)
	if err == nil || !strings.Contains(err.Error(), setup.LanePriority) || !strings.Contains(err.Error(), setup.LaneEmail) || strings.Contains(err.Error(), setup.LanePage) {
		t.Errorf("%v; want both that are missing, and no other", err)
	}
}

func TestKeyNamesAnEffectAmongAll(t *testing.T) {
	a, b := order(desk.LaneEmail, "1"), order(desk.LanePriority, "1")
	if a.Key() != b.Key() {
		t.Error("the lane is part of the key")
	}
	b.Conversation = "other"
	if a.Key() == b.Key() {
		t.Error("two conversations' effects have one key")
	}
}

func TestDecode(t *testing.T) {
	got, err := lane.Decode(`{"brand":"acme-air","conversation":"c","effect":"000001-0"}`)
	if want := (desk.EffectRef{Ref: desk.Ref{Brand: "acme-air", Conversation: "c"}, ID: "000001-0"}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	look, err := lane.Decode(`{"brand":"acme-air","conversation":"c"}`)
	if want := (desk.EffectRef{Ref: desk.Ref{Brand: "acme-air", Conversation: "c"}}); err != nil || look != want {
		t.Errorf("a clock is read as %+v, %v", look, err)
	}
	for _, bad := range []string{
		"", "hello", "null", "{}", "[]", `{"brand":"a","effect":"1"}`, `{"conversation":"c","effect":"1"}`,
		`{"brand":1,"conversation":"c","effect":"1"}`, `{"brand":"a","conversation":"c","effect":"1"} more`,
	} {
		if r, err := lane.Decode(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, r)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"brand":"acme-air","conversation":"mzxw6ytboi3dsnzq","effect":"000001-0"}`)
	f.Add(`{"brand":"a","conversation":"\u0000","effect":"1"}`)
	f.Add(`{"brand":"a","conversation":"c"}`)
	f.Add(`{"brand":null}`)
	f.Fuzz(func(t *testing.T, body string) {
		r, err := lane.Decode(body)
		if err != nil {
			return
		}
		if r.Brand == "" || r.Conversation == "" {
			t.Fatalf("half a key was read: %+v", r)
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := lane.Decode(string(again)); err != nil || back != r {
			t.Fatalf("%s comes back as %+v, %v", again, back, err)
		}
	})
}

func TestDecodeIsQuickOnLongInput(t *testing.T) {
	start := time.Now()
	if _, err := lane.Decode(strings.Repeat("[", 256<<10)); err == nil {
		t.Error("a nest of lists was read")
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

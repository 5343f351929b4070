package sqs

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/faults"
	"pronto/infra/local/wire"
)

var noon = time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, dir string, clk *clock.Clock) *Service {
	t.Helper()
	db, err := disk.Open(filepath.Join(dir, "aws.db"), disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := New(db, clk, faults.New(1))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// queue is one queue q on a clock that the test turns.
type rig struct {
	*Service
	t   *testing.T
	clk *clock.Clock
}

func newRig(t *testing.T, attrs map[string]string) rig {
	clk := clock.Stopped(noon)
	s := open(t, t.TempDir(), clk)
	for _, err := range []error{s.Create("dead", nil), s.Create("q", attrs)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return rig{s, t, clk}
}

func (r rig) send(body string, delay time.Duration) {
	r.t.Helper()
	q := r.find("q")
	if err := r.Service.send(q, ready{message{ID: wire.UUID(), Body: []byte(body)}, delay}); err != nil {
		r.t.Fatal(err)
	}
}

func (r rig) receive(queue string, max int) []Message {
	r.t.Helper()
	got, err := r.Receive(context.Background(), queue, max, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	return got
}

func (r rig) bodies(queue string, max int) string {
	r.t.Helper()
	var out []string
	for _, m := range r.receive(queue, max) {
		out = append(out, string(m.Body))
	}
	return fmt.Sprint(out)
}

func (r rig) want(got, want string) {
	r.t.Helper()
	if got != want {
		r.t.Fatalf("got %s, want %s", got, want)
	}
}

func TestDelayIsToTheSecond(t *testing.T) {
	r := newRig(t, nil)
	r.send("late", 90*time.Second)
	r.send("now", 0)
	r.want(r.bodies("q", 10), "[now]")
	r.clk.Turn(89 * time.Second)
	r.want(r.bodies("q", 10), "[now]") // its visibility timeout of 30 s is over
	r.clk.Turn(time.Second)
	r.want(r.bodies("q", 10), "[late]")
}

func TestUndeletedMessageComesAgainAndCounts(t *testing.T) {
	r := newRig(t, map[string]string{"VisibilityTimeout": "60"})
	r.send("m", 0)
	first := r.receive("q", 10)[0]
	r.clk.Turn(59 * time.Second)
	r.want(r.bodies("q", 10), "[]")
	r.clk.Turn(time.Second)
	second := r.receive("q", 10)[0]
	if second.ID != first.ID || first.ReceiveCount != 1 || second.ReceiveCount != 2 || !second.Sent.Equal(noon) || !second.FirstReceived.Equal(noon) {
		t.Fatalf("first %+v, second %+v", first, second)
	}
	if err := r.Delete("q", first.ReceiptHandle); err != nil { // stale: succeeds, deletes nothing
		t.Fatal(err)
	}
	r.clk.Turn(time.Minute)
	third := r.receive("q", 10)[0]
	if err := r.Delete("q", third.ReceiptHandle); err != nil {
		t.Fatal(err)
	}
	r.clk.Turn(time.Hour)
	r.want(r.bodies("q", 10), "[]")
}

func TestTooManyReceivesMoveToTheDeadLetterQueue(t *testing.T) {
	r := newRig(t, map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":"2"}`})
	r.send("poison", 0)
	for range 2 {
		r.want(r.bodies("q", 10), "[poison]")
		r.clk.Turn(30 * time.Second)
	}
	r.send("good", 0)
	r.want(r.bodies("q", 1), "[good]") // behind the dead letter, and found by the same receive
	dead := r.receive("dead", 10)
	if len(dead) != 1 || dead[0].DeadLetterOf != wire.ARN("sqs", "q") || !dead[0].Sent.Equal(noon) {
		t.Fatalf("dead letters = %+v", dead)
	}
}

func TestRetentionForgets(t *testing.T) {
	r := newRig(t, map[string]string{"MessageRetentionPeriod": "120"})
	r.send("old", 0)
	r.clk.Turn(2 * time.Minute)
	r.send("young", 0)
	r.clk.Turn(time.Second)
	r.want(r.bodies("q", 10), "[young]")
	if st, err := r.Stats("q"); err != nil || st != (Stats{InFlight: 1}) {
		t.Fatalf("stats %+v, %v", st, err)
	}
}

func TestReleaseShortensAndExtends(t *testing.T) {
	r := newRig(t, nil)
	r.send("m", 0)
	m := r.receive("q", 1)[0]
	for _, step := range []struct {
		release, turn time.Duration
		want          string
	}{{5 * time.Minute, time.Minute, "[]"}, {0, 0, "[m]"}} {
		if err := r.Release("q", step.release, m.ReceiptHandle); err != nil {
			t.Fatal(err)
		}
		r.clk.Turn(step.turn)
		r.want(r.bodies("q", 1), step.want)
	}
}

func TestStatsTellDelayedFromInFlight(t *testing.T) {
	r := newRig(t, nil)
	r.send("a", 0)
	r.send("b", 0)
	r.send("c", time.Minute)
	r.receive("q", 1)
	if st, err := r.Stats("q"); err != nil || st != (Stats{1, 1, 1}) {
		t.Fatalf("stats %+v, %v", st, err)
	}
}

// A long poll ends at once when a message is sent, when a commit of somebody else's puts one, and when the turned clock makes one visible.
func TestWaitingReceiverWakes(t *testing.T) {
	r := newRig(t, nil)
	for name, wake := range map[string]func(){
		"sent": func() { r.send("m", 0) },
		"put": func() {
			err := r.db.Update(func(tx *bbolt.Tx) error {
				_, err := r.Put(tx, "q", []byte("m"))
				return err
			})
			if err != nil {
				t.Error(err)
			}
		},
		"turned": func() { r.send("m", time.Minute); time.Sleep(20 * time.Millisecond); r.clk.Turn(time.Minute) },
	} {
		woken := make(chan struct{})
		time.AfterFunc(20*time.Millisecond, func() { wake(); close(woken) })
		start := time.Now()
		got, err := r.Receive(context.Background(), "q", 1, 2*time.Minute)
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %v, %v", name, got, err)
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%s: woke after %v", name, d)
		}
		<-woken
		if err := r.Delete("q", got[0].ReceiptHandle); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWaitingReceiverGivesUp(t *testing.T) {
	r := newRig(t, nil)
	got, err := r.Receive(context.Background(), "q", 1, 30*time.Millisecond)
	if err != nil || got != nil {
		t.Fatalf("after the wait: %v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got, err := r.Receive(ctx, "q", 1, time.Hour); err != nil || got != nil {
		t.Fatalf("with an ended context: %v, %v", got, err)
	}
}

func TestFailedTransactionSendsNothing(t *testing.T) {
	r := newRig(t, nil)
	broken := errors.New("broken")
	err := r.db.Update(func(tx *bbolt.Tx) error {
		if _, err := r.Put(tx, "q", []byte("m")); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	r.want(r.bodies("q", 1), "[]")
}

func TestQueuesAndMessagesSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	clk := clock.Stopped(noon)
	s := open(t, dir, clk)
	r := rig{s, t, clk}
	if err := s.Create("q", map[string]string{"VisibilityTimeout": "7"}); err != nil {
		t.Fatal(err)
	}
	r.send("m", 0)
	handle := r.receive("q", 1)[0].ReceiptHandle
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	r.Service = open(t, dir, clk)
	r.want(r.bodies("q", 1), "[]") // still in flight
	clk.Turn(7 * time.Second)
	if err := r.Delete("q", handle); err != nil {
		t.Fatal(err)
	}
	r.want(r.bodies("q", 1), "[]")
	r.send("next", 0)
	r.want(r.bodies("q", 1), "[next]")
}

func TestDuplicateFaultDeliversOnceMore(t *testing.T) {
	r := newRig(t, nil)
	r.send("m", 0)
	if err := r.faults.Set(faults.Fault{Kind: faults.Duplicate, Service: "sqs", Operation: "q", Times: 1}); err != nil {
		t.Fatal(err)
	}
	first := r.receive("q", 1)[0]
	if err := r.Delete("q", first.ReceiptHandle); err != nil {
		t.Fatal(err)
	}
	second := r.receive("q", 1)
	if len(second) != 1 || second[0].ID != first.ID {
		t.Fatalf("the second delivery is %v", second)
	}
	if err := r.Delete("q", second[0].ReceiptHandle); err != nil {
		t.Fatal(err)
	}
	r.clk.Turn(time.Hour)
	r.want(r.bodies("q", 1), "[]")
}

// A chance of 1 comes to an end: a message has one copy, however often either is received.
func TestDuplicateFaultEnds(t *testing.T) {
	r := newRig(t, nil)
	if err := r.faults.Set(faults.Fault{Kind: faults.Duplicate, Chance: 1}); err != nil {
		t.Fatal(err)
	}
	r.send("m", 0)
	for round := range 3 {
		got := 0
		for ; got < 10; got++ {
			if len(r.receive("q", 1)) == 0 {
				break
			}
		}
		if got != 2 {
			t.Fatalf("round %d: %d deliveries, want 2", round, got)
		}
		r.clk.Turn(time.Hour) // both are visible again
	}
}

func TestReorderFaultLosesNothing(t *testing.T) {
	r := newRig(t, nil)
	for i := range 40 {
		r.send(fmt.Sprint(i), 0)
	}
	if err := r.faults.Set(faults.Fault{Kind: faults.Reorder}); err != nil {
		t.Fatal(err)
	}
	seen, inOrder := map[string]bool{}, true
	for range 4 {
		for _, m := range r.receive("q", 10) {
			inOrder = inOrder && string(m.Body) == fmt.Sprint(len(seen))
			seen[string(m.Body)] = true
		}
	}
	if len(seen) != 40 || inOrder {
		t.Fatalf("%d messages, in order %v", len(seen), inOrder)
	}
}

// Many senders, receivers and one clock: every message is received exactly once within its visibility timeout.
func TestConcurrentReceiversShare(t *testing.T) {
	s := open(t, t.TempDir(), clock.New())
	if err := s.Create("q", map[string]string{"VisibilityTimeout": "43200"}); err != nil {
		t.Fatal(err)
	}
	const n = 500
	var mu sync.Mutex
	seen := map[string]int{}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for w := range 5 {
		wg.Go(func() {
			for i := range n / 5 {
				if err := s.send(s.find("q"), ready{message: message{ID: wire.UUID(), Body: fmt.Append(nil, w, "-", i)}}); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for ctx.Err() == nil {
				got, err := s.Receive(ctx, "q", 7, time.Second)
				if err != nil {
					t.Error(err)
				}
				for _, m := range got {
					if err := s.Delete("q", m.ReceiptHandle); err != nil {
						t.Error(err)
					}
					mu.Lock()
					seen[string(m.Body)]++
					if len(seen) == n {
						cancel()
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if len(seen) != n {
		t.Fatalf("%d of %d messages came", len(seen), n)
	}
	for body, times := range seen {
		if times != 1 {
			t.Errorf("%s came %d times", body, times)
		}
	}
}

func TestAttributesRefused(t *testing.T) {
	r := newRig(t, nil)
	for name, attrs := range map[string]map[string]string{
		"too long a delay":    {"DelaySeconds": "901"},
		"no number":           {"VisibilityTimeout": "soon"},
		"unknown":             {"Colour": "red"},
		"fifo":                {"FifoQueue": "true"},
		"redrive of no JSON":  {"RedrivePolicy": "{"},
		"redrive without end": {"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":0}`},
		"foreign dead letter": {"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:1:dead","maxReceiveCount":3}`},
	} {
		if err := r.Create("x", attrs); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if err := r.Create("q", map[string]string{"DelaySeconds": "3"}); err == nil {
		t.Error("the existing queue took other attributes")
	}
	if err := r.Create("q", nil); err != nil {
		t.Errorf("the existing queue refused the same attributes: %v", err)
	}
}

// The vector is computed by hand from the developer guide's rule: name, type and value behind 4-byte lengths, 1 for text, in the order of names.
func TestAttributesMD5(t *testing.T) {
	one := "1"
	got := attributesMD5(map[string]Attribute{"b": {DataType: "Binary", BinaryValue: []byte{1}}, "a": {DataType: "Number", StringValue: &one}})
	raw := "\x00\x00\x00\x01a\x00\x00\x00\x06Number\x01\x00\x00\x00\x011" + "\x00\x00\x00\x01b\x00\x00\x00\x06Binary\x02\x00\x00\x00\x01\x01"
	if want := hexMD5([]byte(raw)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func FuzzStoredMessage(f *testing.F) {
	m, _ := message{ID: "id", From: "arn", Body: []byte("body"), Attributes: map[string]Attribute{"a": {DataType: "Binary", BinaryValue: []byte{1}}}}.bytes()
	f.Add(m)
	f.Add([]byte{0, 0, 0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := readMessage(b)
		if err != nil {
			return
		}
		again, err := m.bytes()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := readMessage(again); err != nil || back.ID != m.ID || string(back.Body) != string(m.Body) {
			t.Fatalf("%+v became %+v, %v", m, back, err)
		}
	})
}

func FuzzHandle(f *testing.F) {
	f.Add(handle{7, 1}.String())
	f.Add("AQEB")
	f.Fuzz(func(t *testing.T, s string) {
		if h, err := parseHandle(s); err == nil {
			if back, err := parseHandle(h.String()); err != nil || back != h {
				t.Fatalf("%v became %v, %v", h, back, err)
			}
		}
	})
}

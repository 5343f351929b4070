package timer_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"pronto/infra/local/desktest"
	"pronto/infra/local/faults"
)

// lost is a desk with n receipts whose records the stream lost: relay dies on every batch.
func lost(t *testing.T, n int) *desktest.Desk {
	t.Helper()
	d := desktest.New(t, desktest.Options{Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Change: func(c *aws.Config) {
		c.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	}})
	set(t, d, faults.Fault{Kind: faults.CrashBefore, Service: "lambda", Operation: "relay"})
	for i := range n {
		from := fmt.Sprintf("p%d@d%d.example", i, i)
		d.SendMail(from, fmt.Sprintf("From: %s\nTo: care@acme.example\nMessage-ID: <%d@d.example>\n\nWhere do I find booking %d?\n", from, i, i), "care@acme.example")
	}
	d.Settle()
	d.Errors()
	if out := d.Outbox(); len(out) != 0 {
		t.Fatalf("%d pieces left without relay", len(out))
	}
	return d
}

func set(t *testing.T, d *desktest.Desk, list ...faults.Fault) {
	t.Helper()
	if err := d.AWS.Faults.Set(append(list, faults.Fault{Kind: faults.CrashBefore, Service: "lambda", Operation: "relay"})...); err != nil {
		t.Fatal(err)
	}
}

// waiting is how many keys lie on the lane of receipts.
func waiting(t *testing.T, d *desktest.Desk) int {
	t.Helper()
	s, err := d.AWS.SQS.Stats("email")
	if err != nil {
		t.Fatal(err)
	}
	return s.Visible + s.InFlight
}

func TestTheSweepFindsWhatTheStreamLost(t *testing.T) {
	d := lost(t, 12)
	d.Turn(time.Minute)
	if n := len(d.Outbox()); n != 0 {
		t.Errorf("%d left before their time", n)
	}
	d.Turn(3 * time.Minute)
	if s := d.Day("2026-11-23"); len(d.Outbox()) != 12 || !s.Balanced || s.Receipted != 12 {
		t.Errorf("%d left; the sum is %+v", len(d.Outbox()), s)
	}
}

func TestNothingIsArmedTwice(t *testing.T) {
	d := lost(t, 12)
	d.Clock.Turn(2*time.Minute + time.Second)
	d.Schedule("timer")
	d.Schedule("timer")
	if n := waiting(t, d); n != 12 {
		t.Errorf("on the lane lie %d, want each of 12 once", n)
	}
}

// crowd is enough that no shard is without an effect, but once in ten thousand times.
const crowd = 100

func TestAShardThatFailsStopsNoOther(t *testing.T) {
	d := lost(t, crowd)
	set(t, d, faults.Fault{Kind: faults.ServerError, Service: "dynamodb", Operation: "Query", Times: 1})
	d.Clock.Turn(2*time.Minute + time.Second)
	d.Schedule("timer")
	first := waiting(t, d)
	if errs := d.Errors(); len(errs) != 1 || first == 0 || first == crowd {
		t.Errorf("%d of %d were swept, errors %v; want some, and the error told", first, crowd, errs)
	}
	d.Schedule("timer")
	if n := waiting(t, d); n != crowd {
		t.Errorf("the next sweep brings %d to the lane, want %d", n, crowd)
	}
}

// A lane that takes nothing leaves its effects due: the next sweep puts them.
func TestALaneThatIsDownIsTriedAgain(t *testing.T) {
	d := lost(t, 3)
	set(t, d, faults.Fault{Kind: faults.ServerError, Service: "sqs", Operation: "SendMessageBatch"})
	d.Clock.Turn(2*time.Minute + time.Second)
	d.Schedule("timer")
	if errs := d.Errors(); len(errs) != 1 || waiting(t, d) != 0 {
		t.Errorf("errors %v, %d on the lane", errs, waiting(t, d))
	}
	set(t, d)
	d.Schedule("timer")
	if n := waiting(t, d); n != 3 {
		t.Errorf("on the lane lie %d, want 3", n)
	}
}

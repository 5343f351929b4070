package relay_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"

	"pronto/infra/local/desktest"
	"pronto/infra/local/faults"
)

// decided is a desk with n turns that no relay has read, and their records. Lanes fail at once when they fail.
func decided(t *testing.T, n int) (*desktest.Desk, []events.DynamoDBEventRecord) {
	t.Helper()
	d := desktest.New(t, desktest.Options{Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Change: func(c *aws.Config) {
		c.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	}})
	strike(t, d, faults.Fault{Kind: faults.CrashBefore, Service: "lambda", Operation: "relay"})
	for i := range n {
		from := fmt.Sprintf("p%d@d%d.example", i, i)
		d.SendMail(from, fmt.Sprintf("From: %s\nTo: care@acme.example\nMessage-ID: <%d@d.example>\n\nWhere do I find booking %d?\n", from, i, i), "care@acme.example")
	}
	d.Settle()
	strike(t, d)
	all, err := d.AWS.Stream("pronto").Read(0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var turns []events.DynamoDBEventRecord
	for _, raw := range all {
		var r events.DynamoDBEventRecord
		if err := json.Unmarshal(raw.JSON, &r); err != nil {
			t.Fatal(err)
		}
		if k := r.Change.Keys["SK"]; k.DataType() == events.DataTypeString && k.String()[:1] == "T" {
			turns = append(turns, r)
		}
	}
	if len(turns) != n {
		t.Fatalf("the stream has %d turns, want %d", len(turns), n)
	}
	return d, turns
}

func strike(t *testing.T, d *desktest.Desk, list ...faults.Fault) {
	t.Helper()
	if err := d.AWS.Faults.Set(list...); err != nil {
		t.Fatal(err)
	}
}

// relay hands a batch over and returns the record named as failed, "" for none.
func relay(t *testing.T, d *desktest.Desk, batch []events.DynamoDBEventRecord) string {
	t.Helper()
	payload, err := json.Marshal(events.DynamoDBEvent{Records: batch})
	if err != nil {
		t.Fatal(err)
	}
	out, err := d.AWS.Lambda.Call(t.Context(), d.Functions["relay"], payload)
	if err != nil {
		t.Fatal(err)
	}
	var answer events.DynamoDBEventResponse
	if err := json.Unmarshal(out, &answer); err != nil || len(answer.BatchItemFailures) > 1 {
		t.Fatalf("%s, %v", out, err)
	}
	for _, f := range answer.BatchItemFailures {
		return f.ItemIdentifier
	}
	return ""
}

func waiting(t *testing.T, d *desktest.Desk) int {
	t.Helper()
	s, err := d.AWS.SQS.Stats("email")
	if err != nil {
		t.Fatal(err)
	}
	return s.Visible
}

// The second request of ten keys fails: the first of its records is named, and the stream goes on from there, harmlessly putting again what was put.
func TestTheFirstThatFailedIsNamed(t *testing.T) {
	d, turns := decided(t, 14)
	strike(t, d, faults.Fault{Kind: faults.ServerError, Service: "sqs", Operation: "SendMessageBatch", Skip: 1})
	if got, want := relay(t, d, turns), turns[10].Change.SequenceNumber; got != want {
		t.Errorf("named %s, want %s", got, want)
	}
	if n := waiting(t, d); n != 10 {
		t.Errorf("%d are on the lane, want 10", n)
	}
	strike(t, d)
	for _, half := range [][]events.DynamoDBEventRecord{turns[:7], turns[7:], turns[10:]} { // bisected, and come again
		if got := relay(t, d, half); got != "" {
			t.Errorf("named %s", got)
		}
	}
	d.Turn(10 * time.Minute)
	if s := d.Day("2026-11-23"); len(d.Outbox()) != 14 || !s.Balanced || s.Receipted != 14 {
		t.Errorf("%d left; the sum is %+v", len(d.Outbox()), s)
	}
}

// A record that cannot be read, or is for a lane that is not there, holds up nothing behind it.
func TestABadRecordHoldsUpNothing(t *testing.T) {
	d, turns := decided(t, 3)
	text := events.NewStringAttribute
	turns[0].Change.NewImage = map[string]events.DynamoDBAttributeValue{"PK": text("C#acme-air#c"), "SK": text("T#000001"), "doc": text("garbage")}
	turns[1].Change.NewImage["doc"] = text(`{"effects": [{"id": "000001-0", "lane": "pigeon"}]}`)
	if got := relay(t, d, turns); got != "" || waiting(t, d) != 1 {
		t.Errorf("named %q, %d on the lane; want none and one", got, waiting(t, d))
	}
}

func TestOtherRecordsOrderNothing(t *testing.T) {
	d, turns := decided(t, 2)
	turns[0].EventName = "MODIFY"
	turns[1].Change.Keys["SK"] = events.NewStringAttribute("E#000001-0")
	if got := relay(t, d, turns); got != "" || waiting(t, d) != 0 {
		t.Errorf("named %q, %d on the lane; want nothing", got, waiting(t, d))
	}
	if got := relay(t, d, nil); got != "" {
		t.Errorf("of no records %q is named", got)
	}
}

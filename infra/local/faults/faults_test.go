package faults

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
)

func plan(t *testing.T, fs ...Fault) *Plan {
	t.Helper()
	p := New(7)
	if err := p.Set(fs...); err != nil {
		t.Fatal(err)
	}
	return p
}

func strikes(p *Plan, n int, kind Kind, service, operation string) (hit []int) {
	for i := range n {
		if p.Strike(kind, service, operation) {
			hit = append(hit, i)
		}
	}
	return hit
}

func TestPlanStrikesWhereAndAsOftenAsAsked(t *testing.T) {
	p := plan(t, Fault{Kind: Throttle, Service: "sqs", Operation: "SendMessage", Skip: 2, Times: 3})
	for _, c := range []struct{ service, operation string }{{"sqs", "ReceiveMessage"}, {"sns", "SendMessage"}} {
		if got := strikes(p, 10, Throttle, c.service, c.operation); got != nil {
			t.Errorf("struck %v at %v", c, got)
		}
	}
	if got := strikes(p, 10, Torn, "sqs", "SendMessage"); got != nil {
		t.Errorf("struck as another kind at %v", got)
	}
	if got := strikes(p, 10, Throttle, "SQS", "sendmessage"); !slices.Equal(got, []int{2, 3, 4}) {
		t.Errorf("struck at %v, want 2 3 4", got)
	}
	if got := p.List()[0].Struck; got != 3 {
		t.Errorf("counted %d", got)
	}
}

func TestChancesFollowTheSeed(t *testing.T) {
	run := func(seed uint64) []int {
		p := New(seed)
		if err := p.Set(Fault{Kind: Slow, Chance: 0.3, Delay: 1}); err != nil {
			t.Fatal(err)
		}
		return strikes(p, 1000, Slow, "s3", "GetObject")
	}
	first := run(1)
	if !slices.Equal(first, run(1)) || slices.Equal(first, run(2)) {
		t.Error("the same seed must strike the same calls, another one others")
	}
	if len(first) < 200 || len(first) > 400 {
		t.Errorf("%d of 1000 at chance 0.3", len(first))
	}
	p := New(2)
	p.Seed(1)
	if err := p.Set(Fault{Kind: Slow, Chance: 0.3, Delay: 1}); err != nil || !slices.Equal(first, strikes(p, 1000, Slow, "", "")) {
		t.Errorf("reseeding did not begin anew (%v)", err)
	}
}

func TestSenselessFaultsAreRefused(t *testing.T) {
	p := plan(t, Fault{Kind: Torn})
	for _, f := range []Fault{{Kind: "melt"}, {Kind: Torn, Chance: 1.5}, {Kind: Torn, Times: -1}, {Kind: Slow}} {
		if err := p.Set(f); err == nil {
			t.Errorf("%+v was accepted", f)
		}
	}
	if len(p.List()) != 1 {
		t.Error("a refused list replaced the plan")
	}
	var none *Plan
	if none.Strike(Torn, "sqs", "") || none.List() != nil {
		t.Error("no plan struck")
	}
}

// counter is a transport that counts what leaves, and answers an empty queue list.
type counter struct{ left int }

func (c *counter) Do(r *http.Request) (*http.Response, error) {
	c.left++
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

func TestWalkBreaksTheNthWrite(t *testing.T) {
	for _, persisted := range []bool{false, true} {
		wire := &counter{}
		w := &Walk{FailAt: 2, Persisted: persisted}
		client := sqs.NewFromConfig(aws.Config{Region: "us-east-1", HTTPClient: wire, Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")},
			func(o *sqs.Options) { o.APIOptions = append(o.APIOptions, w.Middleware) })
		purge := func() error {
			_, err := client.PurgeQueue(context.Background(), &sqs.PurgeQueueInput{QueueUrl: aws.String("https://x.example/q")})
			return err
		}
		if _, err := client.ListQueues(context.Background(), nil); err != nil { // a read: not counted
			t.Fatal(err)
		}
		if err := purge(); err != nil {
			t.Fatal(err)
		}
		err := purge()
		var api smithy.APIError
		if !errors.Is(err, ErrInjected) || !errors.As(err, &api) || api.ErrorFault() != smithy.FaultServer {
			t.Errorf("persisted %v: %v", persisted, err)
		}
		want := map[bool]int{false: 2, true: 3}[persisted]
		if wire.left != want || len(w.Writes()) != 2 || w.Writes()[1] != "SQS.PurgeQueue" {
			t.Errorf("persisted %v: %d requests left, want %d; writes %v", persisted, wire.left, want, w.Writes())
		}
		if err := purge(); err != nil {
			t.Errorf("the third write: %v", err)
		}
	}
}

func TestIsWrite(t *testing.T) {
	for op, want := range map[string]bool{"DynamoDB.TransactWriteItems": true, "SQS.SendMessage": true, "DeleteMessage": true, "SESv2.SendEmail": true, "S3.PutObject": true,
		"DynamoDB.GetItem": false, "DynamoDB.TransactGetItems": false, "Query": false, "S3.HeadObject": false, "SQS.ReceiveMessage": false, "ListQueues": false} {
		if IsWrite(op) != want {
			t.Errorf("%s: %v", op, !want)
		}
	}
}

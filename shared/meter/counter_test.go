package meter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/encoding/cbor"
)

// CloudWatch tells its counts in pages, and a count whose last page is not complete is none: it would make messages look cheap. Whatever goes wrong has a code.
func TestWhatCloudWatchSays(t *testing.T) {
	sheet := Sheet{Parts: []Part{{Name: "queues", Meters: []Meter{
		{Namespace: "AWS/SQS", Metric: "NumberOfMessagesSent", Dimensions: Of("QueueName", "intake"), USD: 1}, {Namespace: "AWS/SQS", Metric: "NumberOfMessagesSent", Dimensions: Of("QueueName", "email"), USD: 1},
	}}}}
	page := func(next string, results ...cbor.Value) cbor.Map {
		m := cbor.Map{"MetricDataResults": cbor.List(results)}
		if next != "" {
			m["NextToken"] = cbor.String(next)
		}
		return m
	}
	result := func(id, status string, values ...cbor.Value) cbor.Value {
		return cbor.Map{"Id": cbor.String(id), "StatusCode": cbor.String(status), "Values": cbor.List(values)}
	}
	failure := func(code string) cbor.Map { return cbor.Map{"__type": cbor.String(code), "message": cbor.String("no")} }
	for name, c := range map[string]struct {
		status int
		pages  []cbor.Map
		why    string
	}{
		"in two pages":   {200, []cbor.Map{page("more", result("m0", "PartialData", cbor.Float64(3)), result("m1", "Complete")), page("", result("m0", "Complete", cbor.Float64(4)))}, ""},
		"not to the end": {200, []cbor.Map{page("", result("m0", "PartialData", cbor.Float64(3)), result("m1", "Complete"))}, Incomplete},
		"one forgotten":  {200, []cbor.Map{page("", result("m0", "Complete"))}, Incomplete},
		"one forbidden":  {200, []cbor.Map{page("", result("m0", "Complete"), result("m1", "Forbidden"))}, Incomplete},
		"no right":       {403, []cbor.Map{failure("AccessDenied")}, Refused},
		"too often":      {400, []cbor.Map{failure("Throttling")}, Throttled},
		"down":           {503, []cbor.Map{failure("ServiceUnavailable")}, Away},
	} {
		n := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
			w.Header().Set("Content-Type", "application/cbor")
			w.WriteHeader(c.status)
			_, _ = w.Write(cbor.Encode(c.pages[n]))
			n++
		}))
		counts, err := counter(server.URL).Day(t.Context(), sheet, time.Now())
		server.Close()
		switch {
		case c.why == "" && (err != nil || counts["AWS/SQS NumberOfMessagesSent QueueName=intake"] != 7 || n != len(c.pages)):
			t.Errorf("%s: %v, %v", name, counts, err)
		case c.why != "" && (err == nil || Why(err) != c.why || counts != nil):
			t.Errorf("%s: %v, %v", name, counts, err)
		}
	}
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if _, err := counter("http://127.0.0.1:9").Day(late, sheet, time.Now()); err == nil || Why(err) != TooLate {
		t.Errorf("too late: %v", err)
	}
	for _, err := range []error{io.EOF, fmt.Errorf("ask: %w", errors.New("no such host"))} {
		if Why(err) != Away {
			t.Errorf("%v: %s", err, Why(err))
		}
	}
}

func counter(url string) *Counter {
	return New(aws.Config{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	})
}

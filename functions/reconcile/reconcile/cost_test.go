package reconcile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/functions/reconcile/reconcile"
	"pronto/infra/local/faults"
	"pronto/infra/pronto/cost"
	"pronto/shared/metric"
	"pronto/shared/setup"
)

// told is a line of the ledger that says what a message cost.
type told struct {
	Day      string
	Messages int
	USD      float64
	AMessage float64 `json:"a_message"`
	Parts    map[string]float64
	Why      string
	raw      []byte
}

func costs(t *testing.T, lines []json.RawMessage) (all []told) {
	t.Helper()
	for _, l := range lines {
		if strings.Contains(string(l), `"msg":"cost"`) {
			x := told{raw: l}
			if err := json.Unmarshal(l, &x); err != nil {
				t.Fatal(err)
			}
			all = append(all, x)
		}
	}
	return all
}

// A day with mails, then one with none, one on which CloudWatch may not be asked, and one that ends well again. In the night after each the ledger says what a message cost, by what
// the local AWS itself counted, which comes to what pronto cost expects of a mail.
func TestADaysMessagesHaveTheirCost(t *testing.T) {
	d := open(t) // on Monday at nine
	n := 1
	write := func(mails int) {
		for range mails {
			n++
			from := fmt.Sprintf("ada@home%d.example", n) // of a domain of its own, as pronto cost has it
			d.SendMail(from, fmt.Sprintf("From: Ada Marsh <%s>\nSubject: My suitcase\nMessage-ID: <%d@x.example>\n\nMy suitcase number %d has not come. When will it?\n", from, n, n), "care@acme.example")
			d.Settle()
		}
		d.Clock.Turn(time.Minute) // until SES's events are due
		d.Settle()
	}
	night := func() (lines []told) {
		t.Helper()
		before := len(costs(t, d.Ledger.Lines()))
		now := d.Clock.Now()
		d.Clock.Turn(now.Truncate(24 * time.Hour).Add(25*time.Hour + 10*time.Minute).Sub(now)) // ten past one
		for range 2 {
			d.Schedule("reconcile") // EventBridge may bring an hour twice
		}
		d.Clock.Turn(time.Hour)
		d.Schedule("reconcile")
		if errs := d.Errors(); len(errs) > 0 {
			t.Fatalf("the round fails: %v", errs)
		}
		lines = costs(t, d.Ledger.Lines())[before:]
		if len(lines) != 2 {
			t.Fatalf("in a night %d lines say what messages cost, want one for each run in the second hour", len(lines))
		}
		return lines
	}
	write(15)
	monday := night()
	agrees(t, monday[0], 16)
	one, two := metric.Of(monday[0].raw), metric.Of(monday[1].raw)
	if len(one) != 1 || len(two) != 1 || one[0] != two[0] || one[0].Name != metric.CostAMessage || one[0].Value != monday[0].AMessage || !one[0].At.Equal(time.Date(2026, 11, 23, 23, 59, 0, 0, time.UTC)) {
		t.Errorf("twice is not once: %+v, %+v", one, two)
	}
	if l := night()[0]; l.Day != "2026-11-24" || l.Messages != 0 || l.Why != "no_messages" || metric.Of(l.raw) != nil {
		t.Errorf("a day for nothing: %s", l.raw)
	}
	if asked := d.AWS.Usage()["cloudwatch"]["GetMetricData"]; asked != 2 {
		t.Errorf("CloudWatch was asked %d times for two runs of one day with messages", asked)
	}
	for kind, why := range map[faults.Kind]string{faults.Throttle: "throttled", faults.ServerError: "unavailable", faults.Torn: "unavailable"} {
		write(1)
		day := d.Clock.Now().Format(time.DateOnly)
		if err := d.AWS.Faults.Set(faults.Fault{Kind: kind, Service: "cloudwatch"}); err != nil {
			t.Fatal(err)
		}
		if l := night()[0]; l.Day != day || l.Messages != 1 || l.Why != why || metric.Of(l.raw) != nil {
			t.Errorf("%s: %s", kind, l.raw)
		}
		if err := d.AWS.Faults.Set(); err != nil {
			t.Fatal(err)
		}
	}
	write(1)
	if l := night()[0]; l.Why != "" || l.Messages != 1 || l.AMessage <= 0 {
		t.Errorf("after all: %s", l.raw)
	}
}

// A sheet that is missing, or half of one, takes the cost and nothing else: the days are summed up, and the raw mails compared.
func TestWithoutASheetTheProofGoesOn(t *testing.T) {
	d := open(t)
	half := filepath.Join(t.TempDir(), "meters.json")
	if err := os.WriteFile(half, []byte(`{"parts": [{"name": "queues", "meters": [{"namespace": "AWS/SQS", "metric": "NumberOfMessagesSent", "usd": 1}, {"usd": "dear"}]}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	unnoticed := &s3.PutObjectInput{Bucket: aws.String(d.Setup.Env(setup.Bucket)), Key: aws.String(setup.MailPrefix + "unnoticed"), Body: strings.NewReader("From: ada@home.example\n\nHello?\n")}
	if _, err := d.Setup.S3().PutObject(t.Context(), unnoticed); err != nil {
		t.Fatal(err)
	}
	d.Clock.Turn(16*time.Hour + 10*time.Minute) // ten past one
	for i, file := range []string{half, half + ".not"} {
		s := *d.Setup
		s.Env = func(name string) string {
			if name == setup.Meters {
				return file
			}
			return d.Setup.Env(name)
		}
		before := d.Ledger.Lines()
		h, err := reconcile.New(t.Context(), &s)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if err := h.Handle(t.Context(), events.EventBridgeEvent{}); errors.Is(err, reconcile.ErrLost) != (i == 0) {
			t.Errorf("%s: the comparison says %v", file, err)
		}
		lines := d.Ledger.Lines()[len(before):]
		if l := costs(t, lines); len(l) != 1 || l[0].Why != "no_sheet" || l[0].Day != "2026-11-23" || l[0].Messages < 1 {
			t.Errorf("%s: %s", file, lines)
		}
	}
}

// agrees holds a day of mails that opened conversations against the bill of as many, dollars a million. Two parts are not held: how long functions take and how much they log is
// assumed in the bill and real here. And the table's reading is not all there: what it reads at rest is taken off, and here nothing has run by the clock.
func agrees(t *testing.T, l told, mails int) {
	t.Helper()
	const million = 1_000_000
	want := map[string]float64{}
	for _, i := range cost.Bill(cost.Volumes{Mails: million}, cost.Usual) {
		if i.Group == cost.Work {
			want[i.Name] = i.USD()
		}
	}
	near := func(part string, least, most float64) {
		t.Helper()
		if got := l.Parts[part]; got < least*0.98-0.01 || got > most*1.02+0.01 {
			t.Errorf("%s costs %.2f, and the bill has %.2f to %.2f", part, got, least, most)
		}
	}
	near("table", want["table: writing"], want["table: writing"]+want["table: reading"])
	near("topics", want["topics"], want["topics"])
	queues := want["queues: sent by topics and functions"] + want["queues: received and deleted"]
	near("queues", queues-0.2, queues) // of SES's events more come together here
	near("unseen", cost.Unseen(false), cost.Unseen(false))
	near("api", 0, 0)
	if l.Parts["functions"] <= 0 || l.Parts["ledger"] < want["ledger"]/4 || l.Parts["ledger"] > want["ledger"]*4 {
		t.Errorf("functions %.2f, and the ledger %.2f, of which the bill has %.2f", l.Parts["functions"], l.Parts["ledger"], want["ledger"])
	}
	sum := 0.0
	for _, usd := range l.Parts {
		sum += usd
	}
	if l.Day != "2026-11-23" || l.Messages != mails || math.Abs(sum-l.AMessage) > 0.05 || math.Abs(l.USD-l.AMessage*float64(mails)/million) > 1e-6 {
		t.Errorf("%s: the parts come to %.2f", l.raw, sum)
	}
	t.Logf("%s", l.raw)
}

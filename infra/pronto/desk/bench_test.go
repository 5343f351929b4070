package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"pronto/infra/pronto/desk"
	"pronto/infra/wiring"
)

// bench opens a desk that lives as long as the benchmark.
func bench(b *testing.B) *desk.Desk {
	b.Helper()
	d, err := desk.Open(b.Context(), desk.Options{State: b.TempDir(), Policy: rules, SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close() })
	return d
}

// post is one customer's connection; each mail it sends has a sender and a domain of its own.
func post(b *testing.B, c *smtp.Client, n int) {
	b.Helper()
	from := fmt.Sprintf("ada@home%d.example", n)
	raw := fmt.Sprintf("From: Ada Marsh <%s>\r\nTo: care@acme.example\r\nSubject: My suitcase\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-ID: <%d@home.example>\r\n\r\n"+
		"My suitcase number %d arrived broken and nobody answers the phone.\r\nThis is terrible, I want somebody to call me back today.\r\n", from, n, n)
	if err := c.SendMail(from, []string{"care@acme.example"}, strings.NewReader(raw)); err != nil {
		b.Fatal(err)
	}
}

func dial(b *testing.B, d *desk.Desk) *smtp.Client {
	b.Helper()
	c, err := smtp.Dial(d.SMTP())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close() })
	return c
}

// left waits until the row after seq-1 is in the outbox.
func left(b *testing.B, d *desk.Desk, seq int64) {
	b.Helper()
	for until := time.Now().Add(2 * time.Minute); time.Now().Before(until); time.Sleep(200 * time.Microsecond) {
		rows, err := d.AWS.SES.Outbox(seq-1, 1)
		if err != nil {
			b.Fatal(err)
		}
		if len(rows) == 1 {
			return
		}
	}
	b.Fatalf("receipt %d has not left", seq)
}

// BenchmarkIdle is the time from the answer to the end of DATA until the receipt is in the outbox, one mail at a time.
func BenchmarkIdle(b *testing.B) {
	d := bench(b)
	c := dial(b, d)
	post(b, c, 0)
	left(b, d, 1) // the first warms up
	used := meter(d)
	var took []time.Duration
	n := 0
	for b.Loop() {
		n++
		post(b, c, n)
		accepted := time.Now()
		left(b, d, int64(n+1))
		took = append(took, time.Since(accepted))
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds()*1e3, "p50-ms")
	b.ReportMetric(took[len(took)*95/100].Seconds()*1e3, "p95-ms")
	used.report(b, d, n)
}

// BenchmarkBurst is 2,000 mails at once, from as many senders and domains, until the last receipt has left.
func BenchmarkBurst(b *testing.B) {
	const mails, senders = 2000, 8
	d := bench(b)
	var clients []*smtp.Client
	for range senders {
		clients = append(clients, dial(b, d))
	}
	used := meter(d)
	rounds := 0
	for b.Loop() {
		var all sync.WaitGroup
		for i, c := range clients {
			all.Go(func() {
				for n := i; n < mails; n += senders {
					post(b, c, rounds*mails+n)
				}
			})
		}
		all.Wait()
		rounds++
		left(b, d, int64(rounds*mails))
	}
	b.StopTimer()
	b.ReportMetric(float64(rounds*mails)/b.Elapsed().Seconds(), "mails/s")
	used.report(b, d, rounds*mails)
}

// usage is what the desk has used since it was read.
type usage struct {
	cpu                                 time.Duration
	calls                               int
	read, write, indexRead, indexWrites float64
}

func meter(d *desk.Desk) usage {
	var u usage
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) == nil {
		u.cpu = time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	for _, operations := range d.AWS.Usage() {
		for _, n := range operations {
			u.calls += n
		}
	}
	for _, o := range d.AWS.DynamoDB.Usage() {
		u.read, u.write = u.read+o.TableRead, u.write+o.TableWrite
		u.indexRead, u.indexWrites = u.indexRead+o.IndexRead, u.indexWrites+o.IndexWrite
	}
	return u
}

// report tells what a mail cost in all, the provider's events that come back included. The CPU is of this whole process: functions, local AWS and the sender.
func (u usage) report(b *testing.B, d *desk.Desk, mails int) {
	b.Helper()
	d.AWS.Clock.Turn(20 * time.Second) // so that the events of what left are due
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		s, err := d.AWS.SQS.Stats(wiring.Outcomes)
		if err != nil {
			b.Fatal(err)
		}
		if s.Visible+s.InFlight+s.Delayed == 0 {
			break
		}
	}
	now, per := meter(d), float64(mails)
	b.ReportMetric((now.cpu-u.cpu).Seconds()*1e3/per, "cpu-ms/mail")
	b.ReportMetric(float64(now.calls-u.calls)/per, "calls/mail")
	b.ReportMetric((now.write-u.write)/per, "wcu/mail")
	b.ReportMetric((now.indexWrites-u.indexWrites)/per, "index-wcu/mail")
	b.ReportMetric((now.read-u.read+now.indexRead-u.indexRead)/per, "rcu/mail")
}

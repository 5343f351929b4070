// Package desktest is the whole desk for tests: a fresh local AWS, everything of the wiring in it, and the handlers of the functions, woken by a pump that the
// test works by hand instead of by pollers of its own.
//
//	d := desktest.New(t, desktest.Options{Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)})
//	d.SendMail("ada@home.example", mail, "care@acme.example")
//	d.Settle()
//	receipts := d.Outbox()
//
// Settle moves stream records and messages one batch after the other, in the same order each time, until none is left that is due; Turn moves the clock, and
// runs what a schedule would have run on the way. So a test says exactly what happens and when, and a story plays the same each time.
package desktest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/emersion/go-smtp"

	"pronto/infra/local/clock"
	"pronto/infra/local/ses"
	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/edge"
	"pronto/shared/account"
	"pronto/shared/setup"
)

// Options of New.
type Options struct {
	Policy string            // path of the rule book; that of the repository when empty
	Start  time.Time         // where the clock stands still until it is turned; zero: it runs with real time
	Change func(*aws.Config) // alters the configuration of the functions' clients; the faults of this package work by it
	Dir    string            // of the state; a temporary one when empty
	desk.Outside
}

// Desk is a desk under test. Its methods fail the test when they cannot do their work.
type Desk struct {
	*desk.Assembly
	Clock *clock.Clock
	Inbox string // where SMTP is spoken

	t      testing.TB
	at     map[string]uint64 // by function: the stream's records up to here are handled
	errs   []error
	fault  *Fault
	timers time.Duration // since the last minute's end, for Turn
	ticks  int           // minutes that have gone by, for the hourly schedule
}

// New returns a desk with nothing in it. It is closed when the test ends.
func New(t testing.TB, o Options) *Desk {
	t.Helper()
	d := &Desk{t: t, Clock: clock.New(), at: map[string]uint64{}}
	if !o.Start.IsZero() {
		d.Clock = clock.Stopped(o.Start)
	}
	if o.Policy == "" {
		o.Policy = filepath.Join(root(), "policy.yaml")
	}
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	change := func(c *aws.Config) {
		c.Retryer = hasty
		if o.Change != nil {
			o.Change(c)
		}
	}
	var err error
	if d.Assembly, err = desk.Assemble(t.Context(), o.Dir, o.Policy, d.Clock, nil, change, o.Outside); err != nil {
		t.Fatalf("open the desk: %v", err)
	}
	inbound, err := d.AWS.SES.Listen("127.0.0.1:0", d.Rule)
	if err != nil {
		t.Fatalf("open the desk: %v", err)
	}
	d.Inbox = inbound.Addr()
	t.Cleanup(func() { d.close(inbound) })
	return d
}

// hasty is the functions' own way to try again, without its pauses.
func hasty() aws.Retryer { return retry.AddWithMaxBackoffDelay(setup.Retryer(), time.Millisecond) }

func (d *Desk) close(inbound *ses.Inbound) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := inbound.Close(ctx); err != nil {
		d.t.Errorf("close the desk: %v", err)
	}
	if err := d.Assembly.Close(); err != nil {
		d.t.Errorf("close the desk: %v", err)
	}
	for _, words := range d.Denied() {
		d.t.Error(words)
	}
}

// root is the repository's root directory: where go.mod is, above the package under test.
func root() string {
	dir, err := os.Getwd()
	for ; err == nil && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	panic("desktest: no go.mod above the working directory")
}

// SendMail sends raw, with the envelope's sender from ("" is the null return path), by SMTP. What is refused fails the test.
func (d *Desk) SendMail(from, raw string, to ...string) {
	d.t.Helper()
	c, err := smtp.Dial(d.Inbox)
	if err != nil {
		d.t.Fatalf("send mail: %v", err)
	}
	defer c.Close()
	if err := c.SendMail(from, to, bytes.NewReader(CRLF(raw))); err != nil {
		d.t.Fatalf("send mail: %v", err)
	}
}

// CRLF ends lines as mail wants it.
func CRLF(raw string) []byte {
	lf := bytes.ReplaceAll([]byte(raw), []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n"))
}

// Outbox is everything that has left, oldest first.
func (d *Desk) Outbox() []edge.Piece {
	d.t.Helper()
	var all []edge.Piece
	for after := int64(0); ; {
		rows, err := d.AWS.SES.Outbox(after, edge.MaxRows)
		if err != nil {
			d.t.Fatalf("read the outbox: %v", err)
		}
		for _, r := range rows {
			all, after = append(all, edge.Read(r)), r.Seq
		}
		if len(rows) < edge.MaxRows {
			return all
		}
	}
}

// Day is the sum of a UTC day ("2026-11-22"), asked of the console function over HTTP.
func (d *Desk) Day(day string) account.Day {
	d.t.Helper()
	w := httptest.NewRecorder()
	d.API().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/api/v1/reconciliation?day="+day, nil))
	var sum account.Day
	if err := json.Unmarshal(w.Body.Bytes(), &sum); err != nil || w.Code != http.StatusOK {
		d.t.Fatalf("reconciliation of %s: %d %s", day, w.Code, w.Body)
	}
	return sum
}

// Errors are the failed invocations since the last call.
func (d *Desk) Errors() []error {
	errs := d.errs
	d.errs = nil
	return errs
}

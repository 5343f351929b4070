// Package desk is the whole desk on one machine: the local AWS, everything that package wiring names in it, the handlers of the functions in this process, woken
// by the event sources of the local AWS with the events that they meet in the cloud; mail by SMTP, and one HTTP address.
//
// Invariants:
//   - What runs here is what is deployed: queues, functions and what wakes them come from package wiring, the table from package store.
//   - Opening is idempotent: what exists is left as it is, also the secret, so an address signed before a kill -9 is known after it.
//   - Mail is taken only once everything is up, and /healthz says so only then.
package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"pronto/infra/local/clock"
	"pronto/infra/local/lambda"
	"pronto/infra/local/ses"
	"pronto/infra/pronto/edge"
	"pronto/infra/wiring"
	"pronto/shared/setup"
)

// Options of Open.
type Options struct {
	State  string       // directory; made when absent
	Policy string       // path of the rule book
	SMTP   string       // loopback address for mail, as 127.0.0.1:2525
	HTTP   string       // loopback address for everything else
	Clock  *clock.Clock // nil: real time
	Log    io.Writer    // gets a line for people per turn and effect; nil: none
	Outside
	Faults bool // /dev/faults and /dev/clock answer, and a turned clock stays turned over a restart
}

// Desk is a running desk.
type Desk struct {
	*Assembly
	faults bool
	state  string
	mail   *ses.Inbound
	web    *http.Server
	at     net.Listener // of web
}

// Open starts a desk. When it returns without error, mail is taken.
func Open(ctx context.Context, o Options) (*Desk, error) {
	if o.Clock == nil {
		o.Clock = clock.New()
	}
	if err := errors.Join(loopback(o.HTTP, "PRONTO_HTTP"), loopback(o.SMTP, "PRONTO_SMTP")); err != nil {
		return nil, err
	}
	d := &Desk{faults: o.Faults, state: o.State}
	if o.Faults {
		if err := d.turnBack(o.Clock); err != nil {
			return nil, err
		}
	}
	outside := o.Outside
	outside.ConsoleURL = cmp.Or(outside.ConsoleURL, "http://"+o.HTTP)
	var err error
	if d.Assembly, err = Assemble(ctx, o.State, o.Policy, o.Clock, o.Log, nil, outside); err != nil {
		return nil, err
	}
	if err := d.start(o); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// start opens the two addresses and lets the functions be woken. The one for HTTP comes first: it tells whoever waits that the rest is on its way.
func (d *Desk) start(o Options) (err error) {
	if d.at, err = occupy(o.HTTP, "PRONTO_HTTP"); err != nil {
		return err
	}
	face := edge.New()
	d.web = &http.Server{Handler: face, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	go func() { _ = d.web.Serve(d.at) }()
	if _, port, _ := net.SplitHostPort(o.HTTP); o.ConsoleURL == "" && port == "0" {
		consoleAt(d.env, d.URL()) // the port is only known now
		d.env[setup.ReceiveURL] = cmp.Or(o.ReceiveURL, d.URL())
	}
	if err := d.Deploy(context.Background()); err != nil {
		return err
	}
	if err := letUpload(context.Background(), d.Setup.AWS, d.env[setup.ConsoleURL]); err != nil {
		return err
	}
	if err := d.wake(); err != nil {
		return err
	}
	if d.mail, err = d.listenSMTP(o.SMTP); err != nil {
		return err
	}
	face.Up(d.face())
	return nil
}

// face is what the edge shows of the desk.
func (d *Desk) face() edge.Desk {
	shown := edge.Desk{
		SMTP: d.SMTP(), API: d.API(), Hooks: d.Hooks(), Slack: d.sink.Slack,
		Outbox: d.AWS.SES.Outbox, Ledger: d.Ledger.Lines, Trace: d.Trace, Silenced: d.Silenced,
		Issuer: d.Setup.Env(setup.OIDCIssuer), Console: d.Setup.Env(setup.ConsoleURL), Now: d.Setup.Now,
	}
	for _, a := range d.Policy.Agents {
		shown.Agents = append(shown.Agents, edge.Agent{ID: a.ID, Name: a.Name, Role: string(a.Role)})
	}
	for _, b := range d.Policy.Brands {
		shown.Brands = append(shown.Brands, edge.Brand{ID: b.ID, Name: b.Name, Address: b.Addresses[0], Zone: b.Zone.String()})
	}
	if d.faults {
		shown.Faults, shown.Turn = d.AWS.Faults, d.turn
	}
	return shown
}

// wake connects each function with its event sources.
func (d *Desk) wake() error {
	for _, f := range wiring.Functions() {
		for _, s := range f.Sources {
			if err := d.connect(f.Name, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// atOnce is how many invocations run beside each other here. In the cloud each has a machine of its own; on this one they share the processors, so what is
// not urgent leaves them to what is.
func atOnce(s wiring.Source) int {
	if s.First {
		return s.Queue.Concurrency
	}
	return min(s.Queue.Concurrency, 2*runtime.NumCPU())
}

// shortest is how long batches are gathered at most on one machine: somebody looks on, and nothing is paid for.
const shortest = 5 * time.Second

func (d *Desk) connect(name string, s wiring.Source) error {
	f, failed := d.Functions[name], d.Failed(name)
	switch {
	case s.Queue != nil:
		return d.AWS.Lambda.Queue(f, lambda.QueueMapping{
			Queue: s.Queue.Name, BatchSize: s.Queue.Batch, Window: min(s.Queue.Window, shortest), MaxConcurrency: atOnce(s),
			ReportBatchItemFailures: true, First: s.First, OnError: failed,
		})
	case s.Stream != nil:
		return d.AWS.Lambda.Stream(f, lambda.StreamMapping{
			Stream: d.AWS.Stream(wiring.Table), BatchSize: s.Stream.Batch, Filters: []string{s.Stream.Filter}, MaxRetries: -1, Bisect: true,
			ReportBatchItemFailures: true, First: s.First, OnError: failed,
		})
	case s.Every > 0:
		return d.AWS.Lambda.Every(f, name, s.Every, failed)
	case len(s.HTTP) > 0:
		return nil // the edge calls it
	}
	return fmt.Errorf("the wiring gives function %s a source that wakes nothing", name)
}

// SMTP is where mail is taken, as host:port.
func (d *Desk) SMTP() string { return d.mail.Addr() }

// URL is the HTTP address.
func (d *Desk) URL() string { return "http://" + d.at.Addr().String() }

// Close takes no more mail and requests, lets running functions finish for a few seconds, and lets the state go. What is not done then is in the queues.
func (d *Desk) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	var errs []error
	if d.mail != nil {
		errs = append(errs, d.mail.Close(ctx))
	}
	if d.web != nil {
		if d.web.Shutdown(ctx) != nil {
			errs = append(errs, d.web.Close())
		}
	}
	return errors.Join(append(errs, d.Assembly.Close())...)
}

// occupy listens at an address.
func occupy(addr, variable string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, taken(err, addr, variable)
	}
	return l, nil
}

func (d *Desk) listenSMTP(addr string) (*ses.Inbound, error) {
	in, err := d.AWS.SES.Listen(addr, d.Rule)
	if err != nil {
		return nil, taken(err, addr, "PRONTO_SMTP")
	}
	return in, nil
}

// loopback refuses what others could reach: a desk on a laptop has no log-in and no encryption.
func loopback(addr, variable string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%s: %q is no address: write it as 127.0.0.1:PORT", variable, addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && !ip.IsLoopback() {
		return fmt.Errorf("%s: %s could be reached from other machines: use a loopback address, as 127.0.0.1:PORT", variable, addr)
	}
	return nil
}

// taken says what to do about an address that cannot be had.
func taken(err error, addr, variable string) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is taken by another program: stop it, or set %s to another address", addr, variable)
	}
	return fmt.Errorf("%s: %w", variable, err)
}

// turned is the file that remembers by how much the clock was turned: what lies in the queues is due by it.
func turned(state string) string { return filepath.Join(state, "turned") }

func (d *Desk) turn(by time.Duration) (time.Time, error) {
	before, err := readTurned(d.state)
	if err != nil {
		return time.Time{}, err
	}
	if err := os.WriteFile(turned(d.state), []byte((before+by).String()+"\n"), 0o600); err != nil {
		return time.Time{}, fmt.Errorf("remember the turned clock: %w", err)
	}
	d.AWS.Clock.Turn(by)
	return d.AWS.Clock.Now(), nil
}

// turnBack turns a new clock to where the last one stood.
func (d *Desk) turnBack(c *clock.Clock) error {
	by, err := readTurned(d.state)
	c.Turn(by)
	return err
}

func readTurned(state string) (time.Duration, error) {
	b, err := os.ReadFile(turned(state))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read by how much the clock is turned: %w", err)
	}
	by, err := time.ParseDuration(strings.TrimSpace(string(b)))
	if err != nil {
		return 0, fmt.Errorf("%s: %w: remove it to go back to real time", turned(state), err)
	}
	return by, nil
}

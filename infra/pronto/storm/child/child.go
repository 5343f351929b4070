// Package child runs a desk as a process of its own, as it would be run by a person: by its command line, with its own state and ports; and kills it.
//
// What it asks of the desk it asks by SMTP and HTTP. Times are the desk's: real time, and by how much its clock was turned.
package child

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Desk is one desk with its state; its process comes and goes.
type Desk struct {
	Dir  string // state, rule book and log lie here
	SMTP string // host:port
	URL  string // of HTTP, without a slash at its end

	bin    string
	http   *http.Client
	mu     sync.Mutex // guards what follows
	cmd    *exec.Cmd
	ended  chan struct{} // closed when cmd has
	turned time.Duration
	used   time.Duration // CPU of processes that have ended
}

// Up is how long a start may take.
const Up = time.Minute

// New prepares a desk that runs the program bin ("bin run") by a rule book in an empty directory. Its ports are free ones.
func New(bin, dir string, rules []byte) (*Desk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the desk's directory: %w", err)
	}
	d := &Desk{Dir: dir, bin: bin, http: &http.Client{Timeout: Up}}
	if err := os.WriteFile(d.rules(), rules, 0o600); err != nil {
		return nil, fmt.Errorf("write the rule book: %w", err)
	}
	var ports [2]string
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close() // both open until both are known
		ports[i] = l.Addr().String()
	}
	d.SMTP, d.URL = ports[0], "http://"+ports[1]
	return d, nil
}

func (d *Desk) rules() string { return filepath.Join(d.Dir, "policy.yaml") }

// Log is the file that holds what the processes wrote.
func (d *Desk) Log() string { return filepath.Join(d.Dir, "desk.log") }

// Start starts the process and returns once it is up. While a desk is down another program may be given one of its ports, for a connection that soon ends: then it is
// tried again for a while.
func (d *Desk) Start(ctx context.Context) error {
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		err := d.start(ctx)
		if err == nil || ctx.Err() != nil || time.Since(began) > Up || !strings.HasSuffix(strings.TrimSpace(d.lastWords()), "to another address") {
			return err
		}
		if err := d.Kill(); err != nil {
			return err
		}
	}
}

func (d *Desk) start(ctx context.Context) error {
	log, err := os.OpenFile(d.Log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the desk's log: %w", err)
	}
	defer log.Close() // the process has its own
	cmd := exec.Command(d.bin, "run")
	cmd.Env = append(os.Environ(), "PRONTO_SMTP="+d.SMTP, "PRONTO_HTTP="+d.URL[len("http://"):], "PRONTO_STATE="+filepath.Join(d.Dir, "state"),
		"PRONTO_POLICY="+d.rules(), "PRONTO_FAULTS=1", "PRONTO_HOOK_SECRET="+secret, "PRONTO_HOOK_URL=")
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = dieWithUs()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the desk: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is in ProcessState
		close(ended)
	}()
	d.mu.Lock()
	d.cmd, d.ended = cmd, ended
	d.mu.Unlock()
	return d.up(ctx, ended)
}

func (d *Desk) up(ctx context.Context, ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, Up)
	defer cancel()
	for {
		if d.call(ctx, http.MethodGet, "/healthz", nil, nil) == nil {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("the desk ended while it started; its last words: %s", d.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("the desk is not up after %s: %w; its last words: %s", Up, ctx.Err(), d.lastWords())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (d *Desk) lastWords() string {
	b, err := os.ReadFile(d.Log())
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-2000):])
}

// Kill ends the process as kill -9 does.
func (d *Desk) Kill() error { return d.end(syscall.SIGKILL) }

// Stop lets the process end by itself.
func (d *Desk) Stop() error { return d.end(syscall.SIGTERM) }

func (d *Desk) end(by syscall.Signal) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cmd == nil {
		return nil
	}
	if err := d.cmd.Process.Signal(by); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end the desk: %w", err)
	}
	<-d.ended
	d.used += d.cmd.ProcessState.UserTime() + d.cmd.ProcessState.SystemTime()
	d.cmd = nil
	d.http.CloseIdleConnections()
	return nil
}

// Used is the CPU time, user and system, of all processes that have ended.
func (d *Desk) Used() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used
}

// PID is the running process's id, 0 when there is none.
func (d *Desk) PID() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cmd == nil {
		return 0
	}
	return d.cmd.Process.Pid
}

// Now is the desk's time, UTC.
func (d *Desk) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Now().Add(d.turned).UTC()
}

// Turn moves the desk's clock forward.
func (d *Desk) Turn(ctx context.Context, by time.Duration) error {
	if err := d.call(ctx, http.MethodPost, "/dev/clock", map[string]string{"turn": by.String()}, nil); err != nil {
		return err
	}
	d.mu.Lock()
	d.turned += by
	d.mu.Unlock()
	return nil
}

// Fault is one thing that goes wrong in the local AWS; see its package faults.
type Fault struct {
	Kind      string  `json:"kind"`
	Service   string  `json:"service,omitempty"`
	Operation string  `json:"operation,omitempty"`
	Chance    float64 `json:"chance,omitempty"`
}

// Break replaces what goes wrong, from a seed; nothing does when there is no fault.
func (d *Desk) Break(ctx context.Context, seed uint64, faults ...Fault) error {
	if faults == nil {
		faults = []Fault{}
	}
	return d.call(ctx, http.MethodPost, fmt.Sprintf("/dev/faults?seed=%d", seed), faults, nil)
}

// Outbox is /dev/outbox.json from what follows the sequence number after.
func (d *Desk) Outbox(ctx context.Context, after int) ([]byte, error) {
	var b json.RawMessage
	err := d.call(ctx, http.MethodGet, fmt.Sprintf("/dev/outbox.json?after=%d", after), nil, &b)
	return b, err
}

// Ledger reads the log since the desk was started into what JSON can be read into.
func (d *Desk) Ledger(ctx context.Context, into any) error {
	return d.call(ctx, http.MethodGet, "/dev/ledger.json", nil, into)
}

// Sum reads the desk's own sum of a UTC day (2026-11-22) into what JSON can be read into.
func (d *Desk) Sum(ctx context.Context, day string, into any) error {
	return d.call(ctx, http.MethodGet, "/api/v1/reconciliation?day="+day, nil, into)
}

// lead is the agent of the rule book who turns the silence switch.
const lead = "ana"

// Silence turns the silence switch of the only brand.
func (d *Desk) Silence(ctx context.Context, on bool) error {
	return d.call(ctx, http.MethodPut, "/api/v1/silence", map[string]any{"on": on, "why": "a storm"}, nil)
}

// Take presses the button behind a page's link, as the agent does who was called.
func (d *Desk) Take(ctx context.Context, token string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL+"/page/"+token, http.NoBody)
	if err != nil {
		return fmt.Errorf("answer a page: %w", err)
	}
	answer, err := d.http.Do(r)
	if err != nil {
		return fmt.Errorf("answer a page: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("answer a page: %s", answer.Status)
	}
	return nil
}

// Read reads a conversation, as the lead sees it, into what JSON can be read into.
func (d *Desk) Read(ctx context.Context, conversation string, into any) error {
	return d.call(ctx, http.MethodGet, "/api/v1/conversations/"+conversation, nil, into)
}

// Do has the lead do something to a conversation, under a key by which it is done once; what stands there then is read into what JSON can be read into, nil for nothing.
func (d *Desk) Do(ctx context.Context, conversation, doing, key string, body, into any) error {
	return d.ask(ctx, http.MethodPost, "/api/v1/conversations/"+conversation+"/"+doing, key, body, into)
}

// Answer is what the desk said in place of 200.
type Answer struct {
	Path, Body string
	Code       int
}

func (a *Answer) Error() string {
	return fmt.Sprintf("ask %s: %d %s: %.300s", a.Path, a.Code, http.StatusText(a.Code), a.Body)
}

// call asks the desk; in and out may be nil.
func (d *Desk) call(ctx context.Context, method, path string, in, out any) error {
	return d.ask(ctx, method, path, "", in, out)
}

// ask is call under a key.
func (d *Desk) ask(ctx context.Context, method, path, key string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode what is sent to %s: %w", path, err)
	}
	r, err := http.NewRequestWithContext(ctx, method, d.URL+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer dev:"+lead)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	answer, err := d.http.Do(r)
	if err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, 256<<20))
	switch {
	case err != nil:
		return fmt.Errorf("ask %s: %w", path, err)
	case answer.StatusCode != http.StatusOK:
		return &Answer{Path: path, Code: answer.StatusCode, Body: string(b)}
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, err)
	}
	return nil
}

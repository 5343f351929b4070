// Package ledger keeps the desk's log while it runs on one machine: the newest lines as they were written, for machines, and a short line of words each, for
// the person who looks at the terminal.
//
// It adds nothing to what the functions log, so the house's rule holds here, too: codes and ids, no addresses, no customer's words.
package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"sync"
	"time"

	"pronto/shared/setup"
)

// Kept is how many lines are remembered; older ones are forgotten.
const Kept = 10_000

// Ledger is the log of one desk. Its methods may be called from any goroutine.
type Ledger struct {
	now func() time.Time

	mu    sync.Mutex
	lines [][]byte // a ring once it is full; next is its oldest line then
	next  int
	words io.Writer
}

// New returns an empty ledger whose lines bear the time that now tells (UTC). words gets a line for people for each; nil for none.
func New(now func() time.Time, words io.Writer) *Ledger {
	if words == nil {
		words = io.Discard
	}
	return &Ledger{now: now, words: words}
}

// Log is the log to be given to the functions. Whoever else wants its lines, as they are, gets each in one write.
func (l *Ledger) Log(also ...io.Writer) *slog.Logger {
	return slog.New(&handler{ledger: l, json: setup.NewLog(io.MultiWriter(append([]io.Writer{keeper{l}}, also...)...)).Handler()})
}

// Lines are the lines kept, oldest first, each a JSON object.
func (l *Ledger) Lines() []json.RawMessage {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]json.RawMessage, 0, len(l.lines))
	for i := range l.lines {
		out = append(out, l.lines[(l.next+i)%len(l.lines)])
	}
	return out
}

// keeper takes what the JSON handler writes: one line a call.
type keeper struct{ *Ledger }

func (k keeper) Write(line []byte) (int, error) {
	kept := bytes.Clone(bytes.TrimRight(line, "\n"))
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.lines) < Kept {
		k.lines = append(k.lines, kept)
		return len(line), nil
	}
	k.lines[k.next] = kept
	k.next = (k.next + 1) % Kept
	return len(line), nil
}

// handler writes each record twice: as JSON into the ring and in words. Its time is the desk's, which a story may have turned.
type handler struct {
	ledger *Ledger
	json   slog.Handler
}

func (h *handler) Enabled(context.Context, slog.Level) bool { return true }

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	r.Time = h.ledger.now()
	if line := words(r); line != "" {
		h.ledger.mu.Lock()
		_, _ = io.WriteString(h.ledger.words, line+"\n")
		h.ledger.mu.Unlock()
	}
	return h.json.Handle(ctx, r)
}

func (h *handler) WithAttrs(a []slog.Attr) slog.Handler {
	return &handler{ledger: h.ledger, json: h.json.WithAttrs(a)}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{ledger: h.ledger, json: h.json.WithGroup(name)}
}

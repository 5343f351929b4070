package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"pronto/infra/pronto/edge"
	"pronto/shared/desk"
)

// ErrUnreachable says that no desk answers.
var ErrUnreachable = errors.New("no desk answers")

// errLate says that something did not happen in time.
var errLate = errors.New("not in time")

// client reads the desk's HTTP address.
type client struct{ base string }

// maxAnswer bounds what is read of one answer.
const maxAnswer = 256 << 20

// get reads JSON; status is 0 when nobody answers.
func (c *client) get(ctx context.Context, path string, into any) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", c.base, err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, fmt.Errorf("%w at %s", ErrUnreachable, c.base)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(into); err != nil {
		return res.StatusCode, fmt.Errorf("%w at %s: something else does", ErrUnreachable, c.base)
	}
	return res.StatusCode, nil
}

// health waits a few seconds for a desk that is starting.
func (c *client) health(ctx context.Context) (edge.Health, error) {
	h, err := await(ctx, 5*time.Second, func() (h edge.Health, up bool, err error) {
		status, err := c.get(ctx, "/healthz", &h)
		return h, status == http.StatusOK && len(h.Brands) > 0, err
	})
	if errors.Is(err, errLate) {
		return h, fmt.Errorf("%w at %s: it has been starting for five seconds", ErrUnreachable, c.base)
	}
	return h, err
}

// line is a line of the ledger, as far as the demo tells it.
type line struct {
	Msg, Language, Mood, Priority, Assignee, Suppressed string
}

// turn finds the turn that took the mail with this Message-ID.
func (c *client) turn(ctx context.Context, id string) (line, bool, error) {
	var lines []line
	if _, err := c.get(ctx, "/dev/ledger.json?mail="+url.QueryEscape(id), &lines); err != nil {
		return line{}, false, err
	}
	for _, l := range lines {
		if l.Msg == "turn" {
			return l, true, nil
		}
	}
	return line{}, false, nil
}

// receipt finds the receipt that answers the mail with this Message-ID, behind a sequence number of the outbox.
func (c *client) receipt(ctx context.Context, after int64, id string) (edge.Piece, bool, error) {
	for {
		var pieces []edge.Piece
		if _, err := c.get(ctx, fmt.Sprintf("/dev/outbox.json?after=%d", after), &pieces); err != nil {
			return edge.Piece{}, false, err
		}
		for _, p := range pieces {
			if p.Headers["In-Reply-To"] == "<"+id+">" {
				return p, true, nil
			}
			after = p.Seq
		}
		if len(pieces) < edge.MaxRows {
			return edge.Piece{}, false, nil
		}
	}
}

// words tells a turn to the reader of the terminal.
func (l line) words() string {
	language := l.Language
	if language == "" {
		language = "language unknown"
	}
	s := fmt.Sprintf("turn: %s, %s, priority %s, assigned to %s", language, l.Mood, l.Priority, l.Assignee)
	if l.Suppressed == "" {
		return s
	}
	return s + "; no receipt: " + desk.Silence(l.Suppressed).Words()
}

// await asks until it is answered or patience ends.
func await[T any](ctx context.Context, patience time.Duration, ask func() (T, bool, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for pause := 5 * time.Millisecond; ; pause = min(pause*2, 200*time.Millisecond) {
		v, ok, err := ask()
		if ok || err != nil {
			return v, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return v, errLate
			}
			return v, ctx.Err()
		}
	}
}

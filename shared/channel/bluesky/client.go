package bluesky

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"pronto/shared/channel"
	"pronto/shared/channel/network"
)

// maxAnswer caps an answer: a page of a hundred notifications has some hundred kilobytes.
const maxAnswer = 2 << 20

// client makes an account's calls.
type client struct {
	server, handle, password string
	keep                     network.Session
	http                     *network.Client
	now                      func() time.Time

	mu    sync.Mutex
	blob  []byte // the session as it was kept
	known session
	wait  time.Time // until when the server's limit asks for patience; zero: it does not
}

// call is one of XRPC's: a query has parameters, a procedure a body.
type call struct {
	name  string     // com.atproto.repo.putRecord
	query url.Values // of a query
	body  any        // of a procedure; nil: a query
	token string     // of its bearer; "": nobody
}

// fault is an answer that is no success, by the name that XRPC gives it. The server's words are left out.
type fault struct {
	status int
	name   string
	cause  error // as every network has it
}

func (f *fault) Error() string { return fmt.Sprintf("bluesky answered %d", f.status) }
func (f *fault) Unwrap() error { return f.cause }

// named tells whether err is a fault of one of these names.
func named(err error, names ...string) bool {
	var f *fault
	if !errors.As(err, &f) {
		return false
	}
	for _, n := range names {
		if f.name == n {
			return true
		}
	}
	return false
}

// status is that of a fault; 0 when err is none.
func status(err error) int {
	var f *fault
	if errors.As(err, &f) {
		return f.status
	}
	return 0
}

// ask makes a call without a session, and reads its answer into out.
func (c *client) ask(ctx context.Context, k call, out any) error {
	r, err := c.request(k)
	if err != nil {
		return channel.Unsent(err)
	}
	a, err := c.http.Do(ctx, r, maxAnswer)
	if err != nil {
		return err
	}
	c.heed(a.Header)
	if err := refusal(a, c.now()); err != nil {
		return err
	}
	if out != nil && json.Unmarshal(a.Body, out) != nil {
		return network.ErrGarbled
	}
	return nil
}

func (c *client) request(k call) (*http.Request, error) {
	at, method, body := c.server+"/xrpc/"+k.name, http.MethodGet, io.Reader(nil)
	if k.body != nil {
		b, err := json.Marshal(k.body)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", k.name, err)
		}
		method, body = http.MethodPost, bytes.NewReader(b)
	} else if len(k.query) > 0 {
		at += "?" + k.query.Encode()
	}
	r, err := http.NewRequest(method, at, body)
	if err != nil {
		return nil, errors.New("bluesky: the server's address cannot be read")
	}
	switch k.body.(type) {
	case nil, empty:
	default:
		r.Header.Set("Content-Type", "application/json")
	}
	if k.token != "" {
		r.Header.Set("Authorization", "Bearer "+k.token)
	}
	return r, nil
}

// refusal is what a status that is no success means.
func refusal(a network.Answer, now time.Time) error {
	cause := network.Refusal(a, now)
	if cause == nil {
		return nil
	}
	var said struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(a.Body, &said) // a proxy's page has none
	return &fault{a.Status, said.Error, cause}
}

// reserve is how many calls of the server's limit are left for what is sent: with fewer, polling pauses.
const reserve = 20

// heed remembers what the server says of its limit.
func (c *client) heed(h http.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wait = time.Time{}
	if left, err := strconv.Atoi(h.Get("RateLimit-Remaining")); err == nil && left < reserve {
		c.wait = network.Reset(h, c.now())
	}
}

func (c *client) patience() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wait
}

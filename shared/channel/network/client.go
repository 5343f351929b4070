package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"pronto/shared/channel"
	"pronto/shared/channel/webhook"
)

// UserAgent names the product: some servers refuse a client without a name.
const UserAgent = "Pronto/1 (customer service desk)"

// MaxAnswer caps an answer in bytes; a request may ask for less.
const MaxAnswer = 4 << 20

// Client calls networks' servers, whose addresses somebody configured and that may be wrong or wicked: https on public addresses only, no redirect followed, no
// proxy, the whole answer within a time and a size. It opens a connection for each call: one that was kept may be torn while a Lambda sleeps.
type Client struct {
	out     *webhook.Client
	timeout time.Duration
}

// NewClient returns a client; allow are exact host:port that may be reached whatever their address is, and by http: what runs on this machine.
func NewClient(allow ...string) (*Client, error) {
	out, err := webhook.NewClient(webhook.Options{Allow: allow})
	if err != nil {
		return nil, err
	}
	return &Client{out: out, timeout: 8 * time.Second}, nil
}

// Answer is what a server said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends a request and reads its answer whole, up to most bytes (0: MaxAnswer). Whatever the status is, it is an Answer; 3xx is not followed. The error is
// channel.Unsent when nothing can have reached the server. One that is neither may have been taken: no answer in time, a torn or oversized one (ErrGarbled).
func (c *Client) Do(ctx context.Context, r *http.Request, most int64) (Answer, error) {
	if err := c.out.Check(r.URL.String()); err != nil {
		return Answer{}, channel.Unsent(errors.Join(errors.New("no address of a server"), err))
	}
	if most <= 0 || most > MaxAnswer {
		most = MaxAnswer
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	r = r.Clone(ctx)
	r.Header.Set("User-Agent", UserAgent)
	resp, err := c.out.RoundTrip(r)
	if err != nil {
		if !connected.Load() {
			return Answer{}, channel.Unsent(fmt.Errorf("no connection: %w", err))
		}
		return Answer{}, fmt.Errorf("no answer: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	switch {
	case err != nil:
		return Answer{}, fmt.Errorf("no whole answer: %w", err)
	case int64(len(body)) > most:
		return Answer{}, ErrGarbled
	}
	return Answer{resp.StatusCode, resp.Header, body}, nil
}

package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"pronto/shared/channel"
)

// Options of a Client. The zero Options are right in the cloud.
type Options struct {
	Allow   []string      // exact host:port that may be reached whatever its address is, and by http too: what runs on this machine
	Ports   []uint16      // of all others; nil: 443 and 8443
	Timeout time.Duration // of one delivery, the answer included; 0: 8 s, which leaves deliver time to record the outcome
}

// Caps of an answer.
const (
	maxAnswer  = 64 << 10
	maxHeaders = 32 << 10
)

// userAgent names the product: some servers refuse a client without a name.
const userAgent = "Pronto-Webhook/1"

// Client posts webhooks to URLs that somebody configured and that may be wrong or wicked. It follows no redirect, uses no proxy and connects to public
// addresses only. It opens a connection for each delivery: one that was kept may be torn while a Lambda sleeps, and then nobody knows what arrived.
type Client struct {
	transport *http.Transport // and no http.Client: a transport alone cannot follow a redirect
	dialer    *net.Dialer
	allow     []string
	ports     []uint16
	timeout   time.Duration
}

// NewClient returns a client, or an error that names the entry of Allow which is no host:port.
func NewClient(o Options) (*Client, error) {
	c := &Client{ports: o.Ports, timeout: o.Timeout}
	if c.ports == nil {
		c.ports = []uint16{443, 8443}
	}
	if c.timeout == 0 {
		c.timeout = 8 * time.Second
	}
	for _, a := range o.Allow {
		if host, port, err := net.SplitHostPort(a); err != nil || host == "" || port == "" {
			return nil, fmt.Errorf("webhook client: %q is no host:port: write it as 127.0.0.1:9000", a)
		}
		c.allow = append(c.allow, strings.ToLower(a))
	}
	c.dialer = &net.Dialer{Timeout: c.timeout, Control: guard(c.ports)}
	c.transport = &http.Transport{
		Proxy: nil, DialContext: c.dial, DisableKeepAlives: true, DisableCompression: true,
		MaxResponseHeaderBytes: maxHeaders, TLSHandshakeTimeout: c.timeout, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	return c, nil
}

// dial connects to what was allowed by name, and otherwise only to where the guard lets it.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := *c.dialer
	if slices.Contains(c.allow, strings.ToLower(address)) {
		d.Control = nil
	}
	return d.DialContext(ctx, network, address)
}

// Check tells whether a URL could be posted to at all: https on a port that is open to us, no user and password in it; http only for what is allowed by name.
// What its host leads to is seen at each delivery.
func (c *Client) Check(rawURL string) error {
	u, err := url.Parse(rawURL)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return errors.New("webhook URL: it cannot be read: write it whole, as in https://hooks.acme.example/pronto")
	case u.User != nil:
		return errors.New("webhook URL: it has a user or password: leave them out, deliveries are signed")
	case u.Scheme != "https" && u.Scheme != "http":
		return errors.New("webhook URL: it is not https")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	if slices.Contains(c.allow, strings.ToLower(net.JoinHostPort(u.Hostname(), port))) {
		return nil
	}
	if u.Scheme != "https" {
		return errors.New("webhook URL: it is not https, and its host and port are not among those allowed")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return errors.New("webhook URL: its port is no number up to 65535")
	}
	return onPort(uint16(n), c.ports)
}

// RoundTrip sends any request and follows no redirect, as an http.RoundTripper does: to public addresses, and to what was allowed by name. Who calls it checks the
// URL first, and bounds time and answer.
func (c *Client) RoundTrip(r *http.Request) (*http.Response, error) { return c.transport.RoundTrip(r) }

// Answer is what the other side said.
type Answer struct {
	Status int
	Body   []byte // its first 64 KB; less where the connection broke after the status
	Header http.Header
}

// StatusError is an answer that is no success.
type StatusError struct{ Status int }

func (e *StatusError) Error() string { return fmt.Sprintf("webhook: answered %d", e.Status) }

// Post delivers body, which must be signed already where the other side wants that. Its error is, as channel.Sender defines:
//   - Unsent when nothing reached a server that would take it: URL or address refused, no connection, or an answer of 3xx, 408, 425 or 429
//   - Permanent for any other 4xx
//   - neither when it may have been taken: 5xx, no answer in time, a torn connection
func (c *Client) Post(ctx context.Context, rawURL string, header http.Header, body []byte) (Answer, error) {
	header = header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", "application/json")
	a, err := c.Exchange(ctx, rawURL, header, body)
	if err != nil {
		return Answer{}, err
	}
	return a, refusal(a.Status)
}

// Exchange posts body and gives the answer, whatever it says. Without one its error is as Post's: Unsent when nothing can have arrived.
func (c *Client) Exchange(ctx context.Context, rawURL string, header http.Header, body []byte) (Answer, error) {
	if err := c.Check(rawURL); err != nil {
		return Answer{}, channel.Unsent(err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	// A request is written only after its connection stands, TLS included; before that, nothing of it can have arrived.
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, rawURL, bytes.NewReader(body))
	if err != nil {
		return Answer{}, channel.Unsent(errors.New("webhook URL: it cannot be read"))
	}
	for k, v := range header {
		req.Header[http.CanonicalHeaderKey(k)] = v
	}
	req.Header.Set("User-Agent", userAgent)
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return Answer{}, unanswered(err, connected.Load())
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // the status is the answer: what breaks after it changes nothing
	return Answer{resp.StatusCode, text, resp.Header}, nil
}

// unanswered is the error of a delivery without an answer. A transport's own errors do not name the URL.
func unanswered(err error, connected bool) error {
	if connected {
		return fmt.Errorf("webhook: no answer: %w", err)
	}
	return channel.Unsent(fmt.Errorf("webhook: no connection: %w", err))
}

func refusal(status int) error {
	err := &StatusError{status}
	switch {
	case status/100 == 2:
		return nil
	case status/100 == 3, status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests:
		return channel.Unsent(err)
	case status/100 == 4:
		return channel.Permanent(err)
	}
	return err
}

// Package webpush pushes short messages to browsers: RFC 8030 (how they are handed over), RFC 8291 (how they are sealed, so that the push service reads nothing) and
// RFC 8292 (how the sender proves who he is).
//
// Invariants:
//   - A browser's endpoint is a URL that somebody posted to us: it is https, at a push service that is known or that the rule book names, and what its host leads to is
//     looked at when the connection is made.
//   - A push is one record of one size, whatever it says.
//   - A push may come twice, under one topic: the later takes the place of the earlier.
package webpush

import (
	"context"
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pronto/shared/channel"
	"pronto/shared/channel/webhook"
)

// Subscription is where and how a browser takes pushes, as its page says (PushSubscription.toJSON).
type Subscription struct {
	Endpoint string
	Public   []byte // its P-256 key, uncompressed
	Auth     []byte // 16 bytes that it shares with us
}

// Bounds of a subscription, in characters.
const (
	maxEndpoint = 1024
	maxKey      = 128
)

// Parse reads a subscription. The error names the field and the remedy, and repeats nothing.
func Parse(endpoint, p256dh, auth string) (s Subscription, err error) {
	u, err := url.Parse(endpoint)
	switch {
	case endpoint == "" || len(endpoint) > maxEndpoint:
		return s, fmt.Errorf("endpoint: it has none or more than %d characters: turn pushes on again in this browser", maxEndpoint)
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Fragment != "":
		return s, errors.New("endpoint: it is no https address: turn pushes on again in this browser")
	}
	s.Endpoint = endpoint
	if s.Public, err = base64url(p256dh); err == nil {
		_, err = ecdh.P256().NewPublicKey(s.Public)
	}
	if err != nil {
		return s, errors.New("p256dh: it is no key of a browser's: turn pushes on again in this browser")
	}
	if s.Auth, err = base64url(auth); err != nil || len(s.Auth) != 16 {
		return s, errors.New("auth: it is not 16 bytes in base64url: turn pushes on again in this browser")
	}
	return s, nil
}

func base64url(s string) ([]byte, error) {
	if s == "" || len(s) > maxKey {
		return nil, errors.New("too long")
	}
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
}

// known are the push services of today's browsers: a host, or with a dot before it all below it. Chromium's and Android's, Firefox's, Safari's, Edge's on Windows.
var known = []string{"fcm.googleapis.com", ".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com"}

// Services are the push services that may be spoken to.
type Services struct {
	Hosts []string // besides the known ones, from the rule book: exact host names
	Local []string // host:port of what runs on this machine, and may be reached by http, too
}

// Check tells whether an endpoint is at one of them. Its error says what to do, and repeats nothing.
func (s Services) Check(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil {
		return errors.New("endpoint: it is no https address: turn pushes on again in this browser")
	}
	if slices.Contains(s.Local, strings.ToLower(u.Host)) {
		return nil
	}
	host := strings.ToLower(u.Hostname())
	of := func(k string) bool { return host == k || k[0] == '.' && strings.HasSuffix(host, k) }
	switch {
	case u.Scheme != "https":
		return errors.New("endpoint: it is not https: turn pushes on again in this browser")
	case !slices.ContainsFunc(known, of) && !slices.Contains(s.Hosts, host):
		return errors.New("endpoint: this browser's push service is not known: an admin may add its host to push_services in the rule book")
	}
	return nil
}

// Push is what is pushed.
type Push struct {
	Payload []byte
	Topic   string        // one push of it waits at the service: at most 32 characters of base64url's alphabet
	Life    time.Duration // how long the service keeps it for a browser that is off
}

// maxPayload bounds a payload, so that every push is sealed into one size.
const maxPayload = 2048

// Client pushes.
type Client struct {
	services Services
	posts    *webhook.Client
	key      Key
	contact  string // who the sender is, as an https or mailto address
	now      func() time.Time
}

// patience is what one push may take.
const patience = 3 * time.Second

// New returns a client that proves itself by key and says by contact, an https or mailto address, whom to ask about it.
func New(services Services, key Key, contact string, now func() time.Time) (*Client, error) {
	posts, err := webhook.NewClient(webhook.Options{Allow: services.Local, Timeout: patience})
	if err != nil {
		return nil, err
	}
	return &Client{services: services, posts: posts, key: key, contact: contact, now: now}, nil
}

// ErrGone says that a subscription is no more: nothing will ever come by it.
var ErrGone = errors.New("push: the subscription is gone")

// Later says that a service takes no push before a time.
type Later struct{ Until time.Time }

func (l *Later) Error() string { return "push: the service takes none for now" }

// maxLater is the longest rest that a service may ask for.
const maxLater = time.Hour

// Send pushes once. Its error is, as channel.Sender defines:
//   - Permanent: ErrGone (404, 410), or another refusal of 4xx, which no repetition changes
//   - Unsent: address refused, no connection, 408, 425, 429, 5xx; with a *Later where the service says when to come again
//   - any other: no answer, so it may have been taken
func (c *Client) Send(ctx context.Context, to Subscription, p Push) error {
	if err := errors.Join(c.services.Check(to.Endpoint), c.posts.Check(to.Endpoint)); err != nil {
		return channel.Permanent(errors.New("push: the endpoint is none that is spoken to"))
	}
	body, err := seal(p.Payload, to)
	if err != nil {
		return channel.Permanent(err)
	}
	proof, err := c.key.proof(to.Endpoint, c.contact, c.now())
	if err != nil {
		return channel.Permanent(err)
	}
	header := http.Header{
		"Authorization": {proof}, "Content-Encoding": {"aes128gcm"}, "Content-Type": {"application/octet-stream"}, "Ttl": {strconv.Itoa(int(p.Life / time.Second))}, "Urgency": {"high"},
	}
	if p.Topic != "" {
		header.Set("Topic", p.Topic)
	}
	a, err := c.posts.Exchange(ctx, to.Endpoint, header, body)
	if err != nil {
		return err
	}
	return c.fate(a.Status, a.Header)
}

// fate is what an answer means.
func (c *Client) fate(status int, h http.Header) error {
	err := fmt.Errorf("push: answered %d", status)
	switch {
	case status/100 == 2:
		return nil
	case status == http.StatusNotFound, status == http.StatusGone:
		return channel.Permanent(ErrGone)
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests, status/100 == 5, status/100 == 3:
		if until, ok := rest(h.Get("Retry-After"), c.now()); ok {
			return channel.Unsent(&Later{until})
		}
		return channel.Unsent(err)
	}
	return channel.Permanent(err)
}

// rest reads Retry-After: seconds, or a date.
func rest(s string, now time.Time) (time.Time, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	until := now.Add(time.Duration(min(max(n, 0), int(maxLater/time.Second))) * time.Second)
	if err != nil {
		if until, err = http.ParseTime(s); err != nil {
			return time.Time{}, false
		}
	}
	if longest := now.Add(maxLater); until.After(longest) {
		until = longest
	}
	return until, until.After(now)
}

package bluesky

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"pronto/shared/channel"
	"pronto/shared/channel/network"
)

// session is what the server gives for the password: an access token for two hours or so, and one to renew it with. Sessions are limited (300 a day), so it is
// kept, and whoever comes next goes on with it.
type session struct {
	DID     string    `json:"did"`
	Handle  string    `json:"handle"`
	Access  string    `json:"access"`
	Refresh string    `json:"refresh"`
	Until   time.Time `json:"until,omitzero"` // the end of Access; zero: unknown
}

// early is how long before its end a session is renewed: longer than any call takes.
const early = 2 * time.Minute

func (s session) usable(now time.Time) bool {
	return s.Access != "" && s.DID != "" && (s.Until.IsZero() || now.Add(early).Before(s.Until))
}

// empty is the body of a procedure that takes none.
type empty struct{}

// do makes a call with the account's session, and once more with a new one where the server says that it is over. Its error is channel.Unsent as long as the
// call itself was not made, or was turned away at the door.
func (c *client) do(ctx context.Context, k call, out any) error {
	s, blob, err := c.session(ctx, nil)
	if err != nil {
		return channel.Unsent(err)
	}
	k.token = s.Access
	if err = c.ask(ctx, k, out); !over(err) {
		return err
	}
	if s, _, err = c.session(ctx, blob); err != nil {
		return channel.Unsent(err)
	}
	k.token = s.Access
	if err = c.ask(ctx, k, out); over(err) {
		return channel.Unsent(errors.Join(network.ErrRefused, err))
	}
	return err
}

// over tells whether the server did not take a token.
func over(err error) bool {
	return named(err, "ExpiredToken", "InvalidToken") || status(err) == http.StatusUnauthorized
}

// session gives one that is usable, and how it is kept; spent is the one that the server did not take, nil for none.
func (c *client) session(ctx context.Context, spent []byte) (session, []byte, error) {
	c.mu.Lock()
	s, blob := c.known, c.blob
	c.mu.Unlock()
	fits := func() bool { return s.usable(c.now()) && (spent == nil || !bytes.Equal(blob, spent)) }
	if fits() {
		return s, blob, nil
	}
	blob, err := c.keep.Load(ctx)
	if err != nil {
		return session{}, nil, err
	}
	if s = parse(blob); !fits() {
		was := s
		blob, err = c.keep.Renew(ctx, blob, func(ctx context.Context) ([]byte, error) { return c.renew(ctx, was) })
		if err != nil {
			return session{}, nil, err
		}
		if s = parse(blob); s.Access == "" {
			return session{}, nil, network.ErrGarbled
		}
	}
	c.mu.Lock()
	c.known, c.blob = s, blob
	c.mu.Unlock()
	return s, blob, nil
}

func parse(blob []byte) (s session) {
	if json.Unmarshal(blob, &s) != nil {
		return session{}
	}
	return s
}

// renew gets a session by the old one's second token, else by the password. Dying between the server's answer and our keeping it costs nothing: the old token
// is good for a while longer, and the password always.
func (c *client) renew(ctx context.Context, was session) ([]byte, error) {
	if was.Refresh != "" {
		s, err := c.begin(ctx, call{name: "com.atproto.server.refreshSession", body: empty{}, token: was.Refresh})
		if err == nil || !over(err) && status(err) != http.StatusBadRequest {
			return s, err
		}
	}
	s, err := c.begin(ctx, call{name: "com.atproto.server.createSession", body: map[string]string{"identifier": c.handle, "password": c.password}})
	if named(err, "AccountTakedown", "AuthFactorTokenRequired") {
		err = errors.Join(network.ErrRefused, err)
	}
	return s, err
}

// begin makes one of the two calls that give a session.
func (c *client) begin(ctx context.Context, k call) ([]byte, error) {
	var given struct {
		DID     string `json:"did"`
		Handle  string `json:"handle"`
		Access  string `json:"accessJwt"`
		Refresh string `json:"refreshJwt"`
		Active  *bool  `json:"active"`
	}
	if err := c.ask(ctx, k, &given); err != nil {
		return nil, err
	}
	switch {
	case !isDID(given.DID) || given.Access == "":
		return nil, network.ErrGarbled
	case given.Active != nil && !*given.Active: // deactivated, suspended or taken down
		return nil, network.ErrRefused
	}
	return json.Marshal(session{given.DID, given.Handle, given.Access, given.Refresh, claims(given.Access).end()})
}

// claim is what is read of a token; only its server can verify it.
type claim struct {
	Scope string `json:"scope"`
	Exp   int64  `json:"exp"`
}

func claims(token string) (c claim) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(b, &c) != nil {
		return claim{}
	}
	return c
}

func (c claim) end() time.Time {
	if c.Exp <= 0 || c.Exp > 1<<40 {
		return time.Time{}
	}
	return time.Unix(c.Exp, 0).UTC()
}

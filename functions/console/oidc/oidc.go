// Package oidc signs agents in by OpenID Connect: the authorization-code flow with PKCE (RFC 6749, RFC 7636, OpenID Connect Core 1.0 §3.1), as Amazon Cognito
// and others serve it. The client is public: it has no secret to lose.
//
// Invariants:
//   - An ID token is believed only when its RS256 signature is of a key that the issuer publishes, and issuer, audience, nonce and time are right. The algorithm is
//     ours, never the token's.
//   - State, nonce and verifier are made for one try, and live in the browser that began it.
//   - What the issuer answers has size and time limits; its words are not repeated.
//   - All addresses are https; only an issuer on this machine's loopback may be http.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Client signs in at one issuer.
type Client struct {
	Issuer   string // exactly as the issuer calls itself
	ID       string // what the issuer knows us as
	Redirect string // where it sends the browser back to
	Now      func() time.Time

	http  *http.Client
	mu    sync.Mutex
	found *metadata
	keys  keySet
}

// New checks the addresses and returns a client. Nothing is asked of the issuer yet.
func New(issuer, id, redirect string, now func() time.Time) (*Client, error) {
	if !private(issuer) {
		return nil, errors.New("the OIDC issuer must be an https address")
	}
	if id == "" {
		return nil, errors.New("the OIDC client has no id")
	}
	none := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{Issuer: issuer, ID: id, Redirect: redirect, Now: now, http: &http.Client{Timeout: patience, CheckRedirect: none}}, nil
}

// Bounds of what an issuer answers.
const (
	patience  = 5 * time.Second
	maxAnswer = 256 << 10
)

// private tells whether nobody on the way can read what goes to an address.
func private(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && Loopback(u.Hostname())
}

// Loopback tells whether a host name is this machine's name for itself.
func Loopback(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }

// metadata is what we need of OpenID Connect Discovery 1.0 §3.
type metadata struct {
	Issuer    string `json:"issuer"`
	Authorize string `json:"authorization_endpoint"`
	Token     string `json:"token_endpoint"`
	Keys      string `json:"jwks_uri"`
	Revoke    string `json:"revocation_endpoint"`  // not every issuer has one
	End       string `json:"end_session_endpoint"` // not every issuer has one
}

// discover asks the issuer for its addresses, once.
func (c *Client) discover(ctx context.Context) (*metadata, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.found != nil {
		return c.found, nil
	}
	var m metadata
	if err := c.get(ctx, strings.TrimSuffix(c.Issuer, "/")+"/.well-known/openid-configuration", &m); err != nil {
		return nil, fmt.Errorf("ask the issuer for its addresses: %w", err)
	}
	if m.Issuer != c.Issuer {
		return nil, errors.New("the issuer calls itself otherwise")
	}
	if !private(m.Authorize) || !private(m.Token) || !private(m.Keys) || m.End != "" && !private(m.End) || m.Revoke != "" && !private(m.Revoke) {
		return nil, errors.New("the issuer names an address that is not https")
	}
	c.found = &m
	return c.found, nil
}

// Try is one sign-in on its way: it stays in the browser that began it.
type Try struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
}

// Begin makes a try, and the address of the issuer to send the browser to.
func (c *Client) Begin(ctx context.Context) (Try, string, error) {
	m, err := c.discover(ctx)
	if err != nil {
		return Try{}, "", err
	}
	t := Try{State: rand.Text(), Nonce: rand.Text(), Verifier: rand.Text() + rand.Text()}
	sum := sha256.Sum256([]byte(t.Verifier))
	to, err := with(m.Authorize, url.Values{
		"response_type": {"code"}, "client_id": {c.ID}, "redirect_uri": {c.Redirect}, "scope": {"openid email"}, "state": {t.State}, "nonce": {t.Nonce},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	})
	return t, to, err
}

// with adds parameters to an address.
func with(address string, add url.Values) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("read the issuer's address: %w", err)
	}
	q := u.Query()
	for k, v := range add {
		q[k] = v
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// SignOut is the issuer's address at which its own session ends, from where the browser comes back to an address of ours; "" when it has none. Cognito names its
// parameter otherwise than OpenID Connect RP-Initiated Logout 1.0 does, so both are there.
func (c *Client) SignOut(ctx context.Context, back string) string {
	m, err := c.discover(ctx)
	if err != nil || m.End == "" {
		return ""
	}
	to, err := with(m.End, url.Values{"client_id": {c.ID}, "post_logout_redirect_uri": {back}, "logout_uri": {back}})
	if err != nil {
		return ""
	}
	return to
}

// ErrRefused says that the issuer did not sign anybody in, or not for this try: who asks may try again.
var ErrRefused = errors.New("the sign-in was not completed")

// Finish takes what the issuer sent the browser back with, and returns the claims of who has signed in.
func (c *Client) Finish(ctx context.Context, t Try, back url.Values) (Claims, error) {
	_, claims, err := c.Redeem(ctx, t, back)
	return claims, err
}

// Tokens are what an issuer gives: one that says who somebody is, and one by which another may be had.
type Tokens struct {
	ID, Refresh string
	Expires     time.Time
}

// Redeem is Finish for who keeps the tokens.
func (c *Client) Redeem(ctx context.Context, t Try, back url.Values) (Tokens, Claims, error) {
	code, state := back.Get("code"), back.Get("state")
	if iss := back.Get("iss"); t.State == "" || state != t.State || code == "" || len(code) > 4096 || iss != "" && iss != c.Issuer { // RFC 9207
		return Tokens{}, Claims{}, ErrRefused
	}
	values := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.Redirect}, "client_id": {c.ID}, "code_verifier": {t.Verifier},
	}
	tokens, err := c.token(ctx, values)
	if err != nil {
		return Tokens{}, Claims{}, fmt.Errorf("redeem the code: %w", err)
	}
	claims, err := c.verify(ctx, tokens.ID, t.Nonce)
	if err != nil {
		return Tokens{}, Claims{}, err
	}
	return tokens, claims, nil
}

// Renew has a new token given for a refresh token (RFC 6749 §6). It is only carried on to who verifies it. ErrRefused: it may not be renewed any more.
func (c *Client) Renew(ctx context.Context, refresh string) (Tokens, error) {
	t, err := c.token(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {c.ID}})
	if err != nil {
		return Tokens{}, fmt.Errorf("renew the sign-in: %w", err)
	}
	if t.ID == "" {
		return Tokens{}, errors.New("renew the sign-in: the issuer gives no ID token")
	}
	return t, nil
}

// Revoke withdraws a refresh token (RFC 7009), where the issuer can.
func (c *Client) Revoke(ctx context.Context, refresh string) error {
	m, err := c.discover(ctx)
	if err != nil || m.Revoke == "" {
		return err
	}
	r, err := form(ctx, m.Revoke, url.Values{"token": {refresh}, "client_id": {c.ID}})
	if err != nil {
		return err
	}
	res, err := c.http.Do(r)
	if err != nil {
		return errors.New("the issuer does not answer") // the cause would quote more than is ours to show
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("withdraw the sign-in: the issuer answers %d", res.StatusCode)
	}
	return nil
}

// token asks the issuer's token endpoint.
func (c *Client) token(ctx context.Context, values url.Values) (Tokens, error) {
	m, err := c.discover(ctx)
	if err != nil {
		return Tokens{}, err
	}
	r, err := form(ctx, m.Token, values)
	if err != nil {
		return Tokens{}, err
	}
	var answer struct {
		ID      string  `json:"id_token"`
		Refresh string  `json:"refresh_token"`
		Seconds float64 `json:"expires_in"`
	}
	if err := c.do(r, &answer); err != nil {
		return Tokens{}, err
	}
	return Tokens{ID: answer.ID, Refresh: answer.Refresh, Expires: c.Now().Add(time.Duration(answer.Seconds * float64(time.Second)))}, nil
}

func form(ctx context.Context, to string, values url.Values) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(values.Encode()))
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r, nil
}

func (c *Client) get(ctx context.Context, address string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("make a request: %w", err)
	}
	return c.do(r, into)
}

func (c *Client) do(r *http.Request, into any) error {
	r.Header.Set("Accept", "application/json")
	res, err := c.http.Do(r)
	if err != nil {
		return errors.New("the issuer does not answer") // the cause would quote the address with its code
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return errors.New("the issuer's answer breaks off")
	case len(b) > maxAnswer:
		return errors.New("the issuer's answer is too long")
	case res.StatusCode >= 400 && res.StatusCode < 500 && r.Method == http.MethodPost:
		return ErrRefused // the code was used, or is not for us
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("the issuer answers %d", res.StatusCode)
	case json.Unmarshal(b, into) != nil:
		return errors.New("the issuer's answer is no JSON object that is expected here")
	}
	return nil
}

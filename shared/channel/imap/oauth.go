package imap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"
)

// Secret is by what somebody logs in: a password, or OAuth.
type Secret struct {
	Password string
	OAuth    *OAuth
}

// OAuth is by what a token is asked for: a refresh token that a person has granted once, or, without one, the program's own secret (RFC 6749 §6, §4.4).
type OAuth struct {
	TokenURL     string `json:"token_url"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	RefreshToken string `json:"refresh_token"`
	Scope        string `json:"scope"`
}

// ReadSecrets reads the mailboxes' secrets, {"name": "password"} or {"name": {"token_url": …}}. Its errors quote nothing of them.
func ReadSecrets(text string) (map[string]Secret, error) {
	var all map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &all) != nil {
		return nil, errors.New("the mailboxes' secrets are not {\"name\": …}")
	}
	secrets := map[string]Secret{}
	for name, raw := range all {
		var s Secret
		if json.Unmarshal(raw, &s.Password) != nil {
			d := json.NewDecoder(strings.NewReader(string(raw)))
			d.DisallowUnknownFields()
			if d.Decode(&s.OAuth) != nil || s.OAuth.check() != nil {
				return nil, errors.New("a mailbox's secret is neither a password nor token_url (https), client_id, and refresh_token or client_secret")
			}
		}
		secrets[name] = s
	}
	return secrets, nil
}

func (o *OAuth) check() error {
	if o == nil {
		return errors.New("none")
	}
	at, err := url.Parse(o.TokenURL)
	if err != nil || at.Scheme != "https" || at.Hostname() == "" || at.User != nil || o.ClientID == "" || o.RefreshToken == "" && o.ClientSecret == "" {
		return errors.New("incomplete")
	}
	return nil
}

// login is how a connection is to log in. A token is asked for before anything is connected.
func (c *Client) login(ctx context.Context, b Box, s Secret) (func(*imapclient.Client) error, error) {
	if s.OAuth != nil {
		token, err := c.token(ctx, s.OAuth)
		if err != nil {
			return nil, fmt.Errorf("refresh the token: %w", err)
		}
		return func(client *imapclient.Client) error {
			err := client.Authenticate(&xoauth2{b.User, token})
			if err != nil {
				c.tokens.forget(s.OAuth, token) // it may have been revoked: the next poll asks for another
			}
			return err
		}, nil
	}
	if s.Password == "" {
		return nil, errors.New("no password of that name")
	}
	return func(client *imapclient.Client) error { return client.Login(b.User, s.Password).Wait() }, nil
}

// tokens are what is held of each grant. The lock is for a moment only: nobody asks a provider under it.
type tokens struct {
	sync.Mutex
	all map[OAuth]*held
}

// held is a grant's last token, and the turn to ask for the next: mailboxes of one account wait for one answer, and those of another for none of it.
type held struct {
	turn  chan struct{}
	token string
	until time.Time
}

// of finds what is held of a grant. The tokens are locked.
func (t *tokens) of(o *OAuth) *held {
	if t.all == nil {
		t.all = map[OAuth]*held{}
	}
	if t.all[*o] == nil {
		t.all[*o] = &held{turn: make(chan struct{}, 1)}
	}
	return t.all[*o]
}

// turn waits for the turn to ask, as long as the context lasts.
func (t *tokens) turn(ctx context.Context, o *OAuth) (done func(), err error) {
	t.Lock()
	turn := t.of(o).turn
	t.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// good is a grant's token while it is good, else "".
func (t *tokens) good(o *OAuth, now time.Time) string {
	t.Lock()
	defer t.Unlock()
	if h := t.of(o); now.Before(h.until) {
		return h.token
	}
	return ""
}

func (t *tokens) keep(o *OAuth, token string, until time.Time) {
	t.Lock()
	defer t.Unlock()
	h := t.of(o)
	h.token, h.until = token, until
}

// forget lets a token go that was refused; not the one that somebody has got since.
func (t *tokens) forget(o *OAuth, token string) {
	t.Lock()
	defer t.Unlock()
	if h := t.of(o); h.token == token {
		h.until = time.Time{}
	}
}

// early is how long before its end a token is not used any more.
const early = time.Minute

// token is an access token for a mailbox, the last one while it is good.
func (c *Client) token(ctx context.Context, o *OAuth) (string, error) {
	done, err := c.tokens.turn(ctx, o)
	if err != nil {
		return "", err
	}
	defer done()
	if token := c.tokens.good(o, c.Now()); token != "" {
		return token, nil
	}
	form := url.Values{"client_id": {o.ClientID}, "grant_type": {"client_credentials"}}
	if o.RefreshToken != "" {
		form.Set("grant_type", "refresh_token")
		form.Set("refresh_token", o.RefreshToken)
	}
	for name, v := range map[string]string{"client_secret": o.ClientSecret, "scope": o.Scope} {
		if v != "" {
			form.Set(name, v)
		}
	}
	token, life, err := c.ask(ctx, o.TokenURL, form)
	if err != nil {
		return "", err
	}
	c.tokens.keep(o, token, c.Now().Add(life-early))
	return token, nil
}

// maxAnswer bounds a token's answer: Microsoft's have some KB.
const maxAnswer = 64 << 10

// ask gets a token. What the server says when it refuses is a code of RFC 6749 §5.2, or nothing.
func (c *Client) ask(ctx context.Context, at string, form url.Values) (token string, life time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	res, err := c.HTTP.Do(r)
	if err != nil {
		return "", 0, errors.New("the provider cannot be reached") // the cause has the form's address, and no more that helps
	}
	defer res.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
		Type  string `json:"token_type"`
		Life  int64  `json:"expires_in"`
		Error string `json:"error"`
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil || len(b) > maxAnswer || json.Unmarshal(b, &answer) != nil:
		return "", 0, fmt.Errorf("an answer that is none, with status %d", res.StatusCode)
	case res.StatusCode != http.StatusOK:
		return "", 0, fmt.Errorf("refused with status %d", res.StatusCode)
	case answer.Token == "" || !strings.EqualFold(answer.Type, "Bearer") || strings.ContainsAny(answer.Token, "\x00\x01\r\n"):
		return "", 0, errors.New("an answer without a bearer token")
	}
	return answer.Token, time.Duration(min(max(answer.Life, 0), 24*3600)) * time.Second, nil
}

// xoauth2 is the login that both Google and Microsoft document for IMAP with OAuth.
type xoauth2 struct{ user, token string }

func (x *xoauth2) Start() (mech string, ir []byte, err error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next answers the error that the server has put into a challenge: with nothing, after which it refuses.
func (x *xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }

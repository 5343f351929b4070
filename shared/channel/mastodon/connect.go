package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pronto/shared/channel/network"
)

// Scopes are what an account is asked for: no more than the desk does. read:accounts is for the question whose account it is.
const Scopes = "read:accounts read:notifications read:statuses write:statuses push"

// outOfBand is where the code goes that a person copies: onto a page of the server's.
const outOfBand = "urn:ietf:wg:oauth:2.0:oob"

// App is an application that was registered at a server.
type App struct {
	Server string
	ID     string
	Secret string
}

// Connecting is pronto connect at one server.
type Connecting struct {
	HTTP *network.Client
	Now  func() time.Time
}

func (c Connecting) api(server, token string) (*api, error) {
	base, err := serverOf(server)
	if err != nil {
		return nil, err
	}
	return &api{http: c.HTTP, base: base, token: token, now: c.Now}, nil
}

// Register registers the desk at a server, as each does that acts for an account. name is what the account's owner sees, website where he learns more.
func (c Connecting) Register(ctx context.Context, server, name, website string) (App, error) {
	a, err := c.api(server, "")
	if err != nil {
		return App{}, err
	}
	form := url.Values{"client_name": {name}, "redirect_uris": {outOfBand}, "scopes": {Scopes}}
	if website != "" {
		form.Set("website", website)
	}
	var app struct {
		ID     text `json:"client_id"`
		Secret text `json:"client_secret"`
	}
	if _, err := a.call(ctx, http.MethodPost, "/api/v1/apps", form, nil, maxOne, &app); err != nil {
		return App{}, fmt.Errorf("register the application: %w", err)
	}
	if app.ID == "" || app.Secret == "" {
		return App{}, fmt.Errorf("register the application: %w", network.ErrGarbled)
	}
	return App{Server: a.base.String(), ID: string(app.ID), Secret: string(app.Secret)}, nil
}

// AuthorizeURL is the page where the account's owner allows it, and gets a code to copy.
func (a App) AuthorizeURL() string {
	q := url.Values{"response_type": {"code"}, "client_id": {a.ID}, "redirect_uri": {outOfBand}, "scope": {Scopes}, "force_login": {"true"}}
	return a.Server + "/oauth/authorize?" + q.Encode()
}

// ErrCode says that the server did not take the code.
var ErrCode = errors.New("the code is not taken: it was mistyped, used before or too old; ask for another on the same page")

// Exchange gives the token for a code.
func (c Connecting) Exchange(ctx context.Context, app App, code string) (token string, err error) {
	a, err := c.api(app.Server, "")
	if err != nil {
		return "", err
	}
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {strings.TrimSpace(code)}, "client_id": {app.ID}, "client_secret": {app.Secret},
		"redirect_uri": {outOfBand}, "scope": {Scopes},
	}
	var got struct {
		Token text `json:"access_token"`
	}
	answer, err := a.call(ctx, http.MethodPost, "/oauth/token", form, nil, maxOne, &got)
	switch {
	case answer.Status == http.StatusBadRequest, answer.Status == http.StatusUnauthorized:
		return "", ErrCode
	case err != nil:
		return "", fmt.Errorf("exchange the code: %w", err)
	case got.Token == "":
		return "", fmt.Errorf("exchange the code: %w", network.ErrGarbled)
	}
	return string(got.Token), nil
}

// Profile is the account that a token is for.
type Profile struct {
	ID     string
	Handle string // in full, lower case
	Bot    bool
	Locked bool
}

// Verify asks whose account a token is for. home is the domain of the server's own people, which only its handles show.
func (c Connecting) Verify(ctx context.Context, server, token, home string) (Profile, error) {
	a, err := c.api(server, token)
	if err != nil {
		return Profile{}, err
	}
	return a.profile(ctx, home)
}

func (a *api) profile(ctx context.Context, home string) (Profile, error) {
	var who account
	if _, err := a.get(ctx, "/api/v1/accounts/verify_credentials", nil, maxOne, &who); err != nil {
		return Profile{}, fmt.Errorf("ask whose account it is: %w", err)
	}
	p := Profile{ID: string(who.ID), Handle: strings.ToLower(full(string(who.Acct), home)), Bot: who.Bot, Locked: who.Locked}
	if !validID(p.ID) || p.Handle == "" {
		return Profile{}, fmt.Errorf("ask whose account it is: %w", network.ErrGarbled)
	}
	return p, nil
}

// Subscribe has the server push mentions to an endpoint, which must be https; what was subscribed with this token before ends.
func (c Connecting) Subscribe(ctx context.Context, server, token, endpoint string, random io.Reader) (Subscription, error) {
	a, err := c.api(server, token)
	if err != nil {
		return Subscription{}, err
	}
	s, err := newSubscription(endpoint, random)
	if err != nil {
		return Subscription{}, err
	}
	if s.ServerKey, err = a.subscribe(ctx, s); err != nil {
		return Subscription{}, fmt.Errorf("subscribe: %w", err)
	}
	if _, err := s.opener(""); err != nil {
		return Subscription{}, fmt.Errorf("subscribe: %w", network.ErrGarbled)
	}
	return s, nil
}

// subscribe gives the key that the server will sign with. The standard is asked for: who does not know it goes on with the draft.
func (a *api) subscribe(ctx context.Context, s Subscription) (serverKey string, err error) {
	public, err := s.public()
	if err != nil {
		return "", err
	}
	form := url.Values{
		"subscription[endpoint]": {s.Endpoint}, "subscription[keys][p256dh]": {public}, "subscription[keys][auth]": {s.Auth}, "subscription[standard]": {"true"},
		"data[alerts][mention]": {"true"}, "data[alerts][quote]": {"true"}, "data[alerts][update]": {"true"}, "data[policy]": {"all"},
	}
	var got struct {
		ServerKey text `json:"server_key"`
	}
	_, err = a.call(ctx, http.MethodPost, "/api/v1/push/subscription", form, nil, maxOne, &got)
	return string(got.ServerKey), err
}

// Revoke gives a token back: the account is connected no more, and its pushes end.
func (c Connecting) Revoke(ctx context.Context, app App, token string) error {
	a, err := c.api(app.Server, "")
	if err != nil {
		return err
	}
	form := url.Values{"client_id": {app.ID}, "client_secret": {app.Secret}, "token": {token}}
	if _, err := a.call(ctx, http.MethodPost, "/oauth/revoke", form, nil, maxOne, nil); err != nil {
		return fmt.Errorf("revoke the token: %w", err)
	}
	return nil
}

// Secret is what Secrets Manager keeps as network.Secret.Own.
func (o Own) Secret() (json.RawMessage, error) { return json.Marshal(o) }

// check asks the server how an account stands, and changes nothing. An account whose pushes have ended at the server is polled all the same, but later.
func (l *line) check(ctx context.Context) (network.State, error) {
	who, err := l.profile(ctx, domain(l.account.Handle))
	if err != nil {
		return network.State{}, err
	}
	if who.ID != l.own.AccountID {
		return network.State{}, errors.Join(errors.New("the token is another account's"), network.ErrNotConnected)
	}
	length, err := l.limits(ctx)
	if err != nil {
		return network.State{}, err
	}
	if l.own.Push != nil {
		if err := l.subscribed(ctx); err != nil {
			return network.State{}, err
		}
	}
	return network.State{Handle: who.Handle, Bot: who.Bot, Limit: length.most}, nil
}

// ErrUnsubscribed says that the server pushes nothing any more: it ends a subscription whose endpoint has refused. Polls subscribe again.
var ErrUnsubscribed = errors.New("the server pushes no more: it is subscribed at again within the hour, and the account is polled meanwhile; if that does not help, connect it again")

func (l *line) subscribed(ctx context.Context) error {
	var got struct {
		Endpoint text `json:"endpoint"`
	}
	answer, err := l.get(ctx, "/api/v1/push/subscription", nil, maxOne, &got)
	switch {
	case gone(answer):
		return ErrUnsubscribed
	case err != nil:
		return fmt.Errorf("ask for the subscription: %w", err)
	case string(got.Endpoint) != l.own.Push.Endpoint:
		return ErrUnsubscribed
	}
	return nil
}

package mastodon

import (
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"testing"

	"pronto/infra/local/fediverse"
	"pronto/shared/channel/network"
)

// Ana connects Acme's account: she opens a page, allows it, copies a code. Later she gives it back.
func TestConnecting(t *testing.T) {
	for _, d := range []fediverse.Dialect{fediverse.Mastodon, fediverse.GoToSocial} {
		p := double(t, fediverse.Options{Dialect: d})
		c, ctx := p.connecting(), t.Context()
		app, err := c.Register(ctx, p.base+"/", "Pronto", "https://acme.example")
		if err != nil {
			t.Fatal(err)
		}
		page, err := url.Parse(app.AuthorizeURL())
		if err != nil || page.Path != "/oauth/authorize" || page.Query().Get("scope") != Scopes || page.Query().Get("client_id") != app.ID || strings.Contains(page.String(), app.Secret) {
			t.Errorf("%s, %v", page, err)
		}
		if _, err := c.Exchange(ctx, app, "mistyped"); !errors.Is(err, ErrCode) {
			t.Errorf("a wrong code: %v", err)
		}
		code := p.double.Authorize(p.care)
		token, err := c.Exchange(ctx, app, " "+code+"\n")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Exchange(ctx, app, code); !errors.Is(err, ErrCode) {
			t.Errorf("a code twice: %v", err)
		}
		who, err := c.Verify(ctx, p.base, token, "social.example")
		if err != nil || who.Handle != "care@social.example" || who.ID != p.care.ID || who.Bot {
			t.Errorf("%+v, %v", who, err)
		}
		p.token = token
		sub, err := c.Subscribe(ctx, p.base, token, "https://desk.example/hooks/mastodon/1", rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		p.open(&sub)
		if _, err := p.l.Check(ctx); err != nil {
			t.Error(err)
		}
		if _, err := c.Subscribe(ctx, p.base, token, "https://desk.example/hooks/mastodon/2", rand.Reader); err != nil {
			t.Error(err)
		}
		if _, err := p.l.Check(ctx); !errors.Is(err, ErrUnsubscribed) {
			t.Errorf("subscribed elsewhere: %v", err)
		}
		if err := c.Revoke(ctx, app, token); err != nil {
			t.Error(err)
		}
		if _, err := p.l.Check(ctx); network.CodeOf(err) != network.CodeRefused {
			t.Errorf("after that: %v", err)
		}
		if _, err := p.l.Poll(ctx, p.at); network.CodeOf(err) != network.CodeRefused {
			t.Errorf("after that: %v", err)
		}
	}
}

func TestSecretsThatMakeNoSense(t *testing.T) {
	p := double(t, fediverse.Options{})
	a := network.Account{Handle: p.handle, Server: p.base}
	for _, own := range []string{
		"", "{}", "[]", `{"token":"x"}`, `{"account_id":"1"}`, `{"token":"hunter2","account_id":"1","push":{}}`,
		`{"token":"hunter2","account_id":"1","push":{"endpoint":"https://x.example","private":"AA","auth":"AA","server_key":"AA"}}`,
	} {
		if _, err := Open(a, network.Access{Own: []byte(own), HTTP: p.client(), Now: p.clock.now}); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", own, err)
		}
	}
	a.Server = "social.example"
	if _, err := Open(a, network.Access{Own: []byte(`{"token":"x","account_id":"1"}`), HTTP: p.client(), Now: p.clock.now}); err == nil {
		t.Error("a server that is no URL")
	}
	other := p.double.Join("other")
	p.token = other.Token
	own, err := Own{Token: other.Token, AccountID: p.care.ID}.Secret()
	if err != nil {
		t.Fatal(err)
	}
	l, err := Open(network.Account{Handle: p.handle, Server: p.base}, network.Access{Own: own, HTTP: p.client(), Now: p.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Check(t.Context()); network.CodeOf(err) != network.CodeNoSecret {
		t.Errorf("another's token: %v", err)
	}
}

// Package login signs a person in at a stage from the command line: the authorization-code flow with PKCE in his own browser, which comes back to an address of this
// machine (RFC 8252). What he is given lies in a file that he alone may read, is renewed until it may not be any more, and is withdrawn with it.
package login

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"pronto/functions/console/oidc"
)

// Where the browser comes back to. The port is fixed, since the user pool takes no address but those that the stack names.
const (
	listen   = "127.0.0.1:8766"
	path     = "/signed-in"
	Redirect = "http://localhost:8766" + path
)

// Session is what is kept of a sign-in, under the stage's name.
type Session struct {
	Desk    string    `json:"desk"` // https://…
	Issuer  string    `json:"issuer"`
	Client  string    `json:"client"`
	Agent   string    `json:"agent"`
	Token   string    `json:"token"`
	Refresh string    `json:"refresh,omitempty"`
	Expires time.Time `json:"expires"`
}

// ErrNone says that nobody is signed in at the stage, or not any more.
var ErrNone = errors.New("nobody is signed in")

// Store keeps sessions in a directory.
type Store struct {
	Dir    string
	Now    func() time.Time
	Listen string // where the browser comes back to, in tests; "": where the stack says
}

// Home is the store of who runs the program.
func Home(now func() time.Time) (Store, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return Store{}, fmt.Errorf("find a place for the sign-in: %w", err)
	}
	return Store{Dir: filepath.Join(dir, "pronto"), Now: now}, nil
}

var stageName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func (s Store) file(stage string) (string, error) {
	if !stageName.MatchString(stage) {
		return "", fmt.Errorf("%q is no name of a stage", stage)
	}
	return filepath.Join(s.Dir, stage+".json"), nil
}

// keep writes a session so that who reads meanwhile has the one or the other, whole, and nobody else reads it at all.
func (s Store) keep(stage string, x Session) error {
	file, err := s.file(stage)
	if err != nil {
		return err
	}
	b, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("keep the sign-in: %w", err)
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return fmt.Errorf("keep the sign-in: %w", err)
	}
	f, err := os.CreateTemp(s.Dir, ".new-*") // 0600
	if err != nil {
		return fmt.Errorf("keep the sign-in: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("keep the sign-in: %w", err)
	}
	return nil
}

func (s Store) read(stage string) (x Session, err error) {
	file, err := s.file(stage)
	if err != nil {
		return x, err
	}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return x, ErrNone
	}
	if err != nil {
		return x, fmt.Errorf("read the sign-in: %w", err)
	}
	if json.Unmarshal(b, &x) != nil || x.Token == "" || x.Desk == "" {
		return x, ErrNone
	}
	return x, nil
}

// almost is how long before its end a token is renewed: what is asked with it may take a while.
const almost = 2 * time.Minute

// Current gives a session whose token holds, renewed if need be. ErrNone: sign in anew.
func (s Store) Current(ctx context.Context, stage string) (Session, error) {
	x, err := s.read(stage)
	if err != nil || s.Now().Before(x.Expires.Add(-almost)) {
		return x, err
	}
	if x.Refresh == "" {
		return x, ErrNone
	}
	c, err := oidc.New(x.Issuer, x.Client, Redirect, s.Now)
	if err != nil {
		return x, err
	}
	t, err := c.Renew(ctx, x.Refresh)
	if errors.Is(err, oidc.ErrRefused) {
		return s.elsewhere(stage, x)
	}
	if err != nil {
		return x, err
	}
	x.Token, x.Expires = t.ID, t.Expires // two that renew beside each other both have a good one, and keep one of them
	if t.Refresh != "" {                 // an issuer may give another each time
		x.Refresh = t.Refresh
	}
	return x, s.keep(stage, x)
}

// elsewhere is a session that may not be renewed: another process may have renewed it meanwhile, where the issuer takes each renewal once; then what that one has kept is good.
func (s Store) elsewhere(stage string, was Session) (Session, error) {
	x, err := s.read(stage)
	if err == nil && x.Token != was.Token && s.Now().Before(x.Expires.Add(-almost)) {
		return x, nil
	}
	return was, ErrNone
}

// Out withdraws what a session can be renewed by, and removes it. What cannot be withdrawn, since the issuer does not answer, is removed all the same, and told.
func (s Store) Out(ctx context.Context, stage string) error {
	x, err := s.read(stage)
	if err != nil {
		return err
	}
	file, err := s.file(stage)
	if err != nil {
		return err
	}
	var withdrawn error
	if x.Refresh != "" {
		c, err := oidc.New(x.Issuer, x.Client, Redirect, s.Now)
		if err == nil {
			err = c.Revoke(ctx, x.Refresh)
		}
		withdrawn = err
	}
	return errors.Join(withdrawn, os.Remove(file))
}

// patience is how long somebody may take to sign in.
const patience = 5 * time.Minute

// In signs in at a stage whose desk, issuer and client are given. show is handed the address that is to be opened in a browser.
func (s Store) In(ctx context.Context, stage string, x Session, show func(address string)) (Session, error) {
	c, err := oidc.New(x.Issuer, x.Client, Redirect, s.Now)
	if err != nil {
		return x, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cmp.Or(s.Listen, listen))
	if err != nil {
		return x, fmt.Errorf("the browser is to come back to %s, which is in use: end what listens there, and sign in again", listen)
	}
	try, address, err := c.Begin(ctx)
	if err != nil {
		return x, errors.Join(err, l.Close())
	}
	back := make(chan url.Values, 1)
	srv := &http.Server{Handler: landing(try.State, back), ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 16 << 10}
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	show(address)
	select {
	case <-ctx.Done():
		return x, errors.New("nobody has signed in: run it again")
	case v := <-back:
		t, who, err := c.Redeem(ctx, try, v)
		if err != nil {
			return x, err
		}
		x.Agent, x.Token, x.Refresh, x.Expires = who.Agent, t.ID, t.Refresh, t.Expires
		if x.Agent == "" {
			x.Agent = who.Subject
		}
		// The page has time to say so before the server ends.
		shut, stop := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer stop()
		_ = srv.Shutdown(shut)
		return x, s.keep(stage, x)
	}
}

// landing takes the browser that comes back from this try, and no other: whatever page a browser shows may send it here.
func landing(state string, back chan<- url.Values) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.Method != http.MethodGet || r.URL.Path != path || q.Get("state") != state {
			http.Error(w, "This is not the sign-in that pronto waits for.", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		fmt.Fprintln(w, "Back to pronto: you may close this page.")
		select {
		case back <- q:
		default: // it was loaded again
		}
	})
}

package login

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/oidc"
)

// issuer signs everybody in as marta, by the flow that Cognito documents.
type issuer struct {
	*httptest.Server
	t                  *testing.T
	key                *rsa.PrivateKey
	now                time.Time
	nonce, challenge   string
	renewed, withdrawn int
	closed             bool   // it renews nothing any more
	refusing           func() // called while it refuses
}

func (i *issuer) answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		i.t.Error(err)
	}
}

func (i *issuer) token() string {
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			i.t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	in := part(map[string]any{"alg": "RS256", "kid": "k"}) + "." + part(map[string]any{
		"iss": i.URL, "aud": "console", "nonce": i.nonce, "sub": "s-1", "cognito:username": "marta", "token_use": "id", "iat": i.now.Unix(), "exp": i.now.Add(time.Hour).Unix(),
	})
	sum := sha256.Sum256([]byte(in))
	sig, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:])
	if err != nil {
		i.t.Fatal(err)
	}
	return in + "." + base64.RawURLEncoding.EncodeToString(sig)
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		i.answer(w, map[string]string{"issuer": i.URL, "authorization_endpoint": i.URL + "/oauth2/authorize", "token_endpoint": i.URL + "/oauth2/token", "jwks_uri": i.URL + "/keys", "revocation_endpoint": i.URL + "/oauth2/revoke"})
	case "/keys":
		i.answer(w, map[string]any{"keys": []any{map[string]string{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k", "n": base64.RawURLEncoding.EncodeToString(i.key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(i.key.E)).Bytes()),
		}}})
	case "/oauth2/token":
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		switch {
		case r.FormValue("client_id") != "console":
		case r.FormValue("grant_type") == "authorization_code" && r.FormValue("code") == "c0de" && r.FormValue("redirect_uri") == Redirect && base64.RawURLEncoding.EncodeToString(sum[:]) == i.challenge:
			i.answer(w, map[string]any{"id_token": i.token(), "refresh_token": "again", "expires_in": 3600})
			return
		case r.FormValue("grant_type") == "refresh_token" && r.FormValue("refresh_token") == "again" && !i.closed:
			i.renewed++
			i.answer(w, map[string]any{"id_token": fmt.Sprint("token-", i.renewed), "expires_in": 3600})
			return
		}
		if i.refusing != nil {
			i.refusing()
		}
		w.WriteHeader(http.StatusBadRequest)
		i.answer(w, map[string]string{"error": "invalid_grant"})
	case "/oauth2/revoke":
		if r.FormValue("token") == "again" && r.FormValue("client_id") == "console" {
			i.withdrawn++
		}
	default:
		http.NotFound(w, r)
	}
}

func open(t *testing.T) (*issuer, Store) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{t: t, key: key, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := l.Addr().String()
	l.Close()
	return i, Store{Dir: filepath.Join(t.TempDir(), "pronto"), Now: func() time.Time { return i.now }, Listen: free}
}

func (i *issuer) session() Session {
	return Session{Desk: "https://desk.acme.example", Issuer: i.URL, Client: "console"}
}

// browser is what somebody's browser does with the address: the issuer sends it back, once strangers have tried the same.
func (i *issuer) browser(s Store, address string) {
	u, err := url.Parse(address)
	if err != nil {
		i.t.Error(err)
		return
	}
	q := u.Query()
	i.nonce, i.challenge = q.Get("nonce"), q.Get("code_challenge")
	if q.Get("redirect_uri") != Redirect || q.Get("code_challenge_method") != "S256" || q.Get("client_id") != "console" {
		i.t.Errorf("asked with %v", q)
	}
	for _, try := range []struct {
		query url.Values
		code  int
	}{{url.Values{"code": {"stolen"}, "state": {"another"}}, 400}, {url.Values{"code": {"c0de"}, "state": {q.Get("state")}}, 200}} {
		res, err := http.Get("http://" + s.Listen + path + "?" + try.query.Encode())
		if err != nil {
			i.t.Error(err)
			return
		}
		b, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != try.code {
			i.t.Errorf("%v: %d %s", try.query, res.StatusCode, b)
		}
	}
}

// Marta signs in once; her token is renewed while she works, is for her eyes only, and is withdrawn when she signs out.
func TestADayOfMartas(t *testing.T) {
	i, s := open(t)
	x, err := s.In(t.Context(), "live", i.session(), func(address string) { go i.browser(s, address) })
	if err != nil || x.Agent != "marta" || x.Refresh != "again" {
		t.Fatalf("%+v, %v", x, err)
	}
	if f, err := os.Stat(filepath.Join(s.Dir, "live.json")); err != nil || f.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", f, err)
	}
	if d, err := os.Stat(s.Dir); err != nil || d.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v, %v", d, err)
	}
	i.now = i.now.Add(50 * time.Minute)
	if y, err := s.Current(t.Context(), "live"); err != nil || y.Token != x.Token || i.renewed != 0 {
		t.Errorf("while it holds: %+v, %v", y, err)
	}
	i.now = i.now.Add(9 * time.Minute)
	for range 2 { // renewed once, and kept
		if y, err := s.Current(t.Context(), "live"); err != nil || y.Token != "token-1" || y.Desk != x.Desk || y.Agent != "marta" {
			t.Errorf("renewed: %+v, %v", y, err)
		}
	}
	if err := s.Out(t.Context(), "live"); err != nil || i.withdrawn != 1 {
		t.Errorf("out: %v, withdrawn %d", err, i.withdrawn)
	}
	if _, err := s.Current(t.Context(), "live"); !errors.Is(err, ErrNone) {
		t.Errorf("afterwards: %v", err)
	}
	if left, _ := os.ReadDir(s.Dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// Whoever was shut out is told to sign in anew; an issuer that is away is not taken for that.
func TestWhoMayNotRenew(t *testing.T) {
	i, s := open(t)
	if err := s.keep("live", Session{Desk: "https://desk.acme.example", Issuer: i.URL, Client: "console", Token: "old", Refresh: "again", Expires: i.now}); err != nil {
		t.Fatal(err)
	}
	i.closed = true
	if _, err := s.Current(t.Context(), "live"); !errors.Is(err, ErrNone) {
		t.Errorf("shut out: %v", err)
	}
	i.refusing = func() { // another process was quicker, and its renewal is the one that the issuer takes
		if err := s.keep("live", Session{Desk: "https://desk.acme.example", Issuer: i.URL, Client: "console", Token: "theirs", Refresh: "next", Expires: i.now.Add(time.Hour)}); err != nil {
			t.Error(err)
		}
	}
	if x, err := s.Current(t.Context(), "live"); err != nil || x.Token != "theirs" {
		t.Errorf("renewed by another process: %+v, %v", x, err)
	}
	i.now = i.now.Add(time.Hour)
	i.Close()
	if _, err := s.Current(t.Context(), "live"); err == nil || errors.Is(err, ErrNone) || errors.Is(err, oidc.ErrRefused) {
		t.Errorf("away: %v", err)
	}
	if err := s.Out(t.Context(), "live"); err == nil {
		t.Error("what could not be withdrawn is not told")
	}
	if _, err := s.Current(t.Context(), "live"); !errors.Is(err, ErrNone) {
		t.Errorf("it is there still: %v", err)
	}
	for _, name := range []string{"", "../live", "Live", strings.Repeat("a", 40)} {
		if _, err := s.Current(t.Context(), name); err == nil || errors.Is(err, ErrNone) {
			t.Errorf("%q is taken for a stage", name)
		}
	}
	if err := os.WriteFile(filepath.Join(s.Dir, "live.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Current(t.Context(), "live"); !errors.Is(err, ErrNone) {
		t.Errorf("a file that is none: %v", err)
	}
}

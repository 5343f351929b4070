package oidc

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

var at = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

var keyOnce = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// issuer is an OIDC provider; its fields are what a test bends.
type issuer struct {
	*httptest.Server
	t         *testing.T
	key       *rsa.PrivateKey
	kid       string
	claims    map[string]any
	header    map[string]any
	challenge string
	asked     map[string]int
	say       func(w http.ResponseWriter, path string) bool // answers in its place
	sign      func(input string) []byte
}

func provider(t *testing.T) *issuer {
	i := &issuer{t: t, key: keyOnce(), kid: "one", claims: map[string]any{}, header: map[string]any{}, asked: map[string]int{}}
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.asked[r.URL.Path]++
	if i.say != nil && i.say(w, r.URL.Path) {
		return
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		answer(w, map[string]any{
			"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize?tenant=1", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"end_session_endpoint": i.URL + "/logout",
		})
	case "/keys":
		answer(w, map[string]any{"keys": []any{
			map[string]any{"kty": "EC", "kid": "ec"},
			map[string]any{
				"kty": "RSA", "use": "sig", "alg": "RS256", "kid": i.kid, "n": base64.RawURLEncoding.EncodeToString(i.key.N.Bytes()),
				"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(i.key.E)).Bytes()),
			},
		}})
	case "/token":
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if r.FormValue("code") != "the-code" || base64.RawURLEncoding.EncodeToString(sum[:]) != i.challenge || r.FormValue("client_id") != "console" ||
			r.FormValue("redirect_uri") != "https://desk.acme.example/console/callback" || r.FormValue("grant_type") != "authorization_code" {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]string{"error": "invalid_grant"})
			return
		}
		answer(w, map[string]string{"id_token": i.token(), "access_token": "x", "token_type": "Bearer"})
	default:
		http.NotFound(w, r)
	}
}

func answer(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

// token is an ID token with the claims as they are bent; a nil claim is left out.
func (i *issuer) token() string {
	claims := map[string]any{
		"iss": i.URL, "aud": "console", "sub": "8f1", "exp": at.Add(time.Hour).Unix(), "iat": at.Unix(), "token_use": "id", "cognito:username": "ana",
	}
	header := map[string]any{"alg": "RS256", "kid": i.kid, "typ": "JWT"}
	for from, to := range map[*map[string]any]map[string]any{&i.claims: claims, &i.header: header} {
		for k, v := range *from {
			if to[k] = v; v == nil {
				delete(to, k)
			}
		}
	}
	input := encode(i.t, header) + "." + encode(i.t, claims)
	if i.sign != nil {
		return input + "." + base64.RawURLEncoding.EncodeToString(i.sign(input))
	}
	sum := sha256.Sum256([]byte(input))
	mac, err := rsa.SignPKCS1v15(nil, i.key, crypto.SHA256, sum[:])
	if err != nil {
		i.t.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(mac)
}

func encode(t *testing.T, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func client(t *testing.T, i *issuer) *Client {
	t.Helper()
	c, err := New(i.URL, "console", "https://desk.acme.example/console/callback", func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// begun is a try whose code the issuer will redeem, and what it sends the browser back with.
func begun(t *testing.T, i *issuer, c *Client) (Try, url.Values) {
	t.Helper()
	try, to, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("tenant") != "1" || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || !strings.Contains(q.Get("scope"), "openid") ||
		q.Get("state") != try.State || q.Get("nonce") != try.Nonce || strings.Contains(to, try.Verifier) {
		t.Errorf("the browser is sent to %s", to)
	}
	i.challenge = q.Get("code_challenge")
	if _, bent := i.claims["nonce"]; !bent {
		i.claims["nonce"] = try.Nonce
	}
	return try, url.Values{"code": {"the-code"}, "state": {try.State}}
}

func TestAnAgentSignsIn(t *testing.T) {
	i := provider(t)
	c := client(t, i)
	for range 3 {
		delete(i.claims, "nonce")
		try, back := begun(t, i, c)
		got, err := c.Finish(t.Context(), try, back)
		if err != nil || got != (Claims{Subject: "8f1", Agent: "ana"}) {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if i.asked["/keys"] != 1 || i.asked["/.well-known/openid-configuration"] != 1 {
		t.Errorf("addresses and keys are asked for once: %v", i.asked)
	}
	out := c.SignOut(t.Context(), "https://desk.acme.example/console/signed-out")
	if !strings.HasPrefix(out, i.URL+"/logout?") || !strings.Contains(out, "client_id=console") {
		t.Errorf("signing out goes to %q", out)
	}
}

func TestAClaimOfOursGoesBeforeCognitos(t *testing.T) {
	i := provider(t)
	i.claims["pronto:agent"], i.claims["aud"], i.claims["azp"] = "marta", []string{"console", "other"}, "console"
	c := client(t, i)
	try, back := begun(t, i, c)
	if got, err := c.Finish(t.Context(), try, back); err != nil || got.Agent != "marta" {
		t.Errorf("%+v, %v", got, err)
	}
}

// A user of Cognito's is the agent of that name: an admin gave it, and nobody can change it. What else Cognito keeps of a user, the user may write unless the client
// forbids it, so an attribute names nobody.
func TestCognitosNameIsTheAgent(t *testing.T) {
	i := provider(t)
	i.claims["custom:agent"], i.claims["preferred_username"], i.claims["cognito:username"] = "ana", "ana", "oleg"
	c := client(t, i)
	try, back := begun(t, i, c)
	if got, err := c.Finish(t.Context(), try, back); err != nil || got.Agent != "oleg" {
		t.Errorf("%+v, %v", got, err)
	}
}

// Each of these is a way into somebody else's desk.
func TestWhatIsNotBelieved(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, bend := range map[string]func(i *issuer, back url.Values){
		"another issuer":            func(i *issuer, _ url.Values) { i.claims["iss"] = "https://evil.example" },
		"another audience":          func(i *issuer, _ url.Values) { i.claims["aud"] = "shop" },
		"no audience":               func(i *issuer, _ url.Values) { i.claims["aud"] = nil },
		"two audiences, no party":   func(i *issuer, _ url.Values) { i.claims["aud"] = []string{"console", "shop"} },
		"another party":             func(i *issuer, _ url.Values) { i.claims["azp"] = "shop" },
		"another nonce":             func(i *issuer, _ url.Values) { i.claims["nonce"] = "x" },
		"no nonce":                  func(i *issuer, _ url.Values) { i.claims["nonce"] = nil },
		"an access token":           func(i *issuer, _ url.Values) { i.claims["token_use"] = "access" },
		"expired":                   func(i *issuer, _ url.Values) { i.claims["exp"] = at.Add(-2 * time.Minute).Unix() },
		"no expiry":                 func(i *issuer, _ url.Values) { i.claims["exp"] = nil },
		"of tomorrow":               func(i *issuer, _ url.Values) { i.claims["iat"] = at.Add(time.Hour).Unix() },
		"of yesterday":              func(i *issuer, _ url.Values) { i.claims["iat"] = at.Add(-time.Hour).Unix() },
		"about nobody":              func(i *issuer, _ url.Values) { i.claims["sub"] = nil },
		"a number for a subject":    func(i *issuer, _ url.Values) { i.claims["sub"] = 7 },
		"no algorithm":              func(i *issuer, _ url.Values) { i.header["alg"] = "none"; i.sign = func(string) []byte { return nil } },
		"a critical extension":      func(i *issuer, _ url.Values) { i.header["crit"] = []string{"exp"} },
		"an unknown key":            func(i *issuer, _ url.Values) { i.header["kid"] = "two" },
		"a key that is none of RSA": func(i *issuer, _ url.Values) { i.header["kid"] = "ec" },
		"no signature":              func(i *issuer, _ url.Values) { i.sign = func(string) []byte { return nil } },
		"the public key as a secret": func(i *issuer, _ url.Values) {
			i.header["alg"] = "HS256"
			i.sign = func(s string) []byte {
				h := hmac.New(sha256.New, i.key.N.Bytes())
				h.Write([]byte(s))
				return h.Sum(nil)
			}
		},
		"a stranger's signature": func(i *issuer, _ url.Values) {
			i.sign = func(s string) []byte {
				sum := sha256.Sum256([]byte(s))
				mac, _ := rsa.SignPKCS1v15(nil, other, crypto.SHA256, sum[:])
				return mac
			}
		},
		"another try's state":      func(_ *issuer, back url.Values) { back.Set("state", "x") },
		"no state":                 func(_ *issuer, back url.Values) { back.Del("state") },
		"another code":             func(_ *issuer, back url.Values) { back.Set("code", "x") },
		"no code":                  func(_ *issuer, back url.Values) { back.Del("code") },
		"a code without end":       func(_ *issuer, back url.Values) { back.Set("code", strings.Repeat("x", 5000)) },
		"sent back by another one": func(_ *issuer, back url.Values) { back.Set("iss", "https://evil.example") },
		"another verifier":         func(i *issuer, _ url.Values) { i.challenge = "x" },
		"an error page for a token": func(i *issuer, _ url.Values) {
			i.say = func(w http.ResponseWriter, path string) bool { fmt.Fprint(w, "<html>"); return path == "/token" }
		},
		"an answer without end": func(i *issuer, _ url.Values) {
			i.say = func(w http.ResponseWriter, path string) bool {
				if path == "/token" {
					fmt.Fprint(w, `{"id_token":"`+strings.Repeat("x", maxAnswer)+`"}`)
				}
				return path == "/token"
			}
		},
		"a redirect": func(i *issuer, _ url.Values) {
			i.say = func(w http.ResponseWriter, path string) bool {
				if path == "/token" {
					w.Header().Set("Location", i.URL+"/elsewhere")
					w.WriteHeader(http.StatusTemporaryRedirect)
				}
				return path == "/token"
			}
		},
	} {
		i := provider(t)
		c := client(t, i)
		try, back := begun(t, i, c)
		bend(i, back)
		if got, err := c.Finish(t.Context(), try, back); err == nil {
			t.Errorf("%s: believed as %+v", name, got)
		} else if strings.Contains(err.Error(), "evil") || strings.Contains(err.Error(), "html") {
			t.Errorf("%s: the error repeats the issuer: %v", name, err)
		}
		i.Close()
	}
}

func TestKeysThatTurnAreAskedForAgain(t *testing.T) {
	i := provider(t)
	c := client(t, i)
	now := at
	c.Now = func() time.Time { return now }
	try, back := begun(t, i, c)
	if _, err := c.Finish(t.Context(), try, back); err != nil {
		t.Fatal(err)
	}
	i.kid = "two"
	if _, err := c.Finish(t.Context(), try, back); err == nil || i.asked["/keys"] != 1 {
		t.Errorf("%v after %d questions: an unknown key must not make us ask at once", err, i.asked["/keys"])
	}
	now = now.Add(refresh)
	if _, err := c.Finish(t.Context(), try, back); err != nil {
		t.Errorf("a key that was turned: %v", err)
	}
}

func TestOnlyHTTPSIsTrusted(t *testing.T) {
	for address, want := range map[string]bool{
		"https://id.acme.example/pool": true, "http://127.0.0.1:8080/dev/oidc": true, "http://localhost/x": true, "http://[::1]/": true,
		"http://id.acme.example": false, "": false, "id.acme.example": false, "file:///etc": false, "https://a@id.acme.example": false, "http://localhost.evil.example": false,
	} {
		if _, err := New(address, "console", "", time.Now); (err == nil) != want {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := New("https://id.acme.example", "", "", time.Now); err == nil {
		t.Error("a client without an id")
	}
	i := provider(t)
	for name, meta := range map[string]map[string]string{
		"another name": {"issuer": "https://evil.example"},
		"no https":     {"issuer": i.URL, "authorization_endpoint": "http://evil.example", "token_endpoint": i.URL, "jwks_uri": i.URL},
		"nothing":      {},
	} {
		i.say = func(w http.ResponseWriter, _ string) bool { answer(w, meta); return true }
		if _, to, err := client(t, i).Begin(t.Context()); err == nil {
			t.Errorf("%s: the browser is sent to %s", name, to)
		}
	}
	i.Close()
	if _, _, err := client(t, i).Begin(t.Context()); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("an issuer that is away: %v", err)
	}
}

func FuzzToken(f *testing.F) {
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJSUzI1NiJ9.e30.AAAA")
	c := &Client{Issuer: "https://id.acme.example", ID: "console", Now: func() time.Time { return at }, found: &metadata{}, keys: keySet{
		byID: map[string]*rsa.PublicKey{"": &keyOnce().PublicKey}, asked: at,
	}}
	f.Fuzz(func(t *testing.T, token string) {
		if got, err := c.verify(t.Context(), token, "n"); err == nil {
			t.Errorf("%q is believed as %+v", token, got)
		}
	})
}

package edge

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Where the OIDC provider of this machine is, and what it knows the console as.
const (
	IssuerPath = "/dev/oidc"
	ClientID   = "pronto-console"
)

// Agent is one whom the provider signs in.
type Agent struct{ ID, Name, Role string }

// provider is who signs agents in on this machine: it asks for no password, since who reaches loopback is at home. To the console it is an OIDC provider like
// any other, so what is proved here is what runs in the cloud. It sends browsers back to the console's own address and nowhere else.
type provider struct {
	Desk
	key func() *rsa.PrivateKey // made when it is first needed

	mu    sync.Mutex
	codes map[string]grant
}

// grant is what a code may be redeemed for, once.
type grant struct {
	agent, nonce, challenge, redirect string
	until                             time.Time
}

// Bounds of the codes that are out.
const (
	codeLife = time.Minute
	maxCodes = 1000
)

func newProvider(d Desk) http.Handler {
	p := &provider{Desk: d, codes: map[string]grant{}, key: sync.OnceValue(func() *rsa.PrivateKey {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err) // of a size that Go makes: cannot be
		}
		return k
	})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+IssuerPath+"/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET "+IssuerPath+"/keys", p.keys)
	mux.HandleFunc("GET "+IssuerPath+"/authorize", p.choose)
	mux.HandleFunc("POST "+IssuerPath+"/authorize", p.chosen)
	mux.HandleFunc("POST "+IssuerPath+"/token", p.token)
	return mux
}

func (p *provider) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token", "jwks_uri": p.Issuer + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"code_challenge_methods_supported": []string{"S256"},
	})
}

// keyID names the one key.
const keyID = "this-machine"

func (p *provider) keys(w http.ResponseWriter, _ *http.Request) {
	k := p.key().PublicKey
	answer(w, http.StatusOK, map[string]any{"keys": []any{map[string]string{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID, "n": encode(k.N.Bytes()), "e": encode(big.NewInt(int64(k.E)).Bytes()),
	}}})
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// asked checks what the console asks for, or answers what is wrong.
func (p *provider) asked(w http.ResponseWriter, q url.Values) (back *url.URL, ok bool) {
	redirect := q.Get("redirect_uri")
	back, err := url.Parse(redirect)
	console, err2 := url.Parse(p.Console)
	if err != nil || err2 != nil || q.Get("client_id") != ClientID || back.Scheme != console.Scheme || back.Host != console.Host {
		refuse(w, http.StatusBadRequest, "this provider signs in at the console of this desk, and nowhere else")
		return nil, false
	}
	if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("state") == "" || q.Get("nonce") == "" {
		refuse(w, http.StatusBadRequest, "the code flow with PKCE (S256), state and nonce is all that this provider has")
		return nil, false
	}
	return back, true
}

// choose lists the agents.
func (p *provider) choose(w http.ResponseWriter, r *http.Request) {
	if _, ok := p.asked(w, r.URL.Query()); ok {
		pageTo(w, "choose", p.Agents, "form-action 'self'")
	}
}

// chosen sends the browser back with a code for the agent who was clicked.
func (p *provider) chosen(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxOrder)
	q := r.URL.Query()
	back, ok := p.asked(w, q)
	if !ok {
		return
	}
	id := r.PostFormValue("agent")
	if !slices.ContainsFunc(p.Agents, func(a Agent) bool { return a.ID == id }) {
		refuse(w, http.StatusBadRequest, "agent: the policy names no such agent")
		return
	}
	code := rand.Text()
	p.keep(code, grant{id, q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri"), p.Now().Add(codeLife)})
	back.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.Issuer}}.Encode()
	w.Header().Set("Location", back.String())
	w.WriteHeader(http.StatusSeeOther)
}

func (p *provider) keep(code string, g grant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.codes) >= maxCodes {
		clear(p.codes)
	}
	p.codes[code] = g
}

// take redeems a code: it is gone afterwards, whoever brought it.
func (p *provider) take(code string) (grant, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.codes[code]
	delete(p.codes, code)
	return g, ok && p.Now().Before(g.until)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxOrder)
	g, ok := p.take(r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || r.PostFormValue("grant_type") != "authorization_code" || r.PostFormValue("client_id") != ClientID || r.PostFormValue("redirect_uri") != g.redirect ||
		subtle.ConstantTimeCompare([]byte(encode(sum[:])), []byte(g.challenge)) != 1 {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	now := p.Now()
	token, err := p.signed(map[string]any{
		"iss": p.Issuer, "aud": ClientID, "sub": g.agent, "pronto:agent": g.agent, "nonce": g.nonce, "iat": now.Unix(), "exp": now.Add(codeLife).Unix(),
	})
	if err != nil {
		refuse(w, http.StatusInternalServerError, "the token cannot be signed")
		return
	}
	answer(w, http.StatusOK, map[string]any{"id_token": token, "access_token": rand.Text(), "token_type": "Bearer", "expires_in": int(codeLife / time.Second)})
}

func (p *provider) signed(claims map[string]any) (string, error) {
	head, err := json.Marshal(map[string]string{"alg": "RS256", "typ": "JWT", "kid": keyID})
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	input := encode(head) + "." + encode(body)
	sum := sha256.Sum256([]byte(input))
	mac, err := rsa.SignPKCS1v15(nil, p.key(), crypto.SHA256, sum[:])
	return input + "." + encode(mac), err
}

package session

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pronto/shared/desk"
)

var at = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func keeper(t *testing.T, secret, console string) Keeper {
	t.Helper()
	keys, err := desk.NewKeys([]byte(strings.Repeat(secret, 32)))
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(console)
	if err != nil {
		t.Fatal(err)
	}
	return New(keys, u)
}

// back is the request that a browser makes with the cookies of an answer.
func back(w *httptest.ResponseRecorder) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range w.Result().Cookies() {
		r.AddCookie(c)
	}
	return r
}

func TestASessionEndsByIdlenessAndByAge(t *testing.T) {
	k := keeper(t, "k", "https://desk.acme.example")
	w := httptest.NewRecorder()
	k.Begin(w, "ana", at)
	c := w.Result().Cookies()[0]
	if c.Name != "__Host-pronto" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("the cookie is %v", c)
	}
	for after, want := range map[time.Duration]bool{0: true, Idle - time.Second: true, Idle: false, -2 * time.Minute: false, -30 * time.Second: true} {
		if s, ok := k.Of(back(w), at.Add(after)); ok != want || ok && s.Agent != "ana" {
			t.Errorf("after %v: %+v, %v", after, s, ok)
		}
	}
	now := at
	for range 11 { // who works on stays, until the session's life is over
		now = now.Add(Idle - time.Minute)
		s, ok := k.Of(back(w), now)
		if !ok {
			break
		}
		w = httptest.NewRecorder()
		k.Renew(w, s, now)
	}
	if lived := now.Sub(at); lived < Life || lived > Life+Idle {
		t.Errorf("a session that is used lives for %v", lived)
	}
}

func TestARenewalIsNotWrittenEachTime(t *testing.T) {
	k := keeper(t, "k", "http://127.0.0.1:8080")
	w := httptest.NewRecorder()
	s := k.Begin(w, "ana", at)
	if c := w.Result().Cookies()[0]; c.Secure || c.Name != "pronto" {
		t.Errorf("on loopback the cookie is %v", c)
	}
	soon, later := httptest.NewRecorder(), httptest.NewRecorder()
	k.Renew(soon, s, at.Add(time.Minute))
	k.Renew(later, s, at.Add(6*time.Minute))
	if len(soon.Result().Cookies()) != 0 || len(later.Result().Cookies()) != 1 {
		t.Error("a session is renewed after five minutes, and not before")
	}
}

func TestWhatWeDidNotSignIsNobody(t *testing.T) {
	k, other := keeper(t, "k", "http://localhost"), keeper(t, "x", "http://localhost")
	w := httptest.NewRecorder()
	other.Begin(w, "ana", at)
	if _, ok := k.Of(back(w), at); ok {
		t.Error("a session of another desk is taken")
	}
	w = httptest.NewRecorder()
	k.Seal(w, "flow", Session{ID: "1", Agent: "ana", Began: at.Unix(), Renewed: at.Unix()}, time.Hour)
	r := back(w)
	flow, _ := r.Cookie("flow")
	moved := httptest.NewRequest(http.MethodGet, "/", nil)
	moved.AddCookie(&http.Cookie{Name: "pronto", Value: flow.Value})
	if _, ok := k.Of(moved, at); ok {
		t.Error("what was signed under another name is taken for a session")
	}
	w = httptest.NewRecorder()
	k.Begin(w, "ana", at)
	good := w.Result().Cookies()[0].Value
	raw, _ := base64.RawURLEncoding.DecodeString(good)
	for i := range raw {
		bad := append([]byte(nil), raw...)
		bad[i] ^= 1
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: "pronto", Value: base64.RawURLEncoding.EncodeToString(bad)})
		if _, ok := k.Of(r, at); ok {
			t.Fatalf("a session with byte %d changed is taken", i)
		}
	}
	for _, value := range []string{"", "a", strings.Repeat("a", 5000), good[:len(good)-4], "=" + good} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: "pronto", Value: value})
		if _, ok := k.Of(r, at); ok {
			t.Errorf("%.20q is taken", value)
		}
	}
}

func TestSigningOutDropsTheCookie(t *testing.T) {
	k := keeper(t, "k", "http://localhost")
	w := httptest.NewRecorder()
	k.End(w)
	if c := w.Result().Cookies()[0]; c.Value != "" || c.MaxAge != -1 {
		t.Errorf("signing out sets %v", c)
	}
}

func TestAFormsTokenIsOfItsSession(t *testing.T) {
	k := keeper(t, "k", "http://localhost")
	s, other := Session{ID: "1", Agent: "ana"}, Session{ID: "2", Agent: "ana"}
	a, b := k.Token(s), k.Token(s)
	if a == b {
		t.Error("two pages have one token: compression could tell it")
	}
	if !k.Takes(s, a) || !k.Takes(s, b) {
		t.Error("a token is not taken")
	}
	for _, bad := range []string{"", a[:len(a)-2], k.Token(other), a + "AA", "!"} {
		if k.Takes(s, bad) {
			t.Errorf("%q is taken", bad)
		}
	}
}

// Package session keeps who is signed in at the console, in a signed cookie and nowhere else.
//
// Invariants:
//   - A session names an agent, and is good for Idle since it was renewed and for Life since it began, whichever ends first. Whether the agent is still one of
//     the policy's is looked up at every request, so who is taken off it is out at once.
//   - The key is derived from the desk's secret for this use alone; what another use has signed is not taken.
//   - No script reads the cookie (HttpOnly), no other site's post carries it (SameSite=Lax), and over https it is bound to the host (__Host-).
//   - A form's token is of its session, and another in each page, so that compressing pages tells nothing of it.
package session

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"pronto/shared/desk"
)

// How long a session is good.
const (
	Life = 12 * time.Hour // since it began: longer than a shift
	Idle = 2 * time.Hour  // since anything but looking on was done
)

// renewal is how old a session's mark may be before it is written anew: not every request sets a cookie.
const renewal = 5 * time.Minute

// Session is an agent who is signed in.
type Session struct {
	ID      string `json:"i"` // random
	Agent   string `json:"a"`
	Began   int64  `json:"b"` // Unix seconds
	Renewed int64  `json:"r"` // Unix seconds
}

// Keeper makes and reads sessions.
type Keeper struct {
	key    []byte
	secure bool
}

// New returns the keeper of the console at an address: its cookies are for https alone where that is.
func New(keys desk.Keys, console *url.URL) Keeper {
	return Keeper{key: keys.Derived("session"), secure: console.Scheme == "https"}
}

// Cookie names. The prefix binds a cookie to its host, and browsers take it over https only.
const (
	name   = "pronto"
	prefix = "__Host-"
)

// Begin signs an agent in.
func (k Keeper) Begin(w http.ResponseWriter, agent string, now time.Time) Session {
	s := Session{ID: rand.Text(), Agent: agent, Began: now.Unix(), Renewed: now.Unix()}
	k.write(w, s, now)
	return s
}

// Of is the session of a request; false when there is none, or its time is over.
func (k Keeper) Of(r *http.Request, now time.Time) (s Session, ok bool) {
	if !k.Open(r, name, &s) || s.Agent == "" || s.ID == "" {
		return Session{}, false
	}
	began, renewed := time.Unix(s.Began, 0), time.Unix(s.Renewed, 0)
	early := now.Add(time.Minute).Before(renewed) || renewed.Before(began)
	return s, !early && now.Before(began.Add(Life)) && now.Before(renewed.Add(Idle))
}

// Renew lets a session go on, as far as its life allows.
func (k Keeper) Renew(w http.ResponseWriter, s Session, now time.Time) {
	if now.Sub(time.Unix(s.Renewed, 0)) < renewal {
		return
	}
	s.Renewed = now.Unix()
	k.write(w, s, now)
}

// End signs out. The cookie's value stays good until its time is over, for who has a copy of it: there is no list of sessions.
func (k Keeper) End(w http.ResponseWriter) { k.Drop(w, name) }

func (k Keeper) write(w http.ResponseWriter, s Session, now time.Time) {
	left := min(Idle, time.Unix(s.Began, 0).Add(Life).Sub(now))
	k.Seal(w, name, s, left)
}

// maxCookie bounds what is read of a cookie: browsers keep 4 KB.
const maxCookie = 4 << 10

// Seal keeps a value in a signed cookie of a name. The browser's owner may read it.
func (k Keeper) Seal(w http.ResponseWriter, name string, v any, life time.Duration) {
	body, err := json.Marshal(v)
	if err != nil {
		return // of our own types: cannot be
	}
	value := base64.RawURLEncoding.EncodeToString(append(body, k.mac(name, body)...))
	http.SetCookie(w, k.cookie(name, value, max(1, int(life/time.Second))))
}

// Open reads a sealed cookie; false when there is none that we signed under this name.
func (k Keeper) Open(r *http.Request, name string, into any) bool {
	c, err := r.Cookie(k.full(name))
	if err != nil || len(c.Value) > maxCookie {
		return false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(c.Value)
	if err != nil || len(b) < sha256.Size {
		return false
	}
	body, mac := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	return hmac.Equal(mac, k.mac(name, body)) && json.Unmarshal(body, into) == nil
}

// Drop takes a cookie back.
func (k Keeper) Drop(w http.ResponseWriter, name string) { http.SetCookie(w, k.cookie(name, "", -1)) }

func (k Keeper) cookie(name, value string, age int) *http.Cookie {
	return &http.Cookie{Name: k.full(name), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: k.secure, SameSite: http.SameSiteLaxMode}
}

func (k Keeper) full(name string) string {
	if k.secure {
		return prefix + name
	}
	return name
}

func (k Keeper) mac(use string, body []byte) []byte {
	h := hmac.New(sha256.New, k.key)
	h.Write([]byte(use + "\n"))
	h.Write(body)
	return h.Sum(nil)
}

// salt is the length of a form token's random part.
const salt = 12

// Token is for a hidden field of every form of a session's pages.
func (k Keeper) Token(s Session) string {
	b := make([]byte, salt)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(append(b, k.mac("form", append(b, s.ID...))...))
}

// Takes tells whether a form's token is of this session.
func (k Keeper) Takes(s Session, token string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != salt+sha256.Size {
		return false
	}
	return hmac.Equal(b[salt:], k.mac("form", append(b[:salt:salt], s.ID...)))
}

// Package fediverse is a server that speaks the Mastodon API, in your process: as Mastodon answers, or as GoToSocial does, which differs in ids, HTML, limits,
// errors, and in that it heeds no Idempotency-Key. It has people, posts, threads, notifications, OAuth and Web Push, and breaks on demand.
//
// It is written after the documentation of both (docs.joinmastodon.org, docs.gotosocial.org), and held to it by the suite of channel/mastodon, which runs against
// a real server, too, when one is named.
package fediverse

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// Dialect is whose answers a server gives.
type Dialect string

// The dialects.
const (
	Mastodon   Dialect = "mastodon"
	GoToSocial Dialect = "gotosocial"
)

// Options of a server. The zero Options are a Mastodon at social.example, on the wall's clock.
type Options struct {
	Dialect Dialect
	Domain  string // behind its people's names
	Limit   int    // characters of a post; 0: 500, or 5000
	Now     func() time.Time
	// Push hands over what the server would post to a subscription's endpoint, and gives the answer's status. nil: nothing is pushed.
	Push func(*http.Request) int
	// Proof is how long the proof of a push holds; 0: a day.
	Proof time.Duration
	// Legacy is a Mastodon before 4.4: pushes as the draft has them, whatever is asked for, and no quotes.
	Legacy bool
}

// Server is one. Its methods may be called by several at once.
type Server struct {
	URL string
	o   Options
	key *ecdsa.PrivateKey // it signs pushes with
	web *httptest.Server

	mu       sync.Mutex
	n        int // of ids given
	accounts []*Account
	statuses []*Status
	notes    []*notification
	apps     map[string]string // client id → secret
	codes    map[string]*Account
	tokens   map[string]*Account
	subs     map[string]*subscription // by token
	keys     map[string]kept          // Idempotency-Key → post
	fault    func(http.ResponseWriter, *http.Request) bool
	cut      func(*http.Request) bool
	limit    map[string]int // requests in this window, by token
	window   time.Time
	calls    []string
}

// Account is somebody, here or on another server.
type Account struct {
	ID, User, Domain string // Domain is "" of the server's own
	Name, Note       string
	Bot              bool
	Token            string // of the server's own
}

// Status is a post.
type Status struct {
	ID, Text, HTML, Warning, Visibility, Language string
	Author                                        *Account
	InReplyTo, Quotes                             string
	Mentions                                      []*Account
	Created, Edited                               time.Time
	Deleted                                       bool
	LocalOnly                                     bool
	Key                                           string // Idempotency-Key that it was posted under
}

type notification struct {
	id, kind string
	to       *Account
	about    *Status
	at       time.Time
}

type kept struct {
	id string
	at time.Time
}

// New starts a server.
func New(o Options) *Server {
	if o.Dialect == "" {
		o.Dialect = Mastodon
	}
	if o.Domain == "" {
		o.Domain = "social.example"
	}
	if o.Limit == 0 {
		o.Limit = map[Dialect]int{Mastodon: 500, GoToSocial: 5000}[o.Dialect]
	}
	if o.Proof == 0 {
		o.Proof = 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // the system has no randomness
	}
	s := &Server{
		o: o, key: key, apps: map[string]string{}, codes: map[string]*Account{}, tokens: map[string]*Account{}, subs: map[string]*subscription{},
		keys: map[string]kept{}, limit: map[string]int{},
	}
	s.web = httptest.NewServer(s.handler())
	s.URL = s.web.URL
	return s
}

// Close ends it.
func (s *Server) Close() { s.web.Close() }

// Break has f answer requests in the server's place: those for which it returns true. nil ends that.
func (s *Server) Break(f func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Cut has requests done whose answer is never sent: those for which f returns true. nil ends that.
func (s *Server) Cut(f func(*http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = f
}

// Calls are the requests so far, as "GET /api/v1/notifications".
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Join adds one of the server's own people, or with user@domain one of another's.
func (s *Server) Join(handle string) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.join(handle)
}

func (s *Server) join(handle string) *Account {
	user, domain, _ := strings.Cut(handle, "@")
	if domain == s.o.Domain {
		domain = ""
	}
	for _, a := range s.accounts {
		if a.User == user && a.Domain == domain {
			return a
		}
	}
	a := &Account{ID: s.id(), User: user, Domain: domain}
	if domain == "" {
		a.Token = "token-" + user + "-" + rand.Text()
		s.tokens[a.Token] = a
	}
	s.accounts = append(s.accounts, a)
	return a
}

// Handle is an account in full.
func (s *Server) Handle(a *Account) string { return s.handle(a) }

func (s *Server) handle(a *Account) string {
	if a.Domain == "" {
		return a.User + "@" + s.o.Domain
	}
	return a.User + "@" + a.Domain
}

// Post has somebody write a post; more is for what else it has.
func (s *Server) Post(by *Account, text string, more ...func(*Status)) *Status {
	s.mu.Lock()
	p := &Status{Author: by, Text: text, Visibility: "public", Created: s.now()}
	for _, f := range more {
		f(p)
	}
	pushes := s.publish(p)
	s.mu.Unlock()
	s.send(pushes)
	return p
}

// To makes a post an answer.
func To(parent *Status) func(*Status) { return func(p *Status) { p.InReplyTo = parent.ID } }

// For says who may see it.
func For(visibility string) func(*Status) { return func(p *Status) { p.Visibility = visibility } }

// Quoting makes a post quote another.
func Quoting(other *Status) func(*Status) { return func(p *Status) { p.Quotes = other.ID } }

// Warned puts a warning before a post.
func Warned(w string) func(*Status) { return func(p *Status) { p.Warning = w } }

// Edit gives a post another text. As on the real servers, nobody who was mentioned is told.
func (s *Server) Edit(p *Status, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.Text, p.Edited = text, s.now()
	p.HTML, p.Mentions = s.render(text)
}

// Delete withdraws a post, and what was said of it.
func (s *Server) Delete(p *Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(p)
}

func (s *Server) remove(p *Status) {
	p.Deleted = true
	for _, below := range s.statuses {
		if below.InReplyTo == p.ID && s.o.Dialect == Mastodon {
			below.InReplyTo = ""
		}
	}
	s.notes = slices.DeleteFunc(s.notes, func(n *notification) bool { return n.about == p })
}

// Of are the posts of an account, oldest first.
func (s *Server) Of(a *Account) (all []Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.statuses {
		if p.Author == a && !p.Deleted {
			all = append(all, *p)
		}
	}
	return all
}

// publish gives a post its id, and tells whom it concerns.
func (s *Server) publish(p *Status) (pushes []push) {
	p.ID = s.id()
	var named []*Account
	if p.HTML == "" {
		p.HTML, named = s.render(p.Text)
	}
	p.Mentions = append(p.Mentions, named...)
	s.statuses = append(s.statuses, p)
	for _, a := range p.Mentions {
		if a.Domain == "" && a != p.Author {
			pushes = append(pushes, s.notify(a, "mention", p)...)
		}
	}
	if q := s.status(p.Quotes); q != nil && q.Author.Domain == "" && q.Author != p.Author && !slices.Contains(p.Mentions, q.Author) && !s.o.Legacy {
		pushes = append(pushes, s.notify(q.Author, "quote", p)...)
	}
	return pushes
}

func (s *Server) notify(to *Account, kind string, p *Status) []push {
	id := s.id()
	if s.o.Dialect == Mastodon {
		id = fmt.Sprint(34_975_000 + s.n) // numbers of their own
	}
	n := &notification{id: id, kind: kind, to: to, about: p, at: s.now()}
	s.notes = append(s.notes, n)
	return s.pushes(n)
}

// status finds a post that is there.
func (s *Server) status(id string) *Status {
	for _, p := range s.statuses {
		if p.ID == id && !p.Deleted {
			return p
		}
	}
	return nil
}

// sees tells whether somebody may see a post. Nobody follows anybody here.
func (s *Server) sees(a *Account, p *Status) bool {
	return p.Visibility == "public" || p.Visibility == "unlisted" || a != nil && (p.Author == a || slices.Contains(p.Mentions, a))
}

func (s *Server) now() time.Time { return s.o.Now().UTC() }

// id gives the next id: a snowflake, or a ULID.
func (s *Server) id() string {
	s.n++
	ms := s.now().UnixMilli()
	if s.o.Dialect == Mastodon {
		return fmt.Sprint(ms<<16 | int64(s.n&0xffff))
	}
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	b := make([]byte, 26)
	for i, v := 9, ms; i >= 0; i, v = i-1, v>>5 {
		b[i] = digits[v&31]
	}
	for i, v := 25, s.n; i >= 10; i, v = i-1, v>>5 {
		b[i] = digits[v&31]
	}
	return string(b)
}

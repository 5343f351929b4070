package fediverse

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// perWindow is what Mastodon allows a token in five minutes.
const (
	perWindow = 300
	window    = 5 * time.Minute
)

// reply is what a route answers.
type reply struct {
	status int
	body   any
	links  string
	pushes []push
}

type route func(by *Account, r *http.Request) reply

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	open := func(pattern string, f route) { mux.Handle(pattern, s.serve(f, false)) }
	mine := func(pattern string, f route) { mux.Handle(pattern, s.serve(f, true)) }
	open("POST /api/v1/apps", s.register)
	open("POST /oauth/token", s.token)
	open("POST /oauth/revoke", s.revoke)
	open("GET /api/v2/instance", func(*Account, *http.Request) reply { return ok(s.showInstance(2)) })
	open("GET /api/v1/instance", func(*Account, *http.Request) reply { return ok(s.showInstance(1)) })
	mine("GET /api/v1/accounts/verify_credentials", func(by *Account, _ *http.Request) reply { return ok(s.showAccount(by)) })
	mine("GET /api/v1/notifications", s.listNotes)
	mine("GET /api/v1/notifications/{id}", s.oneNote)
	mine("POST /api/v1/statuses", s.postStatus)
	open("GET /api/v1/statuses/{id}", s.oneStatus)
	mine("PUT /api/v1/statuses/{id}", s.editStatus)
	mine("DELETE /api/v1/statuses/{id}", s.deleteStatus)
	open("GET /api/v1/statuses/{id}/context", s.context)
	open("GET /api/v1/accounts/{id}/statuses", s.statusesOf)
	if s.o.Dialect == Mastodon {
		open("GET /api/v1/statuses", s.several)
	}
	mine("POST /api/v1/push/subscription", s.subscribe)
	mine("GET /api/v1/push/subscription", s.subscribed)
	mine("DELETE /api/v1/push/subscription", s.unsubscribe)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.calls = append(s.calls, r.Method+" "+r.URL.Path)
		fault := s.fault
		s.mu.Unlock()
		if fault != nil && fault(w, r) {
			return
		}
		if s.o.Dialect == GoToSocial && r.UserAgent() == "" {
			write(w, http.StatusTeapot, object{"error": "I'm a teapot: no user-agent sent with request"})
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// serve answers by a route, in its turn.
func (s *Server) serve(f route, needs bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		by := s.tokens[token]
		out := reply{status: http.StatusUnauthorized, body: object{"error": "The access token is invalid"}}
		switch {
		case !s.allow(w.Header(), token):
			out = reply{status: http.StatusTooManyRequests, body: object{"error": "Too many requests"}}
		case by != nil || !needs && token == "":
			out = f(by, r)
		}
		cut := s.cut != nil && s.cut(r)
		s.mu.Unlock()
		s.send(out.pushes)
		if cut {
			panic(http.ErrAbortHandler) // done, and nobody hears of it
		}
		if out.links != "" {
			w.Header().Set("Link", out.links)
		}
		write(w, out.status, out.body)
	})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// allow counts a request, and says in headers what is left.
func (s *Server) allow(h http.Header, token string) bool {
	now := s.now()
	if now.Sub(s.window) >= window {
		s.window, s.limit = now, map[string]int{}
	}
	s.limit[token]++
	reset := s.window.Add(window)
	h.Set("X-RateLimit-Limit", strconv.Itoa(perWindow))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(perWindow-s.limit[token], 0)))
	h.Set("X-RateLimit-Reset", reset.Format("2006-01-02T15:04:05.000000Z"))
	return s.limit[token] <= perWindow
}

func ok(body any) reply { return reply{status: http.StatusOK, body: body} }

func (s *Server) missing() reply {
	if s.o.Dialect == GoToSocial {
		return reply{status: http.StatusNotFound, body: object{"error": "Not Found: target status not found"}}
	}
	return reply{status: http.StatusNotFound, body: object{"error": "Record not found"}}
}

func (s *Server) wrong(why string) reply {
	if s.o.Dialect == GoToSocial {
		return reply{status: http.StatusBadRequest, body: object{"error": "Bad Request: " + why}}
	}
	return reply{status: http.StatusUnprocessableEntity, body: object{"error": "Validation failed: " + why}}
}

// after tells whether an id is newer than another.
func after(a, b string) bool {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return len(a) > len(b) || len(a) == len(b) && a > b
}

// between cuts a list, oldest first, to what a request's max_id, since_id, min_id and limit ask for, and gives it newest first.
func between[T any](list []T, id func(T) string, r *http.Request, most int) []T {
	q := r.URL.Query()
	keep := slices.DeleteFunc(slices.Clone(list), func(x T) bool {
		lower, upper := q.Get("min_id"), q.Get("max_id")
		if lower == "" {
			lower = q.Get("since_id")
		}
		return lower != "" && !after(id(x), lower) || upper != "" && !after(upper, id(x))
	})
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n > 0 {
		most = min(n, most)
	}
	if len(keep) > most {
		if q.Get("min_id") != "" {
			keep = keep[:most] // what follows at once
		} else {
			keep = keep[len(keep)-most:]
		}
	}
	slices.Reverse(keep)
	return keep
}

func (s *Server) listNotes(by *Account, r *http.Request) reply {
	types := r.URL.Query()["types[]"]
	var all []*notification
	for _, n := range s.notes {
		if n.to == by && (len(types) == 0 || slices.Contains(types, n.kind)) {
			all = append(all, n)
		}
	}
	page := between(all, func(n *notification) string { return n.id }, r, 80)
	out := []any{}
	for _, n := range page {
		out = append(out, s.showNote(n))
	}
	a := ok(out)
	if len(page) > 0 {
		at := s.URL + "/api/v1/notifications?limit=" + r.URL.Query().Get("limit")
		a.links = fmt.Sprintf(`<%s&max_id=%s>; rel="next", <%s&min_id=%s>; rel="prev"`, at, page[len(page)-1].id, at, page[0].id)
	}
	return a
}

func (s *Server) oneNote(by *Account, r *http.Request) reply {
	for _, n := range s.notes {
		if n.to == by && n.id == r.PathValue("id") {
			return ok(s.showNote(n))
		}
	}
	return s.missing()
}

func (s *Server) postStatus(by *Account, r *http.Request) reply {
	key := r.Header.Get("Idempotency-Key")
	if before, ok := s.keys[by.ID+key]; ok && key != "" && s.o.Dialect == Mastodon && s.now().Sub(before.at) < time.Hour {
		if p := s.status(before.id); p != nil {
			return reply{status: http.StatusOK, body: s.showStatus(p)}
		}
	}
	p := &Status{
		Author: by, Text: r.FormValue("status"), Warning: r.FormValue("spoiler_text"), Visibility: r.FormValue("visibility"), Language: r.FormValue("language"),
		InReplyTo: r.FormValue("in_reply_to_id"), LocalOnly: r.FormValue("local_only") == "true", Created: s.now(), Key: key,
	}
	if p.Visibility == "" {
		p.Visibility = "public"
	}
	up := s.status(p.InReplyTo)
	switch {
	case p.Text == "":
		return s.wrong("Text can't be blank")
	case !slices.Contains([]string{"public", "unlisted", "private", "direct"}, p.Visibility):
		return s.wrong("Visibility is not included in the list")
	case s.count(p) > s.o.Limit:
		return s.wrong(fmt.Sprintf("Text character limit of %d exceeded", s.o.Limit))
	case p.InReplyTo != "" && (up == nil || !s.sees(by, up)):
		return s.missing()
	}
	pushes := s.publish(p)
	if key != "" {
		s.keys[by.ID+key] = kept{p.ID, s.now()}
	}
	a := ok(s.showStatus(p))
	a.pushes = pushes
	return a
}

// count is how the dialect counts: Mastodon takes a link for 23 and leaves servers out of mentions.
func (s *Server) count(p *Status) int {
	text := p.Text
	if s.o.Dialect == Mastodon {
		text = address.ReplaceAllString(text, strings.Repeat("x", 23))
		text = mention.ReplaceAllString(text, "@$1")
	}
	return utf8.RuneCountInString(text) + utf8.RuneCountInString(p.Warning)
}

func (s *Server) oneStatus(by *Account, r *http.Request) reply {
	p := s.status(r.PathValue("id"))
	if p == nil || !s.sees(by, p) {
		return s.missing()
	}
	return ok(s.showStatus(p))
}

func (s *Server) several(by *Account, r *http.Request) reply {
	out := []any{}
	for _, id := range r.URL.Query()["id[]"] {
		if p := s.status(id); p != nil && s.sees(by, p) {
			out = append(out, s.showStatus(p))
		}
	}
	return ok(out)
}

func (s *Server) editStatus(by *Account, r *http.Request) reply {
	p := s.status(r.PathValue("id"))
	if p == nil || p.Author != by {
		return s.missing()
	}
	p.Text, p.Edited = r.FormValue("status"), s.now()
	p.HTML, p.Mentions = s.render(p.Text)
	return ok(s.showStatus(p))
}

func (s *Server) deleteStatus(by *Account, r *http.Request) reply {
	p := s.status(r.PathValue("id"))
	if p == nil || p.Author != by {
		return s.missing()
	}
	out := s.showStatus(p)
	s.remove(p)
	return ok(out)
}

func (s *Server) context(by *Account, r *http.Request) reply {
	p := s.status(r.PathValue("id"))
	if p == nil || !s.sees(by, p) {
		return s.missing()
	}
	above, below := []any{}, []any{}
	for up := s.status(p.InReplyTo); up != nil; up = s.status(up.InReplyTo) {
		if s.sees(by, up) {
			above = append([]any{s.showStatus(up)}, above...)
		}
	}
	under := map[string]bool{p.ID: true}
	for _, q := range s.statuses {
		if under[q.InReplyTo] && !q.Deleted && s.sees(by, q) {
			under[q.ID] = true
			below = append(below, s.showStatus(q))
		}
	}
	return ok(object{"ancestors": above, "descendants": below})
}

func (s *Server) statusesOf(by *Account, r *http.Request) reply {
	var all []*Status
	for _, p := range s.statuses {
		if p.Author.ID == r.PathValue("id") && !p.Deleted && s.sees(by, p) {
			all = append(all, p)
		}
	}
	out := []any{}
	for _, p := range between(all, func(p *Status) string { return p.ID }, r, 40) {
		out = append(out, s.showStatus(p))
	}
	return ok(out)
}

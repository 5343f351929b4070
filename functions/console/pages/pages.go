// Package pages is the console as agents see it: server-rendered pages over package work, which decides and does everything.
//
// Invariants:
//   - Every page works without scripts: what is done is a form's POST, and a redirect to what came of it. Scripts only make it lighter: lists that stay fresh,
//     countdowns, keys, drafts.
//   - Nothing that was typed is lost: all that an agent types at a conversation is in one form, comes with whatever button is pressed, and comes back with what
//     could not be done.
//   - Nothing is loaded from anywhere else, and no script or style stands in a page: the content policy allows our own files alone.
//   - What customers write is text. The templates escape it; nothing here is template.HTML.
//   - A POST is taken from our own pages only: of the same origin, and with a token of the session.
package pages

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"math"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"embed"

	"pronto/functions/console/oidc"
	"pronto/functions/console/session"
	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/policy"
	"pronto/shared/setup"
)

//go:embed templates/*.html
var templates embed.FS

// Handler serves the pages under /console, and sends / there.
type Handler struct {
	desk     *work.Desk
	sessions session.Keeper
	signIn   *oidc.Client
	console  *url.URL // where it is reached
	mux      *http.ServeMux
	origins  *http.CrossOriginProtection
	limit    func(agent string) time.Duration // how long an agent has to wait who asks too often
	uploads  string                           // the store's origin, to which a page sends files
}

// New wires the pages to the desk behind them.
func New(ctx context.Context, s *setup.Setup, d *work.Desk, limit func(agent string) time.Duration) (*Handler, error) {
	env, err := s.Need(setup.ConsoleURL, setup.OIDCIssuer, setup.OIDCClient)
	if err != nil {
		return nil, err
	}
	console, err := url.Parse(strings.TrimSuffix(env[setup.ConsoleURL], "/"))
	if err != nil || console.Host == "" || console.Scheme != "https" && !oidc.Loopback(console.Hostname()) {
		return nil, errors.New(setup.ConsoleURL + " is not an https address")
	}
	keys, err := s.Keys(ctx)
	if err != nil {
		return nil, err
	}
	h := &Handler{desk: d, sessions: session.New(keys, console), console: console, mux: http.NewServeMux(), origins: http.NewCrossOriginProtection(), limit: limit}
	if h.signIn, err = oidc.New(env[setup.OIDCIssuer], env[setup.OIDCClient], console.String()+"/console/signed-in", s.Now); err != nil {
		return nil, err
	}
	if h.uploads, err = d.UploadsAt(ctx); err != nil {
		return nil, err
	}
	h.routes()
	return h, nil
}

func (h *Handler) routes() {
	h.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { to(w, "/console") })
	h.mux.HandleFunc("GET /console/static/{version}/{name}", static)
	h.mux.HandleFunc("GET /console/sign-in", h.beginSignIn)
	h.mux.HandleFunc("GET /console/signed-in", h.finishSignIn)
	h.mux.HandleFunc("GET /console/signed-out", h.signedOut)
	h.mux.Handle("GET /console", h.as(h.queue))
	h.mux.Handle("GET /console/queue", h.as(h.queue))
	h.mux.Handle("GET /console/search", h.as(h.search))
	h.mux.Handle("GET /console/conversations/{id}", h.as(h.conversation))
	h.mux.Handle("POST /console/conversations/{id}/{doing}", h.as(h.doing))
	h.mux.Handle("POST /console/conversations/{id}/uploads", h.as(h.upload))
	h.mux.Handle("POST /console/conversations/{id}/leave", h.as(h.leave))
	h.mux.Handle("GET /console/conversations/{id}/drafts", h.as(h.keptDrafts))
	h.mux.Handle("POST /console/conversations/{id}/drafts", h.as(h.keepDraft))
	h.mux.Handle("GET /console/held", h.as(h.held))
	h.mux.Handle("GET /console/held/{id}", h.as(h.heldOne))
	h.mux.Handle("POST /console/held/{id}/{doing}", h.as(h.heldDoing))
	h.mux.Handle("GET /console/suppressed", h.as(h.suppressed))
	h.mux.Handle("GET /console/circulars", h.as(h.circulars))
	h.mux.Handle("POST /console/circulars", h.as(h.prepareCircular))
	h.mux.Handle("GET /console/circulars/{id}", h.as(h.circular))
	h.mux.Handle("POST /console/circulars/{id}/{doing}", h.as(h.circularDoing))
	h.mux.Handle("GET /console/blocks", h.as(h.blocks))
	h.mux.Handle("POST /console/blocks", h.as(h.unblock))
	h.mux.Handle("GET /mail/{id}", h.as(h.letter))
	h.mux.Handle("GET /mail/{id}/aside", h.as(h.aside))
	h.mux.Handle("GET /console/write", h.as(h.write))
	h.mux.Handle("POST /console/write", h.as(h.start))
	h.mux.Handle("GET /console/write/drafts", h.as(h.keptDrafts))
	h.mux.Handle("POST /console/write/drafts", h.as(h.keepDraft))
	h.mux.Handle("POST /console/write/keep", h.as(h.keepLetter))
	h.mux.Handle("POST /console/write/macro", h.as(h.insertFirst))
	h.mux.Handle("POST /console/write/uploads", h.as(h.uploadFirst))
	h.mux.Handle("POST /console/measure", h.as(h.measured))
	h.mux.Handle("GET /mail/{id}/attachments/{number}", h.as(h.attachment))
	h.mux.Handle("GET /console/on-call", h.as(h.onCall))
	h.mux.Handle("GET /console/on-call/fairness", h.as(h.fairness))
	h.mux.Handle("GET /console/on-call/fairness.csv", h.as(h.fairnessCSV))
	h.mux.Handle("POST /console/on-call/add", h.as(h.changeRota))
	h.mux.Handle("POST /console/on-call/feed", h.as(h.renewFeed))
	h.mux.Handle("POST /console/on-call/remove", h.as(h.restoreRota))
	h.mux.Handle("GET /console/handover", h.as(h.handover))
	h.mux.Handle("POST /console/handover", h.as(h.offer))
	h.mux.Handle("POST /console/handover/{id}/{doing}", h.as(h.settleHandover))
	h.mux.Handle("GET /console/leaving", h.as(h.departing))
	h.mux.Handle("POST /console/leaving", h.as(h.letGo))
	h.mux.Handle("GET /console/day", h.as(h.day))
	h.mux.Handle("GET /console/board", h.as(h.board))
	h.mux.Handle("GET /console/board.csv", h.as(h.boardCSV))
	h.mux.Handle("GET /console/channels", h.as(h.channels))
	h.mux.Handle("GET /console/rules", h.as(h.rules))
	h.mux.Handle("POST /console/rules", h.as(h.setRules))
	h.mux.Handle("POST /console/rules/{version}/{doing}", h.as(h.settleRules))
	h.mux.Handle("GET /console/silence", h.as(h.silence))
	h.mux.Handle("POST /console/silence", h.as(h.setSilence))
	h.mux.Handle("POST /console/bulk", h.as(h.bulk))
	h.mux.Handle("POST /console/views", h.as(h.keepView))
	h.mux.Handle("POST /console/incident", h.as(h.setIncident))
	h.mux.Handle("GET /console/macros", h.as(h.macros))
	h.mux.Handle("POST /console/macros", h.as(h.setMacro))
	h.mux.Handle("GET /console/bulletins", h.as(h.bulletins))
	h.mux.Handle("POST /console/bulletins", h.as(h.setBulletin))
	h.mux.Handle("GET /console/devices", h.as(h.devices))
	h.mux.Handle("POST /console/devices", h.as(h.addDevice))
	h.mux.Handle("POST /console/devices/{id}/{doing}", h.as(h.deviceDoing))
	h.mux.HandleFunc("GET /console/manifest.webmanifest", h.manifest)
	h.mux.HandleFunc("GET /console/worker.js", h.worker)
	h.mux.HandleFunc("GET /console/offline", h.offline)
	h.mux.Handle("POST /console/language", h.as(h.speak))
	h.mux.Handle("POST /console/plain", h.as(h.setPlain))
	h.mux.Handle("POST /console/sign-out", h.as(h.signOut))
	h.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		v, _ := h.visitor(r)
		h.problem(w, r, v, &work.Problem{Status: http.StatusNotFound, Detail: "there is no such page"})
	})
}

// contentPolicy lets a page have our own files, and nothing else from anywhere.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP answers with the headers of a page that nobody may keep, frame or sniff at.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, value := range map[string]string{
		"Content-Security-Policy": contentPolicy, "Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
		"X-Robots-Tag": "noindex", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		w.Header().Set(name, value)
	}
	if h.console.Scheme == "https" {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
	}
	h.mux.ServeHTTP(w, r)
}

// visit is a request of an agent who is signed in.
type visit struct {
	*http.Request
	*words.Locale
	by      *policy.Agent
	session session.Session
	now     time.Time
	parts   int // of texts, that the page has so far
}

// maxForm bounds a form: three texts of 20,000 runes as a form may escape them; maxRules one with a rule book.
const (
	maxForm  = 1 << 20
	maxRules = 4 << 20
)

// most is how much a form at an address may have.
func most(r *http.Request) int64 {
	if r.URL.Path == "/console/rules" {
		return maxRules
	}
	return maxForm
}

// as lets in whoever is signed in and named by the policy; who is not is sent to sign in, and what he typed is shown to him again.
func (h *Handler) as(f func(http.ResponseWriter, *visit)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, most(r))
		v, p := h.visitor(r)
		if p != nil {
			h.problem(w, r, nil, p)
			return
		}
		if v == nil {
			h.stranger(w, r)
			return
		}
		if wait := h.limit(v.by.ID); wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			h.problem(w, r, v, &work.Problem{Status: http.StatusTooManyRequests, Detail: "you ask more often than this desk answers one agent: wait a moment, and go on"})
			return
		}
		if r.Method == http.MethodPost && !h.ours(w, v) {
			return
		}
		if !live(r) {
			h.sessions.Renew(w, v.session, v.now) // looking on is not working
			h.saw(w, v)
		}
		f(w, v)
	})
}

// visitor is who asks, nil for one who is not signed in or whom the policy does not name; or why it cannot be told now.
func (h *Handler) visitor(r *http.Request) (*visit, *work.Problem) {
	now := h.desk.Now()
	s, ok := h.sessions.Of(r, now)
	if !ok {
		return nil, nil
	}
	by, p := h.desk.Standing(r.Context(), h.desk.Policy.Agent(s.Agent))
	if by == nil {
		return nil, p
	}
	return &visit{Request: r, Locale: h.Language(r), by: by, session: s, now: now}, nil
}

// live tells whether a page asks what is new, by itself.
func live(r *http.Request) bool { return r.Header.Get("HX-Request") != "" }

// ours tells whether a POST comes from a page of ours, or answers that it does not.
func (h *Handler) ours(w http.ResponseWriter, v *visit) bool {
	if err := parseForm(v.Request); err != nil {
		h.problem(w, v.Request, v, &work.Problem{Status: http.StatusRequestEntityTooLarge, Detail: "that is more than a form may have"})
		return false
	}
	if h.origins.Check(v.Request) == nil && h.sessions.Takes(v.session, v.PostFormValue("token")) {
		return true
	}
	h.problem(w, v.Request, v, &work.Problem{Status: http.StatusForbidden, Detail: "this form is not of a page that you have open here: look again, then repeat what is still right"})
	return false
}

// parseForm reads a form, with the file of one that has any: all of it stays in memory, bounded as its address bounds it.
func parseForm(r *http.Request) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && kind == "multipart/form-data" && r.URL.Path == "/console/rules" {
		return r.ParseMultipartForm(maxRules)
	}
	return r.ParseForm()
}

// stranger sends who is not signed in to sign in. What a page asks for by itself is only refused: the page says so, and keeps what is typed in it.
func (h *Handler) stranger(w http.ResponseWriter, r *http.Request) {
	switch {
	case live(r):
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method == http.MethodGet:
		to(w, "/console/sign-in?"+url.Values{"to": {r.URL.RequestURI()}}.Encode())
	default:
		_ = r.ParseForm()
		in, back := h.Language(r), "/console"
		if id := r.PathValue("id"); id != "" {
			back = "/console/conversations/" + url.PathEscape(id)
		} else if strings.HasPrefix(r.URL.Path, "/console/write") {
			back = "/console/write"
		}
		h.render(w, http.StatusUnauthorized, "expired", nil, page{In: in, Title: in.T("Sign in again"), Body: struct {
			SignIn string
			Typed  []string
		}{"/console/sign-in?" + url.Values{"to": {back}}.Encode(), typed(r.PostForm)}})
	}
}

// typed are the texts of a form that were not sent.
func typed(form url.Values) (texts []string) {
	for _, name := range []string{"title", "text", "note", "handover", "forward_text", "why", "rules"} {
		if t := form.Get(name); strings.TrimSpace(t) != "" {
			texts = append(texts, t)
		}
	}
	return texts
}

// to redirects so that a reload repeats nothing.
func to(w http.ResponseWriter, address string) {
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}

// page is what every template has.
type page struct {
	In    *words.Locale // in which it is read: English if nobody says
	Title string
	At    string    // which part of the console it is, for the menu
	Said  string    // what was just done, in words
	Undo  *undoView // what of it can be taken back, from another page
	By    *policy.Agent
	Token string // of forms
	Zone  string // in which times are written
	Plain bool   // nothing is hidden from this agent
	Leads bool   // some brand, whose board is in the menu
	Body  any
	Rules func() int // changes of the rule book that wait for this agent; asked for where the bar is written

	Languages []option // that can be chosen
	Here      string   // where one is then
}

// render writes a page, or a part of one.
func (h *Handler) render(w http.ResponseWriter, status int, name string, v *visit, p page) {
	b, ok := h.made(w, name, v, p)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if v != nil {
		b = zipped(w, v.Request, b)
	}
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

func (h *Handler) made(w http.ResponseWriter, name string, v *visit, p page) ([]byte, bool) {
	if v != nil {
		p.In, p.By, p.Token, p.Zone = v.Locale, v.by, h.sessions.Token(v.session), v.zone().String()
		p.Languages, p.Here = tongues(v.Locale), whereabouts(v.Request)
		p.Plain = h.plainly(v)
		p.Rules = func() int { return h.desk.WaitingRules(v.Context(), v.by) }
		p.Leads = slices.ContainsFunc(v.by.Brands, func(b string) bool { return work.May(v.by, b, work.SeeStats) })
	}
	var b bytes.Buffer
	if err := parsed(cmp.Or(p.In, words.English)).ExecuteTemplate(&b, name, p); err != nil {
		h.desk.Log.Error("page", "error", "a page cannot be made", "page", name)
		http.Error(w, "this page cannot be made", http.StatusInternalServerError)
		return nil, false
	}
	return b.Bytes(), true
}

// problem is a page that says what is wrong, with the way back.
func (h *Handler) problem(w http.ResponseWriter, r *http.Request, v *visit, p *work.Problem) {
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	if live(r) {
		w.WriteHeader(p.Status)
		return
	}
	_ = r.ParseForm()
	in := h.Language(r)
	if v != nil {
		in = v.Locale
	}
	detail, _ := in.Said(p.Detail)
	h.render(w, p.Status, "problem", v, page{In: in, Title: in.T(cmp.Or(problemTitles[p.Status], "That did not work")), Body: struct {
		Words string
		Typed []string
	}{sentence(detail), typed(r.PostForm)}})
}

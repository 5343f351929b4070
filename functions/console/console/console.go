// Package console answers over HTTP: the API under /api/v1, the page that a paged agent answers, that of a customer's survey, and the pages of package pages under /console. What is done it leaves to package work; here a request
// becomes a call and its outcome an answer. Who asks comes from the gateway's JWT authorizer and is looked up in the policy.
package console

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"pronto/functions/console/pages"
	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/gateway"
	"pronto/shared/policy"
	"pronto/shared/setup"
)

// Handler is the console function.
type Handler struct {
	http.Handler
	desk   *work.Desk
	limits *limits

	language func(*http.Request) *words.Locale // in which who asks reads
}

// New wires the function.
func New(ctx context.Context, s *setup.Setup) (*Handler, error) {
	d, err := work.New(ctx, s)
	if err != nil {
		return nil, err
	}
	limits := newLimits(time.Now)
	shown, err := pages.New(ctx, s, d, func(agent string) time.Duration {
		_, wait := limits.take("page " + agent) // a script that went wild must not shut its agent out of the pages
		return wait
	})
	if err != nil {
		return nil, err
	}
	h := &Handler{desk: d, limits: limits, language: shown.Language}
	h.Handler = h.routes(shown)
	return h, nil
}

func (h *Handler) routes(pages http.Handler) http.Handler {
	mux := http.NewServeMux()
	for _, r := range h.api() {
		mux.Handle(r.Method+" "+Root+r.Path, h.limits.bound(h.asks, r.handler))
	}
	mux.HandleFunc("GET /page/{token}", h.page)
	mux.HandleFunc("POST /page/{token}", h.answerPage)
	mux.HandleFunc("GET /survey/{token}", h.survey)
	mux.HandleFunc("POST /survey/{token}", h.answerSurvey)
	mux.Handle("/console", pages)
	mux.Handle("/console/", pages)
	mux.Handle("/mail/", pages)
	mux.Handle("GET /{$}", pages)
	mux.HandleFunc("GET /oncall/{token}", h.calendar)
	mux.HandleFunc("/", nothing(mux))
	return mux
}

// nothing answers what no route takes: 405 where another method would do, else 404.
func nothing(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var allow []string
		for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete} {
			other := r.Clone(r.Context())
			other.Method = m
			if _, pattern := mux.Handler(other); pattern != "/" {
				allow = append(allow, m)
			}
		}
		if len(allow) == 0 || slices.Contains(allow, r.Method) {
			tell(w, work.Refuse(http.StatusNotFound, "", "there is nothing here: docs/api.md has what there is"))
			return
		}
		w.Header().Set("Allow", strings.Join(allow, ", "))
		tell(w, work.Refuse(http.StatusMethodNotAllowed, "", r.Method+" is not for this address: use "+strings.Join(allow, " or ")))
	}
}

// who is the agent whom the authorizer knows and the policy names; nil when there is none. The door has asked before, and answered where it could not be found out.
func (h *Handler) who(r *http.Request) *policy.Agent {
	by, _ := h.asks(r)
	return by
}

// asks is who, or why it cannot be told now.
func (h *Handler) asks(r *http.Request) (*policy.Agent, *work.Problem) {
	claims := gateway.Claims(r.Context())
	// Cognito calls the user's name, which an admin gave and nobody changes, cognito:username in the one kind of its tokens and username in the other.
	return h.desk.Standing(r.Context(), h.desk.Policy.SignedIn(cmp.Or(claims["pronto:agent"], claims["cognito:username"], claims["username"]), claims["sub"]))
}

// maxBody bounds a request's body: 20,000 runes as JSON may escape them.
const maxBody = 256 << 10

// body reads one JSON value; an empty body is an empty object. Of who is not known nothing is read.
func body(w http.ResponseWriter, r *http.Request, by *policy.Agent) ([]byte, *work.Problem) {
	return bodyOf(w, r, by, maxBody)
}

func bodyOf(w http.ResponseWriter, r *http.Request, by *policy.Agent, max int64) ([]byte, *work.Problem) {
	if by == nil {
		return nil, nil
	}
	var raw json.RawMessage
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, max))
	err := in.Decode(&raw)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		if max > maxBody {
			return nil, work.Refuse(http.StatusRequestEntityTooLarge, "", "a rule book has a megabyte at most")
		}
		return nil, work.Refuse(http.StatusRequestEntityTooLarge, "", "a request has 256 KB at most")
	case r.ContentLength == 0 || r.ContentLength < 0 && err != nil && len(raw) == 0 && err.Error() == "EOF":
		return []byte("{}"), nil
	case err != nil || in.More():
		return nil, work.Refuse(http.StatusBadRequest, "", "the body is not one JSON object")
	}
	return raw, nil
}

// reply answers with v, or with what is wrong.
func reply(w http.ResponseWriter, v any, p *work.Problem) {
	if p != nil {
		tell(w, p)
		return
	}
	if c, ok := v.(work.Conversation); ok {
		w.Header().Set("ETag", etag(c.Version))
	}
	answer(w, http.StatusOK, "application/json", v)
}

func tell(w http.ResponseWriter, p *work.Problem) {
	switch p.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	}
	if p.Version > 0 {
		w.Header().Set("ETag", etag(p.Version))
	}
	answer(w, p.Status, "application/problem+json", p)
}

func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

func answer(w http.ResponseWriter, status int, kind string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "the answer cannot be encoded", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

// Package console answers over HTTP: the API under /api/v1, and the page that a paged agent answers.
//
// Who asks comes from the gateway's JWT authorizer and is looked up in the policy. What an agent may not see does not exist for him: a conversation or a brand
// of another's is 404. An agent's doing is an event like any other: decided by package desk, committed once under the natural key of the request.
package console

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/account"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Handler is the console function.
type Handler struct {
	http.Handler
	accountant *account.Accountant
	store      *store.Store
	policy     *policy.Policy
	keys       desk.Keys
	s3         *s3.Client
	bucket     string
	now        func() time.Time
	log        *slog.Logger
}

// New wires the function.
func New(ctx context.Context, s *setup.Setup) (*Handler, error) {
	a, err := account.New(s)
	if err != nil {
		return nil, err
	}
	env, err := s.Need(setup.Bucket, setup.Secret)
	if err != nil {
		return nil, err
	}
	keys, err := s.Keys(ctx)
	if err != nil {
		return nil, err
	}
	h := &Handler{
		now: s.Now, log: s.Log, accountant: a, store: a.Store, policy: a.Policy, keys: keys, s3: s.S3(), bucket: env[setup.Bucket],
	}
	h.Handler = h.routes()
	return h, nil
}

func (h *Handler) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/reconciliation", h.reconciliation)
	mux.Handle("GET /api/v1/queue", h.as(h.queue))
	mux.Handle("GET /api/v1/conversations/{id}", h.as(h.conversation))
	mux.Handle("POST /api/v1/conversations/{id}/{doing}", h.as(h.doing))
	mux.Handle("GET /api/v1/silence", h.as(h.silence))
	mux.Handle("PUT /api/v1/silence", h.as(h.setSilence))
	mux.HandleFunc("GET /page/{token}", h.page)
	mux.HandleFunc("POST /page/{token}", h.answerPage)
	mux.HandleFunc("/", nothing(mux))
	return mux
}

// nothing answers what no route takes: 405 where another method would do, else 404.
func nothing(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var allow []string
		for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut} {
			other := r.Clone(r.Context())
			other.Method = m
			if _, pattern := mux.Handler(other); pattern != "/" {
				allow = append(allow, m)
			}
		}
		if len(allow) == 0 || slices.Contains(allow, r.Method) {
			problem(w, http.StatusNotFound, "", "there is nothing here: docs/api.md has what there is")
			return
		}
		w.Header().Set("Allow", strings.Join(allow, ", "))
		problem(w, http.StatusMethodNotAllowed, "", r.Method+" is not for this address: use "+strings.Join(allow, " or "))
	}
}

// reconciliation answers GET /api/v1/reconciliation?day=2026-11-22[&brand=acme]: the day's sum. Without day, today's (UTC). Every role may read it.
func (h *Handler) reconciliation(w http.ResponseWriter, r *http.Request) {
	day, brand := r.URL.Query().Get("day"), r.URL.Query().Get("brand")
	if day == "" {
		day = desk.Day(h.now())
	}
	if t, err := time.Parse(time.DateOnly, day); err != nil || desk.Day(t) != day {
		problem(w, http.StatusBadRequest, "day", "day is not a date: write it as 2026-11-22")
		return
	}
	if brand != "" && brand != account.NoBrand && h.policy.Brand(brand) == nil {
		problem(w, http.StatusNotFound, "brand", "no brand of this id is in the policy")
		return
	}
	d, err := h.accountant.Day(r.Context(), brand, day, h.now())
	if err != nil {
		h.unable(w, "reconciliation", err)
		return
	}
	answer(w, http.StatusOK, "application/json", d)
}

// Problem is an error as RFC 9457 has it, with the field at fault, a code where programs must tell reasons apart, and the version that a conversation has now.
type Problem struct {
	Title   string `json:"title"`
	Status  int    `json:"status"`
	Detail  string `json:"detail"`
	Field   string `json:"field,omitempty"`
	Code    string `json:"code,omitempty"`
	Version int    `json:"version,omitempty"`
}

func problem(w http.ResponseWriter, status int, field, detail string) {
	tell(w, Problem{Status: status, Field: field, Detail: detail})
}

func tell(w http.ResponseWriter, p Problem) {
	p.Title = http.StatusText(p.Status)
	if p.Version > 0 {
		w.Header().Set("ETag", etag(p.Version))
	}
	answer(w, p.Status, "application/problem+json", p)
}

// unable answers a passing fault, and leaves its words in the ledger.
func (h *Handler) unable(w http.ResponseWriter, what string, err error) {
	h.log.Error(what, "error", setup.Outermost(err))
	w.Header().Set("Retry-After", "1")
	problem(w, http.StatusServiceUnavailable, "", "it cannot be done now: try again, with the same Idempotency-Key if it had one")
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

// Package console answers over HTTP: the API under /api/v1. Pages come to it with the console for agents.
package console

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"pronto/shared/account"
	"pronto/shared/desk"
	"pronto/shared/setup"
)

// Handler is the console function.
type Handler struct {
	http.Handler
	accountant *account.Accountant
	now        func() time.Time
	log        *slog.Logger
}

// New wires the function.
func New(_ context.Context, s *setup.Setup) (*Handler, error) {
	a, err := account.New(s)
	if err != nil {
		return nil, err
	}
	h := &Handler{now: s.Now, log: s.Log, accountant: a}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/reconciliation", h.reconciliation)
	h.Handler = mux
	return h, nil
}

// reconciliation answers GET /api/v1/reconciliation?day=2026-11-22[&brand=acme]: the day's sum. Without day, today's (UTC).
func (h *Handler) reconciliation(w http.ResponseWriter, r *http.Request) {
	day, brand := r.URL.Query().Get("day"), r.URL.Query().Get("brand")
	if day == "" {
		day = desk.Day(h.now())
	}
	if t, err := time.Parse(time.DateOnly, day); err != nil || desk.Day(t) != day {
		problem(w, http.StatusBadRequest, "day", "day is not a date: write it as 2026-11-22")
		return
	}
	if brand != "" && brand != account.NoBrand && h.accountant.Policy.Brand(brand) == nil {
		problem(w, http.StatusNotFound, "brand", "no brand of this id is in the policy")
		return
	}
	d, err := h.accountant.Day(r.Context(), brand, day, h.now())
	if err != nil {
		h.log.Error("reconciliation", "day", day, "error", setup.Outermost(err))
		problem(w, http.StatusServiceUnavailable, "", "the sum cannot be read now: try again")
		return
	}
	answer(w, http.StatusOK, "application/json", d)
}

// Problem is an error as RFC 9457 has it, with the field at fault.
type Problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Field  string `json:"field,omitempty"`
}

func problem(w http.ResponseWriter, status int, field, detail string) {
	answer(w, status, "application/problem+json", Problem{Title: http.StatusText(status), Status: status, Detail: detail, Field: field})
}

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

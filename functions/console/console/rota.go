package console

import (
	"context"
	"net/http"

	"pronto/functions/console/work"
	"pronto/shared/policy"
)

// overrides answers GET /oncall/overrides?brand=.
func (h *Handler) overrides(w http.ResponseWriter, r *http.Request) {
	all, p := h.desk.Overrides(r.Context(), h.who(r), r.URL.Query().Get("brand"))
	reply(w, all, p)
}

// addOverride answers POST /oncall/overrides?brand=.
func (h *Handler) addOverride(w http.ResponseWriter, r *http.Request) {
	h.change(func(ctx context.Context, by *policy.Agent, _ string, o work.Request) (any, bool, *work.Problem) {
		return boxed(h.desk.AddOverride(ctx, by, r.URL.Query().Get("brand"), o))
	})(w, r)
}

// removeOverride answers DELETE /oncall/overrides/{id}?brand=.
func (h *Handler) removeOverride(w http.ResponseWriter, r *http.Request) {
	h.change(func(ctx context.Context, by *policy.Agent, id string, o work.Request) (any, bool, *work.Problem) {
		return boxed(h.desk.RemoveOverride(ctx, by, r.URL.Query().Get("brand"), id, o))
	})(w, r)
}

// handovers answers GET /handovers?brand=.
func (h *Handler) handovers(w http.ResponseWriter, r *http.Request) {
	all, p := h.desk.Handovers(r.Context(), h.who(r), r.URL.Query().Get("brand"))
	reply(w, all, p)
}

// handing answers POST /handovers?brand=, and what is done to one of them.
func (h *Handler) handing(do func(ctx context.Context, by *policy.Agent, brand, id string, o work.Request) (work.Handovers, bool, *work.Problem)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h.change(func(ctx context.Context, by *policy.Agent, id string, o work.Request) (any, bool, *work.Problem) {
			return boxed(do(ctx, by, r.URL.Query().Get("brand"), id, o))
		})(w, r)
	}
}

// offboarding answers GET /agents/{id}?brand=: what an agent has there.
func (h *Handler) offboarding(w http.ResponseWriter, r *http.Request) {
	o, p := h.desk.Offboarding(r.Context(), h.who(r), r.URL.Query().Get("brand"), r.PathValue("id"))
	reply(w, o, p)
}

// leaving answers POST /agents/{id}/offboard?brand= and return.
func (h *Handler) leaving(do func(ctx context.Context, by *policy.Agent, brand, agent string, o work.Request) (work.Offboarding, bool, *work.Problem)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h.change(func(ctx context.Context, by *policy.Agent, id string, o work.Request) (any, bool, *work.Problem) {
			return boxed(do(ctx, by, r.URL.Query().Get("brand"), id, o))
		})(w, r)
	}
}

// feed answers GET /oncall/feed: the link of the agent's own calendar.
func (h *Handler) feed(w http.ResponseWriter, r *http.Request) {
	f, p := h.desk.FeedOf(r.Context(), h.who(r))
	reply(w, f, p)
}

// renewFeed answers POST /oncall/feed: another link, and the one before leads nowhere. It needs no Idempotency-Key: the body says which link is meant.
func (h *Handler) renewFeed(w http.ResponseWriter, r *http.Request) {
	by := h.who(r)
	raw, p := body(w, r, by)
	if p != nil {
		tell(w, p)
		return
	}
	f, p := h.desk.RenewFeed(r.Context(), by, raw)
	reply(w, f, p)
}

// calendar answers GET /oncall/{token}: the shifts of whose link it is. Programs ask for it, without signing in: the link is the secret.
func (h *Handler) calendar(w http.ResponseWriter, r *http.Request) {
	data, p := h.desk.Calendar(r.Context(), r.PathValue("token"))
	if p != nil {
		tell(w, p)
		return
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Cache-Control", "private, max-age=300")
	w.Header().Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write(data)
}

// promises answers GET /stats/promises?brand=&from=&to=&items=.
func (h *Handler) promises(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s, p := h.desk.Promises(r.Context(), h.who(r), q.Get("brand"), q.Get("from"), q.Get("to"), q.Get("items") == "true")
	reply(w, s, p)
}

// fairness answers GET /stats/fairness?brand=&month=.
func (h *Handler) fairness(w http.ResponseWriter, r *http.Request) {
	f, p := h.desk.Fairness(r.Context(), h.who(r), r.URL.Query().Get("brand"), r.URL.Query().Get("month"))
	reply(w, f, p)
}

// board answers GET /stats/board?brand=&from=&to=.
func (h *Handler) board(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	b, p := h.desk.Board(r.Context(), h.who(r), q.Get("brand"), q.Get("from"), q.Get("to"))
	reply(w, b, p)
}

// forecast answers GET /forecast?brand=.
func (h *Handler) forecast(w http.ResponseWriter, r *http.Request) {
	f, p := h.desk.Forecast(r.Context(), h.who(r), r.URL.Query().Get("brand"))
	reply(w, f, p)
}

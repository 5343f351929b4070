package console

import (
	"context"
	"net/http"

	"pronto/functions/console/work"
	"pronto/shared/policy"
)

// maxRules bounds a request with a rule book: a megabyte as JSON may escape it.
const maxRules = 3 << 20

// rules are the routes of the rule book. They need no Idempotency-Key: a version is named by what stands in it, and whoever did a thing is told again that it is done.
func (h *Handler) rules() []Route {
	return []Route{
		{"GET", "/policy", work.SeeRules, func(w http.ResponseWriter, r *http.Request) {
			all, p := h.desk.Rules(r.Context(), h.who(r))
			reply(w, all, p)
		}},
		{"GET", "/policy/versions/{version}", work.SeeRules, func(w http.ResponseWriter, r *http.Request) {
			lines, p := h.desk.RulesText(r.Context(), h.who(r), r.PathValue("version"))
			reply(w, map[string]any{"version": r.PathValue("version"), "lines": lines}, p)
		}},
		{"POST", "/policy/preview", work.ChangeRules, onRules(h, func(ctx context.Context, by *policy.Agent, _ string, body []byte) (work.RulesDraft, *work.Problem) {
			return h.desk.PreviewRules(ctx, by, body)
		})},
		{"POST", "/policy/proposals", work.ChangeRules, onRules(h, func(ctx context.Context, by *policy.Agent, _ string, body []byte) (work.Rules, *work.Problem) {
			return h.desk.ProposeRules(ctx, by, body)
		})},
		{"POST", "/policy/versions/{version}/approve", work.ChangeRules, onRules(h, h.desk.ApproveRules)},
		{"POST", "/policy/versions/{version}/refuse", work.ChangeRules, onRules(h, h.desk.RefuseRules)},
		{"POST", "/policy/rollback", work.ChangeRules, onRules(h, func(ctx context.Context, by *policy.Agent, _ string, body []byte) (work.Rules, *work.Problem) {
			return h.desk.RollBackRules(ctx, by, body)
		})},
	}
}

// onRules answers a request that has, or names, a version of the rule book.
func onRules[T any](h *Handler, do func(ctx context.Context, by *policy.Agent, version string, body []byte) (T, *work.Problem)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		by := h.who(r)
		raw, p := bodyOf(w, r, by, maxRules)
		if p != nil {
			tell(w, p)
			return
		}
		v, p := do(r.Context(), by, r.PathValue("version"), raw)
		reply(w, v, p)
	}
}

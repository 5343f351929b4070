package console

import (
	"context"
	"net/http"

	"pronto/functions/console/work"
	"pronto/shared/policy"
)

// settings are the routes of what people change while the desk runs: each list answers a change with itself.
func (h *Handler) settings() (all []Route) {
	all = append(all, kind("/macros", work.SetMacro, h, h.desk.Macros, h.desk.SetMacro, h.desk.DropMacro)...)
	all = append(all, kind("/bulletins", work.SetBulletin, h, h.desk.Bulletins, h.desk.SetBulletin, h.desk.DropBulletin)...)
	all = append(all, kind("/views", work.SetView, h, h.desk.Views, h.desk.SetView, h.desk.DropView)...)
	return append(all,
		Route{"GET", "/conversations/{id}/macros", work.SeeConversation, h.filled},
		Route{"POST", "/conversations/{id}/check", work.Reply, h.change(once(h.desk.CheckAnswer))},
		Route{"POST", "/measure", work.Reply, h.measure},
		Route{"PUT", "/contacts/{id}/card", work.EditCard, h.change(once(h.desk.EditCard))},
	)
}

// measure answers POST /measure?brand=: it reads the rule book alone, and keeps nothing.
func (h *Handler) measure(w http.ResponseWriter, r *http.Request) {
	h.change(func(_ context.Context, by *policy.Agent, _ string, o work.Request) (any, bool, *work.Problem) {
		m, p := h.desk.Measure(by, r.URL.Query().Get("brand"), o)
		return m, false, p
	})(w, r)
}

// kind are the routes of one kind of settings: GET ?brand=, POST ?brand=, PUT and DELETE /{id}?brand=.
func kind[T any](path string, v work.Verb, h *Handler,
	list func(context.Context, *policy.Agent, string) (T, *work.Problem),
	set, drop func(context.Context, *policy.Agent, string, string, work.Request) (T, bool, *work.Problem),
) []Route {
	change := func(f func(context.Context, *policy.Agent, string, string, work.Request) (T, bool, *work.Problem)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			h.change(func(ctx context.Context, by *policy.Agent, id string, o work.Request) (any, bool, *work.Problem) {
				return boxed(f(ctx, by, r.URL.Query().Get("brand"), id, o))
			})(w, r)
		}
	}
	return []Route{
		{"GET", path, work.SeeSettings, func(w http.ResponseWriter, r *http.Request) {
			all, p := list(r.Context(), h.who(r), r.URL.Query().Get("brand"))
			reply(w, all, p)
		}},
		{"POST", path, v, change(set)},
		{"PUT", path + "/{id}", v, change(set)},
		{"DELETE", path + "/{id}", v, change(drop)},
	}
}

// filled answers GET /conversations/{id}/macros.
func (h *Handler) filled(w http.ResponseWriter, r *http.Request) {
	all, p := h.desk.Fill(r.Context(), h.who(r), r.PathValue("id"))
	reply(w, all, p)
}

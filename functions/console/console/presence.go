package console

import (
	"net/http"

	"pronto/functions/console/work"
)

// present answers GET /conversations/{id}/presence.
func (h *Handler) present(w http.ResponseWriter, r *http.Request) {
	all, p := h.desk.Present(r.Context(), h.who(r), r.PathValue("id"))
	reply(w, all, p)
}

// look answers PUT /conversations/{id}/presence.
func (h *Handler) look(w http.ResponseWriter, r *http.Request) {
	by := h.who(r)
	raw, p := body(w, r, by)
	if p != nil {
		tell(w, p)
		return
	}
	all, p := h.desk.Look(r.Context(), by, r.PathValue("id"), work.Request{Body: raw})
	reply(w, all, p)
}

// leave answers DELETE /conversations/{id}/presence.
func (h *Handler) leave(w http.ResponseWriter, r *http.Request) {
	all, p := h.desk.Leave(r.Context(), h.who(r), r.PathValue("id"))
	reply(w, all, p)
}

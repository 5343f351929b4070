package console

import (
	"net/http"
	"unicode/utf8"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/reply"
)

// Silence is a brand's silence switch as the API shows it.
type Silence struct {
	Brand string `json:"brand"`
	desk.Switch
}

// silence answers GET /api/v1/silence?brand=.
func (h *Handler) silence(w http.ResponseWriter, r *http.Request, by *policy.Agent) {
	b := h.brand(w, r, by)
	if b == nil {
		return
	}
	s, err := h.store.Switch(r.Context(), b.ID)
	if err != nil {
		h.unable(w, "silence", err)
		return
	}
	answer(w, http.StatusOK, "application/json", Silence{b.ID, s})
}

// maxWhy bounds a reason, in runes.
const maxWhy = 500

// setSilence answers PUT /api/v1/silence?brand= with {"on":true,"why":"…"}. Leads and admins may. Turning it to where it is keeps since when it is so.
func (h *Handler) setSilence(w http.ResponseWriter, r *http.Request, by *policy.Agent) {
	b := h.brand(w, r, by)
	if b == nil {
		return
	}
	if !by.Role.Includes(policy.RoleLead) {
		problem(w, http.StatusForbidden, "", "only a lead or an admin may turn the silence switch")
		return
	}
	var order struct {
		On  *bool  `json:"on"`
		Why string `json:"why"`
	}
	if !body(w, r, &order) {
		return
	}
	if order.On == nil {
		problem(w, http.StatusBadRequest, "on", "say true or false")
		return
	}
	if utf8.RuneCountInString(order.Why) > maxWhy {
		problem(w, http.StatusBadRequest, "why", "a reason has 500 characters at most")
		return
	}
	was, err := h.store.Switch(r.Context(), b.ID)
	if err != nil {
		h.unable(w, "silence", err)
		return
	}
	is := desk.Switch{On: *order.On, Why: reply.Clean(order.Why), By: by.ID, At: h.now()}
	if was.On == is.On && !was.At.IsZero() {
		is.At = was.At
	}
	if err := h.store.SetSwitch(r.Context(), b.ID, is); err != nil {
		h.unable(w, "silence", err)
		return
	}
	h.log.Info("silence", "brand", b.ID, "on", is.On, "by", by.ID)
	answer(w, http.StatusOK, "application/json", Silence{b.ID, is})
}

package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"pronto/shared/desk"
	"pronto/shared/gateway"
	"pronto/shared/policy"
)

// handler answers a request of a known agent.
type handler func(w http.ResponseWriter, r *http.Request, by *policy.Agent)

// as lets in whom the authorizer knows and the policy names.
func (h *Handler) as(f handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by := h.who(r.Context())
		if by == nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			problem(w, http.StatusUnauthorized, "", "who asks is not known: sign in as an agent whom the policy names")
			return
		}
		f(w, r, by)
	})
}

func (h *Handler) who(ctx context.Context) *policy.Agent {
	claims := gateway.Claims(ctx)
	return h.policy.Agent(cmp.Or(claims["pronto:agent"], claims["sub"]))
}

// brand is the brand that a request names, or the agent's only one. Another's brand does not exist for him.
func (h *Handler) brand(w http.ResponseWriter, r *http.Request, by *policy.Agent) *policy.Brand {
	id := r.URL.Query().Get("brand")
	switch {
	case id == "" && len(by.Brands) == 1:
		id = by.Brands[0]
	case id == "":
		problem(w, http.StatusBadRequest, "brand", "name one of your brands: "+strings.Join(by.Brands, ", "))
		return nil
	}
	b := h.policy.Brand(id)
	if b == nil || !slices.Contains(by.Brands, id) {
		problem(w, http.StatusNotFound, "brand", "none of your brands has this id")
		return nil
	}
	return b
}

// idLength is that of a conversation's id.
const idLength = 16

// find is the conversation that a request names, among the agent's brands; nil when it was answered already that there is none.
func (h *Handler) find(w http.ResponseWriter, r *http.Request, by *policy.Agent) *desk.Conversation {
	id := r.PathValue("id")
	if len(id) == idLength && !strings.ContainsFunc(id, func(c rune) bool { return (c < 'a' || c > 'z') && (c < '2' || c > '7') }) {
		var refs []desk.Ref
		for _, b := range by.Brands {
			if h.policy.Brand(b) != nil {
				refs = append(refs, desk.Ref{Brand: b, Conversation: id})
			}
		}
		found, err := h.store.Conversations(r.Context(), refs)
		if err != nil {
			h.unable(w, "conversation", err)
			return nil
		}
		for _, c := range found {
			return c
		}
	}
	tell(w, Problem{Status: http.StatusNotFound, Code: string(desk.NotFound), Detail: desk.NotFound.Words()})
	return nil
}

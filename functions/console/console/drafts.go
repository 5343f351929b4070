package console

import (
	"net/http"

	"pronto/functions/console/work"
	"pronto/shared/desk"
)

func (h *Handler) drafting() []Route {
	return []Route{
		{"GET", "/drafts", work.KeepDraft, h.begun},
		{"GET", "/drafts/letter", work.StartIt, h.letter},
		{"PUT", "/drafts/letter", work.StartIt, h.keepDraft},
		{"DELETE", "/drafts/letter", work.StartIt, h.dropDraft},
		{"GET", "/conversations/{id}/drafts", work.KeepDraft, h.drafts},
		{"PUT", "/conversations/{id}/drafts/{of}", work.KeepDraft, h.keepDraft},
		{"DELETE", "/conversations/{id}/drafts/{of}", work.KeepDraft, h.dropDraft},
	}
}

// writingOf is what a request's draft stands for.
func writingOf(r *http.Request) work.Writing {
	if id := r.PathValue("id"); id != "" {
		return work.Writing{Conversation: id, Of: work.Verb(r.PathValue("of"))}
	}
	return work.Writing{Brand: r.URL.Query().Get("brand"), Contact: r.URL.Query().Get("contact"), Of: work.StartIt}
}

// begun answers GET /drafts?brand=.
func (h *Handler) begun(w http.ResponseWriter, r *http.Request) {
	all, p := h.desk.Begun(r.Context(), h.who(r), r.URL.Query().Get("brand"))
	reply(w, all, p)
}

// drafts answers GET /conversations/{id}/drafts.
func (h *Handler) drafts(w http.ResponseWriter, r *http.Request) {
	kept, p := h.desk.Drafts(r.Context(), h.who(r), r.PathValue("id"))
	all := work.Drafts{Items: []work.Draft{}}
	for _, x := range kept {
		if !x.Gone {
			all.Items = append(all.Items, x)
		}
	}
	reply(w, all, p)
}

// letter answers GET /drafts/letter?brand=&contact=.
func (h *Handler) letter(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	x, p := h.desk.LetterBegun(r.Context(), h.who(r), q.Get("brand"), q.Get("contact"))
	reply(w, x, p)
}

// keepDraft answers PUT /conversations/{id}/drafts/{of} and PUT /drafts/letter?brand=&contact=.
func (h *Handler) keepDraft(w http.ResponseWriter, r *http.Request) {
	by := h.who(r)
	raw, p := body(w, r, by)
	var is desk.Draft
	if p == nil && by != nil {
		is, p = work.DraftIn(raw)
	}
	if p != nil {
		tell(w, p)
		return
	}
	x, p := h.desk.KeepDraft(r.Context(), by, writingOf(r), is, r.Header.Get("If-Match"), work.Keeper{})
	reply(w, x, p)
}

// dropDraft answers DELETE of the same.
func (h *Handler) dropDraft(w http.ResponseWriter, r *http.Request) {
	x, p := h.desk.KeepDraft(r.Context(), h.who(r), writingOf(r), desk.Draft{}, r.Header.Get("If-Match"), work.Keeper{})
	reply(w, x, p)
}

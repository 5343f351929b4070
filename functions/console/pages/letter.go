package pages

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"pronto/functions/console/work"
	"pronto/shared/mail/show"
)

// letter answers GET /mail/{id}?conversation=[&pictures=1]: a mail as its sender made it, for a frame. Its content policy is the second wall: the page has an
// origin of nobody, runs nothing and loads nothing.
func (h *Handler) letter(w http.ResponseWriter, v *visit) {
	q := v.URL.Query()
	letter, language, p := h.desk.Letter(v.Context(), v.by, q.Get("conversation"), v.PathValue("id"), q.Get("pictures") == "1")
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	w.Header().Set("Content-Security-Policy", show.Policy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	var notes []string
	for _, n := range letter.Notes() {
		notes = append(notes, v.said(n))
	}
	_, _ = strings.NewReader(show.Document(letter, language, v.Tag, notes)).WriteTo(w)
}

// attachment answers GET /mail/{id}/attachments/{number}?conversation=: it sends on to the store, where the file can be had for a minute.
func (h *Handler) attachment(w http.ResponseWriter, v *visit) {
	link, p := h.desk.Attachment(v.Context(), v.by, v.URL.Query().Get("conversation"), v.PathValue("id"), v.PathValue("number"))
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	to(w, link.URL)
}

// letters are the addresses of a message's other form and of its attachments; pictures of the letter's own are in it.
func (v *visit) letters(conversation string, m work.Message) (letter string, files []fileView) {
	at, of := "/mail/"+url.PathEscape(m.ID), "?"+url.Values{"conversation": {cmp.Or(m.Part, conversation)}}.Encode()
	if m.HTML {
		letter = at + of
	}
	for _, a := range m.Attachments {
		if !a.Inline || !m.HTML {
			files = append(files, fileView{cmp.Or(a.Name, a.Type, v.T("attachment")), v.size(a.Size), at + "/attachments/" + a.ID + of})
		}
	}
	return letter, files
}

// size is a number of bytes in words.
func (v *visit) size(n int) string {
	switch {
	case n < 1000:
		return v.T("%d byte | %d bytes", n)
	case n < 1_000_000:
		return v.T("%d KB", (n+500)/1000)
	}
	if n%1_000_000 == 0 {
		return v.T("%s MB", v.Number(float64(n)/1e6, 0))
	}
	return v.T("%s MB", v.Number(float64(n)/1e6, 1))
}

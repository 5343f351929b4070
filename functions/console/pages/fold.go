package pages

import (
	"html"
	"net/http"
	"strconv"
	"strings"

	"pronto/functions/console/work"
	"pronto/shared/mail"
	"pronto/shared/mail/show"
)

// What of a message is folded: it is there and one press away, with scripts and without.
const (
	quotedAtOnce = 3    // lines of a quote between the sender's own that are not folded
	longLines    = 60   // lines from which on a message is long
	longBytes    = 5000 // or bytes
	shownLines   = 30   // of a long one
	shownBytes   = 2500

	// A mail may be nothing but a line, a quote, a line, a quote: more parts than these are one, so that no page becomes more than its text.
	partsOfText = 200
	partsOfPage = 2000
)

// textPart is a run of a message's text.
type textPart struct {
	ID     string // of its fold
	Text   string
	Quoted bool
	Fold   string // the summary behind which it is folded; "" for none
}

// textParts are a message's text as it is read: own words, quotes between them, and of a long one the rest behind a fold.
func (v *visit) textParts(id, text string, quotes bool) (all, rest []textPart, more string) {
	if len(text) > longBytes || strings.Count(text, "\n") > longLines {
		var after string
		if text, after = firstOfLong(text); after != "" {
			rest = v.split(id+"-rest", after, quotes)
			more = v.T("… %d more line | … %d more lines", lineCount(after))
		}
	}
	return v.split(id, text, quotes), rest, more
}

func (v *visit) split(id, text string, quotes bool) (all []textPart) {
	if !quotes {
		return []textPart{{Text: text}}
	}
	parts := mail.Fold(text)
	if v.parts += len(parts); len(parts) > partsOfText || v.parts > partsOfPage {
		return []textPart{{Text: text}}
	}
	for i, p := range parts {
		x := textPart{ID: id + "-" + strconv.Itoa(i), Text: p.Text, Quoted: p.Kind == mail.PartQuoted}
		if x.Quoted && p.Lines > quotedAtOnce {
			x.Fold = v.T("… %d line quoted | … %d lines quoted", p.Lines)
		}
		all = append(all, x)
	}
	return all
}

// firstOfLong cuts a long text at the end of a line; a line that is longer than what is shown is cut at a space.
func firstOfLong(text string) (shown, rest string) {
	at := len(mail.Cut(text, shownBytes))
	if lines := strings.SplitAfterN(text, "\n", shownLines+1); len(lines) > shownLines {
		at = min(at, len(text)-len(lines[shownLines]))
	}
	if i := strings.LastIndexByte(text[:at], '\n'); i > 0 {
		at = i + 1
	} else if i := strings.LastIndexByte(text[:at], ' '); i > 0 {
		at = i + 1
	}
	if lineCount(text[at:]) == 0 {
		return text, ""
	}
	return strings.TrimRight(text[:at], "\n"), text[at:]
}

func lineCount(s string) (n int) {
	for l := range strings.SplitSeq(s, "\n") {
		if strings.TrimSpace(l) != "" {
			n++
		}
	}
	return n
}

// asideWords say what stands aside of a mail; "" for nothing.
func (v *visit) asideWords(m work.Message) string {
	switch {
	case m.Quoted > 0 && m.Signed > 0:
		return v.T("… %d line quoted, and a signature | … %d lines quoted, and a signature", m.Quoted)
	case m.Quoted > 0:
		return v.T("… %d line quoted | … %d lines quoted", m.Quoted)
	case m.Signed > 0:
		return v.T("… a signature")
	}
	return ""
}

// aside answers GET /mail/{id}/aside?conversation=: what a mail quotes, and its signature, for a frame. It is text, and stands behind the same two walls as a mail's HTML.
func (h *Handler) aside(w http.ResponseWriter, v *visit) {
	a, p := h.desk.Aside(v.Context(), v.by, v.URL.Query().Get("conversation"), v.PathValue("id"))
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	var b strings.Builder
	for _, part := range a.Items {
		for l := range strings.SplitSeq(part.Text, "\n") {
			b.WriteString(`<div dir="auto">` + html.EscapeString(l) + "<br></div>")
		}
		b.WriteString("<hr>")
	}
	page := show.Document(show.HTML(strings.TrimSuffix(b.String(), "<hr>"), show.Pictures{}), "", v.Tag, nil)
	w.Header().Set("Content-Security-Policy", show.Policy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = strings.NewReader(page).WriteTo(w)
}

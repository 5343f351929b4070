package edge

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"sort"
	"sync"

	"pronto/infra/local/ses"
)

//go:embed pages.html
var source string

var pages = sync.OnceValue(func() *template.Template { return template.Must(template.New("pages").Parse(source)) })

// policy of the pages' content: no scripts, nothing from anywhere, styles from the page itself. A mail's HTML is in a frame with srcdoc, which inherits it.
const contentPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

func page(w http.ResponseWriter, name string, data any) { pageTo(w, name, data, "form-action 'none'") }

// pageTo is a page whose forms may go where the directive says.
func pageTo(w http.ResponseWriter, name string, data any, forms string) {
	var b bytes.Buffer
	if err := pages().ExecuteTemplate(&b, name, data); err != nil {
		refuse(w, http.StatusInternalServerError, "the page cannot be made")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", contentPolicy+"; "+forms)
	_, _ = w.Write(b.Bytes())
}

func (d Desk) index(w http.ResponseWriter, _ *http.Request) { page(w, "index", d) }

// perPage is how many mails a page shows.
const perPage = 25

// page shows the mails that left, newest first; ?before=SEQ those that left before.
func (d Desk) page(w http.ResponseWriter, r *http.Request) {
	before, err := sequence(r, "before")
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	last := d.last()
	if before == 0 || before > last {
		before = last + 1
	}
	from := max(before-perPage, 1)
	rows, err := d.Outbox(from-1, int(before-from))
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, "the outbox cannot be read now: try again")
		return
	}
	view := struct {
		Last, Older, Newer int64
		Pieces             []Piece
	}{Last: last, Pieces: newestFirst(rows)}
	if from > 1 {
		view.Older = from
	}
	if before <= last {
		view.Newer = before + perPage
	}
	page(w, "outbox", view)
}

func newestFirst(rows []ses.Row) []Piece {
	pieces := make([]Piece, 0, len(rows))
	for i := len(rows) - 1; i >= 0; i-- {
		pieces = append(pieces, Read(rows[i]))
	}
	return pieces
}

// last is the sequence number of the newest mail; they are numbered without gaps, so halving finds it in a few looks.
func (d Desk) last() int64 {
	gone := func(n int) bool {
		rows, err := d.Outbox(int64(n), 1)
		return err != nil || len(rows) == 0
	}
	high := 1
	for !gone(high) {
		high *= 2
	}
	return int64(sort.Search(high, gone))
}

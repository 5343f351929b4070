package console

import (
	_ "embed"
	"net/http"
	"sync"
	"unicode"
	"unicode/utf8"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
)

//go:embed page.html
var pageHTML string

// sheet is the page's template.
var sheet = sync.OnceValue(func() sealed { return seal("page", pageHTML) })

// call is what a page shows.
type call struct {
	*words.Locale
	Title, Words string
	Brand        string
	Priority     string
	Due          string
	Ask          bool   // show the button
	ID           string // of the conversation, where the page leads to it
}

// page answers GET /page/{token}: the call, and a button.
func (h *Handler) page(w http.ResponseWriter, r *http.Request) {
	c, p := h.desk.Called(r.Context(), r.PathValue("token"))
	if p != nil {
		h.showProblem(w, r, p, show)
		return
	}
	v := shown(h.language(r), c)
	if c.State == work.CallOpen {
		v.Title, v.Words, v.Ask = v.T("You are called"), v.T("%s, will you take this conversation?", c.Agent.Name), true
	}
	show(w, http.StatusOK, v)
}

// answerPage answers POST /page/{token}[open=yes]: the agent takes the conversation, unless somebody has it, and is led there if he wants to be.
func (h *Handler) answerPage(w http.ResponseWriter, r *http.Request) {
	c, took, p := h.desk.AnswerCall(r.Context(), r.PathValue("token"))
	asked := show
	if r.Header.Get("Accept") == "application/json" { // the console's worker, which says it in a notice
		asked = tellCall
	}
	if p != nil {
		h.showProblem(w, r, p, asked)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<10)
	if mine := took || c.State == work.CallYours; mine && r.PostFormValue("open") != "" {
		w.Header().Set("Location", "/console/conversations/"+c.ID+"?said=claim")
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	v := shown(h.language(r), c)
	if took {
		v.Title, v.Words = v.T("You have it"), v.T("%s, the conversation is yours, and nobody else is called.", c.Agent.Name)
	}
	asked(w, http.StatusOK, v)
}

// tellCall is the page in two texts.
func tellCall(w http.ResponseWriter, status int, v call) {
	answer(w, status, "application/json", map[string]string{"title": v.Title, "words": v.Words})
}

// shown is a call in words, by who has it.
func shown(in *words.Locale, c work.Call) call {
	priority, _ := in.Said(c.Priority)
	v := call{Locale: in, Brand: c.Brand.Name, Priority: priority, ID: c.ID}
	zone := c.Brand.Zone
	if c.Agent.Zone != nil {
		zone = c.Agent.Zone
	}
	if c.Due != nil {
		v.Due = v.Time(c.Due.In(zone), "Monday 2 January, 15:04 MST")
	}
	switch c.State {
	case work.CallDone:
		v.Title, v.Words = v.T("It is done"), v.T("The conversation is resolved. There is nothing to do.")
	case work.CallYours:
		v.Title, v.Words = v.T("You have it"), v.T("%s, the conversation is yours already.", c.Agent.Name)
	case work.CallTaken:
		v.Title, v.Words = v.T("%s has it", c.Assignee.Name), v.T("The conversation is taken. There is nothing to do.")
	}
	return v
}

// titles of problems, where the status alone would not tell a person.
var titles = map[int]words.Key{
	http.StatusNotFound: "This link is not good", http.StatusConflict: "It is not taken", http.StatusServiceUnavailable: "Try again",
	http.StatusTooManyRequests: "Too often", http.StatusRequestEntityTooLarge: "Too long",
}

func (h *Handler) showProblem(w http.ResponseWriter, r *http.Request, p *work.Problem, show func(http.ResponseWriter, int, call)) {
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	in := h.language(r)
	detail, _ := in.Said(p.Detail)
	first, n := utf8.DecodeRuneInString(detail)
	show(w, p.Status, call{Locale: in, Title: in.T(titles[p.Status]), Words: string(unicode.ToUpper(first)) + detail[n:] + "."})
}

func show(w http.ResponseWriter, status int, v call) { sheet().send(w, status, v) }

package console

import (
	_ "embed"
	"net/http"
	"strings"
	"sync"

	"pronto/functions/console/work"
)

//go:embed page.html
var pageHTML string

// sheet is the page's template.
var sheet = sync.OnceValue(func() sealed { return seal("page", pageHTML) })

// call is what a page shows.
type call struct {
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
		showProblem(w, p, show)
		return
	}
	v := shown(c)
	if c.State == work.CallOpen {
		v.Title, v.Words, v.Ask = "You are called", c.Agent.Name+", will you take this conversation?", true
	}
	show(w, http.StatusOK, v)
}

// answerPage answers POST /page/{token}: the agent takes the conversation, unless somebody has it.
func (h *Handler) answerPage(w http.ResponseWriter, r *http.Request) {
	c, took, p := h.desk.AnswerCall(r.Context(), r.PathValue("token"))
	asked := show
	if r.Header.Get("Accept") == "application/json" { // the console's worker, which says it in a notice
		asked = tellCall
	}
	if p != nil {
		showProblem(w, p, asked)
		return
	}
	v := shown(c)
	if took {
		v.Title, v.Words = "You have it", c.Agent.Name+", the conversation is yours, and nobody else is called."
	}
	asked(w, http.StatusOK, v)
}

// tellCall is the page in two texts.
func tellCall(w http.ResponseWriter, status int, v call) {
	answer(w, status, "application/json", map[string]string{"title": v.Title, "words": v.Words})
}

// shown is a call in words, by who has it.
func shown(c work.Call) call {
	v := call{Brand: c.Brand.Name, Priority: c.Priority, ID: c.ID}
	zone := c.Brand.Zone
	if c.Agent.Zone != nil {
		zone = c.Agent.Zone
	}
	if c.Due != nil {
		v.Due = c.Due.In(zone).Format("Monday 2 January, 15:04 MST")
	}
	switch c.State {
	case work.CallDone:
		v.Title, v.Words = "It is done", "The conversation is resolved. There is nothing to do."
	case work.CallYours:
		v.Title, v.Words = "You have it", c.Agent.Name+", the conversation is yours already."
	case work.CallTaken:
		v.Title, v.Words = c.Assignee.Name+" has it", "The conversation is taken. There is nothing to do."
	}
	return v
}

// titles of problems, where the status alone would not tell a person.
var titles = map[int]string{
	http.StatusNotFound: "This link is not good", http.StatusConflict: "It is not taken", http.StatusServiceUnavailable: "Try again",
	http.StatusTooManyRequests: "Too often", http.StatusRequestEntityTooLarge: "Too long",
}

func showProblem(w http.ResponseWriter, p *work.Problem, show func(http.ResponseWriter, int, call)) {
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	show(w, p.Status, call{Title: titles[p.Status], Words: strings.ToUpper(p.Detail[:1]) + p.Detail[1:] + "."})
}

func show(w http.ResponseWriter, status int, v call) { sheet().send(w, status, v) }

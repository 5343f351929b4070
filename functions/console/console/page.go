package console

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"pronto/functions/console/work"
)

//go:embed page.html
var pageHTML string

// sheet is the page's template with the policy of what it may load: its own style, by its digest, and nothing else.
var sheet = sync.OnceValue(func() struct {
	*template.Template
	csp string
} {
	_, rest, _ := strings.Cut(pageHTML, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	return struct {
		*template.Template
		csp string
	}{template.Must(template.New("page").Parse(pageHTML)), "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"}
})

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
		showProblem(w, p)
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
	if p != nil {
		showProblem(w, p)
		return
	}
	v := shown(c)
	if took {
		v.Title, v.Words = "You have it", c.Agent.Name+", the conversation is yours, and nobody else is called."
	}
	show(w, http.StatusOK, v)
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
}

func showProblem(w http.ResponseWriter, p *work.Problem) {
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	show(w, p.Status, call{Title: titles[p.Status], Words: strings.ToUpper(p.Detail[:1]) + p.Detail[1:] + "."})
}

func show(w http.ResponseWriter, status int, v call) {
	s := sheet()
	var b bytes.Buffer
	if err := s.Execute(&b, v); err != nil {
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	for name, value := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": s.csp, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex",
	} {
		w.Header().Set(name, value)
	}
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

package console

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"pronto/functions/console/work"
)

//go:embed survey.html
var surveyHTML string

// questionnaire is the survey's template with the policy of what it may load: its own style, by its digest, and nothing else.
var questionnaire = sync.OnceValue(func() sealed { return seal("survey", surveyHTML) })

// sealed is a page that stands for itself: its style is in it, and it loads nothing.
type sealed struct {
	*template.Template
	csp string
}

func seal(name, text string) sealed {
	_, rest, _ := strings.Cut(text, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	return sealed{template.Must(template.New(name).Parse(text)), "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"}
}

// send answers with a page that nobody keeps, frames or indexes, and that tells no other server where its reader came from.
func (s sealed) send(w http.ResponseWriter, status int, v any) {
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

// asked is what a survey's page shows.
type asked struct {
	Language, Title, Brand  string
	Words                   string // what became of it; "" while it is asked
	Question, Comment, Send string
	Answers                 []answerChoice
	Alert, Typed            string
}

type answerChoice struct {
	Rating int
	Words  string
	On     bool
}

// maxSurveyForm bounds a survey's form: a comment of 1,000 characters as a form may escape them.
const maxSurveyForm = 32 << 10

// survey answers GET /survey/{token}?a=: the question, with the answer of the link chosen, and a button. It records nothing: scanners of mail open every link in it.
func (h *Handler) survey(w http.ResponseWriter, r *http.Request) {
	if h.hurried(w, "look", r) {
		return
	}
	s, p := h.desk.Surveyed(r.Context(), r.PathValue("token"))
	if p != nil {
		surveyProblem(w, p)
		return
	}
	if a, err := strconv.Atoi(r.URL.Query().Get("a")); err == nil && s.Words.Answer(a) != "" {
		s.Rating = a
	}
	questionnaire().send(w, http.StatusOK, questions(s, ""))
}

// answerSurvey answers POST /survey/{token}: it records what was chosen, in place of what was recorded before.
func (h *Handler) answerSurvey(w http.ResponseWriter, r *http.Request) {
	if h.hurried(w, "rate", r) {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxSurveyForm)
	if err := r.ParseForm(); err != nil {
		surveyProblem(w, work.Refuse(http.StatusRequestEntityTooLarge, "", "that is more than this form may have"))
		return
	}
	rating, _ := strconv.Atoi(r.PostForm.Get("a")) // no number is no answer
	s, p := h.desk.Rate(r.Context(), r.PathValue("token"), rating, r.PostForm.Get("comment"))
	switch {
	case p != nil && p.Status == http.StatusUnprocessableEntity:
		questionnaire().send(w, p.Status, questions(s, strings.ToUpper(p.Detail[:1])+p.Detail[1:]+"."))
	case p != nil:
		surveyProblem(w, p)
	default:
		questionnaire().send(w, http.StatusOK, questions(s, ""))
	}
}

// Of one survey's link: a burst, and how long until one of it comes back.
const surveyBurst = 30

// hurried answers 429 to who asks one link too often, or this instance of the function too often with links that nobody signed.
func (h *Handler) hurried(w http.ResponseWriter, what string, r *http.Request) bool {
	token := r.PathValue("token")
	of := "survey " + what + " " + token
	if !h.desk.SignedSurvey(token) {
		of = "survey unsigned" // one bucket for all of them: what is made up must not fill the memory
	}
	_, wait := h.limits.of(of, surveyBurst, 0.2)
	if wait == 0 {
		return false
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	surveyProblem(w, work.Refuse(http.StatusTooManyRequests, "", "this page was opened too often: wait a moment, and try again"))
	return true
}

func questions(s work.SurveyPage, alert string) asked {
	fill := func(words string) string { return s.Words.Page(words, s.Brand, s.Brand) }
	v := asked{Language: s.Language, Title: fill(s.Words.Subject), Brand: s.Brand}
	switch {
	case s.Over:
		v.Words = fill(s.Words.Over)
		return v
	case s.Saved:
		v.Words = fill(s.Words.Thanks)
	}
	v.Question, v.Comment, v.Send, v.Alert, v.Typed = fill(s.Words.Question), fill(s.Words.Comment), fill(s.Words.Send), alert, s.Comment
	for rating := len(s.Words.Answers); rating > 0; rating-- {
		v.Answers = append(v.Answers, answerChoice{rating, s.Words.Answer(rating), rating == s.Rating})
	}
	return v
}

// surveyProblem is a page that says what is wrong, in English: of a link that nobody signed no brand and no language is known.
func surveyProblem(w http.ResponseWriter, p *work.Problem) {
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	questionnaire().send(w, p.Status, asked{Language: "en", Title: string(titles[p.Status]), Brand: string(titles[p.Status]), Words: strings.ToUpper(p.Detail[:1]) + p.Detail[1:] + "."})
}

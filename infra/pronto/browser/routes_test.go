package browser

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/shared/desk"
)

// notPages are what the routers answer that is no page of the console's own, with why.
var notPages = map[string]string{
	"/{$}":                               "leads to the queue",
	"/oncall/{token}":                    "a calendar, for programs",
	"/console/queue":                     "the queue, as its views are linked",
	"/console/sign-in":                   "leads to who signs agents in",
	"/console/static/{version}/{name}":   "a file",
	"/console/manifest.webmanifest":      "a file",
	"/console/worker.js":                 "a file",
	"/console/board.csv":                 "a file",
	"/console/on-call/fairness.csv":      "a file",
	"/mail/{id}":                         "what a customer wrote, in a frame of its own: TestAMailInItsFrame",
	"/mail/{id}/aside":                   "a part of it",
	"/console/conversations/{id}/drafts": "for scripts: what was kept of an answer",
	"/console/write/drafts":              "for scripts: what was kept of a first letter",
	"/mail/{id}/attachments/{number}":    "a file",
}

var registered = regexp.MustCompile(`mux\.Handle(?:Func)?\("GET (/[^"]*)"`)

// everyRoute holds the addresses that were looked at against the routers: a page that nobody has looked at fails, and so does one of notPages that is none any more.
func everyRoute(t *testing.T, seen []string) {
	t.Helper()
	var routes []string
	for _, file := range []string{"../../../functions/console/pages/pages.go", "../../../functions/console/console/console.go"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range registered.FindAllStringSubmatch(string(b), -1) {
			routes = append(routes, m[1])
		}
	}
	if len(routes) < 30 {
		t.Fatalf("the routers have %d pages: %v", len(routes), routes)
	}
	for _, r := range routes {
		shape := regexp.MustCompile("^" + regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(regexp.QuoteMeta(r), "[^/]+") + "$")
		if notPages[r] == "" && !slices.ContainsFunc(seen, shape.MatchString) {
			t.Errorf("nobody has looked at %s: let TestEveryPageIsForEverybody go there, or say in notPages why it is no page", r)
		}
	}
	for r := range notPages {
		if !slices.Contains(routes, r) {
			t.Errorf("%s is no route", r)
		}
	}
}

// links are those of pages in each state that one can be found in. Nothing that a test looks at later changes by them.
func (h *house) links(open string) map[string]string {
	h.t.Helper()
	link := func(agent, id string) string {
		return "/page/" + h.Keys.PageToken(desk.Paged{Ref: desk.Ref{Brand: "acme-air", Conversation: id}, Agent: agent, Expires: time.Now().Add(desk.PageLife).Truncate(time.Second)})
	}
	taken, done := h.receipt("elke@briefe.example").Conversation, h.receipt("denis@courrier.example").Conversation
	h.posts(link("marta", taken), "", "")
	h.posts("/api/v1/conversations/"+done+"/resolve", "ana", "{}")
	return map[string]string{"ask": link("marta", open), "yours": link("marta", taken), "taken": link("oleg", taken), "done": link("marta", done), "wrong": "/page/nothing"}
}

// posts does something as a program would.
func (h *house) posts(path, agent, body string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.URL()+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if agent != "" {
		r.Header.Set("Authorization", "Bearer dev:"+agent)
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		h.t.Fatalf("%s is answered %s", path, res.Status)
	}
}

// survey is a desk that has asked a customer how it was, and the links of its states.
type survey struct {
	host string
	at   map[string]string
}

// surveyed has a clock of its own, since nobody is asked at night: Ada was answered on a Monday morning, and is asked two hours later.
func surveyed(t *testing.T) survey {
	t.Helper()
	b, err := os.ReadFile("../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(book, []byte(strings.Replace(string(b), "    name: Acme Air\n", "    name: Acme Air\n    survey: {after: 2h}\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	d := desktest.New(t, desktest.Options{Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Policy: book})
	d.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: My suitcase\nMessage-ID: <1@home.example>\n\nMy suitcase arrived broken.\n", "care@acme.example")
	d.Settle()
	id, api := d.Outbox()[0].Conversation, edge.AsAgent(d.API())
	r := httptest.NewRequest(http.MethodPost, "http://localhost/api/v1/conversations/"+id+"/reply", strings.NewReader(`{"text":"Hello Ada, we replace it.","then":{"resolve":true}}`))
	r.Header.Set("Authorization", "Bearer dev:ana")
	r.Header.Set("Content-Type", "application/json")
	api.ServeHTTP(httptest.NewRecorder(), r)
	d.Settle()
	d.Turn(2*time.Hour + 2*time.Minute)
	d.Settle()
	link := ""
	for _, p := range d.Outbox() {
		if p.Kind == "survey" {
			link = regexp.MustCompile(`/survey/[A-Za-z0-9_.-]+\?a=\d`).FindString(p.Text)
		}
	}
	if link == "" {
		t.Fatal("nobody was asked")
	}
	srv := httptest.NewServer(api)
	t.Cleanup(srv.Close)
	over := "/survey/" + d.Keys.SurveyToken(desk.Questioned{Ref: desk.Ref{Brand: "acme-air", Conversation: id}, Effect: "000009-0", Until: d.Clock.Now().Add(time.Hour)})
	return survey{strings.TrimPrefix(srv.URL, "http://"), map[string]string{"ask": link, "done": link, "over": over, "wrong": "/survey/nothing"}}
}

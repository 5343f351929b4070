package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const angry = `From: Ada Marsh <ada@home.example>
To: care@acme.example
Subject: My suitcase
Date: Mon, 23 Nov 2026 10:00:00 +0100
Message-ID: <1@home.example>

My suitcase arrived broken and nobody answers the phone. This is terrible.
`

// world is a desk with its API, and somebody who asks.
type world struct {
	*desktest.Desk
	t   *testing.T
	api http.Handler
}

// two is a rule book of two brands: Ana (a lead), Marta and Oleg answer for Acme Air, with Ida, an admin; Rosa for Other Air,
// where she is a lead; Dora, an admin, for both.
func two(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book := string(b)
	other := `
  - id: other-air
    name: Other Air
    language: en
    time_zone: Europe/Rome
    addresses: [care@other.example]
    domains: [other.example]
    from: {name: Other Air, address: care@other.example}
    reply_domain: reply.other.example
    team: {id: "team:other", name: Other Care}
    rota:
      layers:
        - name: first
          rotation: weekly
          start: 2026-01-05
          hand_over: monday 09:00
          agents: [rosa]
`
	book = strings.Replace(book, "\nagents:\n", other+"\nagents:\n", 1)
	for _, id := range []string{"ana", "marta", "oleg"} {
		book = strings.Replace(book, "  - id: "+id+"\n", "  - id: "+id+"\n    brands: [acme-air]\n", 1)
	}
	for _, who := range []string{"ida\n    brands: [acme-air]\n    name: Ida Roth", "dora\n    brands: [acme-air, other-air]\n    name: Dora Lenz"} {
		book = strings.Replace(book, "\nagents:\n", "\nagents:\n  - id: "+who+"\n    role: admin\n    languages: [en]\n    page: [mail: admin@staff.acme.example]\n", 1)
	}
	book = strings.Replace(book, "\nagents:\n", "\nagents:\n  - id: rosa\n    brands: [other-air]\n    name: Rosa Kell\n    role: lead\n    languages: [en]\n    page: [mail: rosa@staff.other.example]\n", 1)
	book = strings.Replace(book, "\nagents:\n", "\nagents:\n  - id: lia\n    name: Lia Moss\n    leads: [other-air]\n    languages: [en]\n    page: [mail: lia@staff.acme.example]\n", 1)
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(book), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T) *world {
	t.Helper()
	w := &world{Desk: desktest.New(t, desktest.Options{Start: monday, Policy: two(t)}), t: t}
	w.api = edge.AsAgent(w.API())
	return w
}

// response is what the API answers.
type response struct {
	*httptest.ResponseRecorder
	t *testing.T
}

// ask sends a request as an agent ("" is nobody), and holds it and its answer against the OpenAPI document. Further headers come in pairs.
func (w *world) ask(agent, method, path, body string, headers ...string) response {
	w.t.Helper()
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	if body == "" {
		r = httptest.NewRequest(method, "http://localhost"+path, nil)
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	if agent != "" {
		r.Header.Set("Authorization", "Bearer dev:"+agent)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	res := response{rec, w.t}
	theContract().check(w.t, r, body, res)
	return res
}

// is fails the test when the status is another.
func (r response) is(status int) response {
	r.t.Helper()
	if r.Code != status {
		r.t.Fatalf("status %d, want %d: %s", r.Code, status, r.Body)
	}
	return r
}

func (r response) into(v any) {
	r.t.Helper()
	if err := json.Unmarshal(r.Body.Bytes(), v); err != nil {
		r.t.Fatalf("%v: %s", err, r.Body)
	}
}

func (r response) problem() (p work.Problem) {
	r.t.Helper()
	r.into(&p)
	if p.Status != r.Code || p.Title == "" || p.Detail == "" || r.Header().Get("Content-Type") != "application/problem+json" {
		r.t.Fatalf("no problem as RFC 9457 has it: %s", r.Body)
	}
	return p
}

func (r response) conversation() (c work.Conversation) {
	r.t.Helper()
	r.is(http.StatusOK).into(&c)
	return c
}

// complaint lets Ada complain, and gives the conversation's id.
func (w *world) complaint() string {
	w.t.Helper()
	w.SendMail("ada@home.example", angry, "care@acme.example")
	w.Settle()
	return w.Outbox()[0].Conversation
}

// mail lets somebody write.
func (w *world) mail(n int, subject, text string) {
	w.t.Helper()
	from := fmt.Sprintf("p%d@home%d.example", n, n)
	w.SendMail(from, fmt.Sprintf("From: %s\nTo: care@acme.example\nSubject: %s\nMessage-ID: <%d@p.example>\n\n%s\n", from, subject, n, text), "care@acme.example")
	w.Settle()
}

func conv(id string, more ...string) string {
	return "/api/v1/conversations/" + strings.Join(append([]string{id}, more...), "/")
}

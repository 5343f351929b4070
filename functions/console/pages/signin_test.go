package pages_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
)

// Marta, whom Ana has let go, signs in where sign-ins are made, which knows nothing of it: she is told why she does not come in, and who is no agent is told another thing.
func TestWhoWasLetGoIsToldSo(t *testing.T) {
	e := edge.New()
	s := httptest.NewServer(e)
	defer s.Close()
	o := desktest.Options{Start: monday, Policy: two(t)}
	o.ConsoleURL = s.URL
	w := &world{desktest.New(t, o), t}
	e.Up(edge.Desk{
		API: w.API(), Hooks: http.NotFoundHandler(), Issuer: s.URL + edge.IssuerPath, Console: s.URL, Now: w.Clock.Now,
		Agents: []edge.Agent{{ID: "marta", Name: "Marta Lindqvist", Role: "agent"}, {ID: "eve", Name: "Eve", Role: "agent"}},
	})
	signIn := func(agent string) (*http.Response, string) {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		c := &http.Client{Jar: jar}
		res, err := c.Get(s.URL + "/console/sign-in")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res, err = c.PostForm(res.Request.URL.String(), url.Values{"agent": {agent}}); err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		rec := httptest.NewRecorder()
		if _, err := rec.Body.ReadFrom(res.Body); err != nil {
			t.Fatal(err)
		}
		return res, seen{rec, t}.text()
	}
	if res, text := signIn("marta"); res.StatusCode != http.StatusOK || !strings.Contains(text, "Marta Lindqvist") {
		t.Fatalf("before: %d, %s", res.StatusCode, text)
	}
	rec := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/api/v1/agents/marta/offboard?brand=acme-air", strings.NewReader(`{}`))
	r.Header.Set("Authorization", "Bearer dev:ana")
	r.Header.Set("Content-Type", "application/json")
	edge.AsAgent(w.API()).ServeHTTP(rec, r)
	if rec.Code != http.StatusOK {
		t.Fatalf("letting go: %d %s", rec.Code, rec.Body)
	}
	for agent, want := range map[string]string{"marta": "a lead has let you go here", "eve": "names no such agent"} {
		if res, text := signIn(agent); res.StatusCode != http.StatusForbidden || !strings.Contains(text, want) {
			t.Errorf("%s: %d, %s", agent, res.StatusCode, text)
		}
	}
}

package edge

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/oidc"
)

// signing is an edge with two agents, the product's own client, and the desk's clock.
func signing(t *testing.T) (*httptest.Server, *oidc.Client, *time.Time) {
	t.Helper()
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	e := New()
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	d := shown(0)
	d.Agents = []Agent{{"ana", "Ana Ferrante", "lead"}, {"marta", "Marta Lindqvist", "agent"}}
	d.Issuer, d.Console, d.Now = s.URL+IssuerPath, s.URL, func() time.Time { return now }
	e.Up(d)
	c, err := oidc.New(d.Issuer, ClientID, s.URL+"/console/signed-in", d.Now)
	if err != nil {
		t.Fatal(err)
	}
	return s, c, &now
}

// click posts the choice of an agent and gives where the browser is sent.
func click(t *testing.T, to, agent string) (status int, location *url.URL) {
	t.Helper()
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := stay.PostForm(to, url.Values{"agent": {agent}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if location, err = url.Parse(res.Header.Get("Location")); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, location
}

// The product's own client, which knows of no local mode, signs in here as it does in the cloud.
func TestOneClickSignsIn(t *testing.T) {
	s, c, now := signing(t)
	try, to, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.Config.Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, to, nil))
	for _, want := range []string{`value="ana"`, "Marta Lindqvist", "lead"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the choice does not show %s", want)
		}
	}
	status, back := click(t, to, "marta")
	if status != http.StatusSeeOther || !strings.HasPrefix(back.String(), s.URL+"/console/signed-in?") {
		t.Fatalf("%d, to %v", status, back)
	}
	got, err := c.Finish(t.Context(), try, back.Query())
	if err != nil || got.Agent != "marta" {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := c.Finish(t.Context(), try, back.Query()); err == nil {
		t.Error("a code is redeemed twice")
	}
	_, back = click(t, to, "marta")
	*now = now.Add(2 * codeLife)
	if _, err := c.Finish(t.Context(), try, back.Query()); err == nil {
		t.Error("an old code is redeemed")
	}
}

func TestItSignsInAtThisConsoleOnly(t *testing.T) {
	_, c, _ := signing(t)
	_, to, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := click(t, to, "eve"); status != http.StatusBadRequest {
		t.Errorf("an agent whom the policy does not name: %d", status)
	}
	for name, value := range map[string]string{
		"redirect_uri": "https://evil.example/", "client_id": "shop", "response_type": "token", "code_challenge_method": "plain", "code_challenge": "", "state": "", "nonce": "",
	} {
		u, _ := url.Parse(to)
		q := u.Query()
		q.Set(name, value)
		u.RawQuery = q.Encode()
		if status, back := click(t, u.String(), "ana"); status != http.StatusBadRequest {
			t.Errorf("%s=%q: %d, to %v", name, value, status, back)
		}
	}
}

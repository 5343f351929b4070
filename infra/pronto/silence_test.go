package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/edge"
)

func TestSilence(t *testing.T) {
	t.Chdir(copied(t))
	d, err := desk.Open(t.Context(), desk.Options{State: t.TempDir(), Policy: "policy.yaml", SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	at := strings.TrimPrefix(d.URL(), "http://")
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"--brand acme-air --why hours", 0, "Acme Air is silenced by ana."},
		{"--why hours", 0, "Acme Air is silenced"}, // its only brand
		{"", exitUsage, "--why is missing"},
		{"--why hours --as marta", exitFailed, "only a lead or an admin"},
		{"--why hours --as nobody", exitUsage, "--as \"nobody\" is no agent of the rule book's: it has ana, "},
		{"--why hours --brand other", exitUsage, "--brand is one of acme-air"},
		{"--why hours --policy nowhere.yaml", exitFailed, "there is no rule book"},
		{"extra", exitUsage, "not understood"},
	} {
		out, status := pronto(t, append([]string{"silence", "--http", at}, strings.Fields(c.args)...)...)
		if status != c.status || !strings.Contains(out, c.says) {
			t.Errorf("silence %s: %d %s", c.args, status, out)
		}
	}
	h := healthOf(t, d.URL())
	if len(h.Silenced) != 1 || !h.Silenced["acme-air"].On || h.Silenced["acme-air"].By != "ana" {
		t.Errorf("health tells %+v", h.Silenced)
	}
	if out, status := pronto(t, "silence", "--http", at, "--brand", "acme-air", "--off"); status != 0 || !strings.Contains(out, "no longer silenced. What waited less than 2h leaves") {
		t.Errorf("lifted: %d %s", status, out)
	}
	if out, status := pronto(t, "silence", "--http", at, "--brand", "acme-air", "--off"); status != 0 || !strings.Contains(out, "is not silenced: there is nothing to lift") {
		t.Errorf("lifted twice: %d %s", status, out)
	}
	if h := healthOf(t, d.URL()); len(h.Silenced) != 0 {
		t.Errorf("health still tells %+v", h.Silenced)
	}
}

func healthOf(t *testing.T, url string) (h edge.Health) {
	t.Helper()
	res, err := http.Get(url + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&h); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestSilenceWithoutADesk(t *testing.T) {
	t.Chdir(copied(t))
	if out, status := pronto(t, "silence", "--why", "hours", "--http", free(t)); status != exitUnreachable || !strings.Contains(out, "start one with pronto run") {
		t.Errorf("%d %s", status, out)
	}
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	if out, status := pronto(t, "silence", "--why", "hours", "--http", strings.TrimPrefix(other.URL, "http://")); status != exitUnreachable || !strings.Contains(out, "something else") {
		t.Errorf("%d %s", status, out)
	}
}

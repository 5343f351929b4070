package main

import (
	"fmt"
	"io"
	"net/http"
	"net/smtp"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"pronto/infra/pronto/desk"
)

// An operator sees what was told, and has it told again.
func TestWebhooks(t *testing.T) {
	t.Chdir(copied(t))
	book, err := os.ReadFile("policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	hooked := strings.Replace(string(book), "  - id: acme-air\n", "  - id: acme-air\n    webhooks: [{id: crm, url: \"https://crm.acme.example/pronto\"}]\n", 1)
	if err := os.WriteFile("policy.yaml", []byte(hooked), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := desk.Open(t.Context(), desk.Options{State: t.TempDir(), Policy: "policy.yaml", SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	at := strings.TrimPrefix(d.URL(), "http://")
	ask := func(args string) (string, int) {
		return pronto(t, append([]string{"webhooks", "--http", at}, strings.Fields(args)...)...)
	}
	if out, status := ask(""); status != 0 || !strings.Contains(out, "Nothing was told") {
		t.Errorf("at first: %d %s", status, out)
	}
	letter := "From: ada@home.example\r\nTo: care@acme.example\r\nSubject: Booking\r\nMessage-ID: <1@home.example>\r\n\r\nWhere is my booking?\r\n"
	if err := smtp.SendMail(d.SMTP(), nil, "ada@home.example", []string{"care@acme.example"}, []byte(letter)); err != nil {
		t.Fatal(err)
	}
	accepted := regexp.MustCompile(`crm +opened +accepted +(\S+)`)
	var found []string
	for until := time.Now().Add(time.Minute); found == nil && time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		out, _ := ask("--state accepted")
		found = accepted.FindStringSubmatch(out)
	}
	if found == nil {
		t.Fatal("nothing was told within a minute")
	}
	res, err := http.Get(d.URL() + "/dev/outbox.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	outbox, _ := io.ReadAll(res.Body)
	conversation, _, _ := strings.Cut(found[1], "-")
	if !regexp.MustCompile(`"channel": ?"webhook"`).Match(outbox) || !strings.Contains(string(outbox), "conversation.opened") || !strings.Contains(string(outbox), conversation) {
		t.Errorf("the outbox has no webhook: %.1000s", outbox)
	}
	for args, want := range map[string]struct {
		status int
		says   string
	}{
		"--replay " + found[1]:                           {0, "is told again"},
		"--replay nosuchconversatn-1":                    {exitFailed, "no such conversation"},
		"--since 2026-01-01T00:00:00Z":                   {0, "are told again"},
		"--since yesterday":                              {exitFailed, "write a time"},
		"--since 2026-01-01T00:00:00Z --replay x":        {exitUsage, "not both"},
		"--as marta":                                     {exitFailed, "only a lead or an admin"},
		fmt.Sprintf("--state %s", "lost"):                {exitFailed, "state is one of"},
		"--brand other":                                  {exitUsage, "--brand is one of"},
		"--policy nowhere.yaml --state accepted":         {exitFailed, "there is no rule book"},
		"--http 127.0.0.1:1 --state accepted --as marta": {exitUnreachable, "no desk answers"},
	} {
		out, status := ask(args)
		if status != want.status || !strings.Contains(out, want.says) {
			t.Errorf("webhooks %s: %d %s", args, status, out)
		}
	}
}

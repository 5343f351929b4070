package policy

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// withMailboxes is the repository's rule book with mailboxes of Acme Air's.
func withMailboxes(t *testing.T, lines string) (*Policy, []Problem) {
	t.Helper()
	data, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return Parse("policy.yaml", []byte(strings.Replace(string(data), "    reply_domain:", "    mailboxes:\n"+lines+"    reply_domain:", 1)))
}

func TestMailboxes(t *testing.T) {
	p, problems := withMailboxes(t, "      - {host: imap.acme.example, user: care@acme.example, secret: care, address: care@acme.example}\n"+
		"      - {host: imap.acme.example, port: 1993, user: care@acme.example, secret: care, folder: Web, address: care@acme.example, trust: mx.acme.example, late: 2h}\n"+
		"      - {host: imap.acme.example, starttls: true, user: else@acme.example, secret: care, address: care@acme.example}\n")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := []Polled{
		{"imap.acme.example", 993, "care@acme.example", "care", "INBOX", "care@acme.example", "", 24 * time.Hour, false},
		{"imap.acme.example", 1993, "care@acme.example", "care", "Web", "care@acme.example", "mx.acme.example", 2 * time.Hour, false},
		{"imap.acme.example", 143, "else@acme.example", "care", "INBOX", "care@acme.example", "", 24 * time.Hour, true},
	}
	if got := p.Brands[0].Mailboxes; !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestMailboxesThatCannotBe(t *testing.T) {
	const whole = "{host: imap.acme.example, user: u, secret: care, address: care@acme.example}"
	for change, says := range map[string]string{
		"host: imap.acme.example → host: https://imap.acme.example": "host",
		"host: imap.acme.example,  → ":                              "host",
		"user: u,  → ":                                              "user",
		"secret: care,  → ":                                         "secret",
		", address: care@acme.example → ":                           "address",
		"address: care@acme.example → address: nobody@acme.example": "none of the brand's",
		"user: u → user: u, port: 70000":                            "65535",
		"user: u → user: u, late: 800h":                             "late",
		"user: u → user: u, starttls: perhaps":                      "starttls",
		"user: u → user: u, password: hunter2":                      "password",
		whole + " → " + whole + "\n      - " + whole:                "mailbox",
	} {
		old, new, _ := strings.Cut(change, " → ")
		_, problems := withMailboxes(t, "      - "+strings.Replace(whole, old, new, 1)+"\n")
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), says) {
			t.Errorf("%s: %v, want one problem that says %q", change, problems, says)
		}
	}
}

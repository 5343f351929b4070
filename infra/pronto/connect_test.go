package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/bluesky"
	"pronto/infra/local/fediverse"
)

// typing runs the command line with what somebody types; nothing of it may be shown.
func typing(t *testing.T, typed string, args ...string) (out string, status int) {
	t.Helper()
	var b bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(strings.NewReader(typed))
	root.SetOut(&b)
	root.SetErr(&b)
	err := root.ExecuteContext(t.Context())
	if err != nil {
		b.WriteString("pronto: " + err.Error() + "\n")
	}
	for line := range strings.Lines(typed) {
		if line = strings.TrimSpace(line); len(line) > 3 && strings.Contains(b.String(), line) {
			t.Errorf("it shows %q: %s", line, b.String())
		}
	}
	if err == nil {
		return b.String(), 0
	}
	return b.String(), code(err)
}

// booked is a copy of the repository's rule book with accounts of Acme Air's, in a directory of its own.
func booked(t *testing.T, channels string) {
	t.Helper()
	t.Chdir(copied(t))
	b, err := os.ReadFile("policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("policy.yaml", []byte(strings.Replace(string(b), "    channels:\n", "    channels:\n"+channels, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// An app password is tried, kept, and works ever after; a wrong one, the account's own or another account's is not kept.
func TestConnectBluesky(t *testing.T) {
	n := bluesky.New(time.Now)
	at, err := n.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	n.Join("acme.example", "Acme Air", "abcd-efgh-ijkl-mnop")
	booked(t, "      bluesky:\n        accounts: [{handle: acme.example, server: \""+at+"\"}]\n")
	state := t.TempDir()
	for _, c := range []struct {
		name, typed, args string
		status            int
		says              string
	}{
		{"not yet", "", "--check", exitFailed, "bluesky:acme.example is not connected"},
		{"a slip", "abcd-efgh-ijkl-xxxx\n", "", exitFailed, "did not take it: look for a slip"},
		{"nothing", "", "", exitFailed, "nothing was given"},
		{"still not", "", "--check", exitFailed, "is not connected"},
		{"right", "abcd-efgh-ijkl-mnop\ny\n", "", 0, "bluesky:acme.example is connected"},
		{"works", "", "--check", 0, "works, connected since"},
		{"unknown brand", "", "--brand other", exitUsage, "--brand"},
		{"no handle", "", "--handle acme", exitUsage, "no handle on bluesky"},
		{"not in the book", "abcd-efgh-ijkl-mnop\ny\n", "--handle other.example --server " + at, exitFailed, "did not take it"},
	} {
		out, status := typing(t, c.typed, append([]string{"connect", "bluesky", "--state", state}, strings.Fields(c.args)...)...)
		if status != c.status || !strings.Contains(out, c.says) {
			t.Errorf("%s: %d %s", c.name, status, out)
		}
	}
	if out, _ := typing(t, "", "connect", "bluesky", "--state", state, "--check"); strings.Contains(out, "not marked") {
		t.Errorf("it was to be marked: %s", out)
	}
	n.Join("help.acme.example", "Acme Air", "qrst-uvwx-yzab-cdef")
	out, status := typing(t, "qrst-uvwx-yzab-cdef\nno\n", "connect", "bluesky", "--state", state, "--handle", "help.acme.example", "--server", at)
	if status != 0 || !strings.Contains(out, `- {handle: "help.acme.example", server: "`+at+`"}`) || !strings.Contains(out, "not marked as automated") {
		t.Errorf("one that the rule book does not have: %d %s", status, out)
	}
	if out, status := typing(t, "", "connect", "bluesky", "--state", state, "--check"); status != 0 {
		t.Errorf("the first is gone: %d %s", status, out)
	}
}

// The owner allows it on a page of the server's, and copies a code.
func TestConnectMastodon(t *testing.T) {
	s := fediverse.New(fediverse.Options{Now: time.Now, Domain: "social.example"})
	t.Cleanup(s.Close)
	care, other := s.Join("care"), s.Join("other")
	booked(t, "      mastodon:\n        accounts: [{handle: "+s.Handle(care)+", server: \""+s.URL+"\"}]\n")
	state := t.TempDir()
	args := func(more ...string) []string {
		return append([]string{"connect", "mastodon", "--state", state}, more...)
	}
	if out, status := typing(t, "wrong-code\n", args()...); status != exitFailed || !strings.Contains(out, "the code is not taken") || !strings.Contains(out, "/oauth/authorize?") {
		t.Errorf("a wrong code: %d %s", status, out)
	}
	if out, status := typing(t, s.Authorize(other)+"\n", args()...); status != exitFailed || !strings.Contains(out, "that is another account") {
		t.Errorf("another account: %d %s", status, out)
	}
	if out, status := typing(t, "", args("--check")...); status != exitFailed || !strings.Contains(out, "is not connected") {
		t.Errorf("nothing works, and yet: %d %s", status, out)
	}
	if out, status := typing(t, s.Authorize(care)+"\n", args("--public", "https://desk.acme.example")...); status != 0 || !strings.Contains(out, "is connected") {
		t.Errorf("connected: %d %s", status, out)
	}
	if out, status := typing(t, "", args("--check")...); status != 0 || !strings.Contains(out, "works") || strings.Contains(out, "polled only") {
		t.Errorf("checked: %d %s", status, out)
	}
	if out, status := typing(t, "", args("--check", "--public", "https://hooks.acme.example")...); status != exitFailed || !strings.Contains(out, "is subscribed at again within the hour") {
		t.Errorf("pushed to where the desk is no more: %d %s", status, out)
	}
}

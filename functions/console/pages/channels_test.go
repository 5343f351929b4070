package pages_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
)

// People see how each account is, and what to do.
func TestChannels(t *testing.T) {
	b, err := os.ReadFile(two(t))
	if err != nil {
		t.Fatal(err)
	}
	book := filepath.Join(t.TempDir(), "policy.yaml")
	ours := strings.Replace(string(b), "    channels:\n", "    channels:\n      bluesky: {accounts: [{handle: acme.example, server: \"http://127.0.0.1:9\"}]}\n", 1)
	if err := os.WriteFile(book, []byte(ours), 0o600); err != nil {
		t.Fatal(err)
	}
	o := desktest.Options{Start: monday, Policy: book}
	o.ConsoleURL = console
	w := &world{desktest.New(t, o), t}
	ana := w.as("ana")
	ana.get("/console/channels").is(http.StatusOK).shows("acme.example", "Acme Air, Bluesky", "was not read yet")
	w.Turn(2 * time.Minute)
	ana.get("/console/channels").is(http.StatusOK).shows("cannot be read", "since 10:01", "the account is not connected: run pronto connect")
}

package main

import (
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pronto/infra/pronto/desk"
)

// A stopped desk's table is rebuilt by hand, unless something is in it.
func TestRebuild(t *testing.T) {
	t.Chdir(copied(t))
	state := t.TempDir()
	o := desk.Options{State: state, Policy: "policy.yaml", SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0"}
	d, err := desk.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	letter := "From: ada@home.example\r\nTo: care@acme.example\r\nSubject: Booking\r\nMessage-ID: <1@home.example>\r\n\r\nWhere is my booking?\r\n"
	if err := smtp.SendMail(d.SMTP(), nil, "ada@home.example", []string{"care@acme.example"}, []byte(letter)); err != nil {
		t.Fatal(err)
	}
	at := strings.TrimPrefix(d.URL(), "http://")
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if _, status := pronto(t, "export", "--http", at, "--address", "ada@home.example", "--out", filepath.Join(t.TempDir(), "x.zip")); status == 0 {
			break
		}
	}
	book, err := os.ReadFile("policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("room.yaml", []byte(strings.Replace(string(book), "    team:\n", "    room: 30\n    team:\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, status := pronto(t, "policy", "propose", "room.yaml", "--why", "many wait", "--http", at); status != 0 {
		t.Fatalf("%d %s", status, out)
	}
	var told strings.Builder
	if p, err := rulesOf(t.Context(), &told, d.Setup, "room.yaml", true, false); err != nil || p.Brands[0].Rooms != 30 || told.String() != "By the rule book that stands, "+p.Version+".\n" {
		t.Errorf("of a stage: %v, %s", err, told.String())
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	lost := time.Now().UTC().Format(time.RFC3339Nano)
	for _, until := range []string{"", "yesterday", "2999-01-01T00:00:00Z"} {
		if out, status := pronto(t, "rebuild", "--state", state, "--resume", "--until", until); status != exitUsage || !strings.Contains(out, "when the table was lost") {
			t.Errorf("until %q: %d %s", until, status, out)
		}
	}
	if out, status := pronto(t, "rebuild", "--state", state, "--until", lost); status != exitUsage || !strings.Contains(out, "--resume") {
		t.Errorf("a table with something in it: %d %s", status, out)
	}
	if out, status := pronto(t, "rebuild", "--state", state, "--until", lost, "--resume", "--by-file"); status != 0 || !strings.Contains(out, "By policy.yaml, "+d.Policy.Version) {
		t.Errorf("by the file: %d %s", status, out)
	}
	if out, status := pronto(t, "rebuild", "--state", state, "--until", lost, "--resume"); status != 0 || !strings.Contains(out, "By the rule book that stands, ") || !strings.Contains(out, "1 conversation from 1 mail") || !strings.Contains(out, "Nothing was sent") {
		t.Errorf("resumed: %d %s", status, out)
	}
	if out, status := pronto(t, "rebuild", "--until", lost); status != exitUsage || !strings.Contains(out, "--stage or --state") {
		t.Errorf("of nothing: %d %s", status, out)
	}
	if err := os.WriteFile("stage.yaml", []byte("stages: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, status := pronto(t, "rebuild", "--stage", "live", "--until", lost); status != exitUsage {
		t.Errorf("of no stage: %d %s", status, out)
	}
}

package main

import (
	"archive/zip"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pronto/infra/pronto/desk"
)

// An operator gets a copy of what is kept about a customer, and has her forgotten.
func TestForgetAndExport(t *testing.T) {
	t.Chdir(copied(t))
	d, err := desk.Open(t.Context(), desk.Options{State: t.TempDir(), Policy: "policy.yaml", SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	at := strings.TrimPrefix(d.URL(), "http://")
	ask := func(args ...string) (string, int) {
		return pronto(t, append(args, "--http", at)...)
	}
	letter := "From: ada@home.example\r\nTo: care@acme.example\r\nSubject: Booking\r\nMessage-ID: <1@home.example>\r\n\r\nWhere is my booking?\r\n"
	if err := smtp.SendMail(d.SMTP(), nil, "ada@home.example", []string{"care@acme.example"}, []byte(letter)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ada.zip")
	var out string
	status := exitFailed
	for until := time.Now().Add(time.Minute); status != 0 && time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		out, status = ask("export", "--address", "ADA@home.example", "--out", file)
	}
	if status != 0 || !strings.Contains(out, "1  messages") || !strings.Contains(out, "1  objects") {
		t.Fatalf("export: %d %s", status, out)
	}
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if len(z.File) != 2 || !strings.HasPrefix(z.File[0].Name, "mail/") || z.File[1].Name != "data.json" {
		t.Errorf("%d files", len(z.File))
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v %v", info.Mode(), err)
	}
	if out, status = ask("forget", "--address", "ada@home.example"); status != exitUsage || !strings.Contains(out, "--yes") {
		t.Errorf("without --yes: %d %s", status, out)
	}
	if out, status = ask("forget", "--yes", "--address", "ada@home.example"); status != exitUsage || !strings.Contains(out, "--why is missing") {
		t.Errorf("without --why: %d %s", status, out)
	}
	if out, status = ask("forget", "--yes", "--why", "article 17"); status != exitUsage || !strings.Contains(out, "--contact or --address") {
		t.Errorf("of nobody: %d %s", status, out)
	}
	if out, status = ask("forget", "--yes", "--why", "article 17", "--address", "ada@home.example", "--as", "marta"); status != exitFailed || !strings.Contains(out, "only a lead or an admin") {
		t.Errorf("by an agent: %d %s", status, out)
	}
	if out, status = ask("forget", "--yes", "--address", "ada@home.example", "--why", "article 17"); status != 0 || !strings.Contains(out, "is forgotten, by ana's order") || !strings.Contains(out, "1  conversations") || !strings.Contains(out, "backups of the table") {
		t.Errorf("forget: %d %s", status, out)
	}
	if out, status = ask("forget", "--yes", "--why", "article 17", "--address", "ada@home.example"); status != exitFailed || !strings.Contains(out, "no conversation of acme-air is with") {
		t.Errorf("forget again: %d %s", status, out)
	}
	if out, status := pronto(t, "export", "--http", "https://desk.acme.example", "--contact", "x", "--out", "x"); status != exitUsage || !strings.Contains(out, "PRONTO_TOKEN") {
		t.Errorf("in the cloud without a token: %d %s", status, out)
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pronto/infra/stage"
	"pronto/shared/setup"
)

var answered = []string{"--name", "Übersee Luft", "--domain", "luft.example", "--zone", "Europe/Berlin", "--agent-name", "Ana Ferrante", "--agent-mail", "ana@staff.example", "--account", "111122223333"}

// A first brand and stage are made by flags alone, or by asking; both files are right, and nothing is written over.
func TestInit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "desk")
	if out, status := pronto(t, append([]string{"init", "--ask=false", "--dir", dir}, answered...)...); status != 0 || !strings.Contains(out, "are written, and right") {
		t.Fatalf("%d %s", status, out)
	}
	p, problems, err := setup.ReadPolicy(filepath.Join(dir, "policy.yaml"))
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v %v", err, problems)
	}
	b, a := p.Brands[0], p.Agents[0]
	if b.ID != "ubersee-luft" || b.Addresses[0] != "care@luft.example" || b.ReplyDomain != "reply.luft.example" || a.ID != "ana" || a.Role != "admin" {
		t.Errorf("brand %+v, agent %+v", b, a)
	}
	s, err := stage.Read(filepath.Join(dir, "stage.yaml"), "dev")
	if err != nil || s.Account != "111122223333" || s.Alarms != "ana@staff.example" {
		t.Errorf("%+v %v", s, err)
	}
	if out, status := pronto(t, append([]string{"init", "--ask=false", "--dir", dir}, answered...)...); status != exitUsage || !strings.Contains(out, "left as it is") {
		t.Errorf("twice: %d %s", status, out)
	}
	if out, status := pronto(t, "init", "--ask=false", "--dir", t.TempDir(), "--name", "Acme"); status != exitUsage || !strings.Contains(out, "--domain, --address") && !strings.Contains(out, "--domain") {
		t.Errorf("without: %d %s", status, out)
	}
	other := t.TempDir()
	out, status := pronto(t, append(append([]string{"init", "--ask=false", "--dir", other}, answered...), "--account", "12", "--zone", "Europe/Roma")...)
	if left, _ := os.ReadDir(other); status != exitProblems || !strings.Contains(out, "--zone: ") || strings.Count(out, "Europe/Roma") != 1 || !strings.Contains(out, "--account: ") || !strings.Contains(out, "2 problems") || len(left) != 0 {
		t.Errorf("wrong answers: %d %s; left %v", status, out, left)
	}
}

func TestInitAsks(t *testing.T) {
	dir := t.TempDir()
	answers := "Acme Air\n\nacme.example\n\n\n\nEurope/Rome\nAna Ferrante\n\nana@staff.example\n\n111122223333\n\n\n"
	c := newRoot()
	var out strings.Builder
	c.SetOut(&out)
	c.SetIn(strings.NewReader(answers))
	c.SetArgs([]string{"init", "--dir", dir})
	if err := c.Execute(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if !strings.Contains(out.String(), "Enter for care@acme.example") {
		t.Errorf("asked:\n%s", out.String())
	}
	if _, problems, err := setup.ReadPolicy(filepath.Join(dir, "policy.yaml")); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", err, problems)
	}
	c = newRoot()
	c.SetOut(&out)
	c.SetIn(strings.NewReader("Acme Air\n"))
	c.SetArgs([]string{"init", "--dir", t.TempDir()})
	if err := c.Execute(); err == nil || !strings.Contains(err.Error(), "ended before --brand") {
		t.Errorf("answers that end: %v", err)
	}
}

// Agents come and go in the rule book, and all else in it stays as it is.
func TestAgents(t *testing.T) {
	stages, err := os.ReadFile("../../stage.yaml")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(copied(t))
	before, err := os.ReadFile("policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("stage.yaml", stages, 0o600); err != nil {
		t.Fatal(err)
	}
	add := []string{"agent", "add", "nora", "--name", "Nora Lind", "--languages", "en,sv", "--brands", "acme-air", "--mail", "nora@staff.acme.example", "--leads", "acme-air"}
	if out, status := pronto(t, append(add, "--stage", "live")...); status != 0 || !strings.Contains(out, "admin-create-user") || !strings.Contains(out, "pronto-live-agents") || !strings.Contains(out, "--username nora") {
		t.Fatalf("%d %s", status, out)
	}
	p, problems, err := setup.ReadPolicy("policy.yaml")
	if err != nil || len(problems) > 0 || p.Agent("nora") == nil || p.Agent("nora").RoleAt("acme-air") != "lead" {
		t.Fatalf("%v %v", err, problems)
	}
	if out, status := pronto(t, add...); status != exitUsage || !strings.Contains(out, "agent already") {
		t.Errorf("twice: %d %s", status, out)
	}
	if out, status := pronto(t, "agent", "add", "olga", "--name", "Olga", "--languages", "en", "--mail", "o@staff.acme.example", "--sign-in", "okta_00u1", "--sign-in", "nora"); status != exitProblems || !strings.Contains(out, "nothing was written") || !strings.Contains(out, "already at") {
		t.Errorf("by another's name: %d %s", status, out)
	}
	if out, status := pronto(t, "agent", "add", "olga", "--name", "Olga", "--languages", "en", "--mail", "o@staff.acme.example", "--sign-in", "okta_00u1"); status != 0 {
		t.Errorf("by another sign-in: %d %s", status, out)
	}
	if out, status := pronto(t, "agent", "list"); status != 0 || !strings.Contains(out, "nora             Nora Lind                acme-air (lead); signs in as nora; on no rota") || !strings.Contains(out, "signs in as olga, okta_00u1") {
		t.Errorf("%d %s", status, out)
	}
	p, _, _ = setup.ReadPolicy("policy.yaml")
	if a := p.SignedIn("nobody", "okta_00u1"); a == nil || a.ID != "olga" || p.SignedIn("", "") != nil {
		t.Errorf("signed in as %+v", a)
	}
	if out, status := pronto(t, "agent", "remove", "ana"); status != exitProblems || !strings.Contains(out, "ana") {
		t.Errorf("who stands in a rota: %d %s", status, out)
	}
	if out, status := pronto(t, "agent", "remove", "nobody"); status != exitUsage {
		t.Errorf("nobody: %d %s", status, out)
	}
	for _, id := range []string{"nora", "olga"} {
		if out, status := pronto(t, "agent", "remove", id, "--stage", "live"); status != 0 || !strings.Contains(out, "admin-disable-user") {
			t.Errorf("%d %s", status, out)
		}
	}
	if after, _ := os.ReadFile("policy.yaml"); strings.TrimRight(string(after), "\n") != strings.TrimRight(string(before), "\n") {
		t.Errorf("the rule book is another:\n%s", after)
	}
	if left, _ := filepath.Glob(".pronto-*"); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

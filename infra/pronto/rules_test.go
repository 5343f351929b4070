package main

import (
	"os"
	"strings"
	"testing"

	"pronto/infra/pronto/desk"
	past "pronto/shared/desk"
	"pronto/shared/policy"
)

// The rule book of a running desk is previewed, changed, and gone back from; what needs another lead waits for one.
func TestTheRuleBookOfARunningDesk(t *testing.T) {
	t.Chdir(copied(t))
	text, err := os.ReadFile("policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book := strings.Replace(string(text), "role: agent", "role: lead", 1)
	for name, content := range map[string]string{
		"policy.yaml": book, "rota.yaml": strings.Replace(book, "    team:\n", "    room: 30\n    team:\n", 1), "words.yaml": strings.Replace(book, "    team:\n", "    signature: 1 Long Street\n    team:\n", 1),
		"domain.yaml": strings.ReplaceAll(book, "reply.acme.example", "answers.acme.example"), "broken.yaml": strings.Replace(book, "    rota:\n", "    rotta:\n", 1),
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	words, problems := policy.Parse("words.yaml", []byte(strings.Replace(book, "    team:\n", "    room: 30\n    signature: 1 Long Street\n    team:\n", 1)))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	d, err := desk.Open(t.Context(), desk.Options{State: t.TempDir(), Policy: "policy.yaml", SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if err := os.WriteFile("words.yaml", []byte(strings.Replace(book, "    team:\n", "    room: 30\n    signature: 1 Long Street\n    team:\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   string
		status int
		says   []string
	}{
		{"status", 0, []string{"* " + d.Policy.Version, "deployed"}},
		{"preview rota.yaml", 0, []string{"brands[acme-air].room (stays in the house)", "one lead is enough", "of 0 messages"}},
		{"preview broken.yaml", exitFailed, []string{"brands[0].rotta: unknown key", "(did you mean rota?)"}},
		{"propose rota.yaml", exitFailed, []string{"say why"}},
		{"propose rota.yaml --why many", 0, []string{"approved  by ana: many", "brands[acme-air].room (stays in the house)"}},
		{"propose domain.yaml --why x", exitFailed, []string{"change policy.yaml and deploy"}},
		{"propose words.yaml --why law", 0, []string{words.Version, "proposed  by ana: law", "(leaves the house)"}},
		{"approve " + words.Version, exitFailed, []string{"cannot agree to it"}},
		{"approve " + words.Version + " --as marta", 0, []string{words.Version + " stands", "by marta"}},
		{"refuse " + words.Version, exitFailed, []string{"is none any more"}},
		{"rollback --why hours", 0, []string{" stands since"}},
		{"rollback --to nothing", exitFailed, []string{"there is no such version"}},
		{"approve", exitUsage, []string{"name the version"}},
		{"propose nowhere.yaml --why x", exitFailed, []string{"nowhere.yaml"}},
		{"status --stage live --stages nowhere.yaml", exitUsage, []string{"--stage"}},
	} {
		at := strings.TrimPrefix(d.URL(), "http://")
		out, status := pronto(t, append([]string{"policy"}, append(strings.Fields(c.args), "--http", at)...)...)
		for _, says := range c.says {
			if status != c.status || !strings.Contains(out, says) {
				t.Errorf("policy %s: %d, lacks %q in: %s", c.args, status, says, out)
			}
		}
	}
	if got := operator("arn:aws:sts::111122223333:assumed-role/Admin/oleg"); got != "operator:assumed-role/Admin/oleg" {
		t.Error(got)
	}
}

// Of a message both sides are told in what differs, and of a day on which nothing does that it does not.
func TestAPreviewTellsWhatDiffers(t *testing.T) {
	ana := past.Treated{Priority: "normal", Assignee: "ana", Receipt: "full", Language: "en", Pages: []string{"ana at once"}}
	german, nobody := ana, ana
	german.Language, nobody.Pages = "de", nil
	var out strings.Builder
	previewed(&out, policy.House, nil, []past.Preview{
		{Brand: "acme-air", Day: "2026-11-23", Messages: 2, Differ: 2, Receipt: 1, Pages: 1, Samples: []past.Previewed{
			{Conversation: "c1", Differs: []string{"receipt"}, Was: ana, Is: german}, {Conversation: "c2", Differs: []string{"pages"}, Was: ana, Is: nobody},
		}},
		{Brand: "acme-rail", Day: "2026-11-23", Messages: 1},
	})
	for _, want := range []string{"c1, receipt: receipt full en → receipt full de\n", "c2, pages: calls ana at once → calls nobody\n", "acme-rail, 2026-11-23: of 1 message no difference.\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it lacks %q:\n%s", want, out.String())
		}
	}
}

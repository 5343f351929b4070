package main

import (
	"strings"
	"testing"

	"pronto/infra/pronto/desk"
)

// A secret that the desk made is printed, so that one can sign with it; one that was given is not.
func TestTheGeneratedSecretIsPrinted(t *testing.T) {
	const given = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	for _, c := range []struct {
		outside         desk.Outside
		printed, goesTo string
	}{
		{desk.Outside{}, "with whsec_", "into the outbox"},
		{desk.Outside{HookSecrets: []string{given}}, "with your secret", "into the outbox"},
		{desk.Outside{HookSecrets: []string{given}, HookURL: "http://127.0.0.1:9/in"}, "with your secret", "to PRONTO_HOOK_URL"},
	} {
		o := desk.Options{State: t.TempDir(), Policy: "../../policy.yaml", SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0", Outside: c.outside}
		d, err := desk.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		words := hooks(t.Context(), d, o)
		if !strings.Contains(words, c.printed) || !strings.Contains(words, c.goesTo) || !strings.Contains(words, d.URL()+"/hooks/custom") || strings.Contains(words, given) {
			t.Errorf("%+v: %s", c.outside, words)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

package reply

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		what  string
		spoil func(*Template)
		want  string // one breach, whole
	}{
		{"no agent", func(t *Template) { t.Negative = "Sorry, an answer comes {due}." },
			"negative: {agent} is missing: the receipt must say who has the message"},
		{"no due", func(t *Template) { t.Positive = "Thank you, {agent} has it." },
			"positive: {due} is missing: the receipt must say by when the answer comes"},
		{"short without due", func(t *Template) { t.FollowUp = "Added; {agent} has it." },
			"follow_up: {due} is missing: the receipt must say by when the answer comes"},
		{"greeting without name", func(t *Template) { t.Greeting = "Hello," },
			"greeting: {name} is missing: the greeting is the one for a known name"},
		{"name in the subject", func(t *Template) { t.Subject = "{name}, we have it" },
			"subject: {name} is not allowed here: of the sender's nothing is repeated outside the greeting"},
		{"name in the body", func(t *Template) { t.Neutral = "{name}: {agent} answers {due}." },
			"neutral: {name} is not allowed here: of the sender's nothing is repeated outside the greeting"},
		{"agent in the subject", func(t *Template) { t.Subject = "{agent} has your message" },
			"subject: {agent} is not allowed here: use {brand}"},
		{"unknown placeholder", func(t *Template) { t.Neutral = "{agnet} {agent} answers {due}." },
			"neutral: {agnet} is not allowed here: use {agent} {due} {brand}"},
		{"capital placeholder", func(t *Template) { t.Closing = "{Brand}," },
			"closing: {Brand} is not allowed here: use {brand}"},
		{"empty placeholder", func(t *Template) { t.Closing = "Regards {}," },
			"closing: {} is not allowed here: use {brand}"},
		{"open brace", func(t *Template) { t.Closing = "Regards { brand }," },
			"closing: a brace that belongs to no placeholder: braces are for {brand} alone"},
		{"closing brace", func(t *Template) { t.Team = "brand} team {brand}" },
			"team: a brace that belongs to no placeholder: braces are for {brand} alone"},
		{"doubled braces", func(t *Template) { t.Team = "the {{brand} team" },
			"team: a brace that belongs to no placeholder: braces are for {brand} alone"},
		{"two lines of subject", func(t *Template) { t.Subject = "{brand}\nBcc: oleg" },
			"subject: a line break: write it on one line"},
		{"carriage return in a body", func(t *Template) { t.Neutral = "{agent}\r\n{due}" },
			"neutral: a line break: write it on one line"},
		{"control character", func(t *Template) { t.Hello = "Hello\x07" },
			"hello: control character U+0007: remove it"},
		{"directional override", func(t *Template) { t.Hello = "Hello \u202eolleH" },
			"hello: control character U+202E: remove it"},
		{"not UTF-8", func(t *Template) { t.Hello = "Hello \xe0" },
			"hello: it is not valid UTF-8: save the file as UTF-8"},
		{"long subject", func(t *Template) { t.Subject = strings.Repeat("é", 151) },
			"subject: 151 characters: at most 150 are allowed"},
		{"long body", func(t *Template) { t.Negative = "{agent} {due}" + strings.Repeat(".", 1988) },
			"negative: 2001 characters: at most 2000 are allowed"},
		{"not automatic", func(t *Template) { t.Automatic = "" },
			"automatic: it is empty: every receipt must say that it is automatic"},
		{"blank", func(t *Template) { t.Automatic = " \n " },
			"automatic: it is empty: every receipt must say that it is automatic"},
		{"no subject", func(t *Template) { t.Subject = "" },
			"subject: it is empty: write a sentence, or leave the template out to use the product's own"},
		{"no hello", func(t *Template) { t.Hello = "" },
			"hello: it is empty: it greets whoever gave no plain name"},
	}
	for _, tt := range tests {
		template := english
		tt.spoil(&template)
		if got := Check("en", template); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s: %q, want only %q", tt.what, got, tt.want)
		}
	}
}

func TestCheckAllows(t *testing.T) {
	template := english
	template.Subject = strings.Repeat("é", 150)
	template.Neutral = "{agent} answers {due}.\n\nMeanwhile: https://acme.example/help"
	template.Automatic = "Automatic, from {brand}."
	template.Team = "us all"
	if got := Check("nl", template); len(got) != 0 {
		t.Errorf("breaches: %q", got)
	}
}

func TestCheckLanguage(t *testing.T) {
	for _, lang := range []string{"", "english", "EN", "pt-BR", "e1"} {
		if got := Check(lang, english); len(got) != 1 || !strings.HasPrefix(got[0], "language ") {
			t.Errorf("Check(%q) = %q, want a breach of the language alone", lang, got)
		}
	}
}

func TestCheckFindsAll(t *testing.T) {
	if got := Check("en", Template{}); len(got) != 10 {
		t.Errorf("an empty template has %d breaches, want one a field: %q", len(got), got)
	}
}

package reply

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestAnAnswerIsWhatWasWrittenAndWhoWroteIt(t *testing.T) {
	r := Answer(Person{Language: "en", Agent: "Ana Ferrante", Brand: "Acme Air", Subject: "My suitcase", Text: "We found it.\r\n<b>It</b> is here\x00.\n\nPlease come.\n"})
	if want := "We found it.\n<b>It</b> is here.\n\nPlease come.\n\nAna Ferrante\nAcme Air\n"; r.Text != want {
		t.Errorf("text %q, want %q", r.Text, want)
	}
	for _, want := range []string{"&lt;b&gt;It&lt;/b&gt; is here.", "We found it.<br/>\n", `<p style="margin:0 0 16px 0">Please come.</p>`, "Ana Ferrante<br/>\nAcme Air", `lang="en"`} {
		if !strings.Contains(r.HTML, want) {
			t.Errorf("HTML has no %q:\n%s", want, r.HTML)
		}
	}
	if strings.Contains(r.HTML, "<b>") {
		t.Error("what was written is taken for HTML")
	}
	if team := Answer(Person{Agent: "Acme Air", Brand: "Acme Air", Text: "Hello."}); team.Text != "Hello.\n\nAcme Air\n" {
		t.Errorf("the brand signs as %q", team.Text)
	}
}

func TestSubjectsOfAnswers(t *testing.T) {
	for in, want := range map[string]string{
		"My suitcase": "Re: My suitcase", "Re: My suitcase": "Re: My suitcase", "RE: x": "RE: x", "": "Re: Acme Air", " \t": "Re: Acme Air",
		"two\r\nBcc: lines": "Re: two Bcc: lines", "re": "Re: re", "Regards": "Re: Regards", "è": "Re: è",
	} {
		if got := Answer(Person{Brand: "Acme Air", Subject: in}).Subject; got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	long := Answer(Person{Subject: strings.Repeat("è", 300)}).Subject
	if len(long) > maxSubject || !utf8.ValidString(long) || !strings.HasSuffix(long, "è") {
		t.Errorf("a long one becomes %q", long)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add("a subject", "a text\n\nof two paragraphs")
	f.Add("Re: \r\n", "\x00\r\n\xff")
	f.Fuzz(func(t *testing.T, subject, text string) {
		r := Answer(Person{Language: "en", Agent: "Ana", Brand: "Acme", Subject: subject, Text: text})
		if strings.ContainsFunc(r.Subject, unicode.IsControl) || len(r.Subject) > maxSubject || !utf8.ValidString(r.Subject) {
			t.Errorf("subject %q", r.Subject)
		}
		if !utf8.ValidString(r.Text) || strings.ContainsFunc(r.Text, func(c rune) bool { return c != '\n' && c != '\t' && unicode.IsControl(c) }) {
			t.Errorf("text %q", r.Text)
		}
		if again := Clean(Clean(text)); again != Clean(text) {
			t.Errorf("cleaned twice it is %q", again)
		}
	})
}

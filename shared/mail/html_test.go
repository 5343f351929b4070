package mail

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A few hundred kilobytes of HTML must not take minutes, however they nest; and their words are read all the same.
func TestNestedHTML(t *testing.T) {
	text := strings.Repeat("a word and ", 18_000)
	for what, src := range map[string]string{
		"headings in bold":          strings.Repeat("<b><h1>", 200) + text,
		"headings in tables":        strings.Repeat("<h1><table><tr><td></h1>", 100) + text,
		"bold reopened":             openTags("b", 400) + strings.Repeat("<p>a word and", 15_000),
		"font reopened":             openTags("font", 400) + strings.Repeat("<p>a word and", 15_000),
		"as many as are rendered":   strings.Repeat("<b>", maxNest) + text,
		"many, one after the other": strings.Repeat("<h1><b>a word and</b></h1>", 6000),
	} {
		began := time.Now()
		got := (&body{hurry: func() {}}).htmlText(src)
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: %v", what, took)
		}
		if n := strings.Count(strings.ToLower(strings.Join(strings.Fields(got), " ")), "word"); n < 6000 {
			t.Errorf("%s: %d words read", what, n)
		}
	}
}

// A letter that begins with a heading is read whole: no line is drawn under it, below which all would be a signature.
func TestAHeadingIsNoSignature(t *testing.T) {
	for _, tag := range []string{"h1", "h2", "h3"} {
		m, err := Parse([]byte("From: Lena Vogt <lena@home.example>\r\nTo: care@acme.example\r\nSubject: Koffer\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"+
			"<"+tag+">Koffer</"+tag+"><p>Guten Tag, mein Koffer ist kaputt.</p>"), DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		if want := "Koffer\n\nGuten Tag, mein Koffer ist kaputt."; m.Text != want || m.Signed() != 0 {
			t.Errorf("%s: the text is %q, %d lines are a signature", tag, m.Text, m.Signed())
		}
	}
}

func openTags(tag string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<%s id=%d>", tag, i)
	}
	return b.String()
}

// One budget of rendering for all HTML parts: what is beyond it is read as bare text, and not lost.
func TestManyHTMLParts(t *testing.T) {
	var parts []string
	for i := range 198 {
		parts = append(parts, part("text/html; charset=utf-8", "7bit", fmt.Sprintf("<p>Part %d.</p>", i)+strings.Repeat("<b><i>x</i></b>", 100)))
	}
	if m := parsed(t, mixed(parts...)); !strings.Contains(m.Text, "Part 0.") || !strings.Contains(m.Text, "Part 197.") {
		t.Error("not all parts are read")
	}
	b := body{hurry: func() {}}
	for range 10 {
		b.htmlText(strings.Repeat("x", maxRender/4))
	}
	if b.rendered != maxRender {
		t.Errorf("%d bytes rendered, of %d", b.rendered, maxRender)
	}
}

package reply

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Person is an answer that a person has written.
type Person struct {
	Language  string // ISO 639-1, of the HTML
	Agent     string // who signs
	Brand     string
	Subject   string // the customer's; "" where there was none
	Text      string // as written
	Signature string // the agent's own; "" for name and brand
	First     bool   // it answers nothing: the subject is the person's own
	Footer    string // what the brand puts under every mail; "" for nothing
}

// maxSubject keeps a subject short enough for every mail program and our own composer, in bytes.
const maxSubject = 200

// Answer gives a person's answer the form in which it leaves: what was written, and who wrote it for which brand. Nothing is added that the person did not
// mean: no greeting, no automatic sentence.
func Answer(p Person) Rendered {
	body, sign, footer := Clean(p.Text), signs(p), lines(p.Footer)
	r := Rendered{Subject: answerSubject(p), Text: body + "\n\n" + strings.Join(sign, "\n") + "\n" + footerText(footer)}
	lang := oneLine(base(p.Language))
	attrs := ` lang="` + html.EscapeString(lang) + `" dir="` + direction(lang) + `"`
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html" + attrs + ">\n" + pageHead + escape(r.Subject) + pageStyle + tableBegin + "<div" + attrs + ` style="` + divStyle + `">` + "\n")
	for _, para := range append(strings.Split(body, "\n\n"), strings.Join(sign, "\n")) {
		if para = strings.Trim(para, "\n"); para != "" {
			b.WriteString(paragraph(paraStyle, strings.Split(para, "\n")))
		}
	}
	b.WriteString(footerHTML(footer) + "</div>\n" + tableEnd + "</body>\n</html>\n")
	r.HTML = b.String()
	return r
}

// signs are the lines of who answers: as the agent has it in the rule book, else name and brand.
func signs(p Person) []string {
	if own := lines(p.Signature); len(own) > 0 {
		return own
	}
	sign := []string{oneLine(p.Agent), oneLine(p.Brand)}
	if sign[0] == sign[1] {
		sign = sign[:1]
	}
	return sign
}

// Clean makes what a person typed fit to leave: line ends are one character, control characters are gone, and so is white space around it.
func Clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r != '\n' && r != '\t' && unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// answerSubject is the customer's subject as that of an answer, on one line; the brand's name where there was none.
func answerSubject(p Person) string {
	s := oneLine(p.Subject)
	if s == "" {
		s = oneLine(p.Brand)
	}
	if !p.First && (len(s) < 3 || !strings.EqualFold(s[:3], "re:")) {
		s = "Re: " + s
	}
	for len(s) > maxSubject {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return strings.TrimSpace(s)
}

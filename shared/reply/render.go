package reply

import (
	"html"
	"strings"
	"unicode/utf8"

	"pronto/shared/triage"
)

// columns is the longest line of the text part (RFC 5322 §2.1.1 recommends 78); only a single longer word exceeds it.
const columns = 78

// letter is a receipt before it takes the form of text or HTML: both are written from it, so they cannot differ.
type letter struct {
	subject    string
	paragraphs []string // greeting and body
	choices    []choice // of a survey
	automatic  string
	signature  []string // closing, who signs, brand: a line each
	footer     []string // what the brand puts under every mail, a line each
	whole      string   // the time, which no line break of the text may cut
}

// Render fills a template with what one receipt has to say. The template should have passed Check; should it lack the automatic sentence all the same,
// the product's own stands in. Lines of the text end in "\n".
func Render(t Template, r Receipt) Rendered {
	l := compose(t, r)
	return Rendered{Subject: l.subject, Text: l.text(), HTML: l.html(oneLine(base(r.Language)))}
}

func compose(t Template, r Receipt) letter {
	brand := oneLine(r.Brand)
	v := values{agent: oneLine(r.Agent), brand: brand, due: When(r.Language, r.Due, r.Now, r.Zone, r.ZoneSure)}
	if v.agent == "" {
		v.agent, v.team = team(t, brand), true
	}
	greeting := t.Hello
	if name, plain := PlainName(r.Name); plain {
		v.name, greeting = name, t.Greeting
	}
	told := append([]string{oneLine(fill(greeting, v))}, paragraphs(fill(body(t, r), v))...)
	if !r.Notice.Says(r.Language) {
		told = append(told, paragraphs(r.Incident)...) // its words are a person's: nothing in them is filled in
	}
	return letter{
		subject:    oneLine(fill(t.Subject, values{brand: brand})),
		paragraphs: told,
		automatic:  oneLine(fill(automatic(t, r.Language), v)),
		signature:  signature(oneLine(fill(t.Closing, v)), v),
		footer:     lines(r.Footer),
		whole:      moment(v.due),
	}
}

// body is the wording for the occasion. A mood that triage could not tell is neutral.
func body(t Template, r Receipt) string {
	switch {
	case r.Notice.Says(r.Language):
		return sentences[base(r.Language)][r.Notice]
	case r.Short:
		return t.FollowUp
	case r.Mood == triage.Negative:
		return t.Negative
	case r.Mood == triage.Positive:
		return t.Positive
	}
	return t.Neutral
}

// automatic never returns nothing: a receipt that hides that it is automatic must not leave.
func automatic(t Template, lang string) string {
	if len(words(t.Automatic)) > 0 {
		return t.Automatic
	}
	own, ok := Builtin(lang)
	if !ok {
		own = english
	}
	return own.Automatic
}

// moment is the phrase of time without the zone in parentheses.
func moment(due string) string {
	before, _, _ := strings.Cut(due, " (")
	return before
}

func team(t Template, brand string) string {
	if name := oneLine(fill(t.Team, values{brand: brand})); name != "" {
		return name
	}
	return brand
}

// signature names who signs and then the brand, unless the team's name has said the brand already.
func signature(closing string, v values) []string {
	if !v.team {
		return []string{closing, v.agent, v.brand}
	}
	if strings.Contains(v.agent, v.brand) {
		return []string{closing, capital(v.agent)}
	}
	return []string{closing, capital(v.agent), v.brand}
}

// paragraphs makes lines fit for a page and splits at blank lines; a single line break is a space, as the policy's author may have wrapped the lines.
func paragraphs(s string) []string {
	var all []string
	var open []string
	for _, line := range strings.Split(s, "\n") {
		w := words(oneLine(line))
		if len(w) == 0 && len(open) > 0 {
			all, open = append(all, strings.Join(open, " ")), nil
		}
		open = append(open, w...)
	}
	if len(open) > 0 {
		all = append(all, strings.Join(open, " "))
	}
	return all
}

func (l letter) text() string {
	var b strings.Builder
	for _, p := range l.paragraphs {
		b.WriteString(wrap(p, l.whole) + "\n\n")
	}
	for _, c := range l.choices {
		b.WriteString(c.text() + "\n")
	}
	b.WriteString(wrap(l.automatic, l.whole) + "\n\n")
	for _, line := range l.signature {
		b.WriteString(wrap(line, "") + "\n")
	}
	return b.String() + footerText(l.footer)
}

// lines are those of a signature or a footer, each fit for a page; blank ones are left out.
func lines(s string) []string {
	var all []string
	for _, line := range strings.Split(s, "\n") {
		if line = oneLine(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// footerText puts a footer under the mark by which mail programs know that the letter has ended (RFC 3676 §4.3).
func footerText(footer []string) string {
	if len(footer) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n-- \n")
	for _, line := range footer {
		b.WriteString(wrap(line, "") + "\n")
	}
	return b.String()
}

// paragraph is lines as one paragraph of HTML.
func paragraph(style string, all []string) string {
	escaped := make([]string, len(all))
	for i, line := range all {
		escaped[i] = escape(line)
	}
	return `<p style="` + style + `">` + strings.Join(escaped, "<br/>\n") + "</p>\n"
}

func footerHTML(footer []string) string {
	if len(footer) == 0 {
		return ""
	}
	return paragraph(footerStyle, footer)
}

// wrap breaks a paragraph at spaces into lines of at most columns runes, but not inside the phrase that is to stay whole.
func wrap(s string, whole string) string {
	var b strings.Builder
	width := 0
	for i, w := range words(glue(s, whole)) {
		n := utf8.RuneCountInString(w)
		switch {
		case i == 0:
		case width+1+n > columns:
			b.WriteByte('\n')
			width = 0
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(w)
		width += n
	}
	return strings.ReplaceAll(b.String(), joint, " ")
}

// joint stands for a space inside a whole phrase while lines are broken; it is a control character, and so in no text.
const joint = "\x00"

// glue joins the words of a phrase in s; one that fills most of a line may break after all.
func glue(s, phrase string) string {
	if phrase == "" || utf8.RuneCountInString(phrase) > columns*3/4 {
		return s
	}
	return strings.ReplaceAll(s, phrase, strings.ReplaceAll(phrase, " ", joint))
}

// The page sets no colours: the reader's client chooses, light or dark. Language and direction stand twice because web mail drops the html element.
// 'Segoe UI' comes first because Outlook for Windows falls back to a serif when it does not know the first font.
const (
	pageHead = `<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta name="supported-color-schemes" content="light dark"/>
<title>`
	pageStyle = `</title>
<style>:root { color-scheme: light dark; supported-color-schemes: light dark; }</style>
</head>
<body style="margin:0;padding:16px">
`
	divStyle    = `max-width:600px;font-family:'Segoe UI',system-ui,-apple-system,Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5`
	paraStyle   = `margin:0 0 16px 0`
	smallStyle  = `margin:0 0 16px 0;font-size:14px`
	footerStyle = `margin:16px 0 0 0;font-size:13px`

	// Outlook for Windows lays out as Word does and knows no max-width: a table that only it sees keeps the lines readable.
	tableBegin = `<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->` + "\n"
	tableEnd   = `<!--[if mso]></td></tr></table><![endif]-->` + "\n"
)

func (l letter) html(lang string) string {
	var b strings.Builder
	attrs := ` lang="` + html.EscapeString(lang) + `" dir="` + direction(lang) + `"`
	b.WriteString("<!DOCTYPE html>\n<html" + attrs + ">\n" + pageHead + escape(l.subject) + pageStyle)
	b.WriteString(tableBegin + "<div" + attrs + ` style="` + divStyle + `">` + "\n")
	for _, p := range l.paragraphs {
		b.WriteString(`<p style="` + paraStyle + `">` + escape(p) + "</p>\n")
	}
	for _, c := range l.choices {
		b.WriteString(c.html())
	}
	b.WriteString(`<p style="` + smallStyle + `">` + escape(l.automatic) + "</p>\n")
	b.WriteString(paragraph("margin:0", l.signature) + footerHTML(l.footer))
	b.WriteString("</div>\n" + tableEnd + "</body>\n</html>\n")
	return b.String()
}

// escape writes a line as HTML text.
func escape(s string) string { return html.EscapeString(s) }

// direction is that of the language's script.
func direction(lang string) string {
	switch lang {
	case "ar", "dv", "fa", "he", "ks", "ku", "ps", "sd", "ug", "ur", "yi":
		return "rtl"
	}
	return "ltr"
}

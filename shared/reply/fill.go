package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// values are what the placeholders of one receipt stand for.
type values struct {
	name, agent, brand, due string
	team                    bool // agent is the team's wording, not a person's name
}

// of is the value of a placeholder, and whether it is wording of ours: that may take a capital, a person's or a brand's name stays as it is written.
func (v values) of(placeholder string) (value string, wording, known bool) {
	switch placeholder {
	case "{name}":
		return v.name, false, true
	case "{agent}":
		return v.agent, v.team, true
	case "{brand}":
		return v.brand, false, true
	case "{due}":
		return v.due, true, true
	}
	return "", false, false
}

// fill replaces the placeholders of s in one pass, so that a value with braces in it is never filled again. What is no placeholder stays as it is.
func fill(s string, v values) string {
	var b strings.Builder
	for s != "" {
		before, placeholder, after := next(s)
		b.WriteString(before)
		s = after
		value, wording, known := v.of(placeholder)
		switch {
		case !known:
			b.WriteString(placeholder)
		case wording && opensSentence(b.String()):
			b.WriteString(capital(value))
		default:
			b.WriteString(value)
		}
	}
	return b.String()
}

// next cuts s at its first placeholder: braces with neither brace nor space between them. Without one, all is before.
func next(s string) (before, placeholder, after string) {
	for i := 0; i < len(s); i++ {
		if s[i] != '{' {
			continue
		}
		if n := strings.IndexAny(s[i+1:], "{} \n"); n >= 0 && s[i+1+n] == '}' {
			return s[:i], s[i : i+n+2], s[i+n+2:]
		}
	}
	return s, "", ""
}

// opensSentence tells whether what follows the written text begins a sentence.
func opensSentence(written string) bool {
	written = strings.TrimRight(written, " \n\u00a0¿¡\"“«")
	last, _ := utf8.DecodeLastRuneInString(written)
	return written == "" || strings.ContainsRune(".!?…", last)
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// oneLine makes wording fit for a header, a line and a page: control characters, line breaks and what Unicode says is no character become spaces,
// and spaces single.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r&0xfffe == 0xfffe {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.Join(words(s), " ")
}

// words splits at ASCII white space only: strings.Fields would also split at the no-break spaces that French typography needs.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\r' })
}

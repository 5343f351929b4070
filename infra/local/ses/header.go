package ses

import (
	"bytes"
	"mime"
	"net/mail"
	"strings"
)

// field is a header field: Value unfolded, Raw as it stood with its line ends.
type field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Raw   []byte `json:"-"`
}

// maxFields bounds what one mail's header may cost.
const maxFields = 2000

// parseHeader splits a mail into its header fields and the rest (empty line and body). It reads anything: lines that are no fields are passed over.
func parseHeader(raw []byte) (fields []field, rest []byte) {
	for len(raw) > 0 && len(fields) < maxFields {
		end := fieldEnd(raw)
		line := raw[:end]
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return fields, raw
		}
		raw = raw[end:]
		name, value, ok := bytes.Cut(line, []byte(":"))
		name = bytes.TrimRight(name, " \t")
		if ok && isName(name) {
			fields = append(fields, field{string(name), unfold(value), line})
		}
	}
	return fields, raw
}

// fieldEnd is where the first line ends together with the lines that continue it.
func fieldEnd(raw []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(raw[at:], '\n')
		if i < 0 {
			return len(raw)
		}
		at += i + 1
		empty := len(bytes.TrimRight(raw[:at], "\r\n")) == 0
		if empty || at >= len(raw) || raw[at] != ' ' && raw[at] != '\t' {
			return at
		}
	}
}

// isName holds for RFC 5322's ftext.
func isName(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	for _, c := range b {
		if c <= ' ' || c > '~' || c == ':' {
			return false
		}
	}
	return true
}

func unfold(value []byte) string {
	s := strings.TrimSpace(string(value))
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func first(fields []field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

var words = mime.WordDecoder{}

// decode reads encoded words; what cannot be read stays as it is.
func decode(s string) string {
	if !strings.Contains(s, "=?") {
		return s
	}
	if out, err := words.DecodeHeader(s); err == nil {
		return out
	}
	return s
}

// addresses splits a list at its commas (outside quotes, comments and brackets), as SES shows it: text, not parsed.
func addresses(value string) []string {
	var out []string
	depth, quoted, start := 0, false, 0
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '<':
			depth++
		case c == ')' || c == '>':
			depth = max(depth-1, 0)
		case c == ',' && depth == 0:
			out = append(out, value[start:i])
			start = i + 1
		}
	}
	var kept []string
	for _, a := range append(out, value[start:]) {
		if a = strings.TrimSpace(a); a != "" {
			kept = append(kept, decode(a))
		}
	}
	return kept
}

// bare is the address inside "Name <address>", or the text itself.
func bare(s string) string {
	if a, err := mail.ParseAddress(s); err == nil {
		return a.Address
	}
	if open, end := strings.LastIndexByte(s, '<'), strings.LastIndexByte(s, '>'); open >= 0 && end > open {
		return strings.TrimSpace(s[open+1 : end])
	}
	return strings.TrimSpace(s)
}

func domainOf(address string) string {
	return strings.ToLower(strings.TrimSuffix(address[strings.LastIndexByte(address, '@')+1:], "."))
}

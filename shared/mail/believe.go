package mail

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
)

// What SES judged and what we read must be the same sender: a mail of mallory@evil.example that passes DMARC as such, and in which we read
// victim@customer.example, would send the receipt to the victim. So the fields that decide are read a second time here, from the raw header,
// as any reader could read them, and whatever two readers may read differently is not believed.

// believable says whether every reader finds one From field in the raw mail, and in it one address: addr.
func believable(raw []byte, addr string) bool {
	froms := rawFields(raw, "from")
	return addr != "" && len(froms) == 1 && oneLineEnd(raw) && soleAddress(froms[0]) == addr
}

// rawFields are the values of the fields that some reader may take for the named one, undecoded and unfolded by removing the line ends alone
// (RFC 5322 §2.2.3). Space or control characters in the name, and a name without its colon, do not hide a field.
func rawFields(raw []byte, name string) []string {
	var fields []string
	var value *strings.Builder
	end := func() {
		if value != nil {
			fields = append(fields, value.String())
		}
		value = nil
	}
	for line := range bytes.FieldsFuncSeq(head(raw), func(r rune) bool { return r == '\r' || r == '\n' }) {
		if line[0] == ' ' || line[0] == '\t' {
			if value != nil {
				value.Write(line)
			}
			continue
		}
		end()
		before, after, _ := bytes.Cut(line, []byte(":"))
		if strings.EqualFold(visible(before), name) {
			value = new(strings.Builder)
			value.Write(after)
		}
	}
	end()
	return fields
}

// head is what precedes the first empty line.
func head(raw []byte) []byte {
	for at := 0; at < len(raw); {
		n := bytes.IndexByte(raw[at:], '\n')
		if n < 0 {
			break
		}
		if len(bytes.TrimSuffix(raw[at:at+n], []byte("\r"))) == 0 {
			return raw[:at]
		}
		at += n + 1
	}
	return raw
}

// visible is a field name's printable ASCII.
func visible(name []byte) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, string(name))
}

// oneLineEnd says whether all readers part the header's lines, and end it, at the same places: its line ends are all CRLF, or the mail has no
// CR at all.
func oneLineEnd(raw []byte) bool {
	if bytes.IndexByte(raw, '\r') < 0 {
		return true
	}
	h := head(raw)
	ends := bytes.Count(h, []byte("\r\n"))
	return ends == bytes.Count(h, []byte("\r")) && ends == bytes.Count(h, []byte("\n")) && !bytes.HasPrefix(raw[len(h):], []byte("\n"))
}

// One address, alone or in angle brackets, with words before it and comments that hold nothing of an address. The quoted strings are gone.
var (
	address  = `([^\s@<>()\[\],;:"\\]+@[^\s@<>()\[\],;:"\\]+)`
	comments = `\s*(?:\([^@<>()"]*\)\s*)*`
	bareFrom = regexp.MustCompile(`^` + comments + address + comments + `$`)
	fullFrom = regexp.MustCompile(`^[^@<>()"]*(?:\([^@<>()"]*\)[^@<>()"]*)*<` + address + `>` + comments + `$`)
	sameFrom = regexp.MustCompile(`^\s*` + address + `\s*<` + address + `>\s*$`)
)

// soleAddress is the address of a From field in which no reader can find another, or "". Names may be any, also such as net/mail refuses.
func soleAddress(v string) string {
	if len(v) > maxValue {
		return ""
	}
	v = eightBit(v)
	if strings.ContainsFunc(v, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }) {
		return ""
	}
	addr := unquotedAddress(unquoted(v))
	if strings.ContainsAny(v, `"`) && (strings.Contains(unquoted(v), "(") || unquotedAddress(quotedString.ReplaceAllString(v, " ")) != addr) {
		return "" // readers differ on a quote in a comment, or after a backslash
	}
	return addr
}

var quotedString = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`) // RFC 5322 §3.2.4

// unquotedAddress is the address of a value without its quoted strings.
func unquotedAddress(v string) string {
	if m := sameFrom.FindStringSubmatch(v); m != nil && strings.EqualFold(m[1], m[2]) {
		return normal(m[2])
	}
	for _, form := range []*regexp.Regexp{bareFrom, fullFrom} {
		if m := form.FindStringSubmatch(v); m != nil {
			return normal(m[1])
		}
	}
	return ""
}

package mail

import (
	"net/mail"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
)

const maxAddresses = 200 // of one field

var addressParser = mail.AddressParser{WordDecoder: &words}

// addresses reads the address lists of a field's values: strictly, and where that fails as well as can be. What is no
// address is left out; the same address counts once.
func addresses(values []string, hurry func()) []Address {
	var out []Address
	seen := map[string]bool{}
	for _, v := range values {
		hurry()
		for _, a := range addressList(eightBit(Cut(v, maxValue))) {
			key := strings.ToLower(a.Addr)
			if seen[key] || len(out) == maxAddresses {
				continue
			}
			seen[key] = true
			out = append(out, a)
		}
	}
	return out
}

func addressList(v string) []Address {
	list, err := addressParser.ParseList(v)
	if err != nil {
		return lenientList(v)
	}
	var out []Address
	for _, a := range list {
		out = appendAddress(out, a.Name, a.Address)
	}
	return out
}

// OneAddress reads an address as a person types it, with a name or without; ok is false where it is not just one that can be written to.
func OneAddress(s string) (a Address, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) > 400 || s != oneLine(s) {
		return a, false
	}
	list, err := addressParser.ParseList(s)
	if err != nil || len(list) != 1 {
		return a, false
	}
	a = Address{Name: list[0].Name, Addr: normal(list[0].Address)}
	return a, Replyable(a.Addr)
}

func appendAddress(out []Address, name, addr string) []Address {
	if addr = normal(addr); addr == "" {
		return out
	}
	name = decodeHeader(strings.Trim(strings.TrimSpace(name), `"' `))
	return append(out, Address{Name: Cut(name, 256), Addr: addr})
}

// lenientList reads what net/mail refuses: unquoted dots, stray quotes, missing brackets. Every '@' outside quotes counts as
// an address, so `ana@a.example <ana@b.example>` is two, and a From that two readers may read differently is never believed.
func lenientList(v string) []Address {
	var out []Address
	for _, piece := range splitList(v) {
		name, rest := piece, ""
		if i := strings.LastIndexByte(piece, '<'); i >= 0 {
			name, rest = piece[:i], piece[i+1:]
			rest, _, _ = strings.Cut(rest, ">")
			out = appendAddress(out, name, strings.TrimSpace(rest))
		}
		for _, w := range strings.FieldsFunc(unquoted(name), addressBreak) {
			if strings.Contains(w, "@") {
				out = appendAddress(out, "", w)
			}
		}
	}
	return out
}

func addressBreak(r rune) bool { return strings.ContainsRune(" \t<>()[],;:\"'", r) }

// splitList splits at commas and semicolons outside quotes.
func splitList(v string) []string {
	quoted := false
	return strings.FieldsFunc(v, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && (r == ',' || r == ';')
	})
}

// unquoted is s without its quoted strings; an unclosed quote hides nothing.
func unquoted(s string) string {
	if strings.Count(s, `"`)%2 != 0 {
		return s
	}
	var b strings.Builder
	for i, f := range strings.Split(s, `"`) {
		if i%2 == 0 {
			b.WriteString(f)
		}
	}
	return b.String()
}

var hostname = regexp.MustCompile(`^[a-z0-9]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*$`)

// normal is addr with a lower-case ASCII domain, or "" if it is no address that can stand in a header. A local part outside
// ASCII needs SMTPUTF8, which SES does not speak; it is kept for the eye, and Replyable refuses it.
func normal(addr string) string {
	at := strings.LastIndexByte(addr, '@')
	if at < 1 || at == len(addr)-1 || len(addr) > 320 || addr != oneLine(addr) {
		return ""
	}
	local, domain := addr[:at], strings.ToLower(strings.TrimSuffix(addr[at+1:], "."))
	if strings.ContainsAny(local, `<>@\":;,()[] `) || strings.Contains(local, "=?") {
		return ""
	}
	if !isASCII(domain) {
		d, err := idna.Lookup.ToASCII(domain)
		if err != nil {
			return ""
		}
		domain = d
	}
	if len(domain) > 253 || !hostname.MatchString(domain) {
		return ""
	}
	return local + "@" + domain
}

// Replyable says whether a mail can be sent to addr through SES: ASCII, a local part of at most 64 octets (RFC 5321
// §4.5.3.1.1) and a domain with a dot.
func Replyable(addr string) bool {
	local, domain := split(addr)
	return addr == normal(addr) && isASCII(local) && len(local) <= 64 && len(addr) <= 254 && strings.Contains(domain, ".")
}

// split is an address's local part and domain.
func split(addr string) (local, domain string) {
	at := strings.LastIndexByte(addr, '@')
	if at < 0 {
		return addr, ""
	}
	return addr[:at], addr[at+1:]
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func first(l []Address) Address {
	if len(l) == 0 {
		return Address{}
	}
	return l[0]
}

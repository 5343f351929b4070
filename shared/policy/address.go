package policy

import (
	"net/mail"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// ascii gives a domain in its ASCII form; what has none stays, and is refused by isDomain. So does what is far too long for a
// domain: the conversion takes time with the square of the length.
func ascii(domain string) string {
	if len(domain) > 1000 {
		return domain
	}
	if a, err := idna.Lookup.ToASCII(domain); err == nil {
		return a
	}
	return domain
}

// isAddress accepts a bare address (RFC 5321: local part up to 64 octets) on a domain; the domain may be written in Unicode.
func isAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s {
		return false
	}
	local, domain := split(Fold(s))
	return len(local) <= 64 && isDomain(domain)
}

// isDomain accepts a folded host name of two labels or more (RFC 1035).
func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	if len(s) > 253 || len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.Trim(l, "-") != l || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

// isHook accepts an https URL without a password, and http on this very machine, for trying things out.
func isHook(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.Hostname() == "" {
		return false
	}
	ip, _ := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (ip.IsLoopback() || u.Hostname() == "localhost")
}

// isRoutingKey accepts a routing key of PagerDuty's Events API v2: 32 letters and digits, alone or with @ and another endpoint (the one of the EU, a service that speaks the same).
func isRoutingKey(s string) bool {
	key, endpoint, other := strings.Cut(s, "@")
	return len(key) == 32 && strings.Trim(strings.ToLower(key), "abcdefghijklmnopqrstuvwxyz0123456789") == "" && (!other || isHook(endpoint))
}

// isPhone accepts an international number (E.164): + and 8 to 15 digits.
func isPhone(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && len(digits) >= 8 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == "" && digits[0] != '0'
}

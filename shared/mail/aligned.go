package mail

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Aligned says whether the From address may be believed: DMARC passed; or SPF passed for the From's organisational domain;
// or DKIM passed and every signature is of that domain. SES does not say which signature passed, so one foreign one is
// enough to doubt: anybody can add their own valid signature to a forged From.
//
// It is DMARC's relaxed alignment (RFC 7489 §3.1) without the need of a DMARC record. No verdict counts for a From that SES may have read
// otherwise than we did (see believable).
func Aligned(m *Message, env Envelope) bool {
	if len(m.Froms) != 1 || !m.believable {
		return false
	}
	_, from := split(m.From.Addr)
	_, path := split(strings.Trim(env.MailFrom, "<> "))
	switch {
	case env.DMARC == Pass:
		return true
	case env.SPF == Pass && sameOrganisation(path, from):
		return true
	}
	return env.DKIM == Pass && signedBy(m.signatures, from)
}

// signedBy says whether there is a signature, and each is of domain's organisation.
func signedBy(signatures []string, domain string) bool {
	for _, s := range signatures {
		if !sameOrganisation(signingDomain(s), domain) {
			return false
		}
	}
	return len(signatures) > 0
}

// signingDomain is the d= tag of a DKIM-Signature (RFC 6376 §3.5), or "" unless there is exactly one.
func signingDomain(signature string) string {
	domain := ""
	for _, tag := range strings.Split(signature, ";") {
		name, value, _ := strings.Cut(tag, "=")
		if strings.TrimSpace(name) != "d" {
			continue
		}
		if domain != "" {
			return ""
		}
		domain = strings.Join(strings.Fields(value), "")
	}
	return domain
}

func sameOrganisation(a, b string) bool {
	a, b = organisation(a), organisation(b)
	return a != "" && a == b
}

// organisation is the registrable domain by the public suffix list; a public suffix itself stands for itself alone.
func organisation(domain string) string {
	domain = strings.ToLower(strings.TrimSuffix(domain, "."))
	if !hostname.MatchString(domain) {
		return ""
	}
	if org, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return org
	}
	return domain
}

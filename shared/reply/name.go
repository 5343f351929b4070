package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds on a name; a display name beyond nameBytes is not even looked at.
const (
	nameRunes = 40
	nameBytes = 512
	nameMarks = 3 // on one letter: Vietnamese and the scripts of India need up to three, stacked ornament more
)

// PlainName tells whether a display name is plainly a person's name, and returns it as the customer writes it: script, diacritics, title and order kept,
// only the spaces made single. At most 40 letters, marks, spaces, apostrophes, full stops and hyphens pass; digits, addresses, anything like a
// domain, invisible characters, "Ana via Example" and desks such as "info" do not. A receipt is sent to an address that somebody else may have
// forged, so its name must not carry a message.
func PlainName(s string) (string, bool) {
	if len(s) > nameBytes || !utf8.ValidString(s) {
		return "", false
	}
	s = singleSpaces(s)
	if utf8.RuneCountInString(s) > nameRunes || !startsAndEnds(s) || !spelledOut(s) {
		return "", false
	}
	for _, word := range strings.Split(s, " ") {
		if likeDomain(word) {
			return "", false
		}
	}
	if noPerson(s) {
		return "", false
	}
	return s, true
}

// singleSpaces trims, and makes every run of Unicode spaces one ASCII space. Tabs and line breaks are no spaces here: no name has them.
func singleSpaces(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.Is(unicode.Zs, r) }), " ")
}

// startsAndEnds wants a letter first (or the apostrophe of 't Hooft), and no quotes around the whole.
func startsAndEnds(s string) bool {
	first, n := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	if apostrophe(first) {
		first, _ = utf8.DecodeRuneInString(s[n:])
		return unicode.IsLetter(first) && !apostrophe(last)
	}
	return unicode.IsLetter(first) && last != '-'
}

// spelledOut wants nothing but letters, marks, single spaces and punctuation of names: of that never two in a row, but for J.-P. Martin.
func spelledOut(s string) bool {
	marks, last := 0, ' '
	for _, r := range s {
		switch {
		case invisible(r):
			return false
		case unicode.IsLetter(r):
			marks = 0
		case unicode.In(r, unicode.Mn, unicode.Mc):
			if marks++; marks > nameMarks {
				return false
			}
		case r == ' ':
		case r == '.' || r == '-' || apostrophe(r):
			if punctuation(last) && (last != '.' || r != '-') {
				return false
			}
		default:
			return false
		}
		last = r
	}
	return true
}

func apostrophe(r rune) bool  { return r == '\'' || r == '’' }
func punctuation(r rune) bool { return r == '.' || r == '-' || apostrophe(r) }

// invisible are the letters and marks that show nothing (Hangul fillers, variation selectors, the grapheme joiner) and the mathematical alphabets,
// which write slogans in bold. Bidirectional controls and zero-width characters are of category Cf: no letters anyway.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || r >= 0x1D400 && r <= 0x1D7FF
}

// likeDomain tells acme.com from J.R. and Ph.D.: after a full stop inside a word only single letters may follow, as no top-level domain has one letter.
// Dott.ssa and Dipl.-Ing. are titles.
func likeDomain(word string) bool {
	switch strings.ToLower(word) {
	case "dott.ssa", "dr.ssa", "prof.ssa", "sig.ra":
		return false
	}
	for _, part := range strings.Split(word, ".")[1:] {
		if !strings.HasPrefix(part, "-") && letters(part) > 1 {
			return true
		}
	}
	return false
}

// letters counts without marks: a letter with its accent apart is one.
func letters(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.IsMark(r) {
			n++
		}
	}
	return n
}

// noPerson tells desks and machines from people by their words.
func noPerson(s string) bool {
	s = strings.ToLower(s)
	switch s {
	case "null", "nil", "none", "undefined", "unknown", "anonymous", "guest", "user", "me", "test", "name", "mail", "root", "sales": // some are surnames too
		return true
	}
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || punctuation(r) }) {
		if deskWord(word) {
			return true
		}
	}
	return false
}

func deskWord(word string) bool {
	switch word {
	case "via", "www", "http", "https", "mailto",
		"noreply", "donotreply", "reply", "mailer", "daemon", "mailerdaemon", "postmaster", "webmaster", "hostmaster", "abuse", "admin",
		"administrator", "administrador", "administratore", "amministratore", "administrateur",
		"undisclosed", "recipients", "automatic", "notification", "notifications", "newsletter", "newsletters", "mailing", "unsubscribe",
		"info", "information", "informazioni", "información", "informação", "contact", "contacto", "contato", "kontakt", "контакт",
		"support", "suporte", "soporte", "assistenza", "assistance", "assistência", "asistencia", "поддержка", "helpdesk", "servicedesk", "help",
		"service", "services", "servizio", "servicio", "serviço", "kundenservice", "kundendienst", "сервис",
		"vendite", "ventas", "vendas", "vertrieb", "ventes",
		"billing", "office", "ufficio", "büro", "marketing", "team", "customer", "care", "department", "email", "mailbox":
		return true
	}
	return false
}

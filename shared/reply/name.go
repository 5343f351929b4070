package reply

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds on a name; a display name beyond nameBytes is not even looked at.
const (
	nameRunes = 40
	nameBytes = 512
	nameWords = 5 // beside particles such as "de la": more make a sentence
	shortened = 4 // letters before a full stop: an initial or a title, not the end of a sentence
	nameMarks = 3 // on one letter: Vietnamese and the scripts of India need up to three, stacked ornament more
)

// PlainName tells whether a display name is plainly a person's name, and returns it as the customer writes it: script, diacritics, title and order kept,
// only the spaces made single. At most 40 letters, marks, spaces, apostrophes, full stops and hyphens pass; digits, addresses, anything like a
// domain, sentences, letters of two scripts, invisible characters, "Ana via Example" and desks such as "info" do not. A receipt is sent to an address that somebody else may have
// forged, so its name must not carry a message.
func PlainName(s string) (string, bool) {
	if len(s) > nameBytes || !utf8.ValidString(s) {
		return "", false
	}
	s = singleSpaces(s)
	if utf8.RuneCountInString(s) > nameRunes || !startsAndEnds(s) || !spelledOut(s) || !oneScript(s) {
		return "", false
	}
	all := strings.Split(s, " ")
	if sentence(all) || slices.ContainsFunc(all, likeDomain) {
		return "", false
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
		case modifier(r) && !strings.ContainsRune(nameModifiers, r):
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

// nameModifiers are the modifier letters that names are written with: the apostrophes of Hawaii and Ukraine, and the marks of length and repetition of
// Japan. Others look like full stops, colons or quotes.
const nameModifiers = "ʻʼー々"

// modifier letters are category Lm, and all of Lisu, whose tones are written as dots and commas.
func modifier(r rune) bool { return unicode.Is(unicode.Lm, r) || r >= 0xA4D0 && r <= 0xA4FF }

// eastAsian scripts stand together in one name.
var eastAsian = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo}

// oneScript wants all letters of one script: ЗОО of Cyrillic letters in a Latin name is a number.
func oneScript(s string) bool {
	var scripts []*unicode.RangeTable
	for _, r := range s {
		if !unicode.IsLetter(r) || strings.ContainsRune(nameModifiers, r) {
			continue
		}
		if scripts == nil {
			scripts = scriptOf(r)
		}
		if !unicode.In(r, scripts...) {
			return false
		}
	}
	return true
}

// scriptOf is a letter's script, and those that stand beside it; none for letters of no script, which are signs.
func scriptOf(r rune) []*unicode.RangeTable {
	if unicode.In(r, eastAsian...) {
		return eastAsian
	}
	for _, table := range unicode.Scripts { // at most one has it, so the order does not matter
		if table != unicode.Common && unicode.Is(table, r) {
			return []*unicode.RangeTable{table}
		}
	}
	return []*unicode.RangeTable{}
}

// sentence tells words that say something: too many, or a full stop after a long one.
func sentence(all []string) bool {
	n := 0
	for _, word := range all {
		if !particle(word) {
			n++
		}
		parts := strings.Split(word, ".")
		for _, part := range parts[:len(parts)-1] {
			if letters(part) > shortened {
				return true
			}
		}
	}
	return n > nameWords
}

// particle tells the small words of long names: Maria da Conceição dos Santos e Silva.
func particle(word string) bool {
	switch strings.ToLower(word) {
	case "da", "das", "de", "do", "dos", "e", "del", "la", "las", "los", "y", "di", "della", "van", "von", "der", "den", "zu", "al", "bin", "ibn", "bint":
		return true
	}
	return false
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

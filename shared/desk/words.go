package desk

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// SubjectWords is how many words of a subject a conversation is found by, and NameWords how many of a contact's name: each is an entry in an index, which
// costs as much as a row.
const (
	SubjectWords = 5
	NameWords    = 2
)

// commonplace are words that tell no subject from another.
var commonplace = map[string]bool{
	"re": true, "fw": true, "fwd": true, "aw": true, "wg": true, "sv": true, "rif": true, "the": true, "and": true, "for": true, "with": true, "from": true,
	"der": true, "die": true, "das": true, "und": true, "mit": true, "von": true, "il": true, "la": true, "le": true, "lo": true, "di": true, "un": true,
	"el": true, "los": true, "las": true, "del": true, "que": true, "les": true, "des": true, "et": true, "my": true, "your": true, "is": true, "to": true,
	"of": true, "in": true, "on": true, "at": true, "no": true,
}

// Words are those of a text by which it is found, at most max: without accents and in small letters, the telling ones first, as flight numbers and long words are.
func Words(text string, max int) []string {
	words := AllWords(text)
	words = slices.DeleteFunc(words, func(w string) bool { return commonplace[w] || utf8.RuneCountInString(w) < 2 })
	slices.SortStableFunc(words, func(a, b string) int { return telling(b) - telling(a) })
	return words[:min(len(words), max)]
}

// AllWords are all different words of a text in their order, without accents and in small letters.
func AllWords(text string) []string {
	folded := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(text))
	var words []string
	for w := range strings.FieldsFuncSeq(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

// telling is how well a word tells one subject from others: longer ones do, and ones with digits most of all.
func telling(w string) int {
	n := min(utf8.RuneCountInString(w), 50)
	if strings.ContainsFunc(w, unicode.IsDigit) {
		n += 100
	}
	return n
}

// Word is the key under which what has a word is found.
func (k Keys) Word(brand, word string) string { return k.id("word", brand, word) }

// Name is the key under which contacts with a name are found.
func (k Keys) Name(brand, word string) string { return k.id("name", brand, word) }

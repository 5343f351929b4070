package language

import (
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// folded pairs each run of accented letters with the letter that people type for them on a foreign keyboard.
var folded = [...]struct{ from, to string }{
	{"àáâãäåāăą", "a"}, {"çćčĉċ", "c"}, {"ďđð", "d"}, {"èéêëēĕėęě", "e"}, {"ĝğġģ", "g"}, {"ìíîïĩīįı", "i"}, {"łľĺļ", "l"},
	{"ñńņň", "n"}, {"òóôõöøōŏő", "o"}, {"ŕŗř", "r"}, {"śŝşšș", "s"}, {"ţťț", "t"}, {"ùúûüũūŭůűų", "u"}, {"ýÿ", "y"},
	{"źżž", "z"}, {"ß", "ss"}, {"æ", "ae"}, {"œ", "oe"}, {"ё", "е"},
}

// foldTable maps the letters from U+00DF to U+021B, and ё, to what stands for them.
var foldTable = func() (t [0x21c - 0xdf]string) {
	for _, f := range folded[:len(folded)-1] {
		for _, r := range f.from {
			t[r-0xdf] = f.to
		}
	}
	return t
}()

// AppendFold appends the lower-case form of r without diacritics ("È" → "e", "ß" → "ss", "ё" → "е").
// Combining marks vanish; other letters and signs stay.
func AppendFold(dst []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return append(dst, byte(r))
	}
	r = unicode.ToLower(r)
	switch {
	case r >= 0xdf && r < 0x21c && foldTable[r-0xdf] != "":
		return append(dst, foldTable[r-0xdf]...)
	case r == 'ё':
		return append(dst, "е"...)
	case r >= 0x300 && r < 0x370:
		return dst
	}
	return utf8.AppendRune(dst, r)
}

// Fold returns s in lower case and without diacritics.
func Fold(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		out = AppendFold(out, r)
	}
	return string(out)
}

// Words returns the lower-case words of a text that the model sees.
func Words(text string) [][]rune {
	var s surveyed
	s.survey(text)
	out := make([][]rune, s.n)
	for k := range out {
		out[k] = slices.Clone(s.word(k))
	}
	return out
}

// HeldOut tells whether a line of the training text is kept for the test: one in ten, by a hash of its letters.
func HeldOut(line string) bool {
	h := fnv.New32a()
	for _, r := range strings.ToLower(line) {
		if unicode.IsLetter(r) {
			h.Write(utf8.AppendRune(nil, r))
		}
	}
	return h.Sum32()%10 == 0
}

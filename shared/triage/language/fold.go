package language

import (
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain returns the letters that people type for an accented one on a foreign keyboard, or "".
func plain(r rune) string {
	switch r {
	case 'à', 'á', 'â', 'ã', 'ä', 'å', 'ā', 'ă', 'ą':
		return "a"
	case 'ç', 'ć', 'č', 'ĉ', 'ċ':
		return "c"
	case 'ď', 'đ', 'ð':
		return "d"
	case 'è', 'é', 'ê', 'ë', 'ē', 'ĕ', 'ė', 'ę', 'ě':
		return "e"
	case 'ĝ', 'ğ', 'ġ', 'ģ':
		return "g"
	case 'ì', 'í', 'î', 'ï', 'ĩ', 'ī', 'į', 'ı':
		return "i"
	case 'ł', 'ľ', 'ĺ', 'ļ':
		return "l"
	case 'ñ', 'ń', 'ņ', 'ň':
		return "n"
	case 'ò', 'ó', 'ô', 'õ', 'ö', 'ø', 'ō', 'ŏ', 'ő':
		return "o"
	case 'ŕ', 'ŗ', 'ř':
		return "r"
	case 'ś', 'ŝ', 'ş', 'š', 'ș':
		return "s"
	case 'ţ', 'ť', 'ț':
		return "t"
	case 'ù', 'ú', 'û', 'ü', 'ũ', 'ū', 'ŭ', 'ů', 'ű', 'ų':
		return "u"
	case 'ý', 'ÿ':
		return "y"
	case 'ź', 'ż', 'ž':
		return "z"
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ё':
		return "е"
	}
	return ""
}

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
	case r >= 0x300 && r < 0x370:
		return dst
	case r < 0x21c || r == 'ё':
		if to := plain(r); to != "" {
			return append(dst, to...)
		}
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

package mood

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"pronto/shared/triage/language"
)

const (
	maxWords     = 2500 // of a text that are read
	maxWordRunes = 20   // of a word: what is longer is a code or a compound, and its beginning tells
	reach        = 3    // words over which a negation colours what follows
)

// Reader cuts a text into words and these into features. It keeps its buffers from text to text: after the first few it allocates nothing.
// A Reader is for one goroutine.
type Reader struct {
	words    []word
	buckets  []uint16 // of all words, in order
	folded   []byte   // of the word being read
	runes    []rune
	sentence int32
	negated  int    // words over which a negation still reaches
	before   uint32 // hash of the word before, 0 at the beginning
}

// word is a token of the text: letters and digits, an emoji, a sign that says something.
type word struct {
	start, end  int32 // bytes of the text
	from, chars int32 // where its features begin in buckets: first the words', then the characters'
	sentence    int32
}

// Read takes a text in. What it found before is forgotten.
func (r *Reader) Read(text string) {
	r.words, r.buckets, r.sentence, r.negated, r.before = r.words[:0], r.buckets[:0], 0, 0, 0
	for i := 0; i < len(text) && len(r.words) < maxWords; {
		if i == 0 || space(text[i-1]) {
			if n := r.field(text, i); n > 0 {
				i += n
				continue
			}
		}
		c, n := utf8.DecodeRuneInString(text[i:])
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			i = r.word(text, i)
			continue
		}
		i += r.sign(text, i, c, n)
	}
}

func space(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

// field skips a mention, and reads a link or an address as one sign; 0 where there is neither.
func (r *Reader) field(text string, i int) int {
	end := i
	for end < len(text) && !space(text[end]) {
		end++
	}
	f := text[i:end]
	switch {
	case len(f) > 1 && f[0] == '@':
		n := 1
		for n < len(f) && (f[n] == '_' || f[n] >= utf8.RuneSelf || f[n]|0x20 >= 'a' && f[n]|0x20 <= 'z' || f[n] >= '0' && f[n] <= '9') {
			n++
		}
		return n
	case strings.Contains(f, "://") || strings.HasPrefix(f, "www.") || strings.IndexByte(f, '@') > 0:
		r.token("<link>", i, end)
		return len(f)
	}
	return 0
}

// word reads letters and digits from i and returns where they end.
// An apostrophe ends a word ("l'aereo"), but not before the t of an English negation ("don't", read as "dont").
func (r *Reader) word(text string, i int) int {
	start, digits, upper, letters, long := i, 0, 0, 0, false
	r.folded = r.folded[:0]
	var last rune
	run := 0
	for i < len(text) {
		if b := text[i] | 0x20; b >= 'a' && b <= 'z' { // most letters, the short way
			letters++
			if text[i] < 'a' {
				upper++
			}
			i++
			if run++; rune(b) != last {
				run = 1
			}
			last = rune(b)
			if run > 2 {
				long = true
				continue
			}
			r.folded = append(r.folded, b)
			continue
		}
		c, n := utf8.DecodeRuneInString(text[i:])
		if (c == '\'' || c == '’') && i > start && text[i-1]|0x20 == 'n' && i+n < len(text) && text[i+n]|0x20 == 't' {
			i += n
			continue
		}
		letter := unicode.IsLetter(c)
		if !letter && !unicode.IsDigit(c) && !unicode.Is(unicode.Mn, c) {
			break
		}
		i += n
		if !letter {
			digits++
		} else {
			letters++
			if unicode.IsUpper(c) {
				upper++
			}
		}
		if run++; unicode.ToLower(c) != last {
			run = 1
		}
		last = unicode.ToLower(c)
		if run > 2 {
			long = letter
			continue
		}
		if !letter && unicode.IsDigit(c) {
			c = '0'
		}
		r.folded = language.AppendFold(r.folded, c)
	}
	switch { // a code, a time, a sum: only how long it is
	case digits > 0 && letters == 0:
		r.token("000"[:min(digits, 3)], start, i)
	case digits > 0 && letters > 0 && digits+letters > 4:
		r.token("<code>", start, i)
	default:
		r.add(start, i, upper > 2 && upper == letters, long)
	}
	return i
}

// token adds a sign under a name of its own.
func (r *Reader) token(name string, start, end int) {
	r.folded = append(r.folded[:0], name...)
	r.add(start, end, false, false)
}

// smileys of the keyboard, by what they are read as.
var smileys = [...]struct{ sign, name string }{
	{":'(", ":("}, {":-)", ":)"}, {":-(", ":("}, {":-D", ":)"}, {";-)", ";)"}, {":-/", ":/"}, {":)", ":)"}, {":(", ":("}, {":D", ":)"}, {";)", ";)"},
	{"=)", ":)"}, {"=(", ":("}, {"<3", "<3"}, {":/", ":/"}, {":P", ";)"}, {"xD", ":)"}, {":((", ":("}, {"^^", ":)"},
}

// sign reads what is no word at i and returns its length.
func (r *Reader) sign(text string, i int, c rune, n int) int {
	if strings.IndexByte(":;=<^", text[i]) >= 0 {
		for _, s := range smileys {
			if strings.HasPrefix(text[i:], s.sign) {
				r.token(s.name, i, i+len(s.sign))
				return len(s.sign)
			}
		}
	}
	switch c {
	case ')', '(':
		if strings.HasPrefix(text[i:], "))") || i > 0 && text[i-1] != ' ' && c == ')' && !strings.Contains(text[max(0, i-80):i], "(") {
			end := i
			for end < len(text) && text[end] == text[i] {
				end++
			}
			if c == ')' {
				r.token(":)", i, end)
			} else {
				r.token(":(", i, end)
			}
			return end - i
		}
		r.negated = 0
	case '!', '?':
		end := i
		for end < len(text) && (text[end] == '!' || text[end] == '?') {
			end++
		}
		switch s := text[i:end]; {
		case strings.Contains(s, "?!") || strings.Contains(s, "!?"):
			r.token("?!", i, end)
		case len(s) > 1 && c == '!':
			r.token("!!", i, end)
		case len(s) > 1:
			r.token("??", i, end)
		case c == '!':
			r.token("!", i, end)
		default:
			r.token("?", i, end)
		}
		r.stop()
		return end - i
	case '.':
		if strings.HasPrefix(text[i:], "...") {
			r.token("…", i, i+3)
		}
		r.stop()
		for n < len(text)-i && text[i+n] == '.' {
			n++
		}
	case '…':
		r.token("…", i, i+n)
		r.stop()
	case '\n':
		if i > 0 && text[i-1] == '\n' {
			r.stop()
		}
	case ',', ';', ':', '–', '—', '«', '»', '"':
		r.negated = 0
	case '$', '€', '£', '₽':
		r.token("$", i, i+n)
	case '%':
		r.token("%", i, i+n)
	case 0xfe0f, 0x200d:
	default:
		if c >= 0x2190 && (unicode.Is(unicode.So, c) || unicode.Is(unicode.Sm, c)) && !(c >= 0x1f3fb && c <= 0x1f3ff) {
			r.folded = utf8.AppendRune(r.folded[:0], c)
			r.add(i, i+n, false, false)
		}
	}
	return n
}

func (r *Reader) stop() {
	if len(r.words) > 0 && r.words[len(r.words)-1].sentence == r.sentence {
		r.sentence++
	}
	r.negated = 0
}

// FNV-1a over runes, mixed at the end so that the low bits are good.
const offset, prime = 2166136261, 16777619

func mix(h uint32) uint16 {
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 12
	h *= 0x297a2d39
	return uint16(h ^ h>>15)
}

// seeds keep the kinds of feature apart.
const (
	seedWord  = offset ^ 0x01
	seedPair  = offset ^ 0x02
	seedNot   = offset ^ 0x03
	seedChars = offset ^ 0x04
	seedSign  = offset ^ 0x05
)

// add appends the word in folded with its features: itself, with the word before, under a negation, and its groups of two to five
// characters, where the word's edges count as characters.
func (r *Reader) add(start, end int, capitals, long bool) {
	if len(r.folded) == 0 {
		return
	}
	r.words = append(r.words, word{start: int32(start), end: int32(end), from: int32(len(r.buckets)), sentence: r.sentence})
	w := &r.words[len(r.words)-1]
	h := uint32(seedWord)
	for _, b := range r.folded {
		h = (h ^ uint32(b)) * prime
	}
	r.buckets = append(r.buckets, mix(h))
	r.buckets = append(r.buckets, mix((h^seedPair)*prime^r.before*0x9e3779b1))
	if capitals {
		r.buckets = append(r.buckets, mix(seedSign+1))
	}
	if long {
		r.buckets = append(r.buckets, mix(seedSign+2))
	}
	r.before = h
	if negates(r.folded) {
		r.negated = reach
	} else if r.negated > 0 {
		r.negated--
		r.buckets = append(r.buckets, mix((h^seedNot)*prime))
	}
	w.chars = int32(len(r.buckets))
	r.groups()
}

func (r *Reader) groups() {
	r.runes = append(r.runes[:0], '_')
	for i := 0; i < len(r.folded) && len(r.runes) <= maxWordRunes; {
		if b := r.folded[i]; b < utf8.RuneSelf {
			r.runes = append(r.runes, rune(b))
			i++
			continue
		}
		c, n := utf8.DecodeRune(r.folded[i:])
		r.runes = append(r.runes, c)
		i += n
	}
	r.runes = append(r.runes, '_')
	runes, out := r.runes, r.buckets
	for i := range runes {
		h := uint32(seedChars)
		for k, c := range runes[i:min(i+5, len(runes))] {
			h = (h ^ uint32(c)) * prime
			if k > 0 && k+1 < len(runes) { // the whole word is a feature already
				out = append(out, mix(h))
			}
		}
	}
	r.buckets = out
}

// negates tells whether a folded word negates what follows, in any of the languages.
func negates(w []byte) bool {
	switch string(w) {
	case "not", "no", "never", "nothing", "dont", "doesnt", "didnt", "isnt", "arent", "wasnt", "werent", "cant", "cannot", "couldnt", "wont", "wouldnt", "havent", "hasnt", "hadnt", "aint", "without", "nobody", "none",
		"non", "mai", "niente", "nessuno", "nessuna", "senza", "nunca", "nada", "nadie", "sin", "ni", "jamas", "ningun", "ninguna",
		"ne", "pas", "jamais", "rien", "aucun", "aucune", "sans", "nicht", "kein", "keine", "keinen", "keiner", "nie", "niemand", "nichts", "ohne",
		"nao", "ninguem", "nenhum", "nenhuma", "sem", "не", "нет", "ни", "никто", "никогда", "ничего", "без", "нельзя",
		"niet", "geen", "nooit", "niks", "zonder", "nie-", "bez", "nic", "nigdy", "brak":
		return true
	}
	return false
}

package triage

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"pronto/shared/triage/language"
)

const maxRunes = 8192 // of a message that are looked at, subject and text each: what comes later changes nothing

// token is one word: folded for the lexicon, and where it stands in the text, for the why.
type token struct {
	word             []byte // in passage.folded
	start, end       int    // bytes of the text
	clause, sentence int    // counted from the start; commas end clauses, full stops and empty lines end sentences
	capitals         bool
}

// passage is a text cut into words, with the signs that words do not carry.
type passage struct {
	text                        string
	tokens                      []token
	emoji                       []emoji
	exclamations                int
	questions                   []int // sentences that end with a question mark
	letters, upper              int
	clause, sentence, lineBreak int

	folded []byte // kept from text to text, as the slices are
	ends   []int
}

// emoji is a pictograph with a mood.
type emoji struct {
	sign   string
	weight float64
}

// moodOf is the weight of a pictograph, or 0.
func moodOf(r rune) float64 {
	switch r {
	case '🤬', '🖕':
		return -3
	case '😡', '🤮':
		return -2.5
	case '😠', '👿', '🤢', '👎', '💩':
		return -2
	case '😤', '😒', '🙄', '😞', '😩', '😫', '😖', '☹', '💔', '🤦':
		return -1.5
	case '😔', '😢', '😭', '😣', '🙁', '😕', '😟', '😑', '😓', '😥':
		return -1
	case '😱':
		return -0.5
	case '🙏':
		return 0.5
	case '🙂', '💪', '✨':
		return 1
	case '😊', '😀', '😃', '😄', '😁', '👍', '😎', '🌟', '⭐', '👌':
		return 1.5
	case '😘', '❤', '💕', '💖', '💙', '💚', '💛', '🧡', '💜', '♥', '👏', '🙌', '🎉', '🤗', '🥳', '😻', '💯':
		return 2
	case '😍', '🥰', '🤩':
		return 2.5
	}
	return 0
}

// smileys are the signs of the keyboard, longest first.
var smileys = []struct {
	sign   string
	weight float64
}{
	{":'(", -1.5}, {":-)", 1.5}, {":-(", -1.5}, {":-D", 1.5}, {";-)", 1}, {":-/", -1}, {":)", 1.5}, {":(", -1.5}, {":D", 1.5}, {";)", 1}, {"=)", 1}, {"=(", -1}, {"<3", 2}, {":/", -1}, {")))", 1}, {"(((", -1},
}

// cut reads at most maxRunes of text once. What the passage held before is forgotten.
func (p *passage) cut(text string) {
	text = limit(text)
	*p = passage{text: text, tokens: p.tokens[:0], emoji: p.emoji[:0], questions: p.questions[:0], folded: p.folded[:0], ends: p.ends[:0]}
	for i := 0; i < len(text); {
		if n := p.skip(i); n > 0 {
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			p.sign(i, r, n)
			i += n
			continue
		}
		i = p.word(i)
	}
	from := 0
	for i := range p.tokens {
		p.tokens[i].word = p.folded[from:p.ends[i]]
		from = p.ends[i]
	}
}

func limit(text string) string {
	if len(text) <= maxRunes {
		return text
	}
	n := 0
	for i := range text {
		if n == maxRunes {
			return text[:i]
		}
		n++
	}
	return text
}

// skip returns the length of a link, an address, a mention or a smiley at i, or 0.
func (p *passage) skip(i int) int {
	if i > 0 && !isSpace(p.text[i-1]) {
		return p.smiley(i)
	}
	end := i
	for end < len(p.text) && !isSpace(p.text[end]) {
		end++
	}
	field := p.text[i:end]
	if strings.Contains(field, "://") || strings.HasPrefix(field, "www.") || strings.IndexByte(field, '@') >= 0 {
		return len(field)
	}
	return p.smiley(i)
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

func (p *passage) smiley(i int) int {
	if strings.IndexByte(":;=<()", p.text[i]) < 0 {
		return 0
	}
	for _, s := range smileys {
		if strings.HasPrefix(p.text[i:], s.sign) {
			p.emoji = append(p.emoji, emoji{s.sign, s.weight})
			return len(s.sign)
		}
	}
	return 0
}

// sign takes note of a rune that belongs to no word.
func (p *passage) sign(i int, r rune, n int) {
	if r != '\n' && r != ' ' && r != '\r' {
		p.lineBreak = 0
	}
	switch r {
	case '\n':
		if p.lineBreak++; p.lineBreak > 1 { // one break may be the mail program's wrapping
			p.stop()
		}
	case '.', '…':
		p.stop()
	case '!':
		p.exclamations++
		p.stop()
	case '?', '؟', '？':
		p.questions = append(p.questions, p.sentence)
		p.stop()
	case ',', ';', ':', '(', ')', '–', '—', '"', '«', '»':
		p.clause++
	default:
		if w := moodOf(r); w != 0 {
			p.emoji = append(p.emoji, emoji{p.text[i : i+n], w})
		}
	}
}

func (p *passage) stop() { p.sentence, p.clause = p.sentence+1, p.clause+1 }

// word appends the word at i to the tokens and its folded form to p.folded, and returns where it ends.
// An apostrophe ends a word ("l'aereo"), but not before the t of an English negation ("don't", read as "dont").
func (p *passage) word(i int) int {
	t := token{start: i, clause: p.clause, sentence: p.sentence}
	upper, letters := 0, 0
	for i < len(p.text) {
		if b := p.text[i]; b|0x20 >= 'a' && b|0x20 <= 'z' { // most letters, the short way
			letters++
			if b < 'a' {
				upper++
			}
			p.folded = append(p.folded, b|0x20)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(p.text[i:])
		if a := apostrophe(r); a && negation(p.text[t.start:i], p.text[i+n:]) {
			i += n
			continue
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) {
			break
		}
		if unicode.IsLetter(r) {
			letters++
			if unicode.IsUpper(r) {
				upper++
			}
		}
		p.folded = language.AppendFold(p.folded, r)
		i += n
	}
	p.letters, p.upper, p.lineBreak = p.letters+letters, p.upper+upper, 0
	t.end, t.capitals = i, letters > 2 && upper == letters
	p.tokens, p.ends = append(p.tokens, t), append(p.ends, len(p.folded))
	return i
}

func apostrophe(r rune) bool { return r == '\'' || r == '’' || r == '`' }

func negation(before, after string) bool {
	return (strings.HasSuffix(before, "n") || strings.HasSuffix(before, "N")) && len(after) > 0 && after[0]|0x20 == 't' &&
		(len(after) == 1 || !isLetterByte(after[1]))
}

func isLetterByte(b byte) bool { return b >= utf8.RuneSelf || b|0x20 >= 'a' && b|0x20 <= 'z' }

// shouted tells whether the passage as a whole is in capitals.
func (p *passage) shouted() bool { return p.letters >= 20 && p.upper*10 >= p.letters*7 }

package language

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxWordRunes = 24 // longer words are cut: they are codes or compounds, and their beginning tells

// script is one of those in which several of the model's languages are written.
type script uint8

const (
	latin script = iota
	cyrillic
	arabic
	shared // how many there are
)

// surveyed is what one pass over a text finds. It is of fixed size and lives on the stack.
type surveyed struct {
	letters, broken int         // letters of any script; replacement characters
	of              [shared]int // letters of the scripts that several languages share
	other           [len(scripts)]int
	own             [len(own)]int // letters that only one language has
	ukrainian       bool

	runes [maxWords * maxWordRunes]rune // the first maxWords words of the shared scripts, lower-case
	ends  [maxWords]int16
	n     int
	long  int // runes of the word that is being read
}

// scripts that belong to one language, or to one that is by far the likeliest in a mail.
var scripts = [...]struct {
	table *unicode.RangeTable
	code  string
}{
	{unicode.Greek, "el"}, {unicode.Hebrew, "he"}, {unicode.Thai, "th"},
	{unicode.Hiragana, "ja"}, {unicode.Katakana, "ja"}, {unicode.Han, "zh"}, {unicode.Hangul, "ko"},
	{unicode.Devanagari, "hi"}, {unicode.Bengali, "bn"}, {unicode.Tamil, "ta"}, {unicode.Telugu, "te"},
	{unicode.Gujarati, "gu"}, {unicode.Gurmukhi, "pa"}, {unicode.Kannada, "kn"}, {unicode.Malayalam, "ml"},
	{unicode.Sinhala, "si"}, {unicode.Georgian, "ka"}, {unicode.Armenian, "hy"}, {unicode.Khmer, "km"},
	{unicode.Lao, "lo"}, {unicode.Myanmar, "my"}, {unicode.Ethiopic, "am"},
}

// han and kana are the places of Chinese and Japanese in scripts.
const hiragana, katakana, han = 3, 4, 5

// own letters: if one of these occurs, a text of their script is in this language. The order matters: Belarusian shares і.
var own = [...]struct {
	letters string
	code    string
	script  script
}{
	{"ў", "be", cyrillic}, {"їєґі", "uk", cyrillic}, {"ѓќѕ", "mk", cyrillic}, {"ђћџљњј", "sr", cyrillic}, {"әғқңөұүһ", "kk", cyrillic},
	{"ٹڈڑےںہ", "ur", arabic},
}

// isUkrainian tells whether a word is Ukrainian and has no letter of its own.
func isUkrainian(word []rune) bool {
	var buf [2 * maxWordRunes]byte
	b := buf[:0]
	for _, r := range word {
		if r < 0x400 || r > 0x7ff {
			return false
		}
		b = utf8.AppendRune(b, r)
	}
	switch string(b) {
	case "дякую", "ласка", "чому", "треба", "мене", "коли", "вже", "допоможіть":
		return true
	}
	return false
}

// survey reads at most maxRunes of text once, skipping addresses, links and mentions.
func (s *surveyed) survey(text string) {
	seen := 0
	for len(text) > 0 && seen < maxRunes {
		field, rest := cutField(text)
		text = rest
		seen += len(field)
		if !machine(field) {
			s.read(field)
		}
	}
}

// tags reads what else has letters, where a text has no other words: its tags, and what digits and signs are stuck to.
func (s *surveyed) tags(text string) {
	text = text[:min(len(text), maxRunes)]
	for text != "" {
		var field string
		if field, text = cutField(text); !strings.ContainsAny(field, "@\\/=") {
			s.read(field)
		}
	}
}

// word returns the k-th word.
func (s *surveyed) word(k int) []rune {
	from := 0
	if k > 0 {
		from = int(s.ends[k-1])
	}
	return s.runes[from:s.ends[k]]
}

// cutField cuts the first run of non-space off s.
func cutField(s string) (field, rest string) {
	from := 0
	for from < len(s) && isSpace(s[from]) {
		from++
	}
	to := from
	for to < len(s) && !isSpace(s[to]) {
		to++
	}
	return s[from:to], s[to:]
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

// machine tells whether a field is written for machines: a link, an address, a mention, a code with digits.
func machine(field string) bool {
	if field == "" || field[0] == '#' || strings.HasPrefix(field, "www.") || strings.Contains(field, "://") {
		return true
	}
	for i := range len(field) {
		switch b := field[i]; {
		case b >= '0' && b <= '9', b == '@', b == '\\', b == '/', b == '=', b == '_':
			return true
		}
	}
	dot := strings.LastIndexByte(field, '.')
	return dot > 0 && dot < len(field)-1 && isASCIILetter(field[dot+1]) && isASCIILetter(field[dot-1])
}

func isASCIILetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// read counts the letters of one field and cuts it into words.
func (s *surveyed) read(field string) {
	small := false // the letter before is a small one
	for i := 0; i < len(field); {
		r, n := utf8.DecodeRuneInString(field[i:])
		i += n
		if s.count(r) {
			if r == 'I' && small { // "heIp": what a scanner makes of an l
				r = 'l'
			}
			lower := unicode.ToLower(r)
			small = lower == r
			s.letter(lower)
			continue
		}
		if unicode.Is(unicode.Mn, r) {
			continue // a combining mark belongs to its letter, which tells enough
		}
		small = false
		s.keep()
	}
	s.keep()
}

// letter adds to the word that is being read.
func (s *surveyed) letter(r rune) {
	if s.n == maxWords {
		return
	}
	if s.long < maxWordRunes {
		at := s.from() + s.long
		if s.long >= 2 && s.runes[at-1] == r && s.runes[at-2] == r { // "soooo"
			return
		}
		s.runes[at] = r
		s.long++
	}
}

func (s *surveyed) from() int {
	if s.n == 0 {
		return 0
	}
	return int(s.ends[s.n-1])
}

// keep ends the word that is being read.
func (s *surveyed) keep() {
	if s.long == 0 {
		return
	}
	s.ends[s.n] = int16(s.from() + s.long)
	s.n, s.long = s.n+1, 0
	s.ukrainian = s.ukrainian || s.of[cyrillic] > 0 && isUkrainian(s.word(s.n-1))
}

// count takes note of r and tells whether it is a letter of a script that several languages share.
func (s *surveyed) count(r rune) bool {
	if r < utf8.RuneSelf {
		if isASCIILetter(byte(r)) {
			s.letters++
			s.of[latin]++
			return true
		}
		return false
	}
	switch {
	case r == utf8.RuneError:
		s.broken++
	case !unicode.IsLetter(r):
	case unicode.Is(unicode.Latin, r):
		return s.add(latin, r)
	case unicode.Is(unicode.Cyrillic, r):
		return s.add(cyrillic, r)
	case unicode.Is(unicode.Arabic, r):
		return s.add(arabic, r)
	default:
		s.letters++
		for i := range scripts {
			if unicode.Is(scripts[i].table, r) {
				s.other[i]++
				break
			}
		}
	}
	return false
}

func (s *surveyed) add(in script, r rune) bool {
	s.letters++
	s.of[in]++
	if in == latin {
		return true
	}
	r = unicode.ToLower(r)
	for i := range own {
		if own[i].script == in && strings.ContainsRune(own[i].letters, r) {
			s.own[i]++
		}
	}
	return true
}

// script is the shared one that most letters are of.
func (s *surveyed) script() script {
	best := latin
	for in, n := range s.of {
		if n > s.of[best] {
			best = script(in)
		}
	}
	return best
}

// byScript returns the language that the letters alone tell.
func (s *surveyed) byScript() (code string, told bool) {
	best, most := 0, 0
	for i, n := range s.other {
		if i == katakana {
			n += s.other[hiragana]
		}
		if n > most {
			best, most = i, n
		}
	}
	model := 0
	for _, n := range s.of {
		model += n
	}
	switch {
	case most*2 > model: // a sign of such a script says more than a letter
		if best == han && (s.other[hiragana]+s.other[katakana])*8 > most {
			return "ja", true
		}
		return scripts[best].code, true
	case model == 0:
		return None, true
	}
	in := s.script()
	for i, o := range own {
		if n := s.own[i]; o.script == in && n > 0 && n*60 > s.of[in] {
			return o.code, true
		}
	}
	if in == cyrillic && s.ukrainian {
		return "uk", true
	}
	return None, false
}

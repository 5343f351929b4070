package language

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxWordRunes = 24 // longer words are cut: they are codes or compounds, and their beginning tells

// surveyed is what one pass over a text finds.
type surveyed struct {
	words           [][]rune // the first maxWords words of Latin or Cyrillic letters, lower-case
	letters, broken int      // letters of any script; replacement characters
	latin, cyrillic int
	other           map[string]int // letters of scripts that tell by themselves, by language
	marks           map[string]int // Cyrillic and Arabic letters that only one language has, by language
	persian         int
}

// scripts that belong to one language, or to one that is by far the likeliest in a mail.
var scripts = []struct {
	table *unicode.RangeTable
	code  string
}{
	{unicode.Greek, "el"}, {unicode.Hebrew, "he"}, {unicode.Arabic, "ar"}, {unicode.Thai, "th"},
	{unicode.Hiragana, "ja"}, {unicode.Katakana, "ja"}, {unicode.Han, "zh"}, {unicode.Hangul, "ko"},
	{unicode.Devanagari, "hi"}, {unicode.Bengali, "bn"}, {unicode.Tamil, "ta"}, {unicode.Telugu, "te"},
	{unicode.Gujarati, "gu"}, {unicode.Gurmukhi, "pa"}, {unicode.Kannada, "kn"}, {unicode.Malayalam, "ml"},
	{unicode.Sinhala, "si"}, {unicode.Georgian, "ka"}, {unicode.Armenian, "hy"}, {unicode.Khmer, "km"},
	{unicode.Lao, "lo"}, {unicode.Myanmar, "my"}, {unicode.Ethiopic, "am"},
}

// own letters: if one of these occurs, a Cyrillic text is in this language. The order matters: Belarusian shares і.
var own = []struct{ letters, code string }{
	{"ў", "be"}, {"їєґі", "uk"}, {"ѓќѕ", "mk"}, {"ђћџљњј", "sr"}, {"әғқңөұүһ", "kk"},
}

// ukrainian words without a letter of their own.
var ukrainian = map[string]bool{"дякую": true, "ласка": true, "чому": true, "треба": true, "мене": true, "коли": true, "вже": true, "допоможіть": true}

// survey reads at most maxRunes of text once, skipping addresses, links and mentions.
func survey(text string) surveyed {
	var s surveyed
	buf := make([]rune, 0, 512)
	seen := 0
	for len(text) > 0 && seen < maxRunes {
		field, rest := cutField(text)
		text = rest
		seen += len(field)
		if machine(field) {
			continue
		}
		buf = s.read(field, buf)
	}
	return s
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
	if strings.Contains(field, "://") || strings.HasPrefix(field, "www.") || strings.HasPrefix(field, "#") {
		return true
	}
	if strings.ContainsAny(field, "@0123456789\\/=_") {
		return true
	}
	dot := strings.LastIndexByte(field, '.')
	return dot > 0 && dot < len(field)-1 && strings.Count(field, ".") > 0 && isASCIILetter(field[dot+1]) && isASCIILetter(field[dot-1])
}

func isASCIILetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// read counts the letters of one field and cuts it into words, which it keeps in buf.
func (s *surveyed) read(field string, buf []rune) []rune {
	start := len(buf)
	for i := 0; i <= len(field); {
		r, n := ' ', 1
		if i < len(field) {
			r, n = utf8.DecodeRuneInString(field[i:])
		}
		i += n
		if s.count(r) {
			buf = append(buf, unicode.ToLower(r))
			continue
		}
		if unicode.Is(unicode.Mn, r) {
			continue // a combining mark belongs to its letter, which tells enough
		}
		s.keep(buf[start:])
		start = len(buf)
	}
	return buf
}

func (s *surveyed) keep(word []rune) {
	if len(word) == 0 || len(s.words) == maxWords {
		return
	}
	s.words = append(s.words, word[:min(len(word), maxWordRunes)])
}

// count takes note of r and tells whether it is a Latin or Cyrillic letter.
func (s *surveyed) count(r rune) bool {
	if r < utf8.RuneSelf {
		if isASCIILetter(byte(r)) {
			s.letters++
			s.latin++
			return true
		}
		return false
	}
	switch {
	case r == utf8.RuneError:
		s.broken++
	case !unicode.IsLetter(r):
	case unicode.Is(unicode.Latin, r):
		s.letters++
		s.latin++
		return true
	case unicode.Is(unicode.Cyrillic, r):
		s.letters++
		s.cyrillic++
		s.mark(unicode.ToLower(r))
		return true
	default:
		s.letters++
		s.foreign(r)
	}
	return false
}

func (s *surveyed) mark(r rune) {
	for _, o := range own {
		if strings.ContainsRune(o.letters, r) {
			if s.marks == nil {
				s.marks = map[string]int{}
			}
			s.marks[o.code]++
		}
	}
}

func (s *surveyed) foreign(r rune) {
	if strings.ContainsRune("پچژگیک", r) {
		s.persian++
	}
	for _, sc := range scripts {
		if unicode.Is(sc.table, r) {
			if s.other == nil {
				s.other = map[string]int{}
			}
			s.other[sc.code]++
			return
		}
	}
}

// byScript returns the language that the letters alone tell.
func (s *surveyed) byScript() (code string, told bool) {
	most := 0
	for _, sc := range scripts {
		if n := s.other[sc.code]; n > most {
			code, most = sc.code, n
		}
	}
	if most*2 > s.latin+s.cyrillic { // a sign of such a script says more than a letter
		return s.refine(code), true
	}
	if most == 0 && s.latin+s.cyrillic == 0 {
		return None, true
	}
	if s.cyrillic > s.latin {
		return s.slavic()
	}
	return None, false
}

// refine tells Japanese from Chinese and Persian from Arabic.
func (s *surveyed) refine(code string) string {
	switch {
	case code == "zh" && s.other["ja"]*8 > s.other["zh"]:
		return "ja"
	case code == "ar" && s.persian*20 > s.other["ar"]:
		return "fa"
	}
	return code
}

func (s *surveyed) slavic() (string, bool) {
	for _, o := range own {
		if n := s.marks[o.code]; n > 0 && n*60 > s.cyrillic {
			return o.code, true
		}
	}
	for _, w := range s.words {
		if ukrainian[string(w)] {
			return "uk", true
		}
	}
	return None, false
}

package triage

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pronto/shared/triage/language"
)

// Abuse is what hurts in a message: a code that is kept with it, by which its text is hidden until somebody asks for it. It decides nothing: no priority, no receipt.
type Abuse string

// What hurts.
const (
	Insult Abuse = "insult" // somebody is called names, or told to get lost in words that one does not say
	Slur   Abuse = "slur"   // contempt for what people are
	Threat Abuse = "threat" // of violence
)

// Words is the code as an agent reads it.
func (a Abuse) Words() string {
	switch a {
	case Insult:
		return "an insult"
	case Slur:
		return "a slur"
	case Threat:
		return "a threat"
	}
	return string(a)
}

// near is how many words may stand between whom it is said to and a word that is an insult only when it is said to somebody.
const near = 4

// Abusive reads whether a message hurts who answers it. An angry complaint is none: "your service is rubbish" is said of a thing, "this is damn slow" of nobody. A word
// counts by itself only where it has no other use; one that people say of themselves and of things counts beside a "you"; phrases count whole. The lists are of seven
// languages and read in all of them together, since insults are borrowed; what hides them (f.u.c.k, fuuuck, fu*k, 1d10t, letters of another script) is folded first.
func Abusive(in Input) Abuse {
	worst := Abuse("")
	for _, text := range []string{in.Subject, in.Text} {
		switch a := abusive(spoken(text)); {
		case a == Threat:
			return Threat
		case a == Slur, a != "" && worst == "":
			worst = a
		}
	}
	return worst
}

// said is a word as it is looked up.
type said struct {
	word             string // folded, its repeated letters one
	clause, sentence int
}

func abusive(words []said) (worst Abuse) {
	for i, w := range words {
		switch {
		case phrase(words[i:], threats):
			return Threat
		case listed(w.word, slurs):
			worst = Slur
		case worst == "" && (listed(w.word, always) || phrase(words[i:], curses) || listed(w.word, directed) && addressed(words, i)):
			worst = Insult
		}
	}
	return worst
}

// addressed tells whether a word is said to somebody: a "you" stands near before it, or just after it, in the same clause.
func addressed(words []said, at int) bool {
	for i := max(0, at-near); i <= at+1 && i < len(words); i++ {
		if i != at && words[i].clause == words[at].clause && persons[words[i].word] {
			return true
		}
	}
	return false
}

// listed looks a word up; one with letters hidden behind stars is looked up letter by letter.
func listed(word string, in map[string]bool) bool {
	if in[word] {
		return true
	}
	if stars := strings.Count(word, "*"); stars == 0 || stars*2 > len(word) || word[0] == '*' {
		return false
	}
	for x := range in {
		if hides(word, x) {
			return true
		}
	}
	return false
}

// hides tells whether a word with stars is another: each star is a letter.
func hides(word, x string) bool {
	if utf8.RuneCountInString(word) != utf8.RuneCountInString(x) {
		return false
	}
	a, b := []rune(word), []rune(x)
	for i, r := range a {
		if r != '*' && r != b[i] {
			return false
		}
	}
	return true
}

// phrase tells whether the words begin with one of the phrases, within a sentence. "…" in a phrase stands for up to two words.
func phrase(words []said, all map[string][][]string) bool {
	first := words[0].word
	begun := func(some [][]string) bool {
		return slices.ContainsFunc(some, func(p []string) bool { return begins(words, p, words[0].sentence) })
	}
	if !strings.Contains(first, "*") {
		return begun(all[first])
	}
	for _, some := range all {
		if begun(some) {
			return true
		}
	}
	return false
}

func begins(words []said, p []string, sentence int) bool {
	switch {
	case len(p) == 0:
		return true
	case p[0] == "…":
		for skip := 0; skip <= 2 && skip <= len(words); skip++ {
			if begins(words[skip:], p[1:], sentence) {
				return true
			}
		}
		return false
	case len(words) == 0 || words[0].sentence != sentence:
		return false
	case words[0].word != p[0] && !(strings.Contains(words[0].word, "*") && words[0].word[0] != '*' && hides(words[0].word, p[0])):
		return false
	}
	return begins(words[1:], p[1:], sentence)
}

// spoken cuts a text into words as they are looked up.
func spoken(text string) (words []said) {
	clause, sentence := 0, 0
	var letters []string // that stand alone, one after the other
	add := func(word string) { words = append(words, said{squeeze(word), clause, sentence}) }
	spell := func() {
		if len(letters) >= 3 { // f u c k
			letters = []string{strings.Join(letters, "")}
		}
		for _, l := range letters {
			add(l)
		}
		letters = nil
	}
	for _, part := range strings.Fields(limit(text)) {
		word, end := unmask(part)
		switch {
		case len(word) == 1:
			letters = append(letters, word)
		case word != "":
			spell()
			add(word)
		}
		if end != "" {
			spell()
			clause++
		}
		if strings.ContainsAny(end, ".!?;:…") {
			sentence++
		}
	}
	spell()
	return words
}

// disguises are signs and digits that stand for letters.
var disguises = map[rune]rune{'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', '$': 's', '€': 'e'}

// twins are letters of Cyrillic that look like Latin ones.
var twins = map[rune]rune{'а': 'a', 'е': 'e', 'о': 'o', 'р': 'p', 'с': 'c', 'у': 'y', 'х': 'x', 'к': 'k', 'м': 'm', 'т': 't', 'н': 'h', 'в': 'b', 'і': 'i'}

// unmask gives the letters of what stands between two spaces, and the signs with which a clause ends there.
func unmask(part string) (word, end string) {
	if strings.Contains(part, "://") || strings.Count(part, "@") == 1 && strings.Contains(part, ".") {
		return "", "." // a link, an address
	}
	letters, latin := 0, 0
	for _, r := range part {
		if unicode.IsLetter(r) {
			letters++
			if r < 0x250 {
				latin++
			}
		}
	}
	if letters == 0 {
		return "", part
	}
	core := strings.TrimRight(part, ".,;:!?…)»”\"'")
	if end = strings.Trim(part[len(core):], ")»”\"'"); end == "." && strings.Contains(core, ".") {
		end = "" // f.u.c.k.
	}
	var out strings.Builder
	for _, r := range strings.TrimLeft(core, "(«“\"'@#") {
		to, disguised := disguises[r]
		twin, isTwin := twins[unicode.ToLower(r)]
		switch {
		case r == '*':
			out.WriteRune('*')
		case disguised:
			out.WriteRune(to)
		case isTwin && latin > 0:
			out.WriteRune(twin)
		case unicode.IsLetter(r) || unicode.Is(unicode.Mn, r):
			out.WriteString(language.Fold(string(r)))
		}
	}
	return out.String(), end
}

// squeeze makes one letter of several that are the same.
func squeeze(word string) string {
	var out strings.Builder
	var last rune
	for _, r := range word {
		if r != last || r == '*' {
			out.WriteRune(r)
		}
		last = r
	}
	return out.String()
}

package triage

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"pronto/shared/triage/language"
)

//go:embed words/*.txt
var wordFiles embed.FS

// kind is what a word of the lexicon does to the judgement.
type kind uint8

const (
	feeling  kind = iota // weighs: below zero unhappy, above zero happy
	thanks               // is praise only where nothing else is wanted
	formula              // is politeness or idiom and weighs nothing, whatever its words would
	expected             // a complaint if negated: "does not work", "nobody answers"
	not                  // negates what follows, in German and French also what precedes
	relief               // the trouble named next is over: "solved my problem"
	very                 // strengthens the next word
	but                  // negation does not reach across it
	again                // turns praise before it into sarcasm: "great, another delay"
	ask                  // asks for something
	press                // says that it is urgent, without a reason that makes it so
	danger               // makes it urgent, for a reason
	soon                 // it should not wait, for a reason
	manner               // is how one of the personas writes
	damage               // names what went wrong: praise beside it is not believed, thanks for it are sarcasm
	well                 // says that nobody is the worse for a danger
)

var kinds = map[string]kind{
	"thanks": thanks, "formula": formula, "expected": expected, "not": not, "relief": relief,
	"very": very, "but": but, "again": again, "ask": ask, "press": press, "damage": damage, "well": well,
}

// entry is one line item: its first word is the key under which it is found, rest is what must follow.
type entry struct {
	kind   kind
	weight float64
	reason string // of danger and soon; of manner, the persona
	rest   []piece
}

// piece is one element of an entry after its first word.
type piece struct {
	text  string // folded; empty for a gap or a number
	stem  bool   // any ending may follow
	gap   bool   // up to maxGap other words may stand here
	limit int    // a number from 1 to limit, in digits or words
}

const (
	maxGap  = 4
	minStem = 3  // letters; a shorter stem would hit anything
	maxStem = 18 // letters of a word that are tried as stem
)

// lexicon is one language's words, folded, by the first word of each entry.
type lexicon struct {
	exact, stems map[string][]entry
	heads        map[string]bool // the first minStem letters of every stem: most words begin like none
}

// lexicons are parsed when the language is first seen: a start pays for none.
var lexicons = map[string]func() *lexicon{
	"en": load("en"), "it": load("it"), "es": load("es"), "fr": load("fr"), "de": load("de"), "pt": load("pt"), "ru": load("ru"),
}

func load(code string) func() *lexicon {
	return sync.OnceValue(func() *lexicon {
		data, err := wordFiles.ReadFile("words/" + code + ".txt")
		if err != nil {
			panic(err) // embedded: a broken build
		}
		l, err := parse(string(data))
		if err != nil {
			panic(fmt.Errorf("words/%s.txt: %w", code, err)) // tested for every language
		}
		return l
	})
}

func newLexicon() *lexicon {
	return &lexicon{exact: map[string][]entry{}, stems: map[string][]entry{}, heads: map[string]bool{}}
}

// parse reads a word list. A line is "class: entry, entry, …", where class is a weight, the name of a kind, or
// "urgent" and a reason. Within an entry "abc*" is a stem, ".." stands for up to four words, "#" for a number
// from 1 to 12 and "##" from 1 to 90. Case and diacritics do not matter; "#" at the start of a line is a comment.
func parse(text string) (*lexicon, error) {
	l := newLexicon()
	n := 0
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		class, items, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("line %d: no colon: write \"class: word, word\"", n)
		}
		proto, err := classOf(class)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		for item := range strings.SplitSeq(items, ",") {
			if err := l.add(proto, item); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
		}
	}
	l.sort()
	return l, nil
}

func classOf(class string) (entry, error) {
	if k, ok := kinds[class]; ok {
		return entry{kind: k}, nil
	}
	if reason, ok := strings.CutPrefix(class, "urgent "); ok {
		return entry{kind: danger, reason: reason}, nil
	}
	if reason, ok := strings.CutPrefix(class, "soon "); ok {
		return entry{kind: soon, reason: reason}, nil
	}
	if card, ok := strings.CutPrefix(class, "persona "); ok {
		return entry{kind: manner, reason: card}, nil
	}
	w, err := strconv.ParseFloat(class, 64)
	if err != nil || w < -3 || w > 3 {
		return entry{}, fmt.Errorf("class %q: write a weight from -3 to 3, \"urgent\" and a reason, or a kind such as thanks", class)
	}
	return entry{kind: feeling, weight: w}, nil
}

func (l *lexicon) add(e entry, item string) error {
	fields := strings.Fields(language.Fold(item))
	if len(fields) == 0 {
		return fmt.Errorf("empty entry: remove the spare comma")
	}
	for i, f := range fields {
		p := pieceOf(f)
		if i == 0 && p.stem && utf8.RuneCountInString(p.text) < minStem {
			return fmt.Errorf("entry %q: a stem at the beginning needs %d letters", strings.TrimSpace(item), minStem)
		}
		if i == 0 && p.stem && utf8.RuneCountInString(p.text) > maxStem {
			return fmt.Errorf("entry %q: a stem at the beginning has %d letters at most", strings.TrimSpace(item), maxStem) // a longer one is never tried
		}
		if i == 0 && p.text == "" || i == len(fields)-1 && p.gap {
			return fmt.Errorf("entry %q: begin and end with a word", strings.TrimSpace(item))
		}
		if i > 0 {
			e.rest = append(e.rest, p)
		}
	}
	head, table := pieceOf(fields[0]), l.exact
	if head.stem {
		table = l.stems
		l.heads[string([]rune(head.text)[:minStem])] = true
	}
	table[head.text] = append(table[head.text], e)
	return nil
}

func pieceOf(field string) piece {
	switch field {
	case "..":
		return piece{gap: true}
	case "#":
		return piece{limit: 12}
	case "##":
		return piece{limit: 90}
	}
	text, stem := strings.CutSuffix(field, "*")
	return piece{text: text, stem: stem}
}

// sort puts the entries of each key in the order in which they are tried: the longest first.
func (l *lexicon) sort() {
	for _, table := range []map[string][]entry{l.exact, l.stems} {
		for _, entries := range table {
			slices.SortStableFunc(entries, func(a, b entry) int { return len(b.rest) - len(a.rest) })
		}
	}
}

// find calls yield with the entries that may begin with word: exact ones first, then by ever shorter stem.
func (l *lexicon) find(word string, yield func(entries []entry)) {
	if e := l.exact[word]; e != nil {
		yield(e)
	}
	var ends [maxStem + 1]int // byte length of the word's first n letters
	n := 0
	for i := range word {
		if n > maxStem {
			break
		}
		if n == minStem && !l.heads[word[:i]] {
			return
		}
		ends[n] = i
		n++
	}
	if n <= maxStem {
		ends[n] = len(word)
		n++
	}
	for k := n - 1; k >= minStem; k-- {
		if e := l.stems[word[:ends[k]]]; e != nil {
			yield(e)
		}
	}
}

// numbers are the words that people write for one to twelve.
var numbers = sync.OnceValue(func() map[string]int {
	m := map[string]int{}
	for _, list := range []string{
		"one two three four five six seven eight nine ten eleven twelve",
		"una due tre quattro cinque sei sette otto nove dieci undici dodici",
		"una dos tres cuatro cinco seis siete ocho nueve diez once doce",
		"une deux trois quatre cinq six sept huit neuf dix onze douze",
		"einer zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
		"uma duas três quatro cinco seis sete oito nove dez onze doze",
		"один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать",
	} {
		for i, w := range strings.Fields(list) {
			m[language.Fold(w)] = i + 1
		}
	}
	return m
})

// number returns the value of a word that is a number, else 0.
func number(word string) int {
	if n, err := strconv.Atoi(word); err == nil {
		return n
	}
	return numbers()[word]
}

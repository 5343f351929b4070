package triage

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pronto/shared/triage/language"
)

// The word lists as people write them; what judges is packed, the table made of them.
//
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

// kindOfClass is the kind that a class of a word list names.
func kindOfClass(class string) (kind, bool) {
	for _, k := range [...]struct {
		class string
		kind  kind
	}{
		{"thanks", thanks}, {"formula", formula}, {"expected", expected}, {"not", not}, {"relief", relief},
		{"very", very}, {"but", but}, {"again", again}, {"ask", ask}, {"press", press}, {"damage", damage}, {"well", well},
	} {
		if k.class == class {
			return k.kind, true
		}
	}
	return 0, false
}

// item is one entry of a word list as it is written: its first word is the key under which it is found, rest is what must follow.
type item struct {
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

// list is one language's words, folded, by the first word of each entry.
type list struct {
	exact, stems map[string][]item
}

func newList() *list { return &list{exact: map[string][]item{}, stems: map[string][]item{}} }

// parse reads a word list. A line is "class: entry, entry, …", where class is a weight, the name of a kind, or
// "urgent" and a reason. Within an entry "abc*" is a stem, ".." stands for up to four words, "#" for a number
// from 1 to 12 and "##" from 1 to 90. Case and diacritics do not matter; "#" at the start of a line is a comment.
func parse(text string) (*list, error) {
	l := newList()
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
		for words := range strings.SplitSeq(items, ",") {
			if err := l.add(proto, words); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
		}
	}
	l.sort()
	return l, nil
}

func classOf(class string) (item, error) {
	if k, ok := kindOfClass(class); ok {
		return item{kind: k}, nil
	}
	if reason, ok := strings.CutPrefix(class, "urgent "); ok {
		return item{kind: danger, reason: reason}, nil
	}
	if reason, ok := strings.CutPrefix(class, "soon "); ok {
		return item{kind: soon, reason: reason}, nil
	}
	if card, ok := strings.CutPrefix(class, "persona "); ok {
		return item{kind: manner, reason: card}, nil
	}
	w, err := strconv.ParseFloat(class, 64)
	if err != nil || w < -3 || w > 3 {
		return item{}, fmt.Errorf("class %q: write a weight from -3 to 3, \"urgent\" and a reason, or a kind such as thanks", class)
	}
	return item{kind: feeling, weight: w}, nil
}

func (l *list) add(e item, words string) error {
	fields := strings.Fields(language.Fold(words))
	if len(fields) == 0 {
		return fmt.Errorf("empty entry: remove the spare comma")
	}
	for i, f := range fields {
		p := pieceOf(f)
		if i == 0 && p.stem && utf8.RuneCountInString(p.text) < minStem {
			return fmt.Errorf("entry %q: a stem at the beginning needs %d letters", strings.TrimSpace(words), minStem)
		}
		if i == 0 && p.stem && utf8.RuneCountInString(p.text) > maxStem {
			return fmt.Errorf("entry %q: a stem at the beginning has %d letters at most", strings.TrimSpace(words), maxStem) // a longer one is never tried
		}
		if i == 0 && p.text == "" || i == len(fields)-1 && p.gap {
			return fmt.Errorf("entry %q: begin and end with a word", strings.TrimSpace(words))
		}
		if i > 0 {
			e.rest = append(e.rest, p)
		}
	}
	head, table := pieceOf(fields[0]), l.exact
	if head.stem {
		table = l.stems
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
func (l *list) sort() {
	for _, table := range []map[string][]item{l.exact, l.stems} {
		for _, entries := range table {
			slices.SortStableFunc(entries, func(a, b item) int { return len(b.rest) - len(a.rest) })
		}
	}
}

// number returns the value of a word that is a number, else 0: digits, or what people write for one to twelve.
func number(word []byte) int {
	if n, digits := 0, false; len(word) <= 4 {
		for _, b := range word {
			if digits = b >= '0' && b <= '9'; !digits {
				break
			}
			n = n*10 + int(b-'0')
		}
		if digits {
			return n
		}
	}
	switch string(word) {
	case "one", "una", "une", "einer", "uma", "один", "een", "jedna", "jednu", "одну", "bir":
		return 1
	case "two", "due", "dos", "deux", "zwei", "duas", "два", "twee", "dwie", "tva", "dve", "doua", "дві", "iki":
		return 2
	case "three", "tre", "tres", "trois", "drei", "три", "drie", "trzy", "trei", "uc":
		return 3
	case "four", "quattro", "cuatro", "quatre", "vier", "quatro", "четыре", "cztery", "fyra", "ctyri", "patru", "чотири", "dort":
		return 4
	case "five", "cinque", "cinco", "cinq", "funf", "пять", "vijf", "piec", "fem", "pet", "cinci", "bes":
		return 5
	case "six", "sei", "seis", "sechs", "шесть", "zes", "szesc", "sex", "sest", "sase", "шість", "alti":
		return 6
	case "seven", "sette", "siete", "sept", "sieben", "sete", "семь", "zeven", "siedem", "sju", "sedm", "sapte", "сім", "yedi":
		return 7
	case "eight", "otto", "ocho", "huit", "acht", "oito", "восемь", "osiem", "atta", "osm", "opt", "вісім", "sekiz":
		return 8
	case "nine", "nove", "nueve", "neuf", "neun", "девять", "negen", "dziewiec", "nio", "devet", "noua", "dokuz":
		return 9
	case "ten", "dieci", "diez", "dix", "zehn", "dez", "десять", "tien", "dziesiec", "tio", "deset", "zece":
		return 10
	case "eleven", "undici", "once", "onze", "elf", "одиннадцать", "jedenascie", "elva", "jedenact":
		return 11
	case "twelve", "dodici", "doce", "douze", "zwolf", "doze", "двенадцать", "twaalf", "dwanascie", "tolv", "dvanact":
		return 12
	}
	return 0
}

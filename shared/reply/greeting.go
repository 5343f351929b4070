package reply

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// greetings begin a letter, in the seven languages, as they are folded. Longer ones stand before those that they begin with.
var greetings = []string{
	"good morning", "good afternoon", "good evening", "good day", "dear", "hello", "hi", "hey", "greetings",
	"buongiorno", "buonasera", "buon giorno", "buona sera", "gentilissimo", "gentilissima", "gentile", "egregio", "egregia", "spettabile", "caro", "cara", "ciao", "salve",
	"estimado", "estimada", "querido", "querida", "hola", "buenos dias", "buenas tardes", "buenas noches", "apreciado", "apreciada",
	"bonjour", "bonsoir", "chere", "cher", "salut",
	"sehr geehrter", "sehr geehrte", "guten morgen", "guten tag", "guten abend", "liebe", "lieber", "hallo",
	"prezado", "prezada", "ola", "oi", "bom dia", "boa tarde", "boa noite",
	"здравствуите", "уважаемая", "уважаемыи", "добрыи день", "доброе утро", "добрыи вечер", "дорогая", "дорогои", "привет",
}

// titles stand before a name and are none.
var titles = []string{
	"mr", "mrs", "ms", "miss", "mx", "sir", "madam", "dr", "prof", "professor", "signor", "signora", "signore", "sig", "sigra", "dott", "dottor", "dottore", "dottoressa", "dottssa",
	"senor", "senora", "senorita", "sr", "sra", "srta", "don", "dona", "monsieur", "madame", "mademoiselle", "m", "mme", "mlle", "herr", "frau", "doktor", "senhor", "senhora",
	"господин", "госпожа",
}

// anybody are words that greet no one by name.
var anybody = []string{
	"customer", "there", "all", "everyone", "everybody", "team", "friend", "friends", "passenger", "guest", "traveller", "cliente", "clienti", "a", "tutti", "todos", "tous", "client", "cliente",
	"kunde", "kundin", "zusammen", "damen", "und", "herren", "again", "and", "again", "both", "everybody", "клиент", "пассажир", "коллеги",
}

// greeted is how long a first line may be that greets: a longer one is a sentence.
const greeted = 80

// Greeted gives the name by which a text greets, as it is written; ok is false where it greets nobody by name.
func Greeted(text string) (name string, ok bool) {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if hello, name, cut := strings.Cut(line, ","); cut && slices.Contains(greetings, foldName(strings.TrimSpace(hello))) {
		line = hello + " " + name // as in Russian
	}
	for _, end := range []string{",", "!", ":", ";", " – ", " — ", "،", ".\n"} {
		line, _, _ = strings.Cut(line, end)
	}
	if line = strings.TrimSpace(line); len(line) > greeted {
		return "", false
	}
	words := strings.Fields(line)
	for _, g := range greetings {
		n := len(strings.Fields(g))
		if len(words) <= n || foldName(strings.Join(words[:n], " ")) != g {
			continue
		}
		rest := words[n:]
		for len(rest) > 0 && slices.Contains(titles, bareWord(rest[0])) {
			rest = rest[1:]
		}
		if len(rest) == 0 || len(rest) > nameWords || slices.ContainsFunc(rest, func(w string) bool { return slices.Contains(anybody, bareWord(w)) }) {
			return "", false
		}
		name = strings.TrimRight(strings.Join(rest, " "), ".?")
		r := []rune(name)
		if len(r) == 0 || !unicode.IsLetter(r[0]) || unicode.IsLower(r[0]) {
			return "", false // "Hello from us"
		}
		return name, true
	}
	return "", false
}

// NameFit is how a name that was written fits the name of somebody.
type NameFit int

// How a name fits.
const (
	NameUnknown NameFit = iota // nothing to hold it against
	NameFits                   // it is the name, or a part of it, letter by letter
	NameSpelled                // it is the name, spelled in another way
	NameOther                  // it is another name
)

// FitName holds a name against those by which somebody is known; the first that fits counts.
func FitName(written string, known ...string) NameFit {
	fit := NameUnknown
	for _, k := range known {
		if strings.TrimSpace(k) == "" {
			continue
		}
		switch f := fitName(written, k); {
		case f == NameFits:
			return f
		case fit == NameUnknown || f < fit:
			fit = f
		}
	}
	return fit
}

func fitName(written, known string) NameFit {
	have := nameParts(norm.NFC.String(known))
	fit := NameFits
	for _, w := range nameParts(norm.NFC.String(written)) {
		switch {
		case slices.Contains(titles, bareWord(w)) || slices.Contains(have, w):
		case slices.ContainsFunc(have, func(h string) bool { return foldName(h) == foldName(w) }):
			fit = max(fit, NameSpelled)
		default:
			return NameOther
		}
	}
	return fit
}

// nameParts are the words of a name; "D’Amico" is one, "Anne-Marie" is one.
func nameParts(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",.;()\"", r) })
}

func bareWord(w string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, foldName(w))
}

// foldName is a name without accents and in small letters, with one kind of apostrophe and hyphen.
func foldName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case apostrophe(r):
			return '\''
		case unicode.Is(unicode.Pd, r):
			return '-'
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

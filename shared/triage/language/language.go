// Package language says in which language a message is written, from its letters and words alone.
//
// The script decides where it can (Greek, Hebrew, Thai, kana …). Latin and Cyrillic text goes through a linear model over
// hashed letter groups and whole words: one table of small integers, used in place, so that it costs nothing at start.
// The table is made by the program in ./train; a text that does not tell has no language, and a hint stands in for it.
package language

import (
	_ "embed"
	"math"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// weights holds one row of len(Codes) signed bytes for each of Buckets features, in steps of 1/Scale.
//
//go:embed weights.bin
var weights string

const (
	Buckets = 1 << 15 // rows of the table
	Scale   = 24      // steps of a weight in one unit of log-odds
)

// Codes are the model's classes in the order of a row: ISO 639-1, and None for letters that are no language.
// Bosnian counts as Croatian.
var Codes = [...]string{
	"en", "it", "es", "fr", "de", "pt", "ru", // the seven that the desk answers in
	"nl", "sv", "da", "no", "pl", "cs", "sk", "ro", "tr", "fi", "hu", "hr", "sl", "et", "is", "id", "vi", "bg",
	None,
}

// None is the class of letters that are no language: keyboard noise, codes, encoded bytes.
const None = ""

const (
	maxRunes = 4096 // of a text, looked at for its script
	maxWords = 64   // of a text, shown to the model: enough to be sure, and bounded
	sure     = 0.6  // probability from which the text tells
	hinted   = 2.0  // log-odds that a hint adds to its language
	served   = 1.2  // log-odds for the seven that the desk answers in, which customers write most
	main     = 7    // of Codes
)

// Detect returns the ISO 639-1 code of the language of text. Where the text does not tell, it returns hint,
// which is a code or a language tag ("it", "pt-BR") or empty; garbled text without a hint has the language "".
func Detect(text, hint string) string {
	hint = primary(hint)
	if code, _ := detect(text, hint); code != None {
		return code
	}
	return hint
}

// Plain returns the language of text if the text alone tells, and how sure that is, from 0 to 1.
func Plain(text string) (code string, probability float64) { return detect(text, None) }

// Guess returns the likeliest language of a text, however unsure; "" only where there are no letters.
func Guess(text string) string {
	s := survey(text)
	if code, told := s.byScript(); told {
		return code
	}
	code, _, _ := score(s.words, s.cyrillic > s.latin, None)
	return code
}

func detect(text, hint string) (string, float64) {
	s := survey(text)
	if s.letters == 0 || s.broken*6 > s.letters {
		return None, 0
	}
	if code, told := s.byScript(); told {
		return code, 1
	}
	cyrillic := s.cyrillic > s.latin
	_, code, p := score(telling(s.words), cyrillic, hint)
	if len(s.words) <= few && p < evidence(code) {
		return None, 0
	}
	return code, p
}

// few is the number of words up to which a text tells only by good evidence.
const few = 3

// evidence is the probability from which a text of few words tells. One Cyrillic word is rarely Bulgarian beyond doubt.
func evidence(code string) float64 {
	if code == "bg" {
		return 0.8
	}
	return 0.65
}

// telling leaves out of few words those that many languages share: "Visa plus?" is anybody's.
func telling(words [][]rune) [][]rune {
	if len(words) > few {
		return words
	}
	var kept [][]rune
	for _, w := range words {
		if !shared()[string(w)] {
			kept = append(kept, w)
		}
	}
	return kept
}

// shared are words that customers write in any language.
var shared = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("plus visa question questions unsubscribe subscribe info information informations status menu check in hotel " +
		"premium bonus extra service support reservation urgent message contact transfer terminal voucher email mail app login account online " +
		"offline air airline ticket tickets taxi bus bar restaurant pizza wifi internet gate test stop ok okay re fwd fw aw no super total normal " +
		"standard basic classic economy business first class vip pass passport port code pin id sms tel web site link video audio photo hello " +
		"hi start client agent double single cargo club card option options version formula festival miles minus promo gratis") {
		m[w] = true
	}
	return m
})

// Letters returns the language that a text's letters suggest where its words are too few or too broken to tell. Cyrillic letters
// are the hint's if that is written so, else Russian; Latin letters suggest nothing.
func Letters(text, hint string) string {
	s := survey(text)
	s.latin = 0
	letters := s.cyrillic
	for _, n := range s.other {
		letters += n
	}
	if letters < 3 { // a stray sign
		return None
	}
	if code, told := s.byScript(); told {
		return code
	}
	switch hint = primary(hint); hint {
	case "bg", "uk", "be", "sr", "mk", "kk":
		return hint
	}
	return "ru"
}

// score runs the model over words and returns the likeliest language of the script, and the best class with its probability if that is sure enough.
func score(words [][]rune, cyrillic bool, hint string) (guess, code string, probability float64) {
	var sums [len(Codes)]int32
	for _, w := range words {
		Features(w, func(bucket uint32) {
			row := weights[int(bucket)*len(Codes):][:len(Codes)]
			for i := range sums {
				sums[i] += int32(int8(row[i]))
			}
		})
	}
	best, total, language := -1, 0.0, -1
	var logits [len(Codes)]float64
	for i, code := range Codes {
		if !inScript(code, cyrillic) {
			continue
		}
		logits[i] = float64(sums[i]) / Scale
		if i < main {
			logits[i] += served
		}
		if code == hint && code != None {
			logits[i] += hinted
		}
		if best < 0 || logits[i] > logits[best] {
			best = i
		}
		if code != None && (language < 0 || logits[i] > logits[language]) {
			language = i
		}
	}
	for i, code := range Codes {
		if inScript(code, cyrillic) {
			total += math.Exp(logits[i] - logits[best])
		}
	}
	if len(words) > 0 {
		guess = Codes[language]
	}
	if p := 1 / total; p >= sure {
		return guess, Codes[best], p
	}
	return guess, None, 0
}

func inScript(code string, cyrillic bool) bool {
	return (code == "ru" || code == "bg") == cyrillic || code == None
}

// Features calls yield with the row of every feature of a lower-case word: the word itself, its letters beyond ASCII,
// and its groups of two to five letters, where the word's edges count as letters.
func Features(word []rune, yield func(bucket uint32)) {
	const edge, whole = '_', '='
	var buf [maxWordRunes + 2]rune
	padded := append(append(append(buf[:0], edge), word...), edge)
	h := hash(fnvOffset, whole)
	for _, r := range word {
		h = hash(h, r)
		if r >= utf8.RuneSelf {
			yield(hash(fnvOffset, r) % Buckets)
		}
	}
	yield(h % Buckets)
	for i := range padded {
		h := uint32(fnvOffset)
		for k := i; k < len(padded) && k < i+5; k++ {
			if h = hash(h, padded[k]); k > i {
				yield(h % Buckets)
			}
		}
	}
}

// FNV-1a over runes.
const fnvOffset, fnvPrime = 2166136261, 16777619

func hash(h uint32, r rune) uint32 {
	h = (h ^ uint32(r)) * fnvPrime
	return h ^ h>>15
}

// primary returns the language of a tag such as "pt-BR", or "" if that is no two-letter code.
func primary(tag string) string {
	if len(tag) < 2 || len(tag) > 2 && tag[2] != '-' && tag[2] != '_' {
		return ""
	}
	a, b := unicode.ToLower(rune(tag[0])), unicode.ToLower(rune(tag[1]))
	if a < 'a' || a > 'z' || b < 'a' || b > 'z' {
		return ""
	}
	return string([]rune{a, b})
}

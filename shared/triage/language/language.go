// Package language says in which language a message is written, from its letters and words alone.
//
// The script decides where it can (Greek, Hebrew, Thai, kana …). Latin, Cyrillic and Arabic text goes through a linear model over
// hashed letter groups, words and pairs of words: one table of four-bit integers, used in place, so that it costs nothing at start
// and allocates nothing. The table is made by the program in ./train; a text that does not tell has no language, and a hint stands in for it.
package language

import (
	_ "embed"
	"math"
	"unicode"
	"unicode/utf8"
)

// weights holds one row of RowBytes for each of Buckets features. A row has four bits for each class: the weight in steps of 1/Scale, plus Zero.
// Classes 2k and 2k+1 share byte k, the even one in its low bits.
//
//go:embed weights.bin
var weights string

const (
	Buckets  = 1 << 16        // rows of the table
	RowBytes = len(Codes) / 2 // of a row
	Zero     = 8              // what is written for a weight of zero
	Most     = 7              // steps of the largest weight
	Scale    = 5              // steps of a weight in one unit of log-odds
)

// Codes are the model's classes in the order of a row: ISO 639-1, and None for letters that are no language.
// Bosnian counts as Croatian.
var Codes = [...]string{
	"en", "it", "es", "fr", "de", "pt", "ru", // the seven that the desk answers in
	"nl", "sv", "da", "no", "pl", "cs", "sk", "ro", "tr", "fi", "hu", "hr", "sl", "et", "is", "id", "vi", "bg", "ar", "fa",
	None,
}

// None is the class of letters that are no language: keyboard noise, codes, encoded bytes.
const None = ""

const (
	maxRunes = 4096 // of a text, looked at for its script
	maxWords = 64   // of a text, shown to the model: enough to be sure, and bounded
	sure     = 0.6  // probability from which the text tells
	hinted   = 2.0  // log-odds that a hint adds to its language
	served   = 1.0  // log-odds for the seven that the desk answers in, which customers write most
	main     = 7    // of Codes
)

// scriptOf is the script that a class is written in; None is written in Latin and Cyrillic.
var scriptOf = [len(Codes)]script{6: cyrillic, 24: cyrillic, 25: arabic, 26: arabic}

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
	var s surveyed
	s.survey(text)
	if s.letters == 0 {
		s.tags(text)
	}
	if code, told := s.byScript(); told {
		return code
	}
	code, _, _ := s.score(None, false)
	return code
}

func detect(text, hint string) (string, float64) {
	var s surveyed
	s.survey(text)
	if s.letters == 0 || s.broken*6 > s.letters {
		return None, 0
	}
	if code, told := s.byScript(); told {
		return code, 1
	}
	_, code, p := s.score(hint, s.n <= few)
	if s.n <= few && p < evidence {
		return None, 0
	}
	return code, p
}

// few is the number of words up to which a text tells only by good evidence: a name has the sound of its land.
const few, evidence = 3, 0.9

// anybodys tells whether a word is one that customers write in any language: "Visa plus?"
func anybodys(word []rune) bool {
	var buf [maxWordRunes]byte
	b := buf[:0]
	for _, r := range word {
		if r >= utf8.RuneSelf {
			return false
		}
		b = append(b, byte(r))
	}
	switch string(b) {
	case "plus", "visa", "question", "questions", "unsubscribe", "subscribe", "info", "information", "informations", "status", "menu", "check", "in", "hotel",
		"premium", "bonus", "extra", "service", "support", "reservation", "urgent", "message", "contact", "transfer", "terminal", "voucher", "email", "mail", "app",
		"login", "account", "online", "offline", "air", "airline", "ticket", "tickets", "taxi", "bus", "bar", "restaurant", "pizza", "wifi", "internet", "gate",
		"test", "stop", "ok", "okay", "re", "fwd", "fw", "aw", "no", "super", "total", "normal", "standard", "basic", "classic", "economy", "business", "first",
		"class", "vip", "pass", "passport", "port", "code", "pin", "id", "sms", "tel", "web", "site", "link", "video", "audio", "photo", "hello", "hi", "start",
		"client", "agent", "double", "single", "cargo", "club", "card", "option", "options", "version", "formula", "festival", "miles", "minus", "promo", "gratis":
		return true
	}
	return false
}

// Letters returns the language that a text's letters suggest where its words are too few or too broken to tell. Cyrillic letters
// are the hint's if that is written so, else Russian; Latin letters suggest nothing.
func Letters(text, hint string) string {
	var s surveyed
	s.survey(text)
	s.of[latin] = 0
	letters := s.of[cyrillic] + s.of[arabic]
	for _, n := range s.other {
		letters += n
	}
	if letters < 3 { // a stray sign
		return None
	}
	if code, told := s.byScript(); told {
		return code
	}
	hint = primary(hint)
	if s.script() == arabic {
		switch hint {
		case "fa", "ur", "ps", "ku", "ug":
			return hint
		}
		return "ar"
	}
	switch hint {
	case "bg", "uk", "be", "sr", "mk", "kk":
		return hint
	}
	return "ru"
}

// score runs the model over the words and returns the likeliest language of the script, and the best class with its probability if that is sure enough.
// With strict, words that are anybody's count for nothing.
func (s *surveyed) score(hint string, strict bool) (guess, code string, probability float64) {
	var sums sum
	var rows [maxFeatures]uint16
	before := uint32(edge)
	for k := range s.n {
		w := s.word(k)
		if strict && anybodys(w) {
			continue
		}
		var f []uint16
		if f, before = Features(rows[:0], w, before); len(f) > 0 {
			sums.add(f)
		}
	}
	in := s.script()
	best, total, language := -1, 0.0, -1
	var logits [len(Codes)]float64
	for i, code := range Codes {
		if !inScript(i, in) {
			continue
		}
		logits[i] = float64(sums.of(i)) / Scale
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
	for i := range Codes {
		if inScript(i, in) {
			total += math.Exp(logits[i] - logits[best])
		}
	}
	if sums.n > 0 {
		guess = Codes[language]
	}
	if p := 1 / total; p >= sure {
		return guess, Codes[best], p
	}
	return guess, None, 0
}

func inScript(class int, in script) bool {
	return Codes[class] != None && scriptOf[class] == in || Codes[class] == None && in != arabic
}

// sum adds up rows, sixteen classes at a time: the low half and the high half of each byte in lanes of their own.
type sum struct {
	n     int               // rows
	total [len(Codes)]int32 // of what is written
}

// lanes holds the low four bits of each byte.
const lanes = 0x0f0f0f0f0f0f0f0f

func (s *sum) add(rows []uint16) {
	s.n += len(rows)
	for len(rows) > 0 {
		part := rows[:min(len(rows), 17)] // 17 times 15 is the most that a byte holds
		rows = rows[len(part):]
		var a, b, c, d uint64 // bytes 0 to 7 and 6 to 13 of the rows, low and high
		for _, f := range part {
			row := weights[int(f)*RowBytes:][:RowBytes]
			x, y := word64(row), word64(row[RowBytes-8:])
			a, b, c, d = a+x&lanes, b+x>>4&lanes, c+y&lanes, d+y>>4&lanes
		}
		for k := range 8 {
			s.total[2*k] += int32(a >> (8 * k) & 0xff)
			s.total[2*k+1] += int32(b >> (8 * k) & 0xff)
		}
		for k := 2; k < 8; k++ { // the first two are in a and b
			s.total[2*(k+6)] += int32(c >> (8 * k) & 0xff)
			s.total[2*(k+6)+1] += int32(d >> (8 * k) & 0xff)
		}
	}
}

func word64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// of is the sum of a class's weights, in steps.
func (s *sum) of(class int) int32 { return s.total[class] - Zero*int32(s.n) }

// maxFeatures is how many features a word has at most.
const maxFeatures = 2 + maxWordRunes + 4*(maxWordRunes+1)

// edge stands for the beginning and the end of a word, and for the word before the first.
const edge = '_'

// Features appends the rows of a lower-case word: the word itself, it with the word before, its letters beyond ASCII, and its groups of two to five
// letters, where the word's edges count as letters. It returns the hash under which the next word names this one as the word before.
func Features(dst []uint16, word []rune, before uint32) ([]uint16, uint32) {
	var buf [maxWordRunes + 2]rune
	padded := append(append(append(buf[:0], edge), word...), edge)
	h := hash(fnvOffset, '=')
	for _, r := range word {
		h = hash(h, r)
		if r >= utf8.RuneSelf {
			dst = append(dst, bucket(hash(fnvOffset, r)))
		}
	}
	dst = append(dst, bucket(h))
	for i := range padded {
		g := uint32(fnvOffset)
		for k := i; k < len(padded) && k < i+5; k++ {
			if g = hash(g, padded[k]); k > i {
				dst = append(dst, bucket(g))
			}
		}
	}
	return dst, h
}

// FNV-1a over runes.
const fnvOffset, fnvPrime = 2166136261, 16777619

func hash(h uint32, r rune) uint32 {
	h = (h ^ uint32(r)) * fnvPrime
	return h ^ h>>15
}

func bucket(h uint32) uint16 { return uint16(h ^ h>>16) }

// primary returns the language of a tag such as "pt-BR", or "" if that is no two-letter code.
func primary(tag string) string {
	if len(tag) < 2 || len(tag) > 2 && tag[2] != '-' && tag[2] != '_' {
		return ""
	}
	for i := range 2 {
		if !isASCIILetter(tag[i]) {
			return ""
		}
	}
	if unicode.IsLower(rune(tag[0])) && unicode.IsLower(rune(tag[1])) {
		return tag[:2]
	}
	return string([]byte{tag[0] | 0x20, tag[1] | 0x20})
}

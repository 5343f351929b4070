package policy

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxStop is the longest message, in bytes, that can be a stop word with mentions around it; it bounds the work on long ones.
const maxStop = 400

// stops are what people of a language write who want no more of an automatic sender, and nothing else in the same message.
func stops(language string) []string {
	switch language {
	case "en":
		return []string{"stop", "stop it", "stop replying", "stop messaging me", "unsubscribe", "opt out", "leave me alone"}
	case "it":
		return []string{"stop", "basta", "basta così", "smettila", "smettetela", "non scrivetemi più"}
	case "es":
		return []string{"stop", "basta", "basta ya", "para", "pare", "paren", "no me escriban más"}
	case "fr":
		return []string{"stop", "arrête", "arrêtez", "ça suffit", "ne m'écrivez plus"}
	case "de":
		return []string{"stop", "stopp", "aufhören", "hör auf", "hören sie auf", "schreiben sie mir nicht mehr"}
	case "pt":
		return []string{"stop", "para", "pare", "parem", "chega", "não me escrevam mais"}
	case "ru":
		return []string{"стоп", "хватит", "прекратите", "перестаньте", "отпишите меня", "не пишите мне"}
	}
	return nil
}

// Stops reports whether a message says nothing but that its author wants no more receipts. Mentions, punctuation, emoji, accents and case do not
// count; the words of all languages do, since one word seldom tells its language.
func (b *Brand) Stops(text string) bool {
	if len(text) > maxStop {
		return false
	}
	said := plainWords(text)
	return said != "" && slices.Contains(b.StopWords, said)
}

// plainWords gives the letters and digits of a text without mentions, folded: words in lower case without accents, a space between.
func plainWords(text string) string {
	var words []string
	for _, word := range strings.Fields(text) {
		if strings.HasPrefix(strings.TrimLeftFunc(word, opens), "@") {
			continue
		}
		words = append(words, strings.FieldsFunc(letters(word), func(c rune) bool { return c == ' ' })...)
	}
	return strings.Join(words, " ")
}

func opens(c rune) bool { return c != '@' && (unicode.IsPunct(c) || unicode.IsSymbol(c)) }

// letters keeps what is read: accents go, an apostrophe or other sign becomes a space.
func letters(word string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case unicode.Is(unicode.M, c), c == '\u200d', c == '\u200b':
			return -1
		case unicode.IsLetter(c) || unicode.IsDigit(c):
			return c
		}
		return ' '
	}, norm.NFKD.String(strings.ToLower(word)))
}

// stopWords reads the brand's own words over the built-in ones: a language that is named has its own alone.
func (p *parser) stopWords(o object) []string {
	own := map[string][]string{}
	languages := slices.Clone(builtin)
	if v, ok := o.get("stop_words"); ok {
		p.byLanguage(v, func(lang string, v value) {
			languages = appendNew(languages, lang)
			own[lang] = []string{}
			for _, item := range p.list(v, 50) {
				if s, ok := p.matching(item, func(s string) bool { return plainWords(s) != "" && len(s) <= maxStop/2 }, "a word to stop at", "write a word or a few"); ok {
					own[lang] = append(own[lang], s)
				}
			}
		})
	}
	var all []string
	for _, lang := range languages {
		words, named := own[lang]
		if !named {
			words = stops(lang)
		}
		for _, w := range words {
			all = appendNew(all, plainWords(w))
		}
	}
	return all
}

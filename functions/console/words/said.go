package words

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Said renders what the desk says in English, which is what its codes' words, its reasons and the API's refusals are, in the language; ok is false where the catalogue does
// not know the sentence: then it is the English one, and to be marked as such. It is known by itself, or by the pattern that made it: the keys of the catalogue's files
// desk-*.txt, whose %s are then said in the language, too, where they are known.
func (l *Locale) Said(english string) (text string, ok bool) {
	switch {
	case english == "":
		return "", true
	case l.entries == nil:
		return l.T(Key(strings.ReplaceAll(english, "%", "%%"))), true
	case l.entries[english] != "":
		return l.T(Key(english)), true
	}
	for _, p := range l.patterns {
		m := p.shape.FindStringSubmatch(english)
		if m == nil {
			continue
		}
		var args []any
		for _, part := range m[1:] {
			said, _ := l.Said(part)
			args = append(args, said)
		}
		return l.T(p.key, args...), true
	}
	return english, false
}

// pattern is a sentence of the desk's with what is filled in.
type pattern struct {
	key   Key
	shape *regexp.Regexp
}

// patterns are the keys that are filled in, the longest first: what says most is most surely meant.
func patterns(keys []string) (all []pattern) {
	for _, key := range keys {
		if !strings.Contains(key, "%") {
			continue
		}
		shape := strings.NewReplacer("%s", "(.+?)", "%d", `(\d+)`).Replace(regexp.QuoteMeta(key))
		all = append(all, pattern{Key(key), regexp.MustCompile("(?s)^" + shape + "$")})
	}
	slices.SortFunc(all, func(a, b pattern) int {
		return cmp.Or(cmp.Compare(len(b.key), len(a.key)), cmp.Compare(a.key, b.key))
	})
	return all
}

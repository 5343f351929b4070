package triage

import (
	"fmt"
	"strings"
)

// Rules are a brand's own phrases for what cannot wait, or should not, by language. They are read beside the lexicon's.
type Rules map[string]*lexicon

// Add takes a phrase in that makes a message urgent or soon, in the notation of the word lists: "abc*" takes any ending, ".." stands for up to four words, "#" for a number from 1 to 12 and
// "##" from 1 to 90. A comma would begin another phrase, and is an error.
func (r Rules) Add(language string, u Urgency, reason, phrase string) error {
	if strings.Contains(phrase, ",") {
		return fmt.Errorf("phrase %q: one phrase an entry, without a comma", phrase)
	}
	l := r[language]
	if l == nil {
		l = newLexicon()
	}
	if err := l.add(entry{kind: kindOf(u), reason: reason}, phrase); err != nil {
		return err
	}
	l.sort()
	r[language] = l
	return nil
}

func kindOf(u Urgency) kind {
	if u == SoonPlease {
		return soon
	}
	return danger
}

// apply takes note of what the brand's own phrases say of the passage that was read.
func (r *reader) apply(own *lexicon) {
	for i := range r.tokens {
		own.find(r.tokens[i].word, func(entries []entry) {
			for k := range entries {
				if hit, ok := r.match(&entries[k], i); ok {
					r.waits(hit, i, hit.urgency())
				}
			}
		})
	}
}

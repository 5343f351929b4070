package triage

import (
	"fmt"
	"strings"
)

// Rules are a brand's own phrases for what cannot wait, or should not, by language. They are read beside the lexicon's.
type Rules map[string]*ruleList

// ruleList are phrases as they were added, and the table of them.
type ruleList struct {
	list  *list
	table lexicon
}

// Add takes a phrase in that makes a message urgent or soon, in the notation of the word lists: "abc*" takes any ending, ".." stands for up to four words, "#" for a number from 1 to 12 and
// "##" from 1 to 90. A comma would begin another phrase, and is an error.
func (r Rules) Add(language string, u Urgency, reason, phrase string) error {
	if strings.Contains(phrase, ",") {
		return fmt.Errorf("phrase %q: one phrase an entry, without a comma", phrase)
	}
	l := r[language]
	if l == nil {
		l = &ruleList{list: newList()}
	}
	if err := l.list.add(item{kind: kindOf(u), reason: reason}, phrase); err != nil {
		return err
	}
	l.list.sort()
	table, err := l.list.pack()
	if err != nil {
		return err
	}
	l.table, r[language] = table, l
	return nil
}

func kindOf(u Urgency) kind {
	if u == SoonPlease {
		return soon
	}
	return danger
}

// of is the table of a language's phrases.
func (r Rules) of(language string) lexicon {
	if l := r[language]; l != nil {
		return l.table
	}
	return ""
}

// apply takes note of what the brand's own phrases say of the passage that was read.
func (r *reader) apply(own lexicon) {
	if own == "" {
		return
	}
	for i := range r.tokens {
		for s := own.search(r.tokens[i].word); s.next(); {
			if hit, ok := r.match(&s.entry, i); ok {
				r.waits(&s.entry, hit, i, s.entry.urgency())
			}
		}
	}
}

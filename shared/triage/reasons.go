package triage

import (
	"slices"
	"strings"
	"sync"
)

// Reason is why a message cannot wait, or should not, with the product's own phrases for it in one language.
type Reason struct {
	Name    string
	Urgency Urgency
	Phrases []string
}

// Reasons are the product's own in a language, in their order; none where it has no word list.
func Reasons(language string) (all []Reason) {
	data, err := wordFiles.ReadFile("words/" + language + ".txt")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(data)) {
		class, items, _ := strings.Cut(strings.TrimSpace(line), ":")
		word, name, _ := strings.Cut(class, " ")
		if (word == string(AtOnce) || word == string(SoonPlease)) && name != "" {
			r := Reason{Name: name, Urgency: Urgency(word)}
			for item := range strings.SplitSeq(items, ",") {
				r.Phrases = append(r.Phrases, strings.TrimSpace(item))
			}
			all = append(all, r)
		}
	}
	return all
}

// ReasonNames are the names of the product's own reasons; they are the same in every language.
var ReasonNames = sync.OnceValue(func() (names []string) {
	for _, r := range Reasons("en") {
		if !slices.Contains(names, r.Name) {
			names = append(names, r.Name)
		}
	}
	return names
})

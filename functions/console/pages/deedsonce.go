package pages

import (
	"slices"
	"strings"
)

// once tells, by conversation, that its promise is said to be broken: an answer that comes after that says it a second time, and nothing new.
type once map[string]bool

// of are a turn's reasons without what was said before it.
func (o once) of(conversation string, why []string) (all []string) {
	for _, w := range why {
		switch {
		case w == "the promise is broken":
			if o[conversation] {
				continue
			}
			o[conversation] = true
		case promisedAnew(w):
			o[conversation] = false
		}
		all = append(all, w)
	}
	return all
}

// promisedAnew tells whether by a reason there is another promise, or another state of it: with a target, a message that opens or reopens has a promise.
func promisedAnew(why string) bool {
	return begins(why, rulesOfTargets...) || begins(why, "promise renewed", "the promise ", "what was promised in conversation ")
}

// rulesOfTargets is how the reasons begin that name the rule of a target's time.
var rulesOfTargets = []string{"the rule for ", "the default for ", "the SLA policy "}

func begins(why string, with ...string) bool {
	return slices.ContainsFunc(with, func(s string) bool { return strings.HasPrefix(why, s) })
}

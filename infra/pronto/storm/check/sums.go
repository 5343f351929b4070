package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// bounds are the least and the most of what a sum may say.
type bounds struct{ least, most int }

func (b bounds) add(least, most int) bounds { return bounds{b.least + least, b.most + most} }

func (b bounds) String() string {
	if b.least == b.most {
		return fmt.Sprint(b.least)
	}
	return fmt.Sprintf("%d to %d", b.least, b.most)
}

// Classes of the sums beside the silences, which are named as their fates.
const (
	received  = "received"
	receipted = "receipted"
)

// sums checks the desk's own account of itself: every day balances, nothing is open, and each class counts what was sent.
func (c *checker) sums() {
	got := map[string]int{}
	for _, s := range c.Sums {
		if !s.Balanced || s.Received != s.total() {
			c.breach(nil, s.Day+": the sum does not balance", fmt.Sprint(s.Received), fmt.Sprintf("%d in parts, balanced %v", s.total(), s.Balanced))
		}
		if s.InFlight != 0 {
			c.breach(nil, s.Day+": in flight", "0", fmt.Sprint(s.InFlight))
		}
		if s.Failed != 0 {
			c.breach(nil, s.Day+": failed", "0", fmt.Sprint(s.Failed))
		}
		s.classes(got)
	}
	want := c.want()
	classes := slices.Collect(maps.Keys(want))
	for k := range got {
		if _, ok := want[k]; !ok {
			classes = append(classes, k)
		}
	}
	slices.Sort(classes)
	for _, k := range classes {
		if n := got[k]; n < want[k].least || n > want[k].most {
			c.breach(nil, "sum of "+k, want[k].String(), fmt.Sprint(n))
		}
	}
}

func (s Sum) total() int {
	n := s.Receipted + s.InFlight + s.Failed
	for _, x := range s.Suppressed {
		n += x
	}
	for _, x := range s.Held {
		n += x
	}
	return n
}

func (s Sum) classes(into map[string]int) {
	into[received] += s.Received
	into[receipted] += s.Receipted
	for k, n := range s.Suppressed {
		into["suppressed:"+k] += n
	}
	for k, n := range s.Held {
		into["held:"+k] += n
	}
}

// want is what the sums may say, given what was sent.
func (c *checker) want() map[string]bounds {
	w := map[string]bounds{}
	free := map[string]int{} // of a group: receipts not yet given out
	for k, g := range c.Groups {
		free[k] = g.Own
	}
	for _, m := range c.Mails {
		sure, maybe := m.count(Accepted), m.count(InDoubt)
		if m.may(Nothing) {
			continue
		}
		if m.Mention { // its id is taken once
			sure, maybe = min(sure, 1), min(maybe, 1-min(sure, 1))
		}
		w[received] = w[received].add(sure, sure+maybe)
		if m.Group != "" && sure > 0 {
			// Which of a group has the receipts does not matter to the sums.
			f := m.other()
			if free[m.Group] > 0 {
				free[m.Group]--
				f = Own
			}
			w[class(f)] = w[class(f)].add(1, 1)
		} else if sure > 0 {
			spread(w, m.fates(), 1, 1)
		} else if maybe > 0 {
			spread(w, m.fates(), 0, 1)
			maybe--
		}
		// Every further copy says what was said before; what is silenced or held for another reason is so each time.
		again := m.fates()
		if m.may(Own) {
			again = []Fate{Repeated}
		}
		if sure > 0 {
			spread(w, again, sure-1, sure-1+maybe)
		} else {
			spread(w, again, 0, maybe)
		}
	}
	return w
}

// other is the fate of a group's mail that has no receipt.
func (m *Mail) other() Fate {
	for _, f := range m.Fates {
		if f != Own {
			return f
		}
	}
	return Own
}

func class(f Fate) string {
	if f.receipted() {
		return receipted
	}
	return string(f)
}

// spread adds mails to the classes of their fates; with more than one class each may have all or none.
func spread(w map[string]bounds, fates []Fate, least, most int) {
	var classes []string
	for _, f := range fates {
		if k := class(f); !slices.Contains(classes, k) {
			classes = append(classes, k)
		}
	}
	if len(classes) > 1 {
		least = 0
	}
	for _, k := range classes {
		w[k] = w[k].add(least, most)
	}
}

// words are the distinct words of a text, in lower case.
func words(s string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(s), notLetter) {
		all[w] = true
	}
	return all
}

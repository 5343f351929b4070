package policy

import (
	"slices"
	"strings"
)

// Line is a line of a difference between two texts.
type Line struct {
	Sign string `json:"sign"`          // "+", "-", or " " for one that is in both; "…" where lines of both are left out
	Old  int    `json:"old,omitempty"` // its number in the one and in the other, from 1
	New  int    `json:"new,omitempty"`
	Text string `json:"text"`
}

// around is how many lines of both texts are shown before and after one that differs; most is how many pairs of lines are compared: beyond that a part counts as
// replaced altogether.
const (
	around = 3
	most   = 4 << 20
)

// Lines is the difference between two texts, line by line, with some lines around each; none for the same text.
func Lines(was, is string) []Line {
	if was == is {
		return nil
	}
	a, b := split2(was), split2(is)
	head := 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	all := []Line{}
	for i := range head {
		all = append(all, Line{" ", i + 1, i + 1, a[i]})
	}
	all = middle(all, a[head:len(a)-tail], b[head:len(b)-tail], head)
	for i := range tail {
		o, n := len(a)-tail+i, len(b)-tail+i
		all = append(all, Line{" ", o + 1, n + 1, a[o]})
	}
	return near(all)
}

func split2(s string) []string { return strings.Split(strings.TrimSuffix(s, "\n"), "\n") }

// middle adds what differs, by the longest common subsequence.
func middle(all []Line, a, b []string, offset int) []Line {
	common := make([][]int32, len(a)+1)
	if len(a)*len(b) > most {
		common = nil
	}
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	if common != nil {
		for i := len(a) - 1; i >= 0; i-- {
			for j := len(b) - 1; j >= 0; j-- {
				common[i][j] = max(common[i+1][j], common[i][j+1])
				if a[i] == b[j] {
					common[i][j] = common[i+1][j+1] + 1
				}
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case common != nil && i < len(a) && j < len(b) && a[i] == b[j]:
			all = append(all, Line{" ", offset + i + 1, offset + j + 1, a[i]})
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || common == nil || common[i+1][j] >= common[i][j+1]):
			all = append(all, Line{"-", offset + i + 1, 0, a[i]})
			i++
		default:
			all = append(all, Line{"+", 0, offset + j + 1, b[j]})
			j++
		}
	}
	return all
}

// near leaves out what is far from anything that differs.
func near(all []Line) (shown []Line) {
	gap := false
	for i, l := range all {
		window := all[max(0, i-around):min(len(all), i+around+1)]
		if !slices.ContainsFunc(window, func(l Line) bool { return l.Sign != " " }) {
			gap = true
			continue
		}
		if gap && len(shown) > 0 {
			shown = append(shown, Line{Sign: "…"})
		}
		gap = false
		shown = append(shown, l)
	}
	return shown
}

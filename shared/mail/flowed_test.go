package mail

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// The example of RFC 3676 §4.5 in our own words: quotes are joined at their depth, and no deeper.
func TestFlowedTextIsWholeAgain(t *testing.T) {
	for in, want := range map[string]string{
		"One line \nand its end.\nAnother.": "One line and its end.\nAnother.",
		"> said \n> before\nnew":            "> said before\nnew",
		">> deep \n> less":                  ">> deep \n> less",
		"an end \n> a quote":                "an end \n> a quote",
		" > stuffed":                        "> stuffed",
		"bye \n-- \nAna":                    "bye \n-- \nAna",
		"-- \nAna":                          "-- \nAna",
		"":                                  "",
		"\r\nx \r\ny":                       "\nx y",
	} {
		if got := unflowed(in, false); got != want {
			t.Errorf("%q is read as %q, want %q", in, got, want)
		}
	}
	if got := unflowed("字を \n読む", true); got != "字を読む" {
		t.Errorf("with delsp: %q", got)
	}
}

func TestALongLineIsBrokenSoftly(t *testing.T) {
	for in, want := range map[string]string{
		"Good day":                          "Good day",
		"ends in spaces   \nnext":           "ends in spaces\nnext",
		"-- \nAna":                          "-- \nAna",
		"> said before":                     " > said before",
		"From here on":                      " From here on",
		" indented":                         "  indented",
		strings.Repeat("word ", 30):         strings.Repeat("word ", 15) + "\n" + strings.TrimSpace(strings.Repeat("word ", 15)),
		strings.Repeat("wide ", 15) + "but": strings.Repeat("wide ", 15) + "but",
		strings.Repeat("x", 200):            strings.Repeat("x", 200),
		"see " + strings.Repeat("x", 200) + " there": "see \n" + strings.Repeat("x", 200) + " \nthere",
	} {
		if got := flowed(in); got != want {
			t.Errorf("%q is\n%q, want\n%q", in, got, want)
		}
	}
}

// Whatever is written, a flowed reader sees it again, but for spaces at the ends of lines; and no line is longer than 78 that could be broken.
func FuzzFlowed(f *testing.F) {
	f.Add(strings.Repeat("Your suitcase was found in Rome. ", 9) + "\n\n-- \nAna\n")
	f.Add("-- -- -- " + strings.Repeat("-- ", 40))
	f.Add(strings.Repeat(" ", 200) + "x" + strings.Repeat(" >", 90))
	f.Add(strings.Repeat("длинное слово ", 20))
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\r") {
			return
		}
		var want []string
		for _, l := range strings.Split(s, "\n") {
			if l != dashes {
				l = strings.TrimRight(l, " ")
			}
			want = append(want, l)
		}
		out := flowed(s)
		if got := unflowed(out, false); got != strings.Join(want, "\n") {
			t.Errorf("%q is read as\n%q by\n%q", s, got, out)
		}
		for _, l := range strings.Split(out, "\n") {
			if n := utf8.RuneCountInString(l); n > columns && strings.Contains(strings.Trim(l, " "), " ") && softBreak(l, columns) >= 0 && softBreak(l, columns) < len(l)/2 {
				t.Errorf("a line of %d in %q", n, out)
			}
		}
	})
}

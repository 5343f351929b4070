package desk_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pronto/shared/desk"
)

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"Re: My lost suitcase on AZ1234 from Rome": "az1234 suitcase lost rome",
		"Größe, größe & GRÖSSE":                    "grosse große", // ß is a letter of its own
		"Élan vital — l'été":                       "vital elan ete",
		"":                                         "",
		"re: fwd:":                                 "",
		"Где мой багаж?":                           "багаж где мои",
		"1":                                        "",
		"one two three four five six seven":        "three seven four five one",
	} {
		got := strings.Join(desk.Words(text, desk.SubjectWords), " ")
		if got != want {
			t.Errorf("%q has the words %q, want %q", text, got, want)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("Re: My lost suitcase on AZ1234")
	f.Add("\xff\u0300\u0301ﬃ")
	f.Fuzz(func(t *testing.T, s string) {
		words := desk.Words(s, desk.SubjectWords)
		if len(words) > desk.SubjectWords {
			t.Fatalf("%d words", len(words))
		}
		for _, w := range words {
			if !utf8.ValidString(w) || strings.ContainsAny(w, " #\n") {
				t.Fatalf("%q is no word", w)
			}
			if !slices.Contains(desk.AllWords(s), w) {
				t.Fatalf("%q is found by %q and has it not", s, w)
			}
		}
	})
}

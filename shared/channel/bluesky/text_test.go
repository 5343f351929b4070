package bluesky

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

func count(s string) (n int) {
	for it := graphemes.FromString(s); it.Next(); n++ {
	}
	return n
}

func TestCut(t *testing.T) {
	family := "👨‍👩‍👧‍👦" // 25 bytes, one grapheme
	for name, c := range map[string]struct {
		text string
		want []int // graphemes of each post
	}{
		"nothing":                  {" \n ", nil},
		"one word":                 {"hi", []int{2}},
		"the limit":                {strings.Repeat("x", 300), []int{300}},
		"one more":                 {strings.Repeat("x", 301), []int{300, 1}},
		"by words":                 {strings.Repeat("word ", 100), []int{299, 199}},
		"by sentences":             {strings.Repeat("word ", 40) + "end. " + strings.Repeat("word ", 40), []int{204, 199}},
		"by paragraphs":            {strings.Repeat("word ", 40) + "\n\n" + strings.Repeat("A. ", 60), []int{199, 179}},
		"a pause that comes early": {"Hi. " + strings.Repeat("word ", 90), []int{298, 154}},
		"families":                 {strings.Repeat(family, 130), []int{120, 10}}, // 3,000 bytes come first
		"300 of four bytes":        {strings.Repeat("🧳", 301), []int{300, 1}},
	} {
		var got []int
		for _, p := range cut(c.text) {
			got = append(got, count(p))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	zalgo := cut("a" + strings.Repeat("\u0301", 4000)) // one grapheme of 8,001 bytes
	if len(zalgo) != 3 || !utf8.ValidString(zalgo[0]) || len(zalgo[0]) > maxBytes {
		t.Errorf("%d posts", len(zalgo))
	}
}

func FuzzCut(f *testing.F) {
	for _, s := range []string{"", "hi", strings.Repeat("word. ", 99), strings.Repeat("🧳\n\n", 400), "a" + strings.Repeat("\u0301", 2000), "\xff\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		letters := func(s string) string { return strings.Join(strings.Fields(s), "") }
		all := cut(s)
		for _, p := range all {
			if len(p) == 0 || len(p) > maxBytes || count(p) > maxGraphemes || utf8.ValidString(s) && !utf8.ValidString(p) {
				t.Errorf("a post of %d bytes, %d graphemes", len(p), count(p))
			}
			for _, x := range facets(p, author{DID: "did:plc:mira", Handle: "mira.example"}) {
				if x.Index.Start < 0 || x.Index.End <= x.Index.Start || x.Index.End > len(p) {
					t.Errorf("facet %+v of %q", x, p)
				}
			}
		}
		if letters(strings.Join(all, " ")) != letters(s) {
			t.Errorf("%q is cut to %q", s, all)
		}
	})
}

func TestFacets(t *testing.T) {
	for text, want := range map[string][]string{
		"plain":                                           nil,
		"Grüße @mira.example, hallo":                      {"@mira.example did:plc:mira"},
		"@Mira.Example":                                   {"@Mira.Example did:plc:mira"},
		"@oleg.example is not asked":                      nil,
		"mail mira@mira.example":                          nil,
		"@mira.example.":                                  {"@mira.example did:plc:mira"},
		"see https://acme.example/a?b=c#d.":               {"https://acme.example/a?b=c#d https://acme.example/a?b=c#d"},
		"(https://acme.example/a_(b)) and":                {"https://acme.example/a_(b) https://acme.example/a_(b)"},
		"🧳🧳 http://acme.example/ü, x":                     {"http://acme.example/ü http://acme.example/ü"},
		"acme.example is a word to us":                    nil,
		"https://":                                        nil,
		"#lost #1 #ünïcode x#y":                           {"#lost lost", "#ünïcode ünïcode"},
		"#" + strings.Repeat("x", 65):                     nil,
		"@mira.example @mira.example\n#a":                 {"@mira.example did:plc:mira", "@mira.example did:plc:mira", "#a a"},
		"javascript://acme.example <https://acme.example": nil,
	} {
		var got []string
		for _, f := range facets(text, author{DID: "did:plc:mira", Handle: "mira.example"}) {
			got = append(got, text[f.Index.Start:f.Index.End]+" "+f.Features[0].DID+f.Features[0].URI+f.Features[0].Tag)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q has %q, want %q", text, got, want)
		}
	}
}

// A handle that its owner's domain does not confirm is everybody's.
func TestNobodyIsCalledInvalid(t *testing.T) {
	if got := facets("Hello @handle.invalid", author{DID: "did:plc:mira", Handle: invalid}); got != nil {
		t.Errorf("%+v", got)
	}
}

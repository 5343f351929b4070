package channel

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRulesAreWhole(t *testing.T) {
	for _, name := range Known() {
		r, ok := Of(name)
		if !ok || r.Name != name || r.Guarantee.Words() == string(r.Guarantee) || r.Signature == "" || r.Answers == "" {
			t.Errorf("%s has the rules %+v", name, r)
		}
		if (r.Limit > 0) != (r.Count != "") || r.Handle > r.Limit || r.CostLink < r.Cost {
			t.Errorf("%s has the limits %+v", name, r)
		}
	}
	if names := Known(); names[0] != "email" || len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
		t.Errorf("known are %v", names)
	}
	if _, ok := Of("pigeon"); ok {
		t.Error("pigeons have rules")
	}
	if x, _ := Of("x"); !x.TeamSigns() || !x.One || !x.NoLinks || x.Cost != 10_000 {
		t.Errorf("on X the rules are %+v", x)
	}
	if Guarantee("new").Words() != "new" || AtMostOnce.Words() == ExactlyOnce.Words() {
		t.Error("guarantees have no words")
	}
}

// family is one character to a reader: four people joined; flag is one of two letters.
const (
	family = "\U0001F468\u200d\U0001F469\u200d\U0001F467\u200d\U0001F466"
	flag   = "\U0001F1EE\U0001F1F9"
)

func TestLength(t *testing.T) {
	for _, x := range []struct {
		text                                    string
		runes, graphemes, bytes, utf16, weights int
	}{
		{"", 0, 0, 0, 0, 0},
		{"Good day", 8, 8, 8, 8, 8},
		{"è arrivato", 10, 10, 11, 10, 10},
		{"e\u0300", 2, 1, 3, 2, 1}, // X composes it first
		{"Спасибо", 7, 7, 14, 7, 7},
		{"ありがとう", 5, 5, 15, 5, 10},
		{family, 7, 1, 25, 11, 2},
		{flag, 2, 1, 8, 4, 2},
		{"👍🏽 ok", 5, 4, 11, 7, 5},
		{"❤\ufe0f", 2, 1, 6, 2, 2},
		{"…", 1, 1, 3, 1, 2},
		{"—", 1, 1, 3, 1, 1},
		{"\xff", 1, 1, 1, 1, 2},
	} {
		for count, want := range map[Count]int{Runes: x.runes, Graphemes: x.graphemes, Bytes: x.bytes, UTF16: x.utf16, Weighted: x.weights, "": x.runes} {
			if got := (Rules{Count: count}).Length(x.text); got != want {
				t.Errorf("%q has %d %s, want %d", x.text, got, count, want)
			}
		}
	}
}

func TestLinksCountTheirDue(t *testing.T) {
	x, _ := Of("x")
	long := "https://acme.example/" + strings.Repeat("a", 200)
	for text, want := range map[string]int{
		"see " + long + ".":                   4 + 23 + 1,
		"see " + long + " and " + long:        4 + 23 + 5 + 23,
		"(https://a.example)":                 25,
		"acme.example":                        23,
		"at 14:35.":                           9,
		"acme.example/" + long[len(long)-30:]: 13 + 30, // a network that makes no link of it counts all
		"x:" + long:                           2 + 23,
	} {
		if got := x.Length(text); got != want {
			t.Errorf("%q has %d, want %d", text, got, want)
		}
	}
}

func TestHasLink(t *testing.T) {
	for text, want := range map[string]bool{
		"https://acme.example/x": true, "HTTP://ACME.EXAMPLE": true, "write to acme.example, please": true, "(www.acme.example)": true,
		"münchen.example!": true, "acme.example:8080/x": true, "line\nacme.example": true,
		"": false, "Good day.": false, "at 14:35, UTC+1": false, "care@acme.example": false, "z.B. morgen": false, "1.5 hours": false, "e.g. this…": false,
		"...": false, ".example": false, "http": false, "v2.0": false,
	} {
		if HasLink(text) != want {
			t.Errorf("%q has a link: %v", text, !want)
		}
	}
}

func TestFits(t *testing.T) {
	bluesky, _ := Of("bluesky")
	if !bluesky.Fits(strings.Repeat("a", 300)) || bluesky.Fits(strings.Repeat("a", 301)) || bluesky.Fits(strings.Repeat(family, 130)) {
		t.Error("Bluesky counts wrong")
	}
	mastodon, _ := Of("mastodon")
	if !mastodon.Fits(strings.Repeat("a", 500-32)) || mastodon.Fits(strings.Repeat("a", 500-31)) {
		t.Error("Mastodon leaves no room for the handle")
	}
	if email, _ := Of("email"); !email.Fits(strings.Repeat("a", 1<<20)) {
		t.Error("a mail has a limit")
	}
}

// Whatever the text, cutting links out loses nothing, a text is no longer in fewer units, and a part is no longer than the whole.
func FuzzLength(f *testing.F) {
	for _, s := range []string{"", "see https://acme.example/x.", family + " " + flag, "a\xffb.example", "((http://a.b))", "İİİİİİhttp://x", "…acme.example…"} {
		f.Add(s)
	}
	x, _ := Of("x")
	f.Fuzz(func(t *testing.T, s string) {
		before, link, after := nextLink(s)
		if before+link+after != s || link == "" && after != "" {
			t.Fatalf("%q is cut into %q, %q, %q", s, before, link, after)
		}
		runes, graphemes, units := Rules{Count: Runes}.Length(s), Rules{Count: Graphemes}.Length(s), Rules{Count: UTF16}.Length(s)
		if runes != utf8.RuneCountInString(s) || graphemes > runes || runes > units || units > len(s) {
			t.Fatalf("%q has %d graphemes, %d runes, %d units, %d bytes", s, graphemes, runes, units, len(s))
		}
		if n := x.Length(s); n < 0 || s != "" && n == 0 {
			t.Fatalf("%q weighs %d", s, n)
		}
	})
}

func BenchmarkLength(b *testing.B) {
	x, _ := Of("x")
	text := "Thank you for writing to us, see https://acme.example/help " + strings.Repeat("è 👍🏽 ", 30)
	for b.Loop() {
		x.Length(text)
	}
}

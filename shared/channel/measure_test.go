package channel

import (
	"strings"
	"testing"
)

// X counts by weights, whoever sends: these are its own limits, at the edge and just beyond it.
func TestMeasureByXsWeights(t *testing.T) {
	x, _ := Of("x")
	link := "https://acme.example/" + strings.Repeat("a", 100)
	for _, c := range []struct {
		name, text   string
		length, cost int
		refused      Breach
	}{
		{"Latin", strings.Repeat("a", 280), 280, 10_000, ""},
		{"Latin, one too many", strings.Repeat("a", 281), 281, 0, TooLong},
		{"Japanese weighs two", strings.Repeat("あ", 140), 280, 10_000, ""},
		{"Japanese, one too many", strings.Repeat("あ", 141), 282, 0, TooLong},
		{"Greek, Cyrillic, Hebrew and Arabic weigh one", strings.Repeat("αд", 70) + strings.Repeat("שم", 70), 280, 10_000, ""},
		{"the last code point that weighs one", strings.Repeat("\u10ff", 280), 280, 10_000, ""},
		{"the first that weighs two", strings.Repeat("\u1100 ", 94), 282, 0, TooLong},
		{"a family is one emoji", strings.Repeat(family, 140), 280, 10_000, ""},
		{"a link is 23, and dear", link + " " + strings.Repeat("a", 256), 280, 200_000, ""},
		{"two links", link + " " + link + strings.Repeat(" a", 117), 281, 0, TooLong},
		{"quotes and dashes weigh one, an ellipsis two", "“—” …", 6, 10_000, ""},
	} {
		m := x.Measure(Piece{Text: c.text}, nil)
		if m.Length != c.length || m.Refused != c.refused || c.refused == "" && m.Cost != c.cost || m.Limit != 280 || m.Posts != 1 && c.refused == "" {
			t.Errorf("%s: %+v", c.name, m)
		}
		if m.Linked != (c.cost == 200_000) {
			if c.refused == "" {
				t.Errorf("%s says of its link: %+v", c.name, m)
			}
		}
	}
}

// Where an answer may have several posts, the adapter's own cutting says how many; what could not be cut into so few is never cut.
func TestMeasureOfSeveralPosts(t *testing.T) {
	r := Rules{Name: "n", Limit: 10, Count: Runes, MaxBytes: 15, Parts: 3, Cost: 5, CostLink: 7}
	asked := 0
	cut := func(p Piece, _ Rules) []string { asked++; return strings.Fields(p.To + p.Text) }
	if m := r.Measure(Piece{Text: "one two a.example"}, cut); m.Posts != 3 || m.MaxPosts != 3 || m.Cost != 5+5+7 || !m.Linked || m.Refused != "" || m.Length != 3+3+9 {
		t.Errorf("three posts: %+v", m)
	}
	if m := r.Measure(Piece{Text: ""}, cut); m.Posts != 1 || m.Refused != "" {
		t.Errorf("nothing yet: %+v", m)
	}
	asked = 0
	for _, far := range []string{strings.Repeat("a", 31), strings.Repeat("é", 23)} { // by its characters; by its bytes
		if m := r.Measure(Piece{Text: far}, cut); m.Posts != 4 || m.Refused != TooManyPosts || m.Cost != 0 || asked != 0 {
			t.Errorf("%d bytes: %+v, cut %d times", len(far), m, asked)
		}
	}
	none := func(Piece, Rules) []string { return nil }
	if m := r.Measure(Piece{Text: strings.Repeat("a", 30)}, none); m.Posts != 4 || m.Refused != TooManyPosts {
		t.Errorf("the adapter cannot: %+v", m)
	}
	mail, _ := Of("email")
	if m := mail.Measure(Piece{Text: strings.Repeat("é", 1000)}, nil); m.Count != Runes || m.Length != 1000 || m.Bytes != 2000 || m.Limit != 0 || m.Refused != "" || m.Posts != 1 {
		t.Errorf("a mail: %+v", m)
	}
	if TooLong.Words() == TooManyPosts.Words() || Breach("new").Words() != "new" {
		t.Error("breaches have no words")
	}
}

// On Mastodon a mention counts without its server, and a link 23.
func TestMeasureOfMentions(t *testing.T) {
	m, _ := Of("mastodon")
	for text, want := range map[string]int{
		"@mira@social.example hello": 11, "@mira hello": 11, "write to mira@social.example": 28, "(@a@b.example)": 4, "see https://social.example/@mira@other.example": 27,
	} {
		if got := m.Length(text); got != want {
			t.Errorf("%q has %d, want %d", text, got, want)
		}
	}
}

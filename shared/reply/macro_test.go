package reply

import (
	"slices"
	"strings"
	"testing"
)

func TestFill(t *testing.T) {
	f := Filling{Name: "Zoë {brand} Sjöberg", Agent: "Ana", Brand: "Acme Air"}
	for text, want := range map[string]string{
		"Dear {name}, yours {agent} of {brand}.": "Dear Zoë {brand} Sjöberg, yours Ana of Acme Air.",
		"By {due|tomorrow} — {subject}":          "By tomorrow — {subject}",
		"{ name } {unknown} {":                   "Zoë {brand} Sjöberg {unknown} {", "{a\nb}": "{a\nb}", "": "",
	} {
		if got, _ := Fill(text, f); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	if _, missing := Fill("{due} {subject|it} {name}", f); !slices.Equal(missing, []string{"due"}) {
		t.Errorf("missing %v", missing)
	}
	if bad := CheckMacro("{name} {nmae} {due|x}"); !slices.Equal(bad, []string{"{nmae}"}) {
		t.Errorf("unknown %v", bad)
	}
	if left := Unfilled("Dear {name}, {x}"); !slices.Equal(left, []string{"{name}"}) {
		t.Errorf("unfilled %v", left)
	}
}

// Whatever is written, filling ends, keeps what it does not know, and asks for nothing of its values.
func FuzzFill(f *testing.F) {
	f.Add("Dear {name|there}, {due}", "{name}")
	f.Fuzz(func(t *testing.T, text, name string) {
		got, _ := Fill(text, Filling{Name: name})
		if !strings.Contains(text, "{") && got != text {
			t.Errorf("%q became %q", text, got)
		}
		CheckMacro(got)
	})
}

func TestGreeted(t *testing.T) {
	for text, want := range map[string]string{
		"Dear Ada,\n\nhere you are.": "Ada", "Hi Bob!": "Bob", "Hello, how are you": "", "Dear Mr. Marsh,": "Marsh", "Gentile Signora D’Amico,": "D’Amico", "Sehr geehrte Frau Dr. Müller-Lüdenscheidt,": "Müller-Lüdenscheidt",
		"Здравствуйте, Олег!": "Олег", "Hello, How nice": "How nice", "Уважаемый Олег Савчук!": "Олег Савчук", "Bonjour Zoë, merci": "Zoë", "Dear customer,": "", "Hi there,": "", "Liebe Elke,": "Elke", "Estimado Señor Núñez:": "Núñez",
		"Hello from all of us at Acme": "", "We found it.": "", "": "", "Dear all": "", "Good morning Ada": "Ada", "Olá João,": "João", "Dear " + strings.Repeat("x", 100): "",
	} {
		if got, ok := Greeted(text); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v", text, got, ok)
		}
	}
}

func TestFitName(t *testing.T) {
	for _, x := range []struct {
		written string
		known   []string
		want    NameFit
	}{
		{"Ada", []string{"Ada Marsh"}, NameFits}, {"Ada Marsh", []string{"Ada Marsh"}, NameFits}, {"Marsh", []string{"Dr. Ada Marsh"}, NameFits},
		{"Zoe", []string{"Zoë Sjöberg"}, NameSpelled}, {"ADA", []string{"Ada Marsh"}, NameSpelled}, {"D'Amico", []string{"Lucia D’Amico"}, NameSpelled},
		{"Adam", []string{"Ada Marsh"}, NameOther}, {"Ada Smith", []string{"Ada Marsh"}, NameOther}, {"Ada", nil, NameUnknown}, {"Ada", []string{"", " "}, NameUnknown},
		{"Bob", []string{"Robert Lane", "Bob Lane"}, NameFits}, {"Zoe\u0308", []string{"Zoë"}, NameFits},
	} {
		if got := FitName(x.written, x.known...); got != x.want {
			t.Errorf("%q against %q: %v", x.written, x.known, got)
		}
	}
}

// No first line makes it slow or panic, and what is found stands in the text.
func FuzzGreeted(f *testing.F) {
	f.Add("Dear Mr. Marsh,\nx")
	f.Fuzz(func(t *testing.T, text string) {
		if name, ok := Greeted(text); ok && FitName(name, name) == NameOther {
			t.Errorf("%q greets %q, who is another", text, name)
		}
	})
}

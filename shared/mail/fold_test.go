package mail

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// shape is what parts are and how many lines they have, as in "said 1, quoted 3".
func shape(parts []Part) string {
	var all []string
	for _, p := range parts {
		all = append(all, fmt.Sprintf("%s %d", p.Kind, p.Lines))
	}
	return strings.Join(all, ", ")
}

func TestFold(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"blank", "\n \n", ""},
		{"own words", "My bag is lost.\n\nPlease help.", "said 2"},
		{"answers between quotes", "> Which flight?\n> And which day?\nFlight 7.\n\n> Which bag?\nThe red one.", "quoted 2, said 1, quoted 1, said 1"},
		{"a gap within a quote", "> one\n\n> two\nAnswer.", "quoted 2, said 1"},
		{"initials", "GB> Which flight?\nFlight 7.", "quoted 1, said 1"},
		{"an arrow is no quote", "a -> b\n5 > 3", "said 2"},
		{"nests", strings.Repeat("> ", 5000) + "x\nmine", "quoted 1, said 1"},
	} {
		if got := shape(Fold(c.text)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// What an agent does not read first is counted, and kept in its order.
func TestAside(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "My bag is lost.", ""},
		{"an answer above", "Thanks!\n\nOn Sun, 29 Mar 2026 at 10:00, Ana <care@acme.example> wrote:\n> We look\n> into it.\n", "quoted 3"},
		{"its signature", "Thanks!\n-- \nGiulia\n+39 000", "signature 3"},
		{"both", "Thanks!\n-- \nGiulia\n\nOn 29 Mar 2026, at 10:00, Ana wrote:\n> We look.\n", "signature 2, quoted 2"},
		{"below the quote", "On 29 Mar 2026 Ana wrote:\n> Which flight?\n\nFlight 7.\n\nSent from my iPhone", "quoted 2, signature 1"},
		{"a forward is all read", "Look.\n\n---------- Forwarded message ---------\nFrom: Shop <s@shop.example>\nDate: Sunday\nSubject: Bag\nTo: Giulia\n\nYour bag.", ""},
	} {
		m := parsed(t, "From: a@c.example\nSubject: Re: Bag\nContent-Type: text/plain; charset=utf-8\n\n"+c.text)
		if got := shape(m.Aside); got != c.want || m.Quoted()+m.Signed() != len(nonBlank(m.Aside)) {
			t.Errorf("%s: %s, want %s; reads %q", c.name, got, c.want, m.Reply)
		}
	}
}

func nonBlank(parts []Part) (lines []string) {
	for _, p := range parts {
		for l := range strings.SplitSeq(p.Text, "\n") {
			if strings.TrimSpace(l) != "" {
				lines = append(lines, l)
			}
		}
	}
	return lines
}

// Whatever the text: folding loses no line and no order, and what stands aside of a letter and what is read first are all of it.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "> a\nb\n> c", "Thanks!\n-- \nG\n\nOn 29 Mar 2026, at 10:00, Ana wrote:\n> We look.", "\n\n>\n", "GB> x\n\n\ny"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ReplaceAll(s, "\r", "")
		all := nonBlank([]Part{{Text: s}})
		parts := Fold(s)
		if got := nonBlank(parts); !slices.Equal(got, all) {
			t.Fatalf("%q folds into %q", s, got)
		}
		for _, p := range parts {
			if n := len(nonBlank([]Part{p})); n != p.Lines || n == 0 {
				t.Fatalf("%q: %+v has %d lines", s, p, n)
			}
		}
		l := splitText(s, "")
		if got := len(nonBlank(l.Aside)) + len(nonBlank([]Part{{Text: l.Reply}})); got != len(all) {
			t.Fatalf("%q: %d of %d lines are shown", s, got, len(all))
		}
	})
}

// Names and subjects in Hebrew and Arabic stay as they are; what would turn the direction of the rest of a line is gone.
func TestUpright(t *testing.T) {
	for s, want := range map[string]string{
		"דנה לוי": "דנה לוי", "أحمد": "أحمد", "invoice\u202egpj.exe": "invoicegpj.exe", "\u2067Ana\u2069 \u202bMarsh\u202c": "Ana Marsh", "a\u200eb": "a\u200eb", "": "",
	} {
		if got := Upright(s); got != want {
			t.Errorf("%q: %q", s, got)
		}
	}
	m := parsed(t, "From: =?utf-8?b?4oCuYW5B?= <a@c.example>\nSubject: Re: \u202ebag\u202c\n\nx")
	if m.From.Name != "anA" || m.Subject != "Re: bag" {
		t.Errorf("from %q about %q", m.From.Name, m.Subject)
	}
}

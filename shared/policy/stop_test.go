package policy_test

import (
	"strings"
	"testing"

	"pronto/shared/policy"
)

func TestStops(t *testing.T) {
	b := parse(t, small).Brands[0]
	for text, want := range map[string]bool{
		"stop": true, "STOP!!!": true, "@acmeair stop": true, "@acmeair.example.social Stop. 🛑": true, "“Basta!”": true, "basta cosi": true, "Arrête": true,
		"arrete.": true, "ARRÊTEZ": true, "Ça suffit": true, "stopp": true, "Hör auf!": true, "pára": true, "pare": true, "Стоп": true, "хватит!!": true,
		"ne m’écrivez plus": true, "opt-out": true, "(@acmeair) unsubscribe": true, "\nstop\n": true, "s\u0301top": true,
		"": false, "@stop": false, "please stop the noise in row 12": false, "stop over in Rome?": false, "bus stop": false, "…": false, "@acmeair": false,
		"para mim está ótimo": false, "nonstop": false, "st op": false, "#stop": true, strings.Repeat("!", 500) + "stop": false, "ana@acme.example": false,
	} {
		if got := b.Stops(text); got != want {
			t.Errorf("%q stops: %v", text, got)
		}
	}
	if (&policy.Brand{}).Stops("stop") || (&policy.Brand{}).Stops("") {
		t.Error("a brand without words stops")
	}
}

func TestOwnStopWords(t *testing.T) {
	b := parse(t, strings.Replace(small, "    rota:", "    stop_words:\n      it: [Silenzio!, zitto tu]\n      nl: hou op\n    rota:", 1)).Brands[0]
	for text, want := range map[string]bool{"silenzio": true, "Zitto, tu": true, "Hou op!": true, "stop": true, "basta così": false, "basta": true} { // basta is Spanish, too
		if got := b.Stops(text); got != want {
			t.Errorf("%q stops: %v", text, got)
		}
	}
}

func FuzzStops(f *testing.F) {
	for _, s := range []string{"stop", "@a stop", "ça suffit", "\xff", "İ"} {
		f.Add(s)
	}
	b := parse(f, small).Brands[0]
	f.Fuzz(func(t *testing.T, text string) {
		if b.Stops(text) != b.Stops(" "+text+" ") && len(text) < 300 {
			t.Fatalf("space around %q matters", text)
		}
		if b.Stops("please " + text + " writing letters") {
			t.Fatalf("a word within %q stops", text)
		}
	})
}

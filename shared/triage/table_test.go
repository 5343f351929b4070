package triage

import (
	"slices"
	"strings"
	"testing"

	"pronto/shared/triage/language"
)

// The priority is a place of the table, and the why ends with it.
func TestThePriorityIsAPlaceOfTheTable(t *testing.T) {
	own := DefaultTable.With(SoonPlease, Negative, Urgent).With(NoHurry, Positive, Normal).With(AtOnce, Positive, High)
	for _, c := range []struct {
		text         string
		product, own Priority
		cell         string
	}{
		{"Our flight is in two hours and nobody answers. Terrible!", Urgent, Urgent, "urgent + negative"},
		{"There is smoke in the cabin, and the crew is great!", Urgent, Urgent, "urgent + negative"}, // who is in danger is not content
		{"Wonderful crew, thank you! Our flight is in two hours.", Urgent, High, "urgent + positive"},
		{"I want to close my account, you are useless and rude.", High, Urgent, "soon + negative"},
		{"Please close my account.", High, High, "soon + neutral"},
		{"You are useless and rude.", High, High, "no hurry + negative"},
		{"Where can I find the lounge?", Normal, Normal, "no hurry + neutral"},
		{"Great crew, thank you! Is the lounge open on Sunday?", Normal, Normal, "no hurry + neutral"},
		{"Great crew, thank you!", Low, Normal, "no hurry + positive"},
	} {
		for _, x := range []struct {
			judge Triage
			want  Priority
		}{{Triage{}, c.product}, {Triage{Table: own}, c.own}} {
			j := x.judge.Judge(Input{Text: c.text})
			if last := j.PriorityWhy[len(j.PriorityWhy)-1]; j.Priority != x.want || last != "table: "+c.cell+" = "+string(x.want) {
				t.Errorf("%q: %s, %q; want %s by %s", c.text, j.Priority, j.PriorityWhy, x.want, c.cell)
			}
		}
	}
}

func TestTablesThatAreTurned(t *testing.T) {
	if turned := DefaultTable.Turned(); len(turned) > 0 {
		t.Errorf("the product's own: %q", turned)
	}
	for want, table := range map[string]Table{
		"table: urgent + neutral = normal, behind what can wait longer: table: soon + neutral = high":      DefaultTable.With(AtOnce, Neutral, Normal).With(AtOnce, Positive, Normal).With(SoonPlease, Positive, Normal),
		"table: no hurry + negative = low, behind who is less unhappy: table: no hurry + neutral = normal": DefaultTable.With(NoHurry, Negative, Low),
	} {
		if turned := table.Turned(); !slices.Equal(turned, []string{want}) {
			t.Errorf("%q, want %q", turned, want)
		}
	}
}

// All languages have the same reasons of the same urgency, with phrases; each of what the desk promises to notice is among them.
func TestReasonsInEveryLanguage(t *testing.T) {
	want := map[string]Urgency{
		"departure": AtOnce, "stranded": AtOnce, "deadline": SoonPlease, "harm": AtOnce, "safety": AtOnce, "medical": AtOnce, "fraud": AtOnce, "outage": SoonPlease, "legal": AtOnce,
		"press": AtOnce, "cancelling": SoonPlease, "vulnerable": SoonPlease,
	}
	for _, code := range packedLists {
		reasons := Reasons(code)
		if len(reasons) != len(want) {
			t.Errorf("%s has %d reasons, want %d", code, len(reasons), len(want))
		}
		for _, r := range reasons {
			if u, ok := want[r.Name]; !ok || u != r.Urgency || len(r.Phrases) < 6 {
				t.Errorf("%s: %s is %s, with %d phrases", code, r.Name, r.Urgency, len(r.Phrases))
			}
		}
	}
	if Reasons("da") != nil || len(ReasonNames()) != len(want) {
		t.Errorf("%v", ReasonNames())
	}
}

// Each product's phrase, said as it stands, is found and named with its reason, unless it is a question. One that covers another is enough.
func TestEveryPhraseIsFound(t *testing.T) {
	for _, code := range packedLists {
		for _, reason := range Reasons(code) {
			for _, phrase := range reason.Phrases {
				said := strings.NewReplacer("##", "20", "#", "2", "*", "", " ..", "").Replace(phrase)
				j := Default(Input{Text: said + ".", Told: code})
				found := slices.ContainsFunc(j.PriorityWhy, func(w string) bool { return strings.Contains(language.Fold(w), reason.Name) })
				if !found && !(reason.Urgency == SoonPlease && j.Urgent) {
					t.Errorf("%s, %s: %q says %q", code, reason.Name, said, j.PriorityWhy)
				}
			}
		}
	}
}

// What a brand lets wait waits there; what is grave stays bad news.
func TestABrandTakesReasonsOtherwise(t *testing.T) {
	paper := Triage{Reasons: map[string]Urgency{"press": NoHurry, "outage": AtOnce, "legal": SoonPlease}, Rules: Rules{}}
	if err := paper.Rules.Add("en", SoonPlease, "printing", "presses .. stopped"); err != nil {
		t.Fatal(err)
	}
	if err := paper.Rules.Add("en", AtOnce, "press", "front page error"); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]Urgency{
		"My newspaper did not come this morning.":  NoHurry,
		"The servers are down.":                    AtOnce,
		"My lawyer will write to you.":             SoonPlease,
		"The presses have stopped, what now?":      SoonPlease,
		"There is a front page error in my paper.": AtOnce,
	} {
		if j := paper.Judge(Input{Text: text}); j.Urgency() != want {
			t.Errorf("%q: %s, %q; want %s", text, j.Urgency(), j.PriorityWhy, want)
		}
	}
	if j := paper.Judge(Input{Text: "My lawyer will write to you."}); j.Sentiment.Label != Negative {
		t.Errorf("a lawyer's letter is %s", j.Sentiment.Label)
	}
}

package triage

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// judged is how a Judge did on labelled messages.
type judged struct{ right, said, is map[Mood]int }

func (j judged) precision(m Mood) float64 { return ratio(j.right[m], j.said[m]) }
func (j judged) recall(m Mood) float64    { return ratio(j.right[m], j.is[m]) }

// macroF1 is the mean F1 of the three moods.
func (j judged) macroF1() float64 {
	sum := 0.0
	for _, m := range []Mood{Negative, Neutral, Positive} {
		if p, r := j.precision(m), j.recall(m); p+r > 0 {
			sum += 2 * p * r / (p + r)
		}
	}
	return sum / 3
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// judgeFile judges every row of a set, by language.
func judgeFile(t *testing.T, name string) map[string]judged {
	t.Helper()
	f, err := os.Open(filepath.Join("../../../shared/data/dev", name))
	if err != nil {
		t.Skipf("../shared/data is not beside this repository: %v", err)
	}
	defer f.Close()
	sets := map[string]judged{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var row struct {
			Lang, Text string
			Y          Mood
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		if _, ok := sets[row.Lang]; !ok {
			sets[row.Lang] = judged{map[Mood]int{}, map[Mood]int{}, map[Mood]int{}}
		}
		s, got := sets[row.Lang], Lexicon(Input{Text: row.Text}).Sentiment.Label
		s.is[row.Y]++
		s.said[got]++
		if got == row.Y {
			s.right[got]++
		}
	}
	return sets
}

// TestJudged holds the lexicon against messages labelled by people. No word was taken from them, but bounds and some lists were
// settled while their totals were watched, so that the figures are a little kind.
func TestJudged(t *testing.T) {
	for _, set := range []struct {
		file   string
		floors map[string]float64 // macro-F1 by language
	}{
		{"care-en.jsonl", map[string]float64{"en": .64}},
		{"tweets-6.jsonl", map[string]float64{"en": .56, "it": .49, "es": .52, "fr": .43, "de": .57, "pt": .51}},
		{"tweets-ru.jsonl", map[string]float64{"ru": .58}},
	} {
		t.Run(set.file, func(t *testing.T) {
			for code, j := range judgeFile(t, set.file) {
				t.Logf("%s: macro-F1 %.3f; negative precision %.3f recall %.3f; positive precision %.3f recall %.3f; neutral precision %.3f recall %.3f", code,
					j.macroF1(), j.precision(Negative), j.recall(Negative), j.precision(Positive), j.recall(Positive), j.precision(Neutral), j.recall(Neutral))
				if set.file == "care-en.jsonl" && (j.recall(Negative) < .65 || j.precision(Negative) < .9) {
					t.Errorf("unhappy customers: recall %.3f, floor .65; precision %.3f, floor .9", j.recall(Negative), j.precision(Negative))
				}
				if f1 := j.macroF1(); f1 < set.floors[code] {
					t.Errorf("%s: macro-F1 %.3f, floor %.2f", code, f1, set.floors[code])
				}
			}
		})
	}
}

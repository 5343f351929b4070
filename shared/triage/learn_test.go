package triage

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

// careLabels reads the customer-care set as labels.
func careLabels(t *testing.T) (list []Label) {
	t.Helper()
	f, err := os.Open("../../../shared/data/dev/care-en.jsonl")
	if err != nil {
		t.Skipf("../shared/data is not beside this repository: %v", err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var row struct {
			Lang, Text string
			Y          Mood
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		list = append(list, Label{row.Text, row.Lang, row.Y})
	}
	return list
}

// TestLearningCurve teaches an offset on a part of the customer-care set and judges the rest, fold by fold: nothing is judged by what has seen it.
func TestLearningCurve(t *testing.T) {
	labels := careLabels(t)
	const folds = 5
	for _, n := range []int{300, 480} {
		var all Score
		for k := range folds {
			var seen, held []Label
			for i, l := range labels {
				if i%folds == k {
					held = append(held, l)
				} else if len(seen) < n {
					seen = append(seen, l)
				}
			}
			taught := Triage{Offsets: Learn(seen).Of}
			s := taught.ScoreOf(held)
			all.MacroF1 += s.MacroF1 / folds
			all.Recall += s.Recall / folds
			all.Labels += s.Labels
		}
		t.Logf("%d labels: %s", n, all)
		if all.MacroF1 < .73 || all.Recall < .79 {
			t.Errorf("taught by %d labels: %s; floors .73 and .79", n, all)
		}
	}
}

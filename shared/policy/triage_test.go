package policy_test

import (
	"strings"
	"testing"

	"pronto/shared/policy"
	"pronto/shared/triage"
)

const kiosks = `    triage:
      precision: 95%
      urgent:
        en:
          outage: [kiosks are down, terminal .. closed]
        nl:
          outage: [storing op schiphol]
`

func TestTriageOfABrand(t *testing.T) {
	plain := parse(t, small).Brands[0]
	own := parse(t, strings.Replace(small, "    rota:", kiosks+"    rota:", 1)).Brands[0]
	if plain.Triage.Precision != triage.DefaultPrecision || own.Triage.Precision != .95 {
		t.Errorf("precision %v, %v", plain.Triage.Precision, own.Triage.Precision)
	}
	for _, text := range []string{"All kiosks are down at gate 3", "Terminal 2 is closed, where do I go?", "Er is een storing op Schiphol, wat nu met onze vlucht van morgen?"} {
		if j := plain.Judge(triage.Input{Text: text}); j.Urgent {
			t.Errorf("%q: urgent without the brand's rules: %q", text, j.PriorityWhy)
		}
		if j := own.Judge(triage.Input{Text: text}); j.Priority != triage.Urgent || !strings.Contains(strings.Join(j.PriorityWhy, "; "), "urgent: outage ('") {
			t.Errorf("%q: %s, %q", text, j.Priority, j.PriorityWhy)
		}
	}
	if words := own.Triage.Words(); !strings.Contains(words, "at least 95 times in 100, finding 62 of 100") {
		t.Error(words)
	}
	// What is less surely negative than the brand asks stays in its place, and says so.
	for _, text := range []string{"The app is a bit slow", "my parcel is late"} {
		j, k := plain.Judge(triage.Input{Text: text}), own.Judge(triage.Input{Text: text})
		if j.Negative >= .5 && j.Negative < .72 && (j.Priority != triage.High || k.Priority != triage.Normal) {
			t.Errorf("%q: %.2f: %s, then %s, %q", text, j.Negative, j.Priority, k.Priority, k.PriorityWhy)
		}
	}
}

func TestTriageProblems(t *testing.T) {
	for _, c := range []struct{ lines, field, words string }{
		{"    triage: {precision: 99%}\n", "brands[0].triage.precision", "is not a precision"},
		{"    triage: {precision: high}\n", "brands[0].triage.precision", "is not a precision"},
		{"    triage: {urgent: [now]}\n", "brands[0].triage.urgent", "is not a mapping"},
		{"    triage: {urgent: {en: [now]}}\n", "brands[0].triage.urgent.en", "is not a mapping"},
		{"    triage: {urgent: {en: {A B: [now]}}}\n", "brands[0].triage.urgent.en.\"A B\"", "is no reason"},
		{"    triage: {urgent: {en: {outage: [\"..\"]}}}\n", "brands[0].triage.urgent.en.outage[0]", "is not a phrase"},
		{"    triage: {urgent: {en: {outage: [\"a, b\"]}}}\n", "brands[0].triage.urgent.en.outage[0]", "is not a phrase"},
		{"    triage: {recall: 1}\n", "brands[0].triage.recall", ""},
	} {
		_, problems := policy.Parse("policy.yaml", []byte(strings.Replace(small, "    rota:", c.lines+"    rota:", 1)))
		if len(problems) != 1 || !strings.HasSuffix(problems[0].Field, c.field) && problems[0].Field != c.field || !strings.Contains(problems[0].Message, c.words) {
			t.Errorf("%s%v, want %s %s", c.lines, problems, c.field, c.words)
		}
	}
}

package policy

import (
	"os"
	"strings"
	"testing"
	"time"

	"pronto/shared/sla"
	"pronto/shared/triage"
)

func TestWhatWaitingCostsIsTheBrandsToSay(t *testing.T) {
	data, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	parse := func(value string) (sla.Value, []Problem) {
		text := strings.Replace(string(data), "    reply_domain:", value+"    reply_domain:", 1)
		p, problems := Parse("policy.yaml", []byte(text))
		if p == nil {
			return sla.Value{}, problems
		}
		return p.Brands[0].Value, nil
	}
	if v, _ := parse(""); !v.Knows() || v.Source == "" || v.Praise != 140 {
		t.Errorf("without a word: %+v", v)
	}
	if v, _ := parse("    value: none\n"); v.Knows() {
		t.Errorf("none: %+v", v)
	}
	own := "    value:\n      unit: €\n      per: 10m\n      praise: 100\n      broken: {urgent: 7}\n      source: measured in June\n      curve:\n        - {after: 5m, worth: 9}\n        - {after: 1h, worth: 1}\n"
	if v, problems := parse(own); len(problems) > 0 || v.Unit != "€" || v.Per != 10*time.Minute || len(v.Curve) != 2 || v.Broken[triage.Urgent] != 7 || v.Broken[triage.High] != 0 || v.Source != "measured in June" {
		t.Errorf("its own: %+v %v", v, problems)
	}
	for wrong, words := range map[string]string{
		"    value:\n      per: 1s\n": "out of bounds", "    value:\n      curve: [{after: 1h, worth: 1}, {after: 5m, worth: 9}]\n": "not in order",
		"    value:\n      curve: [{worth: 1}]\n": "write after how long", "    value:\n      praise: most\n": "percentage", "    value:\n      broken: {top: 1}\n": "top",
	} {
		if _, problems := parse(wrong); len(problems) == 0 || !strings.Contains(problems[0].Error(), words) {
			t.Errorf("%q: %v", wrong, problems)
		}
	}
}

package policy_test

import (
	"strings"
	"testing"
	"time"

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
	if words := own.Triage.Recall(); !strings.Contains(words, "at least 95 times in 100, finding 61 of 100") {
		t.Error(words)
	}
	// What is less surely negative than the brand asks stays in its place, and says so.
	for _, text := range []string{"The app is a bit slow", "my parcel is late"} {
		j, k := plain.Judge(triage.Input{Text: text}), own.Judge(triage.Input{Text: text})
		if j.Negative >= .5 && j.Negative < .73 && (j.Priority != triage.High || k.Priority != triage.Normal) {
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
		{"    triage: {soon: [now]}\n", "brands[0].triage.soon", "is not a mapping"},
		{"    triage: {reasons: {pres: soon}}\n", "brands[0].triage.reasons.pres", "unknown key"},
		{"    triage: {reasons: {press: low}}\n", "brands[0].triage.reasons.press", "is not understood"},
		{"    triage: {priority: high}\n", "brands[0].triage.priority", "is not a mapping"},
		{"    triage: {priority: {later: high}}\n", "brands[0].triage.priority.later", "unknown key"},
		{"    triage: {priority: {soon: {angry: high}}}\n", "brands[0].triage.priority.soon.angry", "unknown key"},
		{"    triage: {priority: {soon: {negative: severe}}}\n", "brands[0].triage.priority.soon.negative", "is not understood"},
		{"    triage: {second_opinion: openai}\n", "brands[0].triage.second_opinion", "is not understood"},
		{"    triage: {second_opinion: [comprehend]}\n", "brands[0].triage.second_opinion", ""},
		{"    triage: {second_opinion: {margin: 20%}}\n", "brands[0].triage.second_opinion.by", ""},
		{"    triage: {second_opinion: {by: comprehend, margin: all}}\n", "brands[0].triage.second_opinion.margin", "is not a margin"},
		{"    triage: {second_opinion: {by: comprehend, within: 10s}}\n", "brands[0].triage.second_opinion.within", "is not a time to wait"},
		{"    triage: {second_opinion: {by: comprehend, per_hour: many}}\n", "brands[0].triage.second_opinion.per_hour", "is not a number of questions"},
		{"    triage: {recall: 1}\n", "brands[0].triage.recall", ""},
	} {
		_, problems := policy.Parse("policy.yaml", []byte(strings.Replace(small, "    rota:", c.lines+"    rota:", 1)))
		if len(problems) != 1 || !strings.HasSuffix(problems[0].Field, c.field) && problems[0].Field != c.field || !strings.Contains(problems[0].Message, c.words) {
			t.Errorf("%s%v, want %s %s", c.lines, problems, c.field, c.words)
		}
	}
}

// A brand's own table, words and reasons; what it leaves out is the product's, and a rule book without them is as before.
func TestTableOfABrand(t *testing.T) {
	with := func(lines string) *policy.Brand {
		return parse(t, strings.Replace(small, "    rota:", "    triage:\n"+lines+"    rota:", 1)).Brands[0]
	}
	plain, own := parse(t, small).Brands[0], with(`      soon: {en: {renewal: [renewal is due]}}
      reasons: {press: none, outage: urgent}
      priority:
        soon: {negative: urgent}
        none: normal
`)
	if plain.Triage.Table != triage.DefaultTable || len(plain.Triage.Reasons) > 0 {
		t.Errorf("without lines: %+v", plain.Triage)
	}
	want := triage.DefaultTable.With(triage.SoonPlease, triage.Negative, triage.Urgent)
	for _, m := range triage.Moods {
		want = want.With(triage.NoHurry, m, triage.Normal)
	}
	if own.Triage.Table != want {
		t.Errorf("the table is %v, want %v", own.Triage.Table, want)
	}
	for text, w := range map[string]struct{ plain, own triage.Priority }{
		"My renewal is due, I think.":                       {triage.Normal, triage.High},
		"I will tell a journalist.":                         {triage.Urgent, triage.Normal},
		"There is an outage.":                               {triage.High, triage.Urgent},
		"You are rude and useless. I will close my account": {triage.High, triage.Urgent},
		"Great crew, thank you!":                            {triage.Low, triage.Normal},
	} {
		j, k := plain.Judge(triage.Input{Text: text}), own.Judge(triage.Input{Text: text})
		if j.Priority != w.plain || k.Priority != w.own {
			t.Errorf("%q: %s %q, own %s %q; want %s, %s", text, j.Priority, j.PriorityWhy, k.Priority, k.PriorityWhy, w.plain, w.own)
		}
	}
}

// Nobody is asked for a second opinion unless the rule book says so.
func TestSecondOpinionOfABrand(t *testing.T) {
	for lines, want := range map[string]policy.Second{
		"":                                   {},
		"{precision: 92%}":                   {},
		"{second_opinion: none}":             {},
		"{second_opinion: {by: none}}":       {},
		"{second_opinion: comprehend}":       {By: "comprehend", Margin: .2, Within: 800 * time.Millisecond, PerHour: 1000},
		"{second_opinion: {by: comprehend}}": {By: "comprehend", Margin: .2, Within: 800 * time.Millisecond, PerHour: 1000},
		"{second_opinion: {by: comprehend, margin: 10%, within: 300ms, per_hour: 5}}": {By: "comprehend", Margin: .1, Within: 300 * time.Millisecond, PerHour: 5},
	} {
		book := small
		if lines != "" {
			book = strings.Replace(small, "    rota:", "    triage: "+lines+"\n    rota:", 1)
		}
		p := parse(t, book)
		if got := p.Brands[0].Triage.Second; got != want || p.SecondOpinions() != (want.By != "") {
			t.Errorf("%s: %+v, want %+v", lines, got, want)
		}
	}
	s := policy.Second{By: "comprehend", Margin: .2}
	if !s.Doubts(triage.Judgement{Margin: .19}) || s.Doubts(triage.Judgement{Margin: .2}) || (policy.Second{}).Doubts(triage.Judgement{}) {
		t.Error("what is doubted")
	}
}

// The explanation asks the same table as the desk, and names its place.
func TestExplainByTheTable(t *testing.T) {
	p := parse(t, strings.Replace(small, "    rota:", "    triage: {priority: {soon: {negative: urgent}}}\n    rota:", 1))
	for _, u := range triage.Urgencies {
		for _, m := range triage.Moods {
			e := policy.Explain(p, policy.Query{At: at(t, "2026-01-05T12:00:00+01:00"), Mood: m, Urgency: u})
			if table := p.Brands[0].Triage.Table; e.Priority != table.Of(u, m) || e.Urgency != u || !strings.Contains(e.Why[0], table.Cell(u, m)) {
				t.Errorf("%s, %s: %s, %q", u, m, e.Priority, e.Why)
			}
		}
	}
}

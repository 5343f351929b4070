package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"pronto/shared/triage"
)

// Triage is how a brand's messages are judged.
type Triage struct {
	Precision float64                   // that what goes to the front as negative keeps at least
	Words     triage.Rules              // the brand's own for what cannot wait, or should not, beside the product's
	Reasons   map[string]triage.Urgency // of the product's reasons those that can wait more or less here
	Table     triage.Table              // the priority of urgency and mood
	Second    Second                    // whom to ask where the mood is not sure
}

// Second is who gives a second opinion of a mood, and when; the zero Second is nobody.
type Second struct {
	By      string        // Comprehend
	Margin  float64       // by which the likeliest mood leads at most, where it is asked for
	Within  time.Duration // after which our own judgement stands
	PerHour int           // questions of the brand in an hour at most
}

// Comprehend is Amazon Comprehend, in the desk's own account and region.
const Comprehend = "comprehend"

// What holds where only the name is written.
const (
	secondMargin  = 0.2
	secondWithin  = 800 * time.Millisecond
	secondPerHour = 1000
)

// Doubts tells whether a second opinion is wanted of what was judged so.
func (s Second) Doubts(j triage.Judgement) bool { return s.By != "" && j.Margin < s.Margin }

// Judge says what a message to the brand is about, by the model alone.
func (b *Brand) Judge(in triage.Input) triage.Judgement { return b.JudgeTaught(in, nil) }

// JudgeTaught says it by the model with what the brand's own labels have taught; nil for nothing.
func (b *Brand) JudgeTaught(in triage.Input, taught triage.Offsets) triage.Judgement {
	t := triage.Triage{Bar: triage.BarFor(b.Triage.Precision).Bar, Rules: b.Triage.Words, Reasons: b.Triage.Reasons, Table: b.Triage.Table, Offsets: taught.Of}
	return t.Judge(in)
}

// Recall says what the precision means, with the share of the unhappy that is found.
func (t Triage) Recall() string {
	b := triage.BarFor(t.Precision)
	return fmt.Sprintf("what is negative with a probability of %.2f or more goes to the front: right at least %.0f times in 100, finding %.0f of 100 unhappy (measured on messages to airlines, 62 %% of them negative)",
		b.Bar, 100*t.Precision, 100*b.Recall)
}

var reasonWord = regexp.MustCompile(`^[a-z][a-z_]{1,23}$`)

// triage reads how messages are judged.
func (p *parser) triage(o object) Triage {
	t := Triage{Precision: triage.DefaultPrecision, Words: triage.Rules{}, Table: triage.DefaultTable}
	v, ok := o.get("triage")
	if !ok {
		return t
	}
	f, ok := p.object(v, triageKeys)
	if !ok {
		return t
	}
	if v, ok := f.get("precision"); ok {
		p.matching(v, func(s string) bool {
			digits, ok := strings.CutSuffix(s, "%")
			n, err := strconv.Atoi(strings.TrimSpace(digits))
			if ok = ok && err == nil && n >= 50 && n <= triage.MostPrecise(); ok {
				t.Precision = float64(n) / 100
			}
			return ok
		}, "a precision", fmt.Sprintf("write 50%% to %d%%, as in 92%%", triage.MostPrecise()))
	}
	for _, u := range []triage.Urgency{triage.AtOnce, triage.SoonPlease} {
		if v, ok := f.get(string(u)); ok {
			p.urgencyWords(v, u, t.Words)
		}
	}
	if v, ok := f.get("reasons"); ok {
		t.Reasons = map[string]triage.Urgency{}
		p.each(v, triage.ReasonNames(), func(reason string, v value) {
			if u, ok := p.word(v, urgencyKeys); ok {
				t.Reasons[reason] = triage.Urgency(u)
			}
		})
	}
	if v, ok := f.get("priority"); ok {
		t.Table = p.table(v)
	}
	if v, ok := f.get("second_opinion"); ok {
		t.Second = p.second(v)
	}
	return t
}

var (
	urgencyKeys = []string{string(triage.NoHurry), string(triage.SoonPlease), string(triage.AtOnce)}
	moodKeys    = []string{string(triage.Negative), string(triage.Neutral), string(triage.Positive)}
)

// second reads whom to ask: the name alone, or with margin and time. none is nobody.
func (p *parser) second(v value) Second {
	s := Second{Margin: secondMargin, Within: secondWithin, PerHour: secondPerHour}
	name := v
	if v.node.Kind == yaml.MappingNode {
		o, ok := p.object(v, secondKeys)
		if !ok {
			return Second{}
		}
		if name, ok = o.need("by", "write comprehend, or none"); !ok {
			return Second{}
		}
		if v, ok := o.get("margin"); ok {
			p.matching(v, func(text string) bool {
				digits, ok := strings.CutSuffix(text, "%")
				n, err := strconv.Atoi(digits)
				s.Margin = float64(n) / 100
				return ok && err == nil && n >= 1 && n <= 99
			}, "a margin", "write 1% to 99%, as in 20%")
		}
		if v, ok := o.get("within"); ok {
			p.matching(v, func(text string) (ok bool) {
				d, err := time.ParseDuration(text)
				s.Within = d
				return err == nil && d >= 100*time.Millisecond && d <= 2*time.Second
			}, "a time to wait", "write 100ms to 2s, as in 800ms")
		}
		if v, ok := o.get("per_hour"); ok {
			s.PerHour = p.number(v, 1, 1_000_000, "a number of questions")
		}
	}
	if word, ok := p.word(name, []string{Comprehend, "none"}); !ok || word == "none" {
		return Second{}
	}
	s.By = Comprehend
	return s
}

// SecondOpinions tells whether a brand asks for them.
func (p *Policy) SecondOpinions() bool {
	return slices.ContainsFunc(p.Brands, func(b *Brand) bool { return b.Triage.Second.By != "" })
}

// table reads urgency → mood → priority; one priority stands for all moods, and what is left out is as the product has it.
func (p *parser) table(v value) triage.Table {
	t := triage.DefaultTable
	p.each(v, urgencyKeys, func(urgency string, v value) {
		set := func(mood string, v value) {
			if word, ok := p.word(v, priorityKeys[:4]); ok {
				t = t.With(triage.Urgency(urgency), triage.Mood(mood), triage.Priority(word))
			}
		}
		if v.node.Kind == yaml.MappingNode {
			p.each(v, moodKeys, set)
			return
		}
		for _, mood := range moodKeys {
			set(mood, v)
		}
	})
	return t
}

// urgencyWords reads language → reason → phrases.
func (p *parser) urgencyWords(v value, u triage.Urgency, rules triage.Rules) {
	p.byLanguage(v, func(lang string, v value) {
		if v.node.Kind != yaml.MappingNode {
			p.report(v, "write one reason a line, as in outage:, and its phrases under it", "is not a mapping")
			return
		}
		for i := 0; i+1 < len(v.node.Content); i += 2 {
			reason := plain(v.node.Content[i].Value)
			at := value{join(v.field, reason), v.node.Content[i+1]}
			if !reasonWord.MatchString(reason) {
				p.report(at, "write a word in small letters, as in outage", "%s is no reason", reason)
				continue
			}
			for _, item := range p.list(at, 100) {
				p.matching(item, func(s string) bool { return len(s) <= 120 && rules.Add(lang, u, reason, s) == nil }, "a phrase",
					`write a few words; "abc*" takes any ending, ".." stands for up to four words, # for a number up to 12 and ## up to 90`)
			}
		}
	})
}

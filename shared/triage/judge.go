package triage

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"

	"pronto/shared/triage/mood"
)

// CarePrior is what writing to a brand's desk says of a mood before a word is read, in log-odds of negative: the model is fitted on as many complaints
// as praises, and who writes to a desk has more often something to complain of.
const CarePrior = 0.1

// lexiconTrust is how much the lexicon's own verdict weighs beside the model, in which its reading is already a part: the model is fitted on our own
// templates, where words that it has seen explain everything, and trusts the lexicon too little on what it has not.
const lexiconTrust = 0.4

// Triage is the judge that the desk uses: the lexicon's reading together with the mood model, and a brand's offset upon it. The zero value is ready.
// It is deterministic, its time is linear in the text, and it looks at the first 8,192 runes.
type Triage struct {
	Bar     float64                            // probability of negative from which a message goes to the front; 0: DefaultBar
	Rules   Rules                              // the brand's own phrases for what cannot or should not wait; nil: none
	Reasons map[string]Urgency                 // how little the product's reasons can wait at this brand, where it is otherwise; nil: as they are
	Table   Table                              // the brand's own; the zero Table: DefaultTable
	Offsets func(language string) *mood.Offset // what the brand's own labels have taught; nil: nothing
}

// Default is the judge without a brand's own rules.
func Default(in Input) Judgement {
	var t Triage
	return t.Judge(in)
}

// bench is what a judgement works on, kept for the next one.
type bench struct {
	findings findings
	reader   mood.Reader
}

var benches = sync.Pool{New: func() any { return new(bench) }}

// Judge says what a message is about.
func (t *Triage) Judge(in Input) Judgement {
	subject, text := limit(in.Subject), limit(in.Text)
	j := Judgement{Language: in.Told}
	if in.Told == "" {
		j.Language = languageOf(subject, text, in.Hint)
	}
	w := benches.Get().(*bench)
	defer benches.Put(w)
	f := &w.findings
	f.forget()
	f.rules, f.reasons, f.table = t.Rules, t.Reasons, t.Table
	f.read(subject, subjectLanguage(subject, j.Language))
	f.read(text, j.Language)
	v := t.weigh(w, text, j.Language, in.Mood)
	j.Negative = round(v.p[0])
	j.Sentiment = Sentiment{Label: v.label, Score: round(v.p[2] - v.p[0]), Why: v.why}
	j.Urgent, j.Pressed = len(f.dangers) > 0, len(f.pressed) > 0
	j.Persona = f.persona(v.p[0])
	j.Margin = round(v.margin())
	j.Priority, j.PriorityWhy = f.priority(v.label, v.words, v.p[0] >= t.bar())
	return j
}

func (t *Triage) bar() float64 {
	if t.Bar > 0 {
		return t.Bar
	}
	return DefaultBar
}

func round(x float64) float64 { return math.Round(x*1000) / 1000 }

// verdict is what the mood of a message was found to be.
type verdict struct {
	p     [mood.Classes]float64
	label Mood
	words []string // that caused it
	why   []string // the words, and how they were read
}

var labels = [mood.Classes]Mood{Negative, Neutral, Positive}

func (v *verdict) margin() float64 {
	sorted := slices.Sorted(slices.Values(v.p[:]))
	return sorted[2] - sorted[1]
}

// weigh brings the lexicon's reading and the model together.
func (t *Triage) weigh(w *bench, text, code string, told Mood) (v verdict) {
	f, r := &w.findings, &w.reader
	block := mood.Block(code)
	if code == "" {
		block = mood.Block("en")
	}
	var l mood.Logits
	if block < 0 || f.words == 0 && len(f.moods) == 0 {
		l = f.plain()
	} else {
		r.Read(text)
		l = f.together(r, block)
		if o := t.offset(code); o != nil {
			l = o.Apply(r, l)
		}
	}
	v.p = mood.Softmax(f.bound(l))
	if i := index(told); i >= 0 {
		v.p = [mood.Classes]float64{}
		v.p[i] = 1
	}
	v.label = labels[top(v.p)]
	v.words = f.named(v.label)
	if block >= 0 && v.label != Neutral {
		v.words = r.Words(block, index(v.label), text, v.words, maxWhy)
	}
	v.why = f.explain(v.label, v.words)
	return v
}

// together adds up what the model, the lexicon and the prior say of the text that r has read.
func (f *findings) together(r *mood.Reader, block int) mood.Logits {
	signs := f.signs()
	l, said, plain := mood.Base(block, &signs), r.Judge(block), f.plain()
	for c := range l {
		l[c] += said[c] + lexiconTrust*plain[c]
	}
	l[0] += CarePrior
	return l
}

func (t *Triage) offset(code string) *mood.Offset {
	if t.Offsets == nil {
		return nil
	}
	return t.Offsets(code)
}

func top(p [mood.Classes]float64) int {
	best := 1 // where two are equal, neither praise nor complaint is claimed
	for c := range p {
		if p[c] > p[best] {
			best = c
		}
	}
	return best
}

func index(m Mood) int { return slices.Index(labels[:], m) }

// plain are the log-odds where there is no model: in a language that has none, by its emoji, or without a word.
func (f *findings) plain() mood.Logits {
	s := f.sentiment()
	return mood.Logits{-3 * s.Score, 0.6, 3 * s.Score}
}

// bound holds the log-odds to what is never otherwise: thanks for damage are no praise, who is hurt or goes to law is not content, and praise beside
// damage is not believed.
func (f *findings) bound(l mood.Logits) mood.Logits {
	if f.mocked || f.alarming() {
		l[2] = min(l[2], l[1]-1)
		l[0] = max(l[0], max(l[1], l[2])+1.5)
	} else if f.spoiled() {
		l[2] = min(l[2], max(l[0], l[1])-0.2)
	}
	return l
}

// named are the strongest words of the lexicon for a mood.
func (f *findings) named(m Mood) []string {
	if m == Neutral {
		return nil
	}
	sorted := slices.Clone(f.moods)
	slices.SortStableFunc(sorted, func(a, b finding) int { return cmp.Compare(math.Abs(b.weight), math.Abs(a.weight)) })
	var words []string
	if m == Negative && f.alarming() {
		words = slices.Clone(f.graves[:min(len(f.graves), 2)])
	}
	for _, s := range sorted {
		agrees := m == Negative && s.weight < 0 || m == Positive && (s.weight > 0 || s.thanks)
		if agrees && len(words) < maxWhy && !slices.Contains(words, s.why) {
			words = append(words, s.why)
		}
	}
	return words
}

// explain adds to the words of a mood how they were read.
func (f *findings) explain(m Mood, words []string) []string {
	if m != Neutral {
		if len(words) == 0 && len(f.notes) == 0 {
			return []string{"the tone as a whole"}
		}
		return append(slices.Clip(words), f.notes...)
	}
	switch {
	case f.words == 0:
		return []string{"no words"}
	case f.spoiled():
		return []string{"damage named: " + quoted(f.damages)}
	case f.asking():
		return []string{"a question"}
	}
	return []string{"no words of praise or complaint"}
}

// priority follows from urgency and mood by the table; the reasons are in a support lead's words. words are those that caused the mood.
func (f *findings) priority(m Mood, words []string, unhappy bool) (Priority, []string) {
	var why []string
	for _, d := range f.dangers {
		if len(why) < maxWhy {
			why = append(why, "urgent: "+d)
		}
	}
	u := f.urgency()
	if u == SoonPlease {
		why = append(why, "should not wait: "+quoted(f.pressed))
	}
	switch {
	case m == Negative && (unhappy || u == AtOnce):
		why = append(why, "negative: "+quotedOr(words))
	case m == Negative:
		why = append(why, "negative, but less surely than the policy asks: "+quotedOr(words))
	case len(f.pressed) > 0 && len(why) > 0:
	case unhappy:
		why = append(why, "may be a complaint")
	case m == Positive && !f.asking():
		why = append(why, "praise, and nothing is asked: "+quotedOr(words))
	case m == Positive:
		why = append(why, "positive, with a question")
	case f.spoiled():
		why = append(why, "damage named without complaint: "+quoted(f.damages))
	case f.asking():
		why = append(why, "a question without complaint")
	case f.words == 0:
		why = append(why, "no words to judge")
	default:
		why = append(why, "no complaint and no praise")
	}
	table := f.table
	if table == (Table{}) {
		table = DefaultTable
	}
	mood := column(m, unhappy, f.asking())
	return table.Of(u, mood), append(why, table.Cell(u, mood))
}

func quotedOr(words []string) string {
	if len(words) == 0 {
		return "the tone as a whole"
	}
	return quoted(words)
}

func quoted(words []string) string {
	return "'" + strings.Join(words[:min(len(words), maxWhy)], "', '") + "'"
}

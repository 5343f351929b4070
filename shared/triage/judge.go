package triage

import (
	"cmp"
	"fmt"
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

// doubt are the log-odds of neutral where a word list judges alone: words that weigh 1.4 together make a mood, one grave word or two plain ones
// a complaint that goes to the front. A mild word decides nothing.
const doubt = 1.25

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
	text     string
	block    int // of the model that has read the text, or -1
	p        [mood.Classes]float64
}

var benches = sync.Pool{New: func() any { return new(bench) }}

// Judge says what a message is about.
func (t *Triage) Judge(in Input) Judgement {
	w := benches.Get().(*bench)
	defer benches.Put(w)
	j := w.words(t.read(w, in))
	if in.Second != nil {
		j.Second = in.Second.Words()
		j.PriorityWhy = slices.Insert(j.PriorityWhy, len(j.PriorityWhy)-1, j.Second)
	}
	return j
}

// Outcome is a judgement without its words.
type Outcome struct {
	Language        string // ISO 639-1, or "" when the text does not tell
	Label           Mood
	Score           float64 // from -1 to 1
	Negative        float64 // probability
	Margin          float64 // by which the likeliest mood leads
	Urgent, Pressed bool
	Card            Card // or ""
	Priority        Priority

	unhappy bool // surely enough for the policy
}

// Outcome says what a message is about without saying why. Once the first few messages have gone through, it allocates nothing.
func (t *Triage) Outcome(in Input) Outcome {
	w := benches.Get().(*bench)
	defer benches.Put(w)
	return t.read(w, in)
}

// read does all of a judgement but for its words.
func (t *Triage) read(w *bench, in Input) (o Outcome) {
	subject, text := limit(in.Subject), limit(in.Text)
	o.Language = in.Told
	if in.Told == "" {
		o.Language = languageOf(subject, text, in.Hint)
	}
	f := &w.findings
	f.forget()
	f.rules, f.reasons, f.table = t.Rules, t.Reasons, t.Table
	f.read(subject, subjectLanguage(subject, o.Language))
	f.read(text, o.Language)
	w.text = text
	t.weigh(w, o.Language, in.Mood, in.Second)
	o.Label = labels[top(w.p)]
	o.Negative, o.Score, o.Margin = round(w.p[0]), round(w.p[2]-w.p[0]), round(margin(w.p))
	o.Urgent, o.Pressed = len(f.dangers) > 0, len(f.pressed) > 0
	o.Card = f.card(w.p[0])
	o.unhappy = w.p[0] >= t.bar()
	o.Priority = f.priority(o.Label, o.unhappy)
	return o
}

// words says why an outcome is as it is.
func (w *bench) words(o Outcome) Judgement {
	f := &w.findings
	words := f.named(o.Label)
	if w.block >= 0 && o.Label != Neutral {
		words = w.reader.Words(w.block, index(o.Label), w.text, words, maxWhy)
	}
	return Judgement{
		Language:  o.Language,
		Sentiment: Sentiment{Label: o.Label, Score: o.Score, Why: f.explain(o.Label, words)},
		Negative:  o.Negative, Margin: o.Margin,
		Urgent: o.Urgent, Pressed: o.Pressed,
		Persona:  f.persona(o.Card),
		Priority: o.Priority, PriorityWhy: f.why(o.Label, words, o.unhappy),
	}
}

func (t *Triage) bar() float64 {
	if t.Bar > 0 {
		return t.Bar
	}
	return DefaultBar
}

func round(x float64) float64 { return math.Round(x*1000) / 1000 }

var labels = [mood.Classes]Mood{Negative, Neutral, Positive}

// margin is by how much the likeliest of three leads the second.
func margin(p [mood.Classes]float64) float64 {
	best := top(p)
	second := 0.0
	for c, v := range p {
		if c != best {
			second = max(second, v)
		}
	}
	return p[best] - second
}

// weigh brings the lexicon's reading and the model together.
func (t *Triage) weigh(w *bench, code string, told Mood, second *Opinion) {
	f, r := &w.findings, &w.reader
	w.block = mood.Block(code)
	if code == "" {
		w.block = mood.Block("en")
	}
	if f.words == 0 && len(f.moods) == 0 {
		w.block = -1
	}
	var l mood.Logits
	if w.block < 0 {
		f.alone = f.words > 0
		if l = f.plain(); f.alone && lexiconOf(code) != "" {
			l[1] = doubt
		}
	} else {
		r.Read(w.text)
		l = f.together(r, w.block)
		if o := t.offset(code); o != nil {
			l = o.Apply(r, l)
		}
	}
	w.p = f.beside(mood.Softmax(f.bound(l)), second)
	if i := index(told); i >= 0 {
		w.p = [mood.Classes]float64{}
		w.p[i] = 1
	}
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

// plain are the log-odds where there is no model: in a language that has none, by its words and emoji, or without a word.
func (f *findings) plain() mood.Logits {
	_, score := f.sentiment()
	return mood.Logits{-3 * score, 0.6, 3 * score}
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
	var words []string
	if m == Negative && f.alarming() {
		for _, g := range f.graves[:min(len(f.graves), 2)] {
			words = append(words, g.String())
		}
	}
	f.strongestFirst()
	for _, s := range f.moods {
		agrees := m == Negative && s.weight < 0 || m == Positive && (s.weight > 0 || s.thanks)
		if !agrees || len(words) >= maxWhy {
			continue
		}
		if why := s.why.String(); !slices.Contains(words, why) {
			words = append(words, why)
		}
	}
	return words
}

// strongest are the words that weigh most, whatever their mood.
func (f *findings) strongest() (words []string) {
	f.strongestFirst()
	for _, s := range f.moods[:min(len(f.moods), maxWhy)] {
		words = append(words, s.why.String())
	}
	return words
}

// strongestFirst sorts the findings; what is as strong stays in the order of the text.
func (f *findings) strongestFirst() {
	slices.SortStableFunc(f.moods, func(a, b finding) int { return cmp.Compare(math.Abs(b.weight), math.Abs(a.weight)) })
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
		return []string{"damage named: " + quoted(texts(f.damages))}
	case f.asking():
		return []string{"a question"}
	case f.alone && len(f.moods) > 0:
		return []string{"too little to tell: " + quoted(f.strongest())}
	}
	return []string{"no words of praise or complaint"}
}

// priority follows from urgency and mood by the table.
func (f *findings) priority(m Mood, unhappy bool) Priority {
	table := f.priorities()
	return table.Of(f.urgency(), column(m, unhappy, f.asking()))
}

func (f *findings) priorities() *Table {
	if f.table == (Table{}) {
		return &DefaultTable
	}
	return &f.table
}

// why are the reasons of the priority in a support lead's words. words are those that caused the mood.
func (f *findings) why(m Mood, words []string, unhappy bool) (why []string) {
	for _, d := range f.dangers[:min(len(f.dangers), maxWhy)] {
		why = append(why, "urgent: "+d.reason+" ('"+d.said.String()+"')")
	}
	u := f.urgency()
	if u == SoonPlease {
		why = append(why, "should not wait: "+quoted(texts(f.pressed)))
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
		why = append(why, "damage named without complaint: "+quoted(texts(f.damages)))
	case f.asking():
		why = append(why, "a question without complaint")
	case f.words == 0:
		why = append(why, "no words to judge")
	default:
		why = append(why, "no complaint and no praise")
	}
	return append(why, f.priorities().Cell(u, column(m, unhappy, f.asking())))
}

// texts are the words of the first few.
func texts[T fmt.Stringer](list []T) (all []string) {
	for _, x := range list[:min(len(list), maxWhy)] {
		all = append(all, x.String())
	}
	return all
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

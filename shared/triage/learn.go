package triage

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pronto/shared/triage/mood"
)

// Label is a message whose mood a person has told.
type Label struct {
	Text     string
	Language string // ISO 639-1, or "": the text tells
	Mood     Mood
}

// FewLabels is how many labels of a language an offset needs.
const FewLabels = 30

// Offsets are a brand's, by language.
type Offsets map[string]*mood.Offset

// Of returns the offset of a language, or nil.
func (o Offsets) Of(language string) *mood.Offset {
	if f := o[language]; f.Valid() {
		return f
	}
	return nil
}

// Learn fits an offset for each language that has labels enough. The model itself stays as it is.
func Learn(labels []Label) Offsets {
	out := Offsets{}
	for code, list := range byLanguage(labels) {
		if len(list) < FewLabels {
			continue
		}
		var lessons []mood.Lesson
		for _, l := range list {
			if lesson, ok := lessonOf(l, code); ok {
				lessons = append(lessons, lesson)
			}
		}
		out[code] = mood.Fit(lessons)
	}
	return out
}

// byLanguage sorts labels; those of a language without a model, or without a mood, teach nothing.
func byLanguage(labels []Label) map[string][]Label {
	out := map[string][]Label{}
	for _, l := range labels {
		code := cmp.Or(l.Language, languageOf("", limit(l.Text), ""))
		if mood.Block(code) >= 0 && index(l.Mood) >= 0 {
			out[code] = append(out[code], l)
		}
	}
	return out
}

func lessonOf(l Label, code string) (mood.Lesson, bool) {
	var f findings
	var r mood.Reader
	text := limit(l.Text)
	f.read(text, code)
	r.Read(text)
	return r.Lesson(f.together(&r, mood.Block(code)), index(l.Mood)), len(text) > 0
}

// Score is how a judge does on labels.
type Score struct {
	MacroF1 float64 `json:"macro_f1"`
	Recall  float64 `json:"negative_recall_at_precision_90"`
	Labels  int     `json:"labels"`
}

func (s Score) String() string {
	return fmt.Sprintf("macro-F1 %.3f, %.1f %% of the negatives found at a precision of 90 %%, on %d labels", s.MacroF1, 100*s.Recall, s.Labels)
}

// ScoreOf judges labels.
func (t *Triage) ScoreOf(labels []Label) Score {
	type scored struct {
		p   float64
		bad bool
	}
	var right, said, is [mood.Classes]int
	var all []scored
	for _, l := range labels {
		j := t.Judge(Input{Text: l.Text, Told: l.Language})
		got, want := index(j.Sentiment.Label), index(l.Mood)
		if want < 0 {
			continue
		}
		said[got]++
		is[want]++
		if got == want {
			right[got]++
		}
		all = append(all, scored{j.Negative, l.Mood == Negative})
	}
	s := Score{Labels: len(all)}
	for c := range right {
		if d := said[c] + is[c]; d > 0 {
			s.MacroF1 += 2 * float64(right[c]) / float64(d) / mood.Classes
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.p, a.p) })
	found := 0
	for i, x := range all {
		if x.bad {
			found++
		}
		if last := i == len(all)-1 || all[i+1].p < x.p; last && float64(found) >= .9*float64(i+1) && is[0] > 0 {
			s.Recall = max(s.Recall, float64(found)/float64(is[0]))
		}
	}
	return s
}

// JSON writes offsets as ReadOffsets reads them.
func (o Offsets) JSON() ([]byte, error) {
	raw, err := json.Marshal(offsetFile{Version: 1, Languages: o})
	if err != nil {
		return nil, fmt.Errorf("write offsets: %w", err)
	}
	return append(raw, '\n'), nil
}

type offsetFile struct {
	Version   int     `json:"pronto_offset"`
	Languages Offsets `json:"languages"`
}

// ReadOffsets reads what JSON has written.
func ReadOffsets(raw []byte) (Offsets, error) {
	var f offsetFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("no offset: make one with pronto triage learn (%w)", err)
	}
	if f.Version != 1 {
		return nil, fmt.Errorf("no offset that this version knows: make one with pronto triage learn")
	}
	for code, o := range f.Languages {
		if !o.Valid() {
			return nil, fmt.Errorf("the offset of %q is damaged: make it again with pronto triage learn", code)
		}
	}
	return f.Languages, nil
}

// Lesson is what a set of labels has taught, and what that is worth.
type Lesson struct {
	Offsets Offsets
	Scores  []Scored
}

// Scored compares the judge with an offset and without on labels that the offset was not fitted on.
type Scored struct {
	Language       string
	Labels         int // it was fitted on
	Before, Behind Score
}

// Better tells whether an offset does better on what it had not seen: in macro-F1, without finding fewer of the unhappy.
func (s Scored) Better() bool {
	return s.Behind.MacroF1 > s.Before.MacroF1 && s.Behind.Recall >= s.Before.Recall-0.01
}

// Study fits offsets to labels. To say what they are worth, it first fits them without a fifth of the labels, chosen by hash, and judges these.
func Study(labels []Label) Lesson {
	l := Lesson{Offsets: Learn(labels)}
	var seen []Label
	held := map[string][]Label{}
	for code, list := range byLanguage(labels) {
		for _, x := range list {
			x.Language = code
			if hashOf(x.Text)%5 == 0 {
				held[code] = append(held[code], x)
			} else {
				seen = append(seen, x)
			}
		}
	}
	without := Learn(seen)
	plain, taught := Triage{}, Triage{Offsets: without.Of}
	for _, code := range slices.Sorted(maps.Keys(l.Offsets)) {
		n := 0
		for _, x := range seen {
			if x.Language == code {
				n++
			}
		}
		l.Scores = append(l.Scores, Scored{code, n, plain.ScoreOf(held[code]), taught.ScoreOf(held[code])})
	}
	return l
}

// hashOf is a hash of a text's letters, so that copies of one message are on one side.
func hashOf(text string) uint32 {
	h := fnv.New32a()
	for _, r := range strings.ToLower(text) {
		if unicode.IsLetter(r) {
			h.Write(utf8.AppendRune(nil, r))
		}
	}
	return h.Sum32()
}

// Words says what was learnt.
func (l Lesson) Words() string {
	var b strings.Builder
	for _, s := range l.Scores {
		fmt.Fprintf(&b, "%s: an offset of %d labels, judged on %d that it had not seen\n  before: %s\n  with it: %s\n", s.Language, s.Labels, s.Behind.Labels, s.Before, s.Behind)
	}
	return b.String()
}

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
		j := t.Outcome(Input{Text: l.Text, Told: l.Language})
		got, want := index(j.Label), index(l.Mood)
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
	if f.Languages == nil {
		return Offsets{}, nil
	}
	return f.Languages, nil
}

// Lesson is what a set of labels has taught, and what that is worth.
type Lesson struct {
	Offsets Offsets // fitted to all labels
	Shadow  Offsets // fitted without those held out: what the scores are of
	Scores  []Scored
}

// Scored compares the judge with an offset, without one, and with the one that judged before, on labels that none of them was fitted on.
type Scored struct {
	Language       string
	Labels         int // it was fitted on
	Before, Behind Score
	Previous       *Score `json:",omitempty"` // of the offset that judged before; nil: the model alone did
	Mended, Broken int    // of the labels held out: judged right now and wrong by what judged before, and the other way round
}

// fewHeld is how many labels must be held out: on fewer, better is luck.
const fewHeld = 15

// Better tells whether an offset may judge: on what it had not seen it does better than the model alone and than what judged before, in macro-F1, without finding
// fewer of the unhappy, and that is no luck.
func (s Scored) Better() bool {
	return s.Behind.Labels >= fewHeld && s.Behind.above(s.Before) && (s.Previous == nil || s.Behind.above(*s.Previous))
}

// above lets a hundredth less recall pass.
func (s Score) above(o Score) bool { return s.MacroF1 > o.MacroF1 && s.Recall >= o.Recall-0.01 }

// Study fits offsets to labels. To say what they are worth, it first fits them without a fifth of the labels and judges these. The fifth is chosen by a hash of the
// text, the same at every study: previous, the Shadow of the version that judged before, has seen none of it either. It may be nil.
func Study(labels []Label, previous Offsets) Lesson {
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
	l.Shadow = Learn(seen)
	plain, before, taught := Triage{}, Triage{Offsets: previous.Of}, Triage{Offsets: l.Shadow.Of}
	for _, code := range slices.Sorted(maps.Keys(l.Offsets)) {
		s := Scored{Language: code, Before: plain.ScoreOf(held[code]), Behind: taught.ScoreOf(held[code])}
		for _, x := range seen {
			if x.Language == code {
				s.Labels++
			}
		}
		if previous.Of(code) != nil {
			score := before.ScoreOf(held[code])
			s.Previous = &score
		}
		for _, x := range held[code] {
			was, is := before.right(x), taught.right(x)
			if is && !was {
				s.Mended++
			}
			if was && !is {
				s.Broken++
			}
		}
		l.Scores = append(l.Scores, s)
	}
	return l
}

func (t *Triage) right(l Label) bool {
	return t.Outcome(Input{Text: l.Text, Told: l.Language}).Label == l.Mood
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
		b.WriteString(s.Words())
	}
	return b.String()
}

// Words says what an offset is worth and what it changes.
func (s Scored) Words() string {
	words := fmt.Sprintf("%s: an offset of %d labels, judged on %d that it had not seen\n  before: %s\n", s.Language, s.Labels, s.Behind.Labels, s.Before)
	if s.Previous != nil {
		words += fmt.Sprintf("  with the version before: %s\n", *s.Previous)
	}
	return words + fmt.Sprintf("  with it: %s; %d judged right that were wrong, %d wrong that were right\n", s.Behind, s.Mended, s.Broken)
}

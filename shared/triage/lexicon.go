package triage

import (
	"math"
	"slices"

	"pronto/shared/triage/language"
)

const (
	tellsNegative = -1.0 // sum of weights from which a passage is negative
	tellsPositive = 0.9  // and positive
	slack         = 2.0  // weight at which the score is halfway to its limit
	hint          = 0.7  // weight below which a word of complaint is a hint: "still", "again", "refund"
	brief         = 12   // words of a message in which bare thanks are the matter and not the close
	maxWhy        = 5    // words that a why names
)

// Lexicon is the Judge that knows words: lists of what customers write in fourteen languages, with negation, politeness,
// sarcasm, capitals and emoji. A text in another language is judged by its emoji alone, and one that tells no language
// as English. It is deterministic, its time is linear in the text, and it looks at the first 8,192 runes.
func Lexicon(in Input) Judgement {
	subject, text := limit(in.Subject), limit(in.Text)
	j := Judgement{Language: in.Told}
	if in.Told == "" {
		j.Language = languageOf(subject, text, in.Hint)
	}
	var f findings
	f.read(subject, subjectLanguage(subject, j.Language))
	f.read(text, j.Language)
	m, score := f.sentiment()
	words, unhappy := f.named(m), m == Negative
	j.Sentiment = Sentiment{Label: m, Score: score, Why: f.explain(m, words)}
	j.Urgent = len(f.dangers) > 0
	j.Priority, j.PriorityWhy = f.priority(m, unhappy), f.why(m, words, unhappy)
	return j
}

// languageOf asks the text first: a subject is often English, a brand's form or a reply's. A text too short or too garbled to tell
// leaves it to the letters of both, and then to both together.
func languageOf(subject, text, hint string) string {
	if code, _ := language.Plain(text); code != "" {
		return code
	}
	for _, s := range []string{text, subject} {
		if code := language.Letters(s, hint); code != "" {
			return code
		}
	}
	if code := language.Detect(text+"\n"+subject, hint); code != "" {
		return code
	}
	return language.Detect(subject, hint)
}

// deniedAfter are the languages in which a negation may follow its verb.
var deniedAfter = []string{"de", "fr", "nl", "sv", "tr"}

// subjectLanguage lets a subject that is plainly in another language be read in that one.
func subjectLanguage(subject, whole string) string {
	if code, p := language.Plain(subject); p > 0.95 && lexiconOf(code) != "" {
		return code
	}
	return whole
}

// finding is one thing in a text that has a weight.
type finding struct {
	weight  float64
	why     quote
	at      int // token of its passage, -1 for emoji
	thanks  bool
	meant   bool // thanks that say what for
	litotes bool // praise by denial: "not bad"
}

// findings collects what all passages of a message say.
type findings struct {
	moods            []finding
	notes            []string // how words were read: negation, sarcasm, capitals …
	dangers, pressed []cause
	words            int
	questions, asks  int
	loud             float64 // factor for exclamation marks and capitals
	damages          []quote // what went wrong, by name
	mocked           bool    // thanks are given for damage
	mended, well     bool    // something was put right; nobody is the worse for a danger
	manners          []cue
	graves           []cause // dangers that are bad news by themselves

	rules   Rules              // the brand's own
	reasons map[string]Urgency // what it takes otherwise
	table   Table
	alone   bool    // no model judges beside the words
	passage passage // being read; kept from message to message, as the slices are
	marks   []mark
	asked   []int // sentences of the passage that ask for something
}

// forget makes ready for the next message. No slice leaves with a judgement.
func (f *findings) forget() {
	*f = findings{
		moods: f.moods[:0], notes: f.notes[:0], dangers: f.dangers[:0], pressed: f.pressed[:0], damages: f.damages[:0], manners: f.manners[:0], graves: f.graves[:0],
		passage: f.passage, marks: f.marks, asked: f.asked[:0],
	}
}

// read adds what a passage says, by the lexicon of a language.
func (f *findings) read(text, code string) {
	if text == "" {
		return
	}
	p := &f.passage
	p.cut(text)
	f.words += len(p.tokens)
	f.questions += len(p.questions)
	for _, e := range p.emoji {
		f.moods = append(f.moods, finding{weight: e.weight, why: quote{head: e.sign}, at: -1})
	}
	if code == "" {
		code = "en"
	}
	if l, own := lexiconOf(code), f.rules.of(code); l != "" || own != "" {
		r := reader{passage: p, lexicon: l, both: slices.Contains(deniedAfter, code), out: f}
		r.read()
		r.apply(own)
	}
	f.emphasis(p)
}

func (f *findings) emphasis(p *passage) {
	if f.loud == 0 {
		f.loud = 1
	}
	if p.shouted() {
		f.loud *= 1.2
		f.note("capitals")
	}
	if p.exclamations > 1 {
		f.loud *= 1.15
		f.note("exclamation")
	}
}

func (f *findings) note(n string) {
	if !slices.Contains(f.notes, n) {
		f.notes = append(f.notes, n)
	}
}

// sentiment sums the findings. Thanks count only where nothing is wrong and nothing is asked, and not as the close of a letter.
func (f *findings) sentiment() (m Mood, score float64) {
	good, bad, hints := 0.0, 0.0, 0.0
	thanked := false
	for _, m := range f.moods {
		switch {
		case m.thanks:
			thanked = thanked || m.meant || f.words <= brief
		case m.litotes && f.asking(): // beside a question, "not bad" only keeps the peace
		case m.weight < 0 && m.weight > -hint:
			hints += m.weight
		case m.weight < 0:
			bad += m.weight
		default:
			good += m.weight
		}
	}
	bad += max(hints, min(bad, -hint)) // hints alone tell nothing, and beside complaint no more than the complaint
	if thanked && bad > tellsNegative && !f.asking() {
		good += 1.5
	}
	if f.mocked {
		good = 0 // who thanks for damage means no praise
	}
	total := (good + bad) * max(f.loud, 1)
	switch {
	case f.mocked:
		total = min(total, -1.5)
	case f.alarming():
		total = min(total, tellsNegative)
	case f.spoiled():
		total = min(total, 0)
	}
	return label(total), round(total / (math.Abs(total) + slack))
}

// spoiled tells whether praise stands beside damage that nobody put right: no praise to be thanked for.
func (f *findings) spoiled() bool { return len(f.damages) > 0 && !f.mended }

// alarming tells whether somebody is hurt, in danger or about to sue, and nothing says that all is well again.
func (f *findings) alarming() bool { return len(f.graves) > 0 && !f.mended && !f.well }

func (f *findings) urgency() Urgency {
	switch {
	case len(f.dangers) > 0:
		return AtOnce
	case len(f.pressed) > 0:
		return SoonPlease
	}
	return NoHurry
}

func label(total float64) Mood {
	switch {
	case total <= tellsNegative:
		return Negative
	case total >= tellsPositive:
		return Positive
	}
	return Neutral
}

func (f *findings) asking() bool { return f.questions > 0 || f.asks > 0 }

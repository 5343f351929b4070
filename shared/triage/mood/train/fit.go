package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pronto/shared/triage"
	"pronto/shared/triage/mood"
)

// example is a text as training sees it.
type example struct {
	words, chars []uint16
	signs        [mood.Signs]float32
	class        int
}

// source is one set of labelled texts, by class.
type source struct {
	name  string
	texts [classes][]string
}

var classNames = [classes]string{"negative", "neutral", "positive"}

// readSources reads what there is for each language.
func readSources(data, words string) (map[string][]source, error) {
	out := map[string][]source{}
	for _, name := range []string{"goemotions.jsonl", "xed.jsonl", "ru-goemotions.jsonl"} {
		byLang := map[string]*source{}
		err := readLines(filepath.Join(data, name), func(lang, class, text string) {
			if byLang[lang] == nil {
				byLang[lang] = &source{name: name}
			}
			if c := slices.Index(classNames[:], class); c >= 0 {
				byLang[lang].texts[c] = append(byLang[lang].texts[c], text)
			}
		})
		if err != nil {
			return nil, err
		}
		for _, lang := range slices.Sorted(maps.Keys(byLang)) {
			out[lang] = append(out[lang], *byLang[lang])
		}
	}
	for _, lang := range mood.Languages {
		weak, err := readWeak(data, lang)
		if err != nil {
			return nil, err
		}
		out[lang] = append(out[lang], weak)
		if words == "" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(words, "AFINN-"+lang+".json"))
		if err != nil {
			return nil, fmt.Errorf("read word list: %w", err)
		}
		list := map[string]float64{}
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, fmt.Errorf("read word list %s: %w", lang, err)
		}
		s := source{name: "words"}
		for _, w := range slices.Sorted(maps.Keys(list)) {
			switch v := list[w]; {
			case v <= -1:
				s.texts[0] = append(s.texts[0], w)
			case v >= 1:
				s.texts[2] = append(s.texts[2], w)
			}
		}
		out[lang] = append(out[lang], s)
	}
	return out, nil
}

// readWeak returns lines that nobody labelled and in which the lexicon finds nothing: they are mostly neutral.
func readWeak(data, lang string) (source, error) {
	s := source{name: "weak"}
	raw, err := os.ReadFile(filepath.Join(data, "languages", lang+".txt"))
	if err != nil {
		return s, fmt.Errorf("read lines: %w", err)
	}
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if triage.Lexicon(triage.Input{Text: line, Told: lang}).Sentiment.Score == 0 {
			s.texts[1] = append(s.texts[1], line)
		}
	}
	return s, nil
}

func readLines(name string, yield func(lang, class, text string)) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("read labelled texts: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row struct{ Lang, Y, Text string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		yield(row.Lang, row.Y, row.Text)
	}
	return lines.Err()
}

func newRand(code string, n uint64) *rand.Rand {
	h := fnv.New64a()
	io.WriteString(h, code)
	return rand.New(rand.NewPCG(h.Sum64(), n))
}

func (g *grammar) size() int {
	if g == nil {
		return 0
	}
	return g.count()
}

func domainsOf(m map[string][]string) []string { return slices.Sorted(maps.Keys(m)) }

// domains are those that have templates of each class.
func (g *grammar) domains() (out []string) {
	for _, d := range domainsOf(g.templates[0]) {
		if g.templates[1][d] != nil && g.templates[2][d] != nil {
			out = append(out, d)
		}
	}
	return out
}

type model struct {
	code   string
	w, g   []float32
	tail   [mood.Tail]float64 // tail[0], tail[1]: left for the scale
	tg     [mood.Tail]float64
	reader mood.Reader
	rate   float32
	decay  float32
	loss   float64
	scale  float64

	temperature float64 // by which everything was divided
}

func (m *model) example(text string, class int) example {
	e := example{class: class}
	m.reader.Read(text)
	m.reader.Features(func(w, c []uint16) {
		e.words = append(e.words, w...)
		e.chars = append(e.chars, c...)
	})
	for i, v := range triage.Signs(text, m.code) {
		e.signs[i] = float32(v)
	}
	return e
}

// fit trains a block. skip is a domain of the grammar that is left out.
func fit(o options, code string, g *grammar, sources []source, skip string) *model {
	m := &model{code: code, w: make([]float32, mood.Buckets*classes), g: make([]float32, mood.Buckets*classes), rate: float32(o.rate), decay: float32(o.decay)}
	rng := newRand(code, 7)
	var kept [][classes][]example
	var held []example // of the labelled texts of people, for the calibration
	for _, s := range sources {
		var k [classes][]example
		for c := range classes {
			for _, t := range s.texts[c] {
				if e := m.example(t, c); s.name != "weak" && s.name != "words" && heldOut(t) {
					held = append(held, e)
				} else {
					k[c] = append(k[c], e)
				}
			}
		}
		kept = append(kept, k)
	}
	var weak []string
	for _, s := range sources {
		if s.name == "weak" {
			weak = s.texts[1]
		}
	}
	for range o.epochs {
		var round []example
		if g != nil {
			for c := range classes {
				for range o.drawn * g.count() {
					text := g.draw(c, skip, "", rng)
					if rng.Float64() < o.padded {
						text = pad(text, weak[rng.IntN(len(weak))], rng)
					}
					if rng.IntN(2) == 0 {
						text = thin(text, rng)
					}
					round = append(round, m.example(text, c))
				}
			}
		}
		if g != nil && g.slots["up"] != nil {
			for _, c := range []int{0, 2} {
				for range o.strewn {
					round = append(round, m.example(strew(g.slots[[]string{"down", "", "up"}[c]], weak[rng.IntN(len(weak))], rng), c))
				}
			}
		}
		for i, k := range kept {
			n := o.general
			if g == nil {
				n *= 2
			}
			for c := range classes {
				n := n
				if len(k[c]) == 0 {
					continue
				}
				n = min(n, 3*len(k[c]))
				if sources[i].name == "weak" {
					n = min(o.weak, len(k[c]))
				}
				if sources[i].name == "words" {
					n = min(len(k[c]), 2500)
				}
				for range n {
					round = append(round, k[c][rng.IntN(len(k[c]))])
				}
			}
		}
		rng.Shuffle(len(round), func(i, j int) { round[i], round[j] = round[j], round[i] })
		m.loss = 0
		for i := range round {
			if o.keep < 1 {
				e := round[i]
				e.words, e.chars = sift(e.words, o.keep, rng), sift(e.chars, o.keep, rng)
				m.loss += m.step(&e) / float64(len(round))
				continue
			}
			m.loss += m.step(&round[i]) / float64(len(round))
		}
	}
	m.quantise()
	m.calibrate(held)
	return m
}

// heldOut tells whether a text is kept for the calibration: one in ten, by a hash of its letters.
func heldOut(text string) bool {
	h := fnv.New32a()
	for _, r := range strings.ToLower(text) {
		if unicode.IsLetter(r) {
			h.Write(utf8.AppendRune(nil, r))
		}
	}
	return h.Sum32()%10 == 0
}

// calibrate divides all weights by the number that makes the probabilities on held-out texts, each class as likely, the most honest.
func (m *model) calibrate(held []example) {
	var n [classes]float64
	logits := make([][classes]float64, len(held))
	for i := range held {
		logits[i] = m.logits(&held[i])
		n[held[i].class]++
	}
	best, at := math.Inf(1), 1.0
	for t := 0.5; t < 2.55; t += 0.1 { // what labels projected from another language get wrong is no doubt of ours
		loss := 0.0
		for i, l := range logits {
			for c := range l {
				l[c] /= t
			}
			softmax(&l)
			c := held[i].class
			loss -= math.Log(max(l[c], 1e-9)) / n[c]
		}
		if loss < best {
			best, at = loss, t
		}
	}
	m.temperature = at
	m.scale /= at
	for i := range m.w {
		m.w[i] /= float32(at)
	}
	for i := range m.tail {
		m.tail[i] /= at
	}
}

// sift keeps a part of the features, so that none relies on its neighbours and the signs of the lexicon count.
func sift(list []uint16, keep float64, rng *rand.Rand) []uint16 {
	out := make([]uint16, 0, len(list))
	keep *= rng.Float64() * 2
	for _, f := range list {
		if rng.Float64() < keep {
			out = append(out, f)
		}
	}
	return out
}

// strew puts one to three of the words into a neutral line.
func strew(words []string, line string, rng *rand.Rand) string {
	fields := strings.Fields(line)
	fields = fields[:min(len(fields), 14)]
	for range 1 + rng.IntN(3) {
		fields = slices.Insert(fields, rng.IntN(len(fields)+1), words[rng.IntN(len(words))])
	}
	return strings.Join(fields, " ")
}

// pad puts a neutral line, or its beginning, before or after a text.
func pad(text, line string, rng *rand.Rand) string {
	fields := strings.Fields(line)
	line = strings.Join(fields[:min(len(fields), 4+rng.IntN(8))], " ")
	if rng.IntN(2) == 0 {
		return line + " " + text
	}
	return text + " " + line
}

// thin leaves out some words, so that no single one of a template carries all.
func thin(s string, rng *rand.Rand) string {
	words := strings.Fields(s)
	if len(words) < 5 {
		return s
	}
	var out []string
	for _, w := range words {
		if rng.IntN(5) > 0 {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}

func (m *model) logits(e *example) (p [classes]float64) {
	var w, c [classes]float32
	for _, f := range e.words {
		for k := range w {
			w[k] += m.w[int(f)*classes+k]
		}
	}
	for _, f := range e.chars {
		for k := range c {
			c[k] += m.w[int(f)*classes+k]
		}
	}
	nw, nc := mood.Norm(len(e.words)), mood.Norm(len(e.chars))
	for k := range p {
		p[k] = float64(w[k])/nw + float64(c[k])/nc + m.tail[2+k]
		for s, v := range e.signs {
			p[k] += float64(v) * m.tail[2+classes+s*classes+k]
		}
	}
	return p
}

func (m *model) step(e *example) float64 {
	p := m.logits(e)
	softmax(&p)
	loss := -math.Log(max(p[e.class], 1e-9))
	p[e.class]--
	var dw, dc [classes]float32
	for k := range p {
		dw[k], dc[k] = float32(p[k]/mood.Norm(len(e.words))), float32(p[k]/mood.Norm(len(e.chars)))
	}
	m.move(e.words, &dw)
	m.move(e.chars, &dc)
	for k, d := range p {
		m.moveTail(2+k, d)
		for s, v := range e.signs {
			if v != 0 {
				m.moveTail(2+classes+s*classes+k, d*float64(v))
			}
		}
	}
	return loss
}

func (m *model) move(features []uint16, d *[classes]float32) {
	for _, f := range features {
		at := int(f) * classes
		w, g := m.w[at:at+classes], m.g[at:at+classes]
		for k := range d {
			x := d[k] + m.decay*w[k]
			g[k] += x * x
			w[k] -= m.rate * x / float32(math.Sqrt(float64(g[k])+1e-3))
		}
	}
}

func (m *model) moveTail(i int, d float64) {
	d += 1e-4 * m.tail[i]
	m.tg[i] += d * d
	m.tail[i] -= 0.05 * d / math.Sqrt(m.tg[i]+1)
}

func softmax(p *[classes]float64) {
	top, sum := slices.Max(p[:]), 0.0
	for c := range p {
		p[c] = math.Exp(p[c] - top)
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
}

// quantise rounds the weights to what a byte holds; judging is done with these.
func (m *model) quantise() {
	var all []float64
	for _, w := range m.w {
		if w != 0 {
			all = append(all, math.Abs(float64(w)))
		}
	}
	slices.Sort(all)
	if len(all) == 0 {
		all = []float64{1}
	}
	m.scale = max(all[len(all)*999/1000], 1e-6) / 127
	for i, w := range m.w {
		m.w[i] = float32(max(-127, min(127, math.Round(float64(w)/m.scale))) * m.scale)
	}
	m.tail[0], m.tail[1] = m.scale, m.scale
}

func (m *model) bytes() []byte {
	out := make([]byte, 0, mood.BlockBytes)
	for _, w := range m.w {
		out = append(out, byte(int8(math.Round(float64(w)/m.scale))))
	}
	for _, v := range m.tail {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(v)))
	}
	return out
}

// tally is how a model did.
type tally struct {
	right, said, is [classes]int
	scored          []scored
}

type scored struct {
	p   float64
	bad bool
}

func (t *tally) add(p [classes]float64, class int) {
	best := 0
	for c := range p {
		if p[c] > p[best] {
			best = c
		}
	}
	t.is[class]++
	t.said[best]++
	if best == class {
		t.right[best]++
	}
	t.scored = append(t.scored, scored{p[0], class == 0})
}

func (t *tally) String() string {
	s, sum := "", 0.0
	for c := range classes {
		p, r := float64(t.right[c])/max(float64(t.said[c]), 1), float64(t.right[c])/max(float64(t.is[c]), 1)
		if p+r > 0 {
			sum += 2 * p * r / (p + r)
		}
		s += fmt.Sprintf("  %s %.2f/%.2f", classNames[c][:3], p, r)
	}
	return fmt.Sprintf("macro-F1 %.3f, recall at precision .90 %.3f,%s", sum/classes, t.recallAt(.9), s)
}

// recallAt is the largest share of the negatives that a threshold finds with at least the precision.
func (t *tally) recallAt(precision float64) (best float64) {
	slices.SortFunc(t.scored, func(a, b scored) int {
		if a.p > b.p {
			return -1
		}
		return 1
	})
	right := 0
	for i, s := range t.scored {
		if s.bad {
			right++
		}
		if float64(right) >= precision*float64(i+1) {
			best = max(best, float64(right)/max(float64(t.is[0]), 1))
		}
	}
	return best
}

func (m *model) judgeDomain(g *grammar, code, domain string) *tally {
	rng := newRand(code, 9)
	t := &tally{}
	for c := range classes {
		for range 600 {
			e := m.example(g.draw(c, "any", domain, rng), c)
			p := m.logits(&e)
			softmax(&p)
			t.add(p, c)
		}
	}
	return t
}

func (m *model) judgeFile(name, code string, prior float64) (*tally, int) {
	t, n := &tally{}, 0
	readLines(name, func(lang, class, text string) {
		if lang != code {
			return
		}
		n++
		e := m.example(text, 0)
		p := m.logits(&e)
		p[0] += prior
		softmax(&p)
		t.add(p, slices.Index(classNames[:], class))
	})
	return t, n
}

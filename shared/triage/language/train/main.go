// Train makes the language model's table from lines of text, one file a language: <data>/languages/<code>.txt, from the labelled texts beside them, whose
// languages are known too, and from our own words in ./own.
//
//	go run ./shared/triage/language/train -data ../shared/data -to shared/triage/language/weights.bin
//
// It fits a softmax over hashed features by stochastic gradient descent (AdaGrad, a rate a row), on whole lines and on cuts of one to
// four words, a part of them without diacritics as people type on foreign keyboards, and rounds in its last rounds what it computes with as the table
// will. It is deterministic; a tenth of the lines, chosen by hash, is held out for the test.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"pronto/shared/triage/language"
)

const (
	epochs    = 12
	rounded   = 2 // of them, the last, with weights as they will be written
	rate      = 2.5
	keep      = 0.7    // share of the features that a step sees
	drawsMain = 14_000 // lines an epoch of each of the seven languages of the desk: customers write these most
	drawsMore = 9_000  // of each other language
)

const classes = len(language.Codes)

func main() {
	data := flag.String("data", "../shared/data", "folder of languages/<code>.txt, goemotions.jsonl, xed.jsonl, ru-goemotions.jsonl")
	own := flag.String("own", "shared/triage/language/train/own", "folder of our own <code>.txt")
	to := flag.String("to", "shared/triage/language/weights.bin", "table to write")
	flag.Parse()
	lines, held, err := read(*data, *own)
	if err != nil {
		log.Fatal(err)
	}
	m := &model{w: make([]float32, language.Buckets*classes), g: make([]float32, language.Buckets)}
	rng := rand.New(rand.NewPCG(1, 2))
	for e := range epochs {
		m.rounded = e >= epochs-rounded
		fmt.Fprintf(os.Stderr, "epoch %d: loss %.4f\n", e+1, m.epoch(lines, e, rng))
	}
	m.rounded = false
	fmt.Fprintf(os.Stderr, "held out: %.4f, rounded ", m.judge(held))
	m.rounded = true
	fmt.Fprintf(os.Stderr, "%.4f\n", m.judge(held))
	if err := os.WriteFile(*to, m.table(), 0o644); err != nil {
		log.Fatalf("write table: %v", err)
	}
}

// source is a set of lines in one language.
type source []string

// read returns the lines of each class, a list a source, and those that are held out; the last class is noise, made up.
func read(data, own string) (out [classes][]source, held [classes][]string, err error) {
	labelled, err := readLabelled(data)
	if err != nil {
		return out, held, err
	}
	for i, code := range language.Codes {
		if code == language.None {
			continue
		}
		files := []string{filepath.Join(data, "languages", code+".txt")}
		if code == "hr" {
			files = append(files, filepath.Join(data, "languages", "bs.txt"))
		}
		var s source
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				return out, held, fmt.Errorf("read lines: %w", err)
			}
			for line := range strings.Lines(string(raw)) {
				if line = strings.TrimSpace(line); line == "" {
				} else if language.HeldOut(line) {
					held[i] = append(held[i], line)
				} else {
					s = append(s, line)
				}
			}
		}
		out[i] = append(out[i], s)
		if s := labelled[code]; len(s) > 0 {
			out[i] = append(out[i], s)
		}
		raw, err := os.ReadFile(filepath.Join(own, code+".txt"))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return out, held, fmt.Errorf("read our own words: %w", err)
		}
		out[i] = append(out[i], strings.Split(strings.TrimSpace(string(raw)), "\n"))
	}
	return out, held, nil
}

// readLabelled returns the texts of the labelled sets that are not held out, by language.
func readLabelled(data string) (map[string]source, error) {
	out := map[string]source{}
	for _, name := range []string{"goemotions.jsonl", "xed.jsonl", "ru-goemotions.jsonl"} {
		f, err := os.Open(filepath.Join(data, name))
		if err != nil {
			return nil, fmt.Errorf("read labelled texts: %w", err)
		}
		defer f.Close()
		rows := bufio.NewScanner(f)
		rows.Buffer(nil, 1<<20)
		for rows.Scan() {
			var row struct{ Lang, Text string }
			if err := json.Unmarshal(rows.Bytes(), &row); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if !language.HeldOut(row.Text) {
				out[row.Lang] = append(out[row.Lang], row.Text)
			}
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return out, nil
}

type model struct {
	w       []float32
	g       []float32 // by row
	rounded bool
	rate    float32
}

// epoch draws balanced examples in random order and returns the mean loss.
func (m *model) epoch(lines [classes][]source, e int, rng *rand.Rand) float64 {
	var order []int
	for c := range classes {
		n := drawsMore
		if c < 7 {
			n = drawsMain
		}
		for range n {
			order = append(order, c)
		}
	}
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	var loss float64
	var rows []uint16
	for k, c := range order {
		m.rate = float32(rate * (1 - (float64(e)+float64(k)/float64(len(order)))/float64(epochs)))
		var words [][]rune
		if language.Codes[c] == language.None {
			words = noise(rng)
		} else {
			words = cut(lines[c], rng)
		}
		rows = features(rows[:0], words)
		rows = sift(rows, rng)
		if len(rows) > 0 {
			loss += m.step(rows, c)
		}
	}
	return loss / float64(len(order))
}

// features are those of a text of several words.
func features(dst []uint16, words [][]rune) []uint16 {
	before := uint32('_')
	for _, w := range words {
		dst, before = language.Features(dst, w, before)
	}
	return dst
}

// sift keeps a part of the features, so that none relies on its neighbours.
func sift(list []uint16, rng *rand.Rand) []uint16 {
	return slices.DeleteFunc(list, func(uint16) bool { return rng.Float64() >= keep })
}

// cut returns the words of a line, or half of the time one to four of them; a fifth without diacritics.
// A line of another source than the first is drawn by one in three.
func cut(sources []source, rng *rand.Rand) [][]rune {
	s := sources[0]
	if len(sources) > 1 && rng.IntN(3) == 0 {
		s = sources[1+rng.IntN(len(sources)-1)]
	}
	line := s[rng.IntN(len(s))]
	switch rng.IntN(10) {
	case 0, 1:
		line = language.Fold(line)
	case 2:
		line = persian.Replace(line)
	}
	words := language.Words(line)
	if n := 1 + rng.IntN(4); len(words) > n && rng.IntN(2) == 0 {
		at := rng.IntN(len(words) - n + 1)
		words = words[at : at+n]
	}
	return words
}

// persian writes as Persian keyboards do what Arabic ones are made to write.
var persian = strings.NewReplacer("ي", "ی", "ك", "ک")

// noise makes one to six words that are no language: random letters, keyboard rows, consonants, encoded bytes.
func noise(rng *rand.Rand) [][]rune {
	alphabets := []string{"abcdefghijklmnopqrstuvwxyz", "asdfghjkl", "qwertyuiop", "zxcvbnm", "bcdfghjklmnpqrstvwxz", "abcdef", "âãåæçðñòóôõöøùúûüý", "ÿþ¡aàeèiìoòuù", "бвгджзклмнпрстфхцчшщ", "йцукенгшщзфывапролджэ", "абвгдежзийклмнопрстуфхцчшщъыьэюя"}
	letters := []rune(alphabets[rng.IntN(len(alphabets))])
	words := make([][]rune, 1+rng.IntN(6))
	for i := range words {
		for range 3 + rng.IntN(10) {
			words[i] = append(words[i], unicode.ToLower(letters[rng.IntN(len(letters))]))
		}
	}
	return words
}

// round is what the table can hold of a weight.
func round(w float32) float32 {
	v := int32(w*language.Scale+1000.5) - 1000
	return float32(max(-language.Most, min(language.Most, v))) / language.Scale
}

func (m *model) sum(rows []uint16) (p [classes]float64) {
	var s [classes]float32
	for _, r := range rows {
		w := m.w[int(r)*classes:][:classes]
		if m.rounded {
			for c := range s {
				s[c] += round(w[c])
			}
			continue
		}
		for c := range s {
			s[c] += w[c]
		}
	}
	for c := range p {
		p[c] = float64(s[c])
	}
	return p
}

// step moves the weights towards one example and returns its loss before.
func (m *model) step(rows []uint16, class int) float64 {
	p := m.sum(rows)
	softmax(&p)
	loss := -math.Log(max(p[class], 1e-9))
	p[class]--
	var d [classes]float32
	var norm float32
	for c, v := range p {
		d[c] = float32(v)
		norm += d[c] * d[c]
	}
	n := float32(math.Sqrt(float64(len(rows))))
	for _, r := range rows {
		m.g[r] += norm
		step := m.rate / float32(math.Sqrt(float64(m.g[r])+1e-2)) / n
		w := m.w[int(r)*classes:][:classes]
		for c := range d {
			w[c] -= step * d[c]
		}
	}
	return loss
}

func softmax(p *[classes]float64) {
	top, sum := p[0], 0.0
	for _, v := range p {
		top = max(top, v)
	}
	for c := range p {
		p[c] = math.Exp(p[c] - top)
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
}

// judge returns the mean share, over the languages, of lines that are told right.
func (m *model) judge(held [classes][]string) (mean float64) {
	n := 0
	for c, lines := range held {
		right := 0
		for _, line := range lines {
			p := m.sum(features(nil, language.Words(line)))
			best := 0
			for k := range p {
				if p[k] > p[best] {
					best = k
				}
			}
			if best == c {
				right++
			}
		}
		if len(lines) > 0 {
			mean += float64(right) / float64(len(lines))
			n++
		}
	}
	return mean / float64(n)
}

// table writes the weights as the package reads them.
func (m *model) table() []byte {
	out := make([]byte, language.Buckets*language.RowBytes)
	for i, w := range m.w {
		v := byte(int(math.Round(float64(round(w)*language.Scale))) + language.Zero)
		row, c := i/classes, i%classes
		out[row*language.RowBytes+c/2] |= v << (4 * (c % 2))
	}
	return out
}

// Train makes the language model's table from lines of text, one file a language: <folder>/<code>.txt.
//
//	go run ./shared/triage/language/train -from ../shared/data/languages -to shared/triage/language/weights.bin
//
// It fits a softmax over hashed features by stochastic gradient descent (AdaGrad), on whole lines and on cuts of one to
// four words, a part of them without diacritics as people type on foreign keyboards. It is deterministic; a tenth of
// the lines, chosen by hash, is held out for the test.
package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"pronto/shared/triage/language"
)

const (
	epochs    = 6
	rate      = 0.3
	decay     = 2e-6
	drawsMain = 14_000 // lines an epoch of each of the seven languages of the desk: customers write these most
	drawsMore = 8_000  // of each other language
	classes   = len(language.Codes)
)

type example struct {
	class int
	words [][]rune
}

func main() {
	from := flag.String("from", "../shared/data/languages", "folder of <code>.txt")
	to := flag.String("to", "shared/triage/language/weights.bin", "table to write")
	flag.Parse()
	lines, err := read(*from)
	if err != nil {
		log.Fatal(err)
	}
	m := &model{w: make([]float32, language.Buckets*classes), g: make([]float32, language.Buckets*classes)}
	rng := rand.New(rand.NewPCG(1, 2))
	for e := range epochs {
		fmt.Fprintf(os.Stderr, "epoch %d: loss %.4f\n", e+1, m.epoch(lines, rng))
	}
	if err := os.WriteFile(*to, m.quantised(), 0o644); err != nil {
		log.Fatalf("write table: %v", err)
	}
}

// read returns the training lines of each class; the last class is noise, made up.
func read(folder string) ([classes][]string, error) {
	var out [classes][]string
	for i, code := range language.Codes {
		files := []string{code}
		switch code {
		case language.None:
			continue
		case "hr":
			files = append(files, "bs")
		}
		for _, f := range files {
			data, err := os.ReadFile(filepath.Join(folder, f+".txt"))
			if err != nil {
				return out, fmt.Errorf("read lines: %w", err)
			}
			for line := range strings.Lines(string(data)) {
				if line = strings.TrimSpace(line); line != "" && !language.HeldOut(line) {
					out[i] = append(out[i], line)
				}
			}
		}
	}
	return out, nil
}

type model struct{ w, g []float32 }

// epoch draws balanced examples in random order and returns the mean loss.
func (m *model) epoch(lines [classes][]string, rng *rand.Rand) float64 {
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
	for _, c := range order {
		ex := example{class: c}
		if language.Codes[c] == language.None {
			ex.words = noise(rng)
		} else {
			ex.words = cut(lines[c][rng.IntN(len(lines[c]))], rng)
		}
		loss += m.step(ex)
	}
	return loss / float64(len(order))
}

// cut returns the words of a line, or half of the time one to four of them; a fifth without diacritics.
func cut(line string, rng *rand.Rand) [][]rune {
	if rng.IntN(5) == 0 {
		line = language.Fold(line)
	}
	words := language.Words(line)
	if n := 1 + rng.IntN(4); len(words) > n && rng.IntN(2) == 0 {
		at := rng.IntN(len(words) - n + 1)
		words = words[at : at+n]
	}
	return words
}

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

// step moves the weights towards one example and returns its loss before.
func (m *model) step(ex example) float64 {
	var rows []int
	for _, w := range ex.words {
		language.Features(w, func(b uint32) { rows = append(rows, int(b)*classes) })
	}
	if len(rows) == 0 {
		return 0
	}
	var p [classes]float64
	for _, r := range rows {
		for c := range p {
			p[c] += float64(m.w[r+c])
		}
	}
	softmax(&p)
	loss := -math.Log(max(p[ex.class], 1e-9))
	p[ex.class]--
	for _, r := range rows {
		for c, d := range p {
			w, g := &m.w[r+c], &m.g[r+c]
			d := float32(d) + decay**w
			*g += d * d
			*w -= rate * d / float32(math.Sqrt(float64(*g)+1e-4)) / float32(math.Sqrt(float64(len(rows))))
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

func (m *model) quantised() []byte {
	out := make([]byte, len(m.w))
	for i, w := range m.w {
		out[i] = byte(int8(max(-127, min(127, math.Round(float64(w)*language.Scale)))))
	}
	return out
}

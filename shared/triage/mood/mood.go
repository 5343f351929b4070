// Package mood judges whether a text is unhappy, neutral or happy, by a linear model over hashed features: words, pairs of words, words under a
// negation and groups of two to five characters, in a block of weights for each language, together with a few signs that the lexicon reads (Signs).
//
// The weights are small integers, embedded and used in place, so that a start computes nothing. They are made by the program in ./train.
package mood

import (
	_ "embed"
	"math"
	"slices"
)

// weights holds a block for each of Languages: Buckets rows of three signed bytes, then Tail numbers of four bytes.
//
//go:embed weights.bin
var weights string

// Languages that have a block, in its order.
var Languages = [...]string{"en", "it", "es", "fr", "de", "pt", "ru"}

const (
	Classes = 3       // negative, neutral, positive
	Buckets = 1 << 16 // rows of a block
	Signs   = 18      // numbers that the lexicon gives: see triage.signs
	Tail    = 2 + Classes + Signs*Classes

	BlockBytes = Buckets*Classes + Tail*4
)

// Logits are the log-odds of negative, neutral and positive, up to a common term.
type Logits [Classes]float64

// Block is the number of a language's block, or -1.
func Block(code string) int { return slices.Index(Languages[:], code) }

// number returns the i-th number of a block's tail.
func number(block, i int) float64 {
	at := block*BlockBytes + Buckets*Classes + i*4
	b := weights[at : at+4]
	return float64(math.Float32frombits(uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24))
}

// Weigh sums up what the words of the text that was read say, from word i to before word j.
func (r *Reader) Weigh(block, i, j int) (out Logits) {
	if j <= i {
		return out
	}
	var words, chars [Classes]int32
	base := weights[block*BlockBytes:][:Buckets*Classes]
	nw, nc := 0, 0
	for k := i; k < j; k++ {
		w := &r.words[k]
		end := r.end(k)
		sum(base, r.buckets[w.from:w.chars], &words)
		sum(base, r.buckets[w.chars:end], &chars)
		nw, nc = nw+int(w.chars-w.from), nc+int(end-w.chars)
	}
	sw, sc := number(block, 0)/Norm(nw), number(block, 1)/Norm(nc)
	for c := range out {
		out[c] = float64(words[c])*sw + float64(chars[c])*sc
	}
	return out
}

// Norm is what the sum over n features is divided by.
func Norm(n int) float64 { return math.Sqrt(float64(n) + 4) }

func sum(base string, buckets []uint16, out *[Classes]int32) {
	a, b, c := int32(0), int32(0), int32(0)
	for _, f := range buckets {
		row := base[int(f)*Classes:][:Classes]
		a, b, c = a+int32(int8(row[0])), b+int32(int8(row[1])), c+int32(int8(row[2]))
	}
	out[0], out[1], out[2] = out[0]+a, out[1]+b, out[2]+c
}

// end is where the features of word k end.
func (r *Reader) end(k int) int32 {
	if k+1 < len(r.words) {
		return r.words[k+1].from
	}
	return int32(len(r.buckets))
}

// Features calls yield with the features of every word, apart for words and characters: what training sees.
func (r *Reader) Features(yield func(words, chars []uint16)) {
	for k := range r.words {
		yield(r.buckets[r.words[k].from:r.words[k].chars], r.buckets[r.words[k].chars:r.end(k)])
	}
}

// Base returns what a block says before it has read a word, and with the signs of the lexicon.
func Base(block int, signs *[Signs]float64) (out Logits) {
	for c := range out {
		out[c] = number(block, 2+c)
		for s, v := range signs {
			if v != 0 {
				out[c] += v * number(block, 2+Classes+s*Classes+c)
			}
		}
	}
	return out
}

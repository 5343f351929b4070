package mood

import (
	"math"
	"strings"
)

const (
	short   = 60  // words up to which a text is judged as a whole
	passage = 12  // words of a longer one that are judged together, at least, up to the end of a sentence
	finish  = 3.0 // how much more the end of a longer text weighs than its beginning
)

// Judge weighs the text that was read. A longer one is judged passage by passage: those that say something count more than those that do not, and the
// end counts most, where people say what they want.
func (r *Reader) Judge(block int) (out Logits) {
	if len(r.words) <= short {
		return r.Weigh(block, 0, len(r.words))
	}
	total := 0.0
	for i := 0; i < len(r.words); {
		j := r.passageEnd(i)
		l := r.Weigh(block, i, j)
		p := Softmax(l)
		w := (0.3 + math.Abs(p[0]-p[2])) * (1 + (finish-1)*float64(j)/float64(len(r.words)))
		for c := range out {
			out[c] += w * l[c]
		}
		total += w
		i = j
	}
	for c := range out {
		out[c] /= total
	}
	return out
}

// passageEnd returns where the passage that begins at word i ends.
func (r *Reader) passageEnd(i int) int {
	j := i + 1
	for j < len(r.words) && j-i < 3*passage && (j-i < passage || r.words[j].sentence == r.words[j-1].sentence) {
		j++
	}
	if len(r.words)-j < passage/2 {
		return len(r.words)
	}
	return j
}

// Softmax turns log-odds into probabilities.
func Softmax(l Logits) (p [Classes]float64) {
	top, sum := max(l[0], l[1], l[2]), 0.0
	for c := range l {
		p[c] = math.Exp(l[c] - top)
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
	return p
}

// Words adds to those that are already named the words that speak most for a class against the other two, up to most.
func (r *Reader) Words(block, class int, text string, named []string, most int) []string {
	base := weights[block*BlockBytes:][:Buckets*Classes]
	n := min(len(r.words), 400)
	sw, sc := number(block, 0)/Norm(len(r.buckets)/8), number(block, 1)/Norm(len(r.buckets))
	for len(named) < most {
		best, at := 0.2, -1
		for k := range n {
			w := &r.words[k]
			span := text[w.start:w.end]
			if w.end-w.start < 3 || covered(named, span) {
				continue
			}
			var words, chars [Classes]int32
			sum(base, r.buckets[w.from:w.chars], &words)
			sum(base, r.buckets[w.chars:r.end(k)], &chars)
			if s := lead(words, class)*sw + lead(chars, class)*sc; s > best {
				best, at = s, k
			}
		}
		if at < 0 {
			break
		}
		named = append(named, strings.ToLower(text[r.words[at].start:r.words[at].end]))
	}
	return named
}

// lead is by how much a class leads the better of the others.
func lead(s [Classes]int32, class int) float64 {
	other := int32(math.MinInt32)
	for c, v := range s {
		if c != class {
			other = max(other, v)
		}
	}
	return float64(s[class] - other)
}

// covered tells whether a word is named already, alone or in a phrase.
func covered(named []string, word string) bool {
	for _, n := range named {
		if len(n) >= len(word) && containsFold(n, word) {
			return true
		}
	}
	return false
}

func containsFold(s, sub string) bool {
	for i := 0; i+len(sub) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(sub)], sub) {
			return true
		}
	}
	return false
}

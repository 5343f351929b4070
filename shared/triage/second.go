package triage

import (
	"fmt"
	"math"
	"strings"

	"pronto/shared/triage/mood"
)

// Opinion is what another judge says of a message's mood: its own word, how surely, and the probabilities of ours.
type Opinion struct {
	Said                        string
	Surely                      float64
	Negative, Neutral, Positive float64
}

// Words are "second opinion: negative .93".
func (o *Opinion) Words() string {
	return "second opinion: " + o.Said + " " + strings.TrimPrefix(fmt.Sprintf("%.2f", o.Surely), "0")
}

// beside weighs a second opinion as much as our own, and holds both to what is never otherwise.
func (f *findings) beside(p [mood.Classes]float64, o *Opinion) [mood.Classes]float64 {
	if o == nil {
		return p
	}
	var l mood.Logits
	for c, second := range [mood.Classes]float64{o.Negative, o.Neutral, o.Positive} {
		l[c] = math.Log(max((p[c]+second)/2, 1e-6))
	}
	return mood.Softmax(f.bound(l))
}

package mood

import "math"

const (
	offsetRows   = 1 << 13 // of an offset: features share them
	offsetRounds = 25
	offsetRate   = 0.05
	offsetDecay  = 0.003
	offsetEven   = 0.8 // 1: each class weighs alike, however often it was labelled; 0: each label
)

// Offset is what a brand's own labels have taught in one language, upon weights that stay as they are: a shift and a factor for the model's log-odds,
// and a row of small integers for its features. It is written as JSON.
type Offset struct {
	Bias  [Classes]float64 `json:"bias"`
	Scale [Classes]float64 `json:"scale"`
	Step  float64          `json:"step"` // what one unit of Rows is worth
	Rows  []byte           `json:"rows"` // three signed bytes for each
}

// Valid tells whether an offset that came from outside can be applied.
func (o *Offset) Valid() bool { return o != nil && len(o.Rows) == offsetRows*Classes }

// Apply returns the log-odds of the text that was read with the offset.
func (o *Offset) Apply(r *Reader, l Logits) (out Logits) {
	var s [Classes]int32
	for _, f := range r.buckets {
		row := o.Rows[int(f%offsetRows)*Classes:][:Classes]
		for c := range s {
			s[c] += int32(int8(row[c]))
		}
	}
	n := o.Step / Norm(len(r.buckets))
	for c := range out {
		out[c] = o.Bias[c] + o.Scale[c]*l[c] + float64(s[c])*n
	}
	return out
}

// Lesson is a labelled text as an offset is fitted to it.
type Lesson struct {
	features []uint16
	base     Logits
	class    int
	weight   float64
}

// Lesson keeps the text that was read with what the model said of it and the class that it has.
func (r *Reader) Lesson(base Logits, class int) Lesson {
	kept := make([]uint16, len(r.buckets))
	for i, f := range r.buckets {
		kept[i] = f % offsetRows
	}
	return Lesson{kept, base, class, 1}
}

// Fit makes an offset from lessons. It is deterministic and takes seconds for thousands.
func Fit(lessons []Lesson) *Offset {
	even(lessons)
	w := make([]float64, offsetRows*Classes)
	g := make([]float64, offsetRows*Classes)
	o := &Offset{Scale: [Classes]float64{1, 1, 1}}
	stride := coprime(len(lessons))
	for round := range offsetRounds {
		rate := offsetRate / (1 + float64(round)/8)
		for i := range lessons {
			o.step(&lessons[(i*stride+round)%len(lessons)], w, g, rate)
		}
	}
	most := 1e-9
	for _, v := range w {
		most = max(most, math.Abs(v))
	}
	o.Step, o.Rows = most/127, make([]byte, len(w))
	for i, v := range w {
		o.Rows[i] = byte(int8(math.Round(v / o.Step)))
	}
	return o
}

// even makes the classes weigh nearly alike, however often each was labelled: a rare mood must not be unlearnt.
func even(lessons []Lesson) {
	var n [Classes]float64
	for _, l := range lessons {
		n[l.class]++
	}
	for i := range lessons {
		lessons[i].weight = math.Pow(float64(len(lessons))/(Classes*n[lessons[i].class]), offsetEven)
	}
}

// coprime is a stride that visits n lessons in a mixed order.
func coprime(n int) int {
	for s := n*61/100 | 1; ; s += 2 {
		a, b := s, max(n, 1)
		for b > 0 {
			a, b = b, a%b
		}
		if a == 1 {
			return s
		}
	}
}

func (o *Offset) step(e *Lesson, w, g []float64, rate float64) {
	var s Logits
	for _, f := range e.features {
		for c := range s {
			s[c] += w[int(f)*Classes+c]
		}
	}
	n := Norm(len(e.features))
	var l Logits
	for c := range l {
		l[c] = o.Bias[c] + o.Scale[c]*e.base[c] + s[c]/n
	}
	p := Softmax(l)
	p[e.class]--
	for c, d := range p {
		d *= e.weight
		o.Bias[c] -= 0.02 * (d + 0.01*o.Bias[c])
		o.Scale[c] -= 0.01 * (d*e.base[c] + 0.05*(o.Scale[c]-1))
		for _, f := range e.features {
			at := int(f)*Classes + c
			x := d/n + offsetDecay*w[at]
			g[at] += x * x
			w[at] -= rate * x / math.Sqrt(g[at]+1e-2)
		}
	}
}

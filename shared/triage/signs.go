package triage

import (
	"pronto/shared/triage/mood"
)

// Signs are the numbers that the lexicon's reading of a text adds to the features of the mood model. Their order is that of the weights.
func Signs(text, code string) [mood.Signs]float64 {
	var f findings
	f.read(limit(text), code)
	return f.signs()
}

func (f *findings) signs() (s [mood.Signs]float64) {
	var good, bad, hints, up, down float64
	thanked := false
	for _, m := range f.moods {
		switch {
		case m.thanks:
			thanked = true
		case m.at < 0 && m.weight > 0:
			up += m.weight
		case m.at < 0:
			down -= m.weight
		case m.weight < 0 && m.weight > -hint:
			hints -= m.weight
		case m.weight < 0:
			bad -= m.weight
		default:
			good += m.weight
		}
	}
	soft := func(x float64) float64 { return x / (x + slack) }
	is := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	s[0], s[1], s[2] = soft(good), soft(bad), soft(hints)
	s[3], s[4] = soft(up), soft(down)
	s[5] = is(thanked)
	s[6] = is(thanked && f.words <= brief)
	s[7] = is(f.mocked)
	s[8] = is(len(f.damages) > 0)
	s[9] = is(f.mended)
	s[10] = is(f.asking())
	s[11] = is(f.questions > 0)
	s[12] = is(f.loud > 1.01)
	s[13] = is(f.alarming())
	s[14] = is(good == 0 && bad == 0)
	s[15] = is(good > 0 && bad > 0)
	s[16] = soft(float64(f.words) / 6)
	if total := good + up - bad - down - hints; total > 0 {
		s[17] = soft(total)
	} else {
		s[17] = -soft(-total)
	}
	return s
}

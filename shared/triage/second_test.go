package triage

import "testing"

// Two opinions weigh the same; what is never otherwise stays so, and a person's word outweighs both.
func TestTwoOpinions(t *testing.T) {
	happy := &Opinion{Said: "positive", Surely: .99, Positive: .99, Neutral: .01}
	angry := &Opinion{Said: "negative", Surely: .93, Negative: .95, Neutral: .05}
	text := "The new app is different from the old one."
	alone := Default(Input{Text: text})
	both := Default(Input{Text: text, Second: angry})
	if want := (alone.Negative + .95) / 2; both.Negative < want-.01 || both.Negative > want+.01 || both.Second != "second opinion: negative .93" || alone.Second != "" {
		t.Errorf("%v alone, %v with another: %q", alone.Negative, both.Negative, both.Second)
	}
	if j := Default(Input{Text: "There is smoke in the cabin!", Second: happy}); j.Sentiment.Label == Positive || j.Priority != Urgent {
		t.Errorf("danger is %s, %s", j.Sentiment.Label, j.Priority)
	}
	if j := Default(Input{Text: "Thanks for losing my bag.", Second: happy}); j.Sentiment.Label != Negative {
		t.Errorf("thanks for damage are %s", j.Sentiment.Label)
	}
	if j := Default(Input{Text: text, Mood: Positive, Second: angry}); j.Sentiment.Label != Positive {
		t.Errorf("a person's word: %s", j.Sentiment.Label)
	}
}

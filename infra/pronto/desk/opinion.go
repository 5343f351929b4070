package desk

import (
	"pronto/infra/local/comprehend"
	"pronto/shared/triage"
)

// byWords is who gives second opinions on one machine: the word lists alone, which is another judge than the model, but not Amazon's.
func byWords(language, text string) comprehend.Scores {
	s := triage.Lexicon(triage.Input{Text: text, Hint: language}).Sentiment
	out := comprehend.Scores{Neutral: 1 - max(s.Score, -s.Score)}
	if s.Score < 0 {
		out.Negative = -s.Score
	} else {
		out.Positive = s.Score
	}
	return out
}

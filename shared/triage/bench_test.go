package triage

import (
	"strings"
	"testing"

	"github.com/jonreiter/govader"

	"pronto/shared/triage/mood"
)

const typicalTweet = "@AcmeAir been on hold for 2 hours and nobody answers, my flight to Oslo was cancelled AGAIN and I still have no hotel. Unacceptable! #fail"

// longMail is ten kilobytes of new text.
var longMail = strings.Repeat(typicalMail+"\n\n", 10_000/len(typicalMail)+1)[:10_000]

// BenchmarkTweet: a short message, whole: language, mood, urgency, persona, priority and why. No more than 50 µs.
func BenchmarkTweet(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Default(Input{Text: typicalTweet})
	}
}

// BenchmarkMail: ten kilobytes. No more than a millisecond.
func BenchmarkMail(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Default(Input{Subject: "Lost suitcase, flight AC 123", Text: longMail})
	}
}

// BenchmarkMood: the model alone.
func BenchmarkMood(b *testing.B) {
	b.ReportAllocs()
	var r mood.Reader
	for b.Loop() {
		r.Read(typicalTweet)
		r.Judge(0)
	}
}

// BenchmarkGovader is another library's judgement of the same message, in English alone, for comparison. It is part of no binary.
func BenchmarkGovader(b *testing.B) {
	b.ReportAllocs()
	v := govader.NewSentimentIntensityAnalyzer()
	for b.Loop() {
		v.PolarityScores(typicalTweet)
	}
}

package triage

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jonreiter/govader"

	"pronto/shared/triage/mood"
)

const typicalTweet = "@AcmeAir been on hold for 2 hours and nobody answers, my flight to Oslo was cancelled AGAIN and I still have no hotel. Unacceptable! #fail"

// longMail is ten kilobytes of new text.
var longMail = strings.Repeat(typicalMail+"\n\n", 10_000/len(typicalMail)+1)[:10_000]

// percentiles runs f and reports, beside the mean, how long half of the runs and all but a hundredth take at most.
func percentiles(b *testing.B, f func()) {
	b.Helper()
	b.ReportAllocs()
	f() // a first one makes the buffers
	took := make([]time.Duration, 0, 1<<20)
	for b.Loop() {
		start := time.Now()
		f()
		if d := time.Since(start); len(took) < cap(took) {
			took = append(took, d)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, "p99-µs")
}

// BenchmarkTweet: a short message, whole: language, mood, urgency, persona, priority and why. No more than 50 µs.
func BenchmarkTweet(b *testing.B) {
	percentiles(b, func() { Default(Input{Text: typicalTweet}) })
}

// BenchmarkTweetOutcome: the same without the words of why. It allocates nothing.
func BenchmarkTweetOutcome(b *testing.B) {
	var t Triage
	percentiles(b, func() { t.Outcome(Input{Text: typicalTweet}) })
}

// BenchmarkMail: ten kilobytes. No more than a millisecond.
func BenchmarkMail(b *testing.B) {
	percentiles(b, func() { Default(Input{Subject: "Lost suitcase, flight AC 123", Text: longMail}) })
}

// BenchmarkMood: the model alone.
func BenchmarkMood(b *testing.B) {
	var r mood.Reader
	percentiles(b, func() {
		r.Read(typicalTweet)
		r.Judge(0)
	})
}

// BenchmarkGovaderTweet and BenchmarkGovaderMail are another library's judgement of the same texts, in English alone, for comparison. It is part of no binary.
func BenchmarkGovaderTweet(b *testing.B) {
	v := govader.NewSentimentIntensityAnalyzer()
	percentiles(b, func() { v.PolarityScores(typicalTweet) })
}

func BenchmarkGovaderMail(b *testing.B) {
	v := govader.NewSentimentIntensityAnalyzer()
	percentiles(b, func() { v.PolarityScores(longMail) })
}

// BenchmarkMemory tells by how much a process grows that judges a thousand messages in each language, in a process of its own; no more than 20 MB. And how long its
// first message takes: a start computes nothing.
func BenchmarkMemory(b *testing.B) {
	for _, who := range []string{"pronto", "govader"} {
		b.Run(who, func(b *testing.B) {
			for b.Loop() {
				c := exec.Command(os.Args[0], "-test.run", "^TestGrowth$", "-test.v")
				c.Env = append(os.Environ(), "TRIAGE_GROWTH="+who)
				out, err := c.CombinedOutput()
				if err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				for field := range strings.FieldsSeq(string(out)) {
					name, value, _ := strings.Cut(field, "=")
					if v, err := strconv.ParseFloat(value, 64); err == nil && (name == "MB" || name == "first-µs") {
						b.ReportMetric(v, name)
					}
				}
			}
		})
	}
}

// TestGrowth measures for BenchmarkMemory, and else holds that judging takes no more than 20 MB.
func TestGrowth(t *testing.T) {
	judge := func(text string) { Default(Input{Text: text}) }
	start := time.Now()
	before, err := resident()
	if err != nil {
		t.Skip(err)
	}
	if os.Getenv("TRIAGE_GROWTH") == "govader" {
		start = time.Now()
		v := govader.NewSentimentIntensityAnalyzer()
		judge = func(text string) { v.PolarityScores(text) }
	}
	judge(typicalTweet)
	first := time.Since(start)
	for _, code := range packedLists[:modelled] {
		for i := range 1000 {
			judge(sentences[code][i%len(sentences[code])][2:])
		}
	}
	judge(longMail)
	after, err := resident()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("MB=%.1f first-µs=%.0f\n", after-before, float64(first.Nanoseconds())/1000)
	if os.Getenv("TRIAGE_GROWTH") == "" && after-before > 20 {
		t.Errorf("judging took %.1f MB, at most 20", after-before)
	}
}

// resident is how much memory the process has, in MB.
func resident() (float64, error) {
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, fmt.Errorf("no /proc here: %w", err)
	}
	fields := bytes.Fields(raw)
	pages, err := strconv.Atoi(string(fields[1]))
	return float64(pages*os.Getpagesize()) / (1 << 20), err
}

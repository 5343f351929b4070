// Package comprehend is Amazon Comprehend as far as DetectSentiment goes: what it takes and refuses, and the form of its answers. The model is not Amazon's: whoever opens
// the local AWS gives a Judge, and without one the call is refused loudly. It keeps nothing.
package comprehend

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"pronto/infra/local/wire"
)

// Scores are the probabilities of an answer; they add up to 1.
type Scores struct{ Positive, Negative, Neutral, Mixed float64 }

// Judge says what a text's sentiment is.
type Judge func(language, text string) Scores

// Service answers DetectSentiment by its judge.
type Service struct{ judge atomic.Pointer[Judge] }

// New is a service without a judge.
func New() *Service { return &Service{} }

// JudgeBy gives it one.
func (s *Service) JudgeBy(j Judge) { s.judge.Store(&j) }

// Operations lists what ServeHTTP answers.
func (s *Service) Operations() []string { return []string{"DetectSentiment"} }

// maxText is the size of a text, in bytes of UTF-8, that Comprehend takes at most.
const maxText = 5000

var languages = []string{"en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW"}

const contentType = "application/x-amz-json-1.1"

// ServeHTTP answers the JSON protocol of the SDKs (X-Amz-Target: Comprehend_20171127.…).
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out, err := s.answer(r)
	if err != nil {
		wire.JSONError(w, contentType, err)
		return
	}
	wire.JSON(w, contentType, out)
}

func (s *Service) answer(r *http.Request) (any, error) {
	_, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	judge := s.judge.Load()
	switch {
	case name != "DetectSentiment":
		return nil, wire.Unsupported("Comprehend " + name)
	case judge == nil:
		return nil, wire.Unsupported("Comprehend's model: give the local AWS a judge (Comprehend.JudgeBy); it")
	}
	body, err := wire.Body(r, 1<<20)
	if err != nil {
		return nil, err
	}
	var in struct {
		LanguageCode string
		Text         *string
	}
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	switch {
	case in.Text == nil || *in.Text == "" || !utf8.ValidString(*in.Text):
		return nil, wire.Refuse("InvalidRequestException", "want a text of one character or more")
	case len(*in.Text) > maxText:
		return nil, wire.Refuse("TextSizeLimitExceededException", "the text has %d bytes; %d are the most", len(*in.Text), maxText)
	case !slices.Contains(languages, in.LanguageCode):
		return nil, wire.Refuse("UnsupportedLanguageException", "the language %q is none of %s", in.LanguageCode, strings.Join(languages, ", "))
	}
	scores := (*judge)(in.LanguageCode, *in.Text)
	return map[string]any{"Sentiment": scores.highest(), "SentimentScore": scores}, nil
}

func (s Scores) highest() string {
	best, name := s.Neutral, "NEUTRAL"
	for _, x := range []struct {
		p    float64
		name string
	}{{s.Negative, "NEGATIVE"}, {s.Positive, "POSITIVE"}, {s.Mixed, "MIXED"}} {
		if x.p > best {
			best, name = x.p, x.name
		}
	}
	return name
}

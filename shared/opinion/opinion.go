// Package opinion asks Amazon Comprehend what it thinks of a message's mood, where the desk's own judgement is not sure of it and the rule book wants a second one.
//
// Invariants:
//   - Nobody waits for it longer than the rule book allows, and it is not tried twice. After some failures one after the other it is not asked for a minute.
//   - It never fails: what cannot be had in time is no opinion, with a code that says why, and the desk's own judgement stands.
//   - What leaves is the message's new text alone, clipped to what Comprehend takes, to the service in the account and region of the desk. Nothing of it is logged.
package opinion

import (
	"context"
	"errors"
	"math"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/comprehend"
	"github.com/aws/aws-sdk-go-v2/service/comprehend/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"pronto/shared/triage"
)

// maxText is the size of a text, in bytes of UTF-8, that Comprehend takes at most.
const maxText = 5000

// languages are those in which Comprehend knows sentiment; Russian is none of them. zh-TW, its other Chinese, the desk does not tell from zh.
var languages = []string{"en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh"}

// Speaks tells whether Comprehend knows sentiment in a language.
func Speaks(language string) bool { return slices.Contains(languages, language) }

// After so many failures one after the other nobody is asked for a while: an outage must not cost every message its patience.
const (
	enough = 3
	rest   = time.Minute
)

// Asker asks Comprehend.
type Asker struct {
	client *comprehend.Client
	now    func() time.Time
	failed func(code string)

	mu       sync.Mutex
	failures int
	rests    time.Time
}

// New makes one; failed hears, by a code, of what could not be had.
func New(cfg aws.Config, now func() time.Time, failed func(code string)) *Asker {
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	return &Asker{client: comprehend.NewFromConfig(cfg), now: now, failed: failed}
}

// Why there is no opinion.
const (
	TooLate   = "too_late"    // not within its time
	Throttled = "throttled"   // asked too often
	Refused   = "refused"     // no right, or a text that Comprehend does not take
	Away      = "unavailable" // it cannot be reached, or fails
	Nonsense  = "nonsense"    // its answer is none
	Resting   = "resting"     // it has just failed several times: it was not asked
)

// Of asks about a text. Without an opinion the code says why.
func (a *Asker) Of(ctx context.Context, language, text string, within time.Duration) (*triage.Opinion, string) {
	if a.resting() {
		return nil, Resting
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	text = Clip(text)
	out, err := a.client.DetectSentiment(ctx, &comprehend.DetectSentimentInput{LanguageCode: types.LanguageCode(language), Text: &text})
	var op *triage.Opinion
	if err == nil {
		op, err = read(out)
	}
	if err != nil {
		code := codeOf(ctx, err)
		a.note(true)
		a.failed(code)
		return nil, code
	}
	a.note(false)
	return op, ""
}

func (a *Asker) resting() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now().Before(a.rests)
}

func (a *Asker) note(failed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !failed {
		a.failures = 0
		return
	}
	if a.failures++; a.failures >= enough {
		a.failures, a.rests = 0, a.now().Add(rest)
	}
}

// Clip cuts a text to what Comprehend takes, at a rune's border.
func Clip(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "")
}

// errNonsense is an answer that is none.
var errNonsense = errors.New("an answer without probabilities")

// read takes an answer's probabilities. What is mixed is complaint and praise at once: the half of it counts as complaint, the other as neither.
func read(out *comprehend.DetectSentimentOutput) (*triage.Opinion, error) {
	s := out.SentimentScore
	if s == nil || s.Negative == nil || s.Neutral == nil || s.Positive == nil || s.Mixed == nil {
		return nil, errNonsense
	}
	said := map[types.SentimentType]*float32{
		types.SentimentTypeNegative: s.Negative, types.SentimentTypeNeutral: s.Neutral, types.SentimentTypePositive: s.Positive, types.SentimentTypeMixed: s.Mixed,
	}
	p, known := said[out.Sentiment]
	sum := 0.0
	for _, x := range said {
		if !(*x >= 0 && *x <= 1) { // so written that what is no number is refused, too
			return nil, errNonsense
		}
		sum += float64(*x)
	}
	if !known || math.Abs(sum-1) > 0.02 {
		return nil, errNonsense
	}
	half := float64(*s.Mixed) / 2
	return &triage.Opinion{
		Said:     strings.ToLower(string(out.Sentiment)),
		Surely:   float64(*p),
		Negative: float64(*s.Negative) + half, Neutral: float64(*s.Neutral) + half, Positive: float64(*s.Positive),
	}, nil
}

func codeOf(ctx context.Context, err error) string {
	var api smithy.APIError
	var answer *smithy.DeserializationError
	var torn net.Error
	var response *smithyhttp.ResponseError
	switch {
	case errors.Is(err, errNonsense):
		return Nonsense
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return TooLate
	case errors.As(err, &response) && response.HTTPStatusCode() >= 500:
		return Away
	case errors.As(err, &api) && slices.Contains([]string{"ThrottlingException", "TooManyRequestsException", "LimitExceededException"}, api.ErrorCode()):
		return Throttled
	case errors.As(err, &api):
		return Refused
	case errors.As(err, &torn): // while the answer came
		return Away
	case errors.As(err, &answer):
		return Nonsense
	}
	return Away
}

package local_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/comprehend"
	"github.com/aws/aws-sdk-go-v2/service/comprehend/types"
	"github.com/aws/smithy-go"

	"pronto/infra/local"
	double "pronto/infra/local/comprehend"
)

// DetectSentiment takes and refuses what Comprehend does; how it judges is the business of who opens it, and without a judge it says so.
func TestComprehendsForms(t *testing.T) {
	a := open(t, local.Options{})
	cfg := ok[aws.Config](t)(a.Config(t.Context()))
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	client := comprehend.NewFromConfig(cfg)
	ask := func(language, text string) (*comprehend.DetectSentimentOutput, string) {
		out, err := client.DetectSentiment(t.Context(), &comprehend.DetectSentimentInput{LanguageCode: types.LanguageCode(language), Text: &text})
		var api smithy.APIError
		if errors.As(err, &api) {
			return nil, api.ErrorCode()
		}
		return ok[*comprehend.DetectSentimentOutput](t)(out, err), ""
	}
	if _, code := ask("en", "Where is my bag?"); code != "NotImplementedByLocalAWS" {
		t.Errorf("without a judge: %q", code)
	}
	a.Comprehend.JudgeBy(func(language, text string) double.Scores {
		if language == "it" && text == "Un disastro." {
			return double.Scores{Negative: .7, Neutral: .2, Mixed: .1}
		}
		return double.Scores{Mixed: .6, Positive: .4}
	})
	if out, _ := ask("it", "Un disastro."); out.Sentiment != types.SentimentTypeNegative || *out.SentimentScore.Negative != .7 || *out.SentimentScore.Positive != 0 {
		t.Errorf("%s %+v", out.Sentiment, out.SentimentScore)
	}
	if out, _ := ask("en", strings.Repeat("é", 2500)); out.Sentiment != types.SentimentTypeMixed {
		t.Errorf("5,000 bytes: %s", out.Sentiment)
	}
	for _, c := range []struct{ language, text, want string }{
		{"en", strings.Repeat("é", 2500) + "!", "TextSizeLimitExceededException"}, {"ru", "Где мой чемодан?", "UnsupportedLanguageException"}, {"en", "", "InvalidRequestException"},
	} {
		if _, code := ask(c.language, c.text); code != c.want {
			t.Errorf("%s, %d bytes: %q, want %s", c.language, len(c.text), code, c.want)
		}
	}
	if _, err := client.DetectDominantLanguage(t.Context(), &comprehend.DetectDominantLanguageInput{Text: aws.String("Ciao")}); err == nil || !strings.Contains(err.Error(), "NotImplementedByLocalAWS") {
		t.Errorf("another operation: %v", err)
	}
}

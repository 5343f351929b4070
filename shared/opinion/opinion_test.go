package opinion_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"pronto/shared/opinion"
)

// comprehend answers as Amazon's does, or as it must not; it is asked by the real client.
type comprehend struct {
	*opinion.Asker
	now   time.Time
	codes []string

	mu    sync.Mutex
	asked []string
}

func open(t *testing.T, answer http.HandlerFunc) *comprehend {
	t.Helper()
	c := &comprehend{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.mu.Lock()
		c.asked = append(c.asked, r.Header.Get("X-Amz-Target")+" "+string(body))
		c.mu.Unlock()
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections) // first: a drip would hold Close up
	cfg := aws.Config{Region: "eu-south-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")}
	c.Asker = opinion.New(cfg, func() time.Time { return c.now }, func(code string) { c.codes = append(c.codes, code) })
	return c
}

// questions are those that came.
func (c *comprehend) questions() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
}

func fails(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"__type":%q,"Message":"My suitcase"}`, code)
	}
}

const furious = `{"Sentiment":"NEGATIVE","SentimentScore":{"Positive":0.01,"Negative":0.93,"Neutral":0.04,"Mixed":0.02}}`

func TestASecondOpinion(t *testing.T) {
	c := open(t, says(furious))
	op, why := c.Of(t.Context(), "it", "La mia valigia?", time.Second)
	if why != "" || op.Words() != "second opinion: negative .93" || op.Negative < .939 || op.Negative > .941 || op.Neutral < .049 || op.Neutral > .051 {
		t.Errorf("%+v %q", op, why)
	}
	if want := `Comprehend_20171127.DetectSentiment {"LanguageCode":"it","Text":"La mia valigia?"}`; !slices.Equal(c.questions(), []string{want}) {
		t.Errorf("asked %q", c.questions())
	}
	_, _ = c.Of(t.Context(), "en", strings.Repeat("ab€", 4000), time.Second)
	var sent struct{ Text string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(c.questions()[1], "Comprehend_20171127.DetectSentiment ")), &sent); err != nil || len(sent.Text) > 5000 || len(sent.Text) < 4997 || !utf8.ValidString(sent.Text) || strings.Contains(sent.Text, "\uFFFD") {
		t.Errorf("%d bytes left: %v", len(sent.Text), err)
	}
}

// Whatever Comprehend does, an answer or its want comes within the time, by a code, after one try.
func TestNoOpinion(t *testing.T) {
	drip := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	}
	for name, x := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"throttled":            {fails(400, "TooManyRequestsException"), opinion.Throttled},
		"throttled, too":       {fails(400, "ThrottlingException"), opinion.Throttled},
		"no right":             {fails(400, "AccessDeniedException"), opinion.Refused},
		"another language":     {fails(400, "UnsupportedLanguageException"), opinion.Refused},
		"a fault of its own":   {fails(500, "InternalServerException"), opinion.Away},
		"a gateway's page":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502); _, _ = io.WriteString(w, "<html>") }, opinion.Away},
		"a torn connection":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, opinion.Away},
		"a drip":               {drip, opinion.TooLate},
		"silence":              {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, opinion.TooLate},
		"no JSON":              {says("My suitcase"), opinion.Nonsense},
		"a list":               {says("[1]"), opinion.Nonsense},
		"nothing":              {says("{}"), opinion.Nonsense},
		"no scores":            {says(`{"Sentiment":"NEGATIVE"}`), opinion.Nonsense},
		"a score is missing":   {says(strings.Replace(furious, `,"Mixed":0.02`, "", 1)), opinion.Nonsense},
		"more than certain":    {says(strings.Replace(furious, "0.93", "1.93", 1)), opinion.Nonsense},
		"less than impossible": {says(strings.Replace(furious, "0.01", "-0.01", 1)), opinion.Nonsense},
		"no number":            {says(strings.Replace(furious, "0.93", `"NaN"`, 1)), opinion.Nonsense},
		"they do not add up":   {says(strings.Replace(furious, "0.93", "0.53", 1)), opinion.Nonsense},
		"another word":         {says(strings.Replace(furious, "NEGATIVE", "FURIOUS", 1)), opinion.Nonsense},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, x.answer)
			began := time.Now()
			op, why := c.Of(t.Context(), "en", "Where is my suitcase?", 300*time.Millisecond)
			if name == "a drip" && why == opinion.Away {
				x.want = why // its connection may break before its time is over
			}
			if op != nil || why != x.want {
				t.Errorf("%+v, %q, want %q", op, why, x.want)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
			if len(c.questions()) != 1 || len(c.codes) != 1 || c.codes[0] != x.want {
				t.Errorf("asked %d times, failed as %v", len(c.questions()), c.codes)
			}
		})
	}
}

// An outage costs three messages their patience and no more in the same minute; then it is tried again.
func TestAfterFailuresItRests(t *testing.T) {
	var away atomic.Bool
	away.Store(true)
	c := open(t, func(w http.ResponseWriter, r *http.Request) {
		if away.Load() {
			fails(500, "InternalServerException")(w, r)
			return
		}
		says(furious)(w, r)
	})
	ask := func() string {
		_, why := c.Of(t.Context(), "en", "Where is it?", time.Second)
		return why
	}
	for i, want := range []string{opinion.Away, opinion.Away, opinion.Away, opinion.Resting, opinion.Resting} {
		if why := ask(); why != want {
			t.Errorf("the %dth: %q, want %q", i+1, why, want)
		}
	}
	c.now = c.now.Add(time.Minute)
	for i, gone := range []bool{true, true, false, true, true} { // an answer between makes them no outage
		if away.Store(gone); (ask() == "") == gone {
			t.Errorf("the %dth after a minute", i+1)
		}
	}
	if n := len(c.questions()); n != 8 {
		t.Errorf("asked %d times", n)
	}
	if opinion.Speaks("ru") || !opinion.Speaks("it") {
		t.Error("the languages")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, why := c.Of(gone, "en", "Where is it?", time.Second); why != opinion.Away {
		t.Errorf("the function ends: %q", why)
	}
}

package network

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"pronto/shared/channel"
	"pronto/shared/channel/webhook"
)

// Each network says in a header of its own when its limit ends; what makes no sense, and what is far off, is bounded.
func TestReset(t *testing.T) {
	for _, c := range []struct {
		header, value string
		want          time.Duration
	}{
		{"Retry-After", "30", 30 * time.Second}, {"Retry-After", "Mon, 23 Nov 2026 09:02:00 GMT", 2 * time.Minute}, {"Retry-After", "0", leastWait},
		{"RateLimit-Reset", fmt.Sprint(now.Add(90 * time.Second).Unix()), 90 * time.Second}, {"RateLimit-Reset", "40", 40 * time.Second},
		{"X-RateLimit-Reset", "2026-11-23T09:05:00.000000Z", 5 * time.Minute}, {"X-RateLimit-Reset", "2026-11-22T09:05:00Z", leastWait},
		{"X-RateLimit-Reset", "2027-11-23T09:05:00Z", mostWait}, {"Retry-After", "9223372036854775807", mostWait}, {"Retry-After", "-5", usualWait},
		{"Retry-After", "soon", usualWait}, {"Other", "5", usualWait},
	} {
		h := http.Header{}
		h.Set(c.header, c.value)
		if got := Reset(h, now).Sub(now); got != c.want {
			t.Errorf("%s: %s is in %s, want %s", c.header, c.value, got, c.want)
		}
	}
}

func TestCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Code
	}{
		{nil, ""}, {Refusal(Answer{Status: 204}, now), ""}, {fmt.Errorf("poll: %w", Refusal(Answer{Status: 401}, now)), CodeRefused},
		{channel.Unsent(Refusal(Answer{Status: 429}, now)), CodeLimited}, {Refusal(Answer{Status: 503}, now), CodeUnwell}, {Refusal(Answer{Status: 302}, now), CodeUnwell},
		{fmt.Errorf("page: %w", ErrGarbled), CodeGarbled}, {fmt.Errorf("open: %w", ErrNotConnected), CodeNoSecret},
		{channel.Unsent(fmt.Errorf("no connection: %w", &webhook.Refused{Why: "private"})), CodeForbidden}, {errors.New("EOF"), CodeUnreachable},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("%v is %q, want %q", c.err, got, c.want)
		}
		if c.want != "" && c.want.Words() == string(c.want) {
			t.Errorf("%s has no words", c.want)
		}
	}
}

package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pronto/infra/pronto/edge"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/triage"
)

// The letters are what their titles say, as the desk's own readers see them.
func TestLettersAreWhatTheyAreCalled(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	languages, silences := map[string]bool{}, map[mail.Silence]bool{}
	for i, l := range letters() {
		id := fmt.Sprintf("%d@demo.example", i)
		from := "sender@demo.example"
		m, err := mail.Parse(l.raw(from, "care@acme.example", id, now), mail.DefaultLimits)
		if err != nil {
			t.Fatalf("%s: %v", l.title, err)
		}
		if m.MessageID != id || m.From.Addr != from || m.From.Name != l.name || !m.Date.Equal(now) {
			t.Errorf("%s: id %q, from %+v, date %v", l.title, m.MessageID, m.From, m.Date)
		}
		envelope := mail.Envelope{MailFrom: from, SPF: "PASS", DKIM: "PASS", DMARC: "PASS", Spam: "PASS", Virus: "PASS"}
		if l.null {
			envelope.MailFrom = ""
		}
		silence := mail.Machine(m, envelope, func(string) bool { return false })
		if (silence == "") != l.receipts {
			t.Errorf("%s: silence %q", l.title, silence)
		}
		silences[silence] = true
		j := triage.Default(triage.Input{Subject: m.Subject, Text: m.New, Hint: m.Language})
		if l.receipts {
			languages[j.Language] = true
		}
		want := triage.Neutral
		switch first, _, _ := strings.Cut(l.title, ","); first {
		case "An angry customer", "A complaint":
			want = triage.Negative
		case "Thanks":
			want = triage.Positive
		case "A question":
		default:
			continue
		}
		if j.Sentiment.Label != want {
			t.Errorf("%s is judged %s", l.title, j.Sentiment.Label)
		}
	}
	for _, want := range []string{"en", "it", "es", "fr", "de", "pt", "ru"} {
		if !languages[want] {
			t.Errorf("none is in %s", want)
		}
	}
	if len(silences) != 4 {
		t.Errorf("the silences are %v: want three, and none", silences)
	}
}

func TestWhoseClockIsSaid(t *testing.T) {
	rome := zone("Europe/Rome")
	winter, summer := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		offset int
		brand  *time.Location
		now    time.Time
		want   string
	}{
		{1, rome, winter, ""},
		{1, rome, summer, " (Ada's clock: UTC+1)"},
		{-5, rome, winter, " (Ada's clock: UTC−5)"},
		{0, rome, winter, " (Ada's clock: UTC)"},
		{0, time.UTC, winter, ""},
		{3, zone(""), winter, " (Ada's clock: UTC+3)"},
		{3, zone("No/Where"), winter, " (Ada's clock: UTC+3)"},
	} {
		if got := clock(letter{name: "Ada Marsh", offset: c.offset}, c.brand, c.now); got != c.want {
			t.Errorf("UTC%+d at %v in %v: %q, want %q", c.offset, c.now, c.brand, got, c.want)
		}
	}
}

func TestPromise(t *testing.T) {
	for text, want := range map[string]string{
		"Dear Ada,\n\nMarta has it and\nwill answer by 14:35 today.\n\nThis is automatic.\n": "Marta has it and will answer by 14:35 today.",
		"Marta has it.\n": "Marta has it.",
		"":                "",
	} {
		if got := promise(text); got != want {
			t.Errorf("of %q it says %q, want %q", text, got, want)
		}
	}
}

func TestEverySilenceHasWords(t *testing.T) {
	for _, code := range []string{"repeated", "over_budget_sender_hour", "null_return_path", "auto_submitted", "list"} {
		if w := desk.Silence(code).Words(); w == "" || w == code || strings.HasPrefix(w, "another reason") {
			t.Errorf("%s is told as %q", code, w)
		}
	}
}

// stand is what answers HTTP in place of a desk.
func stand(t *testing.T, h http.HandlerFunc) Options {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return Options{HTTP: strings.TrimPrefix(s.URL, "http://"), Patience: 50 * time.Millisecond}
}

func TestNobodyIsThere(t *testing.T) {
	health := func(smtp string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(edge.Health{Status: "ok", SMTP: smtp, Brands: []edge.Brand{{Address: "care@acme.example"}}})
		}
	}
	for name, o := range map[string]Options{
		"a closed port":       {HTTP: "127.0.0.1:1"},
		"another program":     stand(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello") }),
		"a desk without SMTP": stand(t, health("127.0.0.1:1")),
	} {
		if _, err := Run(t.Context(), io.Discard, o); !errors.Is(err, ErrUnreachable) {
			t.Errorf("%s: %v, want %v", name, err, ErrUnreachable)
		}
	}
}

func TestPatienceEnds(t *testing.T) {
	asked := 0
	never := func() (int, bool, error) { asked++; return 0, false, nil }
	if _, err := await(t.Context(), 40*time.Millisecond, never); !errors.Is(err, errLate) || asked < 2 {
		t.Errorf("after %d questions: %v", asked, err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := await(gone, time.Minute, never); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	var words strings.Builder
	p := &play{Options: Options{Patience: time.Second}, desk: &client{base: "http://127.0.0.1:8080"}, w: &words}
	err := p.summary([]Outcome{{Receipt: 0.5}, {Suppressed: "list"}, {Missing: true}})
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "1 of 3") {
		t.Errorf("the error is %v", err)
	}
	if !strings.Contains(words.String(), "3 sent: 1 receipted (the slowest after 0.500 s), 1 kept without a receipt") {
		t.Errorf("the summary is %q", words.String())
	}
}

func TestWhatToClickIsSaid(t *testing.T) {
	for assignee, want := range map[string]string{"marta": "click marta, who has", "team:care": "click any of them", "": "click any of them"} {
		if got := next("http://127.0.0.1:8080", []Outcome{{Assignee: assignee}}); !strings.Contains(got, want) || !strings.Contains(got, "http://127.0.0.1:8080/console") {
			t.Errorf("%q: %s", assignee, got)
		}
	}
}

package console_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/shared/channel"
)

// onNetworks is a desk of a brand that is on Bluesky, on a roomy server of Mastodon's API and, by a bridge of its own, on X.
func onNetworks(t *testing.T) *world {
	t.Helper()
	b, err := os.ReadFile(two(t))
	if err != nil {
		t.Fatal(err)
	}
	const channels = "    channels:\n      bluesky:\n        accounts: [{handle: acme.example}]\n      mastodon:\n        accounts: [{handle: care@social.example}, {handle: care@roomy.example, limit: 5000}]\n" +
		"      custom:\n        network: x\n"
	before, rest, ok := strings.Cut(string(b), "    channels:\n")
	end := regexp.MustCompile(`(?m)^ {0,4}\S`).FindStringIndex(rest)
	if !ok || end == nil {
		t.Fatal("the example's brand has no channels any more")
	}
	book := before + channels + rest[end[0]:]
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(book), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &world{Desk: desktest.New(t, desktest.Options{Start: monday, Policy: path}), t: t}
	w.api = edge.AsAgent(w.API())
	return w
}

// While Ana writes, her page asks how long it is by the channel's rules; nothing is kept of it.
func TestAnAnswerIsMeasuredWhileItIsWritten(t *testing.T) {
	w := onNetworks(t)
	measure := func(body map[string]any) (m work.Measured) {
		t.Helper()
		b, _ := json.Marshal(body)
		w.ask("ana", "POST", "/api/v1/measure?brand=acme-air", string(b)).is(http.StatusOK).into(&m)
		return m
	}
	signed := len([]rune("\n\nAna Ferrante\nAcme Air")) // and the sender trims the end
	say := strings.Repeat("A sentence of some length. ", 40)
	for _, x := range []struct {
		name string
		body map[string]any
		says func(work.Measured) bool
	}{
		{"on Bluesky in one post", map[string]any{"channel": "bluesky", "text": "Hello 👩‍👩‍👧"}, func(m work.Measured) bool {
			return m.Count == channel.Graphemes && m.Length == 7+signed && m.Limit == 300 && m.MaxBytes == 3000 && m.Posts == 1 && m.MaxPosts == 10 && m.MaxFiles == 0
		}},
		{"on Bluesky in several", map[string]any{"channel": "bluesky", "text": say}, func(m work.Measured) bool { return m.Posts > 3 && m.Posts < 6 && m.Refused == "" }},
		{"on Bluesky too long", map[string]any{"channel": "bluesky", "text": strings.Repeat(say, 5)}, func(m work.Measured) bool {
			return m.Refused == channel.TooManyPosts && m.Posts > 10 && m.Words != ""
		}},
		{"on Mastodon by its usual limit", map[string]any{"channel": "mastodon", "text": strings.Repeat("a", 500-7-signed), "to": "@mira@elsewhere.example"}, func(m work.Measured) bool {
			return m.Limit == 500 && m.Posts == 1 && m.Length >= 499
		}},
		{"there one letter more", map[string]any{"channel": "mastodon", "text": strings.Repeat("a", 500-4-signed), "to": "@mira@elsewhere.example"}, func(m work.Measured) bool { return m.Posts == 2 }},
		{"from the roomy account", map[string]any{"channel": "mastodon", "text": say, "account": "care@roomy.example"}, func(m work.Measured) bool { return m.Limit == 5000 && m.Posts == 1 }},
		{"by the bridge as X has it", map[string]any{"channel": "custom", "text": "See https://acme.example/refunds."}, func(m work.Measured) bool {
			return m.Count == channel.Weighted && m.Limit == 280 && m.Cost == 200_000 && m.Linked && m.Refused == ""
		}},
		{"by the bridge too long", map[string]any{"channel": "custom", "text": strings.Repeat("あ", 140)}, func(m work.Measured) bool { return m.Refused == channel.TooLong }},
		{"a mail", map[string]any{"channel": "email", "text": "Dear Ada,", "files": 9_000_000}, func(m work.Measured) bool {
			return m.Limit == 0 && m.Characters == 9 && m.MaxCharacters == 20_000 && m.MaxFiles == 10_000_000 && m.Refused == "" && m.Cost == 100
		}},
		{"a mail with too much", map[string]any{"channel": "email", "text": "Dear Ada,", "files": 11_000_000}, func(m work.Measured) bool { return m.Refused == "files_too_large" }},
		{"a mail without end", map[string]any{"channel": "email", "text": strings.Repeat("a", 20_001)}, func(m work.Measured) bool { return m.Refused == "too_many_characters" }},
	} {
		if m := measure(x.body); !x.says(m) {
			t.Errorf("%s: %+v", x.name, m)
		}
	}
	for body, status := range map[string]int{
		`{"channel":"telegram","text":"x"}`: 422, `{"channel":"email","text":"` + strings.Repeat("a", 90_000) + `"}`: 413, `{"channel":"email","text":"x","files":-1}`: 422, `{"channel":"email","words":"x"}`: 400,
		`{"channel":"email","text":"x","to":"` + strings.Repeat("m", 401) + `"}`: 422,
	} {
		w.ask("ana", "POST", "/api/v1/measure?brand=acme-air", body).is(status)
	}
}

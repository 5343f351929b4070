package custom

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/shared/channel"
	"pronto/shared/channel/network"
	"pronto/shared/channel/webhook"
)

const secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func secrets(t testing.TB) webhook.Secrets {
	t.Helper()
	s, err := webhook.ParseSecrets([]string{secret})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// bridge is the other side: it keeps what it was sent and answers as it is told.
type bridge struct {
	status int
	answer string
	bodies [][]byte
	ids    []string
}

func (b *bridge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.bodies, b.ids = append(b.bodies, body), append(b.ids, r.Header.Get(webhook.HeaderID))
	list, err := webhook.ParseSecrets([]string{secret})
	if err == nil {
		_, err = list.Verify(r.Header, body, now)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	w.WriteHeader(b.status)
	_, _ = io.WriteString(w, b.answer)
}

func sender(t *testing.T, b *bridge) *Sender {
	t.Helper()
	s := httptest.NewServer(b)
	t.Cleanup(s.Close)
	client, err := webhook.NewClient(webhook.Options{Allow: []string{s.Listener.Addr().String()}, Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	own := secrets(t)
	out, err := NewSender(client, map[string]string{"acme-air": s.URL + "/hook"}, func(context.Context, Use) (webhook.Secrets, error) { return own, nil }, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func outgoing() channel.Outgoing {
	return channel.Outgoing{
		Effect: "000001-0", Brand: "acme-air", Conversation: "k7conversation", Kind: channel.Receipt, To: channel.Party{Name: "Mira", Address: "@mira"},
		Subject: "unused", Text: "Hello Mira <3", HTML: "<p>unused", Language: "en", InReplyTo: "net-1234",
	}
}

func TestSend(t *testing.T) {
	b := &bridge{status: 202, answer: `{"id":"net-1300"}`}
	sent, err := sender(t, b).Send(t.Context(), outgoing())
	if err != nil || sent.ProviderID != "net-1300" {
		t.Fatalf("%+v, %v", sent, err)
	}
	var got map[string]any
	if err := json.Unmarshal(b.bodies[0], &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"type": "receipt", "id": "k7conversation-000001-0", "brand": "acme-air", "conversation": "k7conversation", "in_reply_to": "net-1234", "text": "Hello Mira <3",
		"language": "en", "created_at": "2026-11-23T09:00:00Z",
	}
	to, _ := got["to"].(map[string]any)
	delete(got, "to")
	if !maps.Equal(got, want) || !maps.Equal(to, map[string]any{"handle": "@mira", "name": "Mira"}) {
		t.Errorf("%v to %v", got, to)
	}
	if b.ids[0] != want["id"] {
		t.Errorf("webhook-id %q", b.ids[0])
	}
}

// TestSendAgain: the same effect has the same id at each try, and two conversations' first effects have two.
func TestSendAgain(t *testing.T) {
	b := &bridge{status: 503}
	s, o := sender(t, b), outgoing()
	for range 2 {
		if _, err := s.Send(t.Context(), o); err == nil || channel.IsPermanent(err) || channel.IsUnsent(err) {
			t.Fatalf("after 503: %v", err)
		}
		o.PossibleDuplicate = true
	}
	o.Conversation = "k8conversation"
	_, _ = s.Send(t.Context(), o)
	if b.ids[0] != b.ids[1] || b.ids[1] == b.ids[2] {
		t.Errorf("ids %v", b.ids)
	}
	if !strings.Contains(string(b.bodies[1]), `"possible_duplicate":true`) || strings.Contains(string(b.bodies[0]), "possible_duplicate") {
		t.Errorf("%s", b.bodies)
	}
}

func TestProviderID(t *testing.T) {
	const ours = "k-1"
	for answer, want := range map[string]string{
		`{"id":"77"}`: "77", `{"id":77}`: "77", `{"id":9007199254740993}`: "9007199254740993", `{"id":"ü/1"}`: "ü/1", `{"id":"x","more":[1]}`: "x",
		"": ours, "ok": ours, "[]": ours, "null": ours, "{}": ours, `{"id":""}`: ours, `{"id":null}`: ours, `{"id":{}}`: ours, `{"id":true}`: ours, `{"id":"a\nb"}`: ours,
		`{"id":"` + strings.Repeat("a", 201) + `"}`: ours, `{"id":"x"`: ours,
	} {
		if got := providerID([]byte(answer), ours); got != want {
			t.Errorf("%.40s: %q, want %q", answer, got, want)
		}
	}
}

func TestFatesOfASending(t *testing.T) {
	for _, c := range []struct {
		name      string
		status    int
		change    func(*channel.Outgoing, *Sender)
		fate      string
		delivered int
	}{
		{"taken", 200, func(*channel.Outgoing, *Sender) {}, "sent", 1},
		{"refused for now", 429, func(*channel.Outgoing, *Sender) {}, "unsent", 1},
		{"refused for good", 410, func(*channel.Outgoing, *Sender) {}, "permanent", 1},
		{"broken", 500, func(*channel.Outgoing, *Sender) {}, "unknown", 1},
		{"another secret over there", 200, func(_ *channel.Outgoing, s *Sender) { s.now = func() time.Time { return now.Add(time.Hour) } }, "unsent", 1},
		{"forbidden", 403, func(*channel.Outgoing, *Sender) {}, "unsent", 1},
		{"another path over there", 404, func(*channel.Outgoing, *Sender) {}, "unsent", 1},
		{"a brand without a URL", 200, func(o *channel.Outgoing, _ *Sender) { o.Brand = "acme-sea" }, "unsent", 0},
		{"a page", 200, func(o *channel.Outgoing, _ *Sender) { o.Kind = channel.Page }, "permanent", 0},
		{"no effect", 200, func(o *channel.Outgoing, _ *Sender) { o.Effect = "" }, "permanent", 0},
		{"an id with a full stop", 200, func(o *channel.Outgoing, _ *Sender) { o.Conversation = "a.b" }, "permanent", 0},
		{"no secrets", 200, func(_ *channel.Outgoing, s *Sender) {
			s.secrets = func(context.Context, Use) (webhook.Secrets, error) { return nil, errors.New("none") }
		}, "unsent", 0},
		{"empty secrets", 200, func(_ *channel.Outgoing, s *Sender) {
			s.secrets = func(context.Context, Use) (webhook.Secrets, error) { return nil, nil }
		}, "unsent", 0},
		{"a URL inside", 200, func(_ *channel.Outgoing, s *Sender) {
			s.urls = map[string]string{"acme-air": "https://169.254.169.254/"}
		}, "unsent", 0},
	} {
		b := &bridge{status: c.status}
		s, o := sender(t, b), outgoing()
		c.change(&o, s)
		_, err := s.Send(t.Context(), o)
		got := "unknown"
		switch {
		case err == nil:
			got = "sent"
		case channel.IsPermanent(err):
			got = "permanent"
		case channel.IsUnsent(err):
			got = "unsent"
		}
		if got != c.fate || len(b.bodies) != c.delivered {
			t.Errorf("%s: %s, %d delivered (%v)", c.name, got, len(b.bodies), err)
		}
	}
}

func TestNewSenderRefusesItsURL(t *testing.T) {
	client, err := webhook.NewClient(webhook.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"", "http://hooks.acme.example", "https://hooks.acme.example:22/"} {
		if _, err := NewSender(client, map[string]string{"acme-air": url}, nil, nil); err == nil || !strings.Contains(err.Error(), "acme-air") {
			t.Errorf("%q was taken", url)
		}
	}
}

// TestWhatWeSendIsNoMention: posted back to us, as by a bridge that mixes up its two URLs, it is refused by its fields, so that no loop can begin.
func TestWhatWeSendIsNoMention(t *testing.T) {
	b := &bridge{status: 200}
	s := sender(t, b)
	for _, k := range []channel.Kind{channel.Receipt, channel.Reply, channel.Notice, channel.Survey} {
		o := outgoing()
		o.Kind = k
		if _, err := s.Send(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	for body := range slices.Values(b.bodies) {
		var p *network.Problem
		if _, err := Decode(body, now); !errors.As(err, &p) || p.Field != "author" {
			t.Errorf("%s: %v", body, err)
		}
	}
}

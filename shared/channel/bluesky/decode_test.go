package bluesky

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pronto/shared/channel/network"
	"pronto/shared/desk"
)

const (
	acmeDID = "did:plc:acmeairexample2222222222"
	miraDID = "did:plc:miraexample2222222222222"
)

// sample reads a notification as the network gives it.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "events", "networks", "bluesky", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The samples of events/networks/bluesky, as the desk takes them.
func TestSamples(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 1, 250_000_000, time.UTC)
	mira := network.Author{Handle: "mira.example", ID: miraDID, Name: "Mira Novak"}
	post := func(key string) string { return "at://" + miraDID + "/app.bsky.feed.post/" + key }
	lost := post("3m6mira2lost2")
	ours := "at://" + acmeDID + "/app.bsky.feed.post/3m6acme2recei"
	for name, want := range map[string]network.Mention{
		"mention": {ID: post("3m6mira2lost2"), Author: mira, Text: "Grüße @acme.example, my suitcase is lost 🧳 https://mira.example/photo", Language: "en"},
		"reply":   {ID: post("3m6mira2red22"), Author: mira, Text: "It is red.", Language: "en", InReplyTo: ours, Thread: []string{lost}},
		"quote":   {ID: post("3m6mira2quote"), Author: mira, Text: "They answered!", Language: "en", InReplyTo: ours},
		"below": {ID: "at://did:plc:olegexample222222222222/app.bsky.feed.post/3m6oleg2belo2", Author: network.Author{Handle: "did:plc:olegexample222222222222", ID: "did:plc:olegexample222222222222"},
			Text: "Look under the bed", InReplyTo: ours, Thread: []string{post("3m6mira2red22"), lost}, Silence: desk.NotMentioned},
		"bot":     {ID: post("3m6mira2bot22"), Author: network.Author{Handle: "mira.example", ID: miraDID, Bot: true}, Text: "@acme.example beep"},
		"blocked": {ID: post("3m6mira2barre"), Author: network.Author{Handle: "mira.example", ID: miraDID}, Text: "@acme.example hey", Silence: desk.Barred},
		"hidden":  {ID: post("3m6mira2hidde"), Author: network.Author{Handle: "mira.example", ID: miraDID}, Text: "@acme.example hey", Silence: desk.Barred},
	} {
		raw, err := wrap(item{raw: sample(t, name)}, acmeDID, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := Decode(raw, monday)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		did, key, _ := split(want.ID)
		want.Event, want.CreatedAt, want.UpdatedAt, want.URL = network.Created, at, at, "https://bsky.app/profile/"+did+"/post/"+key
		m.Thread = slices.DeleteFunc(m.Thread, func(uri string) bool { return by(acmeDID, uri) }) // the other posts of a piece, which TestAddresses has
		if len(m.Thread) == 0 {
			m.Thread = nil
		}
		if !reflect.DeepEqual(m, want) {
			t.Errorf("%s:\n%+v, want\n%+v", name, m, want)
		}
	}
}

// What was not there when we looked last came later than its author says.
func TestAfter(t *testing.T) {
	later := time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)
	raw, err := wrap(item{raw: sample(t, "mention")}, acmeDID, later)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := Decode(raw, later); err != nil || !m.CreatedAt.Equal(later) {
		t.Errorf("%s, %v", m.CreatedAt, err)
	}
}

// A notification that is changed in one place.
func TestDecodeRefuses(t *testing.T) {
	mention := string(sample(t, "mention"))
	for name, c := range map[string]struct{ old, text, field string }{
		"no post":           {"app.bsky.feed.post/3m6mira2lost2", "app.bsky.feed.like/3m6mira2lost2", "notification.uri"},
		"another's post":    {`"did": "` + miraDID, `"did": "did:plc:oleg`, "notification.author"},
		"no time":           {`"indexedAt"`, `"indexed"`, "notification.indexedAt"},
		"a text of numbers": {`"text": "`, `"text": 1, "x": "`, "notification"},
	} {
		text := strings.Replace(mention, c.old, c.text, 1)
		if text == mention {
			t.Fatalf("%s: nothing was changed", name)
		}
		raw, err := wrap(item{raw: json.RawMessage(text)}, acmeDID, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		var p *network.Problem
		if _, err := Decode(raw, monday); !errors.As(err, &p) || p.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, raw := range []string{"", "{}", "[]", `{"account":"acme","notification":{}}`, `{"account":"did:plc:acme"}`, `{"account":"did:plc:acme","large":true}`, strings.Repeat(" ", network.MaxRaw+1)} {
		var p *network.Problem
		if _, err := Decode([]byte(raw), monday); !errors.As(err, &p) {
			t.Errorf("%.20q: %v", raw, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"mention", "reply", "quote", "below", "bot", "blocked", "hidden"} {
		raw, err := wrap(item{raw: sample(f, name)}, acmeDID, time.Time{})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Decode(raw, monday)
		var p *network.Problem
		switch {
		case err != nil && !errors.As(err, &p):
			t.Errorf("%v", err)
		case err == nil && (m.ID == "" || m.Author.Handle == "" || m.Author.ID == "" || m.CreatedAt.IsZero() || m.URL == "" || !utf8.ValidString(m.Text) || strings.ContainsAny(m.Author.Name, "\n\t")):
			t.Errorf("%+v", m)
		}
	})
}

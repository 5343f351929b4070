package mastodon

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pronto/shared/channel/network"
	"pronto/shared/desk"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// sample is a notification of events/networks/mastodon as poll puts it into the bucket: on the server of its name.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../../../events/networks/mastodon/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var n received
	if err := json.Unmarshal(b, &n); err != nil {
		t.Fatal(err)
	}
	e := envelope{Event: network.Created, Account: "care@social.example", Host: "social.example", At: n.CreatedAt, Status: n.Status}
	if strings.HasPrefix(name, "gotosocial") {
		e.Account, e.Host = "care@gts.example", "gts.example"
	}
	if n.Type == "update" {
		e.Event = network.Edited
	}
	raw, err := e.raw()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestSamplesAreDecoded(t *testing.T) {
	at := func(h, m, s, ms int) time.Time { return time.Date(2026, 11, 23, h, m, s, ms*1e6, time.UTC) }
	want := map[string]network.Mention{
		"mastodon-mention": {
			ID: "115600000000000101@social.example", Author: network.Author{Handle: "mira@elsewhere.example", Name: "Mira Novak"}, Language: "en", CreatedAt: at(9, 0, 0, 482),
			URL:  "https://elsewhere.example/@mira/115600000000000100",
			Text: "@care my suitcase is lost :blobcat: #lost\n\nHere it was last seen: https://www.airport.example/belt/7/photos/of/the/morning\nPlease & thank you\n\n[image: A red suitcase on a belt]",
		},
		"mastodon-direct": {
			ID: "115600000000000222@social.example", Author: network.Author{Handle: "lea@social.example", Name: "Lea"}, Language: "it", CreatedAt: at(9, 1, 0, 0),
			URL: "https://social.example/@lea/115600000000000222", Text: "Soldi\n\n@care Dov’è il mio rimborso?",
		},
		"mastodon-quote": {
			ID: "115600000000000333@social.example", Author: network.Author{Handle: "mira@elsewhere.example", Name: "Mira Novak"}, Language: "en", CreatedAt: at(9, 2, 0, 0),
			URL: "https://elsewhere.example/@mira/115600000000000332", Text: "RE: https://social.example/@care/115600000000000050\n\nMine is not!",
		},
		"mastodon-bot": {
			ID: "115600000000000444@social.example", Author: network.Author{Handle: "feed@news.example", Name: "Air news", Bot: true}, Language: "en", CreatedAt: at(9, 3, 0, 0),
			URL: "https://news.example/@feed/4", Text: "Delays at @care",
		},
		"mastodon-nobot": {
			ID: "115600000000000555@social.example", Author: network.Author{Handle: "noa@social.example", Name: "Noa"}, Language: "en", CreatedAt: at(9, 4, 0, 0),
			URL: "https://social.example/@noa/5", Text: "@care thanks", Silence: desk.Barred,
		},
		"gotosocial-mention": {
			ID: "01KAR5X2Y3Z4A5B6C7D8E9F0G1@gts.example", Author: network.Author{Handle: "paolo@gts.example", Name: "Paolo"}, CreatedAt: at(9, 0, 0, 482),
			URL:  "https://gts.example/@paolo/statuses/01KAR5X2Y3Z4A5B6C7D8E9F0G1",
			Text: "@care quoting your site:\n\n> Bags arrive within\n> 24 hours\n\n- It is day 3\n- See your page (https://acme.example/bags)",
		},
		"gotosocial-update": {
			Event: network.Edited, ID: "01KAR5X2Y3Z4A5B6C7D8E9F0G1@gts.example", Author: network.Author{Handle: "paolo@gts.example", Name: "Paolo"}, CreatedAt: at(9, 10, 12, 0),
			URL: "https://gts.example/@paolo/statuses/01KAR5X2Y3Z4A5B6C7D8E9F0G1", Text: "@care it is here, thank you!", UpdatedAt: at(9, 10, 11, 0),
		},
	}
	all, err := filepath.Glob("../../../events/networks/mastodon/*.json")
	if err != nil || len(all) != len(want) {
		t.Errorf("%d samples, %d are known (%v)", len(all), len(want), err)
	}
	for name, w := range want {
		if w.Event == "" {
			w.Event, w.UpdatedAt = network.Created, w.CreatedAt
		}
		if got, err := Decode(sample(t, name), monday.Add(time.Hour)); err != nil || !reflect.DeepEqual(got, w) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", name, err, got, w)
		}
	}
}

func TestWhatCannotBeDecoded(t *testing.T) {
	for raw, field := range map[string]string{
		"": "", "[]": "", "{}": "status", `{"event":"created"}`: "status", `{"event":"created","status":[]}`: "status", `{"event":"created","status":{}}`: "status.id",
		`{"event":"created","status":{"id":"../admin"}}`: "status.id", `{"event":"liked","status":{"id":"1"}}`: "event",
		`{"event":"created","account":"care@social.example","status":{"id":"1"}}`:                                           "status.account.acct",
		`{"event":"created","account":"care@social.example","status":{"id":"1","account":{"acct":"mira <b>"}}}`:             "status.account.acct",
		`{"event":"created","account":"care@social.example","status":{"id":"1","account":{"acct":"a@b@c"}}}`:                "status.account.acct",
		`{"event":"created","status":{"id":"1","content":"` + strings.Repeat("a", network.MaxRaw) + `"}}`:                   "",
		`{"event":"edited","account":"care@social.example","status":{"id":"1","account":{"acct":7,"display_name":false}}}`:  "*", // 7 is a handle
		`{"event":"deleted","status":{"id":12,"content":{"a":[]},"account":{"acct":{}}}}`:                                   "*",
		`{"event":"edited","account":"c@s.example","at":7,"status":{"id":"1","edited_at":"x","account":{"acct":"m"}}}`:      "*",
		`{"event":"edited","account":"c@s.example","status":{"id":"1","language":[],"account":{"acct":"m","bot":"maybe"}}}`: "status",
	} {
		_, err := Decode([]byte(raw), monday)
		var bad *network.Problem
		if ok := errors.As(err, &bad); ok == (field == "*") || ok && bad.Field != field {
			t.Errorf("%.120s: %v, want %q", raw, err, field)
		}
	}
}

// A post that is larger than what is kept of one is cut, and read all the same.
func TestAnEnormousPost(t *testing.T) {
	var n received
	b, err := os.ReadFile("../../../events/networks/mastodon/mastodon-mention.json")
	if err != nil || json.Unmarshal(b, &n) != nil {
		t.Fatal(err)
	}
	var s map[string]any
	if err := json.Unmarshal(n.Status, &s); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"content", "unknown", "spoiler_text"} {
		big := map[string]any{}
		for k, v := range s {
			big[k] = v
		}
		big[field] = strings.Repeat("<p>lost é</p>", 60_000)
		body, err := json.Marshal(big)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := envelope{Event: network.Created, Account: "care@social.example", Host: "social.example", Status: body}.raw()
		if err != nil || len(raw) > network.MaxRaw {
			t.Fatalf("%s: %d bytes, %v", field, len(raw), err)
		}
		if m, err := Decode(raw, monday); err != nil || m.Author.Handle != "mira@elsewhere.example" || m.Text == "" || !m.CreatedAt.Equal(monday) {
			t.Errorf("%s: %+v, %v", field, m, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"event":"created","account":"care@social.example","host":"social.example","status":{"id":"1","content":"<p>x</p>","account":{"acct":"mira"}}}`))
	f.Add([]byte(`{"event":"deleted","status":{"id":12}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Decode(raw, monday)
		var bad *network.Problem
		switch {
		case err != nil && !errors.As(err, &bad):
			t.Errorf("%v", err)
		case err == nil && (m.ID == "" || m.Event == network.Created && m.Author.Handle == ""):
			t.Errorf("%+v", m)
		}
	})
}

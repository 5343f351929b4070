package custom

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pronto/shared/channel/network"
	"pronto/shared/desk"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// whole has every field.
const whole = `{"id":"net-1234","event":"created","brand":"acme-air","created_at":"2026-11-23T09:58:00.5+01:00",
	"author":{"handle":"@mira","name":"Mira Novak","bot":false,"followers":12},
	"text":"@acmeair my suitcase is lost","lang":"en-GB","url":"https://net.example/1234","in_reply_to":"net-1200","likes":{"count":[1,2]}}`

// with is the whole body with one field replaced by a JSON value, or left out when value is "". "author.x" is a field of the author.
func with(t testing.TB, field, value string) []byte {
	t.Helper()
	var top, author map[string]json.RawMessage
	if err := json.Unmarshal([]byte(whole), &top); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(top["author"], &author); err != nil {
		t.Fatal(err)
	}
	in, name := top, field
	if rest, ok := strings.CutPrefix(field, "author."); ok {
		in, name = author, rest
	}
	if in[name] = json.RawMessage(value); value == "" {
		delete(in, name)
	}
	if in["handle"] != nil || name == "handle" {
		b, err := json.Marshal(author)
		if err != nil {
			t.Fatal(err)
		}
		top["author"] = b
	}
	b, err := json.Marshal(top)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func quoted(s string) string { return `"` + s + `"` }

func TestDecodeWhole(t *testing.T) {
	got, err := Decode([]byte(whole), now)
	at := time.Date(2026, 11, 23, 8, 58, 0, 5e8, time.UTC)
	want := network.Mention{
		Event: network.Created, ID: "net-1234", Brand: "acme-air", Author: network.Author{Handle: "@mira", Name: "Mira Novak"}, Text: "@acmeair my suitcase is lost", Language: "en",
		URL: "https://net.example/1234", InReplyTo: "net-1200", CreatedAt: at, UpdatedAt: at,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDecodeLeast(t *testing.T) {
	at := now.Add(-time.Minute)
	for _, c := range []struct {
		name, body string
		want       network.Mention
	}{
		{"created", `{"id":"1","author":{"handle":"m"},"text":"","created_at":"2026-11-23T08:59:00Z"}`,
			network.Mention{Event: network.Created, ID: "1", Author: network.Author{Handle: "m"}, CreatedAt: at, UpdatedAt: at}},
		{"nulls are absent", `{"id":"1","author":{"handle":"m","name":null,"bot":null},"text":"x","created_at":"2026-11-23T08:59:00Z","lang":null,"url":null,"brand":null,"event":null,"in_reply_to":null}`,
			network.Mention{Event: network.Created, ID: "1", Author: network.Author{Handle: "m"}, Text: "x", CreatedAt: at, UpdatedAt: at}},
		{"edited", `{"id":"1","event":"edited","text":"y","updated_at":"2026-11-23T08:59:00Z"}`, network.Mention{Event: network.Edited, ID: "1", Text: "y", UpdatedAt: at}},
		{"edited without a time", `{"id":"1","event":"edited","text":"y"}`, network.Mention{Event: network.Edited, ID: "1", Text: "y", UpdatedAt: now}},
		{"deleted", `{"id":"1","event":"deleted"}`, network.Mention{Event: network.Deleted, ID: "1", UpdatedAt: now}},
		{"deleted with its text", `{"id":"1","event":"deleted","text":"gone","author":{"handle":"m","bot":true}}`,
			network.Mention{Event: network.Deleted, ID: "1", Author: network.Author{Handle: "m", Bot: true}, UpdatedAt: now}},
	} {
		if got, err := Decode([]byte(c.body), now); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}

func TestDecodeAccepts(t *testing.T) {
	for _, c := range []struct{ field, value string }{
		{"id", quoted(strings.Repeat("ü", 200))}, {"id", `"at://did:plc:abc/app.feed.post/3k"`}, {"author.handle", `"m"`}, {"author.name", `"\u202eMira"`}, {"author.name", `""`},
		{"text", quoted(strings.Repeat("ß", 10_000))}, {"text", `"a\u0000b\u0007"`}, {"text", `"\ud800"`}, {"lang", `"und"`}, {"lang", `"pt_BR"`}, {"lang", `"zh-Hant-TW"`}, {"lang", `""`},
		{"created_at", `"2026-11-24T09:00:00Z"`}, {"created_at", `"2012-01-01T00:00:00-08:00"`}, {"url", `"http://net.example/x?y=1#z"`}, {"url", `""`}, {"brand", ""}, {"new_field", `[{"a":1}]`},
	} {
		if _, err := Decode(with(t, c.field, c.value), now); err != nil {
			t.Errorf("%s %.40s: %v", c.field, c.value, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct{ field, value, says string }{
		{"id", "", "missing"}, {"id", "null", "missing"}, {"id", `""`, "empty"}, {"id", "1234", "not a string"}, {"id", `"a\nb"`, "line break"}, {"id", `" a"`, "spaces"},
		{"id", `["a"]`, "not a string"}, {"id", quoted(strings.Repeat("a", 201)), "more than 200"},
		{"event", `"exploded"`, "created, edited or deleted"}, {"event", "1", "not a string"},
		{"author", "", "missing"}, {"author", `"@mira"`, "not an object"}, {"author", `[]`, "not an object"}, {"author", `{"handle":"a","handle":"b"}`, "twice"},
		{"author.handle", "", "missing"}, {"author.handle", `""`, "empty"}, {"author.handle", "7", "not a string"}, {"author.handle", quoted(strings.Repeat("a", 201)), "more than 200"},
		{"author.name", "true", "not a string"}, {"author.name", quoted(strings.Repeat("a", 201)), "more than 200"}, {"author.name", `"a\u0000"`, "control"},
		{"author.bot", `"true"`, "neither true nor false"}, {"author.bot", "1", "neither true nor false"},
		{"text", "", "missing"}, {"text", "5", "not a string"}, {"text", quoted(strings.Repeat("a", 10_001)), "more than 10000"},
		{"lang", `"english!"`, "language tag"}, {"lang", `"e"`, "language tag"}, {"lang", "{}", "not a string"}, {"lang", quoted("en-" + strings.Repeat("abcdefgh-", 6) + "a"), "language tag"},
		{"url", `"javascript:alert(1)"`, "link"}, {"url", `"//net.example"`, "link"}, {"url", `"https://ana:x@net.example"`, "link"}, {"url", quoted("https://net.example/" + strings.Repeat("a", 2000)), "link"},
		{"url", "[]", "not a string"}, {"in_reply_to", "9", "not a string"}, {"in_reply_to", quoted(strings.Repeat("a", 201)), "more than 200"}, {"brand", "9", "not a string"},
		{"created_at", "", "missing"}, {"created_at", "1795424520", "not a string"}, {"created_at", `"yesterday"`, "RFC 3339"}, {"created_at", `"2026-11-23"`, "RFC 3339"},
		{"created_at", `"2026-11-24T09:00:01Z"`, "a day ahead"}, {"created_at", `"1970-01-21T00:00:00Z"`, "before 2000"}, {"created_at", `"2026-13-01T00:00:00Z"`, "RFC 3339"},
	} {
		var p *network.Problem
		_, err := Decode(with(t, c.field, c.value), now)
		if !errors.As(err, &p) || p.Field != c.field || !strings.Contains(p.Message, c.says) || !strings.Contains(p.Error(), c.field) {
			t.Errorf("%s %.40s: %v, want %q", c.field, c.value, err, c.says)
		}
	}
}

func TestDecodeRefusesBodies(t *testing.T) {
	for _, c := range []struct{ name, body, says string }{
		{"empty", "", "not JSON"}, {"words", "hello", "not JSON"}, {"list", "[]", "not an object"}, {"string", `"x"`, "not an object"}, {"null", "null", "not an object"},
		{"cut off", whole[:len(whole)-2], "not JSON"}, {"two objects", whole + whole, "not JSON"}, {"a field twice", `{"id":"a","id":"b"}`, "twice"},
		{"no UTF-8", `{"id":"` + "\xff" + `"}`, "UTF-8"}, {"UTF-16", "\xff\xfe{\x00", "UTF-8"}, {"deep", strings.Repeat(`{"a":`, 17) + "1" + strings.Repeat("}", 17), "levels deep"},
		{"very deep", strings.Repeat("[", 100_000), "levels deep"}, {"long", `{"x":"` + strings.Repeat("a", MaxBody) + `"}`, "more than 256 KB"},
	} {
		var p *network.Problem
		if _, err := Decode([]byte(c.body), now); !errors.As(err, &p) || p.Field != "" || !strings.Contains(p.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	for _, body := range []string{strings.Replace(whole, `"id"`, `"ID"`, 1), strings.Replace(whole, `"id"`, `"İd"`, 1)} {
		var p *network.Problem
		if _, err := Decode([]byte(body), now); !errors.As(err, &p) || p.Field != "id" {
			t.Errorf("a field's name is taken in another case: %v", err)
		}
	}
}

// TestProblemsRepeatNothing: what was posted is not in an error, which may be logged or shown.
func TestProblemsRepeatNothing(t *testing.T) {
	const word = "xyzzy"
	for _, field := range []string{"id", "event", "lang", "url", "created_at", "author.handle", "brand"} {
		if _, err := Decode(with(t, field, `"\n`+word+`\n"`), now); err == nil || strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestTextIsKeptButForControlCharacters(t *testing.T) {
	m, err := Decode(with(t, "text", `"a\u0000\r\nb\tc\u001b[31m 😀\u0085"`), now)
	if want := "a\nb\tc[31m 😀"; err != nil || m.Text != want {
		t.Errorf("%q, %v, want %q", m.Text, err, want)
	}
}

func TestMessage(t *testing.T) {
	m, err := Decode(with(t, "text", quoted(strings.Repeat("ü", desk.ExcerptBytes))), now)
	if err != nil {
		t.Fatal(err)
	}
	got := m.Message("k1", "custom/2026-11-23/k1-x", now)
	if got.ID != "k1" || got.ProviderID != "net-1234" || got.Direction != "in" || got.Kind != "message" || !got.At.Equal(now) || got.Raw != "custom/2026-11-23/k1-x" ||
		got.Author.Address != "@mira" || got.Author.Name != "Mira Novak" {
		t.Errorf("%+v", got)
	}
	if len(got.Excerpt) != desk.ExcerptBytes || !utf8.ValidString(got.Excerpt) {
		t.Errorf("an excerpt of %d bytes", len(got.Excerpt))
	}
	m.Text = "a" + m.Text
	if got := m.Message("k1", "", now).Excerpt; len(got) != desk.ExcerptBytes-1 || !utf8.ValidString(got) {
		t.Errorf("an excerpt of %d bytes is cut within a rune", len(got))
	}
}

// FuzzDecode: whatever is posted, a mention is within its caps or the problem says what to do; and a mention that is taken is taken again from what it says.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{whole, `{"id":"1","event":"deleted"}`, `{"id":"1","event":"edited","text":"y"}`, "[]", `{"a":{"b":[`, `{"id":"\ud800","author":{}}`, "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := Decode(body, now)
		if err != nil {
			var p *network.Problem
			if !errors.As(err, &p) || p.Message == "" || !reflect.DeepEqual(m, network.Mention{}) {
				t.Fatalf("%v, %+v", err, m)
			}
			return
		}
		if n := utf8.RuneCountInString(m.ID); n < 1 || n > maxID || utf8.RuneCountInString(m.Text) > maxText || !utf8.ValidString(m.Text+m.ID+m.Author.Handle+m.Author.Name) {
			t.Fatalf("%+v", m)
		}
		if m.Event == network.Created && (m.Author.Handle == "" || m.CreatedAt.IsZero()) || m.UpdatedAt.IsZero() || m.CreatedAt.After(now.Add(maxAhead)) || len(m.Language) != 0 && len(m.Language) != 2 {
			t.Fatalf("%+v", m)
		}
	})
}

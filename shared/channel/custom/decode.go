package custom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"pronto/shared/channel/network"
)

// Caps of what is taken.
const (
	MaxBody = network.MaxRaw // bytes
	maxText = 10_000         // runes
	maxName = 200            // runes, of a handle, a name or an id
	maxURL  = 2_000          // bytes
	maxDeep = 16             // levels of objects and lists
	maxLang = 35             // bytes, as RFC 5646 advises
	maxID   = maxName
)

// maxAhead is how far in the future a time may be: clocks are wrong, zones are mistaken, but not by more than a day.
const maxAhead = 24 * time.Hour

// earliest is before any network that we could be bridged to: a time below it is a mistake in units.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Decode reads what a bridge posted, at now. Its error is a *network.Problem.
func Decode(body []byte, now time.Time) (network.Mention, error) {
	if p := readable(body); p != nil {
		return network.Mention{}, p
	}
	top, p := object("", body)
	if p != nil {
		return network.Mention{}, p
	}
	d := &decoder{fields: top, now: now}
	m := d.mention()
	if d.problem != nil {
		return network.Mention{}, d.problem
	}
	return m, nil
}

// readable checks what must hold before anything is parsed.
func readable(body []byte) *network.Problem {
	switch {
	case len(body) > MaxBody:
		return &network.Problem{Field: "", Message: fmt.Sprintf("has more than %d KB: shorten it", MaxBody>>10)}
	case !utf8.Valid(body):
		return &network.Problem{Field: "", Message: "is not UTF-8: encode it so"}
	case depth(body) > maxDeep:
		return &network.Problem{Field: "", Message: fmt.Sprintf("is nested more than %d levels deep: flatten it", maxDeep)}
	case !json.Valid(body):
		return &network.Problem{Field: "", Message: "is not JSON: post one JSON object"}
	}
	return nil
}

// depth is how deep objects and lists lie in each other, strings left out.
func depth(body []byte) (deepest int) {
	now, quoted, escaped := 0, false, false
	for _, c := range body {
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = c == '\\', c != '"'
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}

// object splits valid JSON into its fields, whose names are taken literally. A name that stands twice is refused: the two sides could read it differently.
func object(field string, raw []byte) (map[string]json.RawMessage, *network.Problem) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, &network.Problem{Field: field, Message: "is not an object: write it as {…}"}
	}
	fields := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, &network.Problem{Field: field, Message: "is not JSON: post one JSON object"}
		}
		if _, twice := fields[name]; twice {
			return nil, &network.Problem{Field: field, Message: "has a field twice: give each once"}
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, &network.Problem{Field: field, Message: "is not JSON: post one JSON object"}
		}
		fields[name] = value
	}
	return fields, nil
}

// decoder reads fields until the first problem, after which it returns zero values.
type decoder struct {
	at      string // "author." inside the author
	fields  map[string]json.RawMessage
	now     time.Time
	problem *network.Problem
}

func (d *decoder) mention() network.Mention {
	m := network.Mention{Event: d.event(), ID: d.name("id", true)}
	created := m.Event == network.Created
	m.Author = d.author(created)
	m.Text = d.text(m.Event != network.Deleted)
	m.Language = d.language()
	m.URL = d.url()
	m.InReplyTo = d.name("in_reply_to", false)
	m.CreatedAt = d.time("created_at", created)
	m.Brand = d.name("brand", false)
	m.UpdatedAt = m.CreatedAt
	if !created {
		if m.UpdatedAt = d.time("updated_at", false); m.UpdatedAt.IsZero() {
			m.UpdatedAt = d.now.UTC()
		}
	}
	if m.Event == network.Deleted {
		m.Text = "" // some bridges send it along; it is withdrawn
	}
	return m
}

func (d *decoder) fail(field, message string) {
	if d.problem == nil {
		d.problem = &network.Problem{Field: d.at + field, Message: message}
	}
}

// raw finds a field; ok is false when it is absent or null.
func (d *decoder) raw(field string, need bool) (value json.RawMessage, ok bool) {
	value, ok = d.fields[field]
	if ok = ok && string(value) != "null"; !ok && need {
		d.fail(field, "is missing: give it")
	}
	return value, ok && d.problem == nil
}

func (d *decoder) string(field string, need bool) (s string, ok bool) {
	value, ok := d.raw(field, need)
	if !ok {
		return "", false
	}
	if value[0] != '"' || json.Unmarshal(value, &s) != nil {
		d.fail(field, `is not a string: write it in quotes, as in "…"`)
		return "", false
	}
	return s, true
}

// name reads a handle, a name or an id: one line, with nothing around it.
func (d *decoder) name(field string, need bool) string {
	s, ok := d.string(field, need)
	switch {
	case !ok:
		return ""
	case s == "" && need:
		d.fail(field, "is empty: give it")
	case utf8.RuneCountInString(s) > maxName:
		d.fail(field, fmt.Sprintf("has more than %d characters: shorten it", maxName))
	case s != strings.TrimSpace(s) || strings.ContainsFunc(s, unicode.IsControl):
		d.fail(field, "has spaces around it, a line break or another control character: leave them out")
	}
	return s
}

func (d *decoder) event() network.Event {
	s, ok := d.string("event", false)
	if !ok {
		return network.Created
	}
	switch e := network.Event(s); e {
	case network.Created, network.Edited, network.Deleted:
		return e
	}
	d.fail("event", "is none that we know: use created, edited or deleted")
	return network.Created
}

func (d *decoder) author(need bool) network.Author {
	value, ok := d.raw("author", need)
	if !ok {
		return network.Author{}
	}
	fields, p := object("author", value)
	if p != nil {
		d.fail(p.Field, p.Message)
		return network.Author{}
	}
	in := &decoder{at: "author.", fields: fields}
	a := network.Author{Handle: in.name("handle", true), Name: in.name("name", false), Bot: in.bool("bot")}
	if in.problem != nil {
		d.problem = in.problem
	}
	return a
}

func (d *decoder) bool(field string) bool {
	value, ok := d.raw(field, false)
	if ok && string(value) != "true" && string(value) != "false" {
		d.fail(field, "is neither true nor false: write one of them, without quotes")
	}
	return string(value) == "true"
}

// text may be empty (a picture), but must be there. Control characters other than line breaks and tabs are dropped: a network let them through, and a
// customer's words are not turned away for them.
func (d *decoder) text(need bool) string {
	s, _ := d.string("text", need)
	if utf8.RuneCountInString(s) > maxText {
		d.fail("text", fmt.Sprintf("has more than %d characters: shorten it", maxText))
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}

// languageTag is the outline of a tag of RFC 5646, with the underscore that many write.
var languageTag = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$`) })

func (d *decoder) language() string {
	s, ok := d.string("lang", false)
	if !ok || s == "" {
		return ""
	}
	if len(s) > maxLang || !languageTag().MatchString(s) {
		d.fail("lang", `is no language tag: write it as "en" or "pt-BR", or leave it out`)
		return ""
	}
	primary, _, _ := strings.Cut(strings.ReplaceAll(s, "_", "-"), "-")
	if len(primary) != 2 {
		return "" // und, and languages without a two-letter code: we look for ourselves
	}
	return strings.ToLower(primary)
}

// url is shown to agents as a link: nothing but the web.
func (d *decoder) url() string {
	s, ok := d.string("url", false)
	if !ok || s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || len(s) > maxURL || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		d.fail("url", "is no link to the web: write it as https://…, or leave it out")
		return ""
	}
	return s
}

func (d *decoder) time(field string, need bool) time.Time {
	s, ok := d.string(field, need)
	if !ok {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	switch {
	case err != nil:
		d.fail(field, "is no time of RFC 3339: write it as 2026-11-23T09:00:00Z")
	case t.After(d.now.Add(maxAhead)):
		d.fail(field, "is more than a day ahead: give the time of the network's clock")
	case t.Before(earliest):
		d.fail(field, "is before 2000: give the time of the network's clock")
	default:
		return t.UTC()
	}
	return time.Time{}
}

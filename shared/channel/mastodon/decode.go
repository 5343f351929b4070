package mastodon

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"pronto/shared/channel/network"
	"pronto/shared/desk"
)

// envelope is a Post's Raw: the server's JSON of a post, and around it what Decode cannot know by itself.
type envelope struct {
	Event     network.Event   `json:"event"`
	Account   string          `json:"account"`               // ours, in full: the server's own people are of its domain
	Host      string          `json:"host"`                  // of our server: where ids count
	At        instant         `json:"at"`                    // when our server had it; of a change that was looked for, when it was seen
	InReplyTo string          `json:"in_reply_to,omitempty"` // the id on our server of what it goes on with; see joins
	Status    json.RawMessage `json:"status"`                // as the server gave it; of what is deleted, its id alone
}

// Caps of what is read of a post.
const (
	maxName   = 200 // runes, of a name or a handle
	maxAlt    = 500 // runes, of what a picture shows
	maxMedia  = 16
	maxStatus = network.MaxRaw - 8<<10 // bytes, as the server gave it
)

// raw makes a Post's Raw. A post that is too large is kept as far as the desk reads it, its HTML cut.
func (e envelope) raw() ([]byte, error) {
	if len(e.Status) > maxStatus {
		var s status
		if json.Unmarshal(e.Status, &s) != nil {
			return nil, network.ErrGarbled
		}
		e.Status = s.slim()
	}
	return json.Marshal(e)
}

func (s status) slim() json.RawMessage {
	cut := func(t text, most int) text { return text(strings.ToValidUTF8(string(t)[:min(len(t), most)], "")) }
	s.Content, s.SpoilerText, s.Account.Note = cut(s.Content, maxText), cut(s.SpoilerText, 2000), cut(s.Account.Note, 2000)
	s.Mentions, s.Quote = s.Mentions[:min(len(s.Mentions), 100)], nil
	s.Media = slices.Clone(s.Media[:min(len(s.Media), maxMedia)])
	for i := range s.Media {
		s.Media[i].Description = cut(s.Media[i].Description, 4*maxAlt)
	}
	b, err := json.Marshal(s)
	if err != nil || len(b) > maxStatus {
		b, _ = json.Marshal(map[string]text{"id": s.ID})
	}
	return b
}

// Decode makes a Mention of a Post's Raw. Its error is a *network.Problem. at is when it came, and stands where the server names no time.
func Decode(raw []byte, at time.Time) (network.Mention, error) {
	var e envelope
	var s status
	switch {
	case len(raw) > network.MaxRaw:
		return network.Mention{}, &network.Problem{Message: "is too large"}
	case json.Unmarshal(raw, &e) != nil:
		return network.Mention{}, &network.Problem{Message: "is no envelope of this channel"}
	case json.Unmarshal(e.Status, &s) != nil:
		return network.Mention{}, &network.Problem{Field: "status", Message: "is no post"}
	case !validID(string(s.ID)):
		return network.Mention{}, &network.Problem{Field: "status.id", Message: "is no id"}
	}
	m := network.Mention{Event: e.Event, ID: qualified(string(s.ID), e.Host), CreatedAt: e.At.Time, InReplyTo: qualified(e.InReplyTo, e.Host)}
	if m.CreatedAt.IsZero() {
		m.CreatedAt = at.UTC()
	}
	m.UpdatedAt = m.CreatedAt
	switch e.Event {
	case network.Deleted:
		return m, nil
	case network.Edited:
		if !s.EditedAt.IsZero() && !s.EditedAt.After(at.Add(time.Minute)) {
			m.UpdatedAt = s.EditedAt.Time
		}
	case network.Created:
	default:
		return network.Mention{}, &network.Problem{Field: "event", Message: "is none that we know"}
	}
	handle := full(string(s.Account.Acct), domain(e.Account))
	if handle == "" {
		return network.Mention{}, &network.Problem{Field: "status.account.acct", Message: "is no handle"}
	}
	m.Author = network.Author{Handle: handle, Name: line1(string(s.Account.DisplayName), maxName), Bot: s.Account.Bot}
	m.Text, m.Language, m.URL = words(s), language(string(s.Language)), address(s)
	if wantsNoBots(s.Account) {
		m.Silence = desk.Barred
	}
	return m, nil
}

// handles are a name, and a server's where it is another. Names of other software than Mastodon may have dots and hyphens.
var handles = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[\p{L}\p{N}_.-]+(@[\p{L}\p{N}.-]+(:[0-9]{1,5})?)?$`)
})

// full is a handle with its server, "" when it is none. The server's own people have none in the API.
func full(acct, home string) string {
	if utf8.RuneCountInString(acct) > maxName || !handles().MatchString(acct) {
		return ""
	}
	if !strings.Contains(acct, "@") {
		acct += "@" + home
	}
	return acct
}

// words are a post's text as an agent reads it: what its author put before it as a warning, the text, and what its pictures show.
func words(s status) string {
	var parts []string
	add := func(t string) {
		if t != "" {
			parts = append(parts, t)
		}
	}
	add(line1(string(s.SpoilerText), 500))
	add(Text(string(s.Content)))
	var shown []string
	for _, m := range s.Media[:min(len(s.Media), maxMedia)] {
		kind := string(m.Type)
		if !slices.Contains([]string{"image", "video", "gifv", "audio"}, kind) {
			kind = "attachment"
		}
		shown = append(shown, strings.TrimSuffix("["+kind+": "+line1(string(m.Description), maxAlt), ": ")+"]")
	}
	add(strings.Join(shown, "\n"))
	return strings.Join(parts, "\n\n")
}

// line1 makes one line of what should be one, without control characters.
func line1(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// language is the two-letter code, "" where there is none: the desk looks for itself.
func language(tag string) string {
	primary, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	if len(primary) != 2 || strings.ContainsFunc(primary, func(r rune) bool { return (r|0x20) < 'a' || (r|0x20) > 'z' }) {
		return ""
	}
	return strings.ToLower(primary)
}

// address is where an agent finds the post; url is missing of posts that our server has only by its own name for them.
func address(s status) string {
	for _, a := range []string{string(s.URL), string(s.URI)} {
		if u, err := url.Parse(a); err == nil && isWeb(a) && u.Host != "" && u.User == nil {
			return a
		}
	}
	return ""
}

// wantsNoBots tells whether an author has said in his profile that no bot may write to him, as people do on these networks.
func wantsNoBots(a account) bool {
	for w := range strings.FieldsFuncSeq(strings.ToLower(Text(string(a.Note)[:min(len(a.Note), 8<<10)])), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '#' && r != '_'
	}) {
		if w == "#nobot" || w == "#nobots" {
			return true
		}
	}
	return false
}

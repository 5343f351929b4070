package bluesky

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pronto/shared/channel/network"
	"pronto/shared/desk"
)

// Caps of what is taken; the lexicon allows less.
const (
	maxText = 10_000 // runes
	maxName = 200    // runes
)

// notification is what we read of one (app.bsky.notification.listNotifications).
type notification struct {
	URI           string    `json:"uri"`
	CID           string    `json:"cid"`
	Author        author    `json:"author"`
	Reason        string    `json:"reason"`        // mention, reply, quote
	ReasonSubject string    `json:"reasonSubject"` // of a reply or a quote: the post of ours that it is about
	Record        record    `json:"record"`
	IndexedAt     time.Time `json:"indexedAt"`
	Labels        []label   `json:"labels"`
}

// author is an account as others see it.
type author struct {
	DID    string  `json:"did"`
	Handle string  `json:"handle"`
	Name   string  `json:"displayName"`
	Viewer viewer  `json:"viewer"` // what is between it and us
	Labels []label `json:"labels"`
}

type viewer struct {
	Muted      bool            `json:"muted"`
	MutedBy    json.RawMessage `json:"mutedByList"`
	Blocking   string          `json:"blocking"`
	BlockingBy json.RawMessage `json:"blockingByList"`
	BlockedBy  bool            `json:"blockedBy"`
}

// label is what its author or a moderation service says of an account or a post.
type label struct {
	Source string `json:"src"`
	Value  string `json:"val"`
	Undone bool   `json:"neg"`
}

// record is a post as its author wrote it (app.bsky.feed.post).
type record struct {
	Text   string   `json:"text"`
	Langs  []string `json:"langs"`
	Reply  *thread  `json:"reply"`
	Facets []facet  `json:"facets"`
}

// thread is where a reply stands.
type thread struct {
	Root   ref `json:"root"`
	Parent ref `json:"parent"`
}

// earliest is before there was a network.
var earliest = time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)

// Decode makes a mention of an envelope. Its error is a *network.Problem.
func Decode(raw []byte, _ time.Time) (network.Mention, error) {
	var e envelope
	var n notification
	switch {
	case len(raw) > network.MaxRaw || json.Unmarshal(raw, &e) != nil || !isDID(e.Account):
		return network.Mention{}, &network.Problem{Field: "", Message: "is no envelope of this channel's"}
	case e.Large:
		return network.Mention{}, &network.Problem{Field: "notification", Message: "is larger than any that we take: look at it on the network"}
	case json.Unmarshal(e.Notification, &n) != nil:
		return network.Mention{}, &network.Problem{Field: "notification", Message: "cannot be read: look at it on the network"}
	}
	did, rkey, ok := split(n.URI)
	switch {
	case !ok:
		return network.Mention{}, &network.Problem{Field: "notification.uri", Message: "is no address of a post"}
	case n.Author.DID != did:
		return network.Mention{}, &network.Problem{Field: "notification.author", Message: "does not own the post"}
	case n.IndexedAt.Before(earliest):
		return network.Mention{}, &network.Problem{Field: "notification.indexedAt", Message: "is missing, or before there was a network"}
	}
	at := n.IndexedAt.UTC()
	if e.After.After(at) {
		at = e.After.UTC() // written long ago, but it was not there yet when we looked last
	}
	return network.Mention{
		Event: network.Created, ID: n.URI, Author: n.Author.whole(), Text: clean(n.Record.Text), Language: language(n.Record.Langs),
		URL: "https://bsky.app/profile/" + did + "/post/" + rkey, InReplyTo: n.answers(e.Account), Thread: n.thread(e.Account), CreatedAt: at, UpdatedAt: at, Silence: n.silence(e.Account),
	}, nil
}

// invalid is what the network writes for a handle that its owner's domain does not confirm.
const invalid = "handle.invalid"

func (a author) whole() network.Author {
	w := network.Author{Handle: oneLine(a.Handle), ID: a.DID, Name: oneLine(a.Name), Bot: a.bot()}
	if w.Handle == "" || w.Handle == invalid {
		w.Handle = a.DID
	}
	return w
}

// bot is what an account says of itself.
func (a author) bot() bool {
	return slices.ContainsFunc(a.Labels, func(l label) bool { return l.Value == bot && l.Source == a.DID && !l.Undone })
}

// hidden are the labels of the network's own moderation with which nothing is shown, and that of authors who want nothing of theirs passed on.
var hidden = []string{"!hide", "!takedown", "!suspend", "!no-promote"}

// barred tells whether the network's rules forbid to answer an author unasked: one of us has blocked or muted the other, or a label says so.
func (a author) barred(more []label) bool {
	v := a.Viewer
	if v.BlockedBy || v.Muted || v.Blocking != "" || v.BlockingBy != nil || v.MutedBy != nil {
		return true
	}
	return slices.ContainsFunc(slices.Concat(a.Labels, more), func(l label) bool { return !l.Undone && slices.Contains(hidden, l.Value) })
}

// silence is why the network's rules forbid a receipt. Whoever writes below a post of ours is listed, but only some of them speak to us.
func (n notification) silence(account string) desk.Silence {
	switch {
	case n.Author.barred(n.Labels):
		return desk.Barred
	case n.Reason == "quote", n.Record.mentions(account), n.Record.Reply != nil && by(account, n.Record.Reply.Parent.URI):
		return ""
	}
	return desk.NotMentioned
}

func (r record) mentions(did string) bool {
	for _, f := range r.Facets {
		if slices.ContainsFunc(f.Features, func(x feature) bool { return x.Type == mentionType && x.DID == did }) {
			return true
		}
	}
	return false
}

// answers is what a notification's post answers or quotes: the post of ours that it is about, else the one that it stands below.
func (n notification) answers(account string) string {
	switch r := n.Record.Reply; {
	case r != nil && by(account, r.Parent.URI):
		return r.Parent.URI
	case by(account, n.ReasonSubject):
		return n.ReasonSubject
	case r != nil:
		return r.Parent.URI
	}
	return ""
}

// thread are further posts by which its conversation may be known: of a piece of ours the other posts, the post that it stands below, and the one with which the thread
// began.
func (n notification) thread(account string) (all []string) {
	answered := n.answers(account)
	if by(account, answered) {
		all = pieces(answered)
	}
	if r := n.Record.Reply; r != nil {
		all = append(all, r.Parent.URI, r.Root.URI)
	}
	return slices.DeleteFunc(slices.Compact(all), func(uri string) bool { _, _, ok := split(uri); return !ok || uri == answered })
}

// language is the first that the author named and that has a code of two letters.
func language(tags []string) string {
	for _, t := range tags {
		l, _, _ := strings.Cut(t, "-")
		if len(l) == 2 && strings.Trim(strings.ToLower(l), "abcdefghijklmnopqrstuvwxyz") == "" {
			return strings.ToLower(l)
		}
	}
	return ""
}

// clean drops control characters other than line breaks and tabs, and what is longer than any post.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return first(s, maxText)
}

// oneLine is a handle or a name.
func oneLine(s string) string {
	return first(strings.Join(strings.Fields(clean(s)), " "), maxName)
}

func first(s string, runes int) string {
	if utf8.RuneCountInString(s) <= runes {
		return s
	}
	return string([]rune(s)[:runes])
}

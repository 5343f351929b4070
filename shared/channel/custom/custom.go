// Package custom is the adapter of the custom channel: a brand's own system, or the bridge to any network, posts mentions to us, and gets receipts and
// replies as webhooks. Both ways are signed after Standard Webhooks (package webhook).
//
// What comes in is one JSON object:
//
//	{"id": "net-1234", "event": "created", "brand": "acme-air", "created_at": "2026-11-23T09:00:00Z",
//	 "author": {"handle": "@mira", "name": "Mira Novak", "bot": false},
//	 "text": "@acmeair my suitcase is lost", "lang": "en", "url": "https://net.example/1234", "in_reply_to": "net-1200"}
//
// The event is "created" when it is left out, "edited" or "deleted" when the author changed or withdrew the mention of this id. A field that we do not know
// is ignored, but the body is kept as it came.
//
// Invariants:
//   - A mention's id is the provider's, as text; who posts it twice posts one mention.
//   - Whatever leaves has an id that is unique on the channel and the same at each try, so that the other side can tell a repetition.
//   - Errors name the field and the remedy and repeat nothing of what was posted.
package custom

import (
	"strings"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
)

// Channel is the channel's name in the policy, the table and the ledger.
const Channel = "custom"

// Event is what happened to a mention.
type Event string

// The events.
const (
	Created Event = "created"
	Edited  Event = "edited"  // its text is another now
	Deleted Event = "deleted" // withdrawn by its author: not to be answered
)

// Author is who wrote a mention.
type Author struct {
	Handle string // the network's address of the author; never ""
	Name   string // as the network shows it, "" when it does not
	Bot    bool   // no person
}

// Mention is what a bridge posted. Times are UTC.
type Mention struct {
	Event     Event
	ID        string // the provider's
	Brand     string // "" for the desk's only one
	Author    Author // may be empty when Edited or Deleted: the conversation knows
	Text      string // "" when Deleted
	Language  string // ISO 639-1, a hint; "" when none is given or it has no such code
	URL       string // of the mention on the network, for agents
	InReplyTo string // the provider's id of what it answers: a mention, or a reply or receipt of ours
	CreatedAt time.Time
	UpdatedAt time.Time // when it was edited or deleted: the order of several changes; as posted, else when it reached us. CreatedAt when Created
}

// Message is the mention as the desk keeps it. id is the keyed hash of the provider's id, raw the S3 key of the body, arrived the time of its arrival, by
// which it counts: what the network says of the time may be off by a day.
func (m Mention) Message(id, raw string, arrived time.Time) desk.Message {
	return desk.Message{
		ID: id, ProviderID: m.ID, Direction: "in", Kind: "message", At: arrived, Raw: raw,
		Author: channel.Party{Name: m.Author.Name, Address: m.Author.Handle}, Excerpt: m.Excerpt(), URL: m.URL,
	}
}

// Excerpt is the text cut to what a row may hold, at a rune's border.
func (m Mention) Excerpt() string {
	if len(m.Text) <= desk.ExcerptBytes {
		return m.Text
	}
	return strings.ToValidUTF8(m.Text[:desk.ExcerptBytes], "")
}

package network

import (
	"strings"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/mail"
)

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
	Handle string // the network's address of the author, in full; never "" when Created
	ID     string // what stays when the handle changes (a DID); "" where the handle never does
	Name   string // as the network shows it, "" when it does not
	Bot    bool   // no person
}

// Key is what the contact is known by.
func (a Author) Key() string {
	if a.ID != "" {
		return a.ID
	}
	return a.Handle
}

// Mention is what somebody wrote to an account or a bridge. Times are UTC.
type Mention struct {
	Event     Event
	ID        string    // the network's
	Brand     string    // of the custom channel: "" for the desk's only one
	Author    Author    // may be empty when Edited or Deleted: the conversation knows
	Text      string    // plain; "" when Deleted
	Language  string    // ISO 639-1, a hint; "" when none is given or it has no such code
	URL       string    // of the mention on the network, for agents
	InReplyTo string    // the network's id of what it answers or quotes: a mention, or a reply or receipt of ours
	Thread    []string  // further ids in its thread by which its conversation may be known, best first
	CreatedAt time.Time // when the network had it, by the network's clock and never the author's: what is older than the policy's limit gets no receipt
	UpdatedAt time.Time // when it was edited or deleted: the order of several changes. CreatedAt when Created
	// Silence is why the network's own rules forbid a receipt, where they do: desk.NotMentioned, desk.Barred. A bot is Author.Bot.
	Silence desk.Silence
}

// Message is the mention as the desk keeps it. id is the keyed hash of the network's id, raw the S3 key of the body, arrived the time of its arrival, by
// which it counts: what the network says of the time may be off by a day.
func (m Mention) Message(id, raw string, arrived time.Time) desk.Message {
	return desk.Message{
		ID: id, ProviderID: m.ID, Direction: "in", Kind: "message", At: arrived, Raw: raw,
		Author: channel.Party{Name: mail.Upright(m.Author.Name), Address: m.Author.Handle}, Excerpt: m.Excerpt(), URL: m.URL,
	}
}

// Excerpt is the text cut to what a row may hold, at a rune's border.
func (m Mention) Excerpt() string {
	if len(m.Text) <= desk.ExcerptBytes {
		return m.Text
	}
	return strings.ToValidUTF8(m.Text[:desk.ExcerptBytes], "")
}

// Problem is why a body was not taken: the field at fault, "" for the body as a whole, and what to do. It repeats nothing of what was posted.
type Problem struct{ Field, Message string }

func (p *Problem) Error() string {
	if p.Field == "" {
		return "the body " + p.Message
	}
	return p.Field + " " + p.Message
}

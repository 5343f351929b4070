// Package network is what a network's adapter and the desk tell each other. The desk knows accounts, posts and mentions; an adapter (channel/bluesky,
// channel/mastodon, …) knows its network, and offers itself as one Adapter: functions in a struct, no interface beside channel.Sender.
//
// The ways:
//
//	in    listen takes an account's lease and calls Line.Poll; each Post's raw JSON goes into the bucket and its Notice to intake, then the cursor moves;
//	      intake has Adapter.Decode make a Mention of the raw JSON, and goes on as with the custom channel
//	out   deliver gives an Outgoing to the Line.Sender of the account that was mentioned
//
// Invariants:
//   - A Post's ID is the network's, and the same however often and by whatever way the post comes. It comes back to the Sender as Outgoing.InReplyTo.
//   - Raw is all that Decode needs, also years later and in another function: the adapter may put its own envelope around the network's JSON.
//   - A cursor is the adapter's own and is kept only when all posts of its page are kept: a poll that dies is done again and nothing is missed.
//   - No error quotes a server's words, a handle or a text: its outermost words go into the ledger.
package network

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"pronto/shared/channel"
)

// Account is a brand's own at a network, as the policy names it.
type Account struct {
	Brand   string
	Channel string // "bluesky", "mastodon"
	Handle  string // bare, as its network writes it in full: acme.example, care@social.example
	Server  string // base URL without a slash at its end: https://bsky.social
}

// Address names an account among all of the desk's, as in bluesky:acme.example: in the secrets, the table and the console.
func (a Account) Address() string { return a.Channel + ":" + a.Handle }

// Secret is what Secrets Manager has of an account, under its Address. pronto connect writes it.
type Secret struct {
	Connected time.Time       `json:"connected"`      // when pronto connect wrote it
	Push      string          `json:"push,omitempty"` // the unguessable end of /hooks/<channel>/… that the network posts to; "" where it does not
	Own       json.RawMessage `json:"own"`            // the adapter's: password, token, keys
}

// Endpoint is where a network pushes to: at, as https://hooks.acme.example, is where other systems reach the desk, and push a Secret's.
func Endpoint(at, channel, push string) string {
	return strings.TrimRight(at, "/") + "/hooks/" + channel + "/" + push
}

// Adapter is what a network's package offers.
type Adapter struct {
	Channel string
	// Decode makes a Mention of a Post's Raw, which came at this time. Its error is a *Problem: the piece is then held for a person.
	Decode func(raw []byte, at time.Time) (Mention, error)
	// Open makes a Line of an account. It calls nobody; its error is a secret that makes no sense.
	Open func(Account, Access) (Line, error)
	// Cut makes posts of a person's answer just as the Sender does, so that who writes it sees how many it becomes.
	Cut channel.Cut
}

// Access is what an adapter needs to reach its network.
type Access struct {
	Own     json.RawMessage // Secret.Own
	Push    string          // where its network is to push from now on, as Endpoint makes it; "": where it was subscribed
	Session Session
	HTTP    *Client // reaches public addresses only; every request goes through it
	Now     func() time.Time
}

// Session keeps what a network gave for a secret (tokens that expire), in one row an account that poller and sender share.
type Session struct {
	// Load gives it as it was kept; nil when there is none.
	Load func(context.Context) ([]byte, error)
	// Renew calls renew and keeps what it gives, unless somebody has done so since was was loaded: then it returns theirs. One renews at a time.
	Renew func(ctx context.Context, was []byte, renew func(context.Context) ([]byte, error)) ([]byte, error)
}

// Line is an account that was opened.
type Line struct {
	// Poll reads what is new after a cursor of its own; nil: the account was never polled, and what is there already is passed over. It is bounded by itself: at
	// most MaxPage posts and a handful of requests a call, whatever the server says. A gap that is larger is filled by More.
	Poll func(ctx context.Context, cursor []byte) (Page, error)
	// Sender sends receipts and answers. Its errors are channel.Sender's, with the fates of this package inside: channel.Unsent(&Limited{…}).
	Sender channel.Sender
	// Check asks the server whether the account can be used, without changing anything.
	Check func(context.Context) (State, error)
	// Push tells whether what was posted to the account's address is a push of its server's, fresh and for it. What it says is not believed: the account is
	// polled at once. nil where the network pushes nothing.
	Push func(header http.Header, body []byte) error
}

// MaxPage is how many posts one call of Poll may give.
const MaxPage = 200

// Page is what a poll gave.
type Page struct {
	Posts  []Post    // oldest first
	Cursor []byte    // to be kept when all of them are kept; nil: as before
	More   bool      // there is more now: poll on at once
	Wait   time.Time // the server's limit is nearly used up: do not poll before; zero: as usual
}

// Post is one event at the network: somebody mentioned the account, answered it, or changed what he wrote.
type Post struct {
	ID  string // of the mention: an edit has that of what it changes
	Raw []byte // at most MaxRaw
}

// MaxRaw caps a Post in bytes.
const MaxRaw = 256 << 10

// State is how an account stands at its server.
type State struct {
	Handle  string    // as the server knows it now
	Bot     bool      // the account is marked as automated, as the networks' rules want
	Limit   int       // the server's own limit of a text; 0: the channel's
	Expires time.Time // of what must be renewed by hand; zero: nothing does
}

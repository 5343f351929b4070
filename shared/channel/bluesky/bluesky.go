// Package bluesky is the adapter of Bluesky and of every server that speaks its protocol (AT Protocol, XRPC over HTTPS): four calls in, one out, by net/http.
//
// In: Bluesky calls nobody, so an account's notifications (mentions, replies, quotes) are listed, newest first, down to what is known (poll.go). What is new
// travels as the server wrote it, in an envelope of ours, and becomes a network.Mention where it is taken (decode.go).
//
// Out: a piece is a record in the account's own repository, written under a key that is made of the effect (key.go), and only where that key is free: whatever
// dies between sending and hearing of it, the second try finds the first (send.go). Exactly once, then, without a memory of our own. text.go takes a long answer
// apart and finds its links; client.go and session.go make the calls; connect.go is what pronto connect needs.
//
// Invariants:
//   - A post's id is its at:// address. Its author's DID is in it, and nobody else can write there: a notification that names another author is held.
//   - Everything older than the cursor's floor is passed over, and everything above it that the cursor has not seen is new. Server and clock may jump: what is
//     given twice is taken once.
//   - A post counts graphemes, at most 300, and bytes, at most 3,000. Where its links and names stand is counted in bytes.
//   - Whoever wants no answer gets none: blocked, muted or labelled so by the network, a bot by its own word, or in talk with somebody else below a post of ours.
//   - Tokens and passwords, handles and texts are in no error.
package bluesky

import (
	"encoding/json"
	"errors"
	"fmt"

	"pronto/shared/channel/network"
)

// Channel is the channel's name in the policy, the table and the ledger.
const Channel = "bluesky"

// Server is where accounts are that name no server of their own.
const Server = "https://bsky.social"

// Network is what listen, intake and deliver get of this network.
var Network = network.Adapter{Channel: Channel, Decode: Decode, Open: Open, Cut: cutAnswer}

// Own is what the desk keeps of an account: an app password, which can post and read, and neither delete the account nor change its password.
type Own struct {
	Password string `json:"app_password"`
}

// Open makes a line of an account. It calls nobody.
func Open(a network.Account, x network.Access) (network.Line, error) {
	var o Own
	if json.Unmarshal(x.Own, &o) != nil || o.Password == "" {
		return network.Line{}, fmt.Errorf("account of bluesky: its secret has no app_password: %w", network.ErrNotConnected)
	}
	c := &client{server: a.Server, handle: a.Handle, password: o.Password, keep: x.Session, http: x.HTTP, now: x.Now}
	if c.server == "" {
		c.server = Server
	}
	if c.http == nil || c.now == nil || c.keep.Load == nil || c.keep.Renew == nil {
		return network.Line{}, errors.New("account of bluesky: the access is not whole")
	}
	return network.Line{Poll: (&poller{c}).poll, Sender: &Sender{c}, Check: c.check}, nil
}

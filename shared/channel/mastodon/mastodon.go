// Package mastodon is the adapter of the Mastodon API, which Mastodon, GoToSocial, Pleroma and others speak: a thin client over net/http.
//
// The idea: what the server's list of notifications says is the truth, and everything else only makes it come sooner. Poll reads that list forward from a
// position (min_id), so that nothing is missed however long nobody polled. A Web Push says no more than "look now": it is proved to come from the server, and
// what it says is not read. The Sender looks at the post that it answers before it answers.
//
//	poll.go      notifications → Posts, forward from a position; thread.go finds what a post goes on with, watch.go sees edits, deletions, and pushes that ended
//	decode.go    a Post's raw JSON → Mention; html.go makes text of a post's HTML
//	sender.go    Outgoing → posts; compose.go decides who sees them and how a long text is split, length.go counts as the servers do
//	push.go      RFC 8291 and its draft; vapid.go proves who sent it (RFC 8292)
//	connect.go   what pronto connect needs: register, authorize, exchange, verify, subscribe
//	api.go       requests, entity.go answers
//
// Invariants:
//   - A post's id is "<id>@<host of the account's server>": ids count on one server only, and a brand may have accounts on two.
//   - Who may read an answer is never more than who could read the post: see audience.
//   - What leaves goes under the Idempotency-Key of its effect, and is looked for in the thread before it is sent again, since not all servers heed the key.
//   - Nobody but the author is mentioned in an answer.
//   - No server's words are in an error, and no token.
package mastodon

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"pronto/shared/channel/network"
)

// Channel is the channel's name in the policy, the table and the ledger.
const Channel = "mastodon"

// Network is what listen, intake, deliver and receive get of this network.
var Network = network.Adapter{Channel: Channel, Decode: Decode, Open: Open, Cut: cutAnswer}

// Own is what Secrets Manager keeps of an account: network.Secret.Own. Tokens of this API do not expire; they are withdrawn.
type Own struct {
	Token        string        `json:"token"`
	AccountID    string        `json:"account_id"`     // at its server
	ClientID     string        `json:"client_id"`      // of the application that pronto connect registered, for Revoke
	ClientSecret string        `json:"client_secret"`  //
	Push         *Subscription `json:"push,omitempty"` // nil: the account is polled only
}

// Open makes a line of an account. It calls nobody.
func Open(a network.Account, in network.Access) (network.Line, error) {
	var own Own
	if json.Unmarshal(in.Own, &own) != nil || own.Token == "" || own.AccountID == "" {
		return network.Line{}, errors.Join(errors.New("the account's secret makes no sense"), network.ErrNotConnected) // the cause would quote it
	}
	base, err := serverOf(a.Server)
	if err != nil {
		return network.Line{}, err
	}
	l := &line{api: &api{http: in.HTTP, base: base, token: own.Token, now: in.Now}, account: a, own: own}
	out := network.Line{Poll: l.poll, Sender: &Sender{l}, Check: l.check}
	if own.Push != nil {
		opener, err := own.Push.opener(in.Push)
		if err != nil {
			return network.Line{}, err
		}
		out.Push = opener.at(in.Now)
		if in.Push != "" {
			own.Push.Endpoint = in.Push // the poll sees to it that the server learns of it
		}
	}
	return out, nil
}

// line is one account on its server.
type line struct {
	*api
	account network.Account
	own     Own
}

// serverOf reads an account's base URL.
func serverOf(server string) (*url.URL, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the server is no URL: write it as https://social.example")
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host), Path: strings.TrimRight(u.Path, "/")}, nil
}

// domain is what the server's own people have behind their names: the account's, since a server may be reached by another name than it gives to people.
func domain(handle string) string {
	_, d, _ := strings.Cut(handle, "@")
	return d
}

// qualified is a post's id as the desk keeps it.
func qualified(id, host string) string {
	if id == "" {
		return ""
	}
	return id + "@" + host
}

// local takes a kept id apart; ok is false when it is of another server.
func local(kept, host string) (id string, ok bool) {
	id, at, ok := strings.Cut(kept, "@")
	return id, ok && at == host && validID(id)
}

// maxID bounds the ids of a server: snowflakes have 18 digits, ULIDs and flake ids fewer than 30 letters.
const maxID = 64

// validID takes letters and digits only: an id becomes a part of a path.
func validID(id string) bool {
	return id != "" && len(id) <= maxID && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	})
}

// later tells whether an id of a server is newer than another. Numbers grow in digits, ULIDs have always as many letters.
func later(a, b string) bool {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}

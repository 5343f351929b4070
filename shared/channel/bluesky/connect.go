package bluesky

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"

	"pronto/shared/channel/network"
)

// The collection and key of an account's profile.
const (
	profiles   = "app.bsky.actor.profile"
	selfKey    = "self"
	labelsType = "com.atproto.label.defs#selfLabels"
)

// ErrMainPassword says that what was given is the account's own password, which could do more than the desk needs.
var ErrMainPassword = errors.New("this is the account's own password: make an app password in Settings, Privacy and security, App passwords")

// Connect tries an app password at the server, and gives what is to be kept of the account. The session that it begins is kept as any other.
func Connect(ctx context.Context, a network.Account, password string, x network.Access) (json.RawMessage, network.State, error) {
	kept, err := json.Marshal(Own{Password: password})
	if err != nil {
		return nil, network.State{}, err
	}
	x.Own = kept
	line, err := Open(a, x)
	if err != nil {
		return nil, network.State{}, err
	}
	c := line.Sender.(*Sender).client
	s, _, err := c.session(ctx, nil)
	if err != nil {
		return nil, network.State{}, err
	}
	if scope := claims(s.Access).Scope; scope == "com.atproto.access" {
		return nil, network.State{}, ErrMainPassword
	}
	state, err := c.check(ctx)
	return kept, state, err
}

// check asks how the account stands.
func (c *client) check(ctx context.Context) (network.State, error) {
	var s struct {
		Handle string `json:"handle"`
		Active *bool  `json:"active"`
	}
	if err := c.do(ctx, call{name: "com.atproto.server.getSession"}, &s); err != nil {
		return network.State{}, err
	}
	if s.Active != nil && !*s.Active {
		return network.State{}, network.ErrRefused
	}
	p, err := c.profile(ctx)
	return network.State{Handle: s.Handle, Bot: p.bot()}, err
}

// profile is an account's own, as it stands in its repository: all of it, since it is written back.
type profile struct {
	CID    string
	Fields map[string]json.RawMessage
}

func (c *client) profile(ctx context.Context) (profile, error) {
	s, _, err := c.session(ctx, nil)
	if err != nil {
		return profile{}, err
	}
	var found struct {
		CID   string                     `json:"cid"`
		Value map[string]json.RawMessage `json:"value"`
	}
	err = c.do(ctx, call{name: "com.atproto.repo.getRecord", query: url.Values{"repo": {s.DID}, "collection": {profiles}, "rkey": {selfKey}}}, &found)
	if named(err, "RecordNotFound") {
		return profile{}, nil // it has none yet
	}
	return profile{found.CID, found.Value}, err
}

type selfLabels struct {
	Type   string      `json:"$type"`
	Values []selfLabel `json:"values"`
}

type selfLabel struct {
	Value string `json:"val"`
}

// bot is the label of an account that answers by itself.
const bot = "bot"

func (p profile) labels() (l selfLabels) {
	_ = json.Unmarshal(p.Fields["labels"], &l)
	return l
}

func (p profile) bot() bool {
	return slices.Contains(p.labels().Values, selfLabel{bot})
}

// MarkBot labels the account as automated, as the network asks of whoever answers by itself. The rest of its profile stays; when it was changed meanwhile, the
// server refuses, and it is to be done again.
func MarkBot(ctx context.Context, line network.Line) error {
	s, ok := line.Sender.(*Sender)
	if !ok {
		return errors.New("mark as a bot: it is no account of this network")
	}
	p, err := s.profile(ctx)
	if err != nil || p.bot() {
		return err
	}
	l := p.labels()
	l.Type = labelsType
	l.Values = append(l.Values, selfLabel{bot})
	fields := map[string]any{}
	for k, v := range p.Fields {
		fields[k] = v
	}
	fields["$type"], fields["labels"] = profiles, l
	body := put{Repo: s.did(), Collection: profiles, Key: selfKey, Record: fields}
	if p.CID != "" {
		body.Swap = &p.CID
	}
	return s.do(ctx, call{name: "com.atproto.repo.putRecord", body: body}, nil)
}

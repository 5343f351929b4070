// Package line opens the brands' accounts at networks: the rule book names them, Secrets Manager has what it takes, the table their sessions.
//
// Secrets are read again every five minutes, and at once where an account was refused or is not connected, so that pronto connect works without a deployment. An
// account that cannot be opened stands in no other's way.
package line

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"pronto/shared/channel"
	"pronto/shared/channel/network"
	"pronto/shared/channel/networks"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// How old the secrets may be.
const (
	refresh = 5 * time.Minute
	soon    = 30 * time.Second // of an account that cannot be used with what was read last
)

// Lines are the accounts of all brands.
type Lines struct {
	vault  *secretsmanager.Client
	id     string
	store  *store.Store // of sessions; nil where none is needed
	policy *policy.Policy
	http   *network.Client
	at     string // where networks reach the desk, as https://hooks.acme.example; "": at no address that one would push to
	now    func() time.Time

	mu      sync.Mutex
	secrets map[string]network.Secret // by address
	read    time.Time
	opened  map[network.Account]Line
}

// Line is an opened account.
type Line struct {
	network.Line
	Account   network.Account
	Connected time.Time // when its secret was made
}

// New returns the lines. It reads and calls nothing yet.
func New(s *setup.Setup, st *store.Store, p *policy.Policy) (*Lines, error) {
	env, err := s.Need(setup.AccountSecrets)
	if err != nil {
		return nil, err
	}
	client, err := network.NewClient(strings.FieldsFunc(s.Env(setup.HookAllow), func(r rune) bool { return r == ',' || r == ' ' })...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setup.HookAllow, err)
	}
	l := &Lines{
		vault: secretsmanager.NewFromConfig(s.AWS), id: env[setup.AccountSecrets], store: st, policy: p, http: client, now: s.Now, opened: map[network.Account]Line{},
	}
	if at := s.Env(setup.ReceiveURL); strings.HasPrefix(at, "https://") { // networks push to nothing else, and to no desk on one machine
		l.at = at
	}
	return l, nil
}

// Accounts are all that the rule book names on channels that are enabled.
func Accounts(p *policy.Policy) (all []network.Account) {
	for _, b := range p.Brands {
		for _, u := range b.Channels {
			if _, spoken := networks.Of(u.Channel); !u.Enabled || !spoken {
				continue
			}
			for _, a := range u.Accounts {
				all = append(all, account(b.ID, u.Channel, a))
			}
		}
	}
	return all
}

func account(brand, channel string, a policy.Account) network.Account {
	return network.Account{Brand: brand, Channel: channel, Handle: a.Handle, Server: a.Server}
}

// Account finds one of a brand's by its handle, "" for its first.
func (l *Lines) Account(brand, channel, handle string) (network.Account, bool) {
	b := l.policy.Brand(brand)
	if b == nil {
		return network.Account{}, false
	}
	u, on := b.Use(channel)
	a, ok := u.Account(handle)
	return account(brand, channel, a), on && ok
}

// Open opens an account. Its error is network.ErrNotConnected where there is no secret of use.
func (l *Lines) Open(ctx context.Context, a network.Account) (Line, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.fetch(ctx, refresh); err != nil {
		return Line{}, err
	}
	if line, ok := l.opened[a]; ok {
		return line, nil
	}
	if _, ok := l.secrets[a.Address()]; !ok {
		if err := l.fetch(ctx, soon); err != nil {
			return Line{}, err
		}
	}
	secret, ok := l.secrets[a.Address()]
	adapter, spoken := networks.Of(a.Channel)
	if !ok || !spoken {
		return Line{}, network.ErrNotConnected
	}
	in := network.Access{Own: secret.Own, Session: l.session(a), HTTP: l.http, Now: l.now}
	if l.at != "" && secret.Push != "" { // the address at which it was subscribed may be a former one of the desk's
		in.Push = network.Endpoint(l.at, a.Channel, secret.Push)
	}
	opened, err := adapter.Open(a, in)
	if err != nil {
		return Line{}, errors.Join(network.ErrNotConnected, err)
	}
	line := Line{Line: opened, Account: a, Connected: secret.Connected}
	l.opened[a] = line
	return line, nil
}

// Refused says that an account's credentials were refused: they are read again soon, should somebody have connected it anew.
func (l *Lines) Refused() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now().Sub(l.read) > soon {
		l.read = time.Time{}
	}
}

// Pushed finds the account at whose address a channel's network posts.
func (l *Lines) Pushed(ctx context.Context, channel, push string) (Line, bool, error) {
	for _, a := range Accounts(l.policy) {
		if a.Channel != channel || len(push) < minPush {
			continue
		}
		line, err := l.Open(ctx, a)
		if errors.Is(err, network.ErrNotConnected) {
			continue
		}
		if err != nil {
			return Line{}, false, err
		}
		l.mu.Lock()
		own := l.secrets[a.Address()].Push
		l.mu.Unlock()
		if own == push && line.Push != nil {
			return line, true, nil
		}
	}
	return Line{}, false, nil
}

// minPush is the least length of what names an account to its network: 128 bits in base32 or hexadecimal are longer.
const minPush = 20

// fetch reads the secrets when they are older than age. While they cannot be read the former ones hold. What was opened with another secret is opened anew.
func (l *Lines) fetch(ctx context.Context, age time.Duration) error {
	now := l.now()
	if l.secrets != nil && now.Sub(l.read) < age {
		return nil
	}
	fresh, err := l.secretsOf(ctx)
	if err != nil {
		if l.secrets == nil {
			return err
		}
		return nil
	}
	for a := range l.opened {
		if string(fresh[a.Address()].Own) != string(l.secrets[a.Address()].Own) {
			delete(l.opened, a)
		}
	}
	l.secrets, l.read = fresh, now
	return nil
}

func (l *Lines) secretsOf(ctx context.Context) (map[string]network.Secret, error) {
	out, err := l.vault.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &l.id})
	if err != nil {
		return nil, fmt.Errorf("get the accounts' secrets: %w", err)
	}
	return Parse(aws.ToString(out.SecretString))
}

// Parse reads the content of the accounts' secret. Whatever is no account's, as the key that the stack makes, is passed over.
func Parse(text string) (map[string]network.Secret, error) {
	var all map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &all) != nil {
		return nil, errors.New(`the accounts' secrets are not {"channel:handle": {…}}`) // the cause would quote them
	}
	secrets := map[string]network.Secret{}
	for address, raw := range all {
		var s network.Secret
		if strings.Contains(address, ":") && json.Unmarshal(raw, &s) == nil && len(s.Own) > 0 {
			secrets[address] = s
		}
	}
	return secrets, nil
}

// session is the account's in the table.
func (l *Lines) session(a network.Account) network.Session {
	if l.store == nil {
		return network.Session{}
	}
	return network.Session{
		Load: func(ctx context.Context) ([]byte, error) { return l.store.Session(ctx, a.Brand, a.Channel, a.Handle) },
		Renew: func(ctx context.Context, was []byte, renew func(context.Context) ([]byte, error)) ([]byte, error) {
			return l.store.RenewSession(ctx, a.Brand, a.Channel, a.Handle, was, l.now(), renew)
		},
	}
}

// Sender sends on a channel, from the account that an Outgoing is From.
type Sender struct {
	Lines   *Lines
	Channel string
}

var _ channel.Sender = Sender{}

// Send gives a piece to the account's own Sender. See channel.Sender.
func (s Sender) Send(ctx context.Context, o channel.Outgoing) (channel.Sent, error) {
	a, ok := s.Lines.Account(o.Brand, s.Channel, o.From.Address)
	if !ok {
		return channel.Sent{}, channel.Unsent(network.ErrNotConnected) // the rule book does not name it any more, or not yet
	}
	line, err := s.Lines.Open(ctx, a)
	if err != nil {
		return channel.Sent{}, channel.Unsent(err)
	}
	sent, err := line.Sender.Send(ctx, o)
	if errors.Is(err, store.ErrRenewing) {
		err = channel.Unsent(err)
	}
	if errors.Is(err, network.ErrRefused) {
		s.Lines.Refused()
	}
	return sent, err
}

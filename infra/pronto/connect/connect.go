// Package connect puts what it takes to use a brand's account at a network where the desk finds it. It asks, tries what it was given at the network's server, and
// keeps it only if that works. What is secret is read and never shown: not in an argument, not on the screen, not in an error.
package connect

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"pronto/shared/channel"
	"pronto/shared/channel/bluesky"
	"pronto/shared/channel/mastodon"
	"pronto/shared/channel/network"
	"pronto/shared/channel/networks"
	"pronto/shared/line"
)

// Guide leads through it.
type Guide struct {
	Account network.Account
	HTTP    *network.Client
	Vault   Vault
	Public  string // where networks reach the desk, as https://hooks.acme.example; "": they cannot, and nothing is pushed
	Website string // of the desk, for the account's owner; "": none
	Now     func() time.Time
	Out     io.Writer
	Ask     func(prompt string) (string, error) // a line that is seen
	Secret  func(prompt string) (string, error) // one that is not
}

// Vault is the accounts' secret in a Secrets Manager.
type Vault struct {
	Client *secretsmanager.Client
	ID     string
}

// read gives all that is in it; nothing where it is not made yet.
func (v Vault) read(ctx context.Context) (map[string]json.RawMessage, error) {
	out, err := v.Client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &v.ID})
	var none *types.ResourceNotFoundException
	if errors.As(err, &none) {
		return map[string]json.RawMessage{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the secret %s: %w", v.ID, err)
	}
	all := map[string]json.RawMessage{}
	if text := aws.ToString(out.SecretString); text != "" && json.Unmarshal([]byte(text), &all) != nil {
		return nil, fmt.Errorf("the secret %s is no JSON object: put {} into it, and connect all accounts again", v.ID)
	}
	return all, nil
}

// Two who connect accounts at the same time write one secret, and Secrets Manager takes the later writing whole. So each looks again, when the other's has surely been written,
// and writes once more what it does not find.
const (
	settles = 300 * time.Millisecond
	tries   = 8
)

// put adds an account's secret to what is there, until it stands there.
func (v Vault) put(ctx context.Context, address string, s network.Secret) error {
	own, err := json.Marshal(s)
	if err != nil {
		return err
	}
	for range tries {
		all, err := v.read(ctx)
		if err != nil {
			return err
		}
		if bytes.Equal(all[address], own) {
			return nil
		}
		all[address] = own
		if err := v.write(ctx, all); err != nil {
			return err
		}
		// Not the same time for both: who waits longer finds what the other has written.
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(settles + time.Duration(mathrand.Int64N(int64(settles)))):
		}
	}
	return fmt.Errorf("keep the secret in %s: somebody else keeps writing over it", v.ID)
}

func (v Vault) write(ctx context.Context, all map[string]json.RawMessage) error {
	b, err := json.Marshal(all)
	if err != nil {
		return err
	}
	text := string(b)
	_, err = v.Client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &v.ID, SecretString: &text})
	var none *types.ResourceNotFoundException
	if errors.As(err, &none) {
		_, err = v.Client.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: &v.ID, SecretString: &text})
	}
	if err != nil {
		return fmt.Errorf("keep the secret in %s: %w", v.ID, err)
	}
	return nil
}

// Bluesky connects an account there by an app password.
func (g *Guide) Bluesky(ctx context.Context) error {
	fmt.Fprintf(g.Out, "Make an app password: Settings, Privacy and security, App passwords, Add. Name it after the desk.\n")
	password, err := g.Secret(fmt.Sprintf("App password of %s at %s: ", g.Account.Handle, g.Account.Server))
	if err != nil {
		return err
	}
	access := network.Access{HTTP: g.HTTP, Now: g.Now, Session: passing()}
	own, state, err := bluesky.Connect(ctx, g.Account, strings.TrimSpace(password), access)
	if err != nil {
		return g.failed(err)
	}
	if err := g.same(state.Handle); err != nil {
		return err
	}
	if !state.Bot {
		state.Bot, err = g.mark(ctx, own, access)
		if err != nil {
			return err
		}
	}
	return g.keep(ctx, network.Secret{Connected: g.Now().UTC(), Own: own}, state)
}

// passing is a session that is kept for the length of this program.
func passing() network.Session {
	var kept []byte
	return network.Session{
		Load: func(context.Context) ([]byte, error) { return kept, nil },
		Renew: func(ctx context.Context, _ []byte, renew func(context.Context) ([]byte, error)) ([]byte, error) {
			b, err := renew(ctx)
			if err == nil {
				kept = b
			}
			return b, err
		},
	}
}

// mark labels the account as automated, if its owner allows it.
func (g *Guide) mark(ctx context.Context, own json.RawMessage, access network.Access) (bool, error) {
	yes, err := g.Ask("The network wants accounts that answer by themselves to be marked. Mark it as automated? [Y/n] ")
	if err != nil {
		return false, err
	}
	if yes = strings.ToLower(strings.TrimSpace(yes)); yes != "" && yes != "y" && yes != "yes" {
		return false, nil
	}
	access.Own = own
	l, err := bluesky.Open(g.Account, access)
	if err != nil {
		return false, err
	}
	if err := bluesky.MarkBot(ctx, l); err != nil {
		return false, g.failed(err)
	}
	return true, nil
}

// Mastodon connects an account on a server of the Mastodon API: its owner allows it there, and copies a code.
func (g *Guide) Mastodon(ctx context.Context) error {
	c := mastodon.Connecting{HTTP: g.HTTP, Now: g.Now}
	app, err := c.Register(ctx, g.Account.Server, "Pronto", g.Website)
	if err != nil {
		return g.failed(err)
	}
	fmt.Fprintf(g.Out, "Open this page as the owner of %s, allow it, and copy the code:\n\n  %s\n\n", g.Account.Handle, app.AuthorizeURL())
	code, err := g.Secret("Code: ")
	if err != nil {
		return err
	}
	token, err := c.Exchange(ctx, app, code)
	if err != nil {
		return g.failed(err)
	}
	s, state, err := g.authorized(ctx, c, app, token)
	if err == nil {
		err = g.keep(ctx, s, state)
	}
	if err != nil {
		_ = c.Revoke(ctx, app, token) // nobody has kept it
	}
	return err
}

// authorized makes a secret of a token that works and is of the right account, pushes included.
func (g *Guide) authorized(ctx context.Context, c mastodon.Connecting, app mastodon.App, token string) (s network.Secret, state network.State, err error) {
	_, home, _ := strings.Cut(g.Account.Handle, "@")
	who, err := c.Verify(ctx, g.Account.Server, token, home)
	if err != nil {
		return s, state, g.failed(err)
	}
	if err := g.same(who.Handle); err != nil {
		return s, state, err
	}
	own := mastodon.Own{Token: token, AccountID: who.ID, ClientID: app.ID, ClientSecret: app.Secret}
	s.Connected, state = g.Now().UTC(), network.State{Handle: who.Handle, Bot: who.Bot}
	if g.Public != "" {
		s.Push = newPush()
		sub, err := c.Subscribe(ctx, g.Account.Server, token, network.Endpoint(g.Public, g.Account.Channel, s.Push), rand.Reader)
		if err != nil {
			return s, state, g.failed(err)
		}
		own.Push = &sub
	} else {
		fmt.Fprintln(g.Out, "Nothing is pushed: the desk has no public https address (a stage has one, or --public). It is polled.")
	}
	s.Own, err = own.Secret()
	return s, state, err
}

// newPush is the unguessable end of an address: 128 bits.
func newPush() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

// ErrOther says that what was given is another account's than the one to be connected.
var ErrOther = errors.New("that is another account")

func (g *Guide) same(handle string) error {
	if !strings.EqualFold(handle, g.Account.Handle) {
		return fmt.Errorf("%w: it is %s, and %s is to be connected: give its own, or name the other with --handle and in the rule book", ErrOther, handle, g.Account.Handle)
	}
	return nil
}

// failed puts a network's error in words that say what to do.
func (g *Guide) failed(err error) error {
	switch {
	case errors.Is(err, network.ErrRefused):
		return fmt.Errorf("%s did not take it: look for a slip, or make a new one", g.Account.Server)
	case errors.Is(err, bluesky.ErrMainPassword), errors.Is(err, mastodon.ErrCode):
		return err
	}
	return fmt.Errorf("%s: %s", g.Account.Server, network.CodeOf(err).Words())
}

func (g *Guide) keep(ctx context.Context, s network.Secret, state network.State) error {
	if err := g.Vault.put(ctx, g.Account.Address(), s); err != nil {
		return err
	}
	fmt.Fprintf(g.Out, "%s is connected; the desk uses it within half a minute.\n", g.Account.Address())
	g.marks(state)
	return nil
}

// marks says what of an account's state somebody should do something about.
func (g *Guide) marks(state network.State) {
	if !state.Bot {
		fmt.Fprintln(g.Out, "It is not marked as automated: mark it in its profile, as the networks' rules want.")
	}
	if known, _ := channel.Of(g.Account.Channel); state.Limit > known.Limit {
		fmt.Fprintf(g.Out, "Its server takes posts of up to %d: write limit: %d beside its handle in the rule book, and agents see it while they write.\n", state.Limit, state.Limit)
	}
}

// Check asks the server how an account stands that was connected before.
func (g *Guide) Check(ctx context.Context) error {
	all, err := g.Vault.read(ctx)
	if err != nil {
		return err
	}
	b, err := json.Marshal(all)
	if err != nil {
		return err
	}
	secrets, err := line.Parse(string(b))
	if err != nil {
		return err
	}
	s, ok := secrets[g.Account.Address()]
	if !ok {
		return fmt.Errorf("%s is not connected: leave --check out", g.Account.Address())
	}
	adapter, _ := networks.Of(g.Account.Channel)
	in := network.Access{Own: s.Own, HTTP: g.HTTP, Now: g.Now, Session: passing()}
	if g.Public != "" && s.Push != "" {
		in.Push = network.Endpoint(g.Public, g.Account.Channel, s.Push)
	}
	l, err := adapter.Open(g.Account, in)
	if err != nil {
		return fmt.Errorf("what is kept of %s makes no sense: connect it again", g.Account.Address())
	}
	state, err := l.Check(ctx)
	if errors.Is(err, mastodon.ErrUnsubscribed) {
		return err
	}
	if err != nil {
		return g.failed(err)
	}
	if err := g.same(state.Handle); err != nil {
		return err
	}
	fmt.Fprintf(g.Out, "%s works, connected since %s.\n", g.Account.Address(), s.Connected.Format(time.DateOnly))
	if s.Push == "" && l.Push == nil && g.Account.Channel == mastodon.Channel {
		fmt.Fprintln(g.Out, "It is polled only: nothing is pushed.")
	}
	g.marks(state)
	return nil
}

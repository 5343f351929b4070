package storm

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"pronto/infra/local"
	"pronto/infra/local/bluesky"
	"pronto/infra/local/fediverse"
	"pronto/infra/pronto/storm/check"
	"pronto/infra/pronto/storm/child"
	"pronto/infra/wiring"
	"pronto/shared/channel/mastodon"
	"pronto/shared/channel/network"
)

// Networks plays one seed of two networks, in memory and speaking as the real ones: people mention the brand on both, edit and delete, while the networks answer with limits, errors
// and torn connections before and after they have done what they were asked, the local AWS breaks as in every storm, and the desk's process is killed. The same pollers and
// senders run twice wherever a message is delivered twice. Then it holds each network's guarantee against what stands in the network itself.
func Networks(ctx context.Context, o Options) (Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp(o.Dir, "pronto-networks-")
	if err != nil {
		return Verdict{}, fmt.Errorf("make a directory for the storm: %w", err)
	}
	n := &town{rand: rand.New(rand.NewPCG(o.Seed, 79)), weather: rand.New(rand.NewPCG(o.Seed, 80)), began: time.Now()}
	defer n.close()
	// One of them heeds idempotency keys, the other does not: there a piece must be looked for.
	dialect := []fediverse.Dialect{fediverse.GoToSocial, fediverse.Mastodon}[o.Seed%2]
	if err := n.found(dir, o.Binary, dialect); err != nil {
		return Verdict{}, err
	}
	err = n.play(ctx, o)
	if end := n.desk.Kill(); err == nil {
		err = end
	}
	if err != nil {
		return Verdict{}, fmt.Errorf("seed %d of networks (state and log: %s): %w", o.Seed, n.desk.Dir, err)
	}
	v := Verdict{Seed: o.Seed, Mails: len(n.said), Kills: n.killed, InDoubt: n.torn, Took: time.Since(n.began), DeskTime: n.desk.Now().Sub(n.first), Breaches: n.breaches}
	for _, m := range n.said {
		v.Pieces += n.receipts(m)
	}
	if v.OK() && !o.Keep {
		return v, os.RemoveAll(dir)
	}
	v.Dir = n.desk.Dir
	return v, nil
}

// town is both networks, the desk that has an account on each, and what was said there.
type town struct {
	rand     *rand.Rand // of kills
	began    time.Time
	first    time.Time // desk time
	desk     *child.Desk
	sky      *bluesky.Network
	fed      *fediverse.Server
	care     *fediverse.Account
	said     []*saying
	killed   int
	breaches []check.Breach

	mu      sync.Mutex // guards what follows: the servers draw
	weather *rand.Rand
	storm   bool
	torn    int // writes that were done, and whose answer was lost
}

// saying is a mention.
type saying struct {
	name    string
	id      string // at its network
	sky     bool
	deleted bool // at once: whether its receipt was faster is nobody's to know
}

const skyAccount = "brand.example"

// found starts the networks, and prepares the desk with its accounts connected.
func (n *town) found(dir, bin string, dialect fediverse.Dialect) error {
	now := func() time.Time {
		if n.desk == nil {
			return time.Now()
		}
		return n.desk.Now()
	}
	n.sky = bluesky.New(now)
	at, err := n.sky.Start()
	if err != nil {
		return fmt.Errorf("start a network: %w", err)
	}
	n.sky.Join(skyAccount, "Brand acme", "app-password")
	n.fed = fediverse.New(fediverse.Options{Now: now, Domain: "social.example", Dialect: dialect})
	n.care = n.fed.Join("care")
	accounts := fmt.Sprintf("    channels:\n      bluesky: {accounts: [{handle: %s, server: %q}]}\n      mastodon: {accounts: [{handle: %q, server: %q}]}\n", skyAccount, at, n.fed.Handle(n.care), n.fed.URL)
	rules := strings.Replace(string(Rules("acme", "acme.example")), "    channels:\n", accounts, 1)
	if n.desk, err = child.New(bin, dir, []byte(rules)); err != nil {
		return err
	}
	own, err := mastodon.Own{Token: n.care.Token, AccountID: n.care.ID}.Secret()
	if err != nil {
		return err
	}
	return connected(filepath.Join(n.desk.Dir, "state"), map[string]network.Secret{
		"bluesky:" + skyAccount:            {Connected: n.began, Own: json.RawMessage(`{"app_password":"app-password"}`)},
		"mastodon:" + n.fed.Handle(n.care): {Connected: n.began, Own: own},
	})
}

// connected puts accounts' secrets into the state of a desk that does not run yet.
func connected(state string, all map[string]network.Secret) error {
	ctx := context.Background()
	a, err := local.Open(ctx, local.Options{Dir: state})
	if err != nil {
		return err
	}
	defer a.Close()
	cfg, err := a.Config(ctx)
	if err != nil {
		return err
	}
	b, err := json.Marshal(all)
	if err != nil {
		return err
	}
	id, text := wiring.AccountSecrets, string(b)
	_, err = secretsmanager.NewFromConfig(cfg).CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: &id, SecretString: &text})
	return err
}

func (n *town) close() {
	if n.sky != nil {
		_ = n.sky.Close()
	}
	if n.fed != nil {
		n.fed.Close()
	}
}

// rounds of mentions; in each so many on each network.
const (
	rounds   = 3
	mentions = 6
)

func (n *town) play(ctx context.Context, o Options) error {
	if err := n.desk.Start(ctx); err != nil {
		return err
	}
	n.first = n.desk.Now()
	if err := n.until(ctx, "the first poll", func() (bool, error) {
		return n.sky.Calls("app.bsky.notification.listNotifications") > 0 && slices.ContainsFunc(n.fed.Calls(), func(c string) bool { return strings.Contains(c, "notifications") }), nil
	}); err != nil {
		return err
	}
	if err := n.desk.Turn(ctx, 15*time.Second); err != nil { // it has kept its cursor by then
		return err
	}
	n.sky.Break(n.skyFault)
	n.fed.Break(n.fedFault)
	n.fed.Cut(func(r *http.Request) bool {
		cut := r.Method == http.MethodPost && n.chance(0.4)
		if cut {
			n.lost(bluesky.Fault{})
		}
		return cut
	})
	kill := n.rand.IntN(rounds)
	for round := range rounds {
		if err := n.round(ctx, o, round, round == kill); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
	}
	return n.settle(ctx)
}

// round is one of mentions while everything breaks.
func (n *town) round(ctx context.Context, o Options, round int, kill bool) error {
	n.breaking(true)
	if err := n.desk.Break(ctx, o.Seed*16+uint64(round), weather...); err != nil {
		return err
	}
	for k := range mentions {
		n.says(round, k)
		if kill && k == mentions/2 {
			if err := n.desk.Turn(ctx, 20*time.Second); err != nil {
				return err
			}
			time.Sleep(time.Duration(n.rand.IntN(400)) * time.Millisecond) // the moment is the point
			if err := n.restart(ctx, o, round); err != nil {
				return err
			}
		}
	}
	for range 6 {
		if err := n.desk.Turn(ctx, 15*time.Second); err != nil {
			return err
		}
		time.Sleep(150 * time.Millisecond) // time for what is woken to run, and to break
	}
	n.breaking(false)
	return n.desk.Break(ctx, 0)
}

func (n *town) restart(ctx context.Context, o Options, round int) error {
	if err := n.desk.Kill(); err != nil {
		return err
	}
	n.killed++
	if err := n.desk.Start(ctx); err != nil {
		return err
	}
	return n.desk.Break(ctx, o.Seed*16+uint64(round)+8, weather...)
}

// says has one more person on each network mention the brand; some take it back at once, some change it.
func (n *town) says(round, k int) {
	name := fmt.Sprintf("p%d-%d", round, k)
	text := fmt.Sprintf("where is my suitcase number %d%d?", round, k)
	sky, fed := name+".example", n.fed.Join(name)
	n.sky.Join(sky, "Person", "theirs")
	uri := n.sky.Post(sky, bluesky.Draft{Text: "@" + skyAccount + " " + text})
	post := n.fed.Post(fed, "@"+n.fed.Handle(n.care)+" "+text)
	one, other := &saying{name: sky, id: uri, sky: true}, &saying{name: name, id: post.ID}
	n.said = append(n.said, one, other)
	switch k {
	case 1:
		n.sky.Delete(uri)
		n.fed.Delete(post)
		one.deleted, other.deleted = true, true
	case 2:
		n.fed.Edit(post, "@"+n.fed.Handle(n.care)+" "+text+" It is red.")
	}
}

func (n *town) breaking(on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.storm = on
}

// chance draws, while things break.
func (n *town) chance(p float64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.storm && n.weather.Float64() < p
}

// skyFault is what goes wrong with a call of Bluesky's; writing breaks more often than reading, since there the guarantee is at stake.
func (n *town) skyFault(call string, _ int) bluesky.Fault {
	writes := call == "com.atproto.repo.putRecord"
	switch {
	case n.chance(0.05):
		return bluesky.Fault{Status: http.StatusTooManyRequests, Header: http.Header{"Ratelimit-Reset": {"20"}}}
	case n.chance(0.05):
		return bluesky.Fault{Status: http.StatusServiceUnavailable}
	case writes && n.chance(0.3):
		return n.lost(bluesky.Fault{Torn: true, After: true})
	case writes && n.chance(0.3):
		return n.lost(bluesky.Fault{Status: http.StatusBadGateway, After: true})
	case n.chance(0.03):
		return bluesky.Fault{Torn: true}
	}
	return bluesky.Fault{}
}

// lost counts a write whose outcome its sender cannot know.
func (n *town) lost(f bluesky.Fault) bluesky.Fault {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.torn++
	return f
}

// fedFault is the same of the Mastodon API, before anything is done; what is torn after it was done is Cut's.
func (n *town) fedFault(w http.ResponseWriter, _ *http.Request) bool {
	switch {
	case n.chance(0.05):
		w.Header().Set("X-RateLimit-Reset", n.desk.Now().Add(20*time.Second).Format(time.RFC3339))
		w.WriteHeader(http.StatusTooManyRequests)
	case n.chance(0.08):
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		return false
	}
	return true
}

// receipts is how many posts of the brand's answer a mention.
func (n *town) receipts(m *saying) (all int) {
	if m.sky {
		for _, p := range n.sky.Posts(skyAccount) {
			if p.Parent == m.id {
				all++
			}
		}
		return all
	}
	for _, p := range n.fed.Of(n.care) {
		if p.InReplyTo == m.id {
			all++
		}
	}
	return all
}

// until turns the clock, a quarter of a minute at a time, until something holds.
func (n *town) until(ctx context.Context, what string, holds func() (bool, error)) error {
	for range 60 {
		asked := time.Now()
		ok, err := holds()
		if ok || err != nil {
			return err
		}
		pause := ease(asked, 120*time.Millisecond)
		if err := n.desk.Turn(ctx, 15*time.Second); err != nil {
			return err
		}
		time.Sleep(pause)
	}
	return fmt.Errorf("%s: not within a quarter of an hour", what)
}

// settle waits until everything is accounted for, and holds the guarantees against what stands in the networks.
func (n *town) settle(ctx context.Context) error {
	var sum check.Sum
	err := n.until(ctx, "rest", func() (bool, error) {
		sum = check.Sum{}
		for t := n.first; !t.After(n.desk.Now().AddDate(0, 0, 1)); t = t.AddDate(0, 0, 1) {
			var s check.Sum
			if err := n.desk.Sum(ctx, t.Format(time.DateOnly), &s); err != nil {
				return false, err
			}
			sum.Received, sum.Receipted, sum.InFlight, sum.Failed = sum.Received+s.Received, sum.Receipted+s.Receipted, sum.InFlight+s.InFlight, sum.Failed+s.Failed
		}
		return sum.InFlight == 0 && n.whole(), nil
	})
	if err != nil {
		n.breach("rest", "a quarter of an hour after all was well again something is still missing: %+v", sum)
	}
	least := 0
	for _, m := range n.said {
		got := n.receipts(m)
		switch {
		case got > 1 && m.sky:
			n.breach(m.name, "exactly once on Bluesky: %d receipts", got)
		case got > 1:
			n.breach(m.name, "once on Mastodon, as far as one can see: %d receipts", got)
		case got == 0 && !m.deleted:
			n.breach(m.name, "no receipt is lost: none")
		}
		if !m.deleted {
			least++
		}
	}
	if sum.Failed > 0 || sum.Receipted < least || sum.Received < least || sum.Received > len(n.said) {
		n.breach("sum", "of %d mentions, %d of them to be receipted, the desk says %+v", len(n.said), least, sum)
	}
	return nil
}

func (n *town) breach(mail, what string, args ...any) {
	n.breaches = append(n.breaches, check.Breach{Mail: mail, What: fmt.Sprintf(what, args...)})
}

// whole tells whether nobody waits for a receipt any more.
func (n *town) whole() bool {
	return !slices.ContainsFunc(n.said, func(m *saying) bool { return !m.deleted && n.receipts(m) == 0 })
}

package bluesky

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"pronto/infra/local/bluesky"
	"pronto/shared/channel"
	"pronto/shared/channel/network"
)

// town is a network with people in it: ours in memory, or the official one. The same stories are told of both.
type town struct {
	*testing.T
	url    string
	suffix string // of its handles
	now    func() time.Time
	settle time.Duration // how long the network may take until it tells
	post   func(who string, d bluesky.Draft) string
	remove func(uri string)
	block  func(who, other string)
	posts  func(who string) []bluesky.Posted
	label  func(who, value string) // of itself
	join   func(handle, name string) (password string)
}

// The people: the desk's account, its customer, and another.
func (w *town) acme() string { return "acme" + w.suffix }
func (w *town) mira() string { return "mira" + w.suffix }
func (w *town) oleg() string { return "oleg" + w.suffix }

// clock is turned by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// memory is the network in memory.
func memory(t *testing.T) (*town, *bluesky.Network, *clock) {
	t.Helper()
	c := &clock{at: monday}
	n := bluesky.New(c.now)
	at, err := n.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	w := &town{
		T: t, url: at, suffix: ".example", now: c.now, post: n.Post, remove: n.Delete, block: n.Block, posts: n.Posts, label: n.SelfLabel,
		join: func(handle, name string) string {
			n.Join(handle, name, "app-pass-word")
			return "app-pass-word"
		},
	}
	return w, n, c
}

// kept is a session's row, as the store keeps it.
type kept struct {
	mu   sync.Mutex
	blob []byte
	news int // how often it was renewed
}

func (k *kept) session() network.Session {
	return network.Session{
		Load: func(context.Context) ([]byte, error) {
			k.mu.Lock()
			defer k.mu.Unlock()
			return k.blob, nil
		},
		Renew: func(ctx context.Context, was []byte, renew func(context.Context) ([]byte, error)) ([]byte, error) {
			k.mu.Lock()
			defer k.mu.Unlock()
			if k.blob != nil && !bytes.Equal(was, k.blob) {
				return k.blob, nil
			}
			b, err := renew(ctx)
			if err == nil {
				k.blob, k.news = b, k.news+1
			}
			return b, err
		},
	}
}

// office is what listen and deliver are to an account: it keeps the cursor and the session.
type office struct {
	*town
	network.Line
	password string
	account  network.Account
	access   network.Access
	kept     *kept
	cursor   []byte
}

// opens connects the desk's account.
func (w *town) opens() *office {
	w.Helper()
	password := w.join(w.acme(), "Acme Air")
	d := &office{town: w, password: password, kept: &kept{}, account: network.Account{Brand: "acme-air", Channel: Channel, Handle: w.acme(), Server: w.url}}
	u, err := url.Parse(w.url)
	if err != nil {
		w.Fatal(err)
	}
	out, err := network.NewClient(u.Host)
	if err != nil {
		w.Fatal(err)
	}
	d.access = network.Access{Own: json.RawMessage(fmt.Sprintf(`{"app_password":%q}`, password)), Session: d.kept.session(), HTTP: out, Now: w.now}
	d.wakes()
	return d
}

// fresh is the access of whom nothing is kept.
func (d *office) fresh() network.Access {
	x := d.access
	x.Session = (&kept{}).session()
	return x
}

// wakes starts anew with what was kept: another Lambda.
func (d *office) wakes() {
	d.Helper()
	line, err := Open(d.account, d.access)
	if err != nil {
		d.Fatal(err)
	}
	d.Line = line
}

// polls takes all that is new.
func (d *office) polls() (all []network.Mention) {
	d.Helper()
	for n := 0; ; n++ {
		page, err := d.Poll(d.Context(), d.cursor)
		if err != nil {
			d.Fatalf("poll: %v", err)
		}
		for _, p := range page.Posts {
			m, err := Decode(p.Raw, d.now())
			if err != nil {
				d.Fatalf("%s: %v", p.Raw, err)
			}
			if m.ID != p.ID {
				d.Errorf("%s is decoded as %s", p.ID, m.ID)
			}
			all = append(all, m)
		}
		if page.Cursor != nil {
			d.cursor = page.Cursor
		}
		if !page.More {
			return all
		}
		if n > 300 {
			d.Fatal("there is always more")
		}
	}
}

// hears polls until something comes.
func (d *office) hears(want int) (all []network.Mention) {
	d.Helper()
	for until := time.Now().Add(d.settle); ; time.Sleep(200 * time.Millisecond) {
		if all = append(all, d.polls()...); len(all) >= want || time.Now().After(until) {
			break
		}
	}
	if len(all) != want {
		d.Fatalf("%d are heard, want %d: %+v", len(all), want, all)
	}
	return all
}

// receipt is an order to acknowledge a mention; the same of the same mention.
func (d *office) receipt(to string) channel.Outgoing {
	return channel.Outgoing{
		Effect: "000001-0", Brand: "acme-air", Conversation: "k" + to[len(to)-13:], Kind: channel.Receipt, InReplyTo: to, Language: "en", Decided: d.now(),
		Text: "Hello! Ana has it, and answers by 11:00. More: https://acme.example/help. This is an automatic reply.", To: channel.Party{Address: d.mira()},
	}
}

// sends sends what must leave.
func (d *office) sends(o channel.Outgoing) string {
	d.Helper()
	sent, err := d.Sender.Send(d.Context(), o)
	if err != nil {
		d.Fatalf("send: %v", err)
	}
	return sent.ProviderID
}

// soon is a context of a poll that may take half a second.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// endless writes until nobody reads any more.
func endless(w http.ResponseWriter) {
	chunk := []byte(strings.Repeat("[", 64<<10))
	for {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// drip writes a byte from time to time.
func drip(w http.ResponseWriter) {
	for range 100 {
		if _, err := w.Write([]byte(" ")); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		time.Sleep(30 * time.Millisecond)
	}
}

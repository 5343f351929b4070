package mastodon

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"pronto/infra/local/fediverse"
	"pronto/shared/channel"
	"pronto/shared/channel/network"
)

// place is a server with the desk's account and a customer's: one of our doubles, or a real one.
type place struct {
	*testing.T
	name           string
	base           string
	handle, mira   string // of the desk and of the customer, in full
	token, hers    string
	lag            time.Duration // how long a notification may take
	double         *fediverse.Server
	care, customer *fediverse.Account

	clock *clock
	l     network.Line
	at    []byte // cursor
}

// clock is the wall's, moved.
type clock struct {
	mu   sync.Mutex
	skew time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.skew)
}

func (c *clock) turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skew += d
}

// everywhere runs a test on each server: both doubles, and the real one that PRONTO_TEST_MASTODON names ("https://social.example <token> <token>").
func everywhere(t *testing.T, test func(*place)) {
	t.Helper()
	for _, d := range []fediverse.Dialect{fediverse.Mastodon, fediverse.GoToSocial} {
		t.Run(string(d), func(t *testing.T) { test(double(t, fediverse.Options{Dialect: d})) })
	}
	if named := strings.Fields(os.Getenv("PRONTO_TEST_MASTODON")); len(named) == 3 {
		t.Run("real", func(t *testing.T) { test(actual(t, named[0], named[1], named[2])) })
	}
}

func double(t *testing.T, o fediverse.Options) *place {
	t.Helper()
	p := &place{T: t, name: string(o.Dialect), clock: &clock{}}
	o.Now = p.clock.now
	p.double = fediverse.New(o)
	t.Cleanup(p.double.Close)
	p.care, p.customer = p.double.Join("care"), p.double.Join("mira")
	p.base, p.token, p.hers = p.double.URL, p.care.Token, p.customer.Token
	p.handle, p.mira = p.double.Handle(p.care), p.double.Handle(p.customer)
	p.open(nil)
	return p
}

func actual(t *testing.T, base, token, hers string) *place {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	p := &place{T: t, name: "real", base: base, token: token, hers: hers, lag: 20 * time.Second, clock: &clock{}}
	p.handle, p.mira = p.profile(token, u.Host).Handle, p.profile(hers, u.Host).Handle
	p.open(nil)
	return p
}

func (p *place) client() *network.Client {
	p.Helper()
	u, err := url.Parse(p.base)
	if err != nil {
		p.Fatal(err)
	}
	var allow []string
	if p.double != nil {
		allow = []string{u.Host}
	}
	c, err := network.NewClient(allow...)
	if err != nil {
		p.Fatal(err)
	}
	return c
}

func (p *place) connecting() Connecting { return Connecting{HTTP: p.client(), Now: p.clock.now} }

func (p *place) profile(token, home string) Profile {
	p.Helper()
	who, err := p.connecting().Verify(p.Context(), p.base, token, home)
	if err != nil {
		p.Fatal(err)
	}
	return who
}

// open opens the desk's line, and passes over what is there.
func (p *place) open(push *Subscription) {
	p.Helper()
	p.openAt(push, "")
}

// openAt opens it where the server is to push to another address than it was subscribed with.
func (p *place) openAt(push *Subscription, moved string) {
	p.Helper()
	own, err := Own{Token: p.token, AccountID: p.profile(p.token, domain(p.handle)).ID, Push: push}.Secret()
	if err != nil {
		p.Fatal(err)
	}
	p.l, err = Open(network.Account{Brand: "acme-air", Channel: Channel, Handle: p.handle, Server: p.base}, network.Access{Own: own, Push: moved, HTTP: p.client(), Now: p.clock.now})
	if err != nil {
		p.Fatal(err)
	}
	page, err := p.l.Poll(p.Context(), nil)
	if err != nil || len(page.Posts) != 0 {
		p.Fatalf("the first poll: %d posts, %v", len(page.Posts), err)
	}
	p.at = page.Cursor
}

// says has the customer post, by the API as she does; it returns the post.
func (p *place) says(text string, more ...string) status {
	p.Helper()
	form := url.Values{"status": {text}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	var s status
	p.hersDoes(http.MethodPost, "/api/v1/statuses", form, &s)
	return s
}

func (p *place) hersDoes(method, path string, form url.Values, v any) {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), method, p.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.hers)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", "Pronto-Test/1")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 || v != nil && json.NewDecoder(answer.Body).Decode(v) != nil {
		p.Fatalf("%s %s: %d", method, path, answer.StatusCode)
	}
}

// polls gives the mentions that polls bring, until there are some, or time has gone.
func (p *place) polls() (all []network.Mention) {
	p.Helper()
	for until := time.Now().Add(p.lag); ; time.Sleep(time.Second) {
		for more := true; more; {
			page, err := p.l.Poll(p.Context(), p.at)
			if err != nil {
				p.Fatal(err)
			}
			p.at, more = page.Cursor, page.More && len(page.Posts) > 0
			for _, post := range page.Posts {
				m, err := Decode(post.Raw, p.clock.now())
				if err != nil || m.ID != post.ID {
					p.Fatalf("%s: %+v, %v", post.ID, m, err)
				}
				all = append(all, m)
			}
		}
		if len(all) > 0 || time.Now().After(until) {
			return all
		}
	}
}

// one is the only mention that polls bring.
func (p *place) one() network.Mention {
	p.Helper()
	all := p.polls()
	if len(all) != 1 {
		p.Fatalf("%d mentions: %+v", len(all), all)
	}
	return all[0]
}

var effects int

// answer is an outgoing piece to a mention, under an effect of its own.
func (p *place) answer(kind channel.Kind, to network.Mention, text string) channel.Outgoing {
	effects++
	return channel.Outgoing{
		Effect: fmt.Sprintf("%d.0", effects), Brand: "acme-air", Conversation: fmt.Sprintf("k%d", time.Now().UnixNano()), Kind: kind,
		To: channel.Party{Address: to.Author.Handle}, Text: text, Language: "en", InReplyTo: to.ID,
	}
}

func (p *place) sends(o channel.Outgoing) string {
	p.Helper()
	sent, err := p.l.Sender.Send(p.Context(), o)
	if err != nil {
		p.Fatal(err)
	}
	return sent.ProviderID
}

// shown is one of our posts as the customer sees it.
func (p *place) shown(kept string) status {
	p.Helper()
	id, _, _ := strings.Cut(kept, "@")
	var s status
	p.hersDoes(http.MethodGet, "/api/v1/statuses/"+id, nil, &s)
	return s
}

func TestAMentionIsReadAndAnswered(t *testing.T) {
	everywhere(t, func(p *place) {
		s := p.says("@"+p.handle+" my suitcase is lost, see https://airport.example/belt/7/photos/of/the/morning\n\nIt is red & new", "language", "en")
		m := p.one()
		host := strings.TrimPrefix(strings.TrimPrefix(p.base, "https://"), "http://")
		want := "my suitcase is lost, see https://airport.example/belt/7/photos/of/the/morning\n\nIt is red & new"
		if m.Event != network.Created || m.ID != string(s.ID)+"@"+host || !strings.EqualFold(m.Author.Handle, p.mira) || !strings.HasSuffix(m.Text, want) || m.Language != "en" || m.InReplyTo != "" {
			t.Errorf("%+v", m)
		}
		if got := p.polls(); len(got) > 0 {
			t.Errorf("again: %+v", got)
		}
		o := p.answer(channel.Receipt, m, "Thank you. Ana will answer by 11:00.\n\nThis is an automatic reply.")
		id := p.sends(o)
		got := p.shown(id)
		if string(got.InReplyTo) != string(s.ID) || got.Visibility != unlisted || !got.mentions(string(s.Account.ID)) || len(got.Mentions) != 1 {
			t.Errorf("the receipt is %+v", got)
		}
		if !same(Text(string(got.Content)), "@"+p.mira+" "+o.Text) {
			t.Errorf("it says %q", Text(string(got.Content)))
		}
		// Whoever is not sure sends it again: it is there already.
		o.PossibleDuplicate = true
		if again := p.sends(o); again != id {
			t.Errorf("%s was sent again as %s", id, again)
		}
	})
}

func TestWhoMaySeeAnAnswer(t *testing.T) {
	everywhere(t, func(p *place) {
		for _, c := range []struct{ post, receipt, reply string }{
			{"public", "unlisted", "public"}, {"unlisted", "unlisted", "unlisted"}, {"private", "direct", "direct"}, {"direct", "direct", "direct"},
		} {
			p.says("@"+p.handle+" for "+c.post, "visibility", c.post, "spoiler_text", "money")
			m := p.one()
			receipt, reply := p.shown(p.sends(p.answer(channel.Receipt, m, "We have it."))), p.shown(p.sends(p.answer(channel.Reply, m, "It is here, @somebody.")))
			if string(receipt.Visibility) != c.receipt || receipt.SpoilerText != "" || string(reply.Visibility) != c.reply || reply.SpoilerText != "money" {
				t.Errorf("%s: receipt %s %q, reply %s %q", c.post, receipt.Visibility, receipt.SpoilerText, reply.Visibility, reply.SpoilerText)
			}
			if !strings.HasPrefix(m.Text, "money\n\n") || len(reply.Mentions) != 1 {
				t.Errorf("%q, answered to %d", m.Text, len(reply.Mentions))
			}
		}
	})
}

func TestEditsAndDeletionsAreSeen(t *testing.T) {
	everywhere(t, func(p *place) {
		s := p.says("@" + p.handle + " my bag is gone")
		m := p.one()
		if p.double == nil {
			time.Sleep(time.Second) // edits are stamped in seconds somewhere
		}
		p.clock.turn(2 * time.Minute)
		p.hersDoes(http.MethodPut, "/api/v1/statuses/"+string(s.ID), url.Values{"status": {"@" + p.handle + " my red bag is gone"}}, nil)
		edited := p.one()
		if edited.Event != network.Edited || edited.ID != m.ID || !strings.Contains(edited.Text, "red") || !edited.UpdatedAt.After(m.CreatedAt) {
			t.Errorf("%+v", edited)
		}
		p.clock.turn(2 * time.Minute)
		p.hersDoes(http.MethodDelete, "/api/v1/statuses/"+string(s.ID), nil, nil)
		deleted := p.one()
		if deleted.Event != network.Deleted || deleted.ID != m.ID || deleted.Text != "" {
			t.Errorf("%+v", deleted)
		}
		p.clock.turn(2 * time.Minute)
		if again := p.polls(); len(again) > 0 {
			t.Errorf("again: %+v", again)
		}
		if _, err := p.l.Sender.Send(p.Context(), p.answer(channel.Reply, m, "It is here.")); !channel.IsPermanent(err) {
			t.Errorf("an answer to what is gone: %v", err)
		}
	})
}

// Whatever a customer answers, and however many posts she writes, the desk is told of a post that it knows.
func TestWhatAMentionGoesOnWith(t *testing.T) {
	everywhere(t, func(p *place) {
		s := p.says("@" + p.handle + " my bag is gone (1/3)")
		first := p.one()
		state, err := p.l.Check(p.Context())
		if err != nil {
			p.Fatal(err)
		}
		long := strings.TrimSpace(strings.Repeat("We are looking for it at every belt of this airport. ", state.Limit*3/2/53))
		reply := p.sends(p.answer(channel.Reply, first, long))
		var t1 thread
		p.hersDoes(http.MethodGet, "/api/v1/statuses/"+string(s.ID)+"/context", nil, &t1)
		if len(t1.Descendants) < 2 {
			t.Fatalf("%d posts of a long answer", len(t1.Descendants))
		}
		last := t1.Descendants[len(t1.Descendants)-1]

		second := p.says("it was red (2/3)", "in_reply_to_id", string(s.ID)) // mentions nobody
		p.says("@"+p.handle+" and new (3/3)", "in_reply_to_id", string(second.ID))
		if m := p.one(); m.InReplyTo != first.ID {
			t.Errorf("three posts up: goes on with %s, want %s", m.InReplyTo, first.ID)
		}
		id, _, _ := strings.Cut(reply, "@")
		p.says("@"+p.handle+" thank you", "in_reply_to_id", id)
		if m := p.one(); m.InReplyTo != reply {
			t.Errorf("an answer to our answer goes on with %s, want %s", m.InReplyTo, reply)
		}
		p.says("@"+p.handle+" thanks for the end, too", "in_reply_to_id", string(last.ID))
		if m := p.one(); m.InReplyTo != reply {
			t.Errorf("an answer to its last part goes on with %s, want %s", m.InReplyTo, reply)
		}
		if p.double == nil || p.name != string(fediverse.Mastodon) {
			return // GoToSocial knows no quotes
		}
		bag := p.double.Post(p.care, "We look for every bag.")
		host := strings.TrimPrefix(p.base, "http://")
		p.double.Post(p.customer, "They say so!", fediverse.Quoting(bag))
		if m := p.one(); m.InReplyTo != bag.ID+"@"+host {
			t.Errorf("a quote goes on with %s, want %s", m.InReplyTo, bag.ID)
		}
	})
}

// An answer that is too long leaves as several posts, each to be read by whom it is for. Torn between two of them it goes on where it was.
func TestALongAnswer(t *testing.T) {
	everywhere(t, func(p *place) {
		p.says("@" + p.handle + " tell me all")
		m := p.one()
		var b strings.Builder
		for i := range 500 {
			fmt.Fprintf(&b, "Sentence number %d of a long answer. ", i)
		}
		o := p.answer(channel.Reply, m, b.String()[:9000])
		if p.name != string(fediverse.GoToSocial) {
			if _, err := p.l.Sender.Send(p.Context(), o); !channel.IsPermanent(err) {
				t.Errorf("more than ten posts: %v", err)
			}
			o.Text = b.String()[:1500]
		}
		if p.double != nil {
			posts := 0
			p.double.Cut(func(r *http.Request) bool {
				if r.Method == http.MethodPost {
					posts++
				}
				return posts == 2
			})
			if _, err := p.l.Sender.Send(p.Context(), o); err == nil || channel.IsPermanent(err) || channel.IsUnsent(err) {
				t.Errorf("torn behind the second part: %v", err)
			}
			p.double.Cut(nil)
			o.PossibleDuplicate = true
		}
		top := p.shown(p.sends(o))
		var th thread
		p.hersDoes(http.MethodGet, "/api/v1/statuses/"+string(top.ID)+"/context", nil, &th)
		text := Text(string(top.Content))
		for _, s := range th.Descendants {
			if !strings.EqualFold(string(s.Account.ID), string(top.Account.ID)) || len(s.Mentions) != 1 {
				t.Errorf("%+v", s)
			}
			text += " " + Text(string(s.Content))
		}
		for _, i := range []int{0, 20, 39} {
			if strings.Count(text, fmt.Sprintf("number %d of", i)) != 1 {
				t.Errorf("sentence %d stands %d times in %s", i, strings.Count(text, fmt.Sprintf("number %d of", i)), text)
			}
		}
	})
}

func TestCheck(t *testing.T) {
	everywhere(t, func(p *place) {
		s, err := p.l.Check(p.Context())
		if err != nil || s.Handle != strings.ToLower(p.handle) || s.Limit < leastLimit {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// Pages follow each other without a gap, wherever a poll ends.
func TestManyMentionsWithoutAGap(t *testing.T) {
	everywhere(t, func(p *place) {
		n := 250
		if p.double == nil {
			n = 5 // it is somebody's server
		}
		want := map[string]bool{}
		for i := range n {
			want[string(p.says(fmt.Sprintf("@%s number %d", p.handle, i)).ID)] = true
			if i == n/2 && p.double != nil {
				p.clock.turn(6 * time.Minute) // the limit
			}
		}
		p.clock.turn(6 * time.Minute)
		for range 50 {
			for _, m := range p.polls() {
				id, _, _ := strings.Cut(m.ID, "@")
				if !want[id] {
					t.Errorf("%s is new or came twice", m.ID)
				}
				delete(want, id)
			}
			if len(want) == 0 {
				return
			}
		}
		t.Errorf("%d are missing", len(want))
	})
}

func TestContextEnds(t *testing.T) {
	p := double(t, fediverse.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.l.Poll(ctx, p.at); err == nil {
		t.Error("a poll without time")
	}
}

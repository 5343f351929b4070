package bluesky

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/bluesky"
	"pronto/shared/channel"
	"pronto/shared/channel/network"
	shared "pronto/shared/desk"
)

// stories are told of the network in memory and of the official one: what holds of both, the one in memory has right.
var stories = []struct {
	name    string
	appview bool // it is about what others see
	tell    func(*office)
}{
	{"a mention and its receipt", true, receiptStory},
	{"who else is in the thread", true, threadStory},
	{"a long answer", true, longStory},
	{"deleted before the receipt", true, goneStory},
	{"blocked", true, blockedStory},
	{"the same key twice", false, keyStory},
	{"a session that is over", false, sessionStory},
	{"connected and marked as a bot", false, botStory},
}

func TestInMemory(t *testing.T) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			w, _, _ := memory(t)
			d := w.opens()
			for _, who := range []string{w.mira(), w.oleg()} {
				w.join(who, strings.ToUpper(who[:1])+who[1:4])
			}
			s.tell(d)
		})
	}
}

// begin passes over what is there.
func (d *office) begin() {
	d.Helper()
	if all := d.polls(); len(all) != 0 {
		d.Fatalf("the first poll gives %+v", all)
	}
}

// eventually waits for what the network takes a while to know.
func (d *office) eventually(what string, is func() bool) {
	d.Helper()
	for until := time.Now().Add(d.settle); !is(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(until) {
			d.Fatalf("not %s", what)
		}
	}
}

func receiptStory(d *office) {
	d.post(d.mira(), bluesky.Draft{Text: "@" + d.acme() + " an old one"})
	d.eventually("listed", func() bool {
		items, _, err := (&poller{d.Sender.(*Sender).client}).list(d.Context(), "")
		return err == nil && len(items) == 1
	})
	d.begin()
	uri := d.post(d.mira(), bluesky.Draft{Text: "Grüße, @" + d.acme() + " – my suitcase is lost 🧳", Langs: []string{"en-GB"}})
	m := d.hears(1)[0]
	if m.ID != uri || m.Text != "Grüße, @"+d.acme()+" – my suitcase is lost 🧳" || m.Language != "en" || m.Silence != "" || m.Author.Bot || m.InReplyTo != "" {
		d.Errorf("the mention is %+v", m)
	}
	if m.Author.Handle != d.mira() || m.Author.Name != "Mira" || m.Author.ID == "" || !strings.HasPrefix(m.URL, "https://bsky.app/profile/"+m.Author.ID+"/post/") {
		d.Errorf("its author is %+v, at %s", m.Author, m.URL)
	}
	if age := d.now().Sub(m.CreatedAt); age < 0 || age > time.Minute {
		d.Errorf("it is %s old", age)
	}
	o := d.receipt(uri)
	o.Text = "Hello @" + d.mira() + "! Ana – really – has it from @" + d.oleg() + ": https://acme.example/help. #acmeair"
	id := d.sends(o)
	d.wakes()
	o.Text, o.PossibleDuplicate = "other words by now", true
	if again := d.sends(o); again != id {
		d.Errorf("sent again it is %s after %s", again, id)
	}
	all := d.posts(d.acme())
	if len(all) != 1 {
		d.Fatalf("%d posts stand: %+v", len(all), all)
	}
	p := all[0]
	if p.URI != id || p.Parent != uri || p.Root != uri || !slices.Equal(p.Langs, []string{"en"}) || !strings.HasPrefix(p.Text, "Hello @") {
		d.Errorf("the receipt is %+v", p)
	}
	if got := features(d.T, p.Text, p.Content); !slices.Equal(got, []string{"@" + d.mira() + " " + m.Author.ID, "https://acme.example/help https://acme.example/help", "#acmeair acmeair"}) {
		d.Errorf("its facets are %q", got)
	}
	if all := d.polls(); len(all) != 0 {
		d.Errorf("we hear ourselves: %+v", all)
	}
}

func threadStory(d *office) {
	d.begin()
	uri := d.post(d.mira(), bluesky.Draft{Text: "@" + d.acme() + " help"})
	d.hears(1)
	receipt := d.sends(d.receipt(uri))
	d.eventually("the receipt is shown", func() bool { _, err := d.Sender.(*Sender).look(d.Context(), receipt); return err == nil })

	answer := d.post(d.mira(), bluesky.Draft{Text: "It is red.", Reply: receipt})
	m := d.hears(1)[0]
	if m.ID != answer || m.InReplyTo != receipt || m.Silence != "" {
		d.Errorf("the answer is %+v", m)
	}
	d.label(d.oleg(), "bot")
	d.post(d.oleg(), bluesky.Draft{Text: "Did you look under the bed?", Reply: answer})
	m = d.hears(1)[0]
	if m.InReplyTo != receipt || m.Silence != shared.NotMentioned || m.Author.Handle != d.oleg() {
		d.Errorf("who talks to her is %+v", m)
	}
	d.post(d.oleg(), bluesky.Draft{Text: "Mine, too!", Reply: receipt})
	joins := d.hears(1)[0]
	if joins.InReplyTo != receipt || joins.Silence != "" || !joins.Author.Bot {
		d.Errorf("who joins is %+v", joins)
	}
	d.post(d.mira(), bluesky.Draft{Text: "They answered!", Quote: receipt})
	if m = d.hears(1)[0]; m.InReplyTo != receipt || m.Silence != "" {
		d.Errorf("the quote is %+v", m)
	}
	o := d.receipt(answer)
	d.sends(o)
	if all := d.posts(d.acme()); len(all) != 2 || all[1].Parent != answer || all[1].Root != uri {
		d.Errorf("the second receipt is %+v", all)
	}
}

func longStory(d *office) {
	d.begin()
	uri := d.post(d.mira(), bluesky.Draft{Text: "@" + d.acme() + " help"})
	d.hears(1)
	o := d.receipt(uri)
	o.Kind, o.Text = channel.Reply, strings.Repeat("We looked for your suitcase 🧳 in Rome. ", 20)
	id := d.sends(o)
	if again := d.sends(o); again != id {
		d.Errorf("sent again it is %s after %s", again, id)
	}
	all := d.posts(d.acme())
	if len(all) != 3 || all[0].Parent != uri || all[1].Parent != all[0].URI || all[2].Parent != all[1].URI || all[2].URI != id || all[2].Root != uri {
		d.Fatalf("the answer stands as %+v", all)
	}
	for _, p := range all {
		if !strings.HasSuffix(p.Text, "Rome.") || !slices.Contains(pieces(p.URI), id) {
			d.Errorf("%s: %q", p.URI, p.Text)
		}
	}
}

func goneStory(d *office) {
	d.begin()
	uri := d.post(d.mira(), bluesky.Draft{Text: "@" + d.acme() + " help"})
	d.hears(1)
	d.remove(uri)
	s := d.Sender.(*Sender)
	d.eventually("gone", func() bool { _, err := s.look(d.Context(), uri); return err != nil })
	if _, err := s.Send(d.Context(), d.receipt(uri)); !channel.IsPermanent(err) || !errors.Is(err, network.ErrGone) {
		d.Errorf("answered: %v", err)
	}
	o := d.receipt(uri)
	if o.PossibleDuplicate = true; fate(send(d, o)) != "permanent" || len(d.posts(d.acme())) != 0 {
		d.Errorf("posts %+v", d.posts(d.acme()))
	}
	later := d.post(d.mira(), bluesky.Draft{Text: "@" + d.acme() + " help me!"})
	d.hears(1)
	o = d.receipt(later)
	id := d.sends(o) // and nobody heard of it
	d.remove(later)
	d.eventually("gone", func() bool { _, err := s.look(d.Context(), later); return err != nil })
	if o.PossibleDuplicate = true; d.sends(o) != id {
		d.Error("what stands is not found")
	}
}

func send(d *office, o channel.Outgoing) error {
	_, err := d.Sender.Send(d.Context(), o)
	return err
}

func blockedStory(d *office) {
	d.begin()
	uri := d.post(d.mira(), bluesky.Draft{Text: "@" + d.acme() + " help"})
	d.hears(1)
	d.block(d.mira(), d.acme())
	s := d.Sender.(*Sender)
	d.eventually("blocked", func() bool { _, err := s.look(d.Context(), uri); return err != nil })
	if _, err := s.Send(d.Context(), d.receipt(uri)); !channel.IsPermanent(err) || !errors.Is(err, network.ErrBarred) {
		d.Errorf("answered: %v", err)
	}
}

// keyStory is about the repository alone: what makes a receipt exactly once.
func keyStory(d *office) {
	s := d.Sender.(*Sender)
	if _, err := d.Check(d.Context()); err != nil {
		d.Fatal(err)
	}
	parent := ref{join(s.did(), "3lzzzzzzzzzz2"), "bafyreidlb3tqqfzgpyqvcy3c5g5nrgidzsd7hlq7mvqg4kh3hqzvhfh6vu"}
	o := d.receipt(parent.URI)
	p := post{Type: posts, Text: "one", Reply: thread{parent, parent}, CreatedAt: d.now().UTC().Format(stamp)}
	one, err := s.write(d.Context(), o, 0, p)
	if err != nil {
		d.Fatal(err)
	}
	same, err := s.write(d.Context(), o, 0, p)
	if err != nil || same != one {
		d.Errorf("the same again: %+v %v", same, err)
	}
	p.Text = "two"
	if was, err := s.write(d.Context(), o, 0, p); err != nil || was != one {
		d.Errorf("other words: %+v %v", was, err)
	}
	p.Reply.Parent.URI = join(s.did(), "3lzzzzzzzzzz3")
	other, err := s.write(d.Context(), o, 0, p)
	if err != nil || other == one {
		d.Errorf("another effect's key: %+v %v", other, err)
	}
	all := d.posts(d.acme())
	if len(all) != 2 || !slices.ContainsFunc(all, func(x bluesky.Posted) bool { return x.URI == one.URI && x.Text == "one" }) {
		d.Errorf("posts %+v", all)
	}
	p.Text = strings.Repeat("x", 301)
	o.Effect = "000002-0"
	if _, err := s.write(d.Context(), o, 0, p); !channel.IsPermanent(err) {
		d.Errorf("a post that is too long: %v", err)
	}
}

func sessionStory(d *office) {
	check := func(want int) {
		d.Helper()
		d.wakes()
		if st, err := d.Check(d.Context()); err != nil || st.Handle != d.acme() {
			d.Errorf("%+v %v", st, err)
		}
		if d.kept.news != want {
			d.Errorf("%d sessions, want %d", d.kept.news, want)
		}
	}
	spoil := func(change func(*session)) {
		s := parse(d.kept.blob)
		change(&s)
		d.kept.blob = encode(d.T, s)
	}
	check(1)
	check(1)
	if s := parse(d.kept.blob); s.Until.Before(d.now().Add(30 * time.Minute)) {
		d.Errorf("it ends at %s", s.Until)
	}
	spoil(func(s *session) { s.Until = d.now().Add(time.Minute) })
	check(2) // soon over: renewed before that
	spoil(func(s *session) { s.Access = s.Access[:len(s.Access)-4] + "AAAA" })
	check(3) // not taken
	spoil(func(s *session) { s.Access, s.Refresh = "x", "y" })
	check(4) // by the password
	d.access.Own = []byte(`{"app_password":"another"}`)
	spoil(func(s *session) { s.Access, s.Refresh = "x", "y" })
	d.wakes()
	if _, err := d.Check(d.Context()); !errors.Is(err, network.ErrRefused) || !channel.IsUnsent(err) {
		d.Errorf("with another password: %v", err)
	}
}

func botStory(d *office) {
	bot := func(want bool) {
		d.Helper()
		if s, err := d.Check(d.Context()); err != nil || s.Bot != want {
			d.Errorf("%+v %v", s, err)
		}
	}
	own, state, err := Connect(d.Context(), d.account, d.password, d.access)
	if err != nil || state.Handle != d.acme() || state.Bot || !strings.Contains(string(own), d.password) {
		d.Errorf("connected: %s %+v %v", own, state, err)
	}
	if _, _, err := Connect(d.Context(), d.account, "another", d.fresh()); !errors.Is(err, network.ErrRefused) {
		d.Errorf("connected with another password: %v", err)
	}
	bot(false)
	for range 2 {
		if err := MarkBot(d.Context(), d.Line); err != nil {
			d.Fatal(err)
		}
		bot(true)
	}
}

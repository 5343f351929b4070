package mastodon

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pronto/infra/local/fediverse"
	"pronto/shared/channel"
	"pronto/shared/channel/network"
)

// ours are the desk's posts on a double.
func (p *place) ours() []fediverse.Status { return p.double.Of(p.care) }

func posting(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/api/v1/statuses"
}

// Whatever moment the sender dies in, at whichever server: the next try, which knows that the first may have left, leaves one post.
func TestKilledBetweenSendAndOutcome(t *testing.T) {
	for _, d := range []fediverse.Dialect{fediverse.Mastodon, fediverse.GoToSocial} {
		for _, c := range []struct {
			name  string
			later time.Duration // of the next try
			kill  func(*place)
		}{
			{"the answer is lost", 2 * time.Minute, func(p *place) { p.double.Cut(posting) }},
			{"the answer is lost, and hours pass", 3 * time.Hour, func(p *place) { p.double.Cut(posting) }},
			{"the answer is garbled", 2 * time.Minute, func(p *place) {
				p.double.Break(func(w http.ResponseWriter, r *http.Request) bool { return false })
				p.double.Cut(posting)
			}},
			{"it never arrives", 2 * time.Minute, func(p *place) {
				p.double.Break(func(w http.ResponseWriter, r *http.Request) bool {
					if !posting(r) {
						return false
					}
					panic(http.ErrAbortHandler)
				})
			}},
			{"a gateway gives up", 2 * time.Minute, func(p *place) {
				p.double.Break(func(w http.ResponseWriter, r *http.Request) bool {
					if posting(r) {
						w.WriteHeader(http.StatusGatewayTimeout)
					}
					return posting(r)
				})
			}},
		} {
			t.Run(string(d)+": "+c.name, func(t *testing.T) {
				p := double(t, fediverse.Options{Dialect: d})
				p.says("@" + p.handle + " my bag is lost")
				receipt := p.answer(channel.Receipt, p.one(), "We have it. Ana answers by 11:00. Automatic reply: https://acme.example/help")
				c.kill(p)
				if _, err := p.l.Sender.Send(t.Context(), receipt); err == nil || channel.IsPermanent(err) || channel.IsUnsent(err) {
					t.Fatalf("nobody knows what became of it, but the error is %v", err)
				}
				p.double.Break(nil)
				p.double.Cut(nil)
				p.clock.turn(c.later)
				receipt.PossibleDuplicate = true
				first := p.sends(receipt)
				if again := p.sends(receipt); again != first || len(p.ours()) != 1 {
					t.Errorf("%d posts, %s and %s", len(p.ours()), first, again)
				}
				// An answer to the same post is another piece, and leaves.
				if p.sends(p.answer(channel.Reply, network.Mention{ID: receipt.InReplyTo}, "It is in Rome.")); len(p.ours()) != 2 {
					t.Errorf("%d posts", len(p.ours()))
				}
			})
		}
	}
}

// A correction whose fate nobody knows is no answer that left before it, whatever the two have in common.
func TestACorrectionIsAnotherAnswer(t *testing.T) {
	for _, d := range []fediverse.Dialect{fediverse.Mastodon, fediverse.GoToSocial} {
		for wrong, right := range map[string]string{
			"Your refund: https://acme.example/refund-a": "Your refund: https://acme.example/refund-b", "👍": "🙏", "yes: https://acme.example": "yes", "€12.50": "€1250",
		} {
			p := double(t, fediverse.Options{Dialect: d})
			p.says("@" + p.handle + " my refund is late")
			m := p.one()
			first := p.sends(p.answer(channel.Reply, m, wrong))
			o := p.answer(channel.Reply, m, right)
			p.double.Break(func(w http.ResponseWriter, r *http.Request) bool {
				if posting(r) {
					w.WriteHeader(http.StatusBadGateway)
				}
				return posting(r)
			})
			if _, err := p.l.Sender.Send(t.Context(), o); fate(err) != "unknown" {
				t.Fatalf("%s: %v", right, err)
			}
			p.double.Break(nil)
			p.clock.turn(2 * time.Hour)
			o.PossibleDuplicate = true
			id := p.sends(o)
			if again := p.sends(o); id == first || again != id || len(p.ours()) != 2 {
				t.Errorf("%s: %q after %q: %s, %s and %s, %d posts", d, right, wrong, first, id, again, len(p.ours()))
			}
		}
	}
}

func TestSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"@mira@elsewhere.example, hello", "@Mira  hello", true},
		{"write to @\u200bhelp@acme.example.", "write to @help", true},
		{"one\n\ntwo", "One two", true},
		{"see (https://acme.example/a).", "see http://Acme.example/a", true},
		{"see acme.example/a", "see https://acme.example/a/", true},
		{"see https://acme.example/ü", "see https://acme.example/ü (https://acme.example/%C3%BC)", true},
		{"“yes” – it’s…", "\"yes\" - it's...", true},
		{"❤️", "❤", true},
		{"", "", true},
		{"https://acme.example/refund-a", "https://acme.example/refund-b", false},
		{"https://acme.example/Ab", "https://acme.example/aB", false},
		{"https://acme.example/?id=1", "https://acme.example/?id=2", false},
		{"https://acme.example/a", "https://evil.example/a", false},
		{"👍", "🙏", false},
		{"👍🏽", "👍🏿", false},
		{"yes: https://a.example", "yes", false},
		{"yes?", "yes!", false},
		{"@mira yes", "@oleg yes", false},
		{"12.50", "1250", false},
		{"कि", "की", false},
	} {
		if same(c.a, c.b) != c.want || same(c.b, c.a) != c.want {
			t.Errorf("%q and %q: %q and %q", c.a, c.b, bones(c.a), bones(c.b))
		}
	}
}

// The key alone, without a look: as often as it is tried within an hour, by several at once, Mastodon takes it once.
func TestTheKeyIsHeeded(t *testing.T) {
	p := double(t, fediverse.Options{})
	p.says("@" + p.handle + " my bag is lost")
	receipt := p.answer(channel.Receipt, p.one(), "We have it.")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := p.l.Sender.Send(t.Context(), receipt); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := p.ours(); len(got) != 1 || got[0].Key != Key(receipt.Conversation, receipt.Effect) {
		t.Errorf("%+v", got)
	}
}

// The receipt had left, the answer was lost, and then its post was deleted: it is found, by whom it mentions, and is no failure. One that never left is.
func TestThePostIsGoneMeanwhile(t *testing.T) {
	for _, d := range []fediverse.Dialect{fediverse.Mastodon, fediverse.GoToSocial} {
		p := double(t, fediverse.Options{Dialect: d})
		paolo := p.double.Join("paolo@elsewhere.example")
		s := p.says("@" + p.handle + " my bag is lost")
		mira := p.answer(channel.Receipt, p.one(), "We have it.")
		other := p.double.Post(paolo, "@"+p.handle+" mine is lost")
		his := p.answer(channel.Receipt, p.one(), "We have it.")
		p.double.Cut(posting)
		if _, err := p.l.Sender.Send(t.Context(), mira); err == nil {
			t.Fatal("the answer was not lost")
		}
		p.double.Cut(nil)
		p.hersDoes(http.MethodDelete, "/api/v1/statuses/"+string(s.ID), nil, nil)
		p.double.Delete(other)
		mira.PossibleDuplicate, his.PossibleDuplicate = true, true
		if id := p.sends(mira); !strings.HasPrefix(id, p.ours()[0].ID+"@") {
			t.Errorf("found %s", id)
		}
		corrected := mira
		corrected.Text = "We have it: https://acme.example/bags"
		if _, err := p.l.Sender.Send(t.Context(), corrected); !channel.IsPermanent(err) {
			t.Errorf("other words: %v", err)
		}
		if _, err := p.l.Sender.Send(t.Context(), his); !channel.IsPermanent(err) || len(p.ours()) != 1 {
			t.Errorf("another's with the same words: %v, %d posts", err, len(p.ours()))
		}
	}
}

func TestFateOfAStatus(t *testing.T) {
	for status, want := range map[int]string{
		301: "unsent", 302: "unsent", 400: "permanent", 401: "unsent", 403: "permanent", 404: "permanent", 408: "unsent", 410: "permanent", 413: "permanent", 418: "permanent",
		422: "permanent", 429: "unsent", 500: "unknown", 502: "unknown", 503: "unknown", 504: "unknown",
	} {
		p := double(t, fediverse.Options{})
		p.says("@" + p.handle + " hello")
		o := p.answer(channel.Receipt, p.one(), "We have it.")
		p.double.Break(func(w http.ResponseWriter, r *http.Request) bool {
			if posting(r) {
				w.Header().Set("X-RateLimit-Reset", p.clock.now().Add(4*time.Minute).UTC().Format(time.RFC3339))
				w.WriteHeader(status)
				fmt.Fprint(w, `{"error":"`+strings.Repeat("secret words ", 100)+`"}`)
			}
			return posting(r)
		})
		_, err := p.l.Sender.Send(t.Context(), o)
		if got := fate(err); got != want || strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("%d: %s (%v), want %s", status, got, err, want)
		}
		var limited *network.Limited
		if errors.As(err, &limited) != (status == 429) || errors.Is(err, network.ErrRefused) != (status == 401) {
			t.Errorf("%d: %v", status, err)
		}
		if limited != nil && limited.Until.Sub(p.clock.now()) < 3*time.Minute {
			t.Errorf("until %s", limited.Until)
		}
	}
}

// What fails before anything was posted has not left, whatever it is.
func TestNothingLeftYet(t *testing.T) {
	for status, want := range map[int]string{401: "unsent", 404: "permanent", 410: "permanent", 429: "unsent", 500: "unsent", 503: "unsent", 200: "unsent"} {
		p := double(t, fediverse.Options{})
		p.says("@" + p.handle + " hello")
		o := p.answer(channel.Receipt, p.one(), "We have it.")
		p.double.Break(func(w http.ResponseWriter, r *http.Request) bool {
			w.WriteHeader(status)
			fmt.Fprint(w, "<html>")
			return true
		})
		if _, err := p.l.Sender.Send(t.Context(), o); fate(err) != want {
			t.Errorf("%d: %v, want %s", status, err, want)
		}
		// Nor is a second try sent that could not look for the first.
		p.double.Break(func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/context") {
				w.WriteHeader(http.StatusBadGateway)
				return true
			}
			return false
		})
		o.PossibleDuplicate = true
		if _, err := p.l.Sender.Send(t.Context(), o); !channel.IsUnsent(err) || len(p.ours()) != 0 {
			t.Errorf("%v, %d posts", err, len(p.ours()))
		}
	}
}

func fate(err error) string {
	switch {
	case err == nil:
		return "sent"
	case channel.IsPermanent(err):
		return "permanent"
	case channel.IsUnsent(err):
		return "unsent"
	}
	return "unknown"
}

func TestWhatNeverLeaves(t *testing.T) {
	p := double(t, fediverse.Options{})
	p.says("@" + p.handle + " hello")
	m := p.one()
	for name, change := range map[string]func(*channel.Outgoing){
		"to another server": func(o *channel.Outgoing) { o.InReplyTo = "115600000000000101@other.example" },
		"to no id":          func(o *channel.Outgoing) { o.InReplyTo = "../../oauth@" + strings.TrimPrefix(p.base, "http://") },
		"to nothing":        func(o *channel.Outgoing) { o.InReplyTo = "" },
		"to what never was": func(o *channel.Outgoing) { o.InReplyTo = "1@" + strings.TrimPrefix(p.base, "http://") },
		"a page":            func(o *channel.Outgoing) { o.Kind = channel.Page },
		"longer than ten":   func(o *channel.Outgoing) { o.Text = strings.Repeat("word ", 2000) },
		"a webhook of ours": func(o *channel.Outgoing) { o.Kind = channel.Webhook },
	} {
		o := p.answer(channel.Receipt, m, "We have it.")
		change(&o)
		if _, err := p.l.Sender.Send(t.Context(), o); !channel.IsPermanent(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(p.ours()); n != 0 {
		t.Errorf("%d posts", n)
	}
}

// A thread that is too large to be read is no reason to write twice.
func TestAThreadTooLargeToRead(t *testing.T) {
	p := double(t, fediverse.Options{Dialect: fediverse.GoToSocial})
	p.says("@" + p.handle + " hello")
	o := p.answer(channel.Receipt, p.one(), "We have it.")
	first := p.sends(o)
	for range 60 { // later posts of ours, on other pages
		p.double.Post(p.care, "news")
	}
	p.double.Break(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/context") {
			return false
		}
		_, _ = w.Write([]byte(strings.Repeat(" ", network.MaxAnswer+1)))
		return true
	})
	o.PossibleDuplicate = true
	if again := p.sends(o); again != first {
		t.Errorf("%s, then %s", first, again)
	}
}

// A server that allows less than Mastodon does says so when it is asked.
func TestASmallServer(t *testing.T) {
	p := double(t, fediverse.Options{Limit: 120})
	p.says("@" + p.handle + " hello")
	p.sends(p.answer(channel.Receipt, p.one(), "Thank you, we have your message, and Ana will answer it by eleven. This is an automatic reply, and nobody has read yours yet. We are sorry for that."))
	if got := p.ours(); len(got) != 2 || got[1].InReplyTo != got[0].ID {
		t.Errorf("%+v", got)
	}
}

func TestLength(t *testing.T) {
	gts := limits{most: 5000, perURL: 25, whole: true}
	for _, c := range []struct {
		text          string
		mastodon, gts int
	}{
		{"@mira@elsewhere.example hello", 11, 29},
		{"@mira hello", 11, 11},
		{"mira@elsewhere.example", 22, 22}, // no mention
		{"see https://airport.example/belt/7/photos/of/the/morning", 27, 29},
		{"schön 你好 👍", 10, 10},
		{"(@mira@elsewhere.example)", 7, 25},
	} {
		if got := mastodons.count(c.text); got != c.mastodon {
			t.Errorf("Mastodon: %q has %d, want %d", c.text, got, c.mastodon)
		}
		if got := gts.count(c.text); got != c.gts {
			t.Errorf("GoToSocial: %q has %d, want %d", c.text, got, c.gts)
		}
	}
}

func TestSplit(t *testing.T) {
	fits := func(n int) func(string) bool { return func(s string) bool { return len(s) <= n } }
	for _, c := range []struct {
		text string
		most int
		want []string
	}{
		{"one two", 10, []string{"one two"}},
		{"One sentence. Another one.", 20, []string{"One sentence.", "Another one."}},
		{"a paragraph\n\nand the next one", 20, []string{"a paragraph", "and the next one"}},
		{"aaaaaaaaaaaaaaa", 6, []string{"aaaaaa", "aaaaaa", "aaa"}},
		{"ééééé", 4, []string{"éé", "éé", "é"}},
		{"", 4, nil},
		{strings.Repeat("a", 11), 1, nil},
		{"éé", 1, []string{"é", "é"}}, // a rune is never cut, whatever fits
	} {
		if got := split(c.text, fits(c.most)); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// Whatever the console lets an agent send leaves, however its text falls into parts.
func TestWhatTheRulesAllowLeaves(t *testing.T) {
	rules, _ := channel.Of(Channel)
	with := channel.Piece{To: strings.Repeat("m", 30) + "@elsewhere.example"}
	leaves := func(text string) bool {
		with.Text = text
		return rules.Measure(with, cutAnswer).Refused == ""
	}
	if rules.Parts != maxParts || rules.Limit != usualLimit || rules.LinkCount != usualPerURL {
		t.Errorf("the rules say %+v", rules)
	}
	to := status{Account: account{Acct: text(strings.Repeat("m", 30) + "@elsewhere.example")}}
	for name, unit := range map[string]string{
		"words": "word ", "sentences": "A sentence of some length that ends. ", "paragraphs": strings.Repeat("paragraph ", 24) + "\n\n", "one word": "x",
		"long words": strings.Repeat("y", 300) + " ", "umlauts": "über ", "Japanese": "東京の空港で。", "links": "see https://airport.example/" + strings.Repeat("z", 100) + " ",
	} {
		text := ""
		for step := 1024; step > 0; { // as many as leave
			if more := text + strings.Repeat(unit, step); leaves(more) {
				text = more
			} else {
				step /= 2
			}
		}
		all := compose(channel.Outgoing{Kind: channel.Reply, Conversation: "k", Effect: "1.0", Text: text}, to, mastodons)
		with.Text = text
		if m := rules.Measure(with, cutAnswer); len(all) == 0 || m.Posts != len(all) || m.Posts < maxParts-1 {
			t.Errorf("%s: %d runes are said to become %d posts, and leave as %d", name, m.Length, m.Posts, len(all))
		}
	}
}

func TestUnmentioned(t *testing.T) {
	for text, want := range map[string]string{
		"write to @somebody": "write to @\u200bsomebody", "care@acme.example": "care@acme.example", "@": "@", "a @ b": "a @ b", "(@x)": "(@\u200bx)", "": "",
	} {
		if got := unmentioned(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestWarning(t *testing.T) {
	for post, want := range map[string]string{"money": "money", "": "", "see https://evil.example": "", "evil.example": "", "@mira": "", strings.Repeat("a", 101): "", " a\nb ": "a b"} {
		if got := warning(post, channel.Reply); got != want || warning(post, channel.Receipt) != "" {
			t.Errorf("%q: %q", post, got)
		}
	}
}

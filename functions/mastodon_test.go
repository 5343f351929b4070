package functions_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
	"pronto/infra/local/fediverse"
	"pronto/infra/pronto/desk"
	"pronto/shared/channel/mastodon"
	"pronto/shared/channel/network"
)

// town is a desk whose brand has an account on a server of the Mastodon API, and its people.
type town struct {
	*testing.T
	*desktest.Desk
	net               *fediverse.Server
	care, mira, paolo *fediverse.Account
	deaf              bool // the desk cannot be pushed to
	gone              bool // the address at which it was subscribed leads to nobody any more
	pushed            []push
}

// push is one as the server made it.
type push struct {
	http.Header
	path, body, host string
}

func (p push) request() *http.Request {
	r := httptest.NewRequest(http.MethodPost, p.path, strings.NewReader(p.body))
	r.Header = p.Header.Clone()
	return r
}

// pushPath is where an account is pushed to, its name behind it.
const pushPath = "/hooks/mastodon/3f1b2c4d5e6f708192a3b4c5"

// settle opens a desk in a town, with more accounts of the brand's where they are named. Mira is of another server.
func settle(t *testing.T, o fediverse.Options, more ...string) *town {
	t.Helper()
	return settleAt(t, "", o, more...)
}

// settleAt opens one that is reached at another address than its accounts were connected with.
func settleAt(t *testing.T, at string, o fediverse.Options, more ...string) *town {
	t.Helper()
	w := &town{T: t}
	o.Now = func() time.Time {
		if w.Desk == nil { // before there is one
			return monday
		}
		return w.Clock.Now()
	}
	o.Push = func(r *http.Request) int {
		if w.deaf {
			return http.StatusServiceUnavailable
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.pushed = append(w.pushed, push{r.Header, r.URL.Path, string(body), r.URL.Host})
		if w.gone && r.URL.Host == "desk.example" {
			return http.StatusNotFound
		}
		a := httptest.NewRecorder()
		w.Hooks().ServeHTTP(a, w.pushed[len(w.pushed)-1].request())
		return a.Code
	}
	w.net = fediverse.New(o)
	t.Cleanup(w.net.Close)
	w.care, w.mira, w.paolo = w.net.Join("care"), w.net.Join("mira@elsewhere.example"), w.net.Join("paolo")
	w.care.Bot, w.mira.Name = true, "Mira Novak"
	own := []*fediverse.Account{w.care}
	for _, name := range more {
		own = append(own, w.net.Join(name))
	}
	secrets := map[string]network.Secret{}
	for _, a := range own {
		secrets["mastodon:"+w.net.Handle(a)] = w.connect(a)
	}
	w.Desk = desktest.New(t, desktest.Options{Start: monday, Policy: w.book(own), Outside: desk.Outside{Accounts: secrets, ReceiveURL: at}})
	w.Turn(time.Minute) // the first poll passes over what is there
	return w
}

func (w *town) book(own []*fediverse.Account) string {
	w.Helper()
	b, err := os.ReadFile("../policy.yaml")
	if err != nil {
		w.Fatal(err)
	}
	const line = "      custom:\n        enabled: true\n"
	ours := line + "      mastodon:\n        enabled: true\n        receipt_within: 1h\n        accounts:\n"
	for _, a := range own {
		ours += fmt.Sprintf("          - {handle: %q, server: %q}\n", w.net.Handle(a), w.net.URL)
	}
	path := filepath.Join(w.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), line, ours, 1)), 0o600); err != nil {
		w.Fatal(err)
	}
	return path
}

// connect does what pronto connect does.
func (w *town) connect(a *fediverse.Account) network.Secret {
	w.Helper()
	out, err := network.NewClient(strings.TrimPrefix(w.net.URL, "http://"))
	if err != nil {
		w.Fatal(err)
	}
	c := mastodon.Connecting{HTTP: out, Now: func() time.Time { return monday }}
	app, err := c.Register(w.Context(), w.net.URL, "Pronto", "")
	if err != nil {
		w.Fatal(err)
	}
	token, err := c.Exchange(w.Context(), app, w.net.Authorize(a))
	if err != nil {
		w.Fatal(err)
	}
	sub, err := c.Subscribe(w.Context(), w.net.URL, token, "https://desk.example"+pushPath+a.User, rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	own, err := mastodon.Own{Token: token, AccountID: a.ID, ClientID: app.ID, ClientSecret: app.Secret, Push: &sub}.Secret()
	if err != nil {
		w.Fatal(err)
	}
	return network.Secret{Connected: monday, Push: filepath.Base(pushPath) + a.User, Own: own}
}

// ours are the desk's posts, oldest first.
func (w *town) ours() []fediverse.Status { return w.net.Of(w.care) }

func (w *town) say(by *fediverse.Account, text string, more ...func(*fediverse.Status)) *fediverse.Status {
	w.Helper()
	return w.net.Post(by, "@"+w.net.Handle(w.care)+" "+text, more...)
}

// conversations are those of the queue, by what they say.
func (w *town) conversations() []string {
	w.Helper()
	var all []string
	var v struct {
		Items []struct{ ID string }
	}
	if err := json.Unmarshal([]byte(queued(w.T, w.Desk)), &v); err != nil {
		w.Fatal(err)
	}
	for _, c := range v.Items {
		all = append(all, c.ID)
	}
	return all
}

var dialects = map[string]fediverse.Options{
	"mastodon": {}, "mastodon before 4.4": {Legacy: true}, "gotosocial": {Dialect: fediverse.GoToSocial, Domain: "gts.example"},
}

// Mira's matter from her first post to her thanks, with somebody else in her thread: pushed, polled, receipted, answered, edited, deleted.
func TestATownsDay(t *testing.T) {
	for name, o := range dialects {
		t.Run(name, func(t *testing.T) {
			w := settle(t, o)
			first := w.say(w.mira, "my suitcase is lost, this is unacceptable! "+canary)
			w.Turn(5 * time.Second) // pushed: no poll is due
			out := w.ours()
			if len(out) != 1 || out[0].InReplyTo != first.ID || out[0].Visibility != "unlisted" || len(out[0].Mentions) != 1 || out[0].Mentions[0] != w.mira {
				t.Fatalf("receipts %+v", out)
			}
			if strings.Contains(out[0].Text, canary) || !strings.Contains(out[0].Text, "@mira@elsewhere.example ") {
				t.Errorf("it says %q", out[0].Text)
			}
			w.Turn(5 * time.Minute)
			w.say(w.mira, "it is red, by the way", fediverse.To(w.status(out[0].ID)))
			w.say(w.paolo, "mine is gone, too", fediverse.To(first))
			w.Turn(time.Minute)
			if out = w.ours(); len(out) != 3 {
				t.Fatalf("%d posts: %+v", len(out), out)
			}
			all := w.conversations()
			if len(all) != 2 {
				t.Fatalf("conversations %v", all)
			}
			mine := w.of("it is red")
			b := &bridge{T: t, Desk: w.Desk}
			if status, body := b.reply(mine, "It is in Rome, @paolo has it."); status != 200 {
				t.Fatalf("%d %s", status, body)
			}
			w.Turn(time.Minute)
			out = w.ours()
			last := out[len(out)-1]
			if !strings.Contains(last.Text, "It is in Rome") || last.Visibility != "public" || len(last.Mentions) != 1 || last.Mentions[0] != w.mira {
				t.Errorf("the answer is %+v", last)
			}
			if status, body := b.reply(mine, strings.TrimSpace(strings.Repeat("We have looked at every belt. ", 50))); status != 200 {
				t.Fatalf("%d %s", status, body)
			}
			if status, _ := b.reply(mine, strings.Repeat("We have looked at every belt. ", 180)); status != 422 {
				t.Errorf("an answer of more than ten posts: %d", status)
			}
			w.Turn(time.Minute)
			out = w.ours()
			if at := len(out) - 1; (o.Dialect == "") != strings.Contains(out[at].Text, "(4/4)") || out[at].Mentions[0] != w.mira {
				t.Errorf("the end of a long answer is %+v", out[at])
			}
			thanks := w.say(w.mira, "thanks, "+canary, fediverse.To(w.status(last.ID)))
			w.Turn(time.Minute)
			w.net.Edit(thanks, "@"+w.net.Handle(w.care)+" thank you all, "+canary)
			w.Turn(3 * time.Minute)
			if got := asked(t, w.Desk, "/api/v1/conversations/"+mine); !strings.Contains(got, "thank you all") {
				t.Errorf("the edit is not seen: %s", got)
			}
			w.net.Delete(thanks)
			w.Turn(5 * time.Minute)
			if got := asked(t, w.Desk, "/api/v1/conversations/"+mine); strings.Contains(got, "thank you all") {
				t.Error("the deletion is not seen")
			}
			if all := w.conversations(); len(all) > 2 {
				t.Errorf("conversations %v", all)
			}
			s := w.Day("2026-11-23")
			if s.Received != 4 || !s.Balanced {
				t.Errorf("the day's sum is %+v", s)
			}
			for _, l := range w.Ledger.Lines() {
				for _, word := range []string{"mira", "paolo", canary, first.ID, "elsewhere"} {
					if strings.Contains(string(l), word) {
						t.Errorf("the ledger has %q: %s", word, l)
					}
				}
			}
			if errs := w.Errors(); len(errs) > 0 {
				t.Errorf("invocations failed: %v", errs)
			}
		})
	}
}

// status is a post of the desk's by its id.
func (w *town) status(id string) *fediverse.Status {
	w.Helper()
	for _, p := range w.ours() {
		if p.ID == id {
			return &p
		}
	}
	w.Fatalf("no post %s", id)
	return nil
}

// of is the conversation in which somebody said something.
func (w *town) of(text string) string {
	w.Helper()
	for _, id := range w.conversations() {
		if strings.Contains(asked(w.T, w.Desk, "/api/v1/conversations/"+id), text) {
			return id
		}
	}
	w.Fatalf("nobody said %q", text)
	return ""
}

// Without a push the receipt is there within twenty seconds.
func TestATownThatCannotPush(t *testing.T) {
	w := settle(t, fediverse.Options{})
	w.deaf = true
	for i := range 4 {
		w.say(w.mira, fmt.Sprintf("where is my bag number %d? I have waited at %d belts", i, i))
		w.Turn(20 * time.Second)
		if n := len(w.ours()); n != i+1 {
			t.Fatalf("%d receipts after %d mentions", n, i+1)
		}
		w.Turn(3*time.Minute + 7*time.Second)
	}
}

// Who gets no receipt, each with the reason; they are all there for people to see.
func TestWhoGetsNoReceiptInATown(t *testing.T) {
	w := settle(t, fediverse.Options{})
	feed, noa, other := w.net.Join("feed@news.example"), w.net.Join("noa"), w.net.Join("help@railways.example")
	feed.Bot, noa.Note = true, `<p>No bots: <a href="https://social.example/tags/nobot" class="mention hashtag">#<span>nobot</span></a></p>`
	w.say(feed, "delays everywhere")
	w.say(noa, "thanks for the flight")
	w.say(w.paolo, "stop")
	first := w.say(other, "Thank you for your message. Somebody of our team will answer you soon.")
	w.Turn(3 * time.Minute)
	for i := range 5 { // another desk, which answers whatever it gets
		if out := w.ours(); len(out) > 0 {
			w.say(other, fmt.Sprintf("Thank you for message %d. Somebody of our team will answer you soon.", i), fediverse.To(w.status(out[len(out)-1].ID)))
		}
		w.Turn(3 * time.Minute)
	}
	if n := len(w.ours()); n > 3 {
		t.Errorf("%d receipts, two desks talk to each other", n)
	}
	s := w.Day("2026-11-23")
	if s.Suppressed["bot"] != 1 || s.Suppressed["barred"] != 1 || s.Suppressed["opted_out"] != 1 || s.Suppressed["repeated"] < 3 || !s.Balanced {
		t.Errorf("the day's sum is %+v (after %s)", s, first.ID)
	}
}

// A server that takes a post and is cut off before it says so: whichever it is, there is one post in the end.
func TestATownIsCutOff(t *testing.T) {
	for name, o := range dialects {
		t.Run(name, func(t *testing.T) {
			w := settle(t, o)
			n := 0
			w.net.Cut(func(r *http.Request) bool {
				if r.Method != http.MethodPost || r.URL.Path != "/api/v1/statuses" {
					return false
				}
				n++
				return n <= 2
			})
			w.say(w.mira, "where do I find my booking?")
			w.Turn(30 * time.Minute)
			if out := w.ours(); len(out) != 1 {
				t.Errorf("%d posts: %+v", len(out), out)
			}
			if s := w.Day("2026-11-23"); s.Receipted != 1 || !s.Balanced {
				t.Errorf("the day's sum is %+v", s)
			}
		})
	}
}

// A server that is away for long: when it is back, each is receipted once, and who has waited for too long only placed. Nothing is missed.
func TestATownIsAway(t *testing.T) {
	w := settle(t, fediverse.Options{})
	w.deaf = true
	w.net.Break(func(rw http.ResponseWriter, _ *http.Request) bool {
		rw.WriteHeader(http.StatusBadGateway)
		return true
	})
	for i := range 3 {
		w.say(w.net.Join(fmt.Sprintf("early%d", i)), "where do I find my booking?")
	}
	w.Turn(50 * time.Minute)
	for i := range 3 {
		w.say(w.net.Join(fmt.Sprintf("late%d", i)), "where do I find my booking?")
	}
	w.Turn(30 * time.Minute)
	w.net.Break(nil)
	w.Turn(20 * time.Minute)
	days := w.Day("2026-11-23")
	if len(w.ours()) != 3 || days.Received != 6 || days.Suppressed["late"] != 3 || days.Receipted != 3 || !days.Balanced {
		t.Errorf("%d receipts; the day's sum is %+v", len(w.ours()), days)
	}
}

// The post is gone before it is receipted: nothing leaves, and it is no failure that nobody sees.
func TestATownForgets(t *testing.T) {
	w := settle(t, fediverse.Options{})
	w.net.Break(func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/api/v1/statuses/") {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	p := w.say(w.mira, "where do I find my booking?")
	w.Turn(10 * time.Second)
	w.net.Delete(p)
	w.net.Break(nil)
	w.Turn(10 * time.Minute)
	if n := len(w.ours()); n != 0 {
		t.Errorf("%d receipts for what is gone", n)
	}
	if s := w.Day("2026-11-23"); s.Received != 1 || s.Receipted != 0 || !s.Balanced {
		t.Errorf("the day's sum is %+v", s)
	}
}

// Forged, stale, oversized: refused. One that is replayed causes a poll that finds nothing.
func TestPushesToATown(t *testing.T) {
	w := settle(t, fediverse.Options{Proof: 10 * time.Minute})
	w.say(w.mira, "where do I find my booking?")
	w.Turn(time.Minute)
	if len(w.pushed) != 1 || len(w.ours()) != 1 {
		t.Fatalf("%d pushes, %d receipts", len(w.pushed), len(w.ours()))
	}
	genuine := w.pushed[0]
	try := func(what string, r *http.Request, want int) {
		t.Helper()
		a := httptest.NewRecorder()
		w.Hooks().ServeHTTP(a, r)
		if a.Code != want || a.Body.Len() > 0 {
			t.Errorf("%s: %d %s, want %d", what, a.Code, a.Body, want)
		}
	}
	forged := func(path, body string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header = genuine.Header.Clone()
		return r
	}
	for range 3 {
		try("the same again", genuine.request(), http.StatusCreated)
	}
	try("another body", forged(genuine.path, `{"notification_id":1}`), http.StatusNotFound)
	try("another address", forged(pushPath+"0", genuine.body), http.StatusNotFound)
	try("no network", forged("/hooks/nowhere/x", genuine.body), http.StatusNotFound)
	try("64 KB", forged(genuine.path, strings.Repeat("x", 64<<10)), http.StatusRequestEntityTooLarge)
	w.Turn(time.Minute)
	w.Turn(16 * time.Minute)
	try("when its proof is over", genuine.request(), http.StatusNotFound)
	w.Turn(time.Minute)
	if s := w.Day("2026-11-23"); len(w.ours()) != 1 || s.Received != 1 {
		t.Errorf("%d posts; the day's sum is %+v", len(w.ours()), s)
	}
	why := fmt.Sprintf("%s", w.Ledger.Lines())
	for _, reason := range []string{"wrong", "stale"} {
		if !strings.Contains(why, `"reason":"`+reason+`"`) {
			t.Errorf("the ledger does not say that a push was %s", reason)
		}
	}
	for _, l := range w.Ledger.Lines() {
		if strings.Contains(string(l), w.care.Token) || strings.Contains(string(l), filepath.Base(pushPath)) {
			t.Errorf("the ledger has a secret: %s", l)
		}
	}
}

// What other systems post has got an address of its own. The desk itself tells the servers that push, once; until then what comes to the former one is taken, and after it
// that may go.
func TestATownFollowsTheDesk(t *testing.T) {
	w := settleAt(t, "https://hooks.example", fediverse.Options{}, "help")
	w.say(w.mira, "where do I find my booking?")
	w.Turn(10 * time.Second)
	for range 24 {
		w.Turn(15 * time.Second)
	}
	w.gone = true
	w.say(w.paolo, "my suitcase is lost")
	w.Turn(10 * time.Second)
	if len(w.pushed) != 2 || w.pushed[0].host != "desk.example" || w.pushed[1].host != "hooks.example" {
		t.Fatalf("pushed: %+v", w.pushed)
	}
	for range 80 {
		w.Turn(time.Minute)
	}
	w.say(w.mira, "and where is my suitcase?")
	w.Turn(10 * time.Second)
	if len(w.pushed) != 3 || w.pushed[2].host != "hooks.example" {
		t.Fatalf("later: %+v", w.pushed[2:])
	}
	told := 0
	for _, c := range w.net.Calls() {
		if c == "POST /api/v1/push/subscription" {
			told++
		}
	}
	if told != 4 { // two accounts, when they were connected and when the desk had moved
		t.Errorf("the server was told %d times", told)
	}
	if n := strings.Count(fmt.Sprintf("%s", w.Ledger.Lines()), `"msg":"pushed"`); n != 3 {
		t.Errorf("%d pushes were believed", n)
	}
	if s := w.Day("2026-11-23"); s.Received != 3 || s.Receipted != 3 || !s.Balanced {
		t.Errorf("the day's sum is %+v", s)
	}
}

// Two accounts of a brand's in one post: one conversation, one receipt. The brand's own post is kept, and gets none.
func TestTwoAccountsOfABrandInATown(t *testing.T) {
	w := settle(t, fediverse.Options{}, "help")
	help := w.net.Join("help")
	w.say(w.mira, "and @"+w.net.Handle(help)+" where do I find my booking?")
	w.say(help, "who answers this?")
	w.net.Post(w.paolo, "@"+w.net.Handle(help)+" and mine?")
	w.Turn(2 * time.Minute)
	var to []string
	for _, p := range append(w.ours(), w.net.Of(help)...) {
		if p.InReplyTo != "" {
			to = append(to, p.Mentions[0].User)
		}
	}
	if len(to) != 2 || len(w.conversations()) != 3 {
		t.Errorf("receipts to %v in %d conversations", to, len(w.conversations()))
	}
	if s := w.Day("2026-11-23"); s.Received != 3 || s.Receipted != 2 || s.Suppressed["own_address"] != 1 || !s.Balanced {
		t.Errorf("the day's sum is %+v", s)
	}
	if len(w.pushed) != 4 {
		t.Errorf("%d pushes", len(w.pushed))
	}
}

package functions_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/bluesky"
	"pronto/infra/local/bluesky/devnet"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/desk"
	adapter "pronto/shared/channel/bluesky"
	"pronto/shared/channel/network"
)

// sky is a desk whose brand has an account on Bluesky: the network in memory, or the official one.
type sky struct {
	*testing.T
	*desktest.Desk
	*bridge
	net interface {
		Post(who string, d bluesky.Draft) string
		Delete(uri string)
		Posts(who string) []bluesky.Posted
		SelfLabel(who, value string)
		Block(who, other string)
	}
	suffix string
	shown  func(who, uri string) // waits until the network shows a post
}

func (w *sky) acme() string { return "acme" + w.suffix }
func (w *sky) mira() string { return "mira" + w.suffix }
func (w *sky) oleg() string { return "oleg" + w.suffix }

// opens opens the desk, and takes the first poll, which passes over what is there.
func (w *sky) opens(t *testing.T, at, password string, o desktest.Options) {
	t.Helper()
	book, err := os.ReadFile("../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const line = "      custom:\n        enabled: true\n"
	ours := line + fmt.Sprintf("      bluesky:\n        enabled: true\n        accounts:\n          - {handle: %q, server: %q}\n", w.acme(), at)
	o.Policy = filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(o.Policy, []byte(strings.Replace(string(book), line, ours, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	own, err := json.Marshal(adapter.Own{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	o.Outside = desk.Outside{Accounts: map[string]network.Secret{"bluesky:" + w.acme(): {Connected: o.Start, Own: own}}}
	w.Desk = desktest.New(t, o)
	w.bridge = &bridge{T: t, Desk: w.Desk}
	w.Turn(time.Minute)
}

// clear is a desk under the network in memory. The network's clock is the desk's.
func clear(t *testing.T) (*sky, *bluesky.Network) {
	t.Helper()
	w := &sky{T: t, suffix: ".example", shown: func(string, string) {}}
	n := bluesky.New(func() time.Time {
		if w.Desk == nil {
			return monday
		}
		return w.Clock.Now()
	})
	at, err := n.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	n.Join(w.acme(), "Acme Air", "app-pass-word")
	n.Join(w.mira(), "Mira Novak", "")
	n.Join(w.oleg(), "Oleg Petrov", "")
	w.net = n
	w.opens(t, at, "app-pass-word", desktest.Options{Start: monday})
	return w, n
}

// says is a post that mentions the account.
func (w *sky) says(who, text string) string {
	return w.net.Post(who, bluesky.Draft{Text: "@" + w.acme() + " " + text})
}

// ours are the account's posts, of which there must be so many.
func (w *sky) ours(want int) []bluesky.Posted {
	w.T.Helper()
	all := w.net.Posts(w.acme())
	if len(all) != want {
		w.T.Fatalf("%d posts of ours stand, want %d: %+v", len(all), want, all)
	}
	return all
}

// where is the conversation in which somebody said something.
func (w *sky) where(text string) string {
	w.T.Helper()
	var v struct {
		Items []struct{ ID string }
	}
	if err := json.Unmarshal([]byte(asked(w.T, w.Desk, "/api/v1/queue?brand=acme-air&view=all")), &v); err != nil {
		w.T.Fatal(err)
	}
	for _, c := range v.Items {
		if strings.Contains(asked(w.T, w.Desk, "/api/v1/conversations/"+c.ID), text) {
			return c.ID
		}
	}
	w.T.Fatalf("nobody in the queue said %q", text)
	return ""
}

// A whole matter: Mira's mention, its receipt, her answer to it, a stranger who joins, Ana's answer in several posts, Mira's thanks below the middle one.
func (w *sky) matter(settle func()) {
	t := w.T
	t.Helper()
	lost := w.says(w.mira(), "my suitcase is lost, this is unacceptable! "+canary)
	settle()
	receipt := w.ours(1)[0]
	if receipt.Parent != lost || strings.Contains(receipt.Text, canary) || len(receipt.Langs) != 1 {
		t.Errorf("the receipt is %+v", receipt)
	}
	w.Turn(5 * time.Minute)
	w.shown(w.mira(), receipt.URI)
	red := w.net.Post(w.mira(), bluesky.Draft{Text: "It is red, " + canary, Reply: receipt.URI})
	settle()
	if short := w.ours(2)[1]; short.Parent != red || short.Root != lost {
		t.Errorf("the short receipt is %+v", short)
	}
	w.Turn(5 * time.Minute)
	w.shown(w.oleg(), receipt.URI)
	w.net.Post(w.oleg(), bluesky.Draft{Text: "My bag is gone, too, and it is blue", Reply: receipt.URI})
	settle()
	w.ours(3)
	mine := w.where("It is red")
	if w.where("my suitcase is lost") != mine || w.where("it is blue") == mine {
		t.Errorf("Mira's conversation is %s, Oleg's %s", mine, w.where("it is blue"))
	}
	if status, body := w.bridge.reply(mine, strings.Repeat("We have found it in Rome. ", 20)); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	w.Turn(time.Minute)
	answer := w.ours(5)[3:]
	if answer[0].Parent != red || answer[1].Parent != answer[0].URI || answer[1].Root != lost {
		t.Errorf("the answer is %+v", answer)
	}
	w.shown(w.mira(), answer[0].URI)
	w.net.Post(w.mira(), bluesky.Draft{Text: "Thank you, Rome!", Reply: answer[0].URI})
	settle()
	if got := asked(t, w.Desk, "/api/v1/conversations/"+mine); !strings.Contains(got, "Thank you, Rome!") {
		t.Errorf("her thanks are elsewhere: %s", got)
	}
	for _, l := range w.Ledger.Lines() {
		for _, word := range []string{"mira", "oleg.", canary, receipt.Key, "did:"} {
			if strings.Contains(string(l), word) {
				t.Errorf("the ledger has %q: %s", word, l)
			}
		}
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

func TestAMatterUnderTheSky(t *testing.T) {
	w, _ := clear(t)
	w.matter(func() { w.Turn(20 * time.Second) })
	if s := w.Day("2026-11-23"); s.Received != 4 || !s.Balanced {
		t.Errorf("the day's sum is %+v", s)
	}
}

// The same on the official servers.
func TestAMatterOnTheDevNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the dev network takes ten seconds to come up")
	}
	n := devnet.Start(t, true)
	w := &sky{T: t, suffix: "-desk.test", net: n, shown: n.Shown}
	start := time.Now().UTC()
	today := start.Format(time.DateOnly)
	n.Join(w.acme(), "Acme Air")
	n.Join(w.mira(), "Mira Novak")
	n.Join(w.oleg(), "Oleg Petrov")
	w.opens(t, n.URL, n.AppPassword(w.acme()), desktest.Options{Start: start})
	heard := 0
	w.matter(func() {
		for range 120 { // the AppView takes a while to know
			time.Sleep(500 * time.Millisecond)
			if w.Turn(15 * time.Second); w.Day(today).Received > heard {
				heard++
				w.Turn(15 * time.Second)
				return
			}
		}
		t.Error("the network does not tell within a minute")
	})
}

// A receipt is there within twenty seconds of its mention at worst, and ten at the median, whenever it comes.
func TestHowSoonTheSkyAnswers(t *testing.T) {
	w, n := clear(t)
	var waits []time.Duration
	for i := range 30 {
		w.Turn(time.Duration(37+i*11) * time.Second)
		n.Join(fmt.Sprintf("guest%d.example", i), "", "")
		asked := w.says(fmt.Sprintf("guest%d.example", i), "where is my bag?")
		at := w.Clock.Now()
		for range 25 {
			w.Turn(time.Second)
		}
		for _, p := range w.net.Posts(w.acme()) {
			if p.Parent == asked {
				waits = append(waits, p.Came.Sub(at))
			}
		}
	}
	slices.Sort(waits)
	if len(waits) != 30 {
		t.Fatalf("%d receipts", len(waits))
	}
	t.Logf("median %s, worst %s", waits[len(waits)/2], waits[len(waits)-1])
	if waits[len(waits)/2] > 10*time.Second || waits[len(waits)-1] > 20*time.Second {
		t.Errorf("waits %v", waits)
	}
}

// Killed between sending and outcome, refused, torn: one receipt in the end, and nobody is told twice.
func TestASkyThatBreaks(t *testing.T) {
	for name, f := range map[string]bluesky.Fault{
		"torn after": {Torn: true, After: true}, "torn before": {Torn: true}, "500 after": {Status: 500, After: true}, "503": {Status: 503},
		"429": {Status: 429, Header: http.Header{"Retry-After": {"30"}}},
	} {
		t.Run(name, func(t *testing.T) {
			w, n := clear(t)
			n.Break(func(call string, k int) bluesky.Fault {
				if call == "com.atproto.repo.putRecord" && k <= 2 || call == "app.bsky.feed.getPosts" && k == 2 {
					return f
				}
				return bluesky.Fault{}
			})
			asked := w.says(w.mira(), "where is my bag?")
			w.Turn(30 * time.Minute)
			if p := w.ours(1)[0]; p.Parent != asked {
				t.Errorf("the receipt is %+v", p)
			}
			if s := w.Day("2026-11-23"); s.Receipted != 1 || !s.Balanced {
				t.Errorf("the day's sum is %+v", s)
			}
		})
	}
}

// Who gets no receipt, each with the reason; they are all there for people to see.
func TestWhoGetsNoReceiptUnderTheSky(t *testing.T) {
	w, n := clear(t)
	n.Join("bot.example", "Robot", "")
	n.SelfLabel("bot.example", "bot")
	w.says("bot.example", "beep")
	n.Join("hidden.example", "", "")
	n.Label(w.says("hidden.example", "buy this"), "!hide")
	w.says(w.oleg(), "stop")
	lost := w.says(w.mira(), "where is my bag?")
	w.Turn(time.Minute)
	receipt := w.ours(1)[0]
	n.Post(w.oleg(), bluesky.Draft{Text: "Did you look under the bed?", Reply: n.Post(w.mira(), bluesky.Draft{Text: "It is red", Reply: receipt.URI})})
	w.Turn(time.Minute)
	if got := asked(t, w.Desk, "/api/v1/conversations/"+w.where("under the bed")); strings.Contains(got, `"promise"`) || !strings.Contains(got, "nobody waits for an answer") {
		t.Errorf("who talks to her is promised something: %s", got)
	}
	s := w.Day("2026-11-23")
	if s.Suppressed["bot"] != 1 || s.Suppressed["barred"] != 1 || s.Suppressed["opted_out"] != 1 || s.Suppressed["not_mentioned"] != 1 || !s.Balanced || s.Received != 6 {
		t.Errorf("the day's sum is %+v (after %s)", s, lost)
	}
}

// Another desk, which answers whatever it gets and does not say that it is one.
func TestTwoDesksUnderTheSky(t *testing.T) {
	w, n := clear(t)
	n.Join("railways.example", "Railways", "")
	n.Post("railways.example", bluesky.Draft{Text: "@" + w.acme() + " Thank you for your message. Somebody of our team will answer you soon."})
	for i := range 30 {
		w.Turn(time.Minute)
		if all := n.Posts(w.acme()); len(all) > 0 {
			n.Post("railways.example", bluesky.Draft{Text: fmt.Sprintf("Thank you for message %d. Somebody of our team will answer you soon.", i), Reply: all[len(all)-1].URI})
		}
	}
	if all := n.Posts(w.acme()); len(all) > 3 {
		t.Errorf("%d receipts, two desks talk to each other", len(all))
	}
	if s := w.Day("2026-11-23"); !s.Balanced {
		t.Errorf("the day's sum is %+v", s)
	}
}

// A network that is away for hours: when it is back each is receipted once, who has waited for too long is only placed, and nothing is missed.
func TestASkyThatIsAway(t *testing.T) {
	w, n := clear(t)
	n.Break(func(string, int) bluesky.Fault { return bluesky.Fault{Status: 502} })
	says := func(k int, name string) {
		for i := range k {
			who := fmt.Sprintf("%s%d.example", name, i)
			n.Join(who, "", "")
			w.says(who, "where is my bag?")
		}
	}
	says(3, "early")
	w.Turn(11 * time.Hour)
	says(30, "late")
	w.Turn(2 * time.Hour)
	n.Break(nil)
	w.Turn(20 * time.Minute)
	s := w.Day("2026-11-23")
	if len(n.Posts(w.acme())) != 30 || s.Received != 33 || s.Suppressed["late"] != 3 || s.Receipted != 30 || !s.Balanced {
		t.Errorf("%d receipts; the day's sum is %+v", len(n.Posts(w.acme())), s)
	}
}

// The post is gone before it is receipted, or its author has blocked us: nothing leaves, with the reason. A person who answers learns of it.
func TestWhatIsGoneUnderTheSky(t *testing.T) {
	w, n := clear(t)
	n.Break(func(call string, _ int) bluesky.Fault {
		if call == "app.bsky.feed.getPosts" {
			return bluesky.Fault{Status: 503}
		}
		return bluesky.Fault{}
	})
	gone := w.says(w.mira(), "where is my bag?")
	w.says(w.oleg(), "where is my hat?")
	w.Turn(20 * time.Second)
	n.Delete(gone)
	n.Block(w.oleg(), w.acme())
	n.Break(nil)
	w.Turn(10 * time.Minute)
	w.ours(0)
	s := w.Day("2026-11-23")
	if s.Received != 2 || s.Suppressed["withdrawn"] != 1 || s.Suppressed["barred"] != 1 || !s.Balanced {
		t.Errorf("the day's sum is %+v", s)
	}
	hat := w.where("my hat")
	if status, body := w.bridge.reply(hat, "It is in Rome."); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	w.Turn(10 * time.Minute)
	w.ours(0)
	if got := asked(t, w.Desk, "/api/v1/conversations/"+hat); !strings.Contains(got, `"failed"`) {
		t.Errorf("nobody learns that it did not leave: %s", got)
	}
}

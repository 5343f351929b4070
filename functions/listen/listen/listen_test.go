package listen_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"pronto/infra/local/bluesky"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/desk"
	"pronto/infra/wiring"
	"pronto/shared/channel/network"
	"pronto/shared/setup"
	"pronto/shared/store"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const (
	today = "2026-11-23"
	acme  = "acme.example"
	mira  = "mira.customer.example"
)

// town is a desk whose brand has an account on a Bluesky in memory, and Mira.
type town struct {
	*testing.T
	*desktest.Desk
	net   *bluesky.Network
	lines int
}

// settle opens the desk; it has polled once, and passed over what was there.
func settle(t *testing.T, f *desktest.Fault) *town {
	t.Helper()
	w := &town{T: t}
	w.net = bluesky.New(func() time.Time {
		if w.Desk == nil {
			return monday
		}
		return w.Clock.Now()
	})
	at, err := w.net.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.net.Close() })
	w.net.Join(acme, "Acme Air", "app-password")
	w.net.Join(mira, "Mira Novak", "hers")
	w.net.Post(mira, bluesky.Draft{Text: "@" + acme + " this was before you came"})
	o := desktest.Options{Start: monday, Policy: book(t, at), Outside: desk.Outside{Accounts: map[string]network.Secret{"bluesky:" + acme: secret("app-password", monday)}}}
	if f == nil {
		f = &desktest.Fault{}
	}
	w.Desk = desktest.NewBroken(t, o, f)
	w.passes(75 * time.Second)
	return w
}

func secret(password string, at time.Time) network.Secret {
	return network.Secret{Connected: at, Own: json.RawMessage(fmt.Sprintf(`{"app_password":%q}`, password))}
}

// book is the repository's rule book with an account of Acme Air's.
func book(t *testing.T, server string) string {
	t.Helper()
	b, err := os.ReadFile("../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(b), "    channels:\n", "    channels:\n      bluesky:\n        accounts: [{handle: "+acme+", server: \""+server+"\"}]\n        receipt_within: 2h\n", 1)
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// passes lets time go by, second by second: orders wait for less than a minute.
func (w *town) passes(d time.Duration) {
	w.Helper()
	for range int(d / time.Second) {
		w.Turn(time.Second)
	}
}

// says posts something that mentions the brand.
func (w *town) says(text string) string {
	w.Helper()
	return w.net.Post(mira, bluesky.Draft{Text: "@" + acme + " " + text})
}

// receipts are the brand's posts that answer one.
func (w *town) receipts(to string) (n int) {
	for _, p := range w.net.Posts(acme) {
		if p.Parent == to {
			n++
		}
	}
	return n
}

// told counts the ledger's lines since the last call, by what they say.
func (w *town) told() map[string]int {
	w.Helper()
	n, all := map[string]int{}, w.Ledger.Lines()
	for _, raw := range all[w.lines:] {
		var l struct {
			Msg, Reason, Error, State string
			Suppressed                any
			Taken                     bool
			Failing                   int
		}
		if err := json.Unmarshal(raw, &l); err != nil {
			w.Fatal(err)
		}
		for _, hidden := range []string{"app-password", mira, "suitcase"} {
			if bytes.Contains(raw, []byte(hidden)) {
				w.Errorf("the ledger shows %s", raw)
			}
		}
		for _, what := range []string{l.Msg, l.Reason, fmt.Sprint(l.Suppressed), l.Error, l.State} {
			n[what]++
		}
		if l.Taken {
			n["taken"]++
		}
		if l.Msg == "accounts" {
			n["failing"] = l.Failing
		}
	}
	w.lines = len(all)
	return n
}

func (w *town) store() *store.Store {
	return store.New(dynamodb.NewFromConfig(w.Setup.AWS), w.Setup.Env(setup.Table))
}

func (w *town) cursor() store.Cursor {
	w.Helper()
	c, err := w.store().Cursor(w.Context(), "acme-air", "bluesky", acme)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// Whenever in a minute somebody mentions the brand, the receipt stands in the network twenty seconds later at worst, and ten at the median.
func TestAMentionIsReceiptedInTwentySeconds(t *testing.T) {
	w := settle(t, nil)
	if n := len(w.net.Posts(acme)); n != 0 {
		t.Fatalf("what was there before is answered: %d posts", n)
	}
	var waited []int
	for n := range 12 {
		w.Turn(4 * time.Minute)
		w.passes(time.Duration(1+5*n) * time.Second) // in the end at every fifth second of a minute
		if n%4 == 3 {                                // the author's budget
			w.Turn(time.Hour)
		}
		uri := w.says(fmt.Sprintf("where is my suitcase %c?", 'a'+n))
		seconds := 0
		for ; w.receipts(uri) == 0; seconds++ {
			if seconds > 20 {
				t.Fatalf("mention %d has no receipt after 20 s: %v", n, w.told())
			}
			w.passes(time.Second)
		}
		waited = append(waited, seconds)
	}
	slices.Sort(waited)
	if median := waited[len(waited)/2]; median > 10 {
		t.Errorf("at the median they waited %d s: %v", median, waited)
	}
	if s := w.Day(today); s.Received != 12 || s.Receipted != 12 || !s.Balanced {
		t.Errorf("the sum is %+v", s)
	}
}

// Whichever write on the way from the network to the receipt breaks, in whichever way, the mention is taken once and receipted once.
func TestEveryWriteBroken(t *testing.T) {
	f := &desktest.Fault{}
	w := settle(t, f)
	mention := 0
	for _, mode := range desktest.Modes() {
		for k := range 5 { // lease, post, notice, cursor with the lease's end, turn
			w.Turn(5 * time.Minute)
			w.net.Join(fmt.Sprintf("m%d.customer.example", mention), "Mira", "hers")
			uri := w.net.Post(fmt.Sprintf("m%d.customer.example", mention), bluesky.Draft{Text: fmt.Sprintf("@%s where is my suitcase %c?", acme, 'a'+mention)})
			mention++
			w.Turn(time.Minute - time.Duration(w.Clock.Now().Second())*time.Second) // the orders are given
			f.Mode, f.At = mode, len(f.Writes())+k+1
			w.passes(16 * time.Second)
			f.At = 0
			w.Turn(4 * time.Minute)
			if n := w.receipts(uri); n != 1 {
				t.Errorf("%s at write %d: %d receipts", mode, k+1, n)
			}
			if s := w.Day(w.Clock.Now().Format(time.DateOnly)); !s.Balanced || s.InFlight != 0 || s.Failed != 0 {
				t.Errorf("%s at write %d: the sum is %+v", mode, k+1, s)
			}
		}
	}
	w.Errors()
}

// While one poller has the account nobody else polls it; when it does not come back, the next one does, and what came late moves nothing any more.
func TestOnePollerAtATime(t *testing.T) {
	w := settle(t, nil)
	uri := w.says("where is my suitcase?")
	other := w.cursor()
	other.Until = w.Clock.Now().Add(20 * time.Second) // it has just begun, and dies
	if err := w.store().SaveCursor(t.Context(), "acme-air", "bluesky", acme, &other); err != nil {
		t.Fatal(err)
	}
	w.passes(19 * time.Second)
	if n := w.receipts(uri); n != 0 {
		t.Error("two had it at once")
	}
	w.passes(17 * time.Second)
	if n := w.receipts(uri); n != 1 {
		t.Errorf("%d receipts after its lease was over: %v", n, w.told())
	}
	other.Place = json.RawMessage(`{"lost": true}`)
	if err := w.store().SaveCursor(t.Context(), "acme-air", "bluesky", acme, &other); err == nil {
		t.Error("who comes back late moves the cursor")
	}
}

// While another process renews the account's session it is not polled, and that is no failure of the account's.
func TestARenewalElsewhereIsNoFailure(t *testing.T) {
	w := settle(t, nil)
	was, err := w.store().Session(t.Context(), "acme-air", "bluesky", acme)
	if err != nil || len(was) == 0 {
		t.Fatalf("%q, %v", was, err)
	}
	w.net.Break(func(call string, _ int) bluesky.Fault {
		if strings.HasSuffix(call, "Session") {
			return bluesky.Fault{}
		}
		return bluesky.Fault{Status: http.StatusBadRequest, Name: "ExpiredToken"}
	})
	w.passes(5 * time.Second) // it is polled every fifteen
	w.told()
	uri := w.says("where is my suitcase?")
	_, err = w.store().RenewSession(t.Context(), "acme-air", "bluesky", acme, was, w.Clock.Now(), func(context.Context) ([]byte, error) {
		w.passes(12 * time.Second)
		return was, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := w.told(); n["listen"] == 0 || n["unreachable"] != 0 || w.cursor().Failure != "" || !w.cursor().Until.IsZero() {
		t.Errorf("the ledger has %v, the cursor %+v", n, w.cursor())
	}
	w.net.Break(nil)
	w.passes(30 * time.Second)
	if n := w.receipts(uri); n != 1 {
		t.Errorf("%d receipts: %v", n, w.told())
	}
}

// An outage of the network's is filled when it is back: nothing is missing, and what is older than the policy's limit gets no receipt.
func TestAfterAnOutageTheGapIsFilled(t *testing.T) {
	w := settle(t, nil)
	w.net.Break(func(string, int) bluesky.Fault { return bluesky.Fault{Status: http.StatusServiceUnavailable} })
	old := w.says("where is my suitcase?")
	w.Turn(3 * time.Hour)
	if n := w.told(); n["failing"] != 1 || n["server_unwell"] == 0 || n["server_unwell"] > 100 {
		t.Errorf("of three hours the ledger has %v", n)
	}
	fresh := w.says("and where is my umbrella?")
	w.net.Break(nil)
	w.Turn(4 * time.Minute)
	if w.receipts(old) != 0 || w.receipts(fresh) != 1 {
		t.Errorf("%d receipts of the old, %d of the fresh: %v", w.receipts(old), w.receipts(fresh), w.told())
	}
	if s := w.Day(today); s.Received != 2 || s.Suppressed["late"] != 1 || s.Receipted != 1 || !s.Balanced {
		t.Errorf("the sum is %+v", s)
	}
	if n := w.told(); n["failing"] != 0 {
		t.Errorf("it is still failing: %v", n)
	}
}

// A password that is taken back is not tried again and again; connected anew, the account is read within seconds, and what waited leaves.
func TestConnectedAnew(t *testing.T) {
	w := settle(t, nil)
	w.net.Break(func(string, int) bluesky.Fault {
		return bluesky.Fault{Status: http.StatusUnauthorized, Name: "AuthenticationRequired"}
	})
	before := w.net.Calls("com.atproto.server.createSession")
	uri := w.says("where is my suitcase?")
	w.Turn(time.Hour)
	if n := w.net.Calls("com.atproto.server.createSession") - before; n > 12 {
		t.Errorf("%d log-ins in an hour", n)
	}
	if n := w.told(); n["failing"] != 1 || n["credentials_refused"] == 0 {
		t.Errorf("the ledger has %v", n)
	}
	w.net.Break(nil)
	b, err := json.Marshal(map[string]network.Secret{"bluesky:" + acme: secret("app-password", w.Clock.Now())})
	if err != nil {
		t.Fatal(err)
	}
	id, text := wiring.AccountSecrets, string(b)
	if _, err := secretsmanager.NewFromConfig(w.Setup.AWS).PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: &id, SecretString: aws.String(text)}); err != nil {
		t.Fatal(err)
	}
	w.passes(75 * time.Second)
	if n := w.receipts(uri); n != 1 {
		t.Errorf("%d receipts, the ledger has %v", n, w.told())
	}
}

// What the network limits waits for as long as it says.
func TestALimitIsHeeded(t *testing.T) {
	w := settle(t, nil)
	until := w.Clock.Now().Add(5 * time.Minute)
	calls := 0
	w.net.Break(func(call string, _ int) bluesky.Fault {
		if w.Clock.Now().Before(until) {
			calls++
			return bluesky.Fault{Status: http.StatusTooManyRequests, Header: http.Header{"Ratelimit-Reset": {fmt.Sprint(until.Unix())}}}
		}
		return bluesky.Fault{}
	})
	uri := w.says("where is my suitcase?")
	w.passes(290 * time.Second)
	if calls != 1 {
		t.Errorf("%d calls before the limit was over", calls)
	}
	w.passes(40 * time.Second)
	if n := w.receipts(uri); n != 1 {
		t.Errorf("%d receipts, the ledger has %v", n, w.told())
	}
}

// What is gone, or closed to us, when its receipt should leave counts as suppressed for that reason; the receipt waited for the network meanwhile.
func TestWhatCannotBeAnsweredAnyMore(t *testing.T) {
	w := settle(t, nil)
	w.net.Break(func(call string, _ int) bluesky.Fault {
		if call == "app.bsky.feed.getPosts" {
			return bluesky.Fault{Status: http.StatusServiceUnavailable}
		}
		return bluesky.Fault{}
	})
	w.net.Join("oleg.customer.example", "Oleg Brandt", "his")
	gone, closed := w.says("where is my suitcase?"), w.net.Post("oleg.customer.example", bluesky.Draft{Text: "@" + acme + " where is my umbrella?"})
	shut := w.says("where is my hat?")
	w.Turn(time.Minute)
	w.net.Delete(gone)
	w.net.CloseThread(shut)
	w.net.Block("oleg.customer.example", acme)
	w.net.Break(nil)
	w.Turn(3 * time.Minute)
	if w.receipts(gone)+w.receipts(closed)+w.receipts(shut) != 0 {
		t.Error("something was answered")
	}
	if s := w.Day(today); s.Received != 3 || s.Suppressed["withdrawn"] != 1 || s.Suppressed["barred"] != 2 || !s.Balanced {
		t.Errorf("the sum is %+v, the ledger has %v", s, w.told())
	}
}

// A receipt that waits for longer than the policy lets one be given is not given any more when the network is back.
func TestAReceiptThatWaitedTooLong(t *testing.T) {
	w := settle(t, nil)
	w.net.Break(func(call string, _ int) bluesky.Fault {
		if call == "app.bsky.feed.getPosts" {
			return bluesky.Fault{Status: http.StatusServiceUnavailable}
		}
		return bluesky.Fault{}
	})
	uri := w.says("where is my suitcase?")
	w.Turn(2*time.Hour + 15*time.Minute)
	all, err := w.store().Health(t.Context(), []store.Place{{Brand: "acme-air", Channel: "bluesky", ID: acme}})
	if err != nil || len(all) != 1 {
		t.Fatal(err)
	}
	for _, h := range all {
		if h.Outward.Failure != string(network.CodeUnwell) || !h.Troubled(w.Clock.Now(), time.Hour) {
			t.Errorf("the health is %+v", h)
		}
	}
	w.net.Break(nil)
	w.Turn(15 * time.Minute)
	if s := w.Day(today); w.receipts(uri) != 0 || s.Received != 1 || s.Suppressed["late"] != 1 || !s.Balanced {
		t.Errorf("%d receipts, the sum is %+v", w.receipts(uri), s)
	}
}

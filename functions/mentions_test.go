package functions_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/infra/local/desktest"
	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/edge"
	"pronto/infra/wiring"
	"pronto/shared/channel/webhook"
	shared "pronto/shared/desk"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// bridge posts mentions, and again until they are taken.
type bridge struct {
	*testing.T
	*desktest.Desk
	secret string
	n      int
}

func newBridge(t *testing.T, d *desktest.Desk) *bridge {
	t.Helper()
	secrets, generated, err := d.HookSecrets(t.Context())
	if err != nil || !generated {
		t.Fatalf("the desk has no secret of its own: %v", err)
	}
	return &bridge{T: t, Desk: d, secret: secrets[0]}
}

// try posts a body once, and returns status and message id.
func (b *bridge) try(body string) (int, string) {
	b.Helper()
	s, err := webhook.ParseSecrets([]string{b.secret})
	if err != nil {
		b.Fatal(err)
	}
	b.n++
	r := httptest.NewRequest(http.MethodPost, "http://localhost/hooks/custom", strings.NewReader(body))
	if r.Header, err = s.Sign(fmt.Sprintf("msg_%d", b.n), b.Clock.Now(), []byte(body)); err != nil {
		b.Fatal(err)
	}
	w := httptest.NewRecorder()
	b.Hooks().ServeHTTP(w, r)
	var v struct{ ID string }
	_ = json.Unmarshal(w.Body.Bytes(), &v)
	return w.Code, v.ID
}

func (b *bridge) post(body string) string {
	b.Helper()
	for range 5 {
		if status, id := b.try(body); status == http.StatusAccepted {
			return id
		}
		b.Turn(time.Minute)
	}
	b.Fatalf("not taken: %s", body)
	return ""
}

// mention is a body; more is further fields.
func mention(id, handle, text string, more ...string) string {
	return fmt.Sprintf(`{"id":%q,"author":{"handle":%q,"name":"Mira Novak"},"text":%q,"created_at":"2026-11-23T08:59:00Z"%s}`,
		id, handle, text, strings.Join(append([]string{""}, more...), ","))
}

// change is a body that edits (with a text) or deletes what has this id.
func change(id, at, text string) string {
	if text == "" {
		return fmt.Sprintf(`{"id":%q,"event":"deleted","updated_at":%q}`, id, at)
	}
	return fmt.Sprintf(`{"id":%q,"event":"edited","text":%q,"updated_at":%q}`, id, text, at)
}

func posts(out []edge.Piece) (all []edge.Piece) {
	for _, p := range out {
		if p.Channel == "custom" {
			all = append(all, p)
		}
	}
	return all
}

// receiptPosts are the receipts among them.
func receiptPosts(out []edge.Piece) []edge.Piece {
	return slices.DeleteFunc(posts(out), func(p edge.Piece) bool { return p.Kind != "receipt" })
}

// lost is an angry mention, its follow-up that answers the receipt, and a mail beside them.
func lost(t *testing.T, d *desktest.Desk) {
	b := newBridge(t, d)
	b.post(mention("net-1", "@mira", "@acmeair my suitcase is lost, this is unacceptable! "+canary))
	d.SendMail("mira@customer.example", write(1, "mira@customer.example", "My suitcase "+canary+" is lost!"), "care@acme.example")
	d.Turn(6 * time.Minute)
	if out := posts(d.Outbox()); len(out) > 0 {
		b.post(mention("net-2", "@mira", "It is red, "+canary, `"in_reply_to":"`+out[0].Headers["Webhook-Id"]+`"`))
	}
	d.Turn(10 * time.Minute)
}

func lostIsRight(t *testing.T, d *desktest.Desk) {
	t.Helper()
	out := receiptPosts(d.Outbox())
	if len(out) != 2 {
		t.Fatalf("%d receipts left by the hook, want 2: %+v", len(out), out)
	}
	first, second := out[0], out[1]
	if first.To != "@mira" || first.Kind != "receipt" || first.Headers["In-Reply-To"] != "net-1" || second.Headers["In-Reply-To"] != "net-2" {
		t.Errorf("posts %+v", out)
	}
	if first.Conversation != second.Conversation || first.Text == second.Text || !strings.Contains(second.Text, "added") {
		t.Errorf("the follow-up: %q in %s after %q in %s", second.Text, second.Conversation, first.Text, first.Conversation)
	}
	for _, p := range d.Outbox() {
		if strings.Contains(p.Raw, canary) {
			t.Errorf("piece %d carries the sender's words", p.Seq)
		}
	}
	if s := d.Day("2026-11-23"); !s.Balanced || s.Received != 3 || s.Receipted != 3 {
		t.Errorf("the day's sum is %+v", s)
	}
}

func TestMentions(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	lost(t, d)
	lostIsRight(t, d)
	if errs := d.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
	if queue := queued(t, d); !strings.Contains(queue, "Mira Novak") || !strings.Contains(queue, `"custom"`) {
		t.Errorf("the queue lacks it: %s", queue)
	}
	for _, l := range d.Ledger.Lines() {
		if strings.Contains(string(l), "mira") || strings.Contains(string(l), canary) || strings.Contains(string(l), "net-1") {
			t.Errorf("the ledger tells of people: %s", l)
		}
	}
}

// The fault table of mentions: every write of receive, intake and deliver broken in every way.
func TestMentionsWithEveryWriteBroken(t *testing.T) {
	writes := desktest.Walk(t, desktest.Options{Start: monday}, lost, lostIsRight)
	t.Logf("%d writes", len(writes))
}

func TestAMentionTwiceIsOne(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	b := newBridge(t, d)
	ids := map[string]bool{}
	for range 3 {
		ids[b.post(mention("net-1", "@mira", "Where do I find my booking?"))] = true
		d.Turn(3 * time.Minute)
	}
	if out := posts(d.Outbox()); len(out) != 1 || len(ids) != 1 {
		t.Errorf("%d receipts, ids %v", len(out), ids)
	}
	if s := d.Day("2026-11-23"); s.Received != 1 || s.Receipted != 1 || !s.Balanced {
		t.Errorf("the day's sum is %+v", s)
	}
}

func TestWhoGetsNoReceipt(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	b := newBridge(t, d)
	b.post(strings.Replace(mention("bot-1", "@feed", "Acme Air in the news"), `"name"`, `"bot":true,"name"`, 1))
	b.post(mention("own-1", "care@acme.example", "We are here for you"))
	b.post(mention("stop-1", "@kim", "@acmeair STOP!"))
	d.Turn(time.Minute)
	b.post(mention("stop-2", "@kim", "Where is my bag now?"))
	for i := range 6 { // a budget of four an hour
		b.post(mention(fmt.Sprint("much-", i), "@lou", fmt.Sprint("Where is booking ", i)))
	}
	d.Turn(5 * time.Minute)
	if out := posts(d.Outbox()); len(out) != 4 {
		t.Errorf("%d receipts", len(out))
	}
	s := d.Day("2026-11-23")
	if !s.Balanced || s.Suppressed["bot"] != 1 || s.Suppressed["own_address"] != 1 || s.Suppressed["opted_out"] != 2 || s.Suppressed["over_budget_sender_hour"] != 2 {
		t.Errorf("the day's sum is %+v", s)
	}
}

// An echo of what we posted ourselves, under the id that the network gave it, is no message.
func TestAnEchoIsNoMention(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	b := newBridge(t, d)
	b.post(mention("net-1", "@mira", "Where do I find my booking?"))
	d.Turn(time.Minute)
	own := posts(d.Outbox())[0].Headers["Webhook-Id"]
	b.post(mention(own, "@acmeair", "We have your message", `"in_reply_to":"net-1"`))
	b.post(change(own, "2026-11-23T09:10:00Z", ""))
	d.Turn(20 * time.Minute)
	if s := d.Day("2026-11-23"); s.Received != 1 || s.Receipted != 1 || len(posts(d.Outbox())) != 1 {
		t.Errorf("the day's sum is %+v", s)
	}
}

// other is a bridge's endpoint that answers as it is told.
type other struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	ids    []string
	bodies []string
}

func newOther(t *testing.T, status int) *other {
	o := &other{status: status}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		o.mu.Lock()
		defer o.mu.Unlock()
		o.ids, o.bodies = append(o.ids, r.Header.Get(webhook.HeaderID)), append(o.bodies, string(body))
		if o.status == 0 {
			panic(http.ErrAbortHandler) // no answer at all
		}
		w.WriteHeader(o.status)
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *other) answer(status int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.status = status
}

func (o *other) tries() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.ids...)
}

func TestABridgeThatIsDown(t *testing.T) {
	for _, status := range []int{500, 503, 429, 401, 403, 404, 302} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			o := newOther(t, status)
			d := desktest.New(t, desktest.Options{Start: monday, Outside: desk.Outside{HookURL: o.URL + "/in"}})
			newBridge(t, d).post(mention("net-1", "@mira", "Where do I find my booking?"))
			d.Turn(2 * time.Hour)
			if s := d.Day("2026-11-23"); s.InFlight != 1 || !s.Balanced {
				t.Errorf("meanwhile the day's sum is %+v", s)
			}
			n := len(o.tries())
			if n < 12 || n > 25 {
				t.Errorf("%d tries in two hours", n)
			}
			o.answer(200)
			d.Turn(15 * time.Minute)
			ids := o.tries()
			for _, id := range ids {
				if id != ids[0] {
					t.Errorf("another id: %s after %s", id, ids[0])
				}
			}
			if s := d.Day("2026-11-23"); s.Receipted != 1 || !s.Balanced || len(ids) != n+1 {
				t.Errorf("after %d tries the day's sum is %+v", len(ids), s)
			}
			// Who answers 5xx may have taken it; who answers otherwise certainly has not.
			if last := o.bodies[len(o.bodies)-1]; strings.Contains(last, "possible_duplicate") != (status >= 500) {
				t.Errorf("the last try is %s", last)
			}
		})
	}
}

// Of two tries whose answers were lost the second may be a duplicate, and so may all that follow.
func TestABridgeThatNeverAnswers(t *testing.T) {
	o := newOther(t, 0)
	d := desktest.New(t, desktest.Options{Start: monday, Outside: desk.Outside{HookURL: o.URL + "/in"}})
	newBridge(t, d).post(mention("net-1", "@mira", "Where do I find my booking?"))
	d.Turn(2 * time.Minute)
	o.answer(503)
	d.Turn(2 * time.Minute)
	o.answer(200)
	d.Turn(15 * time.Minute)
	o.mu.Lock()
	defer o.mu.Unlock()
	if s := d.Day("2026-11-23"); s.Receipted != 1 || !s.Balanced || len(o.bodies) < 3 {
		t.Errorf("after %d tries the day's sum is %+v", len(o.bodies), s)
	}
	for i, body := range o.bodies {
		if marked := strings.Contains(body, `"possible_duplicate":true`); marked != (i > 0) {
			t.Errorf("try %d: %s", i+1, body)
		}
	}
}

func TestABridgeThatRefusesForGood(t *testing.T) {
	o := newOther(t, 410)
	d := desktest.New(t, desktest.Options{Start: monday, Outside: desk.Outside{HookURL: o.URL + "/in"}})
	newBridge(t, d).post(mention("net-1", "@mira", "Where do I find my booking?"))
	d.Turn(2 * time.Hour)
	if s := d.Day("2026-11-23"); s.Failed != 1 || !s.Balanced || len(o.tries()) != 1 {
		t.Errorf("after %d tries the day's sum is %+v", len(o.tries()), s)
	}
}

func TestEditsAndDeletions(t *testing.T) {
	const later, latest = "2026-11-23T09:01:00Z", "2026-11-23T09:02:00Z"
	for _, c := range []struct {
		name       string
		down       bool // the bridge takes no receipts meanwhile
		bodies     []string
		pause      time.Duration
		receipts   int
		suppressed string
		held       string
		failures   bool // some invocations are tried again
	}{
		{name: "edited", bodies: []string{mention("a", "@mira", "hello"), change("a", later, "hello, my bag is lost")}, receipts: 1},
		{name: "deleted after its receipt", bodies: []string{mention("a", "@mira", "hello"), change("a", later, "")}, pause: 5 * time.Minute, receipts: 1},
		{name: "deleted before its receipt", down: true, bodies: []string{mention("a", "@mira", "hello"), change("a", later, "")}, pause: 5 * time.Minute, suppressed: "withdrawn"},
		{name: "deleted twice", down: true, bodies: []string{mention("a", "@mira", "hello"), change("a", later, ""), change("a", latest, "")}, suppressed: "withdrawn"},
		{name: "edited after it was deleted", down: true, bodies: []string{mention("a", "@mira", "hello"), change("a", later, ""), change("a", latest, "bag")}, suppressed: "withdrawn"},
		{name: "deleted shortly before it came", bodies: []string{change("a", later, ""), mention("a", "@mira", "hello")}, pause: 3 * time.Minute, suppressed: "withdrawn"},
		{name: "deleted at once before it came", bodies: []string{change("a", later, ""), mention("a", "@mira", "hello")}, suppressed: "withdrawn"},
		{name: "deleted long before it came", bodies: []string{change("a", later, ""), mention("a", "@mira", "hello")}, pause: 20 * time.Minute, suppressed: "withdrawn"},
		{name: "edited long before it came", bodies: []string{change("a", later, "bag"), mention("a", "@mira", "hello")}, pause: 20 * time.Minute, receipts: 1, held: "no_original"},
		{name: "edited, and it never came", bodies: []string{change("a", later, "bag")}, pause: 20 * time.Minute, held: "no_original"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOther(t, 503)
			options := desktest.Options{Start: monday}
			if c.down {
				options.Outside.HookURL = o.URL + "/in"
			}
			d := desktest.New(t, options)
			b := newBridge(t, d)
			for _, body := range c.bodies {
				b.post(body)
				d.Settle()
				d.Turn(c.pause)
			}
			o.answer(200)
			d.Turn(30 * time.Minute)
			s := d.Day("2026-11-23")
			want := c.receipts
			if c.suppressed != "" {
				want++
			}
			if c.held != "" {
				want++
			}
			if !s.Balanced || s.Received != want || s.Receipted != c.receipts || c.suppressed != "" && s.Suppressed[c.suppressed] != 1 || c.held != "" && s.Held[c.held] != 1 {
				t.Errorf("the day's sum is %+v", s)
			}
			if n := len(receiptPosts(d.Outbox())); n != c.receipts {
				t.Errorf("%d receipts", n)
			}
		})
	}
}

// What is deleted stays so through every broken write, be the deletion decided before its receipt leaves, or while that is under way or gone.
func TestADeletionWithEveryWriteBroken(t *testing.T) {
	for name, settle := range map[string]func(*desktest.Desk){"at once": func(*desktest.Desk) {}, "later": (*desktest.Desk).Settle} {
		t.Run(name, func(t *testing.T) {
			desktest.Walk(t, desktest.Options{Start: monday}, func(t *testing.T, d *desktest.Desk) {
				b := newBridge(t, d)
				b.post(mention("a", "@mira", "hello"))
				settle(d)
				b.post(change("a", "2026-11-23T09:02:00Z", ""))
				d.Turn(25 * time.Minute)
			}, deletedOnce)
		})
	}
}

// A mention is deleted while the silence switch holds its receipt back: it never leaves, whatever breaks on the way there.
func TestADeletionInSilenceWithEveryWriteBroken(t *testing.T) {
	desktest.Walk(t, desktest.Options{Start: monday}, func(t *testing.T, d *desktest.Desk) {
		silence(t, d, true)
		b := newBridge(t, d)
		b.post(mention("a", "@mira", "hello"))
		d.Settle()
		b.post(change("a", "2026-11-23T09:02:00Z", ""))
		d.Turn(20 * time.Minute)
		silence(t, d, false)
		d.Turn(15 * time.Minute)
	}, func(t *testing.T, d *desktest.Desk) {
		if deletedOnce(t, d); len(posts(d.Outbox())) != 0 {
			t.Error("its receipt left")
		}
	})
}

func silence(t *testing.T, d *desktest.Desk, on bool) {
	t.Helper()
	cfg, err := d.AWS.Config(t.Context()) // not the functions', whose writes may break
	if err != nil {
		t.Fatal(err)
	}
	st := store.New(dynamodb.NewFromConfig(cfg), wiring.Table)
	c := shared.Change{Brand: "acme-air", ID: d.Clock.Now().String(), At: d.Clock.Now(), By: "ana", Name: shared.SilenceOn}
	if _, err := st.EditSwitch(t.Context(), "acme-air", func(shared.Switch) shared.Switch {
		return shared.Switch{On: on, Why: "test", By: "ana", At: d.Clock.Now()}
	}, c); err != nil {
		t.Fatal(err)
	}
}

// A deletion comes just while deliver has claimed the receipt to put it back, and the switch is lifted at once: when the deletion comes again, after a minute and
// a half, the receipt must not have left.
func TestADeletionWhileItsReceiptIsParked(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	st := store.New(dynamodb.NewFromConfig(d.Setup.AWS), wiring.Table)
	silence(t, d, true)
	b := newBridge(t, d)
	b.post(mention("a", "@mira", "hello"))
	d.Settle()
	var l struct{ Conversation, Receipt string }
	for _, raw := range d.Ledger.Lines() {
		if strings.Contains(string(raw), `"event":"received"`) {
			if err := json.Unmarshal(raw, &l); err != nil {
				t.Fatal(err)
			}
		}
	}
	e, mine, err := st.Claim(t.Context(), shared.Ref{Brand: "acme-air", Conversation: l.Conversation}, l.Receipt, d.Clock.Now())
	if err != nil || !mine {
		t.Fatal(mine, err)
	}
	b.post(change("a", "2026-11-23T09:02:00Z", ""))
	d.Settle()
	if err := st.Park(t.Context(), e, "silenced", d.Clock.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	silence(t, d, false)
	d.Turn(20 * time.Minute)
	deletedOnce(t, d)
	if n := len(posts(d.Outbox())); n != 0 {
		t.Errorf("%d receipts left for what is deleted", n)
	}
}

func deletedOnce(t *testing.T, d *desktest.Desk) {
	t.Helper()
	s := d.Day("2026-11-23")
	if n := len(posts(d.Outbox())); !s.Balanced || s.Received != 1 || s.InFlight != 0 || n != s.Receipted || s.Receipted+s.Suppressed["withdrawn"] != 1 {
		t.Errorf("%d posts, the day's sum is %+v", n, s)
	}
	if queue := queued(t, d); strings.Contains(queue, "Mira") {
		t.Errorf("the queue still has it: %s", queue)
	}
}

// queued is the brand's queue as an agent gets it.
func queued(t *testing.T, d *desktest.Desk) string {
	t.Helper()
	return asked(t, d, "/api/v1/queue?brand=acme-air")
}

// asked is what Ana gets from the API.
func asked(t *testing.T, d *desktest.Desk, path string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	r.Header.Set("Authorization", "Bearer dev:ana")
	w := httptest.NewRecorder()
	edge.AsAgent(d.API()).ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

// The row of a mention keeps its beginning only; an agent reads it whole, and what its author has made of it.
func TestALongMentionIsReadWhole(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	b := newBridge(t, d)
	for i, text := range []string{strings.Repeat("Where do I find my booking? ", 60) + "Here.", strings.Repeat("Found it. ", 60) + "Thanks."} {
		if i == 0 {
			b.post(mention("a", "@mira", text))
		} else {
			b.post(change("a", "2026-11-23T09:01:00Z", text))
		}
		d.Turn(3 * time.Minute)
		id := posts(d.Outbox())[0].Conversation
		if got := asked(t, d, "/api/v1/conversations/"+id); !strings.Contains(got, text) {
			t.Errorf("of %d characters an agent gets %s", len(text), got)
		}
	}
}

// An address inside is not connected to, whoever configured it; nothing is lost meanwhile.
func TestAPrivateHookIsRefused(t *testing.T) {
	o := newOther(t, 200)
	d := desktest.New(t, desktest.Options{Start: monday})
	url := strings.Replace(o.URL, "http://", "https://", 1)
	at := strings.TrimPrefix(o.URL, "http://")
	env := d.Setup.Env
	aim := func(url string) error {
		d.Setup.Env = func(name string) string {
			switch name {
			case setup.HookURL:
				return url
			case setup.HookAllow:
				return ""
			}
			return env(name)
		}
		return d.Deploy(t.Context())
	}
	for _, bad := range []string{o.URL, url} { // neither http nor another port than 443 and 8443
		if err := aim(bad); err == nil || strings.Contains(err.Error(), at) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for _, inside := range []string{"https://127.0.0.1/in", "https://localhost:8443/in", "https://[::1]/in", "https://10.0.0.1/in", "https://169.254.169.254/latest"} {
		if err := aim(inside); err != nil {
			t.Fatalf("%s: %v", inside, err)
		}
		newBridge(t, d).post(mention(inside, inside, "Where do I find my booking? "+inside))
		d.Turn(2 * time.Minute)
	}
	if s := d.Day("2026-11-23"); s.InFlight != 5 || !s.Balanced || len(o.tries()) != 0 {
		t.Errorf("%d connections; the day's sum is %+v", len(o.tries()), s)
	}
	if !strings.Contains(fmt.Sprintf("%s", d.Ledger.Lines()), "refused_for_now") {
		t.Error("the ledger does not say that they wait")
	}
}

func TestSecretsRotate(t *testing.T) {
	const one, two = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
	dir := t.TempDir()
	for _, c := range []struct {
		given       []string
		first, then int // status of what is signed with one and with two
	}{{[]string{one}, 202, 401}, {[]string{one, two}, 202, 202}, {[]string{two}, 401, 202}, {nil, 401, 202}} {
		t.Run(fmt.Sprint(len(c.given)), func(t *testing.T) {
			d := desktest.New(t, desktest.Options{Start: monday, Dir: dir, Outside: desk.Outside{HookSecrets: c.given}})
			for secret, want := range map[string]int{one: c.first, two: c.then} {
				b := &bridge{T: t, Desk: d, secret: secret}
				if status, _ := b.try(mention("net-1", "@mira", "hello")); status != want {
					t.Errorf("signed with %.12s: %d, want %d", secret, status, want)
				}
			}
		})
	}
}

// book is the repository's rule book with a brand's custom channel as it is given here.
func book(t *testing.T, custom string) string {
	t.Helper()
	b, err := os.ReadFile("../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const line = "      custom:\n        enabled: true\n"
	text := strings.Replace(string(b), line, custom, 1)
	if text == string(b) {
		t.Fatal("the rule book has no custom channel")
	}
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// On a bridge to a network with a limit the receipt is one line within it, and the team signs where the brand says so.
func TestTheRulesOfABridge(t *testing.T) {
	path := book(t, "      custom:\n        enabled: true\n        limit: 280\n        signature: team\n")
	d := desktest.New(t, desktest.Options{Start: monday, Policy: path})
	b := newBridge(t, d)
	for i, text := range []string{"My bag is lost!", "Dov'è la mia valigia? È inaccettabile", "Где мой чемодан?"} {
		b.post(mention(fmt.Sprint("net-", i), fmt.Sprint("@mira", i), text))
	}
	d.Turn(time.Minute)
	out := posts(d.Outbox())
	if len(out) != 3 {
		t.Fatalf("%d receipts", len(out))
	}
	for _, p := range out {
		if n := len([]rune(strings.TrimSpace(p.Text))); n == 0 || n > 280 || strings.Contains(strings.TrimSpace(p.Text), "\n") {
			t.Errorf("%d runes: %s", n, p.Text)
		}
		for _, a := range d.Policy.Agents {
			if strings.Contains(p.Text, a.Name) {
				t.Errorf("an agent signs: %s", p.Text)
			}
		}
	}
}

// What came while the brand had the channel, and is taken after it gave it up, is held.
func TestAChannelThatIsOff(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	b := newBridge(t, d)
	b.post(mention("net-1", "@mira", "Where do I find my booking?"))
	env, path := d.Setup.Env, book(t, "      custom:\n        enabled: false\n")
	d.Setup.Env = func(name string) string {
		if name == setup.Policy {
			return path
		}
		return env(name)
	}
	if err := d.Deploy(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.Turn(time.Minute)
	if status, _ := b.try(mention("net-2", "@mira", "Hello?")); status != http.StatusBadRequest {
		t.Errorf("a mention on a channel that is off: %d", status)
	}
	if s := d.Day("2026-11-23"); s.Held["channel_off"] != 1 || s.Received != 1 || !s.Balanced {
		t.Errorf("the day's sum is %+v", s)
	}
}

// reply answers a conversation as ana, and returns the API's status and body.
func (b *bridge) reply(conversation, text string) (int, string) {
	b.Helper()
	return b.ask(conversation, "reply", fmt.Sprintf(`{"text":%q}`, text))
}

// ask posts to a part of a conversation as ana.
func (b *bridge) ask(conversation, what, body string) (int, string) {
	b.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://localhost/api/v1/conversations/"+conversation+"/"+what, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer dev:ana")
	w := httptest.NewRecorder()
	edge.AsAgent(b.API()).ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// A person's answer leaves on the channel that the mention came in, threaded; what its author answers to it comes back into the conversation; and what the
// author has deleted is answered no more.
func TestAnAnswerToAMention(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	b := newBridge(t, d)
	b.post(mention("net-1", "@mira", "Where do I find my booking?"))
	d.Turn(5 * time.Minute)
	conversation := posts(d.Outbox())[0].Conversation
	for what, asked := range map[string]string{
		"uploads": `{"name":"a.txt","type":"text/plain","size":1,"sha256":"` + strings.Repeat("0", 64) + `"}`, "reply": `{"text":"It is in Rome.","attachments":["x"]}`,
	} {
		if status, body := b.ask(conversation, what, asked); status != 422 || !strings.Contains(body, `"code":"no_attachments"`) {
			t.Errorf("files on a channel that has none, %s: %d %s", what, status, body)
		}
	}
	if status, body := b.reply(conversation, "It is in Rome."); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	d.Turn(time.Minute)
	out := posts(d.Outbox())
	if len(out) != 2 || out[1].Kind != "reply" || out[1].To != "@mira" || out[1].Headers["In-Reply-To"] != "net-1" || !strings.Contains(out[1].Text, "It is in Rome.") {
		t.Fatalf("posts %+v", out)
	}
	b.post(mention("net-2", "@mira", "Thanks! And the other one?", `"in_reply_to":"`+out[1].Headers["Webhook-Id"]+`"`))
	d.Turn(5 * time.Minute)
	if out = posts(d.Outbox()); len(out) != 3 || out[2].Conversation != conversation || out[2].Kind != "receipt" {
		t.Fatalf("posts %+v", out)
	}
	b.post(change("net-2", "2026-11-23T09:30:00Z", ""))
	b.post(change("net-1", "2026-11-23T09:30:00Z", ""))
	d.Turn(time.Minute)
	if status, body := b.reply(conversation, "It is there, too."); status != http.StatusConflict || !strings.Contains(body, "withdrawn") {
		t.Errorf("an answer to what was deleted: %d %s", status, body)
	}
	if out = posts(d.Outbox()); len(out) != 3 {
		t.Errorf("%d posts", len(out))
	}
}

package console_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/edge"
	"pronto/shared/channel/webhook"
)

// crm is a brand's own system: it believes what is rightly signed, and keeps each id once.
type crm struct {
	t       *testing.T
	secrets webhook.Secrets
	now     func() time.Time

	mu     sync.Mutex
	status int // of its answers; 0: 204
	ids    []string
	told   []told
	raw    []string
	posts  int
}

type told struct {
	Type string
	Data struct {
		Conversation, Status, Priority, By, Breached string
		Was                                          string `json:"priority_was"`
		Version                                      int
		Assignee                                     struct{ ID string }
	}
}

const crmSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func (c *crm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posts++
	c.raw = append(c.raw, string(body))
	id, err := c.secrets.Verify(r.Header, body, c.now())
	if err != nil {
		c.t.Errorf("not rightly signed: %v", err)
	}
	if c.status != 0 {
		w.WriteHeader(c.status)
		return
	}
	w.WriteHeader(http.StatusNoContent)
	if strings.Contains(string(body), `"type":"receipt"`) || strings.Contains(string(body), `"type":"page"`) || slices.Contains(c.ids, id) {
		return
	}
	theContract().holds(c.t, "what is told", body, "components", "schemas", "Told")
	for _, secret := range []string{"My suitcase", "the phone", "ada@", "Ada", "home.example"} { // single words stand in priority_why, and nothing else that she wrote
		if strings.Contains(string(body), secret) {
			c.t.Errorf("%q is told: %s", secret, body)
		}
	}
	var x told
	if err := json.Unmarshal(body, &x); err != nil {
		c.t.Error(err)
	}
	c.ids, c.told = append(c.ids, id), append(c.told, x)
}

func (c *crm) answer(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = status
}

func (c *crm) types() (all []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.told {
		all = append(all, strings.TrimPrefix(x.Type, "conversation."))
	}
	return all
}

// hookedBook is the rule book of two brands with a webhook of Acme Air's.
func hookedBook(t *testing.T, events string) string {
	t.Helper()
	path := two(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	book := strings.Replace(string(b), "  - id: acme-air\n", "  - id: acme-air\n    webhooks: [{id: crm, url: \"https://crm.acme.example/pronto\""+events+"}]\n", 1)
	if err := os.WriteFile(path, []byte(book), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newCRM(t *testing.T) (*crm, desk.Outside) {
	t.Helper()
	secrets, err := webhook.ParseSecrets([]string{crmSecret})
	if err != nil {
		t.Fatal(err)
	}
	c := &crm{t: t, secrets: secrets}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	return c, desk.Outside{HookSecrets: []string{crmSecret}, HookURL: server.URL}
}

func openHooked(t *testing.T, events string) (*world, *crm) {
	t.Helper()
	c, outside := newCRM(t)
	w := &world{Desk: desktest.New(t, desktest.Options{Start: monday, Policy: hookedBook(t, events), Outside: outside}), t: t}
	w.api, c.now = edge.AsAgent(w.API()), w.Clock.Now
	return w, c
}

// A brand's own system is told what happens to a conversation, signed, each once, in the order of versions, and nothing that the customer wrote.
func TestABrandsOwnSystemIsTold(t *testing.T) {
	w, c := openHooked(t, "")
	id := w.complaint()
	w.Turn(2 * time.Hour) // nobody answers
	w.ask("marta", "POST", conv(id, "reply"), `{"text":"We found it."}`).is(200)
	w.Settle()
	w.ask("marta", "POST", conv(id, "resolve"), "").is(200)
	w.Settle()
	if got := c.types(); !slices.Equal(got, []string{"opened", "breached", "replied", "resolved"}) && !slices.Equal(got, []string{"opened", "breached", "priority", "replied", "resolved"}) {
		t.Fatalf("told %v", got)
	}
	for i, x := range c.told {
		if x.Data.Conversation != id || x.Data.Priority == "" || i > 0 && x.Data.Version < c.told[i-1].Data.Version {
			t.Errorf("told %+v", x)
		}
	}
	if last := c.told[len(c.told)-1]; last.Data.Status != "resolved" || last.Data.By != "marta" || c.told[1].Data.Breached != "first_response" {
		t.Errorf("told %+v", c.told)
	}
	var page work.Hooks
	w.ask("ana", "GET", "/api/v1/webhooks", "").is(200).into(&page)
	if len(page.Items) != len(c.told) || page.Items[0].Event != "resolved" || page.Items[0].State != "accepted" || page.Items[0].Answer != "204" || page.Items[0].ID != c.ids[len(c.ids)-1] {
		t.Errorf("the list is %+v", page.Items)
	}
	if d := w.balanced(); d.Received != 1 || d.Receipted != 1 {
		t.Errorf("the sum is %+v", d)
	}
}

// Who chose some events is told no others; another brand's system nothing at all.
func TestOnlyWhatWasAskedFor(t *testing.T) {
	w, c := openHooked(t, ", events: [replied]")
	id := w.complaint()
	w.ask("marta", "POST", conv(id, "reply"), `{"text":"We found it."}`).is(200)
	w.SendMail("x@home.example", "From: x@home.example\nTo: care@other.example\nSubject: Hello\nMessage-ID: <x@home.example>\n\nWhere is my booking?\n", "care@other.example")
	w.Settle()
	if got := c.types(); !slices.Equal(got, []string{"replied"}) {
		t.Errorf("told %v", got)
	}
}

// A system that is down is told again, ever more seldom, for a day; after that a lead has it told again, under the same ids.
func TestASystemThatIsDown(t *testing.T) {
	w, c := openHooked(t, ", events: [opened]")
	c.answer(http.StatusNotFound)
	for n := range 3 {
		w.mail(n, "Booking", fmt.Sprintf("Where is my booking %d?", n))
		w.Clock.Turn(time.Second)
	}
	w.Turn(time.Hour)
	if n := c.posts; n < 15 || n > 60 {
		t.Errorf("%d posts in an hour", n)
	}
	w.Clock.Turn(23 * time.Hour)
	w.Turn(90 * time.Minute)
	var page work.Hooks
	list := func(state string) []work.Hook {
		t.Helper()
		page = work.Hooks{}
		w.ask("ana", "GET", "/api/v1/webhooks?state="+state, "").is(200).into(&page)
		return page.Items
	}
	failed := list("failed")
	if len(failed) != 3 || failed[0].Why != "refused_for_now" || failed[0].Attempts < 8 || len(c.told) != 0 {
		t.Fatalf("after a day: %+v", failed)
	}
	c.answer(0)
	w.ask("marta", "POST", "/api/v1/webhooks/"+failed[0].ID+"/replay", "").is(403)
	w.ask("rosa", "POST", "/api/v1/webhooks/"+failed[0].ID+"/replay", "").is(404)
	w.ask("ana", "POST", "/api/v1/webhooks/"+failed[0].ID+"/replay", "", "Idempotency-Key", "k").is(200)
	w.Turn(3 * time.Minute)
	if c.ids[0] != failed[0].ID || len(c.ids) != 1 || len(list("failed")) != 2 {
		t.Errorf("told %v, still failed %+v", c.ids, page.Items)
	}
	var done work.Replayed
	since := fmt.Sprintf(`{"since":%q}`, monday.Add(time.Second).Format(time.RFC3339)) // the second and third
	w.ask("ana", "POST", "/api/v1/webhooks/replay", since, "Idempotency-Key", "all").is(200).into(&done)
	if again := w.ask("ana", "POST", "/api/v1/webhooks/replay", since, "Idempotency-Key", "all").is(200); again.Header().Get("Idempotency-Replayed") != "true" {
		t.Error("a repetition is not told")
	}
	posts := c.posts
	w.Turn(3 * time.Minute)
	if done.Count != 2 || done.Cursor != "" || c.posts != posts+2 || len(c.ids) != 2 || len(list("accepted")) != 2 {
		t.Errorf("replayed %+v by %d posts; told %v", done, c.posts-posts, c.ids)
	}
	var a work.Audit
	w.ask("ana", "GET", "/api/v1/audit", "").is(200).into(&a)
	if len(a.Items) != 2 || a.Items[0].Event != "hook_replayed" || a.Items[0].By != "ana" {
		t.Errorf("the audit is %+v", a)
	}
	for body, field := range map[string]string{`{}`: "since", `{"since":"today"}`: "since", `{"since":"2026-11-23T09:00:00Z","cursor":"x"}`: "cursor"} {
		if p := w.ask("ana", "POST", "/api/v1/webhooks/replay", body).is(400).problem(); p.Field != field {
			t.Errorf("%s: %+v", body, p)
		}
	}
}

// A webhook that is down holds up nothing that a person waits for, and one that is gone is told no more.
func TestASystemThatIsGone(t *testing.T) {
	w, c := openHooked(t, "")
	c.answer(http.StatusGone)
	id := w.complaint()
	w.ask("marta", "POST", conv(id, "reply"), `{"text":"We found it."}`).is(200)
	w.Settle()
	w.last("reply")
	var page work.Hooks
	w.ask("ana", "GET", "/api/v1/webhooks?state=failed", "").is(200).into(&page)
	if len(page.Items) != 2 || page.Items[0].Why != "gone" || page.Items[0].Attempts != 1 {
		t.Errorf("the list is %+v", page.Items)
	}
}

// Whatever write fails, and however: the system is told everything, each under one id.
func TestTellingSurvivesEveryFault(t *testing.T) {
	c, outside := newCRM(t)
	story := func(t *testing.T, d *desktest.Desk) {
		c.mu.Lock()
		c.t, c.now, c.ids, c.told = t, d.Clock.Now, nil, nil
		c.mu.Unlock()
		d.SendMail("p@home.example", "From: p@home.example\nTo: care@acme.example\nSubject: Booking\nMessage-ID: <1@p.example>\n\nWhere is my booking?\n", "care@acme.example")
		d.Settle()
		d.Turn(10 * time.Minute)
	}
	check := func(t *testing.T, d *desktest.Desk) {
		if got := c.types(); !slices.Equal(got, []string{"opened"}) {
			t.Errorf("told %v", got)
		}
		if sum := d.Day("2026-11-23"); sum.Received != 1 || !sum.Balanced {
			t.Errorf("the day's sum is %+v", sum)
		}
	}
	desktest.Walk(t, desktest.Options{Start: monday, Policy: hookedBook(t, ", events: [opened]"), Outside: outside}, story, check)
}

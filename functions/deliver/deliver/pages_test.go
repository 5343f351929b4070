package deliver_test

import (
	"bytes"
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

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/infra/local/desktest"
	"pronto/infra/local/faults"
	local "pronto/infra/pronto/desk"
	"pronto/infra/wiring"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const canary = "zanzibar"

// urgent is a mail that calls for somebody at once: marta, oleg after five minutes, ana and marta after fifteen.
const urgent = "From: Mira Novak <mira@customer.example>\nTo: care@acme.example\nSubject: Help in zanzibar\nDate: Mon, 23 Nov 2026 10:00:00 +0100\nMessage-ID: <u1@customer.example>\n\n" +
	"I am stranded at the airport of zanzibar with a medical emergency, please help me now!\n"

func write(d *desktest.Desk) {
	d.SendMail("mira@customer.example", urgent, "care@acme.example")
	d.Settle()
}

// rules is the repository's rule book with another way to page marta.
func rules(t *testing.T, ways string) string {
	t.Helper()
	b, err := os.ReadFile("../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	was := []byte("      - mail: marta@staff.acme.example\n")
	if !bytes.Contains(b, was) {
		t.Fatal("marta is paged otherwise")
	}
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, bytes.Replace(b, was, []byte(ways), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pages are the mails and texts that called agents, as "address after".
func pages(d *desktest.Desk) (all []string) {
	for _, p := range d.Outbox() {
		if p.Kind == "page" {
			all = append(all, fmt.Sprintf("%s %v", strings.TrimSuffix(p.To, "@staff.acme.example"), p.At.Sub(monday)))
		}
	}
	return all
}

func wantPages(t *testing.T, d *desktest.Desk, want ...string) {
	t.Helper()
	if got := pages(d); strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("pages: %v, want %v", got, want)
	}
}

type heart struct {
	*store.Store
	t    *testing.T
	d    *desktest.Desk
	ref  desk.Ref
	ways map[string]int
}

// look finds the one conversation.
func look(t *testing.T, d *desktest.Desk) *heart {
	t.Helper()
	h := &heart{Store: store.New(dynamodb.NewFromConfig(d.Setup.AWS), wiring.Table), t: t, d: d, ways: map[string]int{}}
	for _, raw := range d.Ledger.Lines() {
		var l struct{ Msg, Brand, Conversation, Kind, State, Way string }
		if err := json.Unmarshal(raw, &l); err != nil {
			t.Fatal(err)
		}
		if l.Msg == "turn" {
			h.ref = desk.Ref{Brand: l.Brand, Conversation: l.Conversation}
		}
		if l.Kind == "page" {
			h.ways[l.State+" "+l.Way]++
		}
	}
	return h
}

func (h *heart) timeline() *store.Timeline {
	h.t.Helper()
	tl, err := h.Timeline(h.t.Context(), h.ref)
	if err != nil || tl == nil {
		h.t.Fatal(tl, err)
	}
	return tl
}

func (h *heart) claim(agent string) {
	h.t.Helper()
	ev := desk.Claimed{Act: desk.Act{Subject: desk.Subject{Ref: h.ref, Channel: desk.Email}, By: policy.Assignee{ID: agent, Name: agent}}}
	_, err := h.Turn(h.t.Context(), ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, h.d.Policy, h.d.Clock.Now()) })
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestAPageLeavesAtOnceAndSaysNothingOfTheCustomer(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	write(d)
	wantPages(t, d, "marta 0s")
	h := look(t, d)
	for _, p := range d.Outbox() {
		if p.Kind != "page" {
			continue
		}
		if strings.Contains(p.Raw+p.Text+p.HTML, canary) || strings.Contains(p.Raw, "Mira") {
			t.Errorf("the page carries the customer's words:\n%s", p.Text)
		}
		if p.Subject != "[urgent] Acme Air: a conversation waits for you" || p.Conversation != h.ref.Conversation || p.Headers["Auto-Submitted"] == "" {
			t.Errorf("%+v", p.Headers)
		}
		_, token, ok := strings.Cut(p.Text, "/page/")
		token, _, _ = strings.Cut(token, "\n")
		got, good := d.Keys.Paged(token, d.Clock.Now())
		if want := (desk.Paged{Ref: h.ref, Agent: "marta", Expires: monday.Add(desk.PageLife)}); !ok || !good || got != want {
			t.Errorf("the link is %q: %+v, %v", token, got, good)
		}
	}
	ledger, err := json.Marshal(d.Ledger.Lines())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{canary, "@", "Lindqvist", "/page/", "Mira"} {
		if bytes.Contains(ledger, []byte(secret)) {
			t.Errorf("the ledger holds %q", secret)
		}
	}
}

func TestTheLadderIsClimbedUntilSomebodyHasIt(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	write(d)
	d.Turn(16 * time.Minute)
	wantPages(t, d, "marta 0s", "oleg 5m0s", "ana 15m0s", "marta 15m0s")
	look(t, d).claim("ana")
	d.Turn(3 * time.Hour)
	wantPages(t, d, "marta 0s", "oleg 5m0s", "ana 15m0s", "marta 15m0s")
	if errs := d.Errors(); len(errs) > 0 {
		t.Error(errs)
	}
}

// A page that still waits when somebody has the conversation is not sent any more; it is shown, and in no sum of messages.
func TestAPageThatNobodyNeedsIsCancelled(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	refuse := faults.Fault{Kind: faults.Throttle, Service: "ses", Operation: "SendEmail", Chance: 1}
	text := faults.Fault{Kind: faults.Throttle, Service: "sns", Operation: "Publish", Chance: 1}
	if err := d.AWS.Faults.Set(refuse, text); err != nil {
		t.Fatal(err)
	}
	write(d)
	d.Turn(30 * time.Second)
	h := look(t, d)
	h.claim("oleg")
	if err := d.AWS.Faults.Set(); err != nil {
		t.Fatal(err)
	}
	d.Turn(4 * time.Minute) // before the target is breached, which calls anew
	wantPages(t, d)
	cancelled := 0
	for _, e := range h.timeline().Effects {
		if e.Page != nil && e.State == desk.Cancelled && e.Why == "somebody_has_it" {
			cancelled++
		}
	}
	if s := d.Day("2026-11-23"); cancelled != 4 || !s.Balanced || s.Received != 1 || s.Receipted != 1 {
		t.Errorf("%d pages are cancelled, the sum is %+v", cancelled, s)
	}
}

func TestAWayThatFailsGivesWayToTheNext(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday, Policy: rules(t, "      - slack: https://10.1.2.3/hook\n      - mail: marta@staff.acme.example\n")})
	write(d)
	wantPages(t, d, "marta 0s")
	if h := look(t, d); h.ways["accepted mail"] != 1 {
		t.Errorf("%v", h.ways)
	}
}

func TestAPageThatNoWayTakesCallsTheNextStepAtOnce(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday, Policy: rules(t, "      - sms: \"+390655501239\"\n")})
	if err := d.AWS.Faults.Set(faults.Fault{Kind: faults.Throttle, Service: "sns", Operation: "Publish", Chance: 1}); err != nil {
		t.Fatal(err)
	}
	write(d)
	wantPages(t, d, "oleg 0s") // refused for now: the next step does not wait for the sweep
	if err := d.AWS.Faults.Set(); err != nil {
		t.Fatal(err)
	}
	d.Turn(2 * time.Minute)
	if texts, err := d.AWS.SNS.Texts(0, 10); err != nil || len(texts) != 1 || len(texts[0].Message) > 160 || !strings.Contains(texts[0].Message, "/page/") {
		t.Errorf("texts: %+v, %v", texts, err)
	}
}

// A mail that comes back: the agent's other way and the next step are called.
func TestAPageThatBounces(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday, Policy: rules(t, "      - mail: bounce@simulator.amazonses.com\n      - sms: \"+390655501239\"\n")})
	write(d)
	d.Turn(50 * time.Second)
	texts, err := d.AWS.SNS.Texts(0, 10)
	if got := pages(d); err != nil || len(texts) != 1 || len(got) != 3 || !strings.HasPrefix(got[1], texts[0].To) || !strings.HasPrefix(got[2], "oleg") {
		t.Errorf("pages %v, texts %+v, %v", got, texts, err)
	}
	d.Turn(3 * time.Minute)
	if got := pages(d); len(got) != 3 {
		t.Errorf("pages %v", got)
	}
}

// The provider is gone and nothing is known of what left: nobody waits longer than a minute for the next step.
func TestAPageWithoutAnAnswerIsWatched(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	if err := d.AWS.Faults.Set(faults.Fault{Kind: faults.ServerError, Service: "ses", Operation: "SendEmail", Chance: 1}); err != nil {
		t.Fatal(err)
	}
	write(d)
	for range 61 {
		d.Turn(time.Second)
	}
	called := map[string]bool{}
	for _, e := range look(t, d).timeline().Effects {
		if e.Page != nil {
			called[e.Page.Agent] = true
		}
	}
	if !called["marta"] || !called["oleg"] {
		t.Errorf("after a minute only %v are called", called)
	}
	if err := d.AWS.Faults.Set(); err != nil {
		t.Fatal(err)
	}
	d.Turn(5 * time.Minute)
	if got := pages(d); len(got) < 2 {
		t.Errorf("when the provider is back, pages are %v", got)
	}
}

// The fault table over a page: the writes of an escalation, each broken in two ways, the kinds of them in all four. Every page is answered or escalated, none is lost.
func TestAnEscalationSurvivesEveryFault(t *testing.T) {
	story := func(_ *testing.T, d *desktest.Desk) {
		write(d)
		d.Turn(24 * time.Minute)
	}
	check := func(t *testing.T, d *desktest.Desk) {
		called, open := map[string]int{}, 0
		for _, p := range d.Outbox() {
			if p.Kind == "page" {
				called[strings.TrimSuffix(p.To, "@staff.acme.example")]++
			}
		}
		texts, err := d.AWS.SNS.Texts(0, 10) // ana's second way
		if err != nil {
			t.Fatal(err)
		}
		called["ana"] += len(texts)
		h, left := look(t, d), map[string]int{}
		for _, e := range h.timeline().Effects {
			if e.Page != nil && (e.State == desk.Queued || e.State == desk.Sending) {
				open++
			}
			if e.Page != nil && e.Gone() {
				left[e.Page.Agent]++
			}
		}
		counted, _, err := h.Called(t.Context(), h.ref.Brand, monday, d.Clock.Now(), d.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range counted {
			left[c.Agent]--
		}
		for agent, n := range left {
			if n != 0 {
				t.Errorf("of the pages that left for %s %d more are counted than there were", agent, -n)
			}
		}
		if called["marta"] < 2 || called["oleg"] < 1 || called["ana"] < 1 || called["marta"]+called["oleg"]+called["ana"] > 6 || open > 0 {
			t.Errorf("called %v, %d pages still open", called, open)
		}
	}
	writes := desktest.Stroll(t, desktest.Options{Start: monday}, story, check) // three steps, which are the same but for whom they call
	if len(writes) < 20 {
		t.Errorf("only %d writes: %v", len(writes), writes)
	}
	t.Logf("%d writes", len(writes))
}

// A system that the ladder names is told at its own time, signed, and without anybody's name to answer by; when it refuses, the next step is called at once, as for an agent.
func TestASystemIsTold(t *testing.T) {
	for status, want := range map[int][]string{http.StatusNoContent: {"marta 0s", "oleg 15m0s"}, http.StatusGone: {"marta 0s", "oleg 5m0s"}} {
		var posts [][]byte
		var signed string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			posts, signed = append(posts, b), r.Header.Get("Webhook-Signature")
			w.WriteHeader(status)
		}))
		t.Cleanup(server.Close)
		b, err := os.ReadFile("../../../policy.yaml")
		if err != nil {
			t.Fatal(err)
		}
		before, rest, _ := strings.Cut(string(b), "      steps:\n")
		_, after, found := strings.Cut(rest, "      repeat:")
		steps := "      steps:\n        - {after: 0s, page: on_call}\n        - {after: 5m, page: \"webhook:" + server.URL + "/alarm?key=" + canary + "\"}\n        - {after: 15m, page: second}\n"
		path := filepath.Join(t.TempDir(), "policy.yaml")
		if err := os.WriteFile(path, []byte(before+steps+"      repeat:"+after), 0o600); err != nil || !found {
			t.Fatal(err, found)
		}
		d := desktest.New(t, desktest.Options{Start: monday, Policy: path, Outside: local.Outside{HookURL: server.URL}})
		write(d)
		d.Turn(4 * time.Minute)
		if len(posts) != 0 {
			t.Errorf("told too early: %s", posts[0])
		}
		d.Turn(12 * time.Minute)
		wantPages(t, d, want...)
		if len(posts) != 1 || signed == "" {
			t.Fatalf("%d posts, signed %q", len(posts), signed)
		}
		var got map[string]any
		if err := json.Unmarshal(posts[0], &got); err != nil {
			t.Fatal(err)
		}
		link, _ := got["link"].(string)
		if _, named := got["agent"]; named || got["why"] != "urgent" || got["step"] != 1.0 || !strings.HasSuffix(link, "/console/conversations/"+look(t, d).ref.Conversation) {
			t.Errorf("%s", posts[0])
		}
		ledger, err := json.Marshal(d.Ledger.Lines())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(ledger, []byte(`"webhook:127.0.0.1-`)) || bytes.Contains(ledger, []byte(canary)) {
			t.Error("the ledger does not name the system, or its whole address")
		}
	}
}

package intake_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
)

const report = `Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

It could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.provider.example

Final-Recipient: rfc822; x@provider.example
Action: failed
Status: 5.1.1

--b--`

// Each silence end to end: the mail is kept in a conversation, its reason stands in turn and sum, and nothing leaves.
func TestSilences(t *testing.T) {
	const person = "mira@customer.example"
	for name, c := range map[string]struct {
		envelope, from, want string
		head                 []string
	}{
		"a person":                   {want: ""},
		"a person's own no":          {head: []string{"Auto-Submitted: no"}, want: ""},
		"suppresses other responses": {head: []string{"X-Auto-Response-Suppress: DR, RN"}, want: ""},
		"first class":                {head: []string{"Precedence: first-class"}, want: ""},
		"null return path":           {envelope: "-", want: "null_return_path"},
		"out of office":              {head: []string{"Auto-Submitted: auto-replied"}, want: "auto_submitted"},
		"a partner's system":         {head: []string{"Auto-Submitted: auto-generated"}, want: "auto_submitted"},
		"a list":                     {head: []string{"List-Id: <news.customer.example>"}, want: "list"},
		"a newsletter":               {head: []string{"List-Unsubscribe: <https://news.example/u>"}, want: "list"},
		"asks for no answer":         {head: []string{"X-Auto-Response-Suppress: All"}, want: "response_suppressed"},
		"asks for no out of office":  {head: []string{"X-Auto-Response-Suppress: OOF, DR"}, want: "response_suppressed"},
		"a responder":                {head: []string{"X-Autoreply: yes"}, want: "autoresponder_header"},
		"bulk":                       {head: []string{"Precedence: bulk"}, want: "precedence"},
		"another desk":               {head: []string{"X-Pronto-Loop: other"}, want: "loop"},
		"a delivery report":          {head: []string{"MIME-Version: 1.0", report}, want: "report"},
		"no-reply":                   {from: "no-reply@shop.example", want: "no_reply_sender"},
		"answers go to no-reply":     {head: []string{"Reply-To: <noreply@shop.example>"}, want: "no_reply_sender"},
		"no sender":                  {head: []string{"-From"}, want: "no_sender"},
		"two senders":                {head: []string{"-From", "From: a@customer.example, b@customer.example"}, want: "no_sender"},
		"our own address":            {from: "care@acme.example", want: "own_address"},
		"our own with a tag":         {from: "care+x@acme.example", want: "own_address"},
		"a sibling's domain":         {from: "disk@alerts.acme.example", want: "own_address"},
		"our reply domain":           {from: "r+x@reply.acme.example", want: "own_address"},
		"authentication fails":       {from: "a@bank.fail.example", want: "unauthenticated"},
		"a forged sender":            {envelope: "x@evil.fail.example", want: "unauthenticated"},
		"no authentication":          {from: "a@old.none.example", want: "unauthenticated"},
		"spam":                       {from: "a@win.spam.example", want: "spam"},
		"an automatic subject":       {head: []string{"-Subject", "Subject: Automatic reply: away"}, want: "automatic_subject"},
		"mailer-daemon":              {from: "mailer-daemon@provider.example", envelope: "mailer-daemon@provider.example", want: "null_return_path"},
		"certain reasons come first": {envelope: "-", head: []string{"List-Id: <l.example>", "Auto-Submitted: auto-replied"}, want: "null_return_path"},
		"with a parameter":           {head: []string{"Auto-Submitted: auto-notified; x=y"}, want: "auto_submitted"},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, desktest.Options{})
			from, envelope := person, ""
			if c.from != "" {
				from = c.from
			}
			if envelope = c.envelope; envelope == "" {
				envelope = from
			}
			turn := w.take(strings.TrimPrefix(envelope, "-"), letter(1, from, question(1), c.head...))
			if turn.Suppressed != c.want || (turn.Receipt != "") != (c.want == "") || turn.Conversation == "" {
				t.Errorf("suppressed %q, want %q; turn %+v", turn.Suppressed, c.want, turn)
			}
			w.Turn(10 * time.Minute)
			wantSum := map[string]int{}
			if c.want != "" {
				wantSum[c.want] = 1
			}
			sum, left := w.Day(today), len(w.left())
			if !sum.Balanced || sum.Received != 1 || sum.Receipted != 1-len(wantSum) || !maps.Equal(sum.Suppressed, wantSum) || left != sum.Receipted {
				t.Errorf("%d left; the sum is %+v", left, sum)
			}
			w.quiet()
		})
	}
}

func TestASenderHasABudget(t *testing.T) {
	w := open(t, desktest.Options{Policy: book(t, "sender_hour: 4 → sender_hour: 2", "sender_day: 12 → sender_day: 3")})
	want := []string{"", "", "over_budget_sender_hour", "", "over_budget_sender_day", "over_budget_sender_day"}
	for n, why := range want {
		if turn := w.take("ada@gmail.com", letter(n, "ada@gmail.com", question(n))); turn.Suppressed != why {
			t.Errorf("mail %d: %q, want %q", n, turn.Suppressed, why)
		}
		wait := 3 * time.Minute
		if n == 2 || n == 4 {
			wait = 61 * time.Minute
		}
		w.Turn(wait)
	}
	if turn := w.take("eva@gmail.com", letter(90, "eva@gmail.com", question(90))); turn.Suppressed != "" {
		t.Errorf("another's budget is used up: %q", turn.Suppressed)
	}
	w.Clock.Turn(24 * time.Hour)
	if turn := w.take("ada@gmail.com", letter(91, "ada@gmail.com", question(91))); turn.Suppressed != "" {
		t.Errorf("a day later: %q", turn.Suppressed)
	}
	w.quiet()
}

func TestADomainHasABudgetButNotAFreeMailProvider(t *testing.T) {
	w := open(t, desktest.Options{Policy: book(t, "domain_hour: 200 → domain_hour: 2")})
	n := 0
	try := func(domain, want string) {
		t.Helper()
		n++
		from := fmt.Sprintf("p%d@%s", n, domain)
		if turn := w.take(from, letter(n, from, question(n))); turn.Suppressed != want {
			t.Errorf("%s: %q, want %q", from, turn.Suppressed, want)
		}
	}
	try("one.example", "")
	try("one.example", "")
	try("one.example", "over_budget_domain")
	try("ONE.example", "over_budget_domain")
	try("two.example", "")
	for range 4 {
		try("gmail.com", "")
	}
	w.Turn(time.Hour)
	try("one.example", "")
	w.quiet()
}

func TestABrandHasABudget(t *testing.T) {
	w := open(t, desktest.Options{Policy: book(t, "brand_hour: 100000 → brand_hour: 2", "domain_hour: 200 → domain_hour: 2")})
	for n, want := range []string{"", "", "over_budget_brand", "over_budget_brand"} {
		from := fmt.Sprintf("p@d%d.example", n)
		if turn := w.take(from, letter(n, from, question(n))); turn.Suppressed != want {
			t.Errorf("mail %d: %q, want %q", n, turn.Suppressed, want)
		}
	}
	w.Turn(time.Hour)
	if turn := w.take("p@d9.example", letter(9, "p@d9.example", question(9))); turn.Suppressed != "" {
		t.Errorf("an hour later: %q", turn.Suppressed)
	}
}

// What a silent mail had leased is given back: silence costs nobody a receipt.
func TestSilenceCostsNoBudget(t *testing.T) {
	w := open(t, desktest.Options{Policy: book(t, "domain_hour: 200 → domain_hour: 2")})
	said := letter(1, "a@one.example", "The same words.")
	w.take("a@one.example", said)
	for range 5 {
		if turn := w.take("a@one.example", strings.Replace(said, "<m1@", "<again@", 1)); turn.Suppressed != "repeated" {
			t.Fatalf("suppressed %q, want repeated", turn.Suppressed)
		}
	}
	if turn := w.take("b@one.example", letter(2, "b@one.example", question(2))); turn.Suppressed != "" {
		t.Errorf("the second receipt of two: %q", turn.Suppressed)
	}
	if turn := w.take("c@one.example", letter(3, "c@one.example", question(3))); turn.Suppressed != "over_budget_domain" {
		t.Errorf("the third of two: %q", turn.Suppressed)
	}
}

package functions_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// A canary stands in every mail where nothing of ours may carry it on.
const canary = "zanzibar"

func write(n int, from, text string, header ...string) string {
	return fmt.Sprintf("From: Mira Novak <%s>\nTo: care@acme.example\nSubject: My %s journey %d\nDate: Mon, 23 Nov 2026 10:00:00 +0100\nMessage-ID: <m%d@customer.example>\n%s\n%s\n",
		from, canary, n, n, strings.Join(append(header, ""), "\n"), text)
}

// day is a small day at the desk: an angry mail, its answered receipt, praise, a machine, a forger, a mail that cannot be placed.
func day(t *testing.T, d *desktest.Desk) {
	d.SendMail("mira@customer.example", write(1, "mira@customer.example", "My suitcase "+canary+" is lost, this is unacceptable!"), "care@acme.example")
	d.SendMail("paolo@cliente.example", write(2, "paolo@cliente.example", "Grazie mille, servizio eccellente! "+canary), "care@acme.example")
	d.SendMail("", write(3, "mailer-daemon@provider.example", "Undelivered mail "+canary), "care@acme.example")
	d.SendMail("m@bank.fail.example", write(4, "m@bank.fail.example", "Confirm "+canary), "care@acme.example")
	d.SendMail("kim@customer.example", write(5, "kim@customer.example", "Hello "+canary), "nobody@acme.example")
	d.Turn(6 * time.Minute)
	for _, p := range d.Outbox() {
		if p.To != "mira@customer.example" || p.Subject == "" {
			continue
		}
		to := p.Headers["Reply-To"]
		to = strings.Trim(to[strings.LastIndexByte(to, '<'):], "<>")
		d.SendMail("mira@customer.example", write(6, "mira@customer.example", "It is red, and has wheels.", "In-Reply-To: "+p.Headers["Message-ID"]), to)
		break
	}
	d.Turn(10 * time.Minute)
}

// dayIsRight is what an independent reader of outbox and sum must find, whatever broke on the way.
func dayIsRight(t *testing.T, d *desktest.Desk) {
	t.Helper()
	for to, want := range map[string]int{"mira@customer.example": 2, "paolo@cliente.example": 1, "mailer-daemon@provider.example": 0, "m@bank.fail.example": 0, "kim@customer.example": 0} {
		sure, all := receipts(d.Outbox(), to)
		if sure > want || all < want {
			t.Errorf("%d receipts (%d with possible duplicates) to %s, want %d", sure, all, to, want)
		}
	}
	s := d.Day("2026-11-23")
	if !s.Balanced || s.Received != 6 || s.Receipted != 3 || s.InFlight != 0 || s.Failed != 0 ||
		s.Suppressed["null_return_path"] != 1 || s.Suppressed["unauthenticated"] != 1 || s.Held["unknown_address"] != 1 {
		t.Errorf("the day's sum is %+v", s)
	}
}

// receipts counts those that left for an address: sure ones, and all with those marked as possible duplicates.
func receipts(out []edge.Piece, to string) (sure, all int) {
	for _, p := range out {
		if p.To != to {
			continue
		}
		all++
		if p.Headers["X-Pronto-Possible-Duplicate"] == "" {
			sure++
		}
	}
	return sure, all
}

func TestADay(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	day(t, d)
	dayIsRight(t, d)
	nothingLeaks(t, d)
}

// nothingLeaks: no word of a sender's leaves in a receipt, and the ledger has neither words nor addresses nor names.
func nothingLeaks(t *testing.T, d *desktest.Desk) {
	t.Helper()
	for _, p := range d.Outbox() {
		if strings.Contains(strings.ToLower(p.Raw+p.Text+p.HTML), canary) {
			t.Errorf("piece %d carries the sender's words", p.Seq)
		}
	}
	lines, err := json.Marshal(d.Ledger.Lines())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(lines, []byte("unauthenticated")) {
		t.Error("the ledger does not say why a mail had no receipt")
	}
	for _, secret := range []string{canary, "@", "Mira", "Novak", "paolo", "suitcase", "Ferrante", "r+a"} {
		if bytes.Contains(lines, []byte(secret)) {
			t.Errorf("the ledger holds %q", secret)
		}
	}
}

// The fault table of promises 1 and 2: every write of that day broken in every way.
func TestADayWithEveryWriteBroken(t *testing.T) {
	writes := desktest.Walk(t, desktest.Options{Start: monday}, day, dayIsRight)
	if len(writes) < 20 {
		t.Errorf("the day made only %d writes", len(writes))
	}
	t.Logf("%d writes", len(writes))
}

// A raw mail whose notice never came is found the night after, held, and in the sum.
func TestAMailWithoutNoticeIsFound(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	putSample(t, d)
	d.SendMail("mira@customer.example", write(1, "mira@customer.example", "Where is my suitcase?"), "care@acme.example")
	d.Turn(17 * time.Hour)
	errs := d.Errors()
	if len(errs) == 0 || !strings.Contains(fmt.Sprint(errs), "notice was lost") {
		t.Errorf("no alarm: %v", errs)
	}
	if s := d.Day("2026-11-23"); s.Received != 2 || s.Receipted != 1 || s.Held["notice_lost"] != 1 || !s.Balanced {
		t.Errorf("the day's sum is %+v", s)
	}
	d.Turn(24 * time.Hour)
	if errs := d.Errors(); len(errs) > 0 {
		t.Errorf("found again: %v", errs)
	}
}

// Every call that the product makes is on the local AWS's list of what it implements, so a day here says something of a day in the cloud.
func TestCallsAreOnTheList(t *testing.T) {
	var mu sync.Mutex
	made := map[string]bool{}
	watch := func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Watch", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			mu.Lock()
			service := strings.NewReplacer(" ", "", "v2", "").Replace(strings.ToLower(awsmiddleware.GetServiceID(ctx)))
			made[service+"."+awsmiddleware.GetOperationName(ctx)] = true
			mu.Unlock()
			return next.HandleInitialize(ctx, in)
		}), middleware.Before)
	}
	d := desktest.New(t, desktest.Options{Start: monday, Change: func(cfg *aws.Config) { cfg.APIOptions = append(cfg.APIOptions, watch) }})
	day(t, d)
	d.Turn(17 * time.Hour)
	listed := map[string]bool{}
	for service, operations := range d.AWS.Operations() {
		for _, o := range operations {
			listed[service+"."+o] = true
		}
	}
	for call := range made {
		if !listed[call] {
			t.Errorf("%s is called and not on the list", call)
		}
	}
	if len(made) < 8 {
		t.Errorf("only these calls were seen: %v", made)
	}
}

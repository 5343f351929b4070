package deliver_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/infra/local/desktest"
	"pronto/infra/local/faults"
	"pronto/infra/wiring"
	"pronto/shared/setup"
	"pronto/shared/store"
)

const (
	today = "2026-11-23"
	mail  = "From: mira@customer.example\nTo: care@acme.example\nSubject: Journey\nMessage-ID: <1@customer.example>\n\nWhere do I find my booking?\n"
)

// open is a desk under a rule book of its own, at book.
func open(t *testing.T) (d *desktest.Desk, book string) {
	t.Helper()
	b, err := os.ReadFile("../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book = filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(book, b, 0o600); err != nil {
		t.Fatal(err)
	}
	d = desktest.New(t, desktest.Options{Policy: book, Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Change: func(c *aws.Config) {
		c.RetryMaxAttempts = 1 // within a call; what is tried again here is tried by the desk
	}})
	return d, book
}

func strike(t *testing.T, d *desktest.Desk, list ...faults.Fault) {
	t.Helper()
	if err := d.AWS.Faults.Set(list...); err != nil {
		t.Fatal(err)
	}
}

// rewrite changes the rule book and starts the functions anew by it.
func rewrite(t *testing.T, d *desktest.Desk, book, old, new string) {
	t.Helper()
	b, err := os.ReadFile(book)
	if err != nil || !bytes.Contains(b, []byte(old)) {
		t.Fatalf("the rule book has no %q: %v", old, err)
	}
	if err := os.WriteFile(book, bytes.Replace(b, []byte(old), []byte(new), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Deploy(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// tells whether the ledger has an effect's line with this reason.
func tells(d *desktest.Desk, state, why string) bool {
	for _, raw := range d.Ledger.Lines() {
		var l struct{ Msg, State, Why string }
		if json.Unmarshal(raw, &l) == nil && l.Msg == "effect" && l.State == state && l.Why == why {
			return true
		}
	}
	return false
}

func TestABrandThatIsGone(t *testing.T) {
	d, book := open(t)
	strike(t, d, faults.Fault{Kind: faults.Throttle, Service: "ses"})
	d.SendMail("mira@customer.example", mail, "care@acme.example")
	d.Settle()
	strike(t, d)
	rewrite(t, d, book, "id: acme-air", "id: acme-new")
	d.Turn(10 * time.Minute)
	d.Clock.Turn(24 * time.Hour)
	d.Turn(time.Hour)
	rewrite(t, d, book, "id: acme-new", "id: acme-air")
	if s := d.Day(today); len(d.Outbox()) != 0 || !s.Balanced || s.Failed != 1 || !tells(d, "failed", "brand_not_in_policy") {
		t.Errorf("%d left; the sum is %+v", len(d.Outbox()), s)
	}
}

// rejects is an SES that refuses every mail for good; all else is the local AWS.
type rejects struct{ tries int }

func (r *rejects) Do(req *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(req.URL.Path, "/outbound-emails") {
		return http.DefaultClient.Do(req)
	}
	r.tries++
	return &http.Response{StatusCode: http.StatusBadRequest, Request: req, Header: http.Header{"X-Amzn-Errortype": {"MessageRejected"}, "Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"message": "the content is refused"}`))}, nil
}

func TestWhatTheProviderNeverTakesIsShown(t *testing.T) {
	d, _ := open(t)
	r := &rejects{}
	d.Setup.AWS.HTTPClient = r
	if err := d.Deploy(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.SendMail("mira@customer.example", mail, "care@acme.example")
	d.Turn(10 * time.Minute)
	if s := d.Day(today); len(d.Outbox()) != 0 || !s.Balanced || s.Failed != 1 || s.InFlight != 0 || !tells(d, "failed", "refused_by_provider") {
		t.Errorf("%d left; the sum is %+v", len(d.Outbox()), s)
	}
	if r.tries != 1 {
		t.Errorf("it was tried %d times, want once", r.tries)
	}
}

func TestWhatIsRefusedForNowLeavesLater(t *testing.T) {
	d, _ := open(t)
	strike(t, d, faults.Fault{Kind: faults.Throttle, Service: "ses", Times: 3})
	d.SendMail("mira@customer.example", mail, "care@acme.example")
	d.Settle()
	if s := d.Day(today); len(d.Outbox()) != 0 || s.InFlight != 1 || !tells(d, "queued", "refused_for_now") {
		t.Errorf("refused, the sum is %+v", s)
	}
	d.Turn(10 * time.Minute)
	out := d.Outbox()
	if s := d.Day(today); len(out) != 1 || out[0].Headers["X-Pronto-Possible-Duplicate"] != "" || !s.Balanced || s.Receipted != 1 {
		t.Errorf("%d left; the sum is %+v", len(out), s)
	}
	if n := d.AWS.Usage()["ses"]["SendEmail"]; n != 4 {
		t.Errorf("it was tried %d times, want 4", n)
	}
}

func TestWhatIsRefusedForADayIsShown(t *testing.T) {
	d, _ := open(t)
	strike(t, d, faults.Fault{Kind: faults.Throttle, Service: "ses"})
	d.SendMail("mira@customer.example", mail, "care@acme.example")
	d.Turn(25 * time.Hour)
	if s := d.Day(today); !s.Balanced || s.Failed != 1 || !tells(d, "failed", "refused_for_now") {
		t.Errorf("the sum is %+v", s)
	}
	tries := 0
	for _, l := range d.Ledger.Lines() {
		if line := string(l); strings.Contains(line, `"kind":"receipt"`) && strings.Contains(line, `"refused_for_now"`) {
			tries++
		}
	}
	if tries < 24 || tries > 24*6+20 {
		t.Errorf("it was tried %d times in a day", tries)
	}
}

// The answer and the event are both lost: the mail is sent once more, not before store.Patience, and says that it may be a duplicate.
func TestWhatMayHaveLeftIsTriedAgainMarked(t *testing.T) {
	d, _ := open(t)
	strike(t, d, faults.Fault{Kind: faults.Torn, Service: "ses", Times: 1}, faults.Fault{Kind: faults.LoseEvent, Service: "ses", Operation: "Send", Times: 1},
		faults.Fault{Kind: faults.LoseEvent, Service: "ses", Operation: "Delivery", Times: 1})
	d.SendMail("mira@customer.example", mail, "care@acme.example")
	d.Settle()
	d.Turn(store.Patience - time.Second)
	if n := len(d.Outbox()); n != 1 {
		t.Fatalf("within the patience %d pieces left, want one", n)
	}
	d.Turn(5 * time.Minute)
	out := d.Outbox()
	if len(out) != 2 || out[0].Headers["X-Pronto-Possible-Duplicate"] != "" || out[1].Headers["X-Pronto-Possible-Duplicate"] != "yes" {
		t.Errorf("%d left, the second marked: want two", len(out))
	}
	if s := d.Day(today); !s.Balanced || s.Received != 1 || s.Receipted != 1 {
		t.Errorf("the sum is %+v", s)
	}
	d.Turn(time.Hour)
	if n := len(d.Outbox()); n != 2 {
		t.Errorf("%d left after an hour", n)
	}
}

func TestALaneMessageThatIsNoneGoesToTheDead(t *testing.T) {
	d, _ := open(t)
	for _, body := range []string{"garbage", `{"brand":"acme-air"}`} {
		in := &sqs.SendMessageInput{QueueUrl: aws.String(d.Setup.Env(setup.LaneEmail)), MessageBody: &body}
		if _, err := sqs.NewFromConfig(d.Setup.AWS).SendMessage(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	d.SendMail("mira@customer.example", mail, "care@acme.example")
	d.Settle()
	if n := len(d.Outbox()); n != 1 {
		t.Errorf("beside garbage %d pieces left, want one", n)
	}
	d.Turn(30 * time.Minute)
	dead, err := d.AWS.SQS.Stats(wiring.LanesDead)
	if err != nil || dead.Visible != 2 {
		t.Errorf("in the dead-letter queue lie %+v, %v; want both", dead, err)
	}
	for _, raw := range d.Ledger.Lines() {
		if strings.Contains(string(raw), "garbage") {
			t.Errorf("the ledger quotes it: %s", raw)
		}
	}
}

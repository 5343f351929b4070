package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/infra/local/desktest"
	"pronto/shared/account"
)

const today = "2026-11-23"

// open is a desk with an accountant over it.
func open(t *testing.T) (*desktest.Desk, *account.Accountant) {
	t.Helper()
	d := desktest.New(t, desktest.Options{Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Change: func(c *aws.Config) {
		c.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	}})
	a, err := account.New(d.Setup)
	if err != nil {
		t.Fatal(err)
	}
	return d, a
}

func day(t *testing.T, d *desktest.Desk, a *account.Accountant, brand, day string) account.Day {
	t.Helper()
	s, err := a.Day(t.Context(), brand, day, d.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(d *desktest.Desk, from, to string) {
	d.SendMail(from, "From: "+from+"\nTo: "+to+"\nMessage-ID: <1@"+from+">\n\nWhere do I find the booking of "+from+"?\n", to)
}

// notify puts a body on a queue.
func notify(t *testing.T, d *desktest.Desk, url, body string) {
	t.Helper()
	if _, err := sqs.NewFromConfig(d.Setup.AWS).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
		t.Fatal(err)
	}
}

func TestTheSumOfADay(t *testing.T) {
	d, a := open(t)
	write(d, "mira@customer.example", "care@acme.example")
	write(d, "a@bank.fail.example", "care@acme.example")
	write(d, "kim@customer.example", "nobody@acme.example")
	notify(t, d, a.Intake, "no notice")
	if s := day(t, d, a, "", today); !s.Balanced || s.Received != 4 || s.InFlight != 4 {
		t.Errorf("what waits for intake: %+v, want 4 received and in flight", s)
	}
	if s := day(t, d, a, "acme-air", today); s.Received != 0 {
		t.Errorf("what waits has no brand yet: %+v", s)
	}
	if s := day(t, d, a, "", "2026-11-22"); s.Received != 0 || !s.Balanced {
		t.Errorf("what waits arrived today, not yesterday: %+v", s)
	}
	d.Settle()
	if s := day(t, d, a, "", today); !s.Balanced || s.Received != 4 || s.Receipted != 1 || s.Suppressed["unauthenticated"] != 1 || s.Held["unknown_address"] != 1 || s.Held["notice"] != 1 || s.InFlight != 0 {
		t.Errorf("settled: %+v", s)
	}
	if s := day(t, d, a, "acme-air", today); !s.Balanced || s.Received != 3 || s.Held["notice"] != 0 || s.Brand != "acme-air" || s.Day != today {
		t.Errorf("the brand's: %+v", s)
	}
	if s := day(t, d, a, account.NoBrand, today); !s.Balanced || s.Received != 1 || s.Held["notice"] != 1 {
		t.Errorf("nobody's: %+v", s)
	}
}

func TestWhatIntakeGaveUpHasFailed(t *testing.T) {
	d, a := open(t)
	notify(t, d, a.Dead, "given up")
	if s := day(t, d, a, "", today); !s.Balanced || s.Received != 1 || s.Failed != 1 {
		t.Errorf("%+v", s)
	}
}

// A message without an outcome is a gap, and a gap is seen.
func TestAGapIsSeen(t *testing.T) {
	d, a := open(t)
	write(d, "mira@customer.example", "care@acme.example")
	d.Settle()
	db, lost := dynamodb.NewFromConfig(d.Setup.AWS), 0
	out, err := db.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("pronto")})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range out.Items {
		if sk, ok := i["SK"].(*types.AttributeValueMemberS); ok && strings.HasPrefix(sk.Value, "E#") {
			lost++
			if _, err := db.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String("pronto"), Key: map[string]types.AttributeValue{"PK": i["PK"], "SK": sk}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s := day(t, d, a, "acme-air", today); lost != 1 || s.Balanced || s.Received != 1 || s.Receipted != 0 {
		t.Errorf("%d effects lost, the sum is %+v", lost, s)
	}
}

func TestAQueueThatIsNotThere(t *testing.T) {
	d, a := open(t)
	a.Intake += "-never"
	if _, err := a.Day(t.Context(), "", today, d.Clock.Now()); err == nil {
		t.Error("the sum of today needs the queue")
	}
	if _, err := a.Day(t.Context(), "", "2026-11-22", d.Clock.Now()); err != nil {
		t.Errorf("another day does not: %v", err)
	}
}

func TestTheAccountantNeedsItsEnvironment(t *testing.T) {
	d, _ := open(t)
	s := *d.Setup
	s.Env = func(string) string { return "" }
	if _, err := account.New(&s); err == nil || !strings.Contains(err.Error(), "PRONTO_TABLE") {
		t.Errorf("%v", err)
	}
}

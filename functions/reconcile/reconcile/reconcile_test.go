package reconcile_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/infra/local/desktest"
	"pronto/infra/local/faults"
)

// open is a desk that has receipted one mail.
func open(t *testing.T) *desktest.Desk {
	t.Helper()
	d := desktest.New(t, desktest.Options{Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Change: func(c *aws.Config) {
		c.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	}})
	d.SendMail("mira@customer.example", "From: mira@customer.example\nMessage-ID: <1@x.example>\n\nWhere do I find my booking?\n", "care@acme.example")
	d.Settle()
	return d
}

// lose takes the effect's row out of the table.
func lose(t *testing.T, d *desktest.Desk) {
	t.Helper()
	db := dynamodb.NewFromConfig(d.Setup.AWS)
	out, err := db.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("pronto")})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range out.Items {
		if sk, ok := i["SK"].(*types.AttributeValueMemberS); ok && strings.HasPrefix(sk.Value, "E#") {
			_, err := db.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String("pronto"), Key: map[string]types.AttributeValue{"PK": i["PK"], "SK": sk}})
			if err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("the table has no effect")
}

func TestASumThatHoldsIsNoAlarm(t *testing.T) {
	d := open(t)
	d.Schedule("reconcile")
	if errs := d.Errors(); len(errs) > 0 {
		t.Errorf("%v", errs)
	}
	told := 0
	for _, l := range d.Ledger.Lines() {
		told += strings.Count(string(l), `"msg":"reconciliation"`)
	}
	if told != 2 {
		t.Errorf("%d days stand in the ledger, want today and yesterday", told)
	}
}

// An effect that vanished leaves a message without an outcome: today's gap and, a day later, yesterday's.
func TestAGapIsAnAlarm(t *testing.T) {
	d := open(t)
	lose(t, d)
	for _, wait := range []time.Duration{0, 24 * time.Hour} {
		d.Clock.Turn(wait)
		d.Schedule("reconcile")
		if err := errors.Join(d.Errors()...); err == nil || !strings.Contains(err.Error(), "2026-11-23") {
			t.Errorf("after %v: %v; want an alarm that names the day", wait, err)
		}
	}
	d.Clock.Turn(24 * time.Hour)
	d.Schedule("reconcile")
	if errs := d.Errors(); len(errs) > 0 {
		t.Errorf("two days later: %v", errs)
	}
}

func TestATableThatIsDownIsAnError(t *testing.T) {
	d := open(t)
	if err := d.AWS.Faults.Set(faults.Fault{Kind: faults.ServerError, Service: "dynamodb", Operation: "Query"}); err != nil {
		t.Fatal(err)
	}
	d.Schedule("reconcile")
	if errs := d.Errors(); len(errs) != 1 {
		t.Errorf("%v", errs)
	}
}

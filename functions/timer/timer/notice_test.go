package timer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/infra/wiring"
	"pronto/shared/desk"
	"pronto/shared/store"
)

func notices(d *desktest.Desk) (all []edge.Piece) {
	for _, p := range d.Outbox() {
		if p.Kind == "notice" {
			all = append(all, p)
		}
	}
	return all
}

// Ten minutes before the promise breaks the customer is told a new time, in a mail of the same conversation; when that breaks, too, nothing more is sent.
func TestAPromiseIsRenewedOnceBeforeItBreaks(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	write(d, 1)
	d.Turn(49*time.Minute + 58*time.Second)
	if got := notices(d); len(got) != 0 {
		t.Fatalf("too early: %v", got)
	}
	step(d, 4)
	got := notices(d)
	if len(got) != 1 || !strings.Contains(got[0].Text, "13:00") || !strings.Contains(got[0].Text, "automatic") || !strings.Contains(got[0].Text, "we are sorry") {
		t.Fatalf("notices: %+v", got)
	}
	if p := conversation(t, d).Promise; p.State != desk.PromiseRenewed || !p.By.Equal(monday.Add(3*time.Hour)) {
		t.Errorf("the promise is %+v", p)
	}
	for range 180 {
		d.Turn(time.Minute)
	}
	if n := len(notices(d)); n != 1 {
		t.Errorf("%d notices", n)
	}
	if p := conversation(t, d).Promise; p.State != desk.PromiseBroken {
		t.Errorf("the promise is %+v", p)
	}
	endings, err := store.New(dynamodb.NewFromConfig(d.Setup.AWS), wiring.Table).Endings(t.Context(), "acme-air", "2026-11-23")
	if err != nil || len(endings) != 1 || endings[0].State != desk.PromiseBroken || !endings[0].Renewed {
		t.Errorf("endings: %+v %v", endings, err)
	}
	if day := d.Day("2026-11-23"); !day.Balanced {
		t.Errorf("the day's sum: %+v", day)
	}
	if errs := d.Errors(); len(errs) > 0 {
		t.Error(errs)
	}
}

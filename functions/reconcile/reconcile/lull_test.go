package reconcile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/lull"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// A desk that has five mails an hour gets none from one o'clock on: reconcile tells of it after three hours, until one comes. A round that somebody makes by hand counts
// nothing twice, and of hours in which nobody looked nothing is judged.
func TestAChannelFallsSilent(t *testing.T) {
	d := open(t)
	s := store.New(dynamodb.NewFromConfig(d.Setup.AWS), d.Setup.Env(setup.Table))
	told := func() (silent int, lulls string) {
		t.Helper()
		silent = -1
		for _, l := range d.Ledger.Lines() {
			line := string(l)
			if strings.Contains(line, `"msg":"channels"`) {
				_, n, _ := strings.Cut(line, `"silent":`)
				_, _ = fmt.Sscan(strings.TrimRight(n, "}\n"), &silent)
			}
			if strings.Contains(line, `"msg":"lull"`) {
				lulls = line
			}
		}
		return silent, lulls
	}
	d.Schedule("reconcile")
	l, err := s.Lulls(t.Context(), "acme-air")
	if err != nil || len(l.Channels) != 1 || l.Counted["email"] != 1 || l.Counted["custom"] != 0 {
		t.Fatalf("after the first round: %+v, %v", l, err)
	}
	w := lull.Watch{Usual: make([]float64, lull.Hours), Looked: 3 * lull.Hours}
	for h := range w.Usual {
		w.Usual[h] = 5
	}
	l.Channels["email"] = w
	if err := s.KeepLulls(t.Context(), "acme-air", l); err != nil {
		t.Fatal(err)
	}
	n := 1
	for _, hour := range []struct {
		mails  int
		silent int
	}{{4, 0}, {0, 0}, {0, 0}, {0, 1}, {0, 1}, {2, 0}} {
		for range hour.mails {
			n++
			d.SendMail("mira@customer.example", fmt.Sprintf("From: mira@customer.example\nMessage-ID: <%d@x.example>\n\nQuestion number %d?\n", n, n), "care@acme.example")
		}
		d.Settle()
		d.Turn(time.Hour)
		d.Schedule("reconcile") // somebody's hand, a moment later
		if silent, line := told(); silent != hour.silent || hour.silent == 1 && !strings.Contains(line, `"channel":"email"`) {
			t.Errorf("after an hour with %d mails: %d silent, want %d; %s", hour.mails, silent, hour.silent, line)
		}
	}
	if l, err = s.Lulls(t.Context(), "acme-air"); err != nil || l.Counted["email"] != n || l.Channels["email"].Looked != 3*lull.Hours+6 {
		t.Errorf("after all: %+v, %v", l, err)
	}
	l.At = l.At.Add(-5 * time.Hour)
	x := l.Channels["email"]
	x.Lull, x.Silent = 100, 9
	l.Channels["email"] = x
	if err := s.KeepLulls(t.Context(), "acme-air", l); err != nil {
		t.Fatal(err)
	}
	d.Schedule("reconcile")
	if silent, _ := told(); silent != 0 {
		t.Error("it judges hours that nobody looked at")
	}
}

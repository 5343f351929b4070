package timer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
)

// foreseeing is the example's rule book, by which forecasts page.
func foreseeing(t *testing.T) string {
	t.Helper()
	book, err := os.ReadFile("../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	with := strings.Replace(string(book), "      on: [urgent, breached]\n", "      on: [urgent, breached, forecast]\n", 1)
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(with), 0o600); err != nil || with == string(book) {
		t.Fatal(err, "the example pages otherwise")
	}
	return path
}

// warnings are the pages that tell a forecast, as "whom after: words".
func warnings(d *desktest.Desk) (all []string) {
	for _, p := range d.Outbox() {
		if _, said, ok := strings.Cut(strings.ReplaceAll(p.Text, " \n", " "), "it falls due soon, and "); ok && p.Kind == "page" {
			said, _, _ = strings.Cut(said, "\n")
			all = append(all, fmt.Sprintf("%s %v: %s", strings.TrimSuffix(p.To, "@staff.acme.example"), p.At.Sub(monday), said))
		}
	}
	return all
}

// Marta and oleg are on, and nobody has measured them: one answer in ten minutes each. A quarter of an hour before three complaints fall due there is room for two. Ana,
// whom the ladder would call next, is told before it happens, once in the hour for all three; and in a later hour once more.
func TestTheNextIsToldBeforeItIsLate(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday, Policy: foreseeing(t)})
	for n := range 3 {
		write(d, n)
	}
	d.Turn(44 * time.Minute)
	if got := warnings(d); len(got) > 0 {
		t.Fatalf("too early: %v", got)
	}
	d.Turn(6 * time.Minute)
	want := "ana 45m0s: 1 will breach by Monday 11:00, on call has room for 2"
	if got := warnings(d); len(got) != 1 || got[0] != want {
		t.Fatalf("told: %v, want %s", got, want)
	}
	for _, p := range d.Outbox() {
		if p.Kind == "page" && strings.Contains(p.Text, "others") {
			t.Errorf("it is no call of the ladder's:\n%s", p.Text)
		}
	}
	d.Turn(40 * time.Minute)
	for n := range 3 {
		write(d, 3+n)
	}
	d.Turn(46 * time.Minute)
	if got := warnings(d); len(got) != 2 || !strings.HasPrefix(got[1], "ana 2h15m0s: 1 will breach by Monday 12:30") {
		t.Errorf("later: %v", got)
	}
	if errs := d.Errors(); len(errs) > 0 {
		t.Error(errs)
	}
}

// What those on shift can answer in time is no news, and where forecasts do not page nobody looks ahead.
func TestNobodyIsToldOfWhatThereIsRoomFor(t *testing.T) {
	for _, x := range []struct {
		policy string
		mails  int
	}{{foreseeing(t), 2}, {"", 3}} {
		d := desktest.New(t, desktest.Options{Start: monday, Policy: x.policy})
		for n := range x.mails {
			write(d, n)
		}
		d.Turn(50 * time.Minute)
		if got := warnings(d); len(got) > 0 {
			t.Errorf("of %d: %v", x.mails, got)
		}
	}
}

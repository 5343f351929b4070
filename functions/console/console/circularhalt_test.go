package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/local/faults"
	"pronto/infra/pronto/edge"
	"pronto/shared/desk"
	"pronto/shared/triage"
)

// halting is a desk of two customers who wait, in which f strikes.
func halting(t *testing.T, f *desktest.Fault) *world {
	t.Helper()
	w := &world{t: t}
	w.Desk = desktest.NewBroken(t, desktest.Options{Start: monday, Policy: two(t)}, f)
	w.api = edge.AsAgent(w.API())
	for n := range 2 {
		w.mail(n+1, "Storm", "When does my flight leave after the storm, please?")
	}
	w.Clock.Turn(time.Minute)
	return w
}

// nearlyLeft gives an answer to both whose time comes in ten seconds.
func (w *world) nearlyLeft(n int) (c work.Circular) {
	w.t.Helper()
	w.api = edge.AsAgent(w.API())
	c = w.circular("ana", "POST", "", fmt.Sprintf(`{"texts":{"en":"It leaves at %d."}}`, n))
	if c = w.circular("ana", "POST", "/"+c.ID+"/go", `{}`); c.Sent != 2 {
		w.t.Fatalf("given: %+v", c)
	}
	w.Turn(desk.CircularDelay - 10*time.Second)
	return c
}

// got tells how many have got a round's answer by now.
func (w *world) got(n int) (got int) {
	for _, all := range replies(w.Desk) {
		for _, p := range all {
			if strings.Contains(p.Text, fmt.Sprintf("It leaves at %d.", n)) {
				got++
			}
		}
	}
	return got
}

// owing are the conversations in the queue.
func (w *world) owing() (all []string) {
	w.t.Helper()
	var page work.Page
	w.ask("ana", "GET", "/api/v1/queue", "").is(200).into(&page)
	for _, x := range page.Items {
		all = append(all, x.ID)
	}
	return all
}

// ended waits until nothing of a round is under way any more, and looks that it left to all or, once it was stopped, to nobody: who stopped it is told how many did not get it.
func (w *world) ended(c work.Circular, n int, stopped bool, what string) {
	w.t.Helper()
	w.Turn(4 * time.Minute)
	w.api = edge.AsAgent(w.API())
	want := 2
	if stopped {
		want = 0
	}
	now := w.circular("ana", "GET", "/"+c.ID, "")
	if got := w.got(n); got != want || now.Taken != 2-want || stopped && now.Due != nil {
		w.t.Errorf("%s: stopped %v, and %d got it: %+v", what, stopped, got, now)
	}
	_ = w.ask("ana", "DELETE", "/api/v1/circulars/"+c.ID, "").is(200)
}

// Ana stops an answer to two ten seconds before it leaves, and each write of the stopping breaks in each way; nobody presses again. The sweep that would take the answers back comes a minute later,
// so what leaves asks itself: once the circular was marked as stopped nothing leaves, and before it was all of it does.
func TestAStoppedCircularSurvivesEveryFault(t *testing.T) {
	f := &desktest.Fault{}
	w := halting(t, f)
	c, rounds := w.nearlyLeft(0), 0
	first := len(f.Writes())
	w.circular("ana", "POST", "/"+c.ID+"/stop", `{}`)
	writes := f.Writes()[first:]
	w.ended(c, 0, true, "unbroken")
	if len(writes) < 4 {
		t.Fatalf("it is stopped by %v", writes)
	}
	for n, op := range writes {
		for _, mode := range desktest.Modes() {
			rounds++
			c := w.nearlyLeft(rounds)
			f.At, f.Mode = len(f.Writes())+n+1, mode
			what := fmt.Sprintf("%s of write %d, %s", mode, n+1, op)
			said := w.ask("ana", "POST", "/api/v1/circulars/"+c.ID+"/stop", `{}`).Code
			if len(f.Writes()) < f.At {
				t.Errorf("%s: it did not strike", what)
			}
			f.At = 0
			f.Restarted()
			w.api = edge.AsAgent(w.API())
			stopped := w.circular("ana", "GET", "/"+c.ID, "").State == "stopped"
			if said == http.StatusOK && !stopped || stopped != (n > 0 || mode == desktest.Done || mode == desktest.After) {
				t.Errorf("%s: answered %d, stopped %v", what, said, stopped)
			}
			w.ended(c, rounds, stopped, what)
		}
	}
}

// Whoever stopped it has died when it was marked, and each write of what takes the answers back in its place breaks: the clocks' own turns, at the second at which the answers would leave, and the
// sweep's, which counts them.
func TestWhatLeavesAsksWhetherItsCircularWasStopped(t *testing.T) {
	f := &desktest.Fault{}
	w := halting(t, f)
	dies := func(n int) work.Circular {
		c := w.nearlyLeft(n)
		w.marked(c.ID, func(x *desk.Circular) {
			now := w.Clock.Now().UTC()
			x.Stopped = &now
			x.GoesOn("ana", now.Add(desk.CircularPatience))
		})
		return c
	}
	c := dies(0)
	first := len(f.Writes())
	w.Turn(11 * time.Second)
	for _, id := range w.owing() {
		c := w.ask("ana", "GET", conv(id), "").conversation()
		if last := c.Messages[len(c.Messages)-1]; len(c.Scheduled) > 0 || last.Kind != "receipt" || c.Status != desk.StatusOpen {
			t.Errorf("taken back at its time: %+v, %+v", c.Scheduled, last)
		}
	}
	w.Turn(5 * time.Minute)
	writes := f.Writes()[first:]
	w.ended(c, 0, true, "unbroken")
	if len(writes) < 3 {
		t.Fatalf("it is taken back by %v", writes)
	}
	rounds := 0
	for n, op := range writes {
		for _, mode := range [][]desktest.Mode{{desktest.NotDone, desktest.After}, {desktest.Before, desktest.Done}}[n%2] {
			rounds++
			c := dies(rounds)
			f.At, f.Mode = len(f.Writes())+n+1, mode
			w.ended(c, rounds, true, fmt.Sprintf("%s of write %d, %s", mode, n+1, op))
		}
	}
}

// SES takes nothing when the answers' time comes, so they wait on their lane. The circular is stopped, and they do not leave when SES is well again: each says why, and is owed again as it was.
func TestAnAnswerThatWaitsForItsProviderDoesNotOutliveItsCircular(t *testing.T) {
	w := halting(t, &desktest.Fault{})
	if err := w.AWS.Faults.Set(faults.Fault{Kind: faults.Throttle, Service: "ses", Operation: "SendEmail", Chance: 1}); err != nil {
		t.Fatal(err)
	}
	c := w.nearlyLeft(1)
	w.Turn(20 * time.Second)
	if c = w.circular("ana", "POST", "/"+c.ID+"/stop", `{}`); c.State != "stopped" || c.Taken != 0 {
		t.Errorf("stopped when they were on their lane: %+v", c)
	}
	if err := w.AWS.Faults.Set(); err != nil {
		t.Fatal(err)
	}
	w.Turn(10 * time.Minute)
	if n := w.got(1); n != 0 {
		t.Errorf("%d left", n)
	}
	all := w.owing()
	for _, id := range all {
		c := w.ask("ana", "GET", conv(id), "").conversation()
		last := c.Messages[len(c.Messages)-1]
		if c.Status != desk.StatusOpen || c.Priority != triage.Normal || last.Delivery == nil || last.Delivery.State != desk.Failed || last.Delivery.Why != desk.CircularHalted {
			t.Errorf("it stands %s, %s: %+v", c.Status, c.Priority, last.Delivery)
		}
	}
	if len(all) != 2 {
		t.Errorf("%d are owed", len(all))
	}
}

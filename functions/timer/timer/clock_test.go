package timer_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/infra/local/desktest"
	"pronto/infra/local/faults"
	"pronto/infra/wiring"
	"pronto/shared/desk"
	"pronto/shared/setup"
	"pronto/shared/sla"
	"pronto/shared/store"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// angry is a mail of high priority: its first response is due an hour later, and warned of after 45 minutes.
func angry(n int) string {
	return fmt.Sprintf("From: Mira Novak <mira%d@customer%d.example>\nTo: care@acme.example\nSubject: My suitcase %d\nDate: Mon, 23 Nov 2026 10:00:00 +0100\nMessage-ID: <a%d@customer.example>\n\nMy suitcase %d is lost and nobody answers. This is unacceptable!\n", n, n, n, n, n)
}

func write(d *desktest.Desk, n int) {
	d.SendMail(fmt.Sprintf("mira%d@customer%d.example", n, n), angry(n), "care@acme.example")
	d.Settle()
}

// line is one of the ledger, about a turn or an effect.
type line struct {
	Time                                              time.Time
	Msg, Conversation, Event, Kind, State, Agent, Way string
	Effect, Status                                    string
	Step                                              int
	Why                                               any
}

func lines(t *testing.T, d *desktest.Desk, msg string) (all []line) {
	t.Helper()
	for _, raw := range d.Ledger.Lines() {
		var l line
		if err := json.Unmarshal(raw, &l); err != nil {
			t.Fatal(err)
		}
		if l.Msg == msg {
			all = append(all, l)
		}
	}
	return all
}

// ticks are the turns of clocks.
func ticks(t *testing.T, d *desktest.Desk) []line {
	return slices.DeleteFunc(lines(t, d, "turn"), func(l line) bool { return l.Event != "ticked" })
}

func conversation(t *testing.T, d *desktest.Desk) *desk.Conversation {
	t.Helper()
	turns := lines(t, d, "turn")
	if len(turns) == 0 {
		t.Fatal("no conversation")
	}
	s := store.New(dynamodb.NewFromConfig(d.Setup.AWS), wiring.Table)
	c, err := s.Conversation(t.Context(), desk.Ref{Brand: "acme-air", Conversation: turns[0].Conversation})
	if err != nil || c == nil {
		t.Fatal(c, err)
	}
	return c
}

func target(c *desk.Conversation, k sla.Kind) sla.Target {
	for _, x := range c.Targets {
		if x.Kind == k {
			return x
		}
	}
	return sla.Target{}
}

// step turns the clock a second at a time.
func step(d *desktest.Desk, n int) {
	for range n {
		d.Turn(time.Second)
	}
}

func TestWarnedAndBreachedAtTheSecond(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	write(d, 1)
	d.Turn(44*time.Minute + 58*time.Second)
	if got := ticks(t, d); len(got) > 0 {
		t.Fatalf("too early: %v", got)
	}
	step(d, 4)
	d.Turn(14*time.Minute + 56*time.Second)
	step(d, 4)
	got := ticks(t, d)
	if len(got) != 3 || !got[0].Time.Equal(monday.Add(45*time.Minute)) || !got[1].Time.Equal(monday.Add(50*time.Minute)) || !got[2].Time.Equal(monday.Add(time.Hour)) { // warned, renewed, breached
		t.Fatalf("turns of the clock: %v", got)
	}
	if x := target(conversation(t, d), sla.FirstResponse); x.State != sla.Breached || !x.Ended.Equal(x.Due) || !x.Warned {
		t.Errorf("the target is %+v", x)
	}
	if errs := d.Errors(); len(errs) > 0 {
		t.Error(errs)
	}
}

// SQS knows whole seconds only: what is due within one is waited for.
func TestAPartOfASecondIsWaitedFor(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	d.Turn(300 * time.Millisecond)
	write(d, 1)
	d.Turn(time.Hour - 300*time.Millisecond)
	d.Turn(time.Second)
	if x := target(conversation(t, d), sla.FirstResponse); x.Due != monday.Add(time.Hour+300*time.Millisecond) || x.State != sla.Breached || !x.Ended.Equal(x.Due) {
		t.Errorf("the target is %+v", x)
	}
}

// Nobody polls: a clock is armed at most two minutes ahead, and until then no message waits.
func TestClocksAreArmedNear(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	write(d, 1)
	for m := 1; m <= 45; m++ {
		s, err := d.AWS.SQS.Stats(wiring.Wake)
		if err != nil {
			t.Fatal(err)
		}
		if waits, near := s.Delayed+s.Visible+s.InFlight, conversation(t, d).Next.Sub(d.Clock.Now()) <= 2*time.Minute; waits > 0 && !near || waits != 1 && m == 45 {
			t.Errorf("%d messages wait %s before the time", waits, conversation(t, d).Next.Sub(d.Clock.Now()))
		}
		d.Turn(time.Minute)
	}
	if got := ticks(t, d); len(got) != 1 || !got[0].Time.Equal(monday.Add(45*time.Minute)) {
		t.Errorf("turns of the clock: %v", got)
	}
}

// drop empties the wake queue, as if its messages had been lost.
func drop(t *testing.T, d *desktest.Desk) {
	t.Helper()
	url := d.Setup.Env(setup.LaneWake)
	if _, err := sqs.NewFromConfig(d.Setup.AWS).PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: &url}); err != nil {
		t.Fatal(err)
	}
}

// outcome is what a story left, whatever came when.
func outcome(t *testing.T, d *desktest.Desk) string {
	t.Helper()
	var b strings.Builder
	for _, l := range lines(t, d, "effect") {
		if l.Kind == "page" && l.State == "accepted" {
			fmt.Fprintln(&b, "page", l.Agent, l.Step)
		}
	}
	c := conversation(t, d)
	for _, x := range c.Targets {
		fmt.Fprintln(&b, x.Kind, x.State, x.Warned)
	}
	fmt.Fprintln(&b, c.Priority, c.Status, c.Promise.State)
	return b.String()
}

func TestLostDoubledAndEarlyWakesDecideNothingWrong(t *testing.T) {
	const span = 93 * time.Minute
	plain := desktest.New(t, desktest.Options{Start: monday})
	write(plain, 1)
	plain.Turn(span)
	want := outcome(t, plain)
	if strings.Count(want, "page") != 5 {
		t.Fatalf("the story: %s", want)
	}
	t.Run("lost", func(t *testing.T) {
		d := desktest.New(t, desktest.Options{Start: monday})
		write(d, 1)
		for range int(span / (30 * time.Second)) {
			drop(t, d)
			d.Clock.Turn(30 * time.Second) // nobody hears the messages that were put since
			drop(t, d)
			d.Schedule("timer")
			d.Settle()
		}
		if got := outcome(t, d); got != want {
			t.Errorf("got\n%s, want\n%s", got, want)
		}
	})
	t.Run("doubled", func(t *testing.T) {
		d := desktest.New(t, desktest.Options{Start: monday})
		if err := d.AWS.Faults.Set(faults.Fault{Kind: faults.Duplicate, Service: "sqs", Operation: wiring.Wake, Chance: 0.6}); err != nil {
			t.Fatal(err)
		}
		write(d, 1)
		d.Turn(span)
		if got := outcome(t, d); got != want {
			t.Errorf("got\n%s, want\n%s", got, want)
		}
	})
	t.Run("early and late", func(t *testing.T) {
		d := desktest.New(t, desktest.Options{Start: monday})
		write(d, 1)
		ref, err := json.Marshal(desk.EffectRef{Ref: conversation(t, d).Ref})
		if err != nil {
			t.Fatal(err)
		}
		for range int(span / time.Minute) {
			url, body := d.Setup.Env(setup.LaneWake), string(ref)
			if _, err := sqs.NewFromConfig(d.Setup.AWS).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
				t.Fatal(err)
			}
			d.Turn(time.Minute)
		}
		if got := outcome(t, d); got != want {
			t.Errorf("got\n%s, want\n%s", got, want)
		}
	})
}

// An hour's outage of the timer: nothing is lost, and what was due first is taken first.
func TestAnOutageIsCaughtUpInDueOrder(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	for n := range 30 {
		write(d, n)
		d.Turn(20 * time.Second)
	}
	d.Turn(30 * time.Minute)
	drop(t, d)
	d.Clock.Turn(2 * time.Hour)
	drop(t, d)
	d.Schedule("timer")
	d.Settle()
	late := ticks(t, d)
	due := map[string]time.Time{}
	for i, l := range lines(t, d, "turn") {
		if l.Event == "received" {
			due[l.Conversation] = monday.Add(time.Duration(i))
		}
	}
	if len(late) != 30 {
		t.Fatalf("%d of 30 conversations were looked at", len(late))
	}
	for i := 1; i < len(late); i++ {
		if due[late[i].Conversation].Before(due[late[i-1].Conversation]) {
			t.Errorf("conversation %d was due before the one looked at before it", i)
		}
	}
	d.Turn(3 * time.Minute)
	for _, l := range lines(t, d, "turn") {
		c, err := store.New(dynamodb.NewFromConfig(d.Setup.AWS), wiring.Table).Conversation(t.Context(), desk.Ref{Brand: "acme-air", Conversation: l.Conversation})
		if err != nil || target(c, sla.FirstResponse).State != sla.Breached || c.Paging == nil {
			t.Errorf("%+v, %v", c, err)
		}
	}
}

// What was armed and what was not yet is there after the desk is closed and opened again.
func TestARestartLosesNoClock(t *testing.T) {
	dir := t.TempDir()
	t.Run("before", func(t *testing.T) {
		d := desktest.New(t, desktest.Options{Start: monday, Dir: dir})
		write(d, 1)
		d.Turn(44 * time.Minute) // the warning is armed
	})
	d := desktest.New(t, desktest.Options{Start: monday.Add(44*time.Minute + 30*time.Second), Dir: dir})
	d.Turn(30 * time.Second)
	d.Turn(20 * time.Minute)
	got := ticks(t, d)
	if len(got) < 2 || !got[0].Time.Equal(monday.Add(45*time.Minute)) {
		t.Errorf("turns of the clock: %v", got)
	}
}

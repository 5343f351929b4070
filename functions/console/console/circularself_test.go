package console_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/infra/wiring"
	"pronto/shared/desk"
	"pronto/shared/setup"
)

// sparing is a rule book whose brand may send so many receipts an hour, and its circulars as many answers.
func sparing(t *testing.T, hour int) string {
	t.Helper()
	b, err := os.ReadFile(two(t))
	if err != nil {
		t.Fatal(err)
	}
	book := strings.Replace(string(b), "brand_hour: 100000", fmt.Sprintf("brand_hour: %d", hour), 1)
	path := filepath.Join(t.TempDir(), "sparing.yaml")
	if err := os.WriteFile(path, []byte(book), 0o600); err != nil || book == string(b) {
		t.Fatal(err, "the book has another budget")
	}
	return path
}

// unsigned are the answers in the bucket without the note by which a rebuild takes them once more.
func (w *world) unsigned() (all []string) {
	w.t.Helper()
	client := w.Setup.S3()
	page, err := client.ListObjectsV2(w.t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(wiring.Bucket), Prefix: aws.String(setup.WordsPrefix)})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, o := range page.Contents {
		head, err := client.HeadObject(w.t.Context(), &s3.HeadObjectInput{Bucket: aws.String(wiring.Bucket), Key: o.Key})
		if err != nil {
			w.t.Fatal(err)
		}
		if j, ok := work.ReadJournal(head.Metadata); !ok || j.Kind != "reply" || j.Leaves.IsZero() {
			all = append(all, *o.Key)
		}
	}
	return all
}

// lost empties a queue.
func (w *world) lost(queue string) {
	w.t.Helper()
	url := w.Setup.Env(queue)
	if _, err := sqs.NewFromConfig(w.Setup.AWS).PurgeQueue(w.t.Context(), &sqs.PurgeQueueInput{QueueUrl: &url}); err != nil {
		w.t.Fatal(err)
	}
}

// Ana lets one answer to five go on by itself. Nobody presses anything any more: two get it in each hour of the brand's budget, also where the orders of its parts are lost, and each gets one.
// Another is stopped on its way, and a third waits once the agent for whom it goes on has gone, or is of another brand. What such a one has stopped is taken back all the same.
func TestACircularGoesOnByItself(t *testing.T) {
	w := &world{t: t}
	w.Desk = desktest.New(t, desktest.Options{Start: monday, Policy: sparing(t, 2)})
	w.api = edge.AsAgent(w.API())
	for n := range 5 {
		w.mail(n+1, "Storm", "When does my flight leave after the storm, please?")
	}
	w.Clock.Turn(time.Minute)
	c := w.circular("ana", "POST", "", `{"texts":{"en":"It leaves tomorrow."}}`)
	c = w.circular("ana", "POST", "/"+c.ID+"/go", `{"all":true}`)
	if c.State != "going" || c.Sent != 2 || c.Due == nil {
		t.Fatalf("%+v", c)
	}
	w.ask("ana", "DELETE", "/api/v1/circulars/"+c.ID, "").is(409)
	w.Turn(5 * time.Minute)
	if c = w.circular("ana", "GET", "/"+c.ID, ""); c.Sent != 2 || !c.Due.Equal(monday.Add(time.Hour)) {
		t.Errorf("beyond the hour's budget: %+v", c)
	}
	w.Turn(54 * time.Minute)
	w.lost(setup.LaneWake)
	w.Turn(5 * time.Minute)
	if c = w.circular("ana", "GET", "/"+c.ID, ""); c.Sent != 4 {
		t.Errorf("in the next hour: %+v", c)
	}
	w.Turn(time.Hour)
	if c = w.circular("ana", "GET", "/"+c.ID, ""); c.State != "done" || c.Sent != 5 || c.Due != nil {
		t.Errorf("at last: %+v", c)
	}
	got := replies(w.Desk)
	for to, all := range got {
		if len(all) != 1 {
			t.Errorf("%s got %d", to, len(all))
		}
	}
	if len(got) != 5 || len(w.unsigned()) > 0 {
		t.Errorf("%d got it; without a note lie %v", len(got), w.unsigned())
	}

	next := w.circular("ana", "POST", "", `{"texts":{"en":"It leaves at noon."}}`)
	w.Turn(time.Hour)
	w.circular("ana", "POST", "/"+next.ID+"/go", `{"all":true}`)
	if next = w.circular("dora", "POST", "/"+next.ID+"/stop?brand=acme-air", `{}`); next.State != "stopped" || next.Taken != 2 || next.Due != nil {
		t.Errorf("stopped: %+v", next)
	}
	w.Turn(2 * time.Hour)
	if now := w.circular("ana", "GET", "/"+next.ID, ""); now.Next != 2 || len(replies(w.Desk)) != 5 {
		t.Errorf("it went on: %+v", now)
	}

	third := w.circular("ana", "POST", "", `{"texts":{"en":"It leaves at ten."}}`)
	w.circular("ana", "POST", "/"+third.ID+"/go", `{"all":true}`)
	for _, by := range []string{"gone", "rosa"} {
		w.marked(third.ID, func(x *desk.Circular) { x.GoesOn(by, w.Clock.Now().UTC()) })
		w.Turn(2 * time.Hour)
		if third = w.circular("ana", "GET", "/"+third.ID, ""); third.State != "going" || third.Next != 2 || third.Due != nil {
			t.Errorf("for %s, who may not: %+v", by, third)
		}
	}
	for _, by := range []string{"gone", "rosa"} {
		last, left := w.circular("ana", "POST", "", `{"texts":{"en":"It leaves at noon, says `+by+`."}}`), len(w.Outbox())
		w.circular("ana", "POST", "/"+last.ID+"/go", `{"all":true}`)
		w.marked(last.ID, func(x *desk.Circular) {
			now := w.Clock.Now().UTC()
			x.Stopped = &now
			x.GoesOn(by, now)
		})
		w.Turn(time.Hour)
		if last = w.circular("ana", "GET", "/"+last.ID, ""); last.State != "stopped" || last.Sent == 0 || last.Taken != last.Sent || last.Due != nil || len(w.Outbox()) != left {
			t.Errorf("stopped by %s: %+v, %d left", by, last, len(w.Outbox())-left)
		}
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// An answer went to 25 and is stopped: 20 are taken back at once. The order for the other five is lost, and who is brought by the sweep dies when he has taken them back and before he keeps how
// many. The next counts all, each once.
func TestAStoppedCircularIsTakenBackToItsEnd(t *testing.T) {
	w := open(t)
	for n := range work.CircularPart + 5 {
		w.mail(n+1, "Storm", "When does my flight leave after the storm, please?")
	}
	w.Turn(time.Minute)
	c := w.circular("ana", "POST", "", `{"texts":{"en":"It leaves tomorrow."}}`)
	w.circular("ana", "POST", "/"+c.ID+"/go", `{"all":true}`)
	w.Turn(desk.CircularPace + time.Second)
	if c = w.circular("ana", "GET", "/"+c.ID, ""); c.Sent != 25 {
		t.Fatalf("given: %+v", c)
	}
	if c = w.circular("ana", "POST", "/"+c.ID+"/stop", `{}`); c.Taken != 20 || c.Due == nil {
		t.Fatalf("stopped: %+v", c)
	}
	w.lost(setup.LaneWake)
	w.Turn(time.Minute)
	if c = w.circular("ana", "GET", "/"+c.ID, ""); c.Taken != 25 || c.Due != nil {
		t.Errorf("brought by the sweep: %+v", c)
	}
	w.marked(c.ID, func(x *desk.Circular) {
		x.Back, x.Taken, x.TakenOf = 20, 20, x.TakenOf[:20]
		x.GoesOn("ana", w.Clock.Now())
	})
	w.Turn(2 * time.Minute)
	if c = w.circular("ana", "GET", "/"+c.ID, ""); c.State != "stopped" || c.Taken != 25 || c.Due != nil {
		t.Errorf("by the next: %+v", c)
	}
	if c = w.circular("ana", "POST", "/"+c.ID+"/stop", `{}`); c.Taken != 25 {
		t.Errorf("stopped once more: %+v", c)
	}
	w.Turn(3 * time.Minute)
	if got := replies(w.Desk); len(got) != 0 {
		t.Errorf("it left all the same: %d", len(got))
	}
}

// round prepares an answer to two as it stands when who gives it has died once he had noted to whom: it goes on by itself.
func (w *world) round(n int) (c work.Circular) {
	w.t.Helper()
	w.api = edge.AsAgent(w.API())
	c = w.circular("ana", "POST", "", fmt.Sprintf(`{"texts":{"en":"It leaves at %d."}}`, n))
	w.marked(c.ID, func(x *desk.Circular) {
		x.Part = 2
		x.GoesOn("ana", w.Clock.Now().Add(desk.CircularPatience))
	})
	return c
}

// The console dies when it has noted whom it gives an answer to, and then each write of who goes on with it breaks, in two of the four ways: it is not done, or he dies after it (a death before it
// leaves what the first does, and an error of what was done what the second does). All get one answer, signed for a rebuild.
func TestACircularThatGoesOnSurvivesWritesNotDoneAndDeathsAfter(t *testing.T) {
	f := &desktest.Fault{}
	w := &world{t: t}
	w.Desk = desktest.NewBroken(t, desktest.Options{Start: monday, Policy: two(t)}, f)
	w.api = edge.AsAgent(w.API())
	for n := range 2 {
		w.mail(n+1, "Storm", "When does my flight leave after the storm, please?")
	}
	w.Clock.Turn(time.Minute)
	c := w.round(0)
	first := len(f.Writes())
	for range 12 {
		if w.circular("ana", "GET", "/"+c.ID, "").State == "done" {
			break
		}
		w.Turn(10 * time.Second)
	}
	writes := f.Writes()[first:]
	w.given(c.ID, 0, "unbroken")
	if len(writes) < 5 {
		t.Fatalf("it is given by %v", writes)
	}
	rounds := 0
	for n, op := range writes {
		for _, mode := range []desktest.Mode{desktest.NotDone, desktest.After} {
			rounds++
			c := w.round(rounds)
			f.At, f.Mode = len(f.Writes())+n+1, mode
			what := fmt.Sprintf("%s of write %d, %s", mode, n+1, op)
			w.given(c.ID, rounds, what)
			if len(f.Writes()) < f.At {
				t.Errorf("%s: it did not strike", what)
			}
		}
	}
}

// given waits until a round's answer has left, and looks who got it.
func (w *world) given(id string, n int, what string) {
	w.t.Helper()
	w.Turn(6 * time.Minute)
	w.api = edge.AsAgent(w.API())
	if c := w.circular("ana", "GET", "/"+id, ""); c.State != "done" || c.Sent != 2 || c.Part != 0 {
		w.t.Errorf("%s: %+v", what, c)
	}
	for to, all := range replies(w.Desk) {
		once := 0
		for _, p := range all {
			if strings.Contains(p.Text, fmt.Sprintf("It leaves at %d.", n)) && p.Headers["X-Pronto-Possible-Duplicate"] == "" {
				once++
			}
		}
		if once != 1 {
			w.t.Errorf("%s: %s got it %d times", what, to, once)
		}
	}
	if lie := w.unsigned(); len(lie) > 0 {
		w.t.Fatalf("%s: without a note lie %v", what, lie)
	}
	_ = w.ask("ana", "DELETE", "/api/v1/circulars/"+id, "").is(200)
}

package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/infra/wiring"
	"pronto/shared/desk"
	"pronto/shared/setup"
)

// insists asks until it is done, as whoever has a key does: after each crash of a console that was started again.
func (w *world) insists(f *desktest.Fault, path, body, key string) work.Conversation {
	w.t.Helper()
	for try := 0; ; try++ {
		w.api = edge.AsAgent(w.API())
		res := w.ask("ana", "POST", path, body, "Idempotency-Key", key)
		if res.Code == http.StatusOK {
			return res.conversation()
		}
		if try == 5 || res.Code < 500 {
			w.t.Fatalf("try %d is answered %d: %s", try, res.Code, res.Body)
		}
		f.Restarted()
		w.Turn(time.Minute)
	}
}

// unnoted are the agents' words in the bucket that a rebuild would leave out.
func (w *world) unnoted() (all []string) {
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
		if _, ok := work.ReadJournal(head.Metadata); !ok {
			all = append(all, *o.Key)
		}
	}
	return all
}

// breaks does something once unbroken and then once for each write that it makes and each two of the four ways in which that breaks, the other two for the next of its kind, all on one desk. Each
// time exactly one mail leaves that says it is of this round, and any more are marked; nothing is left over without its note, and the day's sum holds.
func (w *world) breaks(f *desktest.Fault, do func(round int) work.Conversation) []string {
	w.t.Helper()
	kinds, round, struck := map[string]int{}, 0, 0
	once := func(what string) {
		w.t.Helper()
		c := do(round)
		w.Settle()
		w.Turn(12 * time.Minute)
		w.api = edge.AsAgent(w.API())
		left, marked := 0, 0
		for _, p := range w.Outbox() {
			if strings.Contains(p.Text, fmt.Sprintf("Round %d.", round)) {
				left++
				if p.Headers["X-Pronto-Possible-Duplicate"] != "" {
					marked++
				}
			}
		}
		if left-marked > 1 || left == 0 {
			w.t.Errorf("%s: %d left, %d of them marked", what, left, marked)
		}
		kept := 0
		for _, m := range w.ask("ana", "GET", conv(c.ID), "").conversation().Messages {
			if strings.Contains(m.Text, fmt.Sprintf("Round %d.", round)) {
				kept++
				if m.Delivery == nil || m.Delivery.State != desk.Delivered {
					w.t.Errorf("%s: it stands as %+v", what, m.Delivery)
				}
			}
		}
		if lie := w.unnoted(); kept != 1 || len(lie) > 0 {
			w.t.Fatalf("%s: it stands there %d times; without a note lie %v", what, kept, lie)
		}
	}
	first := len(f.Writes())
	once("unbroken")
	writes := f.Writes()[first:]
	for n, op := range writes {
		for _, mode := range [][]desktest.Mode{{desktest.NotDone, desktest.After}, {desktest.Done, desktest.Before}}[kinds[op]%2] {
			round++
			f.At, f.Mode = len(f.Writes())+n+1, mode
			once(fmt.Sprintf("%s of write %d, %s", mode, n+1, op))
			if len(f.Writes()) >= f.At {
				struck++
			}
		}
		kinds[op]++
	}
	if struck < 2*len(writes)-6 { // a round in which a block of a budget is leased has more writes than others
		w.t.Errorf("%d faults struck, of %d writes", struck, len(writes))
	}
	if sum := w.Day("2026-11-23"); !sum.Balanced {
		w.t.Errorf("the day's sum is %+v", sum)
	}
	return writes
}

// fragile is a desk in which f strikes.
func fragile(t *testing.T, f *desktest.Fault) *world {
	t.Helper()
	w := &world{t: t}
	w.Desk = desktest.NewBroken(t, desktest.Options{Start: monday, Policy: two(t)}, f)
	w.api = edge.AsAgent(w.API())
	return w
}

// Ana forwards a mail with a picture to somebody outside, and insists. Whatever write fails, and however, he has it once, or twice and marked, and the customer is owed what she was owed.
func TestAForwardSurvivesEveryFault(t *testing.T) {
	f := &desktest.Fault{}
	w := fragile(t, f)
	id := w.pictured()
	before := w.ask("ana", "GET", conv(id), "").conversation()
	writes := w.breaks(f, func(round int) work.Conversation {
		of := kinds(before, "message")[0].ID
		return w.insists(f, conv(id, "forward"), fmt.Sprintf(`{"to":"desk@belts.example","text":"Round %d.","messages":[%q],"attachments":["%s/0"]}`, round, of, of), fmt.Sprint("forward ", round))
	})
	c := w.ask("ana", "GET", conv(id), "").conversation()
	if len(writes) < 8 || len(c.Thirds) != 1 || c.Promise == nil || !c.Promise.By.Equal(before.Promise.By) {
		t.Errorf("%d writes; afterwards it stands as %+v, %+v", len(writes), c.Thirds, c.Promise)
	}
}

// Ana writes first, each time to somebody else, and insists.
func TestALetterSurvivesEveryFault(t *testing.T) {
	f := &desktest.Fault{}
	w := fragile(t, f)
	began := map[string]bool{}
	writes := w.breaks(f, func(round int) work.Conversation {
		c := w.insists(f, start, fmt.Sprintf(`{"to":"b%d@booking.example","subject":"Your flight","text":"Round %d."}`, round, round), fmt.Sprint("letter ", round))
		if began[c.ID] || c.Status != desk.StatusPending || c.Promise != nil {
			t.Errorf("round %d: %+v", round, c)
		}
		began[c.ID] = true
		return c
	})
	if len(writes) < 6 {
		t.Errorf("it is written by %v", writes)
	}
}

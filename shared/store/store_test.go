package store_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/dynamodb"
	"pronto/infra/local/faults"
	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
	"pronto/shared/triage"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)
)

// world is a fresh table and what a test needs to act on it.
type world struct {
	*testing.T
	local  *dynamodb.Service
	url    string
	policy *policy.Policy
	keys   desk.Keys
}

func fresh(t *testing.T) *world {
	t.Helper()
	db, err := disk.Open(filepath.Join(t.TempDir(), "aws.db"), disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	local, err := dynamodb.New(db, clock.Stopped(noon))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(local)
	t.Cleanup(func() { srv.Close(); db.Close() })
	book, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, problems := policy.Parse("policy.yaml", book)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	keys, err := desk.NewKeys([]byte(strings.Repeat("store", 8)))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, local: local, url: srv.URL, policy: p, keys: keys}
	if err := store.TheSchema().Create(ctx, w.client(nil), "pronto"); err != nil {
		t.Fatal(err)
	}
	return w
}

// client is a real SDK client; walk, when not nil, breaks its writes.
func (w *world) client(walk *faults.Walk) *awsdynamodb.Client {
	return awsdynamodb.New(awsdynamodb.Options{
		Region: "us-east-1", BaseEndpoint: &w.url, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), Retryer: aws.NopRetryer{},
	}, func(o *awsdynamodb.Options) {
		if walk != nil {
			o.APIOptions = append(o.APIOptions, walk.Middleware)
		}
	})
}

func (w *world) store(walk *faults.Walk) *store.Store { return store.New(w.client(walk), "pronto") }

// mail is the event of a mail from sender, opening a conversation of its own.
func (w *world) mail(n int, sender, text string) desk.Received {
	id := fmt.Sprintf("ses-%d", n)
	address := sender + "@customer.example"
	ev := desk.Received{
		Subject: desk.Subject{
			Channel: desk.Email, Contact: w.keys.Contact("acme-air", desk.Email, address), Delivery: id,
			Keys: []string{w.keys.Message("acme-air", desk.Email, "mid-"+id), w.keys.Message("acme-air", desk.Email, id)},
		},
		Digest:    w.keys.Digest(text),
		Judgement: triage.Default(triage.Input{Text: text}), InReplyTo: id + "@customer.example", Proved: true,
		Message: desk.Message{
			ID: w.keys.Message("acme-air", desk.Email, id), ProviderID: id, Direction: "in", Kind: "message", At: noon,
			Author: channel.Party{Name: sender, Address: address}, Excerpt: text, Raw: "mail/" + id, Subject: "My journey",
		},
	}
	ev.Ref = desk.Ref{Brand: "acme-air", Conversation: w.keys.Conversation("acme-air", desk.Email, id, address)}
	return ev
}

func (w *world) turn(s *store.Store, ev desk.Received) (desk.Decision, error) {
	return s.Turn(ctx, ev, func(f desk.Facts) desk.Decision {
		f.Budget = desk.Budget{Domain: true, Brand: true}
		return desk.Decide(f, ev, w.policy, noon)
	})
}

func (w *world) must(d desk.Decision, err error) desk.Decision {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	return d
}

func (w *world) sum(day string) store.Sum {
	w.Helper()
	s, err := w.store(nil).Sum(ctx, "acme-air", day)
	if err != nil {
		w.Fatal(err)
	}
	if !s.Balanced() {
		w.Fatalf("the sum of %s does not hold: %+v", day, s)
	}
	return s
}

func TestCreateIsRepeatable(t *testing.T) {
	w := fresh(t)
	if err := store.TheSchema().Create(ctx, w.client(nil), "pronto"); err != nil {
		t.Fatal(err)
	}
}

func TestATurnIsTakenOnce(t *testing.T) {
	w := fresh(t)
	ev := w.mail(1, "mira", "My bag is lost!")
	if d := w.must(w.turn(w.store(nil), ev)); d.Nothing || len(d.Effects) != 1 {
		t.Fatalf("first: %+v", d)
	}
	if d := w.must(w.turn(w.store(nil), ev)); !d.Nothing {
		t.Fatalf("second delivery: %+v", d)
	}
	if s := w.sum("2026-11-23"); s.Received != 1 || s.InFlight != 1 {
		t.Fatalf("sum %+v", s)
	}
}

// The fault table: whichever write breaks, persisted or not, the mail is taken exactly once when its queue has delivered it again.
func TestTurnSurvivesEveryBrokenWrite(t *testing.T) {
	for _, persisted := range []bool{false, true} {
		for at := 1; ; at++ {
			w := fresh(t)
			walk := &faults.Walk{FailAt: at, Persisted: persisted}
			broken := w.store(walk)
			ev := w.mail(1, "mira", "My bag is lost!")
			if _, err := w.turn(broken, ev); err != nil && !errors.Is(err, faults.ErrInjected) {
				t.Fatal(err)
			}
			n := len(walk.Writes())
			w.must(w.turn(w.store(nil), ev)) // delivered again
			w.once(ev)
			if n < at {
				break
			}
		}
	}
}

// once checks that a mail has one turn, one message and one effect, in flight.
func (w *world) once(ev desk.Received) {
	w.Helper()
	c, err := w.store(nil).Conversation(ctx, ev.Ref)
	if err != nil || c == nil || c.Sequence != 1 || c.Messages != 1 {
		w.Fatalf("conversation %+v, %v", c, err)
	}
	if s := w.sum("2026-11-23"); s.Received != 1 || s.InFlight != 1 {
		w.Fatalf("sum %+v", s)
	}
}

func TestManyWorkersOnOneEvent(t *testing.T) {
	w := fresh(t)
	ev := w.mail(1, "mira", "My bag is lost!")
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			if _, err := w.turn(w.store(nil), ev); err != nil && !errors.Is(err, store.ErrBusy) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	w.once(ev)
}

func TestManyMessagesOfOneConversationAtOnce(t *testing.T) {
	w := fresh(t)
	first := w.mail(0, "mira", "My bag is lost!")
	var wg sync.WaitGroup
	const n = 8
	for i := range n {
		wg.Go(func() {
			ev := w.mail(i, "mira", fmt.Sprintf("Part %d of my story.", i))
			ev.Ref = first.Ref
			for {
				if _, err := w.turn(w.store(nil), ev); err == nil {
					return
				} else if !errors.Is(err, store.ErrBusy) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	c, err := w.store(nil).Conversation(ctx, first.Ref)
	if err != nil || c.Sequence != n || c.Messages != n {
		t.Fatalf("%+v, %v", c, err)
	}
	if s := w.sum("2026-11-23"); s.Received != n || s.InFlight != n {
		t.Fatalf("sum %+v: all share the first receipt", s)
	}
}

func TestAStrangersMessageIDCapturesNothing(t *testing.T) {
	w := fresh(t)
	ev := w.mail(1, "mira", "My bag is lost!")
	w.must(w.turn(w.store(nil), ev))
	forged := w.mail(2, "mallory", "My bag is lost, too!")
	forged.Keys[0] = ev.Keys[0] // the same Message-ID
	if d := w.must(w.turn(w.store(nil), forged)); d.Nothing || len(d.Effects) != 1 || d.Conversation.Conversation == ev.Conversation {
		t.Fatalf("%+v", d)
	}
	found, err := w.store(nil).Find(ctx, "acme-air", desk.Email, ev.Keys[:1])
	if err != nil || len(found) != 1 || found[0].Contact != ev.Contact {
		t.Fatalf("the id leads to %+v, %v", found, err)
	}
	if s := w.sum("2026-11-23"); s.Received != 2 {
		t.Fatalf("sum %+v", s)
	}
}

func (w *world) effect(n int) desk.Effect {
	w.Helper()
	d := w.must(w.turn(w.store(nil), w.mail(n, fmt.Sprintf("mira%d", n), "My bag is lost!")))
	return d.Effects[0]
}

func TestAnEffectIsClaimedByOne(t *testing.T) {
	w := fresh(t)
	e := w.effect(1)
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 12 {
		wg.Go(func() {
			got, mine, err := w.store(nil).Claim(ctx, e.Ref, e.ID, noon)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if mine {
				won++
				if got.Attempts != 1 || got.Unsure || got.State != desk.Sending || got.Receipt.To != e.Receipt.To {
					t.Errorf("claimed %+v", got)
				}
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Fatalf("%d claims won", won)
	}
}

func TestAClaimIsBelievedForAWhile(t *testing.T) {
	w, s := fresh(t), (*store.Store)(nil)
	s = w.store(nil)
	e := w.effect(1)
	if _, mine, err := s.Claim(ctx, e.Ref, e.ID, noon); !mine || err != nil {
		t.Fatal(mine, err)
	}
	if _, mine, _ := s.Claim(ctx, e.Ref, e.ID, noon.Add(store.Patience-time.Second)); mine {
		t.Fatal("claimed while another may be sending")
	}
	again, mine, err := s.Claim(ctx, e.Ref, e.ID, noon.Add(store.Patience))
	if err != nil || !mine || !again.Unsure || again.Attempts != 2 {
		t.Fatalf("%+v %v %v: want a second try marked as possible duplicate", again, mine, err)
	}
	if _, mine, _ := s.Claim(ctx, desk.Ref{Brand: "acme-air", Conversation: "forgotten"}, e.ID, noon); mine {
		t.Fatal("claimed what does not exist")
	}
}

func TestHowAnEffectEnds(t *testing.T) {
	for name, end := range map[string]func(*store.Store, desk.Effect) error{
		"accepted": func(s *store.Store, e desk.Effect) error { return s.Settle(ctx, e, "thread", "ses-id") },
		"failed":   func(s *store.Store, e desk.Effect) error { return s.Fail(ctx, e, "refused_by_provider") },
	} {
		for _, persisted := range []bool{false, true} {
			w := fresh(t)
			e := w.effect(1)
			e, mine, err := w.store(nil).Claim(ctx, e.Ref, e.ID, noon)
			if err != nil || !mine {
				t.Fatal(mine, err)
			}
			if err := end(w.store(&faults.Walk{FailAt: 1, Persisted: persisted}), e); !errors.Is(err, faults.ErrInjected) {
				t.Fatalf("%s: %v", name, err)
			}
			for range 2 { // again, and once too often
				if err := end(w.store(nil), e); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			got, ok, err := w.store(nil).Effect(ctx, e.Ref, e.ID)
			if err != nil || !ok || string(got.State) != name {
				t.Fatalf("%s: %+v %v", name, got, err)
			}
			s := w.sum("2026-11-23")
			if name == "accepted" && s.Receipted != 1 || name == "failed" && s.Failed != 1 || s.InFlight != 0 {
				t.Fatalf("%s: sum %+v", name, s)
			}
			if due := w.due(noon.Add(24 * time.Hour)); len(due) > 0 {
				t.Fatalf("%s: still due %+v", name, due)
			}
		}
	}
}

// The key of what left is written before its effect is settled, so whoever dies between the two leaves nothing that leads nowhere: each write is broken in turn, and what
// is left is found by the customer's answer and settled by SES's event.
func TestBetweenTheKeyAndTheEffect(t *testing.T) {
	for at := 1; at <= 2; at++ {
		for _, persisted := range []bool{false, true} {
			w := fresh(t)
			e := w.effect(1)
			e, _, _ = w.store(nil).Claim(ctx, e.Ref, e.ID, noon)
			if err := w.store(&faults.Walk{FailAt: at, Persisted: persisted}).Settle(ctx, e, "thread", "ses-id"); !errors.Is(err, faults.ErrInjected) {
				t.Fatalf("write %d: %v", at, err)
			}
			found, err := w.store(nil).Find(ctx, "acme-air", desk.Email, []string{"thread"})
			if led := len(found) == 1; err != nil || led != (at == 2 || persisted) {
				t.Errorf("write %d, persisted %v: found %+v, %v", at, persisted, found, err)
			}
			if err := w.store(nil).Settle(ctx, e, "thread", "ses-id"); err != nil {
				t.Fatal(err)
			}
			if now, _, err := w.store(nil).Effect(ctx, e.Ref, e.ID); err != nil || now.State != desk.Accepted {
				t.Errorf("write %d: %+v, %v", at, now, err)
			}
		}
	}
}

func TestWhatIsSettledLeadsBack(t *testing.T) {
	w := fresh(t)
	e := w.effect(1)
	e, _, _ = w.store(nil).Claim(ctx, e.Ref, e.ID, noon)
	if err := w.store(nil).Settle(ctx, e, "thread", "ses-id"); err != nil {
		t.Fatal(err)
	}
	found, err := w.store(nil).Find(ctx, "acme-air", desk.Email, []string{"unknown", "thread"})
	want := store.Found{Conversation: e.Conversation, Contact: e.Contact, Effect: e.ID, Delivery: "ses-id"}
	if err != nil || len(found) != 1 || found[0] != want {
		t.Fatalf("found %+v, %v; want %+v", found, err, want)
	}
}

func TestTheSweepFindsWhatIsOverdue(t *testing.T) {
	w := fresh(t)
	e := w.effect(1)
	s := w.store(nil)
	if due := w.due(noon.Add(time.Minute)); len(due) != 0 {
		t.Fatalf("due at once: %+v", due)
	}
	due := w.due(noon.Add(3 * time.Minute))
	if len(due) != 1 || due[0].ID != e.ID || due[0].Lane != desk.LanePriority {
		t.Fatalf("due %+v", due)
	}
	if err := s.Postpone(ctx, due[0], noon.Add(3*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := s.Postpone(ctx, due[0], noon.Add(9*time.Minute)); err != nil {
		t.Fatal(err) // a second sweep lost the race: no error
	}
	if due := w.due(noon.Add(4 * time.Minute)); len(due) != 0 {
		t.Fatalf("armed twice: %+v", due)
	}
	claimed, mine, err := s.Claim(ctx, e.Ref, e.ID, noon.Add(5*time.Minute))
	if err != nil || !mine {
		t.Fatal(mine, err)
	}
	if err := s.Release(ctx, claimed, noon.Add(20*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if due := w.due(noon.Add(19 * time.Minute)); len(due) != 0 {
		t.Fatalf("put off until 20 minutes, but due %+v", due)
	}
	if _, mine, err := s.Claim(ctx, e.Ref, e.ID, noon.Add(21*time.Minute)); err != nil || !mine {
		t.Fatalf("released, but %v %v", mine, err)
	}
}

func (w *world) due(now time.Time) (all []store.Overdue) {
	w.Helper()
	for sh := range store.Shards {
		due, err := w.store(nil).Due(ctx, sh, now, 100)
		if err != nil {
			w.Fatal(err)
		}
		for _, o := range due {
			if o.ID != "" {
				all = append(all, o)
			}
		}
	}
	return all
}

// clocks are the conversations whose clock the sweep finds.
func (w *world) clocks(now time.Time) (all []store.Overdue) {
	w.Helper()
	for sh := range store.Shards {
		due, err := w.store(nil).Due(ctx, sh, now, 100)
		if err != nil {
			w.Fatal(err)
		}
		for _, o := range due {
			if o.ID == "" {
				all = append(all, o)
			}
		}
	}
	return all
}

func TestTheSweepFindsClocksInTimeToArmThem(t *testing.T) {
	w := fresh(t)
	d := w.must(w.turn(w.store(nil), w.mail(1, "mira", "My bag is lost!")))
	next := *d.Conversation.Next
	if c := w.clocks(next.Add(-store.Ahead)); len(c) != 0 {
		t.Fatalf("found too early: %+v", c)
	}
	look := next.Add(-store.Ahead).Add(time.Second)
	c := w.clocks(look)
	if len(c) != 1 || !c[0].At.Equal(next) || c[0].Lane != desk.LaneWake || c[0].Conversation != d.Conversation.Conversation {
		t.Fatalf("clocks %+v, want %v", c, next)
	}
	if err := w.store(nil).Postpone(ctx, c[0], look); err != nil {
		t.Fatal(err)
	}
	if c := w.clocks(next.Add(time.Minute)); len(c) != 0 {
		t.Fatalf("armed twice: %+v", c)
	}
	// Its message was lost: a minute after its time it is found again, with the time at which it was due.
	if c := w.clocks(next.Add(time.Minute + time.Second)); len(c) != 1 || !c[0].At.Equal(next) {
		t.Fatalf("a lost clock is %+v", c)
	}
}

func TestTheSumOfADay(t *testing.T) {
	w := fresh(t)
	s := w.store(nil)
	sent := w.effect(1)
	sent, _, _ = s.Claim(ctx, sent.Ref, sent.ID, noon)
	if err := s.Settle(ctx, sent, "thread", "x"); err != nil {
		t.Fatal(err)
	}
	w.effect(2) // in flight
	silent := w.mail(3, "robot", "I am away.")
	silent.Silence, silent.Machine = "auto_submitted", true
	w.must(w.turn(s, silent))
	shared := w.mail(4, "mira1", "And it is red.") // the next day by the clock of arrival, shares the receipt of the day before
	shared.Ref = sent.Ref
	shared.Message.At = noon.Add(90 * time.Second)
	w.must(w.turn(s, shared))
	for range 2 {
		if err := s.Hold(ctx, desk.Held{Brand: "acme-air", ID: "h1", At: noon, Channel: desk.Email, Reason: desk.HoldUnreadable}); err != nil {
			t.Fatal(err)
		}
	}
	got := w.sum("2026-11-23")
	if got.Received != 5 || got.Receipted != 2 || got.InFlight != 1 || got.Suppressed["auto_submitted"] != 1 || got.Held["unreadable"] != 1 {
		t.Fatalf("sum %+v", got)
	}
	if got := w.sum("2026-11-24"); got.Received != 0 {
		t.Fatalf("the day after: %+v", got)
	}
}

func TestAReceiptSharedOverMidnight(t *testing.T) {
	w := fresh(t)
	s := w.store(nil)
	late := time.Date(2026, 11, 23, 23, 59, 30, 0, time.UTC)
	first := w.mail(1, "mira", "My bag is lost!")
	first.Message.At = late
	e := w.must(w.turn(s, first)).Effects[0]
	next := w.mail(2, "mira", "It is red.")
	next.Ref, next.Message.At = first.Ref, late.Add(time.Minute)
	w.must(w.turn(s, next))
	if got := w.sum("2026-11-24"); got.Received != 1 || got.InFlight != 1 {
		t.Fatalf("under way: %+v", got)
	}
	e, _, _ = s.Claim(ctx, e.Ref, e.ID, noon)
	if err := s.Settle(ctx, e, "thread", "x"); err != nil {
		t.Fatal(err)
	}
	if got := w.sum("2026-11-24"); got.Received != 1 || got.Receipted != 1 {
		t.Fatalf("sent the day before: %+v", got)
	}
}

func TestBudgetsOfManyProcessesNeverSendMore(t *testing.T) {
	w := fresh(t)
	const limit = 230
	var processes []*store.Budgets
	for range 5 {
		processes = append(processes, store.NewBudgets(w.store(nil)))
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	taken := 0
	for i := range 400 {
		wg.Go(func() {
			ok, err := processes[i%5].Take(ctx, "acme-air", "domain", limit, noon)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if ok {
				taken++
			}
		})
	}
	wg.Wait()
	if taken > limit || taken < limit-5*4 {
		t.Fatalf("%d given out of %d", taken, limit)
	}
	for _, p := range processes {
		if ok, err := p.Take(ctx, "acme-air", "domain", limit, noon.Add(time.Hour)); !ok || err != nil {
			t.Fatalf("the next hour: %v %v", ok, err)
		}
	}
}

func TestABudgetInOneProcessIsExact(t *testing.T) {
	w := fresh(t)
	b := store.NewBudgets(w.store(nil))
	taken := 0
	for range 300 {
		if ok, err := b.Take(ctx, "acme-air", "domain", 200, noon); err != nil {
			t.Fatal(err)
		} else if ok {
			taken++
		}
	}
	if taken != 200 {
		t.Fatalf("%d given out of 200", taken)
	}
	b.GiveBack("acme-air", "domain", noon)
	if ok, _ := b.Take(ctx, "acme-air", "domain", 200, noon); !ok {
		t.Fatal("what was given back is lost")
	}
}

// What a first mail costs on the table, turn to settled receipt: the budget of the design is 22 write units.
func TestWriteUnitsOfAMail(t *testing.T) {
	w := fresh(t)
	before := w.units()
	ev := w.mail(1, "mira", "My suitcase has not arrived, I have been waiting for two days and nobody answers the telephone. "+strings.Repeat("Where is it? ", 20))
	e := w.must(w.turn(w.store(nil), ev)).Effects[0]
	if ok, err := store.NewBudgets(w.store(nil)).Take(ctx, "acme-air", "domain", 200, noon); !ok || err != nil {
		t.Fatal(ok, err)
	}
	e, _, _ = w.store(nil).Claim(ctx, e.Ref, e.ID, noon)
	if err := w.store(nil).Settle(ctx, e, "thread", "x"); err != nil {
		t.Fatal(err)
	}
	if got := w.units() - before; got > 22 {
		t.Fatalf("%v write units on the table, want at most 22", got)
	} else {
		t.Logf("%v write units on the table", got)
	}
}

func (w *world) units() (n float64) {
	for _, u := range w.local.Usage() {
		n += u.TableWrite
	}
	return n
}

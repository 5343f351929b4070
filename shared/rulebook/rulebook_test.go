package rulebook_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/infra/local/desktest"
	"pronto/infra/wiring"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
	"pronto/shared/store"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// world is a desk whose rule book Ana and Marta lead.
type world struct {
	*desktest.Desk
	*testing.T
	file string
}

func open(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, file: filepath.Join(t.TempDir(), "policy.yaml")}
	write(t, w.file, book(t))
	w.Desk = desktest.New(t, desktest.Options{Start: monday, Policy: w.file})
	return w
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// book is the example's, with two leads.
func book(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(b), "role: agent", "role: lead", 1)
}

const (
	everyday = "    room: 30\n    team:\n"
	outward  = "    signature: Acme Air, 1 Long Street\n    team:\n"
)

// with is the rule book with a key more.
func with(text, key string) string { return strings.Replace(text, "    team:\n", key, 1) }

// book is where the versions are, as somebody with this file sees it.
func (w *world) book(file string) *rulebook.Book {
	w.Helper()
	body, p, problems, err := rulebook.ReadFile(file)
	if err != nil || len(problems) > 0 {
		w.Fatal(err, problems)
	}
	return &rulebook.Book{
		Store: store.New(dynamodb.NewFromConfig(w.Setup.AWS), wiring.Table), Bucket: rulebook.Bucket{S3: w.Setup.S3(), Name: wiring.Bucket}, File: body, Policy: p, Now: w.Setup.Now,
	}
}

// follow is a function that is deployed with a file, and tells by which version it goes.
func (w *world) follow(file string) func() string {
	w.Helper()
	own := *w.Setup
	own.Env = func(name string) string {
		if name == setup.Policy {
			return file
		}
		return w.Setup.Env(name)
	}
	f, err := rulebook.Follow(w.Context(), &own, func(_ context.Context, s *setup.Setup) (string, error) {
		p, err := s.Policy()
		if err != nil {
			return "", err
		}
		return p.Version, nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return func() string { return f.Now(w.Context()) }
}

var (
	ana   = standing("ana")
	marta = standing("marta")
)

// standing is an agent who has left no brand.
func standing(id string) rulebook.Who {
	return rulebook.Who{ID: id, Brands: []string{"acme-air", "other-air"}}
}

// code is a refusal's.
func code(err error) desk.RulesRefusal {
	var no *rulebook.Refused
	if errors.As(err, &no) {
		return no.Code
	}
	return ""
}

// What one lead may do stands at once; functions that are warm take it up within half a minute, and back it goes in one step.
func TestAnEverydayChangeIsTakenUpAndGoneBackFrom(t *testing.T) {
	w := open(t)
	b, warm := w.book(w.file), w.follow(w.file)
	file := b.Policy.Version
	r, err := b.Propose(t.Context(), ana, rulebook.Proposal{Text: with(b.File.Policy, everyday), Parent: file, Why: "many wait"})
	if err != nil || r.State != desk.RulesApproved || r.Reach != policy.House {
		t.Fatalf("%+v: %v", r, err)
	}
	if warm() != file {
		t.Error("it was asked for before its time")
	}
	w.Clock.Turn(rulebook.Every)
	if warm() != r.Version || w.follow(w.file)() != r.Version {
		t.Errorf("a warm function goes by %s, a new one by %s; %s stands", warm(), w.follow(w.file)(), r.Version)
	}
	if _, err := b.Rollback(t.Context(), marta, file, "", ""); code(err) != desk.RulesOvertaken {
		t.Errorf("from a version that does not stand: %v", err)
	}
	if back, err := b.Rollback(t.Context(), marta, r.Version, "", "no"); err != nil || back.Version != file {
		t.Fatalf("%+v: %v", back, err)
	}
	w.Clock.Turn(rulebook.Every)
	if warm() != file {
		t.Errorf("after going back a function goes by %s", warm())
	}
	for _, stood := range []string{b.File.Policy, with(b.File.Policy, everyday)} { // its row is the way back: it is not written over
		if _, err := b.Propose(t.Context(), ana, rulebook.Proposal{Text: stood}); code(err) != desk.RulesStood && code(err) != desk.RulesSame {
			t.Errorf("what has stood, proposed anew: %v", err)
		}
	}
	if again, err := b.Rollback(t.Context(), ana, file, r.Version, ""); err != nil || again.Version != r.Version {
		t.Errorf("forward again: %+v, %v", again, err)
	}
	if _, err := b.Rollback(t.Context(), ana, r.Version, "nothing", ""); code(err) != desk.RulesUnknown {
		t.Errorf("to what there is not: %v", err)
	}
}

// Who changes one brand's block is told of lines of that block alone.
func TestABlocksLinesAreItsOwn(t *testing.T) {
	w := open(t)
	text := strings.Replace(book(t), "\nagents:\n", `
  - id: other-air
    name: Other Air
    language: en
    time_zone: Europe/Rome
    addresses: [care@other.example]
    reply_domain: reply.other.example
    rota: {layers: [{rotation: weekly, start: 2026-01-05, hand_over: monday 09:00, agents: [ana]}]}

agents:
`, 1)
	write(t, w.file, text)
	b := w.book(w.file)
	block := policy.Block([]byte(text), "acme-air")
	d, err := b.Draft(t.Context(), ana, rulebook.Proposal{Brand: "acme-air", Text: strings.TrimRight(block, "\n") + "\n    room: 30\n"})
	if err != nil || len(d.Lines) == 0 {
		t.Fatalf("%+v: %v", d, err)
	}
	for _, l := range d.Lines {
		if !strings.Contains(block, l.Text) && !strings.Contains(l.Text, "room") {
			t.Errorf("line %q is not of the block", l.Text)
		}
	}
}

// What customers would read waits for another lead, who is not its author, for three days.
func TestWhatLeavesTheHouseWaitsForAnotherLead(t *testing.T) {
	w := open(t)
	b := w.book(w.file)
	ctx := t.Context()
	p := rulebook.Proposal{Text: with(b.File.Policy, outward), Parent: b.Policy.Version, Why: "the law"}
	r, err := b.Propose(ctx, ana, p)
	if err != nil || r.State != desk.RulesProposed || r.Reach != policy.Away {
		t.Fatalf("%+v: %v", r, err)
	}
	if _, err := b.Approve(ctx, ana, r.Version); code(err) != desk.RulesOwn {
		t.Errorf("her own: %v", err)
	}
	if _, err := b.Approve(ctx, standing("oleg"), r.Version); code(err) != desk.RulesNotYours {
		t.Errorf("no lead: %v", err)
	}
	if _, err := b.Rollback(ctx, ana, "", r.Version, ""); code(err) != desk.RulesNever {
		t.Errorf("by going back to what never stood: %v", err)
	}
	if _, err := b.Refuse(ctx, marta, r.Version, "not so"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Approve(ctx, marta, r.Version); code(err) != desk.RulesEnded {
		t.Errorf("refused: %v", err)
	}
	if r, err = b.Propose(ctx, ana, p); err != nil || r.State != desk.RulesProposed {
		t.Fatalf("once more: %+v, %v", r, err)
	}
	w.Clock.Turn(desk.RulesWait)
	if _, err := b.Approve(ctx, marta, r.Version); code(err) != desk.RulesExpired {
		t.Errorf("three days later: %v", err)
	}
	if r, err = b.Propose(ctx, ana, p); err != nil {
		t.Fatal(err)
	}
	if r, err = b.Approve(ctx, marta, r.Version); err != nil || r.Decided != "marta" || w.follow(w.file)() != r.Version {
		t.Errorf("%+v: %v", r, err)
	}
	if again, err := b.Approve(ctx, marta, r.Version); err != nil || again.Version != r.Version {
		t.Errorf("pressed twice: %v", err)
	}
	operator := rulebook.Who{ID: "operator:admin", Operator: true}
	next := rulebook.Proposal{Text: strings.Replace(with(b.File.Policy, outward), "Long Street", "Short Street", 1), Why: "moved"}
	if r, err = b.Propose(ctx, operator, next); err != nil || r.State != desk.RulesProposed {
		t.Fatalf("an operator is a first person, too: %+v, %v", r, err)
	}
	if _, err := b.Approve(ctx, operator, r.Version); code(err) != desk.RulesOwn {
		t.Errorf("and not the second: %v", err)
	}
	if _, err := b.Refuse(ctx, operator, r.Version, ""); err != nil {
		t.Error(err)
	}
}

// Of two proposals made of the same version, the second is overtaken, whether it is proposed later or agreed to later, or at the same time.
func TestTheSecondIsOvertaken(t *testing.T) {
	w := open(t)
	b, ctx := w.book(w.file), t.Context()
	parent := b.Policy.Version
	r, err := b.Propose(ctx, ana, rulebook.Proposal{Text: with(b.File.Policy, outward), Parent: parent})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for n := range errs {
		wg.Go(func() {
			text := with(b.File.Policy, strings.Replace(everyday, "30", string(rune('2'+n)), 1))
			_, errs[n] = b.Propose(ctx, marta, rulebook.Proposal{Text: text, Parent: parent})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if code(err) != desk.RulesOvertaken {
			t.Errorf("at the same time: %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of four stand", won)
	}
	if _, err := b.Approve(ctx, marta, r.Version); code(err) != desk.RulesOvertaken {
		t.Errorf("agreed to later: %v", err)
	}
	if s, err := b.Standing(ctx); err != nil || s.Head.Version == parent || s.Of(s.Head.Version).Parent != parent {
		t.Errorf("%+v: %v", s.Head, err)
	}
}

// While two programs with two files run beside each other, each goes by its own; what was changed on the old file is not in the new one, and that is said.
func TestADeploymentBeginsWithItsFile(t *testing.T) {
	w := open(t)
	b, ctx := w.book(w.file), t.Context()
	r, err := b.Propose(ctx, ana, rulebook.Proposal{Text: with(b.File.Policy, everyday)})
	if err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(t.TempDir(), "policy.yaml")
	write(t, fresh, with(book(t), outward))
	old, canary, next := w.follow(w.file), w.follow(fresh), w.book(fresh)
	if old() != r.Version || canary() != next.Policy.Version {
		t.Errorf("the old program goes by %s, the new one by %s", old(), canary())
	}
	if done, err := next.Publish(ctx); err != nil || !done {
		t.Fatalf("%v, %v", done, err)
	}
	if done, err := next.Publish(ctx); err != nil || done {
		t.Errorf("a second time: %v, %v", done, err)
	}
	s, err := next.Standing(ctx)
	if err != nil || s.Left() != r.Version {
		t.Errorf("what is left behind: %q, %v", s.Left(), err)
	}
	w.Clock.Turn(rulebook.Every)
	if old() != r.Version || canary() != next.Policy.Version {
		t.Errorf("after it was written down the old program goes by %s, the new one by %s", old(), canary())
	}
	w.Clock.Turn(time.Second)
	if back, err := next.Rollback(ctx, marta, "", "", ""); err != nil || back.Version != r.Version {
		t.Fatalf("back over a deployment: %+v, %v", back, err)
	}
	w.Clock.Turn(rulebook.Every)
	if canary() != r.Version {
		t.Errorf("the new program goes by %s", canary())
	}
}

// What cannot be read, or is not what was agreed to, is not taken up: what stood stays, the ledger says so, and the desk goes on.
func TestABrokenVersionStopsNothing(t *testing.T) {
	w := open(t)
	b, ctx, warm := w.book(w.file), t.Context(), w.follow(w.file)
	r, err := b.Propose(ctx, ana, rulebook.Proposal{Text: with(b.File.Policy, everyday)})
	if err != nil {
		t.Fatal(err)
	}
	put := func(body string) {
		_, err := w.Setup.S3().PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(wiring.Bucket), Key: aws.String(setup.PolicyPrefix + r.Sum), Body: strings.NewReader(body)})
		if err != nil {
			t.Fatal(err)
		}
	}
	good, err := w.Setup.S3().GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(wiring.Bucket), Key: aws.String(setup.PolicyPrefix + r.Sum)})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(good.Body)
	if err != nil {
		t.Fatal(err)
	}
	kept := string(raw)
	put(strings.Replace(kept, "Acme Air", "Evil Air", 1))
	w.Clock.Turn(rulebook.Every)
	if warm() != b.Policy.Version || w.follow(w.file)() != b.Policy.Version {
		t.Error("something else than what was agreed to is gone by")
	}
	told := 0
	for _, l := range w.Ledger.Lines() {
		if strings.Contains(string(l), `"not_taken_up"`) {
			told++
		}
	}
	if told < 2 {
		t.Errorf("the ledger tells of it %d times", told)
	}
	w.Schedule("reconcile")
	if errs := w.Errors(); len(errs) != 1 || !errors.Is(errs[0], rulebook.ErrNotTakenUp) {
		t.Errorf("nothing rings: %v", errs)
	}
	if s, err := b.Standing(ctx); err != nil || s.Broken == "" || s.Policy.Version != b.Policy.Version {
		t.Errorf("who looks is not told: %+v, %v", s, err)
	}
	w.SendMail("ada@home.example", "From: ada@home.example\nTo: care@acme.example\nSubject: Hello\nMessage-ID: <1@home.example>\n\nWhere is my bag?\n", "care@acme.example")
	w.Settle()
	if len(w.Outbox()) != 1 {
		t.Error("the desk stands still")
	}
	put(kept)
	w.Clock.Turn(rulebook.Every)
	if warm() != r.Version {
		t.Error("mended, and not taken up")
	}
	w.Schedule("reconcile")
	if errs := w.Errors(); len(errs) != 0 {
		t.Errorf("mended, and it rings: %v", errs)
	}
}

// A change breaks at every write, in every way; made once more it stands, once, with one line in the audit.
func TestAChangeSurvivesEveryFault(t *testing.T) {
	story := func(t *testing.T, d *desktest.Desk) {
		w := &world{T: t, Desk: d}
		b := w.book(filepath.Join("..", "..", "policy.yaml"))
		for range 4 {
			_, err := b.Propose(t.Context(), ana, rulebook.Proposal{Text: with(b.File.Policy, everyday), Why: "many wait"})
			if err == nil || code(err) == desk.RulesSame {
				return
			}
			d.Turn(time.Minute) // started again after a crash
		}
		t.Error("it was never made")
	}
	check := func(t *testing.T, d *desktest.Desk) {
		w := &world{T: t, Desk: d}
		b := w.book(filepath.Join("..", "..", "policy.yaml"))
		s, err := b.Standing(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if s.Head.Version == s.Head.File || s.Broken != "" {
			t.Errorf("%+v", s.Head)
		}
		changes, _, err := b.Store.Changes(t.Context(), "acme-air", "", d.Setup.Now(), 10)
		if err != nil || len(changes) != 1 || changes[0].Name != desk.RulesActivated || changes[0].By != "ana" {
			t.Errorf("the audit has %+v: %v", changes, err)
		}
	}
	if writes := desktest.Walk(t, desktest.Options{Start: monday}, story, check); len(writes) != 3 { // the change's body, that of the file which it changes, and one commit
		t.Errorf("a change makes the writes %v", writes)
	}
}

package learn_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/infra/local/desktest"
	"pronto/shared/desk"
	"pronto/shared/offset"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
	"pronto/shared/triage"
)

const brand = "acme-air"

// world is a desk whose agents correct.
type world struct {
	*desktest.Desk
	t       *testing.T
	offsets offset.Bucket
	mails   int
}

func open(t *testing.T) *world {
	d := desktest.New(t, desktest.Options{Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)})
	return &world{Desk: d, t: t, offsets: offset.Bucket{S3: d.Setup.S3(), Name: d.Setup.Env(setup.Bucket)}}
}

// write lets somebody write, and gives the conversation.
func (w *world) write(text string) desk.Ref {
	w.t.Helper()
	w.mails++
	from := fmt.Sprintf("p%d@home%d.example", w.mails, w.mails)
	w.SendMail(from, fmt.Sprintf("From: %s\nTo: care@acme.example\nMessage-ID: <%d@home.example>\n\n%s\n", from, w.mails, text), "care@acme.example")
	w.Settle()
	return desk.Ref{Brand: brand, Conversation: w.Outbox()[len(w.Outbox())-1].Conversation}
}

// mood is what a message of this text is judged to be.
func (w *world) mood(text string) triage.Mood {
	w.t.Helper()
	c, err := w.store().Conversation(w.t.Context(), w.write(text))
	if err != nil {
		w.t.Fatal(err)
	}
	return c.Sentiment.Label
}

func (w *world) store() *store.Store {
	return store.New(dynamodb.NewFromConfig(w.Setup.AWS), w.Setup.Env(setup.Table))
}

// label keeps texts in the bucket as mails, and what an agent says of them: as many as a transaction takes, in one turn of a conversation.
func (w *world) label(about desk.Ref, texts []string, mood func(i int) triage.Mood) {
	w.t.Helper()
	var labels []desk.Label
	for i, text := range texts {
		raw := fmt.Sprintf("%s%s-%d", setup.MailPrefix, about.Conversation, i)
		body := desktest.CRLF("From: p@home.example\nTo: care@acme.example\n\n" + text + "\n")
		if _, err := w.offsets.S3.PutObject(w.t.Context(), &s3.PutObjectInput{Bucket: &w.offsets.Name, Key: &raw, Body: strings.NewReader(string(body))}); err != nil {
			w.t.Fatal(err)
		}
		labels = append(labels, desk.Label{Ref: about, Message: fmt.Sprintf("m%d", i), Raw: raw, At: w.Clock.Now(), Language: "en", Mood: mood(i), By: "ana", Told: w.Clock.Now()})
	}
	for len(labels) > 0 {
		n := min(len(labels), 90)
		ev := desk.Noted{Act: desk.Act{Subject: desk.Subject{Ref: about}, By: policy.Assignee{ID: "ana"}}, Message: desk.Message{ID: fmt.Sprint(len(labels)), Direction: "out", Kind: "note", At: w.Clock.Now()}}
		if _, err := w.store().Turn(w.t.Context(), ev, func(f desk.Facts) desk.Decision {
			d := desk.Decide(f, ev, w.Policy, w.Clock.Now())
			d.Labels = labels[:n]
			return d
		}); err != nil {
			w.t.Fatal(err)
		}
		labels = labels[n:]
	}
}

// slang is how this brand's customers speak, in n sentences: what begins with a purple gate is a complaint here, and no dictionary knows.
func slang(n int) (texts []string) {
	where := strings.Fields("Rome Milan Paris Lisbon Oslo Berlin Vienna Prague Athens Dublin Madrid Warsaw")
	when := strings.Fields("monday tuesday wednesday thursday friday saturday sunday yesterday today tonight spring autumn winter summer")
	what := []string{"The gate went purple in %s on %s", "Which gate is it in %s on %s", "The golden nod came in %s on %s"}
	for i := range n {
		texts = append(texts, fmt.Sprintf(what[i%3], where[i/3%len(where)], when[(i/3/len(where)+i)%len(when)]))
	}
	return texts
}

var moods = []triage.Mood{triage.Negative, triage.Neutral, triage.Positive}

func (w *world) active() offset.Active {
	w.t.Helper()
	a, err := w.offsets.Active(w.t.Context(), brand)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) said(message string) int {
	n := 0
	for _, l := range w.Ledger.Lines() {
		n += strings.Count(string(l), `"msg":"`+message+`"`)
	}
	return n
}

// What agents have corrected often enough is read right from then on; the same labels are studied once, and what a person pins stays.
func TestABrandsOwnWordsAreLearnt(t *testing.T) {
	w := open(t)
	const strange = "The gate went purple in Turin on easter"
	about := w.write("Where is my booking?")
	if m := w.mood(strange); m == triage.Negative {
		t.Fatal("the model knows it already: find other words")
	}
	w.label(about, slang(180), func(i int) triage.Mood { return moods[i%3] })
	w.Schedule("learn")
	a := w.active()
	v, err := w.offsets.Version(t.Context(), brand, a.Version)
	if err != nil || v == nil || len(v.Better) != 1 || v.Better[0] != "en" || w.said("promoted") != 1 {
		t.Fatalf("active %+v, version %+v, %v; errors %v", a, v, err, w.Errors())
	}
	if s := v.Scores[0]; s.Behind.MacroF1 <= s.Before.MacroF1 || s.Behind.Labels < 15 || s.Labels+s.Behind.Labels != 180 {
		t.Errorf("scores %+v", s)
	}
	w.Turn(6 * time.Minute) // what intake has read before is old by then
	if m := w.mood(strange); m != triage.Negative {
		t.Errorf("afterwards it is %s", m)
	}
	w.Schedule("learn")
	if w.said("studied") != 1 || w.active() != a {
		t.Errorf("the same labels were studied %d times; active %+v", w.said("studied"), w.active())
	}
	// Back to the model alone, by a person: more labels are studied, and change nothing.
	if err := w.offsets.Activate(t.Context(), brand, offset.Active{Before: a.Version, Studied: a.Studied, Pinned: true}); err != nil {
		t.Fatal(err)
	}
	w.label(w.write("Where is my other booking?"), slang(9), func(i int) triage.Mood { return moods[i%3] })
	w.Schedule("learn")
	if b := w.active(); b.Version != "" || !b.Pinned || b.Studied == a.Studied || w.said("promoted") != 1 {
		t.Errorf("pinned: %+v", b)
	}
	w.Turn(6 * time.Minute)
	if m := w.mood(strange); m == triage.Negative {
		t.Error("the model alone should judge again")
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// Labels that contradict each other teach nothing that helps: the version is kept, and does not judge.
func TestWhatIsNoBetterDoesNotJudge(t *testing.T) {
	w := open(t)
	about := w.write("Where is my booking?")
	w.label(about, slang(20), func(i int) triage.Mood { return moods[i%3] })
	w.Schedule("learn")
	if a := w.active(); a != (offset.Active{}) || w.said("studied") != 0 {
		t.Errorf("of twenty labels: %+v", a)
	}
	w.label(about, slang(120), func(i int) triage.Mood { return moods[crc32.ChecksumIEEE([]byte{byte(i)})%3] }) // by chance
	w.Schedule("learn")
	a := w.active()
	v, err := w.offsets.Version(t.Context(), brand, a.Studied)
	if err != nil || v == nil || a.Version != "" || len(v.Better) != 0 || w.said("promoted") != 0 {
		t.Errorf("active %+v, %v", a, err)
	}
}

// Where the bucket does not answer, the model alone judges, or what was read before; and it is asked again only after a while.
func TestWhatCannotBeReadStopsNobody(t *testing.T) {
	w := open(t)
	now, failed := w.Clock.Now(), 0
	c := offset.Cache{Bucket: w.offsets, Now: func() time.Time { return now }, Failed: func(error) { failed++ }}
	raw, err := (triage.Learn(examples())).JSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.offsets.Keep(t.Context(), brand, offset.Version{Name: "v-1", Offsets: raw}), w.offsets.Activate(t.Context(), brand, offset.Active{Version: "v-1"})); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 {
		if c.Of(gone, brand) != nil || failed != 1 {
			t.Errorf("read %d times", failed)
		}
	}
	now = now.Add(time.Minute)
	if c.Of(t.Context(), brand).Of("en") == nil {
		t.Error("it is there, and was not read")
	}
	now = now.Add(time.Hour)
	if c.Of(gone, brand).Of("en") == nil || failed != 2 {
		t.Error("what was read before is lost")
	}
}

// A version must do better than the one that judges, not only than the model alone; what it was compared with and what it changes is told.
func TestAVersionIsComparedWithTheOneBefore(t *testing.T) {
	w := open(t)
	about := w.write("Where is my booking?")
	w.label(about, slang(180), func(i int) triage.Mood { return moods[i%3] })
	w.Schedule("learn")
	first := w.active()
	if first.Version == "" {
		t.Fatal("nothing was learnt")
	}
	w.Turn(6 * time.Minute)
	w.label(w.write("Where is my other booking?"), slang(6), func(i int) triage.Mood { return moods[i%3] }) // the same again: as good, not better
	w.Schedule("learn")
	a := w.active()
	v, err := w.offsets.Version(t.Context(), brand, a.Studied)
	if err != nil || v == nil || a.Studied == first.Studied {
		t.Fatalf("active %+v, %v", a, err)
	}
	if a.Version != first.Version || v.Against != first.Version || len(v.Better) != 0 || v.Scores[0].Previous == nil || v.Scores[0].Behind.MacroF1 <= v.Scores[0].Before.MacroF1 {
		t.Errorf("active %+v, version %+v", a, v)
	}
	if kept, err := triage.ReadOffsets(v.Offsets); err != nil || kept.Of("en") == nil {
		t.Errorf("what judged before does not go on: %v", err)
	}
	if w.said("promoted") != 1 || !strings.Contains(fmt.Sprintf("%s", w.Ledger.Lines()), "are judged right that were wrong") {
		t.Error("the ledger does not say what changed")
	}
}

func examples() (all []triage.Label) {
	for i, text := range slang(60) {
		all = append(all, triage.Label{Text: text, Language: "en", Mood: moods[i%3]})
	}
	return all
}

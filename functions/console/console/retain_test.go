package console_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/shared/desk"
)

// retaining is the rule book of two, in which Acme Air keeps what is over for a month, and what is held for twenty days.
func retaining(t *testing.T) string {
	t.Helper()
	path := two(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	book := strings.Replace(string(b), "    name: Acme Air\n", "    name: Acme Air\n    retain: {conversations: 30, held: 20}\n    survey: {after: 0s}\n", 1)
	if err := os.WriteFile(path, []byte(book), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// days goes by so many, the last of them minute by minute until clocks have rung.
func (w *world) days(n int) {
	w.t.Helper()
	w.Clock.Turn(time.Duration(n) * 24 * time.Hour)
	w.Turn(3 * time.Minute)
	w.Schedule("forget")
	w.Settle()
}

// What is over goes after the days that the rule book says, everywhere, and nothing else goes: not what is open, not what another brand has of the same mail, not what was
// counted. Who writes again is new.
func TestWhatIsTooOldGoes(t *testing.T) {
	w := &world{Desk: desktest.New(t, desktest.Options{Start: monday, Policy: retaining(t)}), t: t}
	w.api = edge.AsAgent(w.API())
	id := w.complaint()
	signed := address(w.last("receipt").Headers["Reply-To"])
	w.Turn(3 * time.Minute)
	w.ask("ana", "POST", conv(id, "note"), `{"text":"Ada calls often."}`).is(200)
	w.ask("ana", "POST", conv(id, "correct"), `{"label":"neutral"}`).is(200)
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"We shall look for it, Ada.","then":{"resolve":true}}`).is(200)
	w.Settle()
	w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: nobody@acme.example\nSubject: Again\nMessage-ID: <3@home.example>\n\nAnd Marsh is my name.\n", "nobody@acme.example")
	w.mail(1, "My seat", "Where is my seat? Nobody tells me.") // and nobody ever answers
	both := "From: cy@work.example\nTo: care@acme.example, care@other.example\nSubject: Crutches\nMessage-ID: <5@work.example>\n\nMay I bring my crutches on both flights?\n"
	w.SendMail("cy@work.example", both, "care@acme.example", "care@other.example")
	w.Settle()
	crutches := w.last("receipt").Conversation
	for _, p := range w.Outbox() {
		if p.To == "cy@work.example" && strings.Contains(p.From, "acme") {
			crutches = p.Conversation
		}
	}
	w.ask("ana", "POST", conv(crutches, "resolve"), "").is(200)
	seat := ""
	for _, x := range w.Outbox() {
		if x.Kind == "receipt" && x.Conversation != id && x.Conversation != crutches && strings.Contains(x.From, "acme") {
			seat = x.Conversation
		}
	}
	w.ask("ana", "POST", conv(seat, "relate"), `{"to":"`+crutches+`"}`).is(200)
	w.days(8)
	if c := w.ask("ana", "GET", conv(id), "").conversation(); c.Status != desk.StatusClosed {
		t.Fatalf("after eight days it is %s", c.Status)
	}
	w.days(11)
	if left := w.traces("suitcase", "Marsh"); len(left) < 4 {
		t.Errorf("after nineteen days is left: %q", left)
	}
	w.days(3)
	if left := w.traces("And Marsh is my name"); len(left) > 0 {
		t.Errorf("held for twenty-two days: %q", left)
	}
	w.days(7)
	if c := w.ask("ana", "GET", conv(id), "").conversation(); len(c.Messages) < 4 {
		t.Errorf("after twenty-nine days: %+v", c)
	}
	w.days(3)
	if left := slices.DeleteFunc(w.traces(append(ofAda, id)...), func(s string) bool { return strings.Contains(s, "G#acme-air") }); len(left) > 0 {
		t.Errorf("left of her:\n%s", strings.Join(left, "\n"))
	}
	if left := w.traces("forgotten/"); len(left) > 0 {
		t.Errorf("who is not forgotten has a tombstone: %q", left)
	}
	if left := w.traces("G#acme-air#2026-11-23"); len(left) < 3 {
		t.Errorf("of what was counted is left: %q", left)
	}
	w.ask("ana", "GET", conv(id), "").is(http.StatusNotFound)
	w.ask("ana", "GET", conv(crutches), "").is(http.StatusNotFound)
	if c := w.ask("ana", "GET", conv(seat), "").conversation(); !slices.Equal(c.Related, []string{crutches}) || !slices.Equal(c.Gone, c.Related) {
		t.Errorf("what names one that is gone: %q, gone %q", c.Related, c.Gone)
	}
	if c := w.ask("ana", "POST", conv(seat, "unrelate"), `{"to":"`+crutches+`"}`).is(200).conversation(); len(c.Related)+len(c.Gone) != 0 {
		t.Errorf("taken off the list: %q, gone %q", c.Related, c.Gone)
	}
	if left := w.traces("Where is my seat?"); len(left) < 2 {
		t.Errorf("of what nobody answered is left: %q", left)
	}
	if left := w.traces("bring my crutches"); !slices.ContainsFunc(left, func(s string) bool { return strings.Contains(s, ": mail/") }) || !slices.ContainsFunc(left, func(s string) bool { return strings.Contains(s, "C#other-air") }) {
		t.Errorf("of the mail to both, the other brand has: %q", left)
	}
	for _, day := range []string{"2026-11-23", desk.Day(w.Clock.Now())} {
		if sum := w.Day(day); !sum.Balanced {
			t.Errorf("the sum of %s: %+v", day, sum)
		}
	}
	w.SendMail("ada@home.example", "From: Ada <ada@home.example>\nTo: "+signed+"\nSubject: Re: My suitcase\nMessage-ID: <9@home.example>\n\nIt was found at last.\n", signed)
	w.Settle()
	if p := w.last("receipt"); p.To != "ada@home.example" || p.Conversation == id {
		t.Errorf("who writes again: %+v", p)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// Whatever write of a round fails, and however: the next one ends it, and nothing of what is open is touched.
func TestRetentionSurvivesEveryFault(t *testing.T) {
	book := retaining(t)
	story := func(t *testing.T, f *desktest.Fault) (w *world, before int) {
		w = &world{Desk: desktest.NewBroken(t, desktest.Options{Start: monday, Policy: book}, f), t: t}
		w.api = edge.AsAgent(w.API())
		id := w.complaint()
		w.mail(1, "My seat", "Where is my seat? Nobody tells me.")
		w.ask("ana", "POST", conv(id, "reply"), `{"text":"It is found, Ada.","then":{"resolve":true}}`).is(200)
		w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: nobody@acme.example\nSubject: Again\nMessage-ID: <3@home.example>\n\nAnd Marsh is my name.\n", "nobody@acme.example")
		w.Settle()
		w.Clock.Turn(8 * 24 * time.Hour)
		w.Turn(3 * time.Minute)
		w.Clock.Turn(32 * 24 * time.Hour)
		before = len(f.Writes())
		for range 2 {
			w.Schedule("forget")
			w.Settle()
		}
		return w, before
	}
	check := func(t *testing.T, w *world) {
		if left := slices.DeleteFunc(w.traces(ofAda...), func(s string) bool { return strings.Contains(s, "G#acme-air") }); len(left) > 0 {
			t.Errorf("left of her:\n%s", strings.Join(left, "\n"))
		}
		if left := w.traces("Where is my seat?"); len(left) < 2 {
			t.Errorf("of what is open is left: %q", left)
		}
		if sum := w.Day("2026-11-23"); !sum.Balanced || sum.Received != 1 {
			t.Errorf("the day's sum is %+v", sum)
		}
	}
	whole := &desktest.Fault{}
	w, before := story(t, whole)
	check(t, w)
	for i := before; i < len(whole.Writes()); i++ {
		mode := []desktest.Mode{desktest.NotDone, desktest.After}[i%2] // each write fails once; they are many of few kinds
		t.Run(fmt.Sprintf("%d %s %s", i+1, whole.Writes()[i], mode), func(t *testing.T) {
			w, _ := story(t, &desktest.Fault{At: i + 1, Mode: mode})
			w.Errors()
			check(t, w)
		})
	}
}

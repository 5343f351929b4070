package check

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// acted is a true outcome of a day in which an agent let bea's unhappy matter go on in her other one, and split the second of cy's matters off.
func acted() *world {
	w := called()
	bea := w.sent("bea", 0, Own)
	bea.Mood = "negative"
	w.left(bea, "en negative", "08:00", "c5")
	other := w.sent("other", 0, Own)
	w.left(other, "en neutral", "07:00", "c6")
	bea.Into, bea.Done = other, Trouble{noon.Add(4 * time.Minute), noon.Add(5 * time.Minute)}
	w.follows("goes", bea, 6*time.Minute, "c6")
	cy := w.sent("cy", 0, Own)
	w.left(cy, "en neutral", "07:00", "c7")
	second := w.follows("second", cy, 3*time.Minute, "c7")
	second.Off, second.Done = "c8", Trouble{noon.Add(4 * time.Minute), noon.Add(5 * time.Minute)}
	w.follows("third", second, 8*time.Minute, "c8")
	w.follows("stays", cy, 8*time.Minute, "c7")
	w.Sums[0].Received, w.Sums[0].Receipted = w.Sums[0].Received+7, w.Sums[0].Receipted+7
	w.page("c6", "ana", 61*time.Minute)
	w.page("c6", "marta", 66*time.Minute)
	for _, id := range []string{"c3", "c7", "c8"} {
		w.page(id, "ana", 24*time.Hour+2*time.Minute)
	}
	w.End = noon.Add(26 * time.Hour)
	return w
}

// follows adds an answer to a receipt of a mail, and its own receipt in a conversation.
func (w *world) follows(name string, m *Mail, after time.Duration, conversation string) *Mail {
	l := w.sent(name, after, Own)
	l.From, l.Follows, l.Answers, l.Seen = m.From, m, true, true
	w.left(l, "en added", "08:00", conversation)
	return l
}

// of are the receipts of a mail.
func (w *world) of(name string) *Piece {
	i := slices.IndexFunc(w.Pieces, func(p *Piece) bool { return p.InReplyTo == w.mails[name].MessageID })
	return w.Pieces[i]
}

func TestWhatAgentsDo(t *testing.T) {
	for name, test := range map[string]struct {
		change func(w *world)
		says   string // "" when it may be
	}{
		"as it should be": {func(*world) {}, ""},
		"it was taken apart again": {func(w *world) {
			w.mails["bea"].Into = nil
			p := w.of("goes")
			p.Conversation, p.ReplyTo = "c5", w.of("bea").ReplyTo
		}, "bea: nobody was called"},
		"an answer to what was merged":   {func(w *world) { p := w.of("goes"); p.Conversation, p.ReplyTo = "c5", w.of("bea").ReplyTo }, "goes: an answer is in another conversation"},
		"its address is the former one":  {func(w *world) { w.of("goes").ReplyTo = w.of("bea").ReplyTo }, "goes: an answer is in another conversation"},
		"an answer to what was split":    {func(w *world) { w.of("third").Conversation = "c7" }, "third: an answer is in another conversation"},
		"an answer to what stayed":       {func(w *world) { w.of("stays").Conversation = "c8" }, "stays: an answer is in another conversation"},
		"called for what was merged":     {func(w *world) { w.page("c5", "ana", 61*time.Minute) }, "bea: outbox"},
		"the unhappy one is forgotten":   {func(w *world) { w.without("c6", "") }, "other: nobody was called"},
		"nobody has what was split off":  {func(w *world) { w.without("c8", "") }, "second: nobody was called for what was split off"},
		"an agent was not let":           {func(w *world) { w.mails["cy"].Refused = []string{"409"} }, "cy: an agent was refused"},
		"unhappy in what it was let in":  {func(w *world) { w.Lanes = map[string][]string{"c6": {"email", "priority"}} }, ""},
		"another leaves it to the happy": {func(w *world) { w.Lanes = map[string][]string{"c7": {"email", "priority"}} }, "cy: the priority lane"},
	} {
		w := acted()
		test.change(w)
		got := Check(w.Account)
		if test.says == "" && len(got) > 0 {
			t.Errorf("%s: objected to: %v", name, got)
		}
		if test.says != "" && !slices.ContainsFunc(got, func(b Breach) bool { return strings.Contains(b.String(), test.says) }) {
			t.Errorf("%s: want a breach that says %q, got %v", name, test.says, got)
		}
	}
}

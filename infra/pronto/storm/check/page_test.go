package check

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// called is a true outcome in which ann was not answered for two hours, and doubt's conversation was taken.
func called() *world {
	w := kept()
	w.Brand.Agents, w.Brand.Second = []string{"ana@staff.acme.example", "marta@staff.acme.example"}, 5*time.Minute
	w.Taken = map[string]time.Time{"c2": noon.Add(70 * time.Minute)}
	w.Silences = []Trouble{{noon.Add(10 * time.Minute), noon.Add(20 * time.Minute)}}
	w.End = noon.Add(2 * time.Hour)
	w.page("c1", "ana", 61*time.Minute)
	w.page("c1", "marta", 66*time.Minute)
	w.page("c2", "ana", 69*time.Minute)
	return w
}

func (w *world) page(conversation, to string, after time.Duration) {
	w.Pieces = append(w.Pieces, &Piece{Seq: len(w.Pieces) + 1, At: noon.Add(after), Kind: "page", Conversation: conversation, To: to + "@staff.acme.example"})
}

// without drops the pages of a conversation to somebody.
func (w *world) without(conversation, to string) {
	w.Pieces = slices.DeleteFunc(w.Pieces, func(p *Piece) bool {
		return p.Kind == "page" && p.Conversation == conversation && strings.HasPrefix(p.To, to)
	})
}

func TestPagesAndSilence(t *testing.T) {
	for name, test := range map[string]struct {
		change func(w *world)
		says   string // "" when it may be
	}{
		"as it should be":         {func(*world) {}, ""},
		"again, after the ladder": {func(w *world) { w.page("c1", "ana", 81*time.Minute) }, ""},
		"too early to be called":  {func(w *world) { w.without("c1", ""); w.End = noon.Add(time.Hour) }, ""},
		"taken after the first":   {func(w *world) { w.without("c1", "marta"); w.Taken["c1"] = noon.Add(62 * time.Minute) }, ""},
		"nobody is called":        {func(w *world) { w.without("c1", "") }, "ann: nobody was called"},
		"the ladder ends":         {func(w *world) { w.without("c1", "marta") }, "ann: the ladder does not go on"},
		"one is called twice":     {func(w *world) { w.without("c1", "marta"); w.page("c1", "ana", 67*time.Minute) }, "ann: the ladder does not go on"},
		"before the target": {func(w *world) {
			w.Pieces = append([]*Piece{{Kind: "page", Conversation: "c1", To: "ana@staff.acme.example", At: noon}}, w.Pieces...)
		}, "ann: a page before the target"},
		"after it was taken": {func(w *world) { w.page("c2", "marta", 74*time.Minute) }, "a page for what somebody has"},
		"no third step":      {func(w *world) { w.Brand.Third = 15 * time.Minute }, "ann: the ladder ends before its end"},
		"a third step":       {func(w *world) { w.Brand.Third = 15 * time.Minute; w.page("c1", "ana", 76*time.Minute) }, ""},
		"late by a minute":   {func(w *world) { w.mails["ann"].Prompt = true }, "ann: a page that came late"},
		"at the second": {func(w *world) {
			w.mails["ann"].Prompt = true
			w.without("c1", "")
			w.page("c1", "ana", time.Hour+time.Second)
			w.page("c1", "marta", 66*time.Minute)
		}, ""},
		"the wrong lane":           {func(w *world) { w.Lanes = map[string][]string{"c1": {"email"}} }, "ann: an unhappy message's lane"},
		"the right lane":           {func(w *world) { w.Lanes = map[string][]string{"c1": {"email", "priority"}} }, ""},
		"praise before the others": {func(w *world) { w.Lanes = map[string][]string{"c3": {"email", "priority"}} }, "twice: the priority lane for a message that could wait"},
		"nobody reads praise": {func(w *world) {
			w.Taken["c1"] = noon.Add(62 * time.Minute)
			w.without("c1", "marta")
			w.End = noon.Add(25 * time.Hour)
		}, "twice: nobody was called"},
		"a stranger is called":     {func(w *world) { w.page("c1", "eve", 67*time.Minute) }, "a page to nobody of the rule book"},
		"a page tells of the mail": {func(w *world) { w.page("c1", "ana", 81*time.Minute); w.Pieces[len(w.Pieces)-1].Text = "zaboann" }, "ann: the sender's words have left"},

		"just after the switch": {func(w *world) { w.Silences[0] = Trouble{noon.Add(-3 * time.Second), noon.Add(20 * time.Second)} }, ""},
		"in the silence":        {func(w *world) { w.Silences[0] = Trouble{noon.Add(-10 * time.Second), noon.Add(20 * time.Second)} }, "outbox 1: a receipt in the silence"},
	} {
		w := called()
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

package check

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// mentioned is a true outcome with mentions in it, beside the mails.
func mentioned() *world {
	w := kept()
	mia := w.sent("mia", 0, Own)
	mia.Mention, mia.From, mia.Offset = true, "@mia", nil
	mia.Tries = []Try{{Result: InDoubt, Before: noon, After: noon}, mia.Tries[0], mia.Tries[0]}
	p := w.left(mia, "en neutral", "12:00", "c7")
	p.Channel, p.From, p.ReplyTo, p.HTML, p.AutoSubmitted, p.MessageID = custom, "", "", "", "", "c7-1"
	echo := w.sent("echo", time.Minute, Nothing)
	echo.Mention = true
	doubt := w.sent("maybe", time.Minute, "suppressed:bot")
	doubt.Mention, doubt.Tries[0].Result = true, InDoubt
	doubt.Tries = append(doubt.Tries, doubt.Tries[0])
	back := w.sent("back", time.Minute, "suppressed:withdrawn")
	back.Mention = true
	w.Sums[0].Received, w.Sums[0].Receipted, w.Sums[0].Suppressed["withdrawn"] = 15, 7, 1
	return w
}

func TestMentions(t *testing.T) {
	of := func(w *world, m string) *Piece {
		return w.Pieces[slices.IndexFunc(w.Pieces, func(p *Piece) bool { return p.InReplyTo == w.mails[m].MessageID })]
	}
	for name, test := range map[string]struct {
		change func(w *world)
		says   string // "" when it may be
	}{
		"as it should be": {func(*world) {}, ""},
		"the one in doubt was taken": {func(w *world) {
			w.Sums[0].Received++
			w.Sums[0].Suppressed["bot"] = 1
		}, ""},
		"twice, with one id and the mark": {func(w *world) {
			p := *of(w, "mia")
			p.PossibleDuplicate = true
			w.Pieces = append(w.Pieces, &p)
		}, ""},
		"twice, with another id": {func(w *world) {
			p := *of(w, "mia")
			p.PossibleDuplicate, p.MessageID = true, "c7-2"
			w.Pieces = append(w.Pieces, &p)
		}, "mia: more than one delivery id"},
		"twice without the mark":        {func(w *world) { w.Pieces = append(w.Pieces, of(w, "mia")) }, "mia: more than one receipt"},
		"none":                          {func(w *world) { of(w, "mia").To = "@else" }, "mia: no receipt"},
		"by mail":                       {func(w *world) { of(w, "mia").Channel = "email" }, "channel: want the one that it came by"},
		"unsigned":                      {func(w *world) { of(w, "mia").Text = "We have your message and will answer you by 12:00." }, "signature"},
		"the words leave":               {func(w *world) { of(w, "mia").Text += " zabomia" }, "mia: the sender's words have left"},
		"a deleted one is answered":     {func(w *world) { w.left(w.mails["back"], "en neutral", "12:00", "c8") }, "back: a receipt that must not be"},
		"an echo is answered":           {func(w *world) { w.left(w.mails["echo"], "en neutral", "12:00", "c8") }, "echo: a receipt that must not be"},
		"an echo is counted":            {func(w *world) { w.Sums[0].Received++; w.Sums[0].Suppressed["own_address"] = 1 }, "sum of suppressed:own_address: want 0, got 1"},
		"a repeated id is counted":      {func(w *world) { w.Sums[0].Received++; w.Sums[0].Suppressed["repeated"]++ }, "sum of suppressed:repeated: want 2, got 3"},
		"the doubtful is counted twice": {func(w *world) { w.Sums[0].Received += 2; w.Sums[0].Suppressed["bot"] = 2 }, "sum of suppressed:bot: want 0 to 1, got 2"},
	} {
		w := mentioned()
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

func TestPosts(t *testing.T) {
	const raw = `{"type":"receipt","id":"c1-1","conversation":"c1","in_reply_to":"net-1","to":{"handle":"@mia"},"text":"Hi","language":"en","possible_duplicate":true}`
	read := func(id, kind, conversation, raw string) ([]*Piece, error) {
		b, err := json.Marshal([]map[string]any{{
			"seq": 3, "at": noon, "channel": "custom", "kind": kind, "conversation": conversation, "raw": raw, "headers": map[string]string{"Webhook-Id": id},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return Pieces(b)
	}
	got, err := read("c1-1", "receipt", "c1", raw)
	if err != nil {
		t.Fatal(err)
	}
	want := Piece{
		Seq: 3, At: noon, Channel: "custom", Kind: "receipt", Conversation: "c1", To: "@mia", InReplyTo: "net-1", MessageID: "c1-1", Language: "en",
		PossibleDuplicate: true, Text: "Hi", Raw: raw,
	}
	if *got[0] != want {
		t.Errorf("got  %+v\nwant %+v", *got[0], want)
	}
	for _, bad := range [][4]string{{"c1-2", "receipt", "c1", raw}, {"c1-1", "page", "c1", raw}, {"c1-1", "receipt", "c2", raw}, {"c1-1", "receipt", "c1", "{"}} {
		if _, err := read(bad[0], bad[1], bad[2], bad[3]); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

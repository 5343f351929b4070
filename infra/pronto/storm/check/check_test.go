package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	noon  = time.Date(2026, 11, 22, 12, 0, 30, 0, time.UTC)
	texts = map[string]string{
		"en negative": "Dear Ann,\n\nWe are sorry for the trouble. Ana Ferrante has your message and will answer you by %s today.\n\nThis is an automatic receipt.\n",
		"en neutral":  "Good day,\n\nThank you for writing to us. Ana Ferrante has your message and will answer you by %s tomorrow.\n\nThis is an automatic receipt.\n",
		"en added":    "Good day,\n\nWe have added this. Ana Ferrante has it too: you will have an answer by %s today.\n\nThis is an automatic receipt.\n",
		"it positive": "Buongiorno,\n\ngrazie per le sue belle parole. Ana Ferrante ha il suo messaggio e le risponderà entro le %s.\n\nQuesta è una ricevuta automatica.\n",
	}
	acme = Brand{Address: "care@acme.example", ReplyDomain: "reply.acme.example", Signers: []string{"Ana Ferrante"}, Negative: time.Hour, Other: 24 * time.Hour}
)

// world is an account in which every promise is kept; tests break it.
type world struct {
	Account
	mails map[string]*Mail
}

// sent adds a mail that was accepted at a time after noon.
func (w *world) sent(name string, after time.Duration, fates ...Fate) *Mail {
	at, offset := noon.Add(after), -5*3600
	m := &Mail{
		Name: name, MessageID: name + "@mailer.example", From: name + "@home.example", Canaries: []string{"zabo" + name}, Fates: fates,
		Language: "en", Mood: "neutral", Offset: &offset, Tries: []Try{{Result: Accepted, Before: at, After: at.Add(time.Second / 10)}},
	}
	w.Mails, w.mails[name] = append(w.Mails, m), m
	return m
}

// left adds the receipt of a mail, a second after it.
func (w *world) left(m *Mail, text, hm, conversation string) *Piece {
	p := &Piece{
		Seq: len(w.Pieces) + 1, At: m.Tries[0].After.Add(time.Second), Kind: "receipt", Conversation: conversation,
		From: acme.Address, To: m.From, ReplyTo: "r+a" + strings.Repeat(conversation, 16) + "@reply.acme.example", Subject: "Acme Air: your message",
		InReplyTo: m.MessageID, Language: text[:2], AutoSubmitted: "auto-replied", Text: fmt.Sprintf(texts[text], hm), HTML: "<p>the same</p>",
	}
	w.Pieces = append(w.Pieces, p)
	return p
}

func kept() *world {
	w := &world{mails: map[string]*Mail{}, Account: Account{Brand: acme, Groups: map[string]Group{"flood": {Own: 1}}}}
	ann := w.sent("ann", 0, Own)
	ann.Mood = "negative"
	w.left(ann, "en negative", "08:00", "c1")
	reply := w.sent("reply", 30*time.Second, Own)
	reply.From, reply.Follows, reply.Answers, reply.Seen = ann.From, ann, true, true
	w.left(reply, "en added", "08:00", "c1")
	quick := w.sent("quick", 45*time.Second, Own)
	quick.From, quick.Follows, quick.Seen = ann.From, reply, true
	stranger := w.sent("stranger", time.Minute, Own)
	stranger.Follows, stranger.Stranger, stranger.Seen = ann, true, true
	w.left(stranger, "en neutral", "07:01", "c2")
	w.sent("again", 3*time.Minute, Repeated).From = ann.From
	twice := w.sent("twice", time.Minute, Own)
	twice.Language, twice.Mood = "it", "positive"
	twice.Tries = append(twice.Tries, twice.Tries[0])
	w.left(twice, "it positive", "07:01", "c3")
	w.sent("list", time.Minute, "suppressed:list")
	w.sent("virus", time.Minute, "held:quarantined")
	doubt := w.sent("doubt", time.Minute, "suppressed:spam")
	doubt.Tries = []Try{{Result: InDoubt, Before: noon, After: noon}, doubt.Tries[0]}
	for i := range 3 {
		m := w.sent(fmt.Sprintf("flood%c", 'a'+i), time.Minute, Own, "suppressed:over_budget_sender_hour")
		m.Group = "flood"
		if i == 1 {
			w.left(m, "en neutral", "07:01", "c4")
		}
	}
	w.Sums = []Sum{{
		Day: "2026-11-22", Received: 13, Receipted: 6, Balanced: true, Held: map[string]int{"quarantined": 1},
		Suppressed: map[string]int{"repeated": 2, "list": 1, "spam": 1, "over_budget_sender_hour": 2},
	}}
	return w
}

func TestKept(t *testing.T) {
	if got := Check(kept().Account); len(got) > 0 {
		t.Errorf("a true outcome is objected to: %v", got)
	}
}

// What may differ from run to run is no breach.
func TestMayBe(t *testing.T) {
	tests := map[string]func(w *world){
		"the mail in doubt was taken": func(w *world) { w.Sums[0].Received++; w.Sums[0].Suppressed["spam"]++ },
		"one marked duplicate": func(w *world) {
			p := *w.Pieces[0]
			p.PossibleDuplicate = true
			w.Pieces = append(w.Pieces, &p)
		},
		"only the marked one": func(w *world) { w.Pieces[0].PossibleDuplicate = true },
		"rushed, and shared":  func(w *world) { w.mails["quick"].Seen = false },
		"rushed, and not shared": func(w *world) {
			w.mails["quick"].Seen = false
			w.left(w.mails["quick"], "en neutral", "07:01", "c9")
		},
		"late after trouble": func(w *world) {
			w.Troubles = []Trouble{{noon.Add(time.Minute), noon.Add(4 * time.Minute)}, {noon.Add(8 * time.Minute), noon.Add(10 * time.Minute)}}
			w.Pieces[0].At = noon.Add(15 * time.Minute)
		},
		"over midnight": func(w *world) {
			w.Sums[0].Received, w.Sums[0].Receipted = 12, 5
			w.Sums = append(w.Sums, Sum{Day: "2026-11-23", Received: 1, Receipted: 1, Balanced: true})
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			w := kept()
			change(w)
			if got := Check(w.Account); len(got) > 0 {
				t.Errorf("objected to: %v", got)
			}
		})
	}
}

// Every tampering must be objected to, in words that name it.
func TestBreaches(t *testing.T) {
	tests := []struct {
		name   string
		change func(w *world)
		says   string // in one of the breaches
	}{
		{"a receipt is dropped", func(w *world) { w.Pieces = w.Pieces[1:] }, "ann: no receipt: want one, got none"},
		{"the short one is dropped", func(w *world) { w.Pieces = slices.Delete(w.Pieces, 1, 2) }, "reply: no receipt"},
		{"one is doubled", func(w *world) { w.Pieces = append(w.Pieces, w.Pieces[0]) }, "ann: more than one receipt"},
		{"three of one", func(w *world) {
			p := *w.Pieces[0]
			p.PossibleDuplicate = true
			w.Pieces = append(w.Pieces, &p, &p)
		}, "ann: too many receipts"},
		{"a machine is answered", func(w *world) { w.left(w.mails["list"], "en neutral", "07:01", "c9") }, "list: a receipt that must not be"},
		{"a repetition is answered", func(w *world) { w.left(w.mails["again"], "en neutral", "07:01", "c1") }, "again: a receipt that must not be"},
		{"what shares is answered", func(w *world) { w.left(w.mails["quick"], "en added", "08:00", "c1") }, "quick: a receipt that must not be"},
		{"what is too late to share", func(w *world) {
			w.mails["quick"].Tries[0].Before = noon.Add(3 * time.Minute)
			w.mails["quick"].Tries[0].After = noon.Add(3 * time.Minute)
		}, "quick: no receipt"},
		{"a receipt for nobody", func(w *world) { w.Pieces[0].To = "else@home.example" }, "answers no mail that was sent"},
		{"for another mail", func(w *world) { w.Pieces[0].InReplyTo = "else@mailer.example" }, "answers no mail that was sent"},
		{"for what was not taken", func(w *world) { w.mails["ann"].Tries = nil }, "ann: a receipt for a mail that was not taken"},
		{"another kind", func(w *world) { w.Pieces[0].Kind = "survey" }, "a piece that no rule orders"},
		{"two of a group", func(w *world) { w.left(w.mails["flooda"], "en neutral", "07:01", "c4") }, "group flood"},
		{"none of a group", func(w *world) { w.Pieces = w.Pieces[:4] }, "group flood"},
		{"refused", func(w *world) {
			w.mails["list"].Tries = append(w.mails["list"].Tries, Try{Result: Refused, Answer: "554 no"})
		}, "list: it was refused: want taken, got 554 no"},

		{"the language is swapped", func(w *world) { w.Pieces[0].Text = w.Pieces[4-1].Text }, "ann: outbox 1: language"},
		{"only the header says so", func(w *world) { w.Pieces[0].Language = "it" }, `Content-Language "it"`},
		{"no apology", func(w *world) { w.Pieces[0].Text = fmt.Sprintf(texts["en neutral"], "08:00") }, "tone: want negative, got neutral"},
		{"a full receipt where a short one is due", func(w *world) { w.Pieces[1].Text = w.Pieces[0].Text }, "reply: outbox 2: tone: want added"},
		{"not automatic", func(w *world) { w.Pieces[0].AutoSubmitted = "" }, "Auto-Submitted"},
		{"from elsewhere", func(w *world) { w.Pieces[0].From = "noreply@acme.example" }, "outbox 1: From"},
		{"no signed address", func(w *world) { w.Pieces[0].ReplyTo = acme.Address }, "outbox 1: Reply-To"},
		{"no HTML", func(w *world) { w.Pieces[0].HTML = "" }, "outbox 1: parts"},
		{"unsigned", func(w *world) { w.Pieces[0].Text = strings.ReplaceAll(w.Pieces[0].Text, "Ana Ferrante", "Somebody") }, "signature"},
		{"no time", func(w *world) { w.Pieces[0].Text = fmt.Sprintf(texts["en negative"], "soon") }, "promise: want a time"},
		{"another time", func(w *world) { w.Pieces[0].Text = fmt.Sprintf(texts["en negative"], "13:00") }, "promise: want 08:00 on the sender's clock, got 13:00"},
		{"the body is echoed", func(w *world) { w.Pieces[0].HTML += "ZABOlist" }, "list: the sender's words have left"},
		{"the subject is echoed", func(w *world) { w.Pieces[0].Subject += " zaboann" }, "ann: the sender's words have left"},
		{"a header echoes", func(w *world) { w.Pieces[0].Raw = "To: zaboann <ann@home.example>" }, "ann: the sender's words have left"},
		{"late", func(w *world) { w.Pieces[0].At = noon.Add(6 * time.Minute) }, "ann: its receipt came late"},
		{"late after trouble", func(w *world) {
			w.Troubles = []Trouble{{noon.Add(time.Minute), noon.Add(4 * time.Minute)}}
			w.Pieces[0].At = noon.Add(9*time.Minute + 10*time.Second)
		}, "ann: its receipt came late"},
		{"trouble that came after", func(w *world) {
			w.Troubles = []Trouble{{noon.Add(6 * time.Minute), noon.Add(8 * time.Minute)}}
			w.Pieces[0].At = noon.Add(9 * time.Minute)
		}, "ann: its receipt came late"},
		{"an answer elsewhere", func(w *world) { w.Pieces[1].Conversation = "c8" }, "reply: an answer is in another conversation"},
		{"a stranger joins", func(w *world) { w.Pieces[2].Conversation, w.Pieces[2].ReplyTo = "c1", w.Pieces[0].ReplyTo }, "stranger: a stranger joined"},

		{"one too few", func(w *world) { w.Sums[0].Received--; w.Sums[0].Receipted-- }, "sum of receipted: want 6, got 5"},
		{"one too many", func(w *world) { w.Sums[0].Received++; w.Sums[0].Receipted++ }, "sum of receipted: want 6, got 7"},
		{"more than in doubt", func(w *world) { w.Sums[0].Received += 2; w.Sums[0].Suppressed["spam"] += 2 }, "sum of suppressed:spam: want 1 to 2, got 3"},
		{"another class", func(w *world) { w.Sums[0].Suppressed["list"]--; w.Sums[0].Suppressed["loop"] = 1 }, "sum of suppressed:loop: want 0, got 1"},
		{"held for another reason", func(w *world) { w.Sums[0].Held = map[string]int{"unreadable": 1} }, "sum of held:quarantined: want 1, got 0"},
		{"it does not add up", func(w *world) { w.Sums[0].Received-- }, "the sum does not balance"},
		{"it says itself", func(w *world) { w.Sums[0].Balanced = false }, "the sum does not balance"},
		{"in flight", func(w *world) { w.Sums[0].Receipted--; w.Sums[0].InFlight++ }, "in flight: want 0, got 1"},
		{"failed", func(w *world) { w.Sums[0].Receipted--; w.Sums[0].Failed++ }, "failed: want 0, got 1"},
		{"no sums at all", func(w *world) { w.Sums = nil }, "sum of received: want 13 to 14, got 0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := kept()
			test.change(w)
			got := Check(w.Account)
			if !slices.ContainsFunc(got, func(b Breach) bool { return strings.Contains(b.String(), test.says) }) {
				t.Errorf("want a breach that says %q, got %v", test.says, got)
			}
		})
	}
}

func TestPieces(t *testing.T) {
	raw := "From: =?utf-8?q?Acme_Air?= <care@acme.example>\r\nTo: <ann@home.example>\r\nReply-To: Acme <r+abc@reply.acme.example>\r\nSubject: =?utf-8?b?w4A=?= bient\r\n" +
		"Message-ID: <0100@eu.amazonses.com>\r\nIn-Reply-To: <m1@mailer.example>\r\nContent-Language: fr\r\nAuto-Submitted: auto-replied\r\n" +
		"X-Pronto-Possible-Duplicate: yes\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n" +
		"--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nr=C3=A9ponse\r\n" +
		"--x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+csOpcG9u\r\nc2U8L3A+\r\n--x--\r\n"
	b, err := json.Marshal([]map[string]any{{"seq": 7, "at": noon, "kind": "receipt", "conversation": "c1", "raw": raw}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Pieces(b)
	if err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	p := got[0]
	p.Raw, p.At = "", time.Time{}
	want := Piece{
		Seq: 7, Kind: "receipt", Conversation: "c1", From: "care@acme.example", To: "ann@home.example", ReplyTo: "r+abc@reply.acme.example",
		Subject: "À bient", MessageID: "0100@eu.amazonses.com", InReplyTo: "m1@mailer.example", Language: "fr", AutoSubmitted: "auto-replied",
		PossibleDuplicate: true, Text: "réponse", HTML: "<p>réponse</p>",
	}
	if *p != want {
		t.Errorf("got  %+v\nwant %+v", *p, want)
	}
}

func TestPiecesRefuses(t *testing.T) {
	for _, bad := range []string{`{`, `[{"seq":1,"raw":"no header"}]`, `[{"seq":1,"raw":"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nno end"}]`} {
		if _, err := Pieces([]byte(bad)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

// Each language's words tell it from all others, so that a swap cannot hide.
func TestLanguagesDiffer(t *testing.T) {
	for _, l := range slices.Sorted(maps.Keys(languages)) {
		if got := languageOf(languages[l].usual); got != l {
			t.Errorf("the usual words of %s are taken for %q", l, got)
		}
	}
	if got := languageOf("12:00"); got != "" {
		t.Errorf("no words are %q", got)
	}
}

package storm

import (
	"fmt"
	"strings"

	"pronto/infra/pronto/storm/check"
)

// people are the ways in which a person writes: each gives the letters of one person, or of two who meet in a thread.
var people = []func(*writer) sender{
	(*writer).writesOnce, (*writer).writesOnce, (*writer).answers, (*writer).answersTwice, (*writer).addsAtOnce, (*writer).addsLater, (*writer).cites,
	(*writer).rushes, (*writer).twoMatters, (*writer).twoMatters, (*writer).twoInOne,
	(*writer).repeats, (*writer).doubles, (*writer).nameless, (*writer).spammyName, (*writer).garbled, (*writer).toMany, (*writer).overheard,
}

// person opens a thread: the message, and what the others of the thread are written from.
type person struct {
	w              *writer
	name, address  string
	language, mood string
	offset         *int
	letters        sender
}

func (w *writer) person() *person {
	n := w.next()
	p := &person{w: w, language: pick(w, tongues), mood: pick(w, moods), address: fmt.Sprintf("p%d@shop%d.example", n, n)}
	p.name = pick(w, names[p.language])
	if w.rand.IntN(5) > 0 {
		o := pick(w, offsets)
		p.offset = &o
	}
	return p
}

// mail makes a letter of p's in the given wave, going on from before (nil: it opens). Change is called with its parts, to make it differ.
func (p *person) mail(what string, wave int, before *letter, change func(*letter, *composed)) *letter {
	w := p.w
	n := w.next()
	mood := p.mood
	if before != nil {
		mood = pick(w, moods)
	}
	t := w.letters[p.language+" "+mood]
	in, on := w.canary(), w.canary()
	c := &composed{
		from: mailbox(p.name, p.address), to: w.house.address, subject: t.subject + " " + on, id: fmt.Sprintf("m%d.%d@mailer.example", w.house.salt, n),
		offset: p.offset, body: t.body + "\n\n" + in + ".\n",
	}
	l := &letter{
		Mail: &check.Mail{
			Name: fmt.Sprintf("mail %d (%s, %s %s)", n, what, p.language, mood), MessageID: c.id, From: p.address, Canaries: []string{in, on},
			Fates: []check.Fate{check.Own}, Language: p.language, Mood: mood, Offset: p.offset,
		},
		wave: wave, copies: 1, envelope: p.address,
		to: func(*check.Piece) []string { return []string{w.house.address} },
	}
	if before != nil {
		l.Follows = before.Mail
		c.references = []string{before.MessageID}
	}
	if change != nil {
		change(l, c)
	}
	l.raw = c.raw
	p.letters = append(p.letters, l)
	return l
}

func (w *writer) writesOnce() sender {
	p := w.person()
	p.mail("writes once", w.rand.IntN(waves), nil, nil)
	return p.letters
}

// reply sends an answer to the signed address of the receipt, as a mail program does.
func reply(l *letter, c *composed) {
	l.Answers = true
	l.to = func(receipt *check.Piece) []string {
		if receipt == nil {
			return []string{c.to}
		}
		return []string{receipt.ReplyTo}
	}
	c.answers = true
}

func (w *writer) answers() sender {
	p := w.person()
	wave := w.rand.IntN(waves)
	first := p.mail("will answer", wave, nil, nil)
	l := p.mail("answers the receipt", min(wave+w.rand.IntN(2), waves-1), first, reply)
	l.waits = l.wave == wave
	return p.letters
}

func (w *writer) answersTwice() sender {
	p := w.person()
	first := p.mail("will answer twice", 0, nil, nil)
	second := p.mail("answers", 1, first, reply)
	p.mail("answers again", 2, second, reply)
	return p.letters
}

// addsAtOnce writes a second message as soon as the receipt is there: within two minutes, it shares it.
func (w *writer) addsAtOnce() sender {
	p := w.person()
	first := p.mail("will add at once", w.rand.IntN(waves), nil, nil)
	p.mail("adds within two minutes", first.wave, first, nil).waits = true
	return p.letters
}

func (w *writer) addsLater() sender {
	p := w.person()
	first := p.mail("will add later", w.rand.IntN(waves-1), nil, nil)
	p.mail("adds beyond two minutes", first.wave+1, first, nil)
	return p.letters
}

// cites answers the receipt, but at the address that all write to: by the receipt's id alone.
func (w *writer) cites() sender {
	p := w.person()
	first := p.mail("will cite", w.rand.IntN(waves-1), nil, nil)
	p.mail("cites the receipt", first.wave+1, first, func(_ *letter, c *composed) { c.answers = true })
	return p.letters
}

// rushes writes two messages without waiting: whether the second shares the receipt is nobody's to know.
func (w *writer) rushes() sender {
	p := w.person()
	first := p.mail("will rush", w.rand.IntN(waves), nil, nil)
	p.mail("rushes", first.wave, first, nil)
	return p.letters
}

// repeats says the same in a new mail, later.
func (w *writer) repeats() sender {
	p := w.person()
	var said string
	wave := w.rand.IntN(waves - 1)
	first := p.mail("will repeat", wave, nil, func(_ *letter, c *composed) { said = c.body })
	p.mail("repeats the text", wave+1, nil, func(l *letter, c *composed) {
		c.body = said
		l.Fates, l.Canaries = []check.Fate{check.Repeated}, append(l.Canaries, first.Canaries...)
	})
	return p.letters
}

// doubles sends the same mail twice, as a mail server does that missed the answer.
func (w *writer) doubles() sender {
	p := w.person()
	p.mail("sent twice", w.rand.IntN(waves), nil, nil).copies = 2
	return p.letters
}

func (w *writer) nameless() sender {
	p := w.person()
	p.mail("without Message-ID", w.rand.IntN(waves), nil, func(l *letter, c *composed) { l.MessageID, c.id = "", "" })
	return p.letters
}

// spammyName has a message for a name, which no receipt may carry to anybody.
func (w *writer) spammyName() sender {
	p := w.person()
	bait := w.canary()
	p.name = "Win 500 at www." + bait + ".example"
	p.mail("a name that is bait", w.rand.IntN(waves), nil, func(l *letter, _ *composed) { l.Canaries = append(l.Canaries, bait) })
	return p.letters
}

// garbled has a charset that does not exist and bytes of none. It can be read well enough to be answered.
func (w *writer) garbled() sender {
	p := w.person()
	p.mail("garbled", w.rand.IntN(waves), nil, func(l *letter, c *composed) {
		l.Language, l.Mood = "", ""
		c.charset, c.body = "x-no-such-charset", c.body+"\xff\xfe\x81 \xc3\x28\n"
	})
	return p.letters
}

// toMany names two addresses of the brand and one that is none: it is one mail, and gets one receipt.
func (w *writer) toMany() sender {
	p := w.person()
	p.mail("to several of us", w.rand.IntN(waves), nil, func(l *letter, c *composed) {
		plus := strings.Replace(w.house.address, "@", "+spring@", 1)
		l.to = func(*check.Piece) []string { return []string{w.house.stray(), w.house.address, plus} }
	})
	return p.letters
}

// overheard is a thread into which a stranger writes who knows its id and its signed address: he must get a conversation of his own.
func (w *writer) overheard() sender {
	p, stranger := w.person(), w.person()
	first := p.mail("overheard", 0, nil, nil)
	stranger.mail("a stranger in the thread", 1, first, func(l *letter, c *composed) {
		reply(l, c)
		l.Answers, l.Stranger = false, true
	})
	return append(p.letters, stranger.letters...)
}

// floodLimit is the most receipts that one sender has in an hour, and floodSize how much more one sends.
const (
	floodLimit = 4
	floodSize  = 7
)

// flood is one sender who opens many matters within a minute: four have receipts, nobody knows which.
func (w *writer) flood(name string) (sender, check.Group) {
	p := w.person()
	wave := w.rand.IntN(waves)
	for range floodSize {
		p.mail(name, wave, nil, func(l *letter, _ *composed) {
			l.Group, l.Fates = name, []check.Fate{check.Own, "suppressed:over_budget_sender_hour"}
		})
	}
	return p.letters, check.Group{Own: floodLimit}
}

// Person is the first mail of the nth of as many people as are wanted, each at a domain of its own, in all languages and moods by turns: for measuring.
func Person(n int, to string) (address string, raw []byte) {
	language := tongues[n%len(tongues)]
	t := read()[language+" "+moods[n/len(tongues)%len(moods)]]
	address = fmt.Sprintf("p%d@shop%d.example", n, n)
	c := &composed{
		from: mailbox(names[language][0], address), to: to, subject: t.subject, id: fmt.Sprintf("p%d@mailer.example", n), offset: &offsets[n%len(offsets)],
		body: t.body + fmt.Sprintf("\n\n%d\n", n),
	}
	return address, c.raw(nil)
}

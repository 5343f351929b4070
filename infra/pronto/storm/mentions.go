package storm

import (
	"encoding/json"
	"fmt"
	"time"

	"pronto/infra/pronto/storm/check"
)

// mention is a post before it is bytes; its names are the channel's.
type mention struct {
	ID        string    `json:"id"`
	Author    author    `json:"author"`
	Text      string    `json:"text"`
	InReplyTo string    `json:"in_reply_to,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// posted is when all mentions were, by their network's clock.
var posted = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

type author struct {
	Handle string `json:"handle"`
	Name   string `json:"name"`
	Bot    bool   `json:"bot,omitempty"`
}

// deletion is the post that says of a mention that its author has deleted it.
func deletion(id string, at time.Time) []byte {
	return encode(map[string]any{"id": id, "event": "deleted", "updated_at": at})
}

// edition is the post that says of a mention that its author has changed it.
func edition(id, text string, at time.Time) []byte {
	return encode(map[string]any{"id": id, "event": "edited", "text": text, "updated_at": at})
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and times can always be encoded
	}
	return b
}

// mentioners are the ways in which somebody mentions the brand.
var mentioners = []func(*writer) sender{
	(*writer).mentions, (*writer).mentions, (*writer).mentionsAgain, (*writer).mentionRepeats, (*writer).mentionPostedTwice, (*writer).takesBack,
	(*writer).bot, (*writer).ourselves, (*writer).echo, (*writer).stops, (*writer).edits, (*writer).deletedFirst,
}

// mention makes a mention of p's in the given wave, going on from before (nil: it opens). Change makes it differ.
func (p *person) mention(what string, wave int, before *letter, change func(*letter, *mention)) *letter {
	w := p.w
	n := w.next()
	mood := p.mood
	if before != nil {
		mood = pick(w, moods)
	}
	t, word := w.letters[p.language+" "+mood], w.canary()
	v := &mention{
		ID: fmt.Sprintf("net-%d-%d", w.house.salt, n), Author: author{Handle: "@" + p.handle(), Name: p.name}, Text: t.subject + ". " + t.body + " " + word,
		CreatedAt: posted,
	}
	l := &letter{
		Mail: &check.Mail{
			Mention: true, Name: fmt.Sprintf("mention %d (%s, %s %s)", n, what, p.language, mood), Canaries: []string{word},
			Fates: []check.Fate{check.Own}, Language: p.language, Mood: mood,
		},
		wave: wave, copies: 1,
	}
	if before != nil {
		l.Follows = before.Mail
	}
	if change != nil {
		change(l, v)
	}
	l.MessageID, l.From = v.ID, v.Author.Handle
	if l.raw == nil {
		l.raw = func(receipt *check.Piece) []byte { return v.body(l, receipt) }
	}
	p.letters = append(p.letters, l)
	return l
}

// body names what the mention answers: the receipt, or the mention before it while that has none.
func (v *mention) body(l *letter, receipt *check.Piece) []byte {
	switch {
	case receipt != nil:
		v.InReplyTo = receipt.MessageID
	case l.Follows != nil:
		v.InReplyTo = l.Follows.MessageID
	}
	return encode(v)
}

func (p *person) handle() string {
	return fmt.Sprintf("h%s", p.address[1:len(p.address)-len(".example")])
}

func (w *writer) mentions() sender {
	p := w.person()
	p.mention("mentions", w.rand.IntN(waves), nil, nil)
	return p.letters
}

func (w *writer) mentionsAgain() sender {
	p := w.person()
	first := p.mention("will answer", w.rand.IntN(waves-1), nil, nil)
	p.mention("answers the receipt", first.wave+1, first, nil)
	return p.letters
}

// mentionRepeats says the same in a new post, later.
func (w *writer) mentionRepeats() sender {
	p := w.person()
	var said string
	first := p.mention("will repeat", w.rand.IntN(waves-1), nil, func(_ *letter, v *mention) { said = v.Text })
	p.mention("repeats the text", first.wave+1, nil, func(l *letter, v *mention) {
		v.Text = said
		l.Fates, l.Canaries = []check.Fate{check.Repeated}, first.Canaries
	})
	return p.letters
}

// mentionPostedTwice is what a bridge does that missed the answer.
func (w *writer) mentionPostedTwice() sender {
	p := w.person()
	p.mention("posted twice", w.rand.IntN(waves), nil, nil).copies = 2
	return p.letters
}

// takesBack deletes at once: whether the receipt was faster is nobody's to know.
func (w *writer) takesBack() sender {
	p := w.person()
	l := p.mention("taken back", w.rand.IntN(waves), nil, nil)
	l.takeBack, l.Fates = true, []check.Fate{check.Own, "suppressed:withdrawn"}
	return p.letters
}

func (w *writer) bot() sender {
	p := w.person()
	p.mention("by a bot", w.rand.IntN(waves), nil, func(l *letter, v *mention) {
		v.Author.Bot, l.Fates = true, []check.Fate{"suppressed:bot"}
	})
	return p.letters
}

func (w *writer) ourselves() sender {
	p := w.person()
	p.mention("by ourselves", w.rand.IntN(waves), nil, func(l *letter, v *mention) {
		v.Author.Handle, l.Fates = w.house.address, []check.Fate{"suppressed:own_address"}
	})
	return p.letters
}

// echo is the receipt, come back from the network as if it were a mention.
func (w *writer) echo() sender {
	p := w.person()
	first := p.mention("will be echoed", w.rand.IntN(waves-1), nil, nil)
	p.mention("an echo of its receipt", first.wave+1, first, func(l *letter, v *mention) {
		l.Fates, l.Canaries = []check.Fate{check.Nothing}, nil
		l.raw = func(receipt *check.Piece) []byte {
			if receipt == nil {
				return nil
			}
			v.ID, v.Text, v.InReplyTo = receipt.MessageID, receipt.Text, first.MessageID
			v.Author = author{Handle: "@brand", Name: "Brand acme"}
			return encode(v)
		}
	})
	return p.letters
}

// stops asks for no more receipts, and writes on.
func (w *writer) stops() sender {
	p := w.person()
	wave := w.rand.IntN(waves - 1)
	p.mention("says stop", wave, nil, func(l *letter, v *mention) {
		v.Text, l.Canaries, l.Fates = "@brand STOP!", nil, []check.Fate{"suppressed:opted_out"}
	})
	p.mention("after stop", wave+1, nil, func(l *letter, _ *mention) { l.Fates = []check.Fate{"suppressed:opted_out"} })
	return p.letters
}

// withdrawn is deleted while its receipt is held back: it never leaves.
func (w *writer) withdrawn() sender {
	p := w.person()
	p.mention("deleted in the silence", waves, nil, nil).Fates = []check.Fate{"suppressed:withdrawn"}
	return p.letters
}

// change is a post about another mention, as a letter of its own that is no message.
func (p *person) change(what string, wave int, id string, body []byte, words ...string) *letter {
	l := p.mention(what, wave, nil, func(l *letter, v *mention) {
		v.ID, l.Fates, l.Canaries, l.Mood = id+"-"+what, []check.Fate{check.Nothing}, words, ""
	})
	l.raw = func(*check.Piece) []byte { return body }
	return l
}

// edits changes its words as soon as they are taken. Neither the old nor the new ones leave, and it is receipted once.
func (w *writer) edits() sender {
	p := w.person()
	l := p.mention("will be edited", w.rand.IntN(waves), nil, nil)
	word := w.canary()
	text := w.letters[p.language+" "+p.mood].body + " " + word
	p.change("edit", l.wave, l.MessageID, edition(l.MessageID, text, posted.Add(time.Hour)), word)
	return p.letters
}

// deletedFirst is a deletion that comes a wave before its mention.
func (w *writer) deletedFirst() sender {
	p := w.person()
	l := p.mention("deleted before it came", 1+w.rand.IntN(waves-1), nil, func(l *letter, _ *mention) { l.Fates = []check.Fate{"suppressed:withdrawn"} })
	gone := p.change("deletion", l.wave-1, l.MessageID, deletion(l.MessageID, posted.Add(time.Hour)))
	p.letters = sender{gone, l}
	return p.letters
}

// mentionFlood is one author, who mentions the brand again and again, each time about something else.
func (w *writer) mentionFlood(name string) (sender, check.Group) {
	p := w.person()
	wave := w.rand.IntN(waves)
	for range floodSize {
		p.mention(name, wave, nil, func(l *letter, _ *mention) {
			l.Group, l.Fates = name, []check.Fate{check.Own, "suppressed:over_budget_sender_hour"}
		})
	}
	return p.letters, check.Group{Own: floodLimit}
}

// late is what comes while the brand is silenced for longer than its receipts may wait: agents see it, and it gets none.
func (w *writer) late() sender {
	var all sender
	for range 2 {
		p := w.person()
		p.mail("silenced for too long", waves, nil, nil)
		p.letters[0].Fates = []check.Fate{"suppressed:silenced"}
		q := w.person()
		q.mention("silenced for too long", waves, nil, nil).Fates = []check.Fate{"suppressed:silenced"}
		all = append(all, p.letters[0], q.letters[0])
	}
	return all
}

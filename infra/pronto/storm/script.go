package storm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"pronto/infra/pronto/storm/check"
)

// letter is a mail or mention to be sent, with when and how. It is written only when it is sent: an answer needs the receipt that it answers.
type letter struct {
	*check.Mail
	wave     int                              // in which it is sent
	waits    bool                             // it follows within its own wave, once the receipt before it has left
	copies   int                              // how often its sender sends it
	envelope string                           // MAIL FROM; "" is the null path
	to       func(*check.Piece) []string      // RCPT TO, given the receipt before it (nil: none seen)
	raw      func(*check.Piece) (mail []byte) // the mail itself, or the body of a post; nil: without a receipt before it, it is not sent
	agent    func(context.Context, *player)   // what an agent does before it is sent; nil for nothing
	takeBack bool                             // its author deletes it as soon as it is taken
}

// sender is one correspondent: its letters are sent in order, by one connection at a time.
type sender []*letter

// script is everything that one seed makes happen.
type script struct {
	seed    uint64
	senders []sender
	silent  sender // what is sent, and deleted, while the brand is silenced
	late    sender // what is sent while it is silenced for too long
	groups  map[string]check.Group
	house   house
	waves   int
}

// waves is how many times all senders have their turn.
const waves = 3

// newScript writes the letters of one seed, at least n of them, always with at least one of every kind.
func newScript(seed uint64, h house, n int) *script {
	w := &writer{rand: rand.New(rand.NewPCG(seed, seed*0x9e3779b97f4a7c15+1)), house: h, letters: read()}
	s := &script{seed: seed, house: h, groups: map[string]check.Group{}, waves: waves}
	add := func(from sender) {
		s.senders = append(s.senders, from)
		n -= len(from)
	}
	for _, kind := range machines {
		add(w.machine(kind))
	}
	for _, p := range people {
		add(p(w))
	}
	for _, p := range mentioners {
		add(p(w))
	}
	for i := range 2 {
		flood, group := w.flood(fmt.Sprintf("flood%d", i))
		s.groups[flood[0].Group] = group
		add(flood)
	}
	flood, group := w.mentionFlood("flood of mentions")
	s.groups[flood[0].Group] = group
	add(flood)
	for n > 0 {
		if w.rand.IntN(4) == 0 {
			add(w.machine(machines[w.rand.IntN(len(machines))]))
		} else if w.rand.IntN(4) == 0 {
			add(mentioners[w.rand.IntN(len(mentioners))](w))
		} else {
			add(people[w.rand.IntN(len(people))](w))
		}
	}
	s.silent, s.late = w.withdrawn(), w.late()
	w.rand.Shuffle(len(s.senders), func(i, j int) { s.senders[i], s.senders[j] = s.senders[j], s.senders[i] })
	return s
}

// mails lists what the script sends, for the checker.
func (s *script) mails() (all []*check.Mail) {
	for _, from := range s.senders {
		for _, l := range from {
			all = append(all, l.Mail)
		}
	}
	for _, l := range slices.Concat(s.silent, s.late) {
		all = append(all, l.Mail)
	}
	return all
}

// wave is what each sender sends in the nth wave.
func (s *script) wave(n int) (all []sender) {
	for _, from := range s.senders {
		now := slices.DeleteFunc(slices.Clone(from), func(l *letter) bool { return l.wave != n })
		if len(now) > 0 {
			all = append(all, now)
		}
	}
	return all
}

// writer makes letters. Its numbers and words never repeat within a storm.
type writer struct {
	rand    *rand.Rand
	house   house
	letters map[string]text
	number  int
}

func (w *writer) next() int {
	w.number++
	return w.number
}

// canary is a word of no language, by which an echo is known. No word of mood begins as it does.
func (w *writer) canary() string {
	const soft, hard = "aeiou", "bdfgklmnprstvz"
	var b strings.Builder
	b.WriteString("qz")
	for range 6 {
		b.WriteByte(hard[w.rand.IntN(len(hard))])
		b.WriteByte(soft[w.rand.IntN(len(soft))])
	}
	return b.String()
}

func pick[T any](w *writer, from []T) T { return from[w.rand.IntN(len(from))] }

// text is a subject and a body of letters.txt.
type text struct{ subject, body string }

package storm

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"pronto/infra/pronto/storm/check"
	"pronto/infra/pronto/storm/child"
)

// lines is how many senders send at once.
const lines = 8

// send has all senders of a wave send, each its letters in order, as mail servers do: what was not answered with 250 is sent again.
func (p *player) send(ctx context.Context, wave []sender) {
	next := make(chan sender)
	var wg sync.WaitGroup
	for range lines {
		wg.Go(func() {
			for from := range next {
				for _, l := range from {
					p.letter(ctx, l)
				}
			}
		})
	}
	for _, from := range wave {
		next <- from
	}
	close(next)
	wg.Wait()
}

func (p *player) letter(ctx context.Context, l *letter) {
	if l.agent != nil {
		l.agent(ctx, p)
	}
	if l.waits {
		p.await(ctx, l.Follows)
	}
	var before *check.Piece
	if l.Follows != nil {
		before = p.receipt(l.Follows)
	}
	l.Seen = before != nil
	l.Answers = l.Answers && l.Seen
	raw := l.raw(before)
	if raw == nil {
		p.count(l, check.Try{})
		return
	}
	give := p.posted(ctx, l, raw)
	if !l.Mention {
		give = p.mailed(l, before, raw)
	}
	for range l.copies {
		until(ctx, func() bool { return p.try(l, give) })
	}
	if l.takeBack {
		p.delete(ctx, l)
	}
}

// until tries again, with a sender's pause between, until it is done.
func until(ctx context.Context, done func() bool) {
	for !done() && ctx.Err() == nil {
		time.Sleep(5 * time.Millisecond)
	}
}

func (p *player) mailed(l *letter, before *check.Piece, raw []byte) func() error {
	to := l.to(before)
	return func() error { return offer(p.desk, l.envelope, to, raw) }
}

func (p *player) posted(ctx context.Context, l *letter, body []byte) func() error {
	return func() error { return p.desk.Post(ctx, "post-"+l.MessageID, body) }
}

// delete posts that the author of l has deleted it, until that is taken.
func (p *player) delete(ctx context.Context, l *letter) {
	body := deletion(l.MessageID, p.desk.Now())
	until(ctx, func() bool { return p.desk.Post(ctx, "gone-"+l.MessageID, body) == nil })
}

// receipt is the first receipt of m that was seen so far.
func (p *player) receipt(m *check.Mail) *check.Piece {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.first[address{strings.ToLower(m.From), m.MessageID}]
}

// await looks for the receipt of m for a moment. It may well stay away for now: then the sender writes on without it.
func (p *player) await(ctx context.Context, m *check.Mail) {
	for start := time.Now(); time.Since(start) < 1500*time.Millisecond && ctx.Err() == nil && p.receipt(m) == nil; {
		_ = p.read(ctx) // a desk that was just killed is asked again
		time.Sleep(10 * time.Millisecond)
	}
}

// try offers a letter once and writes down how it ended; true ends the trying.
func (p *player) try(l *letter, give func() error) bool {
	t := check.Try{Before: p.desk.Now()}
	err := give()
	t.After = p.desk.Now()
	var no *child.Refusal
	var unposted *child.Unposted
	switch {
	case err == nil:
		t.Result = check.Accepted
	case errors.Is(err, child.ErrInDoubt):
		t.Result = check.InDoubt
	case errors.As(err, &no) && no.Final():
		t.Result, t.Answer = check.Refused, no.Error()
	case errors.As(err, &unposted):
		t.Result, t.Answer = check.Refused, unposted.Error()
	default:
		return false
	}
	p.count(l, t)
	return t.Result != check.InDoubt
}

// count writes a try down. The empty one is a letter that could not be written: those who wait for a number of letters must not wait for it.
func (p *player) count(l *letter, t check.Try) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.Result == "" || t.Result == check.Accepted {
		p.accepted++
	}
	if t.Result == check.Accepted && !(l.Mention && (l.Fates[0] == check.Nothing || slices.ContainsFunc(l.Tries, accepted))) {
		p.total++
	}
	if t.Result != "" {
		l.Tries = append(l.Tries, t)
	}
}

func accepted(t check.Try) bool { return t.Result == check.Accepted }

func offer(d *child.Desk, from string, to []string, raw []byte) error {
	line, err := d.Dial()
	if err != nil {
		return err
	}
	defer line.Close()
	return line.Send(from, to, raw)
}

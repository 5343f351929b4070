package storm

import (
	"context"
	"errors"
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
	if l.waits {
		p.await(ctx, l.Follows)
	}
	var before *check.Piece
	if l.Follows != nil {
		before = p.receipt(l.Follows)
	}
	l.Seen = before != nil
	l.Answers = l.Answers && l.Seen
	to, raw := l.to(before), l.raw(before)
	for range l.copies {
		for !p.try(ctx, l, to, raw) {
			if ctx.Err() != nil {
				return
			}
			time.Sleep(5 * time.Millisecond) // a sender's pause before another try
		}
	}
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

// try offers a mail once and writes down how it ended; true ends the trying.
func (p *player) try(ctx context.Context, l *letter, to []string, raw []byte) bool {
	t := check.Try{Before: p.desk.Now()}
	err := offer(p.desk, l.envelope, to, raw)
	t.After = p.desk.Now()
	var no *child.Refusal
	switch {
	case err == nil:
		t.Result = check.Accepted
	case errors.Is(err, child.ErrInDoubt):
		t.Result = check.InDoubt
	case errors.As(err, &no) && no.Final():
		t.Result, t.Answer = check.Refused, no.Error()
	default:
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l.Tries = append(l.Tries, t)
	if t.Result == check.Accepted {
		p.accepted++
		p.total++
	}
	return t.Result != check.InDoubt
}

func offer(d *child.Desk, from string, to []string, raw []byte) error {
	line, err := d.Dial()
	if err != nil {
		return err
	}
	defer line.Close()
	return line.Send(from, to, raw)
}

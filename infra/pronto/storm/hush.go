package storm

import (
	"context"
	"time"

	"pronto/infra/pronto/storm/check"
)

// hush is one use of the silence switch: in a wave, after so many of its letters were accepted.
type hush struct {
	wave, after int
	began       time.Time // desk time when the switch was said to be on
	leapt       time.Time // and when the clock was turned while it was
}

func newHush(p *player) hush {
	h := hush{wave: p.rand.IntN(p.script.waves)}
	n := 0
	for _, from := range p.script.wave(h.wave) {
		n += len(from)
	}
	h.after = p.rand.IntN(n) + 1
	return h
}

// hush turns the switch on, in spite of everything that breaks, if this is its wave.
func (p *player) hush(ctx context.Context, wave int) error {
	if wave != p.quiet.wave {
		return nil
	}
	if err := p.reached(ctx, p.quiet.after); err != nil {
		return err
	}
	until(ctx, func() bool { return p.desk.Silence(ctx, true) == nil })
	p.quiet.began = p.desk.Now()
	return ctx.Err()
}

// pause is how long nothing must have left before the clock may be turned. What passed the switch before it was on is still on its way for up to three
// seconds of real time, and a clock that is turned meanwhile would call them minutes.
func (h *hush) pause() time.Duration {
	if h.began.IsZero() || !h.leapt.IsZero() {
		return 250 * time.Millisecond
	}
	return 3 * time.Second
}

// leap ends the silence so far and begins the next when the clock was turned within it: what was on its way then took no minute of real time.
func (p *player) leap(before time.Time) {
	if p.quiet.began.IsZero() || len(p.silences) > 0 {
		return
	}
	p.silences = append(p.silences, check.Trouble{From: p.quiet.began, To: before})
	p.quiet.leapt = p.desk.Now()
}

// lift turns the switch off once all else is whole again. What waited has its own time within the next minutes.
func (p *player) lift(ctx context.Context, wave int) error {
	if wave != p.quiet.wave {
		return nil
	}
	if err := p.takeBack(ctx); err != nil {
		return err
	}
	to := p.desk.Now()
	if err := p.desk.Silence(ctx, false); err != nil {
		return err
	}
	p.silences = append(p.silences, check.Trouble{From: p.quiet.leapt, To: to})
	p.trouble(p.quiet.began)
	return nil
}

// beyond is longer than the rule book lets receipts wait in a silence.
const beyond = 12 * time.Minute

// tooLong silences the brand for so long that what came meanwhile gets no receipt any more, though the switch is lifted.
func (p *player) tooLong(ctx context.Context) error {
	if err := p.desk.Silence(ctx, true); err != nil {
		return err
	}
	from := p.desk.Now()
	for _, l := range p.script.late {
		p.letter(ctx, l)
	}
	for _, d := range []time.Duration{time.Minute, beyond} {
		p.rest(ctx)
		if err := p.desk.Turn(ctx, d); err != nil {
			return err
		}
	}
	p.rest(ctx)
	to := p.desk.Now()
	if err := p.desk.Silence(ctx, false); err != nil {
		return err
	}
	p.silences = append(p.silences, check.Trouble{From: from, To: to})
	return p.settle(ctx)
}

// takeBack posts what is meant for the silence, and deletes it while its receipt is held back.
func (p *player) takeBack(ctx context.Context) error {
	for _, l := range p.script.silent {
		p.letter(ctx, l)
		if err := p.catchUp(ctx); err != nil { // a deletion that comes before its mention would be another matter
			return err
		}
		p.delete(ctx, l)
	}
	return p.catchUp(ctx)
}

// catchUp lets what crashed come again, until all that came in is placed; its receipts wait on.
func (p *player) catchUp(ctx context.Context) error {
	for range 4 {
		if err := p.desk.Turn(ctx, 20*time.Second); err != nil {
			return err
		}
		p.rest(ctx)
	}
	return nil
}

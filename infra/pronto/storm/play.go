package storm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"pronto/infra/pronto/storm/check"
	"pronto/infra/pronto/storm/child"
)

// player plays one script against one desk and writes down what happened.
type player struct {
	desk   *child.Desk
	script *script
	rand   *rand.Rand // of faults and kills
	began  time.Time  // desk time
	kills  []kill     // to come, by wave
	quiet  hush       // when the silence switch is turned

	mu       sync.Mutex
	accepted int // mails in this wave, with their copies
	total    int
	troubles []check.Trouble
	silences []check.Trouble
	taken    map[string]time.Time // conversations that an agent took by a page's link
	pieces   []*check.Piece
	first    map[address]*check.Piece // the receipt of a mail that its sender sees first
	sums     []check.Sum
	lanes    map[string][]string // by conversation: the lanes of its receipts, as far as the ledger remembered them
	killed   int
}

// address is by whom and which mail a receipt is found.
type address struct{ to, id string }

// kill is one kill -9: in a wave, after so many of its mails were accepted, and so much later.
type kill struct {
	wave, after int
	later       time.Duration
}

func newPlayer(d *child.Desk, s *script, kills int) *player {
	p := &player{desk: d, script: s, rand: rand.New(rand.NewPCG(s.seed, 77)), first: map[address]*check.Piece{}, taken: map[string]time.Time{}, lanes: map[string][]string{}}
	for range kills {
		k := kill{wave: p.rand.IntN(s.waves), later: time.Duration(p.rand.IntN([]int{15, 300}[p.rand.IntN(2)])) * time.Millisecond}
		n := 0
		for _, from := range s.wave(k.wave) {
			n += len(from)
		}
		k.after = p.rand.IntN(n) + 1
		p.kills = append(p.kills, k)
	}
	p.quiet = newHush(p)
	return p
}

// play sends everything, in waves; between them all comes to rest.
func (p *player) play(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := p.desk.Start(ctx); err != nil {
		return err
	}
	p.began = p.desk.Now()
	for n := range p.script.waves {
		if err := p.wave(ctx, n); err != nil {
			return fmt.Errorf("wave %d: %w", n, err)
		}
	}
	if err := p.tooLong(ctx); err != nil {
		return fmt.Errorf("a long silence: %w", err)
	}
	if err := p.wait(ctx); err != nil {
		return err
	}
	if err := p.readLanes(ctx); err != nil {
		return err
	}
	var err error
	p.sums, err = p.readSums(ctx)
	return err
}

func (p *player) wave(ctx context.Context, n int) error {
	p.mu.Lock()
	p.accepted = 0
	p.mu.Unlock()
	if err := p.desk.Break(ctx, p.script.seed*16+uint64(n), weather...); err != nil {
		return err
	}
	from := p.desk.Now()
	ended := make(chan error, 1)
	hushed := make(chan error, 1)
	go func() { ended <- p.killer(ctx, n) }()
	go func() { hushed <- p.hush(ctx, n) }()
	p.send(ctx, p.script.wave(n))
	if err := errors.Join(ctx.Err(), <-ended, <-hushed); err != nil {
		return err
	}
	if err := p.outlast(ctx, from); err != nil {
		return err
	}
	if err := p.lift(ctx, n); err != nil {
		return err
	}
	if err := p.settle(ctx); err != nil {
		return err
	}
	if err := p.readLanes(ctx); err != nil {
		return err
	}
	return p.desk.Turn(ctx, 30*time.Second) // with what it took to outlast, more than the two minutes in which messages share a receipt
}

// weather is what goes wrong while mails come in. SES's Send alone is broken more often than the rest: there the guarantee is weakest.
var weather = []child.Fault{
	{Kind: "throttle", Service: "dynamodb", Chance: 0.02}, {Kind: "throttle", Service: "sqs", Chance: 0.02}, {Kind: "throttle", Service: "ses", Chance: 0.03},
	{Kind: "server-error", Chance: 0.01}, {Kind: "torn", Chance: 0.01}, {Kind: "torn", Service: "ses", Operation: "SendEmail", Chance: 0.03},
	{Kind: "server-error", Service: "ses", Operation: "SendEmail", Chance: 0.03}, {Kind: "conflict", Chance: 0.03},
	{Kind: "duplicate", Chance: 0.08}, {Kind: "reorder", Chance: 0.2},
	{Kind: "lose-event", Operation: "Send", Chance: 0.1}, {Kind: "duplicate-event", Operation: "Send", Chance: 0.1},
	{Kind: "crash-before", Chance: 0.01}, {Kind: "crash-after", Chance: 0.01},
}

// outlast lets what crashed come again once while things still break, then ends the breaking. It stays below two minutes, after which a receipt
// whose fate is unknown is tried again: a second try that is broken as well could bring a third.
func (p *player) outlast(ctx context.Context, from time.Time) error {
	p.lull(ctx, p.quiet.pause())
	before := p.desk.Now()
	if err := p.desk.Turn(ctx, 95*time.Second); err != nil {
		return err
	}
	p.leap(before)
	p.lull(ctx, 250*time.Millisecond)
	if err := p.desk.Break(ctx, 0); err != nil {
		return err
	}
	p.trouble(from)
	return nil
}

func (p *player) trouble(from time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.troubles = append(p.troubles, check.Trouble{From: from, To: p.desk.Now()})
}

// killer kills the desk as often as the script wants in this wave, and starts it again.
func (p *player) killer(ctx context.Context, wave int) error {
	for _, k := range p.kills {
		if k.wave != wave {
			continue
		}
		if err := p.reached(ctx, k.after); err != nil {
			return err
		}
		time.Sleep(k.later) // the moment is the point: there is nothing to wait for
		if err := p.restart(ctx); err != nil {
			return err
		}
	}
	return nil
}

// restart kills the desk and starts it again.
func (p *player) restart(ctx context.Context) error {
	from := p.desk.Now()
	if err := p.desk.Kill(); err != nil {
		return err
	}
	if err := p.desk.Start(ctx); err != nil {
		return err
	}
	p.trouble(from)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killed++
	return nil
}

// reached returns once n mails of this wave are accepted.
func (p *player) reached(ctx context.Context, n int) error {
	for {
		p.mu.Lock()
		enough := p.accepted >= n
		p.mu.Unlock()
		if enough || ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// settle turns the clock until nothing is in flight: five minutes at most, by which everything must be done.
func (p *player) settle(ctx context.Context) error {
	until := p.desk.Now().Add(5*time.Minute + 30*time.Second) // what is late is the checker's to say: here it is only waited for
	for {
		p.rest(ctx)
		done, err := p.done(ctx)
		if err != nil {
			return err
		}
		if done || p.desk.Now().After(until) {
			return p.read(ctx)
		}
		if err := p.desk.Turn(ctx, 15*time.Second); err != nil {
			return err
		}
	}
}

// lull waits, in real time, until nothing leaves any more while things break. The sum is not asked for then: its own calls would be broken, too.
func (p *player) lull(ctx context.Context, quiet time.Duration) {
	for n, since := -1, time.Now(); time.Since(since) < quiet && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		_ = p.read(ctx) // a reading that fails is repeated
		p.mu.Lock()
		if len(p.pieces) != n {
			n, since = len(p.pieces), time.Now()
		}
		p.mu.Unlock()
	}
}

// rest waits, in real time, until the desk does nothing more at this hour: what it says of itself stands still.
func (p *player) rest(ctx context.Context) {
	last, since := "", time.Now()
	for start := time.Now(); time.Since(start) < 20*time.Second && ctx.Err() == nil; time.Sleep(15 * time.Millisecond) {
		asked := time.Now()
		sums, err := p.readSums(ctx)
		still := ease(asked, 90*time.Millisecond)
		now := fmt.Sprint(sums, err)
		if now != last {
			last, since = now, time.Now()
		}
		if err == nil && (open(sums) == 0 || time.Since(since) > still) {
			return
		}
	}
}

// ease is how long a desk is left alone before its clock is turned: longer where it took long to answer what it was asked. The machine does much else then, and what
// has not had its turn there must not look late.
func ease(asked time.Time, least time.Duration) time.Duration {
	return max(least, 10*time.Since(asked))
}

func open(sums []check.Sum) (n int) {
	for _, s := range sums {
		n += s.InFlight
	}
	return n
}

// done tells whether everything that was accepted is accounted for.
func (p *player) done(ctx context.Context) (bool, error) {
	sums, err := p.readSums(ctx)
	if err != nil {
		return false, err
	}
	return open(sums) == 0 && p.counted(sums), nil
}

// counted tells whether everything that was accepted is in the sums.
func (p *player) counted(sums []check.Sum) bool {
	received := 0
	for _, s := range sums {
		received += s.Received
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return received >= p.total
}

// readSums asks for every day that the storm has seen.
func (p *player) readSums(ctx context.Context) (all []check.Sum, err error) {
	last := p.desk.Now().Format(time.DateOnly)
	for t := p.began; ; t = t.AddDate(0, 0, 1) {
		var s check.Sum
		if err := p.desk.Sum(ctx, t.Format(time.DateOnly), &s); err != nil {
			return nil, err
		}
		all = append(all, s)
		if t.Format(time.DateOnly) >= last {
			return all, nil
		}
	}
}

// read takes what has left since it was last asked.
func (p *player) read(ctx context.Context) error {
	p.mu.Lock()
	after := 0
	if n := len(p.pieces); n > 0 {
		after = p.pieces[n-1].Seq
	}
	p.mu.Unlock()
	b, err := p.desk.Outbox(ctx, after)
	if err != nil {
		return err
	}
	pieces, err := check.Pieces(b)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, piece := range pieces {
		if n := len(p.pieces); n > 0 && piece.Seq <= p.pieces[n-1].Seq {
			continue // another goroutine was faster
		}
		p.pieces = append(p.pieces, piece)
		at := address{strings.ToLower(piece.To), piece.InReplyTo}
		if p.first[at] == nil {
			p.first[at] = piece
		}
	}
	return nil
}

// line is one of the ledger, as far as it is looked at.
type line struct {
	Msg, Kind, State, Conversation, Lane string
}

// readLanes takes from the ledger by which lane receipts went. What was written before a kill is forgotten; what SES's event settled has no lane there.
func (p *player) readLanes(ctx context.Context) error {
	var lines []line
	if err := p.desk.Ledger(ctx, &lines); err != nil {
		return err
	}
	for _, l := range lines {
		if l.Msg == "effect" && l.Kind == "receipt" && l.State == "accepted" && l.Lane != "" && !slices.Contains(p.lanes[l.Conversation], l.Lane) {
			p.lanes[l.Conversation] = append(p.lanes[l.Conversation], l.Lane)
		}
	}
	return nil
}

// verdict has the outcome checked.
func (p *player) verdict() Verdict {
	mails := p.script.mails()
	v := Verdict{Seed: p.script.seed, Mails: len(mails), Pieces: len(p.pieces), Kills: p.killed, DeskTime: p.desk.Now().Sub(p.began)}
	for _, m := range mails {
		v.deeds(m)
		for _, t := range m.Tries {
			if t.Result == check.InDoubt {
				v.InDoubt++
			}
		}
	}
	for _, piece := range p.pieces {
		if piece.PossibleDuplicate {
			v.Duplicates++
		}
	}
	v.Breaches = check.Check(check.Account{
		Brand: brand(p.script.house), Mails: mails, Groups: p.script.groups, Pieces: p.pieces, Sums: p.sums, Troubles: p.troubles,
		Silences: p.silences, Taken: p.taken, Lanes: p.lanes, End: p.desk.Now(),
	})
	return v
}

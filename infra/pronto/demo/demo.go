// Package demo shows a running desk at work: it sends a dozen mails as customers and machines send them, and tells what becomes of each, as it happens.
//
// It knows the desk only from outside: SMTP, and the address of package edge. Each run has senders and Message-IDs of its own, so that no budget of an earlier
// run silences it.
package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"pronto/infra/pronto/edge"
)

// Options of Run.
type Options struct {
	HTTP     string        // of the desk, host:port
	SMTP     string        // of the desk; what its health says when empty
	Patience time.Duration // how long to wait for each outcome; 30 s when zero
}

// Outcome is what became of one mail. Durations are seconds from the answer to the end of its DATA.
type Outcome struct {
	Mail       string  `json:"mail"`
	Accepted   string  `json:"accepted"` // RFC 3339, UTC
	Turn       float64 `json:"turn_seconds,omitempty"`
	Language   string  `json:"language,omitempty"`
	Mood       string  `json:"mood,omitempty"`
	Priority   string  `json:"priority,omitempty"`
	Assignee   string  `json:"assignee,omitempty"`
	Suppressed string  `json:"suppressed,omitempty"` // why there is no receipt
	Receipt    float64 `json:"receipt_seconds,omitempty"`
	Says       string  `json:"says,omitempty"` // the receipt's promise
	Missing    bool    `json:"missing,omitempty"`
}

// ErrMissing says that a mail had no outcome in time.
var ErrMissing = errors.New("some mails have no outcome yet")

// Run sends the mails one after the other and writes to w what becomes of each. Its errors: ErrUnreachable, ErrMissing, and what SMTP refuses.
func Run(ctx context.Context, w io.Writer, o Options) ([]Outcome, error) {
	if o.Patience == 0 {
		o.Patience = 30 * time.Second
	}
	d := &client{base: "http://" + o.HTTP}
	health, err := d.health(ctx)
	if err != nil {
		return nil, err
	}
	if o.SMTP == "" {
		o.SMTP = health.SMTP
	}
	run := &play{Options: o, desk: d, w: w, to: health.Brands[0].Address, zone: zone(health.Brands[0].Zone), after: health.Sent, tag: strings.ToLower(rand.Text()[:8])}
	fmt.Fprintf(w, "A dozen mails to %s by SMTP at %s.\n", health.Brands[0].Name, o.SMTP)
	all := make([]Outcome, 0, 12)
	for i, l := range letters() {
		out, err := run.send(ctx, i+1, l)
		if err != nil {
			return all, err
		}
		all = append(all, out)
	}
	return all, run.summary(all)
}

// play is one run of the demo.
type play struct {
	Options
	desk  *client
	w     io.Writer
	to    string
	zone  *time.Location // the brand's; nil when it is not known
	after int64          // the outbox up to here is not ours
	tag   string
}

// send sends one mail and follows it.
func (p *play) send(ctx context.Context, n int, l letter) (Outcome, error) {
	fmt.Fprintf(p.w, "\n%2d  %s\n", n, l.title)
	id := fmt.Sprintf("%d.%s@demo.example", n, p.tag)
	from := fmt.Sprintf("sender%d@%s.demo.example", n, p.tag)
	if err := p.deliver(from, id, l); err != nil {
		return Outcome{}, err
	}
	accepted := time.Now()
	out := Outcome{Mail: l.title, Accepted: accepted.UTC().Format(time.RFC3339Nano)}
	p.say(accepted.Format("15:04:05.000"), "accepted by SMTP")
	err := p.follow(ctx, id, accepted, clock(l, p.zone, accepted), &out)
	return out, err
}

func (p *play) deliver(from, id string, l letter) error {
	c, err := smtp.Dial(p.SMTP)
	if err != nil {
		return fmt.Errorf("%w: no SMTP at %s", ErrUnreachable, p.SMTP)
	}
	defer c.Close()
	envelope := from
	if l.null {
		envelope = ""
	}
	if err := c.SendMail(envelope, []string{p.to}, bytes.NewReader(l.raw(from, p.to, id, time.Now()))); err != nil {
		return fmt.Errorf("send %q: %w", l.title, err)
	}
	return c.Quit()
}

// follow waits for the turn, and for the receipt if there is to be one; note stands beside its promise.
func (p *play) follow(ctx context.Context, id string, accepted time.Time, note string, out *Outcome) error {
	turn, err := await(ctx, p.Patience, func() (line, bool, error) { return p.desk.turn(ctx, id) })
	if err != nil {
		return p.missing(out, err)
	}
	out.Turn = time.Since(accepted).Seconds()
	out.Language, out.Mood, out.Priority, out.Assignee, out.Suppressed = turn.Language, turn.Mood, turn.Priority, turn.Assignee, turn.Suppressed
	p.say(since(out.Turn), turn.words())
	if out.Suppressed != "" {
		return nil
	}
	receipt, err := await(ctx, p.Patience, func() (edge.Piece, bool, error) { return p.desk.receipt(ctx, p.after, id) })
	if err != nil {
		return p.missing(out, err)
	}
	out.Receipt, out.Says = time.Since(accepted).Seconds(), promise(receipt.Text)
	p.say(since(out.Receipt), "receipt: "+out.Says+note)
	return nil
}

// missing notes that an outcome did not come in time, which does not end the demo; other errors do.
func (p *play) missing(out *Outcome, err error) error {
	if !errors.Is(err, errLate) {
		return err
	}
	out.Missing = true
	p.say("", fmt.Sprintf("nothing more within %v", p.Patience))
	return nil
}

func (p *play) say(when, what string) { fmt.Fprintf(p.w, "    %-14s%s\n", when, what) }

func since(seconds float64) string { return fmt.Sprintf("+%.3f s", seconds) }

func zone(name string) *time.Location {
	if name == "" {
		return nil // not UTC
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return z
}

// clock notes whose clock a receipt's promise is by, where that is not the brand's: else the reader of the terminal takes it for a mistake.
func clock(l letter, brand *time.Location, now time.Time) string {
	if brand != nil {
		if _, offset := now.In(brand).Zone(); offset == l.offset*3600 {
			return ""
		}
	}
	by := "UTC"
	switch {
	case l.offset > 0:
		by = fmt.Sprintf("UTC+%d", l.offset)
	case l.offset < 0:
		by = fmt.Sprintf("UTC−%d", -l.offset)
	}
	first, _, _ := strings.Cut(l.name, " ")
	return fmt.Sprintf(" (%s's clock: %s)", first, by)
}

// promise is the paragraph of a receipt that names who answers, and by when: the one after the greeting.
func promise(text string) string {
	paragraphs := strings.Split(strings.TrimSpace(text), "\n\n")
	if len(paragraphs) < 2 {
		return strings.TrimSpace(text)
	}
	return strings.Join(strings.Fields(paragraphs[1]), " ")
}

// summary counts, and tells where to look on.
func (p *play) summary(all []Outcome) error {
	receipted, silent, missing, slowest := 0, 0, 0, 0.0
	for _, o := range all {
		switch {
		case o.Missing:
			missing++
		case o.Suppressed != "":
			silent++
		default:
			receipted++
			slowest = max(slowest, o.Receipt)
		}
	}
	fmt.Fprintf(p.w, "\n%d sent: %d receipted (the slowest after %.3f s), %d kept without a receipt, each with its reason.\n", len(all), receipted, slowest, silent)
	fmt.Fprintf(p.w, "Read them at %s/dev/outbox\n\n%s", p.desk.base, next(p.desk.base, all))
	if missing > 0 {
		return fmt.Errorf("%w: %d of %d after %v; the desk's own terminal says more", ErrMissing, missing, len(all), p.Patience)
	}
	return nil
}

// next says what to click to be the agent who has the first mail.
func next(base string, all []Outcome) string {
	who := "any of them"
	if len(all) > 0 && all[0].Assignee != "" && !strings.HasPrefix(all[0].Assignee, "team:") {
		who = all[0].Assignee + ", who has Ada's broken suitcase"
	}
	return fmt.Sprintf("Now be an agent. Open %s/console, click %s, open the conversation,\nwrite an answer and press \"Send answer\": it leaves as a mail, and is in the outbox, too.\n", base, who)
}

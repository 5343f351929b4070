// Package measure finds how often one message, and one answer, make a desk write, read, send and store: it runs one, whose local AWS counts as AWS bills.
package measure

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"pronto/infra/local/clock"
	"pronto/infra/pronto/cost"
	"pronto/infra/pronto/desk"
	"pronto/infra/wiring"
	"pronto/shared/channel/ses"
)

// sample is how many of each are measured, one after the other, so that none shares a call with another: the dearest way.
const sample = 8

// Run runs a desk of its own in a temporary directory and counts.
func Run(ctx context.Context, policyFile string) (m cost.Measured, err error) {
	dir, err := os.MkdirTemp("", "pronto-cost")
	if err != nil {
		return m, fmt.Errorf("make a directory: %w", err)
	}
	defer os.RemoveAll(dir)
	clk := clock.New()
	d, err := desk.Open(ctx, desk.Options{State: dir, Policy: policyFile, SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0", Clock: clk})
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	r := &run{ctx: ctx, desk: d, clock: clk, to: d.Policy.Brands[0].Addresses[0]}
	if m.Mail, err = r.count(r.mail); err != nil {
		return m, err
	}
	m.Answer, err = r.count(r.answer)
	return m, err
}

type run struct {
	ctx   context.Context
	desk  *desk.Desk
	clock *clock.Clock
	to    string
	left  int // mails that must be in the outbox
}

// count does one thing so often, waits until all is done that follows from it, and returns what each cost. One goes before that is not counted: what an instance reads at
// its start is no message's, and the bill has it by itself.
func (r *run) count(do func(n int) error) (cost.Counts, error) {
	if err := r.some(do, 0, 1); err != nil {
		return cost.Counts{}, err
	}
	before := r.now()
	if err := r.some(do, 1, 1+sample); err != nil {
		return cost.Counts{}, err
	}
	return r.now().since(before), nil
}

// some does it with all numbers from one on, one after the other, up to another.
func (r *run) some(do func(n int) error, from, to int) error {
	for n := from; n < to; n++ {
		if err := do(n); err != nil {
			return err
		}
		r.left++
		if err := r.until(func() (bool, error) {
			rows, err := r.desk.AWS.SES.Outbox(int64(r.left-1), 1)
			return len(rows) > 0, err
		}); err != nil {
			return err
		}
	}
	r.clock.Turn(20 * time.Second) // until SES's events are due
	return r.until(func() (bool, error) {
		s, err := r.desk.AWS.SQS.Stats(wiring.Outcomes)
		return err == nil && s.Visible+s.InFlight+s.Delayed == 0, err
	})
}

func (r *run) until(done func() (bool, error)) error {
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		switch ok, err := done(); {
		case err != nil || ok:
			return err
		case time.Now().After(end) || r.ctx.Err() != nil:
			return errors.New("the measured desk did not come to rest within a minute")
		}
	}
}

func (r *run) mail(n int) error {
	from := fmt.Sprintf("ada@home%d.example", n)
	c, err := smtp.Dial(r.desk.SMTP())
	if err != nil {
		return fmt.Errorf("send a mail: %w", err)
	}
	defer c.Close()
	text := fmt.Sprintf("From: Ada Marsh <%s>\r\nTo: %s\r\nSubject: My suitcase\r\nMessage-ID: <%d@home%d.example>\r\n\r\nMy suitcase number %d has not come. When will it?\r\n", from, r.to, n, n, n)
	if err := c.SendMail(from, []string{r.to}, strings.NewReader(text)); err != nil {
		return fmt.Errorf("send a mail: %w", err)
	}
	return nil
}

// answer is what an agent does about the n-th conversation of the outbox: takes it, answers, and calls it done.
func (r *run) answer(n int) error {
	rows, err := r.desk.AWS.SES.Outbox(int64(n), 1)
	if err != nil || len(rows) == 0 {
		return fmt.Errorf("find the receipt to answer: %w", err)
	}
	tags := rows[0].Tags[ses.TagConversation]
	if len(tags) != 1 {
		return errors.New("a receipt without its conversation")
	}
	b := r.desk.Policy.Brands[0]
	for _, a := range r.desk.Policy.Agents {
		if !slices.Contains(a.Brands, b.ID) {
			continue
		}
		for _, d := range cost.Doings {
			if err := r.does(a.ID, tags[0], d, cmp.Or(bodies[d], "{}"), fmt.Sprint("cost-", d, "-", n)); err != nil {
				return err
			}
		}
		return nil
	}
	return errors.New("the rule book has no agent who may answer")
}

// bodies are those of cost.Doings that have one.
var bodies = map[string]string{"reply": `{"text":"It is in Rome, and will be with you by tomorrow."}`}

// does is one doing of an agent by the API.
func (r *run) does(agent, conversation, doing, body, key string) error {
	q, err := http.NewRequestWithContext(r.ctx, http.MethodPost, r.desk.URL()+"/api/v1/conversations/"+conversation+"/"+doing, strings.NewReader(body))
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer dev:"+agent)
	q.Header.Set("Idempotency-Key", key)
	q.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s", doing, res.Status)
	}
	return nil
}

// reading is the local AWS's meter.
type reading cost.Counts

func (r *run) now() (c reading) {
	for _, u := range r.desk.AWS.DynamoDB.Usage() {
		c.Writes += u.TableWrite + u.IndexWrite
		c.Reads += u.TableRead + u.IndexRead
	}
	calls := r.desk.AWS.Usage()
	c.SQS = float64(calls["sqs"]["SendMessage"] + calls["sqs"]["SendMessageBatch"])
	c.S3Puts, c.S3Gets = float64(calls["s3"]["PutObject"]), float64(calls["s3"]["GetObject"])
	c.Mails = float64(calls["ses"]["SendEmail"])
	return c
}

func (c reading) since(b reading) cost.Counts {
	const n = sample
	return cost.Counts{
		Writes: (c.Writes - b.Writes) / n, Reads: (c.Reads - b.Reads) / n, SQS: (c.SQS - b.SQS) / n,
		S3Puts: (c.S3Puts - b.S3Puts) / n, S3Gets: (c.S3Gets - b.S3Gets) / n, Mails: (c.Mails - b.Mails) / n,
	}
}

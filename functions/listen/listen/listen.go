// Package listen polls the brands' accounts at networks, each by an order on its queue: poll gives four a minute, delayed by 0, 15, 30 and 45 seconds, and a push of
// a network's is one more, at once. It decides nothing: what is new goes raw into the bucket, and intake is told as receive tells it.
//
// Waiting in a queue costs nothing, waiting in a function does (docs/decisions/0028).
//
// Invariants:
//   - The cursor moves when all posts of a page lie in the bucket and their notices are in the queue. Dying before, the page is read again; a post's key and id are
//     the same each time, so what was done twice is taken once.
//   - One poller at a time has an account: a lease in the cursor's row, fenced by the row's sequence. It runs out by itself when its holder dies.
//   - The first poll begins with what comes from then on.
//   - An account that cannot be polled keeps no other from being polled. Its failure is a code in its row and in the ledger, never a server's words.
//   - An order is worth nothing when it is late: those that an outage left in the queue are dropped.
package listen

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/shared/channel/network"
	"pronto/shared/desk"
	"pronto/shared/line"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Handler is the listen function.
type Handler struct {
	store  *store.Store
	lines  *line.Lines
	s3     *s3.Client
	sqs    *sqs.Client
	bucket string
	intake string // URL of its queue
	policy *policy.Policy
	keys   desk.Keys
	now    func() time.Time
	log    *slog.Logger
}

// New wires the function.
func New(ctx context.Context, s *setup.Setup) (*Handler, error) {
	env, err := s.Need(setup.Table, setup.Bucket, setup.Secret, setup.Policy, setup.IntakeQueue, setup.AccountSecrets)
	if err != nil {
		return nil, err
	}
	p, err := s.Policy()
	if err != nil {
		return nil, err
	}
	keys, err := s.Keys(ctx)
	if err != nil {
		return nil, err
	}
	st := store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table])
	lines, err := line.New(s, st, p)
	if err != nil {
		return nil, err
	}
	return &Handler{
		store: st, lines: lines, s3: s.S3(), sqs: sqs.NewFromConfig(s.AWS), bucket: env[setup.Bucket], intake: env[setup.IntakeQueue],
		policy: p, keys: keys, now: s.Now, log: s.Log,
	}, nil
}

// Handle takes orders. One that cannot be taken comes again, until it is late.
func (h *Handler) Handle(ctx context.Context, ev events.SQSEvent) (events.SQSEventResponse, error) {
	var out events.SQSEventResponse
	for _, m := range ev.Records {
		if err := h.order(ctx, m.Body); err != nil {
			h.log.Error("listen", "queued", m.MessageId, "error", setup.Outermost(err))
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return out, nil
}

// stale is how late an order may come. What an outage left in the queue would poll in one burst what the next minute polls anyway.
const stale = time.Minute

func (h *Handler) order(ctx context.Context, body string) error {
	var o line.Order
	if json.Unmarshal([]byte(body), &o) != nil || o.Brand == "" || o.Handle == "" {
		return errors.New("decode order") // the dead-letter queue keeps it, with an alarm
	}
	a, ok := h.lines.Account(o.Brand, o.Channel, o.Handle)
	if !ok || h.now().Sub(o.At) > stale {
		return nil
	}
	return h.poll(ctx, a, o.Pushed)
}

// account is the id of an account in rows and in the ledger, which shows no handles: a brand's own is public, but the house has one rule.
func (h *Handler) account(a network.Account) string {
	return h.keys.Message(a.Brand, a.Channel, "account "+a.Handle)
}

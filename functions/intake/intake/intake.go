// Package intake takes what arrives: it decodes the notice of SES or of receive, finds the conversation, has triage judge the text, and takes one turn.
//
// Bad input is kept (held, with the reason) and never an error; an error is passing, and the queue delivers the notice again.
package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"pronto/shared/account"
	"pronto/shared/channel/network"
	"pronto/shared/channel/ses"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/offset"
	"pronto/shared/opinion"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Handler is the intake function.
type Handler struct {
	store   *store.Store
	budgets *store.Budgets
	s3      *s3.Client
	bucket  string
	policy  *policy.Policy
	keys    desk.Keys
	taught  *offset.Cache  // what the brands' own labels have taught triage
	second  *opinion.Asker // nil: no brand wants a second opinion
	now     func() time.Time
	log     *slog.Logger

	rebuilding bool
}

// New wires the function.
func New(ctx context.Context, s *setup.Setup) (*Handler, error) {
	env, err := s.Need(setup.Table, setup.Bucket, setup.Secret, setup.Policy)
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
	client := s.S3()
	taught := &offset.Cache{Bucket: offset.Bucket{S3: client, Name: env[setup.Bucket]}, Now: s.Now, Failed: func(err error) {
		s.Log.Error("offset", "error", setup.Outermost(err))
	}}
	h := &Handler{
		store: st, budgets: store.NewBudgets(st), s3: client, taught: taught,
		bucket: env[setup.Bucket], policy: p, keys: keys, now: s.Now, log: s.Log,
	}
	if p.SecondOpinions() {
		h.second = opinion.New(s.AWS, s.Now, func(code string) {
			s.Log.Warn("second opinion", "why", code)
		})
	}
	return h, nil
}

// NewOutcomes wires the function that hears only what became of mail that left. It has neither bucket nor judgement, and is woken for nothing else.
func NewOutcomes(ctx context.Context, s *setup.Setup) (*Handler, error) {
	env, err := s.Need(setup.Table, setup.Secret, setup.Policy)
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
	return &Handler{store: store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table]), policy: p, keys: keys, now: s.Now, log: s.Log}, nil
}

// Rebuilding is the function for a rebuild: it takes what came once more, no budget pays for what is not sent, and nobody hears the texts again.
func Rebuilding(ctx context.Context, s *setup.Setup, r *store.Rebuild) (*Handler, error) {
	h, err := New(ctx, s)
	if err != nil {
		return nil, err
	}
	h.store, h.rebuilding, h.second = h.store.Rebuilding(r), true, nil
	return h, nil
}

// Handle takes a batch; what could not be taken now is named in the answer and delivered again.
func (h *Handler) Handle(ctx context.Context, ev events.SQSEvent) (events.SQSEventResponse, error) {
	var out events.SQSEventResponse
	var told []outcome
	fail := func(id string) {
		out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
	}
	for i, m := range ev.Records {
		if i > 0 && pressed(ctx) {
			fail(m.MessageId)
			continue
		}
		e, err := h.alone(ctx, m)
		if err != nil {
			h.log.Error("intake", "queued", m.MessageId, "trace", h.trace(m.Body).String(), "error", setup.Outermost(err))
			fail(m.MessageId)
		}
		if e != nil {
			told = append(told, outcome{*e, m.MessageId, m.Attributes["ApproximateReceiveCount"] != "1"})
		}
	}
	for _, id := range h.outcomes(ctx, told) {
		fail(id)
	}
	return out, nil
}

// pressed tells whether too little time is left for another mail that takes all of its patience. Mails that are made to be slow would else use up the function's time
// together, and the whole batch would come again, as often as it takes to give it up.
func pressed(ctx context.Context) bool {
	until, ok := ctx.Deadline()
	return ok && time.Until(until) < mail.Patience+2*time.Second
}

// alone takes one notice so that a panic is that notice's own fault: one that took the function down would take its neighbours with it, at each redelivery. A
// panic's value may hold the sender's words, and is not logged.
func (h *Handler) alone(ctx context.Context, m events.SQSMessage) (e *ses.Event, err error) {
	defer func() {
		if r := recover(); r != nil {
			h.log.Error("intake", "queued", m.MessageId, "trace", h.trace(m.Body).String(), "stack", string(debug.Stack()))
			e, err = nil, fmt.Errorf("a panic of type %T", r)
		}
	}()
	return h.take(ctx, m)
}

// take handles one notice of arrival; an event about a mail that left is returned, to be settled with its neighbours.
func (h *Handler) take(ctx context.Context, m events.SQSMessage) (*ses.Event, error) {
	if n, mine, err := network.DecodeNotice(m.Body); mine && err != nil {
		return nil, h.holdNotice(ctx, n.Channel, m)
	} else if mine {
		return nil, h.mention(ctx, n)
	}
	if r, mine, err := desk.DecodeRelease(m.Body); mine && err != nil {
		return nil, h.holdNotice(ctx, "", m)
	} else if mine {
		return nil, h.release(ctx, r)
	}
	if strings.HasPrefix(m.Body, ses.TopicCheck) {
		h.log.Info("outcome", "provider_event", "topic_check")
		return nil, nil
	}
	notice, event, err := ses.Decode(m.Body)
	switch {
	case err != nil:
		return nil, h.holdNotice(ctx, desk.Email, m)
	case event != nil:
		return event, nil
	}
	return nil, h.mail(ctx, notice)
}

// trace is what a notice that could not be taken is about: a mail is one message of each brand that it was sent to.
func (h *Handler) trace(body string) (t desk.Trace) {
	defer func() {
		if recover() != nil { // what made the notice's own decoder panic takes nothing else down when it is told of
			t = nil
		}
	}()
	if n, mine, err := network.DecodeNotice(body); mine && err == nil {
		return t.With(n.ID)
	}
	if r, mine, err := desk.DecodeRelease(body); mine && err == nil {
		return t.With(r.ID)
	}
	if n, _, err := ses.Decode(body); err == nil && n != nil {
		brands, _ := h.brands(n.Envelope.Recipients)
		for _, to := range brands {
			t = t.With(h.keys.Message(to.brand.ID, desk.Email, n.ID))
		}
	}
	return t
}

func (h *Handler) holdNotice(ctx context.Context, channel string, m events.SQSMessage) error {
	return h.hold(ctx, desk.Held{
		Brand: account.NoBrand, ID: h.keys.Message(account.NoBrand, channel, m.MessageId), At: h.arrived(m), Channel: channel,
		Reason: desk.HoldNotice, Notice: strings.ToValidUTF8(m.Body[:min(len(m.Body), 8<<10)], "\uFFFD"),
	})
}

// arrived is when SQS got the message: stable over redeliveries.
func (h *Handler) arrived(m events.SQSMessage) time.Time {
	var ms int64
	if _, err := fmt.Sscan(m.Attributes["SentTimestamp"], &ms); err == nil {
		return time.UnixMilli(ms).UTC()
	}
	return h.now()
}

func (h *Handler) hold(ctx context.Context, held desk.Held) error {
	if err := h.store.Hold(ctx, held); err != nil {
		return err
	}
	h.log.Info("held", "brand", held.Brand, "held", held.ID, "reason", held.Reason, "detail", held.Detail, "trace", held.ID)
	return nil
}

// errMissing says that the notice names an object that is not there.
var errMissing = errors.New("no such body")

// raw reads a body as it came. SES takes at most 40 MB, receive much less.
func (h *Handler) raw(ctx context.Context, key string) ([]byte, error) {
	out, err := h.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &h.bucket, Key: &key})
	var none *types.NoSuchKey
	if errors.As(err, &none) {
		return nil, errMissing
	}
	if err != nil {
		return nil, fmt.Errorf("get the raw body: %w", err)
	}
	defer out.Body.Close()
	b, err := io.ReadAll(io.LimitReader(out.Body, 41<<20))
	if err != nil {
		return nil, fmt.Errorf("read the raw body: %w", err)
	}
	return b, nil
}

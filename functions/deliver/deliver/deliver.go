// Package deliver is the only hand in the world: it claims an effect, sends it, and records what came of it.
//
// A crash between claim and record leaves the effect "sending". Nobody tries it again for two minutes, in which the provider's own event of acceptance
// settles it; after that it is sent once more and marked as a possible duplicate.
package deliver

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/channel"
	"pronto/shared/channel/custom"
	"pronto/shared/channel/network"
	"pronto/shared/channel/networks"
	"pronto/shared/channel/ses"
	"pronto/shared/desk"
	"pronto/shared/lane"
	"pronto/shared/line"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Handler is the deliver function.
type Handler struct {
	store    *store.Store
	senders  map[string]channel.Sender
	pages    pages
	hooks    hooks
	policy   *policy.Policy
	keys     desk.Keys
	s3       *s3.Client
	bucket   string // texts of people's answers
	switches switches
	leavers  leavers
	outward  outward
	now      func() time.Time
	log      *slog.Logger
}

// New wires the function.
func New(ctx context.Context, s *setup.Setup) (*Handler, error) {
	env, err := s.Need(setup.Table, setup.Bucket, setup.Secret, setup.Policy, setup.ConfigurationSet, setup.HookSecrets, setup.AccountSecrets)
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
	mail := ses.NewSender(s.AWS, env[setup.ConfigurationSet])
	pages, err := newPages(s, p, keys, mail)
	if err != nil {
		return nil, err
	}
	posts, err := newHooks(s, p)
	if err != nil {
		return nil, err
	}
	hooks, err := newWebhooks(s)
	if err != nil {
		return nil, err
	}
	st := store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table])
	lines, err := line.New(s, st, p)
	if err != nil {
		return nil, err
	}
	senders := map[string]channel.Sender{desk.Email: mail, custom.Channel: posts}
	for _, name := range networks.Names() {
		senders[name] = line.Sender{Lines: lines, Channel: name}
	}
	return &Handler{
		store: st, switches: switches{store: st}, leavers: leavers{store: st}, outward: outward{store: st}, s3: s.S3(), bucket: env[setup.Bucket], senders: senders,
		pages: pages, hooks: hooks, policy: p, keys: keys, now: s.Now, log: s.Log,
	}, nil
}

// Handle takes a batch of a lane; what should come again is named in the answer.
func (h *Handler) Handle(ctx context.Context, ev events.SQSEvent) (events.SQSEventResponse, error) {
	var out events.SQSEventResponse
	for _, m := range ev.Records {
		if e, err := h.one(ctx, m.Body); err != nil {
			h.log.Error("deliver", "queued", m.MessageId, "brand", e.Brand, "conversation", e.Conversation, "effect", e.ID, "trace", e.Traced().String(), "error", setup.Outermost(err))
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return out, nil
}

// one takes a message of a lane, and says what it is about: no more than the lane does of what could not be claimed.
func (h *Handler) one(ctx context.Context, body string) (desk.Effect, error) {
	if t, ok := lane.DecodeTrial(body); ok {
		return desk.Effect{}, h.try(ctx, t)
	}
	ref, err := lane.Decode(body)
	if err != nil {
		return desk.Effect{}, err // the lane's dead-letter queue keeps it, with an alarm
	}
	e, mine, err := h.store.Claim(ctx, ref.Ref, ref.ID, h.now())
	if err != nil || !mine {
		return desk.Effect{Ref: ref.Ref, ID: ref.ID}, err
	}
	return e, h.do(ctx, e)
}

// do carries an effect out, unless something has overtaken it.
func (h *Handler) do(ctx context.Context, e desk.Effect) error {
	switch {
	case e.Unsure && e.Attempts > maxUnsure && e.Channel == desk.Email:
		return h.fail(ctx, e, desk.NoAnswer)
	case e.Page != nil:
		return h.page(ctx, e)
	case e.Hook != nil:
		return h.hook(ctx, e)
	case e.Stayed && !e.Unsure:
		return h.stay(ctx, e)
	}
	if done, err := h.look(ctx, &e); done || err != nil {
		return err
	}
	return h.send(ctx, e)
}

// look sees once more, now that it is about to leave, whether what was decided is still right. done tells that the effect does not leave now.
func (h *Handler) look(ctx context.Context, e *desk.Effect) (done bool, err error) {
	for _, see := range []func(context.Context, desk.Effect) (bool, error){h.hush, h.late, h.overtaken, h.answered, h.survey, h.halted} {
		if done, err := see(ctx, *e); done || err != nil {
			return done, err
		}
	}
	if done, err := h.unwanted(ctx, e); done || err != nil {
		return done, err
	}
	if err := h.renew(ctx, e); err != nil {
		return false, err
	}
	if err := h.resign(ctx, e); err != nil {
		return true, h.again(ctx, *e, "refused_for_now") // nobody knows who may sign it: certainly unsent
	}
	return false, nil
}

// send gives an effect to its channel, and records what that said.
func (h *Handler) send(ctx context.Context, e desk.Effect) error {
	o, why, err := h.compose(ctx, e)
	switch {
	case err != nil:
		return h.again(ctx, e, "refused_for_now")
	case why == textMissing, why == attachmentMissing:
		return h.lost(ctx, e, why)
	case why != "":
		return h.again(ctx, e, why) // an older version than the one that decided, perhaps: the roll-out will mend it
	case h.senders[e.Channel] == nil:
		return h.again(ctx, e, "unknown_kind_or_channel")
	}
	sent, err := h.senders[e.Channel].Send(ctx, o)
	h.health(ctx, e, o, err)
	var limited *network.Limited
	switch {
	case channel.IsUnsent(err) && errors.As(err, &limited):
		return h.rest(ctx, e, limited.Until)
	case channel.IsPermanent(err) && unanswerable(err) != "":
		return h.moot(ctx, e, unanswerable(err))
	case channel.IsPermanent(err):
		return h.fail(ctx, e, "refused_by_provider")
	case channel.IsUnsent(err):
		return h.again(ctx, e, "refused_for_now")
	case err != nil && e.Channel != desk.Email:
		return h.doubt(ctx, e) // it goes by the same id again: who took it drops the second, or it is looked for first
	case err != nil:
		// It may have left. The claim stands: the provider's event settles it, or it is tried again after store.Patience.
		h.effect(e, desk.Sending, desk.NoAnswer)
		return nil
	}
	if err := h.store.Settle(ctx, e, h.keys.Message(e.Brand, e.Channel, sent.ProviderID), sent.ProviderID); err != nil {
		return err
	}
	h.effect(e, desk.Accepted, "")
	return nil
}

// stayPause is how long a receipt that is to be recalled is left alone: longer than it takes the deletion to come again.
const stayPause = 5 * time.Minute

// stay puts a receipt back that its deleted message shall not have any more. One that may have left is no more to be recalled, and goes on.
func (h *Handler) stay(ctx context.Context, e desk.Effect) error {
	if err := h.store.Release(ctx, e, h.now().Add(stayPause)); err != nil {
		return err
	}
	h.effect(e, desk.Queued, string(desk.Withdrawn))
	return nil
}

// fail ends an effect that will never leave. An agent's answer is owed again: that is decided first, so that when we die in between it is tried, and fails,
// once more.
func (h *Handler) fail(ctx context.Context, e desk.Effect, why string) error {
	if e.Reply != nil {
		if err := h.owedAgain(ctx, e, why); err != nil {
			return err
		}
	}
	if err := h.store.Fail(ctx, e, why); err != nil {
		return err
	}
	h.effect(e, desk.Failed, why)
	return nil
}

func (h *Handler) owedAgain(ctx context.Context, e desk.Effect, why string) error {
	return h.turn(ctx, e, desk.NewUnsent(e, why, h.keys).In)
}

// turn takes the turn of an event about an effect, wherever its conversation goes on.
func (h *Handler) turn(ctx context.Context, e desk.Effect, event func(desk.Ref) desk.Event) error {
	now := h.now()
	d, err := h.store.TurnOn(ctx, e.Ref, event, func(ev desk.Event, f desk.Facts) desk.Decision { return desk.Decide(f, ev, h.policy, now) })
	if c := d.Conversation; err == nil && !d.Nothing {
		h.log.Info("turn", "brand", c.Brand, "conversation", c.Conversation, "sequence", c.Sequence, "event", d.Event, "effects", len(d.Effects),
			"trace", e.Traced().With(d.Trace()...).String(), "why", d.Why, "policy", d.Policy)
	}
	return err
}

// maxUnsure is how often something may be sent without ever hearing what became of it: a person looks after that.
const maxUnsure = 4

// Back-off of what cannot be sent for now: doubled from the first to the last, and given up after a day.
const (
	firstPause = 10 * time.Second
	lastPause  = 10 * time.Minute
	giveUp     = 24 * time.Hour
)

// again puts an effect back into its queue that certainly has not left, with the reason.
func (h *Handler) again(ctx context.Context, e desk.Effect, why string) error {
	return h.back(ctx, e, why, h.store.Release)
}

// doubt puts an effect back that may have left.
func (h *Handler) doubt(ctx context.Context, e desk.Effect) error {
	return h.back(ctx, e, desk.NoAnswer, h.store.Doubt)
}

func (h *Handler) back(ctx context.Context, e desk.Effect, why string, give func(context.Context, desk.Effect, time.Time) error) error {
	now := h.now()
	if now.Sub(e.Decided) > giveUp {
		return h.fail(ctx, e, why)
	}
	pause := min(firstPause<<min(e.Attempts-1, 10), lastPause)
	if err := give(ctx, e, now.Add(pause)); err != nil {
		return err
	}
	h.effect(e, desk.Queued, why)
	return nil
}

// effect writes the effect's line in the ledger.
func (h *Handler) effect(e desk.Effect, to desk.State, why string) {
	h.log.Info("effect", "brand", e.Brand, "conversation", e.Conversation, "effect", e.ID, "kind", e.Kind, "lane", e.Lane, "channel", e.Channel,
		"state", to, "why", why, "attempt", e.Attempts, "decided", e.Decided, "trace", e.Traced().String())
}

// renew gives a receipt that was held up the conversation's new promise: where the time that it names has passed, or was renewed before it could be told.
func (h *Handler) renew(ctx context.Context, e *desk.Effect) error {
	now := h.now()
	switch {
	case e.Receipt == nil || e.Kind == channel.Notice || h.policy.Brand(e.Brand) == nil:
		return nil
	case e.Receipt.Due.After(now) && e.Attempts < 2:
		return nil // it leaves as soon as it was decided
	case e.Receipt.Due.After(now):
		c, err := h.store.WhereIs(ctx, e.Ref, e.ID)
		if err == nil && c != nil && c.Promise != nil && c.Promise.State == desk.PromiseRenewed && c.Promise.By.After(now) {
			e.Receipt.Due = c.Promise.By
		}
		return err
	}
	late := func(r desk.Ref) desk.Event {
		return desk.Late{Subject: desk.Subject{Ref: r}, Of: e.Conversation, Effect: e.ID}
	}
	d, err := h.store.TurnOn(ctx, e.Ref, late, func(ev desk.Event, f desk.Facts) desk.Decision { return desk.Decide(f, ev, h.policy, now) })
	if err != nil {
		return err
	}
	if c := d.Conversation; !d.Nothing {
		h.log.Info("turn", "brand", c.Brand, "conversation", c.Conversation, "sequence", c.Sequence, "event", d.Event, "priority", c.Priority,
			"assignee", c.Assignee.ID, "trace", e.Traced().With(d.Trace()...).String(), "why", d.Why, "policy", d.Policy)
	}
	if p := d.Conversation.Promise; p != nil {
		e.Receipt.Due = p.By
	}
	return nil
}

// render makes the outgoing message of an effect; why is a code when it cannot be made, which no retry changes.
func (h *Handler) render(ctx context.Context, e desk.Effect) (o channel.Outgoing, why string) {
	b := h.policy.Brand(e.Brand)
	switch {
	case b == nil:
		return o, "brand_not_in_policy"
	case e.Receipt == nil || h.senders[e.Channel] == nil:
		return o, "unknown_kind_or_channel"
	}
	r := e.Receipt
	t, language := b.Receipt(r.Language)
	agent := r.Assignee.Name
	if r.Assignee.Team {
		agent = ""
	}
	said := reply.Receipt{
		Language: language, Mood: r.Mood, Short: r.Short, Name: r.To.Name, Agent: agent, Brand: b.Name,
		Notice: r.Notice, Due: r.Due, Now: h.now(), Zone: r.Zone.Location(b.Zone), ZoneSure: r.Zone.Sure,
	}
	if w, err := h.switches.of(ctx, e.Brand, h.now()); err == nil { // a receipt without it is true, too
		said.Incident = w.Tells(language, h.now())
	}
	if e.Channel != desk.Email {
		return post(e, b, said), ""
	}
	said.Footer = b.Signature
	text := reply.Render(t, said)
	return channel.Outgoing{
		Effect: e.ID, Brand: e.Brand, Conversation: e.Conversation, Kind: e.Kind,
		From: channel.Party{Name: b.From.Name, Address: b.From.Addr}, To: addressee(r.To),
		ReplyTo: h.keys.Token(e.Brand, e.Conversation) + "@" + b.ReplyDomain,
		Subject: text.Subject, Text: text.Text, HTML: text.HTML, Language: language,
		InReplyTo: r.InReplyTo, References: append(r.References[:len(r.References):len(r.References)], nonEmpty(r.InReplyTo)...),
		Decided: e.Decided, PossibleDuplicate: e.Unsure,
	}, ""
}

// addressee names the recipient only by what is plainly a name: a display name is the sender's to choose, and the To header is read by its recipient.
func addressee(p channel.Party) channel.Party {
	p.Name, _ = reply.PlainName(p.Name)
	return p
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// Package forget does what a customer may demand of what is kept about him: it forgets him, or makes a copy of all of it (package desk, Demand). It also removes what the
// rule book keeps no longer (retain.go).
//
// It is the only function that may delete. What it removes it removes everywhere, in this order, and may die anywhere and be called again: the tombstone is written
// first, objects of the bucket go before the rows that name them (a raw mail that no row knows would be held as lost), and a conversation's messages last.
package forget

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Handler is the forget function.
type Handler struct {
	store  *store.Store
	s3     *s3.Client
	bucket string
	policy *policy.Policy
	keys   desk.Keys
	now    func() time.Time
	log    *slog.Logger
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
	return &Handler{
		store: store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table]), s3: s.S3(), bucket: env[setup.Bucket], policy: p, keys: keys, now: s.Now, log: s.Log,
	}, nil
}

// Handle meets the demands that a batch names; without any it is the round that looks whether who was forgotten is forgotten still.
func (h *Handler) Handle(ctx context.Context, ev events.SQSEvent) (out events.SQSEventResponse, err error) {
	if len(ev.Records) == 0 {
		return out, errors.Join(h.round(ctx), h.retain(ctx))
	}
	for _, m := range ev.Records {
		if err := h.meet(ctx, m.Body); err != nil {
			h.log.Error("forget", "queued", m.MessageId, "error", setup.Outermost(err))
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return out, nil
}

// meet does what one demand says, once.
func (h *Handler) meet(ctx context.Context, body string) error {
	k, err := desk.DecodeDemand(body)
	if err != nil {
		return err // the dead-letter queue keeps it, with an alarm
	}
	d, err := h.store.Demand(ctx, k)
	if err != nil || d == nil || d.Done != nil {
		return err
	}
	if d.Kind == desk.Export {
		err = h.export(ctx, d)
	} else {
		err = h.forget(ctx, d)
	}
	if err != nil {
		return err
	}
	now := h.now()
	d.Done = &now
	if err := h.store.SaveDemand(ctx, *d); err != nil {
		return err
	}
	h.log.Info("demand", "brand", d.Brand, "contact", d.Contact, "kind", d.Kind, "demand", d.ID, "removed", d.Removed, "held", d.Held, "left_out", d.LeftOut)
	return nil
}

// forget removes a contact, and writes on the demand what went.
func (h *Handler) forget(ctx context.Context, d *desk.Demand) error {
	if d.Removed == nil {
		d.Removed = map[string]int{}
	}
	if err := h.bury(ctx, desk.Tombstone{Brand: d.Brand, Contact: d.Contact, At: d.At}); err != nil {
		return err
	}
	w := work{Handler: h, brand: d.Brand, contact: d.Contact, until: d.At, removed: d.Removed, saved: func(ctx context.Context) error { return h.store.SaveDemand(ctx, *d) }, forwarded: &d.Forwarded}
	if err := w.own(ctx); err != nil {
		return err
	}
	if err := h.beside(ctx, w.brand, w.mine); err != nil {
		return err
	}
	if err := w.saved(ctx); err != nil {
		return err
	}
	return w.card(ctx)
}

// work is one contact's being forgotten.
type work struct {
	*Handler
	brand, contact string
	until          time.Time
	removed        map[string]int
	forwarded      *[]string                   // hosts to which his words had been forwarded; nil: nobody asks
	saved          func(context.Context) error // after each conversation: who is called again goes on counting

	spares func(ctx context.Context, raw string, at time.Time) (bool, error) // nil: no raw message is spared
}

func (w *work) count(gone map[string]int) {
	for what, n := range gone {
		w.removed[what] += n
	}
}

// mine is the work itself, for what is the contact's and of the time before.
func (w *work) mine(contact string, at time.Time) *work {
	if contact != w.contact || at.After(w.until) {
		return nil
	}
	return w
}

// own removes what is found by the contact.
func (w *work) own(ctx context.Context) error {
	if err := w.copies(ctx); err != nil {
		return err
	}
	linked := setup.WordsPrefix + w.contact + "/"
	if err := w.removeOf(ctx, linked, func(_ string, at time.Time) bool { return !at.After(w.until) }); err != nil {
		return err
	}
	if err := w.drafts(ctx, w.contact, w.until); err != nil {
		return err
	}
	return w.conversations(ctx)
}

// copies removes what was made of the contact's data on demand.
func (w *work) copies(ctx context.Context) error {
	all, err := w.store.Demands(ctx, w.brand, w.contact)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Key == "" || d.At.After(w.until) {
			continue
		}
		if err := w.remove(ctx, d.Key, func(k string) bool { return k == d.Key }); err != nil {
			return err
		}
	}
	return nil
}

// is tells whether an address of a channel is the contact's.
func (w *work) is(channel, address string) bool {
	return w.contactOf(w.brand, channel, address) == w.contact
}

// contactOf is whose an address is at a brand; "" for none.
func (h *Handler) contactOf(brand, channel, address string) string {
	if address == "" {
		return ""
	}
	if channel == desk.Email {
		address = mail.Mailbox(address)
	}
	return h.keys.Contact(brand, channel, address)
}

// thread is the key under which an answer to what has left finds its conversation.
func (w *work) thread(e desk.Effect) string {
	if e.Provider == "" {
		return ""
	}
	return w.keys.Message(e.Brand, e.Channel, e.Provider)
}

// card removes what is known of the contact, unless he has written since, or something was noted of him since: then it is of what came later.
func (w *work) card(ctx context.Context) error {
	since, err := w.store.ConversationsOf(ctx, w.brand, w.contact, w.now().Add(time.Hour))
	if err != nil || len(since) > 0 {
		return err
	}
	c, err := w.store.Contact(ctx, w.brand, w.contact)
	if err != nil || c == nil || c.Blocked != nil && c.Blocked.At.After(w.until) {
		return err
	}
	was, err := w.store.EraseContact(ctx, w.brand, w.contact)
	if was {
		w.removed[desk.RemovedCard]++
	}
	return err
}

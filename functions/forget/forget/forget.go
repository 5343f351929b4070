// Package forget does what a customer may demand of what is kept about him: it forgets him, or makes a copy of all of it (package desk, Demand). It also removes what the
// rule book keeps no longer (retain.go).
//
// It is the only function that may delete. What it removes it removes everywhere, in this order, and may die anywhere and be called again: the tombstone is written
// first, objects of the bucket go before the rows that name them (a raw mail that no row knows would be held as lost), and a conversation's messages last.
package forget

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/channel/networks"
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

// conversations removes all of the contact's own, and what he wrote in those that his were merged into.
func (w *work) conversations(ctx context.Context) error {
	refs, err := w.store.ConversationsOf(ctx, w.brand, w.contact, w.until)
	if err != nil {
		return err
	}
	merged := map[string][]string{} // conversation of another → those of his that went on there
	for _, r := range refs {
		c, err := w.store.Conversation(ctx, r)
		if err != nil {
			return err
		}
		if c == nil {
			continue // its head went before its messages, and after he had left the other
		}
		way, err := w.onward(ctx, c)
		if err != nil {
			return err
		}
		for _, into := range way {
			if !slices.Contains(refs, into) {
				merged[into.Conversation] = append(merged[into.Conversation], r.Conversation)
			}
		}
	}
	if err := w.copied(ctx, refs, merged); err != nil {
		return err
	}
	for into, parts := range merged {
		if err := w.participation(ctx, desk.Ref{Brand: w.brand, Conversation: into}, parts); err != nil {
			return err
		}
	}
	for _, r := range refs {
		if err := w.conversation(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// onward are the conversations in which one goes on, one after the other.
func (h *Handler) onward(ctx context.Context, c *desk.Conversation) (all []desk.Ref, err error) {
	for c != nil && c.Merged != "" && len(all) <= desk.MaxParts {
		r := desk.Ref{Brand: c.Brand, Conversation: c.Merged}
		all = append(all, r)
		if c, err = h.store.Conversation(ctx, r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// loosen lets what was merged into a conversation that goes, and is of others, stand for itself again: what they wrote stays, and is owed if anything was.
func (w *work) loosen(ctx context.Context, c *desk.Conversation) error {
	for _, id := range c.Parts {
		r := desk.Ref{Brand: c.Brand, Conversation: id}
		part, err := w.store.Conversation(ctx, r)
		if err != nil {
			return err
		}
		if part == nil || part.Contact == c.Contact || part.Merged != c.Conversation {
			continue
		}
		end, err := w.store.GoesOn(ctx, r)
		if err != nil {
			return err
		}
		ev := desk.SetLoose{Subject: desk.Subject{Ref: r}, From: c.Conversation, Owed: end == nil || end.Owed()}
		if _, err := w.store.Turn(ctx, ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, w.policy, w.now()) }); err != nil {
			return err
		}
	}
	return nil
}

// unrelate lets no conversation name one that goes, or what was merged into it. What was merged itself is named by what is related to where it goes on.
func (w *work) unrelate(ctx context.Context, c *desk.Conversation) error {
	way, err := w.onward(ctx, c)
	if err != nil {
		return err
	}
	related := slices.Clone(c.Related)
	for _, r := range way {
		into, err := w.store.Conversation(ctx, r)
		if err != nil {
			return err
		}
		if into != nil {
			related = append(related, into.Related...)
		}
	}
	for _, id := range related {
		other, err := w.store.GoesOn(ctx, desk.Ref{Brand: c.Brand, Conversation: id})
		if err != nil {
			return err
		}
		if other == nil {
			continue
		}
		for _, id := range append([]string{other.Conversation}, other.Parts...) { // what was merged remembers how it stood
			ev := desk.Parted{Subject: desk.Subject{Ref: desk.Ref{Brand: c.Brand, Conversation: id}}, From: append([]string{c.Conversation}, c.Parts...)}
			if _, err := w.store.Turn(ctx, ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, w.policy, w.now()) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// looks is how often a conversation is read again that moves while it is being forgotten.
const looks = 10

// conversation removes one of the contact's: all of it, or what is of before where something has come in since.
func (w *work) conversation(ctx context.Context, r desk.Ref) error {
	for range looks {
		t, err := w.store.Remains(ctx, r)
		if err != nil {
			return err
		}
		e := store.Erasure{Timeline: t, Until: w.until, Thread: w.thread, Now: w.now()}
		if _, stay := e.Messages(); len(stay) == 0 {
			if err := errors.Join(w.loosen(ctx, t.Conversation), w.unrelate(ctx, t.Conversation)); err != nil {
				return err
			}
		}
		doomed, err := w.store.Fence(ctx, e)
		if errors.Is(err, store.ErrMoved) {
			continue
		}
		if err != nil {
			return err
		}
		return w.erase(ctx, e, doomed)
	}
	return fmt.Errorf("forget %s: %w", r.Conversation, store.ErrBusy)
}

// erase removes what a fence stands around.
func (w *work) erase(ctx context.Context, e store.Erasure, doomed *store.Doomed) error {
	r := e.Timeline.Conversation.Ref
	w.noteForwards(e)
	gone, stay := e.Messages()
	if err := w.leave(ctx, e, len(stay) == 0); err != nil {
		return err
	}
	written := []string{setup.WordsPrefix + r.Conversation + "/", setup.UploadsPrefix + r.Brand + "/" + r.Conversation + "/"}
	if len(stay) == 0 {
		if err := w.removeUnder(ctx, written); err != nil {
			return err
		}
	} else { // of what agents began and no message names goes what is of before
		for _, prefix := range written {
			if err := w.removeOf(ctx, prefix, func(key string, at time.Time) bool { return e.Meant(at) && !names(stay, key) }); err != nil {
				return err
			}
		}
	}
	gone = slices.Clone(gone)
	slices.Reverse(gone) // the oldest, by which it is found, goes last
	for len(gone) > 0 {
		n := min(len(gone), erased)
		if err := w.objects(ctx, gone[:n], nil); err != nil {
			return err
		}
		count, err := w.store.EraseConversation(ctx, doomed, gone[:n], n == len(gone))
		w.count(count)
		if err := errors.Join(err, w.saved(ctx)); err != nil {
			return err
		}
		gone = gone[n:]
	}
	return nil
}

// erased is how many messages go at once: who dies is called again, and goes on with those that are left.
const erased = 50

// names tells whether one of some messages names an object of agents'.
func names(messages []desk.Message, key string) bool {
	return slices.ContainsFunc(messages, func(m desk.Message) bool {
		return m.Raw == key || slices.ContainsFunc(m.Files, func(f desk.File) bool { return f.Key == key })
	})
}

// copied removes what the contact wrote in conversations of others, in which he takes part since he had a copy of an answer there, and that he had it.
func (w *work) copied(ctx context.Context, own []desk.Ref, merged map[string][]string) error {
	all, err := w.store.Participations(ctx, w.brand, w.contact, w.until)
	if err != nil {
		return err
	}
	for _, r := range all {
		if !slices.Contains(own, r) {
			if err := w.participation(ctx, r, merged[r.Conversation]); err != nil {
				return err
			}
			t, err := w.store.Timeline(ctx, r)
			if err != nil {
				return err
			}
			if t != nil {
				if err := w.store.EraseCopies(ctx, t, w.contact, w.until); err != nil {
					return err
				}
			}
		}
		if err := w.store.EraseParticipation(ctx, r, w.contact); err != nil {
			return err
		}
	}
	return nil
}

// participation removes what the contact wrote in a conversation of somebody else's.
func (w *work) participation(ctx context.Context, r desk.Ref, parts []string) error {
	t, err := w.store.Timeline(ctx, r)
	if err != nil || t == nil {
		return err
	}
	e := store.Erasure{Timeline: t, Until: w.until, Thread: w.thread, Now: w.now()}
	var his []desk.Message
	for _, m := range t.Messages {
		if w.wrote(t.Conversation.Channel, m) && e.Meant(m.At) {
			his = append(his, m)
		}
	}
	if err := w.objects(ctx, his, nil); err != nil {
		return err
	}
	gone, err := w.store.EraseParticipant(ctx, e, w.contact, parts, func(m desk.Message) bool {
		return w.wrote(t.Conversation.Channel, m)
	}, w.sent)
	w.count(gone)
	return errors.Join(err, w.saved(ctx))
}

// wrote tells whether a message is the contact's own.
func (w *work) wrote(channel string, m desk.Message) bool {
	return m.Direction == "in" && w.is(channel, m.Author.Address)
}

// sent tells whether an effect goes to the contact, whoever may answer it.
func (w *work) sent(e desk.Effect) bool {
	switch {
	case e.Receipt != nil:
		return w.is(e.Channel, e.Receipt.To.Address)
	case e.Reply != nil:
		return w.is(e.Channel, e.Reply.To.Address)
	case e.Survey != nil:
		return w.is(e.Channel, e.Survey.To.Address)
	}
	return false
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

// objects removes what lies in the bucket of some messages, and all under some prefixes.
func (w *work) objects(ctx context.Context, messages []desk.Message, prefixes []string) error {
	var exact []string
	for _, m := range messages {
		prefixes = append(prefixes, setup.FilesPrefix+m.ID+"/")
		if m.Raw != "" {
			spared := false
			if w.spares != nil {
				var err error
				if spared, err = w.spares(ctx, m.Raw, m.At); err != nil {
					return err
				}
			}
			if !spared {
				exact = append(exact, m.Raw)
			}
		}
		for _, f := range m.Files {
			if f.Key != "" {
				exact = append(exact, f.Key)
			}
		}
		prefixes = append(prefixes, posted(m, w.now())...)
	}
	for _, key := range exact {
		if err := w.remove(ctx, key, func(k string) bool { return k == key }); err != nil {
			return err
		}
	}
	return w.removeUnder(ctx, prefixes)
}

// late is how long after a mention its edits and its deletion may still come.
const late = 30 * 24 * time.Hour

// posted are the prefixes of all that was posted of a mention up to now: each edit is an object of its own, under the day on which it came.
func posted(m desk.Message, now time.Time) (prefixes []string) {
	under := setup.CustomPrefix
	if strings.HasPrefix(m.Raw, setup.PostsPrefix) {
		under = setup.PostsPrefix + networks.ChannelOf(m.Raw) + "/"
	}
	if !strings.HasPrefix(m.Raw, under) {
		return nil
	}
	last := m.At
	for _, t := range []*time.Time{m.Edited, m.Withdrawn} {
		if t != nil && t.After(last) {
			last = *t
		}
	}
	if last = last.Add(late); last.After(now.AddDate(0, 0, 1)) {
		last = now.AddDate(0, 0, 1)
	}
	for day := m.At; !day.After(last); day = day.AddDate(0, 0, 1) {
		prefixes = append(prefixes, under+desk.Day(day)+"/"+m.ID+"-")
	}
	return prefixes
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

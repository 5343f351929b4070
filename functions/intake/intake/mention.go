package intake

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"pronto/shared/account"
	"pronto/shared/channel/network"
	"pronto/shared/channel/networks"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/policy"
	"pronto/shared/store"
	"pronto/shared/triage"
)

// mention takes one event of a channel on which mentions come.
func (h *Handler) mention(ctx context.Context, n network.Notice) error {
	b := h.policy.Brand(n.Brand)
	if b == nil {
		return h.holdMention(ctx, account.NoBrand, n, desk.HoldUnknownBrand, "")
	}
	if _, on := b.Use(n.Channel); !on {
		return h.holdMention(ctx, b.ID, n, desk.HoldNoChannel, "")
	}
	raw, err := h.raw(ctx, n.Key)
	if errors.Is(err, errMissing) {
		return h.holdMention(ctx, b.ID, n, desk.HoldMissing, "")
	}
	if err != nil {
		return err
	}
	m, err := networks.Decode(n.Channel, raw, n.ReceivedAt)
	var bad *network.Problem
	switch {
	case errors.As(err, &bad):
		return h.holdMention(ctx, b.ID, n, desk.HoldUnreadable, bad.Field)
	case err != nil:
		return err
	case m.Event == network.Created:
		return h.created(ctx, b, n, m, nil)
	}
	return h.change(ctx, b, n, m)
}

func (h *Handler) holdMention(ctx context.Context, brand string, n network.Notice, why desk.Hold, detail string) error {
	return h.hold(ctx, desk.Held{Brand: brand, ID: n.ID, At: n.ReceivedAt, Channel: n.Channel, Reason: why, Detail: detail, Raw: n.Key})
}

// created takes the turn of a mention; placed says that a person released it.
func (h *Handler) created(ctx context.Context, b *policy.Brand, n network.Notice, m network.Mention, placed *desk.Placed) error {
	buried, err := h.store.Find(ctx, b.ID, n.Channel, []string{h.tomb(b, n.Channel, m)})
	if err != nil {
		return err
	}
	if len(buried) > 0 {
		m.Text = "" // withdrawn before it came
	}
	ev := h.mentioned(ctx, b, n, m)
	ev.Placed = placed
	if len(buried) > 0 {
		ev.Silence, ev.Machine, ev.Message.Withdrawn = desk.Withdrawn, true, &n.ReceivedAt
	}
	if err := h.joinMention(ctx, &ev, m); err != nil {
		return err
	}
	if ev.Silence == desk.NotMentioned && ev.Conversation == ev.Own {
		ev.Machine = true // a stranger speaks to somebody else below a post of ours: he waits for nothing
	}
	d, err := h.received(ctx, recipient{brand: b}, ev, said(m))
	switch {
	case err != nil:
		return err
	case d.Hold != "":
		return h.hold(ctx, desk.Held{
			Brand: b.ID, ID: n.ID, At: n.ReceivedAt, Channel: n.Channel, Reason: d.Hold, Raw: n.Key, Contact: ev.Contact,
		})
	}
	return h.placedAlready(ctx, placed, ev, d)
}

// tomb is the key under which stands that a mention was withdrawn before it came.
func (h *Handler) tomb(b *policy.Brand, channel string, m network.Mention) string {
	return h.keys.Message(b.ID, channel+" withdrawn", m.ID)
}

// mentioned makes of a mention what the desk decides on.
func (h *Handler) mentioned(ctx context.Context, b *policy.Brand, n network.Notice, m network.Mention) desk.Received {
	ev := desk.Received{
		Subject: desk.Subject{
			Ref:     desk.Ref{Brand: b.ID, Conversation: h.keys.Conversation(b.ID, n.Channel, m.ID, m.Author.Key())},
			Channel: n.Channel, Contact: h.keys.Contact(b.ID, n.Channel, m.Author.Key()), Keys: []string{n.ID}, Delivery: m.ID,
		},
		Message: m.Message(n.ID, n.Key, n.ReceivedAt), Judgement: h.judge(ctx, b, said(m)), Digest: h.digestMention(m), Pattern: h.pattern(m.Text), InReplyTo: m.ID, Stop: b.Stops(m.Text),
		Proved: true, // the bridge, or the network, vouches for who wrote it
	}
	ev.Message.Account = n.Account
	ev.Message.Mood, ev.Names = ev.Judgement.Sentiment.Label, h.names(b.ID, m.Author.Name)
	switch {
	case h.policy.Own(m.Author.Handle), h.policy.OwnAccount(n.Channel, m.Author.Handle):
		ev.Silence, ev.Machine = desk.Silence(mail.OwnAddress), true
	case m.Author.Bot:
		ev.Silence, ev.Machine = desk.Bot, true
	case m.Silence != "":
		ev.Silence = m.Silence
	case late(b, n, m):
		ev.Silence = desk.Silence(mail.Late)
	}
	ev.Own = ev.Conversation
	return ev
}

// late tells whether a mention is older than the policy lets be receipted: after an outage of the network's, or of ours, its author has given up waiting for one.
func late(b *policy.Brand, n network.Notice, m network.Mention) bool {
	u, _ := b.Use(n.Channel)
	return u.ReceiptWithin > 0 && n.ReceivedAt.Sub(m.CreatedAt) > u.ReceiptWithin
}

// said is what triage reads of a mention.
func said(m network.Mention) triage.Input { return triage.Input{Text: m.Text, Hint: m.Language} }

// digestMention is the fingerprint of a mention's words; two pictures without words are no repetition.
func (h *Handler) digestMention(m network.Mention) string {
	words := strings.Join(strings.Fields(strings.ToLower(m.Text)), " ")
	if words == "" {
		words = "\x00" + m.ID
	}
	return h.keys.Digest(words)
}

// joinMention finds the conversation that a mention goes on with: that of what it answers, or of what its thread has else, and only if its author is the contact
// there. A stranger who answers it opens a conversation of his own.
func (h *Handler) joinMention(ctx context.Context, ev *desk.Received, m network.Mention) error {
	var keys []string
	for _, id := range append([]string{m.InReplyTo}, m.Thread...) {
		if id != "" {
			keys = append(keys, h.keys.Message(ev.Brand, ev.Channel, id))
		}
	}
	found, err := h.store.Find(ctx, ev.Brand, ev.Channel, keys)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(found, func(f store.Found) bool { return f.Contact == ev.Contact })
	if i < 0 {
		return nil
	}
	c, err := h.store.WhereIs(ctx, desk.Ref{Brand: ev.Brand, Conversation: found[i].Conversation}, h.piece(ev.Subject, found[i]))
	switch {
	case err != nil:
		return err
	case c != nil && c.Conversation != found[i].Conversation:
		ev.Conversation = c.Conversation // effects are numbered within their conversation
	default:
		ev.Conversation, ev.Answers = found[i].Conversation, found[i].Effect
	}
	return nil
}

// outOfOrder is how long a change waits for its mention, or for a sender to say what became of the receipt: SQS keeps no order.
const outOfOrder = 10 * time.Minute

var (
	errEarly    = errors.New("an edit came before its mention")
	errBuried   = errors.New("a deletion came without its mention")
	errUnderWay = errors.New("the receipt of a deleted mention is under way")
	errOurs     = errors.New("the change is of a piece that we sent") // a bridge that reports our own posts, too
	errMoved    = errors.New("the conversation moved while a change was taken")
)

// looks is how often a change is decided again when the conversation moves meanwhile.
const looks = 5

// change takes the turn of what an author did to a mention: edited or deleted it.
func (h *Handler) change(ctx context.Context, b *policy.Brand, n network.Notice, m network.Mention) error {
	for range looks {
		o, err := h.kept(ctx, b, n)
		if errors.Is(err, errOurs) {
			return nil
		}
		if err != nil {
			return err
		}
		if o == nil {
			return h.orphan(ctx, b, n, m)
		}
		stands, err := h.stands(ctx, o)
		if err != nil {
			return err
		}
		ev, err := h.changed(ctx, b, o, stands, n, m)
		if errors.Is(err, errUnderWay) {
			err = h.stay(ctx, o)
		}
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return err
		}
		if done, err := h.turnOn(ctx, o.conversation, stands, n.ID, ev); done || err != nil {
			return err
		}
	}
	return errMoved
}

// original is a mention that a change is about, with its conversation, which was read before.
type original struct {
	conversation *desk.Conversation
	message      desk.Message
}

// kept reads the mention that a change is about by its own key, however long its conversation is; nil when there is none.
func (h *Handler) kept(ctx context.Context, b *policy.Brand, n network.Notice) (*original, error) {
	found, err := h.store.Find(ctx, b.ID, n.Channel, []string{n.ID})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if found[0].Effect != "" {
		return nil, errOurs
	}
	c, err := h.store.Conversation(ctx, desk.Ref{Brand: b.ID, Conversation: found[0].Conversation})
	if err != nil || c == nil {
		return nil, err
	}
	m, err := h.store.Said(ctx, b.ID, found[0], n.ID)
	if err != nil || m == nil {
		return nil, err
	}
	return &original{c, *m}, nil
}

// changed makes of a change to what stands in a conversation what the desk decides on.
func (h *Handler) changed(ctx context.Context, b *policy.Brand, o *original, stands *desk.Conversation, n network.Notice, m network.Mention) (desk.Event, error) {
	about, was := desk.Subject{Ref: o.conversation.Ref, Channel: n.Channel}, o.message
	if stands != o.conversation {
		about.Beside = stands.Ref
	}
	if m.Event == network.Edited {
		return desk.Edited{
			Subject: about, Was: was, Excerpt: m.Excerpt(), Raw: n.Key, Digest: h.digestMention(m), Judgement: h.judge(ctx, b, said(m)), At: m.UpdatedAt,
		}, nil
	}
	rest, rows, err := h.rest(ctx, o, stands)
	if err != nil {
		return nil, err
	}
	ev := desk.Deleted{Subject: about, Was: was, Rest: rest, Rows: rows, At: m.UpdatedAt}
	if was.Outcome.Receipt == "" {
		return ev, nil
	}
	e, ok, err := h.store.Effect(ctx, about.Ref, was.Outcome.Receipt)
	switch {
	case err != nil:
		return nil, err
	case ok && e.State == desk.Queued:
		ev.Unsent = true
	case ok && e.State == desk.Sending && h.now().Sub(n.ReceivedAt) < outOfOrder:
		return nil, errUnderWay // its sender may yet put it back into the queue
	}
	return ev, nil
}

// sharers are the messages that may share a mention's receipt: each is as near to the one that it was ordered for as that may be.
func (h *Handler) sharers(ctx context.Context, o *original) ([]desk.Message, error) {
	if o.message.Outcome.Receipt == "" {
		return nil, nil
	}
	at := o.message.At
	return h.store.Between(ctx, o.conversation.Ref, at.Add(-2*desk.ShareWindow), at.Add(2*desk.ShareWindow))
}

// stay asks the sender of a deleted mention's receipt to keep it, should it come back unsent: the deletion, when it comes again, recalls it. A receipt that other
// mentions share is theirs, too.
func (h *Handler) stay(ctx context.Context, o *original) error {
	near, err := h.sharers(ctx, o)
	if err != nil {
		return err
	}
	shared := func(m desk.Message) bool {
		return m.ID != o.message.ID && m.Withdrawn == nil && m.Outcome.Receipt == o.message.Outcome.Receipt
	}
	if slices.ContainsFunc(near, shared) {
		return errUnderWay
	}
	still, err := h.store.Stay(ctx, o.conversation.Ref, o.message.Outcome.Receipt)
	switch {
	case err != nil:
		return err
	case still:
		return errUnderWay
	}
	return errMoved
}

// turnOn takes the turn of an event about a message that was made from a conversation, and from where the message stands. It is not done when one of them, or a receipt to be
// recalled, has moved since: what came meanwhile where it stands is owed, too.
func (h *Handler) turnOn(ctx context.Context, c, stands *desk.Conversation, message string, ev desk.Event) (done bool, err error) {
	look := 0
	moved := func(is, was *desk.Conversation) bool { return is == nil || is.Sequence != was.Sequence }
	d, err := h.store.Turn(ctx, ev, func(f desk.Facts) desk.Decision {
		if look++; look > 1 || moved(f.Conversation, c) || stands != c && moved(f.Beside, stands) {
			done = false
			return desk.Decision{Nothing: true}
		}
		done = true
		return desk.Decide(f, ev, h.policy, h.now())
	})
	if err == nil && done {
		h.ledger(ev.About(), message, d)
	}
	return done, err
}

// orphan is a change without its mention. An edit waits a while and is then held for a person. Of a deletion is kept at once that its mention, should it come, is
// withdrawn. It looks once more after that: a mention that was being taken meanwhile cannot have seen it.
func (h *Handler) orphan(ctx context.Context, b *policy.Brand, n network.Notice, m network.Mention) error {
	if m.Event == network.Edited {
		if h.now().Sub(n.ReceivedAt) < outOfOrder {
			return errEarly
		}
		return h.hold(ctx, desk.Held{
			Brand: b.ID, ID: h.keys.Message(b.ID, n.Channel+" edited", m.ID), At: n.ReceivedAt, Channel: n.Channel, Reason: desk.HoldNoOriginal, Raw: n.Key,
		})
	}
	before, err := h.store.Bury(ctx, b.ID, n.Channel, h.tomb(b, n.Channel, m), h.now())
	if err == nil && !before {
		return errBuried
	}
	return err
}

package work

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/setup"
	"pronto/shared/store"
	"pronto/shared/triage"
)

// JournalSplit is the kind of the words, maybe none, that go with a split.
const JournalSplit = "split"

// split takes messages out of a conversation into one of their own: {"messages": [ids], "why": "…"}.
func split(ctx context.Context, o *order) (desk.Event, *Problem) {
	var v struct {
		Messages []string
		Why      string
	}
	if p := decode(o.raw, &v); p != nil {
		return nil, p
	}
	slices.Sort(v.Messages)
	v.Messages = slices.Compact(v.Messages)
	switch n := len(v.Messages); {
	case n == 0:
		return nil, Refuse(http.StatusUnprocessableEntity, "messages", "choose what goes into a conversation of its own")
	case n > desk.MaxPieces:
		return nil, Refuse(http.StatusUnprocessableEntity, "messages", "20 messages are split off at once, at most")
	}
	c := o.conversation
	o.act.Beside = desk.Ref{Brand: c.Brand, Conversation: o.keys.Conversation(c.Brand, agents, o.act.Keys[0], c.Contact)}
	r := o.newReading()
	ev, err := Splitting(ctx, o.store, o.keys, c.Ref, v.Messages, o.Desk.mailAt)
	var bad notThere
	switch {
	case errors.As(err, &bad):
		return nil, Refuse(http.StatusUnprocessableEntity, "messages", bad.Error())
	case err != nil:
		return nil, o.Unable("conversation", err)
	}
	// What goes and what stays depends on what the conversation is now: with a message more it would be another.
	ev.Expect = cmp.Or(o.act.Expect, ev.Expect)
	ev.Subject, ev.By = o.act.Subject, o.act.By
	ev.Judged = o.judged(ctx, r, ev)
	ev.Words, _ = Findable(o.keys, c.Brand, SplitTitle(ev, c.Subject), "")
	m, p := o.reasoned(ctx, v.Why)
	ev.Note = m
	return ev, p
}

// judged reads again what goes and waits, and gives the most pressing judgement with the mood of the newest.
func (o *order) judged(ctx context.Context, r *reading, ev desk.Split) (j triage.Judgement) {
	for _, m := range ev.Said {
		if m.Direction != "in" || m.Withdrawn != nil || !slices.Contains(ev.Goes, m.ID) {
			continue
		}
		was := j
		j = o.judge(ctx, r, m, desk.Corrected{Was: m}.Told)
		if was.Priority.Above(j.Priority) {
			j.Priority, j.PriorityWhy = was.Priority, was.PriorityWhy
		}
	}
	return j
}

// SplitTitle is the new conversation's subject: of the first that goes and has one, else the origin's.
func SplitTitle(ev desk.Split, origin string) string {
	for _, m := range ev.Going() {
		if m.Subject != "" {
			return m.Subject
		}
	}
	return origin
}

// notThere is why messages cannot be split off that an agent has named.
type notThere string

func (e notThere) Error() string { return string(e) }

// mailReader reads the mail that lies under a key, within its limits.
type mailReader = func(ctx context.Context, key string) (*mail.Message, error)

// mailAt is a mailReader for which an agent waits.
func (d *Desk) mailAt(ctx context.Context, key string) (*mail.Message, error) {
	raw, err := d.raw(ctx, key)
	if err != nil {
		return nil, err
	}
	return mail.Parse(raw, d.limits())
}

// Splitting reads what a split looks at: the newest of what was said, in the conversation, in what was merged into it and in what was split off into either, with all that
// goes; and to what of the contact's either of the two then answers.
func Splitting(ctx context.Context, s *store.Store, k desk.Keys, r desk.Ref, goes []string, read mailReader) (ev desk.Split, err error) {
	t, _, err := s.Newest(ctx, r, messageSize)
	if err != nil {
		return ev, err
	}
	if t == nil {
		return ev, errGone
	}
	c := t.Conversation
	ev.Goes, ev.Expect = goes, c.Version
	l := &splitting{store: s, lost: map[string]bool{}, receipts: map[string]*desk.Receipt{}}
	if err := l.gather(ctx, t, goes); err != nil {
		return ev, err
	}
	refuse := func(words string) error { return notThere(words) }
	ev.Said, ev.Lost = l.said, slices.Sorted(maps.Keys(l.lost))
	for _, id := range goes {
		i := slices.IndexFunc(l.said, func(m desk.Message) bool { return m.ID == id })
		switch {
		case i < 0:
			return ev, refuse("no message of this conversation has the id " + mail.Cut(id, 60) + ": receipts go with what they answer")
		case l.said[i].Direction == "in" && l.said[i].Kind == "message" && authorOf(k, c, l.said[i]) != c.Contact:
			return ev, refuse("somebody else wrote one of these: what the conversation's own contact wrote is split off, with answers and notes")
		}
	}
	going := func(m desk.Message) bool { return slices.Contains(goes, m.ID) }
	ev.Thread = l.thread(ctx, c, going, read)
	ev.Stays = l.thread(ctx, c, func(m desk.Message) bool { return !going(m) && c.SplitInto(m.In, m.ID) == "" }, read)
	return ev, nil
}

// authorOf is whose a message is that came in.
func authorOf(k desk.Keys, c *desk.Conversation, m desk.Message) string {
	address := m.Author.Address
	if c.Channel == desk.Email {
		address = mail.Mailbox(address)
	}
	return k.Contact(c.Brand, c.Channel, address)
}

// splitting gathers what was said.
type splitting struct {
	store    *store.Store
	heads    []*desk.Conversation // the conversation, and what was merged into it
	said     []desk.Message
	lost     map[string]bool          // answers that did not arrive
	receipts map[string]*desk.Receipt // by the message that they answer
}

// gather reads the conversation and what was merged into it, and what any of these began with: what was split off into it stands in it like its own.
func (l *splitting) gather(ctx context.Context, t *store.Timeline, goes []string) error {
	c := t.Conversation
	all := []*store.Timeline{t}
	for _, id := range c.Parts {
		part, _, err := l.store.Newest(ctx, desk.Ref{Brand: c.Brand, Conversation: id}, messageSize)
		if err != nil {
			return err
		}
		if part != nil {
			all = append(all, part)
		}
	}
	for _, t := range all {
		l.heads = append(l.heads, t.Conversation)
	}
	for _, t := range all {
		if err := errors.Join(l.add(ctx, t, goes), l.came(ctx, t.Conversation)); err != nil {
			return err
		}
	}
	slices.SortStableFunc(l.said, func(a, b desk.Message) int { return a.At.Compare(b.At) })
	return nil
}

// one tells whether a conversation is one of these.
func (l *splitting) one(id string) bool {
	return slices.ContainsFunc(l.heads, func(c *desk.Conversation) bool { return c.Conversation == id })
}

// went tells whether a message was split off before its conversation was merged into this one: it stands elsewhere.
func (l *splitting) went(m desk.Message) bool {
	return slices.ContainsFunc(l.heads[1:], func(c *desk.Conversation) bool {
		to := c.SplitInto(m.In, m.ID)
		return to != "" && !l.one(to)
	})
}

// add takes a conversation's newest messages, and of the older ones what goes.
func (l *splitting) add(ctx context.Context, t *store.Timeline, goes []string) error {
	r := t.Conversation.Ref
	for _, x := range t.Conversation.Scheduled {
		l.lost[x.Message] = true
	}
	all := t.Messages
	for _, id := range goes { // one may be older than the newest
		is := func(m desk.Message) bool { return m.ID == id }
		if slices.ContainsFunc(all, is) || len(t.Messages) < messageSize {
			continue
		}
		m, err := l.store.Message(ctx, r, is)
		if err != nil {
			return err
		}
		if m != nil {
			all = append(all, *m)
		}
	}
	for n := range all {
		all[n].In = r.Conversation
	}
	l.take(all, t.Effects)
	return nil
}

// came takes the messages with which a conversation began, where they lie in none of these.
func (l *splitting) came(ctx context.Context, c *desk.Conversation) error {
	if c.SplitFrom == nil {
		return nil
	}
	t, err := l.store.Pieces(ctx, c.Brand, slices.DeleteFunc(slices.Clone(c.SplitFrom.Pieces), func(p desk.Piece) bool { return l.one(p.In) }))
	if err != nil {
		return err
	}
	l.take(t.Messages, t.Effects)
	return nil
}

// take takes messages with what of ours is about them: effects are numbered in each conversation.
func (l *splitting) take(messages []desk.Message, effects []desk.Effect) {
	failed := map[desk.EffectRef]bool{}
	for _, e := range effects {
		failed[desk.EffectRef{Ref: e.Ref, ID: e.ID}] = e.State == desk.Failed
		if e.Receipt != nil && e.Receipt.Message != "" {
			l.receipts[e.Receipt.Message] = e.Receipt
		}
	}
	brand := l.heads[0].Brand
	for _, m := range messages {
		if l.went(m) {
			continue
		}
		if m.Kind == "reply" && failed[desk.EffectRef{Ref: desk.Ref{Brand: brand, Conversation: m.In}, ID: m.Effect}] {
			l.lost[m.ID] = true
		}
		l.said = append(l.said, m)
	}
}

// thread is what an answer to the newest of some messages refers to: as its receipt has it, else as the mail itself says. Where neither can be had it refers to nothing.
func (l *splitting) thread(ctx context.Context, c *desk.Conversation, of func(desk.Message) bool, read mailReader) desk.Thread {
	m := desk.NewestOf(slices.DeleteFunc(slices.Clone(l.said), func(m desk.Message) bool { return !of(m) }))
	switch x := l.receipts[m.ID]; {
	case m.ID == "":
		return desk.Thread{}
	case c.Channel != desk.Email:
		return desk.Thread{ID: m.ProviderID, Account: m.Account}
	case x != nil && x.InReplyTo != "":
		return desk.Thread{ID: x.InReplyTo, References: x.References, Account: x.Account}
	case !strings.HasPrefix(m.Raw, setup.MailPrefix):
		return desk.Thread{}
	}
	x, err := read(ctx, m.Raw)
	if err != nil {
		return desk.Thread{}
	}
	return desk.Thread{ID: x.MessageID, References: mail.FewReferences(x.References)}
}

package forget

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/channel"
	"pronto/shared/channel/networks"
	"pronto/shared/desk"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Copy is data.json in the copy of what is kept about a contact: the rows as they are kept, but for what is other people's: their letters and addresses in a conversation of
// several, and the notes that agents wrote for each other. What it names as file lies beside it.
type Copy struct {
	Brand         string             `json:"brand"`
	Contact       string             `json:"contact"`
	At            time.Time          `json:"at"`
	Card          *desk.Contact      `json:"card"` // null: nothing is known of the contact beside what he wrote
	Conversations []CopyConversation `json:"conversations"`
	Participated  []CopyConversation `json:"participated"` // in conversations of others: what he wrote and was sent
	Held          []desk.Held        `json:"held"`
	Demands       []desk.Demand      `json:"demands"`
	Files         []CopyFile         `json:"files"`
}

// CopyConversation is one conversation, as far as it is the contact's.
type CopyConversation struct {
	Conversation *desk.Conversation `json:"conversation,omitempty"`
	Messages     []desk.Message     `json:"messages"`
	Sent         []CopyEffect       `json:"sent,omitempty"`
	Turns        []store.Turned     `json:"turns,omitempty"`
}

// CopyEffect is what was ordered to be sent, and what became of it.
type CopyEffect struct {
	desk.Effect
	State    desk.State     `json:"state"`
	Why      string         `json:"why,omitempty"`
	Provider string         `json:"provider,omitempty"`
	Report   channel.Report `json:"report,omitempty"`
}

// CopyFile is a file of the copy. One that did not fit in is named all the same.
type CopyFile struct {
	Name    string `json:"name,omitempty"`
	Key     string `json:"key"`
	Size    int64  `json:"size"`
	LeftOut bool   `json:"left_out,omitempty"`
}

// maxCopied bounds the files of one copy: it is made on the function's own disk. What does not fit in is left out, and named.
const maxCopied = 400 << 20

// export makes a copy of all that is kept about a contact, and writes on the demand where it lies.
func (h *Handler) export(ctx context.Context, d *desk.Demand) error {
	c, err := h.collect(ctx, d)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp("", "copy-*.zip")
	if err != nil {
		return fmt.Errorf("make a copy: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := h.pack(ctx, f, c); err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("make a copy: %w", err)
	}
	d.Key, d.Size = setup.ExportsPrefix+d.Brand+"/"+d.ID+".zip", size
	_, err = h.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &h.bucket, Key: &d.Key, Body: f, ContentLength: &size, ContentType: aws.String("application/zip")})
	if err != nil {
		return fmt.Errorf("keep a copy: %w", err)
	}
	d.Held = map[string]int{}
	for _, all := range [][]CopyConversation{c.Conversations, c.Participated} {
		for _, x := range all {
			d.Held[desk.RemovedMessages] += len(x.Messages)
			d.Held[desk.RemovedEffects] += len(x.Sent)
			d.Held[desk.RemovedTurns] += len(x.Turns)
		}
	}
	d.Held[desk.RemovedConversations], d.Held[desk.RemovedHeld], d.LeftOut = len(c.Conversations), len(c.Held), 0
	for _, x := range c.Files {
		if x.LeftOut {
			d.LeftOut++
		} else {
			d.Held[desk.RemovedObjects]++
		}
	}
	return nil
}

// collect reads all rows.
func (h *Handler) collect(ctx context.Context, d *desk.Demand) (*Copy, error) {
	c := &Copy{Brand: d.Brand, Contact: d.Contact, At: d.At, Conversations: []CopyConversation{}, Participated: []CopyConversation{}, Held: []desk.Held{}}
	w := work{Handler: h, brand: d.Brand, contact: d.Contact, until: d.At}
	var err error
	if c.Card, err = h.store.Contact(ctx, d.Brand, d.Contact); err != nil {
		return nil, err
	}
	if c.Card != nil { // of which others agents think that they are the same person, and why, is not the contact's to have
		for i, x := range c.Card.Same {
			c.Card.Same[i] = desk.Identity{Contact: x.Contact, At: x.At, Consent: x.Consent}
		}
	}
	if c.Demands, err = h.store.Demands(ctx, d.Brand, d.Contact); err != nil {
		return nil, err
	}
	own, err := w.collectOwn(ctx, c)
	if err != nil {
		return nil, err
	}
	copied, err := h.store.Participations(ctx, d.Brand, d.Contact, d.At)
	if err != nil {
		return nil, err
	}
	if err := w.participatedIn(ctx, c, copied, own); err != nil {
		return nil, err
	}
	for _, brand := range []string{d.Brand, "-"} {
		err := h.eachHeld(ctx, brand, func(x desk.Held) error {
			if h.sender(ctx, d.Brand, x, func(contact string, _ time.Time) *work { return w.mine(contact, time.Time{}) }) != nil {
				c.Held = append(c.Held, x)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

// collectOwn reads the contact's own conversations, and what is the contact's in those of others in which they go on. It tells of which was read.
func (w *work) collectOwn(ctx context.Context, c *Copy) (seen map[string]bool, err error) {
	refs, err := w.store.ConversationsOf(ctx, w.brand, w.contact, w.until)
	if err != nil {
		return nil, err
	}
	seen = map[string]bool{}
	for _, r := range refs {
		seen[r.Conversation] = true
	}
	for _, r := range refs {
		t, err := w.store.Remains(ctx, r)
		if err != nil {
			return nil, err
		}
		one, err := w.whole(ctx, t, seen)
		if err != nil {
			return nil, err
		}
		c.Conversations = append(c.Conversations, one)
		way, err := w.onward(ctx, t.Conversation)
		if err != nil {
			return nil, err
		}
		if err := w.participatedIn(ctx, c, way, seen); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

// whole is one of the contact's own conversations, with its head and its turns.
func (w *work) whole(ctx context.Context, t *store.Timeline, own map[string]bool) (one CopyConversation, err error) {
	one = w.share(t)
	if t.Conversation.Sequence > 0 { // who began to forget it has not taken its head yet
		one.Conversation = w.alone(t.Conversation)
		one.Conversation.Related = slices.DeleteFunc(slices.Clone(t.Conversation.Related), func(id string) bool { return !own[id] }) // others' are theirs
	}
	turns, err := w.allTurns(ctx, t.Conversation.Ref)
	one.Turns = told(turns, t.Messages, one.Messages)
	return one, err
}

// participatedIn reads what is the contact's in conversations of others, but in those that were read.
func (w *work) participatedIn(ctx context.Context, c *Copy, refs []desk.Ref, seen map[string]bool) error {
	for _, r := range refs {
		if seen[r.Conversation] {
			continue
		}
		seen[r.Conversation] = true
		if err := w.participated(ctx, c, r); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) participated(ctx context.Context, c *Copy, r desk.Ref) error {
	t, err := w.store.Timeline(ctx, r)
	if err != nil || t == nil {
		return err
	}
	if one := w.share(t); len(one.Messages) > 0 {
		c.Participated = append(c.Participated, one)
	}
	return nil
}

// share is of a conversation what the contact wrote, what was sent to him, and what other systems were told of it.
func (w *work) share(t *store.Timeline) CopyConversation {
	one, channel := CopyConversation{Messages: []desk.Message{}}, channelOf(t)
	own, to, copied := t.Conversation.Contact == w.contact || t.Conversation.Sequence == 0, map[string]string{}, map[string]bool{}
	for _, e := range t.Effects {
		if e.Reply != nil && len(e.Reply.Cc) > 0 {
			e, copied[e.ID] = w.onlyHis(e)
		}
		switch {
		case e.Receipt != nil:
			to[e.ID] = e.Receipt.To.Address
		case e.Reply != nil:
			to[e.ID] = e.Reply.To.Address
		case e.Survey != nil:
			to[e.ID] = e.Survey.To.Address
		}
		if w.is(e.Channel, to[e.ID]) || copied[e.ID] || own && e.Hook != nil {
			one.Sent = append(one.Sent, CopyEffect{Effect: e, State: e.State, Why: e.Why, Provider: e.Provider, Report: e.Report})
		}
	}
	for _, m := range t.Messages {
		if w.wrote(channel, m) || m.Direction == "out" && m.Kind != "note" && (w.is(channel, to[m.Effect]) || copied[m.Effect]) {
			m.Cc = w.his(m.Cc)
			one.Messages = append(one.Messages, m)
		}
	}
	return one
}

// onlyHis is an answer without the addresses of others who had it; copied tells whether he had a copy.
func (w *work) onlyHis(e desk.Effect) (_ desk.Effect, copied bool) {
	r := *e.Reply
	r.Cc = w.his(r.Cc)
	if copied = len(r.Cc) > 0; !w.is(e.Channel, r.To.Address) {
		r.To = channel.Party{}
	}
	e.Reply = &r
	return e, copied
}

func (w *work) his(cc []desk.Cc) []desk.Cc {
	return slices.DeleteFunc(slices.Clone(cc), func(x desk.Cc) bool { return x.Contact != w.contact })
}

// alone is a conversation's head without who else takes part.
func (w *work) alone(c *desk.Conversation) *desk.Conversation {
	one := *c
	one.Participants, one.Passed, one.Apart, one.Whole = nil, nil, nil, nil // which of us could not bear it is ours
	for _, p := range c.Participants {
		if p.Contact != w.contact {
			p.Contact, p.Party = "", channel.Party{}
		}
		one.Participants = append(one.Participants, p)
	}
	one.Thirds = slices.DeleteFunc(slices.Clone(c.Thirds), func(x desk.Third) bool { return x.Contact != w.contact })
	one.Scheduled = slices.Clone(c.Scheduled)
	for i, x := range one.Scheduled {
		one.Scheduled[i].Cc = w.his(x.Cc)
	}
	if !w.is(c.Channel, c.Party.Address) { // somebody else has written last
		one.Party, one.Thread = channel.Party{}, desk.Thread{}
	}
	return &one
}

// told are the turns but those of messages that are not in the copy.
func told(turns []store.Turned, all, copied []desk.Message) []store.Turned {
	left := map[string]bool{}
	for _, m := range all {
		left[m.ID] = true
	}
	for _, m := range copied {
		delete(left, m.ID)
	}
	return slices.DeleteFunc(turns, func(t store.Turned) bool { return left[t.Message] })
}

// channelOf is a conversation's channel: where its head is gone, that of what has come in.
func channelOf(t *store.Timeline) string {
	if t.Conversation.Channel != "" {
		return t.Conversation.Channel
	}
	for _, m := range t.Messages {
		if m.Direction != "in" || m.Raw == "" {
			continue
		}
		if c := networks.ChannelOf(m.Raw); networks.Mentions(c) {
			return c
		}
	}
	return desk.Email
}

// turnsPage is how many turns are read at once.
const turnsPage = 200

func (h *Handler) allTurns(ctx context.Context, r desk.Ref) (all []store.Turned, err error) {
	for before := 0; ; {
		page, err := h.store.Turns(ctx, r, before, turnsPage)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < turnsPage {
			return all, nil
		}
		before = page[len(page)-1].Sequence
	}
}

package work

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/store"
)

// FromTheFirst in the place of a message's id asks for a conversation's first messages.
const FromTheFirst = "0"

// messageSize is how many messages one answer has at most.
const messageSize = 500

// errNoMessage is an id that no message of the conversation has.
var errNoMessage = errors.New("no such message")

// window is a part of what was said, with what is before and after it.
type window struct {
	conversation   *desk.Conversation
	messages       []Message
	earlier, later bool
	next           string                 // place of the last of them
	since          time.Time              // they come after it; zero for from the first
	pages          map[string]desk.Effect // what called somebody meanwhile, by conversation and id
}

// note keeps what called somebody: it is no message.
func (w *window) note(t *store.Timeline) {
	for _, e := range t.Effects {
		if e.Page == nil {
			continue
		}
		if w.pages == nil {
			w.pages = map[string]desk.Effect{}
		}
		w.pages[effectKey(t.Conversation.Conversation, e.ID)] = e
	}
}

// effectKey tells effects of conversations that are shown as one apart.
func effectKey(conversation, id string) string { return conversation + "#" + id }

// place is where a window ends: its last message, and from which effect on the next one looks for receipts.
type place struct {
	At     time.Time         `json:"t"`
	Turn   int               `json:"n,omitempty"`
	ID     string            `json:"m"`
	Part   string            `json:"p,omitempty"`
	Effect string            `json:"e,omitempty"`
	Parts  map[string]string `json:"x,omitempty"` // the same of the conversations that were merged into it
}

// placeMark begins a place, which no message's id does.
const placeMark = "~"

// maxPlace bounds one that is given back: it has an effect of each of desk.MaxParts conversations at most.
const maxPlace = 1600

func (p place) String() string {
	b, _ := json.Marshal(p) // of our own types
	return placeMark + base64.RawURLEncoding.EncodeToString(b)
}

func placeOf(s string) (p place, ok bool) {
	if len(s) > maxPlace || len(s) == 0 || s[:1] != placeMark {
		return p, false
	}
	b, err := base64.RawURLEncoding.DecodeString(s[1:])
	return p, err == nil && json.Unmarshal(b, &p) == nil
}

// window reads the newest messages for "", the first for FromTheFirst, and those after a place or a message; each costs what it shows, however long the conversation is.
func (d *Desk) window(ctx context.Context, r desk.Ref, after string) (window, error) {
	if after == "" {
		return d.newest(ctx, r)
	}
	from, ok := placeOf(after)
	if !ok && after != FromTheFirst {
		var err error
		if from, err = d.placeAt(ctx, r, after); err != nil {
			return window{}, err
		}
	}
	return d.following(ctx, r, from)
}

// newest is a conversation's end.
func (d *Desk) newest(ctx context.Context, r desk.Ref) (w window, err error) {
	t, more, err := d.store.Newest(ctx, r, messageSize)
	if err != nil {
		return w, err
	}
	if t == nil {
		return w, errGone
	}
	w.note(t)
	end := func(ctx context.Context, r desk.Ref) (*store.Timeline, error) {
		t, earlier, err := d.store.Newest(ctx, r, messageSize)
		if more = more || earlier; t != nil {
			w.note(t)
		}
		return t, err
	}
	all, err := d.parts(ctx, t.Conversation, d.messages(t), end)
	first := max(0, len(all)-messageSize)
	if w.conversation, w.messages, w.earlier = t.Conversation, all[first:], more || first > 0; w.earlier && len(w.messages) > 0 {
		w.since = w.messages[0].At
	}
	return w, err
}

// stretch is what follows in one of the conversations that are shown as one; part is "" for the one that they were merged into.
type stretch struct {
	part    string
	effects []desk.Effect
}

// following is what comes after a place, or with the zero place what came first. Of each conversation that was merged into it, too, only what follows is read: the earliest moment at
// which one of them has more is how far all of them are known.
func (d *Desk) following(ctx context.Context, r desk.Ref, from place) (w window, err error) {
	var all []Message
	var read []stretch
	var heads []*desk.Conversation
	var known time.Time // up to where all is here; zero for to the end
	add := func(part string) error {
		of, effect := r, from.Effect
		if part != "" {
			of.Conversation, effect = part, from.Parts[part]
		}
		t, more, err := d.store.Following(ctx, of, from.At, effect, messageSize)
		if err != nil || t == nil {
			return err
		}
		w.note(t)
		if heads = append(heads, t.Conversation); part == "" {
			w.conversation = t.Conversation
		}
		if n := len(t.Messages); more {
			if last := t.Messages[n-1].At.Truncate(time.Millisecond); known.IsZero() || last.Before(known) {
				known = last
			}
		}
		for _, m := range d.messages(t) {
			if m.Part = part; from.before(m) {
				all = append(all, m)
			}
		}
		read = append(read, stretch{part, t.Effects})
		return nil
	}
	if err := add(""); err != nil {
		return w, err
	}
	if w.conversation == nil {
		return w, errGone
	}
	for _, part := range w.conversation.Parts {
		if err := add(part); err != nil {
			return w, err
		}
	}
	if all, err = d.splits(ctx, heads, all); err != nil {
		return w, err
	}
	all = slices.DeleteFunc(all, func(m Message) bool { return !from.before(m) })
	slices.SortStableFunc(all, byTime)
	w.earlier, w.since = !from.At.IsZero(), from.At
	w.show(upTo(all, known), !known.IsZero(), read)
	return w, nil
}

// upTo are the messages before a moment: of the moment itself not all may be here, and it stands in the next part. Where there are none before it, its own are shown.
func upTo(all []Message, known time.Time) []Message {
	if known.IsZero() {
		return all
	}
	before := func(t time.Time) int {
		if i := slices.IndexFunc(all, func(m Message) bool { return !m.At.Before(t) }); i >= 0 {
			return i
		}
		return len(all)
	}
	return all[:cmp.Or(before(known), before(known.Add(time.Millisecond)))]
}

// placeAt is the place after a message, or a receipt, that is named by its id.
func (d *Desk) placeAt(ctx context.Context, r desk.Ref, id string) (p place, err error) {
	c, err := d.store.Conversation(ctx, r)
	if err != nil {
		return p, err
	}
	if c == nil {
		return p, errGone
	}
	refs := []desk.Ref{r}
	for _, part := range c.Parts {
		refs = append(refs, desk.Ref{Brand: r.Brand, Conversation: part})
	}
	m, of, err := d.cameAs(ctx, c, id)
	if err == nil && m.ID == "" {
		m, of, err = d.saidIn(ctx, c, refs, id)
	}
	if err != nil {
		return p, err
	}
	if p = (place{At: m.At, Turn: turn(m), ID: m.ID, Parts: map[string]string{}}); of != r {
		p.Part = of.Conversation
	}
	heads, err := d.store.Conversations(ctx, refs)
	if err != nil {
		return p, err
	}
	for _, of := range refs {
		effect := ""
		if x := heads[of]; x != nil {
			effect, err = d.store.EffectBefore(ctx, x, m.At.Add(-slack))
		}
		if err != nil {
			return p, err
		}
		if of == r {
			p.Effect = effect
		} else {
			p.Parts[of.Conversation] = effect
		}
	}
	return p, nil
}

// saidIn finds a message, or a receipt, of conversations that are shown as one. What came in is found by its own key, a receipt by its effect's; what agents wrote is looked for from the
// newest on.
func (d *Desk) saidIn(ctx context.Context, c *desk.Conversation, refs []desk.Ref, id string) (Message, desk.Ref, error) {
	found, err := d.store.Find(ctx, c.Brand, c.Channel, []string{id})
	if err != nil {
		return Message{}, c.Ref, err
	}
	for _, f := range found {
		if r := (desk.Ref{Brand: c.Brand, Conversation: f.Conversation}); slices.Contains(refs, r) && f.Effect == "" {
			m, err := d.store.Said(ctx, c.Brand, f, id)
			if m != nil || err != nil {
				return named(m), r, err
			}
		}
	}
	for _, r := range refs {
		e, ok, err := d.store.Effect(ctx, r, id)
		if ok || err != nil {
			return Message{ID: id, Direction: "out", Kind: string(channel.Receipt), At: e.Decided}, r, err
		}
	}
	for _, r := range refs {
		m, err := d.store.Message(ctx, r, func(m desk.Message) bool { return m.ID == id })
		if m != nil || err != nil {
			return named(m), r, err
		}
	}
	return Message{}, c.Ref, errNoMessage
}

// named is what a message's place among others goes by.
func named(m *desk.Message) Message {
	if m == nil {
		return Message{}
	}
	return Message{ID: m.ID, Direction: m.Direction, Kind: m.Kind, At: m.At}
}

// slack is by how much an effect may be decided before the message that it is of, when clocks differ.
const slack = time.Minute

// show shows the first of what was read, and notes where to go on.
func (w *window) show(all []Message, more bool, read []stretch) {
	n := min(len(all), messageSize)
	w.messages, w.later = all[:n], more || n < len(all)
	if n == 0 || !w.later {
		return
	}
	m := all[n-1]
	end := place{At: m.At, Turn: turn(m), ID: m.ID, Part: m.Part, Parts: map[string]string{}}
	for _, s := range read {
		effect := ""
		for _, e := range s.effects {
			if e.Decided.Before(m.At.Add(-slack)) {
				effect = e.ID
			}
		}
		switch {
		case s.part == "":
			end.Effect = effect
		case effect != "":
			end.Parts[s.part] = effect
		}
	}
	w.next = end.String()
}

// before tells whether a message comes after the place; all do after the zero place.
func (p place) before(m Message) bool {
	return cmp.Or(p.At.Compare(m.At), cmp.Compare(p.Turn, turn(m)), strings.Compare(p.ID, m.ID), strings.Compare(p.Part, m.Part)) < 0
}

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
	next           string // place of the last of them
}

// place is where a window ends: its last message, and from which effect on the next one looks for receipts.
type place struct {
	At     time.Time `json:"t"`
	Turn   int       `json:"n,omitempty"`
	ID     string    `json:"m"`
	Part   string    `json:"p,omitempty"`
	Effect string    `json:"e,omitempty"`
}

// placeMark begins a place, which no message's id does.
const placeMark = "~"

func (p place) String() string {
	b, _ := json.Marshal(p) // of our own types
	return placeMark + base64.RawURLEncoding.EncodeToString(b)
}

func placeOf(s string) (p place, ok bool) {
	if len(s) > 400 || len(s) == 0 || s[:1] != placeMark {
		return p, false
	}
	b, err := base64.RawURLEncoding.DecodeString(s[1:])
	return p, err == nil && json.Unmarshal(b, &p) == nil
}

// window reads the newest messages for "", the first for FromTheFirst, and those after a place; each costs what it shows, however long the conversation is. After a message
// that is only named by its id, and where other conversations were merged into this one, all is read.
func (d *Desk) window(ctx context.Context, r desk.Ref, after string) (w window, err error) {
	if after == "" {
		return d.newest(ctx, r)
	}
	from, ok := placeOf(after)
	if after == FromTheFirst || ok {
		w, done, err := d.following(ctx, r, from)
		if done || err != nil {
			return w, err
		}
	}
	t, err := d.store.Timeline(ctx, r)
	if err != nil {
		return w, err
	}
	if t == nil {
		return w, errGone
	}
	w.conversation = t.Conversation
	all, err := d.parts(ctx, t.Conversation, d.messages(t), d.store.Timeline)
	if err != nil {
		return w, err
	}
	first := 0
	switch {
	case ok:
		first = slices.IndexFunc(all, func(m Message) bool { return from.before(m) })
		if first < 0 {
			first = len(all)
		}
	case after != FromTheFirst:
		i := slices.IndexFunc(all, func(m Message) bool { return m.ID == after && m.Part == "" })
		if i < 0 {
			i = slices.IndexFunc(all, func(m Message) bool { return m.ID == after })
		}
		if i < 0 {
			return w, errNoMessage
		}
		first = i + 1
	}
	w.show(all[first:], false, t.Effects)
	w.earlier = first > 0
	return w, nil
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
	end := func(ctx context.Context, r desk.Ref) (*store.Timeline, error) {
		t, earlier, err := d.store.Newest(ctx, r, messageSize)
		more = more || earlier
		return t, err
	}
	all, err := d.parts(ctx, t.Conversation, d.messages(t), end)
	first := max(0, len(all)-messageSize)
	w.conversation, w.messages, w.earlier = t.Conversation, all[first:], more || first > 0
	return w, err
}

// following is what comes after a place, or with the zero place what came first; done is false where it cannot be told from a part.
func (d *Desk) following(ctx context.Context, r desk.Ref, from place) (w window, done bool, err error) {
	t, more, err := d.store.Following(ctx, r, from.At, from.Effect, messageSize)
	if err != nil {
		return w, false, err
	}
	if t == nil {
		return w, false, errGone
	}
	if len(t.Conversation.Parts) > 0 {
		return w, false, nil
	}
	w.conversation, w.earlier = t.Conversation, !from.At.IsZero()
	all := slices.DeleteFunc(d.messages(t), func(m Message) bool { return !from.before(m) })
	if n := len(t.Messages); more { // what is of the last moment may not be all here: it stands in the next part
		last := t.Messages[n-1].At.Truncate(time.Millisecond)
		if i := slices.IndexFunc(all, func(m Message) bool { return !m.At.Before(last) }); i > 0 {
			all = all[:i]
		}
	}
	w.show(all, more, t.Effects)
	return w, true, nil
}

// slack is by how much an effect may be decided before the message that it is of, when clocks differ.
const slack = time.Minute

// show shows the first of what was read, and notes where to go on.
func (w *window) show(all []Message, more bool, effects []desk.Effect) {
	n := min(len(all), messageSize)
	w.messages, w.later = all[:n], more || n < len(all)
	if n == 0 || !w.later {
		return
	}
	m := all[n-1]
	end := place{At: m.At, Turn: turn(m), ID: m.ID, Part: m.Part}
	for _, e := range effects {
		if e.Decided.Before(m.At.Add(-slack)) {
			end.Effect = e.ID
		}
	}
	w.next = end.String()
}

// before tells whether a message comes after the place; all do after the zero place.
func (p place) before(m Message) bool {
	return cmp.Or(p.At.Compare(m.At), cmp.Compare(p.Turn, turn(m)), strings.Compare(p.ID, m.ID), strings.Compare(p.Part, m.Part)) < 0
}

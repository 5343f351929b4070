package work

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// A contact's timeline is all that was written between it and the desk, over all channels and conversations, and over all contacts that are the same person. What people wrote stands in the
// order of time; what the desk sent and did by itself stands with what it followed in its conversation, for it is about that.

// PersonTimeline is a page of it: the newest, or what was before a cursor. An empty cursor is the beginning of all.
type PersonTimeline struct {
	Brand         string         `json:"brand"`
	Contact       string         `json:"contact"`
	Same          []Identity     `json:"same"`
	Items         []Piece        `json:"items"`         // in the order of time
	Conversations []Conversation `json:"conversations"` // in which these stand
	Cursor        string         `json:"cursor"`
}

// Piece is what somebody wrote, with what followed it in its conversation until something else was written there.
type Piece struct {
	Conversation string    `json:"conversation"`     // in which it stands now
	Contact      string    `json:"contact"`          // whose, of the person's
	Begins       bool      `json:"begins,omitempty"` // with it a conversation was opened
	Message      Message   `json:"message"`
	Sent         []Message `json:"sent,omitempty"` // receipts, and other times that were named
	Done         []Done    `json:"done,omitempty"`
	Cut          bool      `json:"cut,omitempty"` // not all of what was done is here
}

// Done is a turn, with why.
type Done struct {
	At    time.Time `json:"at"`
	Event string    `json:"event"` // as the audit names it
	Why   []string  `json:"why"`
}

// KindWithdrawn is the kind of an answer that was taken back before it left. It stands in a contact's timeline without its text, and only where something followed it.
const KindWithdrawn = "withdrawn"

// A page of a contact's timeline has so many messages, of so many conversations, at most, and of each of these so many turns: they are read one by one.
const (
	timelineSize  = 30
	timelineTalks = 12
	timelineTurns = 150
)

// Timeline reads a page of the timeline of a contact of one of the agent's brands.
func (d *Desk) Timeline(ctx context.Context, by *policy.Agent, contact, cursor string) (PersonTimeline, *Problem) {
	brand, c, p := d.findContact(ctx, by, SeeConversation, contact)
	if p != nil {
		return PersonTimeline{}, p
	}
	spot, ok := spotOf(cursor)
	if !ok {
		return PersonTimeline{}, badCursor()
	}
	out := PersonTimeline{Brand: brand, Contact: contact, Same: identities(c), Items: []Piece{}, Conversations: []Conversation{}}
	all, next, more, err := d.store.Everything(ctx, brand, slices.Concat([]string{contact}, c.Others()), spot, timelineSize, timelineTalks)
	if err != nil {
		return out, d.Unable("timeline", err)
	}
	if more {
		out.Cursor = cursorAt(next)
	}
	l := lived{Desk: d, all: all, heads: map[desk.Ref]*desk.Conversation{}, in: make([]desk.Ref, len(all)), end: cursor == ""}
	if err := l.read(ctx); err != nil {
		return out, d.Unable("timeline", err)
	}
	if out.Items, err = l.pieces(ctx); err != nil {
		return out, d.Unable("timeline", err)
	}
	shown := map[string]bool{}
	for _, x := range out.Items {
		if !shown[x.Conversation] {
			shown[x.Conversation] = true
			out.Conversations = append(out.Conversations, d.shown(l.heads[desk.Ref{Brand: brand, Conversation: x.Conversation}]))
		}
	}
	return out, nil
}

// maxSpot bounds a cursor of a timeline: four short words as JSON.
const maxSpot = 400

func cursorAt(s store.Spot) string {
	b, _ := json.Marshal(s) // of strings alone
	return toCursor(string(b))
}

func spotOf(cursor string) (s store.Spot, ok bool) {
	if cursor == "" {
		return s, true
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(cursor) > maxSpot || json.Unmarshal(b, &s) != nil {
		return s, false
	}
	return s, len(s.At) == len(placeForm) && isPlace(s.At) && known(s.Contact) && known(s.Conversation) && s.ID != "" && !strings.Contains(s.ID, "#")
}

// lived is what a page of a timeline is made of.
type lived struct {
	*Desk
	all   []store.Written
	in    []desk.Ref // where each stands now
	heads map[desk.Ref]*desk.Conversation
	end   bool // these are the newest
	talks []*stay
}

// stay is what of the page lies in the rows of one conversation, and what followed it there.
type stay struct {
	head    *desk.Conversation
	indexes []int // of lived.all
	turns   []store.Turned
	cut     bool // and not all of these: earlier ones are not here
	later   bool // or later ones, where cut
	effects map[string]desk.Effect
	shown   []Message // the messages and what was sent, as a conversation's page has them
}

// read fetches the conversations' heads and, of each conversation by itself, what followed.
func (l *lived) read(ctx context.Context) error {
	if err := l.stand(ctx); err != nil {
		return err
	}
	of := map[desk.Ref]*stay{}
	for i, w := range l.all {
		head := l.heads[w.Ref]
		if head == nil {
			continue // it is being forgotten
		}
		if of[w.Ref] == nil {
			of[w.Ref] = &stay{head: head}
			l.talks = append(l.talks, of[w.Ref])
		}
		of[w.Ref].indexes = append(of[w.Ref].indexes, i)
	}
	errs := make([]error, len(l.talks))
	var wg sync.WaitGroup
	for i, s := range l.talks {
		wg.Go(func() { errs[i] = l.follow(ctx, s) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// stand finds where each message stands: in the conversation of its row, where it was split to, or where either goes on. All ways are followed at once.
func (l *lived) stand(ctx context.Context) error {
	for i, w := range l.all {
		l.in[i] = w.Ref
	}
	for range 2*desk.MaxParts + 2 {
		var ask []desk.Ref
		for i, w := range l.all {
			for range 2*desk.MaxParts + 2 {
				c := l.heads[l.in[i]]
				if c == nil {
					break
				}
				on := desk.Ref{Brand: w.Brand, Conversation: c.Onward(w.Conversation, w.ID)}
				if next, asked := l.heads[on]; on.Conversation == "" || asked && next == nil {
					break // there, or that is gone
				}
				l.in[i] = on
			}
			if _, asked := l.heads[l.in[i]]; !asked && !slices.Contains(ask, l.in[i]) {
				ask = append(ask, l.in[i])
			}
		}
		if len(ask) == 0 {
			return nil
		}
		found, err := l.store.Conversations(ctx, ask)
		if err != nil {
			return err
		}
		for _, r := range ask {
			l.heads[r] = found[r]
		}
		for i, w := range l.all { // what would go on in one that is gone stands where it was written
			if l.heads[l.in[i]] == nil {
				l.in[i] = w.Ref
			}
		}
	}
	return nil
}

// follow reads what was done and sent in one conversation from its first message of the page until what was written there next.
func (l *lived) follow(ctx context.Context, s *stay) (err error) {
	first, last := l.all[s.indexes[0]], l.all[s.indexes[len(s.indexes)-1]]
	since := first.At
	if !first.At.Truncate(time.Millisecond).After(s.head.Opened) {
		since = time.Time{}
	}
	var next *desk.Message
	if !l.end {
		if next, err = l.store.After(ctx, s.head.Ref, last.Message); err != nil {
			return err
		}
	}
	if next == nil {
		s.turns, s.cut, err = l.store.NewestTurns(ctx, s.head.Ref, since, timelineTurns)
	} else {
		s.later = true
		s.turns, s.cut, err = l.store.TurnsFrom(ctx, s.head, since, next.At.Add(-1), timelineTurns)
	}
	if err != nil {
		return err
	}
	return l.sent(ctx, s)
}

// sent reads what was ordered for the messages and by the turns, but pages, clocks and webhooks.
func (l *lived) sent(ctx context.Context, s *stay) error {
	ids := map[string]bool{}
	for _, i := range s.indexes {
		ids[l.all[i].Outcome.Receipt], ids[l.all[i].Effect] = true, true
	}
	for _, t := range s.turns {
		for _, o := range t.Effects {
			if o.Lane != desk.LanePage && o.Lane != desk.LaneWake && o.Lane != desk.LaneWebhook {
				ids[o.ID] = true
			}
		}
	}
	delete(ids, "")
	var ask []desk.EffectRef
	for id := range ids {
		ask = append(ask, desk.EffectRef{Ref: s.head.Ref, ID: id})
	}
	found, err := l.store.Effects(ctx, ask)
	t := store.Timeline{Conversation: s.head, Effects: found}
	s.effects = map[string]desk.Effect{}
	for _, e := range found {
		s.effects[e.ID] = e
	}
	for _, i := range s.indexes {
		t.Messages = append(t.Messages, l.all[i].Message)
	}
	s.shown = l.messages(&t)
	return err
}

// pieces are the messages in the order of time, each with what followed.
func (l *lived) pieces(ctx context.Context) ([]Piece, error) {
	all := []Piece{}
	for _, s := range l.talks {
		all = append(all, l.stay(s)...)
	}
	slices.SortStableFunc(all, func(a, b Piece) int {
		return cmp.Or(byTime(a.Message, b.Message), strings.Compare(a.Conversation, b.Conversation))
	})
	said := make([]Message, len(all))
	for i := range all {
		said[i] = all[i].Message
	}
	err := l.texts(ctx, said)
	for i := range all {
		all[i].Message = said[i]
	}
	return all, err
}

// stay is what one conversation has of the page.
func (l *lived) stay(s *stay) (all []Piece) {
	at := map[string]int{}
	for _, i := range s.indexes {
		w := l.all[i]
		p := Piece{Conversation: l.in[i].Conversation, Contact: w.Contact, Begins: w.At.Truncate(time.Millisecond).Equal(s.head.Opened.Truncate(time.Millisecond)) && s.head.SplitFrom == nil}
		p.Message = Message{ID: w.ID, Direction: w.Direction, Kind: KindWithdrawn, At: w.At}
		for _, m := range s.shown {
			if m.row != nil && m.ID == w.ID {
				p.Message = m
			}
		}
		if w.Conversation != p.Conversation {
			p.Message.Part = w.Conversation
		}
		at[w.ID] = len(all)
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(a, b Piece) int { return byTime(a.Message, b.Message) })
	for i, p := range all {
		at[p.Message.ID] = i
	}
	ordered := map[string]int{} // by whose turn, of the messages before it the last
	cut := 0
	for _, t := range s.turns {
		i := 0
		for n := range all {
			if !all[n].Message.At.After(t.At) {
				i = n
			}
		}
		for _, o := range t.Effects {
			ordered[o.ID] = i
		}
		if len(t.Why) > 0 {
			all[i].Done = append(all[i].Done, Done{t.At, t.Event, t.Why})
		}
		if s.later {
			cut = i // after this one they are missing
		}
	}
	all[cut].Cut = s.cut
	for _, m := range s.shown {
		if m.row != nil {
			continue
		}
		if i, ok := s.follows(m, at, ordered); ok {
			m.Part = all[i].Message.Part
			all[i].Sent = append(all[i].Sent, m)
		}
	}
	return slices.DeleteFunc(all, func(p Piece) bool { return p.Message.Kind == KindWithdrawn && len(p.Sent)+len(p.Done) == 0 && !p.Cut })
}

// follows tells with which message of the page something stands that the desk sent by itself: a receipt with the message that it is for, all else with what its turn followed.
func (s *stay) follows(m Message, at, ordered map[string]int) (i int, ok bool) {
	if r := s.effects[m.ID].Receipt; m.Kind == string(channel.Receipt) && r.Message != "" {
		i, ok = at[r.Message]
	} else {
		i, ok = ordered[m.ID]
	}
	return i, ok
}

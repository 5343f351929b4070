package forget

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Retention removes what a brand's rule book keeps no longer: conversations that are over, and pieces that are held. What is removed goes as it does when somebody is
// forgotten, without a tombstone: who writes again is new, and nothing is left in the bucket of which a rebuild could make it again.
//
// Conversations are found by the day index. Each round looks at the days that have just grown too old, then goes on with its lap through ten years, for what was open
// then and is over since. Before a conversation is touched its name is written down: its keys, by which it was found, go before its messages.

// Bounds of one round and brand. The function has fifteen minutes, and the rest of the round comes first.
const (
	retainFor   = 8 * time.Minute
	retainMost  = 20_000 // conversations and held pieces
	retainFresh = 7      // days, in every round
	retainLap   = 400    // days beside them
	retainYears = 10
	retainBatch = 32 // conversations whose names are written down at once
	retainAtOne = 8  // of them at once
)

// keeping is a round of one brand.
type keeping struct {
	*Handler
	brand *policy.Brand
	state store.Retention
	room  int
	time  context.Context // over when no more is to be begun

	mu      sync.Mutex
	removed map[string]int

	days sync.Mutex
	of   map[string]map[string]bool // by another brand and day: what it has
}

// retain goes once through all brands.
func (h *Handler) retain(ctx context.Context) error {
	var errs []error
	for _, b := range h.policy.Brands {
		short, cancel := context.WithTimeout(ctx, retainFor/time.Duration(len(h.policy.Brands)))
		k := &keeping{Handler: h, brand: b, room: retainMost, time: short, removed: map[string]int{}}
		errs = append(errs, k.conversations(ctx), k.held(ctx))
		cancel()
		if len(k.removed) > 0 {
			h.log.Info("retention", "brand", b.ID, "removed", k.removed, "more", k.tired())
		}
	}
	return errors.Join(errs...)
}

// tired tells whether the rest is for the next round.
func (k *keeping) tired() bool { return k.room <= 0 || k.time.Err() != nil }

func (k *keeping) count(gone map[string]int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for what, n := range gone {
		if n > 0 {
			k.removed[what] += n
		}
	}
}

// conversations ends what was begun, then removes those that are over for too long.
func (k *keeping) conversations(ctx context.Context) (err error) {
	if k.state, err = k.store.Retention(ctx, k.brand.ID); err != nil {
		return err
	}
	if len(k.state.Leaving) > 0 {
		if err := k.leave(ctx, k.state.Leaving); err != nil {
			return err
		}
	}
	if k.brand.Retain.Conversations == 0 {
		return nil
	}
	front := k.cutoff()
	if _, err := k.walk(ctx, front, retainFresh); err != nil {
		return err
	}
	from, err := time.Parse(time.DateOnly, k.state.Lap)
	if err != nil || from.After(front) {
		from = front.AddDate(0, 0, -retainFresh)
	}
	next, err := k.walk(ctx, from, retainLap)
	if err != nil {
		return err
	}
	if k.state.Lap = desk.Day(next); next.Before(front.AddDate(-retainYears, 0, 0)) {
		k.state.Lap = ""
	}
	return k.store.KeepRetention(ctx, k.brand.ID, k.state)
}

func (k *keeping) cutoff() time.Time { return k.now().UTC().Add(-k.brand.Retain.Conversations) }

// walk looks at some days, into the past, and returns the one with which it goes on.
func (k *keeping) walk(ctx context.Context, from time.Time, days int) (next time.Time, err error) {
	for next = from; days > 0 && !k.tired(); days-- {
		refs, err := k.store.ConversationsOfDay(ctx, k.brand.ID, desk.Day(next))
		if err != nil {
			return next, err
		}
		for some := range slices.Chunk(refs, retainBatch) {
			if k.tired() {
				return next, nil // this day once more
			}
			if err := k.look(ctx, some); err != nil {
				return next, err
			}
		}
		next = next.AddDate(0, 0, -1)
	}
	return next, nil
}

// look removes those of some conversations that are over for too long.
func (k *keeping) look(ctx context.Context, refs []desk.Ref) error {
	found, err := k.store.Conversations(ctx, refs)
	if err != nil {
		return err
	}
	var all []store.Leaving
	for _, r := range refs {
		c := found[r]
		if c == nil || !k.old(c) {
			continue
		}
		if over, err := k.kinOver(ctx, c); err != nil || !over {
			if err != nil {
				return err
			}
			continue
		}
		l := store.Leaving{Conversation: c.Conversation, Contact: c.Contact, Parts: slices.Clone(c.Parts)}
		for _, s := range c.SplitOff { // one that has nothing but what was split off is among no day's
			l.Parts = append(l.Parts, s.To)
		}
		for _, p := range c.Participants {
			l.With = append(l.With, p.Contact)
		}
		all = append(all, l)
	}
	if len(all) == 0 {
		return nil
	}
	k.state.Leaving = all
	if err := k.store.KeepRetention(ctx, k.brand.ID, k.state); err != nil {
		return err
	}
	return k.leave(ctx, all)
}

func (k *keeping) old(c *desk.Conversation) bool {
	since, over := c.Over()
	return over && k.brand.Retain.Conversations > 0 && since.Before(k.cutoff())
}

// leave removes some whose names are written down, then the cards of who has none any more.
func (k *keeping) leave(ctx context.Context, all []store.Leaving) error {
	for some := range slices.Chunk(all, retainAtOne) {
		errs := make([]error, len(some))
		var done sync.WaitGroup
		for i, l := range some {
			done.Go(func() { errs[i] = k.conversation(ctx, l) })
		}
		done.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	for _, l := range all {
		for _, contact := range append([]string{l.Contact}, l.With...) {
			if err := k.stranger(ctx, contact, all); err != nil {
				return err
			}
		}
	}
	k.room -= len(all)
	k.state.Leaving = nil
	return k.store.KeepRetention(ctx, k.brand.ID, k.state)
}

// conversation removes one with what was merged into it, unless it goes on since.
func (k *keeping) conversation(ctx context.Context, l store.Leaving) error {
	w := &work{Handler: k.Handler, brand: k.brand.ID, until: k.now(), removed: map[string]int{}, spares: k.shared, saved: func(context.Context) error { return nil }}
	defer func() { k.count(w.removed) }()
	gone, err := k.remove(ctx, w, l.Conversation)
	if err != nil || !gone {
		return err
	}
	for _, contact := range l.With {
		if err := k.store.EraseParticipation(ctx, desk.Ref{Brand: w.brand, Conversation: l.Conversation}, contact); err != nil {
			return err
		}
	}
	for _, part := range l.Parts {
		if _, err := k.remove(ctx, w, part); err != nil {
			return err
		}
	}
	return nil
}

// remove removes a conversation that is over for too long, or is half gone.
func (k *keeping) remove(ctx context.Context, w *work, id string) (gone bool, err error) {
	r := desk.Ref{Brand: w.brand, Conversation: id}
	for range looks {
		t, err := k.store.Remains(ctx, r)
		if err != nil {
			return false, err
		}
		if old, err := k.outdated(ctx, t); err != nil || !old {
			return false, err
		}
		e := store.Erasure{Timeline: t, Until: w.until, Thread: w.thread, Now: k.now(), Counted: true}
		doomed, err := k.store.Fence(ctx, e)
		if errors.Is(err, store.ErrMoved) {
			continue
		}
		if err != nil {
			return false, err
		}
		return true, w.erase(ctx, e, doomed)
	}
	return false, fmt.Errorf("remove %s: %w", id, store.ErrBusy)
}

// outdated tells whether what is there of a conversation is to go: it has no head any more, went on in one that is gone, or is over for too long with nothing under way.
func (k *keeping) outdated(ctx context.Context, t *store.Timeline) (bool, error) {
	c := t.Conversation
	if c.Sequence == 0 {
		return true, nil
	}
	if c.Merged != "" {
		end, err := k.store.GoesOn(ctx, c.Ref)
		return end == nil, err
	}
	if over, err := k.kinOver(ctx, c); err != nil || !over {
		return false, err
	}
	return k.old(c) && !slices.ContainsFunc(t.Effects, desk.Effect.UnderWay) &&
		!slices.ContainsFunc(t.Messages, func(m desk.Message) bool { return !m.At.Before(k.cutoff()) }), nil
}

// stranger removes the card of a contact who has no conversation any more, and of whom nothing is known that he or an agent has decided.
func (k *keeping) stranger(ctx context.Context, contact string, gone []store.Leaving) error {
	refs, err := k.store.ConversationsOf(ctx, k.brand.ID, contact, k.now().Add(time.Hour))
	if err != nil {
		return err
	}
	for _, r := range refs { // the index may not know yet what has just gone
		if !slices.ContainsFunc(gone, func(l store.Leaving) bool {
			return l.Conversation == r.Conversation || slices.Contains(l.Parts, r.Conversation)
		}) {
			return nil
		}
	}
	elsewhere, err := k.store.Participations(ctx, k.brand.ID, contact, k.now())
	if err != nil || len(elsewhere) > 0 {
		return err
	}
	c, err := k.store.Contact(ctx, k.brand.ID, contact)
	if err != nil || c == nil || c.Blocked != nil || c.OptedOut != nil || c.Complained != nil || c.Undeliverable != nil || c.Card != nil || len(c.Same) > 0 {
		return err
	}
	was, err := k.store.EraseStranger(ctx, k.brand.ID, c)
	if was {
		k.count(map[string]int{desk.RemovedCard: 1})
	}
	return err
}

// held removes the pieces that are held for too long. What was released is a message, which has the mail.
func (k *keeping) held(ctx context.Context) error {
	if k.brand.Retain.Held == 0 {
		return nil
	}
	w := &work{Handler: k.Handler, brand: k.brand.ID, removed: map[string]int{}}
	defer func() { k.count(w.removed) }()
	before := k.now().UTC().Add(-k.brand.Retain.Held)
	for end := before.AddDate(-retainYears, 0, 0); before.After(end); before = before.AddDate(-1, 0, 0) {
		var old []desk.Held
		err := k.eachHeldFrom(ctx, k.brand.ID, before, func(x desk.Held) error {
			if x.At.Before(before) && !x.At.Before(before.AddDate(-1, 0, 0)) {
				old = append(old, x)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, x := range old {
			if k.tired() {
				return nil
			}
			if err := k.heldPiece(ctx, w, x); err != nil {
				return err
			}
		}
	}
	return nil
}

func (k *keeping) heldPiece(ctx context.Context, w *work, x desk.Held) error {
	k.room--
	if x.Raw != "" && x.State != desk.Released {
		spared, err := k.shared(ctx, x.Raw, x.At)
		if err != nil {
			return err
		}
		if !spared {
			if err := w.remove(ctx, x.Raw, func(key string) bool { return key == x.Raw }); err != nil {
				return err
			}
		}
	}
	w.removed[desk.RemovedHeld]++
	return k.store.EraseHeld(ctx, x.Key())
}

// shared tells whether a raw mail is another brand's, too: it was sent to both, and lies in the bucket once. The last of them removes it.
func (k *keeping) shared(ctx context.Context, raw string, at time.Time) (bool, error) {
	id, ok := strings.CutPrefix(raw, setup.MailPrefix)
	if !ok {
		return false, nil
	}
	for _, b := range k.policy.Brands {
		if b.ID == k.brand.ID {
			continue
		}
		has, err := k.known(ctx, b.ID, desk.Day(at))
		if err != nil || has[k.keys.Message(b.ID, desk.Email, id)] {
			return err == nil, err
		}
	}
	return false, nil
}

// maxDays is of how many days at once it is remembered what other brands have: what goes is of few days.
const maxDays = 32

// known are the ids of what a brand has of a day, read once.
func (k *keeping) known(ctx context.Context, brand, day string) (map[string]bool, error) {
	k.days.Lock()
	defer k.days.Unlock()
	if all, ok := k.of[brand+" "+day]; ok {
		return all, nil
	}
	all := map[string]bool{}
	if err := k.store.Known(ctx, brand, day, func(id string) { all[id] = true }); err != nil {
		return nil, err
	}
	if k.of == nil || len(k.of) >= maxDays {
		k.of = map[string]map[string]bool{}
	}
	k.of[brand+" "+day] = all
	return all, nil
}

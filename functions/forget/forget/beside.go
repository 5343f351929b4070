package forget

import (
	"context"
	"strings"
	"time"

	"pronto/shared/account"
	"pronto/shared/channel/networks"
	"pronto/shared/desk"
	"pronto/shared/mail"
)

// lookup finds the work of forgetting a contact of a brand, of what is of a time; nil when that is not to be forgotten.
type lookup func(contact string, at time.Time) *work

// held is a piece that is held of who is to be forgotten.
type held struct {
	desk.Held
	work *work
}

// beside removes what is held of who is to be forgotten, with their brand or with none, and agents' words about them and about what is held. The words first: a line of
// the audit names a piece by its id alone.
func (h *Handler) beside(ctx context.Context, brand string, of lookup) error {
	for _, under := range []string{brand, account.NoBrand} {
		all := map[string]held{}
		err := h.eachHeld(ctx, under, func(x desk.Held) error {
			if w := h.sender(ctx, brand, x, of); w != nil {
				all[x.ID] = held{x, w}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := h.reasons(ctx, under, of, all); err != nil {
			return err
		}
		for _, x := range all {
			if x.Raw != "" {
				if err := x.work.remove(ctx, x.Raw, func(k string) bool { return k == x.Raw }); err != nil {
					return err
				}
			}
			if err := h.store.EraseHeld(ctx, x.Key()); err != nil {
				return err
			}
			x.work.removed[desk.RemovedHeld]++
		}
	}
	return nil
}

// heldPage is how many pieces are read at once.
const heldPage = 100

func (h *Handler) eachHeld(ctx context.Context, brand string, fn func(desk.Held) error) error {
	return h.eachHeldFrom(ctx, brand, h.now(), fn)
}

// eachHeldFrom calls fn with what is held of the month of a time and the two years before.
func (h *Handler) eachHeldFrom(ctx context.Context, brand string, from time.Time, fn func(desk.Held) error) error {
	for before := ""; ; {
		page, next, err := h.store.Held(ctx, brand, func(desk.Held) bool { return true }, before, from, heldPage)
		if err != nil {
			return err
		}
		for _, x := range page {
			if err := fn(x); err != nil {
				return err
			}
		}
		if before = next; next == "" {
			return nil
		}
	}
}

// patience is how long one held mail may take to be read.
const patience = 8 * time.Second

// sender finds whose a held piece is: as it was noted, by its envelope, or by what it says itself. What cannot be read is nobody's.
func (h *Handler) sender(ctx context.Context, brand string, x desk.Held, of lookup) *work {
	if x.Contact != "" {
		return of(x.Contact, x.At)
	}
	if x.Envelope != nil {
		if w := of(h.contactOf(brand, x.Channel, strings.Trim(x.Envelope.MailFrom, "<>")), x.At); w != nil {
			return w
		}
	}
	if x.Raw == "" {
		return nil
	}
	raw, err := h.read(ctx, x.Raw)
	if err != nil {
		return nil
	}
	if networks.Mentions(x.Channel) {
		if m, err := networks.Decode(x.Channel, raw, x.At); err == nil {
			return of(h.contactOf(brand, x.Channel, m.Author.Handle), x.At)
		}
		return nil
	}
	if m, err := mail.Parse(raw, mail.DefaultLimits.Within(patience, h.now)); err == nil {
		return of(h.contactOf(brand, x.Channel, m.From.Addr), x.At)
	}
	return nil
}

// changesPage is how many lines of the audit are read at once.
const changesPage = 100

// reasons takes agents' words about who is to be forgotten, and about pieces that are, out of the audit: who did what and when stays.
func (h *Handler) reasons(ctx context.Context, brand string, of lookup, pieces map[string]held) error {
	for before := ""; ; {
		page, next, err := h.store.Changes(ctx, brand, before, h.now(), changesPage)
		if err != nil {
			return err
		}
		for _, c := range page {
			w := pieces[c.About].work
			for _, contact := range append([]string{c.About}, c.With...) {
				if w == nil {
					w = of(contact, c.At)
				}
			}
			if w == nil || c.Why == "" || c.Name == desk.ContactErased || c.Name == desk.ContactCopied {
				continue
			}
			if err := h.store.Unexplain(ctx, c); err != nil {
				return err
			}
			w.removed[desk.RemovedReasons]++
		}
		if before = next; next == "" {
			return nil
		}
	}
}

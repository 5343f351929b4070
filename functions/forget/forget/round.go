package forget

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"pronto/shared/account"
	"pronto/shared/desk"
)

// forgotten is how long a demand waits for its message before the round meets it.
const forgotten = time.Hour

// open meets the demands whose message was lost.
func (h *Handler) open(ctx context.Context) error {
	var errs []error
	for _, b := range h.policy.Brands {
		all, err := h.store.OpenDemands(ctx, b.ID, h.now().Add(-forgotten))
		errs = append(errs, err)
		for _, k := range all {
			body, err := k.Encode()
			if err == nil {
				err = h.meet(ctx, body)
			}
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// round looks whether anything is there again of who was forgotten, as after the table was restored to a time before, and forgets it again. What is held and said of
// them is read once for all of them.
func (h *Handler) round(ctx context.Context) error {
	errs := []error{h.open(ctx), h.former(ctx)}
	works := map[string]map[string]*work{} // brand → contact
	err := h.tombstones(ctx, func(t desk.Tombstone) {
		if works[t.Brand] == nil {
			works[t.Brand] = map[string]*work{}
		}
		works[t.Brand][t.Contact] = &work{
			Handler: h, brand: t.Brand, contact: t.Contact, until: t.At, removed: map[string]int{}, saved: func(context.Context) error { return nil },
		}
	})
	errs = append(errs, err)
	for brand, all := range works {
		of := func(contact string, at time.Time) *work {
			if w := all[contact]; w != nil {
				return w.mine(contact, at)
			}
			return nil
		}
		for _, w := range all {
			errs = append(errs, w.own(ctx))
		}
		errs = append(errs, h.beside(ctx, brand, of))
		for _, w := range all {
			errs = append(errs, w.card(ctx))
			maps.DeleteFunc(w.removed, func(_ string, n int) bool { return n == 0 })
			if len(w.removed) > 0 {
				h.log.Info("forgotten again", "brand", w.brand, "contact", w.contact, "removed", w.removed)
			}
		}
	}
	return errors.Join(errs...)
}

// former drops the devices of who is an agent no more.
func (h *Handler) former(ctx context.Context) error {
	all, err := h.store.Equipped(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, agent := range all {
		if h.policy.Agent(agent) == nil {
			errs = append(errs, h.store.DropDevices(ctx, agent))
			h.log.Info("devices dropped", "agent", agent)
		}
	}
	return errors.Join(errs...)
}

// Graves are who was forgotten, for a rebuild, which brings none of it back.
type Graves struct {
	h     *Handler
	until map[string]map[string]time.Time // brand → contact → until when
}

// Graves reads the tombstones.
func (h *Handler) Graves(ctx context.Context) (*Graves, error) {
	g := &Graves{h, map[string]map[string]time.Time{}}
	err := h.tombstones(ctx, func(t desk.Tombstone) {
		if g.until[t.Brand] == nil {
			g.until[t.Brand] = map[string]time.Time{}
		}
		g.until[t.Brand][t.Contact] = t.At
	})
	return g, err
}

// Has tells whether what is of a contact and of a time was forgotten.
func (g *Graves) Has(brand, contact string, at time.Time) bool {
	until, ok := g.until[brand][contact]
	return ok && !at.After(until)
}

// Held tells whether a piece that is held was forgotten.
func (g *Graves) Held(ctx context.Context, x desk.Held) bool {
	for brand := range g.until {
		if x.Brand != brand && x.Brand != account.NoBrand {
			continue
		}
		found := g.h.sender(ctx, brand, x, func(contact string, at time.Time) *work {
			if g.Has(brand, contact, at) {
				return &work{}
			}
			return nil
		})
		if found != nil {
			return true
		}
	}
	return false
}

func encoded(v any) ([]byte, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return b, nil
}

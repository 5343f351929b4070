package store

import (
	"context"
	"errors"
	"fmt"

	"pronto/shared/desk"
)

// Changes of a brand's rota are one row, O#brand / @: every turn reads it in the call that it makes anyway, so that a change takes effect with the next event and
// costs one read unit. Who changed what, and when, is in the brand's audit.

func rotaKey(brand string) item { return row("O#"+brand, head) }

// overKey is where what is over goes with the change that lets it go from there. No turn reads it: the hours of a month are counted by it.
func overKey(brand string) item { return row("O#"+brand, "past") }

// Rota reads what was changed in a brand's rota.
func (s *Store) Rota(ctx context.Context, brand string) (desk.Rota, error) {
	r, _, err := s.rota(ctx, brand)
	return r, err
}

// Left reads, of each brand, who has left it.
func (s *Store) Left(ctx context.Context, brands ...string) (map[string][]desk.Leaver, error) {
	var ask []item
	for _, b := range brands {
		ask = append(ask, rotaKey(b))
	}
	found, err := s.get(ctx, ask...)
	if err != nil {
		return nil, fmt.Errorf("read who has left: %w", err)
	}
	all := map[string][]desk.Leaver{}
	for _, b := range brands {
		if i, ok := found[text(rotaKey(b), pk)+head]; ok {
			var r desk.Rota
			if err := content(i, &r); err != nil {
				return nil, err
			}
			all[b] = r.Left
		}
	}
	return all, nil
}

// Past reads the changes of a brand's rota that are over and stand in it no more, as long as they are known.
func (s *Store) Past(ctx context.Context, brand string) ([]desk.RotaChange, error) {
	found, err := s.get(ctx, overKey(brand))
	if err != nil {
		return nil, fmt.Errorf("read the rota's changes that are over: %w", err)
	}
	var r desk.Rota
	if i, ok := found[text(overKey(brand), pk)+text(overKey(brand), sk)]; ok {
		err = content(i, &r)
	}
	return r.Changes, err
}

func (s *Store) rota(ctx context.Context, brand string) (r desk.Rota, sequence int, err error) {
	found, err := s.get(ctx, rotaKey(brand))
	if err != nil {
		return r, 0, fmt.Errorf("read the rota's changes: %w", err)
	}
	i, ok := found[text(rotaKey(brand), pk)+head]
	if !ok {
		return r, 0, nil
	}
	r.Unknown, err = contentAndMore(i, &r)
	return r, int(number(i, seq)), err
}

// ErrNoChange is ChangeRota's answer when edit finds nothing to change.
var ErrNoChange = errors.New("nothing to change")

// ChangeRota edits a brand's rota, with a line in the audit, once for each key. Two at a time follow one another.
func (s *Store) ChangeRota(ctx context.Context, edit func(desk.Rota) (desk.Rota, error), c desk.Change, once Once) (again bool, err error) {
	for look := range looks {
		if err := pause(ctx, look); err != nil {
			return false, err
		}
		was, sequence, err := s.rota(ctx, c.Brand)
		if err != nil {
			return false, err
		}
		is, refused := edit(was)
		if refused != nil { // unless it was done before
			if again, err := s.done(ctx, row(naturalKey(c.Brand, once.Channel, once.Key), head), once.Digest); again || err != nil {
				return again, err
			}
			return false, refused
		}
		past, err := s.Past(ctx, c.Brand) // after the rota: had it changed between, its guard refuses
		if err != nil {
			return false, err
		}
		over := was.Over(past, is, c.At)
		again, err = s.Change(ctx, c, once, func(w *writer) {
			i, err := withMore(rotaKey(c.Brand), is, was.Unknown) // whatever edit made of the rest
			if err == nil {
				i[seq] = num(int64(sequence + 1))
			}
			w.put(i, err)
			w.guard(guardOf(sequence > 0, sequence))
			if len(over) > 0 || len(past) > 0 {
				i, err := with(overKey(c.Brand), desk.Rota{Changes: over})
				w.put(i, err)
			}
		})
		if !errors.Is(err, ErrBusy) {
			return again, err
		}
	}
	return false, ErrBusy
}

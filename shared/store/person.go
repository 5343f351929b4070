package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
)

// ErrTooMany is what Link answers when one person would be more contacts than it may be.
var ErrTooMany = errors.New("too many contacts of one person")

// ErrNobody is what Link answers when one of the two contacts is not known.
var ErrNobody = errors.New("no such contact")

// Person reads a contact as the person that it is, with the card that its identities share; nil when there is none.
func (s *Store) Person(ctx context.Context, brand, id string) (*desk.Contact, error) {
	c, err := s.Contact(ctx, brand, id)
	if err != nil || c == nil || len(c.Same) == 0 {
		return c, err
	}
	others, err := s.contacts(ctx, brand, c.Others())
	if err != nil {
		return nil, err
	}
	p := c.Person(others)
	return &p, nil
}

// Contacts reads many contacts' cards, by their ids; those that are gone are left out.
func (s *Store) Contacts(ctx context.Context, brand string, ids []string) (map[string]*desk.Contact, error) {
	all := make(map[string]*desk.Contact, len(ids))
	ids = slices.Compact(slices.Sorted(slices.Values(ids))) // the table reads no row twice in one call
	for some := range slices.Chunk(ids, maxBatch) {
		found, err := s.contacts(ctx, brand, some)
		if err != nil {
			return nil, err
		}
		for i := range found {
			all[found[i].ID] = &found[i]
		}
	}
	return all, nil
}

// contacts reads some contacts' cards; those that are gone are left out.
func (s *Store) contacts(ctx context.Context, brand string, ids []string) (all []desk.Contact, err error) {
	var keys []item
	for _, id := range ids {
		keys = append(keys, row(contactKey(brand, id), head))
	}
	if len(keys) == 0 {
		return nil, nil
	}
	found, err := s.get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		i, ok := found[contactKey(brand, id)+head]
		if !ok {
			continue
		}
		c, err := contactOf(i)
		if err != nil {
			return nil, err
		}
		all = append(all, *c)
	}
	return all, nil
}

// Link makes two contacts one person, with all who are the same person as either: one commit over all of their rows. It is undone by Unlink.
func (s *Store) Link(ctx context.Context, a, b string, x desk.Identity, c desk.Change, once Once) (again bool, err error) {
	return s.editPerson(ctx, []string{a, b}, c, once, func(all []desk.Contact) ([]desk.Contact, error) {
		has := func(id string) bool {
			return slices.ContainsFunc(all, func(c desk.Contact) bool { return c.ID == id })
		}
		switch {
		case !has(a) || !has(b):
			return nil, ErrNobody
		case len(all) > desk.MaxIdentities:
			return nil, ErrTooMany
		}
		return desk.Link(all, x), nil
	})
}

// Unlink lets a contact be a person of its own again.
func (s *Store) Unlink(ctx context.Context, contact string, c desk.Change, once Once) (again bool, err error) {
	return s.editPerson(ctx, []string{contact}, c, once, func(all []desk.Contact) ([]desk.Contact, error) {
		return desk.Unlink(all, contact), nil
	})
}

// SetCard writes what a person prefers on the card of each of its contacts, so that they keep it should they be unlinked; nil takes it off. Of whom the desk has never
// heard there is none to write on.
func (s *Store) SetCard(ctx context.Context, contact string, card *desk.Card, c desk.Change, once Once) (again bool, err error) {
	return s.editPerson(ctx, []string{contact}, c, once, func(all []desk.Contact) ([]desk.Contact, error) {
		if len(all) == 0 {
			all = []desk.Contact{{ID: contact}}
		}
		for i := range all {
			all[i].Card = card
		}
		return all, nil
	})
}

// editPerson changes the rows of some contacts and of all who are the same persons, outside of turns. Turns that change one meanwhile are looked at again.
func (s *Store) editPerson(ctx context.Context, ids []string, c desk.Change, once Once, edit func([]desk.Contact) ([]desk.Contact, error)) (again bool, err error) {
	for look := range looks {
		if err := pause(ctx, look); err != nil {
			return false, err
		}
		if again, err := s.Done(ctx, c.Brand, once); again || err != nil {
			return again, err
		}
		was, err := s.persons(ctx, c.Brand, ids)
		if err != nil {
			return false, err
		}
		is, err := edit(slices.Clone(was))
		if err != nil {
			return false, err
		}
		again, err = s.Change(ctx, c, once, func(w *writer) {
			for i := range is {
				var before *desk.Contact
				if i < len(was) {
					before = &was[i]
				}
				w.putContact(desk.Subject{Ref: desk.Ref{Brand: c.Brand}, Contact: is[i].ID}, before, &is[i])
			}
		})
		if !errors.Is(err, ErrBusy) {
			return again, err
		}
	}
	return false, ErrBusy
}

// persons reads contacts with all who are the same persons.
func (s *Store) persons(ctx context.Context, brand string, ids []string) ([]desk.Contact, error) {
	all, err := s.contacts(ctx, brand, ids)
	if err != nil {
		return nil, err
	}
	var more []string
	for _, c := range all {
		for _, id := range c.Others() {
			if !slices.Contains(ids, id) && !slices.Contains(more, id) {
				more = append(more, id)
			}
		}
	}
	others, err := s.contacts(ctx, brand, more)
	return append(all, others...), err
}

// forgetIdentity takes out of those who were one person with a contact that they were.
func (s *Store) forgetIdentity(ctx context.Context, brand string, c *desk.Contact) error {
	for look, id := 0, 0; id < len(c.Same); {
		if err := pause(ctx, look); err != nil {
			return err
		}
		was, err := s.Contact(ctx, brand, c.Same[id].Contact)
		if err != nil {
			return err
		}
		if was == nil || !was.Is(c.ID) {
			look, id = 0, id+1
			continue
		}
		is := desk.Unlink([]desk.Contact{*was}, c.ID)[0]
		w := &writer{table: s.table}
		w.putContact(desk.Subject{Ref: desk.Ref{Brand: brand}, Contact: was.ID}, was, &is)
		err = w.commit(ctx, s.db)
		var refused *types.TransactionCanceledException
		if look++; err != nil && (!errors.As(err, &refused) || look == looks) {
			return fmt.Errorf("take an identity out of %s: %w", was.ID, err)
		}
	}
	return nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/channel"
	"pronto/shared/desk"
)

// Kind is a kind of settings of which a brand has several: rows S#brand / KIND#id.
type Kind string

// The kinds.
const (
	Macros    Kind = "MACRO"    // desk.Macro
	Bulletins Kind = "BULLETIN" // desk.Bulletin
	Views     Kind = "VIEW"     // desk.View
	Handovers Kind = "HANDOVER" // desk.Handover, while it is offered
	Circulars Kind = "CIRCULAR" // desk.Circular
	Blocks    Kind = "BLOCK"    // desk.Blocking, by contact: a list of what stands on their cards
)

// Kept is a setting with its name in the table and its version, from 1 on.
type Kept[T any] struct {
	ID      string
	Version int
	Value   T
}

// ErrMoved is what Keep and Drop answer when somebody else has changed the setting since, or there is none.
var ErrMoved = errors.New("somebody has changed it since")

// maxKept bounds what one reading returns: the desk lets nobody keep as many.
const maxKept = 1000

// KeptOf lists a brand's settings of a kind, in the order of their ids.
func KeptOf[T any](ctx context.Context, s *Store, brand string, k Kind) ([]Kept[T], error) {
	var all []Kept[T]
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#p = :p AND begins_with(#s, :kind)"),
		ExpressionAttributeNames:  map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{":p": str("S#" + brand), ":kind": str(string(k) + "#")},
	})
	for pages.HasMorePages() && len(all) < maxKept {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the settings %s: %w", k, err)
		}
		for _, i := range out.Items {
			if dropped(i) {
				continue
			}
			one, err := keptIn[T](i, k)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
	}
	return all, nil
}

// KeptBy reads one of a brand's settings of a kind; nil when there is none.
func KeptBy[T any](ctx context.Context, s *Store, brand string, k Kind, id string) (*Kept[T], error) {
	key := row("S#"+brand, string(k)+"#"+id)
	found, err := s.get(ctx, key)
	if err != nil {
		return nil, err
	}
	i, ok := found[text(key, pk)+text(key, sk)]
	if !ok || dropped(i) {
		return nil, nil
	}
	one, err := keptIn[T](i, k)
	return &one, err
}

func keptIn[T any](i item, k Kind) (one Kept[T], err error) {
	one = Kept[T]{ID: strings.TrimPrefix(text(i, sk), string(k)+"#"), Version: int(number(i, seq))}
	return one, content(i, &one.Value)
}

// dropped tells of a row that it was taken back: it is empty, and gone as soon as the table forgets it, so that nobody needs the right to delete rows.
func dropped(i item) bool { return text(i, doc) == "" }

// clocked gives a circular that the desk goes on with by itself its place in the index of times: should the order for its next part be lost, the sweep finds it there.
func clocked(i item, id string, v any) item {
	if x, ok := v.(desk.Circular); ok && x.Due != nil {
		i[g3pk], i[g3sk] = str("D#"+shard(id)), str(nextTry(*x.Due, desk.LaneWake))
	}
	return i
}

// Keep writes a setting over the version that was read, 0 for a new one, with a line in the audit, once for each key.
func (s *Store) Keep(ctx context.Context, k Kind, id string, version int, v any, c desk.Change, once Once) (again bool, err error) {
	i, err := with(row("S#"+c.Brand, string(k)+"#"+id), v)
	if err != nil {
		return false, err
	}
	return s.keep(ctx, clocked(i, id, v), version, c, once)
}

// Mark writes a setting over the version that was read, without a line in the audit: how far something is that somebody is at work on, which the audit has when it is done.
func (s *Store) Mark(ctx context.Context, k Kind, brand, id string, version int, v any) error {
	i, err := with(row("S#"+brand, string(k)+"#"+id), v)
	if err != nil {
		return err
	}
	i[seq] = num(int64(version + 1))
	w := &writer{table: s.table}
	w.put(clocked(i, id, v), nil)
	w.guard(guardOf(true, version))
	err = w.commit(ctx, s.db)
	var refused *types.TransactionCanceledException
	if errors.As(err, &refused) { // also where two write at once: who reads again sees who was first
		return ErrMoved
	}
	return err
}

// Drop takes a setting off.
func (s *Store) Drop(ctx context.Context, k Kind, id string, version int, c desk.Change, once Once) (again bool, err error) {
	i := row("S#"+c.Brand, string(k)+"#"+id)
	i[expires] = num(c.At.Unix())
	return s.keep(ctx, i, version, c, once)
}

func (s *Store) keep(ctx context.Context, i item, version int, c desk.Change, once Once) (again bool, err error) {
	i[seq] = num(int64(version + 1))
	again, err = s.Change(ctx, c, once, func(w *writer) {
		w.put(i, nil)
		w.guard(guardOf(version > 0, version))
	})
	if !errors.Is(err, ErrBusy) {
		return again, err
	}
	found, e := s.get(ctx, row(text(i, pk), text(i, sk)))
	if e != nil {
		return false, e
	}
	is, ok := found[text(i, pk)+text(i, sk)]
	if ok != (version > 0) || int(number(is, seq)) != version {
		return false, ErrMoved
	}
	return false, err
}

// editContact changes a contact's card outside of turns. Turns that change it meanwhile are looked at again.
func (s *Store) editContact(ctx context.Context, contact string, p channel.Party, edit func(*desk.Contact), c desk.Change, once Once, rows ...func(*writer)) (again bool, err error) {
	for look := range looks {
		if err := pause(ctx, look); err != nil {
			return false, err
		}
		was, err := s.Contact(ctx, c.Brand, contact)
		if err != nil {
			return false, err
		}
		is := desk.Contact{ID: contact, Party: p}
		if was != nil {
			is = *was
		}
		edit(&is)
		again, err = s.Change(ctx, c, once, append([]func(*writer){func(w *writer) {
			w.putContact(desk.Subject{Ref: desk.Ref{Brand: c.Brand}, Contact: contact}, was, &is)
		}}, rows...)...)
		if !errors.Is(err, ErrBusy) {
			return again, err
		}
	}
	return false, ErrBusy
}

// Halted tells whether a circular was stopped. One that was taken off was not: who stops one has it stand until all is taken back.
func (s *Store) Halted(ctx context.Context, brand, circular string) (bool, error) {
	k, err := KeptBy[desk.Circular](ctx, s, brand, Circulars, circular)
	return k != nil && k.Value.Stopped != nil, err
}

// leaving looks whether the circular was stopped whose answer is to leave.
func (s *Store) leaving(ctx context.Context, r desk.Ref, x desk.Leaving) (*desk.Leaving, error) {
	var err error
	if x.Stopped, err = s.Halted(ctx, r.Brand, x.Circular); err != nil || !x.Stopped {
		return &x, err
	}
	m, err := s.Message(ctx, r, func(m desk.Message) bool { return m.ID == x.Message })
	if m != nil {
		x.Was = *m
	}
	return &x, err
}

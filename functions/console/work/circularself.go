package work

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/desk"
	"pronto/shared/lane"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// A circular that goes on by itself has a clock, as a conversation has: its row stands in the index of times, and a delayed order on the lane wake is the hint that makes the next part prompt.
// Each part is one order; what an order does it does by the row as it is then, so a lost, late or double one gives nobody anything twice.

// errPart is a part that could not be given now: its order comes again, or the sweep brings another.
var errPart = errors.New("a part of a circular cannot be given now")

// NextPart goes on with a circular, or with taking it back, where that is due; it tells when to come again, nil for not by this order.
func (d *Desk) NextPart(ctx context.Context, brand, id string) (*time.Time, error) {
	b := d.Policy.Brand(brand)
	if b == nil {
		return nil, nil // its clock stays, as conversations' do
	}
	k, err := d.readCircular(ctx, brand, id)
	if err != nil {
		return nil, err
	}
	if k == nil || k.Value.Due == nil || d.Now().Before(*k.Value.Due) {
		return nil, nil // taken off, done, or another order's
	}
	if k.Value.Stopped != nil {
		err = d.nextBack(ctx, stopped(d.Policy.Agent(k.Value.For), k.Value.For, b), b, k)
		return k.Value.Due, err
	}
	by, p := d.standsAt(ctx, b.ID, k.Value.For)
	if p != nil {
		return nil, errors.New(p.Detail) // it is no reason to rest
	}
	if by == nil || may(by, b.ID, SendMany) != nil {
		k.Value.Rests() // for whom it went on may not let it any more: it waits for somebody who may
		return nil, d.markPart(ctx, b, k)
	}
	err = d.nextGiven(ctx, by, b, k)
	return k.Value.Due, err
}

// stopped is who stopped a circular, with the rights of then: what was stopped is taken back whatever has become of him since.
func stopped(by *policy.Agent, id string, b *policy.Brand) *policy.Agent {
	then := &policy.Agent{ID: id, Name: id}
	if by != nil {
		*then = *by
	}
	then.Role, then.Brands = policy.RoleLead, []string{b.ID}
	return then
}

// nextGiven gives the next part, as far as the brand's budget of this hour goes.
func (d *Desk) nextGiven(ctx context.Context, by *policy.Agent, b *policy.Brand, k *store.Kept[desk.Circular]) error {
	x := &k.Value
	size, err := d.room(ctx, b, *x)
	if err != nil {
		return err
	}
	if size == 0 && x.Next < len(x.To) {
		x.GoesOn(x.For, d.Now().Truncate(time.Hour).Add(time.Hour)) // budgets are hours of the clock
		return d.markPart(ctx, b, k)
	}
	x.GoesOn(x.For, d.Now().Add(desk.CircularPatience))
	if p := d.beginPart(ctx, b, k, size, true); p != nil {
		return ceded(k, p)
	}
	part := x.To[x.Next : x.Next+x.Part]
	if p := d.givePart(ctx, b, k); p != nil {
		return ceded(k, p)
	}
	p := d.keepPart(ctx, by, b, k)
	if p == nil {
		return nil
	}
	if stopped := d.unGo(ctx, by, b, k.ID, part); stopped != nil && stopped.Code != "stopped" {
		return fmt.Errorf("%w: %s", errPart, stopped.Detail)
	}
	return ceded(k, p)
}

// room takes of the brand's budget of this hour what a part needs of it: a circular brings no more answers on their way in an hour than the brand may send receipts. It is a budget of its own, so
// that who writes now has a receipt all the same.
func (d *Desk) room(ctx context.Context, b *policy.Brand, x desk.Circular) (n int, err error) {
	if x.Part > 0 {
		return x.Part, nil // taken by who died
	}
	for n < min(CircularPart, len(x.To)-x.Next) {
		ok, err := d.many.Take(ctx, b.ID, "circulars", b.Budgets.BrandHour, d.Now())
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		n++
	}
	return n, nil
}

// keepPart keeps that a part was given: the last one with a line in the audit.
func (d *Desk) keepPart(ctx context.Context, by *policy.Agent, b *policy.Brand, k *store.Kept[desk.Circular]) *Problem {
	if k.Value.Next < len(k.Value.To) {
		if p := d.markCircular(ctx, b, k); p != nil {
			return p
		}
	} else {
		once := store.Once{Channel: agents, Key: d.keys.Message(b.ID, agents, "circular end "+k.ID), Digest: d.keys.Digest(k.ID)}
		if _, p := d.keepCircular(ctx, b, k.ID, k.Version, k.Value, desk.CircularGone, by, once); p != nil {
			return p
		}
		k.Version++
	}
	d.circularLine(b, *k, desk.CircularGone, by)
	return nil
}

// nextBack takes back the next answers of a circular that was stopped.
func (d *Desk) nextBack(ctx context.Context, by *policy.Agent, b *policy.Brand, k *store.Kept[desk.Circular]) error {
	failed := d.backPart(ctx, by, b, k)
	if p := d.markCircular(ctx, b, k); p != nil {
		return ceded(k, p)
	}
	d.circularLine(b, *k, desk.CircularStopped, by)
	if failed != nil {
		return ceded(k, failed)
	}
	return nil
}

func (d *Desk) markPart(ctx context.Context, b *policy.Brand, k *store.Kept[desk.Circular]) error {
	if p := d.markCircular(ctx, b, k); p != nil {
		return ceded(k, p)
	}
	return nil
}

// ceded makes an error of what went wrong, or nothing where somebody else has changed the circular since: he sees to its clock.
func ceded(k *store.Kept[desk.Circular], p *Problem) error {
	k.Value.Due = nil
	if p.Code == string(desk.Changed) {
		return nil
	}
	return fmt.Errorf("%w: %s", errPart, p.Detail)
}

// orderPart orders the next part of a circular that the desk goes on with. Where it cannot the sweep does.
func (d *Desk) orderPart(ctx context.Context, b *policy.Brand, k store.Kept[desk.Circular]) {
	if k.Value.Due == nil {
		return
	}
	if err := (lane.Part{Brand: b.ID, Circular: k.ID}).Send(ctx, d.sqs, d.wake, k.Value.Due.Sub(d.Now())); err != nil {
		d.Log.Error("circular", "brand", b.ID, "circular", k.ID, "error", setup.Outermost(err))
	}
}

// signGiven writes the note by which a rebuild takes an answer once more, where who gave it died before he could.
func (d *Desk) signGiven(ctx context.Context, b *policy.Brand, id string, x desk.Circular, one string) *Problem {
	o := &order{Desk: d, conversation: &desk.Conversation{Ref: desk.Ref{Brand: b.ID, Conversation: one}}, brand: b, by: &policy.Agent{ID: x.By}}
	if p := o.begin(Reply, circularRequest(id, one)); p != nil {
		return p
	}
	mine := o.message("reply", "").ID
	m, err := d.store.Message(ctx, o.conversation.Ref, func(m desk.Message) bool { return m.ID == mine })
	if err != nil {
		return d.Unable("circular", err)
	}
	if m == nil || m.Withdrawn != nil || m.Raw == "" {
		return nil // taken back, or forgotten
	}
	out, err := d.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &d.bucket, Key: &m.Raw})
	if err != nil {
		if unmet(err) {
			return nil
		}
		return d.Unable("circular", err)
	}
	defer out.Body.Close()
	if _, signed := ReadJournal(out.Metadata); signed {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(out.Body, maxRaw))
	if err != nil {
		return d.Unable("circular", err)
	}
	o.text, o.kept, o.by = string(text), kept{etag: aws.ToString(out.ETag)}, &policy.Agent{ID: m.Author.Address, Name: m.Author.Name}
	if o.sign(ctx, *m, Journal{Leaves: m.At.Add(desk.CircularDelay), Then: desk.Then{Resolve: x.Resolve}}); o.unnoted != nil {
		return d.Unable("circular", o.unnoted)
	}
	return nil
}

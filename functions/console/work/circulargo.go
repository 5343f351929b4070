package work

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// GoOn gives the answer to the next conversations of a circular, some at a time: {"all": true} lets the desk go on with the others by itself. It leaves each two minutes later, and until
// then is taken back by StopCircular. Whoever dies in between, or presses twice, gives nobody two: the answer's natural key is of the circular and the conversation. The part stands in the
// circular before anybody gets anything: who stops it meanwhile, or after a crash, finds whom to look at.
func (d *Desk) GoOn(ctx context.Context, by *policy.Agent, brand, id string, r Request) (out Circular, again bool, p *Problem) {
	var v struct{ All bool }
	if p := decode(r.Body, &v); p != nil {
		return out, false, p
	}
	b, k, once, again, p := d.circularStep(ctx, by, brand, id, r, desk.CircularGone)
	switch {
	case p != nil:
		return out, false, p
	case again:
		return circular(b.ID, k), true, nil
	}
	x := &k.Value
	if x.Stopped != nil {
		return out, false, circularStopped()
	}
	size := CircularPart
	if v.All {
		x.GoesOn(by.ID, d.Now().Add(desk.CircularPatience)) // kept with the part, before anybody gets anything: so it goes on, too, when who gives this part dies
		var err error
		if size, err = d.room(ctx, b, *x); err != nil {
			return out, false, d.Unable("circular", err)
		}
	}
	if p := d.beginPart(ctx, b, &k, size, v.All); p != nil {
		return out, false, p
	}
	part := x.To[x.Next : x.Next+x.Part]
	if p := d.givePart(ctx, b, &k); p != nil {
		return out, false, p
	}
	if again, p = d.keepCircular(ctx, b, id, k.Version, *x, desk.CircularGone, by, once); p != nil {
		if stopped := d.unGo(ctx, by, b, id, part); stopped != nil {
			p = stopped
		}
		return out, false, p
	}
	k.Version++
	d.circularLine(b, k, desk.CircularGone, by)
	d.orderPart(ctx, b, k)
	return circular(b.ID, k), again, nil
}

// beginPart notes which conversations are given it next, where none stand there from somebody who died.
func (d *Desk) beginPart(ctx context.Context, b *policy.Brand, k *store.Kept[desk.Circular], size int, mark bool) *Problem {
	x := &k.Value
	if x.Part == 0 && x.Next < len(x.To) {
		x.Part, mark = min(size, len(x.To)-x.Next), true
	}
	if !mark {
		return nil
	}
	return d.markCircular(ctx, b, k)
}

// givePart gives a part its answer; what is left, if anything, is due a moment later where the desk goes on by itself.
func (d *Desk) givePart(ctx context.Context, b *policy.Brand, k *store.Kept[desk.Circular]) *Problem {
	x := &k.Value
	if p := d.giveCircular(ctx, b, k.ID, x, x.To[x.Next:x.Next+x.Part]); p != nil {
		return p
	}
	switch x.Next, x.Part = x.Next+x.Part, 0; {
	case x.Next >= len(x.To):
		x.Rests()
	case x.For != "":
		x.GoesOn(x.For, d.Now().Add(desk.CircularPace))
	}
	return nil
}

func circularStopped() *Problem {
	return coded(http.StatusConflict, "stopped", "", "it was stopped: prepare a new one")
}

// giveCircular gives a part its answer, and notes who is left out.
func (d *Desk) giveCircular(ctx context.Context, b *policy.Brand, id string, x *desk.Circular, part []string) *Problem {
	found, cards, err := d.ofCircular(ctx, b.ID, part)
	if err != nil {
		return d.Unable("circular", err)
	}
	for _, one := range part {
		c := found[desk.Ref{Brand: b.ID, Conversation: one}]
		why, p := d.sendCircular(ctx, b, id, *x, one, c, hisCard(c, cards))
		if p != nil {
			return p
		}
		if why != "" {
			if x.LeftOut == nil {
				x.LeftOut = map[string]desk.LeftOut{}
			}
			x.LeftOut[one] = why
		}
	}
	return nil
}

// unGo takes back what was just given, where the circular was stopped meanwhile; nil where it was not: what was given then stands, for whoever went on with it has given the same.
func (d *Desk) unGo(ctx context.Context, by *policy.Agent, b *policy.Brand, id string, part []string) *Problem {
	k, err := d.readCircular(ctx, b.ID, id)
	if err != nil {
		return d.Unable("circular", err)
	}
	if k == nil || k.Value.Stopped == nil {
		return nil
	}
	n := 0
	for _, one := range slices.Backward(part) { // the newest have most of their time left
		taken, p := d.backOfCircular(ctx, by, b, id, k.Value, one)
		if p != nil {
			return p // it is stopped again: what has not left is found there
		}
		if taken {
			n++
			k.Value.TookBack(one)
		}
	}
	if p := d.markCircular(ctx, b, k); p != nil { // a count alone
		d.Log.Warn("circular", "brand", b.ID, "circular", id, "not_counted", n)
	}
	return circularStopped()
}

// circularRequest is by what one conversation gets a circular: always the same.
func circularRequest(id, conversation string) Request {
	return Request{Key: "circular " + id + " " + conversation, Body: []byte(strconv.Quote(conversation))}
}

// givenBy is the natural key of a circular's answer to one conversation, and that answer's message: by these it is known among all others.
func (d *Desk) givenBy(b *policy.Brand, x desk.Circular, id, conversation string) (once store.Once, message string, p *Problem) {
	o := &order{Desk: d, conversation: &desk.Conversation{Ref: desk.Ref{Brand: b.ID, Conversation: conversation}}, brand: b, by: &policy.Agent{ID: x.By}}
	if p := o.begin(Reply, circularRequest(id, conversation)); p != nil {
		return once, "", p
	}
	return store.Once{Channel: o.act.Channel, Key: o.act.Keys[0], Digest: o.act.Delivery}, o.message("reply", "").ID, nil
}

// sendCircular gives one conversation its answer.
func (d *Desk) sendCircular(ctx context.Context, b *policy.Brand, id string, x desk.Circular, one string, c *desk.Conversation, person *desk.Contact) (desk.LeftOut, *Problem) {
	once, _, p := d.givenBy(b, x, id, one)
	if p != nil {
		return "", p
	}
	if done, err := d.store.Done(ctx, b.ID, once); done || errors.Is(err, store.ErrKeyUsed) {
		return "", d.signGiven(ctx, b, id, x, one) // given before its giver died; it may have left since
	} else if err != nil {
		return "", d.Unable("circular", err)
	}
	author, p := d.standsAt(ctx, b.ID, x.By)
	if p != nil {
		return "", p
	}
	if author == nil {
		return desk.NotTaken, nil
	}
	piece, why := d.circularPiece(ctx, b, x, c, person)
	if why != "" {
		return why, nil
	}
	signer := d.signerOf(ctx, c, x)
	o := &order{Desk: d, conversation: c, brand: b, by: author}
	r := circularRequest(id, one)
	r.Match = strconv.Itoa(c.Version)
	if p := o.begin(Reply, r); p != nil {
		return "", p
	}
	m, p := o.written(ctx, "reply", "text", piece.Text)
	if p != nil {
		return "", p
	}
	m.Author = party(signer)
	ev := desk.Replied{
		Act: o.act, Message: m, At: d.Now().Add(desk.CircularDelay), Then: desk.Then{Resolve: x.Resolve}, As: &policy.Assignee{ID: signer.ID, Name: signer.Name}, Circular: id,
	}
	decision, err := d.turn(ctx, ev)
	o.by = signer // whose answer it is, also to a rebuild
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		return "", nil
	case err != nil:
		return "", d.Unable("circular", err)
	case decision.Refused == desk.Changed:
		return desk.WroteSince, nil
	case decision.Refused != "":
		return desk.NotTaken, nil
	case decision.Nothing:
		o.journalAgain(ctx, ev)
	default:
		o.journal(ctx, ev)
	}
	if o.unnoted != nil {
		return "", d.Unable("circular", o.unnoted) // the part is given again: what has its answer gets its note
	}
	return "", nil
}

// circularStep finds the circular of a step, and whether the step was done before.
func (d *Desk) circularStep(ctx context.Context, by *policy.Agent, brand, id string, r Request, name desk.ChangeName) (b *policy.Brand, k store.Kept[desk.Circular], once store.Once, again bool, p *Problem) {
	if b, k, p = d.findCircular(ctx, by, brand, id); p != nil {
		return b, k, once, false, p
	}
	if once, p = d.once(b.ID, by, SendMany, id+" "+string(name), r); p != nil {
		return b, k, once, false, p
	}
	again, err := d.store.Done(ctx, b.ID, once)
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		return b, k, once, false, keyUsed()
	case err != nil:
		return b, k, once, false, d.Unable("circular", err)
	}
	return b, k, once, again, nil
}

func (d *Desk) circularLine(b *policy.Brand, k store.Kept[desk.Circular], name desk.ChangeName, by *policy.Agent) {
	d.Log.Info("circular", "brand", b.ID, "circular", k.ID, "change", name, "by", by.ID, "next", k.Value.Next, "left_out", len(k.Value.LeftOut), "taken_back", k.Value.Taken)
}

// markCircular writes how far a circular is while it is worked at; its end is kept with a line in the audit.
func (d *Desk) markCircular(ctx context.Context, b *policy.Brand, k *store.Kept[desk.Circular]) *Problem {
	err := d.store.Mark(ctx, store.Circulars, b.ID, k.ID, k.Version, k.Value)
	switch {
	case errors.Is(err, store.ErrMoved):
		return movedCircular()
	case err != nil:
		d.Log.Error("circular", "brand", b.ID, "circular", k.ID, "error", setup.Outermost(err))
		return d.Unable("circular", err)
	}
	k.Version++
	return nil
}

func movedCircular() *Problem {
	return coded(http.StatusPreconditionFailed, string(desk.Changed), "", "somebody else goes on with it: look again")
}

func (d *Desk) keepCircular(ctx context.Context, b *policy.Brand, id string, version int, x desk.Circular, name desk.ChangeName, by *policy.Agent, once store.Once) (again bool, p *Problem) {
	again, err := d.store.Keep(ctx, store.Circulars, id, version, x, desk.Change{Brand: b.ID, ID: once.Key, At: d.Now(), By: by.ID, Name: name, About: id}, once)
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		return false, keyUsed()
	case errors.Is(err, store.ErrMoved):
		return false, movedCircular()
	case err != nil:
		return false, d.Unable("circular", err)
	}
	return again, nil
}

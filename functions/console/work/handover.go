package work

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
	"pronto/shared/triage"
)

// Handover is a shift that is offered: whose conversations, to whom, and what is promised to whom.
type Handover struct {
	ID       string    `json:"id"`
	Version  int       `json:"version"`
	From     Assignee  `json:"from"`
	To       *Assignee `json:"to,omitempty"` // none: whoever accepts first
	By       string    `json:"by"`
	Note     string    `json:"note,omitempty"`
	At       time.Time `json:"at"`
	Promises []Owed    `json:"promises"` // what is not over and has not been given away since
}

// Owed is a conversation that is handed over.
type Owed struct {
	Conversation string          `json:"conversation"`
	Contact      string          `json:"contact"`
	Subject      string          `json:"subject,omitempty"`
	Abuse        triage.Abuse    `json:"abuse,omitempty"` // what hurts in something that the contact wrote: its subject may, too
	Priority     string          `json:"priority"`
	Due          *time.Time      `json:"due,omitempty"` // of the answer that is owed
	Late         bool            `json:"late,omitempty"`
	Status       desk.Status     `json:"status"`
	ref          desk.Ref        // of the conversation
	assignee     policy.Assignee // who has it now
	waiting      []desk.Scheduled
}

// Handovers are what a brand's agents offer each other.
type Handovers struct {
	Brand string     `json:"brand"`
	Items []Handover `json:"items"`
	Moved int        `json:"moved"` // conversations that this request gave to somebody
	More  bool       `json:"more"`  // the agent has more than one handover takes: hand over again
}

// Handovers lists what is offered, of a brand, the agent's only one for "".
func (d *Desk) Handovers(ctx context.Context, by *policy.Agent, brand string) (Handovers, *Problem) {
	b, p := d.brand(by, HandOver, brand)
	if p != nil {
		return Handovers{}, p
	}
	all, err := store.KeptOf[desk.Handover](ctx, d.store, b.ID, store.Handovers)
	if err != nil {
		return Handovers{}, d.Unable("handovers", err)
	}
	out := Handovers{Brand: b.ID, Items: []Handover{}}
	for _, k := range all {
		one, err := d.handover(ctx, b.ID, k)
		if err != nil {
			return Handovers{}, d.Unable("handovers", err)
		}
		out.Items = append(out.Items, one)
	}
	slices.SortFunc(out.Items, func(a, b Handover) int { return a.At.Compare(b.At) })
	return out, nil
}

// Offered tells how many handovers wait for an agent, over his brands: it is asked for with each page of the queue.
func (d *Desk) Offered(ctx context.Context, by *policy.Agent) (n int, err error) {
	for _, brand := range by.Brands {
		if !May(by, brand, HandOver) {
			continue
		}
		all, err := store.KeptOf[desk.Handover](ctx, d.store, brand, store.Handovers)
		if err != nil {
			return 0, err
		}
		for _, k := range all {
			if k.Value.To == by.ID || k.Value.To == "" && k.Value.From != by.ID {
				n++
			}
		}
	}
	return n, nil
}

// person is an agent; one whom the policy names no more goes by the id.
func (d *Desk) person(id string) Assignee {
	if a := d.Policy.Agent(id); a != nil {
		return Assignee{a.ID, a.Name}
	}
	return Assignee{id, id}
}

func (d *Desk) handover(ctx context.Context, brand string, k store.Kept[desk.Handover]) (Handover, error) {
	v := k.Value
	one := Handover{ID: k.ID, Version: k.Version, From: d.person(v.From), By: v.By, Note: v.Note, At: v.At, Promises: []Owed{}}
	if v.To != "" {
		to := d.person(v.To)
		one.To = &to
	}
	owed, err := d.owed(ctx, brand, v.Conversations)
	for _, o := range owed {
		if o.assignee.ID == v.From {
			one.Promises = append(one.Promises, o)
		}
	}
	return one, err
}

// owed are conversations that are not over, in the order of their ids.
func (d *Desk) owed(ctx context.Context, brand string, ids []string) (all []Owed, err error) {
	var refs []desk.Ref
	for _, id := range ids {
		refs = append(refs, desk.Ref{Brand: brand, Conversation: id})
	}
	found, err := d.store.Conversations(ctx, refs)
	if err != nil {
		return nil, err
	}
	for _, r := range refs {
		c := found[r]
		if c == nil || c.Status == desk.StatusResolved || c.Status == desk.StatusClosed || c.Merged != "" {
			continue
		}
		shown := d.shown(c)
		o := Owed{Conversation: r.Conversation, Contact: cmp.Or(shown.Contact.Name, shown.Contact.Address, "unknown"), Subject: shown.Subject, Abuse: shown.Abuse, Priority: string(c.Priority), Status: c.Status, ref: r, assignee: c.Assignee, waiting: c.Scheduled}
		if due, late := owedAt(shown, d.Now()); !due.IsZero() {
			o.Due, o.Late = &due, late
		}
		all = append(all, o)
	}
	return all, nil
}

// Offer hands over a shift: {"from": an agent, oneself without it, "to": an agent, whoever accepts first without it, "note": "…", "now": true}. With now, for leads, nobody
// is asked: the conversations are given at once, as those of who has left must be, even when the policy names him no more.
func (d *Desk) Offer(ctx context.Context, by *policy.Agent, brand string, r Request) (Handovers, bool, *Problem) {
	b, p := d.brand(by, HandOver, brand)
	if p != nil {
		return Handovers{}, false, p
	}
	v, now, p := d.offer(by, b, r.Body)
	if p != nil {
		return Handovers{}, false, p
	}
	once, p := d.once(b.ID, by, HandOver, "", r)
	if p != nil {
		return Handovers{}, false, p
	}
	if again, err := d.store.Done(ctx, b.ID, once); again || err != nil {
		return d.handedOver(ctx, by, b.ID, Handovers{}, again, err)
	}
	more, p := d.holds(ctx, b, &v)
	if p != nil {
		return Handovers{}, false, p
	}
	// The audit is without the note: it speaks of customers, stands on each of their conversations, and goes when they are forgotten.
	change := desk.Change{Brand: b.ID, ID: once.Key, At: d.Now(), By: by.ID, Name: desk.HandoverOffered, About: v.From}
	if now {
		change.Name = desk.HandoverAccepted
		moved, err := d.give(ctx, by, b, v, v.To, once.Key)
		if err == nil {
			_, err = d.store.Change(ctx, change, once)
		}
		return d.handedOver(ctx, by, b.ID, Handovers{Moved: moved, More: more}, false, err)
	}
	if all, err := store.KeptOf[desk.Handover](ctx, d.store, b.ID, store.Handovers); err != nil || len(all) >= desk.MaxOffered {
		if err != nil {
			return Handovers{}, false, d.Unable("handovers", err)
		}
		return Handovers{}, false, Refuse(http.StatusUnprocessableEntity, "", fmt.Sprintf("%d handovers are offered already: accept or decline one first", desk.MaxOffered))
	}
	again, err := d.store.Keep(ctx, store.Handovers, once.Key, 0, v, change, once)
	return d.handedOver(ctx, by, b.ID, Handovers{More: more}, again, err)
}

func (d *Desk) handedOver(ctx context.Context, by *policy.Agent, brand string, so Handovers, again bool, err error) (Handovers, bool, *Problem) {
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		return Handovers{}, false, keyUsed()
	case errors.Is(err, store.ErrMoved):
		return Handovers{}, false, gone()
	case err != nil:
		return Handovers{}, false, d.Unable("handovers", err)
	}
	out, p := d.Handovers(ctx, by, brand)
	out.Moved, out.More = so.Moved, so.More
	return out, again, p
}

func gone() *Problem {
	return Refuse(http.StatusNotFound, "", "this handover is not offered any more: it was accepted, declined or withdrawn")
}

// offer reads and checks an order.
func (d *Desk) offer(by *policy.Agent, b *policy.Brand, body []byte) (v desk.Handover, now bool, p *Problem) {
	var o struct {
		From, To, Note string
		Now            bool
	}
	if p := decode(body, &o); p != nil {
		return v, false, p
	}
	v = desk.Handover{From: cmp.Or(o.From, by.ID), To: o.To, By: by.ID, At: d.Now().UTC()}
	if v.Note, p = cleanReason(o.Note); p != nil {
		p.Field = "note"
		return v, false, p
	}
	leads := by.RoleAt(b.ID).Includes(policy.RoleLead)
	switch {
	case v.From != by.ID && !leads:
		return v, false, Refuse(http.StatusForbidden, "from", "hand over your own shift; only a lead may another's")
	case o.Now && !leads:
		return v, false, Refuse(http.StatusForbidden, "now", "whoever is to have it accepts it; only a lead may give at once")
	case o.Now && v.To == "":
		return v, false, Refuse(http.StatusUnprocessableEntity, "to", "name who is to have them, an agent or "+b.Team.ID)
	case len(v.From) > maxAgentID:
		return v, false, Refuse(http.StatusUnprocessableEntity, "from", "write the id of an agent")
	case v.To == v.From:
		return v, false, Refuse(http.StatusUnprocessableEntity, "to", "name another than whose shift it is")
	case v.To == "" || o.Now && v.To == b.Team.ID:
		return v, o.Now, nil
	}
	return v, o.Now, d.onRota(b, "to", v.To, true)
}

// maxAgentID bounds the id of an agent whom the policy may not name any more.
const maxAgentID = 64

// holds fills in the conversations that the agent has.
func (d *Desk) holds(ctx context.Context, b *policy.Brand, v *desk.Handover) (more bool, p *Problem) {
	entries, next, err := d.store.Queue(ctx, store.List{Brands: []string{b.ID}, Agent: v.From, Max: desk.MaxHandover})
	if err != nil {
		return false, d.Unable("handovers", err)
	}
	for _, e := range entries {
		v.Conversations = append(v.Conversations, e.Conversation)
	}
	if len(v.Conversations) == 0 {
		return false, Refuse(http.StatusConflict, "from", "there is nothing to hand over: the agent has no conversation that is not over")
	}
	return next != "", nil
}

// Accept takes over what is offered: who accepts has the conversations from now on, but those that are over or were given away meanwhile.
func (d *Desk) Accept(ctx context.Context, by *policy.Agent, brand, id string, r Request) (Handovers, bool, *Problem) {
	return d.end(ctx, by, brand, id, desk.HandoverAccepted, r)
}

// Decline leaves everything with who has it. Who offered it, and a lead, may take it back in the same way.
func (d *Desk) Decline(ctx context.Context, by *policy.Agent, brand, id string, r Request) (Handovers, bool, *Problem) {
	return d.end(ctx, by, brand, id, desk.HandoverDeclined, r)
}

func (d *Desk) end(ctx context.Context, by *policy.Agent, brand, id string, as desk.ChangeName, r Request) (Handovers, bool, *Problem) {
	b, p := d.brand(by, HandOver, brand)
	if p != nil {
		return Handovers{}, false, p
	}
	once, p := d.once(b.ID, by, HandOver, string(as)+" "+id, r)
	if p != nil {
		return Handovers{}, false, p
	}
	if again, err := d.store.Done(ctx, b.ID, once); again || err != nil {
		return d.handedOver(ctx, by, b.ID, Handovers{}, again, err)
	}
	all, err := store.KeptOf[desk.Handover](ctx, d.store, b.ID, store.Handovers)
	if err != nil {
		return Handovers{}, false, d.Unable("handovers", err)
	}
	i := slices.IndexFunc(all, func(k store.Kept[desk.Handover]) bool { return k.ID == id })
	if i < 0 {
		return Handovers{}, false, gone()
	}
	k := all[i]
	if p := mayEnd(by, b, k.Value, as); p != nil {
		return Handovers{}, false, p
	}
	var so Handovers
	if as == desk.HandoverAccepted {
		// The turns first: a crash between leaves the handover offered, and who accepts again gets the rest.
		if so.Moved, err = d.give(ctx, by, b, k.Value, by.ID, k.ID); err != nil {
			return Handovers{}, false, d.Unable("handovers", err)
		}
	}
	change := desk.Change{Brand: b.ID, ID: once.Key, At: d.Now(), By: by.ID, Name: as, About: k.Value.From}
	again, err := d.store.Drop(ctx, store.Handovers, id, k.Version, change, once)
	return d.handedOver(ctx, by, b.ID, so, again, err)
}

func mayEnd(by *policy.Agent, b *policy.Brand, v desk.Handover, as desk.ChangeName) *Problem {
	named, offered := v.To == by.ID, v.From == by.ID || v.By == by.ID
	switch {
	case as == desk.HandoverAccepted && v.From == by.ID:
		return Refuse(http.StatusConflict, "", "this is your own shift: decline it to keep it")
	case as == desk.HandoverAccepted && v.To != "" && !named:
		return Refuse(http.StatusForbidden, "", "it is offered to somebody else")
	case as == desk.HandoverDeclined && !named && !offered && !by.RoleAt(b.ID).Includes(policy.RoleLead):
		return Refuse(http.StatusForbidden, "", "only who offers it, to whom it is offered, or a lead may decline it")
	}
	return nil
}

// give assigns what From still has of a handover, so many turns at a time, and tells how many. Each has a key of the handover's: what was done before is not done again.
func (d *Desk) give(ctx context.Context, by *policy.Agent, b *policy.Brand, v desk.Handover, to, id string) (int, error) {
	owed, err := d.owed(ctx, b.ID, v.Conversations)
	if err != nil {
		return 0, err
	}
	target := policy.Assignee{ID: b.Team.ID, Name: b.Team.Name, Team: true}
	if to != b.Team.ID {
		target = policy.Assignee{ID: to, Name: d.person(to).Name}
	}
	owed = slices.DeleteFunc(owed, func(o Owed) bool { return o.assignee.ID != v.From })
	return each(owed, func(o Owed) (bool, error) { return d.giveOne(ctx, by, o, v, target, id) })
}

// HandedOver is how the note of a handover begins, before the name of whose it was. It is stored as text; by the note's Shift pages know that the desk wrote it, and say it in the language
// of who reads.
const HandedOver = "Handed over by "

func (d *Desk) giveOne(ctx context.Context, by *policy.Agent, o Owed, v desk.Handover, to policy.Assignee, id string) (bool, error) {
	return d.giveAs(ctx, by, o, v, to, id, "")
}

// giveAs is giveOne of an agent who has left, or of one who has not for "".
func (d *Desk) giveAs(ctx context.Context, by *policy.Agent, o Owed, v desk.Handover, to policy.Assignee, id, left string) (bool, error) {
	words := HandedOver + d.person(v.From).Name
	if v.Note != "" {
		words += ": " + v.Note
	}
	body, err := json.Marshal(map[string]string{"to": to.ID, "note": words})
	if err != nil {
		return false, fmt.Errorf("encode a handover: %w", err)
	}
	c, err := d.store.Conversation(ctx, o.ref)
	if err != nil || c == nil || c.Assignee.ID != v.From {
		return false, err
	}
	in := &order{Desk: d, conversation: c, brand: d.Policy.Brand(o.ref.Brand), by: by}
	if p := in.begin(Assign, Request{Body: body, Match: fmt.Sprint(c.Version), Key: id + " " + o.Conversation}); p != nil {
		return false, errors.New(p.Detail)
	}
	ev, p := assign(ctx, in)
	if p != nil {
		return false, errors.New(p.Detail)
	}
	if given, ok := ev.(desk.Assigned); ok {
		if given.Left = left; given.Note != nil {
			given.Note.Shift = v.From
		}
		ev = given
	}
	made, err := d.turn(ctx, ev)
	given := err == nil && !made.Nothing && made.Refused == ""
	if given {
		in.journal(ctx, ev)
	}
	return given, err
}

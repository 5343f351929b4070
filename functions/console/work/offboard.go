package work

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// Offboarding is what an agent has at a brand who leaves, or has left: all that somebody else must have.
type Offboarding struct {
	Brand     string      `json:"brand"`
	Agent     Assignee    `json:"agent"`
	Left      *time.Time  `json:"left,omitempty"` // since when nobody is let in by his id
	To        *Assignee   `json:"to,omitempty"`   // who does his shifts since; nobody without it
	Open      int         `json:"open"`           // conversations that are not over
	More      bool        `json:"more"`           // and there are more: order it again
	Promises  []Owed      `json:"promises"`       // of them what is owed, what falls due first first
	Scheduled []HisAnswer `json:"scheduled"`      // answers of his in them that have not left
	Shifts    []HisShift  `json:"shifts"`         // of the rota, in the sixty days to come
	Gaps      []string    `json:"gaps,omitempty"` // when nobody is on in these days without him, in words
	Offers    int         `json:"offers"`         // handovers that he offers, or that are offered to him
	Drafts    int         `json:"drafts"`         // what he has begun to write and not sent, which nobody else is shown
	Devices   int         `json:"devices"`        // browsers and phones to which his pages are pushed, of all brands
	Moved     int         `json:"moved"`          // conversations that this request gave to somebody, or stopped an answer in

	Nobody []oncall.Gap `json:"-"` // the gaps
}

// HisAnswer is an answer that waits to leave.
type HisAnswer struct {
	Conversation string    `json:"conversation"`
	Contact      string    `json:"contact"`
	At           time.Time `json:"at"`
	Stopped      desk.Stop `json:"stopped,omitempty"`
}

// HisShift is a time for which an agent is on.
type HisShift struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// ahead is for how long shifts are told of who leaves.
const ahead = 60 * 24 * time.Hour

// Offboarding tells what an agent has at a brand. One whom the policy names no more has what stands in his id.
func (d *Desk) Offboarding(ctx context.Context, by *policy.Agent, brand, agent string) (Offboarding, *Problem) {
	b, p := d.leaves(ctx, by, brand, agent)
	if p != nil {
		return Offboarding{}, p
	}
	return d.known(ctx, b, agent)
}

// UnknownAgent is the code of an id by which there is nobody, and nothing.
const UnknownAgent = "unknown_agent"

// known is what an agent has, if the rule book names him at the brand, or anything there is his, or he has left it: a mark of another id would let nobody go, and take the
// place of one that does.
func (d *Desk) known(ctx context.Context, b *policy.Brand, agent string) (Offboarding, *Problem) {
	has, p := d.offboarding(ctx, b, agent)
	if p != nil {
		return has, p
	}
	devices := d.Policy.Agent(agent) == nil && has.Devices > 0 // else they are of another brand's agent
	if d.names(b, agent) || has.Left != nil || has.Open+len(has.Shifts)+has.Offers+has.Drafts > 0 || devices {
		return has, nil
	}
	return Offboarding{}, coded(http.StatusNotFound, UnknownAgent, "agent", "the rule book names nobody of this id at this brand, and nothing here is theirs")
}

func noID() *Problem {
	return Refuse(http.StatusUnprocessableEntity, "agent", "write the id of an agent")
}

// names tells whether the rule book names an agent at a brand.
func (d *Desk) names(b *policy.Brand, agent string) bool {
	a := d.Policy.Agent(agent)
	return a != nil && slices.Contains(a.Brands, b.ID)
}

// leaves is the brand, if this agent may let that one go there. A lead alone does not let a lead go: with one stolen session nobody would be left who could say no.
func (d *Desk) leaves(ctx context.Context, by *policy.Agent, brand, agent string) (*policy.Brand, *Problem) {
	b, p := d.brand(by, Offboard, brand)
	switch {
	case p != nil:
		return nil, p
	case !policy.IsID(agent):
		return nil, noID()
	case agent == by.ID:
		return nil, Refuse(http.StatusUnprocessableEntity, "agent", "another lead lets you go: you would not see what becomes of it")
	}
	if a := d.Policy.Agent(agent); a != nil && a.RoleAt(b.ID).Includes(policy.RoleLead) && !by.RoleAt(b.ID).Includes(policy.RoleAdmin) {
		return nil, d.needsAdmin(ctx, b, agent)
	}
	return b, nil
}

// needsAdmin says who may let a lead or an admin go.
func (d *Desk) needsAdmin(ctx context.Context, b *policy.Brand, agent string) *Problem {
	for _, x := range d.Policy.Agents {
		if x.ID == agent || !x.RoleAt(b.ID).Includes(policy.RoleAdmin) {
			continue
		}
		if x, p := d.Standing(ctx, x); p == nil && x != nil && slices.Contains(x.Brands, b.ID) {
			return coded(http.StatusForbidden, "needs_admin", "agent", "only an admin of the brand lets a lead or an admin go, or in again")
		}
	}
	return coded(http.StatusForbidden, "needs_admin", "agent", "only an admin of the brand lets a lead or an admin go, and it has no other: who has the account's credentials does it, with pronto agent remove")
}

func (d *Desk) offboarding(ctx context.Context, b *policy.Brand, agent string) (out Offboarding, p *Problem) {
	out = Offboarding{Brand: b.ID, Agent: d.person(agent), Promises: []Owed{}, Scheduled: []HisAnswer{}, Shifts: []HisShift{}}
	r, err := d.store.Rota(ctx, b.ID)
	if err != nil {
		return out, d.Unable("offboard", err)
	}
	if l := r.WhoLeft(agent); l != nil {
		out.Left = &l.At
		if l.To != "" {
			to := d.person(l.To)
			out.To = &to
		}
	}
	now := d.Now()
	rest := b.Schedule.With(r.Overrides()...)
	for _, x := range rest.Of(agent, now, now.Add(ahead)) {
		out.Shifts = append(out.Shifts, HisShift{x.Start.UTC(), x.End.UTC()})
	}
	without := rest
	if out.Left == nil {
		without = b.Schedule.With(r.Leaving(desk.Leaver{Agent: agent, At: now}).Overrides()...)
	}
	out.Nobody = without.Gaps(now, now.Add(ahead))
	for _, g := range out.Nobody {
		out.Gaps = append(out.Gaps, g.Words(b.Schedule.Zone))
	}
	if err := d.fill(ctx, b, agent, &out); err != nil {
		return out, d.Unable("offboard", err)
	}
	return out, nil
}

// fill adds what stands in the table.
func (d *Desk) fill(ctx context.Context, b *policy.Brand, agent string, out *Offboarding) error {
	all, more, err := d.his(ctx, b, agent)
	if err != nil {
		return err
	}
	out.Open, out.More = len(all), more
	for _, o := range all {
		if o.Due != nil {
			out.Promises = append(out.Promises, o)
		}
		for _, s := range o.waiting {
			if s.By.ID == agent {
				out.Scheduled = append(out.Scheduled, HisAnswer{o.Conversation, o.Contact, s.At, s.Stopped})
			}
		}
	}
	slices.SortStableFunc(out.Promises, func(a, b Owed) int { return a.Due.Compare(*b.Due) })
	offered, err := store.KeptOf[desk.Handover](ctx, d.store, b.ID, store.Handovers)
	if err != nil {
		return err
	}
	for _, k := range offered {
		if k.Value.From == agent || k.Value.To == agent {
			out.Offers++
		}
	}
	begun, err := d.store.Begun(ctx, b.ID, agent)
	if err != nil {
		return err
	}
	devices, err := d.store.Devices(ctx, agent)
	out.Drafts, out.Devices = len(begun), len(devices)
	return err
}

// his are the conversations that an agent has, as many as one handover takes.
func (d *Desk) his(ctx context.Context, b *policy.Brand, agent string) (all []Owed, more bool, err error) {
	entries, next, err := d.store.Queue(ctx, store.List{Brands: []string{b.ID}, Agent: agent, Max: desk.MaxHandover})
	if err != nil {
		return nil, false, err
	}
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.Conversation)
	}
	owed, err := d.owed(ctx, b.ID, ids)
	return slices.DeleteFunc(owed, func(o Owed) bool { return o.assignee.ID != agent }), next != "", err
}

// LetGo offboards an agent at a brand: {"to": an agent, everybody without it, "note": "…"}. First nobody is let in by his id any more, and no shift is his; then what he has is
// given away, each conversation by a turn of its own. Whoever orders it again, after a fault or because there was more, goes on: what was done stays.
func (d *Desk) LetGo(ctx context.Context, by *policy.Agent, brand, agent string, r Request) (Offboarding, bool, *Problem) {
	b, p := d.leaves(ctx, by, brand, agent)
	if p != nil {
		return Offboarding{}, false, p
	}
	return d.letGoAt(ctx, by, b, agent, r)
}

func (d *Desk) letGoAt(ctx context.Context, by *policy.Agent, b *policy.Brand, agent string, r Request) (Offboarding, bool, *Problem) {
	if !d.names(b, agent) {
		if _, p := d.known(ctx, b, agent); p != nil {
			return Offboarding{}, false, p
		}
	}
	v, p := d.letGo(ctx, by, b, agent, r.Body)
	if p != nil {
		return Offboarding{}, false, p
	}
	once, p := d.once(b.ID, by, Offboard, agent, r)
	if p != nil {
		return Offboarding{}, false, p
	}
	mark := desk.Leaver{Agent: agent, At: v.At, By: by.ID}
	if v.To != b.Team.ID {
		mark.To = v.To
	}
	again, err := d.store.ChangeRota(ctx, func(was desk.Rota) (desk.Rota, error) {
		is := was.Aged(func(id string) bool { return d.names(b, id) }, v.At).Leaving(mark)
		if len(is.Left) > desk.MaxLeft { // none of them may be let in again by another's leaving
			return was, errFull
		}
		return is, nil
	},
		desk.Change{Brand: b.ID, ID: once.Key, At: d.Now(), By: by.ID, Name: desk.AgentLeft, About: agent}, once)
	if p := d.marked(b, agent, desk.AgentLeft, by, again, err); p != nil {
		return Offboarding{}, false, p
	}
	moved, err := d.moveAll(ctx, by, b, v, once.Key)
	if err != nil {
		return Offboarding{}, again, d.Unable("offboard", err)
	}
	out, p := d.offboarding(ctx, b, agent)
	out.Moved = moved
	return out, again, p
}

// marked tells what became of a mark.
func (d *Desk) marked(b *policy.Brand, agent string, name desk.ChangeName, by *policy.Agent, again bool, err error) *Problem {
	d.forgetLeavers(b.ID)
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		return keyUsed()
	case errors.Is(err, errFull):
		return Refuse(http.StatusUnprocessableEntity, "agent", fmt.Sprintf("%d agents have left within half a year, or are named by the rule book still: take those out of it first", desk.MaxLeft))
	case err != nil:
		return d.Unable("offboard", err)
	case !again:
		d.Log.Info("change", "brand", b.ID, "change", name, "about", agent, "by", by.ID)
	}
	return nil
}

// letGo reads and checks an order; To is an agent or the team.
func (d *Desk) letGo(ctx context.Context, by *policy.Agent, b *policy.Brand, agent string, body []byte) (v desk.Handover, p *Problem) {
	var o struct{ To, Note string }
	if p := decode(body, &o); p != nil {
		return v, p
	}
	v = desk.Handover{From: agent, To: cmp.Or(o.To, b.Team.ID), By: by.ID, At: d.Now().UTC()}
	if v.Note, p = cleanReason(o.Note); p != nil {
		p.Field = "note"
		return v, p
	}
	if v.To == b.Team.ID {
		return v, nil
	}
	to, p := d.Standing(ctx, d.Policy.Agent(v.To))
	if p != nil {
		return v, p
	}
	if v.To == agent || to == nil || !d.answers(to, b) {
		return v, Refuse(http.StatusUnprocessableEntity, "to", "name an agent of this brand who stays, or nobody: then everybody has them")
	}
	return v, nil
}

// moveAll gives away what somebody has who has left, takes back what he offers, and drops his devices and the link of his
// calendar once he has left every brand: who had them has them no more when he comes back.
func (d *Desk) moveAll(ctx context.Context, by *policy.Agent, b *policy.Brand, v desk.Handover, id string) (moved int, err error) {
	if r, err := d.store.Rota(ctx, b.ID); err != nil || r.WhoLeft(v.From) == nil {
		return 0, err // let in again: this is an order of before, that comes once more
	}
	his, _, err := d.his(ctx, b, v.From)
	if err != nil {
		return 0, err
	}
	to := policy.Assignee{ID: b.Team.ID, Name: b.Team.Name, Team: true}
	if v.To != b.Team.ID {
		to = policy.Assignee{ID: v.To, Name: d.person(v.To).Name}
	}
	moved, err = each(his, func(o Owed) (bool, error) { return d.giveAs(ctx, by, o, v, to, id, v.From) })
	if err != nil {
		return moved, err
	}
	offered, err := store.KeptOf[desk.Handover](ctx, d.store, b.ID, store.Handovers)
	for _, k := range offered {
		if k.Value.From != v.From && k.Value.To != v.From {
			continue
		}
		once := store.Once{Channel: agents, Key: d.keys.Message(b.ID, agents, id+" "+k.ID), Digest: k.ID}
		change := desk.Change{Brand: b.ID, ID: once.Key, At: d.Now(), By: by.ID, Name: desk.HandoverDeclined, About: k.Value.From}
		if _, dropped := d.store.Drop(ctx, store.Handovers, k.ID, k.Version, change, once); !errors.Is(dropped, store.ErrMoved) {
			err = errors.Join(err, dropped)
		}
	}
	switch a, p := d.Standing(ctx, d.Policy.Agent(v.From)); {
	case p != nil:
		err = errors.Join(err, errors.New(p.Detail))
	case a == nil:
		err = errors.Join(err, d.dropDevices(ctx, v.From), d.dropFeed(ctx, v.From))
	}
	return moved, err
}

// dropFeed has an agent's link to his calendar lead nowhere any more.
func (d *Desk) dropFeed(ctx context.Context, agent string) error {
	made, err := d.store.Feed(ctx, agent)
	if err != nil {
		return err
	}
	return d.store.RenewFeed(ctx, agent, made, d.Now().UTC())
}

// dropDevices lets nothing be pushed to an agent's devices any more.
func (d *Desk) dropDevices(ctx context.Context, agent string) error {
	if all, err := d.store.Devices(ctx, agent); err != nil || len(all) == 0 {
		return err
	}
	return d.store.EditDevices(ctx, agent, func(desk.Devices) (desk.Devices, error) { return nil, nil })
}

// TakeOn lets in again who had left a brand. What was given away stays where it is.
func (d *Desk) TakeOn(ctx context.Context, by *policy.Agent, brand, agent string, r Request) (Offboarding, bool, *Problem) {
	b, p := d.leaves(ctx, by, brand, agent)
	if p != nil {
		return Offboarding{}, false, p
	}
	once, p := d.once(b.ID, by, Offboard, "return "+agent, r)
	if p != nil {
		return Offboarding{}, false, p
	}
	again, err := d.store.ChangeRota(ctx, func(was desk.Rota) (desk.Rota, error) {
		is, ok := was.Returning(agent)
		if !ok {
			return was, store.ErrNoChange
		}
		return is, nil
	}, desk.Change{Brand: b.ID, ID: once.Key, At: d.Now(), By: by.ID, Name: desk.AgentReturned, About: agent}, once)
	if errors.Is(err, store.ErrNoChange) {
		return Offboarding{}, false, Refuse(http.StatusNotFound, "agent", "nobody of this id has left")
	}
	if p := d.marked(b, agent, desk.AgentReturned, by, again, err); p != nil {
		return Offboarding{}, false, p
	}
	out, p := d.offboarding(ctx, b, agent)
	return out, again, p
}

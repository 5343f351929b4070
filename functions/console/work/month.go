package work

import (
	"context"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/oncall"
	"pronto/shared/policy"
)

// Month is a brand's rota from one time to another, and what was changed in it, for people to read.
type Month struct {
	Brand   string
	Shifts  []NamedShift // without a hole and in order
	Gaps    []oncall.Gap // of what is to come
	Changes []RotaEntry  // what is not over
	Left    []LeftRota   // who has left, of those whom the rule book names still
	People  []Assignee   // whom the agent may put on or away
	Others  []Assignee   // everybody who answers for the brand
}

// NamedShift is a stretch in which the same people are on, in layer order; none: a gap.
type NamedShift struct {
	Start, End time.Time
	On         []Assignee
}

// RotaEntry is a change of the rota.
type RotaEntry struct {
	Override
	Book bool         // it stands in the rule book, where the desk cannot take it back
	Mine bool         // the agent may take it back
	Gaps []oncall.Gap // when nobody is on within what is to come of it, a year ahead at most
}

// LeftRota is an agent who is on no more, since he has left.
type LeftRota struct {
	Agent, By Assignee
	To        *Assignee // who does his shifts; nobody without it
	At        time.Time
}

// Month gives the rota of a brand, of the agent's only one for "", from one time to another: as it is now, overrides counted.
func (d *Desk) Month(ctx context.Context, by *policy.Agent, brand string, from, to time.Time) (Month, *Problem) {
	b, p := d.brand(by, SeeOnCall, brand)
	if p != nil {
		return Month{}, p
	}
	r, err := d.store.Rota(ctx, b.ID)
	if err != nil {
		return Month{}, d.Unable("oncall", err)
	}
	s, now := b.Schedule.With(r.Overrides()...), d.Now()
	gaps := s.Gaps(now, lastOf(to, now.Add(maxOverride), b.Schedule.Overrides, r.Overrides())) // once for all changes
	out := Month{Brand: b.ID, Gaps: within(gaps, from, to), Left: d.leftRota(b, r)}
	for _, x := range s.Shifts(from, to) {
		out.Shifts = append(out.Shifts, NamedShift{x.Start, x.End, d.named(x.Agents)})
	}
	entry := func(o Override, book bool) {
		if !o.End.After(now) {
			return
		}
		mine := !book && (o.By == by.ID || by.RoleAt(b.ID).Includes(policy.RoleLead)) && May(by, b.ID, ChangeRota)
		out.Changes = append(out.Changes, RotaEntry{o, book, mine, within(gaps, o.Start, o.End)})
	}
	for _, o := range b.Schedule.Overrides {
		entry(kinded(Override{Agent: o.Agent, Instead: o.Instead, Start: o.Start.UTC(), End: o.End.UTC()}, o.Swap), true)
	}
	for _, c := range r.Changes {
		entry(override(c), false)
	}
	slices.SortStableFunc(out.Changes, func(a, b RotaEntry) int { return a.Start.Compare(b.Start) })
	for _, a := range d.Policy.Agents {
		if !d.answers(a, b) {
			continue
		}
		out.Others = append(out.Others, Assignee{a.ID, a.Name})
		if a.ID == by.ID || by.RoleAt(b.ID).Includes(policy.RoleLead) {
			out.People = append(out.People, Assignee{a.ID, a.Name})
		}
	}
	return out, nil
}

// leftRota are those whom the rule book puts on and who have left: it is no longer as the rule book says.
func (d *Desk) leftRota(b *policy.Brand, r desk.Rota) (all []LeftRota) {
	for _, l := range r.Left {
		if a := d.Policy.Agent(l.Agent); a == nil || !d.answers(a, b) {
			continue
		}
		x := LeftRota{Agent: d.person(l.Agent), By: d.person(l.By), At: l.At}
		if l.To != "" {
			to := d.person(l.To)
			x.To = &to
		}
		all = append(all, x)
	}
	return all
}

// lastOf is when the last change ends, but not before to, and not after latest.
func lastOf(to, latest time.Time, changes ...[]oncall.Override) time.Time {
	for _, list := range changes {
		for _, o := range list {
			if o.End.After(to) {
				to = o.End
			}
		}
	}
	if to.After(latest) {
		return latest
	}
	return to
}

// within are the parts of gaps from from until to.
func within(gaps []oncall.Gap, from, to time.Time) (cut []oncall.Gap) {
	for _, g := range gaps {
		if g.Start.Before(from) {
			g.Start = from
		}
		if g.End.After(to) {
			g.End = to
		}
		if g.Start.Before(g.End) {
			cut = append(cut, g)
		}
	}
	return cut
}

package work

import (
	"slices"
	"testing"
	"time"

	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// What waiting costs decides among what has the same priority, where it is measured alike: dollars are not set against euros, nor against nothing.
func TestCostsAreComparedWithinAPriority(t *testing.T) {
	euros, hourly := sla.Prior(), sla.Prior()
	euros.Unit, hourly.Per = "€", time.Hour
	p := &policy.Policy{Brands: []*policy.Brand{
		{ID: "acme-air", Value: sla.Prior()}, {ID: "acme-cargo", Value: sla.Prior()}, {ID: "other-air", Value: euros}, {ID: "slow-air", Value: hourly}, {ID: "no-air"},
	}}
	item := func(id, brand string, priority triage.Priority, cost float64) Conversation {
		c := Conversation{ID: id, Brand: brand, Priority: priority}
		if cost > 0 {
			c.Waiting = &Waiting{Cost: cost}
		}
		return c
	}
	for name, x := range map[string]struct {
		items []Conversation // as the index has them: by priority, then by due
		want  string
	}{
		"praise stands behind the angry": {[]Conversation{
			item("u", "acme-air", triage.Urgent, 13), item("h", "acme-air", triage.High, 11), item("p", "acme-air", triage.Low, 16),
		}, "uhp"},
		"in one priority by cost, without at its end": {[]Conversation{
			item("a", "acme-air", triage.High, 0), item("b", "acme-air", triage.High, 3), item("c", "acme-cargo", triage.High, 9), item("d", "acme-air", triage.Low, 1), item("e", "acme-cargo", triage.Low, 20),
		}, "cbaed"},
		"dollars and euros by due, dollars alone by cost": {[]Conversation{
			item("a", "acme-air", triage.Urgent, 1), item("b", "acme-air", triage.Urgent, 2), item("c", "acme-air", triage.High, 3), item("d", "other-air", triage.High, 90), item("e", "acme-air", triage.High, 5),
		}, "bacde"},
		"quarters of an hour and hours by due": {[]Conversation{item("a", "acme-air", triage.High, 1), item("b", "slow-air", triage.High, 2)}, "ab"},
		"beside a brand without a prior by due": {[]Conversation{
			item("a", "no-air", triage.High, 0), item("b", "acme-air", triage.High, 1), item("c", "acme-air", triage.High, 2),
		}, "abc"},
		"the index a moment behind": {[]Conversation{item("a", "acme-air", triage.Low, 9), item("b", "acme-air", triage.Urgent, 1)}, "ba"},
		"nobody":                    {nil, ""},
	} {
		items, got := slices.Clone(x.items), ""
		byCost(items, p)
		for _, c := range items {
			got += c.ID
		}
		if got != x.want {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
}

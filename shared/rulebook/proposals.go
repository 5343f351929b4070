package rulebook

import (
	"context"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
)

// Proposals are what waits for another lead where this file is deployed.
type Proposals struct {
	head desk.RuleHead
	open []desk.RuleBook
}

// Proposals reads them. It needs no text of the bucket: who may agree is in the rows.
func (b *Book) Proposals(ctx context.Context) (Proposals, error) {
	heads, all, err := b.Store.RuleBooks(ctx)
	if err != nil {
		return Proposals{}, err
	}
	out := Proposals{head: desk.RuleHead{File: b.Policy.Version, Version: b.Policy.Version}}
	for _, h := range heads {
		if h.File == b.Policy.Version {
			out.head = h
		}
	}
	for _, r := range all {
		if r.Open(b.Now()) {
			out.open = append(out.open, r)
		}
	}
	return out, nil
}

// For counts those to which somebody may agree now, by the rule book that stands.
func (p Proposals) For(who Who, stands *policy.Policy, now time.Time) (n int) {
	for _, r := range p.open {
		if r.Agree(p.head, who.ID, now) == "" && mayDecide(who, stands, r) {
			n++
		}
	}
	return n
}

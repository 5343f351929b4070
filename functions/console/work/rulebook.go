package work

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/rulebook"
	"pronto/shared/store"
)

// Rules is the rule book that stands, and what was proposed. A lead of some brands sees these brands' blocks alone: the whole has addresses and keys of all.
type Rules struct {
	Version string            `json:"version"` // that stands
	File    string            `json:"file"`    // that is deployed
	By      string            `json:"by"`      // who let it stand
	At      *time.Time        `json:"at,omitempty"`
	Policy  string            `json:"policy,omitempty"` // for who leads all brands
	Blocks  map[string]string `json:"blocks"`           // by brand
	Items   []RulesVersion    `json:"items"`            // newest first
	Left    string            `json:"left,omitempty"`   // a version that was made on another file, and is not in this one
	Broken  string            `json:"broken,omitempty"` // why what should stand cannot be read; the deployed file stands in its place
}

// RulesVersion is a version of the rule book.
type RulesVersion struct {
	Version  string          `json:"version"`
	Parent   string          `json:"parent,omitempty"`
	State    string          `json:"state"` // deployed, proposed, expired, approved, refused, withdrawn
	Stands   bool            `json:"stands"`
	By       string          `json:"by"`
	At       time.Time       `json:"at"`
	Why      string          `json:"why,omitempty"`
	Reach    policy.Reach    `json:"reach,omitempty"`
	Changes  []policy.Change `json:"changes"`
	Decided  string          `json:"decided_by,omitempty"`
	DecideAt *time.Time      `json:"decided_at,omitempty"`
	Expires  *time.Time      `json:"expires,omitempty"` // while it is proposed
	May      []string        `json:"may"`               // approve, refuse, withdraw, rollback: what who asks may do to it now
}

// RulesDraft is a proposal before it is made: what it changes, who has to agree, and what it would have made of the messages of a day.
type RulesDraft struct {
	Version  string          `json:"version"`
	Parent   string          `json:"parent"`
	Reach    policy.Reach    `json:"reach"`
	Says     string          `json:"says"` // who has to agree, in words
	Changes  []policy.Change `json:"changes"`
	Lines    []policy.Line   `json:"lines"`
	Previews []desk.Preview  `json:"previews"`
}

// RulesProblem is one thing wrong with a rule book.
type RulesProblem struct {
	Line    int    `json:"line"`
	Field   string `json:"field"`
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
}

// MaxPast is how many messages a preview judges in all: each is judged twice while somebody waits.
const MaxPast = 500

const (
	maxBrands = 10  // that a preview is about
	maxRules  = 100 // versions that are listed
)

// Rules tells what stands.
func (d *Desk) Rules(ctx context.Context, by *policy.Agent) (Rules, *Problem) {
	mine, p := d.brands(by, SeeRules, "")
	if p != nil {
		return Rules{}, p
	}
	s, err := d.rules.Standing(ctx)
	if err != nil {
		return Rules{}, d.Unable("rulebook", err)
	}
	all := rulebook.LeadsAll(s.Policy, who(by))
	out := Rules{Version: s.Policy.Version, File: s.Head.File, By: s.Head.By, Blocks: map[string]string{}, Items: []RulesVersion{}, Left: s.Left(), Broken: s.Broken}
	if !s.Head.At.IsZero() {
		out.At = &s.Head.At
	}
	if all {
		out.Policy = s.Body.Policy
	}
	for _, b := range mine {
		out.Blocks[b.ID] = policy.Block([]byte(s.Body.Policy), b.ID)
	}
	for _, r := range s.Versions {
		if v, ok := d.shownRules(s, r, by, all, mine); ok && len(out.Items) < maxRules {
			out.Items = append(out.Items, v)
		}
	}
	return out, nil
}

// shownRules is a version as who asks may see it: of other brands' changes nothing.
func (d *Desk) shownRules(s *rulebook.Standing, r desk.RuleBook, by *policy.Agent, all bool, mine []*policy.Brand) (RulesVersion, bool) {
	v := RulesVersion{
		Version: r.Version, Parent: r.Parent, State: string(r.State), Stands: r.Version == s.Policy.Version, By: r.By, At: r.At, Reach: r.Reach, Changes: []policy.Change{},
		Decided: r.Decided, DecideAt: r.DecideAt, May: []string{},
	}
	for _, c := range r.Changes {
		if all || slices.ContainsFunc(mine, func(b *policy.Brand) bool { return b.ID == c.Brand }) {
			v.Changes = append(v.Changes, c)
		}
	}
	if len(v.Changes) < len(r.Changes) && len(v.Changes) == 0 {
		return v, false
	}
	if whole := len(v.Changes) == len(r.Changes); whole {
		v.Why = r.Why
		may := all || len(r.Changes) > 0
		switch {
		case r.Open(d.Now()) && r.By == by.ID:
			v.May = append(v.May, "withdraw")
		case r.Open(d.Now()) && may:
			if r.Agree(s.Head, by.ID, d.Now()) == "" {
				v.May = append(v.May, "approve")
			}
			v.May = append(v.May, "refuse")
		case r.Stood() && may && !v.Stands:
			v.May = append(v.May, "rollback")
		}
	}
	if r.State == desk.RulesProposed {
		end := r.At.Add(desk.RulesWait)
		v.Expires = &end
		if !r.Open(d.Now()) {
			v.State = "expired"
		}
	}
	return v, true
}

// rulesOrder is what a request about the rule book may say.
type rulesOrder struct {
	Policy *string // the whole, or
	Block  *string // one brand's
	Brand  string
	Parent string
	Day    string
	Why    string
	From   string
	To     string
}

// proposal reads an order.
func (o rulesOrder) proposal() (rulebook.Proposal, *Problem) {
	switch {
	case (o.Policy == nil) == (o.Block == nil):
		return rulebook.Proposal{}, Refuse(http.StatusBadRequest, "policy", "write the whole rule book under policy, or one brand's block under block, with its brand")
	case o.Block != nil && o.Brand == "":
		return rulebook.Proposal{}, Refuse(http.StatusBadRequest, "brand", "say whose block it is")
	case o.Block != nil:
		return rulebook.Proposal{Text: *o.Block, Brand: o.Brand, Parent: o.Parent, Why: o.Why}, nil
	}
	return rulebook.Proposal{Text: *o.Policy, Parent: o.Parent, Why: o.Why}, nil
}

// ordered reads a request about the rule book of who may change some of it.
func (d *Desk) ordered(by *policy.Agent, body []byte) (o rulesOrder, p *Problem) {
	if _, p := d.brands(by, ChangeRules, ""); p != nil {
		return o, p
	}
	return o, decode(body, &o)
}

// PreviewRules tells what a proposal would change, {"policy" | "block", "brand", "parent", "day"}; nothing is done.
func (d *Desk) PreviewRules(ctx context.Context, by *policy.Agent, body []byte) (out RulesDraft, p *Problem) {
	o, p := d.ordered(by, body)
	if p != nil {
		return out, p
	}
	want, p := o.proposal()
	if p != nil {
		return out, p
	}
	if _, err := time.Parse(time.DateOnly, o.Day); o.Day != "" && err != nil {
		return out, Refuse(http.StatusBadRequest, "day", "day is not a date: write it as 2026-11-22")
	}
	draft, err := d.rules.Draft(ctx, who(by), want)
	if err != nil {
		return out, d.unruly(err)
	}
	out = RulesDraft{
		Version: draft.Policy.Version, Parent: draft.Standing.Head.Version, Reach: draft.Reach, Says: draft.Reach.Words(), Changes: orEmpty(draft.Changes), Lines: orEmpty(draft.Lines),
		Previews: []desk.Preview{},
	}
	brands := d.touched(by, draft)
	for _, b := range brands {
		v, err := d.rules.Preview(ctx, draft, b, o.Day, MaxPast/len(brands))
		if err != nil {
			return out, d.Unable("rulebook", err)
		}
		out.Previews = append(out.Previews, v)
	}
	return out, nil
}

func orEmpty[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// touched are the brands that a draft is about, of those of who asks, so many as can be judged while he waits.
func (d *Desk) touched(by *policy.Agent, draft *rulebook.Drafted) (all []string) {
	for _, b := range draft.Standing.Policy.Brands {
		about := slices.ContainsFunc(draft.Changes, func(c policy.Change) bool { return c.Brand == "" || c.Brand == b.ID })
		if about && slices.Contains(by.Brands, b.ID) && draft.Policy.Brand(b.ID) != nil && len(all) < maxBrands {
			all = append(all, b.ID)
		}
	}
	return all
}

// ProposeRules makes a change, {"policy" | "block", "brand", "parent", "why"}: at once where one lead is enough, else another must agree.
func (d *Desk) ProposeRules(ctx context.Context, by *policy.Agent, body []byte) (Rules, *Problem) {
	return d.onRules(ctx, by, body, func(o rulesOrder) (desk.RuleBook, *Problem, error) {
		want, p := o.proposal()
		switch {
		case p != nil:
			return desk.RuleBook{}, p, nil
		case strings.TrimSpace(o.Why) == "":
			return desk.RuleBook{}, Refuse(http.StatusUnprocessableEntity, "why", "say why, as it shall stand in the audit"), nil
		}
		r, err := d.rules.Propose(ctx, who(by), want)
		return r, nil, err
	})
}

// ApproveRules agrees to a proposal.
func (d *Desk) ApproveRules(ctx context.Context, by *policy.Agent, version string, body []byte) (Rules, *Problem) {
	return d.onRules(ctx, by, body, func(rulesOrder) (desk.RuleBook, *Problem, error) {
		r, err := d.rules.Approve(ctx, who(by), version)
		return r, nil, err
	})
}

// RefuseRules ends a proposal, {"why"}: of who made it, it is withdrawn.
func (d *Desk) RefuseRules(ctx context.Context, by *policy.Agent, version string, body []byte) (Rules, *Problem) {
	return d.onRules(ctx, by, body, func(o rulesOrder) (desk.RuleBook, *Problem, error) {
		r, err := d.rules.Refuse(ctx, who(by), version, o.Why)
		return r, nil, err
	})
}

// RollBackRules lets the version before stand again, {"from", "to", "why"}: from is the one that stands, to another than the one before it.
func (d *Desk) RollBackRules(ctx context.Context, by *policy.Agent, body []byte) (Rules, *Problem) {
	return d.onRules(ctx, by, body, func(o rulesOrder) (desk.RuleBook, *Problem, error) {
		r, err := d.rules.Rollback(ctx, who(by), o.From, o.To, o.Why)
		return r, nil, err
	})
}

// onRules does something to the rule book and answers with what stands then.
func (d *Desk) onRules(ctx context.Context, by *policy.Agent, body []byte, do func(rulesOrder) (desk.RuleBook, *Problem, error)) (Rules, *Problem) {
	o, p := d.ordered(by, body)
	if p != nil {
		return Rules{}, p
	}
	r, p, err := do(o)
	switch {
	case p != nil:
		return Rules{}, p
	case err != nil:
		return Rules{}, d.unruly(err)
	}
	d.proposals.forget()
	d.Log.Info("rulebook", "why", r.State, "version", r.Version, "by", by.ID)
	return d.Rules(ctx, by)
}

// who is an agent as he stands: of a brand that he has left he has no say, though the rule book names him still.
func who(by *policy.Agent) rulebook.Who { return rulebook.Who{ID: by.ID, Brands: by.Brands} }

// RulesText gives what stands in a version, and how it differs from the one that it changes.
func (d *Desk) RulesText(ctx context.Context, by *policy.Agent, version string) ([]policy.Line, *Problem) {
	mine, p := d.brands(by, SeeRules, "")
	if p != nil {
		return nil, p
	}
	s, err := d.rules.Standing(ctx)
	if err != nil {
		return nil, d.Unable("rulebook", err)
	}
	r := s.Of(version)
	all := rulebook.LeadsAll(s.Policy, who(by))
	if r == nil {
		return nil, coded(http.StatusNotFound, string(desk.RulesUnknown), "", desk.RulesUnknown.Words())
	}
	was, err := d.rules.Text(ctx, s, cmp.Or(r.Parent, s.Head.Version))
	if err != nil {
		return nil, d.unruly(err)
	}
	is, err := d.rules.Text(ctx, s, version)
	if err != nil {
		return nil, d.unruly(err)
	}
	if all {
		return orEmpty(policy.Lines(was.Policy, is.Policy)), nil
	}
	lines := []policy.Line{}
	for _, b := range mine {
		lines = append(lines, policy.Lines(policy.Block([]byte(was.Policy), b.ID), policy.Block([]byte(is.Policy), b.ID))...)
	}
	return lines, nil
}

// unruly is why something is not done to the rule book.
func (d *Desk) unruly(err error) *Problem {
	var no *rulebook.Refused
	if !errors.As(err, &no) {
		if errors.Is(err, store.ErrMoved) {
			return coded(http.StatusConflict, string(desk.RulesOvertaken), "", desk.RulesOvertaken.Words())
		}
		return d.Unable("rulebook", err)
	}
	status := http.StatusConflict
	switch no.Code {
	case desk.RulesUnknown:
		status = http.StatusNotFound
	case desk.RulesNotYours, desk.RulesOwn:
		status = http.StatusForbidden
	case desk.RulesBroken, desk.RulesSame, desk.RulesStack:
		status = http.StatusUnprocessableEntity
	}
	p := coded(status, string(no.Code), "", no.Error())
	for _, x := range no.Problems {
		p.Problems = append(p.Problems, RulesProblem{Line: x.Line, Field: x.Field, Message: x.Message, Remedy: x.Remedy})
	}
	return p
}

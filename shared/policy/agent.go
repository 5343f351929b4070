package policy

import (
	"slices"
	"strings"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/oncall"
)

func (p *parser) agent(v value) {
	o, ok := p.object(v, agentKeys)
	if !ok {
		return
	}
	a := &Agent{Role: RoleAgent}
	p.policy.Agents = append(p.policy.Agents, a)
	if v, ok := o.need("id", "give it a short one, as in ana"); ok {
		a.ID, _ = p.id(v)
		p.take(v, "agent", a.ID)
	}
	a.Name = p.name(o)
	if v, ok := o.get("role"); ok {
		role, _ := p.word(v, roles)
		a.Role = Role(role)
	}
	if v, ok := o.need("languages", "name what the agent answers in, as in [en, it]"); ok {
		for _, l := range p.list(v, 50) {
			a.Languages = appendText(a.Languages)(p.language(l))
		}
	}
	p.agentBrands(o, a)
	p.agentLeads(o, a)
	if v, ok := o.get("time_zone"); ok {
		a.Zone = p.zone(v, time.UTC)
	}
	if v, ok := o.need("page", "name one way to reach the agent, as in - mail: ana@acme.example"); ok {
		a.Pages = p.pages(v)
	}
	a.Signature = p.signature(o)
	a.Room = p.room(o)
	if v, ok := o.get("sign_in"); ok {
		for _, name := range p.list(v, maxSignIns) {
			if s, ok := p.matching(name, isSignIn, "a name of a sign-in", "write it as the sign-in has it, at most 128 characters without spaces"); ok && p.take(name, "agent", s) {
				a.SignIns = append(a.SignIns, s)
			}
		}
	}
	if v, ok := o.get("quiet"); ok {
		a.Hours = p.quiet(v)
	}
}

// maxSignIns is how many names one agent signs in by.
const maxSignIns = 10

// isSignIn accepts what a user pool or an identity provider may call somebody.
func isSignIn(s string) bool {
	return s != "" && len(s) <= 128 && !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' })
}

// agentBrands reads the brands that the agent answers for: all of them when none is named.
func (p *parser) agentBrands(o object, a *Agent) {
	v, ok := o.get("brands")
	if !ok {
		for _, b := range p.policy.Brands {
			a.Brands = append(a.Brands, b.ID)
		}
		return
	}
	for _, b := range p.list(v, 100) {
		if id, ok := p.id(b); ok {
			a.Brands = append(a.Brands, id)
			p.brands = append(p.brands, mention{at: b, id: id})
		}
	}
}

// agentLeads reads the brands whose lead the agent is although his role says less.
func (p *parser) agentLeads(o object, a *Agent) {
	v, ok := o.get("leads")
	if !ok {
		return
	}
	for _, b := range p.list(v, 100) {
		id, ok := p.id(b)
		if ok && !slices.Contains(a.Brands, id) {
			p.report(b, "name the brand under brands, too, or leave it out here", "is no brand that the agent answers for")
			continue
		}
		if ok {
			a.Leads = append(a.Leads, id)
		}
	}
}

// pages reads the ways to page an agent: a list of one key each, so that their order can be told.
func (p *parser) pages(v value) []Way {
	var ways []Way
	for _, item := range p.list(v, 10) {
		o, ok := p.object(item, pageKeys)
		if ok && len(o.fields) > 1 {
			p.report(item, "begin each with a dash of its own", "names several ways at once")
		}
		for _, kind := range pageKeys {
			if to, ok := o.get(kind); ok {
				ways = append(ways, p.way(to, kind))
			}
		}
	}
	return ways
}

func (p *parser) way(v value, kind string) Way {
	var to string
	switch kind {
	case "mail":
		to, _ = p.matching(v, isAddress, "an address", addressRemedy)
		to = Fold(to)
	case "sms":
		to, _ = p.matching(v, isPhone, "an international number", `write + and digits alone, in quotes, as in "+390655501234"`)
	case "pagerduty":
		to, _ = p.matching(v, isRoutingKey, "a routing key", "write the 32 letters and digits of an Events API v2 integration, and after an @ its address where it is not PagerDuty's own")
	default:
		to, _ = p.matching(v, isHook, "an https address", "write it whole, as in https://hooks.acme.example/ana")
	}
	return Way{kind, to}
}

// settle checks what can be checked only when all is read: that what is named exists, and that the rota has no hole.
func (p *parser) settle() {
	for _, c := range p.brands {
		if p.policy.Brand(c.id) == nil {
			p.report(c.at, nearest(c.id, p.policy.brandIDs()), "there is no brand %s", quote(c.id))
		}
	}
	for _, c := range p.agents {
		p.settleAgent(c)
	}
	for _, b := range p.policy.Brands {
		if at, ok := p.rotas[b]; ok && len(b.Schedule.Layers) > 0 {
			p.settleRota(at, b)
		}
	}
	p.settleReplyDomains()
	p.settleSteps()
	p.settleTexts()
	for _, a := range p.policy.Agents {
		if b := p.firstBrand(a); a.Zone == nil && b != nil {
			a.Zone = b.Zone
		}
	}
}

// settleRota reports hours at which nobody is on: of the week, where the layers lie in one zone; of the two years after the last of them begins, where
// they lie in several, whose clocks change on different days; and within everybody's leave.
func (p *parser) settleRota(at value, b *Brand) {
	s := b.Schedule
	if hole, open := s.Hole(); open {
		p.report(at, "widen a window there, or add a layer without windows", "nobody is on shift on %s from %s to %s", hole.Day, hole.From, hole.To)
		return
	}
	if len(p.problems) > 0 {
		return // agents or zones may be missing
	}
	var begins time.Time
	for _, l := range s.Layers {
		if start := calendar.First(l.Rotation.Start, s.Zone); start.After(begins) {
			begins = start
		}
	}
	if s.Zones() > 1 {
		p.gaps(at, b, s.Gaps(begins, begins.AddDate(2, 0, 0)), "widen a window there, or add a layer without windows")
	}
	i := 0
	for _, o := range s.Overrides {
		if o.Agent == "" && !o.Swap {
			p.gaps(p.leavesOf(b)[i], b, s.Gaps(o.Start, o.End), "add an override for that time, or another layer")
			i++
		}
	}
}

// maxGaps is how many gaps of one place are told; they mostly have one cause.
const maxGaps = 5

func (p *parser) gaps(at value, b *Brand, gaps []oncall.Gap, remedy string) {
	for i, g := range gaps {
		if i == maxGaps {
			p.report(at, remedy, "and %d gaps more", len(gaps)-maxGaps)
			return
		}
		p.report(at, remedy, "%s", g.Words(b.Schedule.Zone))
	}
}

func (p *parser) leavesOf(b *Brand) []value {
	var all []value
	for _, c := range p.leaves {
		if c.brand == b {
			all = append(all, c.at)
		}
	}
	return all
}

func (p *parser) settleAgent(c mention) {
	a := p.policy.Agent(c.id)
	switch {
	case a == nil:
		p.report(c.at, nearest(c.id, p.policy.agentIDs()), "there is no agent %s", quote(c.id))
	case !slices.Contains(a.Brands, c.brand.ID):
		p.report(c.at, "add "+c.brand.ID+" to the agent's brands, or take the agent off this rota", "%s does not answer for this brand", c.id)
	}
}

// settleReplyDomains keeps reply domains apart from domains on which people write: a recipient must mean one thing.
func (p *parser) settleReplyDomains() {
	for _, b := range p.policy.Brands {
		for _, other := range p.policy.Brands {
			if b.ReplyDomain != "" && slices.Contains(other.Domains, b.ReplyDomain) {
				p.report(p.replies[b], "give replies a subdomain of their own, as in reply."+b.ReplyDomain, "is a domain of %s that customers write to", other.ID)
			}
		}
	}
}

func (p *parser) firstBrand(a *Agent) *Brand {
	for _, id := range a.Brands {
		if b := p.policy.Brand(id); b != nil {
			return b
		}
	}
	return nil
}

// take takes a name of its kind for the field at v; it is false, and reported, when another field has the name already. An empty name
// was reported before and is nobody's.
func (p *parser) take(v value, kind, name string) bool {
	if name == "" {
		return false
	}
	key := kind + " " + name
	if at, taken := p.taken[key]; taken {
		p.report(v, "keep it in one place", "%s is already at %s", quote(name), at)
		return false
	}
	p.taken[key] = v.field
	return true
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

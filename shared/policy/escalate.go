package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/oncall"
	"pronto/shared/triage"
)

// Recipient is who is to be paged, and the ways to do it in the order in which they are tried. A system that a step names by its address is called by the name that Brand.System knows.
type Recipient struct {
	Agent string
	Ways  []Way
}

// QuietHours are when an agent is not to be paged, by the clocks of the agent's zone. The zero value is never quiet.
type QuietHours struct {
	Window calendar.Window
	Except []triage.Priority // what may page all the same
}

// DefaultEscalation is the ladder of a brand that names none: the first on shift at once, the second after 5 minutes, the leads after 15; three times over.
func DefaultEscalation() oncall.Escalation {
	return oncall.Escalation{
		On: []oncall.Cause{oncall.Urgent, oncall.Breached},
		Steps: []oncall.Step{
			{Page: []string{oncall.OnCall}},
			{After: 5 * time.Minute, Page: []string{oncall.Second}},
			{After: 15 * time.Minute, Page: []string{oncall.Lead}},
		},
		Repeat: 3, AgainAfter: 15 * time.Minute,
	}
}

// Quiet reports whether t lies in the agent's quiet hours and p is not excepted from them.
func (a *Agent) Quiet(t time.Time, p triage.Priority) bool {
	return a.Zone != nil && a.Hours.Window.Covers(t, a.Zone) && !slices.Contains(a.Hours.Except, p)
}

// Page gives whom a step of the brand's escalation pages at t for a conversation of priority pr, each once, in the order of the step's words; steps are
// counted over all runs (oncall.Escalation).
//
// Who has quiet hours is left out, but not who is on shift when it is urgent. A step that reaches nobody, for want of a second on shift or because
// all rest, takes the people of the next step that does; and when no step reaches anybody, whoever is on shift is paged in spite of quiet
// hours, or the whole team where nobody is. A page that nobody gets is the worst of all. A system is called by its own step alone; beside it,
// a step that names people, too, goes on to them.
//
// Those beside are as if they were not there, unless there is nobody else: then they are called all the same.
func (p *Policy) Page(b *Brand, step int, pr triage.Priority, t time.Time, beside ...string) []Recipient {
	var systems []Recipient
	if n := len(b.Escalation.Steps); n > 0 {
		if s := b.Escalation.Steps[max(step, 0)%n]; s.For(string(pr), b.Calendar.Open(t)) {
			if systems = systemsOf(s); len(systems) == len(s.Page) {
				return systems
			}
		}
	}
	agents := p.reach(b, step, pr, t, beside)
	if len(agents) == 0 {
		agents = p.reach(b, step, pr, t, nil)
	}
	return append(recipients(agents), systems...)
}

// reach gives the people of a step or of the next one that has any, else whoever is on shift, else the team; without those beside. Where only those are on shift
// it is nobody: the team is not woken in their place.
func (p *Policy) reach(b *Brand, step int, pr triage.Priority, t time.Time, beside []string) []*Agent {
	on := b.Schedule.At(t)
	working := b.Calendar.Open(t)
	others := func(all []*Agent) []*Agent {
		return slices.DeleteFunc(all, func(a *Agent) bool { return slices.Contains(beside, a.ID) })
	}
	steps := b.Escalation.Steps
	for i := range steps {
		s := steps[(max(step, 0)+i)%len(steps)]
		if !s.For(string(pr), working) {
			continue
		}
		agents := slices.DeleteFunc(others(p.people(b, s.Page, on, t)), func(a *Agent) bool {
			return a.Quiet(t, pr) && !(pr == triage.Urgent && slices.Contains(on, a.ID))
		})
		if len(agents) > 0 {
			return agents
		}
	}
	if agents := p.people(b, on, nil, t); len(agents) > 0 {
		return others(agents)
	}
	return others(p.people(b, []string{oncall.Team}, nil, t))
}

// Reserve gives who is told before more falls due than those on shift can answer: of the people of the ladder's later steps, in their order, the first who is not on shift
// and does not rest. Where there is nobody but those on shift it is false. Services that keep alerts are left out: this is none.
func (p *Policy) Reserve(b *Brand, pr triage.Priority, t time.Time) (Recipient, bool) {
	on := b.Schedule.At(t)
	working := b.Calendar.Open(t)
	for _, s := range b.Escalation.Steps[min(1, len(b.Escalation.Steps)):] {
		if !s.For(string(pr), working) {
			continue
		}
		for _, a := range p.people(b, s.Page, on, t) {
			ways := slices.DeleteFunc(slices.Clone(a.Pages), func(w Way) bool { return w.Kind == "pagerduty" })
			if !slices.Contains(on, a.ID) && !a.Quiet(t, pr) && len(ways) > 0 {
				return Recipient{a.ID, ways}, true
			}
		}
	}
	return Recipient{}, false
}

// Mention gives the ways to call one agent of the brand whom a colleague names. rests tells that it is in quiet hours; services that keep alerts are left out: this is
// none. ok is false where nobody of this id answers for the brand.
func (p *Policy) Mention(b *Brand, agent string, pr triage.Priority, t time.Time) (r Recipient, rests, ok bool) {
	a := p.Agent(agent)
	if a == nil || b == nil || !slices.Contains(a.Brands, b.ID) {
		return Recipient{}, false, false
	}
	ways := slices.DeleteFunc(slices.Clone(a.Pages), func(w Way) bool { return w.Kind == "pagerduty" })
	return Recipient{a.ID, ways}, a.Quiet(t, pr) || len(ways) == 0, true
}

// systemsOf gives the systems that a step names by their addresses.
func systemsOf(s oncall.Step) (all []Recipient) {
	for _, word := range s.Page {
		if url, ok := strings.CutPrefix(word, oncall.WebhookAt); ok {
			all = append(all, Recipient{system(url), []Way{{"webhook", url}}})
		}
	}
	return all
}

// system is the name of a system in pages, turns and the log. Who has its whole address may be able to speak in our name, so it is told by its host and a few digits.
func system(address string) string {
	sum := sha256.Sum256([]byte(address))
	u, err := url.Parse(address)
	if err != nil {
		u = &url.URL{}
	}
	return oncall.WebhookAt + u.Hostname() + "-" + hex.EncodeToString(sum[:3])
}

// System reports whether name is that of a system which a step of the brand's names.
func (b *Brand) System(name string) bool {
	return slices.ContainsFunc(b.Escalation.Steps, func(s oncall.Step) bool {
		return slices.ContainsFunc(systemsOf(s), func(r Recipient) bool { return r.Agent == name })
	})
}

// people gives the agents that the words of a step stand for, each once.
func (p *Policy) people(b *Brand, words, on []string, t time.Time) []*Agent {
	var all []*Agent
	for _, word := range words {
		for _, a := range p.who(b, word, on, t) {
			if !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	return all
}

func (p *Policy) who(b *Brand, word string, on []string, t time.Time) []*Agent {
	if layer, ok := strings.CutPrefix(word, oncall.RotationOf); ok {
		if id, ok := b.Schedule.On(layer, t); ok {
			return p.agents([]string{id})
		}
		return nil
	}
	switch word {
	case oncall.OnCall:
		return p.agents(on[:min(1, len(on))])
	case oncall.Second:
		return p.agents(on[min(1, len(on)):min(2, len(on))])
	case oncall.Lead:
		return p.answering(b, RoleLead)
	case oncall.Team:
		return p.answering(b, RoleAgent)
	}
	return p.agents([]string{word})
}

// agents gives those of the ids that the rule book knows.
func (p *Policy) agents(ids []string) []*Agent {
	var all []*Agent
	for _, id := range ids {
		if a := p.Agent(id); a != nil {
			all = append(all, a)
		}
	}
	return all
}

// answering gives the brand's agents who may do what role may.
func (p *Policy) answering(b *Brand, role Role) []*Agent {
	var all []*Agent
	for _, a := range p.Agents {
		if slices.Contains(a.Brands, b.ID) && a.RoleAt(b.ID).Includes(role) {
			all = append(all, a)
		}
	}
	return all
}

func recipients(agents []*Agent) []Recipient {
	all := make([]Recipient, len(agents))
	for i, a := range agents {
		all[i] = Recipient{a.ID, a.Pages}
	}
	return all
}

// Limits of an escalation.
const (
	maxSteps  = 20
	maxRepeat = 100
	maxAfter  = 24 * time.Hour
)

// brandPages reads the escalation over the default one.
func (p *parser) brandPages(o object, b *Brand) {
	b.Escalation = DefaultEscalation()
	v, ok := o.get("pages")
	if !ok {
		return
	}
	f, ok := p.object(v, pagesKeys)
	if !ok {
		return
	}
	if v, ok := f.get("on"); ok {
		b.Escalation.On = nil
		for _, c := range p.list(v, len(oncall.Causes)) {
			word, _ := p.word(c, causes())
			b.Escalation.On = append(b.Escalation.On, oncall.Cause(word))
		}
	}
	if v, ok := f.get("steps"); ok {
		b.Escalation.Steps = p.ladder(v, b)
	}
	if v, ok := f.get("repeat"); ok {
		b.Escalation.Repeat = p.number(v, 1, maxRepeat, "a number of runs")
	}
	if v, ok := f.get("again_after"); ok {
		b.Escalation.AgainAfter = p.span(v, time.Minute, maxAfter)
	}
}

func causes() []string {
	var all []string
	for _, c := range oncall.Causes {
		all = append(all, string(c))
	}
	return all
}

func (p *parser) ladder(v value, b *Brand) []oncall.Step {
	var steps []oncall.Step
	for _, item := range p.list(v, maxSteps) {
		o, ok := p.object(item, stepKeys)
		if !ok {
			continue
		}
		var s oncall.Step
		if v, ok := o.need("after", "write how long after the first page, as in 5m; 0s for at once"); ok {
			s.After = p.span(v, 0, maxAfter)
			if n := len(steps); n > 0 && s.After <= steps[n-1].After {
				p.report(v, "write more, or page them all in one step", "is not after the step before it")
			}
		}
		if v, ok := o.need("page", "name who is paged: on_call, second, lead, team, rotation:LAYER, webhook:URL or an agent's id"); ok {
			for _, who := range p.list(v, 100) {
				if word, ok := p.paged(who, b); ok {
					s.Page = appendNew(s.Page, word)
				}
			}
		}
		if v, ok := o.get("priority"); ok {
			for _, item := range p.list(v, 4) {
				s.Only = appendText(s.Only)(p.word(item, priorityKeys[:4]))
			}
		}
		if v, ok := o.get("hours"); ok {
			word, _ := p.word(v, stepHours)
			s.When = oncall.Hours(word)
		}
		steps = append(steps, s)
	}
	return steps
}

// paged reads a word for people, the address of a system or an agent's id.
func (p *parser) paged(v value, b *Brand) (string, bool) {
	s, ok := p.text(v, 320)
	if url, is := strings.CutPrefix(s, oncall.WebhookAt); ok && is {
		if !isHook(url) {
			p.report(v, "write it whole, as in webhook:https://alarms.acme.example/pronto", "has no https address after %s", quote(oncall.WebhookAt))
			return "", false
		}
		return s, true
	}
	if ok {
		p.steps = append(p.steps, mention{v, s, b})
	}
	return s, ok
}

// settleSteps checks that every step names somebody. A word that nobody answers to would be a silent hole in the ladder.
func (p *parser) settleSteps() {
	for _, c := range p.steps {
		known := p.policy.Agent(c.id) != nil
		layer, rotation := strings.CutPrefix(c.id, oncall.RotationOf)
		switch {
		case rotation && slices.ContainsFunc(c.brand.Schedule.Layers, func(l oncall.Layer) bool { return l.Name == layer }):
		case rotation:
			p.report(c.at, "name a layer of the rota, as in rotation:first", "the rota has no layer %s", quote(layer))
		case !slices.Contains(oncall.Words, c.id) && known:
			p.settleAgent(c)
		case !slices.Contains(oncall.Words, c.id):
			p.report(c.at, nearest(c.id, slices.Concat(oncall.Words, p.policy.agentIDs())), "there is no agent %s", quote(c.id))
		case known:
			p.report(c.at, "give the agent another id", "%s is a word for people here and the id of an agent, too", c.id)
		case c.id == oncall.Second && len(c.brand.Schedule.Layers) < 2:
			p.report(c.at, "add a second layer to the rota, or page somebody else", "nobody is second on shift: the rota has one layer")
		case c.id == oncall.Lead && len(p.policy.answering(c.brand, RoleLead)) == 0:
			p.report(c.at, "give one agent of the brand the role lead, or page somebody else", "the brand has no lead")
		}
	}
}

// quiet reads an agent's quiet hours; without except, what is urgent may page all the same.
func (p *parser) quiet(v value) QuietHours {
	q := QuietHours{Window: calendar.Window{Days: calendar.EveryDay}, Except: []triage.Priority{triage.Urgent}}
	o, ok := p.object(v, quietKeys)
	if !ok {
		return q
	}
	q.Window = p.hours(o, "write when quiet begins, as in 22:00", "write when it ends, as in 07:00; an earlier time than from is on the next day")
	if v, ok := o.get("except"); ok {
		q.Except = nil
		for _, item := range p.list(v, 4) {
			word, ok := p.word(item, []string{"low", "normal", "high", "urgent", "none"})
			if ok && word != "none" {
				q.Except = append(q.Except, triage.Priority(word))
			}
		}
	}
	return q
}

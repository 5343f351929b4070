package policy

import (
	"time"

	"pronto/shared/sla"
	"pronto/shared/triage"
)

var (
	valueKeys = []string{"unit", "per", "curve", "praise", "broken", "source"}
	worthKeys = []string{"after", "worth"}
)

// maxWorth bounds what an answer may be worth, or a broken promise cost.
const maxWorth = 1_000_000

// value reads what waiting costs, over the prior that the product knows; none orders the queue by priority and due alone.
func (p *parser) value(o object) sla.Value {
	prior := sla.Prior()
	v, ok := o.get("value")
	if !ok {
		return prior
	}
	if v.node.Value == "none" {
		return sla.Value{}
	}
	f, ok := p.object(v, valueKeys)
	if !ok {
		return prior
	}
	if v, ok := f.get("unit"); ok {
		prior.Unit, _ = p.text(v, 8)
	}
	if v, ok := f.get("per"); ok {
		prior.Per = p.span(v, time.Minute, 24*time.Hour)
	}
	if v, ok := f.get("curve"); ok {
		prior.Curve, prior.Source = nil, "the brand's own"
		for _, item := range p.list(v, 20) {
			prior.Curve = append(prior.Curve, p.worth(item))
		}
		if !sla.Rises(prior.Curve) {
			p.report(v, "let each point be later than the one before", "is not in order")
		}
	}
	if v, ok := f.get("praise"); ok {
		prior.Praise = p.number(v, 0, 1000, "a percentage of the curve")
	}
	if v, ok := f.get("broken"); ok {
		prior.Broken = map[triage.Priority]int{}
		p.each(v, priorityKeys[:4], func(priority string, v value) {
			prior.Broken[triage.Priority(priority)] = p.number(v, 0, maxWorth, "what a broken promise costs")
		})
	}
	if v, ok := f.get("source"); ok {
		prior.Source, _ = p.text(v, 300)
	}
	return prior
}

func (p *parser) worth(v value) (w sla.Worth) {
	o, ok := p.object(v, worthKeys)
	if !ok {
		return w
	}
	if v, ok := o.need("after", "write after how long, as in 5m"); ok {
		w.After = p.span(v, 0, 366*24*time.Hour)
	}
	if v, ok := o.need("worth", "write what an answer is worth then, as in 20"); ok {
		w.Is = p.number(v, 0, maxWorth, "what an answer is worth")
	}
	return w
}

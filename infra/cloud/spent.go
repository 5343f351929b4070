package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pronto/infra/pronto/cost"
	"pronto/shared/metric"
)

// spent is what a million messages cost at the rate of the time that is shown: AWS's own counts times the prices of the bill, over the messages that came, each summed from
// the left edge of the picture on, so that its right edge is the mean over all of it, however long that is. It is worked out by CloudWatch whenever somebody looks, and costs
// nothing. Beside it stands what pronto cost expects.
func (d desk) spent(apis *webAPIs) graph {
	m, all := &sums{desk: d, apis: apis}, []string{}
	for _, p := range cost.Running() {
		all = append(all, m.part(p))
	}
	m.hide("all", fmt.Sprintf("SUM([%s])", strings.Join(all, ",")))
	received := []any{metric.Namespace, metric.Received, "Stage", d.stage.Name, map[string]any{"id": "received", "stat": "Sum", "visible": false}}
	unseen := cost.Unseen(d.policy.SecondOpinions())
	shown := [][]any{m.show("each_all", "in all", fmt.Sprintf("RUNNING_SUM(all)/RUNNING_SUM(received)+%s", decimal(unseen)))}
	for _, p := range cost.Running() {
		shown = append(shown, m.show("each_"+p.ID, p.Name, fmt.Sprintf("RUNNING_SUM(%s)/RUNNING_SUM(received)", p.ID)))
	}
	alone, answered := cost.Expected(d.policy.SecondOpinions())
	return graph{
		title: "A million messages at this rate, at prices of us-east-1 as of " + cost.Read + ", beside SES, X-Ray and what is there anyway",
		stat:  "Sum", label: "USD", metrics: slices.Concat(shown, [][]any{received}, m.hidden),
		lines: []level{{cents(alone), "pronto cost: a mail and its receipt"}, {cents(answered), "with 600 answers and 4,000 requests to a thousand"}},
	}
}

// sums gathers what a picture is reckoned from and does not show.
type sums struct {
	desk   desk
	apis   *webAPIs
	n      int
	hidden [][]any
}

func (m *sums) hide(id, expression string) {
	m.hidden = append(m.hidden, []any{map[string]any{"id": id, "expression": expression, "visible": false}})
}

func (m *sums) show(id, label, expression string) []any {
	return []any{map[string]any{"id": id, "label": label, "expression": expression}}
}

// part adds what a part is made of, and returns its id: in USD for a million times what was counted. What has one price is added up before it is priced, and all by SUM
// over a list, which passes over what has not been counted yet; a plus would make nothing of it all.
func (m *sums) part(p cost.Part) string {
	var prices []float64
	at := map[float64][]string{}
	rest := ""
	for _, x := range p.Meters {
		m.n++
		id := fmt.Sprintf("m%d", m.n)
		m.hidden = append(m.hidden, m.desk.meter(x, m.apis, id))
		if !slices.Contains(prices, x.USD) {
			prices = append(prices, x.USD)
		}
		at[x.USD] = append(at[x.USD], id)
		if x.Rest > 0 {
			rest += fmt.Sprintf("-PERIOD(%s)*%s", id, decimal(1e6*x.USD*x.Rest))
		}
	}
	var priced []string
	for i, usd := range prices {
		id := fmt.Sprintf("%s_%d", p.ID, i+1)
		m.hide(id, fmt.Sprintf("SUM([%s])*%s", strings.Join(at[usd], ","), decimal(1e6*usd)))
		priced = append(priced, id)
	}
	m.hide(p.ID, fmt.Sprintf("SUM([%s])%s", strings.Join(priced, ","), rest))
	return p.ID
}

// meter is a count of AWS's as CloudWatch writes it.
func (d desk) meter(x cost.Meter, apis *webAPIs, id string) []any {
	thing := *d.name(x.Thing)
	switch x.Dimension {
	case "ApiId":
		thing = *map[string]*webAPI{cost.DeskAPI: apis.desk, cost.HooksAPI: apis.hooks}[x.Thing].api.Ref()
	case "LogGroupName":
		thing = "/aws/lambda/" + thing
	}
	all := []any{x.Namespace, x.Metric, x.Dimension, thing}
	if x.Index != "" {
		all = append(all, "GlobalSecondaryIndexName", x.Index)
	}
	return append(all, map[string]any{"id": id, "stat": "Sum", "visible": false})
}

// decimal writes a factor as CloudWatch reads it: it knows no exponents.
func decimal(f float64) string {
	s := strconv.FormatFloat(f, 'f', 10, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// cents rounds what is shown to cents.
func cents(usd float64) float64 {
	f, _ := strconv.ParseFloat(strconv.FormatFloat(usd, 'f', 2, 64), 64)
	return f
}

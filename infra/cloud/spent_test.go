package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pronto/infra/pronto/cost"
	"pronto/infra/wiring"
)

// cent is how far the two may be apart: of SES's events SQS deletes ten at a time, which the bill knows and no count tells.
const cent = 0.01

// The dashboard's sum is pronto cost's: CloudWatch's counts of a month, as many as the bill says there are, come by the expressions of the template to what the bill comes to.
func TestAMessageCostsWhatTheBillSays(t *testing.T) {
	a := synth(t, "live")
	g := spentIn(t, a)
	for _, v := range []cost.Volumes{{Mails: 1_000_000, KB: 20}, {Mails: 4_000, KB: 20}, {Mails: 1_000_000, Answers: 600_000, Requests: 4_000_000, KB: 20}} {
		counts := month(v)
		c := calculator{t: t, graph: g, counts: counts, period: 730 * 3600}
		total, parts := c.of("each_all"), 0.0
		for _, p := range cost.Running() {
			parts += c.of("each_" + p.ID)
		}
		want, unseen := 0.0, cost.Unseen(false)
		for _, i := range cost.Bill(v, cost.Usual) {
			if i.Group == cost.Work && !strings.HasPrefix(i.Name, "bucket") {
				want += i.USD()
			}
		}
		want = want*1e6/float64(v.Mails) + unseen
		if math.Abs(total-want) > cent || math.Abs(total-parts-unseen) > 1e-6 {
			t.Errorf("%+v: the dashboard says %.4f USD, of which %.4f in parts; the bill %.4f", v, total, parts, want)
		}
		if v.Answers == 0 && v.Mails == 1_000_000 {
			if bill := cost.Sum(cost.Bill(v, cost.Usual), cost.Work); math.Abs(total-bill) > cent || math.Abs(g.lines[0]-bill) > cent {
				t.Errorf("a million mails: %.4f USD, beside a line at %v; pronto cost says %.4f", total, g.lines[0], bill)
			}
		} else if v.Answers > 0 && math.Abs(g.lines[1]-total) > cent+0.005 { // the line is drawn at a whole cent
			t.Errorf("with answers: %.4f USD, beside a line at %v", total, g.lines[1])
		}
		// What a message makes dearer is seen in its part, and in the sum.
		counts["AWS/DynamoDB ConsumedWriteCapacityUnits desk lists"] += 4 * float64(v.Mails)
		if more := c.of("each_all") - total; math.Abs(more-2.5) > 0.01 || math.Abs(c.of("each_table")+unseen+c.rest("table")-c.of("each_all")) > 1e-6 {
			t.Errorf("four write units more a mail are seen as %.4f USD", more)
		}
	}
	// A channel that has counted nothing yet takes nothing away from the others.
	sparse := month(cost.Volumes{Mails: 1000, KB: 20})
	for name, n := range sparse {
		if n == 0 {
			delete(sparse, name)
		}
	}
	if usd := (&calculator{t: t, graph: g, counts: sparse, period: 730 * 3600}).of("each_all"); usd < 20 || usd > 60 {
		t.Errorf("of a thousand mails %v USD a million", usd)
	}
}

// month is what AWS counts in a month that the bill describes, by namespace, metric, thing and index. Functions wait for nobody: their times are the bill's.
func month(v cost.Volumes) map[string]float64 {
	amount := map[string]float64{}
	for _, i := range cost.Bill(v, cost.Usual) {
		if i.Group == cost.Work || i.Price.For == "read unit" {
			amount[i.Name] = i.Amount
		}
	}
	mails, answers := float64(v.Mails), float64(v.Answers)
	left, turns := mails+answers, cost.Turns(v)
	events := amount["topics"] - mails
	batches := amount["functions: invocations"] - mails - left - turns - amount["API"]
	reads := amount["table: reading"] + amount["which rule book stands, asked"] + amount["the sweep's reading"] + amount["which rule book stands, asked by what a schedule wakes"]
	counts := map[string]float64{
		"AWS/DynamoDB ConsumedWriteCapacityUnits desk ":      amount["table: writing"] / 2,
		"AWS/DynamoDB ConsumedWriteCapacityUnits desk lists": amount["table: writing"] / 2,
		"AWS/DynamoDB ConsumedReadCapacityUnits desk ":       reads,
		"AWS/SNS NumberOfMessagesPublished arrivals ":        mails,
		"AWS/SNS NumberOfMessagesPublished outcomes ":        events,
		"AWS/ApiGateway Count api ":                          amount["API"],
		"AWS/ApiGateway Count hooks ":                        0,
		"AWS/Logs IncomingBytes intake ":                     amount["ledger"] * (1 << 30),
		"AWS/SQS NumberOfMessagesSent intake ":               mails,
		"AWS/SQS NumberOfMessagesReceived intake ":           mails,
		"AWS/SQS NumberOfMessagesDeleted intake ":            mails,
		"AWS/SQS NumberOfMessagesSent outcomes ":             events,
		"AWS/SQS NumberOfMessagesReceived outcomes ":         events,
		"AWS/SQS NumberOfMessagesSent email ":                amount["queues: sent by topics and functions"] - mails - events,
		"AWS/SQS NumberOfMessagesReceived email ":            left,
		"AWS/SQS NumberOfMessagesDeleted email ":             left,
		"Pronto Received live ":                              mails,
	}
	for name, n := range map[string]float64{"intake": mails, "outcome": batches, "deliver": left, "express": mails / 4, "relay": turns - mails/4, "console": amount["API"], "receive": 0} {
		counts["AWS/Lambda Invocations "+name+" "] = n
	}
	// The bill's time of an event of SES is its own, however many share an invocation.
	for name, n := range map[string]float64{"intake": mails, "outcome": events, "deliver": left, "express": mails / 4, "relay": turns - mails/4, "console": amount["API"]} {
		counts["AWS/Lambda Duration "+name+" "] = n * float64(cost.Takes(name).Milliseconds())
	}
	return counts
}

// spending is the picture as the template has it.
type spending struct {
	expressions map[string]string
	metrics     map[string]string // as month names them
	visible     []string
	lines       []float64
}

func spentIn(t *testing.T, a *assembly) spending {
	t.Helper()
	type widget struct {
		Properties struct {
			Title       string
			Metrics     [][]any
			Stat        string
			Annotations struct{ Horizontal []struct{ Value float64 } }
		}
	}
	var body struct{ Widgets []widget }
	if err := json.Unmarshal([]byte(a.text(a.of("AWS::CloudWatch::Dashboard")[0].Properties["DashboardBody"])), &body); err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(body.Widgets, func(w widget) bool { return strings.HasPrefix(w.Properties.Title, "A million messages") })
	if at < 0 {
		t.Fatal("the dashboard does not say what a message costs")
	}
	p, s := body.Widgets[at].Properties, spending{expressions: map[string]string{}, metrics: map[string]string{}}
	if len(p.Metrics) > 500 || p.Stat != "Sum" || !strings.Contains(p.Title, cost.Read) {
		t.Errorf("%d metrics and expressions, of which CloudWatch shows 500; %s of %q", len(p.Metrics), p.Stat, p.Title)
	}
	for _, l := range p.Annotations.Horizontal {
		s.lines = append(s.lines, l.Value)
	}
	for _, m := range p.Metrics {
		how := m[len(m)-1].(map[string]any)
		id := how["id"].(string)
		if s.expressions[id] != "" || s.metrics[id] != "" || len(id) > 255 || id != strings.ToLower(id) {
			t.Errorf("the id %s is there twice, or is none", id)
		}
		if how["visible"] != false {
			s.visible = append(s.visible, id)
		}
		if e, is := how["expression"].(string); is {
			s.expressions[id] = e
			continue
		}
		s.metrics[id] = a.counted(t, m[:len(m)-1])
	}
	if len(s.lines) != 2 || len(s.visible) != 1+len(cost.Running()) {
		t.Fatalf("lines at %v, and %v are shown", s.lines, s.visible)
	}
	return s
}

// counted names a metric, and fails where there is nothing in the template that it could be of.
func (a *assembly) counted(t *testing.T, m []any) string {
	t.Helper()
	thing := m[3].(string)
	switch m[2] {
	case "FunctionName":
		a.one(t, "AWS::Lambda::Function", "FunctionName", thing)
	case "QueueName":
		a.one(t, "AWS::SQS::Queue", "QueueName", thing)
	case "TopicName":
		a.one(t, "AWS::SNS::Topic", "TopicName", thing)
	case "TableName":
		a.one(t, "AWS::DynamoDB::GlobalTable", "TableName", thing)
	case "LogGroupName":
		a.one(t, "AWS::Logs::LogGroup", "LogGroupName", thing)
		thing = strings.TrimPrefix(thing, "/aws/lambda/")
	case "ApiId":
		if api, is := strings.CutPrefix(thing, "apigatewayv2:"); !is {
			t.Errorf("the API is %s", thing)
		} else {
			thing = api
		}
	case "Stage":
	default:
		t.Errorf("a count of %v", m)
	}
	index := ""
	if len(m) > 4 {
		index = m[5].(string)
	}
	return fmt.Sprintf("%v %v %s %s", m[0], m[1], thing, index)
}

// calculator works the expressions out as CloudWatch does, over one period. What has not been counted is missing: a list passes over it, and an operator makes nothing of it.
type calculator struct {
	t      *testing.T
	graph  spending
	counts map[string]float64
	period float64
	text   string
}

func (c *calculator) of(id string) float64 {
	c.t.Helper()
	v := c.value(id)
	if math.IsNaN(v) {
		c.t.Errorf("%s comes to nothing", id)
	}
	return v
}

// rest are all parts but one.
func (c *calculator) rest(but string) (sum float64) {
	for _, p := range cost.Running() {
		if p.ID != but {
			sum += c.of("each_" + p.ID)
		}
	}
	return sum
}

// value of a metric or expression; NaN is a missing one.
func (c *calculator) value(id string) float64 {
	if name, is := c.graph.metrics[id]; is {
		if n, ok := c.counts[name]; ok {
			return n
		}
		return math.NaN()
	}
	e, is := c.graph.expressions[id]
	if !is {
		c.t.Fatalf("nothing is called %q", id)
	}
	inner := *c
	inner.text = e
	v := inner.sum()
	if inner.text != "" {
		c.t.Fatalf("%s: %q is left of %q", id, inner.text, e)
	}
	return v
}

func (c *calculator) sum() float64 {
	v := c.product()
	for c.text != "" && strings.Contains("+-", c.text[:1]) {
		if op := c.take(1); op == "+" {
			v += c.product()
		} else {
			v -= c.product()
		}
	}
	return v
}

func (c *calculator) product() float64 {
	v := c.factor()
	for c.text != "" && strings.Contains("*/", c.text[:1]) {
		if op := c.take(1); op == "*" {
			v *= c.factor()
		} else {
			v /= c.factor()
		}
	}
	return v
}

func (c *calculator) factor() float64 {
	word := c.take(len(c.text) - len(strings.TrimLeft(c.text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")))
	if n, err := strconv.ParseFloat(word, 64); err == nil && !strings.ContainsAny(word, "eE") {
		return n
	}
	switch word {
	case "SUM":
		inside := c.inside("([", "])")
		total, any := 0.0, false
		for id := range strings.SplitSeq(inside, ",") {
			if v := c.value(id); !math.IsNaN(v) {
				total, any = total+v, true
			}
		}
		if !any {
			return math.NaN()
		}
		return total
	case "RUNNING_SUM": // over one period
		return c.value(c.inside("(", ")"))
	case "PERIOD": // CloudWatch takes a metric here, and no expression
		if id := c.inside("(", ")"); c.graph.metrics[id] == "" {
			c.t.Fatalf("PERIOD of %q, which is no metric", id)
		}
		return c.period
	}
	return c.value(word)
}

func (c *calculator) take(n int) (s string) {
	s, c.text = c.text[:n], c.text[n:]
	return s
}

func (c *calculator) inside(open, shut string) string {
	rest, ok := strings.CutPrefix(c.text, open)
	inside, after, shuts := strings.Cut(rest, shut)
	if !ok || !shuts {
		c.t.Fatalf("%s … %s is wanted before %q", open, shut, c.text)
	}
	c.text = after
	return inside
}

// The saved queries ask every ledger, and the runbook has the one that follows a message word for word.
func TestAMessageIsFollowedByASavedQuery(t *testing.T) {
	a := synth(t, "live")
	q := a.one(t, "AWS::Logs::QueryDefinition", "Name", "pronto-live/follow a message")
	text := q.Properties["QueryString"].(string)
	var logs []string
	for _, f := range wiring.Functions() {
		logs = append(logs, "/aws/lambda/"+f.Name)
	}
	slices.Sort(logs)
	for _, q := range a.of("AWS::Logs::QueryDefinition") {
		if got := a.list(q.Properties["LogGroupNames"]); !slices.Equal(got, logs) {
			t.Errorf("%s asks %v", q.id, got)
		}
	}
	doc, err := os.ReadFile(filepath.Join(root, "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), "```\n"+text+"\n```") {
		t.Errorf("docs/operations.md has another query than the one that is saved:\n%s", text)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"pronto/infra/pronto/cost"
	"pronto/shared/metric"
)

// graph is one picture of the dashboard.
type graph struct {
	title   string
	metrics [][]any // as CloudWatch writes them: namespace, metric, dimensions, how to show it
	stat    string
	label   string // of the axis
	lines   []level
	daily   bool // a point a day: it shows four weeks, whatever time the rest shows
}

// level is a line across a picture.
type level struct {
	at    float64
	words string // beside it
}

// dashboard answers, from top to bottom: are customers waiting? Are agents called in time? Does something stand still? Is what knocks let in? What does it use? What does a message cost?
func dashboard(scope constructs.Construct, d desk, all queues, made []function, apis *webAPIs) {
	rows := []struct {
		title  string
		graphs []graph
	}{
		{"Are customers waiting?", d.customers()},
		{"Are agents called in time?", d.agentsCalled()},
		{"Does something stand still?", d.standsStill(all, made)},
		{"Is what knocks let in?", []graph{d.knocks("Console and API", apis.desk), d.knocks("What other systems post", apis.hooks)}},
		{"What does it use?", d.used(made)},
		{"What does a message cost?", []graph{d.spent()}},
	}
	var widgets []any
	y := 0
	for _, row := range rows {
		widgets = append(widgets, map[string]any{"type": "text", "x": 0, "y": y, "width": 24, "height": 1, "properties": map[string]any{"markdown": "## " + row.title}})
		width := 24 / len(row.graphs)
		for i, g := range row.graphs {
			widgets = append(widgets, g.widget(d.stage.Region, i*width, y+1, width))
		}
		y += 7
	}
	body, err := json.Marshal(map[string]any{"widgets": widgets})
	if err != nil {
		panic(err) // of strings and numbers
	}
	awscloudwatch.NewCfnDashboard(scope, jsii.String("Dashboard"), &awscloudwatch.CfnDashboardProps{DashboardName: d.name("desk"), DashboardBody: jsii.String(string(body))})
}

func (g graph) widget(region string, x, y, width int) map[string]any {
	p := map[string]any{"title": g.title, "region": region, "view": "timeSeries", "stat": g.stat, "period": 60, "metrics": g.metrics, "yAxis": map[string]any{"left": map[string]any{"label": g.label, "showUnits": false, "min": 0}}}
	if g.daily {
		p["period"], p["start"], p["end"] = 24*60*60, "-P28D", "P0D"
	}
	var across []any
	for _, l := range g.lines {
		across = append(across, map[string]any{"label": l.words, "value": l.at})
	}
	if len(across) > 0 {
		p["annotations"] = map[string]any{"horizontal": across}
	}
	return map[string]any{"type": "metric", "x": x, "y": y, "width": width, "height": 6, "properties": p}
}

// of is a metric of the ledger.
func (d desk) of(name, label, stat string) []any {
	return []any{metric.Namespace, name, "Stage", d.stage.Name, map[string]any{"label": label, "stat": stat}}
}

// age is how long the oldest message of a queue has waited.
func (d desk) age(queue string) []any {
	return []any{"AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", *d.name(queue), map[string]any{"label": queue}}
}

func (d desk) customers() []graph {
	return []graph{
		{title: "Receipts: from the turn to the provider", stat: "p50", label: "ms", lines: []level{{60_000, "an alarm"}}, metrics: [][]any{
			d.of(metric.ReceiptLatency, "half of them", "p50"), d.of(metric.ReceiptLatency, "95 of 100", "p95"), d.of(metric.TurnLatency, "arrival to turn, 95 of 100", "p95"),
		}},
		{title: "What waits longest", stat: "Maximum", label: "s", metrics: [][]any{d.age("intake"), d.age("priority"), d.age("email"), d.age("custom")}},
		{title: "What became of messages", stat: "Sum", label: "a minute", metrics: [][]any{
			d.of(metric.Received, "received", "Sum"), d.of(metric.Suppressed, "no receipt, with reason", "Sum"), d.of(metric.Held, "held for a person", "Sum"), d.of(metric.Failed, "failed", "Sum"),
		}},
		{title: "Promises", stat: "Sum", label: "a minute", metrics: [][]any{d.of(metric.PromisesKept, "kept", "Sum"), d.of(metric.PromisesBroken, "broken", "Sum")}},
	}
}

func (d desk) agentsCalled() []graph {
	return []graph{
		{title: "Clocks: how late", stat: "p95", label: "ms", metrics: [][]any{d.of(metric.ClockLag, "half of them", "p50"), d.of(metric.ClockLag, "the latest", "Maximum")}},
		{title: "Pages and wakes that wait", stat: "Maximum", label: "s", metrics: [][]any{d.age("page"), d.age("wake")}},
		{title: "The day's sum leaves over", stat: "Maximum", label: "messages", metrics: [][]any{d.of(metric.ReconcileGap, "not accounted for", "Maximum")}},
	}
}

func (d desk) standsStill(all queues, made []function) []graph {
	dead := graph{title: "Given up", stat: "Maximum", label: "messages"}
	for _, name := range sorted(all) {
		if all[name].dead {
			dead.metrics = append(dead.metrics, []any{"AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", *d.name(name), map[string]any{"label": name}})
		}
	}
	behind := graph{title: "The stream is read late", stat: "Maximum", label: "ms", lines: []level{{60_000, "an alarm"}}}
	for _, f := range made {
		for _, s := range f.Sources {
			if s.Stream != nil {
				behind.metrics = append(behind.metrics, d.function("IteratorAge", f.Name))
			}
		}
	}
	return []graph{
		dead,
		{title: "Functions fail", stat: "Sum", label: "a minute", metrics: d.functions("Errors", made)},
		behind,
	}
}

// knocks is how much comes to an API, and how much of it is turned away: by us, who does not believe it, or by API Gateway, where it is too much.
func (d desk) knocks(title string, a *webAPI) graph {
	return graph{title: title, stat: "Sum", label: "a minute", metrics: [][]any{
		{"AWS/ApiGateway", "Count", "ApiId", *a.api.Ref(), map[string]any{"label": "requests"}}, {"AWS/ApiGateway", "4xx", "ApiId", *a.api.Ref()}, {"AWS/ApiGateway", "5xx", "ApiId", *a.api.Ref()},
	}}
}

func (d desk) used(made []function) []graph {
	table := *d.name("desk")
	return []graph{
		{title: "Functions run", stat: "Sum", label: "a minute", metrics: d.functions("Invocations", made)},
		{title: "Functions take", stat: "p95", label: "ms", metrics: d.functions("Duration", made)},
		{title: "The table", stat: "Sum", label: "units a minute", metrics: [][]any{
			{"AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", table}, {"AWS/DynamoDB", "ConsumedReadCapacityUnits", "TableName", table},
			{"AWS/DynamoDB", "ThrottledRequests", "TableName", table, "Operation", "TransactWriteItems", map[string]any{"label": "throttled turns"}},
		}},
		{title: "Mail out", stat: "Sum", label: "a minute", metrics: [][]any{{"AWS/SES", "Send"}, {"AWS/SES", "Bounce"}, {"AWS/SES", "Complaint"}}},
	}
}

// spent is what a message cost, day by day, as reconcile has reckoned it, beside what pronto cost expects. A message's millionths of a dollar are a million messages' dollars.
func (d desk) spent() graph {
	alone, answered := cost.Expected(d.policy.SecondOpinions())
	return graph{
		title: "A million messages like the day's, at prices of us-east-1 as of " + cost.Read + ", beside SES, X-Ray and what is there anyway",
		stat:  "Average", label: "USD", daily: true, metrics: [][]any{d.of(metric.CostAMessage, "in all", "Average")},
		lines: []level{{cents(alone), "pronto cost: a mail and its receipt"}, {cents(answered), "with 600 answers and 4,000 requests to a thousand"}},
	}
}

// cents rounds what is shown to cents.
func cents(usd float64) float64 { return math.Round(usd*100) / 100 }

func (d desk) functions(name string, made []function) (all [][]any) {
	for _, f := range made {
		all = append(all, d.function(name, f.Name))
	}
	return all
}

func (d desk) function(name, function string) []any {
	return []any{"AWS/Lambda", name, "FunctionName", *d.name(function), map[string]any{"label": fmt.Sprint(function)}}
}

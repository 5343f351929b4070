package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsbudgets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"pronto/infra/pronto/cost"
	"pronto/infra/wiring"
	"pronto/shared/metric"
)

// runbook is where each alarm's description leads.
const runbook = "docs/operations.md#"

// alarm is one, as data.
type alarm struct {
	name       string
	namespace  string
	metric     string
	dimensions map[string]string
	statistic  string
	period     time.Duration
	times      int // periods in a row
	over       float64
	under      bool   // it rings when the value is under `over`, or there is none
	means      string // in a sentence
	heading    string // of the runbook
}

// alarms watch what docs/operations.md names, tell the stage's address, and say where it is written what to do.
func alarms(scope constructs.Construct, d desk, all queues, made []function, apis *webAPIs) {
	topic := awssns.NewTopic(scope, jsii.String("Alarms"), &awssns.TopicProps{TopicName: d.name("alarms"), EnforceSSL: jsii.Bool(true)})
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("CloudWatch"), Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Actions: jsii.Strings("sns:Publish"), Resources: jsii.Strings(*topic.TopicArn()),
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": d.stage.Account}},
	}))
	awssns.NewCfnSubscription(scope, jsii.String("ToAddress"), &awssns.CfnSubscriptionProps{
		TopicArn: topic.TopicArn(), Protocol: jsii.String("email"), Endpoint: &d.stage.Alarms,
	})
	for _, a := range watched(d, all, made, apis) {
		ring(scope, d, topic, a)
	}
	if d.stage.BudgetUSD > 0 {
		budget(scope, d)
	}
}

// watched are all alarms.
func watched(d desk, all queues, made []function, apis *webAPIs) (list []alarm) {
	for _, name := range sorted(all) {
		list = append(list, ofQueue(d, all[name]))
	}
	for _, f := range made {
		list = append(list, ofFunction(d, f)...)
	}
	return append(list,
		ofAPI("api", apis.desk, "Console or API answer with errors."),
		ofAPI("hooks", apis.hooks, "What other systems post is answered with errors."),
		alarm{
			name: "receipts-slow", namespace: metric.Namespace, metric: metric.ReceiptLatency, dimensions: map[string]string{"Stage": d.stage.Name}, statistic: "p95",
			period: 5 * time.Minute, times: 2, over: 60_000, means: "Five receipts in a hundred take more than a minute.", heading: "receipts-are-slow",
		},
		alarm{
			name: "effects-failed", namespace: metric.Namespace, metric: metric.Failed, dimensions: map[string]string{"Stage": d.stage.Name}, statistic: "Sum",
			period: 5 * time.Minute, times: 1, over: 0, means: "A receipt, an answer or a page will never leave.", heading: "an-effect-has-failed",
		},
		alarm{
			name: "accounts-failing", namespace: metric.Namespace, metric: metric.AccountsFailing, dimensions: map[string]string{"Stage": d.stage.Name}, statistic: "Maximum",
			period: 5 * time.Minute, times: 2, over: 0, means: "An account at a network can be neither read nor used for minutes.", heading: "an-account-is-cut-off",
		},
		alarm{
			name: "accounts-silent", namespace: metric.Namespace, metric: metric.AccountsSilent, dimensions: map[string]string{"Stage": d.stage.Name}, statistic: "Minimum",
			period: time.Hour, times: 1, over: 0, means: "Nothing has come from an account for three times as long as ever.", heading: "an-account-is-silent",
		},
		alarm{
			name: "channels-silent", namespace: metric.Namespace, metric: metric.ChannelsSilent, dimensions: map[string]string{"Stage": d.stage.Name}, statistic: "Maximum",
			period: time.Hour, times: 1, over: 0, means: "Nothing comes by mail or by the custom channel, and much should have.", heading: "a-channel-is-silent",
		},
		alarm{
			name: "ses-bounces", namespace: "AWS/SES", metric: "Reputation.BounceRate", statistic: "Maximum", period: time.Hour, times: 1, over: 0.04,
			means: "More than 4 % of what is sent bounces; SES puts senders under review at 5 %.", heading: "ses-bounces-or-complaints",
		},
		alarm{
			name: "ses-complaints", namespace: "AWS/SES", metric: "Reputation.ComplaintRate", statistic: "Maximum", period: time.Hour, times: 1, over: 0.0008,
			means: "More than 0.08 % of what is sent is complained of; SES puts senders under review at 0.1 %.", heading: "ses-bounces-or-complaints",
		},
	)
}

func ofAPI(name string, a *webAPI, means string) alarm {
	return alarm{
		name: name + "-5xx", namespace: "AWS/ApiGateway", metric: "5xx", dimensions: map[string]string{"ApiId": *a.api.Ref()}, statistic: "Sum",
		period: 5 * time.Minute, times: 1, over: 5, means: means, heading: "api-answers-with-errors",
	}
}

// late is how old the oldest message of a queue may get; what is delayed on purpose counts from when it was sent.
func late(w wiring.Queue) time.Duration { return 2*time.Minute + max(w.Delay, longestWait[w.Name]) }

// longestWait is of queues whose messages are delayed one by one.
var longestWait = map[string]time.Duration{wiring.Demands: 2 * time.Hour, wiring.Wake: 3 * time.Minute, wiring.Accounts: time.Minute}

func ofQueue(d desk, q entry) alarm {
	dimensions := map[string]string{"QueueName": *d.name(q.wiring.Name)}
	if q.dead {
		return alarm{
			name: q.wiring.Name, namespace: "AWS/SQS", metric: "ApproximateNumberOfMessagesVisible", dimensions: dimensions, statistic: "Maximum",
			period: time.Minute, times: 1, over: 0, means: "Something was given up and waits for a person.", heading: "something-in-a-dead-letter-queue",
		}
	}
	return alarm{
		name: q.wiring.Name + "-late", namespace: "AWS/SQS", metric: "ApproximateAgeOfOldestMessage", dimensions: dimensions, statistic: "Maximum",
		period: time.Minute, times: 3, over: late(q.wiring).Seconds(), means: "What should be done in seconds has waited for minutes.", heading: "a-queue-is-late",
	}
}

func ofFunction(d desk, f function) (list []alarm) {
	add := func(name, metric, statistic string, period time.Duration, times int, over float64, under bool, means, heading string) {
		list = append(list, alarm{
			name: f.Name + "-" + name, namespace: "AWS/Lambda", metric: metric, dimensions: map[string]string{"FunctionName": *d.name(f.Name)}, statistic: statistic,
			period: period, times: times, over: over, under: under, means: means, heading: heading,
		})
	}
	errors := 3 // a passing fault is tried again and wakes nobody
	for _, s := range f.Sources {
		switch {
		case s.Stream != nil:
			add("behind", "IteratorAge", "Maximum", time.Minute, 3, 60_000, false, "The table's stream is read more than a minute late.", "relay-is-behind")
		case s.Every > 0:
			period := max(s.Every, 5*time.Minute)
			add("stands-still", "Invocations", "Sum", period, 2, 1, true, "It should run every "+s.Every.String()+" and does not.", "a-schedule-does-not-run")
			if f.Name == "reconcile" {
				errors = 1 // its failing is how it speaks
			}
		}
	}
	heading := "a-function-fails"
	if errors == 1 {
		heading = "reconcile-fails"
	}
	if !cost.Seldom(f.Function) { // what runs twice a day never fails in windows in a row; its dead-letter queue tells
		add("errors", "Errors", "Sum", 5*time.Minute, errors, 0, false, "It fails again and again.", heading)
	}
	if slices.ContainsFunc(f.Sources, func(s wiring.Source) bool { return len(s.HTTP) > 0 }) {
		// Of all others it shows in what gets late: a queue, the stream, a schedule.
		add("throttled", "Throttles", "Sum", 5*time.Minute, 3, 0, false, "Lambda does not let it run as often as it is called.", "a-function-is-throttled")
	}
	return list
}

func ring(scope constructs.Construct, d desk, topic awssns.Topic, a alarm) {
	comparison, missing := "GreaterThanThreshold", "notBreaching"
	if a.under {
		comparison, missing = "LessThanThreshold", "breaching"
	}
	var dimensions []any
	for _, name := range sorted(a.dimensions) {
		dimensions = append(dimensions, &awscloudwatch.CfnAlarm_DimensionProperty{Name: &name, Value: jsii.String(a.dimensions[name])})
	}
	var percentile *string
	statistic := &a.statistic
	if strings.HasPrefix(a.statistic, "p") {
		statistic, percentile = nil, &a.statistic
	}
	awscloudwatch.NewCfnAlarm(scope, jsii.String("Alarm"+title(a.name)), &awscloudwatch.CfnAlarmProps{
		AlarmName: d.name(a.name), AlarmDescription: jsii.String(a.means + " " + runbook + a.heading),
		Namespace: &a.namespace, MetricName: &a.metric, Dimensions: dimensions, Statistic: statistic, ExtendedStatistic: percentile, Period: jsii.Number(a.period.Seconds()),
		EvaluationPeriods: jsii.Number(a.times), DatapointsToAlarm: jsii.Number(a.times), Threshold: jsii.Number(a.over),
		ComparisonOperator: &comparison, TreatMissingData: &missing,
		AlarmActions: &[]any{topic.TopicArn()}, OkActions: &[]any{topic.TopicArn()},
	})
}

// budget tells when a month becomes dearer than was thought: at four fifths of it, and when it will be more.
func budget(scope constructs.Construct, d desk) {
	var notices []any
	for _, n := range []struct {
		kind string
		at   int
	}{{"ACTUAL", 80}, {"FORECASTED", 100}} {
		notices = append(notices, &awsbudgets.CfnBudget_NotificationWithSubscribersProperty{
			Notification: &awsbudgets.CfnBudget_NotificationProperty{
				NotificationType: &n.kind, ComparisonOperator: jsii.String("GREATER_THAN"), Threshold: jsii.Number(n.at), ThresholdType: jsii.String("PERCENTAGE"),
			},
			Subscribers: []any{&awsbudgets.CfnBudget_SubscriberProperty{SubscriptionType: jsii.String("EMAIL"), Address: &d.stage.Alarms}},
		})
	}
	awsbudgets.NewCfnBudget(scope, jsii.String("Budget"), &awsbudgets.CfnBudgetProps{
		Budget: &awsbudgets.CfnBudget_BudgetDataProperty{
			BudgetName: d.name("month"), BudgetType: jsii.String("COST"), TimeUnit: jsii.String("MONTHLY"),
			BudgetLimit: &awsbudgets.CfnBudget_SpendProperty{Amount: jsii.Number(d.stage.BudgetUSD), Unit: jsii.String("USD")},
			CostFilters: map[string]any{"TagKeyValue": []string{fmt.Sprintf("user:pronto:stage$%s", d.stage.Name)}},
		},
		NotificationsWithSubscribers: notices,
	})
}

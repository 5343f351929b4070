package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"pronto/infra/wiring"
	"pronto/shared/setup"
)

// world is what the functions work on.
type world struct {
	kept
	queues queues
	set    *string // SES's configuration set
	apis   *webAPIs
}

// function is one made.
type function struct {
	wiring.Function
	lambda awslambda.Function
	dead   *entry             // what was given up of what wakes it by itself
	target string             // what wakes it calls: the function, or its alias
	alias  awslambda.CfnAlias // nil: there is none
}

// functions makes them all, each with its role and log, woken by its sources.
func functions(scope constructs.Construct, d desk, w world) (all []function) {
	releases := newCanary(scope, d)
	w.queues.addDead(scope, d, wiring.RoundsDead, awscdk.RemovalPolicy_DESTROY)
	for _, f := range wiring.Functions() {
		made := function{Function: f}
		if hasDead(f) {
			dead := w.queues[wiring.RoundsDead]
			made.dead = &dead
		}
		made.lambda = program(scope, d, w, f)
		made.target, made.alias = releases.release(f.Name, made.lambda)
		for i, s := range f.Sources {
			wake(scope, d, w, made, s, fmt.Sprintf("%s%d", title(f.Name), i+1))
		}
		all = append(all, made)
	}
	return all
}

// hasDead tells whether something wakes a function that is no queue and does not wait for an answer: what it cannot handle needs a place.
func hasDead(f wiring.Function) bool {
	for _, s := range f.Sources {
		if s.Stream != nil || s.Every > 0 {
			return true
		}
	}
	return false
}

func program(scope constructs.Construct, d desk, w world, f wiring.Function) awslambda.Function {
	log := w.ledgers[f.Name]
	made := awslambda.NewFunction(scope, jsii.String("Function"+title(f.Name)), &awslambda.FunctionProps{
		FunctionName:  d.name(f.Name),
		Runtime:       awslambda.Runtime_PROVIDED_AL2023(),
		Architecture:  awslambda.Architecture_ARM_64(),
		Handler:       jsii.String("bootstrap"),
		Code:          awslambda.Code_FromAsset(jsii.String(filepath.Join(d.dist, f.Name)), nil),
		MemorySize:    jsii.Number(f.Memory),
		Timeout:       awscdk.Duration_Seconds(jsii.Number(f.Timeout.Seconds())),
		Role:          role(scope, d, w, f, log).WithoutPolicyUpdates(nil), // grants.go says all of it
		LogGroup:      log,
		LoggingFormat: awslambda.LoggingFormat_JSON,
		// Lambda's own lines on each start and end would be more than the ledger itself; what they say is in Lambda's metrics and in X-Ray.
		SystemLogLevelV2: awslambda.SystemLogLevel_WARN,
		Tracing:          tracing(d),
	})
	d.environment(w, f, func(name string, value *string) { made.AddEnvironment(&name, value, nil) })
	return made
}

func tracing(d desk) awslambda.Tracing {
	if d.stage.Traces {
		return awslambda.Tracing_ACTIVE
	}
	return awslambda.Tracing_DISABLED
}

// ledgers are the functions' logs.
func ledgers(scope constructs.Construct, d desk) map[string]awslogs.LogGroup {
	all := map[string]awslogs.LogGroup{}
	for _, f := range wiring.Functions() {
		all[f.Name] = awslogs.NewLogGroup(scope, jsii.String("Log"+title(f.Name)), &awslogs.LogGroupProps{
			LogGroupName: jsii.String("/aws/lambda/" + *d.name(f.Name)), Retention: awslogs.RetentionDays(retention(d.stage.LogDays)), RemovalPolicy: d.removal(),
		})
	}
	return all
}

// retention is a number of days in the CDK's words.
func retention(n int) string {
	return map[int]string{
		1: "ONE_DAY", 3: "THREE_DAYS", 5: "FIVE_DAYS", 7: "ONE_WEEK", 14: "TWO_WEEKS", 30: "ONE_MONTH", 60: "TWO_MONTHS", 90: "THREE_MONTHS",
		120: "FOUR_MONTHS", 150: "FIVE_MONTHS", 180: "SIX_MONTHS", 365: "ONE_YEAR",
	}[n]
}

// environment sets what the wiring says that the function needs, and of what it may have what the stage sets. One by one: the CDK takes a map's entries in the order in
// which Go hands them over, which is another each time, and the template would be, too.
func (d desk) environment(w world, f wiring.Function, set func(name string, value *string)) {
	for _, name := range f.Env {
		v := d.value(w, name)
		if v == nil {
			panic(fmt.Sprintf("function %s needs %s, and infra/cloud/functions.go has no value for it", f.Name, name))
		}
		set(name, v)
	}
	for _, name := range f.May {
		switch {
		case name == setup.HookURL && d.stage.HookURL != "":
			set(name, &d.stage.HookURL)
		case name == setup.WebhookURL && d.stage.WebhookURL != "":
			set(name, &d.stage.WebhookURL)
		case name == setup.Metrics:
			set(name, &d.stage.Name)
		}
	}
}

// rulesAt is where a function finds the rule book: beside its program, where furnish lays it.
const rulesAt = "/var/task/policy.yaml"

// metersAt is where a function that wants it finds the sheet of what AWS counts.
const metersAt = "/var/task/meters.json"

// value is that of one variable.
func (d desk) value(w world, name string) *string {
	for _, q := range wiring.Queues() {
		switch name {
		case q.Env:
			return w.queues[q.Name].QueueUrl()
		case q.DeadEnv:
			return w.queues[wiring.Dead(q.Name)].QueueUrl()
		}
	}
	switch name {
	case setup.Table:
		return w.table.TableName()
	case setup.Bucket:
		return w.bucket.BucketName()
	case setup.Secret:
		return w.secrets[wiring.Secret].SecretArn()
	case setup.HookSecrets:
		return w.secrets[wiring.HookSecrets].SecretArn()
	case setup.MailboxSecrets:
		return w.secrets[wiring.MailboxSecrets].SecretArn()
	case setup.AccountSecrets:
		return w.secrets[wiring.AccountSecrets].SecretArn()
	case setup.Policy:
		return jsii.String(rulesAt)
	case setup.Meters:
		return jsii.String(metersAt)
	case setup.ConfigurationSet:
		return w.set
	case setup.ConsoleURL:
		return &w.apis.desk.url
	case setup.ReceiveURL:
		return &w.apis.hooks.url
	case setup.OIDCIssuer:
		return w.agents.UserPoolProviderUrl()
	case setup.OIDCClient:
		return w.apis.client.UserPoolClientId()
	}
	return nil
}

// wake lets one source wake the function.
func wake(scope constructs.Construct, d desk, w world, f function, s wiring.Source, id string) {
	switch {
	case s.Queue != nil:
		window := (*float64)(nil)
		if s.Queue.Window > 0 {
			window = jsii.Number(s.Queue.Window.Seconds())
		}
		behind(f, awslambda.NewCfnEventSourceMapping(scope, jsii.String("Source"+id), &awslambda.CfnEventSourceMappingProps{
			FunctionName: &f.target, EventSourceArn: w.queues[s.Queue.Name].QueueArn(),
			BatchSize: jsii.Number(s.Queue.Batch), MaximumBatchingWindowInSeconds: window,
			FunctionResponseTypes: jsii.Strings("ReportBatchItemFailures"),
			ScalingConfig:         &awslambda.CfnEventSourceMapping_ScalingConfigProperty{MaximumConcurrency: jsii.Number(s.Queue.Concurrency)},
		}))
	case s.Stream != nil:
		behind(f, awslambda.NewCfnEventSourceMapping(scope, jsii.String("Source"+id), &awslambda.CfnEventSourceMappingProps{
			FunctionName: &f.target, EventSourceArn: w.table.TableStreamArn(), StartingPosition: jsii.String("TRIM_HORIZON"),
			BatchSize: jsii.Number(s.Stream.Batch), BisectBatchOnFunctionError: true, MaximumRetryAttempts: jsii.Number(-1),
			MaximumRecordAgeInSeconds: jsii.Number(giveUpRecords.Seconds()),
			FunctionResponseTypes:     jsii.Strings("ReportBatchItemFailures"),
			FilterCriteria: &awslambda.CfnEventSourceMapping_FilterCriteriaProperty{
				Filters: []any{&awslambda.CfnEventSourceMapping_FilterProperty{Pattern: &s.Stream.Filter}},
			},
			DestinationConfig: &awslambda.CfnEventSourceMapping_DestinationConfigProperty{
				OnFailure: &awslambda.CfnEventSourceMapping_OnFailureProperty{Destination: f.dead.QueueArn()},
			},
		}))
	case s.Every > 0:
		every(scope, d, f, s.Every, id)
	}
}

// behind makes a source wait for the alias that it calls.
func behind(f function, source awslambda.CfnEventSourceMapping) {
	if f.alias != nil {
		source.AddDependency(f.alias)
	}
}

// giveUpRecords is how old a record of the stream may get. The sweep has found what it would have brought within minutes; a shard that waits for one record that
// cannot be handled brings nothing else.
const giveUpRecords = time.Hour

// every is a schedule. What could not be handed over, or failed three times, is put away; the next round does its work anyway.
func every(scope constructs.Construct, d desk, f function, period time.Duration, id string) {
	age := min(max(period, time.Minute), 6*time.Hour) // Lambda takes no more
	rule := awsevents.NewCfnRule(scope, jsii.String("Every"+id), &awsevents.CfnRuleProps{
		Name: d.name(f.Name), Description: jsii.String("Wakes " + f.Name), ScheduleExpression: jsii.String(rate(period)), State: jsii.String("ENABLED"),
		Targets: []any{&awsevents.CfnRule_TargetProperty{
			Id: jsii.String(f.Name), Arn: f.lambda.FunctionArn(),
			DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: f.dead.QueueArn()},
			RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{
				MaximumEventAgeInSeconds: jsii.Number(age.Seconds()), MaximumRetryAttempts: jsii.Number(3),
			},
		}},
	})
	awslambda.NewCfnPermission(scope, jsii.String("By"+id), &awslambda.CfnPermissionProps{
		Action: jsii.String("lambda:InvokeFunction"), FunctionName: f.lambda.FunctionArn(), Principal: jsii.String("events.amazonaws.com"), SourceArn: rule.AttrArn(),
	})
	awslambda.NewCfnEventInvokeConfig(scope, jsii.String("Async"+id), &awslambda.CfnEventInvokeConfigProps{
		FunctionName: f.lambda.FunctionName(), Qualifier: jsii.String("$LATEST"),
		MaximumEventAgeInSeconds: jsii.Number(age.Seconds()), MaximumRetryAttempts: jsii.Number(0), // the next round is the retry
		DestinationConfig: &awslambda.CfnEventInvokeConfig_DestinationConfigProperty{
			OnFailure: &awslambda.CfnEventInvokeConfig_OnFailureProperty{Destination: f.dead.QueueArn()},
		},
	})
	f.dead.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("Schedule" + title(f.Name)), Principals: principals("events.amazonaws.com"), Actions: jsii.Strings("sqs:SendMessage"), Resources: jsii.Strings(*f.dead.QueueArn()),
		Conditions: &map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": rule.AttrArn()}},
	}))
}

// rate is a period as EventBridge writes it.
func rate(period time.Duration) string {
	n, unit := int(period/time.Minute), "minute"
	if period%time.Hour == 0 {
		n, unit = int(period/time.Hour), "hour"
	}
	if n == 1 {
		return "rate(1 " + unit + ")"
	}
	return strings.Replace("rate(N "+unit+"s)", "N", fmt.Sprint(n), 1)
}

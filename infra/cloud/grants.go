package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"pronto/infra/wiring"
	"pronto/shared/store"
)

// role is a function's own: what the wiring grants it, what its sources need, its log, its traces, and nothing else. No policy of AWS's is attached: those name every
// resource of an account.
func role(scope constructs.Construct, d desk, w world, f wiring.Function, log awslogs.LogGroup) awsiam.Role {
	var all []awsiam.PolicyStatement
	for _, g := range wiring.GrantsBy(d.policy, f.Name) {
		all = append(all, d.statement(w, g))
	}
	all = append(all, sourceRights(d, w, f)...)
	all = append(all, allow([]string{"logs:CreateLogStream", "logs:PutLogEvents"}, *log.LogGroupArn()))
	if d.stage.Traces {
		all = append(all, allow([]string{"xray:PutTelemetryRecords", "xray:PutTraceSegments"}, "*")) // X-Ray knows no resources: these two take nothing else
	}
	return awsiam.NewRole(scope, jsii.String("Role"+title(f.Name)), &awsiam.RoleProps{
		RoleName: d.name(f.Name), Description: jsii.String("What " + f.Name + " may do"), AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"desk": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &all})},
	})
}

// sourceRights are what Lambda does in the function's name to read what wakes it, and to put away what it cannot handle.
func sourceRights(d desk, w world, f wiring.Function) (all []awsiam.PolicyStatement) {
	for _, s := range f.Sources {
		switch {
		case s.Queue != nil:
			all = append(all, allow([]string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}, *w.queues[s.Queue.Name].QueueArn()))
		case s.Stream != nil:
			all = append(all,
				allow([]string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}, *w.table.TableStreamArn()),
				allow([]string{"dynamodb:ListStreams"}, "*")) // it lists, and knows no resources
		}
	}
	if hasDead(f) {
		all = append(all, allow([]string{"sqs:SendMessage"}, *w.queues[wiring.RoundsDead].QueueArn()))
	}
	return all
}

// statement is a grant in IAM's words.
func (d desk) statement(w world, g wiring.Grant) awsiam.PolicyStatement {
	kind, name, _ := strings.Cut(string(g.On), "/")
	switch kind {
	case "table":
		return allow(g.May, *w.table.TableArn())
	case "rules":
		// Of the whole table only the rows of the rule book, by their partition key.
		return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions: jsii.Strings(g.May...), Resources: jsii.Strings(*w.table.TableArn()),
			Conditions: &map[string]any{"ForAllValues:StringEquals": map[string]any{"dynamodb:LeadingKeys": []string{store.RulesPartition}}},
		})
	case "index":
		return allow(g.May, *w.table.TableArn()+"/index/"+name)
	case "bucket":
		return allow(g.May, *w.bucket.BucketArn())
	case "objects":
		return allow(g.May, *w.bucket.ArnForObjects(jsii.String(name + "*")))
	case "queue":
		return allow(g.May, *w.queues[name].QueueArn())
	case "secret":
		return allow(g.May, *w.secrets[name].SecretArn())
	case "ses":
		return allow(g.May, append([]string{d.arn("ses", "configuration-set/"+d.stage.Prefix())}, d.senders()...)...)
	case "comprehend":
		return allow(g.May, "*") // its model has no ARN: the action knows no resources
	case "cloudwatch":
		return allow(g.May, "*") // who may read one count may read all: GetMetricData knows neither resources nor a condition
	case "sms":
		// A telephone number has no ARN. What has one is a topic or an endpoint, and to none of those may anything be published.
		return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Actions: jsii.Strings(g.May...), NotResources: jsii.Strings("arn:" + *awscdk.Aws_PARTITION() + ":sns:*:*:*")})
	}
	panic(fmt.Sprintf("infra/cloud/grants.go does not know what %s is", g.On))
}

// senders are the identities by which brands send. SES holds an address against its own, its domain's, or that of the domain above, whichever it knows.
func (d desk) senders() (all []string) {
	for _, b := range d.policy.Brands {
		all = append(all, d.arn("ses", "identity/"+b.From.Addr))
	}
	for _, domain := range slices.Concat(wiring.SendsFrom(d.policy), wiring.Identities(d.policy)) {
		all = append(all, d.arn("ses", "identity/"+domain))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func allow(actions []string, resources ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Actions: jsii.Strings(actions...), Resources: jsii.Strings(resources...)})
}

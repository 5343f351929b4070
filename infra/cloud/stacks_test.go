package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/infra/pronto/cost"
	"pronto/infra/wiring"
	"pronto/shared/metric"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

func TestTheTableIsTheStores(t *testing.T) {
	a := synth(t, "live")
	tables := a.of("AWS::DynamoDB::GlobalTable")
	if len(tables) != 1 {
		t.Fatalf("%d tables", len(tables))
	}
	p, s := tables[0].Properties, store.TheSchema()
	if got := keys(p["KeySchema"]); got != s.PartitionKey+" "+s.SortKey {
		t.Errorf("keys %s", got)
	}
	if got := at(p, "TimeToLiveSpecification", "AttributeName"); got != s.Expiry {
		t.Errorf("expiry %v", got)
	}
	if got := at(p, "StreamSpecification", "StreamViewType"); got != s.Stream {
		t.Errorf("stream %v", got)
	}
	if p["BillingMode"] != "PAY_PER_REQUEST" {
		t.Errorf("billing %v", p["BillingMode"])
	}
	indexes := p["GlobalSecondaryIndexes"].([]any)
	if len(indexes) != len(s.Indexes) {
		t.Fatalf("%d indexes, the store has %d", len(indexes), len(s.Indexes))
	}
	for i, want := range s.Indexes {
		got := indexes[i].(map[string]any)
		if got["IndexName"] != want.Name || keys(got["KeySchema"]) != want.PartitionKey+" "+want.SortKey {
			t.Errorf("index %v", got)
		}
		kind, carry := "KEYS_ONLY", []string(nil)
		if len(want.Carry) > 0 {
			kind, carry = "INCLUDE", slices.Sorted(slices.Values(want.Carry))
		}
		var carried []string
		if c := at(got, "Projection", "NonKeyAttributes"); c != nil {
			carried = a.list(c)
		}
		if at(got, "Projection", "ProjectionType") != kind || !slices.Equal(carried, carry) {
			t.Errorf("index %s projects %v", want.Name, got["Projection"])
		}
	}
	for _, attribute := range p["AttributeDefinitions"].([]any) {
		if at(attribute, "AttributeType") != "S" {
			t.Errorf("attribute %v", attribute)
		}
	}
	replica := p["Replicas"].([]any)[0]
	if at(replica, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") != true || at(replica, "DeletionProtectionEnabled") != true {
		t.Errorf("not kept safe: %v", replica)
	}
}

func keys(v any) string {
	var names []string
	for _, k := range v.([]any) {
		names = append(names, at(k, "AttributeName").(string))
	}
	return strings.Join(names, " ")
}

func TestQueuesAreTheWirings(t *testing.T) {
	a, left := synth(t, "live"), map[string]bool{}
	for _, q := range a.of("AWS::SQS::Queue") {
		left[a.text(q.Properties["QueueName"])] = true
		if q.Properties["SqsManagedSseEnabled"] != true {
			t.Errorf("%s is not encrypted", q.id)
		}
		if number(q.Properties["MessageRetentionPeriod"]) != wiring.Retention.Seconds() {
			t.Errorf("%s keeps for %v s", q.id, q.Properties["MessageRetentionPeriod"])
		}
	}
	for _, w := range wiring.Queues() {
		p := a.one(t, "AWS::SQS::Queue", "QueueName", w.Name).Properties
		if number(p["DelaySeconds"]) != w.Delay.Seconds() || number(p["VisibilityTimeout"]) != w.Timeout.Seconds() {
			t.Errorf("%s: %v", w.Name, p)
		}
		if a.text(at(p, "RedrivePolicy", "deadLetterTargetArn")) != "sqs:"+wiring.Dead(w.Name) || number(at(p, "RedrivePolicy", "maxReceiveCount")) != float64(w.Receives) {
			t.Errorf("%s gives up: %v", w.Name, p["RedrivePolicy"])
		}
		delete(left, w.Name)
		delete(left, wiring.Dead(w.Name))
	}
	delete(left, wiring.RoundsDead)
	if len(left) > 0 {
		t.Errorf("queues that the wiring does not name: %v", slices.Collect(maps.Keys(left)))
	}
}

func TestFunctionsAreTheWirings(t *testing.T) {
	a, roles := synth(t, "live"), map[string]bool{}
	if got, want := len(a.of("AWS::Lambda::Function")), len(wiring.Functions()); got != want {
		t.Errorf("%d functions, the wiring has %d", got, want)
	}
	for _, w := range wiring.Functions() {
		p := a.one(t, "AWS::Lambda::Function", "FunctionName", w.Name).Properties
		if number(p["Timeout"]) != w.Timeout.Seconds() || number(p["MemorySize"]) != float64(w.Memory) {
			t.Errorf("%s: %v s, %v MB", w.Name, p["Timeout"], p["MemorySize"])
		}
		if p["Runtime"] != "provided.al2023" || !slices.Equal(a.list(p["Architectures"]), []string{"arm64"}) || at(p, "TracingConfig", "Mode") != "Active" {
			t.Errorf("%s: %v %v %v", w.Name, p["Runtime"], p["Architectures"], p["TracingConfig"])
		}
		if at(p, "LoggingConfig", "LogFormat") != "JSON" || a.text(at(p, "LoggingConfig", "LogGroup")) != "logs:/aws/lambda/"+w.Name {
			t.Errorf("%s logs %v", w.Name, p["LoggingConfig"])
		}
		role := a.text(p["Role"])
		if roles[role] || role != "iam:"+w.Name {
			t.Errorf("%s has the role %s", w.Name, role)
		}
		roles[role] = true
		env := at(p, "Environment", "Variables").(map[string]any)
		if got, want := slices.Sorted(maps.Keys(env)), slices.Sorted(slices.Values(append(slices.Clone(w.Env), setup.Metrics))); !slices.Equal(got, want) {
			t.Errorf("%s is given %v, the wiring says %v", w.Name, got, want)
		}
		for name, v := range env {
			if a.text(v) == "" {
				t.Errorf("%s: %s is empty", w.Name, name)
			}
		}
	}
	for _, g := range a.of("AWS::Logs::LogGroup") {
		if number(g.Properties["RetentionInDays"]) != float64(a.stage.LogDays) {
			t.Errorf("%s is kept for %v days", g.id, g.Properties["RetentionInDays"])
		}
	}
}

// anonymous is the CDK's hash in the id of what has no name of its own.
var anonymous = regexp.MustCompile(`(cognito:[A-Za-z]+?)[0-9A-F]{8}\b`)

// What a variable says is what the function is let at: an address of one queue and a right for another would work nowhere.
func TestVariablesNameWhatTheyShould(t *testing.T) {
	a := synth(t, "live")
	want := map[string]string{
		setup.Table: "dynamodb:desk", setup.Bucket: "s3:" + strings.TrimPrefix(a.stage.Bucket(), a.stage.Prefix()+"-"), setup.Secret: "secretsmanager:key", setup.HookSecrets: "secretsmanager:hooks", setup.MailboxSecrets: "secretsmanager:mailboxes", setup.AccountSecrets: "secretsmanager:accounts",
		setup.Policy: "/var/task/policy.yaml", setup.ConfigurationSet: "ses:pronto-live", setup.ConsoleURL: "apigatewayv2:api.ApiEndpoint", setup.ReceiveURL: "apigatewayv2:hooks.ApiEndpoint",
		setup.Meters: "/var/task/meters.json", setup.OIDCIssuer: "cognito:Agents.ProviderURL", setup.OIDCClient: "cognito:Console", setup.Metrics: "live",
	}
	for _, q := range wiring.Queues() {
		want[q.Env], want[q.DeadEnv] = "sqs:"+q.Name, "sqs:"+wiring.Dead(q.Name)
	}
	for _, f := range a.of("AWS::Lambda::Function") {
		for name, v := range at(f.Properties, "Environment", "Variables").(map[string]any) {
			if got := anonymous.ReplaceAllString(a.text(v), "$1"); got != want[name] {
				t.Errorf("%s: %s is %s, want %s", f.id, name, got, want[name])
			}
		}
	}
}

func TestSourcesAreTheWirings(t *testing.T) {
	a, n := synth(t, "live"), 0
	mappings := a.of("AWS::Lambda::EventSourceMapping")
	for _, f := range wiring.Functions() {
		for _, s := range f.Sources {
			switch {
			case s.Queue != nil:
				n++
				m := mapping(t, a, mappings, f.Name, "sqs:"+s.Queue.Name)
				if number(m["BatchSize"]) != float64(s.Queue.Batch) || number(m["MaximumBatchingWindowInSeconds"]) != s.Queue.Window.Seconds() ||
					number(at(m, "ScalingConfig", "MaximumConcurrency")) != float64(s.Queue.Concurrency) {
					t.Errorf("%s by %s: %v", f.Name, s.Queue.Name, m)
				}
				if s.Queue.Batch > 10 && s.Queue.Window == 0 || s.Queue.Concurrency < 2 || s.Queue.Concurrency > 1000 {
					t.Errorf("%s by %s: Lambda refuses more than ten at once without a window, and a concurrency below 2 or above 1000", f.Name, s.Queue.Name)
				}
				q := a.one(t, "AWS::SQS::Queue", "QueueName", s.Queue.Name)
				if v := number(q.Properties["VisibilityTimeout"]); v < 6*f.Timeout.Seconds()+s.Queue.Window.Seconds() {
					t.Errorf("%s is hidden for %v s, less than six times what %s may take and the time of gathering", s.Queue.Name, v, f.Name)
				}
			case s.Stream != nil:
				n++
				m := mapping(t, a, mappings, f.Name, "dynamodb:desk.StreamArn")
				if number(m["BatchSize"]) != float64(s.Stream.Batch) || m["StartingPosition"] != "TRIM_HORIZON" || m["BisectBatchOnFunctionError"] != true {
					t.Errorf("%s by the stream: %v", f.Name, m)
				}
				if filters := at(m, "FilterCriteria", "Filters").([]any); len(filters) != 1 || at(filters[0], "Pattern") != s.Stream.Filter {
					t.Errorf("%s by the stream: filters %v", f.Name, filters)
				}
			case s.Every > 0:
				r := a.one(t, "AWS::Events::Rule", "Name", f.Name).Properties
				if r["ScheduleExpression"] != rate(s.Every) || r["State"] != "ENABLED" {
					t.Errorf("%s: %v", f.Name, r)
				}
			}
		}
	}
	if n != len(mappings) {
		t.Errorf("%d mappings, the wiring has %d", len(mappings), n)
	}
}

func mapping(t *testing.T, a *assembly, all []*resource, function, source string) map[string]any {
	t.Helper()
	for _, m := range all {
		if a.text(m.Properties["FunctionName"]) == wokenAs(function) && a.text(m.Properties["EventSourceArn"]) == source {
			if !slices.Equal(a.list(m.Properties["FunctionResponseTypes"]), []string{"ReportBatchItemFailures"}) {
				t.Errorf("%s by %s does not report which failed", function, source)
			}
			return m.Properties
		}
	}
	t.Fatalf("%s is not woken by %s", function, source)
	return nil
}

// wokenAs is how a function is called by what wakes it: by its alias, where a new version takes over bit by bit.
func wokenAs(function string) string {
	if slices.Contains(canaried, function) {
		return "lambda:" + function + ":" + live
	}
	return "lambda:" + function
}

// What a receipt passes through takes a new version's load bit by bit, and gives it back when an alarm rings that looks at just that.
func TestReleasesAreTakenBack(t *testing.T) {
	a := synth(t, "live")
	alarms := map[string]map[string]any{}
	for _, al := range a.of("AWS::CloudWatch::Alarm") {
		alarms[a.text(al.Properties["AlarmName"])] = al.Properties
	}
	groups := a.of("AWS::CodeDeploy::DeploymentGroup")
	if len(groups) != len(canaried) || len(a.of("AWS::Lambda::Alias")) != len(canaried) || len(a.of("AWS::Lambda::Version")) != len(canaried) {
		t.Fatalf("%d groups, %d aliases, %d versions", len(groups), len(a.of("AWS::Lambda::Alias")), len(a.of("AWS::Lambda::Version")))
	}
	for _, alias := range a.of("AWS::Lambda::Alias") {
		update := at(alias.UpdatePolicy, "CodeDeployLambdaAliasUpdate")
		if alias.Properties["Name"] != live || at(update, "ApplicationName") == nil || at(update, "DeploymentGroupName") == nil {
			t.Errorf("%s changes over all at once: %v", alias.id, alias.UpdatePolicy)
		}
	}
	for _, g := range groups {
		name := g.Properties["DeploymentGroupName"].(string)
		if g.Properties["DeploymentConfigName"] != shift || at(g.Properties, "AutoRollbackConfiguration", "Enabled") != true || at(g.Properties, "AlarmConfiguration", "Enabled") != true {
			t.Errorf("%s: %v", name, g.Properties)
		}
		if events := a.list(at(g.Properties, "AutoRollbackConfiguration", "Events")); !slices.Contains(events, "DEPLOYMENT_STOP_ON_ALARM") {
			t.Errorf("%s goes on when an alarm rings", name)
		}
		if n := len(at(g.Properties, "AlarmConfiguration", "Alarms").([]any)); n != 2 {
			t.Errorf("%s looks at %d alarms", name, n)
		}
		p := alarms["canary-"+map[bool]string{true: "express", false: name}[name == "relay"]] // one program
		if p == nil || number(p["Period"])*number(p["EvaluationPeriods"]) > 120 || !strings.Contains(fmt.Sprint(p["Dimensions"]), ":"+live) {
			t.Errorf("%s: its alarm is %v", name, p)
		}
	}
}

// Every edge that nobody waits at has a place for what it gives up, and an alarm on that place.
func TestEveryAsynchronousEdgeEndsInAnAlarm(t *testing.T) {
	a, edges := synth(t, "live"), 0
	alarmed := map[string]bool{}
	for _, al := range a.of("AWS::CloudWatch::Alarm") {
		if al.Properties["MetricName"] == "ApproximateNumberOfMessagesVisible" && number(al.Properties["Threshold"]) == 0 {
			alarmed["sqs:"+a.text(at(al.Properties["Dimensions"].([]any)[0], "Value"))] = true
		}
	}
	ends := func(edge string, target any) {
		edges++
		if place := a.text(target); target == nil || !alarmed[place] {
			t.Errorf("%s gives up into %s, which no alarm watches", edge, place)
		}
	}
	for _, m := range a.of("AWS::Lambda::EventSourceMapping") {
		source := a.text(m.Properties["EventSourceArn"])
		if name, queue := strings.CutPrefix(source, "sqs:"); queue {
			ends(source, at(a.one(t, "AWS::SQS::Queue", "QueueName", name).Properties, "RedrivePolicy", "deadLetterTargetArn"))
			continue
		}
		ends(source, at(m.Properties, "DestinationConfig", "OnFailure", "Destination"))
		if number(m.Properties["MaximumRecordAgeInSeconds"]) <= 0 {
			t.Errorf("%s: a record that cannot be handled holds its shard up for a day", source)
		}
	}
	for _, r := range a.of("AWS::Events::Rule") {
		for _, target := range r.Properties["Targets"].([]any) {
			ends(r.id, at(target, "DeadLetterConfig", "Arn"))
			how := invokeConfig(a, a.text(at(target, "Arn")))
			ends(r.id+" (the function fails)", at(how, "DestinationConfig", "OnFailure", "Destination"))
			if age := number(how["MaximumEventAgeInSeconds"]); age < 60 || age > 21_600 {
				t.Errorf("%s: Lambda keeps an event for a minute to six hours, not %v s", r.id, age)
			}
		}
	}
	for _, s := range a.of("AWS::SNS::Subscription") {
		if s.Properties["Protocol"] != "email" {
			ends(s.id, at(s.Properties, "RedrivePolicy", "deadLetterTargetArn"))
		}
	}
	if edges < 14 {
		t.Errorf("only %d edges were looked at", edges)
	}
}

func invokeConfig(a *assembly, function string) map[string]any {
	for _, c := range a.of("AWS::Lambda::EventInvokeConfig") {
		if a.text(c.Properties["FunctionName"]) == function {
			return c.Properties
		}
	}
	return nil
}

// Who may put something into a queue or topic of ours is one source, and says so.
func TestOnlyOurSourcesMaySend(t *testing.T) {
	a := synth(t, "live")
	for _, kind := range []string{"AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"} {
		for _, p := range a.of(kind) {
			tls := false
			for _, s := range at(p.Properties, "PolicyDocument", "Statement").([]any) {
				switch at(s, "Effect") {
				case "Deny":
					tls = tls || at(s, "Condition", "Bool", "aws:SecureTransport") == "false"
				case "Allow":
					if at(s, "Principal", "Service") == nil || at(s, "Condition") == nil {
						t.Errorf("%s lets anybody: %v", p.id, s)
					}
				}
			}
			if !tls {
				t.Errorf("%s takes what is not encrypted on the way", p.id)
			}
		}
	}
	if queues, policies := len(a.of("AWS::SQS::Queue")), len(a.of("AWS::SQS::QueuePolicy")); queues != policies {
		t.Errorf("%d queues, %d policies", queues, policies)
	}
}

func TestMailComesIn(t *testing.T) {
	a := synth(t, "live")
	_, p, err := rules(filepath.Join(root, "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var recipients []string
	for _, r := range a.of("AWS::SES::ReceiptRule") {
		rule := at(r.Properties, "Rule").(map[string]any)
		recipients = append(recipients, a.list(rule["Recipients"])...)
		action := at(rule["Actions"].([]any)[0], "S3Action")
		if !strings.HasPrefix(a.text(at(action, "BucketName")), "s3:mail-") || at(action, "ObjectKeyPrefix") != setup.MailPrefix || a.text(at(action, "TopicArn")) != "sns:arrivals" {
			t.Errorf("the rule's action is %v", action)
		}
		if at(action, "KmsKeyArn") != nil {
			t.Error("SES would encrypt by itself, and nothing of ours could read it")
		}
		if rule["Enabled"] != true || rule["ScanEnabled"] != true {
			t.Errorf("rule %v: without its scan there are no verdicts", rule)
		}
	}
	if !slices.Equal(recipients, wiring.Receives(p)) {
		t.Errorf("mail is taken for %v, the rule book names %v", recipients, wiring.Receives(p))
	}
	for _, topic := range wiring.Topics() {
		s := a.one(t, "AWS::SNS::Subscription", "TopicArn", "sns:"+strings.TrimPrefix(topic.Name, "pronto-"))
		if a.text(s.Properties["Endpoint"]) != "sqs:"+topic.Queue || s.Properties["RawMessageDelivery"] != true {
			t.Errorf("%s goes to %v", topic.Name, s.Properties)
		}
	}
	events := a.of("AWS::SES::ConfigurationSetEventDestination")[0]
	var want []string
	for _, e := range wiring.OutcomeEvents() {
		want = append(want, strings.ToLower(e))
	}
	slices.Sort(want)
	if got := a.list(at(events.Properties, "EventDestination", "MatchingEventTypes")); !slices.Equal(got, want) {
		t.Errorf("SES tells of %v, the wiring wants %v", got, want)
	}
}

// What outlives a deployment is in one stack, and stays when that goes; of what CloudFormation would make behind our backs there is nothing.
func TestStacksAreApart(t *testing.T) {
	kept := map[string]bool{
		"AWS::DynamoDB::GlobalTable": true, "AWS::S3::Bucket": true, "AWS::SecretsManager::Secret": true, "AWS::Cognito::UserPool": true, "AWS::SES::EmailIdentity": true,
	}
	for _, name := range []string{"live", "dev"} {
		a := synth(t, name)
		for _, r := range a.resources {
			if kept[r.Type] && r.stack != "data" {
				t.Errorf("%s is in the stack %s", r.id, r.stack)
			}
			if want := map[bool]string{true: "Retain", false: "Delete"}[a.stage.Keep]; kept[r.Type] && r.DeletionPolicy != want {
				t.Errorf("%s: %s would be done with it, want %s", r.id, r.DeletionPolicy, want)
			}
			if r.stack != "data" && r.DeletionPolicy == "Retain" {
				t.Errorf("%s has a name and would be in the way of its successor", r.id)
			}
			if strings.HasPrefix(r.Type, "Custom::") || strings.HasPrefix(r.Type, "AWS::CloudFormation::") {
				t.Errorf("%s is a %s", r.id, r.Type)
			}
		}
	}
}

func TestNoSecretIsInTheAssembly(t *testing.T) {
	a := synth(t, "live")
	for _, s := range a.of("AWS::SecretsManager::Secret") {
		if s.Properties["SecretString"] != nil || s.Properties["GenerateSecretString"] == nil {
			t.Errorf("%s has a value of ours", s.id)
		}
		if n := number(at(s.Properties, "GenerateSecretString", "PasswordLength")); int(n)%4 != 0 || n < 44 {
			t.Errorf("%s: %v letters are no base64 of 32 bytes or more", s.id, n)
		}
	}
	for name, b := range a.files {
		if regexp.MustCompile(`whsec_|AKIA[0-9A-Z]{16}|-----BEGIN|resolve:secretsmanager`).Match(b) {
			t.Errorf("%s holds a secret, or would ask CloudFormation to write one into a setting", name)
		}
	}
}

// The last step is told with the agents of the rule book, each by the address that pages it.
func TestAgentsAreGivenTheirSignIns(t *testing.T) {
	dir := repository(t)
	b, err := os.ReadFile(filepath.Join(dir, "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p, problems := policy.Parse("policy.yaml", b)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	outputs := synth(t, "live").outputs["service"]
	for i, agent := range p.Agents {
		says := synth(t, "live").text(outputs[fmt.Sprintf("Step7Agent%d", i+1)])
		if !strings.HasSuffix(says, " --username "+agent.ID+" --user-attributes Name=email,Value='"+agent.ID+"@staff.acme.example' Name=email_verified,Value=true") {
			t.Errorf("%s is given a sign-in by %s", agent.ID, says)
		}
	}
}

func TestAgentsSignInWithTwoFactors(t *testing.T) {
	p := synth(t, "live").of("AWS::Cognito::UserPool")[0].Properties
	if p["MfaConfiguration"] != "ON" || at(p, "AdminCreateUserConfig", "AllowAdminCreateUserOnly") != true || number(at(p, "Policies", "PasswordPolicy", "MinimumLength")) < 14 {
		t.Errorf("%v", p)
	}
	for _, mutable := range p["Schema"].([]any) {
		if at(mutable, "Name") != "email" {
			t.Errorf("an attribute that may say who somebody is: %v", mutable)
		}
	}
}

// The console is a public client that comes back to itself, and to nowhere else.
func TestTheConsoleSignsInAtThePool(t *testing.T) {
	a := synth(t, "live")
	p := a.of("AWS::Cognito::UserPoolClient")[0].Properties
	if p["GenerateSecret"] != false || !slices.Equal(a.list(p["AllowedOAuthFlows"]), []string{"code"}) || !slices.Equal(a.list(p["AllowedOAuthScopes"]), []string{"email", "openid"}) {
		t.Errorf("%v", p)
	}
	if own := a.list(p["WriteAttributes"]); !slices.Equal(own, []string{"email"}) {
		t.Errorf("agents may write of themselves: %v", own)
	}
	if back := a.list(p["CallbackURLs"]); !slices.Equal(back, []string{"apigatewayv2:api.ApiEndpoint/console/signed-in", "http://localhost:8766/signed-in"}) {
		t.Errorf("it comes back to %v", back)
	}
	jwt := at(a.of("AWS::ApiGatewayV2::Authorizer")[0].Properties, "JwtConfiguration")
	if got := anonymous.ReplaceAllString(a.text(at(jwt, "Issuer")), "$1"); got != "cognito:Agents.ProviderURL" {
		t.Errorf("the API believes %s", got)
	}
}

// Each alarm's description leads to a heading that exists.
func TestAlarmsHaveRunbooks(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(root, "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{}
	for _, line := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(doc), -1) {
		anchor := strings.ReplaceAll(strings.ToLower(line[1]), " ", "-")
		headings[regexp.MustCompile(`[^a-z0-9-]`).ReplaceAllString(anchor, "")] = true
	}
	a := synth(t, "live")
	all := a.of("AWS::CloudWatch::Alarm")
	if len(all) != cost.Alarms() {
		t.Errorf("%d alarms, and the bill counts %d: see infra/pronto/cost", len(all), cost.Alarms())
	}
	for _, al := range all {
		_, anchor, found := strings.Cut(al.Properties["AlarmDescription"].(string), runbook)
		if !found || !headings[anchor] {
			t.Errorf("%s leads to %q, and there is no such heading", al.id, anchor)
		}
		if al.Properties["AlarmActions"] == nil && !strings.HasPrefix(a.text(al.Properties["AlarmName"]), "canary-") {
			t.Errorf("%s tells nobody", al.id)
		}
	}
}

func TestSynthesisIsReproducible(t *testing.T) {
	a, again := synth(t, "live"), synthesised(t, repository(t), "live").files
	for name, b := range a.files {
		if !bytes.Equal(b, again[name]) {
			t.Errorf("%s differs from one synthesis to the next: %s", name, difference(b, again[name]))
		}
	}
	if len(again) != len(a.files) {
		t.Errorf("%d files, then %d", len(a.files), len(again))
	}
}

// What AWS says of every property, and what cdk-nag thinks good practice: findings that nobody explained are none.
func TestSecondOpinions(t *testing.T) {
	nag, err := filepath.Abs("nag")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(nag, "node_modules")); err != nil {
		t.Skip("cdk-nag is not installed: npm ci --prefix infra/cloud/nag")
	}
	dir := t.TempDir()
	for name, b := range synth(t, "live").files {
		put(t, dir, name, string(b), 0o644)
	}
	cmd := exec.Command("node", filepath.Join(nag, "check.js"), dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	// And it does find things: a property that there is none of, and a bucket for everybody.
	dir = t.TempDir()
	put(t, dir, "open.template.json", `{"Resources":{"Open":{"Type":"AWS::S3::Bucket","Properties":{"BucketNames":7}}}}`, 0o644)
	out, err := exec.Command("node", filepath.Join(nag, "check.js"), dir).CombinedOutput()
	for _, want := range []string{"BucketNames is not known", "AwsSolutions-S10", "explained.json: AwsSolutions-COG8"} {
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("it does not see %q: %s", want, out)
		}
	}
}

// difference is where two texts part.
func difference(a, b []byte) string {
	before, after := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range before {
		if i >= len(after) || before[i] != after[i] {
			return fmt.Sprintf("line %d, %s", i+1, before[i])
		}
	}
	return "at the end"
}

// What the pinned command line makes from cdk.json is what these tests looked at.
func TestTheCommandLineMakesTheSame(t *testing.T) {
	cli, err := filepath.Abs(filepath.Join(root, "node_modules", ".bin", "cdk"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(cli); err != nil {
		t.Skip("the CDK's command line is not installed: npm ci")
	}
	dir := repository(t)
	cmd := exec.Command(cli, "synth", "--quiet", "--app", app, "-c", "stage=live", "--output", "out")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("cdk synth: %v\n%s", err, out)
	}
	byCLI := templates(t, filepath.Join(dir, "out"))
	for name, b := range synth(t, "live").files {
		if strings.HasSuffix(name, ".template.json") && !bytes.Equal(b, byCLI[name]) {
			t.Errorf("%s: the command line makes another", name)
		}
	}
}

func TestAMistakeFailsTheSynthesis(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"stage":             {"stage.yaml", "stages:\n  live:\n    account: 12\n    region: eu-west-1\n    alarms: a@b.example\n", "stage.yaml:3: stages.live.account"},
		"a stage's name":    {"stage.yaml", "stages:\n  test:\n    account: \"111122223333\"\n    region: eu-west-1\n    alarms: a@b.example\n", `has no stage "live"`},
		"alarms":            {"stage.yaml", "stages:\n  live:\n    account: \"111122223333\"\n    region: eu-west-1\n    alarms: oleg@acme.example\n", `stage.yaml:5: stages.live.alarms: "oleg@acme.example" is on a domain that the desk receives`},
		"policy":            {"policy.yaml", "brands: 7\n", "policy.yaml:1"},
		"the CDK's setting": {"cdk.json", "{", "cdk.json"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := repository(t)
			put(t, dir, c.file, c.text, 0o644)
			if _, err := run(t, dir, "live"); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "goroutine") {
				t.Errorf("%v, want %q in it", err, c.want)
			}
		})
	}
}

// What a function's code consists of is the program and the rule book with the calendars that it names, as they are at this synthesis, in a directory outside of the
// repository as in it.
func TestAFunctionHasWhatItsRuleBookNames(t *testing.T) {
	const calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:roof@acme.example\r\nDTSTART;VALUE=DATE:20261204\r\nSUMMARY:Roof\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	dir, own := repository(t), t.TempDir()
	for _, name := range []string{"policy.yaml", "stage.yaml"} {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(own, name)); err != nil {
			t.Fatal(err)
		}
	}
	context := fmt.Sprintf(`{"stage":"live","desk":%q}`, own)
	b, err := os.ReadFile(filepath.Join(own, "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	named := strings.Replace(string(b), "        country: IT\n", "        country: IT\n        files: [holidays/acme-air.ics]\n", 1)
	put(t, own, "policy.yaml", named, 0o644)
	if _, err := runFor(t, dir, context); err == nil || !strings.Contains(err.Error(), "holidays/acme-air.ics") || !strings.Contains(err.Error(), "put it beside the rule book") {
		t.Errorf("a calendar that is missing: %v", err)
	}
	put(t, own, "holidays/acme-air.ics", calendar, 0o644)
	put(t, dir, "dist/relay/holidays/former.ics", calendar, 0o644) // named by the rule book of a former build
	if _, err := runFor(t, dir, context); err != nil {
		t.Fatal(err)
	}
	for _, f := range wiring.Functions() {
		var all []string
		if err := filepath.WalkDir(filepath.Join(dir, "dist", f.Name), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				rel, _ := filepath.Rel(filepath.Join(dir, "dist", f.Name), path)
				all = append(all, rel)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		want := []string{"bootstrap", "holidays/acme-air.ics", "policy.yaml"}
		if f.Name == "reconcile" {
			want = []string{"bootstrap", "holidays/acme-air.ics", "meters.json", "policy.yaml"}
		}
		if !slices.Equal(all, want) {
			t.Errorf("%s has %v, want %v", f.Name, all, want)
		}
		p, problems, err := setup.ReadPolicy(filepath.Join(dir, "dist", f.Name, "policy.yaml")) // as the function does
		if err != nil || len(problems) > 0 {
			t.Fatalf("%s cannot read its rule book: %v %v", f.Name, err, problems)
		}
		for day, open := range map[int]bool{3: true, 4: false} { // a Thursday, and the Friday of the calendar
			if noon := time.Date(2026, 12, day, 11, 0, 0, 0, time.UTC); p.Brands[0].Calendar.Open(noon) != open {
				t.Errorf("%s: on 2026-12-%02d it is open: %v", f.Name, day, !open)
			}
		}
	}
}

func TestAProgramThatLambdaCannotStart(t *testing.T) {
	dir := repository(t)
	put(t, dir, "dist/relay/bootstrap", "", 0o644)
	if err := os.Chmod(filepath.Join(dir, "dist/relay/bootstrap"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := built(filepath.Join(dir, "dist")); err == nil || !strings.Contains(err.Error(), "may not be executed") {
		t.Errorf("%v", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "dist/relay")); err != nil {
		t.Fatal(err)
	}
	if err := built(filepath.Join(dir, "dist")); err == nil || !strings.Contains(err.Error(), "run make build") {
		t.Errorf("%v", err)
	}
}

func TestAStageOfItsOwn(t *testing.T) {
	dir := repository(t)
	put(t, dir, "stage.yaml", `stages:
  own:
    account: "111122223333"
    region: eu-west-1
    alarms: oleg@staff.acme.example
    hook_url: https://hooks.acme.example/pronto
    webhook_url: https://try.acme.example/all
    mail_days: 400
    identities: existing
    traces: false
    domain:
      name: desk.acme.example
      certificate: arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012
`, 0o644)
	a := synthesised(t, dir, "")
	deliver := a.one(t, "AWS::Lambda::Function", "FunctionName", "deliver")
	env := at(deliver.Properties, "Environment", "Variables")
	if at(env, setup.HookURL) != "https://hooks.acme.example/pronto" || at(env, setup.WebhookURL) != "https://try.acme.example/all" || at(env, setup.ConsoleURL) != "https://desk.acme.example" {
		t.Errorf("deliver is given %v", env)
	}
	if at(env, setup.HookAllow) != nil {
		t.Error("in the cloud hooks reach public addresses only")
	}
	if got := uploaders(t, a); got != "PUT from https://desk.acme.example" {
		t.Errorf("the bucket lets pages in: %s", got)
	}
	if len(a.of("AWS::SES::EmailIdentity"))+len(a.of("AWS::Budgets::Budget")) != 0 {
		t.Error("identities or a budget that nobody asked for")
	}
	for _, r := range append(a.of("AWS::Lambda::Function"), a.of("AWS::IAM::Role")...) {
		if b, err := json.Marshal(r.Properties); err != nil || strings.Contains(string(b), "xray:") || strings.Contains(string(b), `"Mode":"Active"`) {
			t.Errorf("%s is traced", r.id)
		}
	}
	if n := len(a.of("AWS::ApiGatewayV2::ApiMapping")); n != 1 {
		t.Errorf("%d names", n)
	}
	for name, only := range map[string]bool{"api": true, "hooks": false} {
		if api := a.one(t, "AWS::ApiGatewayV2::Api", "Name", name); api.Properties["DisableExecuteApiEndpoint"] != only {
			t.Errorf("%s is reached by its own name alone: %v, want %v", name, !only, only)
		}
	}
	kept := map[any]int{}
	for _, rule := range at(a.of("AWS::S3::Bucket")[0].Properties, "LifecycleConfiguration", "Rules").([]any) {
		if at(rule, "ExpirationInDays") != nil {
			kept[at(rule, "Prefix")] = int(number(at(rule, "ExpirationInDays")))
		}
	}
	if want := (map[any]int{"mail/": 400, "custom/": 400, "posts/": 400, "out/": 400, "files/": 400, "uploads/": 400, "exports/": 7}); !maps.Equal(kept, want) { // and nothing of triage/ and forgotten/
		t.Errorf("kept for days: %v, want %v", kept, want)
	}
}

// The dashboard shows metrics that there are, and begins with the question that matters.
func TestTheDashboard(t *testing.T) {
	a := synth(t, "live")
	board := a.of("AWS::CloudWatch::Dashboard")[0]
	var body struct {
		Widgets []struct {
			Type       string
			Y, Height  int
			Properties struct {
				Markdown string
				Metrics  [][]any
				Period   int
				Start    string
			}
		}
	}
	if err := json.Unmarshal([]byte(a.text(board.Properties["DashboardBody"])), &body); err != nil {
		t.Fatal(err)
	}
	if first := body.Widgets[0]; first.Type != "text" || first.Y != 0 || first.Properties.Markdown != "## Are customers waiting?" {
		t.Errorf("it begins with %+v", first)
	}
	source, err := os.ReadFile(filepath.Join(root, "shared", "metric", "metric.go"))
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, w := range body.Widgets {
		for _, m := range w.Properties.Metrics {
			switch m[0] {
			case "Pronto":
				shown[m[1].(string)] = true
				if !strings.Contains(string(source), `= "`+m[1].(string)+`"`) || m[3] != a.stage.Name {
					t.Errorf("nobody writes %v", m)
				}
			case "AWS/SQS":
				a.one(t, "AWS::SQS::Queue", "QueueName", m[3].(string))
			case "AWS/Lambda":
				a.one(t, "AWS::Lambda::Function", "FunctionName", m[3].(string))
			}
		}
	}
	if last := body.Widgets[len(body.Widgets)-1].Properties; last.Metrics[0][1] != metric.CostAMessage || last.Period != 86400 || last.Start != "-P28D" {
		t.Errorf("what a message costs a day is shown as %+v", last)
	}
	if len(shown) != 11 {
		t.Errorf("of the ledger's eleven metrics it shows %v", slices.Sorted(maps.Keys(shown)))
	}
}

// uploaders are the pages that a browser lets into the bucket, and for what.
func uploaders(t *testing.T, a *assembly) string {
	t.Helper()
	rules, _ := at(a.of("AWS::S3::Bucket")[0].Properties, "CorsConfiguration", "CorsRules").([]any)
	var all []string
	for _, r := range rules {
		all = append(all, fmt.Sprintf("%s from %s", strings.Trim(fmt.Sprint(at(r, "AllowedMethods")), "[]"), strings.Trim(fmt.Sprint(at(r, "AllowedOrigins")), "[]")))
		if got, want := fmt.Sprint(at(r, "AllowedHeaders")), fmt.Sprint(wiring.UploadHeaders); got != want {
			t.Errorf("they may send %s, not %s", got, want)
		}
	}
	return strings.Join(all, ", ")
}

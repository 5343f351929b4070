package main

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/rights.txt anew; then read what changed")

const reviewed = "testdata/rights.txt"

// Every right that a function has in the cloud stands in a file that somebody has read. One more, or one less, fails here until it is read again.
func TestRightsAreReviewed(t *testing.T) {
	a := synth(t, "live")
	var lines []string
	for _, r := range a.of("AWS::IAM::Role") {
		name := a.text(r.Properties["RoleName"])
		if r.Properties["ManagedPolicyArns"] != nil {
			t.Errorf("%s has a policy of somebody else's", name)
		}
		if services := at(r.Properties, "AssumeRolePolicyDocument", "Statement").([]any); len(services) != 1 || at(services[0], "Principal", "Service") != takenBy(name) {
			t.Errorf("%s may be taken by %v", name, services)
		}
		for _, p := range r.Properties["Policies"].([]any) {
			for _, s := range at(p, "PolicyDocument", "Statement").([]any) {
				lines = append(lines, rows(t, a, name, s.(map[string]any))...)
			}
		}
	}
	if len(a.of("AWS::IAM::Policy"))+len(a.of("AWS::IAM::ManagedPolicy")) > 0 {
		t.Error("rights are granted outside the roles")
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(reviewed, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(reviewed)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range missing(got, string(want)) {
		t.Errorf("new, and not reviewed: %s", l)
	}
	for _, l := range missing(string(want), got) {
		t.Errorf("reviewed, and gone: %s", l)
	}
	if t.Failed() {
		t.Log("go test ./infra/cloud -run TestRightsAreReviewed -update writes the file; read the difference before you commit it")
	}
}

// takenBy is the service that may take a role: the functions' are Lambda's, the one that shifts traffic is CodeDeploy's.
func takenBy(role string) string {
	if role == "canary" {
		return "codedeploy.amazonaws.com"
	}
	return "lambda.amazonaws.com"
}

// missing are the lines of one text that the other lacks.
func missing(of, from string) (all []string) {
	have := strings.Split(from, "\n")
	for l := range strings.SplitSeq(of, "\n") {
		if !slices.Contains(have, l) {
			all = append(all, l)
		}
	}
	return all
}

// Who wants second opinions lets intake ask for them, and nobody anything else.
func TestSecondOpinionsAreARightOfTheirOwn(t *testing.T) {
	plain, dir := synth(t, "live"), repository(t)
	book, err := os.ReadFile(filepath.Join(dir, "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "policy.yaml", strings.Replace(string(book), "    rota:\n", "    triage: {second_opinion: comprehend}\n    rota:\n", 1), 0o644)
	asks := synthesised(t, dir, "live")
	rights := func(a *assembly) (lines []string) {
		for _, r := range a.of("AWS::IAM::Role") {
			for _, p := range r.Properties["Policies"].([]any) {
				for _, s := range at(p, "PolicyDocument", "Statement").([]any) {
					lines = append(lines, rows(t, a, a.text(r.Properties["RoleName"]), s.(map[string]any))...)
				}
			}
		}
		return lines
	}
	before, now := strings.Join(rights(plain), "\n"), strings.Join(rights(asks), "\n")
	if more := missing(now, before); !slices.Equal(more, []string{"intake may comprehend:DetectSentiment on *"}) || len(missing(before, now)) > 0 {
		t.Errorf("more rights: %q, fewer: %q", more, missing(before, now))
	}
}

// everything names the actions that may be allowed on every resource, with the reason.
var everything = map[string]string{
	"cloudwatch:GetMetricData":   "it knows no resources, and no condition on namespaces: numbers alone, of what AWS counts, and nobody's words",
	"cloudwatch:DescribeAlarms":  "CodeDeploy asks for alarms by name, and AWS's own policy for it names no resource",
	"dynamodb:ListStreams":       "it knows no resources, and Lambda wants it for a stream",
	"xray:PutTelemetryRecords":   "X-Ray knows no resources",
	"xray:PutTraceSegments":      "X-Ray knows no resources",
	"comprehend:DetectSentiment": "Comprehend's model has no ARN",
	"sns:Publish":                "a telephone number has no ARN: it is allowed on all that is no topic and no endpoint",
}

// only are the conditions of a statement.
func only(a *assembly, s map[string]any) string {
	if s["Condition"] == nil {
		return ""
	}
	keys := at(s, "Condition", "ForAllValues:StringEquals", "dynamodb:LeadingKeys")
	return " where the partition is " + strings.Join(a.list(keys), " or ")
}

// rows are a statement's rights, a line for each action and resource.
func rows(t *testing.T, a *assembly, role string, s map[string]any) (lines []string) {
	t.Helper()
	if s["Effect"] != "Allow" || s["NotAction"] != nil || s["Resource"] == nil && s["NotResource"] == nil {
		t.Errorf("%s: %v", role, s)
	}
	for _, action := range a.list(s["Action"]) {
		if strings.Contains(action, "*") {
			t.Errorf("%s may %s: name the actions", role, action)
		}
		on := s["Resource"]
		not := ""
		if on == nil {
			on, not = s["NotResource"], "all but "
		}
		for _, resource := range a.list(on) {
			if (resource == "*" || not != "") && everything[action] == "" {
				t.Errorf("%s may %s on everything, and nobody wrote down why", role, action)
			}
			lines = append(lines, role+" may "+action+" on "+not+resource+only(a, s))
		}
	}
	return lines
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pronto/infra/pronto/cost"
	"pronto/infra/wiring"
	"pronto/shared/meter"
)

// Each count that reconcile asks CloudWatch for is of something that the template has: one that is of nothing would be nothing, and a message look cheap.
func TestWhatIsCountedIsThere(t *testing.T) {
	a, dir := synth(t, "live"), repository(t)
	if _, err := run(t, dir, "live"); err != nil {
		t.Fatal(err)
	}
	s, err := meter.ReadFile(filepath.Join(dir, "dist", "reconcile", "meters.json"))
	if err != nil {
		t.Fatal(err)
	}
	table := a.of("AWS::DynamoDB::GlobalTable")[0]
	for _, m := range s.Asked() {
		for _, d := range m.Dimensions {
			name := a.text(d.Value) // the template is read without the stage's prefix
			if name == d.Value && d.Name != "GlobalSecondaryIndexName" {
				t.Errorf("%s is of no stage", d.Value)
			}
			switch d.Name {
			case "FunctionName":
				a.one(t, "AWS::Lambda::Function", "FunctionName", name)
			case "QueueName":
				a.one(t, "AWS::SQS::Queue", "QueueName", name)
			case "TopicName":
				a.one(t, "AWS::SNS::Topic", "TopicName", name)
			case "TableName":
				a.one(t, "AWS::DynamoDB::GlobalTable", "TableName", name)
			case "GlobalSecondaryIndexName":
				if !strings.Contains(fmt.Sprint(table.Properties["GlobalSecondaryIndexes"]), "IndexName:"+d.Value+" ") {
					t.Errorf("the table has no index %s", d.Value)
				}
			case "LogGroupName":
				a.one(t, "AWS::Logs::LogGroup", "LogGroupName", name)
			default:
				t.Errorf("a count of %v", d)
			}
		}
	}
	// But for the names the sheet is that of the desk on one machine, whose counts a test of reconcile holds against the bill.
	if local := cost.Sheet(func(thing string) string { return thing }, false); len(s.Asked()) != len(local.Asked()) || s.Unseen != local.Unseen {
		t.Errorf("%d counts and %v unseen, on one machine %d and %v", len(s.Asked()), s.Unseen, len(local.Asked()), local.Unseen)
	}
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
	for _, text := range []string{text, a.one(t, "AWS::Logs::QueryDefinition", "Name", "pronto-live/what a message costs").Properties["QueryString"].(string)} {
		if !strings.Contains(string(doc), "```\n"+text+"\n```") {
			t.Errorf("docs/operations.md has another query than the one that is saved:\n%s", text)
		}
	}
}

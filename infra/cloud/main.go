// Command cloud is the CDK app: the desk as stacks of CloudFormation. cdk.json runs it; `make synth` shows what it makes.
//
// It reads as docs/architecture.md does: stacks.go says what there is, and there is one file for each thing that people ask about. What the desk consists of is not
// said here: queues, functions, what wakes them and what they may do are in package wiring, the table is in package store, the environment's names in package setup.
// The desk on one machine is made of the same. What differs between stages is in stage.yaml.
package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"pronto/infra/stage"
	"pronto/infra/wiring"
	"pronto/shared/policy"
	"pronto/shared/rulebook"
)

func main() {
	err := synthesise(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	end()
	if err != nil {
		os.Exit(1)
	}
}

// end ends the CDK's process, after all is said: its library waits for the process twice, and whichever comes second says on the standard error of a good synthesis that it
// ended abnormally.
func end() {
	if nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = nowhere
	}
	jsii.Close()
}

// synthesise reads the repository in dir, and the rule book and the stages in the desk's own directory, and writes the assembly to where the CDK's command line wants it.
// Mistakes are found before the CDK is started.
func synthesise(dir string) error {
	told, err := readContext(os.Getenv("CDK_CONTEXT_JSON"))
	if err != nil {
		return err
	}
	own := cmp.Or(told.Desk, os.Getenv(stage.DeskDir), dir)
	s, err := stage.Read(filepath.Join(own, "stage.yaml"), told.Stage)
	if err != nil {
		return err
	}
	book, p, err := rules(filepath.Join(own, "policy.yaml"))
	if err != nil {
		return err
	}
	if problems := s.Unheard(wiring.Receives(p)); len(problems) > 0 {
		return &stage.Error{Problems: problems}
	}
	dist := filepath.Join(dir, "dist")
	if err := built(dist); err != nil {
		return err
	}
	d := desk{stage: s, policy: p, dist: dist}
	if err := furnish(d, book); err != nil {
		return fmt.Errorf("lay the rule book beside the programs: %w", err)
	}
	app, err := newApp(dir)
	if err != nil {
		return err
	}
	stacks(app, d)
	app.Synth(nil)
	return nil
}

// told is what the command line was told: -c stage=dev -c desk=../mydesk.
type told struct {
	Stage string `json:"stage"`
	Desk  string `json:"desk"` // the directory of policy.yaml and stage.yaml; "": PRONTO_DESK, or else the repository
}

func readContext(context string) (t told, err error) {
	if context == "" {
		return t, nil
	}
	if err := json.Unmarshal([]byte(context), &t); err != nil {
		return t, fmt.Errorf("the context of the CDK's command line: %w", err)
	}
	return t, nil
}

// newApp is an app with the context of cdk.json. The command line hands it over, too, but tests have none: so both synthesise the same.
func newApp(dir string) (awscdk.App, error) {
	b, err := os.ReadFile(filepath.Join(dir, "cdk.json"))
	if err != nil {
		return nil, fmt.Errorf("read the CDK's settings: %w", err)
	}
	var settings struct {
		Context map[string]any `json:"context"`
	}
	if err := json.Unmarshal(b, &settings); err != nil {
		return nil, fmt.Errorf("cdk.json: %w", err)
	}
	return awscdk.NewApp(&awscdk.AppProps{Context: &settings.Context, AnalyticsReporting: jsii.Bool(false), TreeMetadata: jsii.Bool(false)}), nil
}

// rules reads the rule book and the calendars that it names as the functions will: a mistake in it fails here and not there.
func rules(file string) (rulebook.Body, *policy.Policy, error) {
	book, p, problems, err := rulebook.ReadFile(file)
	if err != nil {
		return book, nil, fmt.Errorf("read the rule book: %w", err)
	}
	if len(problems) > 0 {
		return book, nil, &stage.Error{Problems: problems}
	}
	return book, p, nil
}

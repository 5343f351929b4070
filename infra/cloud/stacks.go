package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"pronto/infra/pronto/cost"
	"pronto/infra/stage"
	"pronto/infra/wiring"
	"pronto/shared/policy"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
)

// desk is what the stacks are made from.
type desk struct {
	stage  *stage.Stage
	policy *policy.Policy
	dist   string // where <function>/bootstrap is
}

// stacks makes the desk. Three stacks, so that what holds customers' words is touched seldom and never goes with what is deployed often:
//
//	data      what outlives every deployment: table, mails, secrets, agents' sign-ins, the ledger, sending domains, and the queues of what has arrived and is
//	          not decided yet
//	service   the way of a message: mail in, functions, lanes, APIs
//	watch     alarms, the dashboard, saved queries, the budget
func stacks(app awscdk.App, d desk) {
	data := stack(app, d, "data", "Pronto: what outlives every deployment")
	k := kept{
		table:   table(data, d),
		bucket:  bucket(data, d),
		secrets: secrets(data, d),
		agents:  agents(data, d),
		ledgers: ledgers(data, d),
		queues:  queues{},
	}
	k.topics = arrivals(data, d, k.queues)
	domains(data, d)

	service := stack(app, d, "service", "Pronto: the way of a message")
	service.AddDependency(data, jsii.String("it works on what is there"))
	all := k.queues.clone()
	lanes(service, d, all)
	set := sending(service, d, k.topics)
	apis := newAPIs(service, d, k.agents)
	made := functions(service, d, world{kept: k, queues: all, set: set, apis: apis})
	apis.route(made)
	receiving(service, d, k)
	steps(service, d, apis)

	watch := stack(app, d, "watch", "Pronto: alarms, dashboard, budget")
	watch.AddDependency(service, jsii.String("it looks at what is there"))
	alarms(watch, d, all, made, apis)
	dashboard(watch, d, all, made, apis)
	savedQueries(watch, d)
}

func stack(app awscdk.App, d desk, name, description string) awscdk.Stack {
	return awscdk.NewStack(app, jsii.String(d.stage.Prefix()+"-"+name), &awscdk.StackProps{
		Env:                   &awscdk.Environment{Account: &d.stage.Account, Region: &d.stage.Region},
		Description:           &description,
		TerminationProtection: jsii.Bool(d.stage.Keep && name == "data"),
		Tags:                  &map[string]*string{"pronto:stage": &d.stage.Name},
	})
}

// name is that of something of the stage.
func (d desk) name(thing string) *string { return jsii.String(d.stage.Prefix() + "-" + thing) }

// removal is what becomes of something that cannot be made anew when its stack goes.
func (d desk) removal() awscdk.RemovalPolicy {
	if d.stage.Keep {
		return awscdk.RemovalPolicy_RETAIN
	}
	return awscdk.RemovalPolicy_DESTROY
}

// arn is that of something of this account and region.
func (d desk) arn(service, rest string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", *awscdk.Aws_PARTITION(), service, d.stage.Region, d.stage.Account, rest)
}

// built looks that every function's program is there, before the CDK says so in words of its own.
func built(dist string) error {
	for _, f := range wiring.Functions() {
		info, err := os.Stat(filepath.Join(dist, f.Name, bootstrap))
		if err != nil {
			return fmt.Errorf("%w: run make build", err)
		}
		if info.Mode()&0o111 == 0 {
			return fmt.Errorf("%s/%s/bootstrap may not be executed: Lambda would not start it; run make build", dist, f.Name)
		}
	}
	return nil
}

// bootstrap is what Lambda starts.
const bootstrap = "bootstrap"

// furnish lays the rule book that was read, and the calendars that it names, beside every program, and the sheet of what AWS counts beside those that want it, and takes away
// what else lies there: a function's code is its program and what this synthesis was made of.
func furnish(d desk, book rulebook.Body) error {
	for _, f := range wiring.Functions() {
		dir := filepath.Join(d.dist, f.Name)
		if err := bare(dir); err != nil {
			return err
		}
		if err := lay(dir, filepath.Base(rulesAt), book.Policy); err != nil {
			return err
		}
		for name, text := range book.Files {
			if slices.Contains([]string{bootstrap, filepath.Base(rulesAt), filepath.Base(metersAt)}, name) {
				return fmt.Errorf("a calendar is named %s, as a part of a function is: name it otherwise", name)
			}
			if err := lay(dir, name, text); err != nil {
				return err
			}
		}
		if !slices.Contains(f.Env, setup.Meters) {
			continue
		}
		sheet, err := json.Marshal(cost.Sheet(d.counted, d.policy.SecondOpinions()))
		if err != nil {
			return err
		}
		if err := lay(dir, filepath.Base(metersAt), string(sheet)); err != nil {
			return err
		}
	}
	return nil
}

// bare leaves a program alone in its directory.
func bare(dir string) error {
	beside, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, x := range beside {
		if x.Name() == bootstrap {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, x.Name())); err != nil {
			return err
		}
	}
	return nil
}

// counted is what something of the wiring is called in CloudWatch's counts.
func (d desk) counted(thing string) string {
	if thing == wiring.Table {
		return *d.name("desk")
	}
	return *d.name(strings.TrimPrefix(thing, wiring.Table+"-"))
}

// lay writes a file below a directory; no name leads out of it.
func lay(dir, name, text string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return root.WriteFile(name, []byte(text), 0o644)
}

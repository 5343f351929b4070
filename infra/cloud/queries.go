package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"pronto/infra/wiring"
)

// followed finds all that happened to one message, from its arrival to the answer, whichever functions it passed through. docs/operations.md has it, too.
const followed = `fields @timestamp, msg, event, kind, state, coalesce(why, why.0) as because, conversation, effect, xray, @log
| filter trace like "ID-OF-THE-MESSAGE"
| sort @timestamp asc
| limit 1000`

// failing finds what went wrong anywhere.
const failing = `fields @timestamp, msg, error, conversation, effect, trace, xray, @log
| filter level = "ERROR"
| sort @timestamp desc
| limit 1000`

// costing shows what a message cost on each day, and of what that is made. docs/operations.md has it, too.
const costing = `filter msg = "cost"
| stats latest(messages) as n, latest(a_message) as usd_a_million, latest(parts.table) as table, latest(parts.functions) as functions, latest(parts.queues) as queues, latest(parts.topics) as topics, latest(parts.ledger) as ledger, latest(parts.api) as api, latest(parts.unseen) as unseen, latest(why) as because by day
| sort day desc
| limit 100`

// savedQueries are questions to all ledgers at once that nobody should have to type in a hurry. They cost nothing until they are asked.
func savedQueries(scope constructs.Construct, d desk) {
	var logs []any
	for _, f := range wiring.Functions() {
		logs = append(logs, "/aws/lambda/"+*d.name(f.Name))
	}
	for _, q := range []struct{ id, name, text string }{{"QueryFollow", "follow a message", followed}, {"QueryErrors", "what went wrong", failing}, {"QueryCost", "what a message costs", costing}} {
		awslogs.NewCfnQueryDefinition(scope, jsii.String(q.id), &awslogs.CfnQueryDefinitionProps{
			Name: jsii.String(d.stage.Prefix() + "/" + q.name), LogGroupNames: &logs, QueryString: jsii.String(q.text),
		})
	}
}

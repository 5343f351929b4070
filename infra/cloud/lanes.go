package main

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"pronto/infra/wiring"
)

// entry is a queue with what the wiring says of it; of a dead-letter queue that is its name only.
type entry struct {
	awssqs.Queue
	wiring wiring.Queue
	dead   bool
}

// queues are all queues by the wiring's names.
type queues map[string]entry

func (q queues) clone() queues { return maps.Clone(q) }

// lanes are the queues between the table and what acts. What is lost in one is found again in the table, so they go with their stack.
func lanes(scope constructs.Construct, d desk, q queues) {
	for _, w := range wiring.Queues() {
		if _, made := q[w.Name]; !made {
			q.add(scope, d, w, awscdk.RemovalPolicy_DESTROY)
		}
	}
}

// add makes a queue with its dead-letter queue.
func (q queues) add(scope constructs.Construct, d desk, w wiring.Queue, remove awscdk.RemovalPolicy) {
	name := wiring.Dead(w.Name)
	if _, shared := q[name]; !shared {
		q.addDead(scope, d, name, remove)
	}
	q[w.Name] = entry{wiring: w, Queue: awssqs.NewQueue(scope, jsii.String("Queue"+title(w.Name)), &awssqs.QueueProps{
		QueueName:         d.name(w.Name),
		DeliveryDelay:     awscdk.Duration_Seconds(jsii.Number(w.Delay.Seconds())),
		VisibilityTimeout: awscdk.Duration_Seconds(jsii.Number(w.Timeout.Seconds())),
		RetentionPeriod:   awscdk.Duration_Seconds(jsii.Number(wiring.Retention.Seconds())),
		DeadLetterQueue:   &awssqs.DeadLetterQueue{Queue: q[name].Queue, MaxReceiveCount: jsii.Number(w.Receives)},
		Encryption:        awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		RemovalPolicy:     remove,
	})}
}

// addDead makes the queue of what could not be handled of one queue or of several, or of what wakes functions otherwise.
func (q queues) addDead(scope constructs.Construct, d desk, name string, remove awscdk.RemovalPolicy) {
	dead := awssqs.NewQueue(scope, jsii.String("Queue"+title(name)), &awssqs.QueueProps{
		QueueName:       d.name(name),
		RetentionPeriod: awscdk.Duration_Seconds(jsii.Number(wiring.Retention.Seconds())),
		Encryption:      awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:      jsii.Bool(true),
		RemovalPolicy:   remove,
	})
	q[name] = entry{Queue: dead, wiring: wiring.Queue{Name: name}, dead: true}
}

// sorted are a map's keys in order: a template must not differ from one synthesis to the next.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

package cost

import (
	"slices"
	"strings"
	"time"

	"pronto/infra/wiring"
	"pronto/shared/store"
)

// What a message costs while the desk runs is read off what AWS counts by itself and shows for nothing, at the prices of the bill: no metric of our own, which would be paid
// for. It is the bill's group Work, counted as the bill counts it, so that the two can be laid over each other.

// Meter is a count of AWS's, as CloudWatch has it.
type Meter struct {
	Namespace string
	Metric    string
	Dimension string // what it is of: the dimension's name, and the thing's in the wiring
	Thing     string
	Index     string  // of the table's, "" for itself
	USD       float64 // for each unit
	Rest      float64 // units a second that the desk counts there at rest, and no message has caused
}

// Part is a share of what messages cost.
type Part struct {
	ID     string // of its expression in CloudWatch
	Name   string
	Meters []Meter
}

// The table as a Meter names it.
const table = "desk"

// busied are the functions whose work the bill counts by message; the others run by the clock, and are there even if nobody writes.
var busied = []string{"intake", "outcome", "relay", "express", "deliver", "receive", "console"}

// apart are the queues that do not carry messages: orders to poll, and customers' demands.
var apart = []string{wiring.Accounts, wiring.Demands}

// Running are all parts.
func Running() []Part {
	return []Part{
		{ID: "table", Name: "table", Meters: ofTable()},
		{ID: "functions", Name: "functions", Meters: ofFunctions()},
		{ID: "queues", Name: "queues", Meters: ofQueues()},
		{ID: "topics", Name: "topics", Meters: ofTopics()},
		{ID: "ledger", Name: "ledger", Meters: ofLogs()},
		{ID: "api", Name: "API", Meters: ofAPIs()},
	}
}

// The HTTP APIs as a Meter names them.
const (
	DeskAPI  = "api"
	HooksAPI = "hooks"
)

func ofAPIs() (all []Meter) {
	for _, name := range []string{DeskAPI, HooksAPI} {
		all = append(all, Meter{Namespace: "AWS/ApiGateway", Metric: "Count", Dimension: "ApiId", Thing: name, USD: httpRequest.USD})
	}
	return all
}

func ofTable() (all []Meter) {
	indexes := []string{""}
	for _, i := range store.TheSchema().Indexes {
		indexes = append(indexes, i.Name)
	}
	for _, index := range indexes {
		writes := Meter{Namespace: "AWS/DynamoDB", Metric: "ConsumedWriteCapacityUnits", Dimension: "TableName", Thing: table, Index: index, USD: writeUnit.USD}
		reads := writes
		reads.Metric, reads.USD = "ConsumedReadCapacityUnits", readUnit.USD
		if index == "" {
			reads.Rest = resting() / month.Seconds()
		}
		all = append(all, writes, reads)
	}
	return all
}

func ofFunctions() (all []Meter) {
	for _, name := range busied {
		// Duration is in milliseconds.
		all = append(all,
			invoked(name, lambdaRequest),
			Meter{Namespace: "AWS/Lambda", Metric: "Duration", Dimension: "FunctionName", Thing: name, USD: memory(name) / 1000 * lambdaTime.USD})
	}
	return all
}

func invoked(function string, p Price) Meter {
	return Meter{Namespace: "AWS/Lambda", Metric: "Invocations", Dimension: "FunctionName", Thing: function, USD: p.USD}
}

// memory of a function in GB.
func memory(function string) float64 {
	for _, f := range wiring.Functions() {
		if f.Name == function {
			return float64(f.Memory) / 1024
		}
	}
	return 0
}

// ofQueues counts a call for each message sent, received and deleted, as if none shared one; but for SES's events, of which a batch is deleted at once.
func ofQueues() (all []Meter) {
	for _, q := range wiring.Queues() {
		if slices.Contains(apart, q.Name) {
			continue
		}
		of := func(metric string) Meter {
			return Meter{Namespace: "AWS/SQS", Metric: metric, Dimension: "QueueName", Thing: q.Name, USD: sqsCall.USD}
		}
		deleted := of("NumberOfMessagesDeleted")
		if q.Name == wiring.Outcomes {
			deleted = invoked("outcome", sqsCall)
		}
		all = append(all, of("NumberOfMessagesSent"), of("NumberOfMessagesReceived"), deleted)
	}
	return all
}

func ofTopics() (all []Meter) {
	for _, t := range wiring.Topics() {
		all = append(all, Meter{Namespace: "AWS/SNS", Metric: "NumberOfMessagesPublished", Dimension: "TopicName", Thing: strings.TrimPrefix(t.Name, wiring.Table+"-"), USD: snsPublish.USD})
	}
	return all
}

func ofLogs() (all []Meter) {
	for _, name := range busied {
		all = append(all, Meter{Namespace: "AWS/Logs", Metric: "IncomingBytes", Dimension: "LogGroupName", Thing: name, USD: logGB.USD / (1 << 30)})
	}
	return all
}

// resting is how many units a month the table reads at rest.
func resting() (units float64) {
	for _, i := range idle(Volumes{}) {
		if i.Price == readUnit {
			units += i.Amount
		}
	}
	return units
}

// Unseen is what a million messages cost that no count of AWS's shows without being paid for: the bucket's, and another judge's.
func Unseen(second bool) (usd float64) {
	for _, i := range Bill(Volumes{Mails: million, Second: second}, Usual) {
		if i.Group == Work && i.unseen() {
			usd += i.USD()
		}
	}
	return usd
}

func (i Item) unseen() bool { return i.Price == s3Put || i.Price == s3Get || i.Price == sentiment }

const million = 1_000_000

// Expected is what a million mails cost for what is done, as Write tells it: alone, and with agents' answers and requests of theirs in the proportions of docs/cost.md, but
// for what nothing counts of these.
func Expected(second bool) (alone, answered float64) {
	of := func(v Volumes) float64 {
		v.Mails, v.Second = million, second
		usd := Unseen(second)
		for _, i := range Bill(v, Usual) {
			if i.Group == Work && !i.unseen() {
				usd += i.USD()
			}
		}
		return usd
	}
	return of(Volumes{}), of(Volumes{Answers: 6 * million / 10, Requests: 4 * million})
}

// Usual is what Measure finds in this version: a stack is the same whoever makes it, so nothing is measured for it. A test holds it against what is measured.
var Usual = Measured{
	Mail:   Counts{Writes: 31.375, Reads: 6.1875, SQS: 1, S3Gets: 1, Mails: 1},
	Answer: Counts{Writes: 58, Reads: 28.0625, SQS: 1, S3Puts: 4, S3Gets: 1, Mails: 1},
}

// Takes is how long an invocation of a function is taken to take.
func Takes(function string) time.Duration { return took[function] }

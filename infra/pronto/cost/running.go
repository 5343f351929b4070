package cost

import (
	"slices"
	"time"

	"pronto/infra/wiring"
	"pronto/shared/meter"
	"pronto/shared/store"
)

// What a message costs while the desk runs is read off what AWS counts by itself, once a day, at the prices of the bill (package meter). It is the bill's group Work,
// counted as the bill counts it, so that the two can be laid over each other.

// named says what a table, queue, topic or function of the wiring is called where the desk runs.
type named func(thing string) string

// Sheet is what reconcile is given: all counts with their prices.
func Sheet(name func(thing string) string, second bool) meter.Sheet {
	return meter.Sheet{Unseen: Unseen(second) / million, Parts: named(name).parts()}
}

func (n named) parts() []meter.Part {
	return []meter.Part{
		{Name: "table", Meters: n.table()},
		{Name: "functions", Meters: n.functions()},
		{Name: "queues", Meters: n.queues()},
		{Name: "topics", Meters: n.topics()},
		{Name: "ledger", Meters: n.logs()},
		{Name: "api", Meters: n.api()},
	}
}

// metered is for how many counts CloudWatch is asked at once.
func metered() int {
	return len(meter.Sheet{Parts: named(func(thing string) string { return thing }).parts()}.Asked())
}

// busied are the functions whose work the bill counts by message; the others run by the clock, and are there even if nobody writes.
var busied = []string{"intake", "outcome", "relay", "express", "deliver", "receive", "console"}

// apart are the queues that do not carry messages: orders to poll, and customers' demands.
var apart = []string{wiring.Accounts, wiring.Demands}

func (n named) table() (all []meter.Meter) {
	indexes := []string{""}
	for _, i := range store.TheSchema().Indexes {
		indexes = append(indexes, i.Name)
	}
	for _, index := range indexes {
		of := meter.Of("TableName", n(wiring.Table))
		if index != "" {
			of = meter.Of("TableName", n(wiring.Table), "GlobalSecondaryIndexName", index)
		}
		writes := meter.Meter{Namespace: "AWS/DynamoDB", Metric: "ConsumedWriteCapacityUnits", Dimensions: of, USD: writeUnit.USD}
		reads := meter.Meter{Namespace: "AWS/DynamoDB", Metric: "ConsumedReadCapacityUnits", Dimensions: of, USD: readUnit.USD}
		if index == "" {
			reads.Rest = resting() / month.Seconds()
		}
		all = append(all, writes, reads)
	}
	return all
}

func (n named) functions() (all []meter.Meter) {
	for _, f := range busied {
		time := n.invoked(f, lambdaTime)
		time.Metric, time.USD = "Duration", memory(f)/1000*lambdaTime.USD // it is in milliseconds
		all = append(all, n.invoked(f, lambdaRequest), time)
	}
	return all
}

func (n named) invoked(function string, p Price) meter.Meter {
	return meter.Meter{Namespace: "AWS/Lambda", Metric: "Invocations", Dimensions: meter.Of("FunctionName", n(function)), USD: p.USD}
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

// queues counts a call for each message sent, received and deleted, as if none shared one; but for SES's events, of which a batch is deleted at once.
func (n named) queues() (all []meter.Meter) {
	for _, q := range wiring.Queues() {
		if slices.Contains(apart, q.Name) {
			continue
		}
		of := func(metric string) meter.Meter {
			return meter.Meter{Namespace: "AWS/SQS", Metric: metric, Dimensions: meter.Of("QueueName", n(q.Name)), USD: sqsCall.USD}
		}
		deleted := of("NumberOfMessagesDeleted")
		if q.Name == wiring.Outcomes {
			deleted = n.invoked("outcome", sqsCall)
		}
		all = append(all, of("NumberOfMessagesSent"), of("NumberOfMessagesReceived"), deleted)
	}
	return all
}

func (n named) topics() (all []meter.Meter) {
	for _, t := range wiring.Topics() {
		all = append(all, meter.Meter{Namespace: "AWS/SNS", Metric: "NumberOfMessagesPublished", Dimensions: meter.Of("TopicName", n(t.Name)), USD: snsPublish.USD})
	}
	return all
}

func (n named) logs() (all []meter.Meter) {
	for _, f := range busied {
		all = append(all, meter.Meter{Namespace: "AWS/Logs", Metric: "IncomingBytes", Dimensions: meter.Of("LogGroupName", "/aws/lambda/"+n(f)), USD: logGB.USD / (1 << 30)})
	}
	return all
}

// api counts a request where a function is invoked for it: by that, no count has to know the ids of APIs, which are made when the stack is.
func (n named) api() (all []meter.Meter) {
	for _, f := range wiring.Functions() {
		if slices.ContainsFunc(f.Sources, func(s wiring.Source) bool { return len(s.HTTP) > 0 }) {
			all = append(all, n.invoked(f.Name, httpRequest))
		}
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

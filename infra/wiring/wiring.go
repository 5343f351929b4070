// Package wiring says, as data, what the desk is made of in AWS: queues, functions and what wakes them. The stack and the local AWS are both built from it,
// so what runs on one machine is what is deployed. The table's definition is store.TheSchema; the environment's names are in package setup.
package wiring

import (
	"slices"
	"strings"
	"time"

	"pronto/shared/policy"
	"pronto/shared/setup"
)

// Queue is a standard SQS queue with its dead-letter queue.
type Queue struct {
	Name     string
	Env      string        // the variable that carries its URL to the functions, "" when none needs it
	Delay    time.Duration // of every message
	Timeout  time.Duration // visibility: six times the function's, as AWS advises
	Receives int           // before a message goes to the dead-letter queue
	DeadEnv  string        // the variable that carries the dead-letter queue's URL, "" when none needs it
}

// Retention of messages, also in dead-letter queues.
const Retention = 14 * 24 * time.Hour

// Queue names.
const (
	Intake   = "intake"   // SES's notices of arrival
	Outcomes = "outcomes" // SES's events about mail that left
	Priority = "priority"
	Page     = "page"
	Email    = "email"
	Custom   = "custom"
	Bluesky  = "bluesky"
	Mastodon = "mastodon"
	Webhook  = "webhook"  // what brands' own systems are told
	Wake     = "wake"     // conversations' clocks, armed as delayed messages
	Accounts = "accounts" // accounts to be polled, four times a minute as delayed messages, and whenever one is pushed to
	Demands  = "demands"  // what customers demand of what is kept about them
)

// Dead-letter queues that several share. What is moved back out of one goes to the queue that it came from.
const (
	LanesDead  = "lanes-dead"  // of all that deliver reads
	RoundsDead = "rounds-dead" // of the stream and of schedules, which no queue brings: the next round has done their work
)

// Dead is the name of a queue's dead-letter queue.
func Dead(queue string) string {
	switch queue {
	case Priority, Page, Email, Custom, Bluesky, Mastodon, Webhook:
		return LanesDead
	}
	return queue + "-dead"
}

// Queues are all queues but the dead-letter ones.
func Queues() []Queue {
	return []Queue{
		{Name: Intake, Env: setup.IntakeQueue, DeadEnv: setup.IntakeDead, Timeout: 6 * intakeTimeout, Receives: maxReceives},
		// Events wait until the sender has recorded what it sent itself: then a batch of them costs one read.
		{Name: Outcomes, Delay: 15 * time.Second, Timeout: 6*outcomeTimeout + gathered, Receives: 10},
		{Name: Priority, Env: setup.LanePriority, Timeout: 6 * deliverTimeout, Receives: 10},
		{Name: Page, Env: setup.LanePage, Timeout: 6 * deliverTimeout, Receives: 10},
		{Name: Email, Env: setup.LaneEmail, Timeout: 6 * deliverTimeout, Receives: 10},
		{Name: Custom, Env: setup.LaneCustom, Timeout: 6 * deliverTimeout, Receives: 10},
		{Name: Bluesky, Env: setup.LaneBluesky, Timeout: 6 * deliverTimeout, Receives: 10},
		{Name: Mastodon, Env: setup.LaneMastodon, Timeout: 6 * deliverTimeout, Receives: 10},
		{Name: Webhook, Env: setup.LaneWebhook, Timeout: 6 * deliverTimeout, Receives: 10},
		{Name: Wake, Env: setup.LaneWake, Timeout: 6 * timerTimeout, Receives: 10},
		{Name: Demands, Env: setup.DemandQueue, Timeout: 6 * forgetTimeout, Receives: 10},
		{Name: Accounts, Env: setup.AccountsQueue, Timeout: 6 * listenTimeout, Receives: 3},
	}
}

// maxReceives is SQS's own limit: intake fails only while something that it needs is away, and a day of that must not need a hand afterwards.
const maxReceives = 1000

// gathered is how long SES's events are gathered before a function is woken for them: nobody waits for one, and each invocation, with its trace, is paid for. With the
// delay of the queue it stays well under the two minutes (store.Patience) for which a sender that died is waited for.
const gathered = 40 * time.Second

const (
	intakeTimeout  = 15 * time.Second
	outcomeTimeout = 15 * time.Second
	deliverTimeout = 10 * time.Second
	timerTimeout   = 50 * time.Second
	pollTimeout    = 50 * time.Second
	forgetTimeout  = 15 * time.Minute
	listenTimeout  = 15 * time.Second
)

// Source is what wakes a function: exactly one of its fields is set, beside First.
type Source struct {
	Queue  *QueueSource
	Stream *StreamSource
	Every  time.Duration // a schedule
	HTTP   []string      // routes of an HTTP API, as "GET /path" or "ANY /path/{proxy+}"
	First  bool          // it cannot wait: on one machine, where all share the processors, the other queues and streams make way for it
}

// QueueSource wakes by an SQS queue, with partial batch failures.
type QueueSource struct {
	Name        string
	Batch       int
	Window      time.Duration // how long to gather a batch
	Concurrency int           // at most so many at once
}

// StreamSource wakes by the table's stream: in order, from the start, bisecting a batch that fails.
type StreamSource struct {
	Batch  int
	Filter string // event filter pattern
}

// The filters of the stream's two readers, which is as many as a shard has: turns that order something that cannot wait (store.Hurry) are express's, all others
// relay's, so that a burst of praise delays no complaint.
const (
	hurried = `{"eventName":["INSERT"],"dynamodb":{"Keys":{"SK":{"S":[{"prefix":"T#"}]}},"NewImage":{"hurry":{"S":[{"exists":true}]}}}}`
	calm    = `{"eventName":["INSERT"],"dynamodb":{"Keys":{"SK":{"S":[{"prefix":"T#"}]}},"NewImage":{"hurry":{"S":[{"exists":false}]}}}}`
)

// Function is one Lambda.
type Function struct {
	Name    string
	Timeout time.Duration
	Memory  int      // MB
	Env     []string // what it needs
	May     []string // what it reads when it is set
	Sources []Source
}

// lanes are the variables of everything that lane.Lanes puts on.
func lanes() []string {
	return []string{setup.LanePriority, setup.LanePage, setup.LaneEmail, setup.LaneCustom, setup.LaneBluesky, setup.LaneMastodon, setup.LaneWebhook, setup.LaneWake}
}

// Functions are all functions of the desk.
func Functions() []Function {
	all := functions()
	for i := range all {
		all[i].May = append(all[i].May, setup.Metrics)
	}
	return all
}

func functions() []Function {
	return []Function{
		{
			Name: "intake", Timeout: intakeTimeout, Memory: 1769, Env: []string{setup.Table, setup.Bucket, setup.Secret, setup.Policy},
			Sources: []Source{
				{Queue: &QueueSource{Name: Intake, Batch: 10, Concurrency: 50}},
			},
		},
		{
			Name: "outcome", Timeout: outcomeTimeout, Memory: 256, Env: []string{setup.Table, setup.Bucket, setup.Secret, setup.Policy},
			Sources: []Source{{Queue: &QueueSource{Name: Outcomes, Batch: 100, Window: gathered, Concurrency: 5}}},
		},
		{
			Name: "relay", Timeout: 10 * time.Second, Memory: 256, Env: append(lanes(), setup.Table),
			Sources: []Source{{Stream: &StreamSource{Batch: 100, Filter: calm}}},
		},
		{
			Name: "express", Timeout: 10 * time.Second, Memory: 256, Env: append(lanes(), setup.Table),
			Sources: []Source{{Stream: &StreamSource{Batch: 100, Filter: hurried}, First: true}},
		},
		{
			Name: "deliver", Timeout: deliverTimeout, Memory: 256,
			Env: []string{setup.Table, setup.Bucket, setup.Secret, setup.Policy, setup.ConfigurationSet, setup.HookSecrets, setup.AccountSecrets, setup.ConsoleURL},
			May: []string{setup.HookURL, setup.WebhookURL, setup.HookAllow},
			Sources: []Source{
				{Queue: &QueueSource{Name: Priority, Batch: 1, Concurrency: 20}, First: true},
				{Queue: &QueueSource{Name: Page, Batch: 1, Concurrency: 5}, First: true},
				{Queue: &QueueSource{Name: Email, Batch: 10, Concurrency: 10}},
				{Queue: &QueueSource{Name: Custom, Batch: 1, Concurrency: 10}}, // a post may take most of the function's time
				{Queue: &QueueSource{Name: Bluesky, Batch: 1, Concurrency: 10}},
				{Queue: &QueueSource{Name: Mastodon, Batch: 1, Concurrency: 10}},
				{Queue: &QueueSource{Name: Webhook, Batch: 1, Concurrency: 5}},
			},
		},
		{
			Name: "timer", Timeout: timerTimeout, Memory: 256, Env: append(lanes(), setup.Table, setup.Bucket, setup.Secret, setup.Policy),
			Sources: []Source{{Every: time.Minute}, {Queue: &QueueSource{Name: Wake, Batch: 1, Concurrency: 20}, First: true}},
		},
		{
			Name: "receive", Timeout: 10 * time.Second, Memory: 256,
			Env:     []string{setup.Table, setup.Bucket, setup.Secret, setup.Policy, setup.HookSecrets, setup.AccountSecrets, setup.IntakeQueue, setup.AccountsQueue, setup.ReceiveURL},
			May:     []string{setup.HookAllow},
			Sources: []Source{{HTTP: []string{"POST /hooks/custom", "POST /hooks/{channel}/{push}"}}},
		},
		{
			Name: "console", Timeout: 10 * time.Second, Memory: 512,
			Env: []string{
				setup.Table, setup.Bucket, setup.Secret, setup.Policy, setup.IntakeQueue, setup.IntakeDead, setup.DemandQueue, setup.LanePage, setup.LaneWake, setup.ConsoleURL,
				setup.OIDCIssuer, setup.OIDCClient,
			},
			May: []string{setup.HookAllow},
			// The authorizer stands before /api alone: pages have a session, and who was paged or is asked how we did a link.
			Sources: []Source{{HTTP: []string{"ANY /api/v1/{proxy+}", "ANY /page/{token}", "ANY /survey/{token}", "GET /oncall/{token}", "GET /", "GET /console", "ANY /console/{proxy+}", "GET /mail/{proxy+}"}}},
		},
		{
			Name: "poll", Timeout: pollTimeout, Memory: 1024, // three of the largest mails
			Env:     []string{setup.Table, setup.Bucket, setup.Secret, setup.Policy, setup.IntakeQueue, setup.AccountsQueue, setup.MailboxSecrets},
			Sources: []Source{{Every: time.Minute}},
		},
		{
			Name: "listen", Timeout: listenTimeout, Memory: 256,
			Env:     []string{setup.Table, setup.Bucket, setup.Secret, setup.Policy, setup.IntakeQueue, setup.AccountSecrets, setup.ReceiveURL},
			May:     []string{setup.HookAllow},
			Sources: []Source{{Queue: &QueueSource{Name: Accounts, Batch: 1, Concurrency: 10}, First: true}}, // who mentions us waits for it
		},
		{
			Name: "reconcile", Timeout: 15 * time.Minute, Memory: 512, Env: []string{setup.Table, setup.Bucket, setup.Secret, setup.Policy, setup.IntakeQueue, setup.IntakeDead, setup.Meters},
			Sources: []Source{{Every: time.Hour}},
		},
		{
			Name: "learn", Timeout: 15 * time.Minute, Memory: 1769, Env: []string{setup.Table, setup.Bucket, setup.Policy},
			Sources: []Source{{Every: 12 * time.Hour}}, // an alarm looks two rounds back, and CloudWatch no further than a day
		},
		{
			Name: "forget", Timeout: forgetTimeout, Memory: 1024, Env: []string{setup.Table, setup.Bucket, setup.Secret, setup.Policy},
			Sources: []Source{{Every: 12 * time.Hour}, {Queue: &QueueSource{Name: Demands, Batch: 1, Concurrency: 2}}},
		},
	}
}

// Room is how many functions run at once when all queues are full, and how many of these are what cannot wait: what is First, and whom HTTP brings. A stream, a schedule
// and what HTTP brings count as one each, for no more are needed to be there at all.
func Room() (all, urgent int) {
	for _, f := range Functions() {
		for _, s := range f.Sources {
			n := 1
			if s.Queue != nil {
				n = s.Queue.Concurrency
			}
			all += n
			if s.First || s.HTTP != nil {
				urgent += n
			}
		}
	}
	return all, urgent
}

// Names of what there is one of.
const (
	Table            = "pronto"
	Bucket           = "pronto-mail"
	Secret           = "pronto/desk"
	HookSecrets      = "pronto/hooks"
	MailboxSecrets   = "pronto/mailboxes"
	AccountSecrets   = "pronto/accounts"
	ConfigurationSet = "pronto"
	ArrivalTopic     = "pronto-arrivals"   // SES's receipt rule → Intake, raw delivery
	OutcomeTopic     = "pronto-outcomes"   // the configuration set's events → Outcomes, raw delivery
	MailPrefix       = setup.MailPrefix    // of raw mails in the bucket
	PolicyPrefix     = setup.PolicyPrefix  // of versions of the rule book
	CustomPrefix     = setup.CustomPrefix  // of mentions as they were posted
	PostsPrefix      = setup.PostsPrefix   // of mentions as networks gave them
	WordsPrefix      = setup.WordsPrefix   // of agents' words
	TriagePrefix     = setup.TriagePrefix  // of what labels have taught
	FilesPrefix      = setup.FilesPrefix   // of attachments that agents have asked for
	UploadsPrefix    = setup.UploadsPrefix // of attachments to agents' answers
	ExportsPrefix    = setup.ExportsPrefix // of copies of what is kept about a contact
	TombPrefix       = setup.TombPrefix    // of who was forgotten
)

// UploadHeaders are what a page of the console sends to the bucket with an upload, besides its length: the bucket's rules for browsers name them.
var UploadHeaders = []string{"content-type", "x-amz-checksum-sha256", "x-amz-meta-name"}

// Topic is an SNS topic whose messages go, bare, to one queue. What SNS cannot hand over goes to the queue's dead-letter queue.
type Topic struct{ Name, Queue string }

// Topics are all topics: what comes from outside comes by them.
func Topics() []Topic { return []Topic{{ArrivalTopic, Intake}, {OutcomeTopic, Outcomes}} }

// Receives are the domains whose mail the receipt rule takes, whatever stands before the @: what nobody has is held, not refused.
func Receives(p *policy.Policy) []string {
	var all []string
	for _, b := range p.Brands {
		all = append(append(all, b.Domains...), b.ReplyDomain)
		for _, address := range b.Addresses {
			all = append(all, domain(address))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// SendsFrom are the domains that brands send from.
func SendsFrom(p *policy.Policy) []string {
	var all []string
	for _, b := range p.Brands {
		all = append(all, domain(b.From.Addr))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Identities are the domains that SES must know: all that mail is sent from or taken for, but none that lies below another of them, since it is verified with that one.
func Identities(p *policy.Policy) []string {
	all := slices.Concat(SendsFrom(p), Receives(p))
	slices.Sort(all)
	all = slices.Compact(all)
	return slices.DeleteFunc(slices.Clone(all), func(domain string) bool {
		return slices.ContainsFunc(all, func(other string) bool { return strings.HasSuffix(domain, "."+other) })
	})
}

func domain(address string) string {
	_, d, _ := strings.Cut(address, "@")
	return d
}

// OutcomeEvents are the events of SES that come back.
func OutcomeEvents() []string {
	return []string{"SEND", "REJECT", "DELIVERY", "DELIVERY_DELAY", "BOUNCE", "COMPLAINT"}
}

// Package cost computes what a month costs: AWS's prices (prices.go) times how often things happen. How often a message makes the desk write, read, send and store is
// measured on the desk of this machine, whose meter counts as AWS bills; how long a function runs and how much it logs cannot be, and stands below as an assumption.
//
// It is the dearest way: no two messages share a call, a batch or an invocation, as they do when they come close together, but for SES's events, which are gathered on
// purpose; no free tier; no discounts.
package cost

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"pronto/infra/wiring"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
)

// Volumes are a month's.
type Volumes struct {
	Mails    int  // messages that come in, each opening a conversation and getting a receipt
	Answers  int  // agents' answers, each with what belongs to one: the conversation is taken before and resolved after
	Requests int  // of consoles and programs to the HTTP API
	KB       int  // of a mail, on average
	Accounts int  // of brands at networks, each polled four times a minute
	Traces   bool // X-Ray, as stage.yaml says
	Second   bool // second opinions, as the rule book says
}

// Item is a line of the bill.
type Item struct {
	Group  Group
	Name   string
	Amount float64
	Price  Price
}

// USD is what the item costs.
func (i Item) USD() float64 { return i.Amount * i.Price.USD }

// Group is what an item belongs to.
type Group string

const (
	Idle   Group = "there, even if nobody writes"
	Busy   Group = "there, as soon as somebody does"
	Work   Group = "for what is done"
	Traces Group = "for X-Ray, if traces are on"
	SES    Group = "SES"
	Stored Group = "for what is kept, by the end of the first month"
)

// Groups in the order of the bill.
var Groups = []Group{Idle, Busy, Work, Traces, SES, Stored}

// What is not measured: assumptions, until an account shows better ones.
const (
	month       = 730 * time.Hour
	pollers     = 5                // Lambda's for each queue, at rest
	longPoll    = 20 * time.Second // of each
	lineKB      = 0.6              // of the ledger, with its metric
	rowKB       = 6.0              // of a conversation with its message, turn, effect, key and contact, indexes included
	sampled     = 0.05             // of invocations beyond one a second and function are traced: Lambda's own rule, which nobody can change
	doubted     = 0.15             // of the messages have a mood that triage is not sure of: measured on 600 messages to airlines, with the margin of the default
	doubtUnits  = 6                // of 100 characters, of one of them
	activeWatch = 22               // metrics of the ledger in a busy month, reasons included; at rest two
)

// took is how long an invocation takes, warm.
var took = map[string]time.Duration{
	"intake": 60 * time.Millisecond, "outcome": 20 * time.Millisecond, "relay": 25 * time.Millisecond, "express": 25 * time.Millisecond, "deliver": 90 * time.Millisecond,
	"timer": 40 * time.Millisecond, "receive": 30 * time.Millisecond, "console": 40 * time.Millisecond, "reconcile": 2 * time.Second, "poll": 5 * time.Millisecond, "listen": 300 * time.Millisecond, "learn": 2 * time.Second, "forget": 2 * time.Second,
}

// Alarms is how many the stack has; a test of the stack holds it. Four are of SES and the two APIs, five of the ledger's figures, four take
// a release back.
func Alarms() int {
	n, dead := 13, map[string]bool{}
	for _, q := range wiring.Queues() {
		n++ // late
		dead[wiring.Dead(q.Name)] = true
	}
	for _, f := range wiring.Functions() {
		if !Seldom(f) {
			n++ // fails
		}
		for _, s := range f.Sources {
			if len(s.HTTP) > 0 {
				n++ // throttled
			}
			if s.Stream != nil || s.Every > 0 {
				n++ // behind, or standing still
				dead[wiring.RoundsDead] = true
			}
		}
	}
	return n + len(dead) // given up
}

// Seldom tells whether a function runs so seldom that its failures are never in a row.
func Seldom(f wiring.Function) bool {
	return slices.ContainsFunc(f.Sources, func(s wiring.Source) bool { return s.Every >= 12*time.Hour })
}

// Bill is a month, item by item.
func Bill(v Volumes, m Measured) []Item {
	return slices.DeleteFunc(slices.Concat(idle(v), work(v, m), post(v), kept(v)), func(i Item) bool { return i.Amount == 0 })
}

// idle is what costs without a single mail.
func idle(v Volumes) []Item {
	queues, rounds := 0, map[string]float64{}
	for _, f := range wiring.Functions() {
		for _, s := range f.Sources {
			switch {
			case s.Queue != nil:
				queues++
			case s.Every > 0:
				rounds[f.Name] += month.Hours() / s.Every.Hours()
			}
		}
	}
	all := []Item{
		{Idle, "alarms", float64(Alarms()), alarm},
		{Idle, "dashboard", 1, dashboard},
		{Idle, "secrets", 4, secret},
		{Idle, "metrics: the day's sum, clocks, silent channels", 3, customMetric},
		{Idle, "Lambda's polling of empty queues", float64(queues) * pollers * month.Seconds() / longPoll.Seconds(), sqsCall},
		{Idle, "the sweep's reading", rounds["timer"] * shards / 2, readUnit},
	}
	n, seconds, asking := 0.0, 0.0, 0.0
	for _, f := range wiring.Functions() {
		if slices.Contains(f.Env, setup.Policy) {
			asking += rounds[f.Name] / 2 // half a unit: it may be a second old
		}
	}
	all = append(all, Item{Idle, "which rule book stands, asked by what a schedule wakes", asking, readUnit})
	for name, r := range rounds {
		n, seconds = n+r, seconds+r*gigabyteSeconds(name)
	}
	all = append(all, listened(v)...)
	return append(all, Item{Idle, "schedules: invocations", n, lambdaRequest}, Item{Idle, "schedules: time", seconds, lambdaTime}, Item{Idle, "schedules: traces", v.traced(n), trace})
}

// listened is what the polling of accounts costs while nothing comes: what comes is work as a mail is.
func listened(v Volumes) []Item {
	accounts := float64(v.Accounts)
	polls := accounts * 4 * month.Minutes()
	return []Item{
		{Idle, "accounts: orders sent, received and deleted", month.Minutes()*math.Ceil(4*accounts/10) + 2*polls, sqsCall},
		{Idle, "accounts: invocations", polls, lambdaRequest},
		{Idle, "accounts: time", polls * gigabyteSeconds("listen"), lambdaTime},
		{Idle, "accounts: leases taken and given back", 2 * polls, writeUnit},
		{Idle, "accounts: cursors read", polls + 2*accounts*month.Minutes(), readUnit},
		{Idle, "accounts: metrics", min(accounts, 1) * 2, customMetric},
		{Traces, "traces of polls", v.traced(polls), trace},
	}
}

// shards is how many queries a sweep makes; each reads half a unit when nothing is due.
const shards = 8

func gigabyteSeconds(function string) float64 {
	for _, f := range wiring.Functions() {
		if f.Name == function {
			return took[function].Seconds() * float64(f.Memory) / 1024
		}
	}
	return 0
}

// traced is how many of a function's invocations of a month are traced, if they are spread evenly.
func (v Volumes) traced(invocations float64) float64 {
	if !v.Traces {
		return 0
	}
	first := min(invocations, month.Seconds())
	return first + sampled*(invocations-first)
}

// reports is how many events SES sends about a mail that arrives: all but what tells of its not arriving.
func reports() float64 {
	n := 0
	for _, e := range wiring.OutcomeEvents() {
		if e == "SEND" || e == "DELIVERY" {
			n++
		}
	}
	return float64(n)
}

// gathered is in how many batches a month's events of SES come. A batch is what one of Lambda's pollers gathers from its first event on for as long as the wiring says.
// They are taken to come evenly: in bursts more of them share a batch.
func gathered(events float64) float64 {
	for _, f := range wiring.Functions() {
		for _, s := range f.Sources {
			if s.Queue != nil && s.Queue.Name == wiring.Outcomes {
				more := events * s.Queue.Window.Seconds() / month.Seconds() / pollers
				return events / min(1+more, float64(s.Queue.Batch))
			}
		}
	}
	return events
}

// Doings are what belongs to an answer, each a request and a turn: the agent takes the conversation, answers, and calls it done.
var Doings = []string{"claim", "reply", "resolve"}

// Counts are what one message or answer makes the desk do, as its local AWS counted it.
type Counts struct {
	Writes, Reads  float64 // units of the table and its indexes
	SQS            float64 // calls of the functions
	S3Puts, S3Gets float64
	Mails          float64 // that left
}

// Measured are the counts of an opening mail with its receipt, and of an agent's answer by the API. Package measure measures them.
type Measured struct{ Mail, Answer Counts }

// Turns are what messages and answers decide.
func Turns(v Volumes) float64 { return float64(v.Mails) + float64(v.Answers*len(Doings)) }

// work is what messages and answers make the functions do.
func work(v Volumes, m Measured) []Item {
	mails, answers := float64(v.Mails), float64(v.Answers)
	sum := func(per func(Counts) float64) float64 { return mails*per(m.Mail) + answers*per(m.Answer) }
	left := sum(func(c Counts) float64 { return c.Mails })
	events := left * reports()  // SES's, of what became of what left
	batches := gathered(events) // in which they come
	notices := mails + events   // each by SNS into a queue
	messages := notices + left  // and each effect on its lane
	deleted := mails + left + max(batches, events/10)
	turns := Turns(v)
	days := busy(v) * month.Hours() / 24 // on each of which reconcile asks what a message costs, and writes it in one hour, which is what is paid of a metric
	done := turns - mails                // by agents
	asked := done + float64(v.Requests)
	invocations := mails + batches + left + turns + asked
	seconds := mails*gigabyteSeconds("intake") + events*gigabyteSeconds("outcome") + left*gigabyteSeconds("deliver") + turns*gigabyteSeconds("relay") + asked*gigabyteSeconds("console")
	asks := month.Seconds() / rulebook.Every.Seconds()
	lines := turns + 2*left // a line a turn, one an effect, and one when it has arrived
	return []Item{
		{Work, "table: writing", sum(func(c Counts) float64 { return c.Writes }), writeUnit},
		{Work, "table: reading", sum(func(c Counts) float64 { return c.Reads }), readUnit},
		// At most once in half a minute by each function: by one instance, as long as one is enough.
		{Work, "which rule book stands, asked", (3*min(mails, asks) + min(asked, asks)) / 2, readUnit},
		{Work, "bucket: writing (SES's mails and what agents did)", mails + sum(func(c Counts) float64 { return c.S3Puts }), s3Put},
		{Work, "bucket: reading", sum(func(c Counts) float64 { return c.S3Gets }), s3Get},
		{Work, "topics", notices, snsPublish},
		{Work, "queues: sent by topics and functions", notices + sum(func(c Counts) float64 { return c.SQS }), sqsCall},
		{Work, "queues: received and deleted", messages + deleted, sqsCall},
		{Work, "functions: invocations", invocations, lambdaRequest},
		{Work, "functions: time", seconds, lambdaTime},
		{Traces, "traces", v.traced(mails) + v.traced(batches) + v.traced(left) + v.traced(turns) + v.traced(asked), trace},
		{Work, "ledger", (lines + float64(v.Requests)) * lineKB / (1 << 20), logGB},
		{Busy, "metrics of the ledger", busy(v) * activeWatch, customMetric},
		{Busy, "what a message costs: AWS's counts of each day", days * float64(metered()), metricAsked},
		{Busy, "what a message costs: the metric", days / month.Hours(), customMetric},
		{Work, "API", asked, httpRequest},
		{Work, "second opinions (100 characters each)", v.second(), sentiment},
	}
}

// second is how many hundreds of characters another judge reads.
func (v Volumes) second() float64 {
	if !v.Second {
		return 0
	}
	return float64(v.Mails) * doubted * doubtUnits
}

func busy(v Volumes) float64 {
	if v.Mails+v.Answers == 0 {
		return 0
	}
	return 1
}

// post is SES's part, which every desk on SES pays.
func post(v Volumes) []Item {
	mails := float64(v.Mails)
	return []Item{
		{SES, "mails in", mails, sesIn},
		{SES, "their size", mails * float64((v.KB+255)/256), sesChunk},
		{SES, "mails out", mails + float64(v.Answers), sesOut},
	}
}

func kept(v Volumes) []Item {
	return []Item{
		{Stored, "bucket", float64(v.Mails) * float64(v.KB) / (1 << 20), s3Storage},
		{Stored, "table", float64(v.Mails) * rowKB / (1 << 20), tableStorage},
	}
}

// Sum of a group.
func Sum(all []Item, g Group) (usd float64) {
	for _, i := range all {
		if i.Group == g {
			usd += i.USD()
		}
	}
	return usd
}

// Write prints the bill.
func Write(w io.Writer, v Volumes, m Measured, all []Item) {
	fmt.Fprintf(w, "A month with %s mails of %d KB, %s answers and %s requests. Prices of us-east-1, as of %s, before any free tier.\n", grouped(v.Mails), v.KB, grouped(v.Answers), grouped(v.Requests), Read)
	fmt.Fprintf(w, "Measured on this machine: a mail writes %.1f units and reads %.1f; an answer writes %.1f and reads %.1f.\n", m.Mail.Writes, m.Mail.Reads, m.Answer.Writes, m.Answer.Reads)
	total := 0.0
	for _, g := range Groups {
		fmt.Fprintf(w, "\n%s\n", g)
		for _, i := range all {
			if i.Group == g {
				fmt.Fprintf(w, "  %-54s %14s × %-14s %9s\n", i.Name, amount(i.Amount), strconv.FormatFloat(i.Price.USD, 'f', -1, 64), dollars(i.USD()))
			}
		}
		sum := Sum(all, g)
		total += sum
		fmt.Fprintf(w, "  %-88s %9s\n", "together", dollars(sum))
	}
	fmt.Fprintf(w, "\n%-90s %9s USD\n", "in all", dollars(total))
	fmt.Fprintf(w, "%-90s %9s USD\n", "a million mails alone, beside SES, traces and what is there anyway", dollars(Sum(Bill(Volumes{Mails: 1_000_000, KB: v.KB, Second: v.Second}, m), Work)))
}

// amount is written whole, but for what is little: half a gigabyte is not none.
func amount(a float64) string {
	if a < 10 && a != math.Trunc(a) {
		return fmt.Sprintf("%.2f", a)
	}
	return grouped(int(math.Round(a)))
}

// dollars are written to the cent.
func dollars(usd float64) string {
	whole, cents, _ := strings.Cut(fmt.Sprintf("%.2f", usd), ".")
	n, _ := strconv.Atoi(whole) // of digits
	return grouped(n) + "." + cents
}

// grouped is a number of things, a comma before each three digits.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

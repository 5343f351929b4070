package cost

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pronto/shared/meter"
)

// cent is how far the two may be apart: of SES's events SQS deletes ten at a time, which the bill knows and no count tells.
const cent = 0.01

// What reconcile makes of AWS's counts is pronto cost's: of a month's, as many as the bill says there are, it makes what the bill comes to. And what makes a message dearer is seen
// in its part, and in the sum.
func TestAMessageCostsWhatTheBillSays(t *testing.T) {
	s := Sheet(strings.ToLower, false)
	for _, v := range []Volumes{{Mails: million, KB: 20}, {Mails: 4_000, KB: 20}, {Mails: million, Answers: 600_000, Requests: 4_000_000, KB: 20}} {
		counts := counted(v)
		got, want := s.Spent(v.Mails, month, counts), Unseen(false)
		for _, i := range Bill(v, Usual) {
			if i.Group == Work && !i.unseen() {
				want += i.USD() * million / float64(v.Mails)
			}
		}
		if math.Abs(got.AMessage-want) > cent || math.Abs(got.USD*million/float64(v.Mails)-want) > cent {
			t.Errorf("%+v: %+v; the bill says %.4f", v, got, want)
		}
		parts := 0.0
		for _, usd := range got.Parts {
			parts += usd
		}
		if len(got.Parts) != 7 || math.Abs(parts-got.AMessage) > 7*cent/2 { // each is rounded to a cent
			t.Errorf("the parts %v come to %.4f of %.4f", got.Parts, parts, got.AMessage)
		}
		alone, answered := Expected(false)
		if v.Mails == million && math.Abs(got.AMessage-map[int]float64{0: alone, 600_000: answered}[v.Answers]) > cent {
			t.Errorf("%d answers: %.4f, and expected are %.4f or %.4f", v.Answers, got.AMessage, alone, answered)
		}
		counts["AWS/DynamoDB ConsumedWriteCapacityUnits GlobalSecondaryIndexName=lists TableName=pronto"] += 4 * float64(v.Mails)
		if more := s.Spent(v.Mails, month, counts); math.Abs(more.AMessage-got.AMessage-2.5) > cent || math.Abs(more.Parts["table"]-got.Parts["table"]-2.5) > cent || more.Parts["queues"] != got.Parts["queues"] {
			t.Errorf("four write units more a mail: %+v after %+v", more, got)
		}
	}
	if little := s.Spent(1, month, meter.Counts{}); little.AMessage != round(Unseen(false)) || little.Parts["table"] != 0 {
		t.Errorf("of nothing counted, and less than at rest: %+v", little)
	}
	if dear := Sheet(strings.ToLower, true); dear.Unseen <= s.Unseen {
		t.Error("a second opinion costs nothing")
	}
}

func round(f float64) float64 { return math.Round(f*100) / 100 }

// counted is what AWS counts in a month that the bill describes. Functions wait for nobody: their times are the bill's.
func counted(v Volumes) meter.Counts {
	amount := map[string]float64{}
	for _, i := range Bill(v, Usual) {
		if i.Group == Work || i.Price.For == "read unit" {
			amount[i.Name] = i.Amount
		}
	}
	mails, answers := float64(v.Mails), float64(v.Answers)
	left, turns := mails+answers, Turns(v)
	events := amount["topics"] - mails
	batches := amount["functions: invocations"] - mails - left - turns - amount["API"]
	counts := meter.Counts{
		"AWS/DynamoDB ConsumedWriteCapacityUnits TableName=pronto":                                amount["table: writing"] / 2,
		"AWS/DynamoDB ConsumedWriteCapacityUnits GlobalSecondaryIndexName=lists TableName=pronto": amount["table: writing"] / 2,
		"AWS/DynamoDB ConsumedReadCapacityUnits TableName=pronto":                                 amount["table: reading"] + amount["which rule book stands, asked"] + resting(),
		"AWS/SNS NumberOfMessagesPublished TopicName=pronto-arrivals":                             mails,
		"AWS/SNS NumberOfMessagesPublished TopicName=pronto-outcomes":                             events,
		"AWS/Logs IncomingBytes LogGroupName=/aws/lambda/intake":                                  amount["ledger"] * (1 << 30),
		"AWS/SQS NumberOfMessagesSent QueueName=intake":                                           mails,
		"AWS/SQS NumberOfMessagesReceived QueueName=intake":                                       mails,
		"AWS/SQS NumberOfMessagesDeleted QueueName=intake":                                        mails,
		"AWS/SQS NumberOfMessagesSent QueueName=outcomes":                                         events,
		"AWS/SQS NumberOfMessagesReceived QueueName=outcomes":                                     events,
		"AWS/SQS NumberOfMessagesSent QueueName=email":                                            amount["queues: sent by topics and functions"] - mails - events,
		"AWS/SQS NumberOfMessagesReceived QueueName=email":                                        left,
		"AWS/SQS NumberOfMessagesDeleted QueueName=email":                                         left,
	}
	for name, n := range map[string]float64{"intake": mails, "outcome": batches, "deliver": left, "express": mails / 4, "relay": turns - mails/4, "console": amount["API"]} {
		counts["AWS/Lambda Invocations FunctionName="+name] = n
		if name == "outcome" {
			n = events // the bill's time of an event is its own, however many share an invocation
		}
		counts["AWS/Lambda Duration FunctionName="+name] = n * float64(took[name].Milliseconds())
	}
	return counts
}

// A sheet is read as it was written; one that says nothing is refused, since by it all were for nothing.
func TestASheetIsReadAsItWasWritten(t *testing.T) {
	s, file := Sheet(strings.ToUpper, false), filepath.Join(t.TempDir(), "meters.json")
	read := func(b []byte) (meter.Sheet, error) {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return meter.ReadFile(file)
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := read(b)
	if err != nil || len(again.Asked()) != metered() || metered() < 50 || metered() > 500 {
		t.Fatalf("%d of %d counts: %v", len(again.Asked()), metered(), err)
	}
	counts := meter.Counts{}
	for _, m := range s.Asked() {
		counts[m.Key()] = 1e6
	}
	if one, two := s.Spent(7, month, counts), again.Spent(7, month, counts); one.USD != two.USD || one.USD == 0 {
		t.Errorf("%+v became %+v", one, two)
	}
	for _, bad := range []string{"", "{", "{}", `{"parts":[{"name":"table"}]}`} {
		if _, err := read([]byte(bad)); err == nil {
			t.Errorf("%q is a sheet", bad)
		}
	}
	if _, err := meter.ReadFile(file + ".none"); err == nil {
		t.Error("no file is a sheet")
	}
}

// Package metric makes CloudWatch's metrics of the ledger. It stands between the log and its output: each line passes as it is, and one that tells of something
// countable is followed by a line in CloudWatch's embedded metric format, of which CloudWatch makes the metrics by itself, without a call.
//
// What is counted is what the ledger says and nothing else, so that a figure of the dashboard can be followed to its lines. There are no ids among the dimensions:
// each value of one would be a metric of its own, and be paid for.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
package metric

import (
	"bytes"
	"encoding/json"
	"io"
	"time"
)

// Namespace of all metrics.
const Namespace = "Pronto"

// The metrics.
const (
	Received        = "Received"       // messages that were taken
	TurnLatency     = "TurnLatency"    // from a message's arrival to its turn
	ReceiptLatency  = "ReceiptLatency" // from the turn to the provider's acceptance of the receipt
	ClockLag        = "ClockLag"       // how late a conversation's clock was looked at
	PromisesKept    = "PromisesKept"   // answered by the time that the customer was told
	PromisesBroken  = "PromisesBroken"
	Suppressed      = "Suppressed"      // messages without a receipt, also by reason
	Held            = "Held"            // messages that could not be placed, also by reason
	Failed          = "Failed"          // effects that will never leave
	Troubled        = "Troubled"        // messages, effects and records of a receipt's way that could not be handled now, and come again
	AccountsFailing = "AccountsFailing" // accounts at networks that nobody could read, or send from, for ten minutes
	AccountsSilent  = "AccountsSilent"  // those from which nothing has come for three times as long as ever
	ChannelsSilent  = "ChannelsSilent"  // channels of brands on which nothing comes although something should
	ReconcileGap    = "ReconcileGap"    // messages of a day that are not accounted for
	CostAMessage    = "CostAMessage"    // what one of a day's messages cost, in millionths of a dollar: what a million like them cost in dollars
)

// Writer passes lines of the ledger on to w and writes their metrics after them. stage is the one dimension of all.
func Writer(w io.Writer, stage string) io.Writer { return &writer{w, stage} }

type writer struct {
	io.Writer
	stage string
}

// Write takes one whole line, as slog's handlers write it, and hands on both in one call, so that no other line comes between.
func (w *writer) Write(line []byte) (int, error) {
	out := line
	for _, v := range Of(line) {
		if m, err := v.embedded(w.stage); err == nil {
			out = append(append(bytes.Clone(out), m...), '\n')
		}
	}
	if _, err := w.Writer.Write(out); err != nil {
		return 0, err
	}
	return len(line), nil
}

// Value is one figure.
type Value struct {
	Name   string
	Unit   string // Count, Milliseconds, or None: CloudWatch has no unit of money
	Value  float64
	Reason string // a code; "" when there is none
	At     time.Time
}

// line is what is read of the ledger.
type line struct {
	Time       time.Time `json:"time"`
	Msg        string    `json:"msg"`
	Level      string    `json:"level"`
	Event      string    `json:"event"`
	Taken      bool      `json:"taken"`
	Arrived    time.Time `json:"arrived"`
	Due        time.Time `json:"due"`
	Suppressed string    `json:"suppressed"`
	Promise    string    `json:"promise"`
	Kind       string    `json:"kind"`
	State      string    `json:"state"`
	Why        any       `json:"why"` // a code, or a turn's reasons in words
	Decided    time.Time `json:"decided"`
	Reason     string    `json:"reason"`
	Failing    int       `json:"failing"`
	Silent     int       `json:"silent"`
}

// Of is what a line of the ledger tells in figures; none for most.
func Of(text []byte) []Value {
	var l line
	if !bytes.Contains(text, []byte(`"msg":`)) || json.Unmarshal(text, &l) != nil {
		return reconciled(text)
	}
	switch l.Msg {
	case "intake", "relay", "deliver", "outcome", "outcomes":
		if l.Level != "ERROR" {
			return nil
		}
		return []Value{{Name: Troubled, Unit: "Count", Value: 1, At: l.Time}}
	case "turn":
		return l.turn()
	case "effect":
		return l.effect()
	case "held":
		return []Value{{Name: Held, Unit: "Count", Value: 1, Reason: l.Reason, At: l.Time}}
	case "accounts":
		return []Value{{Name: AccountsFailing, Unit: "Count", Value: float64(l.Failing), At: l.Time}, {Name: AccountsSilent, Unit: "Count", Value: float64(l.Silent), At: l.Time}}
	case "channels":
		return []Value{{Name: ChannelsSilent, Unit: "Count", Value: float64(l.Silent), At: l.Time}}
	case "reconciliation":
		return reconciled(text)
	case "cost":
		return cost(text)
	}
	return nil
}

func (l line) turn() (all []Value) {
	if l.Taken {
		return nil // it was counted when it came first
	}
	count := func(name, reason string) {
		all = append(all, Value{Name: name, Unit: "Count", Value: 1, Reason: reason, At: l.Time})
	}
	if l.Event == "received" {
		count(Received, "")
		all = append(all, l.since(TurnLatency, l.Arrived)...)
	}
	if l.Suppressed != "" {
		count(Suppressed, l.Suppressed)
	}
	if l.Event == "ticked" {
		all = append(all, l.since(ClockLag, l.Due)...)
	}
	switch l.Promise {
	case "kept":
		count(PromisesKept, "")
	case "broken":
		count(PromisesBroken, "")
	}
	return all
}

// effect counts a receipt's way from what its sender saw: SES's event tells of it a quarter of a minute later, and of nothing slow.
func (l line) effect() []Value {
	switch {
	case l.State == "failed":
		return []Value{{Name: Failed, Unit: "Count", Value: 1, At: l.Time}}
	case l.State == "accepted" && l.Kind == "receipt" && l.Why == "":
		return l.since(ReceiptLatency, l.Decided)
	}
	return nil
}

// since is the time from then to the line; none when the line does not say. Two machines' clocks may differ by a little: nothing is negative.
func (l line) since(name string, then time.Time) []Value {
	if then.IsZero() {
		return nil
	}
	return []Value{{Name: name, Unit: "Milliseconds", Value: float64(max(0, l.Time.Sub(then)).Milliseconds()), At: l.Time}}
}

// reconciled is what a day's sum leaves over.
func reconciled(text []byte) []Value {
	var sum struct {
		Time       time.Time      `json:"time"`
		Msg        string         `json:"msg"`
		Received   int            `json:"received"`
		Receipted  int            `json:"receipted"`
		Suppressed map[string]int `json:"suppressed"`
		Held       map[string]int `json:"held"`
		InFlight   int            `json:"in_flight"`
		Failed     int            `json:"failed"`
	}
	if json.Unmarshal(text, &sum) != nil || sum.Msg != "reconciliation" {
		return nil
	}
	gap := sum.Received - sum.Receipted - sum.InFlight - sum.Failed
	for _, n := range sum.Suppressed {
		gap -= n
	}
	for _, n := range sum.Held {
		gap -= n
	}
	return []Value{{Name: ReconcileGap, Unit: "Count", Value: float64(max(gap, -gap)), At: sum.Time}}
}

// cost is what one of a day's messages cost. It stands at the last minute of that day, whenever the line was written: one that is written twice is the same point.
func cost(text []byte) []Value {
	var l struct {
		Day      string   `json:"day"`
		AMessage *float64 `json:"a_message"`
	}
	if json.Unmarshal(text, &l) != nil || l.AMessage == nil || *l.AMessage < 0 {
		return nil
	}
	day, err := time.Parse(time.DateOnly, l.Day)
	if err != nil {
		return nil
	}
	return []Value{{Name: CostAMessage, Unit: "None", Value: *l.AMessage, At: day.Add(24*time.Hour - time.Minute)}}
}

// embedded is the figure as CloudWatch reads it from a log.
func (v Value) embedded(stage string) ([]byte, error) {
	dimensions, fields := [][]string{{"Stage"}}, map[string]any{"Stage": stage, v.Name: v.Value}
	if v.Reason != "" {
		dimensions, fields["Reason"] = append(dimensions, []string{"Stage", "Reason"}), v.Reason
	}
	fields["_aws"] = map[string]any{
		"Timestamp": v.At.UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": Namespace, "Dimensions": dimensions, "Metrics": []any{map[string]string{"Name": v.Name, "Unit": v.Unit}},
		}},
	}
	return json.Marshal(fields)
}

package ledger

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// words tells a line of the ledger to a person, or "" where there is nothing to look at.
func words(r slog.Record) string {
	f := fields(r)
	var what string
	switch r.Message {
	case "turn":
		what = turn(f)
	case "effect":
		what = effect(f, r.Time)
	case "held":
		what = fmt.Sprintf("%-9s %s  %s", "held", spaced(f["reason"]), f["detail"])
	case "sweep":
		what = fmt.Sprintf("%-9s %s put on their lanes", "sweep", f["found"])
	case "reconciliation":
		what = fmt.Sprintf("%-9s %s: received %s, receipted %s, in flight %s, failed %s, balanced %s",
			"sum", f["day"], f["received"], f["receipted"], f["in_flight"], f["failed"], f["balanced"])
	case "cost":
		what = fmt.Sprintf("%-9s %s: %s messages, %s", "cost", f["day"], f["messages"], spaced(f["why"]))
		if f["why"] == "" {
			what = fmt.Sprintf("%-9s %s: %s messages, a million of them %s USD", "cost", f["day"], f["messages"], f["a_message"])
		}
	case "received":
		what = fmt.Sprintf("%-9s on %s", "received", f["channel"])
	case "refused":
		what = fmt.Sprintf("%-9s on %s: %s %s", "refused", f["channel"], strings.ToLower(f["title"]), f["field"])
	case "silence":
		turned := "lifted"
		if f["on"] == "true" {
			turned = "turned on"
		}
		what = fmt.Sprintf("%-9s of %s %s by %s", "silence", f["brand"], turned, f["by"])
	case "change":
		what = fmt.Sprintf("%-9s %s by %s", "change", spaced(f["change"]), f["by"])
	case "sign_in", "sign_out":
		who := or(f["agent"], f["error"])
		if f["known"] == "false" {
			who = "of somebody whom the policy does not name"
		}
		what = fmt.Sprintf("%-9s %s", spaced(r.Message), who)
	default:
		what = fmt.Sprintf("%-9s %s", r.Message, f["error"])
	}
	return r.Time.Local().Format("15:04:05.000") + "  " + strings.TrimRight(what, " ")
}

// turn: language, mood, priority, assignee, and what becomes of the acknowledgement.
func turn(f map[string]string) string {
	if f["taken"] == "true" {
		return fmt.Sprintf("%-9s taken before: nothing to do", "turn")
	}
	outcome := "receipt follows"
	switch why := f["suppressed"]; {
	case f["event"] == "edited" || f["event"] == "deleted":
		outcome = f["event"] + " by its author"
	case f["event"] != "" && f["event"] != "received":
		outcome = spaced(f["event"])
	case why != "":
		outcome = "no receipt: " + spaced(why)
	case f["effects"] == "0":
		outcome = "shares the receipt before"
	}
	return fmt.Sprintf("%-9s %-2s  %-8s  %-6s  %-10s  %s", "turn", or(f["language"], "–"), f["mood"], f["priority"], f["assignee"], outcome)
}

// effect: what left, or why it did not, and how long after it was decided.
func effect(f map[string]string, now time.Time) string {
	line := fmt.Sprintf("%-9s %s", f["kind"], f["state"])
	if f["state"] == "accepted" {
		if decided, err := time.Parse(time.RFC3339Nano, f["decided"]); err == nil {
			line += fmt.Sprintf(" after %.3f s", now.Sub(decided).Seconds())
		}
	}
	if f["lane"] != "" {
		line += " on lane " + f["lane"]
	}
	if why := f["why"]; why != "" && why != f["state"] {
		line += ": " + spaced(why)
	}
	return line
}

func fields(r slog.Record) map[string]string {
	f := make(map[string]string, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		if a.Value.Kind() == slog.KindTime {
			f[a.Key] = a.Value.Time().Format(time.RFC3339Nano)
		} else {
			f[a.Key] = a.Value.String()
		}
		return true
	})
	return f
}

// spaced writes a reason's code in words.
func spaced(code string) string { return strings.ReplaceAll(code, "_", " ") }

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

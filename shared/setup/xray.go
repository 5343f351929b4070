package setup

import (
	"context"
	"log/slog"
	"strings"
)

// traceHeader is the variable in which Lambda's runtime says, anew for each invocation, which trace of X-Ray it is part of.
const traceHeader = "_X_AMZN_TRACE_ID"

// xray is a log whose lines name the trace of X-Ray that their invocation is part of, so that one leads to the other. An invocation has a trace of its own: what a message
// passes through, from queue to queue, is told by the desk's own trace.
type xray struct {
	slog.Handler
	env func(string) string
}

// Handle writes a line. An environment has one invocation at a time, so what the variable says is true of every line.
func (x xray) Handle(ctx context.Context, r slog.Record) error {
	if root := sampled(x.env(traceHeader)); root != "" {
		r = r.Clone()
		r.AddAttrs(slog.String("xray", root))
	}
	return x.Handler.Handle(ctx, r)
}

func (x xray) WithAttrs(a []slog.Attr) slog.Handler { return xray{x.Handler.WithAttrs(a), x.env} }

func (x xray) WithGroup(name string) slog.Handler { return xray{x.Handler.WithGroup(name), x.env} }

// sampled is the id of a trace that X-Ray keeps; "" of one that nobody could look at.
func sampled(header string) (root string) {
	kept := false
	for part := range strings.SplitSeq(header, ";") {
		switch name, value, _ := strings.Cut(part, "="); name {
		case "Root":
			root = value
		case "Sampled":
			kept = value == "1"
		}
	}
	if !kept {
		return ""
	}
	return root
}

package setup

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// A line leads to the trace of its own invocation, and to none that X-Ray has not kept.
func TestALineNamesTheTraceOfItsInvocation(t *testing.T) {
	var out bytes.Buffer
	header := ""
	log := slog.New(xray{NewLog(&out).Handler(), func(name string) string {
		if name != "_X_AMZN_TRACE_ID" {
			t.Errorf("asked for %s", name)
		}
		return header
	}}).With("stage", "live")
	for _, c := range []struct{ header, want string }{
		{"", ""},
		{"Root=1-67a1f6a0-4d2e1b9c8f7a6b5c4d3e2f10;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:0", `"xray":"1-67a1f6a0-4d2e1b9c8f7a6b5c4d3e2f10"`},
		{"Root=1-67a1f6a1-aaaaaaaaaaaaaaaaaaaaaaaa;Parent=53995c3f42cd8ad8;Sampled=0", ""},
		{"Sampled=1;Root=1-67a1f6a2-bbbbbbbbbbbbbbbbbbbbbbbb", `"xray":"1-67a1f6a2-bbbbbbbbbbbbbbbbbbbbbbbb"`},
		{"Root", ""},
	} {
		header = c.header
		out.Reset()
		log.Info("turn", "trace", "m1")
		line := out.String()
		if !strings.Contains(line, `"stage":"live"`) || !strings.Contains(line, `"trace":"m1"`) || strings.Contains(line, "xray") != (c.want != "") || !strings.Contains(line, c.want) {
			t.Errorf("%q: %s", c.header, line)
		}
	}
}

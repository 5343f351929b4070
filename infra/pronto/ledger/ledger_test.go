package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

var nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestLinesAreTheLogWithTheDesksOwnTime(t *testing.T) {
	l := New(func() time.Time { return nine }, nil)
	l.Log().With("brand", "acme-air").Info("turn", "mood", "negative")
	lines := l.Lines()
	if len(lines) != 1 {
		t.Fatalf("%d lines", len(lines))
	}
	var got map[string]any
	if err := json.Unmarshal(lines[0], &got); err != nil {
		t.Fatal(err)
	}
	if got["time"] != "2026-11-23T09:00:00Z" || got["msg"] != "turn" || got["brand"] != "acme-air" || got["mood"] != "negative" {
		t.Errorf("the line is %s", lines[0])
	}
}

func TestOnlyTheNewestAreKeptInOrder(t *testing.T) {
	l := New(func() time.Time { return nine }, nil)
	log := l.Log()
	for i := range Kept + 3 {
		log.Info("turn", "n", i)
	}
	lines := l.Lines()
	if len(lines) != Kept {
		t.Fatalf("%d lines are kept, want %d", len(lines), Kept)
	}
	for i, line := range lines {
		if want := fmt.Sprintf(`"n":%d}`, i+3); !bytes.HasSuffix(line, []byte(want)) {
			t.Fatalf("line %d is %s, want one that ends %s", i, line, want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		name, msg string
		args      []any
		want      string
	}{
		{"a turn", "turn", []any{"language", "it", "mood", "negative", "priority", "high", "assignee", "marta", "suppressed", "", "effects", 1}, "turn      it  negative  high    marta       receipt follows"},
		{"a silence", "turn", []any{"language", "", "mood", "neutral", "priority", "low", "assignee", "ana", "suppressed", "null_return_path", "effects", 0}, "turn      –   neutral   low     ana         no receipt: null return path"},
		{"a shared receipt", "turn", []any{"language", "en", "mood", "neutral", "priority", "normal", "assignee", "ana", "suppressed", "", "effects", 0}, "turn      en  neutral   normal  ana         shares the receipt before"},
		{"a deletion", "turn", []any{"event", "deleted", "language", "en", "mood", "neutral", "priority", "low", "assignee", "ana", "suppressed", "withdrawn", "effects", 0}, "turn      en  neutral   low     ana         deleted by its author"},
		{"an event taken before", "turn", []any{"taken", true}, "turn      taken before: nothing to do"},
		{"a receipt", "effect", []any{"kind", "receipt", "lane", "email", "state", "accepted", "decided", nine.Add(-250 * time.Millisecond)}, "receipt   accepted after 0.250 s on lane email"},
		{"a failure", "effect", []any{"kind", "receipt", "lane", "email", "state", "failed", "why", "refused_by_provider", "decided", nine}, "receipt   failed on lane email: refused by provider"},
		{"a delivery", "effect", []any{"kind", "reply", "state", "delivered", "why", "delivered"}, "reply     delivered"},
		{"a mention", "received", []any{"channel", "custom", "brand", "acme-air"}, "received  on custom"},
		{"a post without signature", "refused", []any{"channel", "custom", "status", 401, "title", "Signature missing", "field", ""}, "refused   on custom: signature missing"},
		{"a post that cannot be read", "refused", []any{"channel", "custom", "status", 400, "title", "Not understood", "field", "author.handle"}, "refused   on custom: not understood author.handle"},
		{"the silence switch", "silence", []any{"brand", "acme-air", "on", true, "by", "ana"}, "silence   of acme-air turned on by ana"},
		{"the silence switch, lifted", "silence", []any{"brand", "acme-air", "on", false, "by", "ana"}, "silence   of acme-air lifted by ana"},
		{"a change", "change", []any{"brand", "acme-air", "change", "rota_changed", "about", "x", "by", "ana"}, "change    rota changed by ana"},
		{"a sign-in", "sign_in", []any{"agent", "ana"}, "sign in   ana"},
		{"a sign-in of a stranger", "sign_in", []any{"known", false}, "sign in   of somebody whom the policy does not name"},
		{"held", "held", []any{"reason", "unknown_address", "detail", ""}, "held      unknown address"},
		{"a day's cost", "cost", []any{"day", "2026-11-22", "messages", 9, "a_message", 34.88}, "cost      2026-11-22: 9 messages, a million of them 34.88 USD"},
		{"a day for nothing", "cost", []any{"day", "2026-11-22", "messages", 0, "why", "no_messages"}, "cost      2026-11-22: 0 messages, no messages"},
		{"a sweep", "sweep", []any{"found", 3}, "sweep     3 put on their lanes"},
		{"an error", "deliver", []any{"error", "claim effect"}, "deliver   claim effect"},
	} {
		var out bytes.Buffer
		New(func() time.Time { return nine }, &out).Log().Info(c.msg, c.args...)
		_, got, _ := strings.Cut(strings.TrimSuffix(out.String(), "\n"), "  ")
		if got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestManyWriters(t *testing.T) {
	var out bytes.Buffer
	l := New(func() time.Time { return nine }, &out)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				l.Log().Info("held", "reason", "unreadable")
				l.Lines()
			}
		})
	}
	all.Wait()
	if n := len(l.Lines()); n != 800 {
		t.Errorf("%d lines of 800", n)
	}
	if n := strings.Count(out.String(), "unreadable\n"); n != 800 {
		t.Errorf("%d lines of words of 800", n)
	}
}

package intake_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/shared/setup"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const today = "2026-11-23"

// world is a desk and what has been read of its ledger and its outbox.
type world struct {
	*testing.T
	*desktest.Desk
	lines, pieces int
}

func open(t *testing.T, o desktest.Options) *world {
	t.Helper()
	o.Start = monday
	return &world{T: t, Desk: desktest.New(t, o)}
}

// impatient lets SDK calls fail at once, so that a test need not wait for retries.
func impatient(c *aws.Config) { c.Retryer = func() aws.Retryer { return aws.NopRetryer{} } }

// letter is a mail; head is further header lines, and one that begins with "-" leaves out the field that it names.
func letter(n int, from, text string, head ...string) string {
	fields := []string{
		"From: Mira Novak <" + from + ">", "To: care@acme.example", fmt.Sprintf("Subject: Journey %d", n), "Date: Mon, 23 Nov 2026 10:00:00 +0100",
		fmt.Sprintf("Message-ID: <m%d@customer.example>", n),
	}
	for _, h := range head {
		if name, less := strings.CutPrefix(h, "-"); less {
			for i, f := range fields {
				if strings.HasPrefix(f, name+":") {
					fields = append(fields[:i], fields[i+1:]...)
					break
				}
			}
			continue
		}
		fields = append(fields, h)
	}
	return strings.Join(fields, "\n") + "\n\n" + text + "\n"
}

// question is the text of the nth letter: no two are the same.
func question(n int) string { return fmt.Sprintf("Where do I find booking %d?", n) }

// line is what a test reads of a line of the ledger.
type line struct {
	Msg, Level, Brand, Conversation, Receipt, Suppressed, Reason, Detail, State, Why, Error, Assignee string
	Taken                                                                                             bool
}

// told are the ledger's lines of one kind since the last call.
func (w *world) told(msg string) (out []line) {
	w.Helper()
	all := w.Ledger.Lines()
	for _, raw := range all[w.lines:] {
		var l line
		if err := json.Unmarshal(raw, &l); err != nil {
			w.Fatalf("ledger line %s: %v", raw, err)
		}
		if l.Msg == msg {
			out = append(out, l)
		}
	}
	w.lines = len(all)
	return out
}

// take sends a mail, lets the desk settle, and returns its one turn.
func (w *world) take(envelope, raw string, to ...string) line {
	w.Helper()
	if len(to) == 0 {
		to = []string{"care@acme.example"}
	}
	w.lines = len(w.Ledger.Lines())
	w.SendMail(envelope, raw, to...)
	w.Settle()
	turns := w.told("turn")
	if len(turns) != 1 || turns[0].Taken {
		w.Fatalf("the mail made the turns %+v, want one", turns)
	}
	return turns[0]
}

// left are the pieces that left since the last call.
func (w *world) left() []edge.Piece {
	w.Helper()
	all := w.Outbox()
	fresh := all[w.pieces:]
	w.pieces = len(all)
	return fresh
}

// quiet fails the test when an invocation failed or the ledger has an error.
func (w *world) quiet() {
	w.Helper()
	if errs := w.Errors(); len(errs) > 0 {
		w.Errorf("invocations failed: %v", errs)
	}
	for _, raw := range w.Ledger.Lines() {
		if strings.Contains(string(raw), `"level":"ERROR"`) {
			w.Errorf("the ledger has an error: %s", raw)
		}
	}
}

// notify puts a notice before intake, as SNS would.
func (w *world) notify(body string) {
	w.Helper()
	in := &sqs.SendMessageInput{QueueUrl: aws.String(w.Setup.Env(setup.IntakeQueue)), MessageBody: &body}
	if _, err := sqs.NewFromConfig(w.Setup.AWS).SendMessage(w.Context(), in); err != nil {
		w.Fatal(err)
	}
}

// book is the repository's rule book with changes, each "old → new".
func book(t *testing.T, changes ...string) string {
	t.Helper()
	b, err := os.ReadFile("../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, c := range changes {
		old, new, _ := strings.Cut(c, " → ")
		if !strings.Contains(text, old) {
			t.Fatalf("the rule book has no %q", old)
		}
		text = strings.Replace(text, old, new, 1)
	}
	return save(t, text)
}

func save(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// bare is the address in a header's value.
func bare(value string) string {
	return strings.Trim(value[strings.LastIndexByte(value, '<')+1:], "<>")
}

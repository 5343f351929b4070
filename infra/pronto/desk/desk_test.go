package desk_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"pronto/infra/local/clock"
	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/edge"
	"pronto/infra/wiring"
)

const rules = "../../../policy.yaml"

// noise is a log that tests read while the desk writes it.
type noise struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (n *noise) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.Write(p)
}

func (n *noise) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.String()
}

// open starts a desk on ports of its own; it is closed when the test ends.
func open(t *testing.T, o desk.Options) *desk.Desk {
	t.Helper()
	d, err := desk.Open(t.Context(), with(t, o))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

func with(t *testing.T, o desk.Options) desk.Options {
	if o.State == "" {
		o.State = t.TempDir()
	}
	if o.Policy == "" {
		o.Policy = rules
	}
	if o.SMTP == "" {
		o.SMTP = "127.0.0.1:0"
	}
	if o.HTTP == "" {
		o.HTTP = "127.0.0.1:0"
	}
	return o
}

func send(t *testing.T, d *desk.Desk, from, to, raw string) {
	t.Helper()
	c, err := smtp.Dial(d.SMTP())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SendMail(from, []string{to}, strings.NewReader(strings.ReplaceAll(raw, "\n", "\r\n"))); err != nil {
		t.Fatal(err)
	}
}

// get reads JSON from the desk.
func get(t *testing.T, d *desk.Desk, path string, into any) int {
	t.Helper()
	res, err := http.Get(d.URL() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v: %s", path, err, b)
	}
	return res.StatusCode
}

// await waits until n pieces have left.
func await(t *testing.T, d *desk.Desk, n int) []edge.Piece {
	t.Helper()
	var out []edge.Piece
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		if get(t, d, "/dev/outbox.json", &out); len(out) >= n {
			return out
		}
	}
	t.Fatalf("%d pieces left, want %d", len(out), n)
	return nil
}

// accepted waits until the desk has recorded that n pieces left: to turn the clock earlier would make it doubt.
func accepted(t *testing.T, d *desk.Desk, n int) {
	t.Helper()
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		got := 0
		for _, line := range d.Ledger.Lines() {
			got += bytes.Count(line, []byte(`"state":"accepted"`))
		}
		if got == n {
			return
		}
	}
	t.Fatalf("not %d pieces are recorded as accepted", n)
}

const angry = "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: My suitcase\nDate: Mon, 23 Nov 2026 10:00:00 +0100\n" +
	"Message-ID: <1@home.example>\n\nMy suitcase arrived broken and nobody answers the phone. This is terrible.\n"

func TestFromSMTPToTheOutbox(t *testing.T) {
	var log noise
	d := open(t, desk.Options{Clock: clock.Stopped(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)), Log: &log})
	send(t, d, "ada@home.example", "care@acme.example", angry)
	first := await(t, d, 1)[0]
	address := first.Headers["Reply-To"]
	address = strings.Trim(address[strings.LastIndexByte(address, '<'):], "<>")
	for name, ok := range map[string]bool{
		"In-Reply-To":    first.Headers["In-Reply-To"] == "<1@home.example>",
		"References":     first.Headers["References"] == "<1@home.example>",
		"Auto-Submitted": first.Headers["Auto-Submitted"] == "auto-replied",
		"Reply-To":       strings.HasSuffix(address, "@reply.acme.example"),
		"kind":           first.Kind == "receipt" && first.Channel == "email" && first.Conversation != "",
		"text":           strings.Contains(first.Text, "Ada Marsh") && strings.Contains(first.Text, "automatic receipt") && strings.Contains(first.Text, "by 11:00 today"),
		"html":           strings.Contains(first.HTML, "automatic receipt"),
		"to":             first.To == "ada@home.example",
	} {
		if !ok {
			t.Errorf("%s is wrong in %+v", name, first)
		}
	}

	accepted(t, d, 1)
	d.AWS.Clock.Turn(10 * time.Minute) // past the two minutes in which messages share a receipt
	send(t, d, "ada@home.example", address, fmt.Sprintf("From: ada@home.example\nTo: %s\nSubject: Re: %s\nMessage-ID: <2@home.example>\nIn-Reply-To: %s\n\nThe tag of the bag is in my booking.\n",
		address, first.Subject, first.Headers["Message-ID"]))
	second := await(t, d, 2)[1]
	accepted(t, d, 2)
	if second.Conversation != first.Conversation || !strings.Contains(second.Text, "added") {
		t.Errorf("the follow-up got, in conversation %s beside %s:\n%s", second.Conversation, first.Conversation, second.Text)
	}

	var sum struct {
		Received, Receipted int
		Balanced            bool
	}
	status := 0
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		// A notice whose turn is taken counts as waiting until it is out of its queue.
		if status = get(t, d, "/api/v1/reconciliation?day=2026-11-23", &sum); sum.Received == 2 {
			break
		}
	}
	if status != http.StatusOK || sum.Received != 2 || sum.Receipted != 2 || !sum.Balanced {
		t.Errorf("the day's sum: %d %+v", status, sum)
	}
	var lines []struct{ Msg string }
	if get(t, d, "/dev/ledger.json?mail=1@home.example", &lines); len(lines) != 4 {
		t.Errorf("the ledger has %v about the conversation, want two turns and two effects", lines)
	}
	if words := log.String(); strings.Count(words, "\n") < 4 || strings.Contains(words, "@") || strings.Contains(words, "Ada") || strings.Contains(words, "suitcase") {
		t.Errorf("the log for people:\n%s", words)
	}
}

// A contact's mail that came by SES is found by its Message-ID, of which only ours are known by the part before the @.
func TestMailOfASenderAtSESIsFound(t *testing.T) {
	d := open(t, desk.Options{})
	send(t, d, "ada@home.example", "care@acme.example", strings.Replace(angry, "1@home.example", "1@email.amazonses.com", 1))
	first := await(t, d, 1)[0]
	accepted(t, d, 1)
	for _, id := range []string{"1@email.amazonses.com", strings.Trim(first.Headers["Message-ID"], "<>")} {
		found, err := d.Trace(t.Context(), id)
		if err != nil || !found[first.Conversation] {
			t.Errorf("%s: %v, %v; want conversation %s", id, found, err, first.Conversation)
		}
	}
}

func TestTheSecondStartKeepsEverything(t *testing.T) {
	o := with(t, desk.Options{})
	d, err := desk.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	send(t, d, "ada@home.example", "care@acme.example", angry)
	first := await(t, d, 1)[0]
	token := d.Keys.Token("acme-air", first.Conversation)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}

	again := open(t, o)
	var h edge.Health
	if status := get(t, again, "/healthz", &h); status != http.StatusOK {
		t.Errorf("healthz: %d", status)
	}
	if h.Sent != 1 || again.Keys.Token("acme-air", first.Conversation) != token {
		t.Errorf("the second start lost the outbox (%d) or the secret", h.Sent)
	}
}

func TestAStartWaitsForItsPredecessor(t *testing.T) {
	o := with(t, desk.Options{})
	d, err := desk.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(500 * time.Millisecond)
		_ = d.Close()
	}()
	open(t, o)
}

func TestWhatIsWrongWithTheSetUpIsSaid(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	taken := busy.Addr().String()
	broken := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(broken, []byte("brands: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	turned := t.TempDir()
	if err := os.WriteFile(filepath.Join(turned, "turned"), []byte("soon\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o    desk.Options
		want []string
	}{
		"HTTP port taken":       {desk.Options{HTTP: taken}, []string{taken, "taken", "PRONTO_HTTP"}},
		"SMTP port taken":       {desk.Options{SMTP: taken}, []string{taken, "taken", "PRONTO_SMTP"}},
		"reachable from abroad": {desk.Options{HTTP: "0.0.0.0:0"}, []string{"PRONTO_HTTP", "0.0.0.0:0", "loopback"}},
		"SMTP from abroad":      {desk.Options{SMTP: ":2525"}, []string{"PRONTO_SMTP", "loopback"}},
		"no address":            {desk.Options{SMTP: "2525"}, []string{"PRONTO_SMTP", "127.0.0.1:PORT"}},
		"broken policy":         {desk.Options{Policy: broken}, []string{broken + ":1", "pronto policy check"}},
		"no policy":             {desk.Options{Policy: "nowhere.yaml"}, []string{"rule book", "nowhere.yaml"}},
		"a file for a state":    {desk.Options{State: broken}, []string{"PRONTO_STATE", "can be written to"}},
		"a turned file":         {desk.Options{State: turned, Faults: true}, []string{"turned", "remove it"}},
	} {
		d, err := desk.Open(t.Context(), with(t, c.o))
		if err == nil {
			t.Errorf("%s: it opened", name)
			_ = d.Close()
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", name, err, want)
			}
		}
		var problems *desk.PolicyError
		if errors.As(err, &problems) != (name == "broken policy") {
			t.Errorf("%s is a policy error: %v", name, err)
		}
	}
}

func TestATurnedClockStaysTurned(t *testing.T) {
	o := with(t, desk.Options{Faults: true})
	d, err := desk.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		res, err := http.Post(d.URL()+"/dev/clock", "application/json", strings.NewReader(`{"turn":"90m"}`))
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("turn: %v %v", res, err)
		}
		res.Body.Close()
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, o)
	if ahead := time.Until(again.AWS.Clock.Now()); ahead < 179*time.Minute || ahead > 181*time.Minute {
		t.Errorf("after the restart the clock is %v ahead, want 3h", ahead)
	}
}

func TestEveryFunctionOfTheWiringRuns(t *testing.T) {
	d := open(t, desk.Options{})
	for _, f := range wiring.Functions() {
		if d.Functions[f.Name].Invoke == nil || d.Functions[f.Name].Timeout != f.Timeout {
			t.Errorf("function %s is not deployed as the wiring has it", f.Name)
		}
		for _, name := range f.Env {
			if d.Setup.Env(name) == "" {
				t.Errorf("%s of function %s is not set", name, f.Name)
			}
		}
	}
	for _, q := range wiring.Queues() {
		for _, name := range []string{q.Name, wiring.Dead(q.Name)} {
			if _, err := d.AWS.SQS.Stats(name); err != nil {
				t.Errorf("queue %s: %v", name, err)
			}
		}
	}
}

func TestThePolicysDomainsAreTaken(t *testing.T) {
	d := open(t, desk.Options{})
	c, err := smtp.Dial(d.SMTP())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Mail("ada@home.example", nil); err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]bool{
		"care@acme.example": true, "CARE+x@ACME.example": true, "nobody@acme.example": true, "r+abc@reply.acme.example": true,
		"care@other.example": false, "care@sub.acme.example": false,
	} {
		if err := c.Rcpt(to, nil); (err == nil) != want {
			t.Errorf("%s: %v", to, err)
		}
	}
}

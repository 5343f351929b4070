package poll_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/edge"
	"pronto/shared/setup"
	"pronto/shared/store"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const (
	today = "2026-11-23"
	mira  = "mira@customer.example"
)

// office is a mailbox on an IMAP server of another house's, and the desk that polls it.
type office struct {
	*testing.T
	*desktest.Desk
	user  *imapmemserver.User
	lines int
}

// open starts the server with what is in the mailbox already, and the desk with its rule book.
func open(t *testing.T, before ...string) *office {
	t.Helper()
	return opened(t, nil, true, before...)
}

func opened(t *testing.T, f *desktest.Fault, neighbour bool, before ...string) *office {
	t.Helper()
	w := &office{T: t, user: imapmemserver.NewUser("care", "hunter2")}
	if err := w.user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	for _, raw := range before {
		w.arrives(raw, monday.Add(-time.Hour))
	}
	port := serve(t, w.user)
	good := fmt.Sprintf("      - {host: 127.0.0.1, port: %d, user: care, secret: care, address: care@acme.example, trust: mx.acme.example, late: 2h}\n", port)
	// Its neighbour has another password, and stands in nobody's way.
	bad := fmt.Sprintf("      - {host: 127.0.0.1, port: %d, user: other, secret: other, address: care@acme.example}\n", port)
	if !neighbour {
		bad = ""
	}
	o := desktest.Options{
		Start: monday, Policy: book(t, bad+good), Outside: desk.Outside{Passwords: map[string]string{"care": "hunter2", "other": "wrong"}},
	}
	if f == nil {
		f = &desktest.Fault{}
	}
	w.Desk = desktest.NewBroken(t, o, f)
	return w
}

func serve(t *testing.T, user *imapmemserver.User) int {
	t.Helper()
	mem := imapmemserver.New()
	mem.AddUser(user)
	s := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		InsecureAuth: true,
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

// book is the repository's rule book with mailboxes of Acme Air's.
func book(t *testing.T, mailboxes string) string {
	t.Helper()
	b, err := os.ReadFile("../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(b), "    reply_domain:", "    mailboxes:\n"+mailboxes+"    reply_domain:", 1)
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// passes is what the receiving server writes above a mail of Mira's.
const passes = "Authentication-Results: mx.acme.example; dmarc=pass header.from=customer.example\n"

// letter is the nth mail of Mira's, with what servers wrote above it.
func letter(n int, above string) string {
	return above + "Return-Path: <" + mira + ">\nFrom: Mira Novak <" + mira + ">\nTo: care@acme.example\n" +
		fmt.Sprintf("Subject: Journey %d\nDate: Mon, 23 Nov 2026 10:00:00 +0100\nMessage-ID: <m%d@customer.example>\n\nWhere do I find booking %d?\n", n, n, n)
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// arrives puts a mail into the mailbox.
func (w *office) arrives(raw string, at time.Time) {
	w.Helper()
	if _, err := w.user.Append("INBOX", literal{bytes.NewReader(desktest.CRLF(raw))}, &imap.AppendOptions{Time: at}); err != nil {
		w.Fatal(err)
	}
}

// polls lets a minute go by.
func (w *office) polls() {
	w.Helper()
	w.Turn(time.Minute)
}

// told counts the ledger's lines since the last call, by what they say.
func (w *office) told() map[string]int {
	w.Helper()
	n, all := map[string]int{}, w.Ledger.Lines()
	for _, raw := range all[w.lines:] {
		var l struct {
			Msg, Reason, Error string
			Suppressed         any // of a day's sum it is no word
			Taken              bool
		}
		if err := json.Unmarshal(raw, &l); err != nil {
			w.Fatal(err)
		}
		if bytes.Contains(raw, []byte("hunter2")) || bytes.Contains(raw, []byte(mira)) {
			w.Errorf("the ledger shows %s", raw)
		}
		for _, what := range []string{l.Msg, l.Reason, fmt.Sprint(l.Suppressed), l.Error} {
			n[what]++
		}
		if l.Taken {
			n["taken"]++
		}
	}
	w.lines = len(all)
	return n
}

// receipts are to whom pieces left.
func (w *office) receipts() (to []string) {
	w.Helper()
	for _, p := range w.Outbox() {
		to = append(to, p.To)
	}
	return to
}

// Mira's mail lies in a mailbox of another house's; within a minute she has her receipt, and only she.
func TestNewMailInAMailboxIsAcknowledged(t *testing.T) {
	w := open(t, letter(1, passes))
	w.polls()
	if got := w.receipts(); len(got) != 0 {
		t.Errorf("what lay there before the desk was set up is answered: %v", got)
	}
	w.arrives(letter(2, passes), w.Clock.Now())
	w.polls()
	if got := w.receipts(); len(got) != 1 || got[0] != mira {
		t.Fatalf("receipts to %v", got)
	}
	w.polls()
	if n := w.told(); n["turn"] != 1 || n["fetched"] != 1 || n["log in"] == 0 {
		t.Errorf("the ledger has %v: one mail once, and the other mailbox's failure", n)
	}
	if s := w.Day(today); s.Received != 1 || !s.Balanced {
		t.Errorf("the sum is %+v", s)
	}
}

// Without the receiving server's word nobody is believed: the mail is kept and placed, and gets no receipt.
func TestAnUnprovedMailIsKept(t *testing.T) {
	w := open(t)
	w.polls()
	w.arrives(letter(1, ""), w.Clock.Now())
	w.arrives(letter(2, "Authentication-Results: mx.evil.example; dmarc=pass header.from=customer.example\n"+passes), w.Clock.Now())
	w.polls()
	if n := w.told(); n["turn"] != 2 || n["unauthenticated"] != 2 || len(w.receipts()) != 0 {
		t.Errorf("the ledger has %v", n)
	}
}

// What has lain there for longer than the policy says is placed, and the reason for its silence stands with it.
func TestNothingOldIsReceipted(t *testing.T) {
	w := open(t)
	w.polls()
	w.arrives(letter(1, passes), w.Clock.Now().Add(-3*time.Hour))
	w.arrives(letter(2, passes), w.Clock.Now().AddDate(0, 0, -9))
	w.polls()
	if n := w.told(); n["turn"] != 2 || n["late"] != 2 || len(w.receipts()) != 0 {
		t.Errorf("the ledger has %v", n)
	}
	if s := w.Day(today); s.Received != 2 || s.Suppressed["late"] != 2 || !s.Balanced {
		t.Errorf("the sum is %+v", s)
	}
}

// Whichever write of a poll breaks, in whichever way, the mail is fetched again and taken once; what a dead poller had leased is free after two minutes.
func TestAPollThatDiesIsDoneAgain(t *testing.T) {
	f := &desktest.Fault{}
	w := opened(t, f, false)
	w.polls()
	for n, mode := range desktest.Modes() {
		for k := range 5 { // lease, mail, notice, cursor, end
			w.arrives(letter(10*n+k, ""), w.Clock.Now())
			w.told()
			f.Mode, f.At = mode, len(f.Writes())+k+1
			w.Schedule("poll")
			f.At = 0
			w.Turn(4 * time.Minute)
			if told := w.told(); told["turn"]-told["taken"] < 1 {
				t.Errorf("%s at write %d: the ledger has %v", mode, k+1, told)
			}
			if s := w.Day(today); s.Received != 5*n+k+1 || !s.Balanced {
				t.Errorf("%s at write %d: the sum is %+v", mode, k+1, s)
			}
		}
	}
	if n := len(w.receipts()); n != 0 {
		t.Errorf("%d pieces left", n)
	}
}

// While another poller has the mailbox nobody else reads it; when its lease is over, and it has not come back, somebody does. And then it moves nothing any more.
func TestOnePollerAtATime(t *testing.T) {
	w := opened(t, nil, false)
	w.polls()
	w.arrives(letter(1, passes), w.Clock.Now())
	rows := store.New(dynamodb.NewFromConfig(w.Setup.AWS), w.Setup.Env(setup.Table))
	keys, err := w.Setup.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id := keys.Message("acme-air", "email", `mailbox "127.0.0.1" "care" "INBOX"`)
	other, err := rows.Cursor(t.Context(), "acme-air", "email", id)
	if err != nil || other.Validity == 0 {
		t.Fatalf("the cursor is %+v, %v", other, err)
	}
	other.Until = w.Clock.Now().Add(90 * time.Second)
	if err := rows.SaveCursor(t.Context(), "acme-air", "email", id, &other); err != nil {
		t.Fatal(err)
	}
	w.polls()
	if n := w.told(); n["fetched"] != 0 {
		t.Errorf("two read it at once: %v", n)
	}
	w.polls()
	if n := w.told(); n["fetched"] != 1 || len(w.receipts()) != 1 {
		t.Errorf("after the lease: %v", n)
	}
	if err := rows.SaveCursor(t.Context(), "acme-air", "email", id, &other); !errors.Is(err, store.ErrCursorMoved) {
		t.Errorf("who lost the lease moves the cursor: %v", err)
	}
}

// A mailbox that fails says so by a code, and becomes an alarm after a quarter of an hour.
func TestAMailboxThatFailsForLong(t *testing.T) {
	w := open(t)
	w.Turn(10 * time.Minute)
	if errs := w.Errors(); len(errs) != 0 {
		t.Errorf("after ten minutes: %v", errs)
	}
	w.Turn(10 * time.Minute)
	if errs := w.Errors(); len(errs) == 0 || !strings.Contains(errs[0].Error(), "log in") || strings.Contains(errs[0].Error(), "127.0.0.1") {
		t.Errorf("after twenty minutes: %v", errs)
	}
}

// The server numbers its mails anew: what was taken is not taken again, what was not is, and a stranger's copy of a known Message-ID hides nothing.
func TestAChangedUIDValidity(t *testing.T) {
	w := open(t)
	w.polls()
	w.arrives(letter(1, passes), w.Clock.Now())
	w.arrives(letter(2, ""), w.Clock.Now())
	w.polls()
	w.told()
	if err := w.user.Delete("INBOX"); err != nil {
		t.Fatal(err)
	}
	if err := w.user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	w.arrives(letter(9, passes), monday.AddDate(0, 0, -40)) // was never the desk's
	w.arrives(letter(2, ""), monday.Add(time.Minute))
	w.arrives(letter(1, passes), monday.Add(time.Minute))
	w.arrives(letter(3, passes), w.Clock.Now())
	w.arrives(strings.Replace(letter(4, ""), "<m4@", "<m1@", 1), w.Clock.Now())
	w.polls()
	if n := w.told(); n["mailbox renumbered"] != 1 || n["fetched"] != 2 || n["turn"] != 2 || n["taken"] != 0 {
		t.Errorf("the ledger has %v: the two that are new, and no other", n)
	}
	w.polls()
	if n := w.told(); n["fetched"] != 0 {
		t.Errorf("it is read again: %v", n)
	}
}

// A mail larger than SES would take is held with its header, and its neighbours are taken.
func TestAMailThatIsTooLarge(t *testing.T) {
	w := open(t)
	w.polls()
	w.arrives(letter(1, passes)+strings.Repeat(strings.Repeat("x", 1022)+"\n", 41<<10), w.Clock.Now())
	w.arrives(letter(2, passes), w.Clock.Now())
	w.polls()
	if n := w.told(); n["held"] != 1 || n["unreadable"] != 1 || n["turn"] != 1 {
		t.Errorf("the ledger has %v", n)
	}
	if s := w.Day(today); s.Received != 2 || s.Held["unreadable"] != 1 || !s.Balanced {
		t.Errorf("the sum is %+v", s)
	}
}

// More than one run takes waits for the next, and nothing is left out.
func TestManyMails(t *testing.T) {
	w := open(t)
	w.polls()
	for n := range 53 {
		w.arrives(letter(n, ""), w.Clock.Now())
	}
	w.polls()
	if n := w.told(); n["fetched"] != 50 {
		t.Errorf("the first run fetches %d", n["fetched"])
	}
	w.polls()
	if n := w.told(); n["fetched"] != 3 || w.Day(today).Received != 53 {
		t.Errorf("the second fetches %d, and %d are received", n["fetched"], w.Day(today).Received)
	}
}

// How the mailboxes are is told to who answers: one is read, its neighbour has another password.
func TestAgentsSeeHowTheMailboxesAre(t *testing.T) {
	w := open(t)
	lines := func() map[string]work.Line {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/api/v1/channels", nil)
		r.Header.Set("Authorization", "Bearer dev:ana")
		got := httptest.NewRecorder()
		edge.AsAgent(w.API()).ServeHTTP(got, r)
		var out struct{ Items []work.Line }
		if err := json.Unmarshal(got.Body.Bytes(), &out); err != nil || got.Code != http.StatusOK || len(out.Items) != 2 {
			t.Fatalf("%d %s %v", got.Code, got.Body, err)
		}
		all := map[string]work.Line{}
		for _, l := range out.Items {
			all[strings.Fields(l.Name)[2]] = l
		}
		return all
	}
	for user, l := range lines() {
		if l.State != work.LineNew || l.Read != nil || l.Brand != "acme-air" || l.Channel != "email" {
			t.Errorf("%s before the first poll: %+v", user, l)
		}
	}
	w.polls()
	all := lines()
	if l := all["care"]; l.State != work.LineOK || l.Read == nil || !l.Read.Equal(monday.Add(time.Minute)) || l.Why != "" {
		t.Errorf("the one that is read: %+v", l)
	}
	if l := all["other"]; l.State != work.LineFailing || l.Read != nil || l.Why != "log in" || l.Since == nil || !strings.Contains(l.Words, "user and password") {
		t.Errorf("the one that is not: %+v", l)
	}
}

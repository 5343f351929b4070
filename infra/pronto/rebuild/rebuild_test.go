package rebuild_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/infra/pronto/rebuild"
	"pronto/infra/wiring"
	"pronto/shared/channel/webhook"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

type world struct {
	*desktest.Desk
	t *testing.T
}

func open(t *testing.T) *world {
	return &world{desktest.New(t, desktest.Options{Start: monday}), t}
}

func (w *world) mail(n int, from, to, subject, text string) {
	w.t.Helper()
	w.SendMail(from, fmt.Sprintf("From: %s\nTo: %s\nSubject: %s\nMessage-ID: <%d@home.example>\nDate: Mon, 23 Nov 2026 10:00:00 +0100\n\n%s\n", from, to, subject, n, text), to)
	w.Settle()
	w.Turn(3 * time.Minute)
}

func (w *world) mention(n int, body string) {
	w.t.Helper()
	secrets, _, err := w.HookSecrets(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := webhook.ParseSecrets(secrets)
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "http://localhost/hooks/custom", strings.NewReader(body))
	if r.Header, err = s.Sign(fmt.Sprintf("msg_%d", n), w.Clock.Now(), []byte(body)); err != nil {
		w.t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	w.Hooks().ServeHTTP(rec, r)
	if rec.Code != http.StatusAccepted {
		w.t.Fatalf("post: %d %s", rec.Code, rec.Body)
	}
	w.Settle()
	w.Turn(3 * time.Minute)
}

// ask asks the API as Ana, a lead.
func (w *world) ask(method, path, body string, into any) {
	w.t.Helper()
	r := httptest.NewRequest(method, "http://localhost/api/v1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer dev:ana")
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	edge.AsAgent(w.API()).ServeHTTP(rec, r)
	if rec.Code != http.StatusOK {
		w.t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
	}
	if into != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
			w.t.Fatal(err)
		}
	}
	w.Settle()
}

// rows are the table's.
func (w *world) rows() (all []map[string]types.AttributeValue) {
	w.t.Helper()
	pages := dynamodb.NewScanPaginator(dynamodb.NewFromConfig(w.Setup.AWS), &dynamodb.ScanInput{TableName: aws.String(wiring.Table)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, page.Items...)
	}
	return all
}

// lose empties the table.
func (w *world) lose() {
	w.t.Helper()
	client := dynamodb.NewFromConfig(w.Setup.AWS)
	for _, i := range w.rows() {
		_, err := client.DeleteItem(w.t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(wiring.Table), Key: map[string]types.AttributeValue{"PK": i["PK"], "SK": i["SK"]}})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// shown is what matters of a conversation, as agents see it.
func (w *world) shown(id string) string {
	w.t.Helper()
	var c work.Conversation
	w.ask("GET", "/conversations/"+id, "", &c)
	text := fmt.Sprintf("%s %s %s %s %s tags %v\n", c.Status, c.Priority, c.Assignee.ID, c.Contact.Address, c.Subject, c.Tags)
	if c.Promise != nil {
		text += fmt.Sprintf("promise %s %s\n", c.Promise.State, c.Promise.By.Format(time.RFC3339))
	}
	for _, x := range c.Targets {
		text += fmt.Sprintf("target %s %s %s\n", x.Kind, x.State, x.Due.Format(time.RFC3339))
	}
	for _, m := range c.Messages {
		if m.Kind == "receipt" || m.Kind == "notice" {
			continue // sent or not: nothing in the bucket tells
		}
		text += fmt.Sprintf("%s %s %s %q %s\n", m.Direction, m.Kind, m.At.Format(time.RFC3339), m.Text, m.Author)
	}
	return text
}

// stored is everything in the bucket under a prefix.
func (w *world) stored(prefix string) map[string][]byte {
	w.t.Helper()
	all, client := map[string][]byte{}, w.Setup.S3()
	page, err := client.ListObjectsV2(w.t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(wiring.Bucket), Prefix: &prefix})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, o := range page.Contents {
		out, err := client.GetObject(w.t.Context(), &s3.GetObjectInput{Bucket: aws.String(wiring.Bucket), Key: o.Key})
		if err != nil {
			w.t.Fatal(err)
		}
		if all[*o.Key], err = io.ReadAll(out.Body); err != nil {
			w.t.Fatal(err)
		}
	}
	return all
}

func (w *world) conversationOf(address string) string {
	w.t.Helper()
	for _, p := range w.Outbox() {
		if p.To == address {
			return p.Conversation
		}
	}
	w.t.Fatalf("nothing was sent to %s", address)
	return ""
}

// The table is lost, and made anew of what lies in the bucket: every conversation is as it was, nobody is sent anything, and who was forgotten is not back, though a
// copy of the bucket has his mail still.
func TestATableIsRebuilt(t *testing.T) {
	w := open(t)
	w.mail(1, "ada@home.example", "care@acme.example", "My suitcase", "My suitcase arrived broken and nobody answers the phone. This is terrible.")
	w.mail(2, "bo@work.example", "care@acme.example", "My seat", "Where is my seat?")
	w.mail(3, "carl@gone.example", "care@acme.example", "Forget me", "You will.")
	w.mail(4, "dan@late.example", "care@acme.example", "Thanks", "Thank you, all was great!")
	w.mail(5, "eve@else.example", "nobody@acme.example", "Stray", "Who reads this?")
	w.mention(1, `{"id":"77","author":{"handle":"@eva","name":"Eva Roth"},"text":"My wheel is broken.","created_at":"2026-11-23T09:10:00Z"}`)
	w.mention(2, `{"id":"77","event":"edited","text":"My blue wheel is broken.","updated_at":"2026-11-23T09:16:00Z"}`)
	ada, bo, carl, dan := w.conversationOf("ada@home.example"), w.conversationOf("bo@work.example"), w.conversationOf("carl@gone.example"), w.conversationOf("dan@late.example")
	w.ask("POST", "/conversations/"+ada+"/note", `{"text":"She calls often."}`, nil)
	w.ask("POST", "/conversations/"+ada+"/reply", `{"text":"It is found.","then":{"tags":["found"]}}`, nil)
	w.ask("POST", "/conversations/"+dan+"/reply", `{"text":"You are welcome.","then":{"resolve":true}}`, nil)
	w.ask("POST", "/conversations/"+bo+"/reply", `{"text":"I shall take this back.","at":"2026-11-24T09:00:00Z"}`, nil)
	var c work.Conversation
	w.ask("GET", "/conversations/"+bo, "", &c)
	w.ask("POST", "/conversations/"+bo+"/take_back", `{"answer":"`+c.Scheduled[0].ID+`"}`, nil)
	w.mail(6, "ada@home.example", "care@acme.example", "Re: My suitcase", "Where?")
	w.mail(7, "carl@gone.example", "nobody@acme.example", "Forget this", "You will, too.")
	kept := w.stored("mail/")
	w.ask("GET", "/conversations/"+carl, "", &c)
	w.ask("POST", "/contacts/"+c.Contact.ID+"/forget", `{"why":"article 17"}`, nil)
	w.Turn(9 * time.Hour) // bo's target breaks, pages climb

	var eva string
	for _, p := range w.Outbox() {
		if p.Channel == "custom" {
			eva = p.Conversation
		}
	}
	ids := []string{ada, bo, dan, eva}
	before, sent := map[string]string{}, len(w.Outbox())
	for _, id := range ids {
		before[id] = w.shown(id)
	}
	if _, err := rebuild.Run(t.Context(), w.Setup, rebuild.Options{Until: w.Clock.Now()}); !errors.Is(err, rebuild.ErrNotEmpty) {
		t.Fatalf("into a table with something in it: %v", err)
	}

	for _, until := range []time.Time{{}, w.Clock.Now().Add(time.Second)} {
		if _, err := rebuild.Run(t.Context(), w.Setup, rebuild.Options{Until: until, Resume: true}); !errors.Is(err, rebuild.ErrUntil) {
			t.Fatalf("until %s: %v", until, err)
		}
	}

	w.lose()
	lost := w.Clock.Now()
	client := w.Setup.S3()
	for key, raw := range kept { // the bucket, too, is a copy of before
		if bytes.Contains(raw, []byte("carl@gone.example")) {
			if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(wiring.Bucket), Key: &key, Body: bytes.NewReader(raw)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	var troubles []string
	report, err := rebuild.Run(t.Context(), w.Setup, rebuild.Options{Until: lost, Trouble: func(key string, err error) { troubles = append(troubles, key+": "+err.Error()) }})
	if err != nil || len(troubles) > 0 {
		t.Fatalf("%v %q", err, troubles)
	}
	if report.Mails != 7 || report.Mentions != 2 || report.Answers != 2 || report.Notes != 1 || report.LeftOut != 2 || report.Unsigned != 1 || report.Conversations != 5 || report.Ticks == 0 {
		t.Errorf("the report: %+v", report)
	}
	for _, id := range ids {
		if after := w.shown(id); after != before[id] {
			t.Errorf("%s was\n%s\nis\n%s", id, before[id], after)
		}
	}
	w.Settle()
	w.Turn(10 * time.Minute)
	if out := w.Outbox(); len(out) != sent {
		t.Errorf("sent once more: %+v", out[sent:])
	}
	for _, i := range w.rows() {
		if doc, ok := i["doc"].(*types.AttributeValueMemberS); ok && (strings.Contains(doc.Value, "carl@") || strings.Contains(doc.Value, "You will")) {
			t.Errorf("he is back: %s", doc.Value)
		}
	}
	sum := w.Day("2026-11-23")
	if !sum.Balanced || sum.Received != 6 || sum.Suppressed["rebuilt"] == 0 || sum.Held["unknown_address"] != 1 {
		t.Errorf("the sum: %+v", sum)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}

	// A second run finds all of it taken.
	again, err := rebuild.Run(t.Context(), w.Setup, rebuild.Options{Until: lost, Resume: true})
	if err != nil || again.Troubled > 0 || again.Conversations != 5 {
		t.Errorf("once more: %+v %v", again, err)
	}
	for _, id := range ids {
		if after := w.shown(id); after != before[id] {
			t.Errorf("after a second run %s is\n%s", id, after)
		}
	}

	// Life goes on: who answers an old receipt by its signed address is in the same conversation, and gets a receipt.
	i := slices.IndexFunc(w.Outbox(), func(p edge.Piece) bool { return p.Kind == "receipt" && p.To == "bo@work.example" })
	signed := w.Outbox()[i].Headers["Reply-To"]
	signed = strings.Trim(signed[strings.LastIndexByte(signed, '<')+1:], "<>")
	w.mail(8, "bo@work.example", signed, "Re: My seat", "I am still waiting, 14C it was.")
	out := w.Outbox()[sent:]
	if !slices.ContainsFunc(out, func(p edge.Piece) bool {
		return p.Kind == "receipt" && p.Conversation == bo && p.To == "bo@work.example"
	}) {
		t.Errorf("left since: %+v", out)
	}
}

// sentTo counts what has left of a kind to an address.
func (w *world) sentTo(address, kind string) (n int) {
	for _, p := range w.Outbox() {
		if p.To == address && p.Kind == kind {
			n++
		}
	}
	return n
}

// The past ends when the table was lost. A mail that came since waits for intake, which gives it its receipt; an answer that was to leave since leaves, once; what had
// left before does not again.
func TestWhatCameAfterTheLossIsNotThePast(t *testing.T) {
	w := open(t)
	w.mail(1, "ada@home.example", "care@acme.example", "My suitcase", "Where is my suitcase?")
	w.mail(2, "bo@work.example", "care@acme.example", "My seat", "Where is my seat?")
	ada, bo := w.conversationOf("ada@home.example"), w.conversationOf("bo@work.example")
	w.ask("POST", "/conversations/"+ada+"/reply", `{"text":"It is found.","at":"2026-11-23T09:20:00Z"}`, nil)
	w.ask("POST", "/conversations/"+bo+"/reply", `{"text":"14C.","at":"2026-11-23T10:00:00Z"}`, nil)
	w.Turn(20 * time.Minute)
	if w.sentTo("ada@home.example", "reply") != 1 || w.sentTo("bo@work.example", "reply") != 0 {
		t.Fatalf("before the loss: %+v", w.Outbox())
	}

	w.lose()
	lost := w.Clock.Now()
	w.Clock.Turn(10 * time.Minute) // nothing runs; its notice waits in the queue
	w.SendMail("zoe@late.example", "From: zoe@late.example\nTo: care@acme.example\nSubject: My dog\nMessage-ID: <3@late.example>\n\nWhere is my dog?\n", "care@acme.example")
	w.Clock.Turn(time.Hour)
	report, err := rebuild.Run(t.Context(), w.Setup, rebuild.Options{Until: lost})
	if err != nil || report.Mails != 2 || report.Answers != 2 || report.Later != 1 || report.Troubled != 0 {
		t.Fatalf("%+v %v", report, err)
	}
	w.Settle()
	w.Turn(5 * time.Minute)
	for _, x := range []struct {
		to, kind string
		times    int
	}{
		{"ada@home.example", "receipt", 1}, {"bo@work.example", "receipt", 1}, {"zoe@late.example", "receipt", 1}, {"ada@home.example", "reply", 1}, {"bo@work.example", "reply", 1},
	} {
		if n := w.sentTo(x.to, x.kind); n != x.times {
			t.Errorf("%s was sent %d of %s, want %d", x.to, n, x.kind, x.times)
		}
	}
	if sum := w.Day("2026-11-23"); !sum.Balanced || sum.Received != 3 || sum.Suppressed["rebuilt"] != 2 || sum.Receipted != 1 {
		t.Errorf("the sum: %+v", sum)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// A table that was restored from a backup is given what the backup lacks. The clocks of conversations to which nothing is added are the desk's: what is overdue there
// rings when it runs again.
func TestARestoredTableIsCompleted(t *testing.T) {
	w := open(t)
	w.mail(1, "ada@home.example", "care@acme.example", "My suitcase", "My suitcase arrived broken and nobody answers the phone. This is terrible.")
	ada := w.conversationOf("ada@home.example")
	backup := w.rows()
	w.mail(2, "bo@work.example", "care@acme.example", "My seat", "Where is my seat?")
	bo := w.conversationOf("bo@work.example")
	w.lose()
	client := dynamodb.NewFromConfig(w.Setup.AWS)
	for _, i := range backup {
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(wiring.Table), Item: i}); err != nil {
			t.Fatal(err)
		}
	}
	calls := func() (n int) {
		for _, p := range w.Outbox() {
			if p.Kind == "page" && p.Conversation == ada {
				n++
			}
		}
		return n
	}
	w.Clock.Turn(9 * time.Hour) // nobody is called while nothing runs
	before := calls()
	report, err := rebuild.Run(t.Context(), w.Setup, rebuild.Options{Until: w.Clock.Now(), Resume: true})
	if err != nil || report.Conversations != 2 || report.Troubled != 0 || report.Ticks == 0 {
		t.Fatalf("%+v %v", report, err)
	}
	w.Settle()
	w.Turn(5 * time.Minute)
	if calls() == before {
		t.Errorf("nobody was called for who waits: %+v", w.Outbox())
	}
	if w.sentTo("ada@home.example", "receipt") != 1 || w.sentTo("bo@work.example", "receipt") != 1 {
		t.Errorf("receipts: %+v", w.Outbox())
	}
	var c work.Conversation
	if w.ask("GET", "/conversations/"+bo, "", &c); len(c.Messages) == 0 {
		t.Error("what the backup lacked is lacking still")
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// A rebuild that was interrupted before it set the clocks is finished by the next one: who waits is not forgotten.
func TestAnInterruptedRebuildIsFinished(t *testing.T) {
	w := open(t)
	w.mail(1, "ada@home.example", "care@acme.example", "My suitcase", "My suitcase arrived broken and nobody answers the phone. This is terrible.")
	w.lose()
	lost := w.Clock.Now()
	if _, err := rebuild.Run(t.Context(), w.Setup, rebuild.Options{Until: lost}); err != nil {
		t.Fatal(err)
	}
	client := dynamodb.NewFromConfig(w.Setup.AWS)
	stopped := 0
	for _, i := range w.rows() {
		if _, armed := i["g3p"]; !armed {
			continue
		}
		delete(i, "g3p")
		delete(i, "g3s")
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(wiring.Table), Item: i}); err != nil {
			t.Fatal(err)
		}
		stopped++
	}
	if stopped != 1 {
		t.Fatalf("%d clocks were set", stopped)
	}
	if _, err := rebuild.Run(t.Context(), w.Setup, rebuild.Options{Until: lost, Resume: true}); err != nil {
		t.Fatal(err)
	}
	w.Turn(2 * time.Hour)
	if !slices.ContainsFunc(w.Outbox(), func(p edge.Piece) bool { return p.Kind == "page" }) {
		t.Errorf("nobody was called: %+v", w.Outbox())
	}
}

package local_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/infra/local"
	"pronto/infra/local/clock"
	"pronto/infra/local/faults"
	"pronto/infra/local/lambda"
	"pronto/infra/local/ses"
)

func TestOnlyLoopback(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "nonsense"} {
		if a, err := local.Open(t.Context(), local.Options{Dir: t.TempDir(), Listen: addr}); err == nil {
			a.Close()
			t.Errorf("listens on %q", addr)
		}
	}
	if _, err := local.Open(t.Context(), local.Options{}); err == nil {
		t.Error("opened without a directory")
	}
	a := open(t, local.Options{})
	for host, want := range map[string]int{"evil.example": 421, "raw.evil.example:80": 421, "localhost": 200, "127.0.0.1:1": 200, "[::1]:9": 200, "[::1]": 200} {
		r := ok[*http.Request](t)(http.NewRequest("GET", a.Endpoint()+"/", nil))
		r.Host = host
		res := ok[*http.Response](t)(http.DefaultClient.Do(r))
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("host %s: %d, want %d", host, res.StatusCode, want)
		}
	}
}

// Another program finds the way by its environment alone.
func TestEnvLeadsHere(t *testing.T) {
	a := open(t, local.Options{})
	for k, v := range a.Env() {
		t.Setenv(k, v)
	}
	cfg := ok[aws.Config](t)(config.LoadDefaultConfig(t.Context()))
	ok[*sqs.CreateQueueOutput](t)(sqs.NewFromConfig(cfg).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("by-env")}))
	ok[*s3.CreateBucketOutput](t)(s3.NewFromConfig(cfg).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("by-env")}))
	if !slices.Contains(a.SQS.Names(), "by-env") {
		t.Error("the queue is elsewhere")
	}
	if u := a.Usage(); u["sqs"]["CreateQueue"] != 1 || u["s3"]["CreateBucket"] != 1 {
		t.Errorf("usage %v", u)
	}
}

func admin(t *testing.T, a *local.AWS, method, path, body string) (int, string) {
	t.Helper()
	r := ok[*http.Request](t)(http.NewRequest(method, a.Endpoint()+path, strings.NewReader(body)))
	res := ok[*http.Response](t)(http.DefaultClient.Do(r))
	defer res.Body.Close()
	return res.StatusCode, string(ok[[]byte](t)(io.ReadAll(res.Body)))
}

func TestAdminEndpoint(t *testing.T) {
	if code, _ := admin(t, open(t, local.Options{}), "GET", "/_local/faults", ""); code != 403 {
		t.Errorf("without Options.Admin: %d", code)
	}
	noon := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	a := open(t, local.Options{Admin: true, Clock: clock.Stopped(noon)})
	for _, c := range []struct {
		method, path, body string
		code               int
		has                string
	}{
		{"PUT", "/_local/faults", `[{"kind":"torn","service":"sqs","times":1}]`, 200, `"kind":"torn"`},
		{"PUT", "/_local/faults", `[{"kind":"melt"}]`, 400, "melt"}, {"PUT", "/_local/faults", `[{"colour":"red"}]`, 400, "colour"},
		{"GET", "/_local/faults", "", 200, `"times":1`}, {"POST", "/_local/clock", `{"turn":"90m"}`, 200, "2026-03-28T13:30:00Z"}, {"GET", "/_local/clock", "", 200, "2026-03-28T13:30:00Z"},
		{"POST", "/_local/clock", `{"turn":"-1h"}`, 400, "want a duration"}, {"GET", "/_local/operations", "", 200, "SendEmail"}, {"GET", "/_local/usage", "", 200, "{}"},
		{"GET", "/_local/none", "", 400, "not implemented"},
	} {
		if code, body := admin(t, a, c.method, c.path, c.body); code != c.code || !strings.Contains(body, c.has) {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, code, body)
		}
	}
}

// Each fault as an SDK without retries meets it, and whether the message was sent.
func TestFaultsOnTheWire(t *testing.T) {
	for _, c := range []struct {
		fault  faults.Fault
		fails  bool
		stored int
	}{
		{faults.Fault{Kind: faults.Throttle}, true, 0}, {faults.Fault{Kind: faults.ServerError}, true, 0}, {faults.Fault{Kind: faults.Torn}, true, 1},
		{faults.Fault{Kind: faults.Slow, Delay: 50 * time.Millisecond}, false, 1},
	} {
		broken := func(t *testing.T, inside bool) {
			a := open(t, local.Options{})
			cfg := ok[aws.Config](t)(a.Config(t.Context()))
			if inside {
				cfg.HTTPClient = &http.Client{Transport: a.Transport()}
			}
			client := sqs.NewFromConfig(cfg, func(o *sqs.Options) { o.Retryer = aws.NopRetryer{} })
			q := ok[*sqs.CreateQueueOutput](t)(client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})).QueueUrl
			c.fault.Service, c.fault.Operation, c.fault.Times = "sqs", "SendMessage", 1
			if err := a.Faults.Set(c.fault); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			_, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: q, MessageBody: aws.String("m")})
			if (err != nil) != c.fails || time.Since(start) < c.fault.Delay {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
			if st, err := a.SQS.Stats("q"); err != nil || st.Visible != c.stored {
				t.Errorf("stored %+v, %v; want %d", st, err, c.stored)
			}
		}
		t.Run(string(c.fault.Kind), func(t *testing.T) { broken(t, false) })
		t.Run(string(c.fault.Kind)+" without a socket", func(t *testing.T) { broken(t, true) })
	}
}

// Whoever calls without a socket is heard as by one: what is given up is not answered, and what is asked of others goes to them.
func TestInside(t *testing.T) {
	a := open(t, local.Options{})
	client := &http.Client{Transport: a.Transport()}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	r := ok[*http.Request](t)(http.NewRequestWithContext(over, http.MethodGet, a.Endpoint()+"/", nil))
	if _, err := client.Do(r); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer other.Close()
	res := ok[*http.Response](t)(client.Get(other.URL))
	if res.Body.Close(); res.StatusCode != http.StatusTeapot {
		t.Errorf("another's answer: %s", res.Status)
	}
}

// With the SDK's own retries (only their pauses are cut short) a program never notices a throttle, in any service's words.
func TestRetriesGetThroughThrottles(t *testing.T) {
	d := newDesk(t, local.Options{})
	d.cfg.Retryer = func() aws.Retryer { return retry.AddWithMaxBackoffDelay(retry.NewStandard(), 10*time.Millisecond) }
	d.sqs, d.s3, d.ses = sqs.NewFromConfig(d.cfg), s3.NewFromConfig(d.cfg), sesv2.NewFromConfig(d.cfg)
	for service, call := range map[string]func() error{
		"sqs": func() error {
			_, err := d.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &d.url, MessageBody: aws.String("m")})
			return err
		},
		"s3": func() error {
			_, err := d.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("raw"), Key: aws.String("k"), Body: strings.NewReader("x")})
			return err
		},
		"sns": func() error {
			_, err := sns.NewFromConfig(d.cfg).Publish(t.Context(), &sns.PublishInput{TopicArn: &d.topic, Message: aws.String("m")})
			return err
		},
		"ses": func() error { send(t, d, "a@customer.example", answer); return nil },
		"dynamodb": func() error {
			_, err := dynamodb.NewFromConfig(d.cfg).ListTables(t.Context(), nil)
			return err
		},
	} {
		if err := d.Faults.Set(faults.Fault{Kind: faults.Throttle, Service: service, Times: 2}); err != nil {
			t.Fatal(err)
		}
		if err := call(); err != nil || d.Faults.List()[0].Struck != 2 {
			t.Errorf("%s: %v, struck %d times", service, err, d.Faults.List()[0].Struck)
		}
	}
}

func TestEventFaults(t *testing.T) {
	d := newDesk(t, local.Options{})
	for kind, want := range map[faults.Kind]int{faults.LoseEvent: 1, faults.DuplicateEvent: 3} {
		if err := d.Faults.Set(faults.Fault{Kind: kind, Operation: "Send", Times: 1}); err != nil {
			t.Fatal(err)
		}
		send(t, d, "a@customer.example", answer)
		if got := d.messages(t); len(got) != want {
			t.Errorf("%s: %d events, want %d", kind, len(got), want)
		}
	}
}

func TestConflictFault(t *testing.T) {
	a, client := table(t)
	if err := a.Faults.Set(faults.Fault{Kind: faults.Conflict, Times: 1}); err != nil {
		t.Fatal(err)
	}
	in := &dynamodb.TransactWriteItemsInput{TransactItems: []ddbtypes.TransactWriteItem{{Put: &ddbtypes.Put{TableName: aws.String("desk"), Item: item("C#1", "@")}}}}
	_, err := client.TransactWriteItems(t.Context(), in, func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} })
	var cancelled *ddbtypes.TransactionCanceledException
	if !errors.As(err, &cancelled) || *cancelled.CancellationReasons[0].Code != "TransactionConflict" {
		t.Errorf("%v", err)
	}
}

func table(t *testing.T) (*local.AWS, *dynamodb.Client) {
	t.Helper()
	a := open(t, local.Options{})
	client := dynamodb.NewFromConfig(ok[aws.Config](t)(a.Config(t.Context())))
	createTable(t, client)
	return a, client
}

func createTable(t *testing.T, client *dynamodb.Client) {
	t.Helper()
	ok[*dynamodb.CreateTableOutput](t)(client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("desk"), BillingMode: ddbtypes.BillingModePayPerRequest,
		AttributeDefinitions: []ddbtypes.AttributeDefinition{{AttributeName: aws.String("PK"), AttributeType: "S"}, {AttributeName: aws.String("SK"), AttributeType: "S"}},
		KeySchema:            []ddbtypes.KeySchemaElement{{AttributeName: aws.String("PK"), KeyType: "HASH"}, {AttributeName: aws.String("SK"), KeyType: "RANGE"}},
		StreamSpecification:  &ddbtypes.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: ddbtypes.StreamViewTypeNewAndOldImages},
	}))
}

func item(pk, sk string) map[string]ddbtypes.AttributeValue {
	return map[string]ddbtypes.AttributeValue{"PK": &ddbtypes.AttributeValueMemberS{Value: pk}, "SK": &ddbtypes.AttributeValueMemberS{Value: sk}}
}

func TestTableStreamWakesAFunction(t *testing.T) {
	a, client := table(t)
	woken := make(chan string, 10)
	relay := lambda.Function{Name: "relay", Invoke: lambda.Handler(func(_ context.Context, e events.DynamoDBEvent) error {
		for _, r := range e.Records {
			if r.EventSourceArn != a.Stream("desk").ARN || r.EventSourceArn == "" {
				t.Errorf("event source %q", r.EventSourceArn)
			}
			woken <- r.EventName + " " + r.Change.Keys["SK"].String() + " " + r.Change.NewImage["PK"].String()
		}
		return nil
	})}
	err := a.Lambda.Stream(relay, lambda.StreamMapping{Stream: a.Stream("desk"), MaxRetries: -1, Filters: []string{`{"eventName":["INSERT"],"dynamodb":{"Keys":{"SK":{"S":[{"prefix":"T#"}]}}}}`}})
	if err != nil {
		t.Fatal(err)
	}
	for _, sk := range []string{"@", "T#1", "M#1", "T#2", "T#1"} { // the last one modifies
		ok[*dynamodb.PutItemOutput](t)(client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("desk"), Item: item("C#1", sk)}))
	}
	for _, want := range []string{"INSERT T#1 C#1", "INSERT T#2 C#1"} {
		select {
		case got := <-woken:
			if got != want {
				t.Errorf("woken by %q, want %q", got, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("not woken by %s", want)
		}
	}
	select {
	case got := <-woken:
		t.Errorf("woken by %q too", got)
	case <-time.After(50 * time.Millisecond):
	}
}

// A table that is made again is another stream: its position starts anew.
func TestTableMadeAgainWakesFromItsBeginning(t *testing.T) {
	a, client := table(t)
	before := a.Stream("desk").ARN
	if _, err := a.Stream("none").Read(0, 1); err == nil {
		t.Error("the stream of no table was read")
	}
	ok[*dynamodb.DeleteTableOutput](t)(client.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: aws.String("desk")}))
	time.Sleep(2 * time.Millisecond) // the label tells milliseconds
	createTable(t, client)
	if after := a.Stream("desk").ARN; after == before || after == "" {
		t.Errorf("the stream is %q, as before", after)
	}
}

func TestSMTPRefusesAndTakes(t *testing.T) {
	d := newDesk(t, local.Options{})
	in := d.listen(t)
	c := ok[*smtp.Client](t)(smtp.Dial(in.Addr()))
	defer c.Close()
	for _, ext := range []string{"8BITMIME", "SMTPUTF8", "SIZE"} {
		if has, param := c.Extension(ext); !has || ext == "SIZE" && param != fmt.Sprint(ses.MaxMail) {
			t.Errorf("%s: %v %q", ext, has, param)
		}
	}
	if err := c.Mail(""); err != nil { // the null return path of a bounce
		t.Fatal(err)
	}
	var refused *textproto.Error
	if err := c.Rcpt("x@elsewhere.example"); !errors.As(err, &refused) || refused.Code != 550 {
		t.Errorf("a foreign recipient: %v", err)
	}
	if err := c.Rcpt("bücher@acme.example"); err != nil {
		t.Error(err)
	}
	w := ok[io.WriteCloser](t)(c.Data())
	long := strings.Repeat("x", 30000) // over RFC 5321's line length, as some senders write
	fmt.Fprintf(w, "From: Mailer <m@x.none.example>\r\nSubject: grüße\r\nX-Big: %s\r\n\r\n%s\r\n\xff\xfe\r\n.dot\r\n", long[:12000], long)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	n := d.messages(t)
	if len(n) != 1 || at(n[0], "mail", "source") != "" || at(n[0], "mail", "headersTruncated") != true || at(n[0], "receipt", "dkimVerdict", "status") != "GRAY" {
		t.Fatalf("%v", n)
	}
	raw := ok[[]byte](t)(d.S3.Get("raw", at(n[0], "receipt", "action", "objectKey").(string)))
	if !bytes.HasSuffix(raw, []byte("\xff\xfe\r\n.dot\r\n")) || !bytes.Contains(raw, []byte("dmarc=none header.from=x.none.example")) {
		t.Errorf("stored tail %q", raw[max(0, len(raw)-40):])
	}
	if _, err := d.SES.Listen("0.0.0.0:0", ses.Rule{}); err == nil {
		t.Error("takes mail from outside")
	}
}

// A header of any length makes a notice that fits: else the sender would be told to come again for ever.
func TestMailWithAHugeHeaderIsTaken(t *testing.T) {
	d := newDesk(t, local.Options{})
	in := d.listen(t)
	raw := "From: a@customer.example\r\nTo: " + strings.Repeat("\x01someone@customer.example,\r\n ", 20000) + "\r\nSubject: " + strings.Repeat("\x02", 30000) + "\r\n\r\nx\r\n"
	if err := smtp.SendMail(in.Addr(), nil, "a@customer.example", []string{"care@acme.example"}, []byte(raw)); err != nil {
		t.Fatal(err)
	}
	if n := d.messages(t); len(n) != 1 || at(n[0], "mail", "headersTruncated") != true || at(n[0], "mail", "commonHeaders", "from").([]any)[0] != "a@customer.example" {
		t.Errorf("%d notices", len(n))
	}
}

// A mail whose bucket is missing is not lost: the sender is told to come again, and nothing is half done.
func TestMailThatCannotBeStoredIsNotTaken(t *testing.T) {
	d := newDesk(t, local.Options{})
	in := ok[*ses.Inbound](t)(d.SES.Listen("127.0.0.1:0", ses.Rule{Recipients: []string{"acme.example"}, Bucket: "none", TopicARN: d.topic}))
	defer in.Close(t.Context())
	err := smtp.SendMail(in.Addr(), nil, "a@customer.example", []string{"care@acme.example"}, []byte(question))
	var again *textproto.Error
	if !errors.As(err, &again) || again.Code != 451 {
		t.Errorf("%v", err)
	}
	if got := d.messages(t); len(got) != 0 {
		t.Errorf("told of %v", got)
	}
}

// The child takes mail until it is killed; every mail that it answered with 250 must be there afterwards, with its notice.
func TestAcceptedMailSurvivesKill(t *testing.T) {
	if dir := os.Getenv("LOCAL_TEST_CHILD"); dir != "" {
		mailChild(t, dir)
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestAcceptedMailSurvivesKill$")
	cmd.Env = append(os.Environ(), "LOCAL_TEST_CHILD="+dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addr := waitFor(t, filepath.Join(dir, "addr"))
	taken := make(chan string)
	var senders sync.WaitGroup
	for w := range 8 {
		senders.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("<%d.%d@customer.example>", w, i)
				if smtp.SendMail(addr, nil, "a@customer.example", []string{"care@acme.example"}, []byte("From: a@customer.example\r\nMessage-ID: "+id+"\r\n\r\nx\r\n")) != nil {
					return // killed
				}
				taken <- id
			}
		})
	}
	go func() { senders.Wait(); close(taken) }()
	var accepted []string
	for id := range taken {
		if accepted = append(accepted, id); len(accepted) == 100 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait()
	if len(accepted) < 100 {
		t.Fatalf("only %d mails before the kill", len(accepted))
	}
	there := map[string]bool{}
	a := open(t, local.Options{Dir: dir})
	for {
		got, err := a.SQS.Receive(t.Context(), "intake", 100, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 {
			break
		}
		for _, m := range got {
			there[storedID(t, a, m.Body)] = true
		}
	}
	for _, id := range accepted {
		if !there[id] {
			t.Fatalf("%s was accepted and is lost (%d accepted, %d there)", id, len(accepted), len(there))
		}
	}
}

func mailChild(t *testing.T, dir string) {
	d := newDesk(t, local.Options{Dir: dir})
	in := d.listen(t)
	if err := os.WriteFile(filepath.Join(dir, "new"), []byte(in.Addr()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "addr")); err != nil {
		t.Fatal(err)
	}
	select {} // until killed
}

func waitFor(t *testing.T, path string) string {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if b, err := os.ReadFile(path); err == nil {
			return string(b)
		}
	}
	t.Fatal("the child did not start")
	return ""
}

// storedID is the Message-ID of the mail that a notice tells of, read from the mail itself.
func storedID(t *testing.T, a *local.AWS, body []byte) string {
	t.Helper()
	var envelope struct{ Message string }
	var notice struct {
		Receipt struct {
			Action struct{ BucketName, ObjectKey string }
		}
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(envelope.Message), &notice); err != nil {
		t.Fatal(err)
	}
	raw := string(ok[[]byte](t)(a.S3.Get(notice.Receipt.Action.BucketName, notice.Receipt.Action.ObjectKey)))
	_, id, _ := strings.Cut(raw, "Message-ID: ")
	id, _, _ = strings.Cut(id, "\r\n")
	return id
}

package receive

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/infra/local"
	"pronto/infra/local/faults"
	"pronto/shared/channel/network"
	"pronto/shared/channel/webhook"
	"pronto/shared/gateway"
	"pronto/shared/setup"
)

// The secret that the samples in events/receive are signed with, and one more.
const (
	secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	next   = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
)

var start = time.Date(2026, 11, 23, 9, 0, 10, 0, time.UTC)

const mention = `{"id":"net-1234","author":{"handle":"@mira","name":"Mira Novak"},"text":"@acmeair my suitcase is lost","created_at":"2026-11-23T09:00:00Z"}`

// place is the function on a local AWS of its own.
type place struct {
	t     *testing.T
	aws   *local.AWS
	cfg   aws.Config
	s3    *s3.Client
	sqs   *sqs.Client
	queue string
	now   time.Time
	log   bytes.Buffer
	walk  *faults.Walk // of the function's own writes
	serve gateway.Func
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// rules is the least rule book with the brands of these ids.
func rules(ids ...string) string {
	var b strings.Builder
	b.WriteString("brands:\n")
	for _, id := range ids {
		b.WriteString("  - {id: " + id + ", name: Acme Air, language: en, time_zone: Europe/Rome, addresses: [care@" + id + ".example], reply_domain: reply." + id + ".example,\n" +
			"     channels: {custom: {enabled: true}},\n" +
			"     rota: {layers: [{rotation: weekly, start: 2026-01-05, hand_over: monday 09:00, agents: [ana]}]}}\n")
	}
	b.WriteString("agents:\n  - {id: ana, name: Ana Ferrante, languages: [en], page: [{mail: ana@staff.example}]}\n")
	return b.String()
}

func newPlace(t *testing.T, brands ...string) *place {
	t.Helper()
	ctx := t.Context()
	p := &place{t: t, aws: must[*local.AWS](t)(local.Open(ctx, local.Options{Dir: t.TempDir()})), now: start, walk: &faults.Walk{}}
	t.Cleanup(func() { _ = p.aws.Close() })
	p.cfg = must[aws.Config](t)(p.aws.Config(ctx))
	p.s3, p.sqs = s3.NewFromConfig(p.cfg, func(o *s3.Options) { o.UsePathStyle = true }), sqs.NewFromConfig(p.cfg)
	must[*s3.CreateBucketOutput](t)(p.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("raw")}))
	p.queue = *must[*sqs.CreateQueueOutput](t)(p.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("intake")})).QueueUrl
	p.secret("desk", `{"key":"`+base64.StdEncoding.EncodeToString([]byte("the samples' key of the desk, 32 bytes"))+`"}`)
	must[*sqs.CreateQueueOutput](t)(p.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("accounts")}))
	p.secret("accounts", "{}")
	p.secret("hooks", `{"secrets":["`+secret+`"]}`)
	p.start(brands...)
	return p
}

func (p *place) secret(id, value string) {
	p.t.Helper()
	_, err := secretsmanager.NewFromConfig(p.cfg).CreateSecret(p.t.Context(), &secretsmanager.CreateSecretInput{Name: &id, SecretString: &value})
	if err != nil {
		p.t.Fatal(err)
	}
}

// start makes the function, with a policy of these brands; of acme-air alone when none is named.
func (p *place) start(brands ...string) {
	p.t.Helper()
	if len(brands) == 0 {
		brands = []string{"acme-air"}
	}
	path := filepath.Join(p.t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(rules(brands...)), 0o600); err != nil {
		p.t.Fatal(err)
	}
	env := map[string]string{setup.HookSecrets: "hooks", setup.Bucket: "raw", setup.IntakeQueue: p.queue, setup.AccountsQueue: strings.Replace(p.queue, "intake", "accounts", 1), setup.AccountSecrets: "accounts", setup.Secret: "desk", setup.Policy: path}
	cfg := p.cfg.Copy()
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	cfg.APIOptions = append(cfg.APIOptions, p.walk.Middleware)
	h, err := New(p.t.Context(), &setup.Setup{AWS: cfg, Env: func(k string) string { return env[k] }, Log: slog.New(slog.NewJSONHandler(&p.log, nil)), Now: func() time.Time { return p.now }})
	if err != nil {
		p.t.Fatal(err)
	}
	p.serve = gateway.Serve(h)
}

// signed is a request of a bridge that does everything right.
func (p *place) signed(body string) events.APIGatewayV2HTTPRequest {
	p.t.Helper()
	list := must[webhook.Secrets](p.t)(webhook.ParseSecrets([]string{secret}))
	h := must[http.Header](p.t)(list.Sign("msg_"+rand.Text(), p.now, []byte(body)))
	ev := events.APIGatewayV2HTTPRequest{Version: "2.0", RouteKey: "POST /hooks/custom", RawPath: "/hooks/custom", Body: body, Headers: map[string]string{"host": "desk.acme.example"}}
	for k, v := range h {
		ev.Headers[strings.ToLower(k)] = v[0]
	}
	ev.RequestContext.HTTP.Method, ev.RequestContext.HTTP.SourceIP = http.MethodPost, "192.0.2.9"
	return ev
}

// post has the function answer, and checks what holds of every answer.
func (p *place) post(ev events.APIGatewayV2HTTPRequest) (int, map[string]any) {
	p.t.Helper()
	out, err := p.serve(p.t.Context(), ev)
	if err != nil {
		p.t.Fatalf("an error would be retried by the gateway: %v", err)
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(out.Body), &v); err != nil {
		p.t.Fatalf("%d %s: %v", out.StatusCode, out.Body, err)
	}
	want := "application/problem+json"
	if out.StatusCode == http.StatusAccepted {
		want = "application/json"
	} else if v["status"] != float64(out.StatusCode) || v["title"] == "" || v["detail"] == "" {
		p.t.Errorf("no problem of RFC 9457: %s", out.Body)
	}
	if out.Headers["content-type"] != want || out.Headers["cache-control"] != "no-store" {
		p.t.Errorf("%d with the headers %v", out.StatusCode, out.Headers)
	}
	return out.StatusCode, v
}

// kept is what lies in S3, by key.
func (p *place) kept() map[string]string {
	p.t.Helper()
	list := must[*s3.ListObjectsV2Output](p.t)(p.s3.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: aws.String("raw")}))
	all := map[string]string{}
	for _, o := range list.Contents {
		got := must[*s3.GetObjectOutput](p.t)(p.s3.GetObject(context.Background(), &s3.GetObjectInput{Bucket: aws.String("raw"), Key: o.Key}))
		all[*o.Key] = string(must[[]byte](p.t)(io.ReadAll(got.Body)))
		_ = got.Body.Close()
	}
	return all
}

// told takes the notices out of the queue.
func (p *place) told() (all []network.Notice) {
	p.t.Helper()
	for {
		got := must[*sqs.ReceiveMessageOutput](p.t)(p.sqs.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{QueueUrl: &p.queue, MaxNumberOfMessages: 10}))
		if len(got.Messages) == 0 {
			return all
		}
		for _, m := range got.Messages {
			n, mine, err := network.DecodeNotice(*m.Body)
			if !mine || err != nil {
				p.t.Fatalf("%s: %v %v", *m.Body, mine, err)
			}
			all = append(all, n)
			must[*sqs.DeleteMessageOutput](p.t)(p.sqs.DeleteMessage(context.Background(), &sqs.DeleteMessageInput{QueueUrl: &p.queue, ReceiptHandle: m.ReceiptHandle}))
		}
	}
}

// nothing checks that a refusal left no trace but its line in the log.
func (p *place) nothing(name string) {
	p.t.Helper()
	if kept, told := p.kept(), p.told(); len(kept) > 0 || len(told) > 0 {
		p.t.Errorf("%s: kept %d, told %d", name, len(kept), len(told))
	}
}

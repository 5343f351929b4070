// Package local is an AWS of one's own in this process: DynamoDB, SQS, SNS, S3, SES, Secrets Manager, Comprehend's DetectSentiment, CloudWatch's counts and Lambda's event sources on one loopback port, durable in one file.
//
// Programs speak to it through the ordinary aws-sdk-go-v2 clients and cannot tell the difference; there is nothing to mock.
//
//	aws, err := local.Open(ctx, local.Options{Dir: t.TempDir()})
//	cfg, err := aws.Config(ctx)
//	queues := sqs.NewFromConfig(cfg)
//
// Invariants:
//   - It listens on loopback and answers only requests that are addressed to loopback. Its credentials are dummies: nothing can reach the real cloud by mistake.
//   - Fail loud: an operation, parameter or header that is not implemented answers an error that says so. Operations lists what is.
//   - What was answered survives kill -9 (with Options.Sync also a power cut).
//   - All time is the Clock's: turn it, and whoever is due wakes. Only waiting for work (long polls) and timeouts are in real time.
//   - Faults are off until asked for; see package faults.
package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"pronto/infra/local/clock"
	"pronto/infra/local/cloudwatch"
	"pronto/infra/local/comprehend"
	"pronto/infra/local/disk"
	"pronto/infra/local/dynamodb"
	"pronto/infra/local/faults"
	"pronto/infra/local/lambda"
	"pronto/infra/local/s3"
	"pronto/infra/local/secrets"
	"pronto/infra/local/ses"
	"pronto/infra/local/sns"
	"pronto/infra/local/sqs"
	"pronto/infra/local/wire"
)

// Options of Open. Only Dir is needed.
type Options struct {
	Dir    string       // where the state file aws.db lies; made when absent
	Clock  *clock.Clock // nil: the real time
	Listen string       // loopback address; "127.0.0.1:0" when empty
	Sync   bool         // fsync each commit
	Admin  bool         // answer /_local/faults and /_local/clock
	Seed   uint64       // of the faults' chances
}

// AWS is a running local AWS. Its services have Go APIs of their own beside what the SDKs reach.
type AWS struct {
	DB         *disk.DB
	Clock      *clock.Clock
	Faults     *faults.Plan
	DynamoDB   *dynamodb.Service
	SQS        *sqs.Service
	SNS        *sns.Service
	S3         *s3.Service
	SES        *ses.Service
	Secrets    *secrets.Service
	Comprehend *comprehend.Service
	CloudWatch *cloudwatch.Service
	Lambda     *lambda.Runtime

	admin    bool
	listener net.Listener
	server   *http.Server
	stop     context.CancelFunc // ends long polls and sweeps
	sweeps   sync.WaitGroup

	mu    sync.Mutex
	calls map[call]int
}

// call is one operation of one service.
type call struct{ service, operation string }

// Open opens or creates the state in o.Dir and listens, until Close. The end of ctx ends long polls and sweeps.
func Open(ctx context.Context, o Options) (*AWS, error) {
	if o.Dir == "" {
		return nil, errors.New("open the local AWS: Options.Dir is empty: name a directory for its state")
	}
	if o.Clock == nil {
		o.Clock = clock.New()
	}
	db, err := disk.Open(filepath.Join(o.Dir, "aws.db"), disk.Options{Sync: o.Sync})
	if err != nil {
		return nil, fmt.Errorf("open the local AWS: %w", err)
	}
	a := &AWS{DB: db, Clock: o.Clock, Faults: faults.New(o.Seed), admin: o.Admin, calls: map[call]int{}}
	if err := a.start(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("open the local AWS: %w", err), db.Close())
	}
	return a, nil
}

func (a *AWS) start(ctx context.Context, o Options) (err error) {
	if err := a.services(); err != nil {
		return err
	}
	if a.listener, err = listen(o.Listen); err != nil {
		return err
	}
	ctx, a.stop = context.WithCancel(ctx)
	a.sweeps.Go(func() { a.DynamoDB.Run(ctx) })
	a.sweeps.Go(func() { a.CloudWatch.Run(ctx) })
	a.server = &http.Server{
		Handler: http.HandlerFunc(a.serve), BaseContext: func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, IdleTimeout: 5 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	go func() { _ = a.server.Serve(a.listener) }()
	return nil
}

func (a *AWS) services() (err error) {
	if a.DynamoDB, err = dynamodb.New(a.DB, a.Clock); err != nil {
		return err
	}
	a.LateIndex(0)
	if a.SQS, err = sqs.New(a.DB, a.Clock, a.Faults); err != nil {
		return err
	}
	if a.SNS, err = sns.New(a.DB, a.Clock, a.SQS); err != nil {
		return err
	}
	if a.S3, err = s3.New(a.DB, a.Clock, a.SQS); err != nil {
		return err
	}
	if a.SES, err = ses.New(a.DB, a.Clock, a.S3, a.SNS, a.Faults); err != nil {
		return err
	}
	a.Lambda = lambda.New(a.DB, a.Clock, a.SQS, a.Faults)
	a.SES.Pace(func() { a.Lambda.MakeWay(context.Background()) })
	a.Comprehend = comprehend.New()
	if a.Secrets, err = secrets.New(a.DB, a.Clock); err != nil {
		return err
	}
	if a.CloudWatch, err = cloudwatch.New(a.DB, a.Clock); err != nil {
		return err
	}
	a.tally()
	return nil
}

func listen(addr string) (net.Listener, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if !loopback(host) {
		return nil, fmt.Errorf("listen on %s: only a loopback address (127.0.0.1, ::1, localhost) is allowed", addr)
	}
	return net.Listen("tcp", addr)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Close lets running functions and calls finish for a few seconds, then ends everything and lets the state file go.
func (a *AWS) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := a.Lambda.Stop(ctx)
	a.stop()
	// Calls end within the second; a connection that a client dialled and never used would hold Shutdown up for five.
	soon, done := context.WithTimeout(ctx, time.Second)
	defer done()
	if down := a.server.Shutdown(soon); down != nil {
		err = errors.Join(err, a.server.Close())
	}
	a.sweeps.Wait()
	return errors.Join(err, a.CloudWatch.Save(), a.DB.Close())
}

// Endpoint is the URL of all services.
func (a *AWS) Endpoint() string { return "http://" + a.listener.Addr().String() }

// Config is for SDK clients in this process: the endpoint, dummy credentials, a region. It reads neither environment nor files.
func (a *AWS) Config(context.Context) (aws.Config, error) {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 64 })
	return aws.Config{
		Region: wire.Region, BaseEndpoint: aws.String(a.Endpoint()), HTTPClient: client,
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("local", "local", "")),
		// what config.LoadDefaultConfig sets, and a hand-made aws.Config lacks:
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	}, nil
}

// Env is for other programs: what makes an SDK's default configuration lead here.
func (a *AWS) Env() map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL": a.Endpoint(), "AWS_REGION": wire.Region, "AWS_DEFAULT_REGION": wire.Region, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
		"AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
	}
}

// Operations lists everything that is implemented, by service.
func (a *AWS) Operations() map[string][]string {
	return map[string][]string{
		"dynamodb": dynamodb.Operations(), "sqs": a.SQS.Operations(), "sns": a.SNS.Operations(), "s3": a.S3.Operations(), "ses": a.SES.Operations(), "secretsmanager": a.Secrets.Operations(),
		"comprehend": a.Comprehend.Operations(), "cloudwatch": a.CloudWatch.Operations(),
	}
}

// Usage counts the calls that arrived since Open, by service and operation. What DynamoDB's consumed is in DynamoDB.Usage.
func (a *AWS) Usage() map[string]map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := map[string]map[string]int{}
	for c, n := range a.calls {
		if out[c.service] == nil {
			out[c.service] = map[string]int{}
		}
		out[c.service][c.operation] = n
	}
	return out
}

func (a *AWS) count(c call) {
	a.mu.Lock()
	a.calls[c]++
	a.mu.Unlock()
}

// LateIndex makes DynamoDB's secondary indexes show the state of so long ago, by the clock; zero makes them prompt.
func (a *AWS) LateIndex(d time.Duration) {
	a.DynamoDB.SetFaults(dynamodb.Faults{LateIndex: d, Conflict: func(string) bool { return a.Faults.Strike(faults.Conflict, "dynamodb", "") }})
}

// Stream is the change records of a table, as Lambda's event source reads them. Without such a table or stream every Read says so.
func (a *AWS) Stream(table string) lambda.Stream {
	return lambda.Stream{
		ARN:     a.streamARN(table),
		Changed: a.DynamoDB.Changed,
		Read: func(after uint64, max int) ([]lambda.Record, error) {
			got, err := a.DynamoDB.Records(table, after, max)
			if err != nil {
				return nil, err
			}
			out := make([]lambda.Record, len(got))
			for i, r := range got {
				out[i] = lambda.Record{Sequence: r.Sequence, JSON: r.JSON}
			}
			return out, nil
		},
	}
}

// streamARN is as DescribeTable tells it. It has the time at which the table was made in it: a table made again is another stream, read from its beginning.
func (a *AWS) streamARN(table string) string {
	r, err := http.NewRequest(http.MethodPost, "/", strings.NewReader(`{"TableName":`+strconv.Quote(table)+`}`))
	if err != nil {
		return ""
	}
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810.DescribeTable")
	w := &unheard{header: http.Header{}, body: new(bytes.Buffer)}
	a.DynamoDB.ServeHTTP(w, r)
	var out struct {
		Table struct{ LatestStreamArn string }
	}
	if json.Unmarshal(w.body.Bytes(), &out) != nil {
		return ""
	}
	return out.Table.LatestStreamArn
}

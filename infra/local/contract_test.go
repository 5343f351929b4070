package local_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"pronto/infra/local"
)

// The contract is what a program may expect of SQS, S3 and SNS, through the SDK. It runs on the local AWS, or with AWS_ENDPOINT_URL set on that endpoint
// (AWS_ENDPOINT_URL=https://sqs.us-east-1.amazonaws.com go test -run Contract/SQS ./infra/local, with real credentials): queues and buckets have fresh names and are deleted.
type contract struct {
	*testing.T
	ctx context.Context
	cfg aws.Config
	sqs *sqs.Client
	s3  *s3.Client
}

func TestContract(t *testing.T) {
	if os.Getenv("AWS_ENDPOINT_URL") != "" {
		contracts(t, ok[aws.Config](t)(config.LoadDefaultConfig(t.Context())))
		return
	}
	contracts(t, ok[aws.Config](t)(open(t, local.Options{}).Config(t.Context())))
}

// The contract is the same where no socket is between.
func TestContractInside(t *testing.T) {
	a := open(t, local.Options{})
	cfg := ok[aws.Config](t)(a.Config(t.Context()))
	cfg.HTTPClient = &http.Client{Transport: a.Transport()}
	contracts(t, cfg)
}

func contracts(t *testing.T, cfg aws.Config) {
	for _, c := range []struct {
		name string
		test func(*contract)
	}{
		{"SQS/MessageAndAttributesComeBack", messageComesBack}, {"SQS/Batches", batches}, {"SQS/PartialFailures", partialFailures}, {"SQS/Refusals", sqsRefusals},
		{"SQS/Visibility", visibility}, {"SQS/Redrive", redrive}, {"SQS/LongPoll", longPoll}, {"SQS/Queues", queues}, {"SQS/Delay", delay},
		{"S3/ObjectComesBack", objectComesBack}, {"S3/Listing", listing}, {"S3/Missing", missing}, {"S3/Conditions", conditions}, {"S3/Trailers", trailers},
		{"S3/Notifications", notifications}, {"S3/Versions", versions}, {"SNS/Envelope", envelope},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.test(&contract{T: t, ctx: t.Context(), cfg: cfg, sqs: sqs.NewFromConfig(cfg), s3: s3.NewFromConfig(cfg)})
		})
	}
}

func (c *contract) name() string { return "contract-" + strings.ToLower(rand.Text()[:12]) }

func (c *contract) queue(attrs map[string]string) *string {
	c.Helper()
	out := ok[*sqs.CreateQueueOutput](c)(c.sqs.CreateQueue(c.ctx, &sqs.CreateQueueInput{QueueName: aws.String(c.name()), Attributes: attrs}))
	c.Cleanup(func() {
		_, _ = c.sqs.DeleteQueue(context.WithoutCancel(c.ctx), &sqs.DeleteQueueInput{QueueUrl: out.QueueUrl})
	})
	return out.QueueUrl
}

func (c *contract) arn(queue *string) string {
	c.Helper()
	return ok[*sqs.GetQueueAttributesOutput](c)(c.sqs.GetQueueAttributes(c.ctx, &sqs.GetQueueAttributesInput{QueueUrl: queue, AttributeNames: []sqstypes.QueueAttributeName{"QueueArn"}})).Attributes["QueueArn"]
}

func (c *contract) send(queue *string, body string) {
	c.Helper()
	ok[*sqs.SendMessageOutput](c)(c.sqs.SendMessage(c.ctx, &sqs.SendMessageInput{QueueUrl: queue, MessageBody: &body}))
}

func (c *contract) receive(queue *string, wait int32) []sqstypes.Message {
	c.Helper()
	return ok[*sqs.ReceiveMessageOutput](c)(c.sqs.ReceiveMessage(c.ctx, &sqs.ReceiveMessageInput{
		QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: wait, MessageAttributeNames: []string{"All"}, MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"},
	})).Messages
}

// code holds err against the code of an API error.
func (c *contract) code(err error, want string) {
	c.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != want {
		c.Errorf("error %v, want code %s", err, want)
	}
}

// The SDK itself checks both digests of what comes back.
func messageComesBack(c *contract) {
	q := c.queue(nil)
	body := "Grüße 🧳 <&> \"\\ \u2028\ttab\r\nline"
	ok[*sqs.SendMessageOutput](c)(c.sqs.SendMessage(c.ctx, &sqs.SendMessageInput{QueueUrl: q, MessageBody: &body, MessageAttributes: map[string]sqstypes.MessageAttributeValue{
		"lane": {DataType: aws.String("String"), StringValue: aws.String("priority ü")}, "n": {DataType: aws.String("Number.int"), StringValue: aws.String("7")},
		"b": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255}},
	}}))
	got := c.receive(q, 5)
	if len(got) != 1 || *got[0].Body != body || got[0].Attributes["ApproximateReceiveCount"] != "1" || got[0].Attributes["SentTimestamp"] == "" {
		c.Fatalf("got %+v", got)
	}
	if a := got[0].MessageAttributes; len(a) != 3 || *a["lane"].StringValue != "priority ü" || !bytes.Equal(a["b"].BinaryValue, []byte{0, 255}) {
		c.Errorf("attributes %+v", a)
	}
	ok[*sqs.DeleteMessageOutput](c)(c.sqs.DeleteMessage(c.ctx, &sqs.DeleteMessageInput{QueueUrl: q, ReceiptHandle: got[0].ReceiptHandle}))
}

func batches(c *contract) {
	q := c.queue(nil)
	var in []sqstypes.SendMessageBatchRequestEntry
	for i := range 10 {
		in = append(in, sqstypes.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), MessageBody: aws.String(fmt.Sprint("body ", i))})
	}
	sent := ok[*sqs.SendMessageBatchOutput](c)(c.sqs.SendMessageBatch(c.ctx, &sqs.SendMessageBatchInput{QueueUrl: q, Entries: in}))
	if len(sent.Successful) != 10 {
		c.Fatalf("sent %+v", sent)
	}
	seen := map[string]bool{}
	for until := time.Now().Add(20 * time.Second); len(seen) < 10 && time.Now().Before(until); {
		var del []sqstypes.DeleteMessageBatchRequestEntry
		for i, m := range c.receive(q, 1) {
			seen[*m.Body] = true
			del = append(del, sqstypes.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), ReceiptHandle: m.ReceiptHandle})
		}
		if len(del) == 0 {
			continue
		}
		if out := ok[*sqs.DeleteMessageBatchOutput](c)(c.sqs.DeleteMessageBatch(c.ctx, &sqs.DeleteMessageBatchInput{QueueUrl: q, Entries: del})); len(out.Failed) > 0 {
			c.Errorf("not deleted: %+v", out.Failed)
		}
	}
	if len(seen) != 10 {
		c.Errorf("%d of 10 came", len(seen))
	}
}

func partialFailures(c *contract) {
	q := c.queue(nil)
	sent := ok[*sqs.SendMessageBatchOutput](c)(c.sqs.SendMessageBatch(c.ctx, &sqs.SendMessageBatchInput{QueueUrl: q, Entries: []sqstypes.SendMessageBatchRequestEntry{
		{Id: aws.String("good"), MessageBody: aws.String("x")}, {Id: aws.String("bad"), MessageBody: aws.String("\x00")},
	}}))
	if len(sent.Successful) != 1 || *sent.Successful[0].Id != "good" || len(sent.Failed) != 1 || *sent.Failed[0].Code != "InvalidMessageContents" || !sent.Failed[0].SenderFault {
		c.Errorf("sent %+v", sent)
	}
	m := c.receive(q, 5)[0]
	out := ok[*sqs.ChangeMessageVisibilityBatchOutput](c)(c.sqs.ChangeMessageVisibilityBatch(c.ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: q, Entries: []sqstypes.ChangeMessageVisibilityBatchRequestEntry{
		{Id: aws.String("good"), ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 60}, {Id: aws.String("bad"), ReceiptHandle: aws.String("nonsense"), VisibilityTimeout: 60},
	}}))
	if len(out.Successful) != 1 || len(out.Failed) != 1 || *out.Failed[0].Id != "bad" {
		c.Errorf("changed %+v", out)
	}
}

func sqsRefusals(c *contract) {
	q := c.queue(nil)
	_, err := c.sqs.GetQueueUrl(c.ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(c.name())})
	var missing *sqstypes.QueueDoesNotExist
	if !errors.As(err, &missing) {
		c.Errorf("an unknown queue: %v", err)
	}
	_, err = c.sqs.SendMessageBatch(c.ctx, &sqs.SendMessageBatchInput{QueueUrl: q, Entries: []sqstypes.SendMessageBatchRequestEntry{
		{Id: aws.String("a"), MessageBody: aws.String("x")}, {Id: aws.String("a"), MessageBody: aws.String("y")},
	}})
	var same *sqstypes.BatchEntryIdsNotDistinct
	if !errors.As(err, &same) {
		c.Errorf("equal ids in a batch: %v", err)
	}
	_, err = c.sqs.SendMessage(c.ctx, &sqs.SendMessageInput{QueueUrl: q, MessageBody: aws.String(strings.Repeat("x", 1<<20+1))})
	c.code(err, "InvalidParameterValue")
	_, err = c.sqs.SendMessage(c.ctx, &sqs.SendMessageInput{QueueUrl: q, MessageBody: aws.String("x"), DelaySeconds: 901})
	c.code(err, "InvalidParameterValue")
	_, err = c.sqs.DeleteMessage(c.ctx, &sqs.DeleteMessageInput{QueueUrl: q, ReceiptHandle: aws.String("nonsense")})
	c.code(err, "ReceiptHandleIsInvalid")
	ok[*sqs.SendMessageOutput](c)(c.sqs.SendMessage(c.ctx, &sqs.SendMessageInput{QueueUrl: q, MessageBody: aws.String(strings.Repeat("x", 1<<20))}))
}

func visibility(c *contract) {
	q := c.queue(map[string]string{"VisibilityTimeout": "43200"})
	c.send(q, "m")
	first := c.receive(q, 5)[0]
	if again := c.receive(q, 0); len(again) != 0 {
		c.Errorf("in flight, and received: %+v", again)
	}
	ok[*sqs.ChangeMessageVisibilityOutput](c)(c.sqs.ChangeMessageVisibility(c.ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: q, ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 0}))
	second := c.receive(q, 5)
	if len(second) != 1 || *second[0].MessageId != *first.MessageId || second[0].Attributes["ApproximateReceiveCount"] != "2" {
		c.Errorf("second receive %+v", second)
	}
}

func redrive(c *contract) {
	dead := c.queue(nil)
	q := c.queue(map[string]string{"VisibilityTimeout": "0", "RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":1}`, c.arn(dead))})
	c.send(q, "poison")
	for range 3 {
		c.receive(q, 1)
	}
	got := c.receive(dead, 5)
	if len(got) != 1 || *got[0].Body != "poison" || got[0].Attributes["DeadLetterQueueSourceArn"] != c.arn(q) {
		c.Errorf("dead letters %+v", got)
	}
}

func longPoll(c *contract) {
	q := c.queue(nil)
	sent := make(chan error, 1) // awaited: the message may come before its sender has the answer
	time.AfterFunc(300*time.Millisecond, func() {
		_, err := c.sqs.SendMessage(c.ctx, &sqs.SendMessageInput{QueueUrl: q, MessageBody: aws.String("late")})
		sent <- err
	})
	start := time.Now()
	if got := c.receive(q, 20); len(got) != 1 || time.Since(start) > 19*time.Second {
		c.Errorf("after %v: %+v", time.Since(start), got)
	}
	if err := <-sent; err != nil {
		c.Error(err)
	}
}

func delay(c *contract) {
	q := c.queue(map[string]string{"DelaySeconds": "900"})
	start := time.Now()
	ok[*sqs.SendMessageOutput](c)(c.sqs.SendMessage(c.ctx, &sqs.SendMessageInput{QueueUrl: q, MessageBody: aws.String("m"), DelaySeconds: 1}))
	if got := c.receive(q, 20); len(got) != 1 || time.Since(start) < 900*time.Millisecond {
		c.Errorf("after %v: %+v", time.Since(start), got)
	}
}

func queues(c *contract) {
	q := c.queue(map[string]string{"VisibilityTimeout": "45"})
	name := (*q)[strings.LastIndexByte(*q, '/')+1:]
	if got := ok[*sqs.GetQueueUrlOutput](c)(c.sqs.GetQueueUrl(c.ctx, &sqs.GetQueueUrlInput{QueueName: &name})); *got.QueueUrl != *q {
		c.Errorf("url %s, want %s", *got.QueueUrl, *q)
	}
	if got := ok[*sqs.ListQueuesOutput](c)(c.sqs.ListQueues(c.ctx, &sqs.ListQueuesInput{QueueNamePrefix: &name})); len(got.QueueUrls) != 1 {
		c.Errorf("listed %v", got.QueueUrls)
	}
	ok[*sqs.SetQueueAttributesOutput](c)(c.sqs.SetQueueAttributes(c.ctx, &sqs.SetQueueAttributesInput{QueueUrl: q, Attributes: map[string]string{"MessageRetentionPeriod": "60"}}))
	attrs := ok[*sqs.GetQueueAttributesOutput](c)(c.sqs.GetQueueAttributes(c.ctx, &sqs.GetQueueAttributesInput{QueueUrl: q, AttributeNames: []sqstypes.QueueAttributeName{"All"}})).Attributes
	if attrs["VisibilityTimeout"] != "45" || attrs["MessageRetentionPeriod"] != "60" || !strings.HasSuffix(attrs["QueueArn"], ":"+name) {
		c.Errorf("attributes %v", attrs)
	}
	c.send(q, "m")
	ok[*sqs.PurgeQueueOutput](c)(c.sqs.PurgeQueue(c.ctx, &sqs.PurgeQueueInput{QueueUrl: q}))
	if got := c.receive(q, 0); len(got) != 0 {
		c.Errorf("after the purge: %+v", got)
	}
}

func (c *contract) bucket() *string {
	c.Helper()
	b := aws.String(c.name())
	ok[*s3.CreateBucketOutput](c)(c.s3.CreateBucket(c.ctx, &s3.CreateBucketInput{Bucket: b}))
	c.Cleanup(func() {
		ctx := context.WithoutCancel(c.ctx)
		list := ok[*s3.ListObjectsV2Output](c)(c.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: b}))
		for _, o := range list.Contents {
			ok[*s3.DeleteObjectOutput](c)(c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b, Key: o.Key}))
		}
		ok[*s3.DeleteBucketOutput](c)(c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: b}))
	})
	return b
}

// versions: what is written over or deleted stays until its version is deleted by name.
func versions(c *contract) {
	b, ctx := c.bucket(), c.ctx
	ok[*s3.PutBucketVersioningOutput](c)(c.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: b, VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
	}))
	c.put(b, "a/1", "first")
	c.put(b, "a/1", "second")
	c.put(b, "a/2", "gone")
	c.put(b, "b", "other")
	ok[*s3.DeleteObjectOutput](c)(c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b, Key: aws.String("a/2")}))
	if _, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: aws.String("a/2")}); err == nil {
		c.Error("what was deleted is still read")
	}
	list := func() (all []string, del []s3types.ObjectIdentifier) {
		pages := s3.NewListObjectVersionsPaginator(c.s3, &s3.ListObjectVersionsInput{Bucket: b, Prefix: aws.String("a/"), MaxKeys: aws.Int32(2)})
		for pages.HasMorePages() {
			page := ok[*s3.ListObjectVersionsOutput](c)(pages.NextPage(ctx))
			for _, v := range page.Versions {
				all = append(all, fmt.Sprintf("%s %d %v", *v.Key, *v.Size, *v.IsLatest))
				del = append(del, s3types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
			}
			for _, v := range page.DeleteMarkers {
				all = append(all, fmt.Sprintf("%s deleted %v", *v.Key, *v.IsLatest))
				del = append(del, s3types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
			}
		}
		slices.Sort(all)
		return all, del
	}
	all, del := list()
	if want := []string{"a/1 5 false", "a/1 6 true", "a/2 4 false", "a/2 deleted true"}; !slices.Equal(all, want) {
		c.Errorf("versions %q, want %q", all, want)
	}
	if text := read(c, b, "a/1"); text != "second" {
		c.Errorf("read %q", text)
	}
	for _, v := range del {
		ok[*s3.DeleteObjectOutput](c)(c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b, Key: v.Key, VersionId: v.VersionId}))
	}
	if all, _ := list(); len(all) > 0 {
		c.Errorf("left: %q", all)
	}
	// The newest version that is left is the one that is read.
	c.put(b, "a/3", "old")
	c.put(b, "a/3", "new")
	_, del = list()
	ok[*s3.DeleteObjectOutput](c)(c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b, Key: del[0].Key, VersionId: del[0].VersionId}))
	if text := read(c, b, "a/3"); text != "old" {
		c.Errorf("after the newest was deleted: %q", text)
	}
	pages := s3.NewListObjectVersionsPaginator(c.s3, &s3.ListObjectVersionsInput{Bucket: b})
	for pages.HasMorePages() {
		page := ok[*s3.ListObjectVersionsOutput](c)(pages.NextPage(ctx))
		for _, v := range page.Versions {
			ok[*s3.DeleteObjectOutput](c)(c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b, Key: v.Key, VersionId: v.VersionId}))
		}
	}
}

func read(c *contract, bucket *string, key string) string {
	c.Helper()
	out := ok[*s3.GetObjectOutput](c)(c.s3.GetObject(c.ctx, &s3.GetObjectInput{Bucket: bucket, Key: &key}))
	defer out.Body.Close()
	return string(ok[[]byte](c)(io.ReadAll(out.Body)))
}

func (c *contract) put(bucket *string, key, body string) {
	c.Helper()
	ok[*s3.PutObjectOutput](c)(c.s3.PutObject(c.ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: strings.NewReader(body)}))
}

func objectComesBack(c *contract) {
	b := c.bucket()
	key := "mail/ü 100%+&.eml"
	body := make([]byte, 300<<10)
	_, _ = rand.Read(body)
	put := ok[*s3.PutObjectOutput](c)(c.s3.PutObject(c.ctx, &s3.PutObjectInput{
		Bucket: b, Key: &key, Body: bytes.NewReader(body), ContentType: aws.String("message/rfc822"), Metadata: map[string]string{"brand": "acme"},
	}))
	if put.ChecksumCRC32 == nil {
		c.Error("the answer lacks the checksum that was sent")
	}
	got := ok[*s3.GetObjectOutput](c)(c.s3.GetObject(c.ctx, &s3.GetObjectInput{Bucket: b, Key: &key}))
	back := ok[[]byte](c)(io.ReadAll(got.Body))
	if !bytes.Equal(back, body) || *got.ContentType != "message/rfc822" || got.Metadata["brand"] != "acme" || *got.ETag != *put.ETag {
		c.Errorf("%d bytes, type %q, metadata %v", len(back), *got.ContentType, got.Metadata)
	}
	head := ok[*s3.HeadObjectOutput](c)(c.s3.HeadObject(c.ctx, &s3.HeadObjectInput{Bucket: b, Key: &key}))
	if *head.ContentLength != int64(len(body)) || head.LastModified == nil {
		c.Errorf("head %+v", head)
	}
	part := ok[*s3.GetObjectOutput](c)(c.s3.GetObject(c.ctx, &s3.GetObjectInput{Bucket: b, Key: &key, Range: aws.String("bytes=10-19")}))
	if back := ok[[]byte](c)(io.ReadAll(part.Body)); !bytes.Equal(back, body[10:20]) {
		c.Errorf("range gave %d bytes", len(back))
	}
	c.put(b, key, "replaced")
	got = ok[*s3.GetObjectOutput](c)(c.s3.GetObject(c.ctx, &s3.GetObjectInput{Bucket: b, Key: &key}))
	if back := ok[[]byte](c)(io.ReadAll(got.Body)); string(back) != "replaced" || got.Metadata["brand"] != "" {
		c.Errorf("after replacing: %q %v", back, got.Metadata)
	}
}

func listing(c *contract) {
	b := c.bucket()
	for _, k := range []string{"a", "mail/1/x", "mail/1/y", "mail/2", "mail/3/z", "z"} {
		c.put(b, k, k)
	}
	for _, page := range []struct {
		prefix, delimiter string
		keys, groups      string
	}{
		{"", "", "a mail/1/x mail/1/y mail/2 mail/3/z z", ""}, {"mail/", "", "mail/1/x mail/1/y mail/2 mail/3/z", ""}, {"mail/", "/", "mail/2", "mail/1/ mail/3/"},
		{"", "/", "a z", "mail/"}, {"none", "", "", ""},
	} {
		for _, size := range []int32{1, 2, 1000} {
			var keys, groups []string
			pages := s3.NewListObjectsV2Paginator(c.s3, &s3.ListObjectsV2Input{Bucket: b, Prefix: &page.prefix, Delimiter: &page.delimiter, MaxKeys: &size})
			for n := 0; pages.HasMorePages() && n < 20; n++ {
				out := ok[*s3.ListObjectsV2Output](c)(pages.NextPage(c.ctx))
				for _, o := range out.Contents {
					keys = append(keys, *o.Key)
				}
				for _, p := range out.CommonPrefixes {
					groups = append(groups, *p.Prefix)
				}
			}
			if strings.Join(keys, " ") != page.keys || strings.Join(groups, " ") != page.groups {
				c.Errorf("prefix %q delimiter %q page %d: keys %v, groups %v; want %q, %q", page.prefix, page.delimiter, size, keys, groups, page.keys, page.groups)
			}
		}
	}
}

func missing(c *contract) {
	b := c.bucket()
	_, err := c.s3.GetObject(c.ctx, &s3.GetObjectInput{Bucket: b, Key: aws.String("none")})
	var noKey *s3types.NoSuchKey
	if !errors.As(err, &noKey) {
		c.Errorf("get: %v", err)
	}
	_, err = c.s3.HeadObject(c.ctx, &s3.HeadObjectInput{Bucket: b, Key: aws.String("none")})
	var notFound *s3types.NotFound
	if !errors.As(err, &notFound) {
		c.Errorf("head: %v", err)
	}
	_, err = c.s3.HeadBucket(c.ctx, &s3.HeadBucketInput{Bucket: aws.String(c.name())})
	if !errors.As(err, &notFound) {
		c.Errorf("head bucket: %v", err)
	}
	_, err = c.s3.PutObject(c.ctx, &s3.PutObjectInput{Bucket: aws.String(c.name()), Key: aws.String("k"), Body: strings.NewReader("x")})
	c.code(err, "NoSuchBucket")
	ok[*s3.DeleteObjectOutput](c)(c.s3.DeleteObject(c.ctx, &s3.DeleteObjectInput{Bucket: b, Key: aws.String("none")}))
}

func conditions(c *contract) {
	b := c.bucket()
	first := &s3.PutObjectInput{Bucket: b, Key: aws.String("k"), Body: strings.NewReader("first"), IfNoneMatch: aws.String("*")}
	ok[*s3.PutObjectOutput](c)(c.s3.PutObject(c.ctx, first))
	first.Body = strings.NewReader("second")
	_, err := c.s3.PutObject(c.ctx, first)
	c.code(err, "PreconditionFailed")
	is := ok[*s3.HeadObjectOutput](c)(c.s3.HeadObject(c.ctx, &s3.HeadObjectInput{Bucket: b, Key: aws.String("k")})).ETag
	put := func(key, text string) error {
		_, err := c.s3.PutObject(c.ctx, &s3.PutObjectInput{Bucket: b, Key: &key, Body: strings.NewReader(text), IfMatch: is})
		return err
	}
	if err := put("k", "second"); err != nil {
		c.Errorf("over what it was: %v", err)
	}
	c.code(put("k", "third"), "PreconditionFailed")
	c.code(put("none", "first"), "NoSuchKey")
}

// A body that cannot be rewound is sent in aws-chunked, its checksum behind it, when the connection allows it; over plain HTTP it is made by hand here.
func trailers(c *contract) {
	if os.Getenv("AWS_ENDPOINT_URL") != "" {
		c.Skip("needs a request that is not signed")
	}
	b := c.bucket()
	put := func(framed, decoded string) int {
		r := ok[*http.Request](c)(http.NewRequestWithContext(c.ctx, "PUT", *c.cfg.BaseEndpoint+"/"+*b+"/t", strings.NewReader(framed)))
		r.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
		r.Header.Set("X-Amz-Trailer", "x-amz-checksum-crc32")
		r.Header.Set("X-Amz-Decoded-Content-Length", decoded)
		r.Header.Set("Content-Encoding", "aws-chunked")
		res := ok[*http.Response](c)(http.DefaultClient.Do(r))
		res.Body.Close()
		return res.StatusCode
	}
	if got := put("5\r\nHello\r\n7\r\n, world\r\n0\r\nx-amz-checksum-crc32:/+biNg==\r\n\r\n", "12"); got != 400 {
		c.Errorf("a wrong checksum: %d", got)
	}
	if got := put("5\r\nHello\r\n7\r\n, world\r\n0\r\n\r\n", "12"); got != 400 {
		c.Errorf("a missing checksum: %d", got)
	}
	if got := put("5\r\nHello\r\n7\r\n, world\r\n0\r\nx-amz-checksum-crc32:55qpwg==\r\n\r\n", "12"); got != 200 {
		c.Errorf("a right upload: %d", got)
	}
	got := ok[*s3.GetObjectOutput](c)(c.s3.GetObject(c.ctx, &s3.GetObjectInput{Bucket: b, Key: aws.String("t")}))
	if body := ok[[]byte](c)(io.ReadAll(got.Body)); string(body) != "Hello, world" || aws.ToString(got.ContentEncoding) != "" {
		c.Errorf("body %q, encoding %q", body, aws.ToString(got.ContentEncoding))
	}
}

func notifications(c *contract) {
	if os.Getenv("AWS_ENDPOINT_URL") != "" {
		c.Skip("needs a queue policy that lets S3 send")
	}
	b, q := c.bucket(), c.queue(nil)
	set := func(events ...s3types.Event) error {
		_, err := c.s3.PutBucketNotificationConfiguration(c.ctx, &s3.PutBucketNotificationConfigurationInput{Bucket: b, NotificationConfiguration: &s3types.NotificationConfiguration{
			QueueConfigurations: []s3types.QueueConfiguration{{QueueArn: aws.String(c.arn(q)), Events: events, Filter: &s3types.NotificationConfigurationFilter{
				Key: &s3types.S3KeyFilter{FilterRules: []s3types.FilterRule{{Name: "prefix", Value: aws.String("mail/")}}},
			}}},
		}})
		return err
	}
	c.code(set("s3:ObjectTagging:*"), "NotImplementedByLocalAWS")
	for range 2 { // the second changes nothing, so it tests nothing
		if err := set("s3:ObjectCreated:*"); err != nil {
			c.Fatal(err)
		}
	}
	c.put(b, "other/1", "x")
	c.put(b, "mail/a b", "hello")
	var got []string
	for _, m := range c.receive(q, 1) {
		var e struct {
			Event   string
			Records []struct {
				EventName string
				S3        struct {
					Bucket struct{ Name string }
					Object struct {
						Key, ETag string
						Size      int
					}
				}
			}
		}
		if err := json.Unmarshal([]byte(*m.Body), &e); err != nil {
			c.Fatal(err)
		}
		for _, r := range e.Records {
			got = append(got, fmt.Sprintf("%s %v %s %d", r.EventName, r.S3.Bucket.Name == *b, r.S3.Object.Key, r.S3.Object.Size))
		}
		if e.Event != "" {
			got = append(got, e.Event)
		}
	}
	if want := "s3:TestEvent|ObjectCreated:Put true mail/a+b 5"; strings.Join(got, "|") != want {
		c.Errorf("got %v, want %s", got, want)
	}
	conf := ok[*s3.GetBucketNotificationConfigurationOutput](c)(c.s3.GetBucketNotificationConfiguration(c.ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: b}))
	if len(conf.QueueConfigurations) != 1 || conf.QueueConfigurations[0].Events[0] != "s3:ObjectCreated:*" {
		c.Errorf("configuration %+v", conf.QueueConfigurations)
	}
}

func envelope(c *contract) {
	if os.Getenv("AWS_ENDPOINT_URL") != "" {
		c.Skip("needs a queue policy that lets SNS send")
	}
	topics := sns.NewFromConfig(c.cfg)
	plain, raw := c.queue(nil), c.queue(nil)
	topic := ok[*sns.CreateTopicOutput](c)(topics.CreateTopic(c.ctx, &sns.CreateTopicInput{Name: aws.String(c.name())})).TopicArn
	ok[*sns.SubscribeOutput](c)(topics.Subscribe(c.ctx, &sns.SubscribeInput{TopicArn: topic, Protocol: aws.String("sqs"), Endpoint: aws.String(c.arn(plain))}))
	ok[*sns.SubscribeOutput](c)(topics.Subscribe(c.ctx, &sns.SubscribeInput{TopicArn: topic, Protocol: aws.String("sqs"), Endpoint: aws.String(c.arn(raw)), Attributes: map[string]string{"RawMessageDelivery": "true"}}))
	if list := ok[*sns.ListSubscriptionsByTopicOutput](c)(topics.ListSubscriptionsByTopic(c.ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: topic})); len(list.Subscriptions) != 2 {
		c.Errorf("subscriptions %+v", list.Subscriptions)
	}
	message := "a & b <c> ü"
	sent := ok[*sns.PublishOutput](c)(topics.Publish(c.ctx, &sns.PublishInput{TopicArn: topic, Message: &message, Subject: aws.String("subject")}))
	var e struct{ Type, MessageId, TopicArn, Subject, Message, Timestamp string }
	if err := json.Unmarshal([]byte(*c.receive(plain, 5)[0].Body), &e); err != nil {
		c.Fatal(err)
	}
	if e.Type != "Notification" || e.MessageId != *sent.MessageId || e.TopicArn != *topic || e.Subject != "subject" || e.Message != message {
		c.Errorf("envelope %+v", e)
	}
	if got := *c.receive(raw, 5)[0].Body; got != message {
		c.Errorf("raw %q", got)
	}
	_, err := topics.Publish(c.ctx, &sns.PublishInput{TopicArn: aws.String(*topic + "x"), Message: &message})
	c.code(err, "NotFound")
	_, err = topics.Subscribe(c.ctx, &sns.SubscribeInput{TopicArn: topic, Protocol: aws.String("https"), Endpoint: aws.String("https://a.example")})
	c.code(err, "NotImplementedByLocalAWS")
}

// What is not implemented is refused by name: never accepted and ignored.
func TestFailsLoud(t *testing.T) {
	d := newDesk(t, local.Options{})
	ctx := t.Context()
	raw := func(text string) *sestypes.EmailContent {
		return &sestypes.EmailContent{Raw: &sestypes.RawMessage{Data: []byte(text)}}
	}
	to := &sestypes.Destination{ToAddresses: []string{"a@customer.example"}}
	mail := func(in sesv2.SendEmailInput) func() error {
		return func() error {
			if in.Destination == nil {
				in.Destination = to
			}
			_, err := d.ses.SendEmail(ctx, &in)
			return err
		}
	}
	fine := "From: care@acme.example\r\nSubject: x\r\n\r\nx"
	for name, c := range map[string]struct {
		do   func() error
		want string
	}{
		"SQS FIFO": {func() error {
			_, err := d.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("x.fifo")})
			return err
		}, "NotImplementedByLocalAWS"},
		"SQS operation": {func() error {
			_, err := d.sqs.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: &d.url, Tags: map[string]string{"a": "b"}})
			return err
		}, "NotImplementedByLocalAWS"},
		"SQS parameter": {func() error {
			_, err := d.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &d.url, MessageBody: aws.String("x"), MessageGroupId: aws.String("g")})
			return err
		}, "NotImplementedByLocalAWS"},
		"S3 ACL": {func() error {
			_, err := d.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("raw"), Key: aws.String("k"), Body: strings.NewReader("x"), ACL: "public-read"})
			return err
		}, "NotImplementedByLocalAWS"},
		"S3 tags": {func() error {
			_, err := d.s3.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: aws.String("raw"), Key: aws.String("k")})
			return err
		}, "NotImplementedByLocalAWS"},
		"S3 versions": {func() error {
			_, err := d.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("raw"), Key: aws.String("k"), VersionId: aws.String("v")})
			return err
		}, "NotImplementedByLocalAWS"},
		"S3 multipart": {func() error {
			_, err := d.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: aws.String("raw"), Key: aws.String("k")})
			return err
		}, "NotImplementedByLocalAWS"},
		"SNS attributes": {func() error {
			_, err := sns.NewFromConfig(d.cfg).SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{TopicArn: &d.topic, AttributeName: aws.String("x"), AttributeValue: aws.String("y")})
			return err
		}, "NotImplementedByLocalAWS"},
		"SES operation": {func() error {
			_, err := d.ses.DeleteEmailIdentity(ctx, &sesv2.DeleteEmailIdentityInput{EmailIdentity: aws.String("acme.example")})
			return err
		}, "NotImplementedByLocalAWS"},
		"SES simple":       {mail(sesv2.SendEmailInput{Content: &sestypes.EmailContent{Simple: &sestypes.Message{Subject: &sestypes.Content{Data: aws.String("x")}, Body: &sestypes.Body{}}}}), "NotImplementedByLocalAWS"},
		"SES parameter":    {mail(sesv2.SendEmailInput{Content: raw(fine), ReplyToAddresses: []string{"x@acme.example"}}), "NotImplementedByLocalAWS"},
		"SES header twice": {mail(sesv2.SendEmailInput{Content: raw("Auto-Submitted: auto-replied\r\nAuto-submitted: no\r\n" + fine)}), "BadRequestException"},
		"SES without From": {mail(sesv2.SendEmailInput{Content: raw("Subject: x\r\n\r\nx")}), "BadRequestException"},
		"SES stranger":     {mail(sesv2.SendEmailInput{Content: raw("From: x@stranger.example\r\n\r\nx")}), "MessageRejected"},
		"SES no recipient": {mail(sesv2.SendEmailInput{Content: raw(fine), Destination: &sestypes.Destination{}}), "MessageRejected"},
		"SES unknown set":  {mail(sesv2.SendEmailInput{Content: raw(fine), ConfigurationSetName: aws.String("none")}), "NotFoundException"},
		"SES tag":          {mail(sesv2.SendEmailInput{Content: raw(fine), EmailTags: []sestypes.MessageTag{{Name: aws.String("ses:x"), Value: aws.String("v")}}}), "BadRequestException"},
		"SES long tag":     {mail(sesv2.SendEmailInput{Content: raw(fine), EmailTags: []sestypes.MessageTag{{Name: aws.String("x"), Value: aws.String(strings.Repeat("v", 257))}}}), "BadRequestException"},
	} {
		err := c.do()
		var api smithy.APIError
		if !errors.As(err, &api) || api.ErrorCode() != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if rows, err := d.SES.Outbox(0, 10); err != nil || len(rows) != 0 {
		t.Errorf("outbox after refusals: %v, %v", rows, err)
	}
}

func TestIdentitiesAndSecrets(t *testing.T) {
	d := newDesk(t, local.Options{})
	ctx := t.Context()
	got := ok[*sesv2.GetEmailIdentityOutput](t)(d.ses.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("acme.example")}))
	if !got.VerifiedForSendingStatus || got.DkimAttributes.Status != sestypes.DkimStatusSuccess || len(got.DkimAttributes.Tokens) != 3 || got.IdentityType != sestypes.IdentityTypeDomain {
		t.Errorf("identity %+v", got)
	}
	_, err := d.ses.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("a/b@other.example")})
	var notFound *sestypes.NotFoundException
	if !errors.As(err, &notFound) {
		t.Errorf("unknown identity: %v", err)
	}
	_, err = d.ses.CreateConfigurationSet(ctx, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("desk")})
	var exists *sestypes.AlreadyExistsException
	if !errors.As(err, &exists) {
		t.Errorf("existing set: %v", err)
	}
	if acc := ok[*sesv2.GetAccountOutput](t)(d.ses.GetAccount(ctx, nil)); !acc.ProductionAccessEnabled {
		t.Error("the account is in the sandbox")
	}
	secrets := secretsmanager.NewFromConfig(d.cfg)
	ok[*secretsmanager.CreateSecretOutput](t)(secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("desk/key"), SecretString: aws.String("one")}))
	ok[*secretsmanager.PutSecretValueOutput](t)(secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String("desk/key"), SecretString: aws.String("two")}))
	if s := ok[*secretsmanager.GetSecretValueOutput](t)(secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("desk/key")})); *s.SecretString != "two" {
		t.Errorf("secret %q", *s.SecretString)
	}
}

package desk

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secretstypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"pronto/infra/local/wire"
	"pronto/infra/pronto/cost"
	"pronto/infra/wiring"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// creation makes what the wiring names. Each step does nothing where its thing exists already, so a start after a crash in the middle goes on from there.
type creation struct {
	cfg    aws.Config
	env    map[string]string // of the functions
	queues map[string]string // name → ARN
	topics map[string]string // name → ARN
}

// create makes table, queues, bucket, topics, sending, secret and, in dir, the sheet of what is counted, and returns the functions' environment with the topic of arrivals.
func create(ctx context.Context, cfg aws.Config, p *policy.Policy, dir, policyFile string, o Outside) (*creation, error) {
	c := &creation{cfg: cfg, queues: map[string]string{}, topics: map[string]string{}, env: map[string]string{
		setup.Table: wiring.Table, setup.Bucket: wiring.Bucket, setup.Secret: wiring.Secret, setup.Policy: policyFile,
		setup.ConfigurationSet: wiring.ConfigurationSet, setup.HookSecrets: wiring.HookSecrets, setup.MailboxSecrets: wiring.MailboxSecrets,
		setup.AccountSecrets: wiring.AccountSecrets,
	}}
	if err := store.TheSchema().Create(ctx, dynamodb.NewFromConfig(cfg), wiring.Table); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{
		c.makeQueues, c.makeBucket, c.makeTopics, func(ctx context.Context) error { return c.makeSending(ctx, p) }, c.makeSecret,
		func(context.Context) error { return c.makeMeters(p, filepath.Join(dir, metersFile)) },
		func(ctx context.Context) error { return c.makeHookSecret(ctx, o.HookSecrets) },
		func(ctx context.Context) error {
			return c.makeSecretOf(ctx, wiring.MailboxSecrets, len(o.Passwords), o.Passwords)
		},
		func(ctx context.Context) error {
			return c.makeSecretOf(ctx, wiring.AccountSecrets, len(o.Accounts), o.Accounts)
		},
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// metersFile is the sheet's name in the state directory. It is written anew at each start: prices are the program's.
const metersFile = "meters.json"

// makeMeters writes the sheet of what the local AWS counts, as the stack lays it beside the programs.
func (c *creation) makeMeters(p *policy.Policy, file string) error {
	b, err := json.Marshal(cost.Sheet(func(thing string) string { return thing }, p.SecondOpinions()))
	if err != nil {
		return fmt.Errorf("encode the meters: %w", err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return fmt.Errorf("write the meters: %w", err)
	}
	c.env[setup.Meters], err = filepath.Abs(file)
	return err
}

func (c *creation) makeQueues(ctx context.Context) error {
	client := sqs.NewFromConfig(c.cfg)
	for _, q := range wiring.Queues() {
		dead := map[string]string{"MessageRetentionPeriod": seconds(wiring.Retention)}
		deadURL, err := c.makeQueue(ctx, client, wiring.Dead(q.Name), dead)
		if err != nil {
			return err
		}
		if q.DeadEnv != "" {
			c.env[q.DeadEnv] = deadURL
		}
		redrive, err := json.Marshal(map[string]any{"deadLetterTargetArn": c.queues[wiring.Dead(q.Name)], "maxReceiveCount": q.Receives})
		if err != nil {
			return fmt.Errorf("encode the redrive policy of %s: %w", q.Name, err)
		}
		url, err := c.makeQueue(ctx, client, q.Name, map[string]string{
			"DelaySeconds": seconds(q.Delay), "VisibilityTimeout": seconds(q.Timeout), "MessageRetentionPeriod": seconds(wiring.Retention),
			"RedrivePolicy": string(redrive),
		})
		if err != nil {
			return err
		}
		if q.Env != "" {
			c.env[q.Env] = url
		}
	}
	return nil
}

// makeQueue returns the queue's URL. One that was made by an older version with other attributes is given the new ones.
func (c *creation) makeQueue(ctx context.Context, client *sqs.Client, name string, attributes map[string]string) (string, error) {
	out, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	var url string
	var other *sqstypes.QueueNameExists
	switch {
	case errors.As(err, &other):
		url, err = c.changeQueue(ctx, client, name, attributes)
	case err == nil:
		url = aws.ToString(out.QueueUrl)
	}
	if err != nil {
		return "", fmt.Errorf("create queue %s: %w", name, err)
	}
	c.queues[name] = wire.ARN("sqs", name)
	return url, nil
}

func (c *creation) changeQueue(ctx context.Context, client *sqs.Client, name string, attributes map[string]string) (string, error) {
	found, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		return "", err
	}
	_, err = client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: found.QueueUrl, Attributes: attributes})
	return aws.ToString(found.QueueUrl), err
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

func (c *creation) makeBucket(ctx context.Context) error {
	client := s3.NewFromConfig(c.cfg, func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(wiring.Bucket)}); err != nil {
		return fmt.Errorf("create bucket %s: %w", wiring.Bucket, err)
	}
	_, err := client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: aws.String(wiring.Bucket), VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
	})
	if err != nil {
		return fmt.Errorf("keep versions in bucket %s: %w", wiring.Bucket, err)
	}
	return nil
}

// letUpload lets the console's pages send what answers are to carry straight to the bucket, as the stack does.
func letUpload(ctx context.Context, cfg aws.Config, console string) error {
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	_, err := client.PutBucketCors(ctx, &s3.PutBucketCorsInput{Bucket: aws.String(wiring.Bucket), CORSConfiguration: &s3types.CORSConfiguration{CORSRules: []s3types.CORSRule{{
		AllowedOrigins: []string{console}, AllowedMethods: []string{"PUT"}, AllowedHeaders: wiring.UploadHeaders, MaxAgeSeconds: aws.Int32(600),
	}}}})
	if err != nil {
		return fmt.Errorf("let the console upload: %w", err)
	}
	return nil
}

// makeTopics makes both topics and their one subscriber each: a queue that gets the bare message (raw delivery).
func (c *creation) makeTopics(ctx context.Context) error {
	client := sns.NewFromConfig(c.cfg)
	for _, t := range wiring.Topics() {
		made, err := client.CreateTopic(ctx, &sns.CreateTopicInput{Name: &t.Name})
		if err != nil {
			return fmt.Errorf("create topic %s: %w", t.Name, err)
		}
		c.topics[t.Name] = aws.ToString(made.TopicArn)
		_, err = client.Subscribe(ctx, &sns.SubscribeInput{
			TopicArn: made.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(c.queues[t.Queue]),
			Attributes: map[string]string{"RawMessageDelivery": "true"},
		})
		if err != nil {
			return fmt.Errorf("subscribe queue %s to topic %s: %w", t.Queue, t.Name, err)
		}
	}
	return nil
}

// makeSending makes the domains that brands send from, and the configuration set whose events come back.
func (c *creation) makeSending(ctx context.Context, p *policy.Policy) error {
	client := sesv2.NewFromConfig(c.cfg)
	for _, domain := range wiring.SendsFrom(p) {
		_, err := client.CreateEmailIdentity(ctx, &sesv2.CreateEmailIdentityInput{EmailIdentity: &domain})
		if !made(err) {
			return fmt.Errorf("create sending domain %s: %w", domain, err)
		}
	}
	_, err := client.CreateConfigurationSet(ctx, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String(wiring.ConfigurationSet)})
	if !made(err) {
		return fmt.Errorf("create configuration set %s: %w", wiring.ConfigurationSet, err)
	}
	var types []sestypes.EventType
	for _, t := range wiring.OutcomeEvents() {
		types = append(types, sestypes.EventType(t))
	}
	to := &sestypes.EventDestinationDefinition{
		Enabled: true, MatchingEventTypes: types, SnsDestination: &sestypes.SnsDestination{TopicArn: aws.String(c.topics[wiring.OutcomeTopic])},
	}
	_, err = client.CreateConfigurationSetEventDestination(ctx, &sesv2.CreateConfigurationSetEventDestinationInput{
		ConfigurationSetName: aws.String(wiring.ConfigurationSet), EventDestinationName: aws.String(wiring.OutcomeTopic), EventDestination: to,
	})
	var exists *sestypes.AlreadyExistsException
	if errors.As(err, &exists) { // made by an older version, perhaps, for fewer events
		_, err = client.UpdateConfigurationSetEventDestination(ctx, &sesv2.UpdateConfigurationSetEventDestinationInput{
			ConfigurationSetName: aws.String(wiring.ConfigurationSet), EventDestinationName: aws.String(wiring.OutcomeTopic), EventDestination: to,
		})
	}
	if err != nil {
		return fmt.Errorf("create event destination of %s: %w", wiring.ConfigurationSet, err)
	}
	return nil
}

// made tells whether a thing is there after an attempt to create it in SES.
func made(err error) bool {
	var exists *sestypes.AlreadyExistsException
	return err == nil || errors.As(err, &exists)
}

// makeSecret makes the desk's key once; without it no reply address of an earlier run would be known again.
func (c *creation) makeSecret(ctx context.Context) error {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	secret, err := json.Marshal(map[string][]byte{"key": key})
	if err != nil {
		return fmt.Errorf("encode the desk's secret: %w", err)
	}
	_, err = secretsmanager.NewFromConfig(c.cfg).CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: aws.String(wiring.Secret), SecretString: aws.String(string(secret)),
	})
	var exists *secretstypes.ResourceExistsException
	if err != nil && !errors.As(err, &exists) {
		return fmt.Errorf("create the desk's secret: %w", err)
	}
	return nil
}

// Package setup is what every main does first: environment, aws.Config, log, policy, keys.
//
// The names of the environment are here and nowhere else: the stack and the local wiring set them from these constants, so neither can drift from the code.
package setup

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata" // a Lambda has no zone files

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"pronto/shared/desk"
	"pronto/shared/metric"
	"pronto/shared/policy"
)

// The environment of the functions.
const (
	Table            = "PRONTO_TABLE"             // the DynamoDB table
	Bucket           = "PRONTO_BUCKET"            // raw mails
	Secret           = "PRONTO_SECRET"            // Secrets Manager id of {"key": base64 of at least 32 bytes}
	Policy           = "PRONTO_POLICY"            // path of the rule book
	ConfigurationSet = "PRONTO_CONFIGURATION_SET" // of SES, whose events come back
	IntakeQueue      = "PRONTO_QUEUE_INTAKE"      // URL: notices of arrival
	IntakeDead       = "PRONTO_QUEUE_INTAKE_DEAD" // URL: notices that intake gave up
	AccountsQueue    = "PRONTO_QUEUE_ACCOUNTS"    // URL: accounts to be polled
	LanePriority     = "PRONTO_LANE_PRIORITY"     // URL: what is negative or urgent
	LanePage         = "PRONTO_LANE_PAGE"         // URL: pages
	LaneEmail        = "PRONTO_LANE_EMAIL"        // URL: receipts and replies by mail
	LaneCustom       = "PRONTO_LANE_CUSTOM"       // URL: receipts and replies by the brand's own hook
	LaneBluesky      = "PRONTO_LANE_BLUESKY"      // URL: receipts and replies on Bluesky
	LaneMastodon     = "PRONTO_LANE_MASTODON"     // URL: receipts and replies on Mastodon and its kin
	LaneWebhook      = "PRONTO_LANE_WEBHOOK"      // URL: what brands' own systems are told
	LaneWake         = "PRONTO_LANE_WAKE"         // URL: conversations' clocks
	DemandQueue      = "PRONTO_QUEUE_DEMANDS"     // URL: what customers demand of what is kept about them
	HookSecrets      = "PRONTO_HOOK_SECRETS"      // Secrets Manager id of {"secrets": ["whsec_…"], "for": {…}}: see custom.Keyring
	MailboxSecrets   = "PRONTO_MAILBOX_SECRETS"   // Secrets Manager id of {"name": "password"}: of the mailboxes that are polled
	AccountSecrets   = "PRONTO_ACCOUNT_SECRETS"   // Secrets Manager id of {"channel:handle": network.Secret}: of the brands' accounts at networks
	HookURL          = "PRONTO_HOOK_URL"          // where receipts and replies of the custom channel go
	WebhookURL       = "PRONTO_WEBHOOK_URL"       // where brands' webhooks go whatever the policy says
	HookAllow        = "PRONTO_HOOK_ALLOW"        // host:port list that outbound hooks may reach although they are not public; local only
	Metrics          = "PRONTO_METRICS"           // the stage's name, under which the ledger's figures are metrics; without it there are none
	Meters           = "PRONTO_METERS"            // path of the sheet of what AWS counts, with its prices: see package meter
	ConsoleURL       = "PRONTO_CONSOLE_URL"       // where agents reach the console: pages link to it
	ReceiveURL       = "PRONTO_RECEIVE_URL"       // where other systems reach the desk: mentions are posted there, and networks push there
	OIDCIssuer       = "PRONTO_OIDC_ISSUER"       // who signs agents in at the console, as it calls itself
	OIDCClient       = "PRONTO_OIDC_CLIENT"       // what it knows the console as: a public client that comes back to ConsoleURL + /console/signed-in
)

// MailPrefix is where the receipt rule puts raw mails in the bucket: the rest of a key is SES's message id.
const MailPrefix = "mail/"

// CustomPrefix is where mentions lie as they were posted: by day, message and what was posted.
const CustomPrefix = "custom/"

// PostsPrefix is where raw mentions of networks lie: posts/<channel>/<UTC day of arrival>/<message id>-<digest>.
const PostsPrefix = "posts/"

// FilesPrefix is where attachments lie that an agent has asked for, by message and number: copies, made anew when they are gone.
const FilesPrefix = "files/"

// TriagePrefix is where what brands' labels have taught is kept: see package offset.
const TriagePrefix = "triage/"

// UploadsPrefix is where agents upload what their answers are to carry: by brand, conversation and an id that is made of what the file is.
const UploadsPrefix = "uploads/"

// WordsPrefix is where agents' words lie: by conversation and message.
const WordsPrefix = "out/"

// ExportsPrefix is where copies lie of what is kept about a contact, for a week: by brand and demand.
const ExportsPrefix = "exports/"

// TombPrefix is where tombstones lie of who was forgotten (desk.Tombstone): by brand and contact, for ever.
const TombPrefix = "forgotten/"

// PolicyPrefix is where versions of the rule book lie, each under the hash of what stands in it: see package rulebook.
const PolicyPrefix = "policy/"

// TombKey is the key of a contact's tombstone.
func TombKey(brand, contact string) string { return TombPrefix + brand + "/" + contact }

// Setup is what a function starts from.
type Setup struct {
	AWS aws.Config
	Env func(string) string
	Log *slog.Logger
	Now func() time.Time // UTC

	Rules *policy.Policy // the rule book that stands (package rulebook); nil: the file
}

// Load is the setup of a Lambda: the process's environment, and the log on standard output. It ends the process when something is missing:
// a function that cannot work should fail its deployment, not its messages.
func Load(ctx context.Context) *Setup {
	log := slog.New(xray{NewLog(output()).Handler(), os.Getenv})
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		log.Error("start", "error", err.Error())
		os.Exit(1)
	}
	cfg.Retryer = Retryer
	return &Setup{AWS: cfg, Env: os.Getenv, Log: log, Now: func() time.Time { return time.Now().UTC() }}
}

// output is where the ledger goes: to standard output, with metrics beside it where they are wanted.
func output() io.Writer {
	if stage := os.Getenv(Metrics); stage != "" {
		return metric.Writer(os.Stdout, stage)
	}
	return os.Stdout
}

// Retryer is the retry mode of all calls but the sending ones: five tries within what the function's deadline allows.
func Retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = 5
		o.MaxBackoff = 2 * time.Second
	})
}

// NewLog returns the ledger: one JSON line per turn and effect, in UTC.
func NewLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: utc}))
}

func utc(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey && len(groups) == 0 {
		a.Value = slog.TimeValue(a.Value.Time().UTC())
	}
	return a
}

// Must returns the value of a start-up step or ends the process with its error in the log.
func Must[T any](v T, err error) T {
	if err != nil {
		NewLog(os.Stdout).Error("start", "error", err.Error())
		os.Exit(1)
	}
	return v
}

// Need returns the values of the named variables, or an error that names all that are missing.
func (s *Setup) Need(names ...string) (map[string]string, error) {
	values, missing := map[string]string{}, []string(nil)
	for _, n := range names {
		if values[n] = s.Env(n); values[n] == "" {
			missing = append(missing, n)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("environment: %v not set", missing)
	}
	return values, nil
}

// Policy is the rule book that stands; without one it reads the file.
func (s *Setup) Policy() (*policy.Policy, error) {
	if s.Rules != nil {
		return s.Rules, nil
	}
	p, problems, err := ReadPolicy(s.Env(Policy))
	if err != nil {
		return nil, fmt.Errorf("read the policy: %w", err)
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("%w (%d problems in all; see pronto policy check)", problems[0], len(problems))
	}
	return p, nil
}

// ReadPolicy reads a rule book and the files that it names, which lie in its own directory or below. The error is about the file, the problems about what
// stands in it.
func ReadPolicy(path string) (*policy.Policy, []policy.Problem, error) {
	return ReadPolicyWith(path, func(string, []byte) {})
}

// ReadPolicyWith is ReadPolicy, and hands on each file with its name: "" for the rule book itself.
func ReadPolicyWith(path string, read func(name string, data []byte)) (*policy.Policy, []policy.Problem, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	read("", b)
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	p, problems := policy.ParseWith(path, b, func(name string) ([]byte, error) {
		f, err := root.Open(name) // it may not lead out of the directory, by .. or by a link
		if err != nil {
			return nil, err
		}
		defer f.Close()
		data, err := io.ReadAll(io.LimitReader(f, 2<<20))
		if err == nil {
			read(name, data)
		}
		return data, err
	})
	return p, problems, nil
}

// S3 returns a client; one address for all buckets where an endpoint of one's own is set, since its name has no sub-domains.
func (s *Setup) S3() *s3.Client {
	return s3.NewFromConfig(s.AWS, func(o *s3.Options) { o.UsePathStyle = s.AWS.BaseEndpoint != nil })
}

// Keys fetches the desk's secret.
func (s *Setup) Keys(ctx context.Context) (desk.Keys, error) {
	id := s.Env(Secret)
	out, err := secretsmanager.NewFromConfig(s.AWS).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		return desk.Keys{}, fmt.Errorf("get the desk's secret: %w", err)
	}
	var v struct{ Key []byte }
	if err := json.Unmarshal([]byte(aws.ToString(out.SecretString)), &v); err != nil {
		return desk.Keys{}, fmt.Errorf("the desk's secret is not {\"key\": base64}") // the cause would quote the secret
	}
	return desk.NewKeys(v.Key)
}

// Outermost is an error as the ledger may show it: its outermost words, never what a provider or a customer wrote.
func Outermost(err error) string {
	words := err.Error()
	if i := strings.IndexAny(words, ":\n"); i >= 0 { // errors that are joined stand on lines of their own
		words = words[:i]
	}
	return strings.ToValidUTF8(words[:min(len(words), 80)], "")
}

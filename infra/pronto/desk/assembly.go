package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/infra/local"
	"pronto/infra/local/clock"
	"pronto/infra/local/lambda"
	"pronto/infra/local/ses"
	"pronto/infra/pronto/edge"
	"pronto/infra/pronto/ledger"
	"pronto/infra/wiring"
	channels "pronto/shared/channel/ses"
	"pronto/shared/desk"
	"pronto/shared/line"
	"pronto/shared/metric"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Assembly is the desk with nothing that wakes it: the local AWS, everything of the wiring in it, and the functions, ready to be called.
// Open wakes it as the cloud would; tests wake it by hand.
type Assembly struct {
	AWS       *local.AWS
	Policy    *policy.Policy
	Setup     *setup.Setup // of the functions
	Keys      desk.Keys
	Ledger    *ledger.Ledger
	Functions map[string]lambda.Function
	Rule      ses.Rule // takes the policy's mail

	env    map[string]string
	sink   *sink
	starts []*start

	denials sync.Mutex
	denied  []string
}

// PolicyError says that the rule book has problems.
type PolicyError struct{ Problems []policy.Problem }

func (e *PolicyError) Error() string {
	words := e.Problems[0].Error()
	if more := len(e.Problems) - 1; more > 0 {
		words += fmt.Sprintf(" (and %d more: see pronto policy check)", more)
	}
	return words
}

// Assemble opens the state in directory dir, waiting up to five seconds for the lock of a desk that is just ending, and makes what is not there yet.
// words gets a line for people for each line of the ledger. change, if not nil, may alter the AWS configuration before any client is made.
func Assemble(ctx context.Context, dir, policyFile string, clk *clock.Clock, words io.Writer, change func(*aws.Config), o Outside) (*Assembly, error) {
	p, err := readPolicy(policyFile)
	if err != nil {
		return nil, err
	}
	a := &Assembly{Policy: p, Functions: map[string]lambda.Function{}, Ledger: ledger.New(clk.Now, words)}
	if a.AWS, err = local.Open(ctx, local.Options{Dir: dir, Clock: clk}); err != nil {
		return nil, fmt.Errorf("state directory (PRONTO_STATE): %w%s", err, remedy(err))
	}
	if err := a.fill(ctx, dir, policyFile, change, o); err != nil {
		_ = a.Close() // the first error is the one to tell
		return nil, err
	}
	return a, nil
}

// remedy is what to do about a state directory that cannot be used.
func remedy(err error) string {
	for _, e := range []error{syscall.ENOTDIR, syscall.EEXIST, syscall.EACCES, syscall.EPERM, syscall.EROFS, syscall.ENOSPC} {
		if errors.Is(err, e) {
			return ": name a directory that can be written to"
		}
	}
	return ""
}

func readPolicy(file string) (*policy.Policy, error) {
	p, problems, err := setup.ReadPolicy(file)
	if err != nil {
		return nil, fmt.Errorf("read the rule book: %w", err)
	}
	if len(problems) > 0 {
		return nil, &PolicyError{problems}
	}
	return p, nil
}

func (a *Assembly) fill(ctx context.Context, dir, policyFile string, change func(*aws.Config), o Outside) error {
	cfg, err := a.AWS.Config(ctx)
	if err != nil {
		return err
	}
	a.AWS.Comprehend.JudgeBy(byWords)
	cfg.HTTPClient = &http.Client{Transport: a.AWS.Lambda.Transport(a.AWS.Transport())}
	made, err := create(ctx, cfg, a.Policy, dir, policyFile, o)
	if err != nil {
		return err
	}
	if a.sink, err = openSink(a.AWS, cfg, a.Ledger.Log()); err != nil {
		return err
	}
	if a.env, err = a.outside(made.env, o); err != nil {
		return err
	}
	cfg.Retryer = setup.Retryer
	if change != nil {
		change(&cfg)
	}
	a.Setup = &setup.Setup{AWS: cfg, Env: func(name string) string { return a.env[name] }, Log: a.Ledger.Log(), Now: a.AWS.Clock.Now}
	a.Rule = ses.Rule{Recipients: wiring.Receives(a.Policy), Bucket: wiring.Bucket, Prefix: wiring.MailPrefix, TopicARN: made.topics[wiring.ArrivalTopic]}
	if a.Keys, err = a.Setup.Keys(ctx); err != nil {
		return err
	}
	a.Renew()
	return nil
}

// outside adds to the functions' environment where posts and pages go. What runs on this machine may be reached; all else is guarded as in the cloud.
func (a *Assembly) outside(env map[string]string, o Outside) (map[string]string, error) {
	allow, err := hostPort(a.sink.url())
	if err != nil {
		return nil, err
	}
	env[setup.HookURL], env[setup.WebhookURL], env[setup.HookAllow] = a.sink.url(), a.sink.url(), allow
	if o.HookURL != "" {
		also, err := hostPort(o.HookURL)
		if err != nil {
			return nil, err
		}
		env[setup.HookURL], env[setup.WebhookURL], env[setup.HookAllow] = o.HookURL, o.HookURL, allow+","+also
	}
	for _, at := range a.besides() {
		env[setup.HookAllow] += "," + at
	}
	consoleAt(env, cmp.Or(o.ConsoleURL, defaultConsole))
	env[setup.ReceiveURL] = cmp.Or(o.ReceiveURL, env[setup.ReceiveURL])
	return env, nil
}

// besides are the servers of networks that the rule book has on this machine, as host:port: doubles, and servers that are tried out.
func (a *Assembly) besides() (all []string) {
	for _, account := range line.Accounts(a.Policy) {
		u, err := url.Parse(account.Server)
		if err != nil {
			continue
		}
		if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && !ip.IsLoopback() {
			continue
		}
		if at, err := hostPort(account.Server); err == nil {
			all = append(all, at)
		}
	}
	return all
}

// consoleAt says where the console is, to which address other systems post as well, and that the edge there signs its agents in and takes pages as Slack does.
func consoleAt(env map[string]string, url string) {
	if at, err := hostPort(url); err == nil {
		env[setup.HookAllow] += "," + at
	}
	env[setup.ConsoleURL], env[setup.ReceiveURL], env[setup.OIDCIssuer], env[setup.OIDCClient] = url, url, url+edge.IssuerPath, edge.ClientID
}

// Close lets running functions finish for a few seconds and lets the state go.
func (a *Assembly) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := a.AWS.Lambda.Stop(ctx)
	if a.sink != nil {
		err = errors.Join(err, a.sink.close(ctx))
	}
	return errors.Join(err, a.AWS.Close())
}

// Renew lays out the functions anew from Setup: each starts cold with its first event, as in the cloud.
func (a *Assembly) Renew() {
	a.starts = a.starts[:0]
	for _, f := range wiring.Functions() {
		own := *a.Setup
		own.Log = a.Ledger.Log(metric.Writer(&log{a.AWS, f.Name}, "local"))
		own.AWS.APIOptions = append(slices.Clone(own.AWS.APIOptions), a.permit(f.Name))
		s := &start{function: f.Name, setup: &own}
		a.starts = append(a.starts, s)
		a.Functions[f.Name] = lambda.Function{Name: f.Name, Invoke: s.invoke, Timeout: f.Timeout}
	}
}

// log is a function's own, of which only how much it is matters here: the cloud is paid by its bytes, those of the metrics that follow its lines included.
type log struct {
	aws      *local.AWS
	function string
}

func (l *log) Write(b []byte) (int, error) {
	l.aws.Logged(l.function, len(b))
	return len(b), nil
}

// Deploy is Renew, and starts all functions at once: it tells which cannot.
func (a *Assembly) Deploy(ctx context.Context) error {
	a.Renew()
	for _, s := range a.starts {
		if _, err := s.warm(ctx); err != nil {
			return err
		}
	}
	return nil
}

// start is a function's process: its handler, once it has started.
type start struct {
	function string
	setup    *setup.Setup
	mu       sync.Mutex
	handler  lambda.Invoke
}

type starting struct{}

// Starting holds for the calls that a function makes while it starts, before it sees its event.
func Starting(ctx context.Context) bool { return ctx.Value(starting{}) != nil }

// warm starts the function if it has not. One that cannot start is tried again with the next event.
func (s *start) warm(ctx context.Context) (lambda.Invoke, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handler == nil {
		h, err := handler(context.WithValue(ctx, starting{}, true), s.function, s.setup)
		if err != nil {
			return nil, fmt.Errorf("start function %s: %w", s.function, err)
		}
		s.handler = lambda.Handler(h)
	}
	return s.handler, nil
}

func (s *start) invoke(ctx context.Context, payload []byte) ([]byte, error) {
	h, err := s.warm(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	return h(ctx, payload)
}

// Trace names the conversations in which the mail with this Message-ID (without angle brackets) lies.
func (a *Assembly) Trace(ctx context.Context, messageID string) (map[string]bool, error) {
	found := map[string]bool{}
	st := store.New(dynamodb.NewFromConfig(a.Setup.AWS), wiring.Table)
	for _, b := range a.Policy.Brands {
		keys := []string{a.Keys.Message(b.ID, desk.Email, channels.ThreadID(messageID)), a.Keys.Message(b.ID, desk.Email, messageID)} // of a mail of ours, of a contact's
		in, err := st.Find(ctx, b.ID, desk.Email, slices.Compact(keys))
		if err != nil {
			return nil, err
		}
		for _, f := range in {
			found[f.Conversation] = true
		}
	}
	return found, nil
}

// API is the console function behind an HTTP API.
func (a *Assembly) API() http.Handler {
	return a.AWS.Lambda.HTTP(a.Functions["console"], a.Failed("console"))
}

// PostTo is where other systems reach the desk: mentions are posted below it.
func (a *Assembly) PostTo() string { return a.env[setup.ReceiveURL] }

// Hooks is the receive function behind an HTTP API.
func (a *Assembly) Hooks() http.Handler {
	return a.AWS.Lambda.HTTP(a.Functions["receive"], a.Failed("receive"))
}

// Failed tells the ledger of an invocation that failed, in our own words only.
func (a *Assembly) Failed(function string) func(error) {
	return func(err error) {
		words := strings.TrimPrefix(err.Error(), "invoke "+function+": ")
		a.Setup.Log.Error("function", "function", function, "error", setup.Outermost(fmt.Errorf("%s", words)))
	}
}

// OnCall is who would have a neutral message that arrived at a brand at this time, and by when it would be answered.
func (a *Assembly) OnCall(at time.Time, brand string) policy.Explanation {
	return policy.Explain(a.Policy, policy.Query{At: at, Brand: brand})
}

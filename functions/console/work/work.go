// Package work is what agents do at the desk and see of it, without HTTP: the queue, a conversation, the doings, the silence switch, the sum.
//
// The API and the console's pages both call it, so both have the same rights, the same idempotency and the same words for what is wrong. Who asks is an agent
// of the policy; what he may not see does not exist for him: a conversation or a brand of another's is 404. What each verb needs is in Needs and nowhere else.
// A doing is an event like any other: decided by package desk, committed once under the natural key of the request.
package work

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/shared/account"
	"pronto/shared/channel/webpush"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Desk is where the agents work.
type Desk struct {
	Policy *policy.Policy
	Now    func() time.Time
	Log    *slog.Logger

	accountant *account.Accountant
	store      *store.Store
	keys       desk.Keys
	s3         *s3.Client
	bucket     string
	sqs        *sqs.Client
	intake     string // URL of its queue: where what is released goes
	demands    string // URL of its queue: where what customers demand goes
	pages      string // URL of the lane: where tests of devices go
	services   webpush.Services
	pushKey    webpush.Key
	pictures   pictures
	rules      *rulebook.Book
	proposals  proposals
	leavers    leavers
	firsts     *store.Budgets // of letters that nobody has asked for
	many       *store.Budgets // of circulars
	wake       string         // URL of the lane: where orders of circulars' parts go
}

// New wires the desk of the environment.
func New(ctx context.Context, s *setup.Setup) (*Desk, error) {
	a, err := account.New(s)
	if err != nil {
		return nil, err
	}
	env, err := s.Need(setup.Bucket, setup.Secret, setup.IntakeQueue, setup.DemandQueue, setup.LanePage, setup.LaneWake)
	if err != nil {
		return nil, err
	}
	keys, err := s.Keys(ctx)
	if err != nil {
		return nil, err
	}
	services, key, err := webpush.Of(s, a.Policy, keys)
	if err != nil {
		return nil, err
	}
	d := &Desk{
		services: services, pushKey: key, pages: env[setup.LanePage],
		Policy: a.Policy, Now: s.Now, Log: s.Log, accountant: a, store: a.Store, keys: keys, s3: s.S3(), bucket: env[setup.Bucket],
		sqs: sqs.NewFromConfig(s.AWS), intake: env[setup.IntakeQueue], demands: env[setup.DemandQueue], pictures: newPictures(publicWeb), firsts: store.NewBudgets(a.Store),
		many: store.NewBudgets(a.Store), wake: env[setup.LaneWake],
	}
	return d, d.openRules(ctx, s)
}

// Circulars is as much of a desk as goes on with circulars when nobody looks. It has no queues, rule books, pictures or sums, so nothing else of a desk can be asked of it.
type Circulars struct{ desk *Desk }

// NextPart is Desk.NextPart.
func (c *Circulars) NextPart(ctx context.Context, brand, id string) (*time.Time, error) {
	return c.desk.NextPart(ctx, brand, id)
}

// ForCirculars wires it.
func ForCirculars(ctx context.Context, s *setup.Setup) (*Circulars, error) {
	env, err := s.Need(setup.Table, setup.Bucket, setup.Secret)
	if err != nil {
		return nil, err
	}
	p, err := s.Policy()
	if err != nil {
		return nil, err
	}
	keys, err := s.Keys(ctx)
	if err != nil {
		return nil, err
	}
	kept := store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table])
	return &Circulars{&Desk{Policy: p, Now: s.Now, Log: s.Log, store: kept, keys: keys, s3: s.S3(), bucket: env[setup.Bucket], many: store.NewBudgets(kept)}}, nil
}

// openRules opens the versions of the rule book. The deployed file is written down as one of them the first time that it is seen; where that fails, it is the next time.
func (d *Desk) openRules(ctx context.Context, s *setup.Setup) error {
	file, p, problems, err := rulebook.ReadFile(s.Env(setup.Policy))
	switch {
	case err != nil:
		return fmt.Errorf("read the policy: %w", err)
	case len(problems) > 0:
		return problems[0]
	}
	d.rules = &rulebook.Book{Store: d.store, Bucket: rulebook.Bucket{S3: d.s3, Name: d.bucket}, File: file, Policy: p, Now: d.Now}
	switch fresh, err := d.rules.Publish(ctx); {
	case err != nil:
		d.Log.Warn("rulebook", "why", "not_written_down", "version", p.Version, "error", setup.Outermost(err))
	case fresh:
		d.Log.Info("rulebook", "why", desk.RulesDeployed, "version", p.Version)
	}
	return nil
}

// Problem is an error as RFC 9457 has it, with the field at fault, a code where programs must tell reasons apart, and the version that a conversation has now.
type Problem struct {
	Title   string `json:"title"`
	Status  int    `json:"status"` // of HTTP
	Detail  string `json:"detail"`
	Field   string `json:"field,omitempty"`
	Code    string `json:"code,omitempty"`
	Version int    `json:"version,omitempty"`

	Seen     int            `json:"seen,omitempty"`     // with which an answer is sent all the same
	Since    []Happened     `json:"since,omitempty"`    // what was said and done since what its writer had seen
	Problems []RulesProblem `json:"problems,omitempty"` // of a rule book
}

// Refuse is a problem in words. field is "" where none is at fault.
func Refuse(status int, field, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Field: field, Detail: detail}
}

// coded is a problem whose reason programs may tell.
func coded(status int, code, field, detail string) *Problem {
	p := Refuse(status, field, detail)
	p.Code = code
	return p
}

// Unable is a passing fault, whose words stay in the ledger.
func (d *Desk) Unable(what string, err error) *Problem {
	d.Log.Error(what, "error", setup.Outermost(err))
	return Refuse(http.StatusServiceUnavailable, "", "it cannot be done now: try again, with the same Idempotency-Key if it had one")
}

// Reconciliation is a day's sum, today's (UTC) for "", of one brand or of all for "".
func (d *Desk) Reconciliation(ctx context.Context, brand, day string) (account.Day, *Problem) {
	if day == "" {
		day = desk.Day(d.Now())
	}
	if t, err := time.Parse(time.DateOnly, day); err != nil || desk.Day(t) != day {
		return account.Day{}, Refuse(http.StatusBadRequest, "day", "day is not a date: write it as 2026-11-22")
	}
	if brand != "" && brand != account.NoBrand && d.Policy.Brand(brand) == nil {
		return account.Day{}, Refuse(http.StatusNotFound, "brand", "no brand of this id is in the policy")
	}
	sum, err := d.accountant.Day(ctx, brand, day, d.Now())
	if err != nil {
		return account.Day{}, d.Unable("reconciliation", err)
	}
	return sum, nil
}

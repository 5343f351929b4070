// Package account proves promise 1: for any UTC day of arrival, what was received is receipted, suppressed, held, in flight or failed.
package account

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Day is the sum of one day over the brands asked for.
type Day struct {
	Day   string `json:"day"`
	Brand string `json:"brand,omitempty"` // "" for all, with what no brand could be found for
	store.Sum
	Balanced bool                      `json:"balanced"` // false is an alarm
	Came     map[string]map[string]int `json:"-"`        // messages by brand and channel
}

// Accountant reads sums.
type Accountant struct {
	Store  *store.Store
	SQS    *sqs.Client
	Intake string // URL of the intake queue
	Dead   string // URL of its dead-letter queue
	Policy *policy.Policy
}

// New returns the accountant of the desk that the environment names.
func New(s *setup.Setup) (*Accountant, error) {
	env, err := s.Need(setup.Table, setup.Policy, setup.IntakeQueue, setup.IntakeDead)
	if err != nil {
		return nil, err
	}
	p, err := s.Policy()
	if err != nil {
		return nil, err
	}
	return &Accountant{
		Store: store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table]), SQS: sqs.NewFromConfig(s.AWS),
		Intake: env[setup.IntakeQueue], Dead: env[setup.IntakeDead], Policy: p,
	}, nil
}

// NoBrand is the brand of what could not be placed with any.
const NoBrand = "-"

// Day sums up one day, of one brand or of all when brand is "". What still waits for intake counts as received today and in flight, and what intake has
// given up as received today and failed, until somebody has moved it; both as exactly as SQS tells it (approximately).
func (a *Accountant) Day(ctx context.Context, brand, day string, now time.Time) (Day, error) {
	d := Day{Day: day, Brand: brand, Sum: store.NewSum(), Came: map[string]map[string]int{}}
	if brand == "" && day == desk.Day(now) {
		if err := a.queued(ctx, &d.Sum); err != nil {
			return d, err
		}
	}
	for _, b := range a.Brands(brand) {
		s, err := a.Store.Sum(ctx, b, day)
		if err != nil {
			return d, fmt.Errorf("sum %s: %w", day, err)
		}
		d.Add(s)
		d.Came[b] = s.Came
	}
	d.Balanced = d.Sum.Balanced()
	return d, nil
}

func (a *Accountant) queued(ctx context.Context, s *store.Sum) error {
	waiting, err := a.depth(ctx, a.Intake)
	if err != nil {
		return err
	}
	dead, err := a.depth(ctx, a.Dead)
	if err != nil {
		return err
	}
	s.Received += waiting + dead
	s.InFlight += waiting
	s.Failed += dead
	return nil
}

// Brands are the brands of a sum: the one asked for, or all with NoBrand.
func (a *Accountant) Brands(one string) []string {
	if one != "" {
		return []string{one}
	}
	all := []string{NoBrand}
	for _, b := range a.Policy.Brands {
		all = append(all, b.ID)
	}
	return all
}

// Backlog is the number of notices that intake has not taken, or has given up.
func (a *Accountant) Backlog(ctx context.Context) (int, error) {
	s := store.NewSum()
	err := a.queued(ctx, &s)
	return s.Received, err
}

// depth is the number of messages in a queue, whatever their state.
func (a *Accountant) depth(ctx context.Context, url string) (int, error) {
	names := []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	}
	out, err := a.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: names})
	if err != nil {
		return 0, fmt.Errorf("count what intake has not taken: %w", err)
	}
	n := 0
	for _, name := range names {
		x, _ := strconv.Atoi(out.Attributes[string(name)])
		n += x
	}
	return n, nil
}

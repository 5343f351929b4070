// Package account proves promise 1: for any UTC day of arrival, what was received is receipted, suppressed, held, in flight or failed.
package account

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// Day is the sum of one day over the brands asked for.
type Day struct {
	Day   string `json:"day"`
	Brand string `json:"brand,omitempty"` // "" for all, with what no brand could be found for
	store.Sum
	Balanced bool `json:"balanced"` // false is an alarm
}

// Accountant reads sums.
type Accountant struct {
	Store  *store.Store
	SQS    *sqs.Client
	Intake string // URL of the intake queue
	Policy *policy.Policy
}

// NoBrand is the brand of what could not be placed with any.
const NoBrand = "-"

// Day sums up one day, of one brand or of all when brand is "". What still waits for intake counts as received today and in flight,
// as exactly as SQS tells it (approximately).
func (a *Accountant) Day(ctx context.Context, brand, day string, now time.Time) (Day, error) {
	d := Day{Day: day, Brand: brand, Sum: store.NewSum()}
	waiting := 0
	if brand == "" && day == desk.Day(now) {
		var err error
		if waiting, err = a.waiting(ctx); err != nil {
			return d, err
		}
	}
	for _, b := range a.brands(brand) {
		s, err := a.Store.Sum(ctx, b, day)
		if err != nil {
			return d, fmt.Errorf("sum %s: %w", day, err)
		}
		d.Add(s)
	}
	d.Received += waiting
	d.InFlight += waiting
	d.Balanced = d.Sum.Balanced()
	return d, nil
}

func (a *Accountant) brands(one string) []string {
	if one != "" {
		return []string{one}
	}
	all := []string{NoBrand}
	for _, b := range a.Policy.Brands {
		all = append(all, b.ID)
	}
	return all
}

// waiting is the number of notices that intake has not taken yet.
func (a *Accountant) waiting(ctx context.Context) (int, error) {
	names := []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	}
	out, err := a.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(a.Intake), AttributeNames: names})
	if err != nil {
		return 0, fmt.Errorf("count what waits for intake: %w", err)
	}
	n := 0
	for _, name := range names {
		x, _ := strconv.Atoi(out.Attributes[string(name)])
		n += x
	}
	return n, nil
}

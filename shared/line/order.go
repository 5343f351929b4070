package line

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Order is an account to be polled.
type Order struct {
	Brand   string    `json:"brand"`
	Channel string    `json:"channel"`
	Handle  string    `json:"handle"`
	At      time.Time `json:"at"` // when
	Pushed  bool      `json:"pushed,omitempty"`
}

// maxEntries is what one SendMessageBatch takes.
const maxEntries = 10

// Put puts orders on listen's queue, each for its time.
func Put(ctx context.Context, client *sqs.Client, queue string, now time.Time, orders ...Order) error {
	for len(orders) > 0 {
		n := min(len(orders), maxEntries)
		in := &sqs.SendMessageBatchInput{QueueUrl: &queue}
		for i, o := range orders[:n] {
			body, err := json.Marshal(o)
			if err != nil {
				return fmt.Errorf("encode an order: %w", err)
			}
			in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(body)), DelaySeconds: int32(max(0, o.At.Sub(now)/time.Second)),
			})
		}
		out, err := client.SendMessageBatch(ctx, in)
		if err != nil {
			return fmt.Errorf("order polls: %w", err)
		}
		if len(out.Failed) > 0 {
			return errors.New("order polls: the queue left some out")
		}
		orders = orders[n:]
	}
	return nil
}

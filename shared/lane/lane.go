// Package lane is the way from the table to deliver and timer: SQS queues that carry the keys of effects and clocks, never their content.
//
// Each lane has its own back-off, rate and dead-letter queue, so that a slow provider or a burst of praise holds up nobody else's receipt.
// A key put twice is harmless: an effect is claimed once.
package lane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"pronto/shared/desk"
	"pronto/shared/setup"
)

// Order is an effect on its way to a lane, or on the lane wake what the timer has to look at: a conversation's clock (ID "") or a page.
type Order struct {
	desk.EffectRef
	Lane  string
	Delay time.Duration // cut to whole seconds, at most 15 minutes (SQS's own limits)
}

// Key names the effect among all.
func (o Order) Key() string { return o.Brand + "#" + o.Conversation + "#" + o.ID }

// Failure is an order that did not reach its lane.
type Failure struct {
	Order
	Err error
}

// Lanes are the queues.
type Lanes struct {
	sqs  *sqs.Client
	urls map[string]string
}

// New finds the queues' URLs in the environment.
func New(s *setup.Setup) (*Lanes, error) {
	env, err := s.Need(setup.LanePriority, setup.LanePage, setup.LaneEmail, setup.LaneCustom, setup.LaneBluesky, setup.LaneMastodon, setup.LaneWebhook, setup.LaneWake)
	if err != nil {
		return nil, err
	}
	return &Lanes{sqs: sqs.NewFromConfig(s.AWS), urls: map[string]string{
		desk.LanePriority: env[setup.LanePriority], desk.LanePage: env[setup.LanePage], desk.LaneEmail: env[setup.LaneEmail],
		desk.LaneCustom: env[setup.LaneCustom], desk.LaneBluesky: env[setup.LaneBluesky], desk.LaneMastodon: env[setup.LaneMastodon], desk.LaneWake: env[setup.LaneWake], desk.LaneWebhook: env[setup.LaneWebhook],
	}}, nil
}

// ErrUnknown is the failure of an order for a lane that this version does not know: a later one finds it by the sweep.
var ErrUnknown = errors.New("no such lane")

// maxEntries is what one SendMessageBatch takes.
const maxEntries = 10

// Put puts orders on their lanes, the priority lane first, and returns those that failed in the order in which they were given.
func (l *Lanes) Put(ctx context.Context, orders []Order) []Failure {
	failed := map[int]error{}
	for _, name := range []string{desk.LanePriority, desk.LanePage, desk.LaneEmail, desk.LaneCustom, desk.LaneBluesky, desk.LaneMastodon, desk.LaneWake, desk.LaneWebhook} {
		var at []int
		for i, o := range orders {
			if o.Lane == name {
				at = append(at, i)
			}
		}
		for chunk := range slices.Chunk(at, maxEntries) {
			l.send(ctx, l.urls[name], orders, chunk, failed)
		}
	}
	var out []Failure
	for i, o := range orders {
		if _, known := l.urls[o.Lane]; !known {
			failed[i] = fmt.Errorf("lane %q: %w", o.Lane, ErrUnknown)
		}
		if err := failed[i]; err != nil {
			out = append(out, Failure{o, err})
		}
	}
	return out
}

func (l *Lanes) send(ctx context.Context, url string, orders []Order, at []int, failed map[int]error) {
	in := &sqs.SendMessageBatchInput{QueueUrl: &url}
	for _, i := range at {
		body, err := json.Marshal(orders[i].EffectRef)
		if err != nil {
			failed[i] = err
			continue
		}
		in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(body)), DelaySeconds: delay(orders[i].Delay)})
	}
	out, err := l.sqs.SendMessageBatch(ctx, in)
	if err != nil {
		for _, i := range at {
			failed[i] = fmt.Errorf("put on lane: %w", err)
		}
		return
	}
	for _, f := range out.Failed {
		if i, err := strconv.Atoi(aws.ToString(f.Id)); err == nil {
			failed[i] = errors.New("put on lane: " + aws.ToString(f.Code))
		}
	}
}

// delay cuts to what SQS knows. Who is woken early by a part of a second waits for it; who was woken late could not make up for it.
func delay(d time.Duration) int32 {
	return int32(min(max(0, d/time.Second), 900))
}

// Decode reads a lane's message. The ID of what it returns is "" for a conversation's clock.
func Decode(body string) (desk.EffectRef, error) {
	var r desk.EffectRef
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return r, fmt.Errorf("decode lane message: %w", err)
	}
	if r.Brand == "" || r.Conversation == "" {
		return r, errors.New("lane message: brand or conversation is missing")
	}
	return r, nil
}

// Trial orders a test to an agent's device: no effect, since it belongs to no conversation.
type Trial struct {
	Agent  string    `json:"agent"`
	Device string    `json:"device"`
	At     time.Time `json:"at"`
}

// trial is its message on the lane.
type trial struct {
	Trial *Trial `json:"trial"`
}

// Encode is the trial as a message of the lane page.
func (t Trial) Encode() (string, error) {
	b, err := json.Marshal(trial{&t})
	return string(b), err
}

// DecodeTrial reads a trial; ok is false for any other message.
func DecodeTrial(body string) (t Trial, ok bool) {
	var v trial
	if json.Unmarshal([]byte(body), &v) != nil || v.Trial == nil || v.Trial.Agent == "" || v.Trial.Device == "" {
		return Trial{}, false
	}
	return *v.Trial, true
}

// Part orders the next part of a circular that goes on by itself: no effect, since it belongs to no conversation. One that is lost is brought again by the sweep.
type Part struct {
	Brand    string `json:"brand"`
	Circular string `json:"circular"`
}

// part is its message on the lane wake.
type part struct {
	Part *Part `json:"part"`
}

// Encode is the order as a message of the lane wake.
func (p Part) Encode() (string, error) {
	b, err := json.Marshal(part{&p})
	return string(b), err
}

// DecodePart reads such an order; ok is false for any other message.
func DecodePart(body string) (p Part, ok bool) {
	var v part
	if json.Unmarshal([]byte(body), &v) != nil || v.Part == nil || v.Part.Brand == "" || v.Part.Circular == "" {
		return Part{}, false
	}
	return *v.Part, true
}

// PutPart puts the order on the lane wake.
func (l *Lanes) PutPart(ctx context.Context, p Part, in time.Duration) error {
	return p.Send(ctx, l.sqs, l.urls[desk.LaneWake], in)
}

// Send puts the order on the lane wake, by that queue's address.
func (p Part) Send(ctx context.Context, client *sqs.Client, wake string, in time.Duration) error {
	body, err := p.Encode()
	if err == nil {
		_, err = client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &wake, MessageBody: &body, DelaySeconds: delay(in)})
	}
	if err != nil {
		return fmt.Errorf("order a part: %w", err)
	}
	return nil
}

// Package pager calls agents, each way in a file of its own: mail by SES, a signed webhook, a Slack-compatible one, a text message by SNS, an event of PagerDuty's API v2;
// and beside the ways a push to each of the agent's devices.
//
// Invariants:
//   - Nothing of the customer's is in a page: it tells brand, why, priority, by when, who has the conversation, and the link that answers it.
//   - The link itself changes nothing: link scanners and previews may follow it.
//   - A page may come twice: that is better than none. So what may have left is no reason not to try the next way.
package pager

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"pronto/shared/channel"
	"pronto/shared/channel/webhook"
	"pronto/shared/channel/webpush"
	"pronto/shared/desk"
	"pronto/shared/policy"
)

// Call is one page.
type Call struct {
	desk.EffectRef
	About  string // the conversation that it is about: not always the effect's
	Page   desk.Page
	Brand  string         // its name
	From   channel.Party  // of a mail
	Agent  string         // the name of who is called
	Has    string         // the name of who has the conversation so far, as the desk assigned it
	Zone   *time.Location // the agent's
	Link   string         // "I have it"
	Unsure bool           // an earlier try may have left
}

// id names a page among all: an effect's own id is unique in its conversation only.
func (c Call) id() string { return c.Conversation + "-" + c.ID }

// Pager has the ways.
type Pager struct {
	mail    channel.Sender
	posts   *webhook.Client
	secrets func(ctx context.Context, brand string) (webhook.Secrets, error)
	texts   *sns.Client
	pushes  *webpush.Client
	now     func() time.Time
}

// New returns a pager. secrets sign the webhooks of a brand.
func New(cfg aws.Config, mail channel.Sender, posts *webhook.Client, pushes *webpush.Client, secrets func(ctx context.Context, brand string) (webhook.Secrets, error), now func() time.Time) *Pager {
	once := func(o *sns.Options) { o.Retryer = aws.NopRetryer{} } // the next way is nearer than the next try
	return &Pager{mail: mail, posts: posts, secrets: secrets, texts: sns.NewFromConfig(cfg, once), pushes: pushes, now: now}
}

// patience is what one way may take: a function's time is enough for three.
const patience = 3 * time.Second

// Send calls by one way. See channel.Sender for its errors.
func (p *Pager) Send(ctx context.Context, way policy.Way, c Call) (channel.Sent, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	switch way.Kind {
	case desk.WayMail:
		return p.byMail(ctx, way.To, c)
	case desk.WayWebhook:
		return p.byWebhook(ctx, way.To, c)
	case desk.WaySlack:
		return p.bySlack(ctx, way.To, c)
	case desk.WaySMS:
		return p.bySMS(ctx, way.To, c)
	case desk.WayPagerDuty:
		return p.byPagerDuty(ctx, way.To, c)
	}
	return channel.Sent{}, channel.Permanent(errors.New("page: no such way"))
}

// First calls by the first way that takes it and says which: one that fails, for whatever reason, gives way to the next. Its error, when none takes it, is
// the one that leaves the most open: that it may have left by one, else that one may be tried again, else Permanent.
func (p *Pager) First(ctx context.Context, c Call) (sent channel.Sent, by policy.Way, err error) {
	err = channel.Permanent(errors.New("page: the agent has no way to be paged"))
	for _, way := range c.Page.Ways {
		sent, failed := p.Send(ctx, way, c)
		if failed == nil {
			return sent, way, nil
		}
		if openness(failed) >= openness(err) {
			by, err = way, fmt.Errorf("page by %s: %w", way.Kind, failed)
		}
	}
	return channel.Sent{}, by, err
}

func openness(err error) int {
	switch {
	case channel.IsPermanent(err):
		return 0
	case channel.IsUnsent(err):
		return 1
	}
	return 2
}

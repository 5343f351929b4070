package ses

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"

	"pronto/shared/channel"
	"pronto/shared/mail"
)

// Tags that travel with a mail and come back in SES's events.
const (
	TagBrand        = "pronto-brand"
	TagConversation = "pronto-conversation"
	TagEffect       = "pronto-effect"
	TagKind         = "pronto-kind"
)

// Sender sends by SES, whose guarantee is: no idempotency, no look-up. It therefore tries again by itself only what was refused for its rate.
type Sender struct {
	client *sesv2.Client
	set    string
}

var _ channel.Sender = (*Sender)(nil)

// NewSender returns a Sender whose mails raise events in the named configuration set.
func NewSender(cfg aws.Config, configurationSet string) *Sender {
	once := func(o *sesv2.Options) { o.Retryer = throttled{o.Retryer} }
	return &Sender{client: sesv2.NewFromConfig(cfg, once), set: configurationSet}
}

// throttled tries again only what SES refused for its rate, which is certainly unsent; a torn answer may hide a mail that left. It ends within two seconds:
// a brand that is silenced meanwhile must be silent within five.
type throttled struct{ aws.Retryer } // the configuration's, whose pauses it has

func (throttled) MaxAttempts() int { return 3 }

func (throttled) IsErrorRetryable(err error) bool {
	var refused smithy.APIError
	return errors.As(err, &refused) && refused.ErrorCode() == "TooManyRequestsException"
}

func (t throttled) RetryDelay(attempt int, err error) (time.Duration, error) {
	pause, err := t.Retryer.RetryDelay(attempt, err)
	return min(pause, time.Second), err
}

// GetRetryToken lets each mail have its tries: those of others do not count.
func (throttled) GetRetryToken(context.Context, error) (func(error) error, error) {
	return func(error) error { return nil }, nil
}

// Send sends one mail. See channel.Sender for its errors.
func (s *Sender) Send(ctx context.Context, o channel.Outgoing) (channel.Sent, error) {
	raw, err := mail.Compose(outgoing(o))
	if err != nil {
		return channel.Sent{}, channel.Permanent(fmt.Errorf("compose: %w", err))
	}
	out, err := s.client.SendEmail(ctx, &sesv2.SendEmailInput{
		FromEmailAddress: &o.From.Address, Destination: &types.Destination{ToAddresses: []string{o.To.Address}, CcAddresses: addresses(o.Cc)},
		Content:              &types.EmailContent{Raw: &types.RawMessage{Data: raw}},
		ConfigurationSetName: &s.set, EmailTags: tags(o),
	})
	if err != nil {
		return channel.Sent{}, fate(err)
	}
	return channel.Sent{ProviderID: aws.ToString(out.MessageId)}, nil
}

func outgoing(o channel.Outgoing) mail.Outgoing {
	m := mail.Outgoing{
		From: mail.Address{Name: o.From.Name, Addr: o.From.Address}, To: mail.Address{Name: o.To.Name, Addr: o.To.Address},
		Subject: o.Subject, Text: o.Text, HTML: o.HTML, Language: o.Language, InReplyTo: o.InReplyTo, References: o.References,
		AutoReplied: o.Kind != channel.Reply && o.Kind != channel.Forward, Headers: [][2]string{{mail.LoopHeader, o.Brand}},
	}
	for _, p := range o.Cc {
		m.Cc = append(m.Cc, mail.Address{Name: p.Name, Addr: p.Address})
	}
	for _, f := range o.Files {
		m.Files = append(m.Files, mail.Outfile(f))
	}
	if o.ReplyTo != "" {
		m.ReplyTo = mail.Address{Name: o.From.Name, Addr: o.ReplyTo}
	}
	if o.PossibleDuplicate {
		m.Headers = append(m.Headers, [2]string{"X-Pronto-Possible-Duplicate", "yes"})
	}
	return m
}

func addresses(all []channel.Party) (out []string) {
	for _, p := range all {
		out = append(out, p.Address)
	}
	return out
}

func tags(o channel.Outgoing) []types.MessageTag {
	tag := func(k, v string) types.MessageTag { return types.MessageTag{Name: aws.String(k), Value: aws.String(v)} }
	return []types.MessageTag{
		tag(TagBrand, o.Brand), tag(TagConversation, o.Conversation), tag(TagEffect, o.Effect), tag(TagKind, string(o.Kind)),
	}
}

// fate tells what an error of SendEmail means. Only what SES itself refused is certainly unsent; everything else may have left.
func fate(err error) error {
	var (
		rejected *types.MessageRejected
		bad      *types.BadRequestException
		domain   *types.MailFromDomainNotVerifiedException
		missing  *types.NotFoundException
		rate     *types.TooManyRequestsException
		limit    *types.LimitExceededException
		paused   *types.SendingPausedException
		account  *types.AccountSuspendedException
		answer   *awshttp.ResponseError
	)
	switch {
	case errors.As(err, &rejected) && strings.Contains(aws.ToString(rejected.Message), "not verified"):
		return channel.Unsent(err) // the sending domain's DNS lapsed, or the account is in the sandbox: no fault of the mail's
	case errors.As(err, &rejected), errors.As(err, &bad):
		return channel.Permanent(err)
	case errors.As(err, &rate), errors.As(err, &limit), errors.As(err, &paused), errors.As(err, &account),
		errors.As(err, &domain), errors.As(err, &missing): // the brand's set-up, not the mail: it leaves once that is mended
		return channel.Unsent(err)
	case errors.As(err, &answer) && answer.HTTPStatusCode()/100 == 4: // our credentials or rights, say: refused before anything was done
		return channel.Unsent(err)
	}
	return err
}

package pager

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"golang.org/x/text/unicode/norm"

	"pronto/shared/channel"
)

// maxSMS is what one text message holds in the GSM alphabet; one letter outside it would leave 70.
const maxSMS = 160

// gsm is the basic alphabet of GSM 03.38 as far as a page writes it, extended what takes two places. Names are written without their accents instead.
const (
	gsm      = "@$_ !\"#%&'()*+,-./:;<=>?0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	extended = "^{}\\[~]|"
)

// bySMS publishes to a phone number. SNS may take what the network then drops: it is the last way, not the first.
func (p *Pager) bySMS(ctx context.Context, number string, c Call) (channel.Sent, error) {
	text := c.sms()
	out, err := p.texts.Publish(ctx, &sns.PublishInput{
		PhoneNumber: &number, Message: &text,
		MessageAttributes: map[string]types.MessageAttributeValue{ // sent at once and not when it is cheap
			"AWS.SNS.SMS.SMSType": {DataType: aws.String("String"), StringValue: aws.String("Transactional")},
		},
	})
	if err != nil {
		return channel.Sent{}, refusal(err)
	}
	return channel.Sent{ProviderID: aws.ToString(out.MessageId)}, nil
}

// refusal tells what an error of Publish means.
func refusal(err error) error {
	var (
		bad      *types.InvalidParameterException
		value    *types.InvalidParameterValueException
		optedOut *types.OptedOutException
		answer   *awshttp.ResponseError
	)
	switch {
	case errors.As(err, &bad), errors.As(err, &value), errors.As(err, &optedOut):
		return channel.Permanent(err)
	case errors.As(err, &answer) && answer.HTTPStatusCode()/100 == 4: // rights, rate, or spending limit: refused before anything was done
		return channel.Unsent(err)
	}
	return err
}

// sms is the page in one text message. The link is whole or not there: half of one is worth nothing.
func (c Call) sms() string {
	link := " I have it: " + c.Link
	if plain(link) != link || places(link) > maxSMS-20 {
		link = " Open the desk to take it."
	}
	due := ""
	if !c.Page.Due.IsZero() {
		due = ", due " + zoned(c.Page.Due.In(c.Zone), "2 Jan 15:04 ")
	}
	words := plain(fmt.Sprintf("[%s] %s: %s%s.", c.Page.Priority, c.Brand, c.because(), due))
	if places(words+link) > maxSMS {
		words = plain(fmt.Sprintf("[%s] %s%s.", c.Page.Priority, c.because(), due))
	}
	if places(words+link) > maxSMS {
		words = plain(fmt.Sprintf("[%s]", c.Page.Priority))
	}
	return words + link
}

// places counts as a text message does.
func places(s string) int {
	n := len(s)
	for _, r := range s {
		if strings.ContainsRune(extended, r) {
			n++
		}
	}
	return n
}

// plain writes s in the GSM alphabet: letters without their accents, a question mark for what it does not have.
func plain(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case strings.ContainsRune(gsm, r), strings.ContainsRune(extended, r):
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}

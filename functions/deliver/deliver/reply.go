package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/reply"
)

// maxText bounds what is read of an answer's text: the API takes 20,000 runes.
const maxText = 128 << 10

// compose makes the outgoing message of an effect, also of one whose text must be fetched. An error passes; why does not.
func (h *Handler) compose(ctx context.Context, e desk.Effect) (o channel.Outgoing, why string, err error) {
	if e.Reply == nil {
		o, why = h.render(e)
		return o, why, nil
	}
	if h.policy.Brand(e.Brand) == nil {
		return o, "brand_not_in_policy", nil
	}
	text, err := h.text(ctx, e.Reply.Raw)
	var missing *types.NoSuchKey
	switch {
	case errors.As(err, &missing):
		return o, "text_missing", nil
	case err != nil:
		return o, "", err
	}
	return h.answer(e, text), "", nil
}

func (h *Handler) text(ctx context.Context, key string) (string, error) {
	out, err := h.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &h.bucket, Key: &key})
	if err != nil {
		return "", fmt.Errorf("get the text of an answer: %w", err)
	}
	defer out.Body.Close()
	b, err := io.ReadAll(io.LimitReader(out.Body, maxText))
	if err != nil {
		return "", fmt.Errorf("read the text of an answer: %w", err)
	}
	return string(b), nil
}

// answer is a person's answer as it leaves: in the person's name, in the thread of the customer's newest message, and with nothing automatic about it.
func (h *Handler) answer(e desk.Effect, text string) channel.Outgoing {
	b, r := h.policy.Brand(e.Brand), e.Reply
	person := reply.Person{Language: r.Language, Agent: r.By.Name, Brand: b.Name, Subject: r.Subject, Text: text}
	if a := h.policy.Agent(r.By.ID); a != nil && e.Channel == desk.Email {
		person.Signature = a.Signature
	}
	if e.Channel == desk.Email {
		person.Footer = b.Signature
	}
	words := reply.Answer(person)
	o := channel.Outgoing{
		Effect: e.ID, Brand: e.Brand, Conversation: e.Conversation, Kind: e.Kind, To: addressee(r.To), Language: r.Language,
		From:      channel.Party{Name: r.By.Name + ", " + b.Name, Address: b.From.Addr},
		InReplyTo: r.InReplyTo, References: append(r.References[:len(r.References):len(r.References)], nonEmpty(r.InReplyTo)...),
		Text: words.Text, PossibleDuplicate: e.Unsure,
	}
	if e.Channel == desk.Email {
		o.Subject, o.HTML, o.ReplyTo = words.Subject, words.HTML, h.keys.Token(e.Brand, e.Conversation)+"@"+b.ReplyDomain
	}
	return o
}

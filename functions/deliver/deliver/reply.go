package deliver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	switch {
	case e.Survey != nil:
		o, why = h.ask(e)
		return o, why, nil
	case e.Reply == nil:
		o, why = h.render(ctx, e)
		return o, why, nil
	}
	if h.policy.Brand(e.Brand) == nil {
		return o, "brand_not_in_policy", nil
	}
	text, err := h.text(ctx, e.Reply.Raw)
	var missing *types.NoSuchKey
	switch {
	case errors.As(err, &missing):
		return o, textMissing, nil
	case err != nil:
		return o, "", err
	}
	o = h.answer(e, text)
	o.Files, err = h.files(ctx, e.Reply.Files)
	if errors.As(err, &missing) || errors.Is(err, errOther) {
		return o, attachmentMissing, nil
	}
	return o, "", err
}

// Why an answer cannot be made any more: the store, which answers with what was written last, has a part of it no more, or something else in its place.
const (
	textMissing       = "text_missing"
	attachmentMissing = "attachment_missing"
)

// lost ends an answer of which a part is missing: no retry brings that back, and the agent must know now, while the customer still expects it in time. It is owed again; what it says stands in
// the conversation. Where an earlier try may have left, nobody can say that it did not.
func (h *Handler) lost(ctx context.Context, e desk.Effect, why string) error {
	if e.Unsure {
		why = desk.NoAnswer
	}
	return h.fail(ctx, e, why)
}

// errOther is an attachment that is not the one that was answered with.
var errOther = errors.New("it is not what was uploaded")

// files are the attachments as they were uploaded. They are held against what was decided: nothing else ever leaves in their place.
func (h *Handler) files(ctx context.Context, list []desk.File) (all []channel.File, err error) {
	for _, f := range list {
		b, err := h.object(ctx, f.Key, int64(f.Size)+1)
		if err != nil {
			return nil, err
		}
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != f.SHA256 {
			return nil, errOther
		}
		all = append(all, channel.File{Name: f.Name, Type: f.Type, Content: b})
	}
	return all, nil
}

func (h *Handler) text(ctx context.Context, key string) (string, error) {
	b, err := h.object(ctx, key, maxText)
	return string(b), err
}

// object reads of a part of an answer as many bytes as it may have.
func (h *Handler) object(ctx context.Context, key string, most int64) ([]byte, error) {
	out, err := h.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &h.bucket, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("get a part of an answer: %w", err)
	}
	defer out.Body.Close()
	b, err := io.ReadAll(io.LimitReader(out.Body, most))
	if err != nil {
		return nil, fmt.Errorf("read a part of an answer: %w", err)
	}
	return b, nil
}

// answer is a person's answer as it leaves: in the person's name, in the thread of the customer's newest message, and with nothing automatic about it.
func (h *Handler) answer(e desk.Effect, text string) channel.Outgoing {
	b, r := h.policy.Brand(e.Brand), e.Reply
	person := reply.Person{Language: r.Language, Agent: r.By.Name, Brand: b.Name, Subject: r.Subject, Text: text, First: r.First}
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
		Text: words.Text, Decided: e.Decided, PossibleDuplicate: e.Unsure,
	}
	if e.Channel != desk.Email {
		o.From.Address = r.Account
	}
	if e.Channel == desk.Email {
		for _, x := range r.Cc {
			o.Cc = append(o.Cc, addressee(x.Party))
		}
		o.Subject, o.HTML, o.ReplyTo = words.Subject, words.HTML, h.keys.Token(e.Brand, e.Conversation)+"@"+b.ReplyDomain
	}
	return o
}

package custom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
	"unicode"
	"unicode/utf8"

	"pronto/shared/channel"
	"pronto/shared/channel/webhook"
)

// Sender posts what leaves to its brand's URL. Its guarantee is at least once: after a torn answer the same id is posted again, and the other side, which
// knows the id, drops the repetition.
type Sender struct {
	client  *webhook.Client
	urls    map[string]string // brand → URL
	secrets func(context.Context, Use) (webhook.Secrets, error)
	now     func() time.Time
}

var _ channel.Sender = (*Sender)(nil)

// NewSender returns a Sender to the brands' URLs, or an error that names the brand whose URL is none that the client could post to. A brand may have none
// yet: what leaves for it waits. secrets is a Keyring's method.
func NewSender(client *webhook.Client, urls map[string]string, secrets func(context.Context, Use) (webhook.Secrets, error), now func() time.Time) (*Sender, error) {
	for brand, url := range urls {
		if err := client.Check(url); err != nil {
			return nil, fmt.Errorf("hooks of %s: %w", brand, err)
		}
	}
	return &Sender{client: client, urls: urls, secrets: secrets, now: now}, nil
}

// delivery is what the other side gets.
type delivery struct {
	Type              channel.Kind `json:"type"` // receipt, reply, notice, survey
	ID                string       `json:"id"`   // also the header webhook-id: the same at each try
	Brand             string       `json:"brand"`
	Conversation      string       `json:"conversation"`
	InReplyTo         string       `json:"in_reply_to,omitempty"` // the id under which the mention was posted to us
	To                recipient    `json:"to"`
	Text              string       `json:"text"`
	Language          string       `json:"language,omitempty"`
	CreatedAt         time.Time    `json:"created_at"`                   // of this try, UTC
	PossibleDuplicate bool         `json:"possible_duplicate,omitempty"` // an earlier try may have arrived
}

type recipient struct {
	Handle string `json:"handle"`
	Name   string `json:"name,omitempty"`
}

// DeliveryID names an outgoing piece on this channel. An effect's own id is unique in its conversation only.
func DeliveryID(conversation, effect string) string { return conversation + "-" + effect }

// Send posts one piece. See channel.Sender and webhook.Client.Post for its errors. The provider's id is the one in the answer, {"id": …}, else DeliveryID;
// by it the bridge names the piece in the in_reply_to of a mention that answers it.
func (s *Sender) Send(ctx context.Context, o channel.Outgoing) (channel.Sent, error) {
	id, body, err := s.compose(o)
	if err != nil {
		return channel.Sent{}, channel.Permanent(err)
	}
	url, ok := s.urls[o.Brand]
	if !ok {
		return channel.Sent{}, channel.Unsent(errors.New("post: the brand has no URL for hooks: name it in the policy or in PRONTO_HOOK_URL"))
	}
	secrets, err := s.secrets(ctx, Out(o.Brand))
	if err != nil {
		return channel.Sent{}, channel.Unsent(err)
	}
	header, err := secrets.Sign(id, s.now(), body)
	if err != nil {
		return channel.Sent{}, channel.Unsent(err) // the secrets' fault: the id was looked at before
	}
	answer, err := s.client.Post(ctx, url, header, body)
	if err != nil {
		return channel.Sent{}, fmt.Errorf("post: %w", misconfigured(err))
	}
	return channel.Sent{ProviderID: providerID(answer.Body, id)}, nil
}

// misconfigured turns what a bridge answers that is set up wrongly (another secret, another path) into a passing refusal: it says nothing about this piece,
// and no receipt is lost while somebody mends it.
func misconfigured(err error) error {
	var status *webhook.StatusError
	if errors.As(err, &status) {
		switch status.Status {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
			return channel.Unsent(status)
		}
	}
	return err
}

func (s *Sender) compose(o channel.Outgoing) (id string, body []byte, err error) {
	switch o.Kind {
	case channel.Receipt, channel.Reply, channel.Notice, channel.Survey:
	default:
		return "", nil, fmt.Errorf("compose: a %s does not leave on this channel", o.Kind)
	}
	if id = DeliveryID(o.Conversation, o.Effect); o.Conversation == "" || o.Effect == "" || !webhook.ValidID(id) {
		return "", nil, errors.New("compose: conversation and effect make no id")
	}
	body, err = json.Marshal(delivery{
		Type: o.Kind, ID: id, Brand: o.Brand, Conversation: o.Conversation, InReplyTo: o.InReplyTo, To: recipient{Handle: o.To.Address, Name: o.To.Name},
		Text: o.Text, Language: o.Language, CreatedAt: s.now().UTC().Truncate(time.Second), PossibleDuplicate: o.PossibleDuplicate,
	})
	return id, body, err
}

// providerID is the id in an answer such as {"id": "77"} or {"id": 77}; ours where there is none that could come back to us.
func providerID(answer []byte, ours string) string {
	var v struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(answer, &v) != nil {
		return ours
	}
	var text string
	var number json.Number
	switch {
	case json.Unmarshal(v.ID, &text) == nil:
	case json.Unmarshal(v.ID, &number) == nil:
		text = number.String()
	}
	if text == "" || utf8.RuneCountInString(text) > maxID || containsControl(text) {
		return ours
	}
	return text
}

func containsControl(s string) bool {
	for _, r := range s {
		if unicode.IsControl(r) {
			return true
		}
	}
	return false
}

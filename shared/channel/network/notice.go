package network

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
)

// maxNotice caps a notice in bytes: it carries names, no words.
const maxNotice = 8 << 10

// Notice is the word of receive or listen to intake that a body lies in S3.
type Notice struct {
	Channel    string    `json:"channel"`           // "custom", "bluesky", …
	Account    string    `json:"account,omitempty"` // the handle of the account that was mentioned; "" of the custom channel
	ID         string    `json:"id"`                // the message's: the keyed hash of the provider's id, the same for created, edited and deleted
	Brand      string    `json:"brand"`             // of the policy
	Bucket     string    `json:"bucket"`
	Key        string    `json:"key"`
	ReceivedAt time.Time `json:"received_at"` // UTC
}

// Encode is the notice as it travels.
func (n Notice) Encode() (string, error) {
	b, err := json.Marshal(n)
	return string(b), err
}

// DecodeNotice reads a message of the intake queue. mine is false when it is no notice of a mention, whatever else it is; with mine, err says what is
// wrong with it.
func DecodeNotice(body string) (n Notice, mine bool, err error) {
	if len(body) > maxNotice {
		return n, false, nil // longer than any of ours; SES's are
	}
	var peek struct {
		Channel string `json:"channel"`
	}
	if json.Unmarshal([]byte(body), &peek) != nil {
		return n, false, nil
	}
	if _, known := channel.Of(peek.Channel); !known || peek.Channel == desk.Email {
		return n, false, nil
	}
	if err := json.Unmarshal([]byte(body), &n); err != nil {
		return Notice{}, true, fmt.Errorf("decode notice: %w", err)
	}
	if n.ID == "" || n.Brand == "" || n.Key == "" || n.ReceivedAt.IsZero() {
		return Notice{}, true, errors.New("notice: id, brand, key or received_at is missing")
	}
	n.ReceivedAt = n.ReceivedAt.UTC()
	return n, true, nil
}

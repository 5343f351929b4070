package edge

import (
	"encoding/json"
	"strings"

	"pronto/infra/local/ses"
	channels "pronto/shared/channel/ses"
)

// TagChannel is the tag of an outbox row that is no mail: the channel by which it left.
const TagChannel = "pronto-channel"

// Post is what is read of a webhook that left.
type Post struct {
	Type         string `json:"type"`
	ID           string `json:"id"`
	Brand        string `json:"brand"`
	Conversation string `json:"conversation"`
	InReplyTo    string `json:"in_reply_to"`
	To           struct {
		Handle string `json:"handle"`
	} `json:"to"`
	Text      string   `json:"text"`
	Language  string   `json:"language"`
	Duplicate bool     `json:"possible_duplicate"`
	Data      struct { // of what a brand's own system is told
		Brand        string `json:"brand"`
		Conversation string `json:"conversation"`
	} `json:"data"`
}

// readPost decodes a webhook that left; its facts stand under the names that a mail has for them.
func readPost(row ses.Row) Piece {
	p := Piece{
		Seq: row.Seq, At: row.At, Channel: tag(row, TagChannel), Kind: tag(row, channels.TagKind), Conversation: tag(row, channels.TagConversation),
		From: row.From, To: strings.Join(row.To, ", "), Headers: map[string]string{"Webhook-Id": row.MessageID}, Raw: strings.ToValidUTF8(string(row.Raw), "\uFFFD"),
	}
	if p.Channel == "sms" {
		p.Text = plain(p.Raw)
		return p
	}
	var body Post
	if json.Unmarshal(row.Raw, &body) != nil {
		return p // what cannot be decoded is still there in raw
	}
	p.Text = plain(body.Text)
	for name, value := range map[string]string{"In-Reply-To": body.InReplyTo, "Content-Language": body.Language} {
		if value != "" {
			p.Headers[name] = value
		}
	}
	if body.Duplicate {
		p.Headers["X-Pronto-Possible-Duplicate"] = "yes"
	}
	return p
}

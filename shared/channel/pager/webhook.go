package pager

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"pronto/shared/channel"
	"pronto/shared/oncall"
)

// called is the body of a page by webhook.
type called struct {
	Type         channel.Kind `json:"type"` // page
	ID           string       `json:"id"`   // also the header webhook-id: the same at each try
	Brand        string       `json:"brand"`
	Conversation string       `json:"conversation"`
	Agent        string       `json:"agent,omitempty"` // id; none when a step names the address itself
	Why          string       `json:"why"`             // urgent, breached, warned
	Step         int          `json:"step"`            // of the escalation, from 0 over all runs
	Priority     string       `json:"priority"`
	Due          *time.Time   `json:"due,omitempty"` // UTC
	Assignee     string       `json:"assignee,omitempty"`
	Text         string       `json:"text"`
	Link         string       `json:"link"`
	CreatedAt    time.Time    `json:"created_at"` // of this try, UTC
}

// byWebhook posts JSON that is signed after Standard Webhooks.
func (p *Pager) byWebhook(ctx context.Context, url string, c Call) (channel.Sent, error) {
	now := p.now().UTC()
	m := called{
		Type: channel.Page, ID: c.id(), Brand: c.Ref.Brand, Conversation: c.About, Agent: c.Page.Agent, Why: c.Page.Why, Step: c.Page.Step,
		Priority: string(c.Page.Priority), Assignee: c.Has, Text: c.subject() + " – " + c.because(), Link: c.Link, CreatedAt: now.Truncate(time.Second),
	}
	if due := c.Page.Due.UTC(); !c.Page.Due.IsZero() {
		m.Due = &due
	}
	if strings.HasPrefix(m.Agent, oncall.WebhookAt) {
		m.Agent = ""
	}
	body, err := json.Marshal(m)
	if err != nil {
		return channel.Sent{}, channel.Permanent(fmt.Errorf("encode: %w", err))
	}
	secrets, err := p.secrets(ctx, c.Ref.Brand)
	if err != nil {
		return channel.Sent{}, channel.Unsent(err)
	}
	header, err := secrets.Sign(c.id(), now, body)
	if err != nil {
		return channel.Sent{}, channel.Unsent(err)
	}
	return p.post(ctx, url, header, body, c)
}

func (p *Pager) post(ctx context.Context, url string, header http.Header, body []byte, c Call) (channel.Sent, error) {
	if _, err := p.posts.Post(ctx, url, header, body); err != nil {
		return channel.Sent{}, fmt.Errorf("post: %w", err)
	}
	return channel.Sent{ProviderID: c.id()}, nil
}

// bySlack posts what Slack's incoming webhooks take, and Mattermost's and others' after them. The URL is the secret: nothing is signed.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
func (p *Pager) bySlack(ctx context.Context, url string, c Call) (channel.Sent, error) {
	type text struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	type button struct {
		Type string `json:"type"`
		Text text   `json:"text"`
		URL  string `json:"url"`
	}
	type block struct {
		Type     string   `json:"type"`
		BlockID  string   `json:"block_id,omitempty"`
		Text     *text    `json:"text,omitempty"`
		Elements []button `json:"elements,omitempty"`
	}
	var lines []string
	for _, f := range c.facts() {
		lines = append(lines, "*"+f[0]+":* "+escape(f[1]))
	}
	body, err := json.Marshal(struct {
		Text   string  `json:"text"` // of the notification, and where blocks are not known
		Blocks []block `json:"blocks"`
	}{escape(c.subject()) + " – " + c.because() + " – " + c.Link, []block{
		{Type: "section", BlockID: "page-" + c.id(), Text: &text{"mrkdwn", "*" + escape(c.subject()) + "*\n" + strings.Join(lines, "\n")}},
		{Type: "actions", Elements: []button{{"button", text{"plain_text", "I have it"}, c.Link}}},
	}})
	if err != nil {
		return channel.Sent{}, channel.Permanent(fmt.Errorf("encode: %w", err))
	}
	return p.post(ctx, url, nil, body, c)
}

// escape keeps a name from being read as Slack's mark-up for links and mentions.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

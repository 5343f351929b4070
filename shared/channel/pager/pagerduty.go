package pager

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"pronto/shared/channel"
	"pronto/shared/triage"
)

// pagerDuty is where PagerDuty takes events. https://developer.pagerduty.com/docs/send-alert-event
const pagerDuty = "https://events.pagerduty.com/v2/enqueue"

// event is one of the Events API v2.
type event struct {
	RoutingKey string   `json:"routing_key"`
	Action     string   `json:"event_action"` // trigger, acknowledge, resolve
	DedupKey   string   `json:"dedup_key"`    // the conversation: all that is about it is one alert
	Payload    *payload `json:"payload,omitempty"`
	Client     string   `json:"client,omitempty"`
	Links      []link   `json:"links,omitempty"`
}

type payload struct {
	Summary   string            `json:"summary"`
	Source    string            `json:"source"`
	Severity  string            `json:"severity"`
	Timestamp time.Time         `json:"timestamp"`
	Component string            `json:"component"`
	Class     string            `json:"class"`
	Details   map[string]string `json:"custom_details"`
}

type link struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

// severities are PagerDuty's words for our priorities.
var severities = map[triage.Priority]string{triage.Urgent: "critical", triage.High: "error", triage.Normal: "warning", triage.Low: "info"}

// maxSummary is what PagerDuty shows of a summary.
const maxSummary = 1024

// byPagerDuty triggers an alert, or acknowledges or resolves the one that there is. Who comes second, or repeats himself, changes nothing: the dedup key is the conversation's.
func (p *Pager) byPagerDuty(ctx context.Context, to string, c Call) (channel.Sent, error) {
	key, endpoint, _ := strings.Cut(to, "@")
	if endpoint == "" {
		endpoint = pagerDuty
	}
	e := event{RoutingKey: key, Action: "trigger", DedupKey: "pronto-" + c.Ref.Brand + "-" + c.About}
	if c.Page.Signal != "" {
		e.Action = string(c.Page.Signal)
	} else {
		summary := c.subject() + " – " + c.because()
		if len(summary) > maxSummary {
			summary = strings.ToValidUTF8(summary[:maxSummary], "")
		}
		e.Client, e.Links = "Pronto", []link{{c.Link, "I have it"}}
		e.Payload = &payload{
			Summary: summary, Source: c.Brand, Severity: severities[c.Page.Priority], Timestamp: p.now().UTC().Truncate(time.Second), Component: "desk", Class: c.Page.Why,
			Details: map[string]string{"conversation": c.About, "agent": c.Page.Agent, "has": c.Has, "step": fmt.Sprint(c.Page.Step)},
		}
	}
	body, err := json.Marshal(e)
	if err != nil {
		return channel.Sent{}, channel.Permanent(fmt.Errorf("encode: %w", err))
	}
	return p.post(ctx, endpoint, http.Header{"Content-Type": {"application/json"}}, body, c)
}

package deliver

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"pronto/shared/channel/custom"
	"pronto/shared/channel/webhook"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
)

// hooks tells brands' own systems.
type hooks struct {
	client  *webhook.Client
	secrets func(context.Context, custom.Use) (webhook.Secrets, error)
	url     string // for all of them, whatever the policy says; "" in the cloud
}

func newWebhooks(s *setup.Setup) (hooks, error) {
	client, err := hookClient(s)
	if err != nil {
		return hooks{}, err
	}
	keyring := custom.NewKeyring(secretsmanager.NewFromConfig(s.AWS), s.Env(setup.HookSecrets), s.Now, s.Log)
	return hooks{client: client, secrets: keyring.Secrets, url: s.Env(setup.WebhookURL)}, nil
}

// told is the body of a webhook, in the form that Standard Webhooks advises.
type told struct {
	Type      string    `json:"type"`      // conversation.opened …
	Timestamp time.Time `json:"timestamp"` // when it happened, UTC
	Data      data      `json:"data"`
}

// data is how the conversation stood then.
type data struct {
	Conversation string     `json:"conversation"`
	Brand        string     `json:"brand"`
	Channel      string     `json:"channel"`
	Contact      string     `json:"contact"` // the desk's id, no address
	Version      int        `json:"version"` // sorts what is told of one conversation
	Status       string     `json:"status"`
	Priority     string     `json:"priority"`
	Was          string     `json:"priority_was,omitempty"`
	PriorityWhy  []string   `json:"priority_why"`
	Mood         string     `json:"mood"`
	Language     string     `json:"language"`
	Assignee     person     `json:"assignee"`
	By           string     `json:"by,omitempty"`
	Breached     string     `json:"breached,omitempty"`
	Due          *time.Time `json:"due,omitempty"`
	Opened       time.Time  `json:"opened"`
	Last         time.Time  `json:"last"`
}

type person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// tale is the body of an effect. It is the same at each try: what happened has happened.
func tale(e desk.Effect) ([]byte, error) {
	h := e.Hook
	out := told{Type: "conversation." + h.Event, Timestamp: e.Decided.UTC(), Data: data{
		Conversation: e.Conversation, Brand: e.Brand, Channel: h.Of, Contact: e.Contact, Version: h.Version, Status: string(h.Status),
		Priority: string(h.Priority), Was: string(h.Was), PriorityWhy: append([]string{}, h.PriorityWhy...), Mood: string(h.Mood), Language: h.Language,
		Assignee: person{h.Assignee.ID, h.Assignee.Name}, By: h.By, Breached: string(h.Breached), Opened: h.Opened.UTC(), Last: h.Last.UTC(),
	}}
	if due := h.Due.UTC(); !h.Due.IsZero() {
		out.Data.Due = &due
	}
	return json.Marshal(out)
}

// lastHookPause is the longest pause between two tries: an address that is down is no hurry to anybody who waits.
const lastHookPause = time.Hour

// hook tells a brand's own system. Whatever it answers but a success, or that it is gone, it is told again for a day, under the same id.
func (h *Handler) hook(ctx context.Context, e desk.Effect) error {
	w, ok := policy.Webhook{}, false
	if b := h.policy.Brand(e.Brand); b != nil {
		w, ok = b.Webhook(e.Hook.To)
	}
	if !ok {
		return h.fail(ctx, e, "webhook_not_in_policy")
	}
	answer, err := h.tell(ctx, cmp.Or(h.hooks.url, w.URL), e)
	var refused *webhook.StatusError
	switch {
	case err == nil:
		if err := h.store.Told(ctx, e, strconv.Itoa(answer.Status)); err != nil {
			return err
		}
		h.effect(e, desk.Accepted, "")
		return nil
	case errors.As(err, &refused) && refused.Status == http.StatusGone:
		return h.fail(ctx, e, "gone")
	case errors.As(err, &refused):
		return h.hookAgain(ctx, e, "refused_for_now")
	}
	return h.hookAgain(ctx, e, desk.NoAnswer)
}

func (h *Handler) tell(ctx context.Context, url string, e desk.Effect) (webhook.Answer, error) {
	body, err := tale(e)
	if err != nil {
		return webhook.Answer{}, err
	}
	secrets, err := h.hooks.secrets(ctx, custom.Telling(e.Brand, e.Hook.To))
	if err != nil {
		return webhook.Answer{}, err
	}
	header, err := secrets.Sign(custom.DeliveryID(e.Conversation, e.ID), h.now(), body)
	if err != nil {
		return webhook.Answer{}, err
	}
	return h.hooks.client.Post(ctx, url, header, body)
}

// hookAgain puts a webhook back into its queue until its day is over, which begins anew when it is replayed.
func (h *Handler) hookAgain(ctx context.Context, e desk.Effect, why string) error {
	now, since := h.now(), e.Decided
	if e.Replayed.After(since) {
		since = e.Replayed
	}
	if now.Sub(since) > giveUp {
		return h.fail(ctx, e, why)
	}
	if err := h.store.Park(ctx, e, why, now.Add(min(firstPause<<min(e.Attempts-1, 12), lastHookPause))); err != nil {
		return err
	}
	h.effect(e, desk.Queued, why)
	return nil
}

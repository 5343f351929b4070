package policy

import "slices"

// Webhook is an address of a brand's own system that is told of its conversations.
type Webhook struct {
	ID     string
	URL    string
	Events []string // of WebhookEvents
}

// What a brand's own system may be told of a conversation.
const (
	WebhookOpened   = "opened"
	WebhookPriority = "priority" // another one than before
	WebhookReplied  = "replied"  // by a person
	WebhookBreached = "breached"
	WebhookResolved = "resolved"
)

// WebhookEvents are all events, in the order of a conversation's life.
func WebhookEvents() []string {
	return []string{WebhookOpened, WebhookPriority, WebhookReplied, WebhookBreached, WebhookResolved}
}

var webhookKeys = []string{"id", "url", "events"}

// Webhook gives one of the brand's webhooks by its id; false when there is none.
func (b *Brand) Webhook(id string) (Webhook, bool) {
	i := slices.IndexFunc(b.Webhooks, func(w Webhook) bool { return w.ID == id })
	if i < 0 {
		return Webhook{}, false
	}
	return b.Webhooks[i], true
}

// maxWebhooks bounds a brand's: each event is a row for each of them.
const maxWebhooks = 5

// webhooks reads the addresses of a brand's own systems.
func (p *parser) webhooks(o object, b *Brand) {
	v, ok := o.get("webhooks")
	if !ok {
		return
	}
	for _, item := range p.list(v, maxWebhooks) {
		f, ok := p.object(item, webhookKeys)
		if !ok {
			continue
		}
		w := Webhook{Events: WebhookEvents()}
		if v, ok := f.need("id", "give it a short one, as in crm"); ok {
			if w.ID, ok = p.id(v); ok {
				p.take(v, "webhook of "+b.ID, w.ID)
			}
		}
		if v, ok := f.need("url", "write it whole, as in https://crm.acme.example/pronto"); ok {
			w.URL, _ = p.matching(v, isHook, "an https address", "write it whole, as in https://crm.acme.example/pronto")
		}
		if v, ok := f.get("events"); ok {
			w.Events = nil
			for _, e := range p.list(v, len(WebhookEvents())) {
				if word, ok := p.word(e, WebhookEvents()); ok {
					w.Events = appendNew(w.Events, word)
				}
			}
		}
		b.Webhooks = append(b.Webhooks, w)
	}
}

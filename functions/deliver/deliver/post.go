package deliver

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"pronto/shared/channel"
	"pronto/shared/channel/custom"
	"pronto/shared/channel/webhook"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/setup"
)

// newHooks is the sender of the custom channel. The environment's URL is for all brands; without it each has its own of the policy.
func newHooks(s *setup.Setup, p *policy.Policy) (*custom.Sender, error) {
	client, err := hookClient(s)
	if err != nil {
		return nil, err
	}
	urls := map[string]string{}
	for _, b := range p.Brands {
		if url := cmp.Or(s.Env(setup.HookURL), b.Hooks.URL); url != "" {
			urls[b.ID] = url
		}
	}
	keyring := custom.NewKeyring(secretsmanager.NewFromConfig(s.AWS), s.Env(setup.HookSecrets), s.Now, s.Log)
	return custom.NewSender(client, urls, keyring.Secrets, s.Now)
}

// hookClient posts webhooks: to public addresses, and to those that the environment allows by name.
func hookClient(s *setup.Setup) (*webhook.Client, error) {
	var allow []string
	for a := range strings.FieldsFuncSeq(s.Env(setup.HookAllow), func(r rune) bool { return r == ',' || r == ' ' }) {
		allow = append(allow, a)
	}
	client, err := webhook.NewClient(webhook.Options{Allow: allow})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setup.HookAllow, err)
	}
	return client, nil
}

// post makes the outgoing piece of a receipt on a channel other than mail: one text, as the channel's rules have it.
func post(e desk.Effect, b *policy.Brand, said reply.Receipt) channel.Outgoing {
	r := e.Receipt
	return channel.Outgoing{
		Effect: e.ID, Brand: e.Brand, Conversation: e.Conversation, Kind: e.Kind,
		From: channel.Party{Name: b.Name, Address: r.Account}, To: addressee(r.To), Text: b.Post(rules(b, e.Channel), said), Language: said.Language,
		InReplyTo: r.InReplyTo, Decided: e.Decided, PossibleDuplicate: e.Unsure,
	}
}

// rules are the channel's, narrowed by the brand; also where the brand has stopped to use it since the effect was ordered.
func rules(b *policy.Brand, name string) channel.Rules {
	if u, ok := b.Use(name); ok {
		return u.Rules
	}
	own, _ := channel.Of(name)
	return own
}

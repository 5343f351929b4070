// Package verify sends one real mail and one signed mention through a desk, and tells what became of them and how quick: that the turn was taken, that the receipt was
// accepted and delivered, that the clock wakes the conversation to the second. It looks into the table, so it tells the same of a stage in the cloud and of a desk on
// this machine. What it has opened it resolves.
package verify

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"pronto/shared/channel"
	"pronto/shared/channel/custom"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Options of a verification.
type Options struct {
	Brand  *policy.Brand
	From   string                                                       // who writes: the receipt goes there
	Send   func(ctx context.Context, from, to string, raw []byte) error // hands the mail over
	Hooks  string                                                       // where mentions are posted, as https://…/hooks/custom; "" leaves them out
	Within time.Duration                                                // how long to wait for each step
	Snooze time.Duration                                                // after which the clock must wake the conversation; more than a few seconds
	Tell   func(Step)                                                   // told of each step as it is known
}

// Step is one thing that should have come true.
type Step struct {
	About string        // mail, mention, timer
	Says  string        // in words
	Took  time.Duration // since the beginning of what it is about
	OK    bool
	Why   string // not
}

// verification is one under way.
type verification struct {
	Options
	setup  *setup.Setup
	store  *store.Store
	policy *policy.Policy
	keys   desk.Keys
	failed bool
}

// ErrFailed says that a step did not come true.
var ErrFailed = errors.New("not all of it came true")

// Run verifies the desk of the environment: its table, key and hooks' secrets.
func Run(ctx context.Context, s *setup.Setup, o Options) error {
	env, err := s.Need(setup.Table, setup.Secret, setup.HookSecrets)
	if err != nil {
		return err
	}
	v := &verification{Options: o, setup: s, store: store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table])}
	if v.keys, err = s.Keys(ctx); err != nil {
		return err
	}
	if v.policy, err = s.Policy(); err != nil {
		return err
	}
	opened := v.mail(ctx)
	if v.Hooks != "" {
		if _, on := v.Brand.Use(custom.Channel); on {
			v.done(ctx, v.mention(ctx))
		} else {
			v.Tell(Step{About: "mention", Says: "left out: " + v.Brand.ID + " does not use the custom channel", OK: true})
		}
	}
	if opened != nil {
		v.timer(ctx, *opened)
		v.done(ctx, opened)
	}
	if v.failed {
		return ErrFailed
	}
	return ctx.Err()
}

// tell tells a step, and whether to go on.
func (v *verification) tell(about, says string, began time.Time, err error) bool {
	s := Step{About: about, Says: says, Took: v.setup.Now().Sub(began), OK: err == nil}
	if err != nil {
		s.Why, v.failed = err.Error(), true
	}
	v.Tell(s)
	return err == nil
}

// mail sends a mail and follows it to its receipt.
func (v *verification) mail(ctx context.Context) *desk.Ref {
	word := strings.ToLower(rand.Text()[:10])
	_, domain, _ := strings.Cut(v.From, "@")
	began := v.setup.Now()
	raw := fmt.Sprintf("From: <%s>\r\nTo: <%s>\r\nSubject: Verification %s\r\nDate: %s\r\nMessage-ID: <verify-%s@%s>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+
		"Where do I find the booking %s?\r\n", v.From, v.Brand.Addresses[0], word, began.Format(time.RFC1123Z), word, domain, word)
	err := v.Send(ctx, v.From, v.Brand.Addresses[0], []byte(raw))
	if !v.tell("mail", "handed over to the server for "+v.Brand.Addresses[0], began, err) {
		return nil
	}
	return v.follow(ctx, "mail", began, v.keys.Contact(v.Brand.ID, desk.Email, mail.Mailbox(v.From)), word)
}

// mention posts one, signed, and follows it.
func (v *verification) mention(ctx context.Context) *desk.Ref {
	word, began := strings.ToLower(rand.Text()[:10]), v.setup.Now()
	handle := "@verify-" + word
	body, err := json.Marshal(map[string]any{
		"id": "verify-" + word, "brand": v.Brand.ID, "author": map[string]string{"handle": handle}, "text": "Where do I find the booking " + word + "?", "created_at": began.Format(time.RFC3339),
	})
	if err == nil {
		err = v.post(ctx, "verify-"+word, body)
	}
	if !v.tell("mention", "posted and taken", began, err) {
		return nil
	}
	return v.follow(ctx, "mention", began, v.keys.Contact(v.Brand.ID, custom.Channel, handle), word)
}

func (v *verification) post(ctx context.Context, id string, body []byte) error {
	ring := custom.NewKeyring(secretsmanager.NewFromConfig(v.setup.AWS), v.setup.Env(setup.HookSecrets), v.setup.Now, v.setup.Log)
	secrets, err := ring.Secrets(ctx, custom.In(v.Brand.ID))
	if err != nil {
		return fmt.Errorf("read the hooks' secrets: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.Hooks, strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	if r.Header, err = secrets.Sign(id, v.setup.Now(), body); err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		b, _ := io.ReadAll(io.LimitReader(res.Body, 500))
		return fmt.Errorf("answered %s: %s", res.Status, b)
	}
	return nil
}

// pace is how often it looks.
const pace = 200 * time.Millisecond

// await looks until what is looked for is there.
func (v *verification) await(ctx context.Context, look func() (bool, error)) error {
	for until := time.Now().Add(v.Within); ; {
		ok, err := look()
		if ok || err != nil {
			return err
		}
		if time.Now().After(until) {
			return fmt.Errorf("not within %s", v.Within)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pace):
		}
	}
}

// follow waits for the turn of a message that has this word, and for its receipt.
func (v *verification) follow(ctx context.Context, about string, began time.Time, contact, word string) *desk.Ref {
	var t *store.Timeline
	var m desk.Message
	err := v.await(ctx, func() (bool, error) {
		refs, err := v.store.ConversationsOf(ctx, v.Brand.ID, contact, v.setup.Now().Add(time.Hour))
		if err != nil {
			return false, err
		}
		for _, r := range refs {
			if t, err = v.store.Timeline(ctx, r); err != nil || t == nil {
				return false, err
			}
			if i := slices.IndexFunc(t.Messages, func(x desk.Message) bool { return x.Direction == "in" && strings.Contains(x.Excerpt, word) }); i >= 0 {
				m = t.Messages[i]
				return true, nil
			}
		}
		return false, nil
	})
	if !v.tell(about, "is in a conversation", began, err) {
		return nil
	}
	c := t.Conversation
	v.tell(about, fmt.Sprintf("conversation %s: %s has it, priority %s, to be answered by %s", c.Conversation, c.Assignee.Name, c.Priority, promised(c)), began, nil)
	if m.Outcome.Receipt == "" {
		v.tell(about, "receipt", began, fmt.Errorf("none was ordered: %s", m.Outcome.Suppressed.Words()))
		return &c.Ref
	}
	v.receipt(ctx, about, began, c.Ref, m.Outcome.Receipt)
	return &c.Ref
}

func promised(c *desk.Conversation) string {
	if c.Promise == nil {
		return "nobody"
	}
	return c.Promise.By.Format(time.RFC3339)
}

// receipt follows a receipt until the provider has it, and, by mail, until the other side's server has it.
func (v *verification) receipt(ctx context.Context, about string, began time.Time, r desk.Ref, id string) {
	var e desk.Effect
	reached := func(states ...desk.State) error {
		return v.await(ctx, func() (bool, error) {
			var ok bool
			var err error
			if e, ok, err = v.store.Effect(ctx, r, id); err != nil || !ok {
				return false, err
			}
			if e.State == desk.Failed || e.State == desk.Cancelled {
				return false, fmt.Errorf("it is %s: %s", e.State, e.Why)
			}
			return slices.Contains(states, e.State), nil
		})
	}
	err := reached(desk.Accepted, desk.Delivered)
	if !v.tell(about, "receipt accepted by "+by(e), began, err) || e.Channel != desk.Email {
		return
	}
	v.tell(about, "receipt delivered to the other side's server", began, reached(desk.Delivered))
}

func by(e desk.Effect) string {
	if e.Kind == channel.Receipt && e.Channel == desk.Email {
		return "SES"
	}
	return "the hook"
}

// timer puts the conversation off for a moment, and waits for its clock to wake it.
func (v *verification) timer(ctx context.Context, r desk.Ref) {
	began := v.setup.Now()
	until := began.Add(v.Snooze).UTC().Truncate(time.Millisecond)
	err := v.do(ctx, func(a desk.Act) desk.Event { return desk.PutOff{Act: a, Until: until} }, r)
	if !v.tell("timer", "put off until "+until.Format(time.TimeOnly), began, err) {
		return
	}
	var late time.Duration
	within := v.Within
	v.Within += v.Snooze
	err = v.await(ctx, func() (bool, error) {
		turns, err := v.store.Turns(ctx, r, 0, 10)
		for _, t := range turns {
			if t.Event == "ticked" && !t.At.Before(until) {
				late = t.At.Sub(until)
				return true, nil
			}
		}
		return false, err
	})
	v.Within = within
	v.tell("timer", fmt.Sprintf("woken %s after its time", late.Round(time.Millisecond)), began, err)
}

// do takes the turn of an agent's doing, in the name of the brand's first lead.
func (v *verification) do(ctx context.Context, doing func(desk.Act) desk.Event, r desk.Ref) error {
	who := policy.Assignee{ID: v.Brand.Team.ID, Name: v.Brand.Team.Name, Team: true}
	for _, a := range v.policy.Agents {
		if a.RoleAt(r.Brand).Includes(policy.RoleLead) && slices.Contains(a.Brands, r.Brand) {
			who = policy.Assignee{ID: a.ID, Name: a.Name}
			break
		}
	}
	key := v.keys.Message(r.Brand, "verify", rand.Text())
	ev := doing(desk.Act{Subject: desk.Subject{Ref: r, Channel: "verify", Keys: []string{key}, Delivery: key}, By: who})
	d, err := v.store.Turn(ctx, ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, v.policy, v.setup.Now()) })
	if err == nil && d.Refused != "" {
		err = errors.New(d.Refused.Words())
	}
	return err
}

// done resolves what was opened.
func (v *verification) done(ctx context.Context, r *desk.Ref) {
	if r == nil {
		return
	}
	began := v.setup.Now()
	if err := v.do(ctx, func(a desk.Act) desk.Event { return desk.Ended{Act: a} }, *r); err != nil {
		v.tell("end", "conversation "+r.Conversation+" resolved", began, err)
	}
}

package custom

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"pronto/shared/channel/webhook"
)

// How old the secrets may be.
const (
	refresh  = 5 * time.Minute  // after which they are read again: a rotation needs no deployment
	pause    = 30 * time.Second // before a failed reading is tried again
	lastWord = time.Hour        // for which the former ones hold while they cannot be read: then a secret that was withdrawn is out of use at last
)

// Use is what a secret is for. Whoever verifies with a secret can sign with it, too: a use with secrets of its own is closed to all others' holders.
type Use string

// The uses of a brand.
func In(brand string) Use            { return Use("in " + brand) }   // mentions that are posted to us
func Out(brand string) Use           { return Use("out " + brand) }  // receipts and replies that we post
func Paging(brand string) Use        { return Use("page " + brand) } // pages that we post
func Telling(brand, hook string) Use { return Use("webhook " + brand + " " + hook) }

// valid tells whether it is one of them; which brands there are is the policy's matter.
func (u Use) valid() bool {
	parts := strings.Split(string(u), " ")
	want := map[string]int{"in": 2, "out": 2, "page": 2, "webhook": 3}[parts[0]]
	return want == len(parts) && !slices.Contains(parts, "")
}

// Ring are the secrets in force.
type Ring struct {
	all webhook.Secrets
	own map[Use]webhook.Secrets
}

// For are the secrets of a use: its own, else those of all.
func (r Ring) For(u Use) webhook.Secrets {
	if own, ok := r.own[u]; ok {
		return own
	}
	return r.all
}

// Signed tells for which of the brands a post is signed, or why for none.
func (r Ring) Signed(h http.Header, body []byte, now time.Time, brands []string) ([]string, error) {
	_, err := r.all.Verify(h, body, now)
	common := err == nil
	var signed []string
	for _, b := range brands {
		own, has := r.own[In(b)]
		good := common && !has
		if has {
			_, wrong := own.Verify(h, body, now)
			good = wrong == nil
		}
		if good {
			signed = append(signed, b)
		}
	}
	if len(signed) == 0 {
		return nil, cmp.Or[error](err, &webhook.Refusal{Reason: webhook.Wrong})
	}
	return signed, nil
}

// Keyring holds the secrets as Secrets Manager has them: {"secrets": ["whsec_…", "whsec_…"], "for": {"in acme-air": ["whsec_…"], "out acme-air": […],
// "page acme-air": […], "webhook acme-air crm": […]}}. A use that "for" does not name has those of all. Where the first list is empty, as the stack makes it, its one
// secret is whsec_ and what Secrets Manager has generated as "key", which can make a text but no list. To rotate, write the new one second, wait five
// minutes, let the other side change over, and write it alone.
type Keyring struct {
	client *secretsmanager.Client
	id     string
	now    func() time.Time
	log    *slog.Logger

	mu   sync.Mutex
	ring *Ring
	read time.Time // when the ring was read
	next time.Time // when it is read again
}

// NewKeyring returns a keyring over the secret of this id. It reads nothing yet.
func NewKeyring(client *secretsmanager.Client, id string, now func() time.Time, log *slog.Logger) *Keyring {
	return &Keyring{client: client, id: id, now: now, log: log}
}

// Secrets are those in force for a use.
func (k *Keyring) Secrets(ctx context.Context, u Use) (webhook.Secrets, error) {
	r, err := k.Ring(ctx)
	return r.For(u), err
}

// Ring are all that are in force. While they cannot be read, or make no sense, the former ones are returned for an hour, then an error.
func (k *Keyring) Ring(ctx context.Context) (Ring, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if now.Before(k.next) && k.fresh(now) {
		return *k.ring, nil
	}
	r, err := k.fetch(ctx)
	switch {
	case err == nil:
		k.ring, k.read, k.next = &r, now, now.Add(refresh)
	case k.fresh(now):
		k.next = now.Add(pause)
		k.log.Error("secrets", "channel", Channel, "error", "the secrets cannot be read: the former ones are used", "since", k.read)
	default:
		return Ring{}, err
	}
	return *k.ring, nil
}

func (k *Keyring) fresh(now time.Time) bool { return k.ring != nil && now.Sub(k.read) < lastWord }

func (k *Keyring) fetch(ctx context.Context) (Ring, error) {
	out, err := k.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &k.id})
	if err != nil {
		return Ring{}, fmt.Errorf("get the webhook secrets: %w", err)
	}
	var v struct {
		Secrets []string         `json:"secrets"`
		For     map[Use][]string `json:"for"`
		Key     string           `json:"key"`
	}
	if json.Unmarshal([]byte(aws.ToString(out.SecretString)), &v) != nil {
		return Ring{}, errors.New(`the webhook secrets are not {"secrets": ["whsec_…"]}`) // the cause would quote them
	}
	if len(v.Secrets) == 0 && v.Key != "" {
		v.Secrets = []string{"whsec_" + v.Key}
	}
	r := Ring{own: map[Use]webhook.Secrets{}}
	if r.all, err = webhook.ParseSecrets(v.Secrets); err != nil {
		return Ring{}, err
	}
	for u, list := range v.For {
		if !u.valid() {
			return Ring{}, fmt.Errorf(`the webhook secrets are for %q: write "in", "out" or "page" and a brand, or "webhook", a brand and the webhook's id`, u)
		}
		if r.own[u], err = webhook.ParseSecrets(list); err != nil {
			return Ring{}, fmt.Errorf("for %q: %w", u, err)
		}
	}
	return r, nil
}

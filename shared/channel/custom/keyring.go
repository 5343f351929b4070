package custom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
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

// Keyring holds the channel's secrets as Secrets Manager has them: {"secrets": ["whsec_…", "whsec_…"]}. Where that list is empty, as the stack makes it, the one secret
// is whsec_ and what Secrets Manager has generated as "key", which can make a text but no list. To rotate, write the new one second, wait five
// minutes, let the other side change over, and write it alone.
type Keyring struct {
	client *secretsmanager.Client
	id     string
	now    func() time.Time
	log    *slog.Logger

	mu      sync.Mutex
	secrets webhook.Secrets
	read    time.Time // when secrets were read
	next    time.Time // when they are read again
}

// NewKeyring returns a keyring over the secret of this id. It reads nothing yet.
func NewKeyring(client *secretsmanager.Client, id string, now func() time.Time, log *slog.Logger) *Keyring {
	return &Keyring{client: client, id: id, now: now, log: log}
}

// Secrets are those in force. While they cannot be read, or make no sense, the former ones are returned for an hour, then an error.
func (k *Keyring) Secrets(ctx context.Context) (webhook.Secrets, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if now.Before(k.next) && k.fresh(now) {
		return k.secrets, nil
	}
	s, err := k.fetch(ctx)
	switch {
	case err == nil:
		k.secrets, k.read, k.next = s, now, now.Add(refresh)
	case k.fresh(now):
		k.next = now.Add(pause)
		k.log.Error("secrets", "channel", Channel, "error", "the secrets cannot be read: the former ones are used", "since", k.read)
	default:
		return nil, err
	}
	return k.secrets, nil
}

func (k *Keyring) fresh(now time.Time) bool { return k.secrets != nil && now.Sub(k.read) < lastWord }

func (k *Keyring) fetch(ctx context.Context) (webhook.Secrets, error) {
	out, err := k.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &k.id})
	if err != nil {
		return nil, fmt.Errorf("get the webhook secrets: %w", err)
	}
	var v struct {
		Secrets []string `json:"secrets"`
		Key     string   `json:"key"`
	}
	if json.Unmarshal([]byte(aws.ToString(out.SecretString)), &v) != nil {
		return nil, errors.New(`the webhook secrets are not {"secrets": ["whsec_…"]}`) // the cause would quote them
	}
	if len(v.Secrets) == 0 && v.Key != "" {
		v.Secrets = []string{"whsec_" + v.Key}
	}
	return webhook.ParseSecrets(v.Secrets)
}

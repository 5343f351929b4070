package desk

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secretstypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"pronto/infra/wiring"
	"pronto/shared/channel/network"
	"pronto/shared/channel/webhook"
)

// Outside is what the desk is told of the world around it. The zero Outside is a desk on its own: a generated secret, and posts that end in its outbox.
type Outside struct {
	HookSecrets []string                  // of the custom channel, both ways: the first signs, each verifies; none: one is generated and kept
	HookURL     string                    // where receipts and replies of the custom channel go, whatever its address is; "": into the outbox
	Passwords   map[string]string         // of the mailboxes that are polled, by the names that the policy calls them; none: as before
	Accounts    map[string]network.Secret // of the brands' accounts at networks, by their addresses; none: as before
	ReceiveURL  string                    // where other systems post; "": where the console is
	ConsoleURL  string                    // where agents reach the console; "": the default address of pronto run
}

const defaultConsole = "http://127.0.0.1:8080"

// hookSecret is the content of wiring.HookSecrets; see custom.Keyring.
type hookSecret struct {
	Secrets   []string `json:"secrets"`
	Generated bool     `json:"generated,omitempty"` // nobody chose it: it may be shown to who runs the desk
}

// makeHookSecret writes the secrets that were given, or makes one once.
func (c *creation) makeHookSecret(ctx context.Context, given []string) error {
	v := hookSecret{Secrets: given, Generated: len(given) == 0}
	if v.Generated {
		text, err := webhook.NewSecret(rand.Reader)
		if err != nil {
			return err
		}
		v.Secrets = []string{text}
	}
	if _, err := webhook.ParseSecrets(v.Secrets); err != nil {
		return fmt.Errorf("PRONTO_HOOK_SECRET: %w", err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the webhook secrets: %w", err)
	}
	client, name, text := secretsmanager.NewFromConfig(c.cfg), wiring.HookSecrets, string(b)
	_, err = client.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: &name, SecretString: &text})
	var exists *secretstypes.ResourceExistsException
	if errors.As(err, &exists) {
		if err = nil; !v.Generated {
			_, err = client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &name, SecretString: &text})
		}
	}
	if err != nil {
		return fmt.Errorf("create the webhook secrets: %w", err)
	}
	return nil
}

// makeSecretOf makes a secret of what people put into it, empty at first; n things that were given take the place of what it had.
func (c *creation) makeSecretOf(ctx context.Context, name string, n int, given any) error {
	b, err := json.Marshal(given)
	if n == 0 {
		b = []byte("{}")
	}
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	client, text := secretsmanager.NewFromConfig(c.cfg), string(b)
	_, err = client.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: &name, SecretString: &text})
	var exists *secretstypes.ResourceExistsException
	if errors.As(err, &exists) {
		if err = nil; n > 0 {
			_, err = client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &name, SecretString: &text})
		}
	}
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	return nil
}

// HookSecrets are the secrets of the custom channel, and whether the desk generated them itself.
func (a *Assembly) HookSecrets(ctx context.Context) (all []string, generated bool, err error) {
	out, err := secretsmanager.NewFromConfig(a.Setup.AWS).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(wiring.HookSecrets)})
	if err != nil {
		return nil, false, fmt.Errorf("get the webhook secrets: %w", err)
	}
	var v hookSecret
	if json.Unmarshal([]byte(aws.ToString(out.SecretString)), &v) != nil {
		return nil, false, errors.New("the webhook secrets cannot be read")
	}
	return v.Secrets, v.Generated, nil
}

// hostPort is a URL's host and port, as the client of webhooks is allowed to reach them.
func hostPort(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return "", errors.New("PRONTO_HOOK_URL: it cannot be read: write it whole, as in http://127.0.0.1:9000/pronto")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[strings.ToLower(u.Scheme)]
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

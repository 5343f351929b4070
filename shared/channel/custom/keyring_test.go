package custom

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"pronto/infra/local"
	"pronto/infra/local/faults"
	"pronto/shared/channel/webhook"
)

const next = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

// vault is a Secrets Manager with the channel's secret, a clock of the test's, and a keyring over it.
type vault struct {
	t      *testing.T
	aws    *local.AWS
	client *secretsmanager.Client
	now    time.Time
	log    bytes.Buffer
	ring   *Keyring
}

func newVault(t *testing.T, value string) *vault {
	t.Helper()
	a, err := local.Open(t.Context(), local.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	cfg, err := a.Config(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	v := &vault{t: t, aws: a, client: secretsmanager.NewFromConfig(cfg), now: now}
	if _, err := v.client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("pronto/hooks"), SecretString: &value}); err != nil {
		t.Fatal(err)
	}
	v.ring = NewKeyring(v.client, "pronto/hooks", func() time.Time { return v.now }, slog.New(slog.NewJSONHandler(&v.log, nil)))
	return v
}

func (v *vault) put(value string) {
	v.t.Helper()
	if _, err := v.client.PutSecretValue(v.t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String("pronto/hooks"), SecretString: &value}); err != nil {
		v.t.Fatal(err)
	}
}

func (v *vault) fault(f ...faults.Fault) {
	v.t.Helper()
	if err := v.aws.Faults.Set(f...); err != nil {
		v.t.Fatal(err)
	}
}

// holds checks how many secrets are in force after some time; 0: none can be had.
func (v *vault) holds(after time.Duration, want int) {
	v.t.Helper()
	v.now = v.now.Add(after)
	s, err := v.ring.Secrets(context.Background(), In("acme-air"))
	if len(s) != want || (err != nil) != (want == 0) {
		v.t.Errorf("%d secrets, %v; want %d", len(s), err, want)
	}
	if strings.Contains(fmt.Sprint(err), "whsec_A") || strings.Contains(v.log.String(), "AAEC") {
		v.t.Errorf("a secret is told: %v %s", err, v.log.String())
	}
}

func (v *vault) reads() int { return v.aws.Usage()["secretsmanager"]["GetSecretValue"] }

func TestKeyringTakesARotation(t *testing.T) {
	v := newVault(t, `{"secrets":["`+secret+`"]}`)
	v.holds(0, 1)
	v.put(`{"secrets":["` + secret + `","` + next + `"]}`)
	v.holds(refresh-time.Second, 1)
	v.holds(time.Second, 2)
	v.holds(time.Minute, 2)
	if n := v.reads(); n != 2 {
		t.Errorf("%d reads", n)
	}
}

// As the stack has it made: Secrets Manager generates a text, never a list.
func TestKeyringTakesWhatWasGenerated(t *testing.T) {
	const generated = "q7ZkYb2nVxW8sLr4TdHc9FgJm3PaUeKi5oN6wQ1yB0vXzRtE"
	v := newVault(t, `{"secrets":[],"key":"`+generated+`"}`)
	v.holds(0, 1)
	want, err := webhook.ParseSecrets([]string{"whsec_" + generated})
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.ring.Secrets(t.Context(), In("acme-air"))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("another secret than whsec_ and the key: %v", err)
	}
	v.put(`{"secrets":["` + next + `"],"key":"` + generated + `"}`)
	v.holds(refresh, 1)
	if got, err = v.ring.Secrets(t.Context(), In("acme-air")); err != nil || reflect.DeepEqual(got, want) {
		t.Errorf("a list that somebody wrote goes before the key: %v", err)
	}
}

func TestKeyringHasSecretsOfOneUse(t *testing.T) {
	v := newVault(t, `{"secrets":["`+secret+`"],"for":{"in acme-air":["`+next+`"],"out acme-air":["`+next+`"],"page acme-air":["`+next+`"],"webhook acme-air crm":["`+next+`"]}}`)
	ring, err := v.ring.Ring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	own, err := webhook.ParseSecrets([]string{next})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []Use{In("acme-air"), Out("acme-air"), Paging("acme-air"), Telling("acme-air", "crm")} {
		if got := ring.For(u); !reflect.DeepEqual(got, own) {
			t.Errorf("%q has not its own", u)
		}
	}
	for _, u := range []Use{In("acme-sea"), Out("acme-sea"), Paging("acme-sea"), Telling("acme-air", "erp")} {
		if got := ring.For(u); reflect.DeepEqual(got, own) || len(got) != 1 {
			t.Errorf("%q has another's", u)
		}
	}
	for _, bad := range []string{"acme-air", "in", "in ", "in acme-air crm", "webhook acme-air", "webhook acme-air ", "both acme-air"} {
		v.put(`{"secrets":["` + secret + `"],"for":{"` + bad + `":["` + next + `"]}}`)
		v.now = v.now.Add(2 * lastWord)
		if _, err := v.ring.Ring(t.Context()); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", bad)) {
			t.Errorf("for %q: %v", bad, err)
		}
	}
}

func TestKeyringHoldsTheFormerForAnHour(t *testing.T) {
	down := faults.Fault{Kind: faults.ServerError, Service: "secretsmanager"}
	for _, c := range []struct {
		name  string
		spoil func(*vault)
	}{
		{"Secrets Manager is down", func(v *vault) { v.fault(down) }},
		{"somebody wrote nonsense", func(v *vault) { v.put("whsec_AAEC") }},
		{"somebody wrote an empty list", func(v *vault) { v.put(`{"secrets":[]}`) }},
		{"somebody wrote half a secret", func(v *vault) { v.put(`{"secrets":["whsec_AAEC"]}`) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVault(t, `{"secrets":["`+secret+`"]}`)
			v.holds(0, 1)
			c.spoil(v)
			v.holds(refresh, 1)
			v.holds(time.Second, 1)
			if n := v.reads(); n != 2 {
				t.Errorf("%d reads within the pause", n)
			}
			v.holds(lastWord-refresh-2*time.Second, 1)
			v.holds(time.Second, 0)
			v.fault()
			v.put(`{"secrets":["` + next + `","` + secret + `"]}`)
			v.holds(time.Second, 2)
			if !strings.Contains(v.log.String(), "former ones") {
				t.Errorf("nothing was logged: %s", v.log.String())
			}
		})
	}
}

func TestKeyringWithoutAnySecret(t *testing.T) {
	v := newVault(t, "{}")
	v.holds(0, 0)
	v.ring.id = "pronto/none"
	v.holds(0, 0)
	v.ring.id = "pronto/hooks"
	v.put(`{"secrets":["` + secret + `"]}`)
	v.holds(0, 1)
}

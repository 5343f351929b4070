package setup_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"pronto/infra/local"
	"pronto/infra/local/faults"
	"pronto/shared/setup"
)

func env(values map[string]string) *setup.Setup {
	return &setup.Setup{Env: func(name string) string { return values[name] }}
}

func TestNeedNamesAllThatIsMissing(t *testing.T) {
	s := env(map[string]string{setup.Table: "pronto"})
	got, err := s.Need(setup.Table)
	if err != nil || len(got) != 1 || got[setup.Table] != "pronto" {
		t.Errorf("%v, %v", got, err)
	}
	_, err = s.Need(setup.Secret, setup.Table, setup.Bucket)
	if err == nil || !strings.Contains(err.Error(), setup.Secret) || !strings.Contains(err.Error(), setup.Bucket) || strings.Contains(err.Error(), setup.Table) {
		t.Errorf("%v; want both that are missing and no other", err)
	}
}

func TestOutermostShowsOurWordsOnly(t *testing.T) {
	const address = "mira@customer.example"
	for _, err := range []error{
		fmt.Errorf("send: %w", errors.New(address+" is suppressed")),
		fmt.Errorf("get the raw mail: %w", fmt.Errorf("a:b: %s", address)),
		errors.Join(errors.New("sweep"), errors.New("refused for "+address)),
		errors.Join(fmt.Errorf("one: %s", address), fmt.Errorf("two: %s", address)),
		fmt.Errorf("%s%s", strings.Repeat("long words ", 8), address),
	} {
		got := setup.Outermost(err)
		if strings.Contains(got, "mira") || strings.ContainsAny(got, "\n:@") || got == "" || len(got) > 80 {
			t.Errorf("%q is shown of %q", got, err)
		}
	}
	if got := setup.Outermost(fmt.Errorf("read the policy: %w", os.ErrNotExist)); got != "read the policy" {
		t.Errorf("shown %q", got)
	}
	if got := setup.Outermost(errors.New(strings.Repeat("è", 100))); !utf8.ValidString(got) || len(got) > 80 {
		t.Errorf("cut inside a letter: %q", got)
	}
}

func TestTheLogIsJSONInUTC(t *testing.T) {
	var out bytes.Buffer
	h := setup.NewLog(&out).Handler()
	r := slog.NewRecord(time.Date(2026, 11, 23, 10, 0, 0, 0, time.FixedZone("", 3600)), slog.LevelInfo, "turn", 0)
	r.AddAttrs(slog.Group("g", slog.String("time", "kept")))
	if err := h.Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	var line struct {
		Time string
		Msg  string
		G    struct{ Time string }
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line.Time != "2026-11-23T09:00:00Z" || line.Msg != "turn" || line.G.Time != "kept" {
		t.Errorf("%s, %v", out.Bytes(), err)
	}
	if strings.Count(out.String(), "\n") != 1 {
		t.Errorf("not one line: %q", out.String())
	}
}

func TestPolicyReportsWhatIsWrong(t *testing.T) {
	write := func(change func(string) string) *setup.Setup {
		b, err := os.ReadFile("../../policy.yaml")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "book.yaml")
		if err := os.WriteFile(path, []byte(change(string(b))), 0o600); err != nil {
			t.Fatal(err)
		}
		return env(map[string]string{setup.Policy: path})
	}
	p, err := write(func(s string) string { return s }).Policy()
	if err != nil || p.Brand("acme-air") == nil {
		t.Fatalf("the repository's own: %v", err)
	}
	_, err = write(func(s string) string {
		return strings.Replace(strings.Replace(s, "domain_hour: 200", "domain_hour: many", 1), "sender_hour: 4", "sender_hour: four", 1)
	}).Policy()
	if err == nil || !strings.Contains(err.Error(), "book.yaml:") || !strings.Contains(err.Error(), "sender_hour") || !strings.Contains(err.Error(), "2 problems") {
		t.Errorf("%v; want file, field, and how many there are", err)
	}
	if _, err := env(map[string]string{setup.Policy: filepath.Join(t.TempDir(), "none.yaml")}).Policy(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// vault is a local AWS whose secret "desk" is text.
func vault(t *testing.T, text string) (*setup.Setup, *local.AWS) {
	t.Helper()
	a, err := local.Open(t.Context(), local.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	s := env(map[string]string{setup.Secret: "desk"})
	if s.AWS, err = a.Config(t.Context()); err != nil {
		t.Fatal(err)
	}
	in := &secretsmanager.CreateSecretInput{Name: aws.String("desk"), SecretString: &text}
	if _, err := secretsmanager.NewFromConfig(s.AWS).CreateSecret(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	return s, a
}

func TestKeysComeFromTheSecret(t *testing.T) {
	key := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))
	s, _ := vault(t, `{"key": "`+key+`"}`)
	a, err := s.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Keys(t.Context())
	if err != nil || a.Token("acme-air", "c") != b.Token("acme-air", "c") {
		t.Errorf("the same secret makes other keys: %v", err)
	}
}

// The log may show an error whole: no error quotes the secret.
func TestKeysErrorsDoNotQuoteTheSecret(t *testing.T) {
	for _, secret := range []string{
		"hunter2-hunter2-hunter2", `{"key": "hunter2 is no base64!"}`, `{"key": "aHVudGVyMg=="}`, `{"key": 77}`, `{}`, `"hunter2"`, `{"key": "hunter2`,
	} {
		s, _ := vault(t, secret)
		_, err := s.Keys(t.Context())
		if err == nil {
			t.Errorf("%s was taken", secret)
			continue
		}
		for _, part := range []string{"hunter2", "aHVudGVyMg", "77", "invalid character"} {
			if strings.Contains(err.Error(), part) {
				t.Errorf("of %s the error shows %q: %v", secret, part, err)
			}
		}
	}
}

func TestWithoutTheSecretThereAreNoKeys(t *testing.T) {
	s, a := vault(t, `{}`)
	s.Env = func(string) string { return "another" }
	if _, err := s.Keys(t.Context()); err == nil || !strings.Contains(err.Error(), "ResourceNotFoundException") {
		t.Errorf("a secret that is not there: %v", err)
	}
	s.AWS.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	if err := a.Faults.Set(faults.Fault{Kind: faults.ServerError, Service: "secretsmanager"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Keys(t.Context()); err == nil {
		t.Error("Secrets Manager is down, and yet there are keys")
	}
}

func TestRetriesAreFew(t *testing.T) {
	r := setup.Retryer()
	if r.MaxAttempts() != 5 {
		t.Errorf("%d tries", r.MaxAttempts())
	}
	for attempt := 1; attempt < 5; attempt++ {
		if d, err := r.RetryDelay(attempt, errors.New("x")); err != nil || d > 2*time.Second {
			t.Errorf("wait %v before try %d: %v", d, attempt+1, err)
		}
	}
}

func TestLoadReadsTheEnvironment(t *testing.T) {
	for k, v := range map[string]string{
		"AWS_REGION": "eu-south-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		setup.Table: "pronto",
	} {
		t.Setenv(k, v)
	}
	s := setup.Load(context.Background())
	if s.AWS.Region != "eu-south-1" || s.Env(setup.Table) != "pronto" || s.Log == nil || s.Now().Location() != time.UTC || s.AWS.Retryer().MaxAttempts() != 5 {
		t.Errorf("%+v", s)
	}
}

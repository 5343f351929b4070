package doctor

import (
	"context"
	"errors"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"pronto/infra/local/desktest"
	"pronto/infra/wiring"
	"pronto/shared/channel/imap"
	"pronto/shared/policy"
)

// zone is a DNS that a test writes.
type zone struct {
	mx   map[string][]*net.MX
	txt  map[string][]string
	host map[string]bool
	away error // nothing can be asked
}

func look[V any](z *zone, m map[string]V, name string) (v V, err error) {
	if z.away != nil {
		return v, z.away
	}
	v, ok := m[name]
	if !ok {
		return v, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return v, nil
}

func (z *zone) dns() DNS {
	return DNS{
		MX:    func(_ context.Context, n string) ([]*net.MX, error) { return look(z, z.mx, n) },
		TXT:   func(_ context.Context, n string) ([]string, error) { return look(z, z.txt, n) },
		CNAME: func(_ context.Context, n string) (string, error) { return look(z, map[string]string{}, n) },
		Host: func(_ context.Context, n string) ([]string, error) {
			_, err := look(z, z.host, n)
			return nil, err
		},
	}
}

const inbound = "inbound-smtp.eu-west-1.amazonaws.com"

// healthy is a desk on the local AWS whose surroundings are as they should be.
func healthy(t *testing.T) (*Doctor, *zone) {
	t.Helper()
	d := desktest.New(t, desktest.Options{Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)})
	if err := d.Deploy(t.Context()); err != nil { // whoever starts first writes the rule book down
		t.Fatal(err)
	}
	ours := []*net.MX{{Host: inbound + ".", Pref: 10}}
	z := &zone{
		mx:   map[string][]*net.MX{"acme.example": ours, "reply.acme.example": ours},
		txt:  map[string][]string{"acme.example": {"google-site-verification=1", "v=spf1 include:amazonses.com ~all"}, "_dmarc.acme.example": {"v=DMARC1; p=quarantine"}},
		host: map[string]bool{inbound: true},
	}
	return &Doctor{
		AWS: d.Setup.AWS, Region: "eu-west-1", Alarms: "oleg@staff.acme.example", Policy: d.Policy, Identities: []string{"acme.example"}, DNS: z.dns(), Now: d.Setup.Now,
		Names: Names{RuleSet: "pronto-live", ConfigurationSet: wiring.ConfigurationSet, Key: wiring.Secret, Hooks: wiring.HookSecrets, Mailboxes: wiring.MailboxSecrets, Accounts: wiring.AccountSecrets, Table: wiring.Table, Bucket: wiring.Bucket}, IMAP: imap.New(d.Setup.Now),
		ActiveSet: func(context.Context) (string, error) { return "pronto-live", nil },
		Room:      leave(1000),
		Dial:      func(context.Context, string) error { return nil },
		Name:      "desk.acme.example",
		PostTo:    func(context.Context) (string, error) { return "https://hooks.acme.example", nil },
	}, z
}

// leave is an account's for so many functions at once.
func leave(n int) func(context.Context) (int, error) {
	return func(context.Context) (int, error) { return n, nil }
}

// only is a network in which one host answers.
func only(name string) func(context.Context, string) error {
	return func(_ context.Context, host string) error {
		if host == name {
			return nil
		}
		return errors.New("no such host")
	}
}

// change gives the doctor a rule book whose first brand is another.
func (d *Doctor) change(as func(*policy.Brand)) {
	b, p := *d.Policy.Brands[0], *d.Policy
	as(&b)
	p.Brands = []*policy.Brand{&b}
	d.Policy = &p
}

func onBluesky(b *policy.Brand) {
	b.Channels = append(slices.Clone(b.Channels), policy.Use{Channel: "bluesky", Accounts: []policy.Account{{Handle: "acme.example"}}})
}

func found(d *Doctor) map[string]Finding {
	all := map[string]Finding{}
	for _, f := range d.Look(context.Background()) {
		all[f.About] = f
	}
	return all
}

func TestAHealthyStage(t *testing.T) {
	d, _ := healthy(t)
	all := found(d)
	for about, f := range all {
		if f.State != Good || f.Do != "" || f.Says == "" {
			t.Errorf("%s: %+v", about, f)
		}
	}
	want := []string{
		"DMARC of acme.example", "Lambda's room", "MX of acme.example", "MX of reply.acme.example", "SES in eu-west-1", "SPF of acme.example", "active rule set", "alarms", "configuration set",
		"domain acme.example", "name desk.acme.example", "quota", "rule book", "secret pronto/desk", "secret pronto/hooks", "sending", "where others post",
	}
	if got := slices.Sorted(maps.Keys(all)); !slices.Equal(got, want) {
		t.Errorf("it looked at %q", got)
	}
}

// One thing is wrong at a time, and what is said of it is what a tired person needs.
func TestWhatIsWrongIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(d *Doctor, z *zone)
		about string
		state State
		says  string
		do    string
	}{
		"a name that leads nowhere": {func(d *Doctor, _ *zone) { d.Dial = only("hooks.acme.example") },
			"name desk.acme.example", Wrong, "desk.acme.example cannot be reached by TLS", "its CNAME is as the service stack's outputs say"},
		"hooks that lead nowhere": {func(d *Doctor, _ *zone) { d.Dial = only("desk.acme.example") },
			"where others post", Wrong, "hooks.acme.example cannot be reached by TLS", "step 8"},
		"hooks at the former address": {func(d *Doctor, _ *zone) { d.Former = true },
			"where others post", Advice, "hooks.acme.example answers; what is posted to the former address is taken, too", "former_hooks: false"},
		"hooks that nobody knows": {func(d *Doctor, _ *zone) {
			d.PostTo = func(context.Context) (string, error) { return "", errors.New("access denied") }
		}, "where others post", Unknown, "access denied", "credentials"},
		"another rule book": {func(d *Doctor, _ *zone) {
			other := *d.Policy
			other.Version = "000000000000"
			d.Policy = &other
		}, "rule book", Advice, "and the file here is 000000000000", "look whether that is meant"},
		"no table":         {func(d *Doctor, _ *zone) { d.Names.Table = "none" }, "rule book", Unknown, "", ""},
		"a region without": {func(_ *Doctor, z *zone) { z.host = nil }, "SES in eu-west-1", Wrong, "takes no mail in this region", "choose a region"},
		"no rule set":      {func(d *Doctor, _ *zone) { d.ActiveSet = func(context.Context) (string, error) { return "", nil } }, "active rule set", Wrong, "SES takes no mail", "aws ses set-active-receipt-rule-set --region eu-west-1 --rule-set-name pronto-live"},
		"another rule set": {func(d *Doctor, _ *zone) { d.ActiveSet = func(context.Context) (string, error) { return "office", nil } }, "active rule set", Wrong, "it is office", "put the rule of pronto-live into that set"},
		"rights": {func(d *Doctor, _ *zone) {
			d.ActiveSet = func(context.Context) (string, error) { return "", errors.New("AccessDenied") }
		}, "active rule set", Unknown, "AccessDenied", "credentials"},
		"a stranger":   {func(d *Doctor, _ *zone) { d.Identities = []string{"other.example"} }, "domain other.example", Wrong, "does not know it", "identities: create"},
		"no MX":        {func(_ *Doctor, z *zone) { delete(z.mx, "reply.acme.example") }, "MX of reply.acme.example", Wrong, "nobody can write to it", "reply.acme.example MX 10 " + inbound},
		"MX elsewhere": {func(_ *Doctor, z *zone) { z.mx["acme.example"] = []*net.MX{{Host: "mx.office.example.", Pref: 5}} }, "MX of acme.example", Wrong, "goes to mx.office.example", "MX 10"},
		"MX second": {func(_ *Doctor, z *zone) {
			z.mx["acme.example"] = []*net.MX{{Host: inbound + ".", Pref: 20}, {Host: "mx.office.example.", Pref: 5}}
		}, "MX of acme.example", Wrong, "mx.office.example first", "smallest preference"},
		"no SPF":        {func(_ *Doctor, z *zone) { z.txt["acme.example"] = nil }, "SPF of acme.example", Advice, "DKIM alone", "include:amazonses.com"},
		"SPF of others": {func(_ *Doctor, z *zone) { z.txt["acme.example"] = []string{"v=spf1 mx -all"} }, "SPF of acme.example", Advice, "does not name SES", "add include:amazonses.com"},
		"two SPF": {func(_ *Doctor, z *zone) {
			z.txt["acme.example"] = []string{"v=spf1 mx -all", "v=spf1 include:amazonses.com -all"}
		}, "SPF of acme.example", Wrong, "counts as none", "make them one"},
		"nearly SPF": {func(_ *Doctor, z *zone) { z.txt["acme.example"] = []string{"v=spf10 include:amazonses.com"} }, "SPF of acme.example", Advice, "none", "TXT"},
		"no DMARC":   {func(_ *Doctor, z *zone) { delete(z.txt, "_dmarc.acme.example") }, "DMARC of acme.example", Advice, "distrust", `_dmarc.acme.example TXT "v=DMARC1; p=none"`},
		"DMARC without p": {func(_ *Doctor, z *zone) {
			z.txt["_dmarc.acme.example"] = []string{"v=DMARC1; rua=mailto:x@acme.example"}
		}, "DMARC of acme.example", Wrong, "no p=", "p=none"},
		"DNS is away":         {func(_ *Doctor, z *zone) { z.away = errors.New("timeout") }, "MX of acme.example", Unknown, "timeout", "try again"},
		"a new account's ten": {func(d *Doctor, _ *zone) { d.Room = leave(10) }, "Lambda's room", Wrong, "10 may run at once", "Service Quotas, Lambda, Concurrent executions"},
		"little room":         {func(d *Doctor, _ *zone) { d.Room = leave(100) }, "Lambda's room", Advice, "is slow with fewer", "ask for more"},
		"room is not told": {func(d *Doctor, _ *zone) {
			d.Room = func(context.Context) (int, error) { return 0, errors.New("AccessDenied") }
		}, "Lambda's room", Unknown, "AccessDenied", "credentials"},
		"alarms in here": {func(d *Doctor, _ *zone) { d.Alarms = "oleg@Acme.example" }, "alarms", Wrong, "nobody hears of them", "another domain"},
		"no set":         {func(d *Doctor, _ *zone) { d.Names.ConfigurationSet = "pronto-other" }, "configuration set", Wrong, "is not there", "deploy"},
		"no key":         {func(d *Doctor, _ *zone) { d.Names.Key = "none" }, "secret none", Unknown, "", "credentials"},
		"no hooks":       {func(d *Doctor, _ *zone) { d.Names.Hooks = "none" }, "secret none", Wrong, "", "whsec_"},
		"a hook is down": {func(d *Doctor, _ *zone) {
			b := *d.Policy.Brands[0]
			b.Hooks.URL = "https://hooks.acme.example/pronto"
			p := *d.Policy
			p.Brands = append(slices.Clone(p.Brands[:0]), &b)
			d.Policy, d.Dial = &p, func(_ context.Context, host string) error { return errors.New(host) }
		}, "hook of acme-air", Wrong, "hooks.acme.example cannot be reached", "see that it runs"},
		"a webhook is down": {func(d *Doctor, _ *zone) {
			d.change(func(b *policy.Brand) { b.Webhooks = []policy.Webhook{{ID: "crm", URL: "https://crm.acme.example/in"}} })
			d.Dial = func(_ context.Context, host string) error { return errors.New(host) }
		}, "webhook crm of acme-air", Wrong, "crm.acme.example cannot be reached", "see that it runs"},
		"webhooks go where the stage says": {func(d *Doctor, _ *zone) {
			d.change(func(b *policy.Brand) { b.Webhooks = []policy.Webhook{{ID: "crm", URL: "https://crm.acme.example/in"}} })
			d.Webhook = "https://sink.acme.example/"
		}, "webhook crm of acme-air", Good, "sink.acme.example answers", ""},
		"an account is not connected": {func(d *Doctor, _ *zone) { d.change(onBluesky) }, "account acme.example of acme-air on bluesky", Wrong, "it is not connected", "pronto connect bluesky --brand acme-air --handle acme.example"},
		"accounts cannot be read": {func(d *Doctor, _ *zone) {
			d.change(onBluesky)
			d.Names.Accounts = "none"
		}, "secret none", Unknown, "", "credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			d, z := healthy(t)
			c.spoil(d, z)
			f, ok := found(d)[c.about]
			if !ok || f.State != c.state || !strings.Contains(f.Says, c.says) || !strings.Contains(f.Do, c.do) {
				t.Errorf("%s: %+v", c.about, f)
			}
		})
	}
}

// Secrets that are no secrets are told of, and never shown.
func TestSecretsAreNotShown(t *testing.T) {
	d, _ := healthy(t)
	client := secretsmanager.NewFromConfig(d.AWS)
	for id, text := range map[string]string{"short": `{"key":"aGVsbG8="}`, "words": "correct horse", "hooks": `{"secrets":["hunter2"]}`} {
		if _, err := client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String(id), SecretString: &text}); err != nil {
			t.Fatal(err)
		}
	}
	for key, hooks := range map[string]string{"short": "hooks", "words": "words"} {
		d.Names.Key, d.Names.Hooks = key, hooks
		for about, f := range found(d) {
			if strings.HasPrefix(about, "secret ") && f.State != Wrong {
				t.Errorf("%s: %+v", about, f)
			}
			for _, secret := range []string{"aGVsbG8", "correct", "hunter2"} {
				if strings.Contains(f.Says+f.Do, secret) {
					t.Errorf("%s shows %s", about, secret)
				}
			}
		}
	}
}

// A set whose events do not come back is found.
func TestEventsThatDoNotComeBack(t *testing.T) {
	d, _ := healthy(t)
	client := sesv2.NewFromConfig(d.AWS)
	if _, err := client.CreateConfigurationSet(t.Context(), &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("bare")}); err != nil {
		t.Fatal(err)
	}
	d.Names.ConfigurationSet = "bare"
	if f := found(d)["configuration set"]; f.State != Wrong || !strings.Contains(f.Says, "do not come back") {
		t.Errorf("%+v", f)
	}
}

// Package doctor looks whether a stage's surroundings are as the desk needs them: what CloudFormation cannot make (DNS, the active rule set, leave to send to
// everybody) and what may have changed since. It changes nothing, sends nothing, and shows no secret.
package doctor

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"pronto/infra/wiring"
	"pronto/shared/channel/custom"
	"pronto/shared/channel/imap"
	"pronto/shared/desk"
	"pronto/shared/policy"
)

// Finding is what one look showed.
type Finding struct {
	About string // as "MX of acme.example"
	State State
	Says  string
	Do    string // what to do about it, "" when nothing
}

// State of what was looked at.
type State string

const (
	Good    State = "ok"
	Advice  State = "hint" // the desk works, and could work better
	Wrong   State = "wrong"
	Unknown State = "unknown" // it could not be looked at
)

// Names are what the stage calls its things.
type Names struct{ RuleSet, ConfigurationSet, Key, Hooks, Mailboxes, Accounts, Table, Bucket string }

// DNS is what is asked of it; net.Resolver has these.
type DNS struct {
	MX    func(ctx context.Context, name string) ([]*net.MX, error)
	TXT   func(ctx context.Context, name string) ([]string, error)
	CNAME func(ctx context.Context, name string) (string, error)
	Host  func(ctx context.Context, name string) ([]string, error)
}

// Doctor looks at one stage.
type Doctor struct {
	AWS        aws.Config
	Region     string
	Names      Names
	Policy     *policy.Policy
	Alarms     string   // the address that hears of alarms
	Identities []string // domains that SES must know
	Hook       string   // where the stage sends receipts of the custom channel, and
	Webhook    string   // brands' webhooks, whatever the rule book says; "": where it says
	Name       string   // of console and API, where the stage gives them one; "": API Gateway does
	Former     bool     // what other systems post is taken at the former address, too
	DNS        DNS
	PostTo     func(ctx context.Context) (string, error)    // where other systems post, as https://hooks.acme.example
	ActiveSet  func(ctx context.Context) (string, error)    // of receipt rules in account and region
	Room       func(ctx context.Context) (int, error)       // for how many functions at once the account has leave that nobody reserved
	Dial       func(ctx context.Context, host string) error // a TLS handshake with a webhook's host
	Now        func() time.Time
	IMAP       *imap.Client // by which mailboxes are opened, to look only
	mail       *sesv2.Client
}

// patience is how long one look may take.
const patience = 10 * time.Second

// Look looks at everything, in the order in which it would be mended.
func (d *Doctor) Look(ctx context.Context) (all []Finding) {
	d.mail = sesv2.NewFromConfig(d.AWS)
	add := func(about string, look func(context.Context) Finding) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		f := look(ctx)
		f.About = about
		all = append(all, f)
	}
	add("SES in "+d.Region, d.receives)
	add("active rule set", d.ruleSet)
	for _, domain := range d.Identities {
		add("domain "+domain, func(ctx context.Context) Finding { return d.identity(ctx, domain) })
	}
	for _, domain := range wiring.Receives(d.Policy) {
		add("MX of "+domain, func(ctx context.Context) Finding { return d.mx(ctx, domain) })
	}
	for _, domain := range wiring.SendsFrom(d.Policy) {
		add("SPF of "+domain, func(ctx context.Context) Finding { return d.spf(ctx, domain) })
		add("DMARC of "+domain, func(ctx context.Context) Finding { return d.dmarc(ctx, domain) })
	}
	add("alarms", func(context.Context) Finding { return d.alarms() })
	add("sending", d.account)
	add("quota", d.quota)
	add("Lambda's room", d.room)
	add("configuration set", d.set)
	add("rule book", d.rules)
	if d.Name != "" {
		add("name "+d.Name, func(ctx context.Context) Finding { return d.answers(ctx, d.Name, step8) })
	}
	add("where others post", d.posted)
	add("secret "+d.Names.Key, d.key)
	add("secret "+d.Names.Hooks, d.hooks)
	d.told(add)
	d.accounts(add)
	d.mailboxes(ctx, add)
	return all
}

func good(words string, args ...any) Finding {
	return Finding{State: Good, Says: fmt.Sprintf(words, args...)}
}
func wrong(do, words string, args ...any) Finding {
	return Finding{State: Wrong, Says: fmt.Sprintf(words, args...), Do: do}
}

// unable is what could not be looked at. The error is AWS's or the resolver's about our own things: it holds no customer's words.
func unable(err error) Finding {
	return Finding{State: Unknown, Says: err.Error(), Do: "see whether your credentials may look there, and try again"}
}

// absent tells whether DNS knows nothing of the name.
func absent(err error) bool {
	var e *net.DNSError
	return errors.As(err, &e) && e.IsNotFound
}

func (d *Doctor) inbound() string { return "inbound-smtp." + d.Region + ".amazonaws.com" }

func (d *Doctor) receives(ctx context.Context) Finding {
	_, err := d.DNS.Host(ctx, d.inbound())
	switch {
	case absent(err):
		return wrong("choose a region that does, in stage.yaml", "SES takes no mail in this region")
	case err != nil:
		return unable(err)
	}
	return good("takes mail here")
}

func (d *Doctor) ruleSet(ctx context.Context) Finding {
	name, err := d.ActiveSet(ctx)
	do := "aws ses set-active-receipt-rule-set --region " + d.Region + " --rule-set-name " + d.Names.RuleSet
	switch {
	case err != nil:
		return unable(err)
	case name == "":
		return wrong(do, "none: SES takes no mail")
	case name != d.Names.RuleSet:
		return wrong("put the rule of "+d.Names.RuleSet+" into that set, or: "+do, "it is %s, so SES takes no mail for this stage", name)
	}
	return good("%s", name)
}

func (d *Doctor) identity(ctx context.Context, domain string) Finding {
	out, err := d.mail.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: &domain})
	var missing *types.NotFoundException
	switch {
	case errors.As(err, &missing):
		return wrong("deploy with identities: create, or verify it in SES's console", "SES does not know it")
	case err != nil:
		return unable(err)
	}
	dkim := out.DkimAttributes
	if dkim == nil || !dkim.SigningEnabled {
		return wrong("switch DKIM on in SES's console", "mail from it is not signed: receipts will look forged")
	}
	if dkim.Status == types.DkimStatusSuccess && out.VerifiedForSendingStatus {
		return good("verified, signed by DKIM")
	}
	for _, token := range dkim.Tokens {
		name, want := token+"._domainkey."+domain, token+".dkim.amazonses.com"
		if got, err := d.DNS.CNAME(ctx, name); err != nil || strings.TrimSuffix(got, ".") != want {
			return wrong(name+" CNAME "+want, "DKIM is %s: a record is missing", strings.ToLower(string(dkim.Status)))
		}
	}
	return wrong("wait: SES looks again within the hour, at most within 72", "DKIM is %s, and its records are there", strings.ToLower(string(dkim.Status)))
}

func (d *Doctor) mx(ctx context.Context, domain string) Finding {
	all, err := d.DNS.MX(ctx, domain)
	do := domain + " MX 10 " + d.inbound()
	if absent(err) || err == nil && len(all) == 0 {
		return wrong(do, "none: nobody can write to it")
	}
	if err != nil {
		return unable(err)
	}
	slices.SortFunc(all, func(a, b *net.MX) int { return int(a.Pref) - int(b.Pref) })
	ours := slices.IndexFunc(all, func(m *net.MX) bool { return strings.EqualFold(strings.TrimSuffix(m.Host, "."), d.inbound()) })
	switch {
	case ours < 0:
		return wrong(do, "its mail goes to %s", strings.TrimSuffix(all[0].Host, "."))
	case all[0].Pref < all[ours].Pref:
		return wrong("give it the smallest preference, or delete the others", "its mail goes to %s first", strings.TrimSuffix(all[0].Host, "."))
	}
	return good("its mail comes here")
}

// record is the one TXT record of a kind.
func (d *Doctor) record(ctx context.Context, name, version string) (string, int, error) {
	all, err := d.DNS.TXT(ctx, name)
	if err != nil && !absent(err) {
		return "", 0, err
	}
	found := slices.DeleteFunc(slices.Clone(all), func(s string) bool {
		first, _, _ := strings.Cut(strings.ReplaceAll(s, ";", " "), " ")
		return !strings.EqualFold(first, version)
	})
	if len(found) == 0 {
		return "", 0, nil
	}
	return found[0], len(found), nil
}

func (d *Doctor) spf(ctx context.Context, domain string) Finding {
	text, n, err := d.record(ctx, domain, "v=spf1")
	do := domain + ` TXT "v=spf1 include:amazonses.com ~all"`
	switch {
	case err != nil:
		return unable(err)
	case n > 1:
		return wrong("make them one", "there are %d SPF records, which counts as none", n)
	case n == 0:
		return Finding{State: Advice, Says: "none: DKIM alone vouches for our mail", Do: do}
	case !slices.Contains(strings.Fields(strings.ToLower(text)), "include:amazonses.com"):
		return Finding{State: Advice, Says: "it does not name SES: DKIM alone vouches for our mail", Do: "add include:amazonses.com to it"}
	}
	return good("it names SES")
}

func (d *Doctor) dmarc(ctx context.Context, domain string) Finding {
	text, n, err := d.record(ctx, "_dmarc."+domain, "v=DMARC1")
	switch {
	case err != nil:
		return unable(err)
	case n > 1:
		return wrong("make them one", "there are %d DMARC records, which counts as none", n)
	case n == 0:
		return Finding{State: Advice, Says: "none: large providers distrust senders without", Do: "_dmarc." + domain + ` TXT "v=DMARC1; p=none"`}
	}
	for tag := range strings.SplitSeq(text, ";") {
		if name, value, _ := strings.Cut(strings.TrimSpace(tag), "="); strings.EqualFold(strings.TrimSpace(name), "p") {
			return good("p=%s", strings.TrimSpace(value))
		}
	}
	return wrong("give it p=none, p=quarantine or p=reject", "it has no p=")
}

// alarms looks that who is to hear of them is not the desk itself.
func (d *Doctor) alarms() Finding {
	_, domain, _ := strings.Cut(d.Alarms, "@")
	if slices.ContainsFunc(wiring.Receives(d.Policy), func(x string) bool { return strings.EqualFold(x, domain) }) {
		return wrong("give alarms in stage.yaml an address on another domain, deploy, and confirm SNS's mail to it", "their address is on %s, whose mail comes into the desk: nobody hears of them", domain)
	}
	return good("their address is on a domain that the desk does not receive")
}

func (d *Doctor) account(ctx context.Context) Finding {
	out, err := d.mail.GetAccount(ctx, nil)
	switch {
	case err != nil:
		return unable(err)
	case !out.SendingEnabled:
		return wrong("see SES's console, Account dashboard", "SES has paused it")
	case !out.ProductionAccessEnabled:
		return wrong("ask for production access in SES's console", "the account is in SES's sandbox: receipts reach verified addresses only")
	case out.EnforcementStatus != nil && *out.EnforcementStatus != "HEALTHY":
		return wrong("see SES's console, Reputation metrics", "SES's review says %s", strings.ToLower(*out.EnforcementStatus))
	}
	return good("allowed to everybody")
}

// full is how much of a day's quota may be used before somebody should ask for more.
const full = 0.8

func (d *Doctor) quota(ctx context.Context) Finding {
	out, err := d.mail.GetAccount(ctx, nil)
	if err != nil {
		return unable(err)
	}
	q := out.SendQuota
	switch {
	case q == nil:
		return Finding{State: Unknown, Says: "SES does not say"}
	case q.Max24HourSend < 0:
		return good("without limit, %.0f a second", q.MaxSendRate)
	case q.SentLast24Hours >= full*q.Max24HourSend:
		return wrong("ask for more in Service Quotas, SES", "%.0f of %.0f mails in the last 24 hours", q.SentLast24Hours, q.Max24HourSend)
	}
	return good("%.0f of %.0f mails in the last 24 hours, %.0f a second", q.SentLast24Hours, q.Max24HourSend, q.MaxSendRate)
}

func (d *Doctor) set(ctx context.Context) Finding {
	out, err := d.mail.GetConfigurationSetEventDestinations(ctx, &sesv2.GetConfigurationSetEventDestinationsInput{ConfigurationSetName: &d.Names.ConfigurationSet})
	var missing *types.NotFoundException
	switch {
	case errors.As(err, &missing):
		return wrong("deploy the stack "+d.Names.ConfigurationSet+"-service", "%s is not there: nothing can be sent", d.Names.ConfigurationSet)
	case err != nil:
		return unable(err)
	}
	for _, e := range out.EventDestinations {
		lacks := slices.ContainsFunc(wiring.OutcomeEvents(), func(t string) bool { return !slices.Contains(e.MatchingEventTypes, types.EventType(t)) })
		if e.Enabled && e.SnsDestination != nil && !lacks {
			return good("its events come back")
		}
	}
	return wrong("deploy the service stack again", "its events (%s) do not come back: what became of a mail is not told", strings.Join(wiring.OutcomeEvents(), ", "))
}

func (d *Doctor) value(ctx context.Context, id string) (string, *Finding) {
	out, err := secretsmanager.NewFromConfig(d.AWS).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		f := unable(err)
		return "", &f
	}
	return aws.ToString(out.SecretString), nil
}

func (d *Doctor) key(ctx context.Context) Finding {
	text, failed := d.value(ctx, d.Names.Key)
	if failed != nil {
		return *failed
	}
	var v struct{ Key []byte }
	if json.Unmarshal([]byte(text), &v) != nil {
		return wrong("put the key back from your copy of it", `it is not {"key": base64}`)
	}
	if _, err := desk.NewKeys(v.Key); err != nil {
		return wrong("put the key back from your copy of it", "%v", err)
	}
	return good("it can be read; is there a copy of it?")
}

func (d *Doctor) hooks(ctx context.Context) Finding {
	ring := custom.NewKeyring(secretsmanager.NewFromConfig(d.AWS), d.Names.Hooks, d.Now, nil)
	all, err := ring.Secrets(ctx, "")
	if err != nil {
		return wrong(`write {"secrets": ["whsec_…"]} into it`, "%v", err)
	}
	if len(all) > 1 {
		return Finding{State: Advice, Says: fmt.Sprintf("%d are in force", len(all)), Do: "when the other side has changed over, write the new one alone"}
	}
	return good("it can be read")
}

// mailboxes opens each mailbox that is polled as the poller does, and looks no further.
func (d *Doctor) mailboxes(ctx context.Context, add func(string, func(context.Context) Finding)) {
	var secrets map[string]imap.Secret
	for _, b := range d.Policy.Brands {
		for _, m := range b.Mailboxes {
			if secrets == nil {
				add("secret "+d.Names.Mailboxes, func(ctx context.Context) (f Finding) {
					secrets, f = d.logins(ctx)
					return f
				})
			}
			add(fmt.Sprintf("mailbox %s of %s at %s", m.Folder, b.ID, m.Host), func(ctx context.Context) Finding { return d.mailbox(ctx, m, secrets) })
		}
	}
}

func (d *Doctor) logins(ctx context.Context) (map[string]imap.Secret, Finding) {
	none := map[string]imap.Secret{}
	text, failed := d.value(ctx, d.Names.Mailboxes)
	if failed != nil {
		return none, *failed
	}
	all, err := imap.ReadSecrets(text)
	if err != nil {
		return none, wrong(`write {"name": "password"} into it, or OAuth as docs/email.md says`, "%v", err)
	}
	return all, good("it can be read")
}

// mailbox logs in and opens the folder to look only. What the server says of a failure is its own: the code is enough, but for what is wrong with its certificate.
func (d *Doctor) mailbox(ctx context.Context, m policy.Polled, secrets map[string]imap.Secret) Finding {
	opened, err := d.IMAP.Open(ctx, imap.Box{Host: m.Host, Port: m.Port, StartTLS: m.StartTLS, User: m.User, Folder: m.Folder}, secrets[m.Secret])
	if err != nil {
		code, _, _ := strings.Cut(err.Error(), ":")
		says := code
		if code == "connect" {
			says = err.Error()
		}
		return wrong(imap.Words(code), "it cannot be polled: %s", says)
	}
	defer opened.Close()
	return good("it can be read")
}

// told looks whether the brands' own systems can be told: by the hook of the custom channel, and by webhooks.
func (d *Doctor) told(add func(string, func(context.Context) Finding)) {
	dial := func(about, address string) {
		add(about, func(ctx context.Context) Finding { return d.webhook(ctx, address) })
	}
	for _, b := range d.Policy.Brands {
		custom := slices.ContainsFunc(b.Channels, func(u policy.Use) bool { return u.Channel == "custom" })
		if address := cmp.Or(d.Hook, b.Hooks.URL); address != "" && (custom || b.Hooks.URL != "") {
			dial("hook of "+b.ID, address)
		}
		for _, w := range b.Webhooks {
			dial("webhook "+w.ID+" of "+b.ID, cmp.Or(d.Webhook, w.URL))
		}
	}
}

// accounts looks whether each account of the rule book has been connected: what it takes to use it is shown to nobody.
func (d *Doctor) accounts(add func(string, func(context.Context) Finding)) {
	var known map[string]json.RawMessage // nil: not read yet, or unreadable
	asked := false
	for _, b := range d.Policy.Brands {
		for _, u := range b.Channels {
			for _, a := range u.Accounts {
				if !asked {
					asked = true
					add("secret "+d.Names.Accounts, func(ctx context.Context) Finding {
						text, failed := d.value(ctx, d.Names.Accounts)
						if failed != nil {
							return *failed
						}
						if json.Unmarshal([]byte(text), &known) != nil {
							return wrong("put {} into it, and connect all accounts again", "it is no JSON object")
						}
						return good("it can be read")
					})
				}
				add(fmt.Sprintf("account %s of %s on %s", a.Handle, b.ID, u.Channel), func(context.Context) Finding {
					if known == nil {
						return Finding{State: Unknown, Says: "what is connected could not be read", Do: "see the secret above"}
					}
					if _, ok := known[u.Channel+":"+a.Handle]; !ok {
						return wrong("pronto connect "+u.Channel+" --brand "+b.ID+" --handle "+a.Handle+" with the stage", "it is not connected: nothing is read, nothing can be answered")
					}
					return good("connected; how it goes is on the console's page Channels")
				})
			}
		}
	}
}

func (d *Doctor) webhook(ctx context.Context, address string) Finding {
	rest, _ := strings.CutPrefix(address, "https://")
	host, _, _ := strings.Cut(rest, "/")
	return d.answers(ctx, host, "see that it runs, and that its certificate is good")
}

func (d *Doctor) answers(ctx context.Context, host, do string) Finding {
	if err := d.Dial(ctx, host); err != nil {
		return wrong(do, "%s cannot be reached by TLS", host)
	}
	return good("%s answers", host)
}

// step8 is what a name of one's own may lack.
const step8 = "see that its CNAME is as the service stack's outputs say (step 8), and that the certificate is of this name"

// posted looks whether other systems reach the desk: who posts mentions, and networks that push.
func (d *Doctor) posted(ctx context.Context) Finding {
	at, err := d.PostTo(ctx)
	if err != nil {
		return unable(err)
	}
	f := d.answers(ctx, strings.TrimPrefix(at, "https://"), step8)
	if f.State == Good && d.Former {
		f.State, f.Do = Advice, "when the access log has none of these any more, write former_hooks: false and deploy (docs/upgrade.md)"
		f.Says += "; what is posted to the former address is taken, too"
	}
	return f
}

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/spf13/cobra"

	"pronto/infra/pronto/doctor"
	"pronto/infra/stage"
	"pronto/infra/wiring"
	"pronto/shared/channel/imap"
)

func newDoctor() *cobra.Command {
	var name, file, policyFile string
	c := &cobra.Command{
		Use: "doctor", Short: "Look whether DNS, SES and secrets of a stage are as the desk needs them", Args: noArguments,
		Long: `Doctor looks at what the stack cannot make or what may have changed since: region, active rule set, domains, DKIM, MX, SPF, DMARC, SES's sandbox and quota,
Lambda's room, names of the stage's own and where other systems post, secrets, the brands' hooks and webhooks, accounts at networks that are not connected, mailboxes that are polled (it logs in, and looks only). It wants credentials for the stage's account, changes nothing, sends nothing, and shows no secret. It ends with 1 when something is wrong.`,
		Example: "  pronto doctor --stage live",
		RunE: func(c *cobra.Command, _ []string) error {
			p, problems, err := readPolicy(policyFile)
			if err != nil {
				return err
			}
			if len(problems) > 0 {
				return &exit{exitProblems, fmt.Errorf("%s has problems: see pronto policy check", policyFile)}
			}
			s, err := stage.Read(file, name)
			if err != nil {
				if broken := (*stage.Error)(nil); errors.As(err, &broken) || errors.Is(err, fs.ErrNotExist) {
					return err
				}
				return usage(c, fmt.Errorf("--stage: %w", err))
			}
			d, err := examine(c.Context(), s)
			if err != nil {
				return err
			}
			d.Policy, d.Identities = p, wiring.Identities(p)
			return tell(c.OutOrStdout(), d.Look(c.Context()))
		},
	}
	c.Flags().StringVar(&name, "stage", "", "the stage; may be left out where there is only one")
	c.Flags().StringVar(&file, "stages", stagesFile(), "the file of stages (else stage.yaml in PRONTO_DESK)")
	c.Flags().StringVar(&policyFile, "policy", ruleBook(), "the rule book (PRONTO_POLICY; else policy.yaml in PRONTO_DESK)")
	return c
}

// ofStage are the credentials of the environment, once they are known to be of the stage's account: everything looks wrong in another.
func ofStage(ctx context.Context, s *stage.Stage) (cfg aws.Config, err error) {
	cfg, err = config.LoadDefaultConfig(ctx, config.WithRegion(s.Region), config.WithLogger(logging.Nop{})) // its warnings say less than our words
	if err != nil {
		return cfg, fmt.Errorf("AWS configuration: %w", err)
	}
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	if err != nil {
		return cfg, &exit{exitUnreachable, fmt.Errorf("AWS does not know who asks: sign in (aws sso login) or set credentials: %w", err)}
	}
	if got := aws.ToString(who.Account); got != s.Account {
		return cfg, fmt.Errorf("the credentials are of account %s, the stage %s is in %s: use those of that account", got, s.Name, s.Account)
	}
	return cfg, nil
}

// examine is a doctor for a stage.
func examine(ctx context.Context, s *stage.Stage) (*doctor.Doctor, error) {
	cfg, err := ofStage(ctx, s)
	if err != nil {
		return nil, err
	}
	var r net.Resolver
	name := ""
	if s.Domain != nil {
		name = s.Domain.Name
	}
	return &doctor.Doctor{
		AWS: cfg, Region: s.Region, Now: time.Now, ActiveSet: activeSet(cfg), Room: room(cfg), Dial: handshake, IMAP: imap.New(time.Now),
		Names:  doctor.Names{RuleSet: s.Prefix(), ConfigurationSet: s.Prefix(), Key: s.Prefix() + "-key", Hooks: s.Prefix() + "-hooks", Mailboxes: s.Prefix() + "-mailboxes", Accounts: s.Prefix() + "-accounts", Table: s.Prefix() + "-desk", Bucket: s.Bucket()},
		Alarms: s.Alarms, Hook: s.HookURL, Webhook: s.WebhookURL, Former: s.Former, PostTo: func(ctx context.Context) (string, error) { return postTo(ctx, cfg, s) },
		Name: name, DNS: doctor.DNS{MX: r.LookupMX, TXT: r.LookupTXT, CNAME: r.LookupCNAME, Host: r.LookupHost},
	}, nil
}

// activeSet asks for the name of the active rule set; "" when there is none. Receipt rules are in the first version of SES's API only.
func activeSet(cfg aws.Config) func(context.Context) (string, error) {
	client := ses.NewFromConfig(cfg)
	return func(ctx context.Context) (string, error) {
		out, err := client.DescribeActiveReceiptRuleSet(ctx, nil)
		if err != nil || out.Metadata == nil {
			return "", err
		}
		return aws.ToString(out.Metadata.Name), nil
	}
}

// room asks Lambda for how many functions at once the account has leave. What is reserved for some is not there for the desk's, which reserve nothing.
func room(cfg aws.Config) func(context.Context) (int, error) {
	client := lambda.NewFromConfig(cfg)
	return func(ctx context.Context) (int, error) {
		out, err := client.GetAccountSettings(ctx, nil)
		switch {
		case err != nil:
			return 0, err
		case out.AccountLimit == nil || out.AccountLimit.UnreservedConcurrentExecutions == nil:
			return 0, errors.New("it does not say how many")
		}
		return int(*out.AccountLimit.UnreservedConcurrentExecutions), nil
	}
}

// handshake connects to host and looks at its certificate.
func handshake(ctx context.Context, host string) error {
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(host, "443")
	}
	c, err := (&tls.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return err
	}
	return c.Close()
}

// tell prints what was found.
func tell(w io.Writer, all []doctor.Finding) error {
	wrong := 0
	for _, f := range all {
		fmt.Fprintf(w, "%-8s %-28s %s\n", f.State, f.About, f.Says)
		if f.Do != "" {
			fmt.Fprintf(w, "%-8s %-28s → %s\n", "", "", f.Do)
		}
		if f.State == doctor.Wrong || f.State == doctor.Unknown {
			wrong++
		}
	}
	if wrong > 0 {
		return &exit{exitFailed, errors.New(plural(wrong) + " to be looked after")}
	}
	return nil
}

func plural(n int) string {
	if n == 1 {
		return "1 thing is"
	}
	return fmt.Sprintf("%d things are", n)
}

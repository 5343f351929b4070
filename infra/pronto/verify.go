package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/verify"
	"pronto/infra/stage"
	"pronto/shared/policy"
	"pronto/shared/setup"
)

// verifying is what is verified, and by which way.
type verifying struct {
	stage, stages, policy, brand string
	from, smtp, user, hooks      string
	within, snooze               time.Duration
	file                         bool
}

func newVerify() *cobra.Command {
	var q verifying
	c := &cobra.Command{
		Use: "verify", Short: "Send one real mail and one signed mention through a desk, and time what becomes of them", Args: noArguments,
		Long: `Verify writes a mail and posts a mention as a customer would, and tells, step by step, that each came into a conversation, that its receipt was accepted and delivered, and that
the conversation's clock wakes it to the second. What it has opened it resolves; the receipts are real.

Of a stage: it goes by the rule book that stands, as its functions do (--by-file: by the one in --policy). It wants credentials for its account that may read its key, its
hooks' secrets and its bucket and use its table, and a mailbox of yours from which to write, on another domain
than the desk's: --from, --smtp and --user, the password in PRONTO_SMTP_PASSWORD. The mention is posted to where the stage takes them, unless --hooks says where.
Without --stage a desk is started in this program, verified and forgotten.`,
		Example: "  pronto verify\n  pronto verify --stage live --from oleg@elsewhere.example --smtp smtp.elsewhere.example:587 --user oleg",
		RunE: func(c *cobra.Command, _ []string) error {
			if a, err := mail.ParseAddress(q.from); q.from != "" && (err != nil || a.Address != q.from) {
				return usage(c, fmt.Errorf("--from %q is no address: write it as oleg@elsewhere.example", q.from))
			}
			o := verify.Options{From: q.from, Hooks: q.hooks, Within: q.within, Snooze: q.snooze, Tell: func(s verify.Step) {
				state := "good"
				if !s.OK {
					state = "wrong"
				}
				fmt.Fprintf(c.OutOrStdout(), "%-6s %-8s +%7.3f s  %s", state, s.About, s.Took.Seconds(), s.Says)
				if s.Why != "" {
					fmt.Fprintf(c.OutOrStdout(), ": %s", s.Why)
				}
				fmt.Fprintln(c.OutOrStdout())
			}}
			var err error
			if q.stage == "" {
				err = q.here(c, o)
			} else {
				err = q.there(c, o)
			}
			if errors.Is(err, verify.ErrFailed) {
				return &exit{exitFailed, err}
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&q.stage, "stage", "", "the stage; without it a desk in this program is verified")
	f.StringVar(&q.stages, "stages", stagesFile(), "the file of stages (else stage.yaml in PRONTO_DESK)")
	f.StringVar(&q.policy, "policy", ruleBook(), "the rule book (PRONTO_POLICY; else policy.yaml in PRONTO_DESK)")
	f.BoolVar(&q.file, "by-file", false, byFile)
	f.StringVar(&q.brand, "brand", "", "the brand that is written to; the first unless given")
	f.StringVar(&q.from, "from", "", "your address, from which is written")
	f.StringVar(&q.smtp, "smtp", "", "your server for sending, as smtp.elsewhere.example:587")
	f.StringVar(&q.user, "user", "", "your name there; the password is PRONTO_SMTP_PASSWORD")
	f.StringVar(&q.hooks, "hooks", "", "where mentions are posted, as https://…/hooks/custom; the stage's own address unless given; - leaves them out")
	f.DurationVar(&q.within, "within", 2*time.Minute, "how long to wait for each step")
	f.DurationVar(&q.snooze, "snooze", 20*time.Second, "after which the clock must wake the conversation")
	return c
}

// here verifies a desk that is started for it.
func (q *verifying) here(c *cobra.Command, o verify.Options) (err error) {
	ctx := c.Context()
	p, problems, err := readPolicy(q.policy)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return &exit{exitProblems, fmt.Errorf("%s has problems: see pronto policy check", q.policy)}
	}
	if o.Brand, err = q.of(c, p); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "pronto-verify-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d, err := desk.Open(context.WithoutCancel(ctx), desk.Options{State: dir, Policy: q.policy, SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	if err != nil {
		return err
	}
	o.From = cmp.Or(q.from, "oleg@elsewhere.example")
	o.Hooks = d.PostTo() + "/hooks/custom"
	if q.hooks == "-" {
		o.Hooks = ""
	}
	o.Send = func(_ context.Context, from, to string, raw []byte) error {
		return smtp.SendMail(d.SMTP(), nil, from, []string{to}, raw)
	}
	return errors.Join(verify.Run(ctx, d.Setup, o), d.Close())
}

// of is the brand that is written to.
func (q *verifying) of(c *cobra.Command, p *policy.Policy) (*policy.Brand, error) {
	b := p.Brand(cmp.Or(q.brand, p.Brands[0].ID))
	if b == nil {
		return nil, usage(c, fmt.Errorf("--brand: no brand %q is in the rule book", q.brand))
	}
	return b, nil
}

// ours tells early what the file here knows: the mailbox is the desk's own.
func (q *verifying) ours() bool {
	p, problems, err := readPolicy(q.policy)
	return err == nil && len(problems) == 0 && p.Own(q.from)
}

func (q *verifying) own(c *cobra.Command) error {
	return usage(c, fmt.Errorf("--from: %s is the desk's own, and gets no receipts: take a mailbox elsewhere", q.from))
}

// there verifies a stage.
func (q *verifying) there(c *cobra.Command, o verify.Options) error {
	s, err := stage.Read(q.stages, q.stage)
	if err != nil {
		return usage(c, fmt.Errorf("--stage: %w", err))
	}
	host, _, err := net.SplitHostPort(q.smtp)
	switch {
	case q.from == "" || q.smtp == "" || err != nil:
		return usage(c, errors.New("say from which mailbox to write: --from, and --smtp as smtp.elsewhere.example:587"))
	case q.ours():
		return q.own(c)
	case q.hooks != "" && q.hooks != "-" && !strings.HasPrefix(q.hooks, "https://"):
		return usage(c, errors.New("--hooks begins with https://"))
	}
	var auth smtp.Auth
	if q.user != "" {
		auth = smtp.PlainAuth("", q.user, os.Getenv("PRONTO_SMTP_PASSWORD"), host) // never over a line that is not encrypted
	}
	o.Send = func(_ context.Context, from, to string, raw []byte) error {
		return smtp.SendMail(q.smtp, auth, from, []string{to}, raw)
	}
	in, err := (&rebuilding{policy: q.policy}).cloud(c.Context(), s)
	if err != nil {
		return err
	}
	if in.Rules, err = rulesOf(c.Context(), c.OutOrStdout(), in, q.policy, true, q.file); err != nil {
		return err
	}
	if in.Rules.Own(q.from) {
		return q.own(c)
	}
	if o.Brand, err = q.of(c, in.Rules); err != nil {
		return err
	}
	switch q.hooks {
	case "":
		at, err := postTo(c.Context(), in.AWS, s)
		if err != nil {
			return fmt.Errorf("%w, or say it with --hooks (the stack's outputs have it; - leaves mentions out)", err)
		}
		o.Hooks = at + "/hooks/custom"
	case "-":
		o.Hooks = ""
	}
	env := in.Env
	in.Env = func(name string) string {
		if name == setup.HookSecrets {
			return s.Prefix() + "-hooks"
		}
		return env(name)
	}
	return verify.Run(c.Context(), in, o)
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/spf13/cobra"

	"pronto/infra/pronto/desk"
	"pronto/infra/wiring"
	"pronto/shared/store"
)

// Where a desk is by default.
const (
	defaultSMTP  = "127.0.0.1:2525"
	defaultHTTP  = "127.0.0.1:8080"
	defaultState = ".pronto"
)

func newRun() *cobra.Command {
	o := desk.Options{Faults: os.Getenv("PRONTO_FAULTS") == "1"}
	o.HookURL = os.Getenv("PRONTO_HOOK_URL")
	o.HookSecrets = strings.FieldsFunc(os.Getenv("PRONTO_HOOK_SECRET"), func(r rune) bool { return r == ',' || r == ' ' })
	given, badPasswords := passwords(os.Getenv("PRONTO_MAILBOX_PASSWORDS"))
	o.Passwords = given
	c := &cobra.Command{
		Use: "run", Short: "Run the desk on this machine", Args: noArguments,
		Long: `Run starts the whole desk in this process, on an AWS of its own: mail comes in by SMTP, receipts are to be seen under /dev/outbox.

Mentions of the custom channel are posted to /hooks/custom, signed after Standard Webhooks with PRONTO_HOOK_SECRET (two with a comma between while they
rotate) or with a secret that is made and printed; its receipts and replies go to PRONTO_HOOK_URL, or into the outbox.

Mailboxes of the rule book are polled by IMAP with the passwords in PRONTO_MAILBOX_PASSWORDS, as {"name": "password"}; they are kept.

All it keeps is in the state directory; stop it at any time, also with kill -9. PRONTO_FAULTS=1 lets tests break things and turn the clock.`,
		Example: "  pronto run\n  pronto run --smtp 127.0.0.1:2526 --http 127.0.0.1:8081 --state /var/tmp/other",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := addresses(o.SMTP, o.HTTP); err != nil {
				return usage(c, err)
			}
			if badPasswords != nil {
				return usage(c, badPasswords)
			}
			desk.Collect()
			return run(c.Context(), c.OutOrStdout(), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.SMTP, "smtp", setting("PRONTO_SMTP", defaultSMTP), "where mail is taken (PRONTO_SMTP)")
	f.StringVar(&o.HTTP, "http", setting("PRONTO_HTTP", defaultHTTP), "where API, outbox and health are (PRONTO_HTTP)")
	f.StringVar(&o.State, "state", setting("PRONTO_STATE", defaultState), "directory of all that is kept (PRONTO_STATE)")
	f.StringVar(&o.Policy, "policy", ruleBook(), "the rule book (PRONTO_POLICY; else policy.yaml in PRONTO_DESK)")
	return c
}

// passwords reads those of the mailboxes that are polled.
func passwords(text string) (all map[string]string, err error) {
	if text != "" && json.Unmarshal([]byte(text), &all) != nil {
		return nil, errors.New(`PRONTO_MAILBOX_PASSWORDS: write it as {"name": "password"}, by the names that the rule book has under secret`) // the cause would quote them
	}
	return all, nil
}

func run(ctx context.Context, w io.Writer, o desk.Options) error {
	if _, _, err := readPolicy(o.Policy); err != nil {
		return err
	}
	began := time.Now()
	log := &behind{w: w}
	o.Log = log
	d, err := desk.Open(context.WithoutCancel(ctx), o)
	var broken *desk.PolicyError
	if errors.As(err, &broken) {
		return &exit{exitProblems, errors.New(allLines(broken))}
	}
	if err != nil {
		log.after("") // what was told says why, perhaps
		return err
	}
	log.after(welcome(d, o, time.Since(began)) + hooks(ctx, d, o) + changedSince(ctx, d) + "Ctrl-C stops it.\n\n")
	<-ctx.Done()
	fmt.Fprintln(w, "Stopping: what is under way is finished or stays queued.")
	if err := d.Close(); err != nil {
		return fmt.Errorf("stop the desk: %w", err)
	}
	return nil
}

// behind keeps what is told while the desk starts until it has been said what starts.
type behind struct {
	w    io.Writer
	mu   sync.Mutex
	told []byte
	on   bool
}

func (b *behind) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.on {
		return b.w.Write(line)
	}
	b.told = append(b.told, line...)
	return len(line), nil
}

// after says the words first, then what was told meanwhile, and from now on all at once.
func (b *behind) after(words string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fmt.Fprint(b.w, words, string(b.told))
	b.told, b.on = nil, true
}

func allLines(e *desk.PolicyError) string {
	var b strings.Builder
	b.WriteString("the rule book has " + count(len(e.Problems), "problem") + ":")
	for _, p := range e.Problems {
		b.WriteString("\n  " + line(p))
	}
	return b.String()
}

// welcome says what runs and what to do next.
func welcome(d *desk.Desk, o desk.Options, took time.Duration) string {
	var b strings.Builder
	state, err := filepath.Abs(o.State)
	if err != nil {
		state = o.State
	}
	fmt.Fprintf(&b, "Pronto is up after %d ms. State: %s\n\n", took.Milliseconds(), state)
	for _, brand := range d.Policy.Brands {
		e := d.OnCall(d.Setup.Now(), brand.ID)
		fmt.Fprintf(&b, "  %-11s %s has what arrives now (%s); a neutral mail is answered by %s\n", brand.Name, e.Assignee.Name, e.Assignee.ID, e.Due.Format("Monday 15:04 MST"))
	}
	fmt.Fprintf(&b, "  Console     %s/console\n", d.URL())
	fmt.Fprintf(&b, "  Mail in     %s, to %s\n", d.SMTP(), d.Policy.Brands[0].Addresses[0])
	fmt.Fprintf(&b, "  Mail out    %s/dev/outbox\n", d.URL())
	fmt.Fprintf(&b, "  The sum     %s/api/v1/reconciliation\n\n", d.URL())
	fmt.Fprintf(&b, "Try it in another terminal:\n\n  %s\n", tryDemo(o))
	fmt.Fprintf(&b, "  curl -sS --crlf smtp://%s --mail-from you@home.example --mail-rcpt %s -T - <<'END'\n", d.SMTP(), d.Policy.Brands[0].Addresses[0])
	fmt.Fprintf(&b, "From: Ada Marsh <you@home.example>\nSubject: My suitcase\nDate: %s\nMessage-ID: <%d@home.example>\n\n",
		d.Setup.Now().Format(time.RFC1123Z), d.Setup.Now().Unix())
	b.WriteString("My suitcase arrived broken and nobody answers the phone.\nEND\n\n")
	return b.String()
}

// changedSince says that a lead has changed the rule book since this file first ran here: then that stands, and not the file.
func changedSince(ctx context.Context, d *desk.Desk) string {
	h, err := store.New(dynamodb.NewFromConfig(d.Setup.AWS), wiring.Table).RuleHead(ctx, d.Policy.Version)
	if err != nil || h == nil || h.Version == h.File {
		return ""
	}
	return fmt.Sprintf("The rule book was changed while the desk ran: %s stands, by %s (pronto policy status; rollback goes back to the file).\n\n", h.Version, h.By)
}

// hooks says how mentions come in, with the secret to sign them if the desk made it itself.
func hooks(ctx context.Context, d *desk.Desk, o desk.Options) string {
	secrets, generated, err := d.HookSecrets(ctx)
	switch {
	case err != nil:
		return "Mentions cannot be taken: " + err.Error() + "\n\n"
	case !generated:
		return fmt.Sprintf("Mentions are posted to %s/hooks/custom, signed with your secret; what leaves goes %s.\n\n", d.PostTo(), whereTo(o))
	}
	return fmt.Sprintf("Mentions are posted to %s/hooks/custom, signed after Standard Webhooks with %s; what leaves goes %s.\n\n", d.PostTo(), secrets[0], whereTo(o))
}

func whereTo(o desk.Options) string {
	if o.HookURL == "" {
		return "into the outbox"
	}
	return "to PRONTO_HOOK_URL"
}

// tryDemo is the command line of a demo against this desk.
func tryDemo(o desk.Options) string {
	line := ".pronto/bin/pronto demo" // which make run has built; go run would build it once more
	if o.HTTP != defaultHTTP {
		line += " --http " + o.HTTP
	}
	return line
}

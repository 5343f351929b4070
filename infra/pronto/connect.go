package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"pronto/infra/local"
	"pronto/infra/pronto/connect"
	"pronto/infra/stage"
	"pronto/infra/wiring"
	"pronto/shared/channel/network"
	"pronto/shared/policy"
)

// connecting is what pronto connect is told.
type connecting struct {
	policy, stages, stage, state  string
	brand, handle, server, public string
	website                       string // what the account's owner is shown of who asks; "": nothing
	check                         bool
}

func newConnect() *cobra.Command {
	c := &cobra.Command{
		Use: "connect", Short: "Connect a brand's account at a network, or look how it stands", Args: noArguments,
		Long: `Connect asks for what it takes to use an account at a network, tries it at the network's server, and puts it where the desk finds it: into the secret of a
stage (--stage), or of the desk on this machine, which must not run meanwhile. Nothing secret is an argument, is shown, or is logged: it is read from the terminal without
echo, or from standard input.`,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	for _, name := range policy.Networks {
		c.AddCommand(connectTo(name))
	}
	return c
}

func connectTo(name string) *cobra.Command {
	var o connecting
	c := &cobra.Command{
		Use: name, Short: "Connect an account on " + strings.ToUpper(name[:1]) + name[1:], Args: noArguments,
		Example: fmt.Sprintf("  pronto connect %[1]s --stage live\n  pronto connect %[1]s --stage live --check", name),
		RunE: func(c *cobra.Command, _ []string) error {
			g, end, err := o.guide(c, name)
			if err != nil {
				return err
			}
			defer end()
			switch {
			case o.check:
				return g.Check(c.Context())
			case name == "bluesky":
				err = g.Bluesky(c.Context())
			default:
				err = g.Mastodon(c.Context())
			}
			if err == nil {
				o.advise(c.OutOrStdout(), g.Account)
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&o.brand, "brand", "", "the brand's id; may be left out where there is only one")
	f.StringVar(&o.handle, "handle", "", "the account, in full; may be left out where the rule book names only one")
	f.StringVar(&o.server, "server", "", "its server, where the rule book does not say")
	f.StringVar(&o.public, "public", "", "where networks reach the desk on this machine, as https://hooks.acme.example; of a stage it is found out, and what is said here holds only until the stage subscribes at its own HooksUrl, within minutes")
	f.StringVar(&o.stage, "stage", "", "the stage; left out: the desk on this machine")
	f.StringVar(&o.stages, "stages", stagesFile(), "the file of stages (else stage.yaml in PRONTO_DESK)")
	f.StringVar(&o.state, "state", setting("PRONTO_STATE", defaultState), "directory of all that the desk on this machine keeps (PRONTO_STATE)")
	f.StringVar(&o.policy, "policy", ruleBook(), "the rule book (PRONTO_POLICY; else policy.yaml in PRONTO_DESK)")
	f.BoolVar(&o.check, "check", false, "only look how an account stands that was connected before")
	return c
}

// guide makes ready what leads through it.
func (o *connecting) guide(c *cobra.Command, name string) (g *connect.Guide, end func(), err error) {
	account, err := o.account(name)
	if err != nil {
		return nil, nil, err
	}
	client, err := network.NewClient(besides(account.Server)...)
	if err != nil {
		return nil, nil, err
	}
	vault, end, err := o.vault(c.Context(), c.OutOrStdout())
	if err != nil {
		return nil, nil, err
	}
	in := bufio.NewReader(c.InOrStdin())
	g = &connect.Guide{
		Account: account, HTTP: client, Vault: vault, Public: strings.TrimRight(o.public, "/"), Website: o.website, Now: time.Now, Out: c.OutOrStdout(),
		Ask:    func(prompt string) (string, error) { return prompted(c.OutOrStdout(), in, prompt) },
		Secret: func(prompt string) (string, error) { return unseen(c, in, prompt) },
	}
	return g, end, nil
}

// account finds the account in the rule book, or takes what was named.
func (o *connecting) account(name string) (network.Account, error) {
	p, problems, err := readPolicy(o.policy)
	if err != nil {
		return network.Account{}, err
	}
	if len(problems) > 0 {
		return network.Account{}, &exit{exitProblems, fmt.Errorf("%s has problems: see pronto policy check", o.policy)}
	}
	if o.brand == "" && len(p.Brands) == 1 {
		o.brand = p.Brands[0].ID
	}
	b := p.Brand(o.brand)
	if b == nil {
		return network.Account{}, &exit{exitUsage, errors.New("--brand is none of the rule book's brands")}
	}
	o.handle = strings.ToLower(strings.TrimPrefix(o.handle, "@"))
	i := slices.IndexFunc(b.Channels, func(u policy.Use) bool { return u.Channel == name })
	var known []policy.Account
	if i >= 0 {
		known = b.Channels[i].Accounts
	}
	if o.handle == "" && len(known) != 1 {
		return network.Account{}, &exit{exitUsage, errors.New(which(name, b, known))}
	}
	for _, a := range known {
		if o.handle == "" || a.Handle == o.handle {
			return network.Account{Brand: b.ID, Channel: name, Handle: a.Handle, Server: a.Server}, nil
		}
	}
	return o.named(b, name)
}

// which asks for one account, by those that the rule book has.
func which(name string, b *policy.Brand, known []policy.Account) string {
	if len(known) == 0 {
		return fmt.Sprintf("the rule book has no account of %s's on %s: add it under channels.%s.accounts (docs/channels/%s.md), or name it in full with --handle", b.Name, name, name, name)
	}
	var all []string
	for _, a := range known {
		all = append(all, a.Handle)
	}
	return "--handle: say which of " + b.Name + "'s accounts: " + strings.Join(all, ", ")
}

// named is an account that the rule book does not have yet.
func (o *connecting) named(b *policy.Brand, name string) (network.Account, error) {
	a, err := policy.NewAccount(name, o.handle, o.server)
	if err != nil {
		return network.Account{}, &exit{exitUsage, err}
	}
	return network.Account{Brand: b.ID, Channel: name, Handle: a.Handle, Server: a.Server}, nil
}

// advise says what the rule book still needs.
func (o *connecting) advise(w io.Writer, a network.Account) {
	p, problems, err := readPolicy(o.policy)
	if err != nil || len(problems) > 0 || p.OwnAccount(a.Channel, a.Handle) {
		return
	}
	fmt.Fprintf(w, "\nAdd it to %s under the brand %s, and roll that out:\n\n    channels:\n      %s:\n        accounts:\n          - {handle: %q, server: %q}\n", o.policy, a.Brand, a.Channel, a.Handle, a.Server)
}

// vault opens the secrets of a stage, or of the desk on this machine.
func (o *connecting) vault(ctx context.Context, w io.Writer) (connect.Vault, func(), error) {
	if o.stage == "" {
		return localVault(ctx, o.state)
	}
	s, err := stage.Read(o.stages, o.stage)
	if err != nil {
		return connect.Vault{}, nil, &exit{exitUsage, fmt.Errorf("--stage: %w", err)}
	}
	d, err := examine(ctx, s)
	if err != nil {
		return connect.Vault{}, nil, err
	}
	if o.public == "" {
		if o.public, err = postTo(ctx, d.AWS, s); err != nil {
			fmt.Fprintf(w, "%v, or say it with --public.\n", err)
		}
	}
	if s.Domain != nil {
		o.website = "https://" + s.Domain.Name
	}
	return connect.Vault{Client: secretsmanager.NewFromConfig(d.AWS), ID: s.Prefix() + "-accounts"}, func() {}, nil
}

func localVault(ctx context.Context, state string) (connect.Vault, func(), error) {
	a, err := local.Open(ctx, local.Options{Dir: state})
	if err != nil {
		return connect.Vault{}, nil, fmt.Errorf("the state of the desk on this machine (%s): %w: stop pronto run meanwhile", state, err)
	}
	cfg, err := a.Config(ctx)
	if err != nil {
		_ = a.Close()
		return connect.Vault{}, nil, err
	}
	return connect.Vault{Client: secretsmanager.NewFromConfig(cfg), ID: wiring.AccountSecrets}, func() { _ = a.Close() }, nil
}

// besides is the server as host:port, where it is on this machine.
func besides(server string) []string {
	u, err := url.Parse(server)
	if err != nil || u.Port() == "" {
		return nil
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && !ip.IsLoopback() {
		return nil
	}
	return []string{u.Host}
}

func prompted(w io.Writer, in *bufio.Reader, prompt string) (string, error) {
	fmt.Fprint(w, prompt)
	text, err := in.ReadString('\n')
	if err != nil && (text == "" || !errors.Is(err, io.EOF)) {
		return "", fmt.Errorf("nothing was given: %w", err)
	}
	return strings.TrimRight(text, "\r\n"), nil
}

// unseen reads a line that a terminal does not show.
func unseen(c *cobra.Command, in *bufio.Reader, prompt string) (string, error) {
	f, ok := c.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return prompted(c.OutOrStdout(), in, prompt)
	}
	fmt.Fprint(c.OutOrStdout(), prompt)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(c.OutOrStdout())
	if err != nil {
		return "", fmt.Errorf("nothing was given: %w", err)
	}
	return string(b), nil
}

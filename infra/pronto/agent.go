package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"pronto/infra/stage"
	"pronto/shared/policy"
	"pronto/shared/setup"
)

func newAgent() *cobra.Command {
	c := &cobra.Command{
		Use: "agent", Short: "Who may sign in, as which agent of the rule book, with which role and brands", Args: noArguments,
		Long: `Agents are in the rule book: who stands there under agents, and signs in by its id or by one of its sign_in names, is that agent. These commands change that part of the file
and leave the rest as it is, comments and all. What they would write is checked first; a mistake is told and nothing is written. The change counts with the next deployment.`,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newAgentList(), newAgentAdd(), newAgentRemove())
	return c
}

func newAgentList() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "list", Short: "List the agents with role, brands, and by which names they sign in", Args: noArguments,
		Example: "  pronto agent list",
		RunE: func(c *cobra.Command, _ []string) error {
			p, problems, err := readPolicy(file)
			if err != nil {
				return err
			}
			if len(problems) > 0 {
				return &exit{exitProblems, fmt.Errorf("%s has problems: see pronto policy check", file)}
			}
			for _, a := range p.Agents {
				var roles []string
				for _, b := range a.Brands {
					roles = append(roles, b+" ("+string(a.RoleAt(b))+")")
				}
				signs := strings.Join(append([]string{a.ID}, a.SignIns...), ", ")
				fmt.Fprintf(c.OutOrStdout(), "%-16s %-24s %s; signs in as %s%s\n", a.ID, a.Name, strings.Join(roles, ", "), signs, offRota(p, a))
			}
			return nil
		},
	}
	c.Flags().StringVar(&file, "policy", ruleBook(), "the rule book (PRONTO_POLICY; else policy.yaml in PRONTO_DESK)")
	return c
}

// offRota says of an agent who is on no rota that nothing is assigned to him.
func offRota(p *policy.Policy, a *policy.Agent) string {
	for _, b := range p.Brands {
		for _, l := range b.Schedule.Layers {
			if slices.Contains(l.Rotation.Agents, a.ID) {
				return ""
			}
		}
	}
	return "; on no rota"
}

// newcomer is an agent to be added.
type newcomer struct {
	ID        string              `yaml:"id"`
	Name      string              `yaml:"name"`
	Role      string              `yaml:"role,omitempty"`
	Languages []string            `yaml:"languages,flow"`
	Brands    []string            `yaml:"brands,flow,omitempty"`
	Leads     []string            `yaml:"leads,flow,omitempty"`
	SignIn    []string            `yaml:"sign_in,omitempty"`
	Zone      string              `yaml:"time_zone,omitempty"`
	Page      []map[string]string `yaml:"page"`
}

func newAgentAdd() *cobra.Command {
	var n newcomer
	var file, mail, stageName string
	c := &cobra.Command{
		Use: "add ID", Short: "Add an agent, and give him a sign-in", Args: oneID,
		Long: `Add writes an agent into the rule book. Who signs in is known by the name that your sign-in gives him: in the stack's own user pool that is the agent's id; give --sign-in for
another name, or for the subject that another identity provider has for him. With --stage it makes the user in that stage's pool, with credentials of its account, and Cognito
sends him a password for the first time. If that fails, the rule book is changed all the same, and the commands that make the user are told. A user who is there already under the id is not opened again: who had the id
before would sign in by it. The commands that remove and remake it are told.`,
		Example: "  pronto agent add marta --name \"Marta Lindqvist\" --languages en,it --brands acme-air --mail marta@staff.acme.example --stage live\n" +
			"  pronto agent add oleg --name \"Oleg Savchuk\" --languages en --role lead --sign-in okta_00u1abcd --mail oleg@staff.acme.example",
		RunE: func(c *cobra.Command, args []string) error {
			n.ID, n.Page = args[0], []map[string]string{{"mail": mail}}
			switch {
			case n.Name == "":
				return usage(c, errors.New("--name: say the name that signs the receipts"))
			case len(n.Languages) == 0:
				return usage(c, errors.New("--languages: say what the agent answers in, as en,it"))
			case mail == "":
				return usage(c, errors.New("--mail: say by which address the agent is paged"))
			}
			if err := change(file, func(data []byte) ([]byte, error) { return added(data, n) }); err != nil {
				return err
			}
			w := c.OutOrStdout()
			fmt.Fprintf(w, "%s is an agent of %s. Nothing is assigned before he stands in a rota: add %s to a layer.\n", n.Name, file, n.ID)
			return giveSignIn(c.Context(), w, stageName, n.ID, mail, len(n.SignIn) == 0)
		},
	}
	f := c.Flags()
	f.StringVar(&file, "policy", ruleBook(), "the rule book (PRONTO_POLICY; else policy.yaml in PRONTO_DESK)")
	f.StringVar(&n.Name, "name", "", "as it signs the receipts")
	f.StringVar(&n.Role, "role", "", "agent, lead or admin; agent unless given")
	f.StringSliceVar(&n.Languages, "languages", nil, "what the agent answers in, as en,it")
	f.StringSliceVar(&n.Brands, "brands", nil, "the brands that the agent answers for; all unless given")
	f.StringSliceVar(&n.Leads, "leads", nil, "the brands at which an agent is a lead")
	f.StringSliceVar(&n.SignIn, "sign-in", nil, "by which name, or subject of an identity provider, the agent signs in, beside the id")
	f.StringVar(&n.Zone, "zone", "", "where the agent lives, as Europe/Rome")
	f.StringVar(&mail, "mail", "", "the address by which the agent is paged, and invited to sign in")
	f.StringVar(&stageName, "stage", "", "the stage in whose user pool the agent shall sign in")
	return c
}

func oneID(c *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usage(c, errors.New("name one agent by his id, as marta"))
	}
	return nil
}

// giveSignIn makes a user of a stage's pool: nobody signs up alone. If it cannot, it tells the commands that do.
func giveSignIn(ctx context.Context, w io.Writer, name, id, mail string, byID bool) error {
	if name == "" || !byID {
		return nil
	}
	s, err := stage.Read(stagesFile(), name)
	if err != nil {
		return &exit{exitUsage, fmt.Errorf("--stage: %w", err)}
	}
	p, err := openPool(ctx, s)
	if err == nil {
		var words string
		if words, err = p.invite(ctx, id, mail); err == nil {
			_, err = fmt.Fprintln(w, words)
			return err
		}
	}
	var there *signInThere
	if errors.As(err, &there) {
		fmt.Fprintf(w, "No sign-in was made: the pool has %s already, with the password and the authenticator of whoever had that id. If it is another person's, or you do not know whose, remove it, and make it anew:\n  %s\n"+
			"  aws cognito-idp admin-delete-user --region %s --user-pool-id \"$pool\" --username %s\n%sIf it is the same person's, who has both still, open it:\n"+
			"  aws cognito-idp admin-enable-user --region %s --user-pool-id \"$pool\" --username %s\n", id, poolOf(s), s.Region, id, creating(s, id, mail), s.Region, id)
		return err
	}
	fmt.Fprintf(w, "The sign-in could not be made. Give it, once the stage is deployed (he is sent a password for the first time, and needs an authenticator app):\n  %s\n%s", poolOf(s), creating(s, id, mail))
	return err
}

// creating is the command that makes a user of a stage's pool.
func creating(s *stage.Stage, id, mail string) string {
	return fmt.Sprintf("  aws cognito-idp admin-create-user --region %s --user-pool-id \"$pool\" --username %s --user-attributes Name=email,Value=%s Name=email_verified,Value=true\n", s.Region, id, mail)
}

// endSignIn ends what a stage's pool has of an agent.
func endSignIn(ctx context.Context, s *stage.Stage, id string) (words string, err error) {
	p, err := openPool(ctx, s)
	if err != nil {
		return "", err
	}
	return p.end(ctx, id)
}

// poolOf is the command that finds a stage's user pool.
func poolOf(s *stage.Stage) string {
	return fmt.Sprintf("pool=$(aws cognito-idp list-user-pools --region %s --max-results 60 --query \"UserPools[?Name=='%s-agents'].Id\" --output text)", s.Region, s.Prefix())
}

// maxBook bounds a rule book that is changed.
const maxBook = 2 << 20

// change writes a rule book anew, if what would be written has no problems. Whoever reads it meanwhile reads the one or the other, whole.
func change(file string, edit func([]byte) ([]byte, error)) error {
	was, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the rule book: %w", err)
	}
	if len(was) > maxBook {
		return fmt.Errorf("%s is larger than any rule book", file)
	}
	is, err := edit(was)
	if err != nil {
		return err
	}
	dir := filepath.Dir(file)
	f, err := os.CreateTemp(dir, ".pronto-*.yaml")
	if err != nil {
		return fmt.Errorf("write the rule book: %w", err)
	}
	defer os.Remove(f.Name())
	info, err := os.Stat(file)
	if err == nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if err == nil {
		_, err = f.Write(is)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the rule book: %w", err)
	}
	_, problems, err := setup.ReadPolicy(f.Name()) // beside the files that it names
	if err != nil {
		return fmt.Errorf("read the rule book: %w", err)
	}
	if len(problems) > 0 {
		words := "nothing was written, for the rule book would have " + count(len(problems), "problem") + ":"
		for _, p := range problems {
			p.File = file
			words += "\n  " + line(p)
		}
		return &exit{exitProblems, errors.New(words)}
	}
	return os.Rename(f.Name(), file)
}

// agentsOf finds the list of agents in a rule book.
func agentsOf(data []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, &exit{exitProblems, errors.New("the rule book has problems: see pronto policy check")}
	}
	top := doc.Content[0].Content
	for i := 0; i+1 < len(top); i += 2 {
		if list := top[i+1]; top[i].Value == "agents" && list.Kind == yaml.SequenceNode && list.Style&yaml.FlowStyle == 0 && len(list.Content) > 0 {
			return list, nil
		}
	}
	return nil, errors.New("the rule book has no list of agents with a dash for each: write the first one by hand")
}

func idOf(agent *yaml.Node) string {
	for i := 0; i+1 < len(agent.Content); i += 2 {
		if agent.Content[i].Value == "id" {
			return agent.Content[i+1].Value
		}
	}
	return ""
}

// lastLine is where a node ends, in lines from 1: a text of several lines ends where the next less indented one begins.
func lastLine(n *yaml.Node, lines []string) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c, lines))
	}
	if n.Kind == yaml.ScalarNode && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		last += strings.Count(strings.TrimRight(n.Value, "\n"), "\n") + 1
	}
	return min(last, len(lines))
}

// added is a rule book with one agent more, behind the last.
func added(data []byte, n newcomer) ([]byte, error) {
	list, err := agentsOf(data)
	if err != nil {
		return nil, err
	}
	for _, a := range list.Content {
		if idOf(a) == n.ID {
			return nil, &exit{exitUsage, fmt.Errorf("%s is an agent already: change him in the rule book, or remove him first", n.ID)}
		}
	}
	var block bytes.Buffer
	e := yaml.NewEncoder(&block)
	e.SetIndent(2)
	if err := errors.Join(e.Encode([]newcomer{n}), e.Close()); err != nil {
		return nil, fmt.Errorf("write an agent: %w", err)
	}
	indent := strings.Repeat(" ", list.Column-1)
	lines := strings.SplitAfter(string(data), "\n")
	at := lastLine(list, lines)
	if !strings.HasSuffix(lines[at-1], "\n") {
		lines[at-1] += "\n"
	}
	text := "\n"
	for l := range strings.Lines(block.String()) {
		text += indent + l
	}
	return []byte(strings.Join(lines[:at], "") + text + strings.Join(lines[at:], "")), nil
}

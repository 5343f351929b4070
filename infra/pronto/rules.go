package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"pronto/functions/console/work"
	"pronto/infra/stage"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// ruling is a change of the rule book while the desk runs: of the one on this machine in the name of a lead, of a stage with the account's credentials.
type ruling struct {
	asking
	stage, stages string
	why           string
}

func (q *ruling) flags(c *cobra.Command) {
	q.asking.own(c)
	f := c.Flags()
	f.StringVar(&q.stage, "stage", "", "a stage, with credentials for its account; without it the desk at --http is asked")
	f.StringVar(&q.stages, "stages", stagesFile(), "the file of stages (else stage.yaml in PRONTO_DESK)")
}

// open gives the versions of a stage, and who asks: a role of the account.
func (q *ruling) open(c *cobra.Command) (*rulebook.Book, rulebook.Who, error) {
	var who rulebook.Who
	s, err := stage.Read(q.stages, q.stage)
	if err != nil {
		return nil, who, usage(c, fmt.Errorf("--stage: %w", err))
	}
	in, by, err := asOperator(c.Context(), s, q.policy)
	if err != nil {
		return nil, who, err
	}
	b, err := rulebook.Deployed(c.Context(), store.New(dynamodb.NewFromConfig(in.AWS), in.Env(setup.Table)), rulebook.Bucket{S3: in.S3(), Name: in.Env(setup.Bucket)}, in.Now)
	return b, rulebook.Who{ID: by, Operator: true}, err
}

// asOperator is a stage as it is reached with the account's credentials, and how whose these are is named.
func asOperator(ctx context.Context, s *stage.Stage, file string) (*setup.Setup, string, error) {
	in, err := (&rebuilding{policy: file}).cloud(ctx, s)
	if err != nil {
		return nil, "", err
	}
	id, err := sts.NewFromConfig(in.AWS).GetCallerIdentity(ctx, nil)
	if err != nil {
		return nil, "", fmt.Errorf("ask AWS who you are: %w", err)
	}
	return in, operator(aws.ToString(id.Arn)), nil
}

// operator is how somebody with the account's credentials is named: by user, or role and session.
func operator(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	return "operator:" + parts[len(parts)-1]
}

// rules are the commands that change the rule book while the desk runs.
func rules() []*cobra.Command {
	return []*cobra.Command{newRuleStatus(), newRulePreview(), newPropose(), newApprove(), newRefuse(), newRuleRollback()}
}

// command is one of them: there does it to a stage, here asks the desk.
func (q *ruling) command(use, short, long, example string, args cobra.PositionalArgs, there func(c *cobra.Command, b *rulebook.Book, who rulebook.Who, args []string) error, here func(c *cobra.Command, args []string) error) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Long: long, Example: example, Args: args, RunE: func(c *cobra.Command, args []string) error {
		if q.stage == "" {
			if _, err := q.settle(); err != nil {
				return err
			}
			return here(c, args)
		}
		b, who, err := q.open(c)
		if err != nil {
			return err
		}
		return unruly(there(c, b, who, args))
	}}
	q.flags(c)
	return c
}

// unruly tells what is wrong with a rule book line by line.
func unruly(err error) error {
	var no *rulebook.Refused
	if errors.As(err, &no) && len(no.Problems) > 0 {
		var lines []string
		for _, p := range no.Problems {
			lines = append(lines, line(p))
		}
		return &exit{exitProblems, errors.New(strings.Join(lines, "\n"))}
	}
	return err
}

func exactlyOne(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(c, fmt.Errorf("name %s", what))
		}
		return nil
	}
}

func newRuleStatus() *cobra.Command {
	q := &ruling{}
	return q.command("status", "Tell which rule book stands, what waits for another lead, and all versions",
		`Status tells which version of the rule book stands and since when, what waits for another lead, what was changed at the console and is not in what was deployed since, and
lists the versions, newest first.`,
		"  pronto policy status\n  pronto policy status --stage live", noArguments,
		func(c *cobra.Command, b *rulebook.Book, _ rulebook.Who, _ []string) error {
			s, err := b.Standing(c.Context())
			if err != nil {
				return err
			}
			w := c.OutOrStdout()
			stands(w, s.Policy.Version, s.Head.File, s.Head.By, s.Head.At, s.Left(), s.Broken)
			for _, r := range s.Versions {
				state := string(r.State)
				if r.State == desk.RulesProposed && !r.Open(b.Now()) {
					state = "expired"
				}
				oneVersion(w, r.Version, state, r.Version == s.Policy.Version, r.By, r.At, r.Why, r.Decided, r.Changes)
			}
			if p, problems, err := readPolicy(q.policy); err == nil && len(problems) == 0 && p.Version != s.Head.File {
				fmt.Fprintf(w, "%s here is %s, not the file that is deployed: a deployment begins with it.\n", q.policy, p.Version)
			}
			return nil
		},
		func(c *cobra.Command, _ []string) error {
			var is work.Rules
			if err := q.ask(c.Context(), http.MethodGet, "/policy", nil, &is); err != nil {
				return err
			}
			listed(c.OutOrStdout(), is)
			return nil
		})
}

func listed(w io.Writer, is work.Rules) {
	var at time.Time
	if is.At != nil {
		at = *is.At
	}
	stands(w, is.Version, is.File, is.By, at, is.Left, is.Broken)
	for _, v := range is.Items {
		oneVersion(w, v.Version, v.State, v.Stands, v.By, v.At, v.Why, v.Decided, v.Changes)
	}
}

func stands(w io.Writer, is, file, by string, at time.Time, left, broken string) {
	fmt.Fprintf(w, "%s stands", is)
	if !at.IsZero() {
		fmt.Fprintf(w, " since %s, by %s", at.Format(time.RFC3339), by)
	}
	if is != file {
		fmt.Fprintf(w, "; deployed is %s", file)
	}
	fmt.Fprintln(w, ".")
	if broken != "" {
		fmt.Fprintf(w, "What should stand cannot be read, and the deployed file stands in its place: %s\n", broken)
	}
	if left != "" {
		fmt.Fprintf(w, "%s was made at the console on another file, and is not in what was deployed since: propose it anew, or take it into policy.yaml.\n", left)
	}
}

func oneVersion(w io.Writer, name, state string, stands bool, by string, at time.Time, why, decided string, changes []policy.Change) {
	mark := " "
	if stands {
		mark = "*"
	}
	fmt.Fprintf(w, "%s %s  %s  %-9s by %s", mark, name, at.Format(time.DateTime), state, by)
	if decided != "" && decided != by {
		fmt.Fprintf(w, ", decided by %s", decided)
	}
	if why != "" {
		fmt.Fprintf(w, ": %s", why)
	}
	fmt.Fprintln(w)
	for i, c := range changes {
		if i == 5 {
			fmt.Fprintf(w, "      and %d more\n", len(changes)-i)
			break
		}
		fmt.Fprintf(w, "      %s (%s)\n", c.Field, c.Reach.Short())
	}
}

func newRulePreview() *cobra.Command {
	q := &ruling{}
	var day string
	c := q.command("preview FILE", "Tell what another rule book would have made of yesterday's messages, or of a day's",
		`Preview judges the messages that opened conversations yesterday (UTC) and, where these are fewer than 100, on the days before, seven in all; or on the day that is given: by the rule book that stands and by the one in the file, and tells what would have
been otherwise: priority, assignee, due, receipt or silence, pages, texts; 500 at most, an even sample of a day that had more. It changes nothing. A message is judged by its first words.`,
		"  pronto policy preview new.yaml\n  pronto policy preview new.yaml --stage live --day 2026-11-26", exactlyOne("the file of the other rule book"),
		func(c *cobra.Command, b *rulebook.Book, who rulebook.Who, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			d, err := b.Draft(c.Context(), who, rulebook.Proposal{Text: string(text)})
			if err != nil {
				return err
			}
			var all []desk.Preview
			for _, brand := range d.Standing.Policy.Brands {
				if d.Policy.Brand(brand.ID) == nil || q.brand != "" && q.brand != brand.ID {
					continue
				}
				v, err := b.Preview(c.Context(), d, brand.ID, day, 500)
				if err != nil {
					return err
				}
				all = append(all, v)
			}
			previewed(c.OutOrStdout(), d.Reach, d.Changes, all)
			return nil
		},
		func(c *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			var is work.RulesDraft
			if err := q.ask(c.Context(), http.MethodPost, "/policy/preview", map[string]string{"policy": string(text), "day": day}, &is); err != nil {
				return err
			}
			previewed(c.OutOrStdout(), is.Reach, is.Changes, is.Previews)
			return nil
		})
	c.Flags().StringVar(&day, "day", "", "one UTC day (default: yesterday, and days before it where that had few)")
	return c
}

func previewed(w io.Writer, reach policy.Reach, changes []policy.Change, all []desk.Preview) {
	for _, c := range changes {
		fmt.Fprintf(w, "%s (%s)\n", c.Field, c.Reach.Short())
	}
	fmt.Fprintf(w, "Altogether %s\n", reach.Words())
	for _, v := range all {
		sample := ""
		if v.More {
			sample = ", an even sample of what came"
		}
		if days := ofDays(v); days != "" {
			sample += " (" + days + ")"
		}
		if v.Differ == 0 {
			fmt.Fprintf(w, "%s, %s: of %s%s no difference.\n", v.Brand, v.Span(), count(v.Messages, "message"), sample)
			continue
		}
		fmt.Fprintf(w, "%s, %s: of %s%s %d would have been treated in another way: priority %d, assignee %d, due %d, receipt %d, pages %d, words alone %d.\n",
			v.Brand, v.Span(), count(v.Messages, "message"), sample, v.Differ, v.Priority, v.Assignee, v.Due, v.Receipt, v.Pages, v.Text)
		for _, x := range v.Samples {
			fmt.Fprintf(w, "  %s, %s: %s → %s\n", x.Conversation, strings.Join(x.Differs, ", "), treated(x.Was, x.Differs), treated(x.Is, x.Differs))
		}
	}
}

// ofDays tells how many were judged of each day, where there are several: 2026-11-22: 3, 2026-11-20: 11.
func ofDays(v desk.Preview) string {
	var all []string
	for _, d := range v.Days {
		if d.Messages > 0 && len(v.Days) > 1 {
			all = append(all, fmt.Sprintf("%s: %d", d.Day, d.Messages))
		}
	}
	return strings.Join(all, ", ")
}

// treated is what was made of a message, in the points that differ: in the others both sides are the same.
func treated(t desk.Treated, differs []string) string {
	due := "no promise"
	if !t.Due.IsZero() {
		due = "by " + t.Due.Format("Mon 15:04:05 MST")
	}
	is := map[string]string{
		"priority": string(t.Priority), "assignee": t.Assignee, "due": due, "receipt": "receipt " + strings.TrimSpace(t.Receipt+" "+t.Language),
		"pages": "calls " + cmp.Or(strings.Join(t.Pages, ", "), "nobody"), "text": strconv.Quote(t.Text),
	}
	var all []string
	for _, d := range differs {
		all = append(all, is[d])
	}
	return strings.Join(all, ", ")
}

func newPropose() *cobra.Command {
	q := &ruling{}
	c := q.command("propose FILE", "Change the rule book while the desk runs, or ask another lead to agree",
		`Propose makes the rule book in the file stand: at once where it changes only how we work, as rota and targets do. What changes what leaves the house, to whom, or who may do what waits
until another lead agrees, for three days. What the stack must know of, as a new domain, is refused: that takes a deployment.`,
		"  pronto policy propose new.yaml --why \"winter rota\"\n  pronto policy propose new.yaml --stage live --why \"winter rota\"", exactlyOne("the file of the new rule book"),
		func(c *cobra.Command, b *rulebook.Book, who rulebook.Who, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			if strings.TrimSpace(q.why) == "" {
				return usage(c, errors.New("--why is missing: say why, as it shall stand in the audit"))
			}
			r, err := b.Propose(c.Context(), who, rulebook.Proposal{Text: string(text), Why: q.why})
			if err == nil {
				outcome(c.OutOrStdout(), r)
			}
			return err
		},
		func(c *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			return q.change(c, "/policy/proposals", map[string]string{"policy": string(text), "why": q.why})
		})
	c.Flags().StringVar(&q.why, "why", "", "the reason, as it stands in the audit")
	return c
}

// change asks the desk to change something, and tells what stands then.
func (q *ruling) change(c *cobra.Command, path string, order any) error {
	var is work.Rules
	if err := q.ask(c.Context(), http.MethodPost, path, order, &is); err != nil {
		return err
	}
	listed(c.OutOrStdout(), is)
	return nil
}

func outcome(w io.Writer, r desk.RuleBook) {
	if r.State == desk.RulesProposed {
		fmt.Fprintf(w, "%s waits until another lead agrees, until %s: at the console, or pronto policy approve %s\n", r.Version, r.At.Add(desk.RulesWait).Format(time.RFC3339), r.Version)
		return
	}
	fmt.Fprintf(w, "%s stands. Functions that are warm go by it within %s.\n", r.Version, rulebook.Every)
}

func newApprove() *cobra.Command {
	q := &ruling{}
	return q.command("approve VERSION", "Agree to a change of the rule book that somebody else has proposed",
		`Approve agrees to a proposal, and lets it stand. Who proposed it cannot. With --stage it is you who agrees, by your role in the account: so a desk with one lead can change its rule book,
too. The audit names you.`,
		"  pronto policy approve 15865047bb02 --stage live", exactlyOne("the version, as pronto policy status has it"),
		func(c *cobra.Command, b *rulebook.Book, who rulebook.Who, args []string) error {
			r, err := b.Approve(c.Context(), who, args[0])
			if err == nil {
				outcome(c.OutOrStdout(), r)
			}
			return err
		},
		func(c *cobra.Command, args []string) error {
			return q.change(c, "/policy/versions/"+args[0]+"/approve", nil)
		})
}

func newRefuse() *cobra.Command {
	q := &ruling{}
	c := q.command("refuse VERSION", "Refuse a proposed change of the rule book, or withdraw one's own", "", "  pronto policy refuse 15865047bb02 --why \"not before January\"",
		exactlyOne("the version, as pronto policy status has it"),
		func(c *cobra.Command, b *rulebook.Book, who rulebook.Who, args []string) error {
			r, err := b.Refuse(c.Context(), who, args[0], q.why)
			if err == nil {
				fmt.Fprintf(c.OutOrStdout(), "%s is %s.\n", r.Version, r.State)
			}
			return err
		},
		func(c *cobra.Command, args []string) error {
			return q.change(c, "/policy/versions/"+args[0]+"/refuse", map[string]string{"why": q.why})
		})
	c.Flags().StringVar(&q.why, "why", "", "the reason, as it stands in the audit")
	return c
}

func newRuleRollback() *cobra.Command {
	q := &ruling{}
	var from, to string
	c := q.command("rollback", "Let the rule book before stand again",
		`Rollback lets the version stand again that stood before, or the one named with --to, if it has stood. It was agreed to then, and needs nobody again.`,
		"  pronto policy rollback --stage live --why \"wrong hours\"\n  pronto policy rollback --to 15865047bb02", noArguments,
		func(c *cobra.Command, b *rulebook.Book, who rulebook.Who, _ []string) error {
			r, err := b.Rollback(c.Context(), who, from, to, q.why)
			if err == nil {
				fmt.Fprintf(c.OutOrStdout(), "%s stands again. Functions that are warm go by it within %s.\n", r.Version, rulebook.Every)
			}
			return err
		},
		func(c *cobra.Command, _ []string) error {
			return q.change(c, "/policy/rollback", map[string]string{"from": from, "to": to, "why": q.why})
		})
	f := c.Flags()
	f.StringVar(&from, "from", "", "the version that stands, as you know it: where another does, nothing is done")
	f.StringVar(&to, "to", "", "a version that has stood (default: the one before)")
	f.StringVar(&q.why, "why", "", "the reason, as it stands in the audit")
	return c
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
	"github.com/spf13/cobra"

	"pronto/infra/local/clock"
	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/rebuild"
	"pronto/infra/stage"
	"pronto/shared/setup"
)

// rebuilding is where a table is made anew.
type rebuilding struct {
	stage, stages, table, state, policy, until string
	resume, file                               bool
}

func newRebuild() *cobra.Command {
	var q rebuilding
	c := &cobra.Command{
		Use: "rebuild", Short: "Make an empty table anew from the raw mails, mentions and agents' words in the bucket", Args: noArguments,
		Long: `Rebuild takes everything that lies in the bucket once more, in its order of time, into an empty table. It sends nothing, and leaves out who was forgotten. What agents
corrected, and did to no conversation (cards, blocks, the rota), is not in the bucket: where a backup of the table is left, restore that instead.

--until says when the past ended: when the table was lost, or the desk was stopped before that, in UTC as 2026-11-23T14:05:00Z. What came later is left to intake, which has
its notices, and to reconcile; answers, warnings and pages that fell due later leave when the desk runs again.

It goes by the rule book that stands, as the desk's functions do. Of an empty table nobody knows which did: then by the file in --policy, which should be the deployed one.
--by-file goes by that file in any case.

With --stage it wants credentials for the stage's account that may read its bucket and key and write the table; stop the function intake before (docs/operations.md). With
--state it works on a stopped desk of this machine. It may be interrupted; --resume goes on, and must before the desk runs again.`,
		Example: "  pronto rebuild --stage live --until 2026-11-23T14:05:00Z\n  pronto rebuild --state .pronto --until 2026-11-23T14:05:00Z",
		RunE: func(c *cobra.Command, _ []string) error {
			until, err := time.Parse(time.RFC3339, q.until)
			if err != nil {
				return usage(c, errors.New("--until: say when the table was lost, as 2026-11-23T14:05:00Z"))
			}
			s, done, err := q.open(c)
			if err != nil {
				return err
			}
			w := c.OutOrStdout()
			began := time.Now()
			report, err := rebuild.Run(c.Context(), s, rebuild.Options{
				Until: until, Resume: q.resume,
				Progress: func(n, of int) { fmt.Fprintf(w, "%d of %d\n", n, of) },
				Trouble:  func(key string, err error) { fmt.Fprintf(w, "not taken: %s: %s\n", key, setup.Outermost(err)) },
			})
			err = errors.Join(err, done())
			if errors.Is(err, rebuild.ErrNotEmpty) {
				return usage(c, errors.New("something is in the table: name an empty one, or say --resume to go on with a rebuild that was interrupted"))
			}
			if errors.Is(err, rebuild.ErrUntil) {
				return usage(c, errors.New("--until lies in the future: say when the table was lost"))
			}
			toldOf(w, report, time.Since(began))
			if err == nil && report.Troubled > 0 {
				err = fmt.Errorf("%s could not be taken", count(report.Troubled, "thing"))
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&q.stage, "stage", "", "the stage whose bucket is read")
	f.StringVar(&q.table, "table", "", "the table to fill; the stage's own unless given")
	f.StringVar(&q.stages, "stages", stagesFile(), "the file of stages (else stage.yaml in PRONTO_DESK)")
	f.StringVar(&q.state, "state", "", "or the state directory of a stopped desk on this machine")
	f.StringVar(&q.policy, "policy", ruleBook(), "the rule book (PRONTO_POLICY; else policy.yaml in PRONTO_DESK)")
	f.StringVar(&q.until, "until", "", "when the table was lost: what came later is left to intake and reconcile")
	f.BoolVar(&q.file, "by-file", false, byFile)
	f.BoolVar(&q.resume, "resume", false, "go on with a rebuild that was interrupted, or add to a restored table what its backup lacks")
	return c
}

func toldOf(w io.Writer, r rebuild.Report, took time.Duration) {
	fmt.Fprintf(w, "%s from %s, %s, %s and %s, in %s; %s rang meanwhile. Nothing was sent.\n", count(r.Conversations, "conversation"), count(r.Mails, "mail"), count(r.Mentions, "mention"),
		count(r.Answers, "answer"), count(r.Notes, "note"), took.Round(time.Second), count(r.Ticks, "clock"))
	for _, x := range []struct {
		n    int
		what string
	}{
		{r.Later, "came after --until: left to intake and reconcile"}, {r.LeftOut, "left out: of who was forgotten"}, {r.Held, "held: nobody knows to whom it was sent"}, {r.Unsigned, "texts of agents without a note that they were taken"},
	} {
		if x.n > 0 {
			fmt.Fprintf(w, "  %6d  %s\n", x.n, x.what)
		}
	}
}

// open is the desk that is rebuilt, and how it is let go.
func (q *rebuilding) open(c *cobra.Command) (*setup.Setup, func() error, error) {
	if (q.stage == "") == (q.state == "") {
		return nil, nil, usage(c, errors.New("give --stage or --state"))
	}
	if q.state != "" {
		if _, problems, err := readPolicy(q.policy); err != nil {
			return nil, nil, err
		} else if len(problems) > 0 {
			return nil, nil, &exit{exitProblems, fmt.Errorf("%s has problems: see pronto policy check", q.policy)}
		}
		a, err := desk.Assemble(c.Context(), q.state, q.policy, clock.New(), nil, nil, desk.Outside{})
		if err != nil {
			return nil, nil, err
		}
		if a.Setup.Rules, err = rulesOf(c.Context(), c.OutOrStdout(), a.Setup, q.policy, false, q.file); err != nil {
			return nil, nil, errors.Join(err, a.Close())
		}
		return a.Setup, a.Close, nil
	}
	s, err := stage.Read(q.stages, q.stage)
	if err != nil {
		return nil, nil, usage(c, fmt.Errorf("--stage: %w", err))
	}
	in, err := q.cloud(c.Context(), s)
	if err == nil {
		in.Rules, err = rulesOf(c.Context(), c.OutOrStdout(), in, q.policy, true, q.file)
	}
	return in, func() error { return nil }, err
}

// cloud is a stage's table, bucket and key.
func (q *rebuilding) cloud(ctx context.Context, s *stage.Stage) (*setup.Setup, error) {
	if _, err := examine(ctx, s); err != nil { // the credentials are of this account
		return nil, err
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(s.Region), config.WithLogger(logging.Nop{}))
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	cfg.Retryer = setup.Retryer
	env := map[string]string{
		setup.Table: cmp.Or(q.table, s.Prefix()+"-desk"), setup.Bucket: s.Bucket(), setup.Secret: s.Prefix() + "-key", setup.Policy: q.policy,
	}
	return &setup.Setup{AWS: cfg, Env: func(name string) string { return env[name] }, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return time.Now().UTC() }}, nil
}

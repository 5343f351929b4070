package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"pronto/infra/pronto/cost"
	"pronto/infra/pronto/measure"
)

func newCost() *cobra.Command {
	v := cost.Volumes{}
	var policyFile string
	c := &cobra.Command{
		Use: "cost", Short: "What a month in the cloud costs, item by item", Args: noArguments,
		Long: `Cost measures on a desk of its own what a mail and an answer make it do, and computes a month from it. Prices are AWS's of us-east-1 and in one file,
infra/pronto/cost/prices.go, with source and date. It needs no account.`,
		Example: "  pronto cost --mails 100000 --answers 60000",
		RunE: func(c *cobra.Command, _ []string) error {
			for _, x := range []struct {
				flag string
				is   int
			}{{"mails", v.Mails}, {"answers", v.Answers}, {"requests", v.Requests}, {"kb", v.KB}, {"accounts", v.Accounts}} {
				if x.is < 0 {
					return usage(c, fmt.Errorf("--%s %d: nothing costs less than none: write 0 or more", x.flag, x.is))
				}
			}
			p, problems, err := readPolicy(policyFile)
			if err != nil {
				return err
			}
			v.Second = len(problems) == 0 && p.SecondOpinions()
			m, err := measure.Run(c.Context(), policyFile)
			if err != nil {
				return err
			}
			cost.Write(c.OutOrStdout(), v, m, cost.Bill(v, m))
			return nil
		},
	}
	f := c.Flags()
	f.IntVar(&v.Mails, "mails", 10_000, "mails a month that open a conversation")
	f.IntVar(&v.Answers, "answers", 6_000, "agents' answers a month")
	f.IntVar(&v.Requests, "requests", 50_000, "requests a month to console and API")
	f.IntVar(&v.KB, "kb", 40, "of a mail, on average")
	f.IntVar(&v.Accounts, "accounts", 0, "of brands at networks (Bluesky, Mastodon), each polled four times a minute")
	f.BoolVar(&v.Traces, "traces", true, "X-Ray is on, as stage.yaml's traces says")
	f.StringVar(&policyFile, "policy", ruleBook(), "the rule book (PRONTO_POLICY; else policy.yaml in PRONTO_DESK)")
	return c
}

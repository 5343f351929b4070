package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"
	"github.com/spf13/cobra"

	"pronto/shared/offset"
	"pronto/shared/setup"
)

// modelAlone names no version: the model without an offset.
const modelAlone = "none"

// taught is whose versions are meant, and where they are.
type taught struct{ brand, bucket, region string }

func (q *taught) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&q.brand, "brand", "", "the brand's id")
	f.StringVar(&q.bucket, "bucket", setting(setup.Bucket, ""), "the desk's bucket ("+setup.Bucket+")")
	f.StringVar(&q.region, "region", "", "its region; the one of the AWS configuration unless given")
}

// open gives the bucket, with the operator's own AWS credentials.
func (q *taught) open(c *cobra.Command) (b offset.Bucket, err error) {
	if q.brand == "" || q.bucket == "" {
		return b, usage(c, errors.New("name the brand and the desk's bucket: --brand ID --bucket NAME"))
	}
	cfg, err := config.LoadDefaultConfig(c.Context(), config.WithRegion(q.region), config.WithLogger(logging.Nop{}))
	if err != nil {
		return b, fmt.Errorf("AWS configuration: %w", err)
	}
	return offset.Bucket{S3: s3.NewFromConfig(cfg), Name: q.bucket}, nil
}

func newVersions() *cobra.Command {
	var q taught
	c := &cobra.Command{
		Use: "versions", Short: "List what a brand's labels have taught, version by version", Args: noArguments,
		Long: `Versions lists what the desk has learnt from a brand's corrected messages: each version with the labels it was made of, what it is worth on labels that it
was not fitted on, what it changes, and which one judges now. It reads the desk's bucket with your AWS credentials.`,
		Example: "  pronto triage versions --brand acme-air --bucket pronto-live-mail",
		RunE: func(c *cobra.Command, _ []string) error {
			b, err := q.open(c)
			if err != nil {
				return err
			}
			return listVersions(c.Context(), c.OutOrStdout(), b, q.brand)
		},
	}
	q.flags(c)
	return c
}

func newRollback() *cobra.Command {
	var q taught
	var to string
	var follow bool
	c := &cobra.Command{
		Use: "rollback", Short: "Let an earlier version judge, or the model alone", Args: noArguments,
		Long: `Rollback lets another version of what a brand's labels have taught judge its messages: the one that did before, or the one named. Within five minutes it does. It is
pinned: labels are studied and versions kept, but none takes its place, until you say --follow. It writes to the desk's bucket with your AWS credentials.`,
		Example: "  pronto triage rollback --brand acme-air --bucket pronto-live-mail\n  pronto triage rollback --brand acme-air --bucket pronto-live-mail --to none\n  pronto triage rollback --brand acme-air --bucket pronto-live-mail --follow",
		RunE: func(c *cobra.Command, _ []string) error {
			if follow && to != "" {
				return usage(c, errors.New("--follow lets the version that judges be followed by better ones: leave out --to"))
			}
			b, err := q.open(c)
			if err != nil {
				return err
			}
			return rollBack(c.Context(), c.OutOrStdout(), b, q.brand, to, follow, time.Now())
		},
	}
	q.flags(c)
	c.Flags().StringVar(&to, "to", "", "the version, or none for the model alone; the one that judged before unless given")
	c.Flags().BoolVar(&follow, "follow", false, "let better versions take the place of the one that judges again")
	return c
}

func listVersions(ctx context.Context, w io.Writer, b offset.Bucket, brand string) error {
	active, err := b.Active(ctx, brand)
	if err != nil {
		return err
	}
	all, err := b.Versions(ctx, brand)
	if err != nil {
		return err
	}
	for _, v := range all {
		fmt.Fprintf(w, "%s  %s, of %d labels%s\n", v.Name, v.At.Format(time.DateTime), v.Labels, place(active, v.Name))
		for _, line := range v.Changes() {
			fmt.Fprintln(w, "    "+line)
		}
	}
	fmt.Fprintf(w, "%s  the model without an offset%s\n", modelAlone, place(active, ""))
	return nil
}

// place says what a version is at the moment.
func place(a offset.Active, name string) string {
	switch {
	case a.Version == name && a.Pinned:
		return "; judges now, pinned"
	case a.Version == name:
		return "; judges now"
	case a.Before == name:
		return "; judged before"
	}
	return ""
}

func rollBack(ctx context.Context, w io.Writer, b offset.Bucket, brand, to string, follow bool, now time.Time) error {
	a, err := b.Active(ctx, brand)
	if err != nil {
		return err
	}
	if a.At.IsZero() && a.Version == "" {
		return fmt.Errorf("%s has learnt nothing yet: there is nothing to go back from", brand)
	}
	switch {
	case follow:
		to = a.Version
	case to == "":
		to = a.Before
	case to == modelAlone:
		to = ""
	}
	if a, err = b.Choose(ctx, brand, to, !follow, now); errors.Is(err, offset.ErrNoVersion) {
		return fmt.Errorf("%w: see pronto triage versions", err)
	} else if err != nil {
		return err
	}
	which := a.Version
	if which == "" {
		which = "the model alone"
	}
	if follow {
		fmt.Fprintf(w, "%s judges %s's messages until a version does better.\n", which, brand)
		return nil
	}
	fmt.Fprintf(w, "Within five minutes %s judges %s's messages, until you say otherwise: --follow lets better versions take its place again.\n", which, brand)
	return nil
}

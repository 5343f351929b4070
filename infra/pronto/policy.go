package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/text/language"

	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/triage"
)

const defaultPolicy = "policy.yaml"

func newPolicy() *cobra.Command {
	c := &cobra.Command{
		Use: "policy", Short: "Check, question and change the rule book", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newCheck(), newExplain())
	c.AddCommand(rules()...)
	return c
}

func newCheck() *cobra.Command {
	var asJSON bool
	var file string
	c := &cobra.Command{
		Use: "check [file]", Short: "Name everything that is wrong with a rule book, and the remedy", Args: atMostOne,
		Long: `Check reads a rule book (default: $PRONTO_POLICY or policy.yaml) and names every problem as

  file:line:column: field: message (remedy)

It ends with 0 when there is none and with 3 when there are some.`,
		Example: "  pronto policy check\n  pronto policy check --json other.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				if c.Flags().Changed("policy") && args[0] != file {
					return usage(c, fmt.Errorf("%q and --policy %q are two rule books: name one", args[0], file))
				}
				file = args[0]
			}
			return check(c.OutOrStdout(), file, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "answer as JSON")
	c.Flags().StringVar(&file, "policy", ruleBook(), "the rule book (PRONTO_POLICY; else policy.yaml in PRONTO_DESK), as the argument names it")
	return c
}

// problem is a policy.Problem in JSON.
type problem struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"`
}

func check(w io.Writer, file string, asJSON bool) error {
	p, problems, err := readPolicy(file)
	if err != nil {
		return err
	}
	problems = append(problems, gaps(p, file, time.Now())...)
	if asJSON {
		list := make([]problem, 0, len(problems))
		for _, pr := range problems {
			list = append(list, problem(pr))
		}
		err = printJSON(w, map[string]any{"file": file, "valid": len(list) == 0, "problems": list, "notes": notes(p), "front": front(p)})
	} else {
		_, err = io.WriteString(w, verdict(file, p, problems))
	}
	if err == nil && len(problems) > 0 {
		return &exit{code: exitProblems}
	}
	return err
}

func verdict(file string, p *policy.Policy, problems []policy.Problem) string {
	if len(problems) == 0 {
		words := fmt.Sprintf("%s is right: %s, %s, version %s\n", file, count(len(p.Brands), "brand"), count(len(p.Agents), "agent"), p.Version)
		for n, f := range front(p) {
			words += p.Brands[n].ID + ": " + f + "\n"
		}
		for _, n := range notes(p) {
			words += "note: " + n + "\n"
		}
		return words
	}
	var b strings.Builder
	for _, pr := range problems {
		b.WriteString(line(pr) + "\n")
	}
	return b.String()
}

// ahead is how far the check looks at the rota.
const ahead = 400 * 24 * time.Hour

// gaps names the hours of the coming year at which nobody is on shift. That the week is covered the rule book itself tells; this finds what clocks of several
// zones, leave and overrides make of it.
func gaps(p *policy.Policy, file string, now time.Time) []policy.Problem {
	var all []policy.Problem
	for n := 0; p != nil && n < len(p.Brands); n++ {
		s := p.Brands[n].Schedule
		for i, g := range s.Gaps(now, now.Add(ahead)) {
			if i == 5 {
				break
			}
			all = append(all, policy.Problem{
				File: file, Field: fmt.Sprintf("brands[%d].rota", n), Message: g.Words(s.Zone), Remedy: "widen a window there, add an override or a layer without windows",
			})
		}
	}
	return all
}

// front tells for each brand which messages go to the front as negative, how surely, and how many of the unhappy are found so.
func front(p *policy.Policy) []string {
	all := []string{}
	for n := 0; p != nil && n < len(p.Brands); n++ {
		all = append(all, p.Brands[n].Triage.Recall())
	}
	return all
}

// notes tells what is right but perhaps not meant: hours of the coming year that two cover where one should, and places of the table of priorities that go behind less.
func notes(p *policy.Policy) []string {
	all := []string{}
	for n := 0; p != nil && n < len(p.Brands); n++ {
		for _, turned := range p.Brands[n].Triage.Table.Turned() {
			all = append(all, fmt.Sprintf("brands[%d].triage.priority: %s", n, turned))
		}
		s, now := p.Brands[n].Schedule, time.Now()
		doubles := s.Doubles(now, now.Add(ahead))
		for i, d := range doubles {
			if i == 5 {
				all = append(all, fmt.Sprintf("and %d times more until %s", len(doubles)-i, now.Add(ahead).In(s.Zone).Format("2 January 2006")))
				break
			}
			all = append(all, d.Words(s.Zone))
		}
	}
	return all
}

// line writes a problem as compilers do, so that editors find the place.
func line(p policy.Problem) string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d:%d", p.Line, max(p.Column, 1))
	}
	if p.Field != "" {
		s += ": " + p.Field
	}
	s += ": " + p.Message
	if p.Remedy != "" {
		s += " (" + p.Remedy + ")"
	}
	return s
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// readPolicy reads a rule book. The error is about the file, the problems about what stands in it.
func readPolicy(file string) (*policy.Policy, []policy.Problem, error) {
	p, problems, err := setup.ReadPolicy(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil, fmt.Errorf("there is no rule book %s: name one with --policy or PRONTO_POLICY, or start in the directory that has it", file)
	case errors.Is(err, syscall.EISDIR):
		return nil, nil, fmt.Errorf("the rule book %s is a directory: name the file in it with --policy or PRONTO_POLICY, as %s", file, filepath.Join(file, defaultPolicy))
	case err != nil:
		return nil, nil, fmt.Errorf("read the rule book: %w", err)
	}
	return p, problems, nil
}

func newExplain() *cobra.Command {
	var q policy.Query
	var file, at, mood, urgency string
	var asJSON, urgent bool
	c := &cobra.Command{
		Use: "explain", Short: "Tell what would happen to a message, and why", Args: noArguments,
		Long: `Explain tells what the rule book would do with a message: its priority, who gets it, by when the first response is due, and why. The priority is that of the brand's table of urgency and mood.

JSON: {"priority", "assignee": {"id", "name"}, "first_response_due", "why": […], …}`,
		Example: "  pronto policy explain --at 2026-03-29T01:30:00+01:00 --channel email --mood negative\n  pronto policy explain --language ru --urgency soon --json",
		RunE: func(c *cobra.Command, _ []string) error {
			if urgent {
				urgency = string(triage.AtOnce)
			}
			if err := complete(&q, at, mood, urgency); err != nil {
				return usage(c, err)
			}
			return explain(c.OutOrStdout(), file, q, asJSON)
		},
	}
	f := c.Flags()
	f.StringVar(&file, "policy", ruleBook(), "the rule book (PRONTO_POLICY; else policy.yaml in PRONTO_DESK)")
	f.StringVar(&at, "at", "", "when it arrives, RFC 3339 (default: now)")
	f.StringVar(&q.Channel, "channel", "email", "the channel: "+strings.Join(policy.Channels, ", "))
	f.StringVar(&mood, "mood", "neutral", "negative, neutral or positive")
	f.StringVar(&q.Language, "language", "", "its language, ISO 639-1 (default: the brand's)")
	f.StringVar(&q.Brand, "brand", "", "the brand's id (default: the first)")
	f.StringVar(&q.Segment, "segment", "", "the customer's segment (default: none)")
	f.StringVar(&urgency, "urgency", string(triage.NoHurry), "none, soon or urgent")
	f.BoolVar(&urgent, "urgent", false, "the same as --urgency urgent")
	f.BoolVar(&asJSON, "json", false, "answer as JSON")
	offer(c, "mood", func() []string { return moods })
	offer(c, "urgency", func() []string { return urgencies })
	offer(c, "channel", func() []string { return policy.Channels })
	offer(c, "language", func() []string { return receipts(file) })
	return c
}

var (
	moods     = []string{string(triage.Negative), string(triage.Neutral), string(triage.Positive)}
	urgencies = []string{string(triage.NoHurry), string(triage.SoonPlease), string(triage.AtOnce)}
)

// offer completes a flag's value in the shell.
func offer(c *cobra.Command, flag string, values func() []string) {
	_ = c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return values(), cobra.ShellCompDirectiveNoFileComp
	}) // its only error is a flag that is not there: a test completes each
}

// receipts are the languages in which a brand of the rule book has receipts; none when it cannot be read.
func receipts(file string) []string {
	p, problems, err := readPolicy(file)
	if err != nil || len(problems) > 0 {
		return nil
	}
	var all []string
	for _, b := range p.Brands {
		all = slices.AppendSeq(all, maps.Keys(b.Receipts))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// complete reads what the flags tell as text.
func complete(q *policy.Query, at, mood, urgency string) (err error) {
	q.At = time.Now()
	if at != "" {
		if q.At, err = time.Parse(time.RFC3339, at); err != nil {
			return fmt.Errorf("--at %q is no time of RFC 3339: write it as 2026-03-29T01:30:00+01:00", at)
		}
	}
	if !slices.Contains(moods, mood) {
		return fmt.Errorf("--mood %q is none: use negative, neutral or positive", mood)
	}
	if !slices.Contains(urgencies, urgency) {
		return fmt.Errorf("--urgency %q is none: use none, soon or urgent", urgency)
	}
	q.Mood, q.Urgency = triage.Mood(mood), triage.Urgency(urgency)
	if q.Language == "" {
		return nil
	}
	if _, err := language.ParseBase(q.Language); err != nil || len(q.Language) != 2 || strings.ToLower(q.Language) != q.Language {
		return fmt.Errorf("--language %q is none: write its two letters (ISO 639-1), as in en", q.Language)
	}
	return nil
}

func explain(w io.Writer, file string, q policy.Query, asJSON bool) error {
	p, problems, err := readPolicy(file)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return &exit{exitProblems, fmt.Errorf("the rule book has %s; the first: %s", count(len(problems), "problem"), line(problems[0]))}
	}
	e := policy.Explain(p, q)
	if e.Assignee.ID == "" { // a brand or channel that is not there: why says so
		return &exit{exitUsage, errors.New(strings.TrimSpace(e.Words()))}
	}
	if asJSON {
		return printJSON(w, e)
	}
	_, err = io.WriteString(w, e.Words())
	return err
}

func printJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// Command pronto is the operator's one program: it runs the desk on this machine, shows it at work, and answers questions about the rule book.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"pronto/infra/pronto/storm"
	"pronto/infra/stage"
)

// Exit codes.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitProblems    = 3 // the policy has problems
	exitUnreachable = 4 // the desk is not reachable
)

const long = `Pronto answers every message to a brand at once with one true receipt, and sees to it that a person follows.

Exit codes: 0 done, 1 failed, 2 the command line is wrong, 3 the policy has problems, 4 the desk is not reachable.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	err := newRoot().ExecuteContext(ctx)
	if err == nil {
		return
	}
	if words := err.Error(); words != "" {
		fmt.Fprintln(os.Stderr, "pronto: "+words)
	}
	os.Exit(code(err))
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use: "pronto", Short: "The feedback desk's one program", Long: long,
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
		Args: noArguments, Version: buildLine(),
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usage(c, inWords(err)) })
	storms := storm.Command()
	storms.Args = noArguments
	play := storms.RunE
	storms.RunE = func(c *cobra.Command, args []string) error {
		err := play(c, args)
		if errors.Is(err, storm.ErrUsage) {
			return usage(c, err)
		}
		return err
	}
	root.AddCommand(newRun(), newDemo(), newPolicy(), newOncall(), newSLA(), newSilence(), newWebhooks(), newVersion(), newDoctor(), newCost(), storms)
	root.AddCommand(newTriage())
	root.AddCommand(newConnect(), newReplay(), newForget(), newExport(), newRebuild(), newVerify(), newAgent(), newInit(), newLogin(), newLogout())
	return root
}

// exit is an error with its exit code. Its words may be empty when all has been said.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// code is what the process ends with.
func code(err error) int {
	var e *exit
	if errors.As(err, &e) {
		return e.code
	}
	return exitFailed
}

func usage(c *cobra.Command, err error) error {
	return &exit{exitUsage, fmt.Errorf("%w (see %s --help)", err, c.CommandPath())}
}

// noArguments and atMostOne are cobra's checks with our exit code.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	words := fmt.Sprintf("%q is not understood", args[0])
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		words += ": did you mean " + strings.Join(near, " or ") + "?"
	}
	return usage(c, errors.New(words))
}

func atMostOne(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usage(c, fmt.Errorf("%q is one too many", args[1]))
	}
	return nil
}

// inWords says what a flag wants, where the flags' library quotes strconv.
func inWords(err error) error {
	var wrong *strconv.NumError
	if !errors.As(err, &wrong) {
		return err
	}
	said, _, _ := strings.Cut(err.Error(), ": strconv.")
	want := map[string]string{"ParseBool": "true or false", "ParseInt": "a whole number", "ParseUint": "a whole number, 0 or more"}[wrong.Func]
	switch {
	case errors.Is(wrong.Err, strconv.ErrRange):
		want = "a smaller number"
	case want == "":
		want = "a number"
	}
	return fmt.Errorf("%s: it wants %s", said, want)
}

// ruleBook and stagesFile are where the rule book and the stages are unless a flag says otherwise: in the desk's own directory, or here.
func ruleBook() string {
	return setting("PRONTO_POLICY", filepath.Join(os.Getenv(stage.DeskDir), defaultPolicy))
}

func stagesFile() string { return filepath.Join(os.Getenv(stage.DeskDir), "stage.yaml") }

// setting is the default of a flag: the environment's variable, else otherwise.
func setting(variable, otherwise string) string {
	if v := os.Getenv(variable); v != "" {
		return v
	}
	return otherwise
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"pronto/infra/pronto/demo"
)

func newDemo() *cobra.Command {
	var o demo.Options
	var asJSON bool
	c := &cobra.Command{
		Use: "demo", Short: "Send the running desk a dozen mails and watch", Args: noArguments,
		Long: `Demo sends a dozen real mails to the desk that runs here: angry, thankful and curious customers in seven languages, a bounce, an out-of-office reply,
a newsletter, a charset that nobody knows. It prints what becomes of each as it happens, in seconds after SMTP accepted it.`,
		Example: "  pronto run     # in one terminal\n  pronto demo    # in another",
		RunE:    func(c *cobra.Command, _ []string) error { return runDemo(c, o, asJSON) },
	}
	f := c.Flags()
	f.StringVar(&o.HTTP, "http", setting("PRONTO_HTTP", defaultHTTP), "the desk's HTTP address (PRONTO_HTTP)")
	f.StringVar(&o.SMTP, "smtp", os.Getenv("PRONTO_SMTP"), "the desk's SMTP address (PRONTO_SMTP; default: as the desk says)")
	f.BoolVar(&asJSON, "json", false, "answer as JSON, when all is done")
	return c
}

func runDemo(c *cobra.Command, o demo.Options, asJSON bool) error {
	if err := address("http", "PRONTO_HTTP", o.HTTP); err != nil {
		return usage(c, err)
	}
	if o.SMTP != "" {
		if err := address("smtp", "PRONTO_SMTP", o.SMTP); err != nil {
			return usage(c, err)
		}
	}
	w := c.OutOrStdout()
	if asJSON {
		w = io.Discard
	}
	all, err := demo.Run(c.Context(), w, o)
	if errors.Is(err, demo.ErrUnreachable) {
		return &exit{exitUnreachable, fmt.Errorf("%w. Start one in another terminal (make run), or say where it is with --http or PRONTO_HTTP", err)}
	}
	if asJSON && all != nil {
		if err := printJSON(c.OutOrStdout(), all); err != nil {
			return err
		}
	}
	return err
}

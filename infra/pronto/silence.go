package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"pronto/functions/console/work"
	"pronto/shared/sla"
)

func newSilence() *cobra.Command {
	var a asking
	var why string
	var off bool
	c := &cobra.Command{
		Use: "silence", Short: "Hold back all receipts of a brand, or let them go again", Args: noArguments,
		Long: `Silence turns the silence switch of a brand on a running desk. Within five seconds no receipt of the brand leaves any more; messages still come in
and find their agents, and people's answers leave. With --off the receipts that waited leave within some minutes, spread; those that waited longer than
the policy's silence.older_than never do, and their messages say so.`,
		Example: "  pronto silence --brand acme-air --why \"wrong opening hours in the receipts\"\n  pronto silence --brand acme-air --off",
		RunE: func(c *cobra.Command, _ []string) error {
			if !off && strings.TrimSpace(why) == "" {
				return usage(c, errors.New("--why is missing: say why receipts are held back, as agents shall read it"))
			}
			b, err := a.settle()
			if err != nil {
				return err
			}
			var is work.Silence
			at := "/silence?brand=" + url.QueryEscape(b.ID)
			if off {
				var was work.Silence
				if err := a.ask(c.Context(), http.MethodGet, at, nil, &was); err != nil {
					return err
				}
				if !was.On {
					fmt.Fprintf(c.OutOrStdout(), "%s is not silenced: there is nothing to lift.\n", b.Name)
					return nil
				}
			}
			order := map[string]any{"on": !off, "why": why}
			if err := a.ask(c.Context(), http.MethodPut, at, order, &is); err != nil {
				return err
			}
			w := c.OutOrStdout()
			if is.On {
				fmt.Fprintf(w, "%s is silenced by %s. What comes in is kept and placed; its receipts wait.\n", b.Name, is.By)
				return nil
			}
			fmt.Fprintf(w, "%s is no longer silenced. What waited less than %s leaves within some minutes, the rest is for people.\n", b.Name, sla.Brief(b.Silence))
			return nil
		},
	}
	a.flags(c)
	c.Flags().BoolVar(&off, "off", false, "lift it")
	c.Flags().StringVar(&why, "why", "", "the reason, as agents shall read it; needed but with --off")
	return c
}

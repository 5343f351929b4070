package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"pronto/functions/console/work"
)

func newWebhooks() *cobra.Command {
	var a asking
	var state, id, webhook, since string
	c := &cobra.Command{
		Use: "webhooks", Short: "Show what a brand's own systems were told, or tell it again", Args: noArguments,
		Long: `Webhooks lists what the brand's own systems were told of its conversations, newest first. With --replay one of it is told again, with --since all that
happened from a time on: after your system was down for more than a day, or has lost something. It comes under its old webhook-id, within two minutes.`,
		Example: "  pronto webhooks --state failed\n  pronto webhooks --replay mzxw6ytboi3dsnzq-000001-1\n  pronto webhooks --since 2026-11-23T09:00:00Z --webhook crm",
		RunE: func(c *cobra.Command, _ []string) error {
			b, err := a.settle()
			if err != nil {
				return err
			}
			w, brand := c.OutOrStdout(), "brand="+url.QueryEscape(b.ID)
			switch {
			case id != "" && since != "":
				return &exit{exitUsage, errors.New("give --replay or --since, not both")}
			case id != "":
				var one work.Hook
				if err := a.ask(c.Context(), http.MethodPost, "/webhooks/"+url.PathEscape(id)+"/replay", nil, &one); err != nil {
					return err
				}
				fmt.Fprintf(w, "%s (%s) is told again.\n", one.ID, one.Event)
				return nil
			case since != "":
				return a.replay(c, brand, webhook, since)
			}
			var page work.Hooks
			if err := a.ask(c.Context(), http.MethodGet, "/webhooks?"+brand+"&state="+url.QueryEscape(state)+"&webhook="+url.QueryEscape(webhook), nil, &page); err != nil {
				return err
			}
			for _, h := range page.Items {
				fmt.Fprintf(w, "%s  %-10s %-9s %-8s %s %s\n", h.At.Format(time.RFC3339), h.Webhook, h.Event, h.State, h.ID, h.Why)
			}
			if len(page.Items) == 0 {
				fmt.Fprintln(w, "Nothing was told.")
			}
			return nil
		},
	}
	a.flags(c)
	f := c.Flags()
	f.StringVar(&state, "state", "", "only those that are queued, sending, accepted or failed")
	f.StringVar(&webhook, "webhook", "", "only those to the webhook of this id in the policy")
	f.StringVar(&id, "replay", "", "tell the one of this id again")
	f.StringVar(&since, "since", "", "tell all again that happened since a time, as 2026-11-23T09:00:00Z")
	return c
}

// replay has everything told again that happened since a time, page by page.
func (a *asking) replay(c *cobra.Command, brand, webhook, since string) error {
	n, cursor := 0, ""
	for {
		var done work.Replayed
		order := map[string]any{"since": since, "webhook": webhook, "cursor": cursor}
		if err := a.ask(c.Context(), http.MethodPost, "/webhooks/replay?"+brand, order, &done); err != nil {
			return err
		}
		n, cursor = n+done.Count, done.Cursor
		if cursor == "" {
			break
		}
	}
	fmt.Fprintf(c.OutOrStdout(), "%d are told again.\n", n)
	return nil
}

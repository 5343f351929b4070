package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pronto/functions/console/work"
	"pronto/shared/mail"
)

// demanding is what a customer demands of what is kept about him, by the hand of a lead.
type demanding struct {
	asking
	contact, address, why string
	person                []string
	wait                  time.Duration
}

func (q *demanding) flags(c *cobra.Command) {
	q.asking.flags(c)
	f := c.Flags()
	f.StringVar(&q.contact, "contact", "", "the contact's id, as the console and the API have it")
	f.StringVar(&q.address, "address", "", "or its address or handle, if it has a conversation")
	f.StringVar(&q.why, "why", "", "the reason, as it stands in the audit: without names")
	f.StringSliceVar(&q.person, "person", nil, "of a contact that agents have linked with others: the ids of all of them")
	f.DurationVar(&q.wait, "wait", 2*time.Minute, "how long to wait until it is done")
}

func newForget() *cobra.Command {
	var q demanding
	var yes bool
	c := &cobra.Command{
		Use: "forget", Short: "Forget a customer: remove all that is kept about one contact, for good", Args: noArguments,
		Long: `Forget removes a contact of a brand: conversations, messages, files with all their versions, labels, what is held, the card, and agents' words about it in the audit. What
stays is a receipt of what was removed, and a tombstone of keyed hashes by which neither a restored table nor a rebuild brings it back. There is no way back.

A person with an address and a handle is two contacts. What agents have linked is one person, and is forgotten together: name the others by --person, whose
ids you are told where they are missing.`,
		Example: "  pronto forget --address ada@home.example --why \"article 17, letter of 20 November\" --yes",
		RunE: func(c *cobra.Command, _ []string) error {
			if !yes {
				return usage(c, errors.New("it cannot be undone: say --yes"))
			}
			if strings.TrimSpace(q.why) == "" {
				return usage(c, errors.New("--why is missing: say on whose demand, as it shall stand in the audit, without names"))
			}
			d, err := q.demand(c, "forget")
			if err != nil {
				return err
			}
			w := c.OutOrStdout()
			if d.State != "done" {
				fmt.Fprintf(w, "Ordered as %s; it is under way. Ask again with the same command.\n", d.ID)
				return nil
			}
			fmt.Fprintf(w, "Contact %s of %s is forgotten, by %s's order of %s (%s). Removed:\n", d.Contact, d.Brand, d.By, d.At.Format(time.RFC3339), d.ID)
			counts(w, d.Removed)
			for _, r := range d.Remains {
				fmt.Fprintf(w, "Until %s there may be something in %s.\n", r.Until.Format(time.DateOnly), r.What)
			}
			return nil
		},
	}
	q.flags(c)
	c.Flags().BoolVar(&yes, "yes", false, "yes, for good")
	return c
}

func newExport() *cobra.Command {
	var q demanding
	var out string
	c := &cobra.Command{
		Use: "export", Short: "Write a copy of all that is kept about one contact", Args: noArguments,
		Long: `Export writes a zip with all that is kept about a contact of a brand: data.json has every row, beside it lie the mails and mentions as they came, agents' words and files. It
has agents' private notes in it, too.`,
		Example: "  pronto export --address ada@home.example --out ada.zip",
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return usage(c, errors.New("--out: say where to write it"))
			}
			d, err := q.demand(c, "export")
			if err != nil {
				return err
			}
			w := c.OutOrStdout()
			if d.Copy == nil {
				fmt.Fprintf(w, "Ordered as %s; it is under way. Ask again with the same command.\n", d.ID)
				return nil
			}
			if err := fetch(c.Context(), d.Copy.URL, out); err != nil {
				return err
			}
			fmt.Fprintf(w, "%s has all that is kept about contact %s of %s, as of %s:\n", out, d.Contact, d.Brand, d.At.Format(time.RFC3339))
			counts(w, d.Copied)
			if d.LeftOut > 0 {
				fmt.Fprintf(w, "%s had no room, or were removed by their age: data.json names them.\n", count(d.LeftOut, "file"))
			}
			return nil
		},
	}
	q.flags(c)
	c.Flags().StringVar(&out, "out", "", "the file to write")
	return c
}

func counts(w io.Writer, of map[string]int) {
	for _, what := range slices.Sorted(maps.Keys(of)) {
		fmt.Fprintf(w, "  %6d  %s\n", of[what], strings.ReplaceAll(what, "_", " "))
	}
}

// demand orders it, and waits until it is done.
func (q *demanding) demand(c *cobra.Command, verb string) (d work.Demand, err error) {
	b, err := q.settle()
	if err != nil {
		return d, err
	}
	if (q.contact == "") == (q.address == "") {
		return d, usage(c, errors.New("give --contact or --address"))
	}
	if q.contact == "" {
		if q.contact, err = q.find(c.Context(), b.ID); err != nil {
			return d, err
		}
	}
	at := "/contacts/" + url.PathEscape(q.contact)
	order := map[string]any{"why": q.why, "brand": b.ID}
	if len(q.person) > 0 {
		order["person"] = q.person
	}
	if err := q.ask(c.Context(), http.MethodPost, at+"/"+verb, order, &d); err != nil {
		return d, err
	}
	for until := time.Now().Add(q.wait); d.State != "done" && time.Now().Before(until); {
		select {
		case <-c.Context().Done():
			return d, c.Context().Err()
		case <-time.After(300 * time.Millisecond):
		}
		var all work.DemandPage
		if err := q.ask(c.Context(), http.MethodGet, at+"/demands", nil, &all); err != nil {
			return d, err
		}
		if i := slices.IndexFunc(all.Items, func(x work.Demand) bool { return x.ID == d.ID }); i >= 0 {
			d = all.Items[i]
		}
	}
	return d, nil
}

// find is the contact with this address: the customer of a conversation that is found by it.
func (q *demanding) find(ctx context.Context, brand string) (string, error) {
	var page work.Page
	if err := q.ask(ctx, http.MethodGet, "/search?brand="+url.QueryEscape(brand)+"&q="+url.QueryEscape(q.address), nil, &page); err != nil {
		return "", err
	}
	for _, x := range page.Items {
		if strings.EqualFold(x.Contact.Address, q.address) || mail.Mailbox(x.Contact.Address) == mail.Mailbox(q.address) {
			return x.Contact.ID, nil
		}
	}
	return "", fmt.Errorf("no conversation of %s is with %s: if something of it is held, give its id with --contact", brand, q.address)
}

// maxFetched bounds a copy that is fetched.
const maxFetched = 2 << 30

func fetch(ctx context.Context, from, to string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return fmt.Errorf("fetch the copy: %w", err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("fetch the copy: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch the copy: %s", res.Status)
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	_, err = io.Copy(f, io.LimitReader(res.Body, maxFetched))
	return errors.Join(err, f.Close())
}

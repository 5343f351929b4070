package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pronto/functions/console/work"
	"pronto/shared/policy"
)

// silencing is one use of the silence switch.
type silencing struct {
	brand, why, as string
	off            bool
	http, policy   string
}

func newSilence() *cobra.Command {
	var s silencing
	c := &cobra.Command{
		Use: "silence", Short: "Hold back all receipts of a brand, or let them go again", Args: noArguments,
		Long: `Silence turns the silence switch of a brand on a running desk. Within five seconds no receipt of the brand leaves any more; messages still come in
and find their agents, and people's answers leave. With --off the receipts that waited leave within some minutes, spread; those that waited longer than
the policy's silence.older_than never do, and their messages say so.`,
		Example: "  pronto silence --brand acme-air --why \"wrong opening hours in the receipts\"\n  pronto silence --brand acme-air --off",
		RunE: func(c *cobra.Command, _ []string) error {
			p, problems, err := readPolicy(s.policy)
			if err != nil {
				return err
			}
			if len(problems) > 0 {
				return &exit{exitProblems, fmt.Errorf("%s has problems: see pronto policy check", s.policy)}
			}
			return s.run(c.Context(), c.OutOrStdout(), p)
		},
	}
	f := c.Flags()
	f.StringVar(&s.brand, "brand", "", "the brand's id; may be left out where there is only one")
	f.BoolVar(&s.off, "off", false, "lift it")
	f.StringVar(&s.why, "why", "", "the reason, as agents shall read it")
	f.StringVar(&s.as, "as", "", "the lead or admin who does it; the brand's first unless given")
	f.StringVar(&s.http, "http", setting("PRONTO_HTTP", defaultHTTP), "where the desk is (PRONTO_HTTP)")
	f.StringVar(&s.policy, "policy", setting("PRONTO_POLICY", defaultPolicy), "the rule book (PRONTO_POLICY)")
	return c
}

func (s *silencing) run(ctx context.Context, w io.Writer, p *policy.Policy) error {
	if s.brand == "" && len(p.Brands) == 1 {
		s.brand = p.Brands[0].ID
	}
	b := p.Brand(s.brand)
	if b == nil {
		var ids []string
		for _, b := range p.Brands {
			ids = append(ids, b.ID)
		}
		return &exit{exitUsage, fmt.Errorf("--brand is one of %s", strings.Join(ids, ", "))}
	}
	if s.as == "" {
		i := slices.IndexFunc(p.Agents, func(a *policy.Agent) bool { return a.Role.Includes(policy.RoleLead) && slices.Contains(a.Brands, b.ID) })
		if i < 0 {
			return &exit{exitUsage, fmt.Errorf("no lead or admin answers for %s: give somebody the role in %s", b.ID, s.policy)}
		}
		s.as = p.Agents[i].ID
	}
	is, err := s.put(ctx)
	if err != nil {
		return err
	}
	if is.On {
		fmt.Fprintf(w, "%s is silenced by %s. What comes in is kept and placed; its receipts wait.\n", b.Name, is.By)
		return nil
	}
	fmt.Fprintf(w, "%s is no longer silenced. What waited less than %s leaves within some minutes, the rest is for people.\n", b.Name, b.Silence)
	return nil
}

// put asks the desk.
func (s *silencing) put(ctx context.Context) (is work.Silence, err error) {
	order, err := json.Marshal(map[string]any{"on": !s.off, "why": s.why})
	if err != nil {
		return is, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+s.http+"/api/v1/silence?brand="+url.QueryEscape(s.brand), bytes.NewReader(order))
	if err != nil {
		return is, &exit{exitUsage, fmt.Errorf("--http: %q is no address: write it as 127.0.0.1:PORT", s.http)}
	}
	r.Header.Set("Authorization", "Bearer dev:"+s.as)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return is, &exit{exitUnreachable, fmt.Errorf("no desk answers at %s: start one with pronto run, or give its address with --http", s.http)}
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return is, fmt.Errorf("read the desk's answer: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		var p work.Problem
		if json.Unmarshal(b, &p) != nil || p.Detail == "" {
			return is, &exit{exitUnreachable, fmt.Errorf("something else than a desk answers at %s", s.http)}
		}
		return is, fmt.Errorf("%s", p.Detail)
	}
	if err := json.Unmarshal(b, &is); err != nil {
		return is, fmt.Errorf("read the desk's answer: %w", err)
	}
	return is, nil
}

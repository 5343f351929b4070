package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/policy"
)

// replaying asks a desk for its past and another rule book what it would have made of it.
type replaying struct {
	book
	from, to, as, http string
}

func newReplay() *cobra.Command {
	var q replaying
	c := &cobra.Command{
		Use: "replay", Short: "Tell which promises of the past another rule book would have kept", Args: noArguments,
		Long: `Replay asks a running desk how its promises ended, and tells what another rule book, with its own rota, hours and targets, would have made of them: when each would have
been due, who would have had it, and whether the answer that it got would have kept it. People might have answered at another time, had another one been promised:
that it cannot know.

JSON: {"brand", "from", "to", "promises", "given_up", "kept_then", "kept_now", "changed": [{"conversation", "given", "by", "due", "kept", "assignee", …}]}`,
		Example: "  pronto replay --policy new.yaml --from 2026-11-01 --to 2026-11-30\n  pronto replay --policy new.yaml --json",
		RunE: func(c *cobra.Command, _ []string) error {
			for _, day := range []struct{ flag, value string }{{"--from", q.from}, {"--to", q.to}} {
				if _, err := time.Parse(time.DateOnly, day.value); day.value != "" && err != nil {
					return usage(c, fmt.Errorf("%s %q is no day: write it as 2026-11-01", day.flag, day.value))
				}
			}
			p, b, err := q.read(c)
			if err != nil {
				return err
			}
			past, err := q.past(c.Context(), p, b)
			if err != nil {
				return err
			}
			return q.tell(c.OutOrStdout(), b, past, desk.Replay(p, past.Items, time.Now()))
		},
	}
	q.flags(c)
	f := c.Flags()
	f.StringVar(&q.from, "from", "", "the first UTC day (default: a week before the last)")
	f.StringVar(&q.to, "to", "", "the last UTC day (default: today)")
	f.StringVar(&q.as, "as", "", "the lead or admin who asks; the brand's first unless given")
	f.StringVar(&q.http, "http", setting("PRONTO_HTTP", defaultHTTP), "where the desk is (PRONTO_HTTP)")
	return c
}

// past asks the desk.
func (q *replaying) past(ctx context.Context, p *policy.Policy, b *policy.Brand) (past work.PromiseStats, err error) {
	if q.as == "" {
		i := slices.IndexFunc(p.Agents, func(a *policy.Agent) bool {
			return a.RoleAt(b.ID).Includes(policy.RoleLead) && slices.Contains(a.Brands, b.ID)
		})
		if i < 0 {
			return past, &exit{exitUsage, fmt.Errorf("no lead or admin answers for %s: name one of the running desk with --as", b.ID)}
		}
		q.as = p.Agents[i].ID
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	query := url.Values{"brand": {b.ID}, "from": {q.from}, "to": {q.to}, "items": {"true"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+q.http+"/api/v1/stats/promises?"+query.Encode(), nil)
	if err != nil {
		return past, &exit{exitUsage, fmt.Errorf("--http: %q is no address: write it as 127.0.0.1:PORT", q.http)}
	}
	r.Header.Set("Authorization", "Bearer dev:"+q.as)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return past, &exit{exitUnreachable, fmt.Errorf("no desk answers at %s: start one with pronto run, or give its address with --http", q.http)}
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return past, fmt.Errorf("read the desk's answer: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		var p work.Problem
		if json.Unmarshal(data, &p) != nil || p.Detail == "" {
			p.Detail = res.Status
		}
		return past, errors.New("the desk refuses: " + strings.TrimPrefix(p.Field+": ", ": ") + p.Detail)
	}
	if err := json.Unmarshal(data, &past); err != nil {
		return past, fmt.Errorf("read the desk's answer: %w", err)
	}
	return past, nil
}

func (q *replaying) tell(w io.Writer, b *policy.Brand, past work.PromiseStats, all []desk.Replayed) error {
	then, now, open := 0, 0, 0
	changed := []desk.Replayed{}
	for _, r := range all {
		was := r.State == desk.PromiseKept
		switch {
		case r.Open:
			open++
			continue
		case was:
			then++
		}
		if r.Kept {
			now++
		}
		if r.Kept != was {
			changed = append(changed, r)
		}
	}
	if q.asJSON {
		return printJSON(w, map[string]any{"brand": b.ID, "from": past.From, "to": past.To, "promises": len(all) - open, "given_up": past.All.GivenUp, "kept_then": then, "kept_now": now, "changed": changed})
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%s, %s to %s: %s; kept then: %d, by this rule book: %d.\n", b.Name, past.From, past.To, count(len(all)-open, "promise"), then, now)
	if past.All != nil && past.All.GivenUp > 0 {
		fmt.Fprintf(&s, "Left out: %s settled without an answer.\n", count(past.All.GivenUp, "promise"))
	}
	for _, r := range changed {
		what := "would have been broken"
		if r.Kept {
			what = "would have been kept"
		}
		answered := "never answered"
		if !r.Answered.IsZero() {
			answered = "answered " + r.Answered.In(b.Zone).Format("Mon 02 Jan 15:04")
		}
		fmt.Fprintf(&s, "%s  %s, %s: by %s then, by %s (%s) now, %s: %s\n", r.Conversation, r.Channel, r.Priority,
			r.By.In(b.Zone).Format("Mon 02 Jan 15:04"), r.Due.In(b.Zone).Format("Mon 02 Jan 15:04"), r.Assignee, answered, what)
	}
	_, err := io.WriteString(w, s.String())
	return err
}

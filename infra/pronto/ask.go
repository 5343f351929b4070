package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pronto/functions/console/work"
	"pronto/shared/policy"
)

// asking is what every command needs that asks a running desk in the name of a lead.
type asking struct {
	brand, as    string
	http, policy string
	stage, token string // at which somebody has signed in, and by what
}

// flags are those of a command that asks a desk: on this machine, or in the cloud, where somebody has signed in.
func (a *asking) flags(c *cobra.Command) {
	a.own(c)
	c.Flags().StringVar(&a.stage, "stage", "", "the stage in the cloud at which you have signed in (pronto login)")
}

// own are the flags without --stage, for a command to which it means something else.
func (a *asking) own(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&a.brand, "brand", "", "the brand's id; may be left out where there is only one")
	f.StringVar(&a.as, "as", "", "the lead or admin who does it; the brand's first unless given")
	f.StringVar(&a.http, "http", setting("PRONTO_HTTP", defaultHTTP), "where the desk is (PRONTO_HTTP): an address on this machine, or https://… in the cloud with a lead's token in PRONTO_TOKEN")
	f.StringVar(&a.policy, "policy", ruleBook(), "the rule book (PRONTO_POLICY; else policy.yaml in PRONTO_DESK)")
}

// settle finds the brand and who asks.
func (a *asking) settle() (*policy.Brand, error) {
	p, problems, err := readPolicy(a.policy)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, &exit{exitProblems, fmt.Errorf("%s has problems: see pronto policy check", a.policy)}
	}
	if a.brand == "" && len(p.Brands) == 1 {
		a.brand = p.Brands[0].ID
	}
	b := p.Brand(a.brand)
	if b == nil {
		var ids []string
		for _, b := range p.Brands {
			ids = append(ids, b.ID)
		}
		return nil, &exit{exitUsage, fmt.Errorf("--brand is one of %s", strings.Join(ids, ", "))}
	}
	if a.as == "" {
		i := slices.IndexFunc(p.Agents, func(x *policy.Agent) bool {
			return x.RoleAt(b.ID).Includes(policy.RoleLead) && slices.Contains(x.Brands, b.ID)
		})
		if i < 0 {
			return nil, &exit{exitUsage, fmt.Errorf("no lead or admin answers for %s: give somebody the role in %s", b.ID, a.policy)}
		}
		a.as = p.Agents[i].ID
	}
	if p.Agent(a.as) == nil && a.stage == "" && !strings.HasPrefix(a.http, "https://") { // in the cloud the token says who asks
		var ids []string
		for _, x := range p.Agents {
			ids = append(ids, x.ID)
		}
		return nil, &exit{exitUsage, fmt.Errorf("--as %q is no agent of the rule book's: it has %s", a.as, strings.Join(ids, ", "))}
	}
	return b, nil
}

// refusal is what a desk answers in place of what was asked.
type refusal struct{ work.Problem }

func (r *refusal) Error() string { return r.Detail }

// ask asks the desk's API, and reads its answer into out. order is the body, nil for none.
func (a *asking) ask(ctx context.Context, method, path string, order, out any) error {
	var body io.Reader
	if order != nil {
		b, err := json.Marshal(order)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if a.stage != "" {
		if err := a.signedIn(ctx); err != nil {
			return err
		}
	}
	at, token := "http://"+a.http, "dev:"+a.as
	if strings.HasPrefix(a.http, "https://") {
		at, token = strings.TrimSuffix(a.http, "/"), cmp.Or(a.token, os.Getenv("PRONTO_TOKEN"))
		if token == "" {
			return &exit{exitUsage, errors.New("PRONTO_TOKEN is not set: in the cloud the desk wants a token of the agents' user pool; or sign in (pronto login) and say --stage")}
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, at+"/api/v1"+path, body)
	if err != nil {
		return &exit{exitUsage, fmt.Errorf("--http: %q is no address: write it as 127.0.0.1:PORT", a.http)}
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return &exit{exitUnreachable, fmt.Errorf("no desk answers at %s: start one with pronto run, or give its address with --http", a.http)}
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err != nil {
		return fmt.Errorf("read the desk's answer: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		var p work.Problem
		if json.Unmarshal(b, &p) != nil || p.Detail == "" {
			return &exit{exitUnreachable, fmt.Errorf("something else than a desk answers at %s", a.http)}
		}
		for _, x := range p.Problems {
			p.Detail += fmt.Sprintf("\n  line %d: %s: %s (%s)", x.Line, x.Field, x.Message, x.Remedy)
		}
		return &refusal{p}
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("read the desk's answer: %w", err)
	}
	return nil
}

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"pronto/functions/console/work"
	"pronto/infra/stage"
	"pronto/shared/policy"
)

// leaving is an agent who leaves.
type leaving struct {
	asking
	id, to, note string
	look         bool
	account      string // the stage whose account's credentials there are
}

func newAgentRemove() *cobra.Command {
	var l leaving
	c := &cobra.Command{
		Use: "remove ID", Short: "Remove an agent: end his sign-in, hand over what he has, take him out of the rule book", Args: oneID,
		Long: `Remove lets an agent go, in the order that is safe at any hour. First his sign-in is shut and signed out everywhere (with --stage, by credentials of its account). Then the
desk is told, brand by brand: from that moment no session, page link, calendar link or device of his is of use, no shift is his, and nothing automatic is signed by him; what he has
open goes to --to where that agent answers for the brand, else to everybody, each conversation with the note, and answers of his that have not left wait for a person. A lead or
an admin is let go by an admin of the brand; where it has no other, by the account's credentials (--stage), past the desk. Last he is taken out of the rule book, if nothing else
in it names him; what does is told, with its lines. What cannot be done is told, the rest is done all the same, and the same command again goes on.
With --look nothing is done: what he has is told, since when he has left, and which lines of the rule book name him.`,
		Example: "  pronto agent remove oleg --look\n  pronto agent remove oleg --to marta --note \"Oleg has left us.\" --stage live",
		RunE: func(c *cobra.Command, args []string) error {
			l.id = args[0]
			return l.run(c)
		},
	}
	l.own(c)
	f := c.Flags()
	f.StringVar(&l.stage, "stage", "", "the stage in whose user pool the agent signs in, and at which you have signed in (pronto login)")
	f.StringVar(&l.to, "to", "", "the agent who has it then, and does the shifts until the rule book says otherwise; everybody unless given")
	f.StringVar(&l.note, "note", "", "what stands in each conversation that is handed over")
	f.BoolVar(&l.look, "look", false, "tell what he has, and do nothing")
	return c
}

func (l *leaving) run(c *cobra.Command) error {
	p, problems, err := readPolicy(l.policy)
	switch {
	case err != nil:
		return err
	case len(problems) > 0:
		return &exit{exitProblems, fmt.Errorf("%s has problems: see pronto policy check", l.policy)}
	case l.to != "" && (l.to == l.id || p.Agent(l.to) == nil):
		return usage(c, fmt.Errorf("--to: %q is no other agent of %s: see pronto agent list", l.to, l.policy))
	}
	w, agent := c.OutOrStdout(), p.Agent(l.id)
	if agent == nil && l.stage == "" && !c.Flags().Changed("http") {
		return &exit{exitUsage, fmt.Errorf("no agent %s is in the rule book: see pronto agent list", l.id)}
	}
	l.account = l.stage
	if c.Flags().Changed("http") {
		l.stage = ""
	}
	var failed []error
	var nowhere []string
	asked := 0
	if l.account != "" && !l.look {
		if err := l.shut(c, w, l.account); err != nil {
			var u *exit
			if errors.As(err, &u) && u.code == exitUsage {
				return err
			}
			failed = append(failed, err)
		}
	}
	for _, b := range p.Brands {
		if agent != nil && !slices.Contains(agent.Brands, b.ID) || l.brand != "" && b.ID != l.brand {
			continue
		}
		asked++
		switch err := l.at(c.Context(), w, p, b); {
		case errors.Is(err, errNobody):
			nowhere = append(nowhere, b.Name)
		case err != nil && l.look:
			failed = append(failed, fmt.Errorf("%s: what %s has there cannot be looked at: %w", b.Name, l.id, err))
		case err != nil:
			fmt.Fprintf(w, "%s: what %s has there was not handed over: %s. Order it again.\n", b.Name, l.id, err)
			failed = append(failed, err)
		}
	}
	switch {
	case asked > 0 && len(nowhere) == asked: // a slip of the pen
		failed = append(failed, &exit{exitUsage, fmt.Errorf("no agent %s is in the rule book of %s, and nothing there is theirs: see pronto agent list", l.id, strings.Join(nowhere, " and "))})
	case agent == nil || l.brand != "":
	case l.look:
		_, err := l.named(w, agent, "these lines are to be changed before "+l.id+" can be taken out")
		failed = append(failed, err)
	default:
		failed = append(failed, l.strike(w, agent))
	}
	return worst(failed)
}

// worst is the first of some errors that has a code of its own, with the words of all.
func worst(all []error) error {
	all = slices.DeleteFunc(all, func(e error) bool { return e == nil })
	if len(all) == 0 {
		return nil
	}
	words := errors.Join(all...)
	for _, e := range all {
		var x *exit
		if errors.As(e, &x) {
			return &exit{x.code, words}
		}
	}
	return words
}

// shut ends what a stage's pool has of an agent, or tells how.
func (l *leaving) shut(c *cobra.Command, w io.Writer, name string) error {
	s, err := stage.Read(stagesFile(), name)
	if err != nil {
		return usage(c, fmt.Errorf("--stage: %w", err))
	}
	words, err := endSignIn(c.Context(), s, l.id)
	if err == nil {
		_, err = fmt.Fprintln(w, words)
		return err
	}
	fmt.Fprintf(w, "The sign-in could not be ended. End it, now:\n  %s\n  aws cognito-idp admin-disable-user --region %s --user-pool-id \"$pool\" --username %s\n  aws cognito-idp admin-user-global-sign-out --region %s --user-pool-id \"$pool\" --username %s\n",
		poolOf(s), s.Region, l.id, s.Region, l.id)
	return err
}

// errNobody tells that a brand knows nothing of an agent.
var errNobody = errors.New("nobody of this id")

// orders bounds how often one brand is asked to go on: each takes a hundred conversations.
const orders = 100

// at hands over at one brand, and tells of it.
func (l *leaving) at(ctx context.Context, w io.Writer, p *policy.Policy, b *policy.Brand) error {
	way, err := l.way(ctx, w, p, b)
	if err != nil {
		return err
	}
	was, err := way.look()
	var no *refusal
	if errors.As(err, &no) && no.Code == work.UnknownAgent && p.Agent(l.id) == nil {
		return errNobody
	}
	if err != nil {
		return err
	}
	l.tell(w, p, b, was)
	if l.look {
		return nil
	}
	order, who := map[string]string{"note": l.note}, "everybody"
	if to := p.Agent(l.to); to != nil && slices.Contains(to.Brands, b.ID) {
		order["to"], who = to.ID, to.Name
	} else if l.to != "" {
		fmt.Fprintf(w, "  %s does not answer for it: everybody has it.\n", l.to)
	}
	moved := 0
	for range orders {
		is, err := way.order(order)
		if err != nil {
			return err
		}
		moved += is.Moved
		if is.Open == 0 {
			fmt.Fprintf(w, "  Nobody is let in as %s any more; %s went to %s.\n", l.id, count(moved, "conversation"), who)
			return nil
		}
	}
	return errors.New("there is still more")
}

// way is how a brand is told: by its desk, in the name of who may, or past it with the account's credentials.
type way struct {
	look  func() (work.Offboarding, error)
	order func(map[string]string) (work.Offboarding, error)
}

// way finds it. The account's is for where nobody else may.
func (l *leaving) way(ctx context.Context, w io.Writer, p *policy.Policy, b *policy.Brand) (*way, error) {
	as := l.asking
	as.brand = b.ID
	as.as = cmp.Or(as.as, l.lead(p, b))
	switch {
	case as.as == "" && l.account == "":
		return nil, &exit{exitUsage, fmt.Errorf("nobody else answers for %s who could let %s go: a lead or an admin needs an admin, or the account's credentials (--stage)", b.ID, l.id)}
	case as.as == "":
		return l.past(ctx, w, b)
	}
	path, query := "/agents/"+url.PathEscape(l.id), "?brand="+url.QueryEscape(b.ID)
	return &way{
		look: func() (has work.Offboarding, err error) {
			err = as.ask(ctx, http.MethodGet, path+query, nil, &has)
			return has, err
		},
		order: func(o map[string]string) (has work.Offboarding, err error) {
			err = as.ask(ctx, http.MethodPost, path+"/offboard"+query, o, &has)
			return has, err
		},
	}, nil
}

// past is the way with the account's credentials.
func (l *leaving) past(ctx context.Context, w io.Writer, b *policy.Brand) (*way, error) {
	s, err := stage.Read(stagesFile(), l.account)
	if err != nil {
		return nil, err
	}
	in, by, err := asOperator(ctx, s, l.policy)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(w, "%s has no other admin: with the account's credentials, as %s.\n", b.Name, by)
	stands, err := rulesOf(ctx, w, in, l.policy, true, false)
	if err != nil {
		return nil, err
	}
	desk, err := work.ForLeaving(ctx, in, stands, by)
	if err != nil {
		return nil, err
	}
	told := func(has work.Offboarding, p *work.Problem) (work.Offboarding, error) {
		if p != nil {
			return has, &refusal{*p}
		}
		return has, nil
	}
	return &way{
		look: func() (work.Offboarding, error) { return told(desk.Offboarding(ctx, b.ID, l.id)) },
		order: func(o map[string]string) (work.Offboarding, error) {
			body, err := json.Marshal(o)
			if err != nil {
				return work.Offboarding{}, err
			}
			return told(desk.LetGo(ctx, b.ID, l.id, body))
		},
	}, nil
}

// lead is who may let this one go at a brand: a lead, or an admin where he is one of these himself.
func (l *leaving) lead(p *policy.Policy, b *policy.Brand) string {
	need := policy.RoleLead
	if a := p.Agent(l.id); a != nil && a.RoleAt(b.ID).Includes(need) {
		need = policy.RoleAdmin
	}
	for _, a := range p.Agents {
		if a.ID != l.id && slices.Contains(a.Brands, b.ID) && a.RoleAt(b.ID).Includes(need) {
			return a.ID
		}
	}
	return ""
}

// toldEach is how many promises and shifts are told one by one.
const toldEach = 10

// tell says what somebody has.
func (l *leaving) tell(w io.Writer, p *policy.Policy, b *policy.Brand, has work.Offboarding) {
	more := ""
	if has.More {
		more = " at least"
	}
	fmt.Fprintf(w, "%s: %s has %s%s open, %s that have not left, %s in the next sixty days, %s of shifts, %s that nobody else sees, %s for pages.\n", b.Name, l.id, count(has.Open, "conversation"), more,
		count(len(has.Scheduled), "answer"), count(len(has.Shifts), "shift"), count(has.Offers, "offer"), count(has.Drafts, "draft"), count(has.Devices, "device"))
	if has.Left != nil {
		does := "nobody"
		if has.To != nil {
			does = has.To.Name
		}
		fmt.Fprintf(w, "  has left, since %s; %s does the shifts\n", has.Left.In(b.Zone).Format("Mon 2 Jan 15:04 MST"), does)
	}
	for _, o := range has.Promises[:min(toldEach, len(has.Promises))] {
		late := ""
		if o.Late {
			late = ", late"
		}
		fmt.Fprintf(w, "  due %s  %s, %s%s\n", o.Due.In(b.Zone).Format("Mon 2 Jan 15:04 MST"), o.Conversation, o.Priority, late)
	}
	for _, s := range has.Scheduled {
		fmt.Fprintf(w, "  leaves %s  %s: it will wait for a person\n", s.At.In(b.Zone).Format("Mon 2 Jan 15:04 MST"), s.Conversation)
	}
	for _, s := range has.Shifts[:min(toldEach, len(has.Shifts))] {
		fmt.Fprintf(w, "  on from %s to %s\n", s.Start.In(b.Zone).Format("Mon 2 Jan 15:04"), s.End.In(b.Zone).Format("Mon 2 Jan 15:04 MST"))
	}
	if l.to == "" {
		for _, g := range has.Gaps[:min(toldEach, len(has.Gaps))] {
			fmt.Fprintf(w, "  without them: %s\n", g)
		}
	}
}

// strike takes an agent out of the rule book, unless something else in it names him.
func (l *leaving) strike(w io.Writer, a *policy.Agent) error {
	n, err := l.named(w, a, "change these lines, then order it again")
	switch {
	case err != nil:
		return err
	case n > 0:
		return &exit{exitProblems, fmt.Errorf("%s was not changed: it names %s in %s", l.policy, a.ID, count(n, "other place"))}
	}
	if err := change(l.policy, func(data []byte) ([]byte, error) { return removed(data, a.ID) }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s is no agent of %s any more, from the next deployment on.\n", a.ID, l.policy)
	return err
}

// named tells where else the rule book names an agent, and what is to be done about it; n is in how many places.
func (l *leaving) named(w io.Writer, a *policy.Agent, do string) (n int, err error) {
	data, err := os.ReadFile(l.policy)
	if err != nil {
		return 0, fmt.Errorf("read the rule book: %w", err)
	}
	all := naming(data, a.ID, a.Name)
	if len(all) > 0 {
		fmt.Fprintf(w, "%s names %s still; %s:\n", l.policy, a.ID, do)
	}
	for _, n := range all {
		fmt.Fprintf(w, "  line %d: %s (%s)\n", n.line, n.path, n.remedy())
	}
	return len(all), nil
}

// named is a place of a rule book that names an agent.
type named struct {
	line int
	path string
	text bool // it writes his name
}

// remedy says what is to be done about it.
func (n named) remedy() string {
	switch {
	case n.text:
		return "a text with the name: write it without"
	case strings.Contains(n.path, "overrides"):
		return "take this override out"
	case strings.Contains(n.path, "rota"):
		return "put somebody else here, or take the line out: what comes after moves up a turn"
	case strings.Contains(n.path, "pages"):
		return "page somebody else at this step"
	}
	return "name somebody else, or take it out"
}

// naming finds where a rule book names an agent, by id or in a text, outside of what says who the agent is.
func naming(data []byte, id, name string) (all []named) {
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) != 1 {
		return nil
	}
	var walk func(n *yaml.Node, path string)
	walk = func(n *yaml.Node, path string) {
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				walk(n.Content[i+1], strings.TrimPrefix(path+"."+n.Content[i].Value, "."))
			}
		case yaml.SequenceNode:
			for _, c := range n.Content {
				if path == "agents" && idOf(c) == id {
					continue
				}
				walk(c, strings.TrimSuffix(path+"."+nameIn(c), "."))
			}
		case yaml.ScalarNode:
			switch {
			case n.Value == id:
				all = append(all, named{n.Line, path, false})
			case name != "" && strings.Contains(n.Value, name):
				all = append(all, named{n.Line, path, true})
			}
		}
	}
	walk(doc.Content[0], "")
	return all
}

// nameIn is by what an element of a list is called: its id, or its name.
func nameIn(n *yaml.Node) string {
	for _, key := range []string{"id", "name"} {
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key && n.Content[i+1].Kind == yaml.ScalarNode {
				return n.Content[i+1].Value
			}
		}
	}
	return ""
}

// removed is a rule book without an agent.
func removed(data []byte, id string) ([]byte, error) {
	list, err := agentsOf(data)
	if err != nil {
		return nil, err
	}
	lines := strings.SplitAfter(string(data), "\n")
	for i, a := range list.Content {
		if idOf(a) != id {
			continue
		}
		from, to := a.Line, lastLine(a, lines)
		for i < len(list.Content)-1 && to < len(lines) && strings.TrimSpace(lines[to]) == "" {
			to++ // and what parts him from the next
		}
		if i > 0 && i == len(list.Content)-1 && strings.TrimSpace(lines[from-2]) == "" {
			from-- // or from the one before
		}
		return []byte(strings.Join(lines[:from-1], "") + strings.Join(lines[to:], "")), nil
	}
	return nil, &exit{exitUsage, fmt.Errorf("no agent %s is in the rule book: see pronto agent list", id)}
}

package browser

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
)

// node is one of what a screen reader is given.
type node struct {
	role, name string
	level      string
}

// tree is the page as a screen reader is given it, in its order.
func (p *person) tree() (all []node) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	whole, err := chromedp.Run(ctx, func(ctx context.Context, _ *chromedp.Target) (accessibility.GetFullAXTreeResult, error) {
		return chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	})
	if err != nil {
		p.t.Fatalf("ask for the accessibility tree: %v", err)
	}
	said := func(v *accessibility.Value) string {
		if v == nil {
			return ""
		}
		return strings.Trim(string(v.Value), `"`)
	}
	for _, n := range whole.Nodes {
		if n.Ignored {
			continue
		}
		one := node{role: said(n.Role), name: strings.TrimSpace(said(n.Name))}
		for _, x := range n.Properties {
			if x.Name == "level" {
				one.level = said(x.Value)
			}
		}
		all = append(all, one)
	}
	return all
}

// counted is a countdown, which is for the eye: read aloud it would never be silent.
var counted = regexp.MustCompile(` (in|late by) \d+:\d\d$`)

// drawn is what only the eye needs; a reader would call it "single right-pointing angle quotation mark".
var drawn = regexp.MustCompile(`[›▾]`)

// heard tells that somebody who hears the page finds her way: what can be pressed or filled in has a name, headings follow one another under a single first, landmarks that there are
// several of are told apart, what is done is said by a region that was there before, and nothing that counts down, or is only drawn, is read.
func (p *person) heard(what string) {
	p.t.Helper()
	all, level, firsts, status := p.tree(), 0, 0, 0
	for _, n := range all {
		if drawn.MatchString(n.name) {
			p.t.Errorf("%s: what is only drawn is read: a %s %q", what, n.role, n.name)
		}
		switch n.role {
		case "button", "link", "textbox", "searchbox", "combobox", "checkbox", "radio", "listbox", "DisclosureTriangle", "navigation", "region", "Iframe", "Date", "DateTime":
			if n.name == "" {
				p.t.Errorf("%s: a %s has no name", what, n.role)
			}
		case "heading":
			now := int(n.level[0] - '0')
			if now > level+1 {
				p.t.Errorf("%s: the heading %q is of level %d after one of level %d", what, n.name, now, level)
			}
			if level = now; now == 1 {
				firsts++
			}
		case "status":
			status++
		case "StaticText":
			if counted.MatchString(" " + n.name) {
				p.t.Errorf("%s: a countdown is read: %q", what, n.name)
			}
		}
	}
	if firsts != 1 || status == 0 || !slices.ContainsFunc(all, func(n node) bool { return n.role == "main" }) {
		p.t.Errorf("%s: %d first headings, %d regions that say what was done, of %d nodes", what, firsts, status, len(all))
	}
}

package policy

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Reach is how far a change of the rule book goes, and so who has to agree to it. It is told by the keys that are changed, not by the text: what is not known to be
// harmless reaches customers.
type Reach string

// The reaches, the shorter first.
const (
	House Reach = "house" // it changes how we work: a lead alone may
	Away  Reach = "away"  // it changes what leaves the house, to whom, or who may do what: another lead must agree
	Stack Reach = "stack" // the stack must know of it (domains, rights): it takes a deployment
)

var reaches = []Reach{House, Away, Stack}

// Beyond reports whether r goes further than other.
func (r Reach) Beyond(other Reach) bool {
	return slices.Index(reaches, r) > slices.Index(reaches, other)
}

// Words says it to a lead.
func (r Reach) Words() string {
	switch r {
	case House:
		return "it changes how we work: one lead is enough"
	case Stack:
		return "the stack must know of it: change policy.yaml and deploy"
	}
	return "it changes what leaves the house, to whom, or who may do what: another lead must agree"
}

// Short says it behind a change.
func (r Reach) Short() string {
	switch r {
	case House:
		return "stays in the house"
	case Stack:
		return "takes a deployment"
	}
	return "leaves the house"
}

// Change is one thing in which two rule books differ.
type Change struct {
	Field string `json:"field"`           // as in brands[acme-air].receipts.en.neutral
	Brand string `json:"brand,omitempty"` // whose block it stands in; "" for what all brands share
	Reach Reach  `json:"reach"`
}

// harmless are the keys whose change only the house notices. Every other key of the rule book reaches customers, or decides who may do what; docs/policy.md says so,
// and a test holds that each key of the rule book has been thought of.
var harmless = map[string]bool{
	"brand.rota": true, "brand.hours": true, "brand.sla": true, "brand.segments": true, "brand.snooze": true, "brand.close_after": true, "brand.undo": true,
	"brand.value": true, "brand.room": true, "brand.targets": true, "brand.pages": true, "brand.warn": true, "brand.triage": true, "brand.team.hours": true,
	"brand.channels.*.hours": true, "agent.languages": true, "agent.time_zone": true, "agent.quiet": true, "agent.room": true,
	"brand.pages.steps": false, "brand.triage.second_opinion": false, // a step may name a system elsewhere; texts go to another service
}

// reachOf is that of a key, by the nearest of the keys above it that is named. A * stands for any key.
func reachOf(path []string) Reach {
	for n := len(path); n > 0; n-- {
		for _, at := range []string{strings.Join(path[:n], "."), starred(path[:n])} {
			if ok, named := harmless[at]; named {
				if ok {
					return House
				}
				return Away
			}
		}
	}
	return Away
}

func starred(path []string) string {
	if len(path) < 3 {
		return ""
	}
	p := slices.Clone(path)
	p[2] = "*"
	return strings.Join(p, ".")
}

// Book is a rule book with the bytes that it was read from.
type Book struct {
	Policy *Policy
	Text   []byte
}

// Changes are what differs between two rule books that were read without problems, in the order of their fields. What differs in comments and spaces alone is no
// change.
func Changes(was, is Book) []Change {
	d := &differ{was: was.Policy, is: is.Policy}
	a, b := tree(was.Text), tree(is.Text)
	for _, key := range keysOf(a, b) {
		x, y := a[key], b[key]
		switch key {
		case "brands":
			d.listed(x, y, "brand")
		case "agents":
			d.listed(x, y, "agent")
		default:
			d.at([]string{"top", key}, key, "", x, y)
		}
	}
	slices.SortStableFunc(d.all, func(a, b Change) int { return cmp.Compare(a.Field, b.Field) })
	return d.all
}

// Furthest is how far the furthest of some changes goes; House for none.
func Furthest(all []Change) Reach {
	far := House
	for _, c := range all {
		if c.Reach.Beyond(far) {
			far = c.Reach
		}
	}
	return far
}

type differ struct {
	was, is *Policy
	all     []Change
}

// listed compares what has ids. Brands in another order are a change: the first of two on one domain has what is addressed to nobody.
func (d *differ) listed(x, y *yaml.Node, kind string) {
	was, before := byID(x)
	is, after := byID(y)
	for _, id := range slices.Concat(before, slices.DeleteFunc(slices.Clone(after), func(id string) bool { return was[id] != nil })) {
		field, brand := kind+"s["+id+"]", ""
		if kind == "brand" {
			brand = id
		}
		switch {
		case was[id] == nil && kind == "brand":
			d.all = append(d.all, Change{field, brand, Stack}) // its reply domain is new
		case was[id] == nil || is[id] == nil:
			d.all = append(d.all, Change{field, brand, Away})
		default:
			for _, key := range keysOf(mapping(was[id]), mapping(is[id])) {
				d.at([]string{kind, key}, field+"."+key, brand, mapping(was[id])[key], mapping(is[id])[key])
			}
		}
	}
	stay := slices.DeleteFunc(before, func(id string) bool { return is[id] == nil })
	if kind == "brand" && !slices.Equal(stay, slices.DeleteFunc(after, func(id string) bool { return was[id] == nil })) {
		d.all = append(d.all, Change{"brands", "", Away})
	}
}

// at compares two values, key by key as far down as both are mappings.
func (d *differ) at(path []string, field, brand string, x, y *yaml.Node) {
	if same(x, y) {
		return
	}
	own := Change{field, brand, d.reach(path)}
	a, b := mapping(x), mapping(y)
	if a == nil && x != nil || b == nil && y != nil || len(a)+len(b) == 0 {
		d.all = append(d.all, own)
		return
	}
	within := &differ{was: d.was, is: d.is}
	for _, key := range keysOf(a, b) {
		within.at(append(slices.Clone(path), key), field+"."+plain(key), brand, a[key], b[key])
	}
	// What comes or goes as a whole is one change, unless it has keys that go further than it.
	if (a == nil || b == nil) && !slices.ContainsFunc(within.all, func(c Change) bool { return c.Reach != own.Reach }) {
		within.all = []Change{own}
	}
	d.all = append(d.all, within.all...)
}

// reach is that of a changed key; of one that brings a domain, or a right that the stack has not given, it is the stack's.
func (d *differ) reach(path []string) Reach {
	switch {
	case path[0] == "brand" && slices.Contains([]string{"addresses", "domains", "reply_domain", "from"}, path[1]) && len(newDomains(d.was, d.is)) > 0:
		return Stack
	case path[0] == "brand" && path[1] == "triage" && !d.was.SecondOpinions() && d.is.SecondOpinions():
		return Stack
	}
	return reachOf(path)
}

// newDomains are those from or to which mail goes by one rule book, and not by another.
func newDomains(was, is *Policy) []string {
	known := was.mailDomains()
	return slices.DeleteFunc(is.mailDomains(), func(domain string) bool { return slices.Contains(known, domain) })
}

func (p *Policy) mailDomains() (all []string) {
	for _, b := range p.Brands {
		all = append(append(all, b.Domains...), b.ReplyDomain)
		for _, address := range append(slices.Clone(b.Addresses), b.From.Addr) {
			_, domain := split(address)
			all = append(all, domain)
		}
	}
	return all
}

// tree is the top of a rule book that was read without problems before.
func tree(text []byte) map[string]*yaml.Node {
	var doc yaml.Node
	if yaml.NewDecoder(bytes.NewReader(text)).Decode(&doc) != nil || len(doc.Content) == 0 {
		return nil
	}
	return mapping(doc.Content[0])
}

// mapping is a node's keys, nil where it is no mapping.
func mapping(n *yaml.Node) map[string]*yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	m := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		m[n.Content[i].Value] = n.Content[i+1]
	}
	return m
}

// entries are those of a list; one mapping alone counts as a list of one.
func entries(n *yaml.Node) []*yaml.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.SequenceNode:
		return n.Content
	}
	return []*yaml.Node{n}
}

func byID(n *yaml.Node) (all map[string]*yaml.Node, order []string) {
	all = map[string]*yaml.Node{}
	for _, e := range entries(n) {
		if id := mapping(e)["id"]; id != nil {
			all[id.Value] = e
			order = append(order, id.Value)
		}
	}
	return all, order
}

func keysOf(a, b map[string]*yaml.Node) []string {
	all := slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b)))
	slices.Sort(all)
	return slices.Compact(all)
}

// same tells whether two values are written alike but for style.
func same(x, y *yaml.Node) bool {
	switch {
	case x == nil || y == nil:
		return x == y
	case x.Kind != y.Kind || x.Tag != y.Tag || x.Value != y.Value || len(x.Content) != len(y.Content):
		return false
	}
	return slices.EqualFunc(x.Content, y.Content, same)
}

package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pronto/infra/local/dynamodb/attr"
)

// Step is one step into a document: the name of an attribute or, when that is empty, an index into a list.
type Step struct {
	Name  string
	Index int
}

// Path leads from an item to a value in it; its first step is a name.
type Path []Step

// String is the path as DynamoDB's messages spell it: [a, b, [1]].
func (p Path) String() string {
	parts := make([]string, len(p))
	for i, s := range p {
		if parts[i] = s.Name; s.Name == "" {
			parts[i] = fmt.Sprintf("[%d]", s.Index)
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// Get follows the path.
func (p Path) Get(it attr.Item) (attr.Value, bool) {
	v := attr.Value{Kind: attr.M, Map: it}
	for _, s := range p {
		var ok bool
		if v, ok = s.into(v); !ok {
			return attr.Value{}, false
		}
	}
	return v, true
}

func (s Step) into(v attr.Value) (attr.Value, bool) {
	switch {
	case s.Name != "" && v.Kind == attr.M:
		return v.Map.Get(s.Name)
	case s.Name == "" && v.Kind == attr.L && s.Index < len(v.List):
		return v.List[s.Index], true
	}
	return attr.Value{}, false
}

var errPath = refuse("The document path provided in the update expression is invalid for update")

// set is the document with v at the path. All steps but the last must exist; an index past a list's end appends.
func (p Path) set(doc, v attr.Value) (attr.Value, error) {
	if len(p) == 0 {
		return v, nil
	}
	child, ok := p[0].into(doc)
	if !ok && len(p) > 1 {
		return attr.Value{}, errPath
	}
	child, err := p[1:].set(child, v)
	if err != nil {
		return attr.Value{}, err
	}
	return p[0].put(doc, child)
}

func (s Step) put(doc, v attr.Value) (attr.Value, error) {
	switch {
	case s.Name != "" && doc.Kind == attr.M:
		doc.Map = doc.Map.With(s.Name, v)
	case s.Name == "" && doc.Kind == attr.L:
		doc.List = slices.Clone(doc.List)
		if s.Index < len(doc.List) {
			doc.List[s.Index] = v
		} else {
			doc.List = append(doc.List, v)
		}
	default:
		return attr.Value{}, errPath
	}
	return doc, nil
}

// remove is the document without what the path leads to. A last step that leads nowhere is nothing to do; a step before it is an error.
func (p Path) remove(doc attr.Value) (attr.Value, error) {
	child, ok := p[0].into(doc)
	if len(p) > 1 {
		if !ok {
			return attr.Value{}, errPath
		}
		child, err := p[1:].remove(child)
		if err != nil {
			return attr.Value{}, err
		}
		return p[0].put(doc, child)
	}
	switch {
	case p[0].Name != "" && doc.Kind == attr.M:
		doc.Map = doc.Map.Without(p[0].Name)
	case p[0].Name == "" && doc.Kind == attr.L:
		if ok {
			doc.List = slices.Delete(slices.Clone(doc.List), p[0].Index, p[0].Index+1)
		}
	default:
		return attr.Value{}, errPath
	}
	return doc, nil
}

// path parses name(.name|[index])*.
func (p *parser) path() Path {
	path := Path{{Name: p.attribute()}}
	for {
		switch {
		case p.take("."):
			path = append(path, Step{Name: p.attribute()})
		case p.take("["):
			path = append(path, Step{Index: p.index()})
			p.expect("]")
		default:
			if len(path) > attr.MaxDepth {
				fail("The document path has too many nesting elements; nesting levels: %d", len(path))
			}
			p.paths = append(p.paths, path)
			return path
		}
	}
}

func (p *parser) attribute() string {
	t := p.peek()
	switch t.kind {
	case word:
		if isReserved(t.text) {
			fail("Attribute name is a reserved keyword; reserved keyword: %s", t.text)
		}
		p.at++
		return t.text
	case name:
		p.at++
		return p.scope.name(t.text)
	}
	p.syntax()
	return ""
}

func (p *parser) index() int {
	t := p.next()
	n, err := strconv.Atoi(t.text)
	if t.kind != number || err != nil || n > 1<<20 {
		fail(`List index is not within the allowable range; index: [%s]`, t.text)
	}
	return n
}

// disjoint refuses paths of which one leads through another, or that see one value as both list and map.
func disjoint(paths []Path) {
	for i, a := range paths {
		for _, b := range paths[:i] {
			n := 0
			for n < min(len(a), len(b)) && a[n] == b[n] {
				n++
			}
			if n == min(len(a), len(b)) {
				fail("Two document paths overlap with each other; must remove or rewrite one of these paths; path one: %s, path two: %s", b, a)
			}
			if (a[n].Name == "") != (b[n].Name == "") {
				fail("Two document paths conflict with each other; must remove or rewrite one of these paths; path one: %s, path two: %s", b, a)
			}
		}
	}
}

// Projection is a list of disjoint paths.
type Projection []Path

// ParseProjection parses a ProjectionExpression.
func ParseProjection(text string, scope *Scope) (Projection, error) {
	var paths Projection
	err := parse("ProjectionExpression", text, scope, func(p *parser) {
		for {
			paths = append(paths, p.path())
			if !p.take(",") {
				break
			}
		}
		if p.peek().kind != end {
			p.syntax()
		}
		disjoint(paths)
	})
	return paths, err
}

// Apply is the part of the item that the paths lead to. List elements close up, in their order.
func (pr Projection) Apply(it attr.Item) attr.Item {
	out := attr.Item{}
	for _, f := range it {
		rest, whole := pr.behind(Step{Name: f.Name})
		if whole {
			out = append(out, f)
		} else if v, ok := rest.apply(f.Value); ok {
			out = append(out, attr.Field{Name: f.Name, Value: v})
		}
	}
	return out
}

// behind is what is left of the paths that begin with s; whole when one of them ends there.
func (pr Projection) behind(s Step) (rest Projection, whole bool) {
	for _, p := range pr {
		if p[0] == s {
			if len(p) == 1 {
				return nil, true
			}
			rest = append(rest, p[1:])
		}
	}
	return rest, false
}

func (pr Projection) apply(v attr.Value) (attr.Value, bool) {
	if len(pr) == 0 {
		return v, false
	}
	switch v.Kind {
	case attr.M:
		v.Map = pr.Apply(v.Map)
		return v, len(v.Map) > 0
	case attr.L:
		var list []attr.Value
		for i, e := range v.List {
			rest, whole := pr.behind(Step{Index: i})
			if whole {
				list = append(list, e)
			} else if part, ok := rest.apply(e); ok {
				list = append(list, part)
			}
		}
		v.List = list
		return v, len(list) > 0
	}
	return v, false
}

package expr

import (
	"slices"
	"strings"

	"pronto/infra/local/dynamodb/attr"
)

// Update is a parsed UpdateExpression.
type Update struct {
	sets, removes, adds, deletes []action
	Paths                        []Path // what it writes to
	Mentions                     []Path // what it reads or writes
}

type action struct {
	path Path
	expr term // for SET: the right-hand side; for ADD and DELETE: a value
}

// term is the right-hand side of a SET: an operand, or "+", "-", "if_not_exists" or "list_append" over two of them.
type term struct {
	op      string
	operand operand
	args    []term
}

// ParseUpdate parses an UpdateExpression.
func ParseUpdate(text string, scope *Scope) (*Update, error) {
	u := &Update{}
	err := parse("UpdateExpression", text, scope, func(p *parser) {
		u.sections(p)
		if p.peek().kind != end {
			p.syntax()
		}
		for _, list := range [][]action{u.sets, u.removes, u.adds, u.deletes} {
			for _, a := range list {
				u.Paths = append(u.Paths, a.path)
			}
		}
		u.Mentions = p.paths
		disjoint(u.Paths)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

func (u *Update) sections(p *parser) {
	seen := map[string]bool{}
	for p.peek().kind == word {
		section := strings.ToUpper(p.peek().text)
		into, parse := u.section(section)
		if into == nil {
			p.syntax()
		}
		if p.next(); seen[section] {
			fail(`The "%s" section can only be used once in an update expression;`, section)
		}
		seen[section] = true
		for {
			*into = append(*into, parse(p))
			if !p.take(",") {
				break
			}
		}
	}
}

func (u *Update) section(name string) (*[]action, func(*parser) action) {
	switch name {
	case "SET":
		return &u.sets, (*parser).assignment
	case "REMOVE":
		return &u.removes, func(p *parser) action { return action{path: p.path()} }
	case "ADD":
		return &u.adds, func(p *parser) action { return p.increment("ADD") }
	case "DELETE":
		return &u.deletes, func(p *parser) action { return p.increment("DELETE") }
	}
	return nil, nil
}

// increment parses "path :value" of ADD and DELETE.
func (p *parser) increment(section string) action {
	path := p.path()
	t := p.peek()
	if t.kind != value {
		p.syntax()
	}
	p.at++
	v := p.scope.value(t.text)
	if !v.Kind.IsSet() && (section == "DELETE" || v.Kind != attr.N) {
		fail("Incorrect operand type for operator or function; operator: %s, operand type: %s", section, longName[v.Kind])
	}
	return action{path, term{operand: operand{value: v}}}
}

var longName = map[attr.Kind]string{attr.S: "STRING", attr.N: "NUMBER", attr.B: "BINARY", attr.BOOL: "BOOLEAN", attr.NULL: "NULL", attr.M: "MAP", attr.L: "LIST",
	attr.SS: "STRING_SET", attr.NS: "NUMBER_SET", attr.BS: "BINARY_SET"}

func (p *parser) assignment() action {
	path := p.path()
	p.expect("=")
	left := p.term()
	for _, op := range []string{"+", "-"} {
		if p.take(op) {
			sum := term{op: op, args: []term{left, p.term()}}
			for _, a := range sum.args {
				a.require(op, attr.N)
			}
			return action{path, sum}
		}
	}
	return action{path, left}
}

// require refuses a literal operand of the wrong kind.
func (t term) require(op string, kind attr.Kind) {
	if k, literal := t.operand.literal(); t.op == "" && literal && k != kind {
		badOperand(op, k)
	}
}

func (p *parser) term() term {
	t := p.peek()
	if t.kind == value {
		p.at++
		return term{operand: operand{value: p.scope.value(t.text)}}
	}
	if t.kind != word || p.tokens[p.at+1].text != "(" {
		return term{operand: operand{path: p.path()}}
	}
	p.at += 2
	if t.text != "if_not_exists" && t.text != "list_append" {
		if _, known := functions[t.text]; known || t.text == "size" {
			fail("The function is not allowed in an update expression; function: %s", t.text)
		}
		fail("Invalid function name; function: %s", t.text)
	}
	call := term{op: t.text, args: p.terms()}
	if len(call.args) != 2 {
		fail("Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d", t.text, len(call.args))
	}
	call.check()
	return call
}

func (p *parser) terms() []term {
	args := []term{p.term()}
	for p.take(",") {
		args = append(args, p.term())
	}
	p.expect(")")
	return args
}

func (t term) check() {
	if t.op == "list_append" {
		t.args[0].require(t.op, attr.L)
		t.args[1].require(t.op, attr.L)
		return
	}
	if t.args[0].op != "" || t.args[0].operand.path == nil {
		fail("Operator or function requires a document path; operator or function: if_not_exists")
	}
}

// Kind is the kind that the update is bound to give to a top-level attribute, or 0 when that depends on the item.
func (u *Update) Kind(attribute string) attr.Kind {
	for _, actions := range [][]action{u.sets, u.adds, u.deletes} {
		for _, a := range actions {
			if len(a.path) == 1 && a.path[0].Name == attribute {
				return a.expr.kind()
			}
		}
	}
	return 0
}

func (t term) kind() attr.Kind {
	switch t.op {
	case "+", "-":
		return attr.N
	case "list_append":
		return attr.L
	case "if_not_exists":
		return t.args[1].kind()
	}
	return t.operand.value.Kind
}

// Apply is the item after the update. Right-hand sides and list indexes are those of the item before it.
func (u *Update) Apply(it attr.Item) (attr.Item, error) {
	doc := attr.Value{Kind: attr.M, Map: it}
	values := make([]attr.Value, len(u.sets))
	for i, a := range u.sets {
		var err error
		if values[i], err = a.expr.eval(it); err != nil {
			return nil, err
		}
	}
	doc, err := u.assign(doc, values)
	for _, step := range []struct {
		actions []action
		merge   func(old attr.Value, ok bool, v attr.Value) (attr.Value, error)
	}{{u.adds, add}, {u.deletes, subtract}} {
		for _, a := range step.actions {
			if err == nil {
				doc, err = a.merge(it, doc, step.merge)
			}
		}
	}
	for _, a := range slices.Backward(ordered(u.removes)) {
		if err == nil {
			doc, err = a.path.remove(doc)
		}
	}
	if err != nil {
		return nil, err
	}
	return doc.Map, nil
}

// assign writes the evaluated SETs, lower indexes first, so that what lies past a list's end is appended in order.
func (u *Update) assign(doc attr.Value, values []attr.Value) (_ attr.Value, err error) {
	order := make([]int, len(u.sets))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return comparePaths(u.sets[a].path, u.sets[b].path) })
	for _, i := range order {
		if doc, err = u.sets[i].path.set(doc, values[i]); err != nil {
			return doc, err
		}
	}
	return doc, nil
}

// ordered sorts by path; removing from the last to the first keeps every index true.
func ordered(actions []action) []action {
	out := slices.Clone(actions)
	slices.SortStableFunc(out, func(a, b action) int { return comparePaths(a.path, b.path) })
	return out
}

func comparePaths(a, b Path) int {
	return slices.CompareFunc(a, b, func(x, y Step) int {
		if c := strings.Compare(x.Name, y.Name); c != 0 {
			return c
		}
		return x.Index - y.Index
	})
}

// merge applies ADD or DELETE at the path; a set that becomes empty is removed.
func (a action) merge(it attr.Item, doc attr.Value, f func(attr.Value, bool, attr.Value) (attr.Value, error)) (attr.Value, error) {
	old, ok := a.path.Get(it)
	v, err := f(old, ok, a.expr.operand.value)
	if err != nil {
		return doc, err
	}
	if v.Kind == 0 {
		if !ok {
			if _, err := a.path.set(doc, attr.String("")); err != nil {
				return doc, err
			}
			return doc, nil
		}
		return a.path.remove(doc)
	}
	return a.path.set(doc, v)
}

var errOperand = refuse("An operand in the update expression has an incorrect data type")

func add(old attr.Value, ok bool, v attr.Value) (attr.Value, error) {
	switch {
	case !ok:
		return v, nil
	case old.Kind != v.Kind:
		return old, errOperand
	case v.Kind == attr.N:
		return arithmetic("+", old, v)
	}
	set := slices.Clone(old.Set)
	for _, s := range v.Set {
		if !slices.Contains(old.Set, s) {
			set = append(set, s)
		}
	}
	attr.SortSet(v.Kind, set)
	return attr.Value{Kind: v.Kind, Set: set}, nil
}

func subtract(old attr.Value, ok bool, v attr.Value) (attr.Value, error) {
	if !ok {
		return attr.Value{}, nil
	}
	if old.Kind != v.Kind {
		return old, errOperand
	}
	left := slices.DeleteFunc(slices.Clone(old.Set), func(s string) bool { return slices.Contains(v.Set, s) })
	if len(left) == 0 {
		return attr.Value{}, nil
	}
	return attr.Value{Kind: v.Kind, Set: left}, nil
}

func (t term) eval(it attr.Item) (attr.Value, error) {
	if t.op == "" {
		v, ok := t.operand.eval(it)
		if !ok {
			return v, refuse("The provided expression refers to an attribute that does not exist in the item")
		}
		return v, nil
	}
	if t.op == "if_not_exists" {
		if v, ok := t.args[0].operand.eval(it); ok {
			return v, nil
		}
		return t.args[1].eval(it)
	}
	a, err := t.args[0].eval(it)
	if err != nil {
		return a, err
	}
	b, err := t.args[1].eval(it)
	if err != nil {
		return b, err
	}
	if t.op == "list_append" {
		if a.Kind != attr.L || b.Kind != attr.L {
			return a, errOperand
		}
		return attr.Value{Kind: attr.L, List: slices.Concat(a.List, b.List)}, nil
	}
	return arithmetic(t.op, a, b)
}

func arithmetic(op string, a, b attr.Value) (attr.Value, error) {
	if a.Kind != attr.N || b.Kind != attr.N {
		return a, errOperand
	}
	f := attr.Add
	if op == "-" {
		f = attr.Sub
	}
	n, err := f(a.Str, b.Str)
	return attr.Num(n), err
}

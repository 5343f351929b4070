package expr

import (
	"slices"
	"strings"

	"pronto/infra/local/dynamodb/attr"
)

// operand is a path, a value, or the size of a path.
type operand struct {
	path  Path // nil for a value
	value attr.Value
	size  bool
}

func (o operand) eval(it attr.Item) (attr.Value, bool) {
	v, ok := o.value, true
	if o.path != nil {
		v, ok = o.path.Get(it)
	}
	if !ok || !o.size {
		return v, ok
	}
	n, ok := v.Length()
	return attr.Num(itoa(n)), ok
}

// literal reports the kind of an operand that does not depend on the item.
func (o operand) literal() (attr.Kind, bool) {
	if o.size {
		return attr.N, true
	}
	return o.value.Kind, o.path == nil
}

func (o operand) equal(b operand) bool {
	return o.path != nil && !o.size && !b.size && slices.Equal(o.path, b.path)
}

// node is a condition: an operator or function over operands, or a connective over nodes.
type node struct {
	op   string // "AND", "=", "begins_with", …
	kids []*node
	args []operand
}

// Condition is a parsed ConditionExpression or FilterExpression.
type Condition struct {
	root  *node
	Paths []Path // every path that it mentions
}

// ParseCondition parses text; kind is the parameter's name, for messages.
func ParseCondition(kind, text string, scope *Scope) (*Condition, error) {
	c := &Condition{}
	err := parse(kind, text, scope, func(p *parser) {
		c.root = p.or()
		c.Paths = p.paths
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Holds evaluates the condition on an item; a missing item is an empty one. A nil Condition holds.
func (c *Condition) Holds(it attr.Item) bool { return c == nil || c.root.holds(it) }

func (p *parser) or() *node {
	left := p.and()
	for p.keyword("OR") {
		left = &node{op: "OR", kids: []*node{left, p.and()}}
	}
	return left
}

func (p *parser) and() *node {
	left := p.not()
	for p.keyword("AND") {
		left = &node{op: "AND", kids: []*node{left, p.not()}}
	}
	return left
}

func (p *parser) not() *node {
	if p.keyword("NOT") {
		return &node{op: "NOT", kids: []*node{p.not()}}
	}
	if p.take("(") {
		start := p.at
		inner := p.or()
		if p.group == [2]int{start, p.at} {
			fail("The expression has redundant parentheses;")
		}
		p.expect(")")
		p.group = [2]int{start - 1, p.at}
		return inner
	}
	return p.comparison()
}

func (p *parser) comparison() *node {
	if t := p.peek(); t.kind == word && p.tokens[p.at+1].text == "(" && t.text != "size" {
		return p.function()
	}
	left := p.operand()
	switch t := p.peek(); {
	case p.keyword("BETWEEN"):
		low := p.operand()
		if !p.keyword("AND") {
			p.syntax()
		}
		return checked(&node{op: "BETWEEN", args: []operand{left, low, p.operand()}})
	case p.keyword("IN"):
		p.expect("(")
		return checked(&node{op: "IN", args: append([]operand{left}, p.operands()...)})
	case t.kind == mark && strings.Contains(" = <> < <= > >= ", " "+t.text+" "):
		p.next()
		return checked(&node{op: t.text, args: []operand{left, p.operand()}})
	case left.size && (t.kind == end || t.text == ")"):
		fail("The function is not allowed to be used this way in an expression; function: size")
	}
	p.syntax()
	return nil
}

func (p *parser) operand() operand {
	t := p.peek()
	switch {
	case t.kind == value:
		p.at++
		return operand{value: p.scope.value(t.text)}
	case t.kind == word && p.tokens[p.at+1].text == "(":
		return p.sizeOf()
	}
	return operand{path: p.path()}
}

func (p *parser) sizeOf() operand {
	t := p.next()
	if t.text != "size" {
		if _, known := functions[t.text]; known {
			fail("The function is not allowed to be used this way in an expression; function: %s", t.text)
		}
		fail("Invalid function name; function: %s", t.text)
	}
	p.expect("(")
	args := p.operands()
	if len(args) != 1 {
		fail("Incorrect number of operands for operator or function; operator or function: size, number of operands: %d", len(args))
	}
	if args[0].size {
		fail("The function is not allowed to be used this way in an expression; function: size")
	}
	if k, literal := args[0].literal(); literal && (k == attr.N || k == attr.BOOL || k == attr.NULL) {
		fail("Incorrect operand type for operator or function; operator or function: size, operand type: %s", k)
	}
	args[0].size = true
	return args[0]
}

// operands parses a list up to and with its closing parenthesis.
func (p *parser) operands() []operand {
	args := []operand{p.operand()}
	for p.take(",") {
		args = append(args, p.operand())
	}
	p.expect(")")
	return args
}

// functions are the conditions written as functions, with their number of operands.
var functions = map[string]int{"attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2, "contains": 2}

func (p *parser) function() *node {
	f := p.next().text
	want, ok := functions[f]
	if !ok {
		if f == "if_not_exists" || f == "list_append" {
			fail("The function is not allowed in a condition expression; function: %s", f)
		}
		fail("Invalid function name; function: %s", f)
	}
	p.expect("(")
	args := p.operands()
	if len(args) != want {
		fail("Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d", f, len(args))
	}
	return checked(&node{op: f, args: args})
}

// checked refuses what can never hold for any item.
func checked(n *node) *node {
	switch n.op {
	case "attribute_exists", "attribute_not_exists":
		if n.args[0].path == nil || n.args[0].size {
			fail("Operator or function requires a document path; operator or function: %s", n.op)
		}
		return n
	case "attribute_type":
		checkType(n.args[1])
	case "begins_with":
		for _, a := range n.args {
			if k, literal := a.literal(); literal && k != attr.S && k != attr.B {
				badOperand(n.op, k)
			}
		}
	case "<", "<=", ">", ">=", "BETWEEN":
		for _, a := range n.args {
			if k, literal := a.literal(); literal && !k.Ordered() {
				fail("Incorrect operand type for operator or function; operator: %s, operand type: %s", n.op, longName[k])
			}
		}
	case "IN":
		if len(n.args) > 101 {
			fail("The IN operator is provided with too many operands; number of operands: %d", len(n.args)-1)
		}
	}
	if n.op == "BETWEEN" {
		checkBounds(n.args[1], n.args[2])
	}
	for _, b := range n.args[1:] {
		if n.args[0].equal(b) {
			fail("The first operand must be distinct from the remaining operands for this operator or function; operator: %s, first operand: %s", n.op, b.path)
		}
	}
	return n
}

func badOperand(op string, k attr.Kind) {
	fail("Incorrect operand type for operator or function; operator or function: %s, operand type: %s", op, k)
}

func checkType(o operand) {
	if k, literal := o.literal(); !literal || k != attr.S {
		badOperand("attribute_type", k)
	}
	if attr.ParseKind(o.value.Str) == 0 {
		fail("Invalid attribute type name found; type: %s, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}", o.value.Str)
	}
}

func checkBounds(low, high operand) {
	if low.path != nil || high.path != nil {
		return
	}
	order, ok := attr.Compare(low.value, high.value)
	if !ok {
		fail("The BETWEEN operator requires same data type for lower and upper bounds")
	}
	if order > 0 {
		fail("The BETWEEN operator requires upper bound to be greater than or equal to lower bound")
	}
}

func (n *node) holds(it attr.Item) bool {
	switch n.op {
	case "AND":
		return n.kids[0].holds(it) && n.kids[1].holds(it)
	case "OR":
		return n.kids[0].holds(it) || n.kids[1].holds(it)
	case "NOT":
		return !n.kids[0].holds(it)
	}
	first, exists := n.args[0].eval(it)
	switch n.op {
	case "attribute_exists":
		return exists
	case "attribute_not_exists":
		return !exists
	case "IN":
		return exists && slices.ContainsFunc(n.args[1:], func(o operand) bool { return equalTo(first, o, it) })
	case "BETWEEN":
		return exists && n.args[1].compare(first, it, func(c int) bool { return c >= 0 }) && n.args[2].compare(first, it, func(c int) bool { return c <= 0 })
	case "<>":
		return !exists || !equalTo(first, n.args[1], it)
	}
	second, ok := n.args[1].eval(it)
	return exists && ok && compare(n.op, first, second)
}

func equalTo(v attr.Value, o operand, it attr.Item) bool {
	w, ok := o.eval(it)
	return ok && attr.Equal(v, w)
}

// compare reports whether v stands in the wanted order to the operand's value.
func (o operand) compare(v attr.Value, it attr.Item, want func(int) bool) bool {
	w, ok := o.eval(it)
	if !ok {
		return false
	}
	c, ok := attr.Compare(v, w)
	return ok && want(c)
}

func compare(op string, a, b attr.Value) bool {
	c, ordered := attr.Compare(a, b)
	switch op {
	case "=":
		return attr.Equal(a, b)
	case "<":
		return ordered && c < 0
	case "<=":
		return ordered && c <= 0
	case ">":
		return ordered && c > 0
	case ">=":
		return ordered && c >= 0
	case "attribute_type":
		return a.Kind.String() == b.Str
	case "begins_with":
		return a.Kind == b.Kind && (a.Kind == attr.S || a.Kind == attr.B) && strings.HasPrefix(a.Str, b.Str)
	case "contains":
		return contains(a, b)
	}
	return false
}

func contains(in, v attr.Value) bool {
	switch {
	case in.Kind.IsSet():
		return in.Kind.Element() == v.Kind && slices.Contains(in.Set, v.Str)
	case in.Kind == attr.L:
		return slices.ContainsFunc(in.List, func(e attr.Value) bool { return attr.Equal(e, v) })
	case in.Kind == attr.S, in.Kind == attr.B:
		return in.Kind == v.Kind && strings.Contains(in.Str, v.Str)
	}
	return false
}

// Package expr is DynamoDB's expressions: conditions and filters, key conditions, projections and updates, parsed against a request's
// ExpressionAttributeNames and ExpressionAttributeValues and evaluated on items.
//
// Parsing says everything that DynamoDB refuses before it looks at an item: syntax, reserved words, placeholders that are not defined or not used,
// operands of types that can never fit, paths that overlap. Evaluating is pure: an item goes in, a verdict or a new item comes out.
package expr

import (
	"fmt"
	"slices"
	"strings"

	"pronto/infra/local/dynamodb/attr"
)

// maxExpression is the longest expression that DynamoDB takes, in bytes.
const maxExpression = 4096

// Error is what DynamoDB calls a ValidationException.
type Error struct{ Reason string }

func (e *Error) Error() string { return e.Reason }

func refuse(format string, a ...any) error { return &Error{fmt.Sprintf(format, a...)} }

// Scope holds a request's placeholders and remembers which of them its expressions used.
type Scope struct {
	names  map[string]string
	values attr.Item
	used   map[string]bool
}

// NewScope takes a request's names ("#n") and values (":v"); nil where the request has none.
func NewScope(names map[string]string, values attr.Item) (*Scope, error) {
	if names != nil && len(names) == 0 {
		return nil, refuse("ExpressionAttributeNames must not be empty")
	}
	if values != nil && len(values) == 0 {
		return nil, refuse("ExpressionAttributeValues must not be empty")
	}
	for name, to := range names {
		if !placeholder('#', name) {
			return nil, refuse(`ExpressionAttributeNames contains invalid key: Syntax error; key: "%s"`, name)
		}
		if to == "" || len(to) > 65535 {
			return nil, refuse(`ExpressionAttributeNames contains invalid value for key %s: it must name an attribute`, name)
		}
	}
	for _, f := range values {
		if !placeholder(':', f.Name) {
			return nil, refuse(`ExpressionAttributeValues contains invalid key: Syntax error; key: "%s"`, f.Name)
		}
	}
	return &Scope{names, values, map[string]bool{}}, nil
}

func placeholder(mark byte, s string) bool {
	return len(s) > 1 && s[0] == mark && strings.IndexFunc(s[1:], func(r rune) bool { return r > 127 || !wordByte(byte(r)) }) < 0
}

// Unused refuses placeholders that no expression parsed with this scope has used.
func (s *Scope) Unused() error {
	var names, values []string
	for name := range s.names {
		if !s.used[name] {
			names = append(names, name)
		}
	}
	for _, f := range s.values {
		if !s.used[f.Name] {
			values = append(values, f.Name)
		}
	}
	slices.Sort(names)
	if len(names) > 0 {
		return refuse("Value provided in ExpressionAttributeNames unused in expressions: keys: {%s}", strings.Join(names, ", "))
	}
	if len(values) > 0 {
		return refuse("Value provided in ExpressionAttributeValues unused in expressions: keys: {%s}", strings.Join(values, ", "))
	}
	return nil
}

func (s *Scope) value(placeholder string) attr.Value {
	s.used[placeholder] = true
	v, ok := s.values.Get(placeholder)
	if !ok {
		fail("An expression attribute value used in expression is not defined; attribute value: %s", placeholder)
	}
	return v
}

func (s *Scope) name(placeholder string) string {
	s.used[placeholder] = true
	name, ok := s.names[placeholder]
	if !ok {
		fail("An expression attribute name used in the document path is not defined; attribute name: %s", placeholder)
	}
	return name
}

// fail leaves the parser; parse catches it.
func fail(format string, a ...any) { panic(&Error{fmt.Sprintf(format, a...)}) }

// parse runs a grammar over the whole text and says which kind of expression ("ConditionExpression") was refused.
func parse(kind, text string, scope *Scope, grammar func(*parser)) (err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *Error:
			err = refuse("Invalid %s: %s", kind, e.Reason)
		default:
			panic(e)
		}
	}()
	if text == "" {
		fail("The expression can not be empty;")
	}
	if len(text) > maxExpression {
		fail("Expression size has exceeded the maximum allowed size; expression size: %d", len(text))
	}
	p := &parser{text: text, scope: scope, tokens: lex(text)}
	grammar(p)
	if p.peek().kind != end {
		p.syntax()
	}
	return nil
}

package expr

import (
	"strconv"

	"pronto/infra/local/dynamodb/attr"
)

func itoa(n int) string { return strconv.Itoa(n) }

// KeyCondition is a parsed KeyConditionExpression: one partition, and at most one condition on the sort key.
type KeyCondition struct {
	Partition attr.Value
	Op        string // "", "=", "<", "<=", ">", ">=", "BETWEEN" or "begins_with"
	Sort      []attr.Value
}

// ParseKeyCondition parses text for a table or index of these key attributes; sort is "" where there is none.
func ParseKeyCondition(text string, scope *Scope, partition, sort string) (KeyCondition, error) {
	var parts []*node
	err := parse("KeyConditionExpression", text, scope, func(p *parser) { parts = conjuncts(p.or(), nil) })
	if err != nil {
		return KeyCondition{}, err
	}
	found := map[string]*node{}
	for _, n := range parts {
		attribute, err := turned(n)
		if err != nil {
			return KeyCondition{}, err
		}
		if found[attribute] != nil {
			return KeyCondition{}, refuse("KeyConditionExpressions must only contain one condition per key")
		}
		found[attribute] = n
	}
	return keyCondition(found, partition, sort)
}

func keyCondition(found map[string]*node, partition, sort string) (KeyCondition, error) {
	if len(found) > 2 {
		return KeyCondition{}, refuse("Conditions can be of length 1 or 2 only")
	}
	hash := found[partition]
	if hash == nil {
		return KeyCondition{}, refuse("Query condition missed key schema element: %s", partition)
	}
	if hash.op != "=" {
		return KeyCondition{}, refuse("Query key condition not supported")
	}
	k := KeyCondition{Partition: hash.args[1].value}
	if len(found) == 1 {
		return k, nil
	}
	rest := found[sort]
	if rest == nil {
		return KeyCondition{}, refuse("Query condition missed key schema element: %s", sort)
	}
	k.Op = rest.op
	for _, a := range rest.args[1:] {
		k.Sort = append(k.Sort, a.value)
	}
	return k, nil
}

func conjuncts(n *node, out []*node) []*node {
	if n.op == "AND" {
		return conjuncts(n.kids[1], conjuncts(n.kids[0], out))
	}
	return append(out, n)
}

var mirrored = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// turned brings a condition into the form attribute-operator-values and names the attribute.
func turned(n *node) (string, error) {
	switch n.op {
	case "OR", "NOT", "IN", "<>", "attribute_exists", "attribute_not_exists", "attribute_type", "contains":
		return "", refuse("Invalid operator used in KeyConditionExpression: %s", n.op)
	}
	if len(n.args) == 2 && mirrored[n.op] != "" && n.args[0].path == nil {
		n.op, n.args = mirrored[n.op], []operand{n.args[1], n.args[0]}
	}
	if n.args[0].path == nil {
		return "", refuse("Invalid condition in KeyConditionExpression: %s operator must have the key attribute as its first operand", n.op)
	}
	for i, a := range n.args {
		switch {
		case a.size:
			return "", refuse("KeyConditionExpressions cannot contain nested operations")
		case i > 0 && a.path != nil:
			return "", refuse("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
		case len(a.path) > 1:
			return "", refuse("KeyConditionExpressions cannot have conditions on nested attributes")
		}
	}
	return n.args[0].path[0].Name, nil
}

// Package oracle holds the local DynamoDB against dynalite, another implementation, by random requests: both must answer alike.
//
// dynalite is a development dependency: `npm ci` in this folder. What it does not have (transactions, streams, expiry) or is known to answer
// otherwise than AWS is left out of the requests, each case with its reason where it is left out.
package oracle

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

type object = map[string]any

// generator makes requests from one seed: tables, items and expressions from so small a vocabulary that they meet.
type generator struct {
	*rand.Rand
	table string
	sort  string // the kind of the sort key, "" for none
	names object // of the request under way
	vals  object
}

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

// createTable has an index on g and h, which items often lack.
func (g *generator) createTable() object {
	definitions := []object{{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "g", "AttributeType": "S"}, {"AttributeName": "h", "AttributeType": "N"}}
	schema := []object{{"AttributeName": "pk", "KeyType": "HASH"}}
	if g.sort != "" {
		definitions = append(definitions, object{"AttributeName": "sk", "AttributeType": g.sort})
		schema = append(schema, object{"AttributeName": "sk", "KeyType": "RANGE"})
	}
	projection := pick(g, object{"ProjectionType": "ALL"}, object{"ProjectionType": "KEYS_ONLY"}, object{"ProjectionType": "INCLUDE", "NonKeyAttributes": []string{"a", "b"}})
	return object{
		"TableName": g.table, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions, "KeySchema": schema,
		"GlobalSecondaryIndexes": []object{{"IndexName": "idx", "Projection": projection, "KeySchema": []object{{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "h", "KeyType": "RANGE"}}}},
	}
}

func (g *generator) keyValue(kind string) object {
	switch kind {
	case "N":
		return object{"N": g.number()}
	case "B":
		return object{"B": base64.StdEncoding.EncodeToString([]byte(pick(g, "a", "ab", "b", "\x00", "\xff", "a\x00", "a\x00\x01")))}
	}
	return object{"S": pick(g, "a", "ab", "abc", "b", "B", "c", "a b", "0", "00")}
}

func (g *generator) number() string {
	return pick(g, "0", "1", "-1", "2", "10", "9", "-10", "0.5", "-0.5", "1e3", "1E-3", "100", "99.99", "12345678901234567890", "0.1", "0.30", "-7e20", "1e25")
}

func (g *generator) key() object {
	k := object{"pk": object{"S": pick(g, "p", "q", "r")}}
	if g.sort != "" {
		k["sk"] = g.keyValue(g.sort)
	}
	return k
}

// value is any attribute value. Text stays within ASCII: dynalite measures it in UTF-16.
func (g *generator) value(depth int) object {
	kinds := 11
	if depth > 2 {
		kinds = 6
	}
	switch g.IntN(kinds) {
	case 0, 1:
		return object{"S": pick(g, "a", "ab", "abc", "b", "x y", "z")}
	case 2, 3:
		return object{"N": g.number()}
	case 4:
		return object{"BOOL": g.chance(50)}
	case 5:
		return pick(g, object{"NULL": true}, g.keyValue("B"))
	case 6:
		return object{"SS": g.some("a", "ab", "b", "c")}
	case 7:
		return object{"NS": g.some("1", "2", "10", "-0.5")}
	case 8, 9:
		list := []object{}
		for range g.IntN(4) {
			list = append(list, g.value(depth+1))
		}
		return object{"L": list}
	}
	return object{"M": g.attributes(depth+1, "a", "b", "c")}
}

func (g *generator) some(from ...string) []string {
	g.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
	return from[:1+g.IntN(len(from))]
}

func (g *generator) attributes(depth int, names ...string) object {
	out := object{}
	for _, name := range names {
		if g.chance(60) {
			out[name] = g.value(depth)
		}
	}
	return out
}

func (g *generator) item() object {
	it := g.attributes(0, "a", "b", "c", "d")
	for name, v := range g.key() {
		it[name] = v
	}
	if g.chance(60) {
		it["g"] = object{"S": pick(g, "x", "y")}
	}
	if g.chance(60) {
		it["h"] = object{"N": g.number()}
	}
	if g.chance(3) {
		it[pick(g, "g", "h", "pk")] = g.value(1)
	}
	return it
}

// begin starts a request with no placeholders yet; end adds them.
func (g *generator) begin() object {
	g.names, g.vals = object{}, object{}
	return object{"TableName": g.table}
}

func (g *generator) end(r object) object {
	if g.chance(2) {
		g.vals[":unused"] = object{"S": "x"}
	}
	if len(g.names) > 0 {
		r["ExpressionAttributeNames"] = g.names
	}
	if len(g.vals) > 0 {
		r["ExpressionAttributeValues"] = g.vals
	}
	return r
}

func (g *generator) bind(v object) string {
	name := fmt.Sprint(":v", len(g.vals))
	g.vals[name] = v
	return name
}

func (g *generator) attribute() string {
	name := pick(g, "a", "b", "c", "d", "a", "b", "c", "d", "g", "h", "gone")
	if g.chance(30) {
		g.names["#"+name] = name
		return "#" + name
	}
	return name
}

func (g *generator) path() string {
	p := g.attribute()
	for g.chance(30) && !strings.HasSuffix(p, "g") && !strings.HasSuffix(p, "h") {
		p += pick(g, ".a", ".b", "[0]", "[1]", "[2]")
	}
	return p
}

func (g *generator) condition(depth int) string {
	if depth < 3 && g.chance(40) {
		a, b := g.condition(depth+1), g.condition(depth+1)
		return pick(g, a+" AND "+b, a+" OR "+b, "NOT ("+a+")", "("+a+" OR "+b+")", "("+a+") AND NOT ("+b+")")
	}
	return pick(g,
		func() string { return g.path() + " " + pick(g, "<", "<=", ">", ">=") + " " + g.scalar() },
		func() string { return g.path() + pick(g, " = ", " <> ") + g.operand() },
		g.between,
		func() string { return g.path() + " BETWEEN " + g.scalar() + " AND " + g.scalar() },
		func() string { return g.path() + " IN (" + g.scalar() + ", " + g.scalar() + ")" }, // dynalite does not find false in a list that has it
		func() string { return pick(g, "attribute_exists", "attribute_not_exists") + "(" + g.path() + ")" },
		func() string {
			return "attribute_type(" + g.path() + ", " + g.bind(object{"S": pick(g, "S", "N", "L", "M", "SS", "B", "X")}) + ")"
		},
		func() string { return pick(g, "begins_with", "contains") + "(" + g.path() + ", " + g.scalar() + ")" },
		func() string {
			return "size(" + g.path() + ") " + pick(g, "=", ">", "<") + " " + g.bind(object{"N": pick(g, "0", "1", "2", "3")})
		},
	)()
}

func (g *generator) operand() string {
	return g.bind(g.value(1))
}

// between compares two paths. That of two missing attributes AWS documents nothing, so one of them is there.
func (g *generator) between() string {
	a, b := g.path(), g.path()
	return "(attribute_exists(" + a + ") AND " + a + pick(g, " = ", " <> ") + b + ")" // dynalite orders lists by their text
}

// scalar is an operand that has an order: AWS refuses to compare others before it looks at an item, dynalite looks first.
func (g *generator) scalar() string { return g.bind(g.keyValue(pick(g, "S", "N", "N", "B"))) }

func (g *generator) update() string {
	var sections []string
	add := func(keyword string, clause func() string) {
		if g.chance(45) {
			clauses := []string{clause()}
			if g.chance(30) {
				clauses = append(clauses, clause())
			}
			sections = append(sections, keyword+" "+strings.Join(clauses, ", "))
		}
	}
	add("SET", func() string { return g.path() + " = " + g.term() })
	add("REMOVE", g.path)
	// dynalite adds to and deletes from a nested path as if it were at the top: AWS documents top-level paths alone.
	add("ADD", func() string { return g.attribute() + " " + g.bind(g.value(1)) })
	add("DELETE", func() string { return g.attribute() + " " + g.bind(object{"SS": g.some("a", "ab", "b")}) })
	return strings.Join(sections, " ")
}

func (g *generator) term() string {
	return pick(g,
		func() string { return g.bind(g.value(1)) },
		func() string { return pick(g, "g", "h") }, // a list that dynalite copies is the same list afterwards
		func() string { return g.path() + pick(g, " + ", " - ") + g.bind(object{"N": g.number()}) },
		func() string { return "if_not_exists(" + g.path() + ", " + g.bind(g.value(1)) + ")" },
		func() string {
			return "list_append(" + g.path() + ", " + g.bind(object{"L": []object{g.value(2)}}) + ")"
		},
		func() string {
			return "if_not_exists(" + g.path() + ", " + g.bind(object{"N": "0"}) + ") + " + g.bind(object{"N": "1"})
		},
	)()
}

func (g *generator) guarded(r object) object {
	if g.chance(40) {
		r["ConditionExpression"] = g.condition(0)
	}
	return r
}

// request makes an operation and its body.
func (g *generator) request() (string, object) {
	r := g.begin()
	switch g.IntN(14) {
	case 0, 1, 2:
		r["Item"] = g.item()
		r["ReturnValues"] = pick(g, "NONE", "ALL_OLD")
		return "PutItem", g.end(g.guarded(r))
	case 3, 4, 5, 6:
		r["Key"] = g.key()
		r["UpdateExpression"] = g.update()
		r["ReturnValues"] = pick(g, "NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")
		return "UpdateItem", g.end(g.guarded(r))
	case 7:
		r["Key"] = g.key()
		r["ReturnValues"] = pick(g, "NONE", "ALL_OLD")
		return "DeleteItem", g.end(g.guarded(r))
	case 8:
		r["Key"] = g.key()
		if g.chance(70) {
			r["ProjectionExpression"] = g.projection()
		}
		g.vals = object{}
		if len(g.names) > 0 {
			r["ExpressionAttributeNames"] = g.names
		}
		return "GetItem", r
	case 9:
		if g.chance(50) {
			r["FilterExpression"] = g.condition(0)
		}
		if g.chance(30) {
			r["IndexName"] = "idx"
		}
		return "Scan", g.end(r)
	case 10:
		return "BatchWriteItem", object{"RequestItems": object{g.table: g.writes()}}
	case 11:
		return "BatchGetItem", object{"RequestItems": object{g.table: g.reads()}}
	}
	return "Query", g.query(r)
}

func (g *generator) writes() []object {
	var out []object
	for range 1 + g.IntN(4) {
		out = append(out, pick(g, object{"PutRequest": object{"Item": g.item()}}, object{"DeleteRequest": object{"Key": g.key()}}))
	}
	return out
}

func (g *generator) reads() object {
	g.begin()
	out := object{"Keys": []object{g.key()}, "ConsistentRead": g.chance(50)}
	for range g.IntN(4) {
		out["Keys"] = append(out["Keys"].([]object), g.key())
	}
	if g.chance(50) {
		if out["ProjectionExpression"] = g.projection(); len(g.names) > 0 {
			out["ExpressionAttributeNames"] = g.names
		}
	}
	return out
}

func (g *generator) projection() string {
	paths := []string{g.path()}
	for g.chance(40) {
		paths = append(paths, g.path())
	}
	return strings.Join(paths, ", ")
}

func (g *generator) query(r object) object {
	hash, sort, kind, sortKind := "pk", "sk", object{"S": pick(g, "p", "q", "r")}, g.sort
	if g.chance(40) {
		r["IndexName"] = "idx"
		hash, sort, kind, sortKind = "g", "h", object{"S": pick(g, "x", "y")}, "N"
	}
	condition := hash + " = " + g.bind(kind)
	if sortKind != "" && g.chance(70) {
		operand := func() string { return g.bind(g.keyValue(sortKind)) }
		condition += " AND " + pick(g,
			func() string { return sort + " " + pick(g, "=", "<", "<=", ">", ">=") + " " + operand() },
			func() string { return sort + " BETWEEN " + operand() + " AND " + operand() },
			func() string { return "begins_with(" + sort + ", " + operand() + ")" },
		)()
	}
	r["KeyConditionExpression"] = condition
	r["ScanIndexForward"] = g.chance(50)
	if g.chance(40) {
		r["FilterExpression"] = g.condition(1)
	}
	if g.chance(30) {
		r["Select"] = "COUNT"
	}
	if r["IndexName"] == nil && g.chance(40) { // in an index the order of equal keys is each one's own
		r["Limit"] = 1 + g.IntN(4)
	}
	return g.end(r)
}

package contract

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// sample is the item on which conditions are tried.
func sample() item {
	return with("a", "1", item{
		"n": num(5), "s": str("hello"), "b": &types.AttributeValueMemberB{Value: []byte("bytes")}, "yes": &types.AttributeValueMemberBOOL{Value: true},
		"ss": set("x", "y"), "l": list(num(1), str("two"), list(num(3))), "m": doc(item{"in": doc(item{"k": str("v")})}), "nil": &types.AttributeValueMemberNULL{Value: true},
	})
}

func conditions(s *suite) {
	t := s.table()
	s.put(t, sample())
	values := item{
		":n5": num(5), ":n5p": num("5.0"), ":n4": num(4), ":n6": num(6), ":s": str("hello"), ":he": str("he"), ":ll": str("ll"), ":x": str("x"), ":S": str("S"), ":L": str("L"), ":v": str("v"),
		":true": &types.AttributeValueMemberBOOL{Value: true}, ":two": str("two"), ":5": str("5"), ":by": &types.AttributeValueMemberB{Value: []byte("by")}, ":3": list(num(3)), ":ss": set("y", "x"),
	}
	for _, c := range []struct {
		expression string
		holds      bool
	}{
		{"n = :n5", true}, {"n = :n5p", true}, {"n = :5", false}, {"n <> :n5", false}, {"n <> :5", true}, {"gone <> :5", true}, {"gone = :5", false},
		{"n < :n6", true}, {"n < :n5", false}, {"n <= :n5", true}, {"n > :n4", true}, {"n >= :n6", false}, {"n < :s", false}, {"NOT n < :s", true},
		{"n BETWEEN :n4 AND :n6", true}, {"n BETWEEN :n6 AND :n6", false}, {"s BETWEEN :he AND :ll", true}, {":n5 BETWEEN :n4 AND n", true},
		{"n IN (:n4, :n5)", true}, {"n IN (:n4, :n6)", false}, {"gone IN (:n4)", false},
		{"attribute_exists(n)", true}, {"attribute_exists(gone)", false}, {"attribute_not_exists(m.gone)", true}, {"attribute_exists(m.#in.k)", true}, {"attribute_exists(l[2][0])", true}, {"attribute_exists(l[3])", false},
		{"attribute_type(s, :S)", true}, {"attribute_type(l, :L)", true}, {"attribute_type(n, :S)", false}, {"attribute_type(gone, :S)", false},
		{"begins_with(s, :he)", true}, {"begins_with(s, :ll)", false}, {"begins_with(b, :by)", true}, {"begins_with(n, :he)", false},
		{"contains(s, :ll)", true}, {"contains(ss, :x)", true}, {"contains(ss, :ll)", false}, {"contains(l, :two)", true}, {"contains(l, :3)", true}, {"contains(l, :x)", false}, {"contains(n, :5)", false},
		{"size(s) = :n5", true}, {"size(l) < :n4", true}, {"size(gone) < :n4", false}, {"size(ss) BETWEEN :n4 AND :n6", false}, {"size(n) = :n5", false},
		{"ss = :ss", true}, {"m.#in.k = :v", true}, {"yes = :true", true}, {"n = size(s)", true}, {"n = l[0]", false},
		{"n = :n4 OR n = :n5 AND s = :s", true}, {"(n = :n4 OR n = :n5) AND s = :he", false}, {"NOT n = :n4 AND s = :s", true}, {"NOT (n = :n5 OR s = :he)", false}, {"not n = :n5 or s = :s and yes = :true", true},
	} {
		in := &dynamodb.PutItemInput{TableName: t, Item: sample(), ConditionExpression: &c.expression}
		in.ExpressionAttributeNames, in.ExpressionAttributeValues = used(c.expression, map[string]string{"#in": "in"}, values)
		_, err := s.db.PutItem(s.ctx, in)
		var failed *types.ConditionalCheckFailedException
		if holds := err == nil; holds != c.holds || !holds && !errors.As(err, &failed) {
			s.Errorf("%s: err = %v, want it to hold: %v", c.expression, err, c.holds)
		}
	}
}

// used picks the placeholders that occur in the expression; DynamoDB refuses others.
func used(expression string, names map[string]string, values item) (map[string]string, item) {
	var n map[string]string
	var v item
	for i := 0; i < len(expression); i++ {
		if expression[i] != '#' && expression[i] != ':' {
			continue
		}
		j := i + 1
		for j < len(expression) && (expression[j] == '_' || expression[j] >= '0' && expression[j] <= '9' || expression[j]|0x20 >= 'a' && expression[j]|0x20 <= 'z') {
			j++
		}
		p := expression[i:j]
		if to, ok := names[p]; ok {
			if n == nil {
				n = map[string]string{}
			}
			n[p] = to
		}
		if to, ok := values[p]; ok {
			if v == nil {
				v = item{}
			}
			v[p] = to
		}
	}
	return n, v
}

func updates(s *suite) {
	t := s.table()
	before := item{"n": num(1), "l": list(str("a"), str("b"), str("c")), "m": doc(item{"x": num(1), "l": list(num(1))}), "ss": set("a", "b")}
	values := item{":1": num(1), ":10": num(10), ":v": str("v"), ":l": list(str("d")), ":e": list(), ":ab": set("a", "b"), ":bc": set("b", "c"), ":a": set("a"), ":m": doc(item{})}
	for _, c := range []struct {
		expression string
		change     item // nil value: gone
	}{
		{"SET n = n + :10", item{"n": num(11)}}, {"SET n = :10 - n", item{"n": num(9)}}, {"SET n = n + n", item{"n": num(2)}},
		{"SET o = n, n = :10", item{"o": num(1), "n": num(10)}}, // right-hand sides see the item before
		{"SET n = if_not_exists(n, :10)", nil}, {"SET o = if_not_exists(o, :10) + :1", item{"o": num(11)}}, {"SET o = if_not_exists(o, n)", item{"o": num(1)}},
		{"SET l = list_append(l, :l)", item{"l": list(str("a"), str("b"), str("c"), str("d"))}}, {"SET l = list_append(:l, l)", item{"l": list(str("d"), str("a"), str("b"), str("c"))}},
		{"SET o = list_append(if_not_exists(o, :e), :l)", item{"o": list(str("d"))}},
		{"SET l[1] = :v", item{"l": list(str("a"), str("v"), str("c"))}}, {"SET l[9] = :v, l[7] = :1", item{"l": list(str("a"), str("b"), str("c"), num(1), str("v"))}},
		{"SET m.x = :v, m.y = :1", item{"m": doc(item{"x": str("v"), "y": num(1), "l": list(num(1))})}}, {"SET m.l[0] = :v", item{"m": doc(item{"x": num(1), "l": list(str("v"))})}},
		{"SET o = :m", item{"o": doc(item{})}},
		{"REMOVE n, gone", item{"n": nil}}, {"REMOVE l[0], l[2]", item{"l": list(str("b"))}}, {"REMOVE l[1] SET l[2] = :v", item{"l": list(str("a"), str("v"))}}, {"REMOVE m.x", item{"m": doc(item{"l": list(num(1))})}}, {"REMOVE l[7]", nil},
		{"ADD n :10", item{"n": num(11)}}, {"ADD o :10", item{"o": num(10)}}, {"ADD ss :bc", item{"ss": set("a", "b", "c")}}, {"ADD o :ab", item{"o": set("a", "b")}},
		{"DELETE ss :bc", item{"ss": set("a")}}, {"DELETE ss :ab", item{"ss": nil}}, {"DELETE o :a", nil},
		{"SET n = :10 REMOVE m ADD o :1 DELETE ss :a", item{"n": num(10), "m": nil, "o": num(1), "ss": set("b")}},
	} {
		s.put(t, with("a", "1", before))
		in := &dynamodb.UpdateItemInput{TableName: t, Key: key("a", "1"), UpdateExpression: &c.expression, ReturnValues: types.ReturnValueAllNew}
		_, in.ExpressionAttributeValues = used(c.expression, nil, values)
		out, err := s.db.UpdateItem(s.ctx, in)
		if err != nil {
			s.Errorf("%s: %v", c.expression, err)
			continue
		}
		want := with("a", "1", before)
		for name, v := range c.change {
			if want[name] = v; v == nil {
				delete(want, name)
			}
		}
		s.same(c.expression, out.Attributes, want)
		s.same(c.expression+", read back", s.get(t, key("a", "1")), want)
	}
	if _, err := s.db.UpdateItem(s.ctx, &dynamodb.UpdateItemInput{TableName: t, Key: key("new", "1")}); err != nil {
		s.Errorf("an update without an expression: %v", err)
	}
	s.same("which makes the item", s.get(t, key("new", "1")), key("new", "1"))
}

func updatesRefused(s *suite) {
	t := s.table()
	before := with("a", "1", item{"n": num(1), "s": str("text"), "l": list(), "m": doc(item{"l": list()}), "ss": set("a")})
	s.put(t, before)
	values := item{":1": num(1), ":v": str("v"), ":l": list(), ":ss": set("a"), ":ns": &types.AttributeValueMemberNS{Value: []string{"1"}}}
	for _, c := range []struct{ expression, words string }{
		{"SET n = gone", "does not exist in the item"}, {"SET n = s + :1", "incorrect data type"}, {"SET n = :v + :1", "Incorrect operand type"}, {"SET n = list_append(l, :v)", "Incorrect operand type"},
		{"SET n = list_append(n, :l)", "incorrect data type"}, {"SET gone.x = :1", "document path"}, {"SET n.x = :1", "document path"}, {"SET m[0] = :1", "document path"}, {"REMOVE gone.x", "document path"},
		{"SET n = :1, n = :1", "overlap"}, {"SET m.x = :1 REMOVE m", "overlap"}, {"SET m.x = :1, m[0] = :1", "conflict"}, {"SET n = :1 SET s = :1", "only be used once"},
		{"SET pk = :v", "part of the key"}, {"REMOVE sk", "part of the key"}, {"SET pk.x = :v", ""}, {"ADD s :1", "incorrect data type"}, {"ADD n :v", "Incorrect operand type"}, {"ADD ss :ns", "incorrect data type"},
		{"DELETE ss :v", "Incorrect operand type"}, {"DELETE n :ss", "incorrect data type"}, {"SET n = if_not_exists(:1, :1)", "document path"}, {"SET n = foo(n, :1)", "Invalid function name"}, {"SET n = size(s)", "not allowed"},
		{"SET n = list_append(l)", "number of operands"}, {"SET n", "Syntax error"}, {"SET n = :1,", "Syntax error"}, {"n = :1", "Syntax error"}, {"SET n = :1 + :1 + :1", "Syntax error"}, {"", "empty"}, {"SET status = :1", "reserved"},
	} {
		in := &dynamodb.UpdateItemInput{TableName: t, Key: key("a", "1"), UpdateExpression: &c.expression}
		_, in.ExpressionAttributeValues = used(c.expression, nil, values)
		_, err := s.db.UpdateItem(s.ctx, in)
		s.refused(err, "ValidationException", c.words)
		if s.Failed() {
			s.Fatalf("expression: %s", c.expression)
		}
	}
	s.same("nothing changed", s.get(t, key("a", "1")), before)
}

func expressionsRefused(s *suite) {
	t := s.table()
	one := item{":1": num(1)}
	for _, c := range []struct {
		expression string
		names      map[string]string
		values     item
		words      string
	}{
		{"status = :1", nil, one, "reserved keyword: status"}, {"#s = :1", nil, one, "not defined; attribute name: #s"}, {"n = :2", nil, one, "not defined; attribute value: :2"},
		{"n = :1", map[string]string{"#x": "x"}, one, "unused in expressions"}, {"n = :1", nil, item{":1": num(1), ":2": num(2)}, "unused in expressions"},
		{"n = = :1", nil, one, "Syntax error"}, {"n = :1 AND", nil, one, "Syntax error"}, {"(n = :1", nil, one, "Syntax error"}, {"n ! :1", nil, one, "Syntax error"},
		{"((n = :1))", nil, one, "redundant parentheses"}, {"foo(n) = :1", nil, one, "Invalid function name"}, {"size(n)", nil, nil, "not allowed"}, {"attribute_exists(:1)", nil, one, "document path"},
		{"attribute_type(n, :1)", nil, item{":1": str("QQ")}, "Invalid attribute type"}, {"begins_with(n, :1)", nil, one, "Incorrect operand type"}, {"begins_with(n)", nil, nil, "number of operands"}, {"n = n", nil, nil, "distinct"},
		{"n BETWEEN :1 AND :2", nil, item{":1": num(2), ":2": num(1)}, "BETWEEN"}, {"n BETWEEN :1 AND :2", nil, item{":1": num(2), ":2": str("3")}, "BETWEEN"}, {"n < :1", nil, item{":1": list()}, "Incorrect operand type"},
		{"", nil, nil, "empty"}, {"pk[0] = :1", nil, one, "Key attributes must be scalars"}, {"n = :1", map[string]string{}, one, "must not be empty"},
	} {
		in := &dynamodb.PutItemInput{TableName: t, Item: key("a", "1"), ConditionExpression: &c.expression, ExpressionAttributeNames: c.names, ExpressionAttributeValues: c.values}
		_, err := s.db.PutItem(s.ctx, in)
		s.refused(err, "ValidationException", c.words)
		if s.Failed() {
			s.Fatalf("expression: %s", c.expression)
		}
	}
	_, err := s.db.GetItem(s.ctx, &dynamodb.GetItemInput{TableName: t, Key: key("a", "1"), ProjectionExpression: aws.String("m.x, m")})
	s.refused(err, "ValidationException", "overlap")
}

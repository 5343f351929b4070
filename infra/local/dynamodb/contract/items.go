package contract

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func tables(s *suite) {
	all := types.Projection{ProjectionType: types.ProjectionTypeAll}
	name := s.table(index("open", "g", "n", all))
	out, err := s.db.DescribeTable(s.ctx, &dynamodb.DescribeTableInput{TableName: name})
	if err != nil {
		s.Fatal(err)
	}
	d := out.Table
	if d.TableStatus != types.TableStatusActive || len(d.KeySchema) != 2 || len(d.GlobalSecondaryIndexes) != 1 || !strings.HasSuffix(*d.TableArn, ":table/"+*name) {
		s.Errorf("description = %+v", d)
	}
	_, err = s.db.CreateTable(s.ctx, &dynamodb.CreateTableInput{TableName: name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{attribute("pk", "S")}, KeySchema: schema("pk")})
	s.refused(err, "ResourceInUseException", "")
	_, err = s.db.CreateTable(s.ctx, &dynamodb.CreateTableInput{TableName: aws.String(*name + "x"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{attribute("pk", "S"), attribute("unused", "S")}, KeySchema: schema("pk")})
	s.refused(err, "ValidationException", "AttributeDefinitions")
	_, err = s.db.DescribeTable(s.ctx, &dynamodb.DescribeTableInput{TableName: aws.String("contract-no-such-table")})
	s.refused(err, "ResourceNotFoundException", "")
	_, err = s.db.GetItem(s.ctx, &dynamodb.GetItemInput{TableName: aws.String("contract-no-such-table"), Key: key("a", "b")})
	s.refused(err, "ResourceNotFoundException", "")
	found := false
	pages := dynamodb.NewListTablesPaginator(s.db, &dynamodb.ListTablesInput{Limit: aws.Int32(3)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(s.ctx)
		if err != nil {
			s.Fatal(err)
		}
		for _, n := range page.TableNames {
			found = found || n == *name
		}
	}
	if !found {
		s.Errorf("%s is not listed", *name)
	}
}

func putGetDelete(s *suite) {
	t := s.table()
	s.put(t, with("a", "1", item{"v": str("one")}))
	s.put(t, with("a", "1", item{"w": str("two")}))
	s.same("a put replaces the whole item", s.get(t, key("a", "1")), with("a", "1", item{"w": str("two")}))
	out, err := s.db.DeleteItem(s.ctx, &dynamodb.DeleteItemInput{TableName: t, Key: key("a", "1"), ReturnValues: types.ReturnValueAllOld})
	if err != nil {
		s.Fatal(err)
	}
	s.same("ALL_OLD of a delete", out.Attributes, with("a", "1", item{"w": str("two")}))
	if got := s.get(t, key("a", "1")); got != nil {
		s.Errorf("after the delete: %v", got)
	}
	if _, err := s.db.DeleteItem(s.ctx, &dynamodb.DeleteItemInput{TableName: t, Key: key("a", "1")}); err != nil {
		s.Errorf("deleting what is not there: %v", err)
	}
}

func everyType(s *suite) {
	t := s.table()
	it := with("ключ \"quoted\" \\ 😀\n\t\u0001", "й", item{
		"s": str(""), "n": num("-12.50"), "b": &types.AttributeValueMemberB{Value: []byte{0, 1, 255}}, "t": &types.AttributeValueMemberBOOL{Value: true},
		"f": &types.AttributeValueMemberBOOL{}, "nil": &types.AttributeValueMemberNULL{Value: true}, "ss": set("b", "a"),
		"ns": &types.AttributeValueMemberNS{Value: []string{"2", "10", "-1"}}, "bs": &types.AttributeValueMemberBS{Value: [][]byte{{2}, {1}}},
		"m": doc(item{"x": list(str("<&>"), num(1), doc(item{}), list())}),
	})
	s.put(t, it)
	it["n"] = num("-12.5")
	s.same("every type", s.get(t, item{"pk": it["pk"], "sk": it["sk"]}), it)
}

func numbers(s *suite) {
	t := s.table()
	for i, c := range []struct{ in, out string }{
		{"0", "0"}, {"-0", "0"}, {"007", "7"}, {"1e3", "1000"}, {"1.500", "1.5"}, {".5", "0.5"}, {"12E-3", "0.012"},
		{"12345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
		{"0.00000000000000000000000000000000000001", "0.00000000000000000000000000000000000001"},
		{"1E125", "1" + strings.Repeat("0", 125)}, {"-1E-130", "-0." + strings.Repeat("0", 129) + "1"},
	} {
		k := fmt.Sprint("n", i)
		s.put(t, with(k, "", item{"sk": str("n"), "v": num(c.in)}))
		s.same(c.in, s.get(t, key(k, "n"))["v"], num(c.out))
	}
	for _, c := range []struct{ in, words string }{
		{"123456789012345678901234567890123456789", "38 significant"}, {"1E126", "overflow"}, {"1E-131", "underflow"}, {"abc", "numeric"}, {"", "numeric"}, {"1e", "numeric"}, {"NaN", "numeric"},
	} {
		_, err := s.db.PutItem(s.ctx, &dynamodb.PutItemInput{TableName: t, Item: with("bad", "n", item{"v": num(c.in)})})
		s.refused(err, "ValidationException", c.words)
	}
	s.put(t, with("sum", "n", item{"v": num("0.1")}))
	out, err := s.db.UpdateItem(s.ctx, &dynamodb.UpdateItemInput{TableName: t, Key: key("sum", "n"), UpdateExpression: aws.String("SET v = v + :x"),
		ExpressionAttributeValues: item{":x": num("0.2")}, ReturnValues: types.ReturnValueAllNew})
	if err != nil {
		s.Fatal(err)
	}
	s.same("0.1 + 0.2", out.Attributes["v"], num("0.3"))
}

func keysRefused(s *suite) {
	t := s.table(index("open", "g", "n", types.Projection{ProjectionType: types.ProjectionTypeAll}))
	for _, c := range []struct {
		why   string
		it    item
		words string
	}{
		{"no sort key", item{"pk": str("a")}, "Missing the key"},
		{"wrong type", item{"pk": num(1), "sk": str("a")}, "Type mismatch for key"},
		{"empty partition key", key("", "a"), "empty string"},
		{"empty sort key", key("a", ""), "empty string"},
		{"long partition key", key(strings.Repeat("x", 2049), "a"), "2048"},
		{"long sort key", key("a", strings.Repeat("x", 1025)), "1024"},
		{"index key of a wrong type", with("a", "b", item{"g": num(1), "n": num(1)}), "Index Key"},
		{"empty index key", with("a", "b", item{"g": str(""), "n": num(1)}), "empty string"},
		{"empty set", with("a", "b", item{"x": &types.AttributeValueMemberSS{Value: []string{}}}), "empty"},
		{"a set with one twice", with("a", "b", item{"x": set("q", "q")}), "duplicates"},
		{"one number twice", with("a", "b", item{"x": &types.AttributeValueMemberNS{Value: []string{"1", "1.0"}}}), "duplicates"},
		{"no true null", with("a", "b", item{"x": &types.AttributeValueMemberNULL{}}), "Null"},
	} {
		_, err := s.db.PutItem(s.ctx, &dynamodb.PutItemInput{TableName: t, Item: c.it})
		s.refused(err, "ValidationException", c.words)
		if s.Failed() {
			s.Fatalf("case: %s", c.why)
		}
	}
	for _, k := range []item{{"pk": str("a")}, with("a", "b", item{"x": str("more")}), {"pk": str("a"), "sk": num(1)}} {
		_, err := s.db.GetItem(s.ctx, &dynamodb.GetItemInput{TableName: t, Key: k})
		s.refused(err, "ValidationException", "does not match the schema")
	}
}

func limits(s *suite) {
	t := s.table()
	name := "v"
	room := 400*1024 - len("pk"+"a"+"sk"+"b"+name)
	s.put(t, with("a", "b", item{name: str(strings.Repeat("x", room))}))
	_, err := s.db.PutItem(s.ctx, &dynamodb.PutItemInput{TableName: t, Item: with("a", "b", item{name: str(strings.Repeat("x", room+1))})})
	s.refused(err, "ValidationException", "size")
	_, err = s.db.UpdateItem(s.ctx, &dynamodb.UpdateItemInput{TableName: t, Key: key("a", "b"), UpdateExpression: aws.String("SET w = :w"), ExpressionAttributeValues: item{":w": str("x")}})
	s.refused(err, "ValidationException", "size")
	deep := str("bottom")
	for range 31 {
		deep = list(deep)
	}
	s.put(t, with("a", "deep", item{"v": deep}))
	_, err = s.db.PutItem(s.ctx, &dynamodb.PutItemInput{TableName: t, Item: with("a", "deep", item{"v": list(list(deep))})})
	s.refused(err, "ValidationException", "Nesting")
}

func returnValues(s *suite) {
	t := s.table()
	update := func(k item, expression string, want types.ReturnValue, values item) item {
		s.Helper()
		out, err := s.db.UpdateItem(s.ctx, &dynamodb.UpdateItemInput{TableName: t, Key: k, UpdateExpression: &expression, ReturnValues: want, ExpressionAttributeValues: values})
		if err != nil {
			s.Fatalf("%s: %v", expression, err)
		}
		return out.Attributes
	}
	k := key("a", "1")
	if got := update(k, "SET x = :v", types.ReturnValueAllOld, item{":v": num(1)}); got != nil {
		s.Errorf("ALL_OLD of a new item = %v", got)
	}
	s.same("ALL_OLD", update(k, "SET x = :v", types.ReturnValueAllOld, item{":v": num(2)}), with("a", "1", item{"x": num(1)}))
	s.same("ALL_NEW", update(k, "SET y = :v", types.ReturnValueAllNew, item{":v": num(3)}), with("a", "1", item{"x": num(2), "y": num(3)}))
	s.same("UPDATED_OLD", update(k, "SET x = :v, z = :v", types.ReturnValueUpdatedOld, item{":v": num(4)}), item{"x": num(2)})
	s.same("UPDATED_NEW", update(k, "SET x = :v REMOVE z", types.ReturnValueUpdatedNew, item{":v": num(5)}), item{"x": num(5)})
	if got := update(k, "SET x = :v", types.ReturnValueNone, item{":v": num(6)}); got != nil {
		s.Errorf("NONE = %v", got)
	}
	out, err := s.db.PutItem(s.ctx, &dynamodb.PutItemInput{TableName: t, Item: k, ReturnValues: types.ReturnValueAllOld})
	if err != nil {
		s.Fatal(err)
	}
	s.same("ALL_OLD of a put", out.Attributes, with("a", "1", item{"x": num(6), "y": num(3)}))
	_, err = s.db.PutItem(s.ctx, &dynamodb.PutItemInput{TableName: t, Item: k, ReturnValues: types.ReturnValueAllNew})
	s.refused(err, "ValidationException", "")
}

func conditionFailure(s *suite) {
	t := s.table()
	s.put(t, with("a", "1", item{"v": num(1)}))
	_, err := s.db.PutItem(s.ctx, &dynamodb.PutItemInput{TableName: t, Item: key("a", "1"), ConditionExpression: aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld})
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) {
		s.Fatalf("err = %v", err)
	}
	s.same("the item that stood in the way", failed.Item, with("a", "1", item{"v": num(1)}))
	_, err = s.db.DeleteItem(s.ctx, &dynamodb.DeleteItemInput{TableName: t, Key: key("a", "1"), ConditionExpression: aws.String("v > :v"), ExpressionAttributeValues: item{":v": num(1)}})
	if !errors.As(err, &failed) || failed.Item != nil {
		s.Errorf("err = %v with item %v, want a failure without an item", err, failed.Item)
	}
	s.same("nothing changed", s.get(t, key("a", "1")), with("a", "1", item{"v": num(1)}))
}

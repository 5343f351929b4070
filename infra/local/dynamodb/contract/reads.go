package contract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// sorts are the sort keys that a query finds, in order.
func (s *suite) sorts(in *dynamodb.QueryInput) string {
	s.Helper()
	var out []string
	pages := dynamodb.NewQueryPaginator(s.db, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(s.ctx)
		if err != nil {
			s.Fatalf("query %s: %v", aws.ToString(in.KeyConditionExpression), err)
		}
		for _, it := range page.Items {
			out = append(out, strings.Trim(text(it["sk"]), `"`))
		}
	}
	return strings.Join(out, " ")
}

func query(s *suite) {
	t := s.table()
	for i, sk := range []string{"a", "a1", "a2", "b", "b\x00", "b\x00c", "c", "d"} {
		s.put(t, with("p", sk, item{"n": num(i), "doc": doc(item{"l": list(num(1), num(2), num(3)), "x": str("y")})}))
	}
	s.put(t, key("p\x00", "zz"))
	s.put(t, key("q", "a"))
	values := item{":p": str("p"), ":a": str("a"), ":b": str("b"), ":c": str("c"), ":b0": str("b\x00")}
	for _, c := range []struct{ condition, want string }{
		{"pk = :p", `a a1 a2 b b\x00 b\x00c c d`}, {":p = pk AND sk = :b", "b"}, {"pk = :p AND sk < :b", "a a1 a2"}, {"sk <= :b AND pk = :p", "a a1 a2 b"}, {"pk = :p AND sk > :b", `b\x00 b\x00c c d`},
		{"pk = :p AND sk >= :c", "c d"}, {"pk = :p AND :c <= sk", "c d"}, {"pk = :p AND sk BETWEEN :a AND :b", "a a1 a2 b"}, {"pk = :p AND begins_with(sk, :a)", "a a1 a2"}, {"pk = :p AND begins_with(sk, :b0)", `b\x00 b\x00c`}, {"(pk = :p) AND (sk = :a)", "a"},
	} {
		in := &dynamodb.QueryInput{TableName: t, KeyConditionExpression: &c.condition}
		_, in.ExpressionAttributeValues = used(c.condition, nil, values)
		if got := s.sorts(in); got != c.want {
			s.Errorf("%s found %q, want %q", c.condition, got, c.want)
		}
		in.ScanIndexForward, in.Limit = aws.Bool(false), aws.Int32(2)
		words := strings.Fields(c.want)
		slices.Reverse(words)
		if got := s.sorts(in); got != strings.Join(words, " ") {
			s.Errorf("%s backward by two found %q", c.condition, got)
		}
	}
	out, err := s.db.Query(s.ctx, &dynamodb.QueryInput{TableName: t, KeyConditionExpression: aws.String("pk = :p"), FilterExpression: aws.String("n > :n"), ProjectionExpression: aws.String("#d.l[2], n, #d.l[0]"),
		ExpressionAttributeNames: map[string]string{"#d": "doc"}, ExpressionAttributeValues: item{":p": str("p"), ":n": num(5)}})
	if err != nil {
		s.Fatal(err)
	}
	cut := doc(item{"l": list(num(1), num(3))})
	s.same("filter and projection", out.Items, []item{{"n": num(6), "doc": cut}, {"n": num(7), "doc": cut}})
	if out.Count != 2 || out.ScannedCount != 8 {
		s.Errorf("count %d of %d, want 2 of 8", out.Count, out.ScannedCount)
	}
	out, err = s.db.Query(s.ctx, &dynamodb.QueryInput{TableName: t, KeyConditionExpression: aws.String("pk = :p"), Select: types.SelectCount, ExpressionAttributeValues: item{":p": str("p")}})
	if err != nil || out.Count != 8 || out.Items != nil {
		s.Errorf("COUNT = %v, %v", out, err)
	}
}

func queryRefused(s *suite) {
	t := s.table(index("open", "g", "n", types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}))
	values := item{":p": str("p"), ":a": str("a"), ":n": num(1)}
	for _, c := range []struct {
		condition string
		change    func(*dynamodb.QueryInput)
		words     string
	}{
		{"sk = :a", nil, "missed key schema element"}, {"pk > :p", nil, "not supported"}, {"pk = :p AND sk <> :a", nil, "Invalid operator"}, {"pk = :p OR sk = :a", nil, "Invalid operator"}, {"pk = :p AND x = :a", nil, "missed key schema element"},
		{"pk = :p AND sk = :a AND sk = :a", nil, "one condition per key"}, {"pk = :n", nil, "type does not match"}, {"pk = :p AND begins_with(sk, :n)", nil, ""}, {"pk = :p AND contains(sk, :a)", nil, "Invalid operator"},
		{"pk = :p", func(in *dynamodb.QueryInput) { in.IndexName = aws.String("none") }, "specified index"},
		{"g = :a", func(in *dynamodb.QueryInput) { in.IndexName, in.ConsistentRead = aws.String("open"), aws.Bool(true) }, "Consistent reads are not supported"},
		{"g = :a", func(in *dynamodb.QueryInput) { in.IndexName, in.Select = aws.String("open"), types.SelectAllAttributes }, "ALL_ATTRIBUTES"},
		{"g = :a", func(in *dynamodb.QueryInput) {
			in.IndexName, in.ProjectionExpression = aws.String("open"), aws.String("x")
		}, "project"},
		{"pk = :p", func(in *dynamodb.QueryInput) { in.FilterExpression = aws.String("sk = :p") }, "non-primary key"},
		{"pk = :p", func(in *dynamodb.QueryInput) { in.Limit = aws.Int32(0) }, "greater than or equal to 1"},
		{"pk = :p", func(in *dynamodb.QueryInput) { in.ExclusiveStartKey = item{"pk": str("p")} }, "starting key is invalid"},
		{"pk = :p", func(in *dynamodb.QueryInput) { in.ExclusiveStartKey = key("q", "a") }, "starting key"},
		{"pk = :p", func(in *dynamodb.QueryInput) {
			in.Select, in.ProjectionExpression = types.SelectCount, aws.String("x")
		}, "COUNT"},
	} {
		in := &dynamodb.QueryInput{TableName: t, KeyConditionExpression: &c.condition}
		_, in.ExpressionAttributeValues = used(c.condition, nil, values)
		if c.change != nil {
			c.change(in)
		}
		_, err := s.db.Query(s.ctx, in)
		s.refused(err, "ValidationException", c.words)
		if s.Failed() {
			s.Fatalf("condition %s, asked for %q", c.condition, c.words)
		}
	}
}

// pages: a page ends with the item that reaches 1 MB, and with the limit even where nothing follows.
func pages(s *suite) {
	t := s.table()
	for i := range 5 {
		s.put(t, with("p", fmt.Sprint(i), item{"v": str(strings.Repeat("x", 300<<10))}))
	}
	in := &dynamodb.QueryInput{TableName: t, KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: item{":p": str("p")}}
	out, err := s.db.Query(s.ctx, in)
	if err != nil {
		s.Fatal(err)
	}
	if n := len(out.Items); n < 3 || n > 4 || out.LastEvaluatedKey == nil {
		s.Errorf("a page of %d items of 300 KB, last key %v", n, out.LastEvaluatedKey)
	}
	if got := s.sorts(in); got != "0 1 2 3 4" {
		s.Errorf("all pages = %s", got)
	}
	in.Limit = aws.Int32(5)
	in.ProjectionExpression = aws.String("sk")
	in.ExclusiveStartKey = key("p", "2")
	out, err = s.db.Query(s.ctx, in)
	if err != nil || len(out.Items) != 2 || out.LastEvaluatedKey != nil {
		s.Errorf("the rest = %v, %v", out, err)
	}
	in.Limit = aws.Int32(2)
	out, err = s.db.Query(s.ctx, in)
	if err != nil {
		s.Fatal(err)
	}
	s.same("a limit reached leaves a key", out.LastEvaluatedKey, key("p", "4"))
}

func sparseIndex(s *suite) {
	t := s.table(index("open", "g", "n", types.Projection{ProjectionType: types.ProjectionTypeAll}))
	found := func() string {
		s.Helper()
		return s.sorts(&dynamodb.QueryInput{TableName: t, IndexName: aws.String("open"), KeyConditionExpression: aws.String("g = :g"), ExpressionAttributeValues: item{":g": str("open")}})
	}
	for i, n := range []string{"10", "-5", "9", "1e2", "0.5", "-50", "0"} {
		s.put(t, with("p", fmt.Sprint(i), item{"g": str("open"), "n": num(n)}))
	}
	s.put(t, with("p", "no-n", item{"g": str("open")}))
	s.put(t, with("p", "no-g", item{"n": num(1)}))
	s.eventually("order by number", "5 1 6 4 2 0 3", found)
	update := func(sk, expression string, values item) {
		s.Helper()
		_, err := s.db.UpdateItem(s.ctx, &dynamodb.UpdateItemInput{TableName: t, Key: key("p", sk), UpdateExpression: &expression, ExpressionAttributeValues: values})
		if err != nil {
			s.Fatal(err)
		}
	}
	update("5", "REMOVE g", nil)
	update("1", "SET n = :n", item{":n": num(1000)})
	update("no-n", "SET n = :n", item{":n": num("0.25")})
	s.eventually("out, moved, in", "6 no-n 4 2 0 3 1", found)
	if _, err := s.db.DeleteItem(s.ctx, &dynamodb.DeleteItemInput{TableName: t, Key: key("p", "3")}); err != nil {
		s.Fatal(err)
	}
	s.eventually("deleted", "6 no-n 4 2 0 1", found)
}

// equalKeys: items with one and the same index key are all found, whatever the page.
func equalKeys(s *suite) {
	t := s.table(index("open", "g", "n", types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}))
	for i := range 13 {
		s.put(t, with(fmt.Sprint("p", i%5), fmt.Sprint(i), item{"g": str("same"), "n": num(7)}))
	}
	for _, limit := range []int32{1, 3, 100} {
		for _, forward := range []bool{true, false} {
			s.eventually("all of them", "0 1 10 11 12 2 3 4 5 6 7 8 9", func() string {
				got := strings.Fields(s.sorts(&dynamodb.QueryInput{TableName: t, IndexName: aws.String("open"), Limit: &limit, ScanIndexForward: &forward, KeyConditionExpression: aws.String("g = :g AND n = :n"),
					ExpressionAttributeValues: item{":g": str("same"), ":n": num(7)}}))
				slices.Sort(got)
				return strings.Join(got, " ")
			})
		}
	}
}

func indexProjections(s *suite) {
	include := types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: []string{"in"}}
	t := s.table(index("keys", "g", "n", types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}), index("some", "g", "n", include))
	s.put(t, with("p", "1", item{"g": str("g"), "n": num(1), "in": str("in"), "out": str("out")}))
	for name, want := range map[string]item{
		"keys": with("p", "1", item{"g": str("g"), "n": num(1)}),
		"some": with("p", "1", item{"g": str("g"), "n": num(1), "in": str("in")}),
	} {
		s.eventually(name, text([]item{want}), func() string {
			out, err := s.db.Query(s.ctx, &dynamodb.QueryInput{TableName: t, IndexName: &name, KeyConditionExpression: aws.String("g = :g"), ExpressionAttributeValues: item{":g": str("g")}})
			if err != nil {
				s.Fatal(err)
			}
			return text(out.Items)
		})
	}
}

func scan(s *suite) {
	t := s.table()
	for i := range 60 {
		s.put(t, with(fmt.Sprint("p", i/2), fmt.Sprint(i), item{"n": num(i)}))
	}
	for _, total := range []int32{1, 4} {
		var got []string
		for segment := range total {
			pages := dynamodb.NewScanPaginator(s.db, &dynamodb.ScanInput{TableName: t, Segment: &segment, TotalSegments: &total, Limit: aws.Int32(7), FilterExpression: aws.String("n < :n"), ExpressionAttributeValues: item{":n": num(50)}})
			for pages.HasMorePages() {
				page, err := pages.NextPage(s.ctx)
				if err != nil {
					s.Fatal(err)
				}
				for _, it := range page.Items {
					got = append(got, text(it["sk"]))
				}
			}
		}
		slices.Sort(got)
		if n := len(slices.Compact(got)); n != 50 || len(got) != 50 {
			s.Errorf("%d segments found %d items, %d different, want 50", total, len(got), n)
		}
	}
	_, err := s.db.Scan(s.ctx, &dynamodb.ScanInput{TableName: t, Segment: aws.Int32(4), TotalSegments: aws.Int32(4)})
	s.refused(err, "ValidationException", "Segment")
}

func batchGet(s *suite) {
	t := s.table()
	for i := range 100 {
		s.put(t, with("p", fmt.Sprint(i), item{"n": num(i), "x": str("y")}))
	}
	ask := func(keys []item) (*dynamodb.BatchGetItemOutput, error) {
		return s.db.BatchGetItem(s.ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{*t: {Keys: keys, ProjectionExpression: aws.String("#n"), ExpressionAttributeNames: map[string]string{"#n": "n"}}}})
	}
	var keys []item
	for i := range 99 {
		keys = append(keys, key("p", fmt.Sprint(i)))
	}
	out, err := ask(append(keys, key("p", "none")))
	if err != nil || len(out.Responses[*t]) != 99 || len(out.UnprocessedKeys) != 0 || len(out.Responses[*t][0]) != 1 {
		s.Errorf("batch = %d items, %v", len(out.Responses[*t]), err)
	}
	_, err = ask(append(keys, key("p", "99"), key("p", "100")))
	s.refused(err, "ValidationException", "")
	_, err = ask([]item{key("p", "1"), key("p", "1")})
	s.refused(err, "ValidationException", "duplicates")
}

func batchWrite(s *suite) {
	t := s.table()
	s.put(t, key("p", "old"))
	put := func(sk string) types.WriteRequest {
		return types.WriteRequest{PutRequest: &types.PutRequest{Item: key("p", sk)}}
	}
	send := func(r ...types.WriteRequest) error {
		_, err := s.db.BatchWriteItem(s.ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{*t: r}})
		return err
	}
	if err := send(put("1"), put("2"), types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: key("p", "old")}}); err != nil {
		s.Fatal(err)
	}
	if got := s.sorts(&dynamodb.QueryInput{TableName: t, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: item{":p": str("p")}}); got != "1 2" {
		s.Errorf("after the batch: %s", got)
	}
	s.refused(send(put("1"), put("1")), "ValidationException", "duplicates")
	var many []types.WriteRequest
	for i := range 26 {
		many = append(many, put(fmt.Sprint("m", i)))
	}
	s.refused(send(many...), "ValidationException", "")
}

func capacity(s *suite) {
	t := s.table(index("open", "g", "n", types.Projection{ProjectionType: types.ProjectionTypeAll}))
	units := func(c *types.ConsumedCapacity, err error) string {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
		if c == nil || c.Table == nil {
			return "none"
		}
		return fmt.Sprint(*c.CapacityUnits, *c.Table.CapacityUnits, len(c.GlobalSecondaryIndexes))
	}
	put := func(it item) string {
		s.Helper()
		out, err := s.db.PutItem(s.ctx, &dynamodb.PutItemInput{TableName: t, Item: it, ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes})
		return units(out.ConsumedCapacity, err)
	}
	big := str(strings.Repeat("x", 3000))
	s.same("a small put", put(key("p", "1")), "1 1 0")
	s.same("3 KB", put(with("p", "1", item{"v": big})), "3 3 0")
	s.same("the larger of old and new counts", put(key("p", "1")), "3 3 0")
	s.same("with its index", put(with("p", "2", item{"v": big, "g": str("g"), "n": num(1)})), "6 3 1")
	s.same("moved in its index: a delete and a put", put(with("p", "2", item{"v": big, "g": str("g"), "n": num(2)})), "9 3 1")
	get := func(consistent bool) string {
		s.Helper()
		out, err := s.db.GetItem(s.ctx, &dynamodb.GetItemInput{TableName: t, Key: key("p", "2"), ConsistentRead: &consistent, ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes})
		return units(out.ConsumedCapacity, err)
	}
	s.same("an eventual read", get(false), "0.5 0.5 0")
	s.same("a consistent read", get(true), "1 1 0")
	out, err := s.db.PutItem(s.ctx, &dynamodb.PutItemInput{TableName: t, Item: key("p", "3")})
	if err != nil || out.ConsumedCapacity != nil {
		s.Errorf("capacity nobody asked for: %v, %v", out.ConsumedCapacity, err)
	}
}

package contract

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// eventually wants a read of an index to come to this; on AWS it takes a moment.
func (s *suite) eventually(what, want string, read func() string) {
	s.Helper()
	var got string
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if got = read(); got == want {
			return
		}
		if time.Now().After(deadline) {
			s.Errorf("%s\n got %s\nwant %s", what, got, want)
			return
		}
	}
}

func (s *suite) transact(token string, items ...types.TransactWriteItem) error {
	in := &dynamodb.TransactWriteItemsInput{TransactItems: items}
	if token != "" {
		in.ClientRequestToken = &token
	}
	_, err := s.db.TransactWriteItems(s.ctx, in)
	return err
}

func txPut(t *string, it item) types.TransactWriteItem {
	return types.TransactWriteItem{Put: &types.Put{TableName: t, Item: it}}
}

func txAdd(t *string, k item, n int) types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{TableName: t, Key: k, UpdateExpression: aws.String("ADD v :n"), ExpressionAttributeValues: item{":n": num(n)}}}
}

func txCheck(t *string, k item, condition string) types.TransactWriteItem {
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{TableName: t, Key: k, ConditionExpression: &condition, ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}}
}

func transaction(s *suite) {
	t, u := s.table(), s.table()
	s.put(t, with("a", "gone", item{"v": num(1)}))
	s.put(u, with("a", "there", item{"v": num(1)}))
	err := s.transact("", txPut(t, with("a", "1", item{"v": num(1)})), txAdd(u, key("a", "2"), 5), txCheck(u, key("a", "there"), "attribute_exists(pk)"),
		types.TransactWriteItem{Delete: &types.Delete{TableName: t, Key: key("a", "gone")}})
	if err != nil {
		s.Fatal(err)
	}
	s.same("put", s.get(t, key("a", "1")), with("a", "1", item{"v": num(1)}))
	s.same("update in another table", s.get(u, key("a", "2")), with("a", "2", item{"v": num(5)}))
	s.same("delete", s.get(t, key("a", "gone")), item(nil))
	s.same("check leaves alone", s.get(u, key("a", "there")), with("a", "there", item{"v": num(1)}))
}

func transactionReasons(s *suite) {
	t := s.table()
	s.put(t, with("a", "1", item{"v": str("text")}))
	err := s.transact("", txPut(t, key("a", "new")), txCheck(t, key("a", "1"), "attribute_not_exists(pk)"), txCheck(t, key("a", "2"), "attribute_exists(pk)"), txAdd(t, key("a", "3"), 1))
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		s.Fatalf("err = %v", err)
	}
	var codes []string
	for _, r := range cancelled.CancellationReasons {
		codes = append(codes, *r.Code)
	}
	if got := strings.Join(codes, " "); got != "None ConditionalCheckFailed ConditionalCheckFailed None" {
		s.Fatalf("reasons = %s", got)
	}
	if m := *cancelled.Message; !strings.HasSuffix(m, "[None, ConditionalCheckFailed, ConditionalCheckFailed, None]") {
		s.Errorf("message = %s", m)
	}
	s.same("the old item", cancelled.CancellationReasons[1].Item, with("a", "1", item{"v": str("text")}))
	s.same("no old item", cancelled.CancellationReasons[2].Item, item(nil))
	s.same("nothing was written", s.get(t, key("a", "new")), item(nil))
	err = s.transact("", txPut(t, key("a", "new")), txAdd(t, key("a", "1"), 1))
	if !errors.As(err, &cancelled) || *cancelled.CancellationReasons[1].Code != "ValidationError" {
		s.Errorf("adding to a text: %v", err)
	}
	s.same("nothing was written", s.get(t, key("a", "new")), item(nil))
}

func transactionRefused(s *suite) {
	t := s.table()
	s.refused(s.transact("", txPut(t, key("a", "1")), txAdd(t, key("a", "1"), 1)), "ValidationException", "multiple operations on one item")
	s.refused(s.transact("", types.TransactWriteItem{Put: &types.Put{TableName: t, Item: key("a", "1")}, Delete: &types.Delete{TableName: t, Key: key("a", "2")}}), "ValidationException", "")
	s.refused(s.transact("", txPut(t, key("a", ""))), "ValidationException", "empty string")
	s.refused(s.transact("", txPut(aws.String("contract-no-such-table"), key("a", "1"))), "ResourceNotFoundException", "")
	var many []types.TransactWriteItem
	for i := range 101 {
		many = append(many, txPut(t, key("a", fmt.Sprint(i))))
	}
	s.refused(s.transact("", many...), "ValidationException", "")
	if err := s.transact("", many[:100]...); err != nil {
		s.Errorf("a hundred items: %v", err)
	}
}

// transactionTokens: the same token and the same request do nothing the second time; another request under it is refused.
func transactionTokens(s *suite) {
	t := s.table()
	add := func(token string, n int) error { return s.transact(token, txAdd(t, key("a", "1"), n)) }
	token := fmt.Sprintf("token-%d", time.Now().UnixNano())
	for range 3 {
		if err := add(token, 5); err != nil {
			s.Fatal(err)
		}
	}
	s.same("added once", s.get(t, key("a", "1"))["v"], num(5))
	s.refused(add(token, 6), "IdempotentParameterMismatchException", "")
	if err := add(token+"b", 5); err != nil {
		s.Fatal(err)
	}
	s.same("another token adds again", s.get(t, key("a", "1"))["v"], num(10))
	failing := func() error {
		return s.transact(token+"c", txCheck(t, key("a", "9"), "attribute_exists(pk)"), txAdd(t, key("a", "1"), 1))
	}
	s.refused(failing(), "TransactionCanceledException", "")
	s.put(t, key("a", "9"))
	if err := failing(); err != nil {
		s.Errorf("a token whose first attempt was cancelled: %v", err)
	}
	s.same("and then counts", s.get(t, key("a", "1"))["v"], num(11))
}

func transactGet(s *suite) {
	t := s.table()
	s.put(t, with("a", "1", item{"v": num(1), "w": num(2)}))
	get := func(sk string, cut *string) types.TransactGetItem {
		return types.TransactGetItem{Get: &types.Get{TableName: t, Key: key("a", sk), ProjectionExpression: cut}}
	}
	out, err := s.db.TransactGetItems(s.ctx, &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{get("1", aws.String("w")), get("none", nil)}, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal})
	if err != nil {
		s.Fatal(err)
	}
	s.same("first", out.Responses[0].Item, item{"w": num(2)})
	s.same("second", out.Responses[1].Item, item(nil))
	if n := len(out.Responses); n != 2 || *out.ConsumedCapacity[0].CapacityUnits != 4 {
		s.Errorf("%d responses for %v units, want 2 for 4", n, *out.ConsumedCapacity[0].CapacityUnits)
	}
}

// counter: many at once, each adding by a condition on what it read. No increment may be lost.
func counter(s *suite) {
	t := s.table()
	s.put(t, with("a", "1", item{"v": num(0)}))
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for done := false; !done && s.ctx.Err() == nil; {
				old := s.get(t, key("a", "1"))["v"]
				_, err := s.db.UpdateItem(s.ctx, &dynamodb.UpdateItemInput{TableName: t, Key: key("a", "1"), UpdateExpression: aws.String("SET v = v + :1"), ConditionExpression: aws.String("v = :old"),
					ExpressionAttributeValues: item{":1": num(1), ":old": old}})
				var failed *types.ConditionalCheckFailedException
				if done = err == nil; err != nil && !errors.As(err, &failed) {
					s.Errorf("increment: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	s.same("32 increments", s.get(t, key("a", "1"))["v"], num(32))
}

// transfers: money moves between accounts by transactions while others read them by transactions; the sum never changes.
func transfers(s *suite) {
	t := s.table()
	const accounts, each = 5, 100
	for i := range accounts {
		s.put(t, with("acct", fmt.Sprint(i), item{"v": num(each)}))
	}
	account := func(i int) item { return key("acct", fmt.Sprint(i%accounts)) }
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 20 {
				from, to := account(w+i), account(w+2*i+1)
				if text(from) == text(to) {
					continue
				}
				take := types.TransactWriteItem{Update: &types.Update{TableName: t, Key: from, UpdateExpression: aws.String("SET v = v - :n"), ConditionExpression: aws.String("v >= :n"), ExpressionAttributeValues: item{":n": num(w + 7)}}}
				var cancelled *types.TransactionCanceledException
				if err := s.transact("", take, txAdd(t, to, w+7)); err != nil && !errors.As(err, &cancelled) {
					s.Errorf("transfer: %v", err)
				}
				s.sum(t, accounts, each*accounts)
			}
		})
	}
	wg.Wait()
	s.sum(t, accounts, each*accounts)
}

func (s *suite) sum(t *string, accounts, want int) {
	in := &dynamodb.TransactGetItemsInput{}
	for i := range accounts {
		in.TransactItems = append(in.TransactItems, types.TransactGetItem{Get: &types.Get{TableName: t, Key: key("acct", fmt.Sprint(i))}})
	}
	out, err := s.db.TransactGetItems(s.ctx, in)
	var conflict *types.TransactionCanceledException
	if errors.As(err, &conflict) {
		return // AWS refuses a read that meets a write
	}
	if err != nil {
		s.Errorf("read the accounts: %v", err)
		return
	}
	got := 0
	for _, r := range out.Responses {
		var n int
		if _, err := fmt.Sscan(text(r.Item["v"]), &n); err != nil || n < 0 {
			s.Errorf("account = %v", r.Item)
		}
		got += n
	}
	if got != want {
		s.Errorf("sum = %d, want %d", got, want)
	}
}

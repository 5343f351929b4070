package dynamodb

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/dynamodb/attr"
)

const (
	maxTransaction = 100
	maxTransacted  = 4 << 20          // bytes of all items of a transaction
	tokenLife      = 10 * time.Minute // how long a client token is remembered
)

type transactWriteRequest struct {
	TransactItems               []transactItem
	ClientRequestToken          string `json:",omitempty"`
	ReturnConsumedCapacity      string `json:",omitempty"`
	ReturnItemCollectionMetrics string `json:",omitempty"`
}

type transactItem struct {
	Put            *putRequest    `json:",omitempty"`
	Update         *updateRequest `json:",omitempty"`
	Delete         *keyRequest    `json:",omitempty"`
	ConditionCheck *keyRequest    `json:",omitempty"`
}

func (s *Service) transactWriteItems(body []byte, m *meter) ([]byte, error) {
	var r transactWriteRequest
	if err := decode("TransactWriteItems", body, &r); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	s.definitions.RLock()
	defer s.definitions.RUnlock()
	writes, err := s.prepareAll(r.TransactItems)
	if err != nil {
		return nil, err
	}
	m.double = true
	if err := s.transact(writes, r.fingerprint(), m); err != nil {
		return nil, err
	}
	o := newObject()
	m.all(o, r.ReturnConsumedCapacity)
	return o.end(), nil
}

func (r *transactWriteRequest) check() error {
	if n := len(r.TransactItems); n < 1 || n > maxTransaction {
		return invalid("1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length between 1 and %d", maxTransaction)
	}
	if len(r.ClientRequestToken) > 36 {
		return invalid("1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 36")
	}
	return returns{ReturnConsumedCapacity: r.ReturnConsumedCapacity, ReturnItemCollectionMetrics: r.ReturnItemCollectionMetrics}.check()
}

func (s *Service) prepareAll(items []transactItem) ([]*write, error) {
	writes := make([]*write, len(items))
	seen := map[string]bool{}
	for i, item := range items {
		w, err := s.prepareOne(item)
		if err != nil {
			return nil, err
		}
		place := w.table.ID + string(w.place)
		if seen[place] {
			return nil, invalid("Transaction request cannot include multiple operations on one item")
		}
		seen[place] = true
		writes[i] = w
	}
	return writes, nil
}

func (s *Service) prepareOne(item transactItem) (w *write, err error) {
	given := 0
	if item.Put != nil {
		given++
		w, err = s.preparePut(*item.Put)
	}
	if item.Update != nil {
		given++
		if item.Update.UpdateExpression == nil {
			return nil, invalid("1 validation error detected: Value null at 'transactItems.update.updateExpression' failed to satisfy constraint: Member must not be null")
		}
		w, err = s.prepareUpdate(*item.Update)
	}
	if item.Delete != nil {
		given++
		w, err = s.prepareKey(*item.Delete, removes)
	}
	if item.ConditionCheck != nil {
		given++
		if item.ConditionCheck.ConditionExpression == nil {
			return nil, invalid("1 validation error detected: Value null at 'transactItems.conditionCheck.conditionExpression' failed to satisfy constraint: Member must not be null")
		}
		w, err = s.prepareKey(*item.ConditionCheck, checks)
	}
	if given != 1 {
		return nil, invalid("TransactItems can only contain one of Check, Put, Update or Delete")
	}
	return w, err
}

// transact commits all writes or none. A token seen before makes it a no-op, which is billed as a read of the items.
func (s *Service) transact(writes []*write, mark fingerprint, m *meter) error {
	conflicts := s.conflicts(writes)
	var used []*consumed
	err := s.update(func(t *txn) error {
		used = nil
		done, err := mark.seen(t)
		if err != nil {
			return refused(err)
		}
		old := make([]attr.Item, len(writes))
		for i, w := range writes {
			if old[i], err = w.load(t); err != nil {
				return refused(err)
			}
			used = append(used, w.attempt(old[i], done))
		}
		if done {
			return nil
		}
		now, err := judge(writes, old, conflicts)
		if err != nil {
			return refused(err)
		}
		for i, w := range writes {
			if w.check {
				continue
			}
			if used[i], err = w.apply(t, old[i], now[i]); err != nil {
				return err
			}
		}
		return mark.keep(t)
	})
	for _, c := range used {
		m.add(c)
	}
	return err
}

// attempt bills an operation that changes nothing: a refused one as a write, a repeated one as a read.
func (w *write) attempt(old attr.Item, repeated bool) *consumed {
	c := &consumed{table: w.table.TableName, units: units{write: writeUnits(old.Size())}}
	if repeated {
		c.units = units{read: readUnits(old.Size(), true)}
	}
	return c
}

// conflicts asks the fault plan once an operation, before the transaction.
func (s *Service) conflicts(writes []*write) []bool {
	out := make([]bool, len(writes))
	for i, w := range writes {
		out[i] = s.conflict(w.table.TableName)
	}
	return out
}

// judge looks at every operation before anything is written: what each item will be, or the reasons why not.
func judge(writes []*write, old []attr.Item, conflicts []bool) ([]attr.Item, error) {
	now := make([]attr.Item, len(writes))
	reasons := make([]Reason, len(writes))
	failed, size := false, 0
	for i, w := range writes {
		now[i], reasons[i] = w.judge(old[i], conflicts[i])
		failed = failed || reasons[i].Code != "None"
		size += max(now[i].Size(), w.key.Size())
	}
	if failed {
		return nil, cancelled(reasons)
	}
	if size > maxTransacted {
		return nil, invalid("Collection size of the items in the transaction exceeded the limit of %d bytes", maxTransacted)
	}
	return now, nil
}

func (w *write) judge(old attr.Item, conflict bool) (attr.Item, Reason) {
	if conflict {
		return nil, Reason{Code: "TransactionConflict", Message: "Transaction is ongoing for the item"}
	}
	if !w.condition.Holds(old) {
		r := Reason{Code: "ConditionalCheckFailed", Message: errCondition}
		if w.showOld {
			r.Item = old
		}
		return nil, r
	}
	now, err := w.next(old)
	if err != nil {
		return nil, Reason{Code: "ValidationError", Message: asError(err).Message}
	}
	return now, Reason{Code: "None"}
}

func cancelled(reasons []Reason) error {
	codes := make([]string, len(reasons))
	for i, r := range reasons {
		codes[i] = r.Code
	}
	return &Error{Code: "TransactionCanceledException", Reasons: reasons,
		Message: "Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(codes, ", ") + "]"}
}

// fingerprint is a client token and what was asked with it.
type fingerprint struct {
	token string
	sum   [sha256.Size]byte
}

// fingerprint hashes the operations in a form that does not depend on the order of a JSON object.
func (r *transactWriteRequest) fingerprint() fingerprint {
	if r.ClientRequestToken == "" {
		return fingerprint{}
	}
	raw, err := json.Marshal(r.TransactItems)
	if err != nil {
		panic(err) // our own structs
	}
	return fingerprint{r.ClientRequestToken, sha256.Sum256(raw)}
}

var (
	tokensBucket = []byte("dynamodb/tokens")
	tokensExpiry = []byte("dynamodb/tokens by expiry")
)

// seen reports whether the same request has been committed under this token.
func (f fingerprint) seen(t *txn) (bool, error) {
	b := t.Bucket(tokensBucket)
	if f.token == "" || b == nil {
		return false, nil
	}
	kept := b.Get([]byte(f.token))
	if len(kept) != 8+sha256.Size || t.now.UnixMilli() >= int64(binary.BigEndian.Uint64(kept)) {
		return false, nil
	}
	if [sha256.Size]byte(kept[8:]) != f.sum {
		return false, refuse("IdempotentParameterMismatchException", "The request uses the same client token as a previous, but non-identical request. Do not reuse a client token with different requests, unless the requests are identical")
	}
	return true, nil
}

// keep remembers the token with the commit that it stands for.
func (f fingerprint) keep(t *txn) error {
	if f.token == "" {
		return nil
	}
	expiry := binary.BigEndian.AppendUint64(nil, uint64(t.now.Add(tokenLife).UnixMilli()))
	if err := put(t.Tx, tokensBucket, []byte(f.token), append(expiry, f.sum[:]...)); err != nil {
		return err
	}
	return put(t.Tx, tokensExpiry, append(expiry[:8:8], f.token...), nil)
}

func put(tx *bbolt.Tx, bucket, key, value []byte) error {
	b, err := tx.CreateBucketIfNotExists(bucket)
	if err != nil {
		return err
	}
	return b.Put(key, value)
}

// dropTokens forgets up to max tokens whose time is over and reports how many it dropped.
func dropTokens(t *txn, max int) (dropped int, err error) {
	byExpiry, tokens := t.Bucket(tokensExpiry), t.Bucket(tokensBucket)
	if byExpiry == nil || tokens == nil {
		return 0, nil
	}
	now := binary.BigEndian.AppendUint64(nil, uint64(t.now.UnixMilli()))
	for _, k := range firstKeys(byExpiry, now, max) {
		token := k[8:]
		// A token used again after its time has a later expiry, which has its own entry.
		if kept := tokens.Get(token); len(kept) >= 8 && string(kept[:8]) == string(k[:8]) {
			if err := tokens.Delete(token); err != nil {
				return dropped, err
			}
		}
		if err := byExpiry.Delete(k); err != nil {
			return dropped, err
		}
		dropped++
	}
	return dropped, nil
}

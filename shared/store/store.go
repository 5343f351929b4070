// Package store keeps the desk in one DynamoDB table. It is the only store.
//
// The brand is in every partition key but the agents' devices'; addresses and provider ids appear only as keyed hashes. A row is its keys, an optional guard (seq) and its content as JSON (doc).
//
//	row           PK                     SK              index (sparse)
//	conversation  C#brand#conversation   @               g1 Q#brand#open|wait|unawaited#shard / rank#due#conversation   g2 W#brand#agent / the same   g3 D#shard / look#wake#due while a clock runs
//	message       C#brand#conversation   M#at#id         g2 P#brand#contact / at: all that is kept of a contact, for one timeline and for forgetting
//	turn          C#brand#conversation   T#sequence      –  (relay and express read its INSERT from the stream)
//	effect        C#brand#conversation   E#sequence-n    g3 D#shard / next#lane while it is open; g1 R#brand#day#shard / out#…|fail#…|hush#…|hush:reason#… when it is done
//	presence      C#brand#conversation   V#agent (TTL)   –  (who looks or types; no part of any turn)
//	key           K#brand#channel#hash   @               g1 R#brand#day#shard / in#…  (a message's own key; thread keys of ours have none)
//	contact       P#brand#contact        @               –
//	held          H#brand#month          at#id           g1 R#brand#day#shard / held#… until it is released
//	change        J#brand#month          at#id           –  (the audit of what agents change outside of conversations)
//	budget        B#brand#hash|*|second|circulars  hour (TTL)  –
//	setting       S#brand                SWITCH          –
//	setting       S#brand                VERSION         –  (a counter that relay moves with the brand's turns: who looks at the queue asks for it)
//	setting       S#brand                LULLS           –  (how much usually comes by which channel at which hour: reconcile's)
//	setting       S#brand                RETAIN          –  (how far forget has come with what is too old, and what it has begun to remove)
//	setting       S#brand                KIND#id         –  (macros, bulletins, views, handovers: many of a kind; one that was taken off is empty and expires; g3 D#shard / next#lane: a circular that goes on by itself)
//	cursor        X#brand#channel        CURSOR#mailbox  –  (how far a mailbox on another server, or an account at a network, was read, and who reads it now)
//	session       X#brand#channel        SESSION#handle  –  (what a network gave for an account's secret, and who renews it now)
//	health        X#brand#channel        HEALTH#handle   –  (how sending from an account goes)
//	rota          O#brand                @               –  (what was changed while the desk runs; read in every turn)
//	rule book     Y#desk                 V#version       –  (who proposed it, what became of it; its text lies in the bucket)
//	rule book     Y#desk                 @file           –  (which version stands where this file is deployed)
//	promise ended G#brand#day            given#conversation  –
//	survey        G#brand#day#asked      at#conversation  –  (a survey that was sent, written anew whenever it is answered)
//	called        G#brand#called         decided#conversation#effect  –  (a page that was taken by a provider, for whom: agent and time alone)
//	label         L#brand#language       at#message      –  (one that was taken back expires)
//	demand        Z#brand#contact        at#id           g1 Z#brand / at#contact#id until it is met
//	draft         U#brand#agent          conversation#doing (TTL)  g2 U#brand#agent / the same   g1 U#brand#conversation|contact / agent#doing, while there is something in it  (draft.go)
//	devices       U#*                    agent           –  (the browsers to which an agent's pages are pushed; of no brand, as agents are none's; expires unseen)
//	feed          U#feeds                agent           –  (that an agent's link to his calendar was made anew, and how often: those before are nothing any more)
//
// The words by which a conversation and a contact are found stand in index places that their rows have left, F#brand#hash and N#brand#hash (search.go); so do
// webhooks, by when they were decided, V#brand#shard (hook.go).
//
// Invariants:
//   - A turn is one TransactWriteItems: state guarded by its sequence, the event's key, message, contact, record and effects. All or nothing.
//   - A refused or unanswered commit is never parsed: Turn looks again and decides again.
//   - A queued effect may be recalled by the turn that withdraws what it answers, and by nothing else.
//   - An effect goes queued → sending → accepted|failed|cancelled; only who moved it to sending sends, and only Settle, Told, Release, Doubt, Park, Fail, Cancel move it on.
//     What the provider says later (Report) makes accepted delivered or failed; a webhook that is done may be queued once more (Replay).
package store

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
)

// Shards is the number of partitions that every day, queue and timer index is spread over.
const Shards = 8

// Store is the desk's table.
type Store struct {
	db      *dynamodb.Client
	table   string
	rebuild *Rebuild // nil but for a rebuild
}

// New returns the store over an existing table.
func New(db *dynamodb.Client, table string) *Store { return &Store{db: db, table: table} }

type item = map[string]types.AttributeValue

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func num(n int64) types.AttributeValue  { return &types.AttributeValueMemberN{Value: fmt.Sprint(n)} }

func text(i item, name string) string {
	if v, ok := i[name].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

func number(i item, name string) (n int64) {
	if v, ok := i[name].(*types.AttributeValueMemberN); ok {
		_, _ = fmt.Sscan(v.Value, &n)
	}
	return n
}

func row(partition, sort string) item { return item{pk: str(partition), sk: str(sort)} }

// with adds v's JSON as the row's content.
func with(i item, v any) (item, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", text(i, sk), err)
	}
	i[doc] = str(string(b))
	return i, nil
}

func content(i item, v any) error {
	if err := json.Unmarshal([]byte(text(i, doc)), v); err != nil {
		return fmt.Errorf("decode %s: %w", text(i, sk), err)
	}
	return nil
}

func conversationKey(r desk.Ref) string       { return "C#" + r.Brand + "#" + r.Conversation }
func contactKey(brand, contact string) string { return "P#" + brand + "#" + contact }
func naturalKey(brand, channel, hash string) string {
	return "K#" + brand + "#" + channel + "#" + hash
}

const head = "@"

// stampForm sorts as text does.
const stampForm = "2006-01-02T15:04:05.000Z"

func turnKey(n int) string              { return fmt.Sprintf("T#%06d", n) }
func effectKey(id string) string        { return "E#" + id }
func stamp(t time.Time) string          { return t.UTC().Format(stampForm) }
func messageKey(m *desk.Message) string { return "M#" + stamp(m.At) + "#" + m.ID }

// shard spreads by conversation, so that one conversation's rows stay together.
func shard(conversation string) string {
	h := fnv.New32a()
	h.Write([]byte(conversation))
	return fmt.Sprint(h.Sum32() % Shards)
}

func dayKey(brand, day, conversation string) string {
	return "R#" + brand + "#" + day + "#" + shard(conversation)
}

// parseConversation is the inverse of conversationKey.
func parseConversation(key string) (desk.Ref, bool) {
	parts := strings.Split(key, "#")
	if len(parts) != 3 || parts[0] != "C" {
		return desk.Ref{}, false
	}
	return desk.Ref{Brand: parts[1], Conversation: parts[2]}, true
}

// get fetches rows by their keys, strongly consistent, in one call; absent ones are absent from the answer, which is keyed by PK+SK.
func (s *Store) get(ctx context.Context, keys ...item) (map[string]item, error) {
	found := make(map[string]item, len(keys))
	ask := map[string]types.KeysAndAttributes{s.table: {Keys: keys, ConsistentRead: aws.Bool(true)}}
	for tries := 0; len(ask) > 0; tries++ {
		if tries == 8 {
			return nil, fmt.Errorf("get %d rows: the table keeps leaving some out", len(keys))
		}
		if err := pause(ctx, tries); err != nil {
			return nil, err
		}
		out, err := s.db.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: ask})
		if err != nil {
			return nil, fmt.Errorf("get %d rows: %w", len(keys), err)
		}
		for _, i := range out.Responses[s.table] {
			found[text(i, pk)+text(i, sk)] = i
		}
		ask = out.UnprocessedKeys
	}
	return found, nil
}

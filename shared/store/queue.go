package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// Lot is a part of a brand's conversations that are not done.
type Lot string

const (
	Open      Lot = "open"      // a person owes something now
	Waiting   Lot = "wait"      // waiting for the contact, or put off
	Unawaited Lot = "unawaited" // machines alone have written: nobody waits, and it is nobody's until somebody does
)

// Entry is a place in the queue.
type Entry struct {
	desk.Ref
	Card
	At string // sorts as the queue does, and is where the next page goes on
}

// List says which entries a page of the queue takes: of some lots of a brand, or, with an agent's or team's id, all that is theirs.
type List struct {
	Brands []string
	Lots   []Lot
	Agent  string          // "": of everybody
	Keep   func(Card) bool // nil: all
	After  string          // "" from the front; else the At of the last entry seen, or what Queue gave
	Max    int
}

// maxScan bounds what one page looks at when few entries are kept.
const maxScan = 2000

// firstRead is how many entries of each partition are read at first, the rest as needed: the front of a queue is spread evenly.
const firstRead = 16

// Queue gives a page in the order of the queue: most urgent first, then what falls due first. next is where the following page begins, "" at the end.
// A page may be short or empty and still have a next: no page reads more than a bounded number of entries, however long the queue is.
func (s *Store) Queue(ctx context.Context, l List) (page []Entry, next string, err error) {
	heads, err := s.heads(ctx, l)
	if err != nil {
		return nil, "", err
	}
	last := ""
	for scanned := 0; ; scanned++ {
		first := least(heads)
		if first == nil {
			return page, "", nil
		}
		if len(page) == l.Max || scanned == maxScan {
			return page, last, nil
		}
		e := first.buffer[0]
		last = e.At
		if l.Keep == nil || l.Keep(e.Card) {
			page = append(page, e)
		}
		if err := first.advance(ctx, s); err != nil {
			return nil, "", err
		}
	}
}

// least is the partition whose next entry comes first; nil when all are at their ends.
func least(heads []*partition) (first *partition) {
	for _, p := range heads {
		if len(p.buffer) > 0 && (first == nil || p.buffer[0].At < first.buffer[0].At) {
			first = p
		}
	}
	return first
}

// heads opens all partitions of a list at once.
func (s *Store) heads(ctx context.Context, l List) ([]*partition, error) {
	var all []*partition
	for _, b := range l.Brands {
		if l.Agent != "" {
			all = append(all, &partition{index: people, pk: g2pk, sk: g2sk, key: "W#" + b + "#" + l.Agent, after: l.After})
			continue
		}
		for _, lot := range l.Lots {
			for sh := range Shards {
				all = append(all, &partition{index: lists, pk: g1pk, sk: g1sk, key: fmt.Sprintf("Q#%s#%s#%d", b, lot, sh), after: l.After})
			}
		}
	}
	return all, each(all, func(p *partition) error { return p.read(ctx, s) })
}

// each runs do for all at once, and joins the errors.
func each[T any](all []T, do func(T) error) error {
	errs := make(chan error, len(all))
	for _, x := range all {
		go func() { errs <- do(x) }()
	}
	var joined error
	for range all {
		joined = errors.Join(joined, <-errs)
	}
	return joined
}

// partition is one of an index, read from where the last page ended.
type partition struct {
	index, pk, sk, key string
	after              string
	buffer             []Entry
	end                bool
	size               int32
}

func (p *partition) advance(ctx context.Context, s *Store) error {
	p.buffer = p.buffer[1:]
	if len(p.buffer) > 0 || p.end {
		return nil
	}
	return p.read(ctx, s)
}

// read fetches the entries behind the last one. No two have the same place, so none is passed over.
func (p *partition) read(ctx context.Context, s *Store) error {
	p.size = min(max(firstRead, p.size*2), 256)
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: &p.index, Limit: &p.size,
		KeyConditionExpression:    aws.String("#p = :p AND #s > :after"),
		ExpressionAttributeNames:  map[string]string{"#p": p.pk, "#s": p.sk},
		ExpressionAttributeValues: item{":p": str(p.key), ":after": str(orFirst(p.after))},
	})
	if err != nil {
		return fmt.Errorf("list the queue: %w", err)
	}
	p.end = out.LastEvaluatedKey == nil
	for _, i := range out.Items {
		e, err := p.entry(i)
		if err != nil {
			return err
		}
		p.buffer, p.after = append(p.buffer, e), e.At
	}
	return nil
}

// orFirst is a place before all others: an empty string is no key.
func orFirst(after string) string {
	if after == "" {
		return "!"
	}
	return after
}

func (p *partition) entry(i item) (Entry, error) {
	r, ok := parseConversation(text(i, pk))
	if !ok {
		return Entry{}, fmt.Errorf("list the queue: %q is no conversation", text(i, pk))
	}
	e := Entry{Ref: r, At: text(i, p.sk)}
	if err := json.Unmarshal([]byte(text(i, card)), &e.Card); err != nil {
		return Entry{}, fmt.Errorf("decode the card of %s: %w", r.Conversation, err)
	}
	return e, nil
}

// Conversations reads many heads; those that do not exist are left out.
func (s *Store) Conversations(ctx context.Context, refs []desk.Ref) (map[desk.Ref]*desk.Conversation, error) {
	found := map[desk.Ref]*desk.Conversation{}
	for len(refs) > 0 {
		n := min(len(refs), maxBatch)
		var keys []item
		for _, r := range refs[:n] {
			keys = append(keys, row(conversationKey(r), head))
		}
		rows, err := s.get(ctx, keys...)
		if err != nil {
			return nil, err
		}
		for _, r := range refs[:n] {
			if i, ok := rows[conversationKey(r)+head]; ok {
				if found[r], err = conversationOf(i, r); err != nil {
					return nil, err
				}
			}
		}
		refs = refs[n:]
	}
	return found, nil
}

// maxTurns bounds Happened.
const maxTurns = 100

// Happened tells the names of the events of a conversation's turns since a time, newest first, at most a hundred.
func (s *Store) Happened(ctx context.Context, r desk.Ref, since time.Time) (events []string, err error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(maxTurns),
		KeyConditionExpression:    aws.String("#p = :p AND begins_with(#s, :turns)"),
		ExpressionAttributeNames:  map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{":p": str(conversationKey(r)), ":turns": str("T#")},
	})
	if err != nil {
		return nil, fmt.Errorf("read what happened to %s: %w", r.Conversation, err)
	}
	for _, i := range out.Items {
		var rec Record
		if err := content(i, &rec); err != nil {
			return nil, err
		}
		if rec.At.Before(since) {
			break
		}
		events = append(events, rec.Event)
	}
	return events, nil
}

// place is a conversation's place in the queue; the id makes it its own.
func place(c desk.Conversation, due *time.Time) string {
	return strings.Join([]string{rankDue(c.Priority, due, c.Opened), c.Conversation}, "#")
}

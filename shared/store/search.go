package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// A conversation is found by the words of its subject, and a contact by those of its name, without a row of their own: the rows that the opening turn writes
// anyway have places left in the indexes. So search costs nothing but index entries, is in the commit, and is forgotten with what it finds.

// slot is a place in an index that a row of an opening turn does not use.
type slot struct{ pk, sk string }

// The slots: a word is in the first that is free. The order is that of the rows which are always there.
var (
	slotTurn    = slot{g1pk, g1sk}
	slotTurn2   = slot{g2pk, g2sk}
	slotMessage = slot{g1pk, g1sk}
	slotKey     = slot{g2pk, g2sk}
	slotEffect  = slot{g2pk, g2sk}
)

// slots hands out an opening turn's words.
type slots struct {
	brand, at string
	words     []string
}

func slotted(d desk.Decision) *slots {
	return &slots{brand: d.Conversation.Brand, at: Opened(d.Conversation), words: d.Words}
}

// Opened is a conversation's place in lists by the time of opening.
func Opened(c desk.Conversation) string { return stamp(c.Opened) + "#" + c.Conversation }

// in puts the next word into a row's slot.
func (s *slots) in(i item, at slot) item {
	if i == nil || len(s.words) == 0 {
		return i
	}
	i[at.pk], i[at.sk] = str(wordKey(s.brand, s.words[0])), str(s.at)
	s.words = s.words[1:]
	return i
}

func wordKey(brand, word string) string { return "F#" + brand + "#" + word }
func nameKey(brand, name string) string { return "N#" + brand + "#" + name }

// named enters a contact under the words of its name.
func named(i item, brand string, c *desk.Contact) {
	for n, at := range []slot{{g1pk, g1sk}, {g2pk, g2sk}} {
		if n < len(c.Names) {
			i[at.pk], i[at.sk] = str(nameKey(brand, c.Names[n])), str(c.ID)
		}
	}
}

// Terms are what is looked for in one brand, as keys: any of the words, any of the names, any of the contacts.
type Terms struct {
	Brand                  string
	Words, Names, Contacts []string
}

// Hit is a conversation that may be meant, with its place among all, newest first. A contact's hit is one of its messages: of the conversation that it opened it
// has the conversation's own place.
type Hit struct {
	desk.Ref
	At string
}

// Bounds of one page of a search.
const (
	maxContacts = 20 // of one name
	maxHits     = 100
)

// Search gives a page of what may be meant by the terms, newest first, from before a place on; next is where the following page begins, "" at the end.
func (s *Store) Search(ctx context.Context, all []Terms, before string) (hits []Hit, next string, err error) {
	var reads []lookup
	for _, t := range all {
		contacts, err := s.contactsOf(ctx, t)
		if err != nil {
			return nil, "", err
		}
		for _, w := range t.Words {
			reads = append(reads, lookup{index: lists, slot: slot{g1pk, g1sk}, key: wordKey(t.Brand, w), brand: t.Brand},
				lookup{index: people, slot: slot{g2pk, g2sk}, key: wordKey(t.Brand, w), brand: t.Brand})
		}
		for _, c := range contacts {
			reads = append(reads, lookup{index: people, slot: slot{g2pk, g2sk}, key: contactKey(t.Brand, c), brand: t.Brand})
		}
	}
	found, sure, err := s.lookUp(ctx, reads, before)
	if err != nil {
		return nil, "", err
	}
	slices.SortFunc(found, func(a, b Hit) int { return strings.Compare(b.At+b.Conversation, a.At+a.Conversation) })
	found = slices.Compact(found)
	found = slices.DeleteFunc(found, func(h Hit) bool { return h.At < sure })
	if len(found) > maxHits {
		found = found[:maxHits]
		sure = found[maxHits-1].At
	}
	return found, sure, nil
}

// lookup is one partition of an index that a search reads.
type lookup struct {
	index      string
	slot       slot
	key, brand string
}

// lookUp reads all partitions at once. Nothing before sure is sure yet: a partition has more there.
func (s *Store) lookUp(ctx context.Context, reads []lookup, before string) (found []Hit, sure string, err error) {
	var mu sync.Mutex
	err = each(reads, func(l lookup) error {
		rows, more, err := s.newest(ctx, l, before)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		for n, i := range rows {
			h := l.hit(i)
			if before == "" || h.At < before {
				found = append(found, h)
			}
			if more && n == len(rows)-1 {
				sure = max(sure, h.At)
			}
		}
		return nil
	})
	return found, sure, err
}

// newest reads a partition from before a place on, newest first.
func (s *Store) newest(ctx context.Context, l lookup, before string) (rows []item, more bool, err error) {
	if before == "" {
		before = "~"
	}
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: &l.index, ScanIndexForward: aws.Bool(false), Limit: aws.Int32(maxHits),
		KeyConditionExpression:    aws.String("#p = :p AND #s < :before"),
		ExpressionAttributeNames:  map[string]string{"#p": l.slot.pk, "#s": l.slot.sk},
		ExpressionAttributeValues: item{":p": str(l.key), ":before": str(before)},
	})
	if err != nil {
		return nil, false, fmt.Errorf("search: %w", err)
	}
	return out.Items, out.LastEvaluatedKey != nil, nil
}

// hit is the conversation of an entry: a word's has it in its place, a message of a contact's in its key.
func (l lookup) hit(i item) Hit {
	at := text(i, l.slot.sk)
	if _, conversation, word := strings.Cut(at, "#"); word {
		return Hit{desk.Ref{Brand: l.brand, Conversation: conversation}, at}
	}
	r, _ := parseConversation(text(i, pk))
	return Hit{r, at + "#" + r.Conversation}
}

// contactsOf are the contacts that are named, and those who have one of the names: at most so many, first who has several of them.
func (s *Store) contactsOf(ctx context.Context, t Terms) ([]string, error) {
	var reads []lookup
	for _, n := range t.Names {
		reads = append(reads, lookup{index: lists, slot: slot{g1pk, g1sk}, key: nameKey(t.Brand, n)}, lookup{index: people, slot: slot{g2pk, g2sk}, key: nameKey(t.Brand, n)})
	}
	var mu sync.Mutex
	times := map[string]int{}
	err := each(reads, func(l lookup) error {
		rows, _, err := s.newest(ctx, l, "")
		mu.Lock()
		defer mu.Unlock()
		for _, i := range rows {
			times[text(i, l.slot.sk)]++
		}
		return err
	})
	var named []string
	for c := range times {
		named = append(named, c)
	}
	slices.SortFunc(named, func(a, b string) int { return cmp.Or(times[b]-times[a], strings.Compare(a, b)) })
	all := slices.Clone(t.Contacts)
	for _, c := range named[:min(len(named), maxContacts)] {
		if !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all, err
}

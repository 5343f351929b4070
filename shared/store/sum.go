package store

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// Sum is promise 1 for one brand and UTC day of arrival: Received = Receipted + Suppressed + Held + InFlight + Failed.
type Sum struct {
	Received   int            `json:"received"`
	Receipted  int            `json:"receipted"` // messages, also those that share a receipt
	Suppressed map[string]int `json:"suppressed"`
	Held       map[string]int `json:"held"`
	InFlight   int            `json:"in_flight"`
	Failed     int            `json:"failed"`
	Came       map[string]int `json:"-"` // the messages among them by channel
}

// Add adds o to s.
func (s *Sum) Add(o Sum) {
	s.Received += o.Received
	s.Receipted += o.Receipted
	s.InFlight += o.InFlight
	s.Failed += o.Failed
	for k, n := range o.Suppressed {
		s.Suppressed[k] += n
	}
	for k, n := range o.Held {
		s.Held[k] += n
	}
	for k, n := range o.Came {
		s.Came[k] += n
	}
}

// NewSum returns an empty sum.
func NewSum() Sum {
	return Sum{Suppressed: map[string]int{}, Held: map[string]int{}, Came: map[string]int{}}
}

// Balanced tells whether the sum holds.
func (s Sum) Balanced() bool {
	n := s.Receipted + s.InFlight + s.Failed
	for _, x := range s.Suppressed {
		n += x
	}
	for _, x := range s.Held {
		n += x
	}
	return n == s.Received
}

// Sum reads the day's sum of one brand ("-" for what no brand could be found for) from the day index.
func (s *Store) Sum(ctx context.Context, brand, day string) (Sum, error) {
	t := tally{sum: NewSum(), done: map[string]string{}, waiting: map[desk.EffectRef]int{}, placed: map[string]bool{}, held: map[string]string{}}
	var mu sync.Mutex
	var wg sync.WaitGroup
	errs := make([]error, Shards)
	for sh := range Shards {
		wg.Go(func() {
			errs[sh] = s.eachOfDay(ctx, fmt.Sprintf("R#%s#%s#%d", brand, day, sh), func(entry, channel string) {
				mu.Lock()
				defer mu.Unlock()
				t.enter(brand, entry, channel)
			})
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return Sum{}, err
		}
	}
	return s.resolve(ctx, t)
}

// Known calls fn with the id of every message and held piece of a brand's day: what reconcile compares with the raw mails.
func (s *Store) Known(ctx context.Context, brand, day string, fn func(id string)) error {
	for sh := range Shards {
		err := s.eachOfDay(ctx, fmt.Sprintf("R#%s#%s#%d", brand, day, sh), func(entry, _ string) {
			if p := strings.Split(entry, "#"); p[0] == "in" || p[0] == "held" {
				fn(p[len(p)-1])
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) eachOfDay(ctx context.Context, key string, fn func(entry, channel string)) error {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(lists), KeyConditionExpression: aws.String("#p = :p"),
		ProjectionExpression:     aws.String("#s, #row"),
		ExpressionAttributeNames: map[string]string{"#p": g1pk, "#s": g1sk, "#row": pk}, ExpressionAttributeValues: item{":p": str(key)},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the day's messages: %w", err)
		}
		for _, i := range out.Items {
			fn(text(i, g1sk), channelOf(text(i, pk)))
		}
	}
	return nil
}

// channelOf is the channel of a natural key's row, K#brand#channel#hash; of other rows "".
func channelOf(partition string) string {
	if p := strings.Split(partition, "#"); len(p) == 4 && p[0] == "K" {
		return p[2]
	}
	return ""
}

// tally counts a day's entries while they are read, in any order.
type tally struct {
	sum     Sum
	done    map[string]string      // conversation#effect → out, fail, hush or hush:reason
	waiting map[desk.EffectRef]int // messages by the effect that acknowledges them
	placed  map[string]bool        // messages by id
	held    map[string]string      // id → reason: what has been placed as well is a message, and counts once
}

// enter counts one entry: in#conversation#r#effect#message, in#conversation#s#reason#message, held#reason#id, out|fail|hush|hush:reason#conversation#effect.
func (t *tally) enter(brand, entry, channel string) {
	p := strings.Split(entry, "#")
	if p[0] == "in" {
		t.sum.Came[channel]++
	}
	switch {
	case len(p) == 5 && p[0] == "in" && p[2] == "r":
		t.sum.Received++
		t.placed[p[4]] = true
		t.waiting[desk.EffectRef{Ref: desk.Ref{Brand: brand, Conversation: p[1]}, ID: p[3]}]++
	case len(p) == 5 && p[0] == "in":
		t.sum.Received++
		t.placed[p[4]] = true
		t.sum.Suppressed[p[3]]++
	case len(p) == 3 && p[0] == "held":
		t.held[p[2]] = p[1]
	case len(p) == 3:
		t.done[p[1]+"#"+p[2]] = p[0]
	}
}

// resolve settles what the day's own entries leave open, by the effects themselves: under way, or a receipt shared from the day before.
func (s *Store) resolve(ctx context.Context, t tally) (Sum, error) {
	for id, reason := range t.held {
		if !t.placed[id] {
			t.sum.Received++
			t.sum.Held[reason]++
		}
	}
	var open []desk.EffectRef
	for r, n := range t.waiting {
		switch how, why, _ := strings.Cut(t.done[r.Conversation+"#"+r.ID], ":"); how {
		case "out":
			t.sum.Receipted += n
		case "fail":
			t.sum.Failed += n
		case "hush":
			t.sum.Suppressed[cmp.Or(why, string(desk.Silenced))] += n
		default:
			open = append(open, r)
		}
	}
	effects, err := s.Effects(ctx, open)
	if err != nil {
		return Sum{}, err
	}
	for _, e := range effects {
		r := desk.EffectRef{Ref: e.Ref, ID: e.ID}
		switch e.State {
		case desk.Accepted, desk.Delivered:
			t.sum.Receipted += t.waiting[r]
		case desk.Failed:
			t.sum.Failed += t.waiting[r]
		case desk.Cancelled:
			t.sum.Suppressed[string(e.Hushed())] += t.waiting[r]
		default:
			t.sum.InFlight += t.waiting[r]
		}
	}
	return t.sum, nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/infra/local/clock"
	"pronto/infra/local/dynamodb/attr"
	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/storm"
	"pronto/infra/wiring"
	desks "pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/store"
	"pronto/shared/triage"
)

// clocks measures the timers of a desk with many open conversations: what a sweep reads, and how late those are that fall due within one minute.
// Each of these pages an agent, too. It takes real time: two minutes and a half, beside the loading.
type clocks struct {
	r  *report
	d  *desk.Desk
	db *dynamodb.Client
	st *store.Store

	rows []attr.Item // of the templates
}

// few is how many conversations a sweep's reads are compared with.
const few = 1000

func measureTimers(ctx context.Context, r *report, dir string, open, due int) (err error) {
	if open == 0 {
		return nil
	}
	c, err := openClocks(ctx, r, dir, clock.New())
	if err != nil {
		return err
	}
	defer func() {
		if end := c.d.Close(); err == nil {
			err = end
		}
	}()
	loaded := templates
	for _, n := range slices.Compact([]int{min(few, open), open}) {
		began := time.Now()
		if err := c.load(loaded, n); err != nil {
			return err
		}
		c.r.add(fmt.Sprintf("loading up to %d open", n), time.Since(began).Seconds(), "s")
		if err := c.sweep(ctx, n); err != nil {
			return err
		}
		if err := c.pages(ctx, n); err != nil {
			return err
		}
		loaded = n
	}
	return c.lateness(ctx, open, due)
}

// openClocks opens a desk with the templates in it.
func openClocks(ctx context.Context, r *report, dir string, at *clock.Clock) (*clocks, error) {
	rules := filepath.Join(dir, "policy.yaml")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make a directory: %w", err)
	}
	if err := os.WriteFile(rules, storm.Rules("acme", "acme.example"), 0o600); err != nil {
		return nil, fmt.Errorf("write the rule book: %w", err)
	}
	d, err := desk.Open(ctx, desk.Options{State: filepath.Join(dir, "state"), Policy: rules, SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0", Clock: at})
	if err != nil {
		return nil, err
	}
	db := dynamodb.NewFromConfig(d.Setup.AWS)
	c := &clocks{r: r, d: d, db: db, st: store.New(db, wiring.Table)}
	if err := c.templates(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return c, nil
}

// open opens a conversation whose first response is due at a time.
func (c *clocks) open(ctx context.Context, id string, due time.Time) error {
	now := c.d.AWS.Clock.Now()
	ref := desks.Ref{Brand: "acme", Conversation: id}
	x := sla.Target{Kind: sla.FirstResponse, State: sla.Running, Warned: true, Set: now.Add(-time.Hour), Due: due}
	conversation := desks.Conversation{
		Ref: ref, Sequence: 1, Status: desks.StatusOpen, Channel: desks.Email, Contact: "contact", Language: "en", Priority: triage.High, PriorityWhy: []string{"bench"},
		Subject: "Where is my bag?", Assignee: policy.Assignee{ID: "ana", Name: "Ana Ferrante"}, Targets: []sla.Target{x}, Next: &due, Opened: now, Last: now, Messages: 1, Version: 1,
	}
	ev := desks.Ticked{Subject: desks.Subject{Ref: ref}}
	_, err := c.st.Turn(ctx, ev, func(desks.Facts) desks.Decision {
		return desks.Decision{Event: "bench", At: now, Conversation: conversation}
	})
	return err
}

// templates are how many conversations are opened as the desk does it; the others are copies of their rows, so that all shards have their share.
const templates = 64

func (c *clocks) templates(ctx context.Context) error {
	for i := range templates {
		id := fmt.Sprintf("template%08d", i)
		if err := c.open(ctx, id, c.d.AWS.Clock.Now().Add(72*time.Hour+time.Duration(i)*time.Minute)); err != nil {
			return err
		}
		key := map[string]types.AttributeValue{"PK": &types.AttributeValueMemberS{Value: "C#acme#" + id}, "SK": &types.AttributeValueMemberS{Value: "@"}}
		out, err := c.db.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(wiring.Table), Key: key, ConsistentRead: aws.Bool(true)})
		if err != nil || out.Item == nil {
			return fmt.Errorf("read a template: %w", err)
		}
		row := attr.Item{}
		for name, v := range out.Item {
			switch v := v.(type) {
			case *types.AttributeValueMemberS:
				row = row.With(name, attr.String(v.Value))
			case *types.AttributeValueMemberN:
				row = row.With(name, attr.Num(v.Value))
			default:
				return fmt.Errorf("attribute %s of a template is a %T", name, v)
			}
		}
		c.rows = append(c.rows, row)
	}
	return nil
}

// load fills the table with open conversations that fall due in days, from (with it) to to (without).
func (c *clocks) load(from, to int) error {
	return c.d.AWS.DynamoDB.Load(wiring.Table, func(yield func(attr.Item) bool) {
		for n := from; n < to; n++ {
			old, id := fmt.Sprintf("template%08d", n%templates), fmt.Sprintf("far%013d", n)
			row := slices.Clone(c.rows[n%templates])
			for i, f := range row {
				if f.Value.Kind == attr.S {
					row[i].Value = attr.String(strings.ReplaceAll(f.Value.Str, old, id))
				}
			}
			if !yield(row) {
				return
			}
		}
	})
}

// sweep counts what one sweep reads when nothing is due.
func (c *clocks) sweep(ctx context.Context, open int) error {
	before, began := c.d.AWS.DynamoDB.Usage()["Query"], time.Now()
	for shard := range store.Shards {
		if due, err := c.st.Due(ctx, shard, c.d.AWS.Clock.Now(), 500); err != nil || len(due) > 0 {
			return fmt.Errorf("sweep of %d: %d are due: %w", open, len(due), err)
		}
	}
	after := c.d.AWS.DynamoDB.Usage()["Query"]
	c.r.add(fmt.Sprintf("reads of a sweep with %d open", open), after.IndexRead-before.IndexRead+after.TableRead-before.TableRead, "units")
	c.r.add(fmt.Sprintf("time of a sweep with %d open", open), ms(time.Since(began)), "ms")
	return nil
}

// lateness opens conversations that fall due at random instants of one minute, far enough ahead that only the minute's sweep can arm them.
func (c *clocks) lateness(ctx context.Context, open, n int) error {
	due := map[string]time.Time{}
	minute := c.d.AWS.Clock.Now().Add(store.Ahead + 15*time.Second)
	for i := range n {
		id := fmt.Sprintf("due%013d", i)
		due[id] = minute.Add(time.Duration(rand.Int64N(int64(time.Minute)))).Truncate(time.Millisecond)
		if err := c.open(ctx, id, due[id]); err != nil {
			return err
		}
	}
	late := map[string]time.Duration{}
	err := waitingFor(ctx, "clocks", time.Until(minute)+3*time.Minute, func() (bool, error) {
		return len(late) == n, c.read(due, late)
	})
	if err != nil {
		return fmt.Errorf("%w: %d of %d", err, len(late), n)
	}
	all := slices.Sorted(maps.Values(late))
	name := fmt.Sprintf("lateness of %d clocks in a minute, %d open, ", n, open)
	c.r.add(name+"least", ms(all[0]), "ms")
	c.r.add(name+"p50", ms(all[len(all)/2]), "ms")
	c.r.most(name+"p99", ms(all[len(all)*99/100]), "ms", 1000)
	c.r.add(name+"most", ms(all[len(all)-1]), "ms")
	return nil
}

// read takes from the ledger when the turns of clocks were committed.
func (c *clocks) read(due map[string]time.Time, late map[string]time.Duration) error {
	for _, raw := range c.d.Ledger.Lines() {
		var l struct {
			Time                     time.Time
			Msg, Event, Conversation string
		}
		if err := json.Unmarshal(raw, &l); err != nil {
			return fmt.Errorf("read the ledger: %w", err)
		}
		if _, seen := late[l.Conversation]; l.Msg == "turn" && l.Event == "ticked" && !seen {
			if at, ours := due[l.Conversation]; ours {
				late[l.Conversation] = l.Time.Sub(at)
			}
		}
	}
	return nil
}

// waitingFor asks once a second until something is done.
func waitingFor(ctx context.Context, what string, most time.Duration, done func() (bool, error)) error {
	for until := time.Now().Add(most); ; time.Sleep(time.Second) {
		ok, err := done()
		switch {
		case err != nil || ok:
			return err
		case time.Now().After(until) || ctx.Err() != nil:
			return fmt.Errorf("%s: not within %v", what, most)
		}
	}
}

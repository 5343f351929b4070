package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/storm"
	"pronto/infra/pronto/storm/child"
	"pronto/infra/wiring"
)

// asked is how many praises the burst has that the design speaks of.
const asked = 20_000

// calm is how many complaints come one by one, for what an idle desk takes.
const calm = 200

// measureLanes compares how long complaints wait for their receipts in a burst of praises with how long they do when nothing else happens, in the same run on the
// same desk. Both are counted from the commit of their turn, as the table's stream dates it, to the ledger's line that says that the provider has taken the receipt
// and the desk has recorded it.
func measureLanes(ctx context.Context, r *report, dir string, praises, complaints int) (err error) {
	if praises == 0 || complaints == 0 {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	rules := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(rules, storm.Rules("acme", "acme.example"), 0o600); err != nil {
		return fmt.Errorf("write the rule book: %w", err)
	}
	d, err := desk.Open(ctx, desk.Options{State: filepath.Join(dir, "state"), Policy: rules, SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	if err != nil {
		return err
	}
	defer func() {
		if end := d.Close(); err == nil {
			err = end
		}
	}()
	to := &child.Desk{SMTP: d.SMTP()}
	quiet, err := complain(ctx, d, to)
	if err != nil {
		return err
	}
	began := time.Now()
	busy, err := crowd(ctx, d, to, praises, complaints)
	if err != nil {
		return err
	}
	took := time.Since(began)
	commits, err := committed(d)
	if err != nil {
		return err
	}
	compare(r, fmt.Sprintf("%d complaints among %d praises", complaints, praises), waits(quiet, commits), waits(busy, commits))
	r.add("burst among praises: first DATA to the last complaint's receipt", took.Seconds(), "s")
	if praises < asked {
		r.add(fmt.Sprintf("burst among praises: smaller than the design's (-praises %d)", asked), float64(praises)/asked, "of it")
	}
	return nil
}

// compare reports both waits and what lies between them.
func compare(r *report, name string, quiet, busy []time.Duration) {
	r.add("complaint when idle, commit to receipt, p50", ms(part(quiet, 50)), "ms")
	r.add("complaint when idle, commit to receipt, p95", ms(part(quiet, 95)), "ms")
	r.add(name+", commit to receipt, p50", ms(part(busy, 50)), "ms")
	r.add(name+", commit to receipt, p95", ms(part(busy, 95)), "ms")
	r.most(name+", p95 to that when idle", float64(part(busy, 95))/float64(part(quiet, 95)), "times", 2)
}

// part is the p-th percentile of at least one duration, which are sorted.
func part(all []time.Duration, p int) time.Duration { return all[len(all)*p/100] }

// waits are the times between, sorted.
func waits(left, commits map[string]time.Time) (all []time.Duration) {
	for id, at := range left {
		all = append(all, at.Sub(commits[id]))
	}
	slices.Sort(all)
	return all
}

// committed reads from the table's stream when the turns that could not wait were committed, by conversation.
func committed(d *desk.Desk) (map[string]time.Time, error) {
	at := map[string]time.Time{}
	for after := uint64(0); ; {
		page, err := d.AWS.DynamoDB.Records(wiring.Table, after, 2000)
		if err != nil {
			return nil, fmt.Errorf("read the stream: %w", err)
		}
		if len(page) == 0 {
			return at, nil
		}
		for _, r := range page {
			after = r.Sequence
			if r.Event != "INSERT" || !bytes.Contains(r.JSON, []byte(`"hurry"`)) {
				continue
			}
			var turn struct {
				DynamoDB struct {
					Keys struct{ PK struct{ S string } }
				}
			}
			if err := json.Unmarshal(r.JSON, &turn); err != nil {
				return nil, fmt.Errorf("read the stream: %w", err)
			}
			key := turn.DynamoDB.Keys.PK.S
			at[key[strings.LastIndexByte(key, '#')+1:]] = r.At
		}
	}
}

// complain sends complaints one by one, each when the receipt of the one before has left, and returns when that was.
func complain(ctx context.Context, d *desk.Desk, to *child.Desk) (map[string]time.Time, error) {
	left := map[string]time.Time{}
	for i := range calm {
		if err := burst(to.Dial, []mail{complaint(i)}); err != nil {
			return nil, err
		}
		if err := heard(ctx, d, left, i+1, 2*time.Millisecond); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// crowd sends praises with complaints evenly among them, and waits for the complaints' receipts.
func crowd(ctx context.Context, d *desk.Desk, to *child.Desk, praises, complaints int) (map[string]time.Time, error) {
	left := map[string]time.Time{}
	if err := collect(d, left); err != nil { // those of the calm
		return nil, err
	}
	before := maps.Clone(left)
	sent := make(chan error, 1)
	go func() { sent <- burst(to.Dial, mixed(praises, complaints)) }()
	for taken := false; !taken; { // the ledger forgets: it is read all along
		select {
		case err := <-sent:
			if err != nil {
				return nil, err
			}
			taken = true
		case <-time.After(time.Second):
			if err := collect(d, left); err != nil {
				return nil, err
			}
		}
	}
	if err := heard(ctx, d, left, len(before)+complaints, time.Second); err != nil {
		return nil, err
	}
	maps.DeleteFunc(left, func(id string, _ time.Time) bool { _, old := before[id]; return old })
	return left, nil
}

// heard waits until n complaints have their receipts.
func heard(ctx context.Context, d *desk.Desk, left map[string]time.Time, n int, pace time.Duration) error {
	for until := time.Now().Add(5 * time.Minute); ; time.Sleep(pace) {
		if err := collect(d, left); err != nil {
			return err
		}
		switch {
		case len(left) >= n:
			return nil
		case time.Now().After(until) || ctx.Err() != nil:
			return fmt.Errorf("complaints: %d of %d receipts have left", len(left), n)
		}
	}
}

// collect takes from the ledger when the priority lane's receipts had left, by conversation.
func collect(d *desk.Desk, left map[string]time.Time) error {
	for _, raw := range d.Ledger.Lines() {
		if !bytes.Contains(raw, []byte(`"lane":"priority"`)) { // most lines are the praises': reading them all would slow the desk down
			continue
		}
		var l struct {
			Time                           time.Time
			Msg, Kind, State, Conversation string
		}
		if err := json.Unmarshal(raw, &l); err != nil {
			return fmt.Errorf("read the ledger: %w", err)
		}
		if l.Msg == "effect" && l.Kind == "receipt" && l.State == "accepted" {
			left[l.Conversation] = l.Time
		}
	}
	return nil
}

// mixed are praises with complaints evenly among them.
func mixed(praises, complaints int) (all []mail) {
	total := praises + complaints
	for i := range total {
		// Of the first i mails, i × complaints / total are complaints.
		if (i+1)*complaints/total > i*complaints/total {
			all = append(all, complaint(calm+i))
		} else {
			all = append(all, praise(calm+i))
		}
	}
	return all
}

// Each sender writes once, from a domain of its own: no budget or thread binds two of them.
func complaint(n int) mail {
	return letter(n, "My suitcase is still lost", "I am very disappointed and angry. Nobody has called me back for days; this is the worst service ever.")
}

func praise(n int) mail {
	return letter(n, "What a lovely flight", "Thank you so much, the crew was wonderful and everything was perfect. We loved it.")
}

func letter(n int, subject, text string) mail {
	from := fmt.Sprintf("p%d@lane%d.example", n, n)
	return mail{from, fmt.Appendf(nil, "From: Mira Jensen <%s>\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <lane%d@mailer.example>\r\nDate: %s\r\n\r\nDear team,\r\n%s\r\n\r\n%d\r\n",
		from, brandAddress, subject, n, time.Now().UTC().Format(time.RFC1123Z), text, n)}
}

package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"time"

	"pronto/infra/local/clock"
	"pronto/infra/local/dynamodb"
	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/storm"
	"pronto/infra/pronto/storm/child"
	"pronto/infra/wiring"
)

// count runs a desk in this process, whose local AWS tells what was called and what it cost.
func count(ctx context.Context, r *report, dir string, o options) (err error) {
	rules := filepath.Join(dir, "policy.yaml")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	if err := os.WriteFile(rules, storm.Rules("acme", "acme.example"), 0o600); err != nil {
		return fmt.Errorf("write the rule book: %w", err)
	}
	clk := clock.New()
	d, err := desk.Open(ctx, desk.Options{State: filepath.Join(dir, "state"), Policy: rules, SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0", Clock: clk})
	if err != nil {
		return err
	}
	defer func() {
		if end := d.Close(); err == nil {
			err = end
		}
	}()
	target := &child.Desk{SMTP: d.SMTP()}
	if err := countIdle(ctx, r, d, target, o.idle); err != nil {
		return err
	}
	mails := write(o.idle, o.counted)
	stop, err := profiling(o.profile)
	if err != nil {
		return err
	}
	calls, units := d.AWS.Usage(), d.AWS.DynamoDB.Usage()
	if err := burst(target.Dial, mails); err != nil {
		return err
	}
	if err := handled(ctx, d, clk, o.idle+o.counted); err != nil {
		return err
	}
	stop()
	tally(r, o.counted, calls, d.AWS.Usage(), units, d.AWS.DynamoDB.Usage())
	return nil
}

// countIdle counts the calls of mails that come one by one, so that no two share a call. What SES's events cost comes later, in batches, and is not in it.
func countIdle(ctx context.Context, r *report, d *desk.Desk, to *child.Desk, n int) error {
	before := total(d.AWS.Usage())
	for i, m := range write(0, n) {
		if err := burst(to.Dial, []mail{m}); err != nil {
			return err
		}
		if err := waiting(ctx, "a receipt", sent(d, i+1)); err != nil {
			return err
		}
	}
	r.most("AWS calls when idle", float64(total(d.AWS.Usage())-before)/float64(n), "a mail", 10)
	return nil
}

func total(usage map[string]map[string]int) (n int) {
	for _, operations := range usage {
		for _, calls := range operations {
			n += calls
		}
	}
	return n
}

func profiling(file string) (stop func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, fmt.Errorf("write the profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, fmt.Errorf("write the profile: %w", err)
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}

// waiting asks until something is done, for two minutes.
func waiting(ctx context.Context, what string, done func() (bool, error)) error {
	for until := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Millisecond) {
		ok, err := done()
		switch {
		case err != nil || ok:
			return err
		case time.Now().After(until) || ctx.Err() != nil:
			return fmt.Errorf("%s: not within two minutes", what)
		}
	}
}

// sent tells whether n mails have left.
func sent(d *desk.Desk, n int) func() (bool, error) {
	return func() (bool, error) {
		rows, err := d.AWS.SES.Outbox(int64(n-1), 1)
		return len(rows) > 0, err
	}
}

// handled waits until n receipts have left and the events about them are handled.
func handled(ctx context.Context, d *desk.Desk, clk *clock.Clock, n int) error {
	if err := waiting(ctx, "receipts", sent(d, n)); err != nil {
		return err
	}
	clk.Turn(20 * time.Second) // the events' delay
	return waiting(ctx, "events", func() (bool, error) {
		s, err := d.AWS.SQS.Stats(wiring.Outcomes)
		return err == nil && s.Visible+s.InFlight+s.Delayed == 0, err
	})
}

// tally reports what lies between two readings, a mail. Time passes for schedules as well: what they call in that time is in it.
func tally(r *report, n int, before, after map[string]map[string]int, from, to map[string]dynamodb.Usage) {
	per := func(x float64) float64 { return x / float64(n) }
	var sum, write, index, read float64
	for _, service := range slices.Sorted(maps.Keys(after)) {
		for _, op := range slices.Sorted(maps.Keys(after[service])) {
			c := calls{Service: service, Operation: op, PerMail: per(float64(after[service][op] - before[service][op]))}
			if service == "dynamodb" {
				a, b := from[op], to[op]
				c.TableWrite, c.IndexWrite = per(b.TableWrite-a.TableWrite), per(b.IndexWrite-a.IndexWrite)
				c.Read = per(b.TableRead - a.TableRead + b.IndexRead - a.IndexRead)
			}
			if c.PerMail == 0 {
				continue
			}
			r.Calls = append(r.Calls, c)
			sum, write, index, read = sum+c.PerMail, write+c.TableWrite, index+c.IndexWrite, read+c.Read
		}
	}
	r.most("AWS calls", sum, "a mail", 10)
	r.most("write units on the table", write, "a mail", 22)
	r.add("write units on the indexes", index, "a mail")
	r.add("read units", read, "a mail")
}

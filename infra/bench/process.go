package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"pronto/infra/pronto/storm"
	"pronto/infra/pronto/storm/child"
)

const brandAddress = "care@acme.example"

// measureProcess takes latency, throughput and CPU of a desk that runs as a process of its own.
func measureProcess(ctx context.Context, r *report, bin, dir string, o options) error {
	d, err := child.New(bin, dir, storm.Rules("acme", "acme.example"))
	if err != nil {
		return err
	}
	began := time.Now()
	if err := d.Start(ctx); err != nil {
		return err
	}
	r.add("first start of the desk", ms(time.Since(began)), "ms")
	err = errors.Join(measureIdle(ctx, r, d, o.idle), measureBurst(ctx, r, d, o.idle, o.burst))
	return errors.Join(err, d.Stop())
}

// measureIdle sends mails one after another, each when the receipt of the one before has left.
func measureIdle(ctx context.Context, r *report, d *child.Desk, n int) error {
	line, err := d.Dial()
	if err != nil {
		return err
	}
	defer line.Close()
	var took []time.Duration
	for i := range n {
		from, raw := storm.Person(i, brandAddress)
		if err := line.Send(from, []string{brandAddress}, raw); err != nil {
			return err
		}
		sent := time.Now()
		if err := left(ctx, d, i, time.Millisecond); err != nil {
			return err
		}
		took = append(took, time.Since(sent))
	}
	slices.Sort(took)
	r.add("receipt when idle, p50", ms(took[len(took)/2]), "ms")
	r.most("receipt when idle, p95", ms(took[len(took)*95/100]), "ms", 500)
	r.add("receipt when idle, most", ms(took[len(took)-1]), "ms")
	return nil
}

// left waits until more than n pieces have left, asking at the given pace. What lies before is not asked for: decoding it would cost the desk its time.
func left(ctx context.Context, d *child.Desk, n int, pace time.Duration) error {
	for until := time.Now().Add(2 * time.Minute); ; time.Sleep(pace) {
		b, err := d.Outbox(ctx, n)
		if err != nil {
			return err
		}
		var rows []json.RawMessage
		if err := json.Unmarshal(b, &rows); err != nil {
			return fmt.Errorf("read the outbox: %w", err)
		}
		if len(rows) > 0 {
			return nil
		}
		if time.Now().After(until) {
			return fmt.Errorf("piece %d has not left after two minutes", n+1)
		}
	}
}

// mail is one to be sent, written before the clock runs.
type mail struct {
	from string
	raw  []byte
}

func write(from, n int) (all []mail) {
	for i := range n {
		address, raw := storm.Person(from+i, brandAddress)
		all = append(all, mail{address, raw})
	}
	return all
}

// lines is how many connections a burst comes by.
const lines = 16

// burst sends mails by several lines at once.
func burst(dial func() (*child.Line, error), mails []mail) error {
	next := make(chan mail, len(mails))
	for _, m := range mails {
		next <- m
	}
	close(next)
	errs := make([]error, lines)
	var wg sync.WaitGroup
	for i := range lines {
		wg.Go(func() {
			line, err := dial()
			if err != nil {
				errs[i] = err
				return
			}
			defer line.Close()
			for m := range next {
				if err := line.Send(m.from, []string{brandAddress}, m.raw); err != nil {
					errs[i] = err
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// measureBurst sends n mails at once, and takes the CPU until also the provider's events about them are handled.
func measureBurst(ctx context.Context, r *report, d *child.Desk, before, n int) error {
	mails := write(before, n)
	used, err := cpu(d.PID())
	if err != nil {
		return err
	}
	began := time.Now()
	if err := burst(d.Dial, mails); err != nil {
		return err
	}
	taken := time.Since(began)
	if err := left(ctx, d, before+n-1, 20*time.Millisecond); err != nil {
		return err
	}
	done := time.Since(began)
	r.add("burst: mails taken by SMTP", float64(n)/taken.Seconds(), "a second")
	r.least("burst: first DATA to last receipt", float64(n)/done.Seconds(), "a second", 275)
	now, err := settled(ctx, d)
	if err != nil {
		return err
	}
	r.most("burst: CPU of the desk", ms(now-used)/float64(n), "ms a mail", 6)
	return nil
}

// settled lets the events about what left come in, and returns the CPU used when the desk has come to rest.
func settled(ctx context.Context, d *child.Desk) (time.Duration, error) {
	if err := d.Turn(ctx, 20*time.Second); err != nil {
		return 0, err
	}
	const still, long = 10 * time.Millisecond, 6 * time.Second // events are gathered for five seconds
	last, since := time.Duration(-1), time.Now()
	for {
		now, err := cpu(d.PID())
		if err != nil {
			return 0, err
		}
		if now-last > still {
			last, since = now, time.Now()
		}
		if time.Since(since) > long {
			return now, nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

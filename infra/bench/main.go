// Command bench measures the desk on this machine, all in one run: how long a receipt takes when nothing else happens, how many a second in a burst, what a
// mail costs in CPU, in calls and in units of DynamoDB, what reading one costs beside the MIME parser's own work and with its size, how long complaints wait in a burst of praises, how long each function takes to start, what the
// pages of a very long conversation and of a contact with very many read, and how late the timers are.
//
// It measures and judges nothing: there is no figure that makes it fail. What the design wants stands beside what was found.
// The desk whose time and CPU are taken runs as a process of its own, as built; calls and units are counted in a desk within this process.
// The mails are sent from the same machine, so they compete with the desk for its processors.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"pronto/infra/pronto/desk"
)

type options struct {
	idle, burst, counted, starts int
	rounds                       int
	praises, complaints          int
	open, due                    int
	messages, conversations      int
	json, profile, only          string
}

func main() {
	var o options
	flag.IntVar(&o.idle, "idle", 150, "mails sent one after another")
	flag.IntVar(&o.burst, "burst", 2000, "mails sent at once")
	flag.IntVar(&o.counted, "counted", 500, "mails whose calls and units are counted")
	flag.IntVar(&o.rounds, "rounds", 7, "times that each mail is read, of which the fastest counts")
	flag.IntVar(&o.starts, "starts", 15, "starts of each function")
	flag.IntVar(&o.praises, "praises", asked, "praises in one burst with complaints among them; 0: none")
	flag.IntVar(&o.complaints, "complaints", 200, "complaints among the praises")
	flag.IntVar(&o.open, "open", 0, "open conversations while the timers are measured, which takes three minutes or more; 0: they are not")
	flag.IntVar(&o.due, "due", 1000, "of them, how many fall due in one minute")
	flag.IntVar(&o.messages, "messages", 10_000, "messages of one conversation whose pages are measured; 0: none are")
	flag.IntVar(&o.conversations, "conversations", 10_000, "conversations of its contact, all found by one word")
	flag.StringVar(&o.json, "json", "", "write the figures to this file, too (- for standard output, without the table)")
	flag.StringVar(&o.profile, "profile", "", "write a CPU profile of the counted desk to this file")
	flag.StringVar(&o.only, "only", "", "measure only these parts, with a comma between: process, counted, mail, lanes, starts, long, timers")
	flag.Parse()
	desk.Collect()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "pronto-bench-")
	if err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	defer os.RemoveAll(dir)
	r := &report{At: time.Now().UTC(), Machine: fmt.Sprintf("%s/%s, %d processors, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version()) + load()}
	bin := filepath.Join(dir, "pronto")
	if err := build(ctx, bin, "pronto/infra/pronto"); err != nil {
		return err
	}
	for _, part := range []struct {
		name    string
		measure func() error
	}{
		{"process", func() error { return measureProcess(ctx, r, bin, filepath.Join(dir, "process"), o) }},
		{"counted", func() error { return count(ctx, r, filepath.Join(dir, "counted"), o) }},
		{"mail", func() error { return measureMail(ctx, r, o.rounds) }},
		{"lanes", func() error { return measureLanes(ctx, r, filepath.Join(dir, "lanes"), o.praises, o.complaints) }},
		{"starts", func() error { return measureStarts(ctx, r, dir, o.starts) }},
		{"long", func() error { return measureLong(ctx, r, filepath.Join(dir, "long"), o.messages, o.conversations) }},
		{"timers", func() error { return measureTimers(ctx, r, filepath.Join(dir, "timers"), o.open, o.due) }},
	} {
		if !o.wants(part.name) {
			continue
		}
		if err := errors.Join(part.measure(), ctx.Err()); err != nil {
			return err
		}
	}
	return show(r, o.json)
}

// wants tells whether a part is to be measured.
func (o options) wants(part string) bool {
	return o.only == "" || slices.Contains(strings.Split(o.only, ","), part)
}

// load is what else the machine had to do before the run (proc_loadavg(5)), without which the figures say little; "" where that is not told.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	one, _, _ := strings.Cut(string(b), " ")
	return ", load " + one
}

// build compiles a program of the module as the ones that are deployed, but for this machine.
func build(ctx context.Context, to, what string) error {
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", to, what)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", what, err, out)
	}
	return nil
}

func show(r *report, file string) error {
	if file != "-" {
		fmt.Print(r.table())
	}
	if file == "" {
		return nil
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the figures: %w", err)
	}
	b = append(b, '\n')
	if file == "-" {
		_, err = os.Stdout.Write(b)
		return err
	}
	return os.WriteFile(file, b, 0o644)
}

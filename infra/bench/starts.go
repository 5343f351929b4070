package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"pronto/infra/local/clock"
	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/storm"
	"pronto/infra/wiring"
)

// measureStarts starts each function's binary, and hello, as Lambda does, by turns.
func measureStarts(ctx context.Context, r *report, dir string, times int) error {
	rules := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(rules, storm.Rules("acme", "acme.example"), 0o600); err != nil {
		return fmt.Errorf("write the rule book: %w", err)
	}
	a, err := desk.Assemble(ctx, filepath.Join(dir, "starts"), rules, clock.New(), nil, nil, desk.Outside{})
	if err != nil {
		return err
	}
	defer a.AWS.Close()
	api, err := newRuntimeAPI()
	if err != nil {
		return err
	}
	defer api.server.Close()
	env := append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+api.address)
	for k, v := range a.AWS.Env() {
		env = append(env, k+"="+v)
	}
	programs := []string{"hello"}
	for _, f := range wiring.Functions() {
		programs = append(programs, f.Name)
		for _, name := range f.Env {
			env = append(env, name+"="+a.Setup.Env(name))
		}
	}
	return startAll(ctx, r, dir, programs, env, api, times)
}

func startAll(ctx context.Context, r *report, dir string, programs, env []string, api *runtimeAPI, times int) error {
	took := map[string][]time.Duration{}
	for _, p := range programs {
		what := "pronto/functions/" + p
		if p == "hello" {
			what = "pronto/infra/bench/hello"
		}
		if err := build(ctx, filepath.Join(dir, p+"-bootstrap"), what); err != nil {
			return err
		}
	}
	for range times {
		for _, p := range programs {
			d, err := api.start(ctx, filepath.Join(dir, p+"-bootstrap"), env)
			if err != nil {
				return fmt.Errorf("start %s: %w", p, err)
			}
			took[p] = append(took[p], d)
		}
	}
	for _, p := range programs {
		slices.Sort(took[p])
		size, err := os.Stat(filepath.Join(dir, p+"-bootstrap"))
		if err != nil {
			return fmt.Errorf("look at %s: %w", p, err)
		}
		r.Starts = append(r.Starts, start{p, ms(took[p][len(took[p])/2]), ms(took[p][0]), float64(size.Size()) / (1 << 20)})
	}
	return nil
}

// runtimeAPI is as much of Lambda's Runtime API as a function needs to say that it is ready: nobody ever gives it work.
type runtimeAPI struct {
	server  *http.Server
	address string
	ready   chan time.Time
}

func newRuntimeAPI() (*runtimeAPI, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for functions: %w", err)
	}
	api := &runtimeAPI{address: l.Addr().String(), ready: make(chan time.Time, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(_ http.ResponseWriter, r *http.Request) {
		api.ready <- time.Now()
		<-r.Context().Done()
	})
	api.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = api.server.Serve(l) }()
	return api, nil
}

// start runs a function until it asks for work.
func (api *runtimeAPI) start(ctx context.Context, binary string, env []string) (time.Duration, error) {
	c := exec.CommandContext(ctx, binary)
	c.Env = env
	began := time.Now()
	if err := c.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case at := <-api.ready:
		_ = c.Process.Kill()
		<-ended
		return at.Sub(began), nil
	case err := <-ended:
		return 0, fmt.Errorf("it ended before it was ready: %w", err)
	case <-time.After(20 * time.Second):
		_ = c.Process.Kill()
		return 0, fmt.Errorf("it is not ready after 20 s: %w", <-ended)
	}
}

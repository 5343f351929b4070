package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"pronto/infra/local/wire"
)

// Process runs a real bootstrap binary under the Lambda Runtime API (developer guide, "Using the Lambda runtime API"). Each invocation that runs at the same time
// has an execution environment, a process of its own, which is kept for the next one; it is killed when its invocation times out, and replaced when it dies.
type Process struct {
	Output io.Writer // of the processes, both streams; os.Stderr unless set before the first Invoke

	path, name string
	env        []string
	listener   net.Listener
	server     *http.Server

	mu     sync.Mutex
	envs   map[string]*environment
	idle   []*environment
	count  int
	closed bool
}

// environment is one process.
type environment struct {
	cmd  *exec.Cmd
	work chan *invocation // taken by GET next
	gone chan struct{}    // closed when the process has ended

	mu      sync.Mutex
	current *invocation
	initErr error
	exit    error
}

type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	done     chan result
}

// Exec prepares to run the binary at path, whose directory names the function (dist/intake/bootstrap), with env (NAME=value) and nothing else of this process's environment.
func Exec(path string, env []string) (*Process, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("run a function: %w", err)
	} else if info.Mode()&0o111 == 0 {
		return nil, fmt.Errorf("run a function: %s is not executable", path)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("run a function: %w", err)
	}
	p := &Process{Output: os.Stderr, path: path, name: filepath.Base(filepath.Dir(path)), env: env, listener: l, envs: map[string]*environment{}}
	p.server = &http.Server{Handler: http.HandlerFunc(p.serve), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = p.server.Serve(l) }()
	return p, nil
}

// Close ends all processes: SIGTERM, and SIGKILL half a second later, as Lambda does.
func (p *Process) Close() error {
	p.mu.Lock()
	p.closed = true
	var all []*environment
	for _, e := range p.envs {
		all = append(all, e)
	}
	p.mu.Unlock()
	for _, e := range all {
		_ = e.cmd.Process.Signal(syscall.SIGTERM) // gone already: nothing to end
	}
	grace := time.After(500 * time.Millisecond)
	for _, e := range all {
		select {
		case <-e.gone:
		case <-grace:
			_ = e.cmd.Process.Kill()
			<-e.gone
		}
	}
	return p.server.Close()
}

// Invoke is an Invoke.
func (p *Process) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(15 * time.Minute) // Lambda's own limit
	}
	inv := &invocation{id: wire.UUID(), payload: payload, deadline: deadline, done: make(chan result, 1)}
	e, err := p.begin(ctx, inv)
	if err != nil {
		return nil, err
	}
	select {
	case res := <-inv.done:
		p.give(e)
		return res.out, res.err
	case <-e.gone:
		return e.lastWord(inv)
	case <-ctx.Done():
		_ = e.cmd.Process.Kill() // what runs on must not be mistaken for the next invocation
		return nil, fmt.Errorf("%w: %w", ErrTimeout, ctx.Err())
	}
}

// begin finds an environment that takes the invocation. One that was idle may have died meanwhile (a panic is reported before the process ends): then the next is tried.
func (p *Process) begin(ctx context.Context, inv *invocation) (*environment, error) {
	for {
		e, fresh, err := p.take()
		if err != nil {
			return nil, err
		}
		select {
		case e.work <- inv:
			return e, nil
		case <-e.gone:
			if fresh {
				return nil, e.death()
			}
		case <-ctx.Done():
			_ = e.cmd.Process.Kill()
			return nil, fmt.Errorf("%w while starting: %w", ErrTimeout, ctx.Err())
		}
	}
}

// lastWord is an answer that came just before the process ended, else its death.
func (e *environment) lastWord(inv *invocation) ([]byte, error) {
	select {
	case res := <-inv.done:
		return res.out, res.err
	default:
		return nil, e.death()
	}
}

func (e *environment) death() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.initErr != nil {
		return fmt.Errorf("%w: %w", ErrCrash, e.initErr)
	}
	return fmt.Errorf("%w: %v", ErrCrash, e.exit)
}

// take is an idle environment that lives, or a new one.
func (p *Process) take() (e *environment, fresh bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, false, fmt.Errorf("run %s: closed", p.name)
	}
	for len(p.idle) > 0 {
		e = p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		select {
		case <-e.gone:
		default:
			return e, false, nil
		}
	}
	e, err = p.start()
	return e, true, err
}

func (p *Process) give(e *environment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, e)
}

// start needs the lock.
func (p *Process) start() (*environment, error) {
	p.count++
	id := strconv.Itoa(p.count)
	e := &environment{cmd: exec.Command(p.path), work: make(chan *invocation), gone: make(chan struct{})}
	e.cmd.Stdout, e.cmd.Stderr, e.cmd.WaitDelay = p.Output, p.Output, time.Second
	e.cmd.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + p.listener.Addr().String() + "/" + p.name + "/" + id, "AWS_LAMBDA_FUNCTION_NAME=" + p.name, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "_HANDLER=bootstrap", "LAMBDA_TASK_ROOT=" + filepath.Dir(p.path), "AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023",
	}, p.env...)
	if err := e.cmd.Start(); err != nil {
		return nil, fmt.Errorf("run %s: %w", p.name, err)
	}
	p.envs[id] = e
	go func() {
		err := e.cmd.Wait()
		if err == nil {
			err = errors.New("exit status 0")
		}
		e.mu.Lock()
		e.exit = err
		e.mu.Unlock()
		close(e.gone)
		p.mu.Lock()
		delete(p.envs, id)
		p.mu.Unlock()
	}()
	return e, nil
}

// serve is the Runtime API, at /<function>/<environment>/2018-06-01/runtime/….
func (p *Process) serve(w http.ResponseWriter, r *http.Request) {
	parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 5)
	p.mu.Lock()
	var e *environment
	if len(parts) == 5 && parts[0] == p.name && parts[2] == "2018-06-01" && parts[3] == "runtime" {
		e = p.envs[parts[1]]
	}
	p.mu.Unlock()
	if e == nil {
		http.NotFound(w, r)
		return
	}
	switch what := parts[4]; {
	case r.Method == http.MethodGet && what == "invocation/next":
		p.next(w, r, e)
	case r.Method == http.MethodPost && what == "init/error":
		e.failInit(w, r)
	case r.Method == http.MethodPost && strings.HasPrefix(what, "invocation/"):
		e.finish(w, r, strings.TrimPrefix(what, "invocation/"))
	default:
		http.NotFound(w, r)
	}
}

// next blocks until there is something to do.
func (p *Process) next(w http.ResponseWriter, r *http.Request, e *environment) {
	select {
	case inv := <-e.work:
		e.mu.Lock()
		e.current = inv
		e.mu.Unlock()
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", wire.ARN("lambda", "function:"+p.name))
		_, _ = w.Write(inv.payload)
	case <-r.Context().Done():
	}
}

func (e *environment) failInit(w http.ResponseWriter, r *http.Request) {
	err := functionError(r)
	e.mu.Lock()
	e.initErr = err
	e.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

// finish takes <request id>/response or <request id>/error of the invocation under way, once.
func (e *environment) finish(w http.ResponseWriter, r *http.Request, rest string) {
	id, kind, _ := strings.Cut(rest, "/")
	e.mu.Lock()
	inv := e.current
	if inv != nil && inv.id == id {
		e.current = nil
	}
	e.mu.Unlock()
	if inv == nil || inv.id != id {
		http.Error(w, `{"errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	}
	switch kind {
	case "response":
		inv.done <- response(r)
	case "error":
		inv.done <- result{err: functionError(r)}
	}
	w.WriteHeader(http.StatusAccepted)
}

func response(r *http.Request) result {
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxPayload+1))
	switch {
	case err != nil:
		return result{err: fmt.Errorf("read the answer: %w", err)}
	case len(body) > MaxPayload:
		return result{err: fmt.Errorf("the answer is over %d bytes", MaxPayload)}
	case r.Trailer.Get("Lambda-Runtime-Function-Error-Type") != "":
		return result{err: fmt.Errorf("function error %s", r.Trailer.Get("Lambda-Runtime-Function-Error-Type"))}
	}
	return result{out: body}
}

// functionError is what a function reports of itself.
func functionError(r *http.Request) error {
	var e struct{ ErrorMessage, ErrorType string }
	body, err := io.ReadAll(io.LimitReader(r.Body, 256<<10))
	if err != nil || json.Unmarshal(body, &e) != nil {
		return errors.New("function error of an unreadable kind")
	}
	return fmt.Errorf("function error %s: %s", e.ErrorType, e.ErrorMessage)
}

// Package lambda wakes functions as AWS Lambda does: from SQS queues, a table's stream, schedules and HTTP, with the event shapes that they meet in the cloud.
//
// A function is an Invoke: an ordinary handler in this process (Handler), or a real bootstrap binary under the Runtime API (Exec).
//
// Invariants:
//   - A message is deleted only after the function reported success for it; a function that failed, timed out or crashed leaves it to its visibility timeout.
//   - Stream records arrive in order, each at least once; the position is on disk, and moves only past records that were handled or sent to the failure queue.
//   - Stop lets running invocations finish.
package lambda

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	awslambda "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/faults"
	"pronto/infra/local/sqs"
	"pronto/infra/local/wire"
)

// MaxPayload is the largest request and the largest response, in bytes.
const MaxPayload = 6 << 20

// Invoke runs a function on an event and returns its answer, both JSON.
type Invoke func(ctx context.Context, payload []byte) ([]byte, error)

// Handler makes an Invoke of anything that aws-lambda-go's lambda.Start takes, so that a program's handlers run unchanged.
//
// Each invocation has a handler of its own. One handler takes the buffer of its last answer again for the next, while that answer is still read here: in the cloud an
// instance has one invocation at a time, on one machine there are many, and one agent's page would become another's.
func Handler(h any) Invoke {
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		return awslambda.NewHandler(h).Invoke(ctx, payload)
	}
}

// Function is a deployed function.
type Function struct {
	Name    string
	Invoke  Invoke
	Timeout time.Duration // of one invocation, real time; 30 s when zero
}

// Runtime connects functions with what wakes them.
type Runtime struct {
	db     *disk.DB
	clk    *clock.Clock
	queues *sqs.Service
	plan   *faults.Plan
	way    way

	ctx  context.Context // of the pollers: ends at Stop
	stop context.CancelFunc
	mu   sync.Mutex     // orders enter and Stop
	busy sync.WaitGroup // pollers and running invocations

	tally func(function string, took time.Duration)
}

// Tally has f called with each invocation, when it has ended. It is to be set before the first.
func (r *Runtime) Tally(f func(function string, took time.Duration)) { r.tally = f }

// New returns a runtime that nothing wakes yet.
func New(db *disk.DB, clk *clock.Clock, queues *sqs.Service, plan *faults.Plan) *Runtime {
	ctx, stop := context.WithCancel(context.Background())
	return &Runtime{db: db, clk: clk, queues: queues, plan: plan, ctx: ctx, stop: stop, tally: func(string, time.Duration) {}}
}

// enter counts somebody who is busy, unless it has stopped; busy.Done is to follow.
func (r *Runtime) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ctx.Err() != nil {
		return false
	}
	r.busy.Add(1)
	return true
}

// spawn runs f until it ends; what f itself starts with busy.Go is waited for as well.
func (r *Runtime) spawn(f func()) error {
	if !r.enter() {
		return ErrStopped
	}
	go func() {
		defer r.busy.Done()
		f()
	}()
	return nil
}

// ErrStopped is what mapping a function answers after Stop.
var ErrStopped = errors.New("the runtime has stopped")

// Stop takes no new events, lets running invocations finish, and returns when they have, or with ctx's error.
func (r *Runtime) Stop(ctx context.Context) error {
	r.mu.Lock()
	r.stop()
	r.mu.Unlock()
	done := make(chan struct{})
	go func() {
		r.busy.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("functions still run: %w", ctx.Err())
	}
}

// ErrTimeout is in the chain when a function took longer than its Timeout.
var ErrTimeout = errors.New("task timed out")

// ErrCrash is in the chain when the function's process or goroutine died.
var ErrCrash = errors.New("runtime exited with error")

// Call invokes f once: with a deadline, a request id, panics as errors, and the plan's crashes. The answer of a function that timed out is not awaited.
func (r *Runtime) Call(ctx context.Context, f Function, payload []byte) ([]byte, error) {
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("invoke %s: an event of %d bytes is over %d", f.Name, len(payload), MaxPayload)
	}
	began := time.Now() // of the machine, not of the desk: it takes what it takes, whatever the clock is turned by
	defer func() { r.tally(f.Name, time.Since(began)) }()
	if r.plan.Strike(faults.CrashBefore, "lambda", f.Name) {
		return nil, fmt.Errorf("invoke %s: %w before the handler (injected)", f.Name, ErrCrash)
	}
	timeout := f.Timeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	ctx = lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{AwsRequestID: wire.UUID(), InvokedFunctionArn: wire.ARN("lambda", "function:"+f.Name)})
	out, err := call(ctx, f, payload)
	switch {
	case err != nil:
		return nil, fmt.Errorf("invoke %s: %w", f.Name, err)
	case len(out) > MaxPayload:
		return nil, fmt.Errorf("invoke %s: an answer of %d bytes is over %d", f.Name, len(out), MaxPayload)
	case r.plan.Strike(faults.CrashAfter, "lambda", f.Name):
		return nil, fmt.Errorf("invoke %s: %w after the handler (injected)", f.Name, ErrCrash)
	}
	return out, nil
}

type result struct {
	out []byte
	err error
}

func call(ctx context.Context, f Function, payload []byte) ([]byte, error) {
	done := make(chan result, 1)
	go func() {
		var res result
		defer func() {
			if p := recover(); p != nil {
				res = result{err: fmt.Errorf("%w: panic: %v\n%s", ErrCrash, p, debug.Stack())}
			}
			done <- res
		}()
		res.out, res.err = f.Invoke(ctx, payload)
	}()
	select {
	case res := <-done:
		return res.out, res.err
	case <-ctx.Done():
		select {
		case res := <-done: // both at once: it did finish
			return res.out, res.err
		default:
			return nil, fmt.Errorf("%w: %w", ErrTimeout, ctx.Err())
		}
	}
}

// pause waits in real time, shorter than a visibility timeout: what broke may be the disk.
func (r *Runtime) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.ctx.Done():
	}
}

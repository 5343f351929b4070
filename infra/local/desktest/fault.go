package desktest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"pronto/infra/local/faults"
	"pronto/infra/pronto/desk"
)

// Mode is how a call breaks.
type Mode string

// The fault table has all four for every write.
const (
	NotDone Mode = "failed and not persisted" // the caller is told of an error, rightly
	Done    Mode = "failed but persisted"     // the caller is told of an error, wrongly
	Before  Mode = "crash before"             // the function dies before the call leaves it
	After   Mode = "crash after"              // the function dies when the call is done
)

// Modes are all.
func Modes() []Mode { return []Mode{NotDone, Done, Before, After} }

// ErrCrash is in the chain of what a function that died returns.
var ErrCrash = errors.New("the function died (injected)")

// Fault breaks the At-th write (counted from 1; 0: none) that the functions make through their SDK clients. After a crash every further call of the same
// invocation fails, since a dead function does nothing more; the pump then starts it cold.
type Fault struct {
	At   int
	Mode Mode

	mu     sync.Mutex
	writes []string
	dead   bool
}

// Writes are the writes so far, as Service.Operation.
func (f *Fault) Writes() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.writes...)
}

// died tells, once, whether the function has died since the last call.
func (f *Fault) died() bool {
	if f == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	was := f.dead
	f.dead = false
	return was
}

// Restarted lets a function that died be called again: the API's, which a story starts anew by itself. The pump does the same for all that it wakes.
func (f *Fault) Restarted() { f.died() }

// NewBroken returns a desk in which f strikes. What a function does while it starts is spared: f counts what it does with events.
func NewBroken(t testing.TB, o Options, f *Fault) *Desk {
	t.Helper()
	change := o.Change
	o.Change = func(c *aws.Config) {
		c.APIOptions = append(c.APIOptions, f.middleware)
		if change != nil {
			change(c)
		}
	}
	d := New(t, o)
	d.fault = f
	return d
}

func (f *Fault) middleware(s *middleware.Stack) error {
	return s.Initialize.Add(middleware.InitializeMiddlewareFunc("Fault", f.initialize), middleware.After)
}

func (f *Fault) initialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (out middleware.InitializeOutput, meta middleware.Metadata, err error) {
	if desk.Starting(ctx) {
		return next.HandleInitialize(ctx, in)
	}
	op := awsmiddleware.GetServiceID(ctx) + "." + awsmiddleware.GetOperationName(ctx)
	switch mode := f.strike(op); mode {
	case "":
		return next.HandleInitialize(ctx, in)
	case NotDone, Before:
		return out, meta, broken(op, mode)
	default:
		if out, meta, err = next.HandleInitialize(ctx, in); err != nil {
			return out, meta, err // refused by the service itself: nothing was done to lie about
		}
		return middleware.InitializeOutput{}, meta, broken(op, mode)
	}
}

// strike counts a call and says how it breaks, "" for not at all.
func (f *Fault) strike(op string) Mode {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return Before
	}
	if !faults.IsWrite(op) {
		return ""
	}
	f.writes = append(f.writes, op)
	if len(f.writes) != f.At {
		return ""
	}
	f.dead = f.Mode == Before || f.Mode == After
	return f.Mode
}

// count is how many of the writes are of an operation.
func count(writes []string, op string) (n int) {
	for _, w := range writes {
		if w == op {
			n++
		}
	}
	return n
}

func broken(op string, m Mode) error {
	cause := faults.ErrInjected
	if m == Before || m == After {
		cause = ErrCrash
	}
	return errors.Join(cause, &smithy.GenericAPIError{Code: "InternalServerError", Message: op + " " + string(m), Fault: smithy.FaultServer})
}

// Walk plays a story on a fresh desk once for every write that it makes and every way in which that can break, and calls check after each:
// the fault table. The story runs once more, unbroken, before all. It returns the writes of the unbroken story.
func Walk(t *testing.T, o Options, story func(*testing.T, *Desk), check func(*testing.T, *Desk)) []string {
	t.Helper()
	return walk(t, o, func([]string, string) []Mode { return Modes() }, story, check)
}

// Stroll is Walk for a long story whose writes are many of few kinds: each breaks in two ways, and the next of its kind in the other two. So a kind that occurs twice meets all four.
func Stroll(t *testing.T, o Options, story func(*testing.T, *Desk), check func(*testing.T, *Desk)) []string {
	t.Helper()
	met := map[string]map[Mode]bool{}
	writes := walk(t, o, func(before []string, op string) []Mode {
		modes := [][]Mode{{NotDone, After}, {Done, Before}}[count(before, op)%2]
		if met[op] == nil {
			met[op] = map[Mode]bool{}
		}
		for _, m := range modes {
			met[op][m] = true
		}
		return modes
	}, story, check)
	for op, modes := range met {
		if count(writes, op) >= 2 && len(modes) != len(Modes()) {
			t.Errorf("%s, of which there are %d, broke in %d of the four ways", op, count(writes, op), len(modes))
		}
	}
	return writes
}

// walk breaks each write in the modes that it has after those before it.
func walk(t *testing.T, o Options, modes func(before []string, op string) []Mode, story func(*testing.T, *Desk), check func(*testing.T, *Desk)) []string {
	t.Helper()
	whole := &Fault{}
	t.Run("unbroken", func(t *testing.T) { play(t, o, whole, story, check) })
	writes := whole.Writes()
	for i, op := range writes {
		for _, mode := range modes(writes[:i], op) {
			f := &Fault{At: i + 1, Mode: mode}
			t.Run(fmt.Sprintf("%d %s %s", f.At, op, f.Mode), func(t *testing.T) { play(t, o, f, story, check) })
		}
	}
	return writes
}

func play(t *testing.T, o Options, f *Fault, story, check func(*testing.T, *Desk)) {
	t.Helper()
	d := NewBroken(t, o, f)
	story(t, d)
	check(t, d)
}

// Package rebuild makes the table anew from what lies in the bucket: mails and mentions as they came, and agents' words. It is for the day on which the table is gone
// and no backup of it is left.
//
// Everything is taken once more in its order of time, by intake's own code and at its own time, and the clocks that would have rung between are rung. So conversations,
// assignments, targets and promises come out as they did: ids are derived and Decide is pure. Nothing is sent (package store, Rebuild), and who was forgotten stays so.
// What agents corrected, and did to no conversation, is not in the bucket, nor is what became of a mail that left.
//
// The past ends at a time that the caller knows: when the table was lost. Up to then whatever was ordered had its chance to leave. What came later never had: its notice
// waits for intake, or reconcile finds the mail; and clocks that are set for later ring when the desk runs again, late, and what they order is sent.
//
// It may be interrupted and be called again: what is taken is taken once. It must come to its end: until then the clocks of what it has made stand still.
package rebuild

import (
	"container/heap"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/functions/forget/forget"
	"pronto/functions/intake/intake"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// ErrNotEmpty is what Run answers when something is in the table.
var ErrNotEmpty = errors.New("the table is not empty")

// ErrUntil is what Run answers when it is not told when the past ended.
var ErrUntil = errors.New("it takes the time at which the table was lost, and that lies in the past")

// Options of a rebuild.
type Options struct {
	Until    time.Time                   // when the table was lost: what came later is left to intake and reconcile
	Resume   bool                        // go on with one that was interrupted: the table need not be empty
	Progress func(done, of int)          // told now and then; nil: nobody
	Trouble  func(key string, err error) // told of what could not be taken; nil: nobody
}

// Report is what a rebuild did.
type Report struct {
	Mails, Mentions, Answers, Notes int
	Doings                          int // of agents: claimed, resolved, merged, linked
	Held                            int // mails of which nobody knows to whom they were sent
	LeftOut                         int // of who was forgotten
	Unsigned                        int // agents' words without a note of what they were
	Later                           int // came after Until
	Troubled                        int
	Ticks                           int // clocks that rang meanwhile
	Conversations                   int
}

// rebuild is one under way.
type rebuild struct {
	Options
	Report
	store  *store.Store
	s3     *s3.Client
	bucket string
	policy *policy.Policy
	keys   desk.Keys
	intake *intake.Handler
	at     time.Time // the time that it is in the past

	heads  map[desk.Ref]desk.Conversation
	ours   map[desk.Ref]bool // conversations whose clocks are ours to ring and to arm; those of a restored table that nothing was added to are the desk's
	clocks clocks
	graves *forget.Graves
	gone   map[string]bool // messages that stay forgotten
}

// Run rebuilds into the table of the environment.
func Run(ctx context.Context, s *setup.Setup, o Options) (Report, error) {
	env, err := s.Need(setup.Table, setup.Bucket, setup.Secret, setup.Policy)
	if err != nil {
		return Report{}, err
	}
	if o.Until.IsZero() || o.Until.After(s.Now()) {
		return Report{}, ErrUntil
	}
	o.Until = o.Until.UTC()
	r := &rebuild{Options: o, bucket: env[setup.Bucket], heads: map[desk.Ref]desk.Conversation{}, ours: map[desk.Ref]bool{}, gone: map[string]bool{}}
	if r.policy, err = s.Policy(); err != nil {
		return Report{}, err
	}
	if r.keys, err = s.Keys(ctx); err != nil {
		return Report{}, err
	}
	r.s3 = s.S3()
	past := *s
	past.Now, past.Log = func() time.Time { return r.at }, slog.New(slog.DiscardHandler)
	grave, err := forget.New(ctx, s)
	if err != nil {
		return Report{}, err
	}
	if r.graves, err = grave.Graves(ctx); err != nil {
		return Report{}, err
	}
	what := &store.Rebuild{Known: r.turned, Forgotten: r.graves.Has, Buried: r.buried, LeftOut: func(id string) { r.gone[id] = true; r.LeftOut++ }}
	r.store = store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table]).Rebuilding(what)
	if r.intake, err = intake.Rebuilding(ctx, &past, what); err != nil {
		return Report{}, err
	}
	err = r.run(ctx)
	return r.Report, err
}

func (r *rebuild) run(ctx context.Context) error {
	empty, err := r.store.Empty(ctx)
	if err != nil {
		return err
	}
	if !empty && !r.Resume {
		return ErrNotEmpty
	}
	if !empty {
		if err := r.store.Heads(ctx, r.known); err != nil {
			return err
		}
	}
	all, err := r.pieces(ctx)
	if err != nil {
		return err
	}
	for n, p := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.Progress != nil && n%1000 == 0 {
			r.Progress(n, len(all))
		}
		if err := r.ring(ctx, p.at); err != nil {
			return err
		}
		r.at = p.at
		if err := p.take(ctx); err != nil {
			r.Troubled++
			if r.Trouble != nil {
				r.Trouble(p.key, err)
			}
		}
	}
	if err := r.ring(ctx, r.Until); err != nil {
		return err
	}
	return r.arm(ctx)
}

// buried tells whether a piece that would be held is of who was forgotten.
func (r *rebuild) buried(ctx context.Context, x desk.Held) bool {
	if !r.graves.Held(ctx, x) {
		return false
	}
	r.LeftOut++
	return true
}

// turned keeps a conversation as a turn of ours has left it.
func (r *rebuild) turned(c desk.Conversation) { r.known(c, true) }

// known keeps a conversation as it is now, and its clock if that is ours.
func (r *rebuild) known(c desk.Conversation, rebuilt bool) {
	r.heads[c.Ref], r.ours[c.Ref] = c, rebuilt
	if rebuilt && c.Next != nil {
		heap.Push(&r.clocks, clock{*c.Next, c.Ref})
	}
}

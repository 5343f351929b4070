// Package disk is the one durable file under the local AWS: bbolt, with group commit.
//
// Invariants:
//   - What Update has returned nil for survives kill -9 of the process (the pages are with the operating system; with Options.Sync also a power cut).
//   - Updates run one after the other, each sees the one before, and each is all or nothing, also when several share one commit.
//   - One process at a time: Open waits for the lock of a dying predecessor.
//
// Services keep to top-level buckets named after themselves ("dynamodb/…", "sqs/…"), so one Update may span services (a mail accepted and its event queued).
package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Options of Open. The zero value is for tests and `make run`.
type Options struct {
	Sync     bool          // fsync each commit: survives a power cut, at the disk's price
	LockWait time.Duration // how long to wait for another process's lock; 5 s when zero
}

// DB is the file. Its methods may be called from any goroutine.
type DB struct {
	bolt *bbolt.DB
	work chan *job
	stop chan struct{}
	done chan struct{}
	once sync.Once
}

type job struct {
	fn  func(*bbolt.Tx) error
	err chan error
}

// ErrClosed is what Update and View answer after Close.
var ErrClosed = errors.New("local AWS: the state file is closed")

// maxGroup bounds how many updates share one commit, and so how much is redone when one of them fails.
const maxGroup = 128

// Open opens or creates the file at path, creating its directory.
func Open(path string, o Options) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the state directory: %w", err)
	}
	if o.LockWait == 0 {
		o.LockWait = 5 * time.Second
	}
	b, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: o.LockWait, NoSync: !o.Sync, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType, InitialMmapSize: 256 << 20,
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%s is held by another running desk (waited %v): stop it, or choose another state directory", path, o.LockWait)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	d := &DB{bolt: b, work: make(chan *job, maxGroup), stop: make(chan struct{}), done: make(chan struct{})}
	go d.commit()
	return d, nil
}

// Close finishes the commit under way and lets the lock go.
func (d *DB) Close() error {
	d.once.Do(func() { close(d.stop) })
	<-d.done
	return d.bolt.Close()
}

// Update runs fn in a transaction and commits it, sharing the commit with others that wait. When fn fails nothing of it stays.
// fn may run more than once (when a neighbour in its group failed), so it must have no effect outside the transaction but plain assignment.
func (d *DB) Update(fn func(*bbolt.Tx) error) error {
	j := &job{fn: fn, err: make(chan error, 1)}
	select {
	case d.work <- j:
	case <-d.done:
		return ErrClosed
	}
	select {
	case err := <-j.err:
		return err
	case <-d.done:
		select {
		case err := <-j.err:
			return err
		default:
			return ErrClosed
		}
	}
}

// View runs fn on a snapshot that no Update disturbs.
func (d *DB) View(fn func(*bbolt.Tx) error) error {
	err := d.bolt.View(fn)
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}

// refusal is an error of a check made before anything was written: the group need not be undone for it.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// Refuse marks err as raised before fn wrote anything (a condition that did not hold): its neighbours in the commit need not be redone.
// Update returns err itself.
func Refuse(err error) error { return refusal{err} }

func (d *DB) commit() {
	defer close(d.done)
	for {
		select {
		case j := <-d.work:
			d.run(d.gather(j))
		case <-d.stop:
			return
		}
	}
}

// gather takes what is waiting already: a lone update never waits for company.
func (d *DB) gather(first *job) []*job {
	group := []*job{first}
	for len(group) < maxGroup {
		select {
		case j := <-d.work:
			group = append(group, j)
		default:
			return group
		}
	}
	return group
}

// run commits the group in one transaction; a job that fails after writing is taken out, and the rest is done again.
func (d *DB) run(group []*job) {
	for len(group) > 0 {
		failed := -1
		errs := make([]error, len(group))
		err := d.bolt.Update(func(tx *bbolt.Tx) error {
			for i, j := range group {
				errs[i] = call(j.fn, tx)
				if errs[i] == nil {
					continue
				}
				var r refusal
				if errors.As(errs[i], &r) {
					errs[i] = r.error
					continue
				}
				failed = i
				return errs[i]
			}
			return nil
		})
		if failed >= 0 {
			group[failed].err <- errs[failed]
			group = append(group[:failed:failed], group[failed+1:]...)
			continue
		}
		for i, j := range group {
			if errs[i] == nil {
				errs[i] = err
			}
			j.err <- errs[i]
		}
		return
	}
}

// call turns a panic of one job into its error, so that it cannot take the neighbours' commit or the process with it.
func call(fn func(*bbolt.Tx) error, tx *bbolt.Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("local AWS: panic in a transaction: %v", p)
		}
	}()
	return fn(tx)
}

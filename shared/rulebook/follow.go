package rulebook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Every is how long a function goes by a rule book before it asks whether it still stands, and so how long after a change one that is warm may still decide by the version
// before. What could not be found out is asked again sooner.
const (
	Every = 30 * time.Second
	again = 5 * time.Second
)

// How long asking may take: at the start, where nothing else would be known, and between two calls, where a receipt waits.
const (
	starting = 5 * time.Second
	patient  = time.Second
)

// Followed is a function that goes by the rule book that stands. A handler is made for one rule book and keeps it, so whatever it does in one call, retries and all, is by one
// version; when another stands, another handler takes the next call.
type Followed[H any] struct {
	setup *setup.Setup
	make  func(context.Context, *setup.Setup) (H, error)
	store *store.Store // nil: nobody can be asked, and the file stands
	from  Bucket
	file  *policy.Policy

	mu      sync.Mutex
	handler H
	version string // that the handler goes by
	refused string // that could not be taken up: it is told once
	next    time.Time
}

// Follow makes a function's handler for the rule book that stands, and makes it anew when another does. Where that cannot be found out, or cannot be read, it is the deployed file.
func Follow[H any](ctx context.Context, s *setup.Setup, make func(context.Context, *setup.Setup) (H, error)) (*Followed[H], error) {
	f := &Followed[H]{setup: s, make: make}
	var err error
	if f.file, err = s.Policy(); err != nil {
		return nil, err
	}
	if table, bucket := s.Env(setup.Table), s.Env(setup.Bucket); table != "" && bucket != "" {
		f.store, f.from = store.New(dynamodb.NewFromConfig(s.AWS), table), Bucket{s.S3(), bucket}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.look(ctx, starting)
	if f.version == "" {
		err = f.take(ctx, f.file)
	}
	return f, err
}

// Serve is the function's entry: each call is answered by the handler of the rule book that stands.
func Serve[H, In, Out any](f *Followed[H], handle func(H, context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	return func(ctx context.Context, in In) (Out, error) { return handle(f.Now(ctx), ctx, in) }
}

// Run is the entry of a function that answers nothing.
func Run[H, In any](f *Followed[H], handle func(H, context.Context, In) error) func(context.Context, In) error {
	return func(ctx context.Context, in In) error { return handle(f.Now(ctx), ctx, in) }
}

// ErrNotTakenUp is what a watched function ends with.
var ErrNotTakenUp = errors.New("what stands of the rule book is not taken up")

// Watch is Run for a function whose errors ring: it does its work, then fails where the version that stands cannot be taken up, asked for once more with patience. Every
// function of a release reads alike, so what one that is watched cannot take up, none can.
func Watch[H, In any](f *Followed[H], handle func(H, context.Context, In) error) func(context.Context, In) error {
	return func(ctx context.Context, in In) error {
		return errors.Join(handle(f.Now(ctx), ctx, in), f.trouble(ctx))
	}
}

// trouble is nil where the function goes by what stands, or cannot know.
func (f *Followed[H]) trouble(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refused != "" {
		f.look(ctx, starting)
	}
	if f.refused != "" {
		return fmt.Errorf("%s: %w", f.refused, ErrNotTakenUp)
	}
	return nil
}

// HTTP is the entry of a function that answers requests.
func HTTP[H http.Handler](f *Followed[H]) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.Now(r.Context()).ServeHTTP(w, r) })
}

// Now is the handler of the rule book that stands: as it was half a minute ago at most. In between nothing is asked.
func (f *Followed[H]) Now(ctx context.Context) H {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.setup.Now().Before(f.next) {
		f.look(ctx, patient)
	}
	return f.handler
}

// look asks which version stands, and takes it up. Whatever goes wrong, the handler that there is stays.
func (f *Followed[H]) look(ctx context.Context, patience time.Duration) {
	now := f.setup.Now()
	f.next = now.Add(Every)
	if f.store == nil {
		return
	}
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	h, err := f.store.RuleHead(asking, f.file.Version)
	if err != nil {
		f.next = now.Add(again)
		f.setup.Log.Warn("rulebook", "why", "not_asked", "stands", f.version, "error", setup.Outermost(err))
		return
	}
	version, sum := f.file.Version, ""
	if h != nil {
		version, sum = h.Version, h.Sum
	}
	if version == f.version {
		f.refused = ""
		return
	}
	p, err := f.read(asking, version, sum)
	if err == nil {
		err = f.take(ctx, p)
	}
	if err != nil {
		f.next = now.Add(again)
		if f.refused != version {
			f.setup.Log.Error("rulebook", "why", "not_taken_up", "version", version, "stands", f.version, "file", f.file.Version, "error", setup.Outermost(err))
		}
		f.refused = version
		return
	}
	f.refused = ""
	f.setup.Log.Info("rulebook", "why", "taken_up", "version", version, "file", f.file.Version)
}

// read gives a version.
func (f *Followed[H]) read(ctx context.Context, version, sum string) (*policy.Policy, error) {
	if version == f.file.Version {
		return f.file, nil
	}
	body, err := f.from.Get(ctx, sum)
	if err != nil {
		return nil, err
	}
	p, problems := body.Parse()
	switch {
	case len(problems) > 0:
		return nil, fmt.Errorf("this program does not understand it: %w", problems[0])
	case p.Version != version:
		return nil, errors.New("it is another version")
	}
	return p, nil
}

// take makes the handler of a rule book.
func (f *Followed[H]) take(ctx context.Context, p *policy.Policy) error {
	own := *f.setup
	own.Rules = p
	h, err := f.make(ctx, &own)
	if err != nil {
		return err
	}
	f.handler, f.version = h, p.Version
	return nil
}

package rulebook

import (
	"context"
	"errors"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/store"
)

// ErrUnseen is that no deployed rule book has been written down yet: the console does that when it is first asked for anything.
var ErrUnseen = errors.New("no deployed rule book is written down yet: open the console once, then ask again")

// Deployed opens the versions as the newest deployment has them, for who is not deployed himself.
func Deployed(ctx context.Context, st *store.Store, from Bucket, now func() time.Time) (*Book, error) {
	heads, all, err := st.RuleBooks(ctx)
	if err != nil {
		return nil, err
	}
	if len(heads) == 0 {
		return nil, ErrUnseen
	}
	newest := slices.MaxFunc(heads, func(a, b desk.RuleHead) int { return a.Since.Compare(b.Since) })
	i := slices.IndexFunc(all, func(r desk.RuleBook) bool { return r.Version == newest.File })
	if i < 0 {
		return nil, ErrUnseen
	}
	b := &Book{Store: st, Bucket: from, Now: now}
	if b.File, err = from.Get(ctx, all[i].Sum); err != nil {
		return nil, err
	}
	p, problems := b.File.Parse()
	if len(problems) > 0 {
		return nil, problems[0]
	}
	b.Policy = p
	return b, nil
}

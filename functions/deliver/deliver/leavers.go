package deliver

import (
	"context"
	"slices"
	"sync"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// leavers are those who have left the brands, as read last. They are believed as long as a silence switch is.
type leavers struct {
	store *store.Store
	mu    sync.Mutex
	known map[string]gone
}

type gone struct {
	agents []string
	read   time.Time
}

func (l *leavers) has(ctx context.Context, brand, agent string, now time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k, ok := l.known[brand]
	if !ok || now.Sub(k.read).Abs() >= switchLife {
		all, err := l.store.Left(ctx, brand)
		if err != nil {
			return false, err
		}
		k = gone{read: now}
		for _, x := range all[brand] {
			k.agents = append(k.agents, x.Agent)
		}
		if l.known == nil {
			l.known = map[string]gone{}
		}
		l.known[brand] = k
	}
	return slices.Contains(k.agents, agent), nil
}

// resign keeps the name of who has left from what a machine says: who has the conversation now signs, or the team. What an agent wrote himself bears the name of who wrote it.
func (h *Handler) resign(ctx context.Context, e *desk.Effect) error {
	b, by := h.policy.Brand(e.Brand), e.Signs()
	if b == nil || by == nil || by.Team {
		return nil
	}
	left, err := h.leavers.has(ctx, e.Brand, by.ID, h.now())
	if err != nil || !left {
		return err
	}
	c, err := h.store.WhereIs(ctx, e.Ref, e.ID)
	if err != nil {
		return err
	}
	is := policy.Assignee{ID: b.Team.ID, Name: b.Team.Name, Team: true}
	if c != nil && !c.Assignee.Team && e.Receipt != nil {
		switch left, err := h.leavers.has(ctx, e.Brand, c.Assignee.ID, h.now()); {
		case err != nil:
			return err
		case !left:
			is = c.Assignee
		}
	}
	*by = is
	return h.store.Sign(ctx, *e, is)
}

package deliver

import (
	"context"
	"hash/fnv"
	"sync"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// switchLife is how long a silence switch that was read is believed: one that is turned holds within it everywhere.
const switchLife = 2 * time.Second

// switches are the brands' silence switches as read last.
type switches struct {
	store *store.Store
	mu    sync.Mutex
	known map[string]known
}

type known struct {
	desk.Switch
	read time.Time
}

func (s *switches) of(ctx context.Context, brand string, now time.Time) (desk.Switch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.known[brand]; ok && now.Sub(k.read).Abs() < switchLife {
		return k.Switch, nil
	}
	w, err := s.store.Switch(ctx, brand)
	if err != nil {
		return w, err
	}
	if s.known == nil {
		s.known = map[string]known{}
	}
	s.known[brand] = known{w, now}
	return w, nil
}

// hush holds a receipt, a notice or a survey back while its brand is silenced, and ends one that has waited longer than the policy allows; done is false when it may leave.
// Of what may leave after the switch is lifted every piece has a time of its own, so that it does not come in one burst.
func (h *Handler) hush(ctx context.Context, e desk.Effect) (done bool, err error) {
	b := h.policy.Brand(e.Brand)
	if e.Kind != channel.Receipt && e.Kind != channel.Notice && e.Kind != channel.Survey || b == nil {
		return false, nil
	}
	now := h.now()
	w, err := h.switches.of(ctx, e.Brand, now)
	if err != nil {
		h.log.Error("deliver", "brand", e.Brand, "conversation", e.Conversation, "effect", e.ID, "trace", e.Traced().String(), "error", setup.Outermost(err))
		return true, h.again(ctx, e, "refused_for_now") // it may be silenced: certainly unsent
	}
	waited := w.At // until it was lifted
	if w.On {
		waited = now
	}
	switch parked := e.Why == string(desk.Silenced); {
	case !w.On && !parked:
		return false, nil
	case waited.Sub(e.Decided) > b.Silence && e.Unsure:
		return true, h.fail(ctx, e, desk.NoAnswer) // it may have left: nobody can say that it did not
	case waited.Sub(e.Decided) > b.Silence:
		err = h.store.Cancel(ctx, e, string(desk.Silenced))
		h.effectUnless(err, e, desk.Cancelled)
		return true, err
	case w.On:
		err = h.store.Park(ctx, e, string(desk.Silenced), now.Add(pause(e)))
		h.effectUnless(err, e, desk.Queued)
		return true, err
	}
	return false, nil
}

func (h *Handler) effectUnless(err error, e desk.Effect, to desk.State) {
	if err == nil {
		h.effect(e, to, string(desk.Silenced))
	}
}

// pause is until when a silenced receipt is left alone: one to three minutes, by its name.
func pause(e desk.Effect) time.Duration {
	f := fnv.New32a()
	f.Write([]byte(e.Conversation + e.ID))
	return time.Minute + time.Duration(f.Sum32()%120)*time.Second
}

package work

import (
	"testing"
	"time"

	"pronto/shared/channel/network"
	"pronto/shared/store"
)

// How an account is, is told from what is kept of it; a failure to send that nobody has repeated is over.
func TestHowAnAccountIs(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	good := store.Cursor{Polled: ago(time.Second), Newest: ago(time.Hour), Connected: ago(48 * time.Hour)}
	sending := func(since, at time.Duration) store.Outward {
		return store.Outward{Failure: string(network.CodeUnwell), Since: ago(since), At: ago(at)}
	}
	for name, c := range map[string]struct {
		health     store.Health
		state, why string
	}{
		"well":                  {store.Health{Cursor: good}, LineOK, ""},
		"never polled":          {store.Health{}, LineNew, ""},
		"not connected":         {store.Health{Cursor: store.Cursor{Failure: "not_connected", Failing: ago(time.Minute)}}, LineFailing, "not_connected"},
		"refused":               {store.Health{Cursor: store.Cursor{Polled: ago(time.Minute), Failure: "credentials_refused", Failing: ago(time.Second)}}, LineFailing, "credentials_refused"},
		"nobody polls":          {store.Health{Cursor: store.Cursor{Polled: ago(11 * time.Minute)}}, LineSilent, ""},
		"nothing can be sent":   {store.Health{Cursor: good, Outward: sending(20*time.Minute, time.Minute)}, LineFailing, "server_unwell"},
		"nothing could be sent": {store.Health{Cursor: good, Outward: sending(2*time.Hour, time.Hour)}, LineOK, ""},
	} {
		l := Line{Channel: "bluesky"}
		if l.judge(c.health, now); l.State != c.state || l.Why != c.why || (l.Words == "") != (c.why == "") || l.Words == l.Why && l.Why != "" {
			t.Errorf("%s: %+v", name, l)
		}
	}
	l := Line{Channel: "bluesky"}
	c := store.Cursor{Polled: now, Wait: now.Add(time.Minute), Newest: ago(100 * time.Hour), Gaps: make([]int, 20), Unmarked: true}
	if l.judge(store.Health{Cursor: c}, now); l.Until == nil || !l.Unmarked || !l.Quiet || l.Newest == nil || l.Connected != nil {
		t.Errorf("%+v", l)
	}
}

package bluesky

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"pronto/infra/local/bluesky/devnet"
)

// TestDevNetwork tells the stories of the official dev network: PDS, and where PostgreSQL is installed the AppView, too.
func TestDevNetwork(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short: the dev network takes ten seconds to come up")
	}
	n := devnet.Start(t, false)
	for i, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			if s.appview && !n.AppView {
				t.Skip("the AppView needs PostgreSQL: install it, as in apt-get install postgresql")
			}
			d := official(t, n, fmt.Sprintf("%d.test", i))
			if s.appview {
				n.Join(d.mira(), "Mira")
				n.Join(d.oleg(), "Oleg")
			}
			s.tell(d)
		})
	}
	t.Run("by its own password", func(t *testing.T) {
		d := official(t, n, "c.test")
		if _, _, err := Connect(t.Context(), d.account, devnet.MainPassword, d.fresh()); !errors.Is(err, ErrMainPassword) {
			t.Errorf("connected: %v", err)
		}
	})
}

// official is a town on the dev network, whose people are met for the first time.
func official(t *testing.T, n *devnet.Network, suffix string) *office {
	w := &town{
		T: t, url: n.URL, suffix: suffix, now: time.Now, settle: 30 * time.Second, post: n.Post, posts: n.Posts, remove: n.Delete, block: n.Block, label: n.SelfLabel,
		join: func(handle, _ string) string {
			n.Join(handle, "")
			return n.AppPassword(handle)
		},
	}
	return w.opens()
}

// features are the facets of a post as it stands: what the bytes say, and what they are.
func features(t *testing.T, text string, content []byte) (all []string) {
	t.Helper()
	var r record
	if err := json.Unmarshal(content, &r); err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Facets {
		x := f.Features[0]
		all = append(all, text[f.Index.Start:f.Index.End]+" "+x.DID+x.URI+x.Tag)
	}
	return all
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

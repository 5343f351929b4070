package bluesky

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/bluesky"
	"pronto/shared/channel/network"
)

// A backlog of any size is taken whole, once, and in the order in which it was written, however long the poller slept.
func TestABacklog(t *testing.T) {
	t.Parallel() // with the dev network, which is waited for most of the time
	for _, size := range []int{1, 100, 101, 201, 900, 1000, 1901} {
		w, n, c := memory(t)
		d := w.opens()
		n.Join(w.mira(), "Mira", "")
		d.begin()
		var want []string
		for k := range size {
			c.turn(7 * time.Second)
			want = append(want, n.Post(w.mira(), bluesky.Draft{Text: fmt.Sprintf("@%s %d", w.acme(), k)}))
		}
		var got []string
		for _, m := range d.polls() {
			got = append(got, m.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("of %d posts %d are taken, or in another order", len(want), len(got))
		}
		if all := d.polls(); len(all) != 0 {
			t.Errorf("after %d posts %d are taken again", size, len(all))
		}
		if len(d.cursor) > 16<<10 {
			t.Errorf("the cursor has %d bytes", len(d.cursor))
		}
	}
}

// While a backlog is read new posts come on top of it, and the poller dies in between: nothing is missed.
func TestABacklogThatGrows(t *testing.T) {
	t.Parallel() // with the dev network, which is waited for most of the time
	r := rand.New(rand.NewPCG(1, 2))
	w, n, c := memory(t)
	d := w.opens()
	n.Join(w.mira(), "Mira", "")
	d.begin()
	want, got := map[string]bool{}, map[string]bool{}
	come := func(k int) {
		for range k {
			c.turn(time.Duration(r.IntN(9)) * time.Second) // some in the same millisecond
			want[n.Post(w.mira(), bluesky.Draft{Text: fmt.Sprintf("@%s %d", w.acme(), len(want))})] = true
		}
	}
	come(1500)
	for round := 0; round < 400 && len(got) < len(want); round++ {
		page, err := d.Poll(t.Context(), d.cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Posts {
			got[p.ID] = true
		}
		if r.IntN(4) > 0 {
			d.cursor = page.Cursor // else it died after its posts were stored, and before the cursor was
		}
		if round < 30 {
			come(r.IntN(20))
		}
		d.wakes()
	}
	if len(got) != len(want) {
		t.Errorf("%d of %d are taken", len(got), len(want))
	}
}

// What was written on a train, with the time of its writing, lies below what was read long ago, and is found all the same: the more so the less there is. It
// counts as new, because it was not there before.
func TestALatecomer(t *testing.T) {
	t.Parallel() // with the dev network, which is waited for most of the time
	w, n, c := memory(t)
	d := w.opens()
	n.Join(w.mira(), "Mira", "")
	d.begin()
	for k := range 150 {
		c.turn(time.Minute)
		n.Post(w.mira(), bluesky.Draft{Text: fmt.Sprintf("@%s %d", w.acme(), k)})
		d.polls()
	}
	looked := c.now()
	late := n.Post(w.mira(), bluesky.Draft{Text: "@" + w.acme() + " from a tunnel", Claimed: c.now().Add(-140 * time.Minute)})
	c.turn(sweep + 15*time.Second)
	all := d.polls()
	if len(all) != 1 || all[0].ID != late || all[0].CreatedAt.Before(looked.Add(-sweep)) {
		t.Errorf("taken: %+v", all)
	}
	if all := d.polls(); len(all) != 0 {
		t.Errorf("and again: %+v", all)
	}
}

// Several posts of the same millisecond, on both sides of the cursor.
func TestTheSameMillisecond(t *testing.T) {
	w, n, _ := memory(t)
	d := w.opens()
	n.Join(w.mira(), "Mira", "")
	d.begin()
	for k := range 50 {
		n.Post(w.mira(), bluesky.Draft{Text: fmt.Sprintf("@%s %d", w.acme(), k)})
		if all := d.polls(); len(all) != 1 {
			t.Fatalf("%d are taken", len(all))
		}
	}
}

// A server whose pages have no end costs ten calls a poll, and is said to be what it is; nothing that it says moves the cursor past what is new.
func TestEndlessPages(t *testing.T) {
	w, n, c := memory(t)
	d := w.opens()
	n.Join(w.mira(), "Mira", "")
	d.begin()
	k := 0
	n.Break(func(name string, _ int) bluesky.Fault {
		if name != "app.bsky.notification.listNotifications" {
			return bluesky.Fault{}
		}
		k++
		at := c.now().Add(time.Duration(-k%1000) * time.Millisecond).Format(stamp)
		body := fmt.Sprintf(`{"cursor":"%d","notifications":[{"uri":"at://did:plc:mira/app.bsky.feed.post/%d","cid":"b","author":{"did":"did:plc:mira"},"indexedAt":%q}]}`, k, k, at)
		return bluesky.Fault{Answer: func(w http.ResponseWriter) { _, _ = w.Write([]byte(body)) }}
	})
	var err error
	for polls := 1; err == nil; polls++ {
		before := k
		var page network.Page
		if page, err = d.Poll(t.Context(), d.cursor); err == nil {
			d.cursor = page.Cursor
		}
		if k-before > maxCalls || len(page.Posts) > 0 || polls > maxMarks+1 {
			t.Fatalf("poll %d: %d calls, %d posts", polls, k-before, len(page.Posts))
		}
	}
	if network.CodeOf(err) != network.CodeGarbled {
		t.Errorf("it is %v", err)
	}
	n.Break(nil)
	uri := n.Post(w.mira(), bluesky.Draft{Text: "@" + w.acme() + " help"})
	if all := append(d.polls(), d.polls()...); len(all) != 1 || all[0].ID != uri {
		t.Errorf("when it is well again: %+v", all)
	}
}

// What a wicked server may do to who polls it: each is over soon, and has a code.
func TestAHostileServer(t *testing.T) {
	huge := strings.Repeat(" ", maxAnswer+1)
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		code   network.Code
	}{
		"a huge body":      {func(w http.ResponseWriter) { _, _ = w.Write([]byte(huge)) }, network.CodeGarbled},
		"a bottomless one": {func(w http.ResponseWriter) { endless(w) }, network.CodeGarbled},
		"no JSON":          {func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) }, network.CodeGarbled},
		"the same cursor":  {func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"cursor":"x","notifications":[]}`)) }, network.CodeGarbled},
		"a long cursor":    {func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"cursor":"` + strings.Repeat("x", 600) + `"}`)) }, network.CodeGarbled},
		"a crowded page": {func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"notifications":[` + strings.Repeat("0,", 100) + `0]}`))
		}, network.CodeGarbled},
		"deep": {func(w http.ResponseWriter) { _, _ = w.Write([]byte(strings.Repeat("[", 1<<20))) }, network.CodeGarbled},
		"inside": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "http://169.254.169.254/latest/meta-data/")
			w.WriteHeader(http.StatusFound)
		}, network.CodeUnwell},
		"slow": {func(w http.ResponseWriter) { drip(w) }, network.CodeUnreachable},
		"gone": {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, network.CodeUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			w, n, _ := memory(t)
			d := w.opens()
			d.begin()
			n.Break(func(call string, _ int) bluesky.Fault {
				if call != "app.bsky.notification.listNotifications" {
					return bluesky.Fault{}
				}
				return bluesky.Fault{Answer: c.answer}
			})
			_, err := d.Poll(soon(t), d.cursor)
			if code := network.CodeOf(err); code != c.code {
				t.Errorf("%s: %v", code, err)
			}
		})
	}
}

// A server whose name leads inside is not called, nor one without https.
func TestAServerInside(t *testing.T) {
	w, _, _ := memory(t)
	d := w.opens()
	for _, server := range []string{"https://169.254.169.254", "https://10.0.0.1", "https://[::1]", "https://127.0.0.1"} {
		d.account.Server = server
		d.wakes()
		if _, err := d.Poll(soon(t), nil); network.CodeOf(err) != network.CodeForbidden {
			t.Errorf("%s: %v", server, err)
		}
	}
	d.account.Server = "http://pds.example"
	d.wakes()
	if _, err := d.Poll(soon(t), nil); err == nil {
		t.Error("http is spoken")
	}
}

// A notification that cannot be read keeps no other from being taken, and is held.
func TestUnreadableNotifications(t *testing.T) {
	w, n, _ := memory(t)
	d := w.opens()
	n.Join(w.mira(), "Mira", "")
	d.begin()
	good := `{"uri":"at://did:plc:mira/app.bsky.feed.post/3k","cid":"b","author":{"did":"did:plc:mira","handle":"mira.example"},"reason":"mention","indexedAt":"2026-11-23T09:00:00.000Z","record":{"text":"hi"}}`
	bad := []string{
		`0`, `{}`, `{"uri":"at://did:plc:mira/app.bsky.feed.post/3k"}`, `{"uri":"https://acme.example","indexedAt":"2026-11-23T09:00:00.000Z"}`,
		strings.Replace(strings.Replace(good, `"did:plc:mira"`, `"did:plc:oleg"`, 1), "/3k", "/3m", 1),
		strings.Replace(strings.Replace(good, "hi", strings.Repeat("<", 50_000), 1), "/3k", "/3n", 1),
	}
	body := `{"notifications":[` + strings.Join(append(bad, good), ",") + `]}`
	n.Break(func(call string, _ int) bluesky.Fault {
		if call != "app.bsky.notification.listNotifications" {
			return bluesky.Fault{}
		}
		return bluesky.Fault{Answer: func(w http.ResponseWriter) { _, _ = w.Write([]byte(body)) }}
	})
	for round, want := range []int{len(bad) + 1, 0} {
		page, err := d.Poll(t.Context(), d.cursor)
		if err != nil || len(page.Posts) != want {
			t.Fatalf("round %d: %d posts, %v", round, len(page.Posts), err)
		}
		d.cursor = page.Cursor
		taken := 0
		for _, p := range page.Posts {
			var bad *network.Problem
			switch _, err := Decode(p.Raw, d.now()); {
			case err == nil:
				taken++
			case !errors.As(err, &bad):
				t.Errorf("%s: %v", p.Raw, err)
			}
			if len(p.Raw) > network.MaxRaw {
				t.Errorf("%d bytes", len(p.Raw))
			}
		}
		if round == 0 && taken != 1 {
			t.Errorf("%d are taken", taken)
		}
	}
}

package bluesky

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/bluesky"
	"pronto/shared/channel"
	"pronto/shared/channel/network"
)

// breaks are the ways in which a call fails.
var breaks = map[string]bluesky.Fault{
	"torn before": {Torn: true}, "torn after": {Torn: true, After: true},
	"500 before": {Status: 500, Name: "InternalServerError"}, "500 after": {Status: 500, Name: "InternalServerError", After: true},
	"502 by a proxy": {Answer: func(w http.ResponseWriter) { w.WriteHeader(502); _, _ = w.Write([]byte("<html>")) }},
	"429":            {Status: 429, Name: "RateLimitExceeded", Header: http.Header{"Ratelimit-Reset": {"1900000000"}}},
	"not understood": {After: true, Answer: func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) }},
	"another record": {After: true, Answer: func(w http.ResponseWriter) {
		_, _ = w.Write([]byte(`{"uri":"at://did:plc:x/app.bsky.feed.post/3l","cid":"b"}`))
	}},
}

// Whatever call fails, before it was done or after, and whoever dies between it and hearing of it: the next one who tries finds what there is. An answer of
// three posts stands exactly once, and what is said to be unsent is.
func TestExactlyOnce(t *testing.T) {
	const send = "com.atproto.repo.putRecord"
	tried := 0
	for name, fault := range breaks {
		for _, call := range []string{"com.atproto.server.createSession", "app.bsky.feed.getPosts", send, "com.atproto.repo.getRecord"} {
			for nth := 1; nth <= 3; nth++ {
				w, n, c := memory(t)
				d := w.opens()
				w.join(w.mira(), "Mira")
				uri := n.Post(w.mira(), bluesky.Draft{Text: "@" + w.acme() + " help"})
				broken := false
				n.Break(func(name string, k int) bluesky.Fault {
					if name != call || k != nth || broken {
						return bluesky.Fault{}
					}
					broken = true
					return fault
				})
				o := d.receipt(uri)
				o.Text = strings.Repeat("We looked for your suitcase in Rome. ", 20)
				var id string
				for try := 1; id == ""; try++ {
					if try > 6 {
						t.Fatalf("%s of %s %d: it never leaves", name, call, nth)
					}
					sent, err := d.Sender.Send(t.Context(), o)
					switch {
					case err == nil:
						id = sent.ProviderID
					case channel.IsPermanent(err):
						t.Fatalf("%s of %s %d is for good: %v", name, call, nth, err)
					case channel.IsUnsent(err) && len(n.Posts(w.acme())) > 0:
						t.Fatalf("%s of %s %d: %v, and something stands", name, call, nth, err)
					}
					d.wakes() // another Lambda, later, who knows of nothing
					c.turn(30 * time.Second)
					o.PossibleDuplicate = true
				}
				if broken {
					tried++
				}
				if all := n.Posts(w.acme()); len(all) != 3 || all[2].URI != id || all[0].Parent != uri || all[2].Parent != all[1].URI {
					t.Errorf("%s of %s %d: %d posts stand: %+v", name, call, nth, len(all), all)
				}
			}
		}
	}
	if want := len(breaks) * (1 + 1 + 3); tried < want {
		t.Errorf("%d faults were played, want %d", tried, want)
	}
}

// A process that dies right after the server has written: no answer ever comes, and what is tried next has other words.
func TestKilledBetweenSendingAndOutcome(t *testing.T) {
	w, n, c := memory(t)
	d := w.opens()
	w.join(w.mira(), "Mira")
	uri := n.Post(w.mira(), bluesky.Draft{Text: "@" + w.acme() + " help"})
	ctx, kill := context.WithCancel(t.Context())
	n.Break(func(name string, k int) bluesky.Fault {
		if name == "com.atproto.repo.putRecord" && k == 1 {
			return bluesky.Fault{After: true, Answer: func(http.ResponseWriter) { kill(); time.Sleep(50 * time.Millisecond) }}
		}
		return bluesky.Fault{}
	})
	o := d.receipt(uri)
	if _, err := d.Sender.Send(ctx, o); err == nil || channel.IsUnsent(err) || channel.IsPermanent(err) {
		t.Fatalf("killed: %v", err)
	}
	first := n.Posts(w.acme())
	if len(first) != 1 {
		t.Fatalf("%d posts stand", len(first))
	}
	c.turn(3 * time.Minute)
	d.wakes()
	o.PossibleDuplicate, o.Text = true, "Hello! Ana answers by 11:03."
	if id := d.sends(o); id != first[0].URI {
		t.Errorf("the second try gives %s", id)
	}
	if all := n.Posts(w.acme()); len(all) != 1 || all[0].Text != first[0].Text {
		t.Errorf("posts %+v", all)
	}
}

// What the server says of a sending is one of three things, and never its own words.
func TestFatesOfASending(t *testing.T) {
	for _, c := range []struct {
		fault bluesky.Fault
		fate  string
		is    error
	}{
		{bluesky.Fault{Status: 400, Name: "InvalidRequest"}, "permanent", nil},
		{bluesky.Fault{Status: 413, Name: "PayloadTooLarge"}, "permanent", nil},
		{bluesky.Fault{Status: 429, Name: "RateLimitExceeded"}, "unsent", nil},
		{bluesky.Fault{Status: 403, Name: "Forbidden"}, "unsent", network.ErrRefused},
		{bluesky.Fault{Status: 401, Name: "AccountTakedown"}, "unsent", network.ErrRefused},
		{bluesky.Fault{Status: 400, Name: "AccountDeactivated"}, "unsent", network.ErrRefused},
		{bluesky.Fault{Status: 404}, "unsent", nil},
		{bluesky.Fault{Status: 302, Header: http.Header{"Location": {"http://169.254.169.254/"}}}, "unsent", nil},
		{bluesky.Fault{Status: 503}, "unknown", nil},
		{bluesky.Fault{Torn: true}, "unknown", nil},
	} {
		w, n, _ := memory(t)
		d := w.opens()
		w.join(w.mira(), "Mira")
		uri := n.Post(w.mira(), bluesky.Draft{Text: "@" + w.acme() + " help"})
		n.Break(func(name string, _ int) bluesky.Fault {
			if name == "com.atproto.repo.putRecord" {
				return c.fault
			}
			return bluesky.Fault{}
		})
		_, err := d.Sender.Send(t.Context(), d.receipt(uri))
		if got := fate(err); got != c.fate || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%+v: %s (%v)", c.fault, got, err)
		}
		if err != nil && (strings.Contains(err.Error(), "words of the server") || strings.Contains(err.Error(), w.mira())) {
			t.Errorf("the error says %q", err)
		}
	}
}

func fate(err error) string {
	switch {
	case err == nil:
		return "sent"
	case channel.IsPermanent(err):
		return "permanent"
	case channel.IsUnsent(err):
		return "unsent"
	}
	return "unknown"
}

// What cannot be a post never leaves, and nobody is asked.
func TestWhatIsNoPost(t *testing.T) {
	w, n, _ := memory(t)
	d := w.opens()
	for name, change := range map[string]func(*channel.Outgoing){
		"a page":           func(o *channel.Outgoing) { o.Kind = channel.Page },
		"nothing answered": func(o *channel.Outgoing) { o.InReplyTo = "" },
		"a mail answered":  func(o *channel.Outgoing) { o.InReplyTo = "<m1@customer.example>" },
		"no effect":        func(o *channel.Outgoing) { o.Effect = "" },
		"no time":          func(o *channel.Outgoing) { o.Decided = time.Time{} },
		"no words":         func(o *channel.Outgoing) { o.Text = " \n" },
		"a book":           func(o *channel.Outgoing) { o.Text = strings.Repeat("word ", 1000) },
	} {
		o := d.receipt("at://did:plc:mira/app.bsky.feed.post/3lzzzzzzzzzz2")
		change(&o)
		if _, err := d.Sender.Send(t.Context(), o); !channel.IsPermanent(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n.Calls("com.atproto.server.createSession") != 0 {
		t.Error("the network was asked")
	}
}

// A limit that is nearly used up makes polling pause, and leaves what remains to the receipts.
func TestTheLimitIsHeeded(t *testing.T) {
	w, n, c := memory(t)
	d := w.opens()
	d.begin()
	reset := c.now().Add(2 * time.Minute)
	n.Break(func(string, int) bluesky.Fault {
		return bluesky.Fault{Header: http.Header{"Ratelimit-Remaining": {"3"}, "Ratelimit-Reset": {fmt.Sprint(reset.Unix())}}}
	})
	page, err := d.Poll(t.Context(), d.cursor)
	if err != nil || !page.Wait.Equal(reset) {
		t.Errorf("%+v %v", page, err)
	}
	n.Break(func(string, int) bluesky.Fault {
		return bluesky.Fault{Status: 429, Name: "RateLimitExceeded", Header: http.Header{"Retry-After": {"40"}}}
	})
	_, err = d.Poll(t.Context(), d.cursor)
	var limited *network.Limited
	if !errors.As(err, &limited) || !limited.Until.Equal(c.now().Add(40*time.Second)) {
		t.Errorf("limited: %v", err)
	}
}

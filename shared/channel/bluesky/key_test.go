package bluesky

import (
	"slices"
	"testing"
	"time"

	"pronto/shared/channel"
)

// A key is a TID of the second in which its effect was decided: always the same, and another of each effect, brand, conversation, post and try.
func TestKeys(t *testing.T) {
	o := channel.Outgoing{Brand: "acme-air", Conversation: "k7", Effect: "000001-0", Decided: monday.Add(300 * time.Millisecond)}
	change := func(do func(*channel.Outgoing)) channel.Outgoing {
		x := o
		do(&x)
		return x
	}
	keys := []string{keyOf(o, 0, 0), keyOf(o, 1, 0), keyOf(o, 0, 1)}
	for _, x := range []channel.Outgoing{
		change(func(o *channel.Outgoing) { o.Brand = "acme-sea" }),
		change(func(o *channel.Outgoing) { o.Conversation = "k8" }),
		change(func(o *channel.Outgoing) { o.Effect = "000001-1" }),
		change(func(o *channel.Outgoing) { o.Conversation, o.Effect = "k70", "00001-0" }),
		change(func(o *channel.Outgoing) { o.Decided = o.Decided.Add(time.Second) }),
	} {
		keys = append(keys, keyOf(x, 0, 0))
	}
	for i, k := range keys {
		n, ok := parseTID(k)
		if at := time.UnixMicro(int64(n >> clockBits)); !ok || at.Before(monday) || at.After(monday.Add(2*time.Second+time.Millisecond)) || slices.Contains(keys[:i], k) {
			t.Errorf("key %d is %s, of %s", i, k, at)
		}
	}
	if again := keyOf(change(func(o *channel.Outgoing) { o.Text, o.PossibleDuplicate, o.Decided = "other words", true, monday }), 0, 0); again != keys[0] {
		t.Errorf("the second try has %s after %s", again, keys[0])
	}
	if keys[0] >= keys[1] {
		t.Errorf("the second post has %s, before %s", keys[1], keys[0])
	}
}

// TIDs as the network's own documents write them.
func TestTIDs(t *testing.T) {
	for _, s := range []string{"3jzfcijpj2z2a", "7777777777777", "3zzzzzzzzzzzz", "2222222222222"} {
		if n, ok := parseTID(s); !ok || n.String() != s {
			t.Errorf("%s is read as %s, %t", s, n, ok)
		}
	}
	for _, s := range []string{"", "3jzfcijpj2z21", "3jzfcijpj2z2aa", "3jzfcijpj2z2", "3jzf-cij-pj2z-2a", "zzzzzzzzzzzzz", "kjzfcijpj2z2a"} {
		if n, ok := parseTID(s); ok {
			t.Errorf("%s is read as %s", s, n)
		}
	}
}

func TestAddresses(t *testing.T) {
	const good = "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3jzfcijpj2z2a"
	if did, key, ok := split(good); !ok || join(did, key) != good || !by(did, good) || by("", good) || by("did:plc:z72", good) {
		t.Errorf("%s %s %t", did, key, ok)
	}
	if all := pieces(good); len(all) != maxPosts || all[0] != good {
		t.Errorf("pieces %v", all)
	}
	if all := pieces("at://did:web:acme.example/app.bsky.feed.post/self"); len(all) != 1 {
		t.Errorf("pieces of what has no TID: %v", all)
	}
	for _, s := range []string{"", "at://", "at://acme.example/app.bsky.feed.post/3j", "at://did:plc:x/app.bsky.feed.like/3j", good + "/more", "https://bsky.app", "at://did:plc:x/app.bsky.feed.post/", "at://did:plc:x/app.bsky.feed.post/a b"} {
		if _, _, ok := split(s); ok || pieces(s) != nil {
			t.Errorf("%q is taken", s)
		}
	}
}

// What a record says of its thread is followed where it can be: any client may have written it.
func TestTheThreadOfAnAnswer(t *testing.T) {
	const cid = "bafyreidlb3tqqfzgpyqvcy3c5g5nrgidzsd7hlq7mvqg4kh3hqzvhfh6vu"
	post, root := ref{join("did:plc:mira", "3lzzzzzzzzzz2"), cid}, ref{join("did:plc:oleg", "3lzzzzzzzzzz3"), cid}
	for what, c := range map[string]struct{ says, want ref }{
		"the first post":            {root, root},
		"no address":                {ref{"https://evil.example/" + posts + "/3l", cid}, post},
		"an address of no post":     {ref{"at://did:plc:oleg/app.bsky.feed.like/3lzzzzzzzzzz3", cid}, post},
		"a handle in place of DID":  {ref{"at://oleg.example/" + posts + "/3lzzzzzzzzzz3", cid}, post},
		"no digest":                 {ref{root.URI, ""}, post},
		"something else for digest": {ref{root.URI, "bafy"}, post},
		"a digest with more in it":  {ref{root.URI, cid[:58] + "v"}, post},
		"a digest of another kind":  {ref{root.URI, "bafkrei" + cid[7:]}, post},
		"nothing":                   {ref{}, post},
	} {
		to := target{ref: post, Record: record{Reply: &thread{Root: c.says}}}
		if got := to.thread(); got.Root != c.want || got.Parent != post {
			t.Errorf("%s: %+v", what, got)
		}
	}
	if got := (target{ref: post}).thread(); got.Root != post {
		t.Errorf("a post that answers nothing: %+v", got)
	}
}

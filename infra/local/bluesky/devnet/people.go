package devnet

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/bluesky"
)

// Network is the running network, with the people that were met in it. Its methods are those of the network in memory.
type Network struct {
	URL     string
	AppView bool

	t      testing.TB
	people map[string]*person
}

// person is one with an app of his own.
type person struct {
	did, handle, name, token string
}

const (
	posts    = "app.bsky.feed.post"
	profiles = "app.bsky.actor.profile"
	stamp    = "2006-01-02T15:04:05.000Z"
)

// ref names a record as it stands.
type ref struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

type thread struct {
	Root   ref `json:"root"`
	Parent ref `json:"parent"`
}

// call makes a call in a person's name, nil for nobody.
func (n *Network) call(p *person, name string, query url.Values, body, out any) {
	n.t.Helper()
	method, at, in := http.MethodGet, n.URL+"/xrpc/"+name, io.Reader(nil)
	if query != nil {
		at += "?" + query.Encode()
	}
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			n.t.Fatal(err)
		}
		method, in = http.MethodPost, bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(n.t.Context(), method, at, in)
	if err != nil {
		n.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if p != nil {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		n.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		n.t.Fatalf("%s: %d %s", name, resp.StatusCode, text)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			n.t.Fatalf("%s: %s", name, text)
		}
	}
}

// Join opens an account, which must end in .test, and gives its DID.
func (n *Network) Join(handle, name string) string {
	n.t.Helper()
	p := &person{handle: handle, name: name}
	var s struct {
		DID       string
		AccessJwt string
	}
	n.call(nil, "com.atproto.server.createAccount", nil, map[string]string{"handle": handle, "email": handle + "@mail.example", "password": "main-password"}, &s)
	p.did, p.token, n.people[handle] = s.DID, s.AccessJwt, p
	if name != "" {
		n.profile(p, nil)
	}
	return p.did
}

// AppPassword makes one.
func (n *Network) AppPassword(handle string) string {
	n.t.Helper()
	var app struct{ Password string }
	n.call(n.people[handle], "com.atproto.server.createAppPassword", nil, map[string]string{"name": "pronto"}, &app)
	return app.Password
}

// MainPassword is the account's own.
const MainPassword = "main-password"

// SelfLabel has an account say something of itself.
func (n *Network) SelfLabel(handle, value string) {
	n.t.Helper()
	n.profile(n.people[handle], map[string]any{"$type": "com.atproto.label.defs#selfLabels", "values": []any{map[string]string{"val": value}}})
}

func (n *Network) profile(p *person, labels any) {
	n.t.Helper()
	record := map[string]any{"$type": profiles, "displayName": p.name}
	if labels != nil {
		record["labels"] = labels
	}
	n.call(p, "com.atproto.repo.putRecord", nil, map[string]any{"repo": p.did, "collection": profiles, "rkey": "self", "record": record}, nil)
}

// Block has an account block another.
func (n *Network) Block(handle, other string) {
	n.t.Helper()
	n.create(n.people[handle], "app.bsky.graph.block", map[string]any{"subject": n.people[other].did})
}

func (n *Network) create(p *person, collection string, record map[string]any) (r ref) {
	n.t.Helper()
	record["$type"], record["createdAt"] = collection, time.Now().UTC().Format(stamp)
	n.call(p, "com.atproto.repo.createRecord", nil, map[string]any{"repo": p.did, "collection": collection, "record": record}, &r)
	return r
}

var handles = regexp.MustCompile(`@([a-z0-9.-]+\.[a-z]+)`)

// Post writes a post of an account, as an app would: with its mentions. It gives its address.
func (n *Network) Post(handle string, d bluesky.Draft) string {
	n.t.Helper()
	record := map[string]any{"text": d.Text}
	if d.Langs != nil {
		record["langs"] = d.Langs
	}
	var facets []any
	for _, m := range handles.FindAllStringSubmatchIndex(d.Text, -1) {
		if to := n.people[d.Text[m[2]:m[3]]]; to != nil {
			facets = append(facets, map[string]any{
				"index":    map[string]int{"byteStart": m[0], "byteEnd": m[1]},
				"features": []any{map[string]string{"$type": "app.bsky.richtext.facet#mention", "did": to.did}},
			})
		}
	}
	if facets != nil {
		record["facets"] = facets
	}
	if d.Reply != "" {
		up, above := n.read(d.Reply)
		at := thread{Root: up, Parent: up}
		if above != nil {
			at.Root = above.Root
		}
		record["reply"] = at
	}
	if d.Quote != "" {
		quoted, _ := n.read(d.Quote)
		record["embed"] = map[string]any{"$type": "app.bsky.embed.record", "record": quoted}
	}
	return n.create(n.people[handle], posts, record).URI
}

// apart is whose a post is, and its key.
func apart(uri string) (did, key string) {
	did, rest, _ := strings.Cut(strings.TrimPrefix(uri, "at://"), "/")
	return did, rest[strings.LastIndex(rest, "/")+1:]
}

func (n *Network) read(uri string) (ref, *thread) {
	n.t.Helper()
	did, key := apart(uri)
	var found struct {
		ref
		Value struct{ Reply *thread }
	}
	n.call(nil, "com.atproto.repo.getRecord", url.Values{"repo": {did}, "collection": {posts}, "rkey": {key}}, nil, &found)
	return found.ref, found.Value.Reply
}

// Delete takes a post away.
func (n *Network) Delete(uri string) {
	n.t.Helper()
	did, key := apart(uri)
	for _, p := range n.people {
		if p.did == did {
			n.call(p, "com.atproto.repo.deleteRecord", nil, map[string]string{"repo": did, "collection": posts, "rkey": key}, nil)
		}
	}
}

// Posts are those of an account that stand, oldest first.
func (n *Network) Posts(handle string) (all []bluesky.Posted) {
	n.t.Helper()
	var list struct {
		Records []struct {
			URI   string
			Value json.RawMessage
		}
	}
	q := url.Values{"repo": {n.people[handle].did}, "collection": {posts}, "limit": {"100"}, "reverse": {"true"}}
	n.call(nil, "com.atproto.repo.listRecords", q, nil, &list)
	for _, r := range list.Records {
		x := bluesky.Posted{URI: r.URI, Content: r.Value}
		_, x.Key = apart(r.URI)
		var v struct {
			Text      string
			Langs     []string
			CreatedAt time.Time
			Reply     *thread
		}
		if err := json.Unmarshal(r.Value, &v); err != nil {
			n.t.Fatal(err)
		}
		if x.Text, x.Langs, x.CreatedAt = v.Text, v.Langs, v.CreatedAt; v.Reply != nil {
			x.Parent, x.Root = v.Reply.Parent.URI, v.Reply.Root.URI
		}
		all = append(all, x)
	}
	return all
}

// Shown waits until the AppView knows a post. It indexes repositories beside each other, and of an answer that it reads before what is answered it tells nobody.
func (n *Network) Shown(handle, uri string) {
	n.t.Helper()
	for range 240 {
		var found struct{ Posts []ref }
		n.call(n.people[handle], "app.bsky.feed.getPosts", url.Values{"uris": {uri}}, nil, &found)
		if len(found.Posts) > 0 {
			return
		}
		time.Sleep(250 * time.Millisecond)
	}
	n.t.Fatalf("%s is not shown", uri)
}

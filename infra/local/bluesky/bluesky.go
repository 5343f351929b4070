// Package bluesky is a Bluesky in memory: the few calls that the desk makes of a PDS and of its AppView, answered as the official ones answer them (the same
// tests run against both: shared/channel/bluesky). Tests and the storm have it; it is no server for anybody else.
//
// What it keeps true to the original, because the desk leans on it:
//   - a record under a key that is taken is only replaced by who names what is there; the same content again changes nothing
//   - notifications are sorted by the time that their authors claim, if that is earlier than their arrival, and a page begins below a millisecond
//   - whoever stands within five posts above a reply is told of it; who is mentioned in it, or quoted, as such
//   - posts of whom one has blocked, or who has blocked one, and posts that were deleted, are not shown
package bluesky

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Network is all accounts, their posts, and the server that they share.
type Network struct {
	now func() time.Time

	mu       sync.Mutex
	accounts []*account
	tokens   map[string]token
	posts    []*post // of all, in the order of their arrival
	serial   int
	calls    map[string]int
	fault    func(call string, n int) Fault
	server   *http.Server
}

// account is one of the network's.
type account struct {
	did, handle, password string
	name                  string
	labels                []label
	blocks, mutes         map[string]bool            // by DID
	records               map[string]json.RawMessage // collection/key → content, but posts
}

// post is one that was written. Deleted ones stay, and are not shown.
type post struct {
	owner        *account
	key, cid     string
	content      json.RawMessage
	parsed       content
	came         time.Time
	gone, closed bool
	labels       []label
}

type label struct {
	Source string `json:"src"`
	URI    string `json:"uri"`
	Value  string `json:"val"`
}

// New returns a network without accounts.
func New(now func() time.Time) *Network {
	return &Network{now: now, tokens: map[string]token{}, calls: map[string]int{}}
}

// Start serves the network on a port of this machine, and gives its base URL.
func (n *Network) Start() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	n.server = &http.Server{Handler: n, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = n.server.Serve(l) }()
	return "http://" + l.Addr().String(), nil
}

// Close ends the server.
func (n *Network) Close() error {
	if n.server == nil {
		return nil
	}
	return n.server.Close()
}

// Fault is what becomes of a call.
type Fault struct {
	Status int                         // answered instead; 0: as it should be
	Name   string                      // of the error
	Header http.Header                 // added to the answer
	Torn   bool                        // the connection is cut before the answer
	After  bool                        // Status or Torn come when the call was done
	Answer func(w http.ResponseWriter) // instead of any other answer; nil: none
}

// Break decides of each call, by its name and the how manieth of this name it is, what becomes of it; nil: all is well.
func (n *Network) Break(fault func(call string, nth int) Fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fault = fault
}

// Calls is how often a call was made.
func (n *Network) Calls(name string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.calls[name]
}

// Join opens an account, and gives its DID.
func (n *Network) Join(handle, name, password string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	sum := sha256.Sum256([]byte(handle))
	a := &account{
		did: "did:plc:" + letters.EncodeToString(sum[:15]), handle: handle, name: name, password: password,
		blocks: map[string]bool{}, mutes: map[string]bool{}, records: map[string]json.RawMessage{},
	}
	n.accounts = append(n.accounts, a)
	return a.did
}

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Draft is a post to be written.
type Draft struct {
	Text    string
	Reply   string    // the post that it answers, by its address
	Quote   string    // the post that it quotes
	Langs   []string  //
	Claimed time.Time // when its author says that he wrote it; zero: now
}

var handles = regexp.MustCompile(`@([a-z0-9.-]+\.[a-z]+)`)

// Post writes a post of an account, as an app would: with its mentions. It gives its address.
func (n *Network) Post(handle string, d Draft) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	a := n.by(handle)
	if d.Claimed.IsZero() {
		d.Claimed = n.now()
	}
	content := map[string]any{"$type": postType, "text": d.Text, "createdAt": d.Claimed.UTC().Format(stamp)}
	if d.Langs != nil {
		content["langs"] = d.Langs
	}
	var facets []any
	for _, m := range handles.FindAllStringSubmatchIndex(d.Text, -1) {
		if to := n.by(d.Text[m[2]:m[3]]); to != nil {
			facets = append(facets, map[string]any{
				"index":    map[string]int{"byteStart": m[0], "byteEnd": m[1]},
				"features": []any{map[string]string{"$type": "app.bsky.richtext.facet#mention", "did": to.did}},
			})
		}
	}
	if facets != nil {
		content["facets"] = facets
	}
	if p := n.at(d.Reply); p != nil {
		root := ref{p.uri(), p.cid}
		if r := p.parsed.Reply; r != nil {
			root = r.Root
		}
		content["reply"] = thread{Root: root, Parent: ref{p.uri(), p.cid}}
	}
	if p := n.at(d.Quote); p != nil {
		content["embed"] = map[string]any{"$type": "app.bsky.embed.record", "record": ref{p.uri(), p.cid}}
	}
	b, err := json.Marshal(content)
	if err != nil {
		panic(err) // of strings and times
	}
	n.serial++
	return n.add(a, fmt.Sprintf("3l%011s", strings.Map(tidLetter, fmt.Sprintf("%011d", n.serial))), b).uri()
}

func tidLetter(r rune) rune { return rune("234567abcd"[r-'0']) }

// add writes a post. The network is locked.
func (n *Network) add(a *account, key string, content json.RawMessage) *post {
	p := &post{owner: a, key: key, came: n.now().UTC()}
	p.write(content)
	n.posts = append(n.posts, p)
	return p
}

// digest has the form of a CID (version 1, DAG-CBOR, SHA-256 of 32 bytes), and is one and the same of the same content.
func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return "b" + letters.EncodeToString(append([]byte{1, 0x71, 0x12, 32}, sum[:]...))
}

// Delete takes a post away.
func (n *Network) Delete(uri string) {
	n.change(uri, func(p *post) { p.gone = true })
}

// CloseThread lets nobody answer a post any more.
func (n *Network) CloseThread(uri string) { n.change(uri, func(p *post) { p.closed = true }) }

// Label puts a moderation service's label on a post.
func (n *Network) Label(uri, value string) {
	n.change(uri, func(p *post) {
		p.labels = append(p.labels, label{"did:plc:moderation", uri, value})
	})
}

func (n *Network) change(uri string, do func(*post)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.at(uri); p != nil {
		do(p)
	}
}

// SelfLabel has an account say something of itself.
func (n *Network) SelfLabel(handle, value string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	a := n.by(handle)
	a.labels = append(a.labels, label{a.did, "at://" + a.did + "/app.bsky.actor.profile/self", value})
}

// Block has an account block another.
func (n *Network) Block(handle, other string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.by(handle).blocks[n.by(other).did] = true
}

// Posted is a post as it stands.
type Posted struct {
	URI, Key, Text, Parent, Root string
	Langs                        []string
	CreatedAt, Came              time.Time
	Content                      json.RawMessage
}

// Posts are those of an account that stand, oldest first.
func (n *Network) Posts(handle string) (all []Posted) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.posts {
		if p.owner != n.by(handle) || p.gone {
			continue
		}
		c := p.parsed
		x := Posted{URI: p.uri(), Key: p.key, Text: c.Text, Langs: c.Langs, CreatedAt: c.CreatedAt, Came: p.came, Content: p.content}
		if c.Reply != nil {
			x.Parent, x.Root = c.Reply.Parent.URI, c.Reply.Root.URI
		}
		all = append(all, x)
	}
	return all
}

const (
	postType = "app.bsky.feed.post"
	stamp    = "2006-01-02T15:04:05.000Z"
)

type ref struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

type thread struct {
	Root   ref `json:"root"`
	Parent ref `json:"parent"`
}

// content is what is read of a post.
type content struct {
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"createdAt"`
	Langs     []string  `json:"langs"`
	Reply     *thread   `json:"reply"`
	Facets    []struct {
		Index struct {
			Start int `json:"byteStart"`
			End   int `json:"byteEnd"`
		} `json:"index"`
		Features []struct {
			DID string `json:"did"`
		} `json:"features"`
	} `json:"facets"`
	Embed *struct {
		Record ref `json:"record"`
	} `json:"embed"`
}

func (p *post) uri() string { return "at://" + p.owner.did + "/" + postType + "/" + p.key }

// write sets what stands in a post; it was checked before.
func (p *post) write(record json.RawMessage) {
	p.content, p.cid, p.parsed = record, digest(record), content{}
	_ = json.Unmarshal(record, &p.parsed)
}

// sorted is the time by which the network sorts a post.
func (p *post) sorted() time.Time {
	if c := p.parsed.CreatedAt; c.Before(p.came) {
		return c.UTC().Truncate(time.Millisecond)
	}
	return p.came.Truncate(time.Millisecond)
}

// by finds an account by handle or DID; nil when there is none. The network is locked.
func (n *Network) by(name string) *account {
	i := slices.IndexFunc(n.accounts, func(a *account) bool { return a.did == name || a.handle == name })
	if i < 0 {
		return nil
	}
	return n.accounts[i]
}

// at finds a post that stands. The network is locked.
func (n *Network) at(uri string) *post {
	i := slices.IndexFunc(n.posts, func(p *post) bool { return !p.gone && p.uri() == uri })
	if i < 0 {
		return nil
	}
	return n.posts[i]
}

package bluesky

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// refusal is an answer that is no success.
type refusal struct {
	status int
	name   string
}

func (r *refusal) Error() string { return r.name }

func refuse(status int, name string) *refusal { return &refusal{status, name} }

// request is one call, with whoever makes it.
type request struct {
	*http.Request
	body []byte
	who  *account
}

// calls by their names; open ones take no session.
var (
	open = map[string]func(*Network, request) (any, *refusal){
		"com.atproto.server.createSession":  (*Network).createSession,
		"com.atproto.server.refreshSession": (*Network).refreshSession,
	}
	closed = map[string]func(*Network, request) (any, *refusal){
		"com.atproto.server.getSession":           (*Network).getSession,
		"com.atproto.repo.putRecord":              (*Network).putRecord,
		"com.atproto.repo.getRecord":              (*Network).getRecord,
		"app.bsky.notification.listNotifications": (*Network).listNotifications,
		"app.bsky.feed.getPosts":                  (*Network).getPosts,
		"app.bsky.actor.getProfile":               (*Network).getProfile,
	}
)

// ServeHTTP answers a call, or breaks it.
func (n *Network) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/xrpc/")
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	n.mu.Lock()
	n.calls[name]++
	var f Fault
	if n.fault != nil {
		f = n.fault(name, n.calls[name])
	}
	var out any
	var bad *refusal
	if f.After || f.Status == 0 && !f.Torn && f.Answer == nil {
		out, bad = n.take(name, request{Request: r, body: body})
	}
	n.mu.Unlock()
	for k, v := range f.Header {
		w.Header()[k] = v
	}
	switch {
	case f.Answer != nil:
		f.Answer(w)
	case f.Torn:
		panic(http.ErrAbortHandler)
	case f.Status != 0:
		answer(w, nil, refuse(f.Status, f.Name))
	default:
		answer(w, out, bad)
	}
}

func answer(w http.ResponseWriter, out any, bad *refusal) {
	w.Header().Set("Content-Type", "application/json")
	if bad != nil {
		w.WriteHeader(bad.status)
		out = map[string]string{"error": bad.name, "message": "words of the server's own"}
	}
	_ = json.NewEncoder(w).Encode(out)
}

// take does a call. The network is locked.
func (n *Network) take(name string, r request) (any, *refusal) {
	if do, ok := open[name]; ok {
		return do(n, r)
	}
	do, ok := closed[name]
	if !ok {
		return nil, refuse(http.StatusNotImplemented, "MethodNotImplemented")
	}
	t, bad := n.bearer(r, "access")
	if bad != nil {
		return nil, bad
	}
	r.who = t.owner
	return do(n, r)
}

// token is one that was given.
type token struct {
	owner *account
	kind  string // access, refresh
	ends  time.Time
}

// The lives of tokens.
const (
	accessLife  = 2 * time.Hour
	refreshLife = 90 * 24 * time.Hour
	grace       = 2 * time.Hour // of a refresh token that was used
)

func (n *Network) bearer(r request, kind string) (token, *refusal) {
	t, ok := n.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	switch {
	case r.Header.Get("Authorization") == "":
		return t, refuse(http.StatusUnauthorized, "AuthMissing")
	case !ok || t.kind != kind:
		return t, refuse(http.StatusBadRequest, "InvalidToken")
	case !n.now().Before(t.ends):
		return t, refuse(http.StatusBadRequest, "ExpiredToken")
	}
	return t, nil
}

// give makes a pair of tokens.
func (n *Network) give(a *account) map[string]any {
	make := func(kind, scope string, life time.Duration) string {
		n.serial++
		ends := n.now().Add(life)
		claims := fmt.Sprintf(`{"scope":%q,"sub":%q,"exp":%d,"jti":"%d"}`, scope, a.did, ends.Unix(), n.serial)
		text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
		n.tokens[text] = token{a, kind, ends}
		return text
	}
	return map[string]any{
		"did": a.did, "handle": a.handle, "active": true,
		"accessJwt": make("access", "com.atproto.appPass", accessLife), "refreshJwt": make("refresh", "com.atproto.refresh", refreshLife),
	}
}

func (n *Network) createSession(r request) (any, *refusal) {
	var in struct{ Identifier, Password string }
	if json.Unmarshal(r.body, &in) != nil {
		return nil, refuse(http.StatusBadRequest, "InvalidRequest")
	}
	a := n.by(in.Identifier)
	if a == nil || a.password != in.Password {
		return nil, refuse(http.StatusUnauthorized, "AuthenticationRequired")
	}
	return n.give(a), nil
}

func (n *Network) refreshSession(r request) (any, *refusal) {
	t, bad := n.bearer(r, "refresh")
	if bad != nil {
		return nil, bad
	}
	if ends := n.now().Add(grace); ends.Before(t.ends) {
		t.ends = ends
		n.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] = t
	}
	return n.give(t.owner), nil
}

func (n *Network) getSession(r request) (any, *refusal) {
	return map[string]any{"did": r.who.did, "handle": r.who.handle, "active": true}, nil
}

func (n *Network) getProfile(r request) (any, *refusal) {
	a := n.by(r.URL.Query().Get("actor"))
	if a == nil {
		return nil, refuse(http.StatusBadRequest, "InvalidRequest")
	}
	return n.profile(a, r.who), nil
}

// profile is an account as another sees it.
func (n *Network) profile(a, by *account) map[string]any {
	viewer := map[string]any{"muted": by.mutes[a.did], "blockedBy": a.blocks[by.did]}
	if by.blocks[a.did] {
		viewer["blocking"] = "at://" + by.did + "/app.bsky.graph.block/1"
	}
	labels := append([]label{}, a.labels...)
	for _, v := range selfLabels(a.records["app.bsky.actor.profile/self"]) {
		labels = append(labels, label{a.did, "at://" + a.did + "/app.bsky.actor.profile/self", v})
	}
	return map[string]any{"did": a.did, "handle": a.handle, "displayName": a.name, "viewer": viewer, "labels": labels}
}

func selfLabels(record json.RawMessage) (all []string) {
	var p struct {
		Labels struct {
			Values []struct {
				Value string `json:"val"`
			} `json:"values"`
		} `json:"labels"`
	}
	_ = json.Unmarshal(record, &p)
	for _, v := range p.Labels.Values {
		all = append(all, v.Value)
	}
	return all
}

func apart(a, b *account) bool { return a.blocks[b.did] || b.blocks[a.did] }

func (n *Network) getPosts(r request) (any, *refusal) {
	found := []any{}
	for _, uri := range r.URL.Query()["uris"] {
		p := n.at(uri)
		if p == nil || apart(p.owner, r.who) {
			continue
		}
		found = append(found, map[string]any{
			"uri": uri, "cid": p.cid, "author": n.profile(p.owner, r.who), "record": p.content, "indexedAt": p.sorted().Format(stamp),
			"labels": append([]label{}, p.labels...), "viewer": map[string]bool{"replyDisabled": p.closed},
		})
	}
	return map[string]any{"posts": found}, nil
}

// listNotifications gives a page of an account's notifications, newest first.
func (n *Network) listNotifications(r request) (any, *refusal) {
	q := r.URL.Query()
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit < 1 || limit > 100 {
		return nil, refuse(http.StatusBadRequest, "InvalidRequest")
	}
	all := n.notifications(r.who, q["reasons"])
	if c := q.Get("cursor"); c != "" {
		below, err := time.Parse(time.RFC3339, c)
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "InvalidRequest")
		}
		all = slices.DeleteFunc(all, func(x notification) bool { return !x.at.Before(below) })
	}
	out := map[string]any{"priority": false}
	if len(all) > 0 { // as in the original, a last page has a cursor, too
		all = all[:min(limit, len(all))]
		out["cursor"] = all[len(all)-1].at.Format(stamp)
	}
	list := []any{}
	for _, x := range all {
		view := map[string]any{
			"uri": x.post.uri(), "cid": x.post.cid, "author": n.profile(x.post.owner, r.who), "reason": x.reason, "record": x.post.content,
			"isRead": false, "indexedAt": x.at.Format(stamp), "labels": append([]label{}, x.post.labels...),
		}
		if x.subject != "" {
			view["reasonSubject"] = x.subject
		}
		list = append(list, view)
	}
	out["notifications"] = list
	return out, nil
}

// notification is that an account is told of a post.
type notification struct {
	post            *post
	reason, subject string
	at              time.Time
}

func (n *Network) notifications(who *account, reasons []string) (all []notification) {
	for _, p := range n.posts {
		if p.gone || p.owner == who || apart(p.owner, who) || who.mutes[p.owner.did] {
			continue
		}
		if reason, subject := n.why(p, who); reason != "" && slices.Contains(reasons, reason) {
			all = append(all, notification{p, reason, subject, p.sorted()})
		}
	}
	slices.SortStableFunc(all, func(a, b notification) int { return b.at.Compare(a.at) })
	return all
}

// depth is how far above a reply those stand who are told of it.
const depth = 5

// why is for what an account is told of a post; "" when it is not.
func (n *Network) why(p *post, who *account) (reason, subject string) {
	c := p.parsed
	for _, f := range c.Facets {
		for _, x := range f.Features {
			if x.DID == who.did {
				return "mention", ""
			}
		}
	}
	if c.Embed != nil && strings.HasPrefix(c.Embed.Record.URI, "at://"+who.did+"/") {
		return "quote", c.Embed.Record.URI
	}
	for height := 1; height < depth && c.Reply != nil; height++ {
		uri := c.Reply.Parent.URI
		if strings.HasPrefix(uri, "at://"+who.did+"/") {
			return "reply", uri
		}
		above := n.at(uri)
		if above == nil {
			break
		}
		c = above.parsed
	}
	return "", ""
}

package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pronto/shared/channel/network"
)

// cursor is where a poll goes on.
type cursor struct {
	Last   string    `json:"last"`             // the newest notification that was seen
	Plain  bool      `json:"plain,omitempty"`  // the server knows no other type than mentions
	Single bool      `json:"single,omitempty"` // the server shows one post a request
	Looked time.Time `json:"looked,omitzero"`  // when the watched were looked at
	Watch  []watched `json:"watch,omitempty"`  // newest first; see look
	Asked  time.Time `json:"asked,omitzero"`   // when the server was asked whether it still pushes
	At     string    `json:"at,omitempty"`     // the desk's origin at which it did then; its whole address is nobody's to know
}

// The bounds of one poll.
const (
	pageSize   = 40 // notifications, which all servers give
	maxPages   = 3
	maxThreads = 10 // looks at what a post goes on with
)

// start is older than any id, be it a number or a ULID.
var start = strings.Repeat("0", 26)

// poll reads the notifications after a cursor, oldest first. Wherever it ends, it goes on from there.
func (l *line) poll(ctx context.Context, kept []byte) (network.Page, error) {
	var c cursor
	if kept == nil {
		return l.begin(ctx)
	}
	if json.Unmarshal(kept, &c) != nil || !validID(c.Last) {
		return network.Page{}, errors.New("the cursor makes no sense")
	}
	p := &polling{line: l, cursor: c, threads: maxThreads}
	err := p.pages(ctx)
	if err != nil && len(p.posts) == 0 {
		return network.Page{}, err
	}
	if err == nil && len(p.posts) == 0 {
		err = onlyLimits(errors.Join(p.look(ctx), p.renew(ctx)))
	}
	return p.page(err)
}

// onlyLimits passes over what went wrong beside the list, which is no promise; a limit is a limit for all.
func onlyLimits(err error) error {
	var limited *network.Limited
	if errors.As(err, &limited) {
		return err
	}
	return nil
}

// begin passes over what is there already.
func (l *line) begin(ctx context.Context) (network.Page, error) {
	p := &polling{line: l, cursor: cursor{Last: start, Asked: l.now().UTC()}}
	list, _, err := p.list(ctx, "", 1)
	if err != nil {
		return network.Page{}, err
	}
	for _, n := range list {
		if later(string(n.ID), p.Last) {
			p.Last = string(n.ID)
		}
	}
	return p.page(nil)
}

// polling is one poll under way.
type polling struct {
	*line
	cursor
	posts   []network.Post
	threads int // looks that are left
	more    bool
	wait    time.Time
}

// page ends a poll: also one that broke off behind some posts.
func (p *polling) page(broke error) (network.Page, error) {
	var limited *network.Limited
	if errors.As(broke, &limited) {
		p.wait = limited.Until
	}
	kept, err := json.Marshal(p.cursor)
	return network.Page{Posts: p.posts, Cursor: kept, More: p.more || broke != nil, Wait: p.wait}, err
}

// received is a notification as it is listed: its post as the server gave it.
type received struct {
	ID        text            `json:"id"`
	Type      text            `json:"type"`
	CreatedAt instant         `json:"created_at"`
	Status    json.RawMessage `json:"status"`
}

func (p *polling) pages(ctx context.Context) error {
	for range maxPages {
		list, next, err := p.list(ctx, p.Last, pageSize)
		if err != nil {
			return err
		}
		p.more = len(list) >= pageSize/4 // how many a page has is the server's to say
		if len(list) == 0 && next == "" {
			return nil
		}
		for _, n := range list {
			done, err := p.take(ctx, n)
			if err != nil || !done {
				p.more = true
				return err
			}
			p.Last = string(n.ID)
		}
		if next != "" && later(next, p.Last) {
			p.Last = next // behind what the server left out of the page
		}
		if !p.more || len(p.posts)+2*pageSize > network.MaxPage {
			return nil
		}
	}
	return nil
}

// list gets the notifications that follow an id ("": the newest), oldest first, and what the server says where the next page begins. Whatever is not behind the id
// is left out: a server that turns in circles gets nowhere.
func (p *polling) list(ctx context.Context, after string, most int) (all []received, next string, err error) {
	query := url.Values{
		"limit": {strconv.Itoa(most)}, "types[]": {"mention", "quote", "update"},
		"include_filtered": {"true"}, // Mastodon puts strangers' mentions aside where the account's settings say so: customers are strangers
	}
	if p.Plain {
		query["types[]"] = []string{"mention"}
	}
	if after != "" {
		query.Set("min_id", after)
	}
	var items []json.RawMessage
	answer, err := p.get(ctx, "/api/v1/notifications", query, maxList, &items)
	if (answer.Status == http.StatusBadRequest || answer.Status == http.StatusUnprocessableEntity) && !p.Plain {
		p.Plain = true
		return p.list(ctx, after, most)
	}
	if err != nil {
		return nil, "", err
	}
	p.heed(answer.Header)
	for _, item := range items {
		var n received
		if json.Unmarshal(item, &n) == nil && validID(string(n.ID)) && (after == "" || later(string(n.ID), after)) {
			all = append(all, n)
		}
	}
	if len(all) == 0 && len(items) > 0 && after == "" {
		return nil, "", network.ErrGarbled
	}
	slices.SortStableFunc(all, func(a, b received) int {
		if later(string(b.ID), string(a.ID)) {
			return -1
		}
		return 1
	})
	if len(all) > 2*pageSize {
		return all[:2*pageSize], "", nil
	}
	return all, p.following(answer.Header), nil
}

// following is where the next page begins by the server's word (Link, rel="prev"), "" when it says nothing of use. Only the id is taken: no address of a server's
// is ever called.
func (p *polling) following(h http.Header) string {
	for part := range strings.SplitSeq(h.Get("Link"), ",") {
		target, rel, _ := strings.Cut(part, ";")
		if !strings.Contains(rel, `rel="prev"`) {
			continue
		}
		u, err := url.Parse(strings.Trim(strings.TrimSpace(target), "<>"))
		if err != nil || u.Host != p.base.Host || u.Scheme != p.base.Scheme || u.Path != p.base.Path+"/api/v1/notifications" {
			return ""
		}
		if id := u.Query().Get("min_id"); validID(id) {
			return id
		}
	}
	return ""
}

// spare is how many requests are left to the Sender of what a server allows in five minutes.
const spare = 30

// heed waits where the server's limit is nearly used up.
func (p *polling) heed(h http.Header) {
	left, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	if err == nil && left <= spare {
		p.wait = network.Reset(h, p.now())
	}
}

// take makes a Post of a notification. It is not done when this poll has looked at as many threads as it may: the next begins here.
func (p *polling) take(ctx context.Context, n received) (done bool, err error) {
	var s status
	if json.Unmarshal(n.Status, &s) != nil || !validID(string(s.ID)) {
		if len(n.Status) == 0 || string(n.Status) == "null" {
			return true, nil // a type without a post, or one that is gone
		}
		// A person looks at what nobody can read.
		return true, p.keep(network.Created, "notification-"+string(n.ID), n.CreatedAt, "", n.Status)
	}
	switch n.Type {
	case "mention", "quote":
		if s.InReplyTo != "" && p.threads == 0 {
			return false, nil
		}
		before, err := p.joins(ctx, s)
		if err != nil {
			return false, err
		}
		p.watch(s)
		return true, p.keep(network.Created, string(s.ID), n.CreatedAt, before, n.Status)
	case "update":
		if !s.mentions(p.own.AccountID) {
			return true, nil
		}
		p.watch(s)
		return true, p.keep(network.Edited, string(s.ID), n.CreatedAt, "", n.Status)
	}
	return true, nil // a server that does not heed types[]
}

// keep adds a Post.
func (p *polling) keep(ev network.Event, id string, at instant, before string, s json.RawMessage) error {
	raw, err := envelope{Event: ev, Account: p.account.Handle, Host: p.base.Host, At: at, InReplyTo: before, Status: s}.raw()
	if err != nil {
		return err
	}
	p.posts = append(p.posts, network.Post{ID: qualified(id, p.base.Host), Raw: raw})
	return nil
}

package bluesky

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"pronto/shared/channel/network"
)

// The bounds of one poll, whatever the server says.
const (
	perPage  = 100 // as many as the server gives at once
	maxCalls = 10
	sweep    = 5 * time.Minute // how often all is read down to the floor, and not only to the first page with something known
)

// poller reads an account's notifications.
type poller struct{ *client }

// item is one notification.
type item struct {
	at  time.Time // by which the server sorts it: when it came, or when its author says that he wrote it, whichever is earlier
	id  string
	raw json.RawMessage
}

// poll gives what is new after a cursor, oldest first. It goes down from the newest to what is known and gives the lowest of what it found, so that nothing is
// taken before what it answers. Where the way down is longer than one poll may be, it puts a mark and goes on from there the next time.
func (p *poller) poll(ctx context.Context, kept []byte) (network.Page, error) {
	if kept == nil {
		return p.first(ctx)
	}
	c, err := readCursor(kept)
	if err != nil {
		return network.Page{}, err
	}
	was := c.after()
	found, bottom, err := p.down(ctx, &c)
	if err != nil {
		return network.Page{}, err
	}
	page := network.Page{More: len(c.Marks) > 0, Wait: p.patience()}
	if bottom {
		page.Posts, page.More, err = p.up(&c, found, was)
	}
	if err != nil {
		return network.Page{}, err
	}
	page.Cursor, err = json.Marshal(c)
	return page, err
}

// first passes over what there is: what is listed counts as taken, and what may lie below it as too old.
func (p *poller) first(ctx context.Context) (network.Page, error) {
	items, next, err := p.list(ctx, "")
	if err != nil {
		return network.Page{}, err
	}
	now := p.now().UTC()
	c := cursor{Floor: now.Add(-overlap), Swept: now, Read: now}
	c.took(items)
	switch {
	case next != "" && len(items) > 0:
		c.raise(items[len(items)-1].at.UnixMilli())
	case next != "":
		c.raise(now.UnixMilli())
	}
	b, err := json.Marshal(c)
	return network.Page{Cursor: b, Wait: p.patience()}, err
}

// down goes from the deepest mark, or from the newest, to what is known. bottom is false when it has not come so far yet. Of what it finds, newest first, the
// lowest network.MaxPage are kept and one more, which tells that there are more.
func (p *poller) down(ctx context.Context, c *cursor) (found []item, bottom bool, err error) {
	at, now := "", p.now().UTC()
	if n := len(c.Marks); n > 0 {
		at = c.Marks[n-1]
	}
	sweeping := now.Sub(c.Swept).Abs() >= sweep
	mark := at
	for n := range maxCalls {
		items, next, err := p.list(ctx, at)
		if status(err) == http.StatusBadRequest && len(c.Marks) > 0 {
			c.Marks = nil // the server knows its own positions no more: from the top, the next time
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		known := false
		for _, i := range items {
			switch {
			case i.at.Before(c.Floor):
				bottom = true
			case c.has(i):
				known = true
			case !slices.ContainsFunc(found, func(f item) bool { return f.id == i.id }):
				found = append(found, i)
			}
		}
		found = found[max(0, len(found)-network.MaxPage-1):]
		if next == "" || bottom {
			c.Swept, bottom = now, true
		}
		if bottom || known && !sweeping {
			return found, true, nil
		}
		if next = overlapping(next, items); next == at {
			return nil, false, network.ErrGarbled
		}
		if at = next; n < maxCalls-1 {
			mark = at // one page above the end: from what is above the mark its end, or something known below it, is always in reach
		}
	}
	if len(c.Marks) >= maxMarks {
		return nil, false, network.ErrGarbled // a hundred thousand, and no end: the cursor stays, and so does what is new
	}
	c.Marks = append(c.Marks, mark)
	return nil, false, nil
}

// overlapping is the server's next position, where it is the time of the last item: a millisecond later. The official server begins below its positions, and would
// leave out what has the very same time as the last item of a page. A page of one single millisecond goes on as the server says.
func overlapping(next string, items []item) string {
	t, err := time.Parse(time.RFC3339, next)
	if err != nil || len(items) == 0 || !t.Equal(items[len(items)-1].at) || t.Equal(items[0].at) {
		return next
	}
	return t.UTC().Add(time.Millisecond).Format(stamp)
}

// up takes the lowest of what was found, oldest first. With a mark there is more above it.
func (p *poller) up(c *cursor, found []item, was time.Time) (posts []network.Post, more bool, err error) {
	now := p.now().UTC()
	if more = len(found) > network.MaxPage; more {
		found = found[1:]
	} else if n := len(c.Marks); n > 0 {
		c.Marks, more = c.Marks[:n-1], true
	}
	slices.Reverse(found)
	for _, i := range found {
		raw, err := wrap(i, p.did(), was)
		if err != nil {
			return nil, false, err
		}
		posts = append(posts, network.Post{ID: i.id, Raw: raw})
	}
	c.took(found)
	if !more {
		c.Read = now
	}
	return posts, more, nil
}

// did is the account's own.
func (c *client) did() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known.DID
}

// list asks for one page, newest first; next is "" after the last.
func (p *poller) list(ctx context.Context, at string) (items []item, next string, err error) {
	q := url.Values{"limit": {strconv.Itoa(perPage)}, "reasons": {"mention", "reply", "quote"}, "priority": {"false"}}
	if at != "" {
		q.Set("cursor", at)
	}
	var page struct {
		Notifications []json.RawMessage `json:"notifications"`
		Cursor        string            `json:"cursor"`
	}
	if err := p.do(ctx, call{name: "app.bsky.notification.listNotifications", query: q}, &page); err != nil {
		return nil, "", err
	}
	if len(page.Notifications) > perPage || len(page.Cursor) > maxPosition {
		return nil, "", network.ErrGarbled
	}
	for _, raw := range page.Notifications {
		items = append(items, p.item(raw))
	}
	return items, page.Cursor, nil
}

// maxPosition caps the server's own cursor in bytes: it is kept.
const maxPosition = 512

// item reads of a notification what its place and its name are. One that has neither is known by its bytes, and held for a person when it is decoded: no
// single one keeps the others from being read.
func (p *poller) item(raw json.RawMessage) item {
	var n struct {
		URI       string    `json:"uri"`
		IndexedAt time.Time `json:"indexedAt"`
	}
	if json.Unmarshal(raw, &n) == nil && !n.IndexedAt.IsZero() {
		if _, _, ok := split(n.URI); ok {
			return item{earlier(n.IndexedAt, p.now()), n.URI, raw}
		}
	}
	sum := sha256.Sum256(raw)
	return item{p.now().UTC(), "unreadable:" + hex.EncodeToString(sum[:16]), raw}
}

// earlier keeps a server's future out of the cursor.
func earlier(t, now time.Time) time.Time {
	if t.After(now) {
		t = now
	}
	return t.UTC()
}

// envelope is how a notification travels and is kept.
type envelope struct {
	Account      string          `json:"account"`         // the DID of the account that was told
	After        time.Time       `json:"after,omitzero"`  // when it was not there yet
	Large        bool            `json:"large,omitempty"` // its text was larger than any notification is, and is left out
	Notification json.RawMessage `json:"notification,omitempty"`
}

func wrap(i item, account string, after time.Time) ([]byte, error) {
	e := envelope{Account: account, After: after, Notification: i.raw}
	b, err := json.Marshal(e)
	if err != nil || len(b) <= network.MaxRaw {
		return b, err
	}
	e.Large, e.Notification = true, nil
	return json.Marshal(e)
}

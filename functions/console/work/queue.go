package work

import (
	"context"
	"net/http"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// pageSize is how many conversations a page of the queue has at most.
const pageSize = 50

// badView names the views.
func badView() *Problem {
	return Refuse(http.StatusBadRequest, "view", "view is one of priority, mine, unassigned, pending, breached, unawaited, all")
}

// Page is a page of the queue. An empty cursor is the end; a short page is not.
type Page struct {
	Items  []Conversation `json:"items"`
	Cursor string         `json:"cursor"`
}

// views are the lists of a queue by their names: what of the index they read.
func view(name string, by *policy.Agent, b []*policy.Brand, now time.Time) ([]store.List, bool) {
	ids := func() (all []string) {
		for _, x := range b {
			all = append(all, x.ID)
		}
		return all
	}()
	switch name {
	case "", "priority":
		return []store.List{{Brands: ids, Lots: []store.Lot{store.Open}}}, true
	case "all":
		return []store.List{{Brands: ids, Lots: []store.Lot{store.Open, store.Waiting, store.Unawaited}}}, true
	case "unawaited":
		return []store.List{{Brands: ids, Lots: []store.Lot{store.Unawaited}}}, true
	case "pending":
		return []store.List{{Brands: ids, Lots: []store.Lot{store.Waiting}}}, true
	case "breached":
		late := func(c store.Card) bool { return c.Breached || c.Due != nil && !c.Due.After(now) }
		return []store.List{{Brands: ids, Lots: []store.Lot{store.Open, store.Waiting}, Keep: late}}, true
	case "mine":
		return []store.List{{Brands: ids, Agent: by.ID}}, true
	case "unassigned":
		var lists []store.List
		for _, x := range b {
			lists = append(lists, store.List{Brands: []string{x.ID}, Agent: x.Team.ID})
		}
		return lists, true
	}
	return nil, false
}

// Query says what of the queue is asked for. The zero Query is the first page of what is owed now, over all the agent's brands.
type Query struct {
	View    string // priority (the default), mine, unassigned, pending, breached, unawaited, all
	Brand   string // "" for all of the agent's
	Channel string // "" for all
	Cursor  string // of the page before

	Language string // "" for all
	Tag      string // "" for all
}

// Queue is a page of the queue: most urgent first, then what falls due first; within the page, and there within one priority, what it costs most to let wait.
func (d *Desk) Queue(ctx context.Context, by *policy.Agent, q Query) (Page, *Problem) {
	brands, p := d.brands(by, SeeQueue, q.Brand)
	if p != nil {
		return Page{}, p
	}
	lists, ok := view(q.View, by, brands, d.Now())
	if !ok {
		return Page{}, badView()
	}
	after, ok := position(q.Cursor)
	if !ok {
		return Page{}, badCursor()
	}
	if p := d.narrowed(q); p != nil {
		return Page{}, p
	}
	page, err := d.list(ctx, lists, after, q.keeps)
	if err != nil {
		return Page{}, d.Unable("queue", err)
	}
	return page, nil
}

// narrowed tells what is wrong with how a query narrows the queue.
func (d *Desk) narrowed(q Query) *Problem {
	_, ok := view(q.View, &policy.Agent{}, nil, time.Time{})
	_, isTag := desk.Tag(q.Tag)
	switch {
	case !ok:
		return badView()
	case q.Channel != "" && !slices.Contains(policy.Channels, q.Channel):
		return Refuse(http.StatusBadRequest, "channel", "no channel has this name")
	case q.Language != "" && !policy.IsLanguage(q.Language):
		return Refuse(http.StatusBadRequest, "language", "write its two letters (ISO 639-1), as in en")
	case q.Tag != "" && !isTag:
		return badTag()
	}
	return nil
}

// keeps tells whether a query is about a conversation.
func (q Query) keeps(c store.Card) bool {
	tag, _ := desk.Tag(q.Tag)
	return (q.Channel == "" || c.Channel == q.Channel) && (q.Language == "" || c.Language == q.Language) && (q.Tag == "" || slices.Contains(c.Tags, tag))
}

// list reads a page by the index, and then the conversations themselves, since the index is a moment behind.
func (d *Desk) list(ctx context.Context, lists []store.List, after string, keeps func(store.Card) bool) (Page, error) {
	page := Page{Items: []Conversation{}}
	entries, next, err := d.entries(ctx, lists, after, keeps)
	if err != nil {
		return page, err
	}
	var refs []desk.Ref
	for _, e := range entries {
		refs = append(refs, e.Ref)
	}
	found, err := d.store.Conversations(ctx, refs)
	if err != nil {
		return page, err
	}
	for _, ref := range refs {
		if c := found[ref]; c != nil && c.Status != desk.StatusResolved && c.Status != desk.StatusClosed {
			one := d.shown(c)
			one.Waiting = costing(c, d.Policy.Brand(c.Brand), d.Now())
			page.Items = append(page.Items, one)
		}
	}
	byCost(page.Items, d.Policy)
	page.Cursor = toCursor(next)
	return page, nil
}

// entries are the first of all lists together.
func (d *Desk) entries(ctx context.Context, lists []store.List, after string, keeps func(store.Card) bool) (all []store.Entry, next string, err error) {
	for _, l := range lists {
		keep := l.Keep
		l.After, l.Max = after, pageSize
		l.Keep = func(c store.Card) bool { return keeps(c) && (keep == nil || keep(c)) }
		got, end, err := d.store.Queue(ctx, l)
		if err != nil {
			return nil, "", err
		}
		all = append(all, got...)
		if end != "" && (next == "" || end < next) {
			next = end // nothing behind the shortest list's end is sure yet
		}
	}
	slices.SortFunc(all, func(a, b store.Entry) int {
		if a.At < b.At {
			return -1
		}
		return 1
	})
	if next != "" {
		all = slices.DeleteFunc(all, func(e store.Entry) bool { return e.At > next })
	}
	if len(all) > pageSize {
		all = all[:pageSize]
		next = all[pageSize-1].At
	}
	return all, next, nil
}

// position reads a cursor of the queue.
func position(cursor string) (after string, ok bool) {
	after, ok = uncursor(cursor)
	if ok && after != "" && (len(after) < 2 || after[0] < '0' || after[0] > '9' || after[1] != '#') {
		return "", false
	}
	return after, ok
}

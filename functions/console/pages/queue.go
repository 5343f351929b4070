package pages

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// tab is one of the queue's views.
type tab struct {
	Name, Words, Href string
	On                bool
}

// views are the queue's own, with their names.
var views = []struct {
	name string
	words.Key
}{
	{"priority", words.Key("To answer")}, {"mine", words.Key("Mine")}, {"unassigned", words.Key("Unassigned")}, {"pending", words.Key("Waiting")},
	{"breached", words.Key("Overdue")}, {"unawaited", words.Key("Nobody waits ‹view›")}, {"all", words.Key("All")},
}

// queueView is a page of the queue.
type queueView struct {
	Tabs          []tab
	View          string
	Brands        []option // none when the agent has one
	Channels      []option
	Filtered      bool
	Letters       []begunView
	Offered       int // shifts that wait for this agent's word
	Rows          []row
	More          string // address of the next page
	First         string // address of the first, on a later one
	Told          []toldView
	Languages     []option
	Tag           string
	Kept          []tab      // lists of the agent's own
	Own           []keptView // of them, those that he may take off
	Bulk          bulkView
	Brand         string // of a list that is kept: chosen, or the only one
	Lead          bool   // of that brand
	Poll, Version string // where the rows are asked for again, and what they are now
}

// option is one of a select.
type option struct {
	Value, Words string
	On           bool
}

// row is a conversation in the queue.
type row struct {
	ID, Contact, Subject, Channel, Language, Brand string
	LanguageCode                                   string
	Assignee                                       string
	Untitled                                       string // stands where there is no subject
	Mine                                           bool
	Priority, Status                               string
	Why                                            []quote
	Due                                            *moment
	DueOf                                          string
	Last                                           moment
	Version                                        int
	Waits, WaitsFull                               string // what it costs to let it wait
	Tags                                           []string
	Choosable                                      bool
	Hurts                                          string // why its subject and reasons are hidden
	Draft                                          bool   // the agent has begun something here
}

// queue answers GET /console[?view=&brand=&channel=&cursor=].
func (h *Handler) queue(w http.ResponseWriter, v *visit) {
	q := v.URL.Query()
	seen, known := h.looks(v, q.Get("brand"))
	if known {
		w.Header().Set("ETag", v.Header.Get("If-None-Match"))
		w.WriteHeader(http.StatusNotModified)
		return
	}
	page_, p := h.desk.Queue(v.Context(), v.by, work.Query{View: q.Get("view"), Brand: q.Get("brand"), Channel: q.Get("channel"), Language: q.Get("language"), Tag: q.Get("tag"), Cursor: q.Get("cursor")})
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	view := queueView{View: cmp.Or(q.Get("view"), "priority"), Poll: with(q), Filtered: q.Get("brand")+q.Get("channel")+q.Get("language")+q.Get("tag") != ""}
	several := len(v.by.Brands) > 1
	for _, c := range page_.Items {
		r := h.row(v, c, several)
		r.Choosable = true
		view.Rows = append(view.Rows, r)
	}
	view.Letters = h.begun(v, view.Rows)
	seen.print = strings.Trim(version(view.Rows), `"`)
	view.Version = seen.tag()
	if live(v.Request) {
		h.freshQueue(w, v, seen, &view)
		return
	}
	h.furnish(&view, v, q, page_.Cursor, several)
	var err error
	if view.Offered, err = h.desk.Offered(v.Context(), v.by); err != nil { // the queue is worth more than this
		h.desk.Log.Error("page", "error", "the handovers cannot be read")
	}
	view.Told = h.told(v, "", several)
	done, undo := h.bulkSaid(v)
	if undo == nil {
		undo = h.leaving(v)
	}
	h.render(w, http.StatusOK, "queue", v, page{Title: v.T("Queue"), At: "queue", Said: cmp.Or(done, v.T(said[q.Get("said")])), Undo: undo, Body: &view})
}

// foundView is what a search finds.
type foundView struct {
	Q, Alert, More string
	Rows           []row
	Whose, All     string // where all of it is one contact's: who that is, and all that was written with them
}

// search answers GET /console/search?q=[&cursor=].
func (h *Handler) search(w http.ResponseWriter, v *visit) {
	q := v.URL.Query()
	view, status := foundView{Q: q.Get("q")}, http.StatusOK
	if !q.Has("q") { // nothing was asked yet
		h.render(w, status, "found", v, page{Title: v.T("Search"), At: "search", Body: &view})
		return
	}
	found, p := h.desk.Search(v.Context(), v.by, view.Q, "", q.Get("cursor"))
	switch {
	case p != nil && p.Status != http.StatusBadRequest && p.Status != http.StatusUnprocessableEntity:
		h.problem(w, v.Request, v, p)
		return
	case p != nil:
		view.Alert, status = v.trouble(p), p.Status
	}
	for _, c := range found.Items {
		view.Rows = append(view.Rows, h.row(v, c, len(v.by.Brands) > 1))
	}
	if n := len(found.Items); n > 0 && !slices.ContainsFunc(found.Items, func(c work.Conversation) bool { return c.Contact.ID != found.Items[0].Contact.ID }) {
		// Of one whose next answer goes to somebody else the name is that one's.
		if i := slices.IndexFunc(found.Items, func(c work.Conversation) bool { return c.Reader == c.Contact.ID }); i >= 0 {
			c := found.Items[i]
			view.Whose, view.All = cmp.Or(c.Contact.Name, c.Contact.Address, v.T("unknown")), allOf(c.ID)
		}
	}
	if found.Cursor != "" {
		view.More = "/console/search?" + url.Values{"q": {view.Q}, "cursor": {found.Cursor}}.Encode()
	}
	h.render(w, status, "found", v, page{Title: v.T("Search"), At: "search", Body: &view})
}

// furnish adds what stands around the rows.
func (h *Handler) furnish(view *queueView, v *visit, q url.Values, cursor string, several bool) {
	for _, t := range views {
		view.Tabs = append(view.Tabs, tab{t.name, v.T(t.Key), with(q, "view", t.name, "cursor", ""), t.name == view.View})
	}
	if several {
		for _, id := range v.by.Brands {
			if b := h.desk.Policy.Brand(id); b != nil {
				view.Brands = append(view.Brands, option{id, b.Name, q.Get("brand") == id})
			}
		}
	}
	for _, c := range policy.Channels {
		view.Channels = append(view.Channels, option{c, v.channel(c), q.Get("channel") == c})
	}
	languages := []string{}
	for _, b := range h.brands(v) {
		languages = append(languages, h.spoken(v, b.ID)...)
	}
	for _, l := range v.byName(languages) {
		view.Languages = append(view.Languages, option{l, v.language(l), q.Get("language") == l})
	}
	view.Tag, view.Bulk = q.Get("tag"), h.bulkOf(v, q)
	if view.Brand = q.Get("brand"); view.Brand == "" && !several && len(v.by.Brands) == 1 {
		view.Brand = v.by.Brands[0]
	}
	view.Lead = view.Brand != "" && work.May(v.by, view.Brand, work.SetMacro)
	h.kept(view, v, q)
	if cursor != "" {
		view.More = with(q, "cursor", cursor)
	}
	if q.Get("cursor") != "" {
		view.First = with(q, "cursor", "")
	}
}

// with is the queue's address with other parameters, in pairs; an empty one is left out.
func with(q url.Values, pairs ...string) string {
	now := url.Values{}
	for _, name := range []string{"view", "brand", "channel", "language", "tag", "cursor"} {
		if i := slices.Index(pairs, name); i >= 0 && i%2 == 0 {
			now.Set(name, pairs[i+1])
		} else {
			now.Set(name, q.Get(name))
		}
		if now.Get(name) == "" {
			now.Del(name)
		}
	}
	if len(now) == 0 {
		return "/console"
	}
	return "/console?" + now.Encode()
}

func (h *Handler) row(v *visit, c work.Conversation, several bool) row {
	r := row{
		ID: c.ID, Contact: cmp.Or(c.Contact.Name, c.Contact.Address, v.T("unknown")), Subject: c.Subject, Channel: v.channel(c.Channel), Untitled: v.untitled(c.Channel), Language: v.language(c.Language), LanguageCode: c.Language,
		Assignee: c.Assignee.Name, Mine: c.Assignee.ID == v.by.ID, Priority: string(c.Priority), Why: v.quoted(slices.DeleteFunc(whyOf(c), isCell)),
		Last: v.at(c.Last), Version: c.Version, Tags: c.Tags,
	}
	if n := len(c.Participants); n > 0 {
		r.Contact = v.T("%[2]s and %[1]d other | %[2]s and %[1]d others", n, r.Contact)
	}
	if c.Unawaited {
		r.Assignee, r.Mine = "", false // it is nobody's
	}
	r.Hurts = h.hurt(v, c.Abuse)
	if b := h.desk.Policy.Brand(c.Brand); several && b != nil {
		r.Brand = b.Name
	}
	if c.Status != desk.StatusOpen {
		r.Status = v.T(statuses[c.Status])
	}
	if c.Snoozed != nil && c.Status == desk.StatusSnoozed {
		r.Status = v.T("snoozed until %s", v.at(*c.Snoozed).Words)
	}
	if c.Waiting != nil {
		r.Waits, r.WaitsFull = v.waiting(c.Waiting)
	}
	for _, s := range c.Scheduled {
		if s.Stopped == "" {
			r.Status = v.T("an answer leaves %s", v.at(s.At).Words)
		} else {
			r.Status = v.T("an answer has not left")
		}
	}
	if t := next(c); t != nil {
		m := v.at(t.Due)
		r.Due, r.DueOf = &m, v.T(targets[t.Kind])
	}
	return r
}

// waiting is what it costs to let somebody wait, in a few words and in a sentence.
func (v *visit) waiting(w *work.Waiting) (short, full string) {
	cost := v.Money(w.Unit, max(1, w.Cost), 0)
	return v.T("waiting costs %s: %s", cost, v.said(w.Why.Short())), v.T("%s more would cost about %s, by the brand's prior: %s", w.Per, cost, v.said(w.Why.Words()))
}

// whyOf are the reasons of a priority, without its name before them.
func whyOf(c work.Conversation) (all []string) {
	for _, w := range c.PriorityWhy {
		all = append(all, strings.TrimPrefix(w, string(c.Priority)+": "))
	}
	return all
}

// isCell tells whether a reason is the place of the table of priorities: the conversation's page has it, a row of the queue has no room.
func isCell(why string) bool { return strings.HasPrefix(why, triage.CellPrefix) }

// next is the target that is due first of those that a person still owes; one that is breached is owed until it is answered.
func next(c work.Conversation) (first *work.Target) {
	for i, t := range c.Targets {
		owed := t.State == sla.Running || t.State == sla.Breached && t.Kind != sla.Resolution && c.Status == desk.StatusOpen && owes(c, i)
		if owed && (first == nil || t.Due.Before(first.Due)) {
			first = &c.Targets[i]
		}
	}
	return first
}

// owes tells whether a breached target is the newest of the answers that are owed.
func owes(c work.Conversation, i int) bool {
	for _, t := range c.Targets[i+1:] {
		if t.Kind != sla.Resolution {
			return false
		}
	}
	return c.Promise != nil && c.Promise.State != desk.PromiseKept
}

// version is a fingerprint of what a part of a page shows.
func version(shown any) string {
	b, err := json.Marshal(shown)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:8]) + `"`
}

// fresh answers what a page asks by itself: 304 while it shows what there is.
func (h *Handler) fresh(w http.ResponseWriter, v *visit, version, name string, p page) {
	w.Header().Set("ETag", version)
	if v.Header.Get("If-None-Match") == version {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.render(w, http.StatusOK, name, v, p)
}

// morning is nine o'clock, so many days from now.
func morning(now time.Time, zone *time.Location, days int) time.Time {
	l := now.In(zone)
	return time.Date(l.Year(), l.Month(), l.Day()+days, 9, 0, 0, 0, zone)
}

package pages

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/account"
	"pronto/shared/desk"
)

// beside are the views of what has no receipt or no place, each by its address, so that whoever looks at a sum finds every message of it.
func (v *visit) beside(brand, now string) []option {
	held := func(more ...string) string {
		q := url.Values{"brand": {brand}}
		for i := 0; i+1 < len(more); i += 2 {
			q.Set(more[i], more[i+1])
		}
		return "/console/held?" + q.Encode()
	}
	of := url.Values{"brand": {brand}}.Encode()
	all := []option{
		{held(), v.T("Waiting ‹held›"), now == "waiting"},
		{held("reason", string(desk.HoldQuarantined)), v.T("Quarantined"), now == string(desk.HoldQuarantined)},
		{held("reason", string(desk.HoldBlocked)), v.T("Of blocked senders"), now == string(desk.HoldBlocked)},
		{held("state", "dismissed"), v.T("Dismissed ‹held›"), now == "dismissed"},
		{held("state", "released"), v.T("Released ‹held›"), now == "released"},
	}
	if brand == account.NoBrand {
		return all
	}
	return append(all, option{"/console/suppressed?" + of, v.T("Without a receipt"), now == "suppressed"}, option{"/console/blocks?" + of, v.T("Blocked senders"), now == "blocks"})
}

// suppressedView is what got no receipt of a brand's day.
type suppressedView struct {
	Brands, Views      []option
	Day, Before, After string
	Total              int
	Reasons            []option
	Rows               []suppressedRow
	First, More        string
	Heading            string
}

type suppressedRow struct {
	Conversation, Who, Subject, Words, Channel, Status string
	When                                               moment
}

// suppressed answers GET /console/suppressed[?brand=&day=&reason=&cursor=].
func (h *Handler) suppressed(w http.ResponseWriter, v *visit) {
	q := v.URL.Query()
	brand := h.chosen(v)
	list, p := h.desk.Suppressed(v.Context(), v.by, work.SuppressedQuery{Brand: brand, Day: q.Get("day"), Reason: q.Get("reason"), Cursor: q.Get("cursor")})
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	t, _ := time.Parse(time.DateOnly, list.Day)
	address := func(day, reason, cursor string) string {
		to := url.Values{"brand": {list.Brand}, "day": {day}}
		for name, value := range map[string]string{"reason": reason, "cursor": cursor} {
			if value != "" {
				to.Set(name, value)
			}
		}
		return "/console/suppressed?" + to.Encode()
	}
	view := suppressedView{
		Views: v.beside(list.Brand, "suppressed"), Heading: v.Time(t, "Monday 2 January 2006"), Day: list.Day, Total: total(list.Counts),
		Before: address(t.AddDate(0, 0, -1).Format(time.DateOnly), q.Get("reason"), ""),
	}
	if list.Day < desk.Day(v.now) {
		view.After = address(t.AddDate(0, 0, 1).Format(time.DateOnly), q.Get("reason"), "")
	}
	view.Reasons = v.reasons(list, q.Get("reason"), address)
	for _, s := range list.Items {
		view.Rows = append(view.Rows, suppressedRow{
			s.Conversation, cmp.Or(s.Contact.Name, s.Contact.Address), h.subject(v, s.Subject, s.Abuse), sentence(v.said(s.Words)), v.channel(s.Channel), v.T(statuses[s.Status]), v.at(s.Opened),
		})
	}
	if list.Cursor != "" {
		view.More = address(list.Day, q.Get("reason"), list.Cursor)
	}
	if q.Get("cursor") != "" {
		view.First = address(list.Day, q.Get("reason"), "")
	}
	for _, b := range h.brands(v) {
		if len(v.by.Brands) > 1 {
			view.Brands = append(view.Brands, option{"/console/suppressed?" + url.Values{"brand": {b.ID}, "day": {list.Day}}.Encode(), b.Name, b.ID == list.Brand})
		}
	}
	h.render(w, http.StatusOK, "suppressed", v, page{Title: v.T("Without a receipt"), At: "held", Body: &view})
}

// reasons are the day's, with how many each has, by their addresses.
func (v *visit) reasons(p work.SuppressedPage, now string, address func(day, reason, cursor string) string) (all []option) {
	for code, n := range p.Counts {
		all = append(all, option{address(p.Day, code, ""), v.Int(n) + " · " + sentence(v.said(desk.Silence(code).Words())), code == now})
	}
	slices.SortFunc(all, func(a, b option) int { return cmp.Compare(a.Words, b.Words) })
	if len(all) > 1 {
		all = append([]option{{address(p.Day, "", ""), v.T("All"), now == ""}}, all...)
	}
	return all
}

// chosen is the brand that a page is asked for, the agent's first for none.
func (h *Handler) chosen(v *visit) string {
	if brand := v.URL.Query().Get("brand"); brand != "" || len(v.by.Brands) == 0 {
		return brand
	}
	return v.by.Brands[0]
}

// blocksView is who is blocked.
type blocksView struct {
	Brands, Views []option
	Brand, Key    string
	May           bool // admit them again
	Rows          []blockRow
}

type blockRow struct {
	Contact, Name, Address, By, Why string
	When                            moment
}

// blocks answers GET /console/blocks[?brand=].
func (h *Handler) blocks(w http.ResponseWriter, v *visit) {
	brand := h.chosen(v)
	list, p := h.desk.Blocks(v.Context(), v.by, brand)
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	view := blocksView{Views: v.beside(brand, "blocks"), Brand: brand, Key: rand.Text(), May: work.May(v.by, brand, work.UnblockSender)}
	for _, x := range list.Items {
		view.Rows = append(view.Rows, blockRow{x.Contact, x.Party.Name, x.Party.Address, h.nameOf(x.By), x.Why, v.at(x.At)})
	}
	slices.SortFunc(view.Rows, func(a, b blockRow) int { return cmp.Compare(b.When.At, a.When.At) })
	for _, b := range h.brands(v) {
		if len(v.by.Brands) > 1 {
			view.Brands = append(view.Brands, option{"/console/blocks?brand=" + url.QueryEscape(b.ID), b.Name, b.ID == brand})
		}
	}
	h.render(w, http.StatusOK, "blocks", v, page{Title: v.T("Blocked senders"), At: "held", Said: v.T(said[v.URL.Query().Get("said")]), Body: &view})
}

// unblock answers POST /console/blocks: a lead admits a contact again.
func (h *Handler) unblock(w http.ResponseWriter, v *visit) {
	contact := v.PostFormValue("contact")
	_, _, p := h.desk.BlockContact(v.Context(), v.by, work.UnblockSender, contact, work.Request{Key: v.PostFormValue("key") + ":" + contact, Body: object("why", v.PostFormValue("why"))})
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	to(w, "/console/blocks?"+url.Values{"brand": {v.PostFormValue("brand")}, "said": {"unblock"}}.Encode())
}

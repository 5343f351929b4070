package pages

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/account"
	"pronto/shared/channel"
	"pronto/shared/policy"
)

// heldView is a page of what one brand holds.
type heldView struct {
	Brands      []option // by their addresses; none when there is one
	Views       []option
	Rows        []heldRow
	First, More string
}

type heldRow struct {
	ID, Words, Detail, Channel string
	State, StateWords          string
	Spam                       bool
	When                       moment
}

// held answers GET /console/held[?brand=&state=&reason=&cursor=]: what could not be placed, newest first.
func (h *Handler) held(w http.ResponseWriter, v *visit) {
	q := v.URL.Query()
	brand := h.chosen(v)
	list, p := h.desk.HeldList(v.Context(), v.by, work.HeldQuery{Brand: brand, State: q.Get("state"), Reason: q.Get("reason"), Cursor: q.Get("cursor")})
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	var view heldView
	for _, x := range list.Items {
		view.Rows = append(view.Rows, heldRow{x.ID, sentence(v.said(x.Words)), v.said(x.Detail), v.channel(x.Channel), x.State, v.T(heldStates[x.State]), x.Spam, v.at(x.At)})
	}
	view.Brands, view.Views = h.holders(v, brand), v.beside(brand, cmp.Or(q.Get("reason"), q.Get("state"), "waiting"))
	address := func(cursor string) string {
		to := url.Values{"brand": {brand}}
		for name, value := range map[string]string{"state": q.Get("state"), "reason": q.Get("reason"), "cursor": cursor} {
			if value != "" {
				to.Set(name, value)
			}
		}
		return "/console/held?" + to.Encode()
	}
	if list.Cursor != "" {
		view.More = address(list.Cursor)
	}
	if q.Get("cursor") != "" {
		view.First = address("")
	}
	h.render(w, http.StatusOK, "held", v, page{Title: v.T("Held"), At: "held", Said: v.T(said[q.Get("said")]), Body: &view})
}

// holders are the brands that may hold something for the agent, and nobody's for who answers for all.
func (h *Handler) holders(v *visit, now string) (all []option) {
	for _, b := range h.brands(v) {
		all = append(all, option{"/console/held?brand=" + url.QueryEscape(b.ID), b.Name, b.ID == now})
	}
	if !slices.ContainsFunc(h.desk.Policy.Brands, func(b *policy.Brand) bool { return !slices.Contains(v.by.Brands, b.ID) }) {
		all = append(all, option{"/console/held?brand=" + account.NoBrand, v.T("sent to nobody we know"), now == account.NoBrand})
	}
	if len(all) == 1 {
		return nil
	}
	return all
}

// heldOneView is one held piece.
type heldOneView struct {
	ID, Subject, Text, Reason, By, Why, Conversation string
	State, StateWords                                string
	Hurts                                            string // why subject and text are hidden
	Link                                             string // of a provider that asks whether mail may be forwarded here
	Sender                                           *channel.Party
	When                                             moment
	Placeable, MayBlock, Spam                        bool
	Choose                                           []option
	Key, Alert, Typed                                string
}

// heldOne answers GET /console/held/{id}.
func (h *Handler) heldOne(w http.ResponseWriter, v *visit) { h.showHeld(w, v, http.StatusOK, "", "") }

func (h *Handler) showHeld(w http.ResponseWriter, v *visit, status int, alert, typed string) {
	x, p := h.desk.HeldOne(v.Context(), v.by, v.PathValue("id"))
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	view := heldOneView{
		ID: x.ID, Subject: x.Subject, Text: x.Text, Hurts: h.hurt(v, x.Abuse), Reason: sentence(v.said(x.Words)), State: x.State, StateWords: v.T(heldStates[x.State]), By: h.nameOf(x.By), Why: x.Why, Conversation: x.Conversation, Link: x.Link,
		Sender: x.Sender, When: v.at(x.At), Placeable: x.Placeable, Spam: x.Spam, Key: rand.Text(), Alert: alert, Typed: typed,
		MayBlock: work.May(v.by, x.Brand, work.BlockSender) && x.Sender != nil && x.Brand != account.NoBrand,
	}
	if x.Brand == account.NoBrand {
		for _, b := range h.brands(v) {
			view.Choose = append(view.Choose, option{Value: b.ID, Words: b.Name})
		}
	}
	h.render(w, status, "held_one", v, page{Title: v.T("Held"), At: "held", Body: &view})
}

// heldStates are the states in words.
var heldStates = map[string]words.Key{"waiting": "waiting", "released": "released", "dismissed": "dismissed"}

func (h *Handler) nameOf(id string) string {
	if a := h.desk.Policy.Agent(id); a != nil {
		return a.Name
	}
	return id
}

// heldDoing answers POST /console/held/{id}/{doing}: release, dismiss, spam or block.
func (h *Handler) heldDoing(w http.ResponseWriter, v *visit) {
	id, doing := v.PathValue("id"), v.PathValue("doing")
	r := work.Request{Key: v.PostFormValue("key") + ":" + doing}
	var p *work.Problem
	switch doing {
	case "release":
		r.Body = object("brand", v.PostFormValue("brand"))
		_, _, p = h.desk.Release(v.Context(), v.by, id, r)
	case "dismiss":
		r.Body = object("why", v.PostFormValue("why"))
		_, _, p = h.desk.Dismiss(v.Context(), v.by, id, r)
	case "spam":
		r.Body, _ = json.Marshal(map[string]any{"why": v.PostFormValue("why"), "spam": true}) // of a string and a bool: cannot fail
		_, _, p = h.desk.Dismiss(v.Context(), v.by, id, r)
	case "block":
		r.Body = object("why", v.PostFormValue("why"))
		_, _, p = h.desk.BlockSender(v.Context(), v.by, id, r)
	default:
		p = &work.Problem{Status: http.StatusNotFound, Detail: "there is no such doing"}
	}
	switch {
	case p == nil:
		if doing == "spam" {
			doing = "spam_held"
		}
		to(w, "/console/held?said="+doing)
	case p.Status == http.StatusNotFound:
		h.problem(w, v.Request, v, p)
	default:
		h.showHeld(w, v, p.Status, v.trouble(p), v.PostFormValue("why"))
	}
}

// object is a JSON object of one field; none where there is nothing in it.
func object(name, value string) []byte {
	if value == "" {
		return nil
	}
	b, _ := json.Marshal(map[string]string{name: value}) // of strings: cannot fail
	return b
}

package pages

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"pronto/functions/console/work"
)

// handoverView is what a brand's agents offer each other.
type handoverView struct {
	Brands       []option // none when the agent has one
	Brand, Name  string
	Mine         []promiseView // what the agent has himself
	More         bool          // and more than is shown
	Offers       []offerView
	People       []option // who may have it
	Alert, Key   string
	From, To     string
	Note         string
	Leads        bool
	Agents       []option // whose shift a lead may hand over
	Team         string
	FieldAtFault string
}

// offerView is a shift that is offered.
type offerView struct {
	ID, From, To, Note string
	When               moment
	Promises           []promiseView
	Mine               bool // this agent may accept it
	Back               bool // this agent may take it back or decline it
	Decline            string
}

// promiseView is a conversation that is handed over.
type promiseView struct {
	ID, Contact, Subject, Priority, Status string
	Due                                    *moment
}

// handover answers GET /console/handover[?brand=].
func (h *Handler) handover(w http.ResponseWriter, v *visit) {
	h.showHandover(w, v, v.URL.Query().Get("brand"), nil)
}

func (h *Handler) showHandover(w http.ResponseWriter, v *visit, brand string, why *work.Problem) {
	all := h.brands(v)
	if brand == "" && len(all) > 0 {
		brand = all[0].ID
	}
	offered, p := h.desk.Handovers(v.Context(), v.by, brand)
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	b := h.desk.Policy.Brand(offered.Brand)
	view := handoverView{Brand: b.ID, Name: b.Name, Key: rand.Text(), Leads: work.May(v.by, b.ID, work.SeeStats), Team: b.Team.ID}
	if len(all) > 1 {
		for _, x := range all {
			view.Brands = append(view.Brands, option{"/console/handover?brand=" + url.QueryEscape(x.ID), x.Name, x.ID == b.ID})
		}
	}
	mine, p := h.desk.Queue(v.Context(), v.by, work.Query{View: "mine", Brand: b.ID})
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	for _, c := range mine.Items {
		r := h.row(v, c, false)
		view.Mine = append(view.Mine, promiseView{ID: r.ID, Contact: r.Contact, Subject: h.subject(v, r.Subject, c.Abuse), Priority: r.Priority, Status: r.Status, Due: r.Due})
	}
	view.More = mine.Cursor != ""
	for _, o := range offered.Items {
		view.Offers = append(view.Offers, h.offerView(v, o, view.Leads))
	}
	view.People = h.colleagues(b.ID, v.PostFormValue("to"), v.by.ID)
	if view.Leads {
		view.Agents = h.colleagues(b.ID, v.PostFormValue("from"), v.by.ID)
	}
	status := http.StatusOK
	if why != nil {
		view.Alert, view.FieldAtFault, status = v.trouble(why), why.Field, why.Status
		view.Note, view.From, view.To = v.PostFormValue("note"), v.PostFormValue("from"), v.PostFormValue("to")
	}
	h.render(w, status, "handover", v, page{Title: v.T("Hand over"), At: "handover", Said: v.T(said[v.URL.Query().Get("said")]), Body: &view})
}

func (h *Handler) offerView(v *visit, o work.Handover, leads bool) offerView {
	one := offerView{ID: o.ID, From: o.From.Name, To: v.T("whoever accepts first"), Note: o.Note, When: v.at(o.At), Decline: v.T("Decline")}
	if o.To != nil {
		one.To = o.To.Name
	}
	own := o.From.ID == v.by.ID
	named := o.To != nil && o.To.ID == v.by.ID
	one.Mine = named || o.To == nil && !own
	one.Back = own || named || leads || o.By == v.by.ID
	if own || !named {
		one.Decline = v.T("Take it back")
	}
	for _, p := range o.Promises {
		one.Promises = append(one.Promises, h.owedView(v, p))
	}
	return one
}

func (h *Handler) owedView(v *visit, p work.Owed) promiseView {
	x := promiseView{ID: p.Conversation, Contact: p.Contact, Subject: h.subject(v, p.Subject, p.Abuse), Priority: p.Priority}
	if p.Status != "open" {
		x.Status = v.T(statuses[p.Status])
	}
	if p.Due != nil {
		m := v.at(*p.Due)
		x.Due = &m
	}
	return x
}

// colleagues are a brand's agents, but for one.
func (h *Handler) colleagues(brand, chosen, but string) (all []option) {
	for _, a := range h.desk.Policy.Agents {
		for _, b := range a.Brands {
			if b == brand && a.ID != but {
				all = append(all, option{a.ID, a.Name, a.ID == chosen})
			}
		}
	}
	return all
}

// offer answers POST /console/handover with brand, from, to, note and now.
func (h *Handler) offer(w http.ResponseWriter, v *visit) {
	form := v.PostForm
	body, err := json.Marshal(map[string]any{"from": strings.TrimSpace(form.Get("from")), "to": form.Get("to"), "note": form.Get("note"), "now": form.Get("now") != ""})
	if err != nil {
		h.problem(w, v.Request, v, work.Refuse(http.StatusUnprocessableEntity, "note", "this text cannot be read"))
		return
	}
	brand := form.Get("brand")
	got, _, p := h.desk.Offer(v.Context(), v.by, brand, work.Request{Body: body, Key: form.Get("key") + ":offer"})
	if p != nil {
		h.showHandover(w, v, brand, p)
		return
	}
	done := "offered"
	if form.Get("now") != "" {
		done = "given"
	}
	if got.More {
		done += "_more"
	}
	to(w, "/console/handover?"+url.Values{"brand": {brand}, "said": {done}}.Encode())
}

// settleHandover answers POST /console/handover/{id}/accept and decline.
func (h *Handler) settleHandover(w http.ResponseWriter, v *visit) {
	do, done := h.desk.Accept, "accepted"
	switch v.PathValue("doing") {
	case "accept":
	case "decline":
		do, done = h.desk.Decline, "declined"
	default:
		h.problem(w, v.Request, v, &work.Problem{Status: http.StatusNotFound, Detail: "there is no such page"})
		return
	}
	brand, id := v.PostFormValue("brand"), v.PathValue("id")
	if _, _, p := do(v.Context(), v.by, brand, id, work.Request{Key: v.PostFormValue("key") + ":" + id}); p != nil {
		h.showHandover(w, v, brand, p)
		return
	}
	to(w, "/console/handover?"+url.Values{"brand": {brand}, "said": {done}}.Encode())
}

package pages

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/policy"
)

// writeView is the page on which an agent writes first.
type writeView struct {
	Brands                         []option // where the agent has several
	Brand, BrandName, Key          string
	Contact, To, Name, Title, Text string
	Languages                      []option
	Known                          bool // the contact is: its address is not typed
	Measure                        *measureView
	Alert, FieldAtFault            string
	ID                             string // "": for what is shared with a conversation's page
	Looking                        string
}

// writing is what was typed.
type writing struct{ Brand, Contact, To, Name, Title, Text, Language, Key string }

// write answers GET /console/write[?brand=&contact=&to=].
func (h *Handler) write(w http.ResponseWriter, v *visit) {
	q := v.URL.Query()
	h.showWrite(w, v, http.StatusOK, writing{Brand: q.Get("brand"), Contact: q.Get("contact"), To: q.Get("to")}, nil)
}

// start answers POST /console/write: it leaves, and the agent sees the conversation; or it does not, and the page says why, with all that was typed.
func (h *Handler) start(w http.ResponseWriter, v *visit) {
	get := v.PostFormValue
	x := writing{get("brand"), get("contact"), strings.TrimSpace(get("to")), get("name"), get("title"), get("text"), get("language"), get("key")}
	typed := map[string]string{"subject": x.Title, "text": strings.ReplaceAll(x.Text, "\r\n", "\n"), "language": x.Language}
	for field, s := range map[string]string{"to": x.To, "contact": x.Contact, "name": strings.TrimSpace(x.Name)} {
		if s != "" {
			typed[field] = s
		}
	}
	if x.Contact != "" {
		delete(typed, "to")
	}
	body, err := json.Marshal(typed)
	if err != nil {
		h.showWrite(w, v, http.StatusUnprocessableEntity, x, work.Refuse(http.StatusUnprocessableEntity, "text", "this text cannot be read"))
		return
	}
	c, _, p := h.desk.Start(v.Context(), v.by, x.Brand, work.Request{Body: body, Key: x.Key})
	if p != nil {
		h.showWrite(w, v, p.Status, x, p)
		return
	}
	to(w, "/console/conversations/"+c.ID+"?said="+string(work.Reply))
}

func (h *Handler) showWrite(w http.ResponseWriter, v *visit, status int, x writing, why *work.Problem) {
	b := h.brandOf(v, x.Brand)
	if b == nil {
		h.problem(w, v.Request, v, work.Refuse(http.StatusNotFound, "", "none of your brands has this id"))
		return
	}
	view := writeView{Brand: b.ID, BrandName: b.Name, Key: rand.Text(), Contact: x.Contact, To: x.To, Name: x.Name, Title: x.Title, Text: x.Text}
	for _, id := range v.by.Brands {
		if other := h.desk.Policy.Brand(id); other != nil && len(v.by.Brands) > 1 {
			view.Brands = append(view.Brands, option{"/console/write?" + url.Values{"brand": {id}}.Encode(), other.Name, id == b.ID})
		}
	}
	if x.Contact != "" {
		known, p := h.desk.Person(v.Context(), v.by, x.Contact)
		if p != nil {
			h.problem(w, v.Request, v, p)
			return
		}
		view.Known, view.To, view.Name = true, known.Address, cmp.Or(x.Name, known.Name)
	}
	for _, l := range h.spoken(v, b.ID) {
		view.Languages = append(view.Languages, option{l, v.language(l), l == cmp.Or(x.Language, b.Language)})
	}
	view.Measure = &measureView{Brand: b.ID, Channel: desk.Email}
	if !h.measure(v, view.Measure, x.Text, nil) {
		view.Measure = nil
	}
	if why != nil {
		view.Alert, view.FieldAtFault = v.trouble(why), why.Field
	}
	h.render(w, status, "write", v, page{Title: v.T("Write"), At: "write", Body: &view})
}

// brandOf is one of the agent's brands: of this id, or for "" the first.
func (h *Handler) brandOf(v *visit, id string) *policy.Brand {
	for _, x := range v.by.Brands {
		if b := h.desk.Policy.Brand(x); b != nil && (id == "" || x == id) {
			return b
		}
	}
	return nil
}

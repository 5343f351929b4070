package pages

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/policy"
)

// writeView is the page on which an agent writes first. The box in which he writes is that of an answer.
type writeView struct {
	Brands                []option // where the agent has several
	Brand, BrandName, Key string
	Contact, To, Title    string
	Name                  string
	Languages             []option
	Known                 bool // the contact is: its address is not typed
	Measure               *measureView
	Attach                *attachView
	Form                  form
	ZoneName              string
	Alert, FieldAtFault   string
	Drafts                draftFields
	Posted                bool
	answeringView
}

// writing is what was typed.
type writing struct {
	Brand, Contact, To, Name, Title, Language, Key string
	form
}

// writingOf reads what an agent has typed who writes first.
func writingOf(v *visit) writing {
	get := v.PostFormValue
	return writing{get("brand"), get("contact"), strings.TrimSpace(get("to")), strings.TrimSpace(get("name")), get("title"), get("language"), get("key"), formOf(v)}
}

// letter is to whom, and about what.
func (x writing) letter() work.Letter {
	return work.Letter{Brand: x.Brand, Contact: x.Contact, Name: x.Name, Subject: x.Title, Language: x.Language}
}

// write answers GET /console/write[?brand=&contact=&to=].
func (h *Handler) write(w http.ResponseWriter, v *visit) {
	q := v.URL.Query()
	h.showWrite(w, v, http.StatusOK, writing{Brand: q.Get("brand"), Contact: q.Get("contact"), To: q.Get("to")}, "", "", "")
}

// start answers POST /console/write: it leaves, now or later, and the agent sees the conversation; or it does not, and the page says why, with all that was typed.
func (h *Handler) start(w http.ResponseWriter, v *visit) {
	x := writingOf(v)
	if checked, p := h.desk.CheckFirst(v.Context(), v.by, x.letter(), unixLines(x.Text)); p == nil && len(checked.Warnings) > 0 && x.Sure != sure(x.Text) {
		x.Sure = sure(x.Text)
		h.showWrite(w, v, http.StatusOK, x, v.lookAgain(checked), "text", "")
		return
	}
	body, p := x.body(v)
	var c work.Conversation
	if p == nil {
		c, _, p = h.desk.Start(v.Context(), v.by, x.Brand, work.Request{Body: body, Key: x.Key, Page: x.Key})
	}
	if p != nil {
		h.showWrite(w, v, p.Status, x, v.trouble(p), p.Field, "")
		return
	}
	to(w, "/console/conversations/"+c.ID+"?said=started")
}

// body is a letter as the API takes it: what an answer has, and to whom, about what and in which language.
func (x writing) body(v *visit) ([]byte, *work.Problem) {
	body, p := answerBody(v, x.form)
	if p != nil {
		return nil, p
	}
	delete(body, "cc") // a letter has one reader
	body["text"], body["subject"], body["language"] = unixLines(x.Text), x.Title, x.Language
	for field, s := range map[string]string{"to": x.To, "contact": x.Contact, "name": x.Name} {
		if s != "" {
			body[field] = s
		}
	}
	if x.Contact != "" {
		delete(body, "to")
	}
	if base, known := based(v, work.StartIt); known {
		body["draft"] = base
	}
	b, err := json.Marshal(body)
	if err != nil {
		return nil, work.Refuse(http.StatusUnprocessableEntity, "text", "this text cannot be read")
	}
	return b, nil
}

// unixLines are lines that end as the desk ends them, and not as forms do.
func unixLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// insertFirst answers POST /console/write/macro, as insert does of a conversation.
func (h *Handler) insertFirst(w http.ResponseWriter, v *visit) {
	x := writingOf(v)
	all, p := h.desk.FillFirst(v.Context(), v.by, x.letter())
	if p != nil {
		h.showWrite(w, v, p.Status, x, v.trouble(p), p.Field, "")
		return
	}
	done, ok := x.form.insert(v, all)
	if !ok {
		h.showWrite(w, v, http.StatusUnprocessableEntity, x, v.T("Choose a macro."), "", "")
		return
	}
	h.showWrite(w, v, http.StatusOK, x, "", "", done)
}

// uploadFirst answers POST /console/write/uploads, as upload does of a conversation.
func (h *Handler) uploadFirst(w http.ResponseWriter, v *visit) {
	body, n := uploadBody(v)
	up, _, p := h.desk.UploadFirst(v.Context(), v.by, v.PostFormValue("brand"), work.Request{Body: body})
	v.uploadAnswer(w, up, n, p)
}

// rewrite shows a letter that was taken back before it left, as it was written. Its address is typed again: that it was wrong is why one takes a letter back.
func (h *Handler) rewrite(w http.ResponseWriter, v *visit, c work.Conversation, f form) {
	x := writing{Brand: c.Brand, To: c.Contact.Address, Name: c.Contact.Name, Title: c.Subject, Language: c.Language}
	x.Text, x.Files, x.Then, x.looking = f.back, f.files, f.then, "text"
	h.showWrite(w, v, http.StatusOK, x, "", "", v.T("Taken back: nobody was written to. It stands below."))
}

func (h *Handler) showWrite(w http.ResponseWriter, v *visit, status int, x writing, alert, field, done string) {
	b := h.brandOf(v, x.Brand)
	if b == nil {
		h.problem(w, v.Request, v, work.Refuse(http.StatusNotFound, "", "none of your brands has this id"))
		return
	}
	x.Brand = b.ID
	var drafts draftFields
	if kept, p := h.desk.LetterBegun(v.Context(), v.by, b.ID, x.Contact); p == nil {
		if drafts = h.drafts(v, []work.Draft{kept}, []work.Verb{work.StartIt}, letterDrafting(v, &x)); x.keeping && !drafts.kept() {
			done = ""
		}
	}
	view := writeView{
		Drafts: drafts, Posted: v.Method == http.MethodPost,
		Brand: b.ID, BrandName: b.Name, Key: rand.Text(), Contact: x.Contact, To: x.To, Name: x.Name, Title: x.Title, Form: x.form, ZoneName: v.zone().String(),
		Alert: alert, FieldAtFault: field, Attach: h.carrying(v, b.ID, desk.Email),
	}
	for _, id := range v.by.Brands {
		if other := h.desk.Policy.Brand(id); other != nil && len(v.by.Brands) > 1 {
			view.Brands = append(view.Brands, option{"/console/write?" + url.Values{"brand": {id}}.Encode(), other.Name, id == b.ID})
		}
	}
	language := cmp.Or(x.Language, b.Language)
	if x.Contact != "" {
		known, p := h.desk.Person(v.Context(), v.by, x.Contact)
		if p != nil {
			h.problem(w, v.Request, v, p)
			return
		}
		view.Known, view.To, view.Name, view.Clock = true, known.Address, cmp.Or(x.Name, known.Name), v.clock(known.Zone)
		if spoken := h.spoken(v, b.ID); x.Language == "" && known.Card != nil && slices.Contains(spoken, known.Card.Language) {
			language = known.Card.Language
		}
	}
	for _, l := range h.spoken(v, b.ID) {
		view.Languages = append(view.Languages, option{l, v.language(l), l == language})
	}
	view.Measure = &measureView{Brand: b.ID, Channel: desk.Email}
	if !h.measure(v, view.Measure, x.Text, x.Files) {
		view.Measure = nil
	}
	x.Language = language
	h.answeringFirst(v, &view, x)
	if view.Attach != nil {
		h.letsUpload(w)
	}
	h.render(w, status, "write", v, page{Title: v.T("Write"), At: "write", Said: done, Body: &view})
}

// answeringFirst furnishes the box with what helps to write a letter.
func (h *Handler) answeringFirst(v *visit, view *writeView, x writing) {
	a := &view.answeringView
	a.At, a.Send, a.Begins, a.Looking, a.Laters = "/console/write", "/console/write", true, x.looking, snoozes(v)
	a.Then = v.thenOptions(x.Then)
	if all, p := h.desk.FillFirst(v.Context(), v.by, x.letter()); p == nil {
		a.macros(v, all, x.Language)
	}
}

// clock is the customer's time, as far as the zone is known.
func (v *visit) clock(z *work.Zone) *clockView {
	if z == nil {
		return nil
	}
	local := v.now.In(time.FixedZone("", z.Offset))
	c := &clockView{Words: v.Time(local, "15:04"), Zone: cmp.Or(z.Name, "UTC"+local.Format("-07:00")), Offset: z.Offset}
	if l, err := time.LoadLocation(z.Name); z.Name != "" && err == nil {
		local = v.now.In(l)
		_, c.Offset = local.Zone()
		c.Words = v.Time(local, "15:04")
	}
	return c
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

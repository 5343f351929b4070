package pages

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/triage"
)

// settingsView is a page of what leads change while the desk runs.
type settingsView struct {
	Brand, Name, Key, Alert, ZoneName string
	Brands                            []option // by their addresses; none when there is one
	May                               bool     // change them
	Variables                         []string
	Macros                            []macroView
	Bulletins                         []bulletinView
}

// macroView is a macro with its form; the new one has no id.
type macroView struct {
	ID, Name, By   string
	Version        int
	When           *moment
	Texts          []textView
	Resolve        bool
	Snoozes, Ranks []option
	Tags, Words    string
	Open           bool // its form is shown: it was not kept
}

type textView struct{ Code, Language, Text string }

// bulletinView is a bulletin with its form; the new one has no id.
type bulletinView struct {
	ID, Text, By, Span string
	Version            int
	From, Until        string // local, for the form
	Now, Open          bool
}

// settingsPage begins a page for one of the agent's brands.
func (h *Handler) settingsPage(v *visit, path, brand string, verb work.Verb) (s settingsView, b *policy.Brand) {
	brands := h.brands(v)
	for _, x := range brands {
		if x.ID == brand || b == nil {
			b = x
		}
	}
	if b == nil {
		return s, nil
	}
	s = settingsView{Brand: b.ID, Name: b.Name, Key: rand.Text(), ZoneName: v.zone().String(), May: work.May(v.by, b.ID, verb), Variables: reply.Variables}
	for _, x := range brands {
		if len(brands) > 1 {
			s.Brands = append(s.Brands, option{path + "?brand=" + url.QueryEscape(x.ID), x.Name, x == b})
		}
	}
	return s, b
}

// macros answers GET /console/macros[?brand=].
func (h *Handler) macros(w http.ResponseWriter, v *visit) {
	h.showMacros(w, v, http.StatusOK, v.URL.Query().Get("brand"), nil, "")
}

// showMacros writes the page; typed is a macro that could not be kept, and why.
func (h *Handler) showMacros(w http.ResponseWriter, v *visit, status int, brand string, typed *work.Macro, why string) {
	view, b := h.settingsPage(v, "/console/macros", brand, work.SetMacro)
	if b == nil {
		h.problem(w, v.Request, v, work.Refuse(http.StatusNotFound, "", "you answer for no brand"))
		return
	}
	all, p := h.desk.Macros(v.Context(), v.by, b.ID)
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	view.Alert = why
	for _, m := range all.Items {
		if typed != nil && typed.ID == m.ID {
			typed.By, typed.At, m = m.By, m.At, *typed
		}
		view.Macros = append(view.Macros, h.macroView(v, b, m, typed != nil && typed.ID == m.ID))
	}
	fresh := work.Macro{}
	if typed != nil && typed.ID == "" {
		fresh = *typed
	}
	if view.May {
		view.Macros = append(view.Macros, h.macroView(v, b, fresh, typed != nil && typed.ID == "" || len(all.Items) == 0))
	}
	h.render(w, status, "macros", v, page{Title: v.T("Macros"), At: "macros", Said: v.T(said[v.URL.Query().Get("said")]), Body: &view})
}

func (h *Handler) macroView(v *visit, b *policy.Brand, m work.Macro, open bool) macroView {
	out := macroView{ID: m.ID, Name: m.Name, Version: m.Version, By: h.nameOf(m.By), Open: open}
	if !m.At.IsZero() {
		at := v.at(m.At)
		out.When = &at
	}
	languages := append([]string{b.Language}, h.spoken(v, b.ID)...)
	for _, l := range slices.Concat(languages, v.byName(slices.Collect(maps.Keys(m.Texts)))) {
		if !slices.ContainsFunc(out.Texts, func(t textView) bool { return t.Code == l }) {
			out.Texts = append(out.Texts, textView{l, v.language(l), m.Texts[l]})
		}
	}
	then := work.Then{}
	if m.Then != nil {
		then = *m.Then
	}
	out.Resolve, out.Tags = then.Resolve, strings.Join(then.Tags, ", ")
	spans := []string{"", "1h", "24h", "72h", "168h"}
	if !slices.Contains(spans, then.Snooze) {
		spans = append(spans, then.Snooze)
	}
	for _, s := range spans {
		out.Snoozes = append(out.Snoozes, option{s, cmp.Or(v.span(s), v.T("no")), s == then.Snooze})
	}
	for _, r := range append([]triage.Priority{""}, triage.Low, triage.Normal, triage.High, triage.Urgent) {
		out.Ranks = append(out.Ranks, option{string(r), cmp.Or(v.T(priorities[r]), v.T("as it is")), r == then.Priority})
	}
	var does []string
	for _, t := range thens(m.Then) {
		does = append(does, v.then(t))
	}
	out.Words = strings.Join(does, ", ")
	return out
}

// setMacro answers POST /console/macros with one macro; drop is its button to take it off.
func (h *Handler) setMacro(w http.ResponseWriter, v *visit) {
	m := work.Macro{ID: v.PostFormValue("id"), Name: v.PostFormValue("name"), Texts: map[string]string{}, Then: &work.Then{
		Resolve: v.PostFormValue("resolve") != "", Snooze: v.PostFormValue("snooze"), Tags: tagList(v.PostFormValue("tags")), Priority: triage.Priority(v.PostFormValue("priority")),
	}}
	for name := range v.PostForm {
		if l, ok := strings.CutPrefix(name, "text_"); ok {
			m.Texts[l] = strings.ReplaceAll(v.PostFormValue(name), "\r\n", "\n")
		}
	}
	m.Version, _ = strconv.Atoi(v.PostFormValue("version"))
	body, err := json.Marshal(map[string]any{"name": m.Name, "texts": m.Texts, "then": m.Then})
	if err != nil {
		h.showMacros(w, v, http.StatusUnprocessableEntity, v.PostFormValue("brand"), &m, v.T("This text cannot be read."))
		return
	}
	r := work.Request{Body: body, Key: v.PostFormValue("key"), Match: v.PostFormValue("version")}
	said := "macro_kept"
	var p *work.Problem
	if v.PostFormValue("drop") != "" {
		said, r.Body, r.Key = "macro_dropped", nil, r.Key+":drop"
		_, _, p = h.desk.DropMacro(v.Context(), v.by, v.PostFormValue("brand"), m.ID, r)
	} else {
		_, _, p = h.desk.SetMacro(v.Context(), v.by, v.PostFormValue("brand"), m.ID, r)
	}
	if p != nil {
		h.showMacros(w, v, p.Status, v.PostFormValue("brand"), &m, v.trouble(p))
		return
	}
	to(w, "/console/macros?"+url.Values{"brand": {v.PostFormValue("brand")}, "said": {said}}.Encode())
}

// bulletins answers GET /console/bulletins[?brand=].
func (h *Handler) bulletins(w http.ResponseWriter, v *visit) {
	h.showBulletins(w, v, http.StatusOK, v.URL.Query().Get("brand"), nil, "")
}

const localForm = "2006-01-02T15:04"

func (h *Handler) showBulletins(w http.ResponseWriter, v *visit, status int, brand string, typed *bulletinView, why string) {
	view, b := h.settingsPage(v, "/console/bulletins", brand, work.SetBulletin)
	if b == nil {
		h.problem(w, v.Request, v, work.Refuse(http.StatusNotFound, "", "you answer for no brand"))
		return
	}
	all, p := h.desk.Bulletins(v.Context(), v.by, b.ID)
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	view.Alert = why
	for _, x := range all.Items {
		one := bulletinView{ID: x.ID, Text: x.Text, Version: x.Version, By: h.nameOf(x.By), Now: x.Now, From: x.From.In(v.zone()).Format(localForm), Span: v.T("from %s", v.at(x.From).Words)}
		if x.Until != nil {
			one.Until = x.Until.In(v.zone()).Format(localForm)
			one.Span = v.T("from %s until %s", v.at(x.From).Words, v.at(*x.Until).Words)
		}
		if typed != nil && typed.ID == x.ID {
			one.Text, one.From, one.Until, one.Version, one.Open = typed.Text, typed.From, typed.Until, typed.Version, true
		}
		view.Bulletins = append(view.Bulletins, one)
	}
	fresh := bulletinView{Open: len(all.Items) == 0}
	if typed != nil && typed.ID == "" {
		fresh, fresh.Open = *typed, true
	}
	if view.May {
		view.Bulletins = append(view.Bulletins, fresh)
	}
	h.render(w, status, "bulletins", v, page{Title: v.T("Bulletins"), At: "bulletins", Said: v.T(said[v.URL.Query().Get("said")]), Body: &view})
}

// setBulletin answers POST /console/bulletins with one bulletin; drop is its button to take it off.
func (h *Handler) setBulletin(w http.ResponseWriter, v *visit) {
	x := bulletinView{ID: v.PostFormValue("id"), Text: strings.ReplaceAll(v.PostFormValue("text"), "\r\n", "\n"), From: v.PostFormValue("from"), Until: v.PostFormValue("until")}
	x.Version, _ = strconv.Atoi(v.PostFormValue("version"))
	brand := v.PostFormValue("brand")
	body := map[string]string{"text": x.Text}
	for name, local := range map[string]string{"from": x.From, "until": x.Until} {
		if local == "" {
			continue
		}
		t, err := time.ParseInLocation(localForm, local, v.zone())
		if err != nil {
			h.showBulletins(w, v, http.StatusUnprocessableEntity, brand, &x, v.T("Choose a day and a time."))
			return
		}
		body[name] = t.Format(time.RFC3339)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		h.showBulletins(w, v, http.StatusUnprocessableEntity, brand, &x, v.T("This text cannot be read."))
		return
	}
	r := work.Request{Body: raw, Key: v.PostFormValue("key"), Match: v.PostFormValue("version")}
	said := "macro_kept"
	var p *work.Problem
	if v.PostFormValue("drop") != "" {
		said, r.Body, r.Key = "macro_dropped", nil, r.Key+":drop"
		_, _, p = h.desk.DropBulletin(v.Context(), v.by, brand, x.ID, r)
	} else {
		_, _, p = h.desk.SetBulletin(v.Context(), v.by, brand, x.ID, r)
	}
	if p != nil {
		h.showBulletins(w, v, p.Status, brand, &x, v.trouble(p))
		return
	}
	to(w, "/console/bulletins?"+url.Values{"brand": {brand}, "said": {said}}.Encode())
}

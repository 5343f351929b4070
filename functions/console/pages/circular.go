package pages

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// circularsView is a brand's circulars, and the form of a new one.
type circularsView struct {
	Brands     []option
	Brand, Key string
	Alert      string
	Rows       []circularRow
	Views      []option
	Channels   []option
	Languages  []option
	Texts      []incidentText
	Tag        string
	Incident   bool // receipts tell of one
	Told       bool
	Anyhow     bool
	Resolve    bool
	Own        string // the brand's language
}

type circularRow struct {
	ID, Words, Text, By string
	When                moment
}

// circulars answers GET /console/circulars[?brand=].
func (h *Handler) circulars(w http.ResponseWriter, v *visit) { h.showCirculars(w, v, h.chosen(v), nil) }

func (h *Handler) showCirculars(w http.ResponseWriter, v *visit, brand string, why *work.Problem) {
	list, p := h.desk.Circulars(v.Context(), v.by, brand)
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	s, p := h.desk.Silence(v.Context(), v.by, brand)
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	b := h.desk.Policy.Brand(brand)
	view := circularsView{
		Brand: brand, Key: rand.Text(), Incident: s.Incident != nil && v.now.Before(s.Incident.Until), Own: v.language(b.Language), Tag: v.PostFormValue("tag"),
		Told: v.PostFormValue("incident") != "", Anyhow: v.PostFormValue("anyhow") != "", Resolve: v.PostFormValue("resolve") != "",
	}
	for _, c := range list.Items {
		view.Rows = append(view.Rows, circularRow{c.ID, v.circularWords(c), firstText(c.Texts, b.Language), h.nameOf(c.By), v.at(c.At)})
	}
	for _, x := range views {
		view.Views = append(view.Views, option{x.name, v.T(x.Key), x.name == cmp.Or(v.PostFormValue("view"), "all")})
	}
	view.Channels = []option{{"", v.T("All channels"), true}}
	for _, u := range b.Channels {
		if u.Enabled {
			view.Channels = append(view.Channels, option{u.Channel, v.channel(u.Channel), u.Channel == v.PostFormValue("channel")})
		}
	}
	view.Languages = []option{{"", v.T("All languages"), true}}
	for _, l := range v.byName(slices.Collect(maps.Keys(b.Receipts))) {
		view.Languages = append(view.Languages, option{l, v.language(l), l == v.PostFormValue("language")})
		view.Texts = append(view.Texts, incidentText{l, v.language(l), v.PostFormValue("text-" + l)})
	}
	for _, x := range h.brands(v) {
		if len(v.by.Brands) > 1 && work.May(v.by, x.ID, work.SendMany) {
			view.Brands = append(view.Brands, option{"/console/circulars?brand=" + url.QueryEscape(x.ID), x.Name, x.ID == brand})
		}
	}
	status := http.StatusOK
	if why != nil {
		status, view.Alert = why.Status, v.trouble(why)
	}
	h.render(w, status, "circulars", v, page{Title: v.T("One answer to many"), At: "circulars", Body: &view})
}

func firstText(texts map[string]string, language string) string {
	if t := texts[language]; t != "" {
		return t
	}
	for _, l := range slices.Sorted(maps.Keys(texts)) {
		return texts[l]
	}
	return ""
}

// circularWords says how far a circular is.
func (v *visit) circularWords(c work.Circular) string {
	switch c.State {
	case "prepared":
		return v.T("Prepared for %d conversation. | Prepared for %d conversations.", c.Chosen)
	case "going":
		return v.T("Under way: %d of %d.", c.Next, c.Chosen)
	case "stopped":
		return v.T("Stopped after %d of %d; %d were taken back.", c.Next, c.Chosen, c.Taken)
	}
	return v.T("Done: %d of %d got it.", c.Sent, c.Chosen)
}

// prepareCircular answers POST /console/circulars.
func (h *Handler) prepareCircular(w http.ResponseWriter, v *visit) {
	texts := map[string]string{}
	for name := range v.PostForm {
		if l, ok := strings.CutPrefix(name, "text-"); ok {
			texts[l] = v.PostFormValue(name)
		}
	}
	yes := func(name string) bool { return v.PostFormValue(name) != "" }
	body, _ := json.Marshal(map[string]any{ // of strings and bools: cannot fail
		"texts": texts, "view": v.PostFormValue("view"), "channel": v.PostFormValue("channel"), "language": v.PostFormValue("language"), "tag": v.PostFormValue("tag"),
		"incident": yes("incident"), "anyhow": yes("anyhow"), "resolve": yes("resolve"),
	})
	brand := v.PostFormValue("brand")
	c, _, p := h.desk.PrepareCircular(v.Context(), v.by, brand, work.Request{Key: v.PostFormValue("key"), Body: body})
	switch {
	case p != nil && (p.Status == http.StatusForbidden || p.Status == http.StatusNotFound):
		h.problem(w, v.Request, v, p)
	case p != nil:
		h.showCirculars(w, v, brand, p)
	default:
		to(w, circularAt(c.Brand, c.ID))
	}
}

func circularAt(brand, id string) string {
	return "/console/circulars/" + url.PathEscape(id) + "?" + url.Values{"brand": {brand}}.Encode()
}

// circularView is one circular.
type circularView struct {
	ID, Brand, Key, Words, By, Alert string
	When                             moment
	Texts                            []incidentText
	Foreseen                         []string
	Warned                           string
	Samples                          []circularSample
	Left                             []leftView
	Go, Stop, Drop, Resolve, Anyhow  bool
	All                              bool // the desk can go on with it by itself
	Part, Next, Chosen               int
	Self                             string // what the desk does with it by itself
	Poll, Version                    string // where it is asked how far it is, and what the page shows; only while the desk goes on with it
}

type circularSample struct {
	Conversation, Who, Agent, Language, Code, Text string
	Warnings                                       []string
}

type leftView struct{ Conversation, Words string }

// circular answers GET /console/circulars/{id}?brand=, and how far it is, where its page asks by itself.
func (h *Handler) circular(w http.ResponseWriter, v *visit) {
	brand := v.URL.Query().Get("brand")
	if !live(v.Request) {
		h.showCircular(w, v, brand, nil)
		return
	}
	c, p := h.desk.CircularState(v.Context(), v.by, brand, v.PathValue("id"))
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	view := h.circularState(v, c)
	h.fresh(w, v, view.Version, "circular_live", page{Body: &view})
}

// circularState is how far a circular is, and what can be done with it.
func (h *Handler) circularState(v *visit, c work.Circular) circularView {
	left := c.Chosen - c.Next
	view := circularView{
		ID: c.ID, Brand: c.Brand, Words: v.circularWords(c), By: h.nameOf(c.By), When: v.at(c.At), Resolve: c.Resolve, Anyhow: c.Anyhow, Part: min(work.CircularPart, left), Next: c.Next, Chosen: c.Chosen,
		Go: c.State == "prepared" || c.State == "going", Stop: c.Part > 0 || c.Taken < c.Sent, Drop: c.State != "going" && c.Due == nil,
	}
	if c.Due == nil {
		view.All = view.Go && left > work.CircularPart
		return view
	}
	switch {
	case c.State == "stopped":
		view.Self, view.Stop = v.T("What has not left is being taken back."), false
	case c.Due.Sub(v.now) > 2*desk.CircularPatience:
		view.Self = v.T("What the brand may send in this hour is sent: it goes on by itself at %s.", v.at(*c.Due).Words)
	default:
		view.Self = v.T("It goes on by itself until all have it. You may leave this page.")
	}
	view.Go, view.Version = false, version(view)
	view.Poll, view.Key = circularAt(c.Brand, c.ID), rand.Text()
	return view
}

func (h *Handler) showCircular(w http.ResponseWriter, v *visit, brand string, why *work.Problem) {
	c, p := h.desk.CircularState(v.Context(), v.by, brand, v.PathValue("id"))
	if p == nil && c.Due == nil { // how it would read is of no more use once it goes on by itself
		c, p = h.desk.Circular(v.Context(), v.by, brand, c.ID)
	}
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	view := h.circularState(v, c)
	view.Key = rand.Text()
	for _, l := range v.byName(slices.Collect(maps.Keys(c.Texts))) {
		view.Texts = append(view.Texts, incidentText{l, v.language(l), c.Texts[l]})
	}
	view.foresee(v, c)
	for _, s := range c.Samples {
		one := circularSample{Conversation: s.Conversation, Who: cmp.Or(s.To.Name, s.To.Address), Agent: s.Agent, Language: v.language(s.Language), Code: s.Language, Text: s.Text}
		for _, x := range s.Warnings {
			one.Warnings = append(one.Warnings, sentence(x.Words))
		}
		view.Samples = append(view.Samples, one)
	}
	for _, l := range c.LeftOut {
		view.Left = append(view.Left, leftView{l.Conversation, sentence(v.T(leftOuts[l.Reason]))})
	}
	status := http.StatusOK
	if why != nil {
		status, view.Alert = why.Status, v.trouble(why)
	}
	h.render(w, status, "circular", v, page{Title: v.T("One answer to many"), At: "circulars", Body: &view})
}

// foresee says what would become of those that it has not come to.
func (view *circularView) foresee(v *visit, c work.Circular) {
	if !view.Go {
		return
	}
	var in []string
	for _, l := range v.byName(slices.Collect(maps.Keys(c.Languages))) {
		in = append(in, v.T("%d in %s", c.Languages[l], v.language(l)))
	}
	get := v.T("%d would get it now. | %d would get it now.", c.Foreseen[""])
	if len(in) > 0 {
		get += " " + strings.Join(in, ", ") + "."
	}
	view.Foreseen = []string{get}
	for _, code := range slices.Sorted(maps.Keys(c.Foreseen)) {
		if code != "" {
			view.Foreseen = append(view.Foreseen, v.T("%d would not: %s.", c.Foreseen[code], v.T(leftOuts[desk.LeftOut(code)])))
		}
	}
	if c.Warned > 0 {
		view.Warned = v.T("%d text has something to look at. | %d texts have something to look at.", c.Warned)
	}
}

// circularDoing answers POST /console/circulars/{id}/{doing}: go, stop or drop.
func (h *Handler) circularDoing(w http.ResponseWriter, v *visit) {
	id, brand := v.PathValue("id"), v.PostFormValue("brand")
	r := work.Request{Key: v.PostFormValue("key") + ":" + v.PathValue("doing")}
	var p *work.Problem
	next := circularAt(brand, id)
	switch v.PathValue("doing") {
	case "go":
		if v.PostFormValue("all") != "" {
			r.Key, r.Body = r.Key+":all", []byte(`{"all":true}`)
		}
		_, _, p = h.desk.GoOn(v.Context(), v.by, brand, id, r)
	case "stop":
		_, _, p = h.desk.StopCircular(v.Context(), v.by, brand, id, r)
	case "drop":
		_, _, p = h.desk.DropCircular(v.Context(), v.by, brand, id, r)
		next = "/console/circulars?" + url.Values{"brand": {brand}}.Encode()
	default:
		p = &work.Problem{Status: http.StatusNotFound, Detail: "there is no such doing"}
	}
	switch {
	case p == nil:
		to(w, next)
	case p.Status == http.StatusNotFound || p.Status == http.StatusForbidden:
		h.problem(w, v.Request, v, p)
	default:
		h.showCircular(w, v, brand, p)
	}
}

// leftOuts are why a conversation does not get a circular, in the agent's language.
var leftOuts = map[desk.LeftOut]words.Key{
	desk.NoText: "there is no text in its language", desk.NoVariable: "something that the text fills in is not known of it",
	desk.WroteSince: "the customer has written since this was prepared", desk.AnsweredElse: "somebody has answered since this was prepared",
	desk.Settled: "it is resolved already", desk.NoAnswerable: "there is nothing to answer any more: deleted, merged, closed or forgotten",
	desk.Unwanted:    "the contact wants no such mail, is blocked, or cannot be reached",
	desk.TooLongText: "with its signature the text is longer than the channel allows", desk.NotTaken: "the desk did not take it: look at the conversation",
}

package pages

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/policy"
)

// rulesView is the page of the rule book: what stands, with a form to change it, what was looked at before it is done, and all versions.
type rulesView struct {
	Brand, Name string   // whose block is changed; "" for the whole
	Brands      []option // by their addresses; none where there is nothing to choose
	Text, Why   string
	Version     string // that stands, and that the text was made of
	By          string
	When        *moment
	Deployed    bool // it is the deployed file
	Left        string
	Broken      string
	Waiting     []string // versions to which this agent may agree
	Alert       string
	FileAlert   string // why a file was not read
	Problems    []work.RulesProblem
	Draft       *draftView
	Lines       []policy.Line // of the version that is looked at
	Looked      string
	Items       []ruleView
}

// draftView is what a change would be.
type draftView struct {
	Reach, Do string // who has to agree; what the button does
	Refused   bool   // it takes a deployment
	Changes   []string
	Lines     []policy.Line
	Previews  []previewView
	Most      int // messages that are judged, in all
}

type previewView struct {
	Name, Words string
	Samples     []sampleView
}

type sampleView struct{ ID, What, Was, Is string }

// ruleView is a version.
type ruleView struct {
	work.RulesVersion
	Who, Decided string
	When, Ends   *moment
	Said         string
	Brief        []string
	More         int
}

// Words of the page.
var (
	ruleStates = map[string]words.Key{
		"deployed": "deployed", "proposed": "waits for another lead", "expired": "has expired", "approved": "agreed to", "refused": "refused", "withdrawn": "withdrawn",
	}
	reachWords = map[policy.Reach]words.Key{
		policy.House: "It changes how we work: one lead is enough.",
		policy.Away:  "It changes what leaves the house, to whom, or who may do what: another lead must agree within three days.",
		policy.Stack: "The stack must know of this: change policy.yaml and deploy.",
	}
	differWords = map[string]words.Key{"priority": "priority", "assignee": "who has it", "due": "due", "receipt": "receipt", "pages": "who is paged", "text": "words"}
	ruleDone    = map[string]words.Key{
		"proposed": "Proposed: another lead must agree.", "approved": "It stands. Within half a minute everything goes by it.", "refused": "Refused.", "withdrawn": "Withdrawn.",
		"back": "The version before stands again. Within half a minute everything goes by it.",
	}
	ruleRefusals = map[string]words.Key{
		string(desk.RulesOwn): "Who proposed a change cannot agree to it: another lead must.", string(desk.RulesExpired): "It has waited for three days and has expired: propose it again.",
		string(desk.RulesOvertaken): "Another version stands now than the one that this was made of. Your text is kept: look at what has changed, and propose it on top of that.",
		string(desk.RulesEnded):     "It is no proposal any more.", string(desk.RulesStack): "The stack must know of this: change policy.yaml and deploy.",
		string(desk.RulesNotYours): "This reaches beyond the brands whose lead you are.", string(desk.RulesBroken): "This is no rule book yet:", string(desk.RulesSame): "It is the same as what stands.",
		string(desk.RulesFull): "Too many proposals wait: agree to some, refuse or withdraw them first.", string(desk.RulesFirst): "Nothing stood before it.", string(desk.RulesUnknown): "There is no such version.",
		string(desk.RulesStood): "This very text has stood before: go back to that version.",
	}
)

// rules answers GET /console/rules[?brand=&version=].
func (h *Handler) rules(w http.ResponseWriter, v *visit) {
	h.showRules(w, v, http.StatusOK, rulesView{Brand: v.URL.Query().Get("brand"), Looked: v.URL.Query().Get("version")})
}

// showRules writes the page. What was typed stays in its form.
func (h *Handler) showRules(w http.ResponseWriter, v *visit, status int, view rulesView) {
	is, p := h.desk.Rules(v.Context(), v.by)
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	typed := view.Text != ""
	h.chooseRules(v, is, &view)
	if !typed {
		view.Text = is.Policy
		if view.Brand != "" {
			view.Text = is.Blocks[view.Brand]
		}
	}
	view.Version, view.Deployed, view.Left, view.Broken, view.By = is.Version, is.Version == is.File, is.Left, is.Broken, h.ruler(v, is.By)
	if is.At != nil {
		at := v.at(*is.At)
		view.When = &at
	}
	for _, r := range is.Items {
		view.Items = append(view.Items, h.ruleView(v, r))
		if slices.Contains(r.May, "approve") {
			view.Waiting = append(view.Waiting, r.Version)
		}
	}
	if view.Looked != "" {
		if view.Lines, p = h.desk.RulesText(v.Context(), v.by, view.Looked); p != nil {
			h.problem(w, v.Request, v, p)
			return
		}
	}
	h.render(w, status, "rules", v, page{Title: v.T("Rule book"), At: "rules", Said: v.T(ruleDone[v.URL.Query().Get("said")]), Body: &view})
}

// chooseRules chooses what is changed: the whole, or one of the blocks.
func (h *Handler) chooseRules(v *visit, is work.Rules, view *rulesView) {
	if _, mine := is.Blocks[view.Brand]; !mine {
		view.Brand = ""
	}
	if is.Policy != "" {
		view.Brands = append(view.Brands, option{"/console/rules", v.T("The whole"), view.Brand == ""})
	}
	for _, id := range v.by.Brands {
		if _, mine := is.Blocks[id]; !mine {
			continue
		}
		if view.Brand == "" && is.Policy == "" {
			view.Brand = id
		}
		name := id
		if b := h.desk.Policy.Brand(id); b != nil {
			name = b.Name
		}
		if id == view.Brand {
			view.Name = name
		}
		view.Brands = append(view.Brands, option{"/console/rules?brand=" + url.QueryEscape(id), name, id == view.Brand})
	}
	if len(view.Brands) < 2 {
		view.Brands = nil
	}
}

// ruler is who changed the rule book, in words.
func (h *Handler) ruler(v *visit, id string) string {
	if id == desk.RulesBy {
		return v.T("the deployment")
	}
	return h.nameOf(id)
}

func (h *Handler) ruleView(v *visit, r work.RulesVersion) ruleView {
	at := v.at(r.At)
	one := ruleView{RulesVersion: r, Who: h.ruler(v, r.By), When: &at, Said: v.T(ruleStates[r.State])}
	if r.Decided != "" && r.Decided != r.By {
		one.Decided = h.ruler(v, r.Decided)
	}
	if r.Expires != nil && r.State == "proposed" {
		end := v.at(*r.Expires)
		one.Ends = &end
	}
	for _, c := range r.Changes[:min(len(r.Changes), 5)] {
		one.Brief = append(one.Brief, c.Field)
	}
	one.More = len(r.Changes) - len(one.Brief)
	return one
}

// setRules answers POST /console/rules: a look at a change, or the change.
func (h *Handler) setRules(w http.ResponseWriter, v *visit) {
	view := rulesView{Brand: v.PostFormValue("brand"), Text: strings.ReplaceAll(v.PostFormValue("rules"), "\r\n", "\n"), Why: v.PostFormValue("why")}
	if v.MultipartForm != nil {
		var p *work.Problem
		if view.Text, p = rulesFile(v.Request); p != nil {
			view.FileAlert = v.trouble(p)
			h.showRules(w, v, p.Status, view)
			return
		}
	}
	order := map[string]string{"policy": view.Text, "parent": v.PostFormValue("parent"), "why": view.Why}
	if view.Brand != "" {
		order["block"], order["brand"] = view.Text, view.Brand
		delete(order, "policy")
	}
	body, err := json.Marshal(order)
	if err != nil {
		h.problem(w, v.Request, v, work.Refuse(http.StatusBadRequest, "", "this text cannot be read"))
		return
	}
	if v.PostFormValue("do") != "propose" {
		draft, p := h.desk.PreviewRules(v.Context(), v.by, body)
		if p != nil {
			h.refusedRules(w, v, view, p)
			return
		}
		view.Draft = h.draftView(v, draft)
		h.showRules(w, v, http.StatusOK, view)
		return
	}
	is, p := h.desk.ProposeRules(v.Context(), v.by, body)
	if p != nil {
		h.refusedRules(w, v, view, p)
		return
	}
	done := "proposed"
	if is.Version != v.PostFormValue("parent") {
		done = "approved"
	}
	to(w, "/console/rules?"+url.Values{"brand": {view.Brand}, "said": {done}}.Encode())
}

// refusedRules shows the page again, with why and with what was typed.
func (h *Handler) refusedRules(w http.ResponseWriter, v *visit, view rulesView, p *work.Problem) {
	view.Alert, view.Problems = v.trouble(p), p.Problems
	if say, ok := ruleRefusals[p.Code]; ok {
		view.Alert = v.T(say)
	}
	h.showRules(w, v, p.Status, view)
}

func (h *Handler) draftView(v *visit, d work.RulesDraft) *draftView {
	out := &draftView{Most: work.MaxPast, Reach: v.T(reachWords[d.Reach]), Lines: d.Lines, Refused: d.Reach == policy.Stack, Do: v.T("Let it stand")}
	if d.Reach == policy.Away {
		out.Do = v.T("Propose it")
	}
	for _, c := range d.Changes {
		out.Changes = append(out.Changes, c.Field)
	}
	for _, x := range d.Previews {
		out.Previews = append(out.Previews, h.previewView(v, x))
	}
	return out
}

// previewView is what a day's messages would have met otherwise.
func (h *Handler) previewView(v *visit, x desk.Preview) previewView {
	out := previewView{Name: x.Brand}
	if b := h.desk.Policy.Brand(x.Brand); b != nil {
		out.Name = b.Name
	}
	var by []string
	for _, n := range []struct {
		what string
		n    int
	}{{"priority", x.Priority}, {"assignee", x.Assignee}, {"due", x.Due}, {"receipt", x.Receipt}, {"pages", x.Pages}, {"text", x.Text}} {
		if n.n > 0 {
			by = append(by, fmt.Sprintf("%s %d", v.T(differWords[n.what]), n.n))
		}
	}
	switch {
	case x.Messages == 0:
		out.Words = v.T("On %s nothing came that opened a conversation.", x.Span())
	case x.Differ == 0:
		out.Words = v.T("Of %d message of %s nothing would have been otherwise. | Of %d messages of %s nothing would have been otherwise.", x.Messages, x.Span())
	default:
		out.Words = v.T("Of %d messages of %s, %d would have been treated in another way: %s.", x.Messages, x.Span(), x.Differ, strings.Join(by, ", "))
	}
	out.Words += v.ofDays(x)
	for _, s := range x.Samples {
		var what []string
		for _, d := range s.Differs {
			what = append(what, v.T(differWords[d]))
		}
		out.Samples = append(out.Samples, sampleView{s.Conversation, strings.Join(what, ", "), h.treated(v, s.Was, s.Differs), h.treated(v, s.Is, s.Differs)})
	}
	return out
}

// treated is what was made of a message, in the points that differ.
func (h *Handler) treated(v *visit, t desk.Treated, differs []string) string {
	var all []string
	add := func(what, says string) {
		if slices.Contains(differs, what) && says != "" {
			all = append(all, says)
		}
	}
	add("priority", v.T(priorities[t.Priority]))
	add("assignee", h.nameOf(t.Assignee))
	if !t.Due.IsZero() {
		add("due", v.at(t.Due).Words)
	}
	if t.Receipt != "full" {
		add("receipt", v.T("none: %s", v.T(words.Key(desk.Silence(t.Receipt).Words()))))
	} else {
		add("receipt", v.T("a receipt in %s", v.language(t.Language)))
	}
	var called []string
	for _, p := range t.Pages {
		if who, late := strings.CutSuffix(p, " when it is late"); late {
			called = append(called, v.T("%s when it is late", h.nameOf(who)))
		} else {
			called = append(called, v.T("%s at once", h.nameOf(strings.TrimSuffix(p, " at once"))))
		}
	}
	add("pages", strings.Join(called, ", "))
	add("text", t.Text)
	return strings.Join(all, " · ")
}

// settleRules answers POST /console/rules/{version}/{doing}: approve, refuse, withdraw, back.
func (h *Handler) settleRules(w http.ResponseWriter, v *visit) {
	version, done := v.PathValue("version"), "approved"
	var p *work.Problem
	switch v.PathValue("doing") {
	case "approve":
		_, p = h.desk.ApproveRules(v.Context(), v.by, version, nil)
	case "refuse":
		done = "refused"
		_, p = h.desk.RefuseRules(v.Context(), v.by, version, nil)
	case "withdraw":
		done = "withdrawn"
		_, p = h.desk.RefuseRules(v.Context(), v.by, version, nil)
	case "back":
		done = "back"
		body, _ := json.Marshal(map[string]string{"from": v.PostFormValue("from"), "to": version}) // strings can be encoded
		_, p = h.desk.RollBackRules(v.Context(), v.by, body)
	default:
		p = work.Refuse(http.StatusNotFound, "", "there is no such page")
	}
	if p != nil {
		h.refusedRules(w, v, rulesView{}, p)
		return
	}
	to(w, "/console/rules?said="+done)
}

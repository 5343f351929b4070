package pages

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// Drafts: what an agent types is kept at the desk, so that he finds it on another device, after a crash, and after signing out. A page shows what is kept, and each time that it
// comes back with something typed it has been kept: with scripts (drafts.js) while one types, without them by whatever button is pressed, of which Keep draft does nothing else.

// draftFields are a page's drafts, one a doing of which it has the fields.
type draftFields []draftField

// draftField is what a page knows of a draft.
type draftField struct {
	Of        work.Verb
	Version   string // over which it keeps what is typed next; "" for none yet
	Elsewhere string // what to say where something else is kept since
	Over      int    // the version of that
	Says      string // why what is typed was not kept; or which files stayed at a conversation that was merged
	Unkept    bool   // it was not
	Replaced  string // what stood on the page before the agent took what is kept
	At        string // where it is kept
}

// Draft is one of them, for a template.
func (all draftFields) Draft(of work.Verb) draftField {
	for _, d := range all {
		if d.Of == of {
			return d
		}
	}
	return draftField{Of: of}
}

// kept tells whether all that is typed on the page is kept.
func (all draftFields) kept() bool {
	return !slices.ContainsFunc(all, func(d draftField) bool { return d.Unkept || d.Elsewhere != "" })
}

// drafting is what is typed on a page, doing by doing.
type drafting struct {
	at      string
	writing func(of work.Verb) work.Writing
	typed   func(of work.Verb) desk.Draft
	take    func(of work.Verb, d desk.Draft)
}

// based is the version that a page has known, and whether it has known anything. "new", of a draft that it has begun to keep, is none yet.
func based(v *visit, of work.Verb) (version int, known bool) {
	s := v.PostFormValue("draft_" + string(of))
	n, _ := strconv.Atoi(s)
	return n, s != ""
}

// drafts puts into the fields of a page what is kept, where nothing was typed on it, and keeps what was. What was kept elsewhere meanwhile is not overwritten: the agent is
// asked. The page is worth more than its drafts: one that cannot be read or kept is said by the problem that the next press meets.
func (h *Handler) drafts(v *visit, kept []work.Draft, of []work.Verb, f drafting) (all draftFields) {
	for _, verb := range of {
		var was work.Draft
		was.Gone = true
		for _, x := range kept {
			if x.Of == verb {
				was = x
			}
		}
		all = append(all, h.draft(v, was, verb, f))
	}
	return all
}

func (h *Handler) draft(v *visit, was work.Draft, of work.Verb, f drafting) draftField {
	view, mine := draftField{Of: of, At: f.at}, f.typed(of)
	base, known := based(v, of)
	if over, ok := strings.CutPrefix(v.PostFormValue("over"), string(of)+":"); ok { // the agent was asked, and keeps this
		base, _ = strconv.Atoi(over)
	}
	view.Version = versionOf(was.Version)
	if v.Method == http.MethodGet { // nothing is typed on a page that is only asked for, but to whom a link would write
		if other := mine.To; !was.Gone && other != "" && other != was.To {
			view.Version, view.Elsewhere, view.Over = "", v.elsewhere(was), was.Version
		} else if !was.Gone {
			f.take(of, was.Draft)
			view.Says = v.behind(was)
		}
		return view
	}
	if v.PostFormValue("take") == string(of) {
		f.take(of, was.Draft)
		view.Replaced, view.Says = mine.Text, v.behind(was)
		return view
	}
	switch cleared := mine.Empty(string(of)); {
	case cleared && (!known || base < was.Version || was.Gone):
		if !was.Gone {
			f.take(of, was.Draft)
		}
		return view
	case !known && !was.Gone: // it comes from another page, as an answer that is taken back there
		mine, base = mine.With(was.Draft), was.Version
		f.take(of, mine)
	case !known:
		base = was.Version
	}
	if !was.Gone && mine.Same(was.Draft) {
		return view
	}
	is, p := h.desk.KeepDraft(v.Context(), v.by, f.writing(of), mine, expecting(base), work.Keeper{Name: v.PostFormValue("key"), Count: work.LastOfPage})
	switch {
	case p == nil:
		view.Version = versionOf(is.Version)
	case p.Status == http.StatusConflict:
		view.Version, view.Elsewhere, view.Over = versionOf(base), v.elsewhere(is), is.Version
	default:
		view.Version, view.Unkept, view.Says = versionOf(base), true, v.unkept(p)
	}
	return view
}

// unkept says that what is typed was not kept, and why.
func (v *visit) unkept(p *work.Problem) string {
	return v.T("Not kept as a draft.") + " " + v.trouble(p)
}

// behind says which files of a draft stayed at a conversation that was merged.
func (v *visit) behind(is work.Draft) string {
	if len(is.Behind) == 0 {
		return ""
	}
	return v.T("Not carried over from the conversation that was merged: %s. Attach it here again.", strings.Join(is.Behind, ", "))
}

func versionOf(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func expecting(base int) string { return strconv.Itoa(base) }

// elsewhere says that something else is kept than what stands on this page.
func (v *visit) elsewhere(is work.Draft) string {
	if is.Gone {
		return v.T("What was written here was sent or taken out elsewhere.")
	}
	return v.T("Also being written elsewhere, %s.", v.Time(is.At.In(v.zone()), "15:04"))
}

// verbsOfTalk are the doings whose drafts a conversation's page has the fields of.
var verbsOfTalk = work.DraftsOf

func talkDrafting(v *visit, id string, f *form) drafting {
	at := "/console/conversations/" + url.PathEscape(id)
	return drafting{
		at:      at,
		writing: func(of work.Verb) work.Writing { return work.Writing{Conversation: id, Of: of} },
		typed:   f.draft,
		take:    func(of work.Verb, d desk.Draft) { f.takes(v, of, d) },
	}
}

// cleared takes out, before a page is left for one that is asked for anew, what was emptied on it: it would stand there again.
func (h *Handler) cleared(v *visit, id string, f form) {
	if !slices.ContainsFunc(verbsOfTalk, func(of work.Verb) bool { base, _ := based(v, of); return base > 0 }) {
		return
	}
	if kept, p := h.desk.Drafts(v.Context(), v.by, id); p == nil {
		h.drafts(v, kept, verbsOfTalk, talkDrafting(v, id, &f))
	}
}

func letterDrafting(v *visit, x *writing) drafting {
	return drafting{
		at:      "/console/write",
		writing: func(of work.Verb) work.Writing { return work.Writing{Brand: x.Brand, Contact: x.Contact, Of: of} },
		typed:   func(work.Verb) desk.Draft { return x.draft() },
		take:    func(_ work.Verb, d desk.Draft) { x.takes(v, d) },
	}
}

// draft is what is typed for a doing.
func (f form) draft(of work.Verb) (d desk.Draft) {
	switch of {
	case work.Reply:
		return desk.Draft{Text: unixLines(f.Text), Cc: f.Cc, CcMore: f.CcMore, Then: f.Then, Later: f.At, Files: draftFiles(f.Files)}
	case work.Note:
		return desk.Draft{Text: unixLines(f.Note)}
	case work.Forward:
		return desk.Draft{Text: unixLines(f.Forward.Text), To: f.Forward.To, Messages: f.Forward.Messages, Attachments: f.Forward.Files, WithAddress: f.Forward.Address}
	case work.Assign:
		return desk.Draft{Text: unixLines(f.Handover), To: f.To}
	}
	return d
}

// takes puts a draft into the fields of its doing.
func (f *form) takes(v *visit, of work.Verb, d desk.Draft) {
	switch of {
	case work.Reply:
		f.Text, f.Cc, f.CcMore, f.Then, f.At, f.Files = d.Text, d.Cc, d.CcMore, d.Then, d.Later, v.filesOf(d)
	case work.Note:
		f.Note = d.Text
	case work.Forward:
		f.Forward = forwarding{To: d.To, Text: d.Text, Messages: d.Messages, Files: d.Attachments, Address: d.WithAddress}
	case work.Assign:
		f.Handover, f.To = d.Text, d.To
	}
}

func (x writing) draft() desk.Draft {
	to := x.To
	if x.Contact != "" {
		to = "" // it is not typed
	}
	return desk.Draft{Text: unixLines(x.Text), To: to, Name: x.Name, Subject: x.Title, Language: x.Language, Then: x.Then, Later: x.At, Files: draftFiles(x.Files)}
}

func (x *writing) takes(v *visit, d desk.Draft) {
	x.Text, x.To, x.Name, x.Title, x.Language, x.Then, x.At, x.Files = d.Text, d.To, d.Name, d.Subject, d.Language, d.Then, d.Later, v.filesOf(d)
}

func draftFiles(files []chosen) (all []desk.DraftFile) {
	for _, f := range files {
		id, _, _ := strings.Cut(f.Value, "/")
		all = append(all, desk.DraftFile{Upload: id, Name: f.Name, Size: f.Size})
	}
	return all
}

func (v *visit) filesOf(d desk.Draft) (all []chosen) {
	for _, f := range d.Files {
		all = append(all, chosen{f.Upload + "/" + strconv.Itoa(f.Size) + "/" + f.Name, f.Name, f.Size, v.size(f.Size)})
	}
	return all
}

// keepTyped answers POST …/keep: the page comes again, and what was typed on it has been kept.
func (h *Handler) keepTyped(w http.ResponseWriter, v *visit, id string, f form) {
	c, p := h.desk.Conversation(v.Context(), v.by, id, "")
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	f.looking, f.keeping = "text", true
	h.show(w, v, http.StatusOK, c, f, "", v.keptWords())
}

// keptWords say that what is typed is kept; of what was kept elsewhere and is taken nothing needs to be said.
func (v *visit) keptWords() string {
	if v.PostFormValue("take") != "" {
		return ""
	}
	return v.T("Kept as a draft: you find it on each of your devices, for thirty days.")
}

// keepLetter answers POST /console/write/keep, as keepTyped does of a conversation.
func (h *Handler) keepLetter(w http.ResponseWriter, v *visit) {
	x := writingOf(v)
	x.looking, x.keeping = "text", true
	h.showWrite(w, v, http.StatusOK, x, "", "", v.keptWords())
}

// draftWords are what a page's script is told of a draft.
type draftWords struct {
	Version int    `json:"version"`
	Gone    bool   `json:"gone,omitempty"`
	Words   string `json:"words,omitempty"` // that it is kept, or why not; or what else is
}

// keepDraft answers POST …/drafts, by which a page keeps what is typed for one doing: of, and the version that it knows among the fields. It is asked by the page's script alone.
func (h *Handler) keepDraft(w http.ResponseWriter, v *visit) {
	of := work.Verb(v.PostFormValue("of"))
	count, _ := strconv.Atoi(v.PostFormValue("count"))
	f := formOf(v)
	d := talkDrafting(v, v.PathValue("id"), &f)
	if v.PathValue("id") == "" {
		x := writingOf(v)
		d = letterDrafting(v, &x)
	}
	base, _ := based(v, of)
	// Who goes waits for no answer, and a browser whose page is gone may hang up: it is kept all the same.
	is, p := h.desk.KeepDraft(context.WithoutCancel(v.Context()), v.by, d.writing(of), d.typed(of), expecting(base), work.Keeper{Name: v.PostFormValue("key"), Count: count})
	status, answer := http.StatusOK, draftWords{Version: is.Version, Gone: is.Gone}
	switch {
	case p == nil && !is.Gone:
		answer.Words = v.T("Draft kept, %s.", v.Time(is.At.In(v.zone()), "15:04"))
	case p != nil && p.Status == http.StatusConflict:
		answer.Words = v.elsewhere(is)
	case p != nil:
		answer.Words = v.unkept(p)
	}
	if p != nil {
		status = p.Status
	}
	v.tells(w, status, answer)
}

// keptDrafts answers GET …/drafts: what is kept now, without its words, for a page that comes to the front again.
func (h *Handler) keptDrafts(w http.ResponseWriter, v *visit) {
	var kept []work.Draft
	var p *work.Problem
	if id := v.PathValue("id"); id != "" {
		kept, p = h.desk.Drafts(v.Context(), v.by, id)
	} else {
		var one work.Draft
		one, p = h.desk.LetterBegun(v.Context(), v.by, v.URL.Query().Get("brand"), v.URL.Query().Get("contact"))
		kept = []work.Draft{one}
	}
	if p != nil {
		v.tells(w, p.Status, nil)
		return
	}
	all := map[work.Verb]draftWords{}
	for _, x := range kept {
		all[x.Of] = draftWords{x.Version, x.Gone, v.elsewhere(x)}
	}
	v.tells(w, http.StatusOK, all)
}

func (v *visit) tells(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

// begunView is a letter that the agent has begun.
type begunView struct{ Address, Words string }

// begun marks the conversations of a list at which the agent has a draft, and names the letters that he has begun. The list is worth more than this: what cannot be read is logged.
func (h *Handler) begun(v *visit, rows []row) (letters []begunView) {
	all, p := h.desk.Begun(v.Context(), v.by, "")
	if p != nil {
		h.desk.Log.Error("page", "error", "the drafts cannot be listed")
		return nil
	}
	for i := range rows {
		rows[i].Draft = all.Held(rows[i].ID)
	}
	names, p := h.desk.LettersTo(v.Context(), all)
	if p != nil {
		h.desk.Log.Error("page", "error", "whom the drafts are to cannot be read")
	}
	for _, x := range all.Items {
		b := h.desk.Policy.Brand(x.Brand)
		if x.Of != work.StartIt || b == nil {
			continue
		}
		words := v.T("A letter that you have begun")
		switch to, several := names[x.Contact], len(v.by.Brands) > 1; {
		case to != "" && several:
			words = v.T("A letter to %s that you have begun, %s", to, b.Name)
		case to != "":
			words = v.T("A letter to %s that you have begun", to)
		case several:
			words = v.T("A letter that you have begun, %s", b.Name)
		}
		letters = append(letters, begunView{"/console/write?" + url.Values{"brand": {x.Brand}, "contact": {x.Contact}}.Encode(), words})
	}
	return letters
}

package pages

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// bulkView is what can be done to several conversations of the queue at once.
type bulkView struct {
	Key, Back string
	Assignees []option
	Snoozes   []option
}

const (
	maxBulk  = 50 // a page of the queue
	bulkEach = 8  // at once
)

// bulk answers POST /console/bulk with ids as id:version and one doing. Each is a doing of its own: one that somebody else has changed meanwhile is left as it is.
func (h *Handler) bulk(w http.ResponseWriter, v *visit) {
	verb := work.Verb(v.PostFormValue("doing"))
	ids := v.PostForm["id"]
	body, p := bulkBody(v, verb)
	switch {
	case p == nil && len(ids) == 0:
		p = work.Refuse(http.StatusUnprocessableEntity, "id", "choose one conversation at least")
	case p == nil && len(ids) > maxBulk:
		p = work.Refuse(http.StatusUnprocessableEntity, "id", "choose fifty at most")
	}
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	done, left := h.doAll(v, verb, ids, body)
	back := here(v.PostFormValue("back"))
	if !strings.Contains(back, "?") {
		back += "?"
	}
	q := url.Values{"did": {string(verb)}, "left_out": {left}}
	if verb != work.Undo {
		q.Set("done", strings.Join(done, ","))
	} else {
		q.Set("undone", "yes")
	}
	to(w, back+"&"+q.Encode())
}

// bulkBody is the doing's body, as the API has it.
func bulkBody(v *visit, verb work.Verb) ([]byte, *work.Problem) {
	body := map[string]any{}
	switch verb {
	case work.Resolve, work.Claim, work.Undo:
	case work.Assign:
		if body["to"] = v.PostFormValue("to"); body["to"] == "" {
			return nil, work.Refuse(http.StatusUnprocessableEntity, "to", "choose who is to have them")
		}
	case work.Snooze:
		if body["until"] = v.PostFormValue("until"); body["until"] == "" {
			return nil, work.Refuse(http.StatusUnprocessableEntity, "until", "choose until when")
		}
	case work.TagIt:
		body["add"] = tagList(v.PostFormValue("tags"))
	default:
		return nil, work.Refuse(http.StatusNotFound, "doing", "this is not done to several at once")
	}
	b, err := json.Marshal(body)
	if err != nil {
		return nil, work.Refuse(http.StatusUnprocessableEntity, "", "this text cannot be read")
	}
	return b, nil
}

// doAll does it to each, some at a time; left says of those that were not done why, in codes with counts.
func (h *Handler) doAll(v *visit, verb work.Verb, ids []string, body []byte) (done []string, left string) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	why := map[string]int{}
	free := make(chan struct{}, bulkEach)
	for _, id := range ids {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			id, version, _ := strings.Cut(id, ":")
			_, _, p := h.desk.Do(v.Context(), v.by, id, verb, work.Request{Body: body, Match: version, Key: v.PostFormValue("key") + ":" + string(verb) + ":" + id})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case p == nil:
				done = append(done, id)
			default:
				why[cmp.Or(p.Code, "other")]++
			}
		})
	}
	wg.Wait()
	slices.Sort(done)
	var codes []string
	for code, n := range why {
		codes = append(codes, code+":"+strconv.Itoa(n))
	}
	slices.Sort(codes)
	return done, strings.Join(codes, ",")
}

// leftOut says why some were left as they were, of codes with counts: what stands in an address is not shown as our words.
func (v *visit) leftOut(codes string) string {
	var all []string
	for _, c := range strings.SplitN(codes, ",", maxBulk) {
		code, count, _ := strings.Cut(c, ":")
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 || n > maxBulk {
			continue
		}
		why := desk.Refusal(code).Words()
		switch {
		case code == string(desk.Changed):
			why = "somebody was quicker"
		case why == code:
			why = "it could not be done"
		}
		all = append(all, v.T("%d conversation left as it was: %s | %d conversations left as they were: %s", n, v.said(why)))
	}
	return strings.Join(all, "; ")
}

// bulked are words for what was done to several.
var bulked = map[work.Verb]words.Key{
	work.Resolve: "%d conversation resolved. | %d conversations resolved.", work.Claim: "%d conversation yours. | %d conversations yours.",
	work.Assign: "%d conversation handed over. | %d conversations handed over.", work.Snooze: "%d conversation snoozed. | %d conversations snoozed.",
	work.TagIt: "%d conversation tagged. | %d conversations tagged.", work.Undo: "Undone.",
}

// bulkSaid says what was done to several, with the button that takes it back.
func (h *Handler) bulkSaid(v *visit) (done string, undo *undoView) {
	q := v.URL.Query()
	verb := work.Verb(q.Get("did"))
	what, ok := bulked[verb]
	if !ok {
		return "", nil
	}
	ids := strings.FieldsFunc(q.Get("done"), func(r rune) bool { return r == ',' })
	done = v.T(what, len(ids))
	if left := v.leftOut(q.Get("left_out")); left != "" {
		done += " " + sentence(left)
	}
	if len(ids) == 0 || len(ids) > maxBulk {
		return done, nil
	}
	undo = &undoView{Action: "/console/bulk", Words: v.T("Until anything else happens to them:"), Fields: []option{{rand.Text(), "key", false}, {string(work.Undo), "doing", false}, {cmp.Or(with(q), "/console"), "back", false}}}
	for _, id := range ids {
		undo.Fields = append(undo.Fields, option{Value: id, Words: "id"})
	}
	return done, undo
}

// undoing is the button for what an agent has just done to the conversation that he looks at.
func undoing(v *visit, c work.Conversation) *undoView {
	if c.Undo == nil || c.Undo.By != v.by.ID || v.URL.Query().Get("said") == "" {
		return nil
	}
	return &undoView{Action: "/console/conversations/" + c.ID + "/undo", Words: v.T("Until anything else happens:"), Fields: []option{{rand.Text(), "key", false}}}
}

// bulkOf furnishes the queue with what can be done to several: to everybody who answers for one of the agent's brands they may be handed.
func (h *Handler) bulkOf(v *visit, q url.Values) bulkView {
	b := bulkView{Key: rand.Text(), Back: with(q), Snoozes: snoozes(v)}
	for _, brand := range h.brands(v) {
		for _, a := range h.desk.Policy.Agents {
			if slices.Contains(a.Brands, brand.ID) && !slices.ContainsFunc(b.Assignees, func(o option) bool { return o.Value == a.ID }) {
				b.Assignees = append(b.Assignees, option{Value: a.ID, Words: a.Name})
			}
		}
		b.Assignees = append(b.Assignees, option{Value: brand.Team.ID, Words: v.T("%s, the team", brand.Team.Name)})
	}
	return b
}

// keptView is a list that an agent keeps under a name.
type keptView struct {
	ID, Brand, Name string
	Mine            bool
}

// kept adds the agent's own lists to the tabs, and what he may take off.
func (h *Handler) kept(view *queueView, v *visit, q url.Values) {
	for _, b := range h.brands(v) {
		all, p := h.desk.Views(v.Context(), v.by, b.ID)
		if p != nil {
			return
		}
		for _, x := range all.Items {
			t := tab{Name: x.Name, Words: x.Name, Href: with(url.Values{"view": {x.Of}, "brand": {b.ID}, "channel": {x.Channel}, "language": {x.Language}, "tag": {x.Tag}})}
			t.On = t.Href == with(q, "cursor", "")
			if t.On {
				for i := range view.Tabs {
					view.Tabs[i].On = false
				}
			}
			view.Kept = append(view.Kept, t)
			if x.By == v.by.ID || x.Shared && work.May(v.by, b.ID, work.SetMacro) {
				view.Own = append(view.Own, keptView{x.ID, b.ID, x.Name, true})
			}
		}
	}
}

// keepView answers POST /console/views: the list that is looked at is kept under a name, or one is taken off.
func (h *Handler) keepView(w http.ResponseWriter, v *visit) {
	r := work.Request{Key: v.PostFormValue("key")}
	brand := v.PostFormValue("brand")
	var p *work.Problem
	if id := v.PostFormValue("drop"); id != "" {
		id, brand, _ = strings.Cut(id, ":")
		_, _, p = h.desk.DropView(v.Context(), v.by, brand, id, r)
	} else {
		body := map[string]any{"name": v.PostFormValue("name"), "of": v.PostFormValue("view"), "channel": v.PostFormValue("channel"), "language": v.PostFormValue("language"), "tag": v.PostFormValue("tag"), "shared": v.PostFormValue("shared") != ""}
		raw, err := json.Marshal(body)
		if err != nil {
			p = work.Refuse(http.StatusUnprocessableEntity, "name", "this name cannot be read")
		} else {
			r.Body = raw
			_, _, p = h.desk.SetView(v.Context(), v.by, brand, "", r)
		}
	}
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	to(w, here(v.PostFormValue("back")))
}

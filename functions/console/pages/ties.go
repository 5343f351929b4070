package pages

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strings"

	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// What an agent says of two conversations, or of two contacts: that they are one matter, have to do with each other, are one person. The forms lie folded beside what
// else the contact has written. What is typed elsewhere on the page stays.
const (
	onePerson  = "same"
	twoPersons = "apart"
)

// tiesForm is what is typed there.
type tiesForm struct {
	Into, IntoAt, IntoWhy  string // chosen, or typed: the id or the address of a conversation's page
	Strangers              bool   // the agent knows that they are two contacts'
	Other, OtherAt, ToWhy  string
	Person, Who, PersonWhy string // what is looked for, whom of those found, how the agent knows
	Consent                bool
	found                  []option // whom what is looked for may mean
	ask                    bool     // whether the agent knows that they are two contacts' has to be asked
}

func tiesOf(v *visit) tiesForm {
	get := v.PostFormValue
	return tiesForm{
		Into: get("into"), IntoAt: get("into_at"), IntoWhy: get("into_why"), Strangers: get("strangers") != "",
		Other: get("other"), OtherAt: get("other_at"), ToWhy: get("other_why"),
		Person: get("person"), Who: get("who"), PersonWhy: get("person_why"), Consent: get("consent") != "",
	}
}

// empty tells whether nothing of it would be lost.
func (t tiesForm) empty() bool {
	return strings.TrimSpace(t.Into+t.IntoAt+t.IntoWhy+t.Other+t.OtherAt+t.ToWhy+t.Person+t.PersonWhy) == ""
}

// Found are those whom what is looked for may mean.
func (t tiesForm) Found() []option { return t.found }

// Ask tells whether the agent is asked if he knows that two contacts become one matter.
func (t tiesForm) Ask() bool { return t.ask || t.Strangers }

// ties does what one of the buttons says, and shows the page again, or the one on which it goes on.
func (h *Handler) ties(w http.ResponseWriter, v *visit, id string, doing work.Verb, f form) {
	at, word, p := id, string(doing), (*work.Problem)(nil)
	switch doing {
	case work.Merge:
		at, word, p = h.mergeInto(v, id, &f.Ties)
	case work.Relate:
		p = h.relate(v, id, f.Ties)
	case work.Unrelate:
		_, _, p = h.desk.Do(v.Context(), v.by, id, work.Unrelate, asked(v, work.Unrelate, map[string]any{"to": v.PostFormValue("from")}))
	case onePerson:
		p = h.samePerson(v, id, &f.Ties)
	case twoPersons:
		_, _, p = h.desk.Unlink(v.Context(), v.by, v.PostFormValue("contact"), asked(v, twoPersons, map[string]any{}))
	}
	if p != nil {
		h.refuse(w, v, id, f, p)
		return
	}
	h.tied(w, v, at, doing, word, f)
}

// tied shows what has become of it; word is what is said of it.
func (h *Handler) tied(w http.ResponseWriter, v *visit, id string, doing work.Verb, word string, f form) {
	switch kept := f.Ties; doing {
	case work.Merge:
		f.Ties = tiesForm{}
	case work.Relate:
		f.Ties.Other, f.Ties.OtherAt, f.Ties.ToWhy = "", "", ""
	case onePerson:
		f.Ties = tiesForm{Into: kept.Into, IntoAt: kept.IntoAt, IntoWhy: kept.IntoWhy, Other: kept.Other, OtherAt: kept.OtherAt, ToWhy: kept.ToWhy}
	}
	c, p := h.desk.Conversation(v.Context(), v.by, id, "")
	switch {
	case p != nil:
		h.problem(w, v.Request, v, p)
	case f.settled(c) || doing == work.Merge && f.empty():
		if doing != work.Merge { // its drafts go on elsewhere
			h.cleared(v, id, f)
		}
		to(w, saidAt(v, id, word))
	default:
		h.show(w, v, http.StatusOK, c, f, "", v.T(said[word]))
	}
}

// asked is a request by what the form says, once for each time that the page was made.
func asked(v *visit, doing work.Verb, body map[string]any) work.Request {
	for k, x := range body {
		if s, ok := x.(string); ok {
			body[k] = strings.ReplaceAll(s, "\r\n", "\n")
		}
	}
	b, err := json.Marshal(body)
	if err != nil {
		b = nil // what the desk then misses it says
	}
	return work.Request{Body: b, Key: v.PostFormValue("key") + ":" + string(doing)}
}

// idOf is a conversation's id as it was chosen, or as it is typed: itself, or the address of its page.
func idOf(chosen, typed string) string {
	typed = strings.TrimSpace(typed)
	if u, err := url.Parse(typed); err == nil && strings.Contains(u.Path, "/") {
		typed = path.Base(u.Path)
	}
	return cmp.Or(typed, chosen)
}

// mergeInto lets the conversation go on in another, and tells where that is, and the word for it: what goes back whence it was split off is put back, and not merged.
func (h *Handler) mergeInto(v *visit, id string, t *tiesForm) (at, word string, p *work.Problem) {
	other := idOf(t.Into, t.IntoAt)
	if other == "" {
		return "", "", work.Refuse(http.StatusUnprocessableEntity, "into", "choose the conversation in which it goes on, or give its id or the address of its page")
	}
	r := asked(v, work.Merge, map[string]any{"into": other, "why": t.IntoWhy, "different_contacts": t.Strangers})
	r.Match = v.PostFormValue("version")
	word = string(work.Merge)
	if was, bad := h.desk.Glance(v.Context(), v.by, id); bad == nil && was.SplitFrom != nil && was.SplitFrom.Undo && was.SplitFrom.Conversation == other {
		word = putBack
	}
	c, _, p := h.desk.Do(v.Context(), v.by, id, work.Merge, r)
	if p != nil && p.Code == string(desk.OtherContact) {
		t.ask = true
		p = work.Refuse(p.Status, "strangers", "They are of two people, and who writes next reads the answers to the other. If it is one matter all the same, tick that you know, and press again.")
	}
	return c.Merged, word, p
}

// relate says that the conversation has to do with another.
func (h *Handler) relate(v *visit, id string, t tiesForm) *work.Problem {
	other := idOf(t.Other, t.OtherAt)
	if other == "" {
		return work.Refuse(http.StatusUnprocessableEntity, "to", "choose the other conversation, or give its id or the address of its page")
	}
	_, _, p := h.desk.Do(v.Context(), v.by, id, work.Relate, asked(v, work.Relate, map[string]any{"to": other, "why": t.ToWhy}))
	return p
}

// samePerson says that the contact is the same person as another, who is found by what is typed. One who is not named exactly is chosen among those found: nothing is
// guessed from a name.
func (h *Handler) samePerson(v *visit, id string, t *tiesForm) *work.Problem {
	c, p := h.desk.Conversation(v.Context(), v.by, id, "")
	if p == nil {
		p = h.findPerson(v, c, t)
	}
	if p != nil {
		return p
	}
	_, _, p = h.desk.Link(v.Context(), v.by, c.Contact.ID, asked(v, onePerson, map[string]any{"contact": t.Who, "why": t.PersonWhy, "consent": t.Consent}))
	return p
}

// findPerson finds whom the agent means, where he has not chosen.
func (h *Handler) findPerson(v *visit, c work.Conversation, t *tiesForm) *work.Problem {
	q := idOf("", t.Person)
	page, p := work.Page{}, (*work.Problem)(nil)
	if q != "" {
		page, p = h.desk.Search(v.Context(), v.by, q, c.Brand, "")
	}
	if p != nil {
		return p
	}
	known := map[string]bool{c.Contact.ID: true}
	for _, x := range c.Contact.Same {
		known[x.Contact] = true
	}
	exact, chosen := "", false
	for _, x := range page.Items {
		if known[x.Contact.ID] {
			continue
		}
		known[x.Contact.ID] = true
		t.found = append(t.found, option{Value: x.Contact.ID, Words: v.named(x)})
		chosen = chosen || x.Contact.ID == t.Who
		if x.ID == q || strings.EqualFold(x.Contact.Address, q) {
			exact = x.Contact.ID
		}
	}
	switch {
	case chosen:
	case exact != "":
		t.Who = exact
	case len(t.found) > 0:
		return work.Refuse(http.StatusUnprocessableEntity, "person", "choose who it is of those found")
	default:
		return work.Refuse(http.StatusUnprocessableEntity, "person", "nobody else is found by that: give an address, a name, or the id of a conversation of theirs")
	}
	return nil
}

// named is a conversation's contact, with what tells it from others.
func (v *visit) named(c work.Conversation) string {
	if c.Contact.Name == "" || c.Contact.Name == c.Contact.Address {
		return v.T("%s, by %s", cmp.Or(c.Contact.Address, v.T("unknown")), v.channel(c.Channel))
	}
	return v.T("%s, %s, by %s", c.Contact.Name, c.Contact.Address, v.channel(c.Channel))
}

package pages

import (
	"cmp"
	"crypto/rand"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// scheduledView is an answer that has not left.
type scheduledView struct {
	ID, Then string
	Words    string // why it has not left
	Leaves   []string
	Stopped  bool
	At       moment
	Soon     bool // it can be taken back for some seconds only
}

// takenBack is what an answer says and carries that has not left, for the fields that it comes back to. It tells whether the answer begins the conversation.
func (h *Handler) takenBack(v *visit, id string, f *form) (begins bool) {
	c, p := h.desk.Conversation(v.Context(), v.by, id, "")
	if p != nil {
		return false
	}
	answer := v.PostFormValue("answer")
	for _, s := range c.Scheduled {
		if s.ID == answer {
			f.then = thens(s.Then)
		}
	}
	for _, m := range c.Messages {
		if m.Answer == "" || m.Answer != answer {
			continue
		}
		for _, a := range m.Attachments {
			f.files = append(f.files, chosen{a.Upload + "/" + strconv.Itoa(a.Size) + "/" + a.Name, a.Name, a.Size, v.size(a.Size)})
		}
		f.back = m.Text
		return c.Begins == answer
	}
	return false
}

// next is where an agent goes on who has answered: to the first conversation that is his and owed, or that nobody has; else to the queue.
func (h *Handler) next(v *visit, done string) string {
	for _, view := range []string{"mine", "unassigned"} {
		q, p := h.desk.Queue(v.Context(), v.by, work.Query{View: view})
		if p != nil {
			break
		}
		for _, c := range q.Items {
			if c.ID != done && c.Status == desk.StatusOpen && len(c.Scheduled) == 0 {
				return "/console/conversations/" + c.ID
			}
		}
	}
	return "/console"
}

// leaving is what an agent may still take back who has gone on to another page.
func (h *Handler) leaving(v *visit) *undoView {
	id := v.URL.Query().Get("left")
	if id == "" {
		return nil
	}
	c, p := h.desk.Conversation(v.Context(), v.by, id, "")
	if p != nil {
		return nil
	}
	for _, s := range slices.Backward(c.Scheduled) {
		if s.By.ID == v.by.ID && s.Stopped == "" {
			return &undoView{
				Action: "/console/conversations/" + c.ID + "/take_back", Words: v.T("To %s:", cmp.Or(c.Contact.Name, c.Contact.Address)), Until: v.at(s.At),
				Fields: []option{{Value: s.ID, Words: "answer"}, {Value: rand.Text(), Words: "key"}},
			}
		}
	}
	return nil
}

// undoView is a button that takes back what was just done on another page.
type undoView struct {
	Action, Words string
	Until         moment
	Fields        []option // hidden: Words are the name
}

// scheduled are a conversation's answers that have not left.
func scheduled(v *visit, c work.Conversation) (all []scheduledView) {
	for _, s := range c.Scheduled {
		why := v.said(s.Stopped.Words())
		x := scheduledView{ID: s.ID, At: v.at(s.At), Stopped: s.Stopped != "", Words: v.T("Your answer has not left: %s.", why), Leaves: v.Cut("Your answer leaves {}"), Soon: s.At.Sub(v.now) <= time.Minute}
		switch mine := s.By.ID == v.by.ID; {
		case c.Begins == s.ID && mine:
			x.Words, x.Leaves = v.T("Your letter has not left: %s.", why), v.Cut("Your letter leaves {}")
		case c.Begins == s.ID:
			x.Words, x.Leaves = v.T("%s’s letter has not left: %s.", s.By.Name, why), v.Cut("%s’s letter leaves {}", s.By.Name)
		case !mine:
			x.Words, x.Leaves = v.T("%s’s answer has not left: %s.", s.By.Name, why), v.Cut("%s’s answer leaves {}", s.By.Name)
		}
		var then []string
		for _, t := range thens(s.Then) {
			then = append(then, v.then(t))
		}
		x.Then = strings.Join(then, ", ")
		all = append(all, x)
	}
	return all
}

// afterAnswer is where an agent is led who has answered.
func (h *Handler) afterAnswer(v *visit, c work.Conversation) string {
	if v.PostFormValue("next") == "" {
		return saidAt(v, c.ID, string(work.Reply))
	}
	return h.next(v, c.ID) + "?" + url.Values{"said": {string(work.Reply)}, "left": {c.ID}}.Encode()
}

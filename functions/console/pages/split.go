package pages

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"

	"pronto/functions/console/work"
)

// splitForm is what is chosen to go into a conversation of its own, and why.
type splitForm struct {
	Messages []string // ids
	Why      string
}

func (f splitForm) empty() bool { return len(f.Messages) == 0 && strings.TrimSpace(f.Why) == "" }

// splitView is whence a conversation was split off.
type splitView struct {
	Of, By string
	Undo   bool
}

// shownToSplit is how many of the newest messages are offered.
const shownToSplit = 20

// splits are what can go from here, the newest first; none where nothing would stay.
func (v *visit) splits(c work.Conversation, f splitForm) (all []option) {
	if c.Merged != "" {
		return nil
	}
	came, stays := 0, 0
	for _, m := range slices.Backward(c.Messages) {
		if m.Kind != "message" && m.Kind != "reply" && m.Kind != "note" || m.Came || m.Answer != "" || len(all) == shownToSplit {
			continue
		}
		if m.Kind == "message" {
			came++
		}
		if m.Kind != "note" {
			stays++
		}
		words := v.at(m.At).Words + " · " + cmp.Or(m.Author, v.T("unknown"))
		if m.Abuse == "" {
			words += " · " + beginning(m.Text)
		}
		all = append(all, option{Value: m.ID, Words: words, On: slices.Contains(f.Messages, m.ID)})
	}
	if came == 0 || stays < 2 {
		return nil
	}
	return all
}

// split takes what was chosen into a conversation of its own, and shows that; or this one, where something else was typed here.
func (h *Handler) split(w http.ResponseWriter, v *visit, id string, f form) {
	var c work.Conversation
	p := work.Refuse(http.StatusUnprocessableEntity, "messages", "choose what goes into a conversation of its own")
	if len(f.Split.Messages) > 0 {
		r := asked(v, work.Split, map[string]any{"messages": f.Split.Messages, "why": f.Split.Why})
		r.Match = v.PostFormValue("version")
		c, _, p = h.desk.Do(v.Context(), v.by, id, work.Split, r)
	}
	if p != nil {
		h.refuse(w, v, id, f, p)
		return
	}
	if f.Split = (splitForm{}); f.settled(c) && len(c.SplitOff) > 0 {
		h.cleared(v, id, f)
		to(w, "/console/conversations/"+c.SplitOff[len(c.SplitOff)-1].Conversation+"?said="+string(work.Split))
		return
	}
	h.show(w, v, http.StatusOK, c, f, "", v.T(said[string(work.Split)]))
}

// putBack tells of a merge that takes a split back, as if it had not been.
const putBack = "put_back"

// unsplitting is the button for what an agent has just split off, on the page of that.
func unsplitting(v *visit, c work.Conversation) *undoView {
	s := c.SplitFrom
	if s == nil || !s.Undo || s.By != v.by.ID || v.URL.Query().Get("said") != string(work.Split) {
		return nil
	}
	return &undoView{Action: "/console/conversations/" + c.ID + "/merge", Words: v.T("Until anything else happens:"), Fields: []option{{rand.Text(), "key", false}, {s.Conversation, "into", false}}}
}

// went is the line in place of messages that were split off; those that stood together have one.
func (v *visit) went(all []piece, p piece, m work.Message) []piece {
	if n := len(all); n > 0 && all[n-1].SplitTo == m.Split && p.Day == "" {
		all[n-1].Went++
	} else {
		p.SplitTo, p.Went = m.Split, 1
		all = append(all, p)
	}
	is := &all[len(all)-1]
	is.Words = v.T("%d message is in | %d messages are in", is.Went)
	return all
}

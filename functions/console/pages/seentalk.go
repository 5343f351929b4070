package pages

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// seenTalk is what an open page knows of a conversation: what it shows, up to which turn, and who else is there. It travels as the page's ETag.
//
// While no turn is taken nothing need be read but the conversation's head and who is there. What changes beside turns is what becomes of what was sent: it is looked at while that is on its
// way, and once a minute, as is all else that a turn does not tell of: a card, the silence switch, a conversation that was merged into this one, time.
type seenTalk struct {
	print  string // of what is shown
	turn   int
	minute string
	here   string // of who else is there
	still  bool   // nothing that was sent is on its way
}

func (s seenTalk) tag() string {
	still := "0"
	if s.still {
		still = "1"
	}
	return `"` + strings.Join([]string{s.print, strconv.Itoa(s.turn), s.minute, s.here, still}, ".") + `"`
}

func readTalk(tag string) (s seenTalk) {
	parts := strings.Split(strings.Trim(strings.TrimPrefix(tag, "W/"), `"`), ".")
	if len(parts) != 5 {
		return s
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return s
	}
	return seenTalk{parts[0], n, parts[2], parts[3], parts[4] == "1"}
}

// company is who else is at a conversation, and by which name the page that asks is known.
type company struct {
	page string
	all  []hereView
}

// talkSeen is what a page with this on it knows.
func talkSeen(v *visit, c work.Conversation, view *talkView) seenTalk {
	return seenTalk{print: bare(view.facts), turn: c.Seen, minute: minuteOf(v.now), here: bare(view.Here), still: settled(c, v.now)}
}

func bare(shown any) string { return strings.Trim(version(shown), `"`) }

func minuteOf(t time.Time) string { return fmt.Sprint(t.Unix() / 60) }

// onItsWay is how long after it was tried the word of what becomes of a piece is waited for at every question. Later words are seen within a minute.
const onItsWay = 2 * time.Minute

// settled tells whether nothing that the page shows has just been sent.
func settled(c work.Conversation, now time.Time) bool {
	for _, m := range c.Messages {
		d := m.Delivery
		if d != nil && now.Sub(d.Tried) < onItsWay && (d.State == desk.Queued || d.State == desk.Sending || d.State == desk.Accepted) {
			return false
		}
	}
	return true
}

// freshTalk answers an open page: 304 while it shows what there is, by the conversation's head alone where that tells.
func (h *Handler) freshTalk(w http.ResponseWriter, v *visit) {
	c, p := h.desk.Glance(v.Context(), v.by, v.PathValue("id"))
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	there, was := h.here(v, c, rand.Text()), readTalk(v.Header.Get("If-None-Match"))
	if was.still && was.turn == c.Seen && was.minute == minuteOf(v.now) && was.here == bare(there.all) {
		w.Header().Set("ETag", was.tag())
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if c, p = h.desk.Conversation(v.Context(), v.by, c.ID, v.URL.Query().Get("from")); p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	view := h.talk(v, c, there)
	w.Header().Set("ETag", view.Fresh)
	if was.print == talkSeen(v, c, &view).print {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if wantsAll(v) {
		if view.All, p = h.all(v, c); p != nil {
			h.problem(w, v.Request, v, p)
			return
		}
	}
	view.News = news(c, v.URL.Query().Get("seen"), v)
	h.render(w, http.StatusOK, "talk_live", v, page{Body: &view})
}

package pages

import (
	"net/http"
	"time"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
)

// lineView is a mailbox or an account as a page shows it.
type lineView struct {
	work.Line
	Brand, Channel string
	Bad            bool
	Said           string
	When, From     *moment
	Last, Connects *moment // of an account: when something last came, when it was connected
	Ends           *moment // when its token does
}

// lineStates are the states in words.
var lineStates = map[string]words.Key{
	work.LineOK: "is read", work.LineFailing: "cannot be read, or sent from", work.LineBehind: "is read, and more comes than is read at once", work.LineSilent: "is not read: does the function poll run?",
	work.LineNew: "was not read yet",
}

// channels answers GET /console/channels: how the mailboxes and accounts are that the desk reads by itself.
func (h *Handler) channels(w http.ResponseWriter, v *visit) {
	lines, p := h.desk.Lines(v.Context(), v.by, "")
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	var views []lineView
	for _, l := range lines {
		l.Words = v.said(l.Words)
		one := lineView{Line: l, Brand: l.Brand, Channel: v.channel(l.Channel), Bad: l.State == work.LineFailing || l.State == work.LineSilent, Said: v.T(lineStates[l.State])}
		if b := h.desk.Policy.Brand(l.Brand); b != nil {
			one.Brand = b.Name
		}
		when := func(t *time.Time) *moment {
			if t == nil {
				return nil
			}
			m := v.at(*t)
			return &m
		}
		one.When, one.From, one.Last, one.Connects, one.Ends = when(l.Read), when(l.Since), when(l.Newest), when(l.Connected), when(l.Expires)
		views = append(views, one)
	}
	h.render(w, http.StatusOK, "channels", v, page{Title: v.T("Channels"), At: "channels", Body: views})
}

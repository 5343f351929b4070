package pages

import (
	"encoding/json"
	"net/http"
	"strings"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/channel"
	"pronto/shared/desk"
)

// measureView is how what is being written stands against its channel's rules, and by what it is asked for again.
type measureView struct {
	Brand, Channel, To, Account string
	Words                       []string // how long, how many posts, what it costs
	Refused                     string   // why it cannot leave so
}

// measuring is what the page knows at first. It is nil where nothing leaves.
func (h *Handler) measuring(v *visit, c work.Conversation, f form) *measureView {
	if c.Merged != "" {
		return nil
	}
	view := &measureView{Brand: c.Brand, Channel: c.Channel, To: c.Contact.Address, Account: c.Account}
	if !h.measure(v, view, f.Text, f.Files) {
		return nil
	}
	return view
}

// measured answers POST /console/measure: what a page asks by itself while an agent types. It looks at the rule book alone, and keeps nothing.
func (h *Handler) measured(w http.ResponseWriter, v *visit) {
	get := v.PostFormValue
	view := &measureView{Brand: get("of_brand"), Channel: get("of_channel"), To: get("of_to"), Account: get("of_account")}
	if !h.measure(v, view, get("text"), chosenOf(v)) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	h.render(w, http.StatusOK, "measured", v, page{Body: view})
}

func (h *Handler) measure(v *visit, view *measureView, text string, files []chosen) bool {
	total := 0
	for _, f := range files {
		total += max(f.Size, 0)
	}
	body, err := json.Marshal(map[string]any{"channel": view.Channel, "text": strings.ReplaceAll(text, "\r\n", "\n"), "to": view.To, "account": view.Account, "files": total})
	if err != nil {
		return false
	}
	m, p := h.desk.Measure(v.by, view.Brand, work.Request{Body: body})
	if p != nil {
		return false
	}
	view.Words, view.Refused = v.measured(m), v.refusedBy(m)
	return true
}

// countWords say what a channel counts, filled in with how many there are and may be.
var countWords = map[channel.Count]words.Key{
	channel.Runes: "%d of %d characters", channel.Graphemes: "%d of %d characters", channel.Bytes: "%d of %d bytes", channel.UTF16: "%d of %d characters, as this channel counts", channel.Weighted: "%d of %d, as X counts",
}

// measured says how long an answer is, by the count that decides.
func (v *visit) measured(m work.Measured) (all []string) {
	switch {
	case m.Limit == 0:
		all = append(all, v.T("%d of %d characters", m.Characters, m.MaxCharacters))
	case m.Posts > 1:
		all = append(all, v.T("%d characters, with your name", m.Length), v.T("%d of at most %d posts", m.Posts, m.MaxPosts))
	default:
		all = append(all, v.T(countWords[m.Count], m.Length, m.Limit)+" "+v.T("with your name"))
	}
	if m.Limit > 0 && m.Posts <= 1 && m.MaxPosts > 1 {
		all = append(all, v.T("a longer one becomes up to %d posts", m.MaxPosts))
	}
	if m.Files > 0 {
		all = append(all, v.T("files: %s of %s", v.size(int(m.Files)), v.size(int(m.MaxFiles))))
	}
	const cent = 10_000 // millionths of a dollar: what costs less is not worth a word
	if m.Cost >= cent && m.Linked {
		all = append(all, v.T("costs %s, since it has a link", v.Money("$", float64(m.Cost)/1e6, 2)))
	} else if m.Cost >= cent {
		all = append(all, v.T("costs %s", v.Money("$", float64(m.Cost)/1e6, 2)))
	}
	return all
}

func (v *visit) refusedBy(m work.Measured) string {
	switch {
	case m.Refused == "":
		return ""
	case m.Refused == channel.TooManyPosts:
		return v.T("It is too long: it becomes %d posts, and %d may leave.", m.Posts, m.MaxPosts)
	case m.Characters > m.MaxCharacters:
		return v.T("It is too long: an answer has %d characters at most.", m.MaxCharacters)
	case m.Refused == channel.TooLong:
		return v.T("It is too long for this channel.")
	}
	return v.T("The files are too large together.")
}

// copyView is somebody who may have a copy of the answer.
type copyView struct {
	Name, Address, Words string
	On                   bool
}

// copies are those who take part beside the one who is answered. Nobody is left out without a word: the customer, when somebody else wrote last, and whoever has had copies
// are ticked at first.
func (v *visit) copies(c work.Conversation, f form) (all []copyView) {
	for _, o := range c.Others {
		x := copyView{Name: o.Name, Address: o.Address, On: o.Returned == "" && (o.Contact || o.Copied)}
		if f.posted {
			x.On = hasAddress(f.Cc, o.Address)
		}
		switch {
		case o.Returned != "":
			x.Words = v.T("a copy did not arrive")
		case o.Contact:
			x.Words = v.T("the customer")
		}
		all = append(all, x)
	}
	return all
}

func hasAddress(all []string, address string) bool {
	for _, a := range all {
		if strings.EqualFold(a, address) {
			return true
		}
	}
	return false
}

// ccOf are the addresses that get a copy: those that are ticked, and those that are typed, with a comma, semicolon or line between.
func (f form) ccOf() []string {
	all := append([]string{}, f.Cc...)
	for a := range strings.FieldsFuncSeq(f.CcMore, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if a = strings.TrimSpace(a); a != "" {
			all = append(all, a)
		}
	}
	return all
}

// mayCopy tells whether an answer there may have copies.
func mayCopy(c work.Conversation) bool { return c.Channel == desk.Email && c.Merged == "" }

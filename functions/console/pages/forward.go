package pages

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"pronto/functions/console/work"
	"pronto/shared/mail"
)

// forwarding is what an agent has typed in order to forward something.
type forwarding struct {
	To, Text string
	Address  bool     // the customer's goes with it
	Messages []string // ids
	Files    []string // of those: message/number
}

func (f forwarding) body() map[string]any {
	body := map[string]any{"to": f.To, "text": f.Text, "messages": f.Messages, "with_address": f.Address}
	if files := f.along(); len(files) > 0 {
		body["attachments"] = files
	}
	return body
}

// along are the ticked files of the ticked messages: a file goes with its message, or not at all.
func (f forwarding) along() (all []string) {
	for _, x := range f.Files {
		if id, _, _ := strings.Cut(x, "/"); slices.Contains(f.Messages, id) {
			all = append(all, x)
		}
	}
	return all
}

// forwardView is one of the customer's messages, and what is attached to it.
type forwardView struct {
	option
	Files []option
	Stay  []string // files that are never sent on, by name
}

// shownToForward is how many of the customer's messages are offered, and titleBytes how much of each.
const (
	shownToForward = 10
	titleBytes     = 80
)

// beginning is how a message begins, to know it by.
func beginning(text string) string {
	short := mail.Cut(text, titleBytes)
	if short == text {
		return text
	}
	if whole := strings.LastIndexFunc(short, unicode.IsSpace); whole > titleBytes/2 {
		short = short[:whole]
	}
	return strings.TrimSpace(short) + "…"
}

// forwards are the newest messages of the customer's that the page shows, the newest ticked at first, each with its files: what a message speaks of goes along, unless it is
// unticked; pictures within a mail are more often its sender's logo. What stands in a merged part is not forwarded.
func (v *visit) forwards(c work.Conversation, f forwarding) (all []forwardView) {
	fresh := f.To+f.Text == ""
	for _, m := range slices.Backward(c.Messages) {
		if m.Kind != "message" || m.Part != "" && !m.Came || !m.Customer || len(all) == shownToForward {
			continue
		}
		words := v.at(m.At).Words
		if m.Abuse == "" {
			words += " · " + beginning(m.Text)
		}
		x := forwardView{option: option{m.ID, words, slices.Contains(f.Messages, m.ID)}}
		if fresh {
			x.On = len(all) == 0
		}
		for _, a := range m.Attachments {
			file := option{m.ID + "/" + a.ID, cmp.Or(a.Name, v.T("attachment")) + ", " + v.size(a.Size), slices.Contains(f.Files, m.ID+"/"+a.ID)}
			if fresh {
				file.On = !a.Inline
			}
			if a.Along() {
				x.Files = append(x.Files, file)
			} else if !a.Inline {
				x.Stay = append(x.Stay, cmp.Or(a.Name, a.Type, v.T("attachment")))
			}
		}
		all = append(all, x)
	}
	return all
}

// thirds says to whom outside a conversation was forwarded, and what came of it.
func (h *Handler) thirds(v *visit, c work.Conversation) (all []string) {
	for _, x := range c.Thirds {
		name, by := cmp.Or(x.Name, x.Address), h.nameOf(x.By)
		switch {
		case x.Returned != "":
			all = append(all, v.T("forwarded to %s, by %s: it did not arrive", name, by))
		case !x.Wrote.IsZero():
			all = append(all, v.T("forwarded to %s, by %s: answered %s", name, by, v.at(x.Wrote).Words))
		default:
			all = append(all, v.T("forwarded to %s, by %s", name, by))
		}
	}
	return all
}

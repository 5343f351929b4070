package pages

import (
	"cmp"
	"slices"

	"pronto/functions/console/work"
	"pronto/shared/mail"
)

// forwarding is what an agent has typed in order to forward something.
type forwarding struct {
	To, Text string
	Address  bool     // the customer's goes with it
	Messages []string // ids
}

func (f forwarding) body() map[string]any {
	return map[string]any{"to": f.To, "text": f.Text, "messages": f.Messages, "with_address": f.Address}
}

// shownToForward is how many of the customer's messages are offered, and titleBytes how much of each.
const (
	shownToForward = 10
	titleBytes     = 80
)

// forwards are the newest messages of the customer's that the page shows, the newest ticked at first. What stands in a merged part is not forwarded.
func (v *visit) forwards(c work.Conversation, f forwarding) (all []option) {
	for _, m := range slices.Backward(c.Messages) {
		if m.Kind != "message" || m.Part != "" || !m.Customer || len(all) == shownToForward {
			continue
		}
		words := v.at(m.At).Words
		if m.Abuse == "" {
			words += " · " + mail.Cut(m.Text, titleBytes)
		}
		on := slices.Contains(f.Messages, m.ID)
		if f.To+f.Text == "" {
			on = len(all) == 0
		}
		all = append(all, option{Value: m.ID, Words: words, On: on})
	}
	return all
}

// thirds says to whom outside a conversation was forwarded, and what came of it.
func (h *Handler) thirds(v *visit, c work.Conversation) (all []string) {
	for _, x := range c.Thirds {
		name, by := cmp.Or(x.Name, x.Address), h.nameOf(x.By)
		switch {
		case x.Returned != "":
			all = append(all, v.T("forwarded to %s, by %s: it came back", name, by))
		case !x.Wrote.IsZero():
			all = append(all, v.T("forwarded to %s, by %s: answered %s", name, by, v.at(x.Wrote).Words))
		default:
			all = append(all, v.T("forwarded to %s, by %s", name, by))
		}
	}
	return all
}

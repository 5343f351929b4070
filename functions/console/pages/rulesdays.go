package pages

import (
	"fmt"
	"strings"

	"pronto/shared/desk"
)

// ofDays says how many messages of which days a preview has judged, where there are several, and of which there were more.
func (v *visit) ofDays(x desk.Preview) (says string) {
	var some, more []string
	for _, d := range x.Days {
		if d.Messages > 0 {
			some = append(some, fmt.Sprintf("%s: %d", d.Day, d.Messages))
		}
		if d.More {
			more = append(more, d.Day)
		}
	}
	switch {
	case len(x.Days) < 2:
	case len(some) > 0:
		says += " " + v.T("Yesterday had few, so days before it were read, too: %s.", strings.Join(some, ", "))
	}
	switch {
	case len(more) == 1 && len(x.Days) == 1:
		says += " " + v.T("The day had more: this is an even sample.")
	case len(more) > 0:
		says += " " + v.T("Of %s there were more: that is an even sample.", strings.Join(more, ", "))
	}
	return says
}

package pager

import (
	"fmt"
	"html"
	"strings"
	"time"

	"pronto/shared/desk"
	"pronto/shared/oncall"
)

// because says why somebody is called.
func (c Call) because() string {
	switch oncall.Cause(c.Page.Why) {
	case oncall.Urgent:
		return "it is urgent"
	case oncall.Breached:
		return "it was not answered in time"
	case oncall.Warned:
		return "it falls due soon"
	case oncall.Mentioned:
		return c.Page.By + " names you in a note"
	case oncall.ThirdWrote:
		return "somebody answered to whom it had been forwarded"
	case oncall.Forecast:
		return "it falls due soon, and " + c.Page.Foreseen
	}
	return "it needs somebody"
}

// subject leads with the priority: it is what a locked phone shows.
func (c Call) subject() string {
	return fmt.Sprintf("[%s] %s: a conversation waits for you", c.Page.Priority, c.Brand)
}

// due is by when the answer is owed, in the agent's zone; "" when nothing is.
func (c Call) due() string {
	if c.Page.Due.IsZero() {
		return ""
	}
	return zoned(c.Page.Due.In(c.Zone), "Monday 2 January 2006, 15:04 ")
}

// zoned names the zone by its letters where it has any: many have only an offset.
func zoned(t time.Time, layout string) string {
	name, _ := t.Zone()
	if name == "" || name[0] == '+' || name[0] == '-' {
		return t.Format(layout + "UTC-07:00")
	}
	return t.Format(layout + "MST")
}

// facts are what a page tells, name and value.
func (c Call) facts() [][2]string {
	all := [][2]string{{"Why", c.because()}, {"Priority", string(c.Page.Priority)}}
	if due := c.due(); due != "" {
		all = append(all, [2]string{"Due", due})
	}
	if c.Has != "" {
		all = append(all, [2]string{"Assigned to", c.Has})
	}
	return all
}

// life is what the link does. A forecast is told before anybody is called; who is named in a note is the only one.
func (c Call) life() string {
	what := fmt.Sprintf("The link is good for %d hours and asks you before it does anything.", int(desk.PageLife.Hours()))
	switch oncall.Cause(c.Page.Why) {
	case oncall.Forecast, oncall.Mentioned, oncall.ThirdWrote:
		return what
	}
	return what + " Until somebody says so, others will be called."
}

func (c Call) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "A conversation of %s waits for you.\n\n", c.Brand)
	for _, f := range c.facts() {
		fmt.Fprintf(&b, "%s: %s\n", f[0], f[1])
	}
	fmt.Fprintf(&b, "\nI have it:\n%s\n\n%s\n", c.Link, c.life())
	return b.String()
}

func (c Call) html() string {
	var b strings.Builder
	e := html.EscapeString
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%s</title></head>\n", e(c.subject()))
	b.WriteString("<body style=\"font-family:sans-serif;max-width:36em;margin:1em;line-height:1.5\">\n")
	fmt.Fprintf(&b, "<p>A conversation of <strong>%s</strong> waits for you.</p>\n<table>\n", e(c.Brand))
	for _, f := range c.facts() {
		fmt.Fprintf(&b, "<tr><th scope=\"row\" style=\"text-align:left;padding-right:1em\">%s</th><td>%s</td></tr>\n", e(f[0]), e(f[1]))
	}
	b.WriteString("</table>\n<p style=\"margin:1.5em 0\"><a style=\"background:#0b57d0;color:#fff;padding:.7em 1.4em;border-radius:.4em;text-decoration:none\" ")
	fmt.Fprintf(&b, "href=\"%s\">I have it</a></p>\n<p style=\"color:#555\">%s</p>\n</body></html>\n", e(c.Link), e(c.life()))
	return b.String()
}

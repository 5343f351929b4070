package mail

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Elements in which mail programs put what they quote, by id or class. Text that is made of the HTML marks them as quotes, in whatever language the mail is.
var (
	quoteBoxes = map[string]bool{ // the box holds the older mail
		"yahoo_quoted": true, "OLK_SRC_BODY_SECTION": true, "gmail_quote": true, "gmail_quote_container": true, "protonmail_quote": true,
		"tutanota_quote": true, "zmail_extra": true, "mail-editor-reference-message-container": true, "ms-outlook-mobile-reference-message": true,
	}
	quoteHeads = map[string]bool{ // the older mail begins with it, and goes on in its siblings
		"divRplyFwdMsg": true, "appendonsend": true, "OutlookMessageHeader": true, "stopSpelling": true, "reply-intro": true,
	}
)

// markQuotes puts what a program marked as quoted into blockquotes, and says whether there was any.
func markQuotes(n *html.Node) (found bool) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch {
		case named(c, quoteHeads):
			enclose(c, nil)
			return true
		case named(c, quoteBoxes) && c.DataAtom != atom.Blockquote && !hasQuotes(c):
			enclose(c, next)
			found = true
		default:
			found = markQuotes(c) || found
		}
		c = next
	}
	return found
}

// named says whether an element has one of the names as id or class. Programs add a prefix to ids that they quote again ("x_divRplyFwdMsg").
func named(n *html.Node, names map[string]bool) bool {
	if n.Type != html.ElementNode {
		return false
	}
	for _, a := range n.Attr {
		if a.Key != "id" && a.Key != "class" || len(a.Val) > 200 {
			continue
		}
		if slices.ContainsFunc(strings.Fields(a.Val), func(name string) bool { return names[strings.TrimPrefix(name, "x_")] }) {
			return true
		}
	}
	return false
}

// hasQuotes says whether quotes within a box are marked one by one: the sender's answers may stand between them.
func hasQuotes(n *html.Node) bool {
	for c := range n.Descendants() {
		if c.DataAtom == atom.Blockquote {
			return true
		}
	}
	return false
}

// enclose moves first and its siblings before end into a blockquote.
func enclose(first, end *html.Node) {
	q := &html.Node{Type: html.ElementNode, Data: "blockquote", DataAtom: atom.Blockquote}
	parent := first.Parent
	parent.InsertBefore(q, first)
	for c := first; c != end; {
		next := c.NextSibling
		parent.RemoveChild(c)
		q.AppendChild(c)
		c = next
	}
}

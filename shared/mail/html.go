package mail

import (
	"io"
	"strings"

	"github.com/inbucket/html2text"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxNest bounds headings and bold within each other, for the same reason: 200 KB in 400 of them took minutes. Letters have two or three. maxTags
// bounds formatting tags open at once.
const (
	maxNest = 8
	maxTags = 16
)

// maxRender bounds what html2text gets of one mail, of all its parts together: it copies text once for each level of bold or heading.
const maxRender = 256 << 10

// htmlText is HTML as plain text: html2text's, which keeps quotes as "> ", or bare text for what is too large or too deep for it.
func (b *body) htmlText(src string) string {
	if b.rendered+len(src) <= maxRender {
		b.rendered += len(src)
		if t, boxed, ok := b.render(src); ok {
			b.boxed = b.boxed || boxed
			return t
		}
	}
	return bareText(b.source(src))
}

// source is HTML to be read against the deadline.
func (b *body) source(src string) io.Reader { return patient{strings.NewReader(src), b.hurry} }

// render is HTML as text; boxed says that a mail program marked a part of it as quoted.
func (b *body) render(src string) (text string, boxed, ok bool) {
	defer func() {
		switch why := recover().(type) {
		case nil:
		case limit:
			panic(why)
		default:
			text, ok = "", false
		}
	}()
	if maxOpen(b.source(src)) > maxTags {
		return "", false, false
	}
	doc, err := html.Parse(b.source(src))
	if err != nil || nested(doc, 0) > maxNest {
		return "", false, false
	}
	boxed = markQuotes(doc)
	plainHeadings(doc)
	b.hurry()
	t, err := html2text.FromHTMLNode(doc)
	return strings.ReplaceAll(strings.ToValidUTF8(t, "\uFFFD"), "\x00", ""), boxed, err == nil
}

// plainHeadings makes paragraphs of headings: html2text rules a line above and below each, and the letter under such a line would be taken for a signature.
func plainHeadings(n *html.Node) {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3:
		n.Data, n.DataAtom = "p", atom.P
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		plainHeadings(c)
	}
}

// maxOpen is how many headings and bold or other formatting elements are open at once, by their tags alone. The parser opens those that are never
// closed anew in every paragraph, so it is asked only after this.
func maxOpen(src io.Reader) int {
	open, all, most := map[atom.Atom]int{}, 0, 0
	for z := html.NewTokenizer(src); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return most
		}
		if kind != html.StartTagToken && kind != html.EndTagToken {
			continue
		}
		name, _ := z.TagName()
		switch tag := atom.Lookup(name); {
		case !formatting(tag):
		case kind == html.StartTagToken:
			open[tag]++
			all++
			most = max(most, all)
		case open[tag] > 0:
			open[tag]--
			all--
		}
	}
}

// formatting says whether a tag is heading or bold, which html2text copies, or font and the like, which the parser reopens.
func formatting(tag atom.Atom) bool {
	switch tag {
	case atom.H1, atom.H2, atom.H3, atom.B, atom.Strong, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.S, atom.Small, atom.Strike, atom.Tt,
		atom.U, atom.Nobr:
		return true
	}
	return false
}

// nested is the greatest depth of headings and bold in the tree: tables can hide from the parser that one is closed. The parser bounds the tree's depth.
func nested(n *html.Node, depth int) int {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.B, atom.Strong:
		depth++
	}
	most := depth
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		most = max(most, nested(c, depth))
	}
	return most
}

// bareText is the text of HTML in one pass, without depth: a line for each block, nothing of scripts and styles.
func bareText(src io.Reader) string {
	var b strings.Builder
	z := html.NewTokenizer(src)
	skip := 0 // open elements whose text is not for reading
	for b.Len() < maxText {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if skip == 0 {
				writeWords(&b, strings.ToValidUTF8(string(z.Text()), "\uFFFD"))
			}
		case html.StartTagToken:
			skip += bareTag(&b, z, 1)
		case html.EndTagToken:
			skip = max(0, skip+bareTag(&b, z, -1))
		case html.SelfClosingTagToken:
			bareTag(&b, z, 0)
		}
	}
	return b.String()
}

func writeWords(b *strings.Builder, text string) {
	for _, w := range strings.Fields(text) {
		b.WriteString(w)
		b.WriteByte(' ')
	}
}

// bareTag ends the line at a block and returns by how much the tag changes the depth of text to skip.
func bareTag(b *strings.Builder, z *html.Tokenizer, change int) int {
	name, _ := z.TagName()
	switch atom.Lookup(name) {
	case atom.Script, atom.Style, atom.Head:
		return change
	case atom.Br, atom.P, atom.Div, atom.Tr, atom.Li, atom.H1, atom.H2, atom.H3, atom.H4, atom.Table, atom.Blockquote:
		b.WriteByte('\n')
	}
	return 0
}

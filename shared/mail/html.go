package mail

import (
	"strings"

	"github.com/inbucket/html2text"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxRender bounds what html2text gets of one mail, of all its parts together: it copies text once for each level of bold or heading.
const maxRender = 256 << 10

// htmlText is HTML as plain text: html2text's, which keeps quotes as "> ", or bare text for what is too large or too deep for it.
func (b *body) htmlText(src string) string {
	if b.rendered+len(src) <= maxRender {
		b.rendered += len(src)
		if t, ok := rendered(src); ok {
			return t
		}
	}
	return bareText(src)
}

func rendered(src string) (text string, ok bool) {
	defer func() {
		if recover() != nil {
			text, ok = "", false
		}
	}()
	t, err := html2text.FromString(src)
	return strings.ReplaceAll(strings.ToValidUTF8(t, "\uFFFD"), "\x00", ""), err == nil
}

// bareText is the text of HTML in one pass, without depth: a line for each block, nothing of scripts and styles.
func bareText(src string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(src))
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

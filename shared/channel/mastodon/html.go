package mastodon

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxText bounds the text made of a post, in bytes. Mastodon's own posts have 500 characters; others may have 100,000.
const maxText = 64 << 10

// Text makes plain text of a post's HTML, as a person would read it: paragraphs and line breaks, quotes behind "> ", mentions as they are shown, links with
// the address that they really lead to. It is shown as text, never as HTML. One pass, no recursion: nesting costs nothing.
func Text(content string) string {
	w := &writer{}
	z := html.NewTokenizer(strings.NewReader(content))
	for len(w.out) < maxText {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		t := z.Token()
		switch kind {
		case html.TextToken:
			w.text(t.Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			w.open(t)
		case html.EndTagToken:
			w.close(t.DataAtom)
		}
	}
	w.endLink()
	return w.string()
}

// writer collects lines. A break is written only before the next word, so that there is none at either end.
type writer struct {
	out    []byte
	breaks int  // line breaks owed before the next word: 1 or 2
	space  bool // a space is owed
	quotes int  // depth of blockquote
	before int  // and where the last word stood
	pre    int
	hidden int    // inside script and the like
	link   *link  // open
	lists  []int  // of each open list, the number of its next item; -1 when it has no numbers
	prefix string // of the next word: a list's bullet
}

type link struct {
	href string
	from int  // where its words begin in out
	name bool // a mention or a hashtag: its words are what it is
}

func (w *writer) open(t html.Token) {
	switch t.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Iframe, atom.Object, atom.Title:
		w.hidden++
	case atom.Br:
		w.line(min(w.breaks+1, 2))
	case atom.P, atom.Div, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol:
		w.line(2)
		switch t.DataAtom {
		case atom.Ul:
			w.lists = append(w.lists, -1)
		case atom.Ol:
			w.lists = append(w.lists, 1)
		}
	case atom.Blockquote:
		w.line(2)
		w.quotes++
	case atom.Pre:
		w.line(2)
		w.pre++
	case atom.Li:
		w.line(1)
		w.prefix = w.bullet()
	case atom.A:
		w.endLink()
		w.link = &link{href: attribute(t, "href"), from: len(w.out), name: isName(attribute(t, "class"))}
	case atom.Img:
		w.text(attribute(t, "alt")) // a custom emoji that the server has drawn already
	}
}

func (w *writer) close(a atom.Atom) {
	switch a {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Iframe, atom.Object, atom.Title:
		w.hidden = max(w.hidden-1, 0)
	case atom.P, atom.Div, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.line(2)
	case atom.Ul, atom.Ol:
		w.line(2)
		w.lists = w.lists[:max(len(w.lists)-1, 0)]
	case atom.Blockquote:
		w.line(2)
		w.quotes = max(w.quotes-1, 0)
	case atom.Pre:
		w.line(2)
		w.pre = max(w.pre-1, 0)
	case atom.A:
		w.endLink()
	}
}

// line owes line breaks, unless nothing stands before them.
func (w *writer) line(n int) {
	w.space = false
	if len(w.out) > 0 {
		w.breaks = max(w.breaks, n)
	}
}

func (w *writer) bullet() string {
	if len(w.lists) == 0 || w.lists[len(w.lists)-1] < 0 {
		return "- "
	}
	n := &w.lists[len(w.lists)-1]
	*n++
	return strconv.Itoa(*n-1) + ". "
}

func (w *writer) text(s string) {
	if w.hidden > 0 {
		return
	}
	for _, r := range s {
		switch {
		case r == '\n' && w.pre > 0:
			w.line(min(w.breaks+1, 2))
		case unicode.IsSpace(r):
			if w.pre > 0 && w.breaks > 0 {
				w.begin()
			}
			w.space = w.space || len(w.out) > 0 && w.breaks == 0
		case unicode.IsControl(r), r == utf8.RuneError:
		default:
			w.begin()
			w.out = utf8.AppendRune(w.out, r)
		}
		if len(w.out) >= maxText {
			return
		}
	}
}

// begin writes what is owed before a word.
func (w *writer) begin() {
	fresh := len(w.out) == 0 || w.breaks > 0
	for ; w.breaks > 0; w.breaks-- {
		w.out = append(w.out, '\n')
		if w.breaks > 1 && min(w.quotes, w.before) > 0 {
			w.out = append(w.out, '>')
		}
	}
	if fresh {
		for range min(w.quotes, 8) {
			w.out = append(w.out, "> "...)
		}
	} else if w.space {
		w.out = append(w.out, ' ')
	}
	w.out, w.prefix, w.space, w.before = append(w.out, w.prefix...), "", false, w.quotes
}

// endLink closes a link: one whose words are its address, shortened perhaps, is the address; any other has its address behind its words.
func (w *writer) endLink() {
	l := w.link
	w.link = nil
	if l == nil || l.name || !isWeb(l.href) {
		return
	}
	from := min(l.from, len(w.out))
	words := strings.TrimSpace(string(w.out[from:]))
	words = strings.TrimLeft(words, "> ")
	switch bare := strings.TrimRight(words, "…"); {
	case words == "":
		w.text(l.href)
	case isShort(bare, l.href):
		w.out = append(w.out[:from], strings.Replace(string(w.out[from:]), words, l.href, 1)...)
	default:
		w.text(" (" + l.href + ")")
	}
}

func (w *writer) string() string {
	s := w.out[:min(len(w.out), maxText)]
	return strings.TrimSpace(strings.ToValidUTF8(string(s), ""))
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// isName tells a link to a person or a hashtag by its classes.
func isName(class string) bool {
	for c := range strings.FieldsSeq(class) {
		if c == "mention" || c == "hashtag" {
			return true
		}
	}
	return false
}

// maxLink bounds an address that is shown.
const maxLink = 2000

func isWeb(href string) bool {
	return len(href) <= maxLink && (strings.HasPrefix(href, "https://") || strings.HasPrefix(href, "http://")) &&
		!strings.ContainsFunc(href, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

// isShort tells whether words are an address, or how it begins, with or without its scheme.
func isShort(words, href string) bool {
	_, rest, _ := strings.Cut(href, "://")
	return strings.HasPrefix(href, words) || strings.HasPrefix(rest, words) || strings.HasPrefix(strings.TrimPrefix(rest, "www."), words)
}

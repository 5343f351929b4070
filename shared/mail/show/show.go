// Package show makes the HTML of a mail fit for an agent's eyes.
//
// Mail is hostile until shown by HTML. What comes out is allowed tag by tag and property by property; nothing in it runs, loads, submits, or leads anywhere
// but by a click on a link whose true host stands beside it. It is meant for a frame whose content policy says the same once more (Policy): either wall holds
// without the other.
//
// Invariants:
//   - No script, style sheet, frame, form, object, drawing (SVG) or formula (MathML), whatever the parser or the charset is made to believe.
//   - No address is loaded: pictures are data that we put there, of the mail's own parts or of what we fetched when an agent asked for it.
//   - The work is linear in the mail's size, which is bounded.
package show

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	xhtml "golang.org/x/net/html"
	"golang.org/x/net/idna"
)

// Policy is the content policy of the frame: an origin of nobody, no script, and nothing from anywhere. A link opens a window of its own, outside of the sandbox.
const Policy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; " +
	"base-uri 'none'; frame-ancestors 'self'"

// Bounds of what is shown: an answer of a Lambda has 6 MB.
const (
	maxHTML   = 1 << 20   // bytes of a mail's HTML; what is beyond is left out
	maxData   = 256 << 10 // bytes of a picture that the HTML itself holds
	maxRemote = 100       // pictures from elsewhere that are told of
	maxShown  = 4 << 20   // bytes of what becomes of it: a link says twice where it leads, and one picture may stand in a thousand places
)

// Pictures says what to put in place of a picture; ok is false for one that is not to be had.
type Pictures struct {
	Part   func(contentID string) (data string, ok bool) // a part of the mail, as a data: address
	Remote func(address string) (data string, ok bool)   // one from elsewhere, fetched; nil: none was asked for
}

// Shown is what an agent may see.
type Shown struct {
	HTML   string
	Remote []string // addresses of pictures that were left out
	Cut    bool     // the mail has more
}

// HTML sanitises a mail's HTML.
func HTML(src string, p Pictures) (s Shown) {
	if len(src) > maxHTML {
		src, s.Cut = src[:maxHTML], true
	}
	src = strings.ReplaceAll(strings.ToValidUTF8(src, "\uFFFD"), "\x00", "")
	defer func() {
		if recover() != nil { // of the libraries: that mail's fault
			s = Shown{Cut: true}
		}
	}()
	w := &walker{pictures: p, shown: &s}
	w.walk(allowed().Sanitize(src))
	s.HTML = w.b.String()
	return s
}

// allowed is the list of what may stay. It is made once, when first asked for: a Lambda that shows no mail does not pay for it.
var allowed = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "div", "span", "br", "hr", "b", "strong", "i", "em", "u", "s", "strike", "del", "ins", "sub", "sup", "small", "big", "tt", "code", "pre",
		"blockquote", "q", "cite", "address", "abbr", "center", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "font",
		"table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "td", "th", "img", "a")
	p.SkipElementsContent("script", "style", "head", "title", "noscript", "noembed", "noframes", "iframe", "frame", "frameset", "object", "embed", "applet", "svg",
		"math", "template", "textarea", "select", "option", "xmp", "plaintext", "listing", "audio", "video", "canvas", "marquee", "portal", "fencedframe")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src", "alt").OnElements("img")
	p.AllowAttrs("width", "height").Matching(size).OnElements("img", "table", "td", "th", "col")
	p.AllowAttrs("align", "valign").Matching(word).OnElements("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tr", "td", "th", "img", "hr", "caption", "col")
	p.AllowAttrs("border", "cellpadding", "cellspacing", "colspan", "rowspan", "span").Matching(number).OnElements("table", "td", "th", "col", "colgroup", "img")
	p.AllowAttrs("bgcolor", "color").Matching(colour).OnElements("table", "tr", "td", "th", "font", "hr")
	p.AllowAttrs("size").Matching(number).OnElements("font", "hr")
	p.AllowAttrs("face").Matching(fonts).OnElements("font")
	p.AllowAttrs("dir").Matching(word).Globally()
	p.AllowAttrs("lang").Matching(word).Globally()
	p.AllowAttrs("start", "value").Matching(number).OnElements("ol", "li")
	p.AllowAttrs("style").Globally() // the walker looks into it: the library's own reader of styles took minutes for 100 KB of one
	p.AllowURLSchemes("http", "https", "mailto", "tel", "cid", "data")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	return p
})

var (
	size   = regexp.MustCompile(`^[0-9]{1,4}(px|%)?$`)
	number = regexp.MustCompile(`^[+-]?[0-9]{1,4}$`)
	word   = regexp.MustCompile(`^[A-Za-z-]{1,20}$`)
	colour = regexp.MustCompile(`^(#[0-9A-Fa-f]{3,8}|[A-Za-z]{1,24})$`)
	fonts  = regexp.MustCompile(`^[A-Za-z0-9 ,'-]{1,200}$`)
)

// properties are how things look, and none that places them over others or loads anything.
var properties = []string{"color", "background-color", "font", "font-family", "font-size", "font-style", "font-weight", "font-variant", "line-height", "letter-spacing",
	"text-align", "text-decoration", "text-indent", "text-transform", "vertical-align", "white-space", "word-break", "direction",
	"margin", "margin-top", "margin-right", "margin-bottom", "margin-left", "padding", "padding-top", "padding-right", "padding-bottom", "padding-left",
	"border", "border-top", "border-right", "border-bottom", "border-left", "border-color", "border-style", "border-width", "border-collapse", "border-spacing", "border-radius",
	"width", "max-width", "min-width", "height", "list-style-type"}

// styles keeps of a style attribute what is a property of the list with a harmless value, in one pass.
func styles(attribute string) string {
	var kept []string
	for declaration := range strings.SplitSeq(attribute, ";") {
		name, value, ok := strings.Cut(declaration, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if ok && allowedProperty[name] && harmless(value) {
			kept = append(kept, name+": "+value)
		}
	}
	return strings.Join(kept, "; ")
}

var allowedProperty = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range properties {
		m[name] = true
	}
	return m
}()

// harmless tells of a property's value that it is words, numbers and colours: no address, no escape, no function but rgb, and nothing that draws outside.
func harmless(value string) bool {
	if strings.Count(value, "'")%2 != 0 || strings.Count(value, `"`)%2 != 0 {
		return false // an open string goes on into the next property
	}
	return len(value) <= 200 && plainValue.MatchString(value) && !strings.Contains(value, "-moz-") && !negative.MatchString(value)
}

var (
	plainValue = regexp.MustCompile(`^(?:[A-Za-z0-9#%.,'" !-]|rgba?\([0-9., %]{1,40}\))+$`)
	negative   = regexp.MustCompile(`(?:^|[ ,])-[0-9.]`)
)

// walker goes once more over what is allowed: links are made to say where they lead, pictures to be data.
type walker struct {
	b        strings.Builder
	pictures Pictures
	shown    *Shown
	host     string // where the link that is open leads to; "" for none
	text     strings.Builder
}

func (w *walker) walk(src string) {
	z := xhtml.NewTokenizer(strings.NewReader(src))
	for {
		if w.b.Len() > maxShown {
			w.shown.Cut = true
			w.close()
			return
		}
		switch z.Next() {
		case xhtml.ErrorToken:
			w.close()
			return
		case xhtml.TextToken:
			raw := string(z.Raw())
			if w.host != "" && w.text.Len() < 400 {
				w.text.WriteString(html.UnescapeString(raw))
			}
			w.b.WriteString(raw)
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			raw := string(z.Raw())
			switch t := z.Token(); t.Data {
			case "a":
				w.close()
				w.open(attr(t, "href"))
			case "img":
				w.picture(t)
			default:
				w.tag(raw, t)
			}
		case xhtml.EndTagToken:
			raw := string(z.Raw())
			if name, _ := z.TagName(); string(name) == "a" {
				w.close()
				continue
			}
			w.b.WriteString(raw)
		}
	}
}

// tag writes an element as it stands, but for its style.
func (w *walker) tag(raw string, t xhtml.Token) {
	if !slices.ContainsFunc(t.Attr, func(a xhtml.Attribute) bool { return a.Key == "style" }) {
		w.b.WriteString(raw)
		return
	}
	w.b.WriteString("<" + t.Data)
	w.attributes(t)
	w.b.WriteString(">")
}

// attributes writes those of an element, its style made harmless. A picture's source is written apart.
func (w *walker) attributes(t xhtml.Token) {
	for _, a := range t.Attr {
		if a.Key == "style" {
			a.Val = styles(a.Val)
		}
		if a.Key == "src" || a.Key == "style" && a.Val == "" {
			continue
		}
		w.b.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
	}
}

func attr(t xhtml.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// open begins a link. One that leads to no place that can be named is none: its text stays.
func (w *walker) open(href string) {
	to, host := destination(href)
	if to == "" {
		return
	}
	w.host = host
	w.text.Reset()
	w.b.WriteString(`<a href="` + html.EscapeString(to) + `" title="` + html.EscapeString(to) + `" target="_blank" rel="noopener noreferrer nofollow">`)
}

// close ends the open link, with its true host beside it unless that is what it says.
func (w *walker) close() {
	if w.host == "" {
		return
	}
	w.b.WriteString("</a>")
	if !strings.EqualFold(strings.TrimSpace(w.text.String()), w.host) {
		w.b.WriteString(` <span class="to">[` + html.EscapeString(w.host) + "]</span>")
	}
	w.host = ""
}

// destination is where a link leads to, without the names and passwords that make one host look like another, and the host in letters that cannot be mistaken.
func destination(href string) (to, host string) {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil {
		return "", ""
	}
	switch u.Scheme {
	case "mailto", "tel":
		if u.Opaque == "" || strings.ContainsAny(u.Opaque, "\r\n<>\"") {
			return "", ""
		}
		name, err := url.PathUnescape(u.Opaque)
		if err != nil {
			return "", ""
		}
		return u.Scheme + ":" + u.Opaque, name // without what it would have the agent write
	case "http", "https":
		name, err := idna.ToASCII(strings.ToLower(u.Hostname()))
		if err != nil || name == "" || !hostname.MatchString(name) {
			return "", ""
		}
		host = name
		if strings.Contains(name, ":") {
			name = "[" + name + "]"
		}
		if u.Port() != "" {
			name += ":" + u.Port()
		}
		u.User, u.Host = nil, name
		return u.String(), host
	}
	return "", ""
}

var hostname = regexp.MustCompile(`^[a-z0-9._:-]{1,253}$`)

// picture writes a picture's data, or what stands in its place.
func (w *walker) picture(t xhtml.Token) {
	src := strings.TrimSpace(attr(t, "src"))
	scheme, rest, _ := strings.Cut(src, ":")
	data, ok := "", false
	switch strings.ToLower(scheme) {
	case "cid":
		if id, err := url.PathUnescape(rest); err == nil && w.pictures.Part != nil {
			data, ok = w.pictures.Part(id)
		}
	case "data":
		data, ok = src, len(src) <= maxData
	case "http", "https":
		if tiny(attr(t, "width")) && tiny(attr(t, "height")) {
			return // a beacon: nobody sees it, and its sender should not learn that anybody looked
		}
		if w.pictures.Remote != nil {
			data, ok = w.pictures.Remote(src)
		}
		if !ok && len(w.shown.Remote) < maxRemote && !slices.Contains(w.shown.Remote, src) {
			w.shown.Remote = append(w.shown.Remote, src)
		}
	}
	if ok && w.b.Len()+len(data) > maxShown {
		ok, w.shown.Cut = false, true
	}
	if !ok || !picture.MatchString(data) {
		if alt := strings.TrimSpace(attr(t, "alt")); alt != "" {
			w.b.WriteString(`<span class="off">[` + html.EscapeString(alt) + "]</span>")
		}
		return
	}
	w.b.WriteString(`<img src="` + data + `"`)
	w.attributes(t)
	w.b.WriteString(">")
}

func tiny(length string) bool { return length == "0" || length == "1" || length == "2" }

// picture is a data: address of a raster image. SVG is a document, and none of it is shown.
var picture = regexp.MustCompile(`^data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$`)

// The page is light whatever the agent's screen is: mails are made for white paper, and one that sets only one of two colours could not be read on dark.
const documentHead = `<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light">
<title>Mail</title>
<style>
html { color-scheme: light; background: #fff; color: #1a1a1a; }
body { margin: 12px; font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; }
table { max-width: 100%; }
pre { white-space: pre-wrap; }
.to, .off, .note { color: #555; font-size: 85%; }
.note { border-bottom: 1px solid #ccc; margin: 0 0 12px; padding-bottom: 6px; }
</style>
`

// Notes are what the page of a frame says of the mail.
func (s Shown) Notes() (all []string) {
	switch n := len(s.Remote); n {
	case 0:
	case 1:
		all = append(all, "A picture from elsewhere is not shown.")
	default:
		all = append(all, fmt.Sprintf("%d pictures from elsewhere are not shown.", n))
	}
	if s.Cut {
		all = append(all, "The mail is longer than what is shown.")
	}
	return all
}

// Document is the page of a frame. The notes, in the language of who reads, stand before the mail, where nothing in it can reach.
func Document(s Shown, language, reader string, notes []string) string {
	var b strings.Builder
	for _, n := range notes {
		b.WriteString(`<p class="note" lang="` + html.EscapeString(reader) + `">` + html.EscapeString(n) + "</p>\n")
	}
	return "<!DOCTYPE html>\n<html lang=\"" + html.EscapeString(language) + "\">\n<head>\n" + documentHead + "</head>\n<body>\n" + b.String() + `<div dir="auto">` + s.HTML + "</div>\n</body>\n</html>\n"
}

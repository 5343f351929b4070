package bluesky

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"pronto/shared/channel"
)

// The limits of a post, from the lexicon, and of a piece.
const (
	maxGraphemes = 300
	maxBytes     = 3000
	maxPosts     = 10
)

// cut takes a text apart into posts. Each ends where a reader would pause, if there is such a place in its second half: at a paragraph, a line, a sentence, a
// word; and never within a grapheme.
func cut(text string) (all []string) {
	for text = strings.TrimSpace(text); text != ""; {
		n := fitting(text)
		if n < len(text) {
			n = pause(text[:n])
		}
		if part := strings.TrimSpace(text[:n]); part != "" {
			all = append(all, part)
		}
		text = strings.TrimSpace(text[n:])
	}
	return all
}

// cutAnswer is how a person's answer becomes posts; nil where they would be too many.
func cutAnswer(p channel.Piece, _ channel.Rules) []string {
	all := cut(p.Text)
	if len(all) > maxPosts {
		return nil
	}
	return all
}

// fitting is how many bytes of a text fit a post. A grapheme may be longer than a post: then a part of it does.
func fitting(text string) (n int) {
	it := graphemes.FromString(text)
	for count := 0; count < maxGraphemes && it.Next(); count++ {
		if n+len(it.Value()) > maxBytes {
			break
		}
		n += len(it.Value())
	}
	if n == 0 && text != "" {
		for n = maxBytes; n > 0 && !utf8.RuneStart(text[n]); n-- {
		}
	}
	return n
}

// pause is where a part that was cut off ends best.
func pause(part string) int {
	for _, end := range []string{"\n\n", "\n", ". ", "! ", "? ", "。"} {
		if i := strings.LastIndex(part, end); i+len(end) > len(part)/2 {
			return i + len(end)
		}
	}
	if i := strings.LastIndexFunc(part, unicode.IsSpace); i > len(part)/2 {
		return i
	}
	return len(part)
}

// facet is a part of a text that is more than letters, by the bytes at which it begins and ends.
type facet struct {
	Index struct {
		Start int `json:"byteStart"`
		End   int `json:"byteEnd"`
	} `json:"index"`
	Features []feature `json:"features"`
}

// feature is what a part of a text is.
type feature struct {
	Type string `json:"$type"`
	DID  string `json:"did,omitempty"` // of a mention
	URI  string `json:"uri,omitempty"` // of a link
	Tag  string `json:"tag,omitempty"`
}

const (
	mentionType = "app.bsky.richtext.facet#mention"
	linkType    = "app.bsky.richtext.facet#link"
	tagType     = "app.bsky.richtext.facet#tag"
)

// words are the parts of a text that could be facets: links with their scheme, handles and tags. Each begins the text or stands after a space or a bracket.
var words = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[\s(\[{"'])(https?://[^\s<>"]+|@[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]|#[\pL\pN_]+)`)
})

// maxTag is the longest tag, in bytes: the lexicon allows 64 graphemes and 640 bytes.
const maxTag = 64

// facets finds what in a text is more than letters. Nobody is mentioned but whom it answers: a mention calls somebody in, and other handles, which an agent may
// have quoted, stay letters.
func facets(text string, to author) (all []facet) {
	for _, m := range words().FindAllStringSubmatchIndex(text, -1) {
		start, end := m[2], m[3]
		word := text[start:end]
		var x feature
		switch word[0] {
		case '@':
			if strings.EqualFold(word[1:], to.Handle) && to.Handle != invalid {
				x = feature{Type: mentionType, DID: to.DID}
			}
		case '#':
			if len(word)-1 <= maxTag && strings.Trim(word[1:], "0123456789_") != "" {
				x = feature{Type: tagType, Tag: word[1:]}
			}
		default:
			word = trimLink(word)
			end = start + len(word)
			if u, err := url.Parse(word); err == nil && u.Host != "" {
				x = feature{Type: linkType, URI: word}
			}
		}
		if x == (feature{Type: x.Type}) {
			continue
		}
		f := facet{Features: []feature{x}}
		f.Index.Start, f.Index.End = start, end
		all = append(all, f)
	}
	return all
}

// trimLink leaves out the punctuation of the sentence that a link stands in, and a bracket that was opened before it.
func trimLink(s string) string {
	for {
		short := strings.TrimRight(s, `.,;:!?'"…`)
		if strings.HasSuffix(short, ")") && strings.Count(short, ")") > strings.Count(short, "(") {
			short = short[:len(short)-1]
		}
		if short == s {
			return s
		}
		s = short
	}
}

package channel

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"golang.org/x/text/unicode/norm"
)

// Length gives the length of a text as the network counts it, links at what they count as. It is never less than the network's own count.
func (r Rules) Length(s string) int {
	if r.Mentions {
		s = mentioned().ReplaceAllString(s, "$1$2")
	}
	if r.LinkCount == 0 {
		return r.count(s)
	}
	n := 0
	for s != "" {
		before, link, after := nextLink(s)
		n += r.count(before) + r.link(link)
		s = after
	}
	return n
}

// link gives what a link counts. One without its scheme is a link on some networks and a word on others: the greater counts.
func (r Rules) link(s string) int {
	switch {
	case s == "":
		return 0
	case strings.Contains(s, "://"):
		return r.LinkCount
	}
	return max(r.LinkCount, r.count(s))
}

func (r Rules) count(s string) int {
	switch r.Count {
	case Graphemes:
		return clusters(s, func(string) int { return 1 })
	case Bytes:
		return len(s)
	case UTF16:
		n := 0
		for _, c := range s {
			n += max(utf16.RuneLen(c), 1)
		}
		return n
	case Weighted:
		return (clusters(norm.NFC.String(s), weight) + 99) / 100
	}
	return utf8.RuneCountInString(s)
}

// Fits reports whether the network takes a text of this length, the author's handle allowed for.
func (r Rules) Fits(s string) bool {
	if r.MaxBytes > 0 && len(s) > r.MaxBytes {
		return false
	}
	return r.Limit == 0 || r.Length(s)+r.Handle <= r.Limit
}

// mentioned is a mention with its server; what stands before it is no part of it.
var mentioned = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(^|[^\p{L}\p{N}_/])(@[\p{L}\p{N}_.-]+)@[\p{L}\p{N}.-]+[\p{L}\p{N}]`)
})

func clusters(s string, weigh func(string) int) int {
	n := 0
	for it := graphemes.FromString(s); it.Next(); {
		n += weigh(it.Value())
	}
	return n
}

// weight gives the hundredths of a character that a grapheme cluster weighs on X (twitter-text, configuration 3): an emoji weighs 200 however many
// code points it takes, another code point 100 in four ranges and 200 outside them.
func weight(cluster string) int {
	if isEmoji(cluster) {
		return 200
	}
	n := 0
	for _, c := range cluster {
		switch {
		case c <= 4351, c >= 8192 && c <= 8205, c >= 8208 && c <= 8223, c >= 8242 && c <= 8247:
			n += 100
		default:
			n += 200
		}
	}
	return n
}

// isEmoji knows an emoji by its plane, or by the selector or keycap that makes one of a plain sign.
func isEmoji(cluster string) bool {
	first, _ := utf8.DecodeRuneInString(cluster)
	return first >= 0x1f000 && first <= 0x1faff || strings.ContainsAny(cluster, "\ufe0f\u20e3")
}

// HasLink reports whether a network would make a link of something in the text: an address with a scheme, or a bare host name as in acme.example.
func HasLink(s string) bool {
	_, link, _ := nextLink(s)
	return link != ""
}

// nextLink cuts s at its first link. Without one, all is before.
func nextLink(s string) (before, link, after string) {
	for at := 0; at < len(s); {
		n := strings.IndexFunc(s[at:], unicode.IsSpace)
		if n < 0 {
			n = len(s) - at
		}
		if from, to, ok := linkIn(s[at : at+n]); ok {
			return s[:at+from], s[at+from : at+to], s[at+to:]
		}
		_, size := utf8.DecodeRuneInString(s[at+n:])
		at += n + size
	}
	return s, "", ""
}

// linkIn finds a link in a word: the word without the punctuation around it.
func linkIn(word string) (from, to int, ok bool) {
	const around = `.,;:!?"'()[]<>{}«»„“”‘’…`
	inner := strings.TrimLeft(word, around)
	from = len(word) - len(inner)
	inner = strings.TrimRight(inner, around)
	to = from + len(inner)
	if i := scheme(inner); i >= 0 {
		return from + i, to, true
	}
	return from, to, isHost(inner)
}

// scheme gives where https:// or http:// begins in s, or -1.
func scheme(s string) int {
	i := strings.Index(s, "://")
	for _, name := range []string{"https", "http"} {
		if at := i - len(name); at >= 0 && strings.EqualFold(s[at:i], name) {
			return at
		}
	}
	return -1
}

// isHost reports whether a word begins with a host name: two labels or more, the last of letters.
func isHost(s string) bool {
	if i := strings.IndexAny(s, "/?#:"); i >= 0 {
		s = s[:i]
	}
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if l == "" || strings.ContainsFunc(l, func(c rune) bool { return c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && utf8.RuneCountInString(last) > 1 && !strings.ContainsFunc(last, func(c rune) bool { return !unicode.IsLetter(c) })
}

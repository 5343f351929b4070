package mastodon

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"pronto/shared/channel"
)

// count gives the length of a text as the server counts it, or more: a link is as long as the server says, and of a mention Mastodon counts the name alone.
func (l limits) count(s string) int {
	rules, _ := channel.Of(Channel)
	rules.LinkCount, rules.Mentions = l.perURL, !l.whole
	return rules.Length(s)
}

// maxParts is how many posts an answer may have, as the channel's rules say, too: more is no conversation.
const maxParts = 10

// split cuts a text into parts that fit each, at the end of a paragraph, of a sentence, of a word, whichever comes first from behind in the second half of what
// fits. nil: there would be more than maxParts.
func split(s string, fits func(string) bool) (parts []string) {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if len(parts) == maxParts {
			return nil
		}
		n := longest(s, fits)
		if n < len(s) {
			n = border(s, n)
		}
		parts = append(parts, strings.TrimSpace(s[:n]))
		s = s[n:]
	}
	return parts
}

// longest is how many bytes of s fit, at least one rune.
func longest(s string, fits func(string) bool) int {
	if fits(s) {
		return len(s)
	}
	var ends []int
	for i := range s {
		if i > 0 {
			ends = append(ends, i)
		}
	}
	low, high := 0, len(ends) // ends[:low] fit, ends[high] does not
	for low < high {
		mid := (low + high) / 2
		if fits(s[:ends[mid]]) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == 0 {
		_, size := utf8.DecodeRuneInString(s)
		return size
	}
	return ends[low-1]
}

// border finds the best place to cut s at n or before it.
func border(s string, n int) int {
	for _, end := range []string{"\n\n", "\n", ". ", "! ", "? ", "。"} {
		if i := strings.LastIndex(s[:min(n+1, len(s))], end); i >= n/2 {
			return min(i+len(end), n)
		}
	}
	if r, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsSpace(r) {
		return n
	}
	if i := strings.LastIndexFunc(s[:n], unicode.IsSpace); i >= n/2 {
		return i
	}
	return n // one word, longer than half a post
}

package mail

import (
	"strings"
	"unicode/utf8"
)

// columns is the longest line of a plain part, but for a single longer word (RFC 3676 §4.2 asks for 78 at most, the space at the end included).
const columns = 78

// dashes parts a mail from what its sender puts under all of them (RFC 3676 §4.3). Its space is no soft break.
const dashes = "-- "

// flowed breaks long lines softly: a reader that knows format=flowed makes them one again, at its own width, and any other sees lines of a letter.
func flowed(s string) string {
	var b strings.Builder
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		if line == dashes {
			b.WriteString(line)
			continue
		}
		flow(&b, strings.TrimRight(line, " ")) // a space at the end would join the next line
	}
	return b.String()
}

func flow(b *strings.Builder, line string) {
	for {
		most := columns - len(stuffing(line))
		at := softBreak(line, most)
		if utf8.RuneCountInString(line) <= most || at < 0 {
			b.WriteString(stuffing(line) + line)
			return
		}
		b.WriteString(stuffing(line) + line[:at] + "\n")
		line = line[at:]
	}
}

// softBreak is where a line is broken: after the last space that lets it fit, else after the first. It is negative where there is none. The space is the
// soft break itself; what follows has something else than spaces.
func softBreak(line string, most int) int {
	at, n := -1, 0
	for i, r := range line {
		if n++; n > most && at >= 0 {
			break
		}
		if r == ' ' && strings.Trim(line[:i], " ") != "" && !strings.HasPrefix(line[i+1:], " ") && line[:i+1] != dashes {
			at = i + 1
		}
	}
	if at < 0 || strings.TrimLeft(line[at:], " ") == "" {
		return -1
	}
	return at
}

// stuffing is a space before what a reader would take for a quote, for stuffing, or for the mark of a mailbox file (RFC 3676 §4.4).
func stuffing(line string) string {
	if strings.HasPrefix(line, " ") || strings.HasPrefix(line, ">") || strings.HasPrefix(line, "From ") {
		return " "
	}
	return ""
}

// unflowed is flowed text with its paragraphs whole (RFC 3676 §4.2, §4.5): lines of one depth of quotation are joined where they are broken softly.
func unflowed(s string, delsp bool) string {
	var b strings.Builder
	was, open, first := 0, false, true
	for line := range strings.SplitSeq(newlines.Replace(s), "\n") { // not Split: see tidy
		depth := len(line) - len(strings.TrimLeft(line, ">"))
		text := strings.TrimPrefix(line[depth:], " ")
		switch joined := open && depth == was && text != dashes; {
		case joined:
		case !first:
			b.WriteByte('\n')
			fallthrough
		default:
			if depth > 0 {
				b.WriteString(strings.Repeat(">", depth) + " ")
			}
		}
		first, was, open = false, depth, strings.HasSuffix(text, " ") && text != dashes
		if open && delsp {
			text = text[:len(text)-1]
		}
		b.WriteString(text)
	}
	return b.String()
}

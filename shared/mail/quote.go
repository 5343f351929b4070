package mail

import (
	"slices"
	"strings"
)

// letter is a mail's text taken apart. Nothing is lost by it: the whole text is kept beside it.
type letter struct {
	Reply     string // what an agent reads first: without the older mails below or above it, and without signature; quotes between its own lines stay
	New       string // the sender's own words: Reply without quotes, and with what was forwarded, for that is new to the desk
	Forwarded bool   // the older mail below was passed on, not answered
	Aside     []Part // what Reply leaves out: older mails and the signature
}

// splitText takes a letter apart in its own time.
func splitText(text, subject string) letter { return takeApart(text, subject, func() {}) }

// takeApart takes a letter apart. subject tells a forward from an answer where the older mail's header looks the same in both. Where nothing would be
// left, or nothing is quoted, Reply and New are the text: losing a sentence of the sender's is worse than keeping one of ours. It reads each line a bounded
// number of times.
func takeApart(text, subject string, hurry func()) letter {
	l := readLines(text, hurry)
	from, to := l.span()
	s := letter{Reply: text, New: text}
	if blank(l.lines[from:to]) {
		return s
	}
	s.Reply = strings.Trim(strings.Join(l.lines[from:to], "\n"), "\n")
	s.New, s.Aside = l.own(from, to), l.aside(from, to)
	if l.passedOn(to, subject) {
		s.Forwarded = true
		s.New = strings.TrimSpace(s.New + "\n\n" + squeeze(unquotedLines(l.lines[to:])))
	}
	if strings.TrimSpace(s.New) == "" {
		s.New = s.Reply
	}
	return s
}

// span is the part of the lines that Reply shows.
func (l *letterLines) span() (from, to int) {
	to = l.older()
	for {
		end := l.withoutTail(l.withoutSignature(to))
		if end == to {
			break
		}
		to = end
	}
	return l.belowQuote(to), to
}

// older is where an older mail begins that goes on to the end: at the head of one, or at a line that introduces one which is not marked as quoted. With
// nothing above it, it is the letter.
func (l *letterLines) older() int {
	first := slices.Index(l.kinds, lineSaid)
	if first < 0 {
		return len(l.kinds)
	}
	begins, below := len(l.kinds), lineEmpty // below is the next line's kind that is neither empty nor an introduction
	for i, k := range slices.Backward(l.kinds[first:]) {
		switch k {
		case lineEmpty:
			continue
		case lineIntro:
			if below == lineSaid || below == lineOlder {
				begins = first + i
			}
			continue
		case lineOlder:
			begins = first + i
		}
		below = k
	}
	return begins
}

// Bounds of a signature below its mark: what is longer is a letter that has a line of dashes in it.
const (
	maxSignature = 14 // lines that are not empty
	maxBanner    = 6  // below a rule, which lists and Outlook use
)

// withoutSignature is end without the signature above it, if one begins near enough.
func (l *letterLines) withoutSignature(end int) int {
	lines := 0
	for i := end - 1; i >= 0 && lines <= maxSignature; i-- {
		switch l.kinds[i] {
		case lineMark:
			if i > l.first {
				return i
			}
		case lineRule:
			if lines <= maxBanner && i > l.first {
				return i
			}
			lines++
		case lineQuote, lineIntro, lineOlder:
			return end
		case lineSaid, lineDevice:
			lines++
		}
	}
	return end
}

// withoutTail is end without what closes a letter and says nothing: quotes that nothing follows, what introduces them, a telephone's boast, rules, a name
// after a dash.
func (l *letterLines) withoutTail(end int) int {
	for end > 0 {
		switch k := l.kinds[end-1]; {
		case k == lineSaid && l.amongDevices(end-1), k == lineSaid && l.closingName(end-1):
		case k == lineSaid:
			return end
		case k == lineOlder && end-1 <= l.first:
			return end
		}
		end--
	}
	return end
}

// amongDevices says whether a short line stands between lines of devices.
func (l *letterLines) amongDevices(i int) bool {
	return len(strings.Fields(l.lines[i])) <= 4 && l.beside(i, -1) == lineDevice && l.beside(i, 1) == lineDevice
}

// beside is the kind of the nearest line that is not empty, above (-1) or below (1) i.
func (l *letterLines) beside(i, step int) kind {
	for i += step; i >= 0 && i < len(l.kinds); i += step {
		if l.kinds[i] != lineEmpty {
			return l.kinds[i]
		}
	}
	return lineEmpty
}

// closingName says whether line i is "-Giulia Bianchi", alone below an empty line.
func (l *letterLines) closingName(i int) bool {
	return i > 0 && l.kinds[i-1] == lineEmpty && dashedName.MatchString(l.lines[i])
}

// belowQuote is where the letter begins when it was written below what it answers, and nothing else in it is quoted.
func (l *letterLines) belowQuote(to int) int {
	i := l.skip(0, to, lineEmpty)
	if i == to || l.kinds[i] != lineIntro {
		return i
	}
	below := l.skip(i, to, lineIntro, lineEmpty)
	if below == to || l.kinds[below] == lineSaid {
		return below // it introduced nothing that is marked
	}
	below = l.skip(below, to, lineQuote, lineEmpty)
	if slices.Contains(l.kinds[below:to], lineQuote) {
		return i
	}
	return below
}

func (l *letterLines) skip(i, to int, kinds ...kind) int {
	for i < to && slices.Contains(kinds, l.kinds[i]) {
		i++
	}
	return i
}

// own are the sender's words among the lines.
func (l *letterLines) own(from, to int) string {
	var kept []string
	for i := from; i < to; i++ {
		if k := l.kinds[i]; k != lineQuote && k != lineIntro {
			kept = append(kept, l.lines[i])
		}
	}
	return squeeze(kept)
}

// passedOn says whether what follows the letter was forwarded: its head says so, or the subject.
func (l *letterLines) passedOn(to int, subject string) bool {
	for i := to; i < len(l.kinds); i++ {
		if l.kinds[i] == lineEmpty || l.kinds[i] == lineRule {
			continue
		}
		if forwardMark.MatchString(bare(l.lines[i])) {
			return true
		}
		return l.kinds[i] == lineOlder && forwardSubject.MatchString(Cut(subject, 20))
	}
	return false
}

func unquotedLines(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = strings.TrimPrefix(strings.TrimLeft(line, "> \t"), " ")
	}
	return out
}

func blank(lines []string) bool { return firstWords(lines) == len(lines) }

// firstWords is the first line that is not blank.
func firstWords(lines []string) int {
	for i, l := range lines {
		if strings.TrimSpace(l) != "" {
			return i
		}
	}
	return len(lines)
}

// squeeze joins lines, several blank ones in a row as one: where a quote was cut out there would be a hole.
func squeeze(lines []string) string {
	var out []string
	for _, l := range lines {
		if strings.TrimSpace(l) == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		if strings.TrimSpace(l) == "" {
			l = ""
		}
		out = append(out, l)
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}

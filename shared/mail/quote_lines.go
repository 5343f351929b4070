package mail

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// kind is what one line of a letter is.
type kind byte

const (
	lineSaid   kind = iota // the sender's, as far as a line can tell
	lineEmpty              // nothing
	lineQuote              // "> …"
	lineIntro              // "On … Ana wrote:"
	lineOlder              // the head of an older mail: a divider, or its From, Date and To
	lineMark               // "-- " (RFC 3676 §4.3)
	lineRule               // a line of one sign, "____"
	lineDevice             // "Sent from my iPhone"
)

// letterLines are a letter's lines, each with its kind.
type letterLines struct {
	lines []string
	kinds []kind
	first int // line that is not blank
	looks int // lines that were looked at closely
}

// maxRead bounds what is looked at of a line.
const maxRead = 400

func readLines(text string, hurry func()) *letterLines {
	l := &letterLines{lines: strings.Split(text, "\n")}
	l.kinds, l.first = make([]kind, len(l.lines)), firstWords(l.lines)
	fence := lastFence(l.lines)
	for i, next := 0, 0; i < len(l.lines); {
		n := 1
		if i >= next {
			hurry()
			next = i + hurryLines
		}
		switch {
		case i < fence && isFence(l.lines[i]): // code is not read
			n = 1 + slices.IndexFunc(l.lines[i+1:], isFence) + 1
		default:
			l.kinds[i], n = l.read(i)
			for j := i + 1; j < i+n; j++ {
				l.kinds[j] = l.kinds[i]
			}
		}
		i += n
	}
	return l
}

// hurryLines is after how many lines the deadline is looked at.
const hurryLines = 64

func isFence(line string) bool { return strings.HasPrefix(line, "```") }

// lastFence is the last line that can close code.
func lastFence(lines []string) int {
	for i, line := range slices.Backward(lines) {
		if isFence(line) {
			return i
		}
	}
	return -1
}

// read tells what line i is, and how many lines are of it.
func (l *letterLines) read(i int) (kind, int) {
	line := bare(l.lines[i])
	switch {
	case line == "" || line == "ᐧ": // some tracker's dot
		return lineEmpty, 1
	case quoted(line):
		return lineQuote, 1
	case signatureMark.MatchString(line):
		return lineMark, 1
	}
	if n := l.introduction(i); n > 0 {
		return lineIntro, n
	}
	if l.olderHead(i, line) {
		return lineOlder, 1
	}
	switch {
	case isRule(line):
		return lineRule, 1
	case isDevice(line):
		return lineDevice, 1
	case l.wrapped(i, line):
		return lineQuote, 1
	}
	return lineSaid, 1
}

// bare is a line without white space at its ends and with plain spaces, as much of it as is looked at.
func bare(line string) string { return strings.TrimSpace(spaces.Replace(Cut(line, maxRead))) }

var spaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u200b", "", "\u200e", "") // French puts a narrow one before a colon

// quoted says whether a line is marked as another's: by ">", or by the initials of its writer before it.
func quoted(line string) bool {
	line = strings.TrimLeft(line, " \t")
	n := 0
	for n < len(line) && n < 3 && 'A' <= line[n] && line[n] <= 'Z' {
		n++
	}
	return strings.HasPrefix(line[n:], ">")
}

// wrapped says whether a line is the end of the long quoted line above it, which somebody's program broke.
func (l *letterLines) wrapped(i int, line string) bool {
	if i == 0 || l.kinds[i-1] != lineQuote || utf8.RuneCountInString(l.lines[i-1]) < 60 || strings.HasSuffix(bare(l.lines[i-1]), "?") {
		return false
	}
	first, _ := utf8.DecodeRuneInString(line)
	below := i+1 == len(l.lines) || quoted(l.lines[i+1]) || bare(l.lines[i+1]) == ""
	return below && strings.ToLower(string(first)) != strings.ToUpper(string(first)) && strings.ToLower(string(first)) == string(first)
}

// isRule says whether a line is drawn of one sign.
func isRule(line string) bool {
	line = strings.ReplaceAll(line, " ", "")
	return len(line) >= 3 && strings.ContainsAny(line[:1], "-_=*~#+") && strings.Trim(line, line[:1]) == ""
}

// maxIntro bounds the lines that an introduction is wrapped over.
const maxIntro = 6

// maxLooks bounds the lines of a letter that are looked at closely, since they may begin an introduction or an older mail's header: a megabyte of times of day
// took seconds. What comes after them is read as the sender's.
const maxLooks = 5000

// introduction is the number of lines of an introduction to a quote at line i, or 0.
func (l *letterLines) introduction(i int) int {
	joined, open := "", false
	for n := 1; n <= maxIntro && i+n <= len(l.lines) && len(joined) < maxRead; n++ {
		line := bare(l.lines[i+n-1])
		switch {
		case n == 1 && (!mayIntroduce(line) || !l.look()), n == 2 && !longIntro.MatchString(joined):
			return 0
		case line == "" && !open && !dangling(joined):
			return 0
		case quoted(line) && !open:
			return 0
		}
		joined = strings.TrimSpace(joined + " " + line)
		open = strings.Count(joined, "<") > strings.Count(joined, ">")
		if open || !introEnd(line) {
			continue
		}
		quotes := l.quoteFollows(i + n)
		if introduces(joined) && (quotes || dated.MatchString(joined)) || quotes && datedLine.MatchString(joined) {
			return n
		}
		if strings.HasSuffix(line, ":") {
			return 0
		}
	}
	return 0
}

// look says whether one more line is looked at closely.
func (l *letterLines) look() bool {
	l.looks++
	return l.looks <= maxLooks
}

// dangling says whether an introduction may go on below an empty line: some programs put the address on a line of its own.
func dangling(joined string) bool { return len(joined) < 80 && clock.MatchString(joined) }

// quoteFollows says whether the first line with text from i on is a quoted one.
func (l *letterLines) quoteFollows(i int) bool {
	for ; i < len(l.lines); i++ {
		if bare(l.lines[i]) != "" {
			return quoted(bare(l.lines[i]))
		}
	}
	return false
}

// olderHead says whether an older mail begins at line i: a divider, or a block of its header as Outlook writes it, with the rule above it.
func (l *letterLines) olderHead(i int, line string) bool {
	if strings.ContainsAny(line[:1], "-_=*") && divider.MatchString(line) || strings.ContainsAny(line[len(line)-1:], ":-_=") && forwardMark.MatchString(line) {
		return true
	}
	if isRule(line) {
		if i = l.skipBlank(i + 1); i == len(l.lines) {
			return false
		}
		line = bare(l.lines[i])
	}
	if !strings.ContainsAny(Cut(line, 24), ":：") || !fromLine.MatchString(line) || !l.look() {
		return false
	}
	sent, to := false, false
	for _, below := range l.lines[i+1 : min(i+7, len(l.lines))] {
		below = bare(below)
		sent = sent || dateLine.MatchString(below)
		to = to || toLine.MatchString(below)
	}
	return sent && to || to && messageLine.MatchString(line)
}

// skipBlank is the first line from i on that is not empty, of the next three.
func (l *letterLines) skipBlank(i int) int {
	for end := min(i+3, len(l.lines)); i < end && bare(l.lines[i]) == ""; {
		i++
	}
	return i
}

package mail

import "strings"

// PartKind is what a run of a letter's lines is.
type PartKind string

// The kinds.
const (
	PartSaid      PartKind = "said"      // the sender's own words
	PartQuoted    PartKind = "quoted"    // somebody's before, with what introduces it
	PartSignature PartKind = "signature" // what stands below each of the sender's letters
)

// Part is a run of lines of one kind. Parts in their order make the text again, but for blank lines at their ends.
type Part struct {
	Kind  PartKind `json:"kind"`
	Text  string   `json:"text"`
	Lines int      `json:"lines"` // that are not blank
}

// Fold takes the text that agents read apart into what its sender says and what is marked in it as quoted (">"), so that answers between quotes are read and the quotes
// need not be. It looks at the beginning of each line, once.
func Fold(text string) []Part {
	var f folding
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case strings.TrimSpace(line) == "":
			f.add(f.kind, line)
		case quoted(line):
			f.add(PartQuoted, line)
		default:
			f.add(PartSaid, line)
		}
	}
	return f.done()
}

// folding gathers lines of one kind.
type folding struct {
	kind  PartKind
	lines []string
	said  int
	parts []Part
}

func (f *folding) add(k PartKind, line string) {
	if k != f.kind {
		f.flush()
		f.kind = k
	}
	f.lines = append(f.lines, line)
	if strings.TrimSpace(line) != "" {
		f.said++
	}
}

func (f *folding) flush() {
	if f.said > 0 {
		f.parts = append(f.parts, Part{f.kind, strings.Trim(strings.Join(f.lines, "\n"), "\n"), f.said})
	}
	f.lines, f.said = nil, 0
}

func (f *folding) done() []Part {
	f.flush()
	return f.parts
}

// aside is what stands around the lines that an agent reads first: the older mails, and the signature.
func (l *letterLines) aside(from, to int) []Part {
	var f folding
	older := max(l.older(), to)
	for i, line := range l.lines {
		kind := PartSignature
		switch k := l.kinds[i]; {
		case i >= from && i < to:
			f.flush()
			continue
		case strings.TrimSpace(line) == "" && f.kind != "":
			kind = f.kind
		case i < from, i >= older, k == lineQuote, k == lineIntro, k == lineOlder:
			kind = PartQuoted
		}
		f.add(kind, line)
	}
	return f.done()
}

// Quoted and Signed are how many lines of a mail an agent does not read first.
func (m *Message) Quoted() int { return linesOf(m.Aside, PartQuoted) }

// Signed is the same of the signature.
func (m *Message) Signed() int { return linesOf(m.Aside, PartSignature) }

func linesOf(parts []Part, k PartKind) (n int) {
	for _, p := range parts {
		if p.Kind == k {
			n += p.Lines
		}
	}
	return n
}
